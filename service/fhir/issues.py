"""A DetectedIssue for each conflict: who disagrees, and what it leaves contested."""

from __future__ import annotations

from collections import Counter

from service.fhir.codes import Resource, own_coding, own_concept, present, unique
from service.fhir.draft import Draft, open_resource, subject
from service.fhir.identity import (
    DEVICE,
    REPORT,
    REPORT_SYSTEM,
    Part,
    issue_part,
    observation_part,
)
from service.fhir.proof import evidence_extension
from service.model import Conflict
from service.wording.shape import Dispute

Built = tuple[Part, Resource]


def build_issues(draft: Draft) -> list[Built]:
    """One DetectedIssue per conflict, in the order of the conclusions."""
    issues: list[Built] = []
    seen: Counter[str] = Counter()
    pairs = zip(draft.conclusions.conflicts, draft.wording.disputes, strict=True)
    for conflict, dispute in pairs:
        part = issue_part(conflict.concept, seen[conflict.concept])
        seen[conflict.concept] += 1
        issues.append((part, build_issue(part, conflict, dispute, draft)))
    return issues


def build_issue(
    part: Part, conflict: Conflict, dispute: Dispute, draft: Draft
) -> Resource:
    """The sources are implicated; the evidence names concept and contested answers."""
    value = f"{draft.names.identifier}/{part.role}"
    return open_resource(part, draft) | present(
        {
            "extension": evidence_extension(conflict.findings, (), draft),
            "identifier": [{"system": REPORT_SYSTEM, "value": value}],
            "status": "preliminary",
            "code": {
                "coding": [
                    own_coding(draft.knowledge, conflict.concept, draft.language)
                ],
                "text": dispute.title,
            },
            "patient": subject(draft),
            "identifiedDateTime": draft.issued,
            "author": draft.names.reference(DEVICE),
            "implicated": implicated(conflict, draft),
            "evidence": [
                {"detail": [draft.names.reference(REPORT)]},
                *(contested_evidence(concept, draft) for concept in conflict.contested),
            ],
            "detail": dispute.text,
        }
    )


def implicated(conflict: Conflict, draft: Draft) -> list[Resource]:
    """The resources that disagree, each once."""
    return unique(
        draft.names.source(source)
        for finding in conflict.findings
        for source in finding.sources
    )


def contested_evidence(concept: str, draft: Draft) -> Resource:
    """A contested answer: its concept, and its Observation where one was written."""
    evidence = {"code": [own_concept(draft.knowledge, concept, draft.language)]}
    if concept in written(draft):
        detail = [draft.names.reference(observation_part(concept))]
        return evidence | {"detail": detail}
    return evidence


def written(draft: Draft) -> set[str]:
    """The concepts that have an Observation in this report."""
    conclusions = draft.conclusions
    answers = [conclusions.assessment, conclusions.criterion, conclusions.biopsy]
    if conclusions.pattern is not None:
        answers.append(conclusions.pattern)
    return {answer.concept for answer in answers} | {
        candidate.hypothesis for candidate in conclusions.differential
    }
