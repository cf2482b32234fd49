"""Findings that nobody sent but that follow from what was sent: age, sex, products.

Source: contract, section 2 (Patient); ontology.md 2.2 (derived quantities).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from service.model import Case, Finding, Interval, State, When
from service.reasoning import units
from service.reasoning.choice import choose
from service.reasoning.quantities import multiply, scale
from service.reasoning.terms import Concept
from service.reasoning.timeline import newest, same_day, supersedes
from service.reasoning.vocabulary import Vocabulary

# More values of one time than this disagree anyway; their products add nothing.
_MANY = 8
_OPEN = datetime.max.replace(tzinfo=UTC)


def sex_finding(case: Case, vocabulary: Vocabulary) -> list[Finding]:
    """The Patient's gender, where it is one of the values that the ontology has."""
    if not case.gender or not case.patient:
        return []
    chosen = choose((case.gender,), vocabulary)
    return [
        Finding(
            concept=vocabulary.finding_of(value),
            state=State.PRESENT,
            sources=(case.patient,),
            value=value,
            groundings=chosen.groundings[value],
        )
        for value in chosen.concepts
        if vocabulary.finding_of(value)
    ]


def age_finding(
    case: Case, findings: Sequence[Finding], concept: Concept
) -> list[Finding]:
    """The age in completed years at the newest imaging time, else the newest time."""
    when = newest(f for f in findings if f.is_imaging) or newest(findings)
    if not case.birth or not case.patient or not when:
        return []
    youngest = completed_years(_last_day(case.birth), _first_day(when))
    oldest = completed_years(_first_day(case.birth), _last_day(when))
    if oldest < 0:
        return []
    high = None if when.end == _OPEN else Decimal(oldest)
    return [
        Finding(
            concept=concept.id,
            state=State.PRESENT,
            sources=(case.patient,),
            interval=Interval(Decimal(max(youngest, 0)), high),
            unit=concept.unit,
            when=when,
        )
    ]


Day = tuple[int, int, int]


def completed_years(birth: Day, day: Day) -> int:
    """The birthdays that have passed.

    >>> completed_years((1973, 3, 15), (2024, 3, 14))
    50
    """
    return day[0] - birth[0] - (day[1:] < birth[1:])


def _first_day(when: When) -> Day:
    return _day(when.text, when, is_first=True)


def _last_day(when: When) -> Day:
    return _day(when.end_text or when.text, when, is_first=False)


def _day(text: str, when: When, *, is_first: bool) -> Day:
    """The calendar day as written, which no zone shifts; else that of the instant."""
    if len(text) >= len("2024-01-01"):
        return int(text[:4]), int(text[5:7]), int(text[8:10])
    instant = when.start if is_first else when.end
    return instant.year, instant.month, instant.day


def derived_findings(
    findings: Sequence[Finding], vocabulary: Vocabulary
) -> list[Finding]:
    """The products of two quantities of one day, where none was sent at that time."""
    found: list[Finding] = []
    for concept in vocabulary.products:
        one, other = concept.derived_from
        sent = _of_concept(findings, concept.id)
        for left in _of_concept(findings, one)[:_MANY]:
            for right in _of_concept(findings, other)[:_MANY]:
                if left.interval and right.interval and same_day(left, right):
                    interval = _product(left, right, concept.unit)
                    product = _derived(left, right, concept, interval)
                    if all(supersedes(product, each, vocabulary) for each in sent):
                        found.append(product)
    return found


def _of_concept(findings: Sequence[Finding], concept: str) -> list[Finding]:
    return [finding for finding in findings if finding.concept == concept]


def _product(left: Finding, right: Finding, unit: str) -> Interval:
    product = multiply(left.interval or Interval(), right.interval or Interval())
    if left.unit == right.unit and squared(left.unit) == unit:
        return product
    by = units.factor(f"({left.unit}).({right.unit})", unit)
    return product if by is None else scale(product, by)


def squared(unit: str) -> str:
    """The unit of a product of two values, without asking for all units of UCUM.

    >>> squared("mmol/L")
    'mmol2/L2'
    """
    return re.sub(r"[A-Za-z\]]+", r"\g<0>2", unit)


def _derived(
    left: Finding, right: Finding, concept: Concept, interval: Interval
) -> Finding:
    return Finding(
        concept=concept.id,
        state=State.PRESENT,
        sources=(*left.sources, *right.sources),
        interval=interval,
        unit=concept.unit,
        when=_common_time(left.when, right.when),
        together=left.together | right.together,
        groundings=(*left.groundings, *right.groundings),
        preliminary=left.preliminary or right.preliminary,
    )


def _common_time(one: When | None, other: When | None) -> When | None:
    """The later of two times of one day: both values were known then."""
    if not one or not other:
        return one or other
    return max(one, other, key=lambda when: (when.end, when.text))
