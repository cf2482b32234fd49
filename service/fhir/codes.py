"""Codings and small FHIR shapes; every clinical code comes from the mapping table."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import MappingRow

Resource = dict[str, Any]

BASE = "https://w3id.org/pulmonary-ossification"
JUSTIFICATION = f"{BASE}/StructureDefinition/justification"
HL7 = "http://hl7.org/fhir/StructureDefinition"
SUPPORTING_INFO = f"{HL7}/workflow-supportingInfo"
ALTERNATE_REFERENCE = f"{HL7}/alternate-reference"
THO = "http://terminology.hl7.org/CodeSystem"

# What an AI asserted, and nobody verified: on every resource that makes a statement.
AI_ASSERTED = {
    "system": f"{THO}/v3-ObservationValue",
    "code": "AIAST",
    "display": "Artificial Intelligence asserted",
}
OWN_PREFIX = "dpo"
LOINC = "LOINC"
# The terminologies in which a diagnosis is told (contract section 3, conclusionCode).
DIAGNOSIS_PREFIXES = ("SCTID", "ICD10WHO", "ICD10CM")


@lru_cache(maxsize=8192)
def own_coding(knowledge: Knowledge, concept: str, language: str) -> Resource:
    """A concept of the ontology as a Coding of CodeSystem dpo; a shared value."""
    return {
        "system": system_uri(knowledge, OWN_PREFIX),
        "code": concept,
        "display": knowledge.label(concept, language),
    }


@lru_cache(maxsize=8192)
def own_concept(knowledge: Knowledge, concept: str, language: str) -> Resource:
    """A concept of the ontology as a CodeableConcept; a shared value."""
    coding = own_coding(knowledge, concept, language)
    return {"coding": [coding], "text": coding["display"]}


def exact_codings(
    knowledge: Knowledge, concept: str, prefixes: Iterable[str] = ()
) -> list[Resource]:
    """The codings that mean exactly the concept, in table order.

    `prefixes` restricts and orders them; without it all code systems are given.
    """
    rows = [
        row
        for row in knowledge.mappings_by_concept.get(concept, ())
        if row.predicate == "exact" and row.prefix != OWN_PREFIX
    ]
    wanted = tuple(prefixes)
    if wanted:
        rows = sorted(
            (row for row in rows if row.prefix in wanted),
            key=lambda row: wanted.index(row.prefix),
        )
    return [mapped_coding(knowledge, row) for row in rows]


def mapped_coding(knowledge: Knowledge, row: MappingRow) -> Resource:
    """The code of another system, as FHIR writes it."""
    uri = system_uri(knowledge, row.prefix)
    return coding(uri, knowledge.systems[uri].code_prefix + row.code, row.label)


@lru_cache
def system_uri(knowledge: Knowledge, prefix: str) -> str:
    """The URI by which FHIR names a code system."""
    return next(
        system.uris[0]
        for system in knowledge.systems.values()
        if system.prefix == prefix
    )


def coding(system: str, code: str, display: str = "") -> Resource:
    """A Coding; an empty display is left out."""
    plain = {"system": system, "code": code}
    return plain | {"display": display} if display else plain


def extension(url: str, **value: Any) -> Resource:
    """An Extension with one value[x] (`valueString="x"`) or nested ones."""
    return {"url": url, **value}


def present(resource: Resource) -> Resource:
    """The resource without elements that hold nothing: FHIR allows no empty ones."""
    return {key: value for key, value in resource.items() if value not in ("", [], {})}


def unique(items: Iterable[Any]) -> list[Any]:
    """Each item once, in order; for dicts, which cannot be hashed."""
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found
