"""The GuidanceResponse: whether more data is needed, and which."""

from __future__ import annotations

from service.fhir.codes import Resource, exact_codings, own_coding, present
from service.fhir.draft import Draft, open_resource, subject
from service.fhir.identity import DEVICE, GUIDANCE, LEDGER, REPORT, REPORT_SYSTEM, Form
from service.fhir.outcome import ledger_outcome
from service.model import NearMiss
from service.wording.lexicon import open_lexicon

# How many of the observations that would change the answer are asked for.
ASKED = 10
# In which resource a kind of concept is stated; all others in an Observation.
TYPES = {
    "disease": "Condition",
    "procedure": "Procedure",
    "drug": "MedicationStatement",
}
# The kinds that somebody can state; the others follow from them.
OBSERVABLE = frozenset(
    ("finding", "lab", "measure", "disease", "procedure", "drug", "exposure", "status")
)


def build_guidance(draft: Draft) -> Resource:
    """The decision-support envelope of the report."""
    return open_resource(GUIDANCE, draft) | present(
        {
            "contained": contained_ledger(draft),
            "identifier": [{"system": REPORT_SYSTEM, "value": draft.names.identifier}],
            "moduleUri": draft.knowledge.version_iri,
            "status": "success" if is_complete(draft) else "data-required",
            "subject": subject(draft),
            "occurrenceDateTime": draft.issued,
            "performer": draft.names.reference(DEVICE),
            "reasonReference": [draft.names.reference(REPORT)],
            "evaluationMessage": [ledger_reference(draft)],
            "dataRequirement": data_requirements(draft),
        }
    )


def contained_ledger(draft: Draft) -> list[Resource]:
    """The ledger inside, where the answer goes to a server (contract section 5)."""
    if draft.names.form is not Form.TRANSACTION:
        return []
    return [
        ledger_outcome(
            draft.ledger,
            draft.knowledge,
            draft.language,
            LEDGER.role,
            draft.case.gaps,
        )
    ]


def ledger_reference(draft: Draft) -> Resource:
    """Where the ledger of this report stands."""
    match draft.names.form:
        case Form.TRANSACTION:
            return {"reference": f"#{LEDGER.role}"}
        case Form.COLLECTION:
            return {"reference": draft.ledger_url}
    return draft.names.reference(LEDGER)


def is_complete(draft: Draft) -> bool:
    """Whether nothing more is asked for: all is decided, on the whole record."""
    return not draft.case.gaps and is_decided(draft)


def is_decided(draft: Draft) -> bool:
    """Whether assessment, criterion and cause came out other than undecided.

    Undecided is the default of a choice, which no rule has led away from.
    """
    lexicon = open_lexicon(draft.knowledge, draft.language)
    answers = (draft.conclusions.assessment, draft.conclusions.criterion)
    if any(lexicon.is_default(answer) for answer in answers):
        return False
    undetermined = draft.knowledge.results.undetermined
    return all(
        candidate.hypothesis != undetermined
        for candidate in draft.conclusions.differential
    )


def data_requirements(draft: Draft) -> list[Resource]:
    """The observations that would change the answer most, each once.

    Near misses come with those of most changes first.
    """
    wanted = dict.fromkeys(
        concept
        for near in draft.conclusions.near_misses
        for concept in observables(near, draft)
    )
    return [data_requirement(concept, draft) for concept in [*wanted][:ASKED]]


def observables(near: NearMiss, draft: Draft) -> list[str]:
    """What somebody could state to settle an unknown.

    The quantity of a cut, the finding that has a value, the parts of a pair; else the
    concept itself.
    """
    known = draft.knowledge.concepts.get(near.concept)
    if known is None:
        return []
    if known.quantity:
        return [known.quantity]
    if known.value_of:
        return list(known.value_of)
    if known.kind in OBSERVABLE:
        return [near.concept]
    return [
        part
        for rule in draft.knowledge.finding_rules
        if rule.head == near.concept
        for part in rule.body
        if draft.knowledge.concepts[part].kind in OBSERVABLE
    ]


def data_requirement(concept: str, draft: Draft) -> Resource:
    """A resource with one of the codes by which we would recognise the concept."""
    codes = [
        own_coding(draft.knowledge, concept, draft.language),
        *exact_codings(draft.knowledge, concept),
    ]
    kind = draft.knowledge.concepts[concept].kind
    return {
        "type": TYPES.get(kind, "Observation"),
        "mustSupport": ["code"],
        "codeFilter": [{"path": "code", "code": codes}],
    }
