"""How far a case is from a threshold that it misses, in the unit of the quantity.

Source: ontology.md 6, why not: the nearest failed criterion and its distance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from service.model import Finding, Interval, State
from service.reasoning.compiled import EXCLUDED, PRESENT
from service.reasoning.reasoned import Reasoned, findings_behind, state_of

OPPOSITE = {"ge": "lt", "gt": "le", "le": "gt", "lt": "ge"}


@dataclass(frozen=True, slots=True)
class Gap:
    """A measured value on the wrong side of a threshold.

    `operator` and `bound` are what would have to hold of `quantity`, `size` is how much
    the value misses it by (0: it is the bound itself, which does not count), `share`
    that part of the bound, by which gaps of different units are compared.
    """

    quantity: str
    operator: str
    bound: Decimal
    size: Decimal
    share: Decimal
    unit: str
    finding: Finding


def nearest_gaps(name: str, reasoned: Reasoned) -> tuple[Gap, ...]:
    """The gaps behind a class that does not hold, smallest first.

    `name` is present_X or excluded_X. Of a composite, those of the conditions that the
    record contradicts, on every way down to a threshold.
    """
    found = {
        (gap.quantity, gap.operator, gap.bound): gap
        for gap in _gaps(name, reasoned, set())
    }
    return tuple(sorted(found.values(), key=lambda gap: (gap.share, gap.quantity)))


def _gaps(name: str, reasoned: Reasoned, seen: set[str]) -> Iterator[Gap]:
    compiled = reasoned.compiled
    if name in seen or reasoned.classes & compiled.bit(name):
        return
    seen.add(name)
    is_wanted = name.startswith(PRESENT)
    concept = name.removeprefix(PRESENT if is_wanted else EXCLUDED)
    term = reasoned.knowledge.concepts.get(concept)
    if term is None or state_of(concept, reasoned) is State.UNKNOWN:
        return
    if term.quantity and term.bound is not None:
        operator = term.operator if is_wanted else OPPOSITE[term.operator]
        yield from _missed(concept, operator, term.bound, reasoned)
        return
    for rule in compiled.rules_to.get(name, ()):
        for condition in rule.body:
            if condition.startswith((PRESENT, EXCLUDED)):
                yield from _gaps(condition, reasoned, seen)


def _missed(
    cut: str, operator: str, bound: Decimal, reasoned: Reasoned
) -> Iterator[Gap]:
    """The gap of the value that decides a cut, if it is one number or has an end."""
    quantity = reasoned.knowledge.concepts[cut].quantity
    unit = reasoned.knowledge.concepts[quantity].unit
    for finding in findings_behind(cut, reasoned):
        if finding.concept == quantity and finding.interval is not None:
            size = _size(finding.interval, operator, bound)
            if size is not None:
                share = size / abs(bound) if bound else size
                yield Gap(quantity, operator, bound, size, share, unit, finding)


def _size(interval: Interval, operator: str, bound: Decimal) -> Decimal | None:
    """How much the nearest value of the interval is away; None if there is no end."""
    end = interval.high if operator in ("ge", "gt") else interval.low
    if end is None:
        return None
    size = bound - end if operator in ("ge", "gt") else end - bound
    return size if size >= 0 else None


def nearest(names: Iterable[str], reasoned: Reasoned) -> Gap | None:
    """The smallest gap behind several classes."""
    gaps = [gap for name in names for gap in nearest_gaps(name, reasoned)[:1]]
    return min(gaps, key=lambda gap: (gap.share, gap.quantity), default=None)
