"""Which single input of a case changes the explanation that leads it, and to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ontology.report.inputs import Input, added_inputs, changed_inputs
from service.model import (
    Candidate,
    Case,
    Finding,
    Justification,
)
from service.reasoning.compiled import EXCLUDED, PRESENT
from service.reasoning.criterion_states import unproved_state
from service.reasoning.evaluation import Evaluation, evaluate_passes, reported
from service.reasoning.knowledge import Knowledge
from service.reasoning.proofs import Derivations
from service.reasoning.ranking import rank_candidates, rank_key
from service.reasoning.reasoned import (
    GRADE,
    LISTED,
    STOP,
    Reasoned,
    reason,
)
from service.reasoning.vocabulary import vocabulary_of
from service.regression.conclusions import leading_of

# Leading hypothesis and its grade; both "" where nothing leads.
Leading = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Flip:
    """One input that changes who leads; `is_clash` if it contradicts the record."""

    input: Input
    leading: Leading
    is_clash: bool


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What leads a case, and every single input that would change that.

    `tried` counts the facts of the record and the unknown ones that were tried.
    """

    leading: Leading
    recorded: tuple[Flip, ...]
    unknown: tuple[Flip, ...]
    tried: tuple[int, int]


def sensitivity_of(case: Case, knowledge: Knowledge) -> Sensitivity:
    """Every single change of the record, evaluated in full."""
    vocabulary = vocabulary_of(knowledge)
    base = evaluate_passes(case.findings, knowledge.compiled)
    leading = _lead(base, case.findings, knowledge)
    known = frozenset(_known(base, knowledge))
    recorded = list(changed_inputs(case.findings, knowledge, vocabulary))
    unknown = list(added_inputs(case.findings, known, knowledge, vocabulary))
    return Sensitivity(
        leading=leading,
        recorded=tuple(_flips(recorded, base, leading, knowledge)),
        unknown=tuple(_flips(unknown, base, leading, knowledge)),
        tried=(
            len({change.fact for change in recorded}),
            len({change.fact for change in unknown}),
        ),
    )


def lead(findings: Sequence[Finding], knowledge: Knowledge) -> Leading:
    """The first of the differential that is not excluded."""
    return _lead(evaluate_passes(findings, knowledge.compiled), findings, knowledge)


def _lead(
    evaluation: Evaluation, findings: Sequence[Finding], knowledge: Knowledge
) -> Leading:
    if evaluation.disputes:
        candidates = rank_candidates(reason(findings, knowledge))
    else:
        candidates = tuple(_ranked(evaluation, knowledge))
    first = leading_of(candidates, knowledge)
    return (first.hypothesis, first.grade) if first else ("", "")


def _ranked(evaluation: Evaluation, knowledge: Knowledge) -> list[Candidate]:
    """The differential in its order, without the proofs that a report needs.

    A page of some 50,000 small changes would else take minutes to make.
    """
    compiled, chosen = knowledge.compiled, evaluation.second.chosen
    unproved = Derivations(compiled, (), (), chosen, {})
    reasoned = Reasoned(knowledge, evaluation, unproved, frozenset())
    grades = dict(reported(chosen))
    listed = [
        Candidate(
            hypothesis=id,
            kind=hypothesis.kind,
            rank=0,
            grade=grades[GRADE + id],
            justification=Justification(),
            criteria=tuple(
                unproved_state(row, reasoned) for row in knowledge.criteria.get(id, ())
            ),
            met=0,
            contradicted=0,
            unknown=0,
            is_stop=bool(reasoned.classes & compiled.bit(STOP + id)),
        )
        for id, hypothesis in knowledge.hypotheses.items()
        if reasoned.classes & compiled.bit(LISTED + id)
    ]
    return sorted(listed, key=lambda candidate: rank_key(candidate, reasoned))


def _flips(
    changes: Iterable[Input], base: Evaluation, leading: Leading, knowledge: Knowledge
) -> Iterator[Flip]:
    ranking = _ranking_mask(knowledge)
    for change in changes:
        after = evaluate_passes(change.findings, knowledge.compiled)
        if not _can_move(base, after, ranking):
            continue
        found = _lead(after, change.findings, knowledge)
        if found[0] != leading[0]:
            is_clash = len(after.disputes) > len(base.disputes)
            yield Flip(change, found, is_clash)


def _can_move(base: Evaluation, after: Evaluation, ranking: int) -> bool:
    """Whether anything that the ranking looks at is different."""
    moved = base.second.classes ^ after.second.classes
    return bool(
        moved & ranking
        or base.second.chosen != after.second.chosen
        or base.disputes
        or after.disputes
    )


def _ranking_mask(knowledge: Knowledge) -> int:
    """The classes that list, stop or support a hypothesis, or speak against it."""
    compiled = knowledge.compiled
    names = {prefix + id for id in knowledge.hypotheses for prefix in (LISTED, STOP)}
    for rows in knowledge.criteria.values():
        names |= {half + row.criterion for row in rows for half in (PRESENT, EXCLUDED)}
    mask = 0
    for name in names & compiled.bits.keys():
        mask |= compiled.bit(name)
    return mask


def _known(base: Evaluation, knowledge: Knowledge) -> Iterator[str]:
    """What the record states or what follows from it, and what it disputes."""
    disputed = {f.concept for d in base.disputes for f in d.findings}
    for concept, (present, excluded) in knowledge.compiled.halves.items():
        term = knowledge.concepts.get(concept)
        names = {concept, term.quantity} if term else {concept}
        if base.first.classes & (present | excluded) or disputed & names:
            yield concept
