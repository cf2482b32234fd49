"""What one finding says about its case: the classes it asserts and the axioms used.

ontology.md 2.2 and S4 of 2.3. A numeric finding meets the cuts that its interval
decides; an interval that a cut does not decide gives neither side: unknown.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from service.model import Axiom, Finding, Interval, State
from service.reasoning.compiled import (
    EXCLUDED,
    PRESENT,
    Compiled,
    CutTable,
    Seed,
    SeedKey,
)
from service.reasoning.rules import Cut


def seed_of(finding: Finding, compiled: Compiled) -> Seed:
    """The classes of cases that this finding gives; nothing for an unknown one."""
    is_present = finding.state is State.PRESENT
    concept = finding.concept
    if not is_present and finding.state is not State.ABSENT:
        concept = ""
    below = above = 0
    if finding.interval is not None and concept in compiled.cuts:
        below, above = _met(finding.interval, compiled.cuts[concept])
    key = (is_present, concept, finding.value, finding.interpretation, below, above)
    found = compiled.seeds.get(key)
    if found is None:
        found = compiled.seeds[key] = _make_seed(key, compiled)
    return found


def _met(interval: Interval, table: CutTable) -> tuple[int, int]:
    """How many cuts the lower and the upper bound meet; negative for an open bound."""
    below = above = 0
    if interval.low is not None:
        keys = table.keys[interval.low_open]
        below = bisect_right(keys, (interval.low, 0))
        below = -below if interval.low_open else below
    if interval.high is not None:
        keys = table.keys[2 + interval.high_open]
        above = len(keys) - bisect_left(keys, (interval.high, 1))
        above = -above if interval.high_open else above
    return below, above


def _cuts_met(below: int, above: int, table: CutTable) -> tuple[Cut, ...]:
    lower = table.below_open if below < 0 else table.below
    upper = table.above_open if above < 0 else table.above
    return lower[: abs(below)] + upper[len(upper) - abs(above) :]


def _make_seed(key: SeedKey, compiled: Compiled) -> Seed:
    is_present, concept, value, interpretation, below, above = key
    if is_present:
        names = (concept, value, interpretation)
        asserted: dict[str, tuple[Axiom, ...]] = {name: () for name in names if name}
        if below or above:
            cuts = _cuts_met(below, above, compiled.cuts[concept])
            by_id = sorted(cuts, key=lambda cut: cut.axiom.id, reverse=True)
            asserted |= {cut.name: (cut.axiom,) for cut in by_id}
        entries = _entries(_about_finding(asserted, compiled), compiled)
    else:
        # a value that several findings share is denied of this one only
        denied = (value or concept, f"{concept}_{value}")
        places = (compiled.bits.get(EXCLUDED + name) for name in denied)
        place = next((place for place in places if place is not None), None)
        entries = () if place is None else ((place, ()),)
    return Seed(
        _union(compiled.adds[place] for place, _ in entries),
        _union(compiled.wakes[place] for place, _ in entries),
        entries,
        _union(1 << place for place, _ in entries),
    )


def _about_finding(
    classes: dict[str, tuple[Axiom, ...]], compiled: Compiled
) -> dict[str, tuple[Axiom, ...]]:
    """The classes with all that follow by rules over a finding, step by step.

    Each keeps the axioms of its first derivation: fewest steps, then lowest axiom id.
    """
    found = dict(classes)
    latest = set(classes)
    while latest:
        rules = {
            rule.axiom.id: rule
            for name in latest
            for rule in compiled.finding_rules.get(name, ())
        }
        new: dict[str, tuple[Axiom, ...]] = {}
        for _, rule in sorted(rules.items()):
            if rule.head in found or rule.head in new:
                continue
            if all(name in found for name in rule.body):
                used = {axiom for name in rule.body for axiom in found[name]}
                new[rule.head] = tuple(sorted(used | {rule.axiom}, key=_axiom_id))
        found |= new
        latest = set(new)
    return found


def _entries(
    classes: dict[str, tuple[Axiom, ...]], compiled: Compiled
) -> tuple[tuple[int, tuple[Axiom, ...]], ...]:
    entries = []
    for name, axioms in classes.items():
        place = compiled.bits.get(PRESENT + name)
        assertion = compiled.asserting.get(name)
        if place is not None and assertion is not None:
            entries.append((place, tuple(sorted({*axioms, assertion}, key=_axiom_id))))
    return tuple(sorted(entries, key=lambda entry: entry[0]))


def _axiom_id(axiom: Axiom) -> str:
    return axiom.id


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union
