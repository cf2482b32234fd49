"""The differential: who is listed, in which order, with which counts."""

from __future__ import annotations

from service.model import Candidate, CriterionState, Finding, Justification, State
from service.reasoning.criterion_states import count_states
from service.reasoning.knowledge import Knowledge
from service.reasoning.ranking import rank_candidates, rank_key
from service.reasoning.reasoned import reason
from tests.shorthand import absent, finding, measure, read_findings
from tests.test_evaluation import TOY

DENSE, LARGE, RED = finding("dense"), measure("size", "= 12"), finding("red")


def ranked(*findings: Finding) -> list[Candidate]:
    return list(rank_candidates(reason(findings, TOY)))


def names(candidates: list[Candidate]) -> list[str]:
    return [candidate.hypothesis for candidate in candidates]


def state(
    role: str, state: State, *, criterion: str = "x", negated: bool = False
) -> CriterionState:
    holds = {State.PRESENT: not negated, State.ABSENT: negated}.get(state)
    return CriterionState(criterion, role, negated, 1, state, holds, ())


def test_nothing_is_listed_on_an_empty_record() -> None:
    """Hypotheses with no need on record are no suggestions."""
    assert ranked() == []


def test_hypothesis_without_its_gate_is_not_listed() -> None:
    """Without a lesion there is nothing to explain."""
    assert ranked(finding("spiky")) == []


def test_better_evidence_comes_first() -> None:
    """Of two likely causes the one with stronger supports leads."""
    found = ranked(
        DENSE, RED, LARGE, finding("spiky"), finding("tone", value="tone_low")
    )

    assert [name for name in names(found) if name.startswith("cause")] == [
        "cause_round",
        "cause_red",
    ]


def test_stop_fact_leads() -> None:
    """A mimic whose stop fact holds comes before any cause."""
    found = ranked(
        DENSE, finding("spiky"), finding("blue"), finding("tone", value="tone_low")
    )

    assert (found[0].hypothesis, found[0].is_stop) == ("mimic_blue", True)


def test_excluded_candidates_come_last() -> None:
    """What is ruled out stands behind everything else."""
    found = ranked(DENSE, absent("red"), finding("spiky"), absent("blue"))

    assert names(found) == ["cause_round", "cause_red", "mimic_blue"]


def test_ranks_have_no_ties() -> None:
    """Ranks count from one."""
    found = ranked(DENSE, RED, LARGE, finding("spiky"))

    assert [candidate.rank for candidate in found] == [1, 2]


def test_undetermined_leads_when_it_is_sent() -> None:
    """It is sent when no cause is likely, and is then the only likely one."""
    found = ranked(DENSE, LARGE)

    assert [(c.hypothesis, c.grade) for c in found] == [("cause_none", "grade_likely")]


def test_structural_evidence_outranks_supports() -> None:
    """The third part of the key decides before the supports do."""
    reasoned = reason((), TOY)
    likely = Candidate("cause_red", "cause", 0, "grade_likely", NOTHING, (), 0, 0, 0)
    supported = Candidate(
        "cause_round", "cause", 0, "grade_likely", NOTHING,
        (state("supporting", State.PRESENT),), 0, 0, 0,
    )  # fmt: skip

    keys = [rank_key(candidate, reasoned) for candidate in (likely, supported)]
    assert keys[0] < keys[1]


NOTHING = Justification()


def test_counts_are_taken_after_polarity() -> None:
    """A needed absence that is stated as absent is met."""
    states = [state("needed", State.ABSENT, negated=True)]

    assert count_states(states) == (1, 0, 0)


def test_failing_need_and_holding_contradiction_count_against() -> None:
    """Both are contradicted, a support that fails is neither."""
    states = [
        state("needed", State.ABSENT),
        state("contradicting", State.PRESENT, criterion="y"),
        state("supporting", State.ABSENT, criterion="z"),
    ]

    assert count_states(states) == (0, 2, 0)


def test_open_support_is_not_counted_as_unknown() -> None:
    """Only needed, contradicting and excluding criteria count as unknown."""
    states = [state(r, State.UNKNOWN, criterion=r) for r in ("needed", "supporting")]

    assert count_states(states) == (0, 0, 1)


def test_criterion_in_two_roles_counts_once() -> None:
    """It counts as the needed one."""
    states = [state("needed", State.PRESENT), state("supporting", State.PRESENT)]

    assert count_states(states) == (1, 0, 0)


def test_stop_and_conflicting_criteria_do_not_count() -> None:
    """A stop criterion has a state and no count; so has one in conflict."""
    states = [
        state("stop", State.PRESENT),
        state("needed", State.CONFLICTING, criterion="y"),
    ]

    assert count_states(states) == (0, 0, 0)


def test_every_candidate_has_a_justification(knowledge: Knowledge) -> None:
    """On the shipped rules: each grade names at least one finding."""
    findings = read_findings("U + mitral_stenosis, osteosarcoma", knowledge)
    found = rank_candidates(reason(findings, knowledge))

    assert all(candidate.justification.findings for candidate in found)
