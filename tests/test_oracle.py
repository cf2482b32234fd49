"""The evaluator equals OWL: class by class, value by value, in both passes.

Three oracles of different kinds read the published ontology alone: clingo judges every
case as one logic program, HermiT checks its answers by a tableau, and Konclude, which
shares no code with either, a share of them. What all of it would notice,
`test_oracle_mutants` shows. An oracle that is missing fails these tests. Source:
ontology.md 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import pytest

from service.model import State
from tests.oracle.abox import read_words
from tests.oracle.answer_sets import Solver
from tests.oracle.bench import Bench, open_bench
from tests.oracle.blocks import smallest
from tests.oracle.konclude import realise
from tests.oracle.machine import OracleError
from tests.oracle.page import corpus_row, lacking, row
from tests.oracle.table import decide, read_table
from tests.oracle.trial import (
    BUILD,
    CORPORA,
    Trial,
    by_hermit,
    by_konclude,
    konclude_runs,
    read_trial,
)
from tests.oracle.wording import written_rules

pytestmark = pytest.mark.reasoner
# every n-th case is judged by HermiT stratum by stratum, with the whole ontology
SAMPLE = 1200


@pytest.fixture(scope="module")
def trial() -> Trial:
    """All cases with the verdicts of clingo."""
    return read_trial()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """HermiT at work, for all tests of this file."""
    with open_bench(BUILD) as found:
        yield found


@pytest.mark.parametrize("corpus", CORPORA)
def test_evaluator_agrees_with_clingo(trial: Trial, corpus: str) -> None:
    """Classes, values and findings set aside are the same in every case."""
    cases, verdicts = trial.corpora[corpus], trial.verdicts[corpus]

    assert len(cases) > 0
    assert {
        name: told
        for name, case in cases.items()
        for told in smallest(case, verdicts[name], trial.knowledge, trial.solver)
    } == {}


@pytest.mark.parametrize("corpus", CORPORA)
def test_hermit_agrees_with_clingo(trial: Trial, bench: Bench, corpus: str) -> None:
    """A description-logic reasoner derives what the answer sets hold."""
    judged = by_hermit(trial, bench, corpus)

    assert len(judged) > 0
    assert [
        name for name in judged if judged[name] != trial.verdicts[corpus][name]
    ] == []


@pytest.mark.parametrize("corpus", CORPORA)
def test_konclude_agrees_with_clingo(trial: Trial, bench: Bench, corpus: str) -> None:
    """A reasoner that shares no code with the others finds the same classes."""
    told, judged = konclude_runs(trial, corpus), by_konclude(trial, bench, corpus)

    assert len(judged) > 0
    assert {
        name: told[name].classes ^ classes
        for name, classes in judged.items()
        if told[name].classes != classes
    } == {}


def test_the_page_tells_what_was_judged(trial: Trial) -> None:
    """Cases, passes and entailments of each corpus stand in docs/reference/proof.md."""
    assert lacking(corpus_row(trial, corpus) for corpus in CORPORA) == []


def test_planted_disagreement_is_made_small(trial: Trial) -> None:
    """Of a large case that two answer otherwise, the findings that do it are told."""
    large = (case for case in trial.corpora["drawn"].values() if len(case) > 10)
    case, finding = next(
        (case, found)
        for case in large
        for found in case
        if found.state is State.ABSENT and not found.value
    )
    name = f"excluded_{finding.concept}"
    lines = [f"invented(X) :- {name}(X).", "#show invented/1."]
    wrong = _with(trial, lines)
    (verdict,) = wrong.judge([case])

    (told,) = smallest(case, verdict, trial.knowledge, wrong)
    assert f"['not {finding.concept}']" in told
    assert "misses invented" in told


def test_at_least_two_thousand_cases_are_drawn(trial: Trial) -> None:
    """The random cases of CI are so many, and no two are the same."""
    cases = {frozenset(case) for case in trial.corpora["drawn"].values()}

    assert len(cases) >= 2000


def test_guess_and_part_change_nothing(trial: Trial, bench: Bench) -> None:
    """Stratum by stratum, with the whole ontology, HermiT says just the same."""
    sample = [*trial.cases()][::SAMPLE]

    assert lacking([row("whole ontology, stratum by stratum", len(sample))]) == []
    judged = bench.judge([case for _, case, _ in sample], whole=True)
    assert judged == [verdict for _, _, verdict in sample]


def test_wrong_guess_is_not_believed(trial: Trial, bench: Bench) -> None:
    """HermiT that is told false values finds the true ones."""
    cases = [*trial.corpora["acceptance"].values()][:2]
    right = [*trial.verdicts["acceptance"].values()][:2]

    assert right[0] != right[1]
    assert bench.judge(cases, right[::-1]) == right


def test_compiled_rules_are_the_axioms(trial: Trial, bench: Bench) -> None:
    """Every rule is an axiom of the ontology, and every axiom about a case a rule."""
    tops = read_words(trial.rules).tops
    published = {
        sha256(text.encode()).hexdigest()[:12]
        for text, head in bench.axioms()
        if head not in tops
    }

    assert written_rules(trial.rules) == published


def test_values_hold_on_the_final_classes(trial: Trial) -> None:
    """The table applied to all classes at the end gives the values of each stratum."""
    table = read_table(trial.rules)

    assert [
        run.kept
        for run in trial.runs
        if {c: line.reports for c, line in decide(table, run.classes).items()}
        != run.values
    ] == []


def test_missing_konclude_is_an_error(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An oracle that is not there fails the proof; nothing is skipped."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(OracleError, match="not installed"):
        realise(trial.runs[:1], [], trial.solver.words)


def test_second_answer_set_is_an_error(trial: Trial) -> None:
    """A program that leaves something open is not taken for an answer."""
    solver = _with(trial, ["{ data_conflict(X) } :- case(X)."])

    with pytest.raises(OracleError, match="answer sets"):
        solver.judge([()])


def test_undecided_choice_is_an_error(trial: Trial) -> None:
    """Two values of one choice at once are told, not picked from."""
    choice = trial.rules["choices"][0]["id"]
    lines = [f"reports(X,{choice},{value}) :- case(X)." for value in ("one", "two")]
    solver = _with(trial, lines)

    with pytest.raises(OracleError, match="undecided"):
        solver.judge([()])


def _with(trial: Trial, lines: list[str]) -> Solver:
    own = trial.solver
    program = "\n".join([own.program, *lines])
    return Solver(program, own.limits, own.words, own.table)
