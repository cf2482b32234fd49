"""ConceptMaps: the SSSOM mappings to each system, and from it.

R4 reads an equivalence from the target to the source ("the target is wider than the
source"), and a row of the mapping table says how the foreign code stands to our concept
(`broad`: the code is broader). From our concept to the code the words agree, from the
code to our concept they turn round. Source:
http://hl7.org/fhir/R4/conceptmap-definitions.html#ConceptMap.group.element.target.equivalence
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType

from service.fhir.codes import OWN_PREFIX, Resource
from service.fhir.terminology import code_system
from service.fhir.terminology.header import (
    Header,
    as_id,
    as_name,
    canonical,
    resource,
)
from service.fhir.terminology.hierarchy import Codes, codes_of
from service.fhir.terminology.words import tell, translated
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import CodeSystem, MappingRow, Text
from service.reasoning.vocabulary import PREFIX_MATCH

TYPE = "ConceptMap"
# Of each predicate: how the code stands to our concept, and our concept to the code.
TO_CODE = {
    "exact": "equivalent",
    "narrow": "narrower",
    "close": "inexact",
    "broad": "wider",
}
TO_CONCEPT = TO_CODE | {"narrow": "wider", "broad": "narrower"}


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """The map between our codes and one foreign system, in one direction.

    `pairs` have a source code, a target code and the row that says so; they are sorted.
    """

    header: Header
    system: CodeSystem
    is_from_ours: bool
    pairs: tuple[tuple[str, str, MappingRow], ...]

    @property
    def foreign(self) -> str:
        """The URI of the foreign system."""
        return self.system.uris[0]

    @property
    def source(self) -> str:
        """The URI of the system that the map begins at."""
        return code_system.URL if self.is_from_ours else self.foreign

    @property
    def target(self) -> str:
        """The URI of the system that the map leads to."""
        return self.foreign if self.is_from_ours else code_system.URL

    def equivalence(self, row: MappingRow) -> str:
        """How the target of this map stands to its source, as R4 says it."""
        return (TO_CODE if self.is_from_ours else TO_CONCEPT)[row.predicate]


@lru_cache(maxsize=4)
def atlases(knowledge: Knowledge) -> Mapping[str, Atlas]:
    """Every map by the id of its resource."""
    return MappingProxyType({each.header.id: each for each in _atlases(knowledge)})


def _atlases(knowledge: Knowledge) -> Iterator[Atlas]:
    codes = codes_of(knowledge)
    for system in dict.fromkeys(knowledge.systems.values()):
        rows = [
            row
            for row in knowledge.mappings_by_system.get(system.uris[0], ())
            if row.concept in codes.concepts
        ]
        if system.prefix != OWN_PREFIX and rows:
            yield _atlas(system, rows, knowledge, is_from_ours=True)
            yield _atlas(system, rows, knowledge, is_from_ours=False)


def _atlas(
    system: CodeSystem,
    rows: list[MappingRow],
    knowledge: Knowledge,
    *,
    is_from_ours: bool,
) -> Atlas:
    pairs = [(row.concept, system.code_prefix + row.code, row) for row in rows]
    if not is_from_ours:
        pairs = [(code, concept, row) for concept, code, row in pairs]
    return Atlas(
        _header(system, knowledge, is_from_ours=is_from_ours),
        system,
        is_from_ours,
        tuple(sorted(pairs, key=lambda pair: pair[:2])),
    )


def _header(system: CodeSystem, knowledge: Knowledge, *, is_from_ours: bool) -> Header:
    way = "to" if is_from_ours else "from"
    foreign = as_id(system.prefix)
    name = tell(knowledge, f"terminology_system_{foreign}")
    description = tell(knowledge, f"terminology_map_{way}_description", system=name)
    if system.match == PREFIX_MATCH:
        note = tell(knowledge, "terminology_map_prefix")
        description = Text(f"{description.en} {note.en}", f"{description.fr} {note.fr}")
    ends = (OWN_PREFIX, foreign) if is_from_ours else (foreign, OWN_PREFIX)
    id = as_id(ends[0], "to", ends[1])
    return Header(
        TYPE,
        id,
        as_name(id),
        tell(knowledge, f"terminology_map_{way}_title", system=name),
        description,
        copyright=f"terminology_copyright_{foreign}",
    )


@lru_cache(maxsize=64)
def concept_map(atlas: Atlas, knowledge: Knowledge) -> Resource:
    """The resource; a shared value."""
    version = "sourceVersion" if atlas.is_from_ours else "targetVersion"
    context = "sourceCanonical" if atlas.is_from_ours else "targetCanonical"
    codes = codes_of(knowledge)
    return {
        **resource(atlas.header, knowledge),
        context: f"{canonical('ValueSet', code_system.ALL)}|{knowledge.version}",
        "group": [
            {
                "source": atlas.source,
                version: knowledge.version,
                "target": atlas.target,
                "element": [
                    _element(atlas, [*pairs], knowledge, codes)
                    for _, pairs in groupby(atlas.pairs, key=lambda pair: pair[0])
                ],
            }
        ],
    }


def _element(
    atlas: Atlas,
    pairs: list[tuple[str, str, MappingRow]],
    knowledge: Knowledge,
    codes: Codes,
) -> Resource:
    source, _, row = pairs[0]
    return {
        "code": source,
        **_display(row, codes, is_ours=atlas.is_from_ours),
        "target": [
            {
                "code": target,
                **_display(row, codes, is_ours=not atlas.is_from_ours),
                "equivalence": atlas.equivalence(row),
                **translated("comment", comment(row, knowledge)),
            }
            for _, target, row in pairs
        ],
    }


def _display(row: MappingRow, codes: Codes, *, is_ours: bool) -> Resource:
    label = codes.concepts[row.concept].label.en if is_ours else row.label
    return {"display": label} if label else {}


def comment(row: MappingRow, knowledge: Knowledge) -> Text:
    """What the predicate means for the use of the map (cmd-1 asks for it)."""
    return tell(knowledge, f"terminology_comment_{row.predicate}")
