"""ValueSet/$expand: the codes of a value set as a list.

Always flat, since a code may have several parents; in the order of the code system.
Source: http://hl7.org/fhir/R4/valueset-operation-expand.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from uuid import NAMESPACE_URL, uuid5

from service.fhir.codes import Resource
from service.fhir.terminology import code_system
from service.fhir.terminology.call import Call
from service.fhir.terminology.compose import Chosen, chosen_set
from service.fhir.terminology.header import told
from service.fhir.terminology.hierarchy import codes_of
from service.fhir.terminology.parameters import Input, as_plain
from service.fhir.terminology.value_sets import value_set
from service.fhir.terminology.words import designations, names, searchable
from service.reasoning.knowledge import Knowledge

INPUTS = (
    Input("url", "uri"),
    Input("valueSet", "ValueSet"),
    Input("valueSetVersion", "string"),
    Input("filter", "string"),
    Input("offset", "integer"),
    Input("count", "integer"),
    Input("includeDesignations", "boolean"),
    Input("includeDefinition", "boolean"),
    Input("activeOnly", "boolean"),
    Input("excludeNested", "boolean"),
    Input("displayLanguage", "code"),
)
# What changes the list, and so is told beside it.
TOLD = tuple(each for each in INPUTS if each.type in ("string", "integer", "boolean"))
# The elements of a posted value set that its expansion keeps.
KEPT = ("url", "version", "name", "title", "status", "experimental", "date")


def expand(call: Call) -> Resource:
    """The value set with its expansion."""
    chosen = chosen_set(call)
    members = wanted(chosen.members, call)
    given = call.given
    offset, count = given.get("offset", 0), given.get("count", len(members))
    page = members[offset : offset + count]
    is_paged = given.first("offset") or given.first("count")
    parameters = [*told_parameters(call)]
    return {
        "resourceType": "ValueSet",
        **head(chosen, call),
        "expansion": {
            "identifier": identify(chosen, parameters),
            "timestamp": call.issued.isoformat(timespec="seconds"),
            "total": len(members),
            **({"offset": offset} if is_paged else {}),
            "parameter": parameters,
            **({"contains": [contained(code, call) for code in page]} if page else {}),
        },
    }


def wanted(members: Sequence[str], call: Call) -> list[str]:
    """The codes that pass `activeOnly` and `filter`.

    Every word of the filter must stand in the code or in one of its names.
    """
    codes, texts = codes_of(call.knowledge), texts_of(call.knowledge)
    words = searchable(call.given.text("filter")).split()
    is_active_only = call.given.get("activeOnly", False)
    return [
        code
        for code in members
        if not (is_active_only and codes.is_inactive(code))
        and any(all(word in text for word in words) for text in texts[code])
    ]


@lru_cache(maxsize=4)
def texts_of(knowledge: Knowledge) -> Mapping[str, tuple[str, ...]]:
    """Of each code what a filter looks at: the code itself and every name."""
    return MappingProxyType(
        {
            code: tuple(map(searchable, (code, *names(concept))))
            for code, concept in codes_of(knowledge).concepts.items()
        }
    )


def head(chosen: Chosen, call: Call) -> Resource:
    """What the expansion says of its value set, in the language of the answer."""
    with_definition = call.given.get("includeDefinition", False)
    if chosen.ours is None:
        posted = chosen.posted or {}
        kept = {name: posted[name] for name in KEPT if name in posted}
        compose = {"compose": as_plain(posted["compose"])} if with_definition else {}
        return {**kept, **compose}
    header = chosen.ours.header
    whole = value_set(chosen.ours, call.knowledge)
    return {
        "id": header.id,
        "language": call.language,
        **told(header, call.knowledge),
        "title": header.title.in_language(call.language),
        "description": header.description.in_language(call.language),
        **({"compose": whole["compose"]} if with_definition else {}),
    }


def told_parameters(call: Call) -> Iterator[Resource]:
    """The parameters that shaped the expansion, and the version that was used."""
    for each in TOLD:
        found = call.given.first(each.name)
        if found:
            key = f"value{each.type.capitalize()}"
            yield {"name": each.name, key: found.value}
    yield {"name": "displayLanguage", "valueCode": call.language}
    used = f"{code_system.URL}|{call.knowledge.version}"
    yield {"name": "version", "valueUri": used}


def identify(chosen: Chosen, parameters: list[Resource]) -> str:
    """The same codes asked for in the same way have the same identifier."""
    name = repr((chosen.members, parameters))
    return f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"


def contained(code: str, call: Call) -> Resource:
    """One code of the expansion."""
    codes = codes_of(call.knowledge)
    concept = codes.concepts[code]
    others = call.given.get("includeDesignations", False)
    return {
        "system": code_system.URL,
        **({"inactive": True} if codes.is_inactive(code) else {}),
        "code": code,
        "display": call.label(code),
        **({"designation": designations(concept, call.language)} if others else {}),
    }
