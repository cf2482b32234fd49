"""Small FHIR documents for tests, and one call each to read and to ground them."""

from __future__ import annotations

import json
from typing import Any

from service.fhir.reader import Reading, ReadOptions, read_cases
from service.model import Case, Finding, Note
from service.reasoning.grounding import ground
from service.reasoning.knowledge import Knowledge

Json = dict[str, Any]

DPO = "https://w3id.org/pulmonary-ossification/CodeSystem/dpo"
SCT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
UCUM = "http://unitsofmeasure.org"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def concept(*codings: str | tuple[str, str], text: str = "") -> Json:
    """A CodeableConcept; a plain string is a code of our own system."""
    pairs = [(DPO, c) if isinstance(c, str) else c for c in codings]
    made_codings = [{"system": s, "code": c} if s else {"code": c} for s, c in pairs]
    made: Json = {"coding": made_codings} if pairs else {}
    return {**made, "text": text} if text or not pairs else made


def quantity(value: float | str, unit: str = "", comparator: str = "") -> Json:
    """A Quantity in a UCUM unit, without code where the unit is empty."""
    made: Json = {"value": value}
    if unit:
        made |= {"unit": unit, "code": unit, "system": UCUM}
    return made | ({"comparator": comparator} if comparator else {})


def observation(*codings: str | tuple[str, str], **elements: Any) -> Json:
    """A final Observation."""
    made = {"resourceType": "Observation", "status": "final"}
    return {**made, "code": concept(*codings), **elements}


def condition(*codings: str | tuple[str, str], verified: str = "", **more: Any) -> Json:
    """A Condition of the anonymous subject or of the one that `more` names."""
    made: Json = {"resourceType": "Condition", "subject": {"reference": "Patient/p"}}
    if verified:
        made["verificationStatus"] = concept((VERIFICATION, verified))
    return {**made, "code": concept(*codings), **more}


def patient(id: str = "p", **elements: Any) -> Json:
    """A Patient."""
    return {"resourceType": "Patient", "id": id, **elements}


def of(resource: Json, id: str = "p") -> Json:
    """The resource with a subject."""
    return {**resource, "subject": {"reference": f"Patient/{id}"}}


def bundle(*resources: Json, kind: str = "collection", **more: Any) -> Json:
    """A Bundle of resources; those with an id get no fullUrl."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries, **more}


def encode(document: Json) -> bytes:
    """The bytes of a document."""
    return json.dumps(document).encode()


def read(*resources: Json, **options: Any) -> Reading:
    """Read a collection of resources."""
    return read_cases(encode(bundle(*resources)), ReadOptions(**options))


def read_document(document: Json | bytes, **options: Any) -> Reading:
    """Read a whole document."""
    content = document if isinstance(document, bytes) else encode(document)
    return read_cases(content, ReadOptions(**options))


def ground_all(knowledge: Knowledge, *resources: Json) -> tuple[Case, tuple[Note, ...]]:
    """Read and ground a collection about one subject."""
    (case,) = read(*resources).cases
    return ground(case, knowledge)


def findings_of(knowledge: Knowledge, *resources: Json) -> tuple[Finding, ...]:
    """The findings of a collection about one subject."""
    return ground_all(knowledge, *resources)[0].findings


def states_of(knowledge: Knowledge, *resources: Json) -> dict[str, str]:
    """The state of each concept, its value added where it has one."""
    return {
        f"{f.concept}={f.value}" if f.value else f.concept: str(f.state)
        for f in findings_of(knowledge, *resources)
    }


def phrases_of(knowledge: Knowledge, *resources: Json) -> set[str]:
    """What grounding remarks."""
    return {note.phrase for note in ground_all(knowledge, *resources)[1]}
