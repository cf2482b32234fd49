"""Faults outside the rules over a case, and the evaluator run with a fault.

What a finding says by itself is computed anew for each finding, so these faults are
tried for real: the evaluator runs with the faulty rows on the cases that name them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from service.model import Axiom
from service.reasoning.compiled import PRESENT, Compiled
from service.reasoning.cutting import cut_tables
from service.reasoning.evaluation import evaluate_passes
from service.reasoning.knowledge import Knowledge, from_rules
from service.reasoning.problems import RuleCycle
from service.reasoning.rules import Rule, read_cut, read_rule
from service.verify.judging import strata
from tests.oracle.compare import answer_of, differences
from tests.oracle.equivalence import Theory
from tests.oracle.judge import Findings, Run, Verdict
from tests.oracle.mutants import Mutant
from tests.oracle.table import decide, read_table


@dataclass(frozen=True)
class Trials:
    """The cases, to try a fault on those that can notice it."""

    rules: Mapping[str, Any]
    knowledge: Knowledge
    cases: tuple[tuple[Findings, Verdict], ...]

    @cached_property
    def naming(self) -> Mapping[str, list[int]]:
        """Of each name: the places of the cases that it occurs in, smaller first."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        by_size = sorted(range(len(self.cases)), key=lambda i: len(self.cases[i][0]))
        for place in by_size:
            for finding in self.cases[place][0]:
                for name in {finding.concept, finding.value, finding.interpretation}:
                    found[name].append(place)
        return found

    def is_noticed(self, names: Iterable[str], faulty: Compiled) -> bool:
        """Whether some case with one of the names is answered otherwise."""
        return any(
            self._differs(place, faulty)
            for name in names
            for place in self.naming.get(name, ())
        )

    def _differs(self, place: int, faulty: Compiled) -> bool:
        wrong = evaluate_passes(self.cases[place][0], faulty)
        return self.right[place] != (wrong.first.classes, wrong.second.classes)

    @cached_property
    def right(self) -> Sequence[tuple[int, int]]:
        """What follows in both passes of each case, as `test_oracle` compares it."""
        found = (evaluate_passes(c, self.knowledge.compiled) for c, _ in self.cases)
        return [(passes.first.classes, passes.second.classes) for passes in found]

    def with_cuts(self, mutant: Mutant) -> Compiled:
        """The evaluator's rules with a faulty comparison."""
        cuts = map(read_cut, mutant.applied(self.rules)["cuts"])
        compiled = self.knowledge.compiled
        return replace(compiled, cuts=cut_tables(cuts), seeds={})

    def with_finding_rules(self, mutant: Mutant) -> Compiled:
        """The evaluator's rules with a faulty rule over a finding."""
        found: defaultdict[str, list[Rule]] = defaultdict(list)
        for row in mutant.applied(self.rules)["finding_rules"]:
            rule = read_rule(dict(row))
            for name in rule.body:
                found[name].append(rule)
        groups = {name: tuple(rules) for name, rules in found.items()}
        compiled = self.knowledge.compiled
        return replace(compiled, finding_rules=MappingProxyType(groups), seeds={})

    def without_assertion(self, name: str) -> Compiled:
        """The evaluator's rules where having a thing is not presenting it."""
        compiled = self.knowledge.compiled
        rest: dict[str, Axiom] = {**compiled.asserting}
        del rest[name]
        return replace(compiled, asserting=MappingProxyType(rest), seeds={})


def below(name: str, rules: Mapping[str, Any]) -> frozenset[str]:
    """The name and whatever lies below it by the rules over a finding.

    Of a cut also its quantity: findings name that, and never a cut.
    """
    found, todo = set[str](), [name]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += [x for r in rules["finding_rules"] if r["head"] == one
                     for x in r["body"]]  # fmt: skip
    quantities = {rules["concepts"][x].get("quantity", "") for x in found}
    return frozenset(found | quantities - {""})


def is_said_anyway(mutant: Mutant, rules: Mapping[str, Any], theory: Theory) -> bool:
    """Whether a dropped rule over a finding changes nothing, since the case has it.

    So it is if the two states follow one another by the rules over the case, and
    nothing else over a finding asks for the class.
    """
    rule = rules["finding_rules"][mutant.place]
    head, body = rule["head"], rule["body"]
    asked = any(
        head in other["body"] and len(other["body"]) > 1
        for other in rules["finding_rules"]
    )
    if mutant.faulty is not None or len(body) > 1 or asked:
        return False
    states = frozenset((PRESENT + body[0],))
    heads = above(head, rules)
    return theory.entails(states, frozenset(PRESENT + x for x in heads))


def above(name: str, rules: Mapping[str, Any]) -> frozenset[str]:
    """The name, and what follows from it about a finding, if these have states."""
    found, todo = set[str](), [name]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += [r["head"] for r in rules["finding_rules"] if r["body"] == [one]]
    return frozenset(x for x in found if x in rules["asserting"])


def choice_is_noticed(
    mutant: Mutant, rules: Mapping[str, Any], runs: Iterable[Run]
) -> bool:
    """Whether a faulty table gives other values on the classes of some run."""
    table = read_table(mutant.applied(rules))
    own = rules["choices"][mutant.place]["id"]
    stratum = [x for lines in strata(table) for x in lines if x.choice == own]
    for run in runs:
        try:
            decided = decide(stratum, run.classes)
        except ValueError:  # two options of one order: the table cannot be run
            return True
        reported = decided[own].reports if own in decided else None
        if reported != run.values.get(own):
            return True
    return False


def differs_for_real(
    mutant: Mutant,
    rules: Mapping[str, Any],
    cases: Iterator[tuple[str, Findings, Verdict]],
    load: Callable[..., Knowledge] = from_rules,
) -> bool:
    """Whether the evaluator, given the faulty document, answers some case otherwise."""
    try:
        knowledge = load(mutant.applied(rules), {})
    except RuleCycle:  # the service would not start
        return True
    return any(
        differences(case, verdict, answer_of(case, knowledge))
        for _, case, verdict in cases
    )
