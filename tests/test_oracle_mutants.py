"""A fault in any row of the logic of `rules.json` is noticed by some case.

Every comparator opened and turned, every condition, rule, option and overrider
dropped, every present and excluded swapped. What no case notices is shown to change
nothing (`tests.oracle.equivalence`); nothing is excused. Source: ontology.md 5.
"""

from __future__ import annotations

from itertools import chain

import pytest

from tests.oracle.equivalence import Theory, choice_is_equivalent, theory_of
from tests.oracle.faults import (
    Trials,
    below,
    choice_is_noticed,
    differs_for_real,
    is_said_anyway,
)
from tests.oracle.mutants import (
    Mutant,
    choice_mutants,
    cut_mutants,
    rule_mutants,
)
from tests.oracle.page import fault_rows, lacking, row
from tests.oracle.trial import Trial, read_trial

pytestmark = pytest.mark.reasoner
# every n-th fault is tried with the evaluator, not only argued; one without effect on
# every m-th case
REAL, CASES = 1000, 20


@pytest.fixture(scope="module")
def trial() -> Trial:
    """All cases with the verdicts of clingo, to which HermiT and Konclude agree."""
    return read_trial()


@pytest.fixture(scope="module")
def theory(trial: Trial) -> Theory:
    """The rules over a case, to ask what follows from what."""
    return theory_of(trial.rules)


@pytest.fixture(scope="module")
def trials(trial: Trial) -> Trials:
    """The cases, for the evaluator with a fault."""
    cases = tuple((case, verdict) for _, case, verdict in trial.cases())
    return Trials(trial.rules, trial.knowledge, cases)


def test_fault_in_a_rule_over_a_case_is_noticed(trial: Trial, theory: Theory) -> None:
    """Each is noticed by a case, or changes nothing by an argument that is checked."""
    mutants = [*rule_mutants(trial.rules)]
    equal = [m for m in mutants if not trial.corpus.noticing(m)]

    assert [m for m in equal if not theory.is_equivalent(m)] == []
    assert lacking(fault_rows("rule over a case", mutants, equal)) == []


def test_every_rule_fires_in_some_case(trial: Trial, theory: Theory) -> None:
    """There is a case that satisfies it, or the page names it as one that none can."""
    drops = [m for m in rule_mutants(trial.rules) if m.faulty is None]
    rows = [trial.rules["rules"][m.place] for m in drops]
    silent = [
        (mutant, rule)
        for mutant, rule in zip(drops, rows, strict=True)
        if not trial.corpus.firing(rule["body"])
    ]

    assert [rule["id"] for m, rule in silent if not theory.is_equivalent(m)] == []
    assert lacking(row(f"`{rule['id']}`", rule["head"]) for _, rule in silent) == []


def test_every_condition_is_what_some_case_lacks(trial: Trial, theory: Theory) -> None:
    """All others hold there; one that the others bring along anyway changes nothing."""
    corpus = trial.corpus
    drops = [m for m in rule_mutants(trial.rules) if m.kind == "drop a condition"]
    implied = [
        mutant
        for mutant in drops
        if mutant.faulty
        and not corpus.firing(mutant.faulty["body"])
        & ~corpus.firing(trial.rules["rules"][mutant.place]["body"])
    ]

    assert len(drops) > 1000
    assert [m for m in implied if not theory.is_equivalent(m)] == []


def test_fault_in_a_comparison_is_noticed(trials: Trials) -> None:
    """Open or closed, up or down, there or not: some case is answered otherwise."""
    mutants = [*cut_mutants(trials.rules)]

    assert [
        m
        for m in mutants
        if not trials.is_noticed(
            [trials.rules["cuts"][m.place]["quantity"]], trials.with_cuts(m)
        )
    ] == []
    assert lacking(fault_rows("comparison", mutants, [])) == []


