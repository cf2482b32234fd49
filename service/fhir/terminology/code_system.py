"""CodeSystem dpo: every code with its names, definitions and properties.

The list is flat and each concept names its parents: a code may have several, and a
nested list may hold a code only once (csd-1).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from service.fhir.codes import BASE, OWN_PREFIX, Resource
from service.fhir.grammar import UCUM
from service.fhir.terminology.header import Header, canonical, resource
from service.fhir.terminology.hierarchy import Codes, codes_of
from service.fhir.terminology.words import (
    LANGUAGE,
    OTHER,
    definition,
    designations,
    tell,
    translated,
)
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Concept

TYPE, ID, NAME = "CodeSystem", OWN_PREFIX, "DiffusePulmonaryOssification"
ALL = "all"
URL = canonical(TYPE, ID)
PROPERTIES_OF_FHIR = "http://hl7.org/fhir/concept-properties"

# Of each property: its type, and its address where FHIR defines it.
PROPERTIES: dict[str, tuple[str, str]] = {
    "kind": ("string", ""),
    "parent": ("code", f"{PROPERTIES_OF_FHIR}#parent"),
    "unit": ("Coding", ""),
    "source": ("string", ""),
    "inactive": ("boolean", f"{PROPERTIES_OF_FHIR}#inactive"),
    "replacedBy": ("code", ""),
}
# Of each filter for `ValueSet.compose`: what it compares and how.
FILTERS: dict[str, tuple[str, ...]] = {
    "concept": ("is-a", "descendent-of"),
    "kind": ("=",),
}


def header_of(knowledge: Knowledge) -> Header:
    """How the CodeSystem is named."""
    return Header(
        TYPE,
        ID,
        NAME,
        tell(knowledge, "terminology_code_system_title"),
        tell(knowledge, "terminology_code_system_description"),
    )


@lru_cache(maxsize=4)
def code_system(knowledge: Knowledge) -> Resource:
    """The whole CodeSystem; a shared value."""
    codes = codes_of(knowledge)
    return {
        **resource(header_of(knowledge), knowledge),
        "caseSensitive": True,
        "valueSet": canonical("ValueSet", ALL),
        "hierarchyMeaning": "is-a",
        "compositional": False,
        "versionNeeded": False,
        "content": "complete",
        "count": len(codes.concepts),
        "filter": [_filter(code, knowledge) for code in FILTERS],
        "property": [_property(code, knowledge) for code in PROPERTIES],
        "concept": [_concept(each, codes) for each in codes.concepts.values()],
    }


def _filter(code: str, knowledge: Knowledge) -> Resource:
    return {
        "code": code,
        **translated("description", tell(knowledge, f"terminology_filter_{code}")),
        "operator": list(FILTERS[code]),
        **translated("value", tell(knowledge, f"terminology_filter_{code}_value")),
    }


def _property(code: str, knowledge: Knowledge) -> Resource:
    type, uri = PROPERTIES[code]
    return {
        "code": code,
        **({"uri": uri} if uri else {}),
        **translated("description", tell(knowledge, f"terminology_property_{code}")),
        "type": type,
    }


def _concept(concept: Concept, codes: Codes) -> Resource:
    return {
        "code": concept.id,
        "display": concept.label.en,
        "definition": concept.definition.en,
        "designation": [
            *designations(concept, LANGUAGE),
            definition(concept, OTHER),
        ],
        "property": list(properties(concept, codes)),
    }


def properties(concept: Concept, codes: Codes) -> Iterator[Resource]:
    """The properties that a concept has, as the CodeSystem gives them."""
    yield {"code": "kind", "valueString": concept.kind}
    for parent in codes.parents[concept.id]:
        yield {"code": "parent", "valueCode": parent}
    if concept.unit:
        yield {"code": "unit", "valueCoding": {"system": UCUM, "code": concept.unit}}
    for source in concept.sources:
        yield {"code": "source", "valueString": f"{BASE}/source/{source}"}
    if codes.is_inactive(concept.id):
        yield {"code": "inactive", "valueBoolean": True}
    if successor := codes.successor(concept.id):
        yield {"code": "replacedBy", "valueCode": successor}
