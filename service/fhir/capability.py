"""What this service can do, as FHIR says it: made from what is really mounted.

Sources: http://hl7.org/fhir/R4/capabilitystatement.html and operationdefinition.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service import __version__
from service.fhir.codes import BASE, Resource
from service.fhir.profiles.definitions import profiles_of
from service.fhir.terminology.catalogue import SEARCH
from service.reasoning.knowledge import Knowledge

OPERATION, WHAT_IF = "interpret", "what-if"
OWN_DEFINITIONS = f"{BASE}/OperationDefinition"
DEFINITION = f"{OWN_DEFINITIONS}/{OPERATION}"
HL7_DEFINITIONS = "http://hl7.org/fhir/OperationDefinition"
HL7_PARAMETERS = "http://hl7.org/fhir/SearchParameter"
FHIR_RELEASE = "4.0.1"
TITLE = "Suggested interpretation of diffuse pulmonary ossification"
# What can be known under `/fhir/metadata?mode=`.
FULL, TERMINOLOGY = "full", "terminology"
MODES = (FULL, TERMINOLOGY)
ADDRESS = re.compile(
    r"/fhir(?:/(?P<type>[A-Z]\w*))?(?:/(?P<id><id>|[\w-]+))?(?:/\$(?P<operation>[\w-]+))?"
)


@dataclass(frozen=True, slots=True, order=True)
class Served:
    """One mounted address with the verbs that it answers."""

    address: str
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What an address serves: an operation, all resources of a type, or one."""

    type: str
    id: str
    operation: str


def capability_statement(
    served: Sequence[Served], knowledge: Knowledge, *, stored: bool = False
) -> Resource:
    """The CapabilityStatement of the mounted routes; dated like the ontology.

    `stored` says that records of a FHIR server are served.
    """
    places = tuple(places_of(served, stored=stored))
    types = sorted({place.type for place in places if place.type})
    on_system = [p.operation for p in places if not p.type and p.operation]
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
                "resource": [describe_type(name, places, knowledge) for name in types],
                **operations("", on_system),
            }
        ],
    }


def places_of(served: Iterable[Served], *, stored: bool) -> Iterator[Place]:
    """What the addresses below `/fhir` serve.

    `$interpret` of a stored Patient answers 501 without a FHIR server: left out.
    """
    for item in served:
        found = ADDRESS.fullmatch(item.address)
        if found is None:
            continue
        place = Place(*(found[name] or "" for name in ("type", "id", "operation")))
        if stored or place.operation != OPERATION or not place.id:
            yield place


def describe_type(name: str, places: Iterable[Place], knowledge: Knowledge) -> Resource:
    """What is served of one type: profiles, interactions, searches, operations."""
    profiles = profiles_of(name, knowledge)
    own = [place for place in places if place.type == name]
    is_read = any(place.id and not place.operation for place in own)
    is_searched = any(not place.id and not place.operation for place in own)
    codes = [
        code
        for code, is_there in (("read", is_read), ("search-type", is_searched))
        if is_there
    ]
    called = list(dict.fromkeys(p.operation for p in own if p.operation))
    return {
        "type": name,
        **({"supportedProfile": list(profiles)} if profiles else {}),
        **({"interaction": [{"code": code} for code in codes]} if codes else {}),
        **({"searchParam": search_parameters()} if is_searched else {}),
        **operations(name, called),
    }


def operations(type: str, names: Iterable[str]) -> Resource:
    """The element `operation`: two are defined by us, the others by HL7."""
    found = [
        {
            "name": name,
            "definition": f"{OWN_DEFINITIONS}/{name}"
            if name in (OPERATION, WHAT_IF)
            else f"{HL7_DEFINITIONS}/{type}-{name}",
        }
        for name in names
    ]
    return {"operation": found} if found else {}


def search_parameters() -> list[Resource]:
    """The search parameters of what has a canonical URL."""
    return [
        {"name": name, "definition": f"{HL7_PARAMETERS}/{definition}", "type": type}
        for name, (type, definition) in SEARCH.items()
    ]


def operation_definition(
    parameters: Sequence[tuple[str, str, str]],
    knowledge: Knowledge,
    *,
    stored: bool = False,
) -> Resource:
    """The OperationDefinition; a parameter is a name, a FHIR type and its effect.

    `stored` says that records of a FHIR server are served, to which it may write.
    """
    types = ["DiagnosticReport", "Patient"] if stored else ["DiagnosticReport"]
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
        "affectsState": stored,
        "code": OPERATION,
        "resource": types,
        "system": True,
        "type": True,
        "instance": stored,
        "parameter": [
            parameter(
                "bundle",
                "in",
                "Resource",
                "What is known of the subjects.",
                needed=not stored,
            ),
            *(parameter(name, "in", type, effect) for name, type, effect in parameters),
            parameter(
                "return",
                "out",
                "Resource",
                "A Bundle; on DiagnosticReport the report itself.",
                needed=True,
            ),
        ],
    }


def parameter(
    name: str, use: str, type: str, documentation: str, *, needed: bool = False
) -> Resource:
    """One parameter, which is there once or may be left out."""
    return {
        "name": name,
        "use": use,
        "min": 1 if needed else 0,
        "max": "1",
        "documentation": documentation,
        "type": type,
    }
