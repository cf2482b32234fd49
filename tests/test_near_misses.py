"""Near misses: what is unknown and would change a reported value."""

from __future__ import annotations

import pytest
from hypothesis import given

from service.model import Finding, State
from service.reasoning.compiled import EXCLUDED, PRESENT, Compiled
from service.reasoning.evaluation import Pass, close, run_strata
from service.reasoning.knowledge import Knowledge
from service.reasoning.near_misses import find_near_misses
from service.reasoning.reasoned import Reasoned, reason, values_of
from service.reasoning.what_if import changes_if, prepare
from tests.shorthand import absent, finding, measure, read_findings
from tests.test_acceptance import read_rows
from tests.test_evaluation import TOY, findings_of_toy

BOTH = (State.PRESENT, State.ABSENT)
STEP = 13  # every question comes up several times over the examples


def misses_of(*findings: Finding) -> dict[tuple[str, State], set[tuple[str, str, str]]]:
    found = find_near_misses(prepare(reason(findings, TOY)))
    return {(miss.concept, miss.state): set(miss.changes) for miss in found}


def evaluate_with(concept: str, state: State, reasoned: Reasoned) -> Pass | None:
    """A full evaluation with one more literal; None if it contradicts the record."""
    compiled: Compiled = reasoned.compiled
    prefix = PRESENT if state is State.PRESENT else EXCLUDED
    place = compiled.bits.get(prefix + concept)
    if place is None:
        return None
    every_rule = (1 << len(compiled.sweep.needs)) - 1
    start = reasoned.evaluation.second.stages[0] | compiled.adds[place]
    classes = close(start, every_rule, compiled)
    if classes & classes >> compiled.half & compiled.paired:
        return None
    return run_strata(classes, compiled)


def expected_changes(
    concept: str, state: State, reasoned: Reasoned
) -> set[tuple[str, str, str]]:
    after = evaluate_with(concept, state, reasoned)
    if after is None:
        return set()
    old = values_of(reasoned.evaluation.second, reasoned.knowledge)
    new = values_of(after, reasoned.knowledge)
    pattern = reasoned.knowledge.results.pattern
    withheld = {pattern} if "" in (old[pattern], new[pattern]) else set()
    return {(x, old[x], new[x]) for x in old.keys() - withheld if old[x] != new[x]}


def test_missing_condition_of_a_criterion_is_a_near_miss() -> None:
    """With a dense thing, its size would decide the criterion."""
    found = misses_of(finding("dense"))

    assert ("criterion", "open", "met") in found["size_ge_10", State.PRESENT]


def test_empty_record_has_near_misses() -> None:
    """Rules with one condition count too."""
    assert ("form", "form_open", "form_spiky") in misses_of()["spiky", State.PRESENT]


def test_absence_can_be_a_near_miss() -> None:
    """A denial may change a value as a statement does."""
    assert ("criterion", "open", "not_met") in misses_of()["dense", State.ABSENT]


def test_known_concept_is_no_near_miss() -> None:
    """Only what is unknown is asked for."""
    known = misses_of(finding("dense"), absent("blue"))

    assert {"dense", "blue"}.isdisjoint(concept for concept, _ in known)


def test_concept_in_conflict_is_no_near_miss() -> None:
    """What the record contradicts itself about is not unknown."""
    found = misses_of(finding("spiky"), absent("spiky"))

    assert "spiky" not in {concept for concept, _ in found}


def test_what_changes_nothing_reported_is_left_out() -> None:
    """A grade of a hypothesis that is not listed is not reported."""
    assert ("tone_high", State.PRESENT) not in misses_of()


def test_more_changes_come_first() -> None:
    """What would change the answer most leads."""
    found = find_near_misses(prepare(reason([finding("dense")], TOY)))
    counts = [len(miss.changes) for miss in found]

    assert sorted(counts, reverse=True) == counts


@given(findings_of_toy)
def test_short_way_equals_full_evaluation(findings: list[Finding]) -> None:
    """Sweeping only what a literal reaches gives what a full evaluation gives."""
    reasoned = reason(findings, TOY)
    base = prepare(reasoned)
    for concept in TOY.compiled.halves:
        for state in BOTH:
            found = set(changes_if(concept, state, base))
            assert expected_changes(concept, state, reasoned) == found


@pytest.mark.parametrize(
    ("number", "findings"),
    list(enumerate(row["findings"] for row in read_rows("acceptance.tsv"))),
)
def test_short_way_equals_full_evaluation_on_the_shipped_rules(
    number: int, findings: str, knowledge: Knowledge
) -> None:
    """The same on every acceptance example, each time for other questions."""
    reasoned = reason(read_findings(findings, knowledge), knowledge)
    base = prepare(reasoned)
    every = [(c, s) for c in sorted(knowledge.compiled.halves) for s in BOTH]
    questions = every[number % STEP :: STEP]

    assert [
        question
        for question in questions
        if expected_changes(*question, reasoned) != set(changes_if(*question, base))
    ] == []


def test_number_in_range_is_no_near_miss() -> None:
    """A decided cut is not asked for again."""
    found = misses_of(finding("dense"), measure("size", "= 12"))

    assert "size_lt_10" not in {concept for concept, _ in found}
