"""Low, normal or high: as sent, else by the sender's range, else by the usual limits.

Source: contract, section 2, rule 4; knowledge/criteria.md 3.1 for the usual limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from service.model import Coding, Finding, Grounding, Interval, Note, Range, State
from service.reasoning.quantities import (
    lies_above,
    lies_below,
    lies_within,
    measure,
)
from service.reasoning.remarks import remark
from service.reasoning.terms import Concept, Limit
from service.reasoning.vocabulary import Vocabulary

SENT, RANGE, USUAL = "sent", "range", "usual"


@dataclass(frozen=True, slots=True)
class Levels:
    """The ids of low, normal and high."""

    low: str
    normal: str
    high: str


def sent_interpretation(
    codings: Sequence[Coding], levels: Levels, vocabulary: Vocabulary
) -> tuple[set[str], tuple[Grounding, ...]]:
    """The levels that the codings of an interpretation name, critical ones included."""
    found: dict[str, Grounding] = {}
    for coding in codings:
        for grounding in vocabulary.groundings(coding):
            for level in (levels.low, levels.normal, levels.high):
                if vocabulary.implies(grounding.concept, level):
                    found[level] = grounding
    return set(found), tuple(found.values())


def by_ranges(
    interval: Interval,
    ranges: Iterable[Range],
    concept: Concept,
    levels: Levels,
    vocabulary: Vocabulary,
) -> str:
    """The level by the sender's own ranges, "" where they do not decide alike."""
    verdicts = set()
    for each in ranges:
        if each.is_normal:
            measured = measure(each, concept, vocabulary).interval
            if measured:
                verdicts.add(_level(interval, measured, levels))
    return verdicts.pop() if len(verdicts) == 1 else ""


def _level(interval: Interval, normal: Interval, levels: Levels) -> str:
    if normal.low is not None and lies_below(interval, normal.low):
        return levels.low
    if normal.high is not None and lies_above(interval, normal.high):
        return levels.high
    return levels.normal if lies_within(interval, normal.low, normal.high) else ""


def apply_usual_limits(
    findings: Sequence[Finding], vocabulary: Vocabulary
) -> tuple[list[Finding], list[Note]]:
    """Interpret the quantities that came without any limit of their own."""
    by_concept: dict[str, list[Finding]] = {}
    for finding in findings:
        by_concept.setdefault(finding.concept, []).append(finding)
    settled: list[Finding] = []
    notes: list[Note] = []
    for finding in findings:
        limits = vocabulary.concepts[finding.concept].limits
        level, is_child = "", False
        if limits and finding.interval and not finding.interpretation:
            level, is_child = _usual_level(finding.interval, limits, by_concept)
        if is_child:
            path, concept = finding.sources[0].path, finding.concept
            notes.append(remark("note_limits_adults", path, concept=concept))
        usual = replace(finding, interpretation=level, limit=USUAL)
        settled.append(usual if level else finding)
    return settled, notes


def _usual_level(
    interval: Interval, limits: Sequence[Limit], findings: Mapping[str, list[Finding]]
) -> tuple[str, bool]:
    """The level on which all rows that may hold agree, and whether age forbids any."""
    rows = [row for row in limits if _may_be_of_sex(row, findings)]
    adult = [row for row in rows if not _is_younger(row, findings)]
    levels = {_limit_level(interval, row) for row in adult}
    return levels.pop() if len(levels) == 1 else "", len(adult) < len(rows)


def _may_be_of_sex(row: Limit, findings: Mapping[str, list[Finding]]) -> bool:
    known = {
        finding.value
        for finding in findings.get(row.sex_concept, ())
        if finding.state is State.PRESENT
    }
    return not row.value_of_sex or len(known) != 1 or row.value_of_sex in known


def _is_younger(row: Limit, findings: Mapping[str, list[Finding]]) -> bool:
    ages = [finding.interval for finding in findings.get(row.age_concept, ())]
    return any(age is not None and lies_below(age, row.min_age) for age in ages)


def _limit_level(interval: Interval, row: Limit) -> str:
    if row.low_below is not None and lies_below(interval, row.low_below):
        return row.low
    if row.high_above is not None and lies_above(interval, row.high_above):
        return row.high
    is_normal = lies_within(interval, row.normal_from, row.normal_to)
    return row.normal if is_normal else ""
