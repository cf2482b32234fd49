"""The published resources: read by id, searched by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from service.errors import InvalidParameter, NotFound
from service.fhir.codes import Resource
from service.fhir.terminology import code_system, concept_maps, value_sets
from service.fhir.terminology.parameters import Input
from service.fhir.terminology.words import searchable
from service.reasoning.knowledge import Knowledge

# The search parameters: of each its type, and its name in HL7's definitions.
SEARCH: dict[str, tuple[str, str]] = {
    "_id": ("token", "Resource-id"),
    "url": ("uri", "conformance-url"),
    "version": ("token", "conformance-version"),
    "name": ("string", "conformance-name"),
    "title": ("string", "conformance-title"),
    "status": ("token", "conformance-status"),
}
SEARCH_INPUTS = (
    Input("_format", "code"),
    *(Input(name, "string", many=True) for name in SEARCH),
)
# A comma separates alternatives unless it is escaped.
ALTERNATIVES = re.compile(r"(?<!\\),")


def ids(type: str, knowledge: Knowledge) -> tuple[str, ...]:
    """The ids of all resources of a type."""
    if type == code_system.TYPE:
        return (code_system.ID,)
    if type == value_sets.TYPE:
        return tuple(value_sets.code_sets(knowledge))
    return tuple(concept_maps.atlases(knowledge))


def read(type: str, id: str, knowledge: Knowledge) -> Resource:
    """One resource; raises NotFound for an id that there is not."""
    check_id(type, id, knowledge)
    if type == code_system.TYPE:
        return code_system.code_system(knowledge)
    if type == value_sets.TYPE:
        each = value_sets.code_sets(knowledge)[id]
        return value_sets.value_set(each, knowledge)
    atlas = concept_maps.atlases(knowledge)[id]
    return concept_maps.concept_map(atlas, knowledge)


def check_id(type: str, id: str, knowledge: Knowledge) -> None:
    """Refuse an id that there is not."""
    if id not in ids(type, knowledge):
        raise NotFound(f"There is no {type} with this id: search for all of them.")


def search(
    type: str, query: Mapping[str, Sequence[str]], knowledge: Knowledge
) -> Iterator[Resource]:
    """The resources of a type that match every parameter."""
    return select((read(type, id, knowledge) for id in ids(type, knowledge)), query)


def select(
    resources: Iterable[Resource], query: Mapping[str, Sequence[str]]
) -> Iterator[Resource]:
    """Those that match every parameter; several values are alternatives."""
    for resource in resources:
        if all(
            matches(resource, name, value)
            for name, values in query.items()
            if name in SEARCH
            for value in values
        ):
            yield resource


def matches(resource: Resource, name: str, value: str) -> bool:
    """Whether a resource has one of the alternatives of a parameter.

    Text is compared from its beginning, without case and accents, in both languages.
    """
    wanted = [text.replace("\\,", ",") for text in ALTERNATIVES.split(value)]
    if not all(wanted):
        raise InvalidParameter(f"{name} holds an empty alternative.")
    kind, _ = SEARCH[name]
    texts = [resource[name.removeprefix("_")], *other_texts(resource, name)]
    if kind == "string":
        return any(
            searchable(text).startswith(searchable(each))
            for text in texts
            for each in wanted
        )
    return texts[0] in wanted


def other_texts(resource: Resource, name: str) -> Iterator[str]:
    """The translations of an element."""
    for extension in resource.get(f"_{name}", {}).get("extension", ()):
        for part in extension["extension"]:
            if "valueString" in part:
                yield part["valueString"]


def searchset(found: Sequence[Resource], base: str, link: str) -> Resource:
    """The answer of a search; `base` is the address of the type, `link` the query."""
    entries = [
        {
            "fullUrl": f"{base}/{each['id']}",
            "resource": each,
            "search": {"mode": "match"},
        }
        for each in found
    ]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": [{"relation": "self", "url": link}],
        **({"entry": entries} if entries else {}),
    }
