"""What follows of all facts of a case, by the reasoner alone (ontology.md 2.8, 2.10).

The choices are the one step that description logic does not take: an option counts if
its class is entailed and none of the classes that override it is, which is shown by
non-entailment. The value is then asserted, and the reasoner is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import TypeAlias

from service.model import Finding, Interval
from service.reasoning.compiled import CONFLICT, EXCLUDED, PRESENT
from service.verify.assertions import assert_facts
from service.verify.reasoner import Assertion
from service.verify.terminology import Line, Subsumption, Terminology

# Which classes of the case follow of axioms and assertions.
Ask: TypeAlias = Callable[[Iterable[Subsumption], Iterable[Assertion]], frozenset[str]]
Findings: TypeAlias = tuple[Finding, ...]


class Unexplained(Exception):
    """A contradiction that no fact and no two facts explain: outside the design."""


@dataclass(frozen=True, slots=True)
class Run:
    """One pass: the classes that follow in the end, and the line of each choice."""

    classes: frozenset[str]
    lines: Mapping[str, Line]

    def reports(self, choice: str) -> str:
        """The value of a choice, "" where it has none."""
        line = self.lines.get(choice)
        return line.reports if line else ""


@dataclass(frozen=True, slots=True)
class Judged:
    """Both passes over a case; without a contradiction the second is the first.

    `aside` are the findings that contradict themselves or another one, `kept` those
    that conclusions may rest on.
    """

    first: Run
    second: Run
    kept: Findings
    aside: Findings


@dataclass(frozen=True, slots=True)
class Judge:
    """The released ontology with a reasoner to ask."""

    terminology: Terminology
    ask: Ask

    def judge(self, findings: Findings) -> Judged:
        """Both passes. Raises UnknownName, Unexplained and what the reasoner raises."""
        roots = self.terminology.conflicts
        apart = disjoint(findings)
        first = self.run(findings, sorted(roots) if apart else ())
        if not first.classes & roots:
            return Judged(first, first, findings, ())
        # each finding alone, since a concept's state follows from one
        alone = [self.types((finding,), ()) for finding in findings]
        places = set_aside(first.classes, alone) | apart
        kept = tuple(f for place, f in enumerate(findings) if place not in places)
        aside = tuple(findings[place] for place in sorted(places))
        return Judged(first, self.run(kept, sorted(roots)), kept, aside)

    def run(self, findings: Findings, told: Sequence[str]) -> Run:
        """One pass; the values of a stratum are asserted before the next is asked."""
        given, lines = [*told], dict[str, Line]()
        classes = self.types(findings, given)
        for stratum in strata(self.terminology.table):
            decided = decide(stratum, classes)
            lines |= decided
            new = {line.asserts for line in decided.values()} - set(given)
            if new:
                given += sorted(new)
                classes = self.types(findings, given)
        return Run(classes, lines)

    def types(self, findings: Findings, given: Iterable[str]) -> frozenset[str]:
        """What follows of findings and given classes, by all axioms."""
        rows = assert_facts(findings, given, self.terminology)
        axioms = self.terminology.module(row[1] for row in rows)
        return self.ask(axioms, rows) - self.terminology.tops


def strata(table: Iterable[Line]) -> list[tuple[Line, ...]]:
    """The table cut by stratum, in their order."""
    return [tuple(lines) for _, lines in groupby(table, key=lambda line: line.stratum)]


def decide(stratum: Iterable[Line], classes: AbstractSet[str]) -> dict[str, Line]:
    """The line that decides each choice: the first in order that is not overridden."""
    decided: dict[str, Line] = {}
    for line in stratum:
        is_active = not line.needs or line.needs in classes
        if line.choice not in decided and is_active and not line.unless & classes:
            decided[line.choice] = line
    return decided


def set_aside(classes: AbstractSet[str], alone: Sequence[AbstractSet[str]]) -> set[int]:
    """The places of every finding in a minimal contradiction.

    `alone` are the classes that each finding has by itself. Raises Unexplained: a
    contradiction that no finding and no pair explains would break the claim that a
    concept's state follows from one finding.
    """
    clashing = names_in(classes, CONFLICT)
    selfish = {i for i, own in enumerate(alone) if clashes(own, own, clashing)}
    explained = {x for i in selfish for x in clashes(alone[i], alone[i], clashing)}
    aside = set(selfish)
    for i, j in combinations(range(len(alone)), 2):
        met = clashes(alone[i], alone[j], clashing)
        explained |= met
        if met and not selfish & {i, j}:
            aside |= {i, j}
    if explained != clashing:
        raise Unexplained(sorted(clashing - explained))
    return aside


def names_in(classes: Iterable[str], prefix: str) -> set[str]:
    """What the classes with this prefix are about."""
    return {c.removeprefix(prefix) for c in classes if c.startswith(prefix)}


def clashes(
    one: AbstractSet[str], other: AbstractSet[str], concepts: Iterable[str]
) -> set[str]:
    """The concepts that one side presents and the other excludes, either way."""
    return {
        x
        for x in concepts
        for stated, denied in ((one, other), (other, one))
        if PRESENT + x in stated and EXCLUDED + x in denied
    }


def disjoint(findings: Sequence[Finding]) -> set[int]:
    """Places of measures of one quantity whose intervals do not meet."""
    found: set[int] = set()
    for (i, one), (j, other) in combinations(enumerate(findings), 2):
        if one.concept == other.concept and one.interval and other.interval:
            found |= set() if meet(one.interval, other.interval) else {i, j}
    return found


def meet(one: Interval, other: Interval) -> bool:
    """Whether some value lies in both."""
    lows = [(i.low, i.low_open) for i in (one, other) if i.low is not None]
    highs = [(i.high, i.high_open) for i in (one, other) if i.high is not None]
    return all(
        low < high or (low == high and not (low_open or high_open))
        for low, low_open in lows
        for high, high_open in highs
    )
