"""What a report concludes: values, candidates, recommended examinations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.fhir.draft import Draft
from service.fhir.identity import REPORT, observation_part
from service.model import Advice, Candidate, Conclusion, CriterionState
from service.rdf import vocabulary as v
from service.rdf.facts import activity_iri, iri_of
from service.rdf.literals import integer
from service.rdf.proof import tell_criteria, tell_criterion, tell_justification
from service.rdf.triples import Iri, Text, Triple, say

PRELIMINARY = Text("preliminary")


def tell_conclusions(draft: Draft) -> Iterator[Triple]:
    """Assessment, criterion, pattern, differential, biopsy advice, tests."""
    conclusions = draft.conclusions
    yield from tell_value(conclusions.assessment, (), draft)
    yield from tell_value(conclusions.criterion, conclusions.definitions, draft)
    if conclusions.pattern is not None:
        yield from tell_value(conclusions.pattern, (), draft)
    for candidate in conclusions.differential:
        yield from tell_candidate(candidate, draft)
    yield from tell_value(conclusions.biopsy, (), draft)
    for advice in conclusions.tests:
        yield from tell_test(advice, draft)


def tell_value(
    conclusion: Conclusion, criteria: Iterable[CriterionState], draft: Draft
) -> Iterator[Triple]:
    """One reported value."""
    node = iri_of(observation_part(conclusion.concept), draft)
    yield from tell_answer(node, conclusion.concept, conclusion.value, draft)
    yield from tell_contested(node, conclusion.contested)
    yield from tell_criteria(node, criteria, draft)
    yield from tell_justification(node, conclusion.justification, draft)


def tell_candidate(candidate: Candidate, draft: Draft) -> Iterator[Triple]:
    """One cause or mimic of the differential."""
    results = draft.knowledge.results
    question = results.mimic if candidate.kind == "mimic" else results.cause
    node = iri_of(observation_part(candidate.hypothesis), draft)
    yield from tell_answer(node, question, candidate.hypothesis, draft)
    yield from say(
        node,
        [
            (v.HAS_RANK, integer(candidate.rank)),
            (v.HAS_GRADE, v.dpo(candidate.grade)),
            (v.MET_COUNT, integer(candidate.met)),
            (v.CONTRADICTED_COUNT, integer(candidate.contradicted)),
            (v.UNKNOWN_COUNT, integer(candidate.unknown)),
        ],
    )
    yield from tell_contested(node, candidate.contested)
    yield from tell_criteria(node, candidate.criteria, draft)
    yield from tell_justification(node, candidate.justification, draft)


def tell_test(advice: Advice, draft: Draft) -> Iterator[Triple]:
    """One recommended examination, with what it would decide."""
    node = iri_of(observation_part(advice.test), draft)
    yield from tell_answer(node, draft.knowledge.results.test, advice.test, draft)
    yield node, v.HAS_RANK, integer(advice.rank)
    for criterion, state in advice.decides:
        yield from tell_criterion(node, criterion, state, draft)


def tell_answer(
    node: Iri, question: str, answer: str, draft: Draft
) -> Iterator[Triple]:
    """What every conclusion has."""
    yield from tell_part(node, v.CONCLUSION, PRELIMINARY, draft)
    yield node, v.ANSWERS_QUESTION, v.dpo(question)
    yield node, v.HAS_ANSWER, v.dpo(answer)


def tell_part(node: Iri, kind: Iri, status: Text, draft: Draft) -> Iterator[Triple]:
    """An asserted part of the report."""
    yield node, v.TYPE, kind
    yield node, v.TYPE, v.ENTITY
    yield node, v.IS_PART_OF, iri_of(REPORT, draft)
    yield node, v.GENERATED_BY, activity_iri(draft)
    yield node, v.FHIR_STATUS, status


def tell_contested(node: Iri, values: Iterable[str]) -> Iterator[Triple]:
    """The answers that the conclusion would otherwise have."""
    for value in values:
        yield node, v.CONTESTED_ANSWER, v.dpo(value)
