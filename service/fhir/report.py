"""The DiagnosticReport (contract section 3)."""

from __future__ import annotations

from service.fhir.case_facts import case_extension
from service.fhir.codes import (
    ALTERNATE_REFERENCE,
    DIAGNOSIS_PREFIXES,
    LOINC,
    Resource,
    coding,
    exact_codings,
    extension,
    own_coding,
    present,
    system_uri,
)
from service.fhir.draft import Draft, open_resource, subject
from service.fhir.identity import DEVICE, REPORT, REPORT_SYSTEM, Part
from service.fhir.narrative import narrative

# The one text that the contract fixes, whatever the language.
CODE_TEXT = "Suggested interpretation: diffuse pulmonary ossification"

PROFILE = "dpo-report"


def build_report(observations: list[Part], draft: Draft) -> Resource:
    """The report that refers to the Observations, in their order.

    `partial` is R4's word for machine output that nobody has verified; a Device may
    not perform, hence the extension; no interpreter until a human signs.
    """
    return open_resource(REPORT, draft, profile=PROFILE) | present(
        {
            "text": narrative(draft.wording),
            "extension": [case_extension(draft.case, draft.knowledge.version)],
            "identifier": [{"system": REPORT_SYSTEM, "value": draft.names.identifier}],
            "status": "partial",
            "category": categories(draft),
            "code": report_code(draft),
            "subject": subject(draft),
            **draft.time,
            "issued": draft.issued,
            "performer": [performer(draft)],
            "result": [draft.names.reference(part) for part in observations],
            "conclusion": draft.wording.conclusion,
            "conclusionCode": conclusion_codes(draft),
        }
    )


def categories(draft: Draft) -> list[Resource]:
    """One category per code system in which imaging reports are filed."""
    role = draft.knowledge.reader["report_category"]
    return [{"coding": [item]} for item in exact_codings(draft.knowledge, role)]


def report_code(draft: Draft) -> Resource:
    """The LOINC code of the newest imaging report or procedure, else the default.

    The display is the one that LOINC gives; a code that the table does not know
    goes without, since the sender's display need not be exact.
    """
    loinc = system_uri(draft.knowledge, LOINC)
    for sent in draft.case.report_codes:
        if sent.system == loinc:
            display = official_display(sent.system, sent.code, draft)
            return {"coding": [coding(loinc, sent.code, display)], "text": CODE_TEXT}
    role = draft.knowledge.reader["imaging_report"]
    default = exact_codings(draft.knowledge, role, (LOINC,))[:1]
    return present({"coding": default, "text": CODE_TEXT})


def official_display(system: str, code: str, draft: Draft) -> str:
    """The display of a code by the mapping table, "" for one that is not there."""
    rows = draft.knowledge.mappings_by_code.get((system, code), ())
    return rows[0].label if rows else ""


def performer(draft: Draft) -> Resource:
    """The Device, by extension: R4 allows none as performer."""
    device = draft.names.reference(DEVICE)
    return {
        "extension": [extension(ALTERNATE_REFERENCE, valueReference=device)],
        "display": draft.wording.device,
    }


def conclusion_codes(draft: Draft) -> list[Resource]:
    """Likely conclusions only, with the codes that mean exactly the same."""
    results = draft.knowledge.results
    concepts = [
        candidate.hypothesis
        for candidate in draft.conclusions.differential
        if candidate.grade == results.likely
    ]
    if draft.conclusions.assessment.value == results.supported:
        concepts.insert(0, results.disease)
    return [conclusion_code(concept, draft) for concept in concepts]


def conclusion_code(concept: str, draft: Draft) -> Resource:
    """One concept with its exact codings in the terminologies of diagnoses."""
    own = own_coding(draft.knowledge, concept, draft.language)
    mapped = exact_codings(draft.knowledge, concept, DIAGNOSIS_PREFIXES)
    return {"coding": [own, *mapped], "text": own["display"]}
