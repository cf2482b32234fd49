"""Which of several findings counts: the newest, history for ever, one of each copy.

Two times of which neither is certainly later are the same time; so are all times of one
report, and a finding without a time meets every time. What disagrees at the same time
stays, for the evaluator to set aside. Source: contract, section 2, rules 5 and 6.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from service.model import Finding, Grounding, Source, When
from service.reasoning.vocabulary import Vocabulary

_WITH_TIME, _DAY = len("2024-01-01T"), len("2024-01-01")
_OPEN = datetime.max.replace(tzinfo=UTC)


def is_later(one: When, other: When) -> bool:
    """Whether the first time is certainly after the second.

    Times of the day are compared as instants. A date has no zone, so it is compared
    with the other's own calendar date, as far as both are written.
    """
    end = other.end_text or other.text
    if other.end == _OPEN or not one.text or not end:
        return False
    if len(one.text) >= _WITH_TIME and len(end) >= _WITH_TIME:
        return one.start > other.end
    shared = min(len(one.text), len(end), _DAY)
    return one.text[:shared] > end[:shared]


def same_day(one: Finding, other: Finding) -> bool:
    """Whether two findings are certainly of one day, or of one report.

    What is only assumed is assumed of every day.
    """
    if one.together & other.together or is_assumed(one) or is_assumed(other):
        return True
    if not one.when or not other.when:
        return False
    days = {one.when.text[:_DAY], other.when.text[:_DAY]}
    has_period = one.when.end_text or other.when.end_text
    return len(days) == 1 and len(days.pop()) == _DAY and not has_period


def is_assumed(finding: Finding) -> bool:
    """Whether a finding is an assumption, or rests on one."""
    return any(source.is_assumed for source in finding.sources)


def newest(findings: Iterable[Finding]) -> When | None:
    """The time of the newest finding; of times that overlap, the one that ends last."""
    times = [finding.when for finding in findings if finding.when]
    latest: When | None = None
    for when in sorted(times, key=lambda when: (when.start, when.end, when.text)):
        if latest is None or not is_later(latest, when):
            latest = when
    return latest


def settle_time(
    findings: Sequence[Finding], vocabulary: Vocabulary, history_kinds: frozenset[str]
) -> tuple[list[Finding], list[Finding]]:
    """The findings that count and the superseded ones, copies merged, both sorted."""
    merged = merge(findings)
    groups: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in merged:
        groups[finding.concept].append(finding)
    current: list[Finding] = []
    superseded: list[Finding] = []
    for concept, group in groups.items():
        is_history = vocabulary.concepts[concept].kind in history_kinds
        rivals = [] if is_history else _rivals(group)
        for finding in group:
            is_old = any(supersedes(each, finding, vocabulary) for each in rivals)
            (superseded if is_old else current).append(finding)
    return current, superseded


def _rivals(group: Iterable[Finding]) -> list[Finding]:
    """One finding for each time, value and report, the newest first.

    Nothing else decides whether it supersedes, so ten thousand results of one
    instant are one rival.
    """
    by_place: dict[tuple[object, ...], Finding] = {}
    for finding in group:
        if finding.when:
            when = finding.when.text, finding.when.end_text
            by_place.setdefault((*when, finding.value, finding.together), finding)
    return sorted(
        by_place.values(),
        key=lambda each: each.when.start if each.when else _OPEN,
        reverse=True,
    )


def supersedes(one: Finding, other: Finding, vocabulary: Vocabulary) -> bool:
    """Whether the first finding replaces the second, being about the same and newer.

    Two values of one coded finding are about the same where they deny each other.
    """
    if not one.when or not other.when or one.together & other.together:
        return False
    is_same = (
        one.value == other.value
        or not (one.value and other.value)
        or (one.value, other.value) in vocabulary.apart
    )
    return is_same and is_later(one.when, other.when)


def merge(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for all that say the same at the same written time (row E15)."""
    copies: defaultdict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        copies[content(finding)].append(finding)
    return [_merge(copies[key]) for key in sorted(copies)]


def content(finding: Finding) -> tuple[str, ...]:
    """What a finding says, as texts that order findings in one way only."""
    interval, when = finding.interval, finding.when
    bounds = ("", "", "", "")
    if interval:
        bounds = (
            str(interval.low),
            str(interval.high),
            str(interval.low_open),
            str(interval.high_open),
        )
    return (
        finding.concept,
        finding.state.value,
        finding.value,
        finding.interpretation,
        when.text if when else "",
        when.end_text if when else "",
        *bounds,
    )


def _merge(copies: list[Finding]) -> Finding:
    if len(copies) == 1:
        return copies[0]
    ordered = sorted(copies, key=_place)
    sources: dict[Source, None] = {}
    groundings: dict[Grounding, None] = {}
    for finding in ordered:
        sources |= dict.fromkeys(finding.sources)
        groundings |= dict.fromkeys(finding.groundings)
    return replace(
        ordered[0],
        sources=tuple(sources),
        groundings=tuple(groundings),
        together=frozenset().union(*(f.together for f in ordered)),
        preliminary=all(f.preliminary for f in ordered),
        is_imaging=any(f.is_imaging for f in ordered),
        body_sites=tuple(dict.fromkeys(s for f in ordered for s in f.body_sites)),
    )


def _place(finding: Finding) -> tuple[str, str, str]:
    source = finding.sources[0]
    return source.reference, finding.sent, source.path
