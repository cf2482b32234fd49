"""The differential: which hypotheses are listed, in which order (ontology.md 2.9)."""

from __future__ import annotations

from dataclasses import replace

from service.errors import Unjustified
from service.model import Candidate, CriterionState
from service.reasoning.criterion_states import (
    CONTRADICTING,
    SUPPORTING,
    count_states,
    states_of,
)
from service.reasoning.evaluation import reported
from service.reasoning.reasoned import CONTRIBUTOR, GRADE, LISTED, STOP, Reasoned
from service.reasoning.reasons import justify_choice

# of the more convincing kind first (knowledge/criteria.md, section 0)
EVIDENCE = ("strong", "moderate", "weak", "very_weak", "association")


def rank_candidates(reasoned: Reasoned) -> tuple[Candidate, ...]:
    """Causes and mimics in one joint order without ties; excluded ones come last."""
    compiled, classes = reasoned.compiled, reasoned.classes
    grades = dict(reported(reasoned.evaluation.second.chosen))
    listed = [
        _candidate(id, grades, reasoned)
        for id in sorted(reasoned.knowledge.hypotheses)
        if classes & compiled.bit(LISTED + id)
    ]
    ordered = sorted(listed, key=lambda candidate: rank_key(candidate, reasoned))
    return tuple(replace(c, rank=i) for i, c in enumerate(ordered, start=1))


def rank_key(candidate: Candidate, reasoned: Reasoned) -> tuple[int | str, ...]:
    """The parts of the key, the first difference decides; lower comes first."""
    results = reasoned.knowledge.results
    grades = (results.likely, results.possible, results.unlikely, results.excluded)
    hypothesis = reasoned.knowledge.hypotheses[candidate.hypothesis]
    return (
        candidate.grade == results.excluded,
        not candidate.is_stop,
        grades.index(candidate.grade),
        not hypothesis.is_structural,
        -_supports(candidate.criteria, 3),
        -_supports(candidate.criteria, 2),
        sum(s.role == CONTRADICTING and s.holds is True for s in candidate.criteria),
        EVIDENCE.index(hypothesis.evidence),
        -_supports(candidate.criteria, 1),
        candidate.hypothesis,
    )


def _supports(states: tuple[CriterionState, ...], strength: int) -> int:
    return sum(
        s.role == SUPPORTING and s.holds is True and s.strength == strength
        for s in states
    )


def _candidate(id: str, grades: dict[str, str], reasoned: Reasoned) -> Candidate:
    compiled, classes = reasoned.compiled, reasoned.classes
    grade = grades.get(GRADE + id)
    if grade is None:
        raise Unjustified("a listed hypothesis has no grade")
    states = states_of(id, reasoned)
    met, contradicted, unknown = count_states(states)
    return Candidate(
        hypothesis=id,
        kind=reasoned.knowledge.hypotheses[id].kind,
        rank=0,
        grade=grade,
        justification=justify_choice(GRADE + id, reasoned),
        criteria=states,
        met=met,
        contradicted=contradicted,
        unknown=unknown,
        is_stop=bool(classes & compiled.bit(STOP + id)),
        is_contributor=bool(classes & compiled.bit(CONTRIBUTOR + id)),
    )
