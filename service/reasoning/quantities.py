"""Quantities as intervals in the canonical unit of their concept.

A comparator bounds one side; in whole counts `> 9` is `at least 10`. What has no unit
of the quantity, or cannot be true, stays unknown. Source: contract, section 2, rule 4;
ontology.md 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from service.model import Interval, Quantity, Range
from service.reasoning import units
from service.reasoning.terms import Concept
from service.reasoning.vocabulary import Vocabulary

UCUM = "http://unitsofmeasure.org"
# Units that count or score: an integer without a unit can be one of these only.
_COUNTED = frozenset({"{count}", "{score}"})


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity in canonical units, or the phrase that says why it is unknown."""

    interval: Interval | None
    sent: str = ""
    problem: str = ""


def measure(
    value: Quantity | Range, concept: Concept, vocabulary: Vocabulary
) -> Measured:
    """The interval that a value allows, in the unit of the concept."""
    masses = molar_masses(concept, vocabulary)
    if isinstance(value, Range):
        interval = _range(value, concept, masses)
        sent = _range_text(value)
    else:
        interval = _interval(value, concept, masses)
        sent = quantity_text(value)
    if interval is None:
        return Measured(None, sent, "note_unit")
    if units.is_count(concept.unit):
        interval = _whole(interval)
    if interval is None or not _is_plausible(interval, concept):
        return Measured(None, sent, "note_implausible")
    return Measured(interval, sent)


def count_of(value: Quantity) -> Interval | None:
    """A number of things that a present or absent finding may be told by."""
    if not value.is_integer and units.factor(_unit(value), "{count}") is None:
        return None
    interval = _bounded(Decimal(value.value), value.comparator)
    return interval and _whole(interval)


def molar_masses(concept: Concept, vocabulary: Vocabulary) -> tuple[Decimal, ...]:
    """The molar mass of the concept, or those of both factors of a product."""
    if concept.molar_mass is not None:
        return (concept.molar_mass,)
    factors = (vocabulary.concepts[name].molar_mass for name in concept.derived_from)
    return tuple(mass for mass in factors if mass is not None)


def multiply(one: Interval, other: Interval) -> Interval:
    """The product of two quantities that are never negative."""
    return Interval(
        low=_product(one.low, other.low),
        high=_product(one.high, other.high),
        low_open=one.low_open or other.low_open,
        high_open=one.high_open or other.high_open,
    )


def scale(interval: Interval, by: Fraction) -> Interval:
    """The interval in another unit."""
    low, high = interval.low, interval.high
    return replace(
        interval,
        low=None if low is None else units.convert(low, by),
        high=None if high is None else units.convert(high, by),
    )


def quantity_text(value: Quantity) -> str:
    """What was sent: comparator, number and unit."""
    return f"{value.comparator}{value.value} {value.unit}".strip()


def lies_below(interval: Interval, limit: Decimal) -> bool:
    """Whether every allowed value is less than the limit."""
    high = interval.high
    return high is not None and (high < limit or (high == limit and interval.high_open))


def lies_above(interval: Interval, limit: Decimal) -> bool:
    """Whether every allowed value is more than the limit."""
    low = interval.low
    return low is not None and (low > limit or (low == limit and interval.low_open))


def lies_within(interval: Interval, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether every allowed value is between the limits, these included."""
    from_low = low is None or (interval.low is not None and interval.low >= low)
    to_high = high is None or (interval.high is not None and interval.high <= high)
    return from_low and to_high


def _interval(
    value: Quantity, concept: Concept, masses: tuple[Decimal, ...]
) -> Interval | None:
    if value.is_integer:
        by = Fraction(1) if concept.unit in _COUNTED else None
    else:
        by = units.factor(_unit(value), concept.unit, masses)
    bounds = _bounded(Decimal(value.value), value.comparator)
    return scale(bounds, by) if by is not None and bounds else None


def _unit(value: Quantity) -> str:
    return value.unit if value.unit_system == UCUM else ""


def _bounded(number: Decimal, comparator: str) -> Interval | None:
    match comparator:
        case "":
            return Interval(number, number)
        case ">=":
            return Interval(low=number)
        case ">":
            return Interval(low=number, low_open=True)
        case "<=":
            return Interval(high=number)
        case "<":
            return Interval(high=number, high_open=True)
    return None


def _range(
    value: Range, concept: Concept, masses: tuple[Decimal, ...]
) -> Interval | None:
    sides = [
        _interval(side, concept, masses) if side else Interval()
        for side in (value.low, value.high)
    ]
    low, high = sides
    if low is None or high is None:
        return None
    return Interval(low.low, high.high, low.low_open, high.high_open)


def _range_text(value: Range) -> str:
    low = quantity_text(value.low) if value.low else ""
    high = quantity_text(value.high) if value.high else ""
    return f"{low} - {high}".strip()


def _whole(interval: Interval) -> Interval | None:
    """The bounds as whole numbers; an exact count that is not whole is none."""
    low, high = interval.low, interval.high
    if low is not None and low == high and low != low.to_integral_value():
        return None
    if low is not None:
        low = Decimal(floor(low) + 1 if interval.low_open else ceil(low))
    if high is not None:
        high = Decimal(ceil(high) - 1 if interval.high_open else floor(high))
    return Interval(low, high)


def _is_plausible(interval: Interval, concept: Concept) -> bool:
    """Not below zero, nor outside what the ontology declares possible."""
    low, high = interval.low, interval.high
    if low is not None and high is not None and low > high:
        return False
    lowest = concept.plausible_low if concept.plausible_low is not None else Decimal(0)
    if lies_below(interval, lowest):
        return False
    highest = concept.plausible_high
    return highest is None or not lies_above(interval, highest)


def _product(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one * other
