"""ValueSets: all codes, those of each kind, and the values of each coded finding.

Which ones there are follows from the ontology alone. The codes are listed one by one,
also where a filter on a property would say the same: not every server and validator
can follow one (HAPI FHIR without its full-text index takes it for an empty set).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from service.fhir.codes import Resource
from service.fhir.terminology import code_system
from service.fhir.terminology.header import Header, as_id, as_name, resource
from service.fhir.terminology.hierarchy import codes_of
from service.fhir.terminology.words import OTHER, PREFERRED, tell
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Concept

TYPE = "ValueSet"
KIND, VALUES = "kind", "values"


@dataclass(frozen=True, slots=True, eq=False)
class CodeSet:
    """A value set: how it is named, what it includes, and which codes those are."""

    header: Header
    include: Resource
    members: tuple[str, ...]


@lru_cache(maxsize=4)
def code_sets(knowledge: Knowledge) -> Mapping[str, CodeSet]:
    """Every value set by the id of its resource."""
    found = (_everything(knowledge), *_kinds(knowledge), *_values(knowledge))
    return MappingProxyType({each.header.id: each for each in found})


@lru_cache(maxsize=128)
def value_set(each: CodeSet, knowledge: Knowledge) -> Resource:
    """The resource; a shared value."""
    return {
        **resource(each.header, knowledge),
        "immutable": each.header.id == code_system.ALL,
        "compose": {"include": [each.include]},
    }


def _everything(knowledge: Knowledge) -> CodeSet:
    header = Header(
        TYPE,
        code_system.ALL,
        as_name(code_system.ALL),
        tell(knowledge, "terminology_all_title"),
        tell(knowledge, "terminology_all_description"),
    )
    return CodeSet(header, _from_system(), tuple(codes_of(knowledge).concepts))


def _kinds(knowledge: Knowledge) -> Iterator[CodeSet]:
    concepts = codes_of(knowledge).concepts
    for kind in sorted({concept.kind for concept in concepts.values()}):
        name = tell(knowledge, f"terminology_kind_{kind}")
        id = as_id(KIND, kind)
        header = Header(
            TYPE,
            id,
            as_name(id),
            tell(knowledge, "terminology_kind_title", kind=name),
            tell(knowledge, "terminology_kind_description", kind=name),
        )
        members = knowledge.of_kind(kind)
        listed = [_listed(concepts[member]) for member in members]
        include = {**_from_system(), "concept": listed}
        yield CodeSet(header, include, members)


def _values(knowledge: Knowledge) -> Iterator[CodeSet]:
    concepts = codes_of(knowledge).concepts
    for concept in concepts.values():
        if not concept.allowed_values:
            continue
        id, label = as_id(VALUES, concept.id), concept.label
        header = Header(
            TYPE,
            id,
            as_name(id),
            tell(knowledge, "terminology_values_title", label=label),
            tell(knowledge, "terminology_values_description", label=label),
        )
        listed = [_listed(concepts[value]) for value in concept.allowed_values]
        include = {**_from_system(), "concept": listed}
        yield CodeSet(header, include, concept.allowed_values)


def _from_system() -> Resource:
    return {"system": code_system.URL}


def _listed(concept: Concept) -> Resource:
    french = {"language": OTHER, "use": PREFERRED, "value": concept.label.fr}
    return {
        "code": concept.id,
        "display": concept.label.en,
        "designation": [french],
    }
