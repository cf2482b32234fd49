"""Planted faults in `rules.json`: each must change what is said of some case.

A fault drops a rule, a condition, an option, an overrider or a comparison, turns a
comparator round or opens it, or swaps present and excluded. That a case notices a fault
is decided on the classes V that the oracles agree on, without running the evaluator:
whatever the evaluator answers is closed under the rules that it was given, and all of
it is supported by them. So if V is not closed under the faulty rules, or something in V
has lost its last support, no evaluator can answer V. `test_oracle_mutants` runs the
evaluator with a share of the faults, to show the argument at work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from service.reasoning.compiled import EXCLUDED, PRESENT
from tests.oracle.judge import ANY_CONFLICT

Rule: TypeAlias = Mapping[str, Any]
Rules: TypeAlias = Mapping[str, Any]
# a rule as conditions and head; a head "" concludes nothing
Clause: TypeAlias = tuple[frozenset[str], str]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One faulty row: `row` of the list `key` becomes `faulty`, or goes (None)."""

    kind: str
    key: str
    place: int
    faulty: Mapping[str, Any] | None

    def applied(self, rules: Rules) -> dict[str, Any]:
        """The faulty document."""
        rows = list(rules[self.key])
        rows[self.place : self.place + 1] = [self.faulty] if self.faulty else []
        return {**rules, self.key: rows}


def swapped(name: str) -> str:
    """The other half of a state; "" for a class that has none."""
    for half, other in ((PRESENT, EXCLUDED), (EXCLUDED, PRESENT)):
        if name.startswith(half):
            return other + name.removeprefix(half)
    return ""


def rule_mutants(rules: Rules, key: str = "rules") -> Iterator[Mutant]:
    """Of each rule: dropped, each condition dropped, each polarity swapped."""
    for place, rule in enumerate(rules[key]):
        yield Mutant("drop a rule", key, place, None)
        body = rule["body"]
        for i, name in enumerate(body):
            rest = [*body[:i], *body[i + 1 :]]
            if rest:
                faulty = {**rule, "body": rest}
                yield Mutant("drop a condition", key, place, faulty)
            if swapped(name):
                faulty = {**rule, "body": sorted([*rest, swapped(name)])}
                yield Mutant("swap a polarity", key, place, faulty)
        if swapped(rule["head"]):
            faulty = {**rule, "head": swapped(rule["head"])}
            yield Mutant("swap a polarity", key, place, faulty)


OPENED = {
    "minInclusive": "minExclusive",
    "minExclusive": "minInclusive",
    "maxInclusive": "maxExclusive",
    "maxExclusive": "maxInclusive",
}
TURNED = {"min": "max", "max": "min"}
OTHER_BOUND = {
    "atLeast": "atMost",
    "atMost": "atLeast",
    "greaterThan": "lessThan",
    "lessThan": "greaterThan",
}


def cut_mutants(rules: Rules) -> Iterator[Mutant]:
    """Of each comparison: opened or closed, turned round, dropped."""
    for place, cut in enumerate(rules["cuts"]):
        facet, bound = cut["facet"], cut["bound"]
        turned = TURNED[facet[:3]] + facet[3:]
        yield Mutant("drop a comparison", "cuts", place, None)
        opened = {**cut, "facet": OPENED[facet]}
        yield Mutant("open or close a comparator", "cuts", place, opened)
        other = {**cut, "facet": turned, "bound": OTHER_BOUND[bound]}
        yield Mutant("turn a comparator round", "cuts", place, other)


def choice_mutants(rules: Rules) -> Iterator[Mutant]:
    """Of each choice: each option, overrider and default dropped, each half swapped."""
    for place, choice in enumerate(rules["choices"]):
        options = choice["options"]
        if choice["default"]:
            faulty = {**choice, "default": None}
            yield Mutant("drop a default", "choices", place, faulty)
        for i, option in enumerate(options):
            fewer = [*options[:i], *options[i + 1 :]]
            faulty = {**choice, "options": fewer}
            yield Mutant("drop an option", "choices", place, faulty)
            for kind, changed in _changed_options(option):
                faulty = {**choice, "options": [*fewer, changed]}
                yield Mutant(kind, "choices", place, faulty)


def _changed_options(option: Rule) -> Iterator[tuple[str, Rule]]:
    if swapped(option["class"]):
        yield "swap a polarity", {**option, "class": swapped(option["class"])}
    over = option["overridden_by"]
    for name in over:
        rest = [other for other in over if other != name]
        yield "drop an overrider", {**option, "overridden_by": rest}
        if swapped(name):
            changed = {**option, "overridden_by": [*rest, swapped(name)]}
            yield "swap a polarity", changed


@dataclass(frozen=True)
class Corpus:
    """Runs that the oracles agree on: the classes of each, and what was put in.

    `classes[i]` are all classes of run i; `inputs[i]` those that need no rule: what
    the findings assert by themselves, the values of the choices, what was told.
    """

    rules: Rules
    classes: Sequence[frozenset[str]]
    inputs: Sequence[frozenset[str]]

    @cached_property
    def where(self) -> Mapping[str, int]:
        """Of each class: the runs in which it holds, one bit each."""
        return _where(self.classes)

    @cached_property
    def given(self) -> Mapping[str, int]:
        """Of each class: the runs in which it is put in."""
        return _where(self.inputs)

    @cached_property
    def to(self) -> Mapping[str, list[int]]:
        """Of each class: the places of the rules that conclude it."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, rule in enumerate(self.rules["rules"]):
            found[rule["head"]].append(place)
        return found

    def firing(self, body: Iterable[str]) -> int:
        """The runs in which all conditions hold."""
        runs = (1 << len(self.classes)) - 1
        for name in body:
            runs &= self.where.get(name, 0)
        return runs

    def noticing(self, mutant: Mutant) -> int:
        """The runs whose classes no evaluator with the faulty rule can answer."""
        rule = self.rules["rules"][mutant.place]
        faulty = mutant.faulty
        runs = self._unsupported(rule["head"], mutant)
        if faulty:
            fires = self.firing(faulty["body"])
            runs |= fires & ~self.where.get(faulty["head"], 0)
        return runs

    def _unsupported(self, head: str, mutant: Mutant) -> int:
        """The runs in which the head holds, and by no rule that is left.

        That the data conflict is put into a second pass because every conflict gives it
        by a rule; without one of these rules nobody puts it in.
        """
        given = 0 if head == ANY_CONFLICT else self.given.get(head, 0)
        runs = self.where.get(head, 0) & ~given
        for place in self.to[head]:
            if place != mutant.place:
                runs &= ~self.firing(self.rules["rules"][place]["body"])
        if mutant.faulty and mutant.faulty["head"] == head:
            runs &= ~self.firing(mutant.faulty["body"])
        return runs


def _where(runs: Sequence[Iterable[str]]) -> dict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for i, names in enumerate(runs):
        for name in names:
            found[name] |= 1 << i
    return found