def test_fault_in_a_rule_over_a_finding_is_noticed(
    trials: Trials, theory: Theory
) -> None:
    """Each is noticed by a case, or the rules over the case say the same anyway."""
    mutants = [*rule_mutants(trials.rules, "finding_rules")]
    equal = [m for m in mutants if is_said_anyway(m, trials.rules, theory)]
    tried = [m for m in mutants if m not in equal] + equal[:: REAL // 50]
    noticed = [
        m
        for m in tried
        if trials.is_noticed(names_of(m, trials), trials.with_finding_rules(m))
    ]

    assert noticed == [m for m in mutants if m not in equal]
    assert lacking(fault_rows("rule over a finding", mutants, equal)) == []


def names_of(mutant: Mutant, trials: Trials) -> frozenset[str]:
    """The names whose findings a faulty rule over a finding can touch."""
    body = trials.rules["finding_rules"][mutant.place]["body"]
    return frozenset(chain.from_iterable(below(name, trials.rules) for name in body))


def test_lost_assertion_is_noticed(trials: Trials) -> None:
    """Having a thing is presenting it: without that axiom some case is another."""
    asserting = trials.rules["asserting"]

    assert [
        name
        for name in asserting
        if not trials.is_noticed(
            below(name, trials.rules), trials.without_assertion(name)
        )
    ] == []
    count = len(asserting)
    assert lacking([row("having a thing", "drop a rule", count, count, 0)]) == []


def test_fault_in_a_choice_is_noticed(trial: Trial, theory: Theory) -> None:
    """Each option, overrider and default decides in some case, or decides nothing."""
    mutants = [*choice_mutants(trial.rules)]
    equal = [m for m in mutants if not choice_is_noticed(m, trial.rules, trial.runs)]

    assert [
        (m.kind, trial.rules["choices"][m.place]["id"], m.faulty)
        for m in equal
        if not choice_is_equivalent(m, trial.rules, theory)
    ] == []
    assert lacking(fault_rows("choice", mutants, equal)) == []


def test_argument_holds_when_the_evaluator_runs(trial: Trial) -> None:
    """The evaluator with a fault that is said to be noticed answers otherwise."""
    rules = trial.rules
    tried = [(m, trial.corpus.noticing(m)) for m in rule_mutants(rules)]
    share = [(m, runs) for m, runs in tried if runs][::REAL]
    choices = [*choice_mutants(rules)][:: REAL // 10]
    share += [(m, -1) for m in choices if choice_is_noticed(m, rules, trial.runs)]

    assert lacking([row("noticed, tried with the evaluator", len(share))]) == []
    assert [
        m for m, runs in share if not differs_for_real(m, rules, trial.cases_of(runs))
    ] == []


def test_fault_without_effect_has_none_when_the_evaluator_runs(
    trial: Trial, theory: Theory
) -> None:
    """The evaluator with a fault that is shown to change nothing answers the same."""
    unseen = [m for m in rule_mutants(trial.rules) if not trial.corpus.noticing(m)]
    share = [m for m in unseen if theory.is_equivalent(m)][:: REAL // 10]
    choices = choice_mutants(trial.rules)
    share += [m for m in choices if not choice_is_noticed(m, trial.rules, trial.runs)]
    cases = [*trial.cases()][::CASES]

    assert lacking([row("without effect, tried with the evaluator", len(share))]) == []
    assert [m for m in share if differs_for_real(m, trial.rules, iter(cases))] == []


def mutant_of(rows: list[tuple[list[str], str]], dropped: int) -> tuple[Theory, Mutant]:
    """A small theory and the fault that one of its rules is missing."""
    clauses = [(frozenset(body), head) for body, head in rows]
    inputs = {name: ((frozenset[str](), frozenset[str]()),) for name in ("a", "b")}
    return Theory(clauses, inputs), Mutant("drop a rule", "rules", dropped, None)


def test_rule_that_others_replace_changes_nothing() -> None:
    """From a to b to c there is c without the rule from a to c."""
    theory, mutant = mutant_of([(["a"], "b"), (["b"], "c"), (["a"], "c")], 2)

    assert theory.is_equivalent(mutant)


def test_rule_that_every_support_replaces_changes_nothing() -> None:
    """A class that only comes from a has what follows from a, without its own rule."""
    theory, mutant = mutant_of([(["a"], "x"), (["a"], "c"), (["x"], "c")], 2)

    assert theory.is_equivalent(mutant)


def test_needed_rule_is_not_excused() -> None:
    """A class that comes from b too needs its own rule."""
    rows = [(["a"], "x"), (["b"], "x"), (["a"], "c"), (["x"], "c")]
    theory, mutant = mutant_of(rows, 3)

    assert not theory.is_equivalent(mutant)
