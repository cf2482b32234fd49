"""Entailments to Conclusions: what is reported of a case, each value with its why.

Pure; takes every id that it reports from the `results` of the ontology. A value that
cannot be explained is our defect and raises Unjustified (500), never a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from service.errors import Unjustified
from service.model import (
    Candidate,
    Case,
    Conclusion,
    Conclusions,
    Conflict,
    Entailments,
    Interpretation,
    State,
)
from service.reasoning.conflicts import Dispute
from service.reasoning.criterion_states import definition_states
from service.reasoning.evaluation import evaluate, run
from service.reasoning.knowledge import Knowledge
from service.reasoning.near_misses import find_near_misses
from service.reasoning.ranking import rank_candidates
from service.reasoning.reasoned import (
    GRADE,
    LISTED,
    Reasoned,
    check_same,
    reason,
    values_of,
)
from service.reasoning.reasons import justify_choice
from service.reasoning.seeds import seed_of
from service.reasoning.tests_advice import advise_tests
from service.reasoning.what_if import prepare


def interpret_case(case: Case, knowledge: Knowledge) -> Interpretation:
    """Evaluate and justify, for one subject: never two patients together."""
    entailments = evaluate(case.findings, knowledge)
    return Interpretation(case, justify(case, entailments, knowledge))


def justify(case: Case, entailments: Entailments, knowledge: Knowledge) -> Conclusions:
    """All that is reported of one case; raises Unjustified."""
    reasoned = reason(case.findings, knowledge)
    check_same(entailments, reasoned)
    return conclude(reasoned)


def conclude(reasoned: Reasoned) -> Conclusions:
    """The conclusions of a case that is already reasoned."""
    results = reasoned.knowledge.results
    contested = _contested(reasoned)
    assessment = _conclusion(results.assessment, contested, reasoned)
    has_pattern = assessment.value != results.not_supported
    definitions = definition_states(reasoned)
    candidates = tuple(
        _with_contested(candidate, contested) for candidate in rank_candidates(reasoned)
    )
    base = prepare(reasoned)
    misses = find_near_misses(base)
    return Conclusions(
        assessment=assessment,
        criterion=_conclusion(results.criterion, contested, reasoned),
        definitions=definitions,
        pattern=_conclusion(results.pattern, contested, reasoned)
        if has_pattern
        else None,
        differential=candidates,
        biopsy=_conclusion(results.biopsy, contested, reasoned),
        tests=advise_tests(candidates, misses, base),
        conflicts=_conflicts(contested, reasoned),
        near_misses=misses,
        studied_in=tuple(
            state.criterion
            for state in definitions
            if state.state is State.PRESENT
            and reasoned.knowledge.concepts[state.criterion].studied_in
        ),
    )


def _conclusion(
    id: str, contested: Mapping[str, tuple[str, ...]], reasoned: Reasoned
) -> Conclusion:
    chosen = reasoned.evaluation.second.chosen
    value = dict(o.pair for o in chosen if o is not None).get(id)
    if value is None:
        raise Unjustified("a result has no value")
    return Conclusion(id, value, justify_choice(id, reasoned), contested.get(id, ()))


def _with_contested(
    candidate: Candidate, contested: Mapping[str, tuple[str, ...]]
) -> Candidate:
    values = contested.get(candidate.hypothesis, ())
    return replace(candidate, contested=values) if values else candidate


def _contested(reasoned: Reasoned) -> dict[str, tuple[str, ...]]:
    """By result or hypothesis: the other value that it would have with all findings.

    Of grades only those of hypotheses listed in one of the passes. The tuple is empty
    where the other pass gives no value.
    """
    first, second = reasoned.evaluation.first, reasoned.evaluation.second
    if first is second:
        return {}
    knowledge, compiled = reasoned.knowledge, reasoned.compiled
    listed = first.classes | second.classes
    before, after = values_of(first, knowledge), values_of(second, knowledge)
    grades = [dict(o.pair for o in p.chosen if o is not None) for p in (first, second)]
    found: dict[str, tuple[str, ...]] = {}
    for id in before:
        old, new = before[id], after[id]
        if id in knowledge.hypotheses:
            if not listed & compiled.bit(LISTED + id):
                continue
            old, new = (grade.get(GRADE + id, "") for grade in grades)
        if old != new:
            found[id] = (old,) if old else ()
    return found


def _conflicts(
    contested: Mapping[str, tuple[str, ...]], reasoned: Reasoned
) -> tuple[Conflict, ...]:
    """The conflicts, each with the contested results that its findings move."""
    disputes = reasoned.evaluation.disputes
    moved = [_moved(dispute, reasoned) & contested.keys() for dispute in disputes]
    alone = contested.keys() - {id for ids in moved for id in ids}
    return tuple(
        Conflict(dispute.concept, dispute.findings, tuple(sorted(ids | alone)))
        for dispute, ids in zip(disputes, moved, strict=True)
    )


def _moved(dispute: Dispute, reasoned: Reasoned) -> set[str]:
    """The results that differ once the findings of this conflict are used again."""
    compiled, knowledge = reasoned.compiled, reasoned.knowledge
    if len(reasoned.evaluation.disputes) == 1:
        return {*values_of(reasoned.evaluation.second, knowledge)}
    aside = tuple(seed_of(finding, compiled) for finding in dispute.findings)
    again = run((*reasoned.derived.seeds, *aside), compiled, disputed=True)
    before = dict(o.pair for o in reasoned.evaluation.second.chosen if o is not None)
    after = dict(o.pair for o in again.chosen if o is not None)
    names = before.keys() | after.keys()
    return {
        name.removeprefix(GRADE)
        for name in names
        if before.get(name) != after.get(name)
    }
