"""Which concepts are codes, and how they lie below each other.

A code is what a case, a mapping or a report can name. The words of the ontology's own
grammar (classes, properties, derived classes of cases) are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Concept
from service.reasoning.vocabulary import vocabulary_of

GRAMMAR = frozenset(
    {"annotationProperty", "class", "dataProperty", "derived", "objectProperty"}
)
DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes by id, sorted, and how they lie to each other.

    `above` has all that subsume a code, `parents` the nearest of them, and `children`
    turns `parents` round.
    """

    concepts: Mapping[str, Concept]
    above: Mapping[str, frozenset[str]]
    parents: Mapping[str, tuple[str, ...]]
    children: Mapping[str, tuple[str, ...]]

    def is_inactive(self, code: str) -> bool:
        """Whether the code is kept for old data only."""
        return self.concepts[code].status.startswith(DEPRECATED)

    def successor(self, code: str) -> str:
        """The code that took the place of a deprecated one, or ""."""
        return self.concepts[code].status.partition(":")[2]

    def below(self, code: str) -> frozenset[str]:
        """Every code that lies below."""
        return frozenset(other for other, above in self.above.items() if code in above)


@lru_cache(maxsize=4)
def codes_of(knowledge: Knowledge) -> Codes:
    """The codes of a Knowledge, built at the first call."""
    concepts = {
        id: concept
        for id, concept in sorted(knowledge.concepts.items())
        if concept.kind not in GRAMMAR
    }
    closed = vocabulary_of(knowledge).above
    above = {id: closed[id] & concepts.keys() for id in concepts}
    parents = {
        id: tuple(sorted(each - {far for near in each for far in above[near]}))
        for id, each in above.items()
    }
    children: dict[str, list[str]] = {id: [] for id in concepts}
    for id, nearest in parents.items():
        for parent in nearest:
            children[parent].append(id)
    return Codes(
        MappingProxyType(concepts),
        MappingProxyType(above),
        MappingProxyType(parents),
        MappingProxyType({id: tuple(each) for id, each in children.items()}),
    )
