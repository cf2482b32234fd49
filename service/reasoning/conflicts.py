"""Findings that contradict each other and are set aside (ontology.md 2.10).

Time is settled before: grounding has kept the newest statement, so what meets here is
of the same time or history. A minimal conflict is one finding that contradicts itself
or a pair of findings, since the state of a concept follows from one finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.model import Finding, Interval
from service.reasoning.compiled import CONFLICT, Compiled, Seed, places


@dataclass(frozen=True, slots=True)
class Dispute:
    """Findings that meet and disagree about one concept.

    `clash` is a class with both halves derived, "" where only the numbers of a quantity
    disagree; `places` are the positions among the findings of the case, `findings`
    stand in canonical order.
    """

    concept: str
    clash: str
    places: frozenset[int]
    findings: tuple[Finding, ...]


def canonical(finding: Finding) -> tuple[str, ...]:
    """A key that orders findings whatever order they came in."""
    first = finding.sources[0] if finding.sources else None
    return (
        finding.concept,
        finding.value,
        finding.state,
        finding.sent,
        str(finding.interval) if finding.interval else "",
        finding.interpretation,
        finding.when.text if finding.when else "",
        first.reference if first else "",
        first.path if first else "",
    )


def find_disputes(
    findings: Sequence[Finding], seeds: Sequence[Seed], compiled: Compiled
) -> tuple[Dispute, ...]:
    """Every minimal conflict, those over the same findings as one."""
    whole = 0
    for seed in seeds:
        whole |= seed.adds
    clashes = whole & whole >> compiled.half & compiled.paired
    groups = _groups(clashes, seeds, compiled) if clashes else {}
    for members in _disjoint(findings):
        groups.setdefault(members, [])
    disputes = [
        _dispute(members, concepts, findings) for members, concepts in groups.items()
    ]
    return tuple(sorted(disputes, key=_dispute_key))


def _dispute_key(dispute: Dispute) -> tuple[object, ...]:
    return dispute.concept, tuple(map(canonical, dispute.findings))


def _groups(
    clashes: int, seeds: Sequence[Seed], compiled: Compiled
) -> dict[frozenset[int], list[str]]:
    """The contradicted concepts by the findings that hold one of their halves."""
    half = compiled.half
    groups: defaultdict[frozenset[int], list[str]] = defaultdict(list)
    stated: defaultdict[int, set[int]] = defaultdict(set)
    denied: defaultdict[int, set[int]] = defaultdict(set)
    for place, seed in enumerate(seeds):
        own = seed.adds & seed.adds >> half & compiled.paired
        for concept in places(own):
            groups[frozenset((place,))].append(_name(concept, compiled))
        for concept in places(0 if own else seed.adds & clashes):
            stated[concept].add(place)
        for concept in places(0 if own else seed.adds >> half & clashes):
            denied[concept].add(place)
    for concept in sorted(stated.keys() & denied.keys()):
        members = frozenset(stated[concept] | denied[concept])
        groups[members].append(_name(concept, compiled))
    return dict(groups)


def _name(place: int, compiled: Compiled) -> str:
    conflict = compiled.names[compiled.conflicts[place]]
    return conflict.removeprefix(CONFLICT)


def _dispute(
    members: frozenset[int], concepts: list[str], findings: Sequence[Finding]
) -> Dispute:
    """Named after the concept that the findings share, else one that they name."""
    ordered = tuple(sorted((findings[place] for place in members), key=canonical))
    own = {finding.concept for finding in ordered}
    named = own | {finding.value for finding in ordered}
    clash = min(concepts, key=lambda name: (name not in named, name), default="")
    concept = min(own) if len(own) == 1 else clash
    return Dispute(concept, clash, members, ordered)


def _disjoint(findings: Sequence[Finding]) -> list[frozenset[int]]:
    """For each quantity the findings whose interval another one does not meet."""
    measures: defaultdict[str, list[int]] = defaultdict(list)
    for place, finding in enumerate(findings):
        if finding.interval is not None:
            measures[finding.concept].append(place)
    found = []
    for members in measures.values():
        if len(members) > 1:
            intervals = [findings[place].interval for place in members]
            apart = _apart([interval for interval in intervals if interval])
            if apart:
                found.append(frozenset(members[i] for i in apart))
    return found


def _apart(intervals: list[Interval]) -> list[int]:
    """Positions of the intervals that lie wholly above or below another one.

    It is enough to compare with the highest low end and the lowest high end.
    """
    top = max(map(_low_end, intervals))
    bottom = min(map(_high_end, intervals))
    return [
        i
        for i, interval in enumerate(intervals)
        if _is_above(top, _high_end(interval)) or _is_above(_low_end(interval), bottom)
    ]


def farthest(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The two findings of a quantity whose intervals are farthest apart."""
    known = [(f, f.interval) for f in findings if f.interval is not None]
    low = max(known, key=lambda pair: _low_end(pair[1]))[0]
    high = min(known, key=lambda pair: _high_end(pair[1]))[0]
    return (low, high)


def _low_end(interval: Interval) -> tuple[Decimal, bool]:
    low = Decimal("-Infinity") if interval.low is None else interval.low
    return low, interval.low_open


def _high_end(interval: Interval) -> tuple[Decimal, bool]:
    """An open end is lower than a closed one of the same value."""
    high = Decimal("Infinity") if interval.high is None else interval.high
    return high, not interval.high_open


def _is_above(low: tuple[Decimal, bool], high: tuple[Decimal, bool]) -> bool:
    """Whether nothing at or above `low` is at or below `high`."""
    return low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1]))
