"""The Observations of a report, in the order of DiagnosticReport.result."""

from __future__ import annotations

from collections.abc import Iterable

from service.fhir.codes import (
    Resource,
    exact_codings,
    own_concept,
    present,
)
from service.fhir.draft import Draft, open_resource, subject
from service.fhir.identity import DEVICE, Part, observation_part
from service.fhir.proof import (
    derived_from,
    evidence_extension,
    justification_extension,
    supporting_info,
)
from service.fhir.terminology.header import as_id
from service.model import Advice, Candidate, Conclusion, CriterionState, Justification

Built = tuple[Part, Resource]
NO_PROOF = Justification()


def build_observations(draft: Draft) -> list[Built]:
    """Assessment, criterion, pattern, differential, biopsy advice, tests."""
    conclusions = draft.conclusions
    results = [build_value(conclusions.assessment, [], draft)]
    definitions = criterion_components(conclusions.definitions, draft)
    results.append(build_value(conclusions.criterion, definitions, draft))
    if conclusions.pattern is not None:
        results.append(build_value(conclusions.pattern, [], draft))
    results += [build_candidate(item, draft) for item in conclusions.differential]
    results.append(build_value(conclusions.biopsy, [], draft))
    results += [build_test(advice, draft) for advice in conclusions.tests]
    return results


def build_value(
    conclusion: Conclusion, components: list[Resource], draft: Draft
) -> Built:
    """The Observation of one reported value."""
    part = observation_part(conclusion.concept)
    components = [*components, *contested(conclusion.contested, draft)]
    return part, observation(
        part,
        (conclusion.concept, conclusion.value),
        components,
        conclusion.justification,
        draft,
    )


def build_candidate(candidate: Candidate, draft: Draft) -> Built:
    """The Observation of one cause or mimic."""
    results = draft.knowledge.results
    kind = results.mimic if candidate.kind == "mimic" else results.cause
    part = observation_part(candidate.hypothesis)
    components = [
        integer(results.rank, candidate.rank, draft),
        coded(results.grade, candidate.grade, draft),
        integer(results.met, candidate.met, draft),
        integer(results.contradicted, candidate.contradicted, draft),
        integer(results.unknown, candidate.unknown, draft),
        *criterion_components(candidate.criteria, draft),
        *contested(candidate.contested, draft),
    ]
    return part, observation(
        part, (kind, candidate.hypothesis), components, candidate.justification, draft
    )


def build_test(advice: Advice, draft: Draft) -> Built:
    """The Observation of one recommended test, with what it would decide."""
    results = draft.knowledge.results
    part = observation_part(advice.test)
    components = [integer(results.rank, advice.rank, draft)]
    components += [
        coded(criterion, results.states[state.value], draft)
        for criterion, state in advice.decides
    ]
    return part, observation(
        part, (results.test, advice.test), components, NO_PROOF, draft
    )


def observation(
    part: Part,
    meaning: tuple[str, str],
    components: list[Resource],
    justification: Justification,
    draft: Draft,
) -> Resource:
    """An Observation of ours; `meaning` is the concept asked and its value.

    Its profile has the id of that concept.
    """
    concept, value = meaning
    role = draft.knowledge.reader["imaging_category"]
    return open_resource(part, draft, profile=as_id(concept)) | present(
        {
            "extension": [
                *justification_extension(justification, draft),
                *supporting_info(justification, draft),
            ],
            "status": "preliminary",
            "category": [{"coding": exact_codings(draft.knowledge, role)}],
            "code": own_concept(draft.knowledge, concept, draft.language),
            "subject": subject(draft),
            **draft.time,
            "issued": draft.issued,
            "valueCodeableConcept": own_concept(draft.knowledge, value, draft.language),
            "device": draft.names.reference(DEVICE),
            "derivedFrom": derived_from(justification, draft),
            "component": components,
        }
    )


def criterion_components(
    rows: Iterable[CriterionState], draft: Draft
) -> list[Resource]:
    """One component per criterion id: the state of the criterion itself."""
    components: dict[str, Resource] = {}
    for row in rows:
        if row.criterion in components:
            continue
        state = draft.knowledge.results.states[row.state.value]
        evidence = evidence_extension(row.findings, row.sources, draft)
        component = coded(row.criterion, state, draft)
        components[row.criterion] = present({"extension": evidence}) | component
    return list(components.values())


def contested(values: tuple[str, ...], draft: Draft) -> list[Resource]:
    """The values that it would otherwise have, one component each."""
    concept = draft.knowledge.results.contested
    return [coded(concept, value, draft) for value in values]


def coded(concept: str, value: str, draft: Draft) -> Resource:
    """A component with a concept of the ontology as value."""
    return {
        "code": own_concept(draft.knowledge, concept, draft.language),
        "valueCodeableConcept": own_concept(draft.knowledge, value, draft.language),
    }


def integer(concept: str, value: int, draft: Draft) -> Resource:
    """A component with a count or a rank."""
    return {
        "code": own_concept(draft.knowledge, concept, draft.language),
        "valueInteger": value,
    }
