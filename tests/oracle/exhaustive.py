"""Cases for every rule, one by one: what satisfies it, and what just does not.

For each rule over a case: findings that meet its conditions and nothing more, chosen
so that the rule is the only support of its head if there are such; and for each of its
conditions findings that meet all others. For each concept: stated alone, denied alone,
both at once; for a coded one every value, for a measure every flag. The values on and
around the cuts are `generator.cut_cases`.
The evaluator guides the search and judges nothing: whether a case is what it is meant
to be, the oracles say, and the mutants notice when it is not. The search takes minutes,
so what it finds is kept (`stored`): `python -m tests.oracle.seek` does it again
when a rule has changed, and `test_oracle_mutants` tells when that is due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any
from zlib import crc32

from service.model import Finding, State
from service.reasoning.compiled import Compiled
from service.reasoning.evaluation import evaluate_passes
from service.regression.generated import DEPTH, Chance, Vocabulary, present
from tests.oracle.judge import Findings

TRIES = 60
PAIR = "G6"  # the rules that make a conflict of a concept stated and denied


@dataclass(frozen=True)
class Search:
    """Looks for findings that derive some classes and, if it can be, not others."""

    words: Vocabulary
    rules: Mapping[str, Any]
    compiled: Compiled

    @cached_property
    def bodies(self) -> Mapping[str, tuple[int, ...]]:
        """Of each head: the conditions of each of its rules, as masks."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for rule in self.rules["rules"]:
            found[rule["head"]].append(self.mask(rule["body"]))
        return {head: tuple(masks) for head, masks in found.items()}

    def mask(self, names: Iterable[str]) -> int:
        """The classes as bits; -1 (which nothing meets) with a name that is none."""
        mask = 0
        for name in names:
            bit = self.compiled.bit(name)
            mask = mask | bit if bit else -1
        return mask

    def classes(self, findings: Findings) -> int:
        """What follows in the first pass, by the evaluator."""
        return evaluate_passes(findings, self.compiled).first.classes

    def find(
        self,
        goals: tuple[str, ...],
        tells: Callable[[int], bool],
        *,
        or_any: bool = True,
        tries: int = TRIES,
    ) -> Findings | None:
        """Findings that derive the goals and of which `tells` is true, made minimal.

        Without such, and `or_any`, the first findings that derive the goals at all.
        The dice fall the same way each time.
        """
        need = self.mask(goals)
        dice = Random(crc32(" ".join(goals).encode()))  # noqa: S311
        chance, other = Chance(self.words, dice), None
        for number in range(tries):
            made = [f for goal in goals for f in chance.towards(goal, DEPTH)]
            if made and number >= tries // 2:  # so there is no easy one
                made.append(chance.against(dice.choice(made)))
            findings = tuple(dict.fromkeys(made))
            classes = self.classes(findings)
            if need & ~classes:
                continue
            if tells(classes):
                return self.minimal(findings, lambda c: not need & ~c and tells(c))
            other = other or findings
        if other is None or not or_any:
            return None
        return self.minimal(other, lambda c: not need & ~c)

    def minimal(self, findings: Findings, holds: Callable[[int], bool]) -> Findings:
        """Without every finding that is not needed."""
        kept = list(findings)
        for finding in findings:
            fewer = [f for f in kept if f is not finding]
            if holds(self.classes(tuple(fewer))):
                kept = fewer
        return tuple(kept)

    def is_sole_support(self, rule: Mapping[str, Any]) -> Callable[[int], bool]:
        """Whether no other rule with the same head fires."""
        own = self.mask(rule["body"])
        others = [body for body in self.bodies[rule["head"]] if body != own]
        return lambda classes: all(body & ~classes for body in others)


def rule_cases(search: Search) -> Iterator[tuple[str, Findings]]:
    """Of each rule: the minimal satisfying case, and each that lacks one condition."""
    for rule in search.rules["rules"]:
        if rule["by"] == PAIR:
            continue
        body, head = tuple(rule["body"]), search.mask([rule["head"]])
        found = search.find(body, search.is_sole_support(rule))
        if found is not None:
            yield f"{rule['id']} holds", found
        for lacking in body if len(body) > 1 else ():
            rest = tuple(name for name in body if name != lacking)
            avoid = search.mask([lacking]) | head
            found = search.find(rest, _lacking(avoid))
            if found is not None:
                yield f"{rule['id']} without {lacking}", found


def _lacking(avoid: int) -> Callable[[int], bool]:
    """Whether none of these classes holds."""
    return lambda classes: not classes & avoid


def finding_cases(words: Vocabulary) -> Iterator[tuple[str, Findings]]:
    """Of each concept: stated, denied, and both, with each value and each flag."""
    for name in words.statable:
        denied = Finding(name, State.ABSENT, ())
        yield f"{name} denied", (denied,)
        for stated in stated_ways(name, words):
            flag = stated.value or stated.interpretation
            yield f"{name} {flag} stated", (stated,)
            yield f"{name} {flag} stated and denied", (stated, denied)
            if stated.value:
                of_value = Finding(name, State.ABSENT, (), value=stated.value)
                yield f"{name} {flag} denied", (of_value,)
                yield f"{name} {flag} both", (stated, of_value)


def stated_ways(name: str, words: Vocabulary) -> Iterator[Finding]:
    """The concept as present: plain, with each coded value, with each flag.

    Flags are those of the reader and what lies below them, as critically high does.
    """
    row = words.concepts[name]
    yield present(name)
    for value in row.get("allowed_values", ()):
        yield present(name, value=value)
    if row.get("value_type") == "quantity":
        below = {
            x
            for flag in words.flags
            for body in words.pairs.get(flag, ())
            for x in body
        }
        for flag in (*words.flags, *sorted(below)):
            yield present(name, interpretation=flag)


def unlike(
    named: Iterable[tuple[str, Findings]], known: Iterable[Findings] = ()
) -> dict[str, Findings]:
    """The cases by name that are not known; the first of those that are the same."""
    met = {frozenset(findings) for findings in known}
    found: dict[str, Findings] = {}
    for name, case in named:
        if frozenset(case) not in met:
            met.add(frozenset(case))
            found[name] = case
    return found
