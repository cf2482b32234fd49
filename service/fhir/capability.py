"""What this service can do, as FHIR says it: made from what is really mounted.

Sources: http://hl7.org/fhir/R4/capabilitystatement.html and operationdefinition.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service import __version__
from service.fhir.codes import BASE, Resource
from service.reasoning.knowledge import Knowledge

OPERATION = "interpret"
DEFINITION = f"{BASE}/OperationDefinition/{OPERATION}"
FHIR_RELEASE = "4.0.1"
TITLE = "Suggested interpretation of diffuse pulmonary ossification"


@dataclass(frozen=True, slots=True, order=True)
class Served:
    """One mounted address with the verbs that it answers."""

    address: str
    verbs: tuple[str, ...]


def capability_statement(served: Sequence[Served], knowledge: Knowledge) -> Resource:
    """The CapabilityStatement of the mounted routes; dated like the ontology."""
    operations = [
        path.removeprefix("/fhir/").removesuffix(f"${OPERATION}").rstrip("/")
        for path in (item.address for item in served if "POST" in item.verbs)
        # An address with a place in it needs a FHIR server, and answers 501.
        if path.endswith(f"${OPERATION}") and "<" not in path
    ]
    operation = {"name": OPERATION, "definition": DEFINITION}
    types = [
        {"type": name, "operation": [operation]} for name in operations if name
    ] + [
        {"type": name, "interaction": [{"code": "read"}]}
        for name in ("OperationDefinition",)
        if any(item.address.startswith(f"/fhir/{name}/") for item in served)
    ]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "experimental": False,
        "date": knowledge.version,
        "publisher": "DPO Reasoner",
        "kind": "instance",
        "software": {"name": "DPO Reasoner", "version": __version__},
        "implementation": {
            "description": f"{TITLE}; ontology {knowledge.version_iri}. "
            "Not a medical device."
        },
        "fhirVersion": FHIR_RELEASE,
        "format": ["application/fhir+json", "application/json"],
        "rest": [
            {
                "mode": "server",
                "resource": types,
                **({"operation": [operation]} if "" in operations else {}),
            }
        ],
    }


def operation_definition(
    parameters: Sequence[tuple[str, str, str]], knowledge: Knowledge
) -> Resource:
    """The OperationDefinition; a parameter is a name, a FHIR type and its effect."""
    return {
        "resourceType": "OperationDefinition",
        "id": OPERATION,
        "url": DEFINITION,
        "version": __version__,
        "name": "Interpret",
        "title": TITLE,
        "status": "active",
        "kind": "operation",
        "date": knowledge.version,
        "publisher": "DPO Reasoner",
        "description": "Reads what is known of each subject and answers one "
        "DiagnosticReport for each, with the reasons. The body is a Bundle, a "
        "Parameters with one, a single resource or NDJSON.",
        "affectsState": False,
        "code": OPERATION,
        "resource": ["DiagnosticReport"],
        "system": True,
        "type": True,
        "instance": False,
        "parameter": [
            parameter("bundle", "in", "Resource", "What is known of the subjects."),
            *(parameter(name, "in", type, effect) for name, type, effect in parameters),
            parameter(
                "return",
                "out",
                "Resource",
                "A Bundle; on DiagnosticReport the report itself.",
            ),
        ],
    }


def parameter(name: str, use: str, type: str, documentation: str) -> Resource:
    """One parameter: the document and the answer are there once, the rest may be."""
    needed = type == "Resource"
    return {
        "name": name,
        "use": use,
        "min": 1 if needed else 0,
        "max": "1",
        "documentation": documentation,
        "type": type,
    }
