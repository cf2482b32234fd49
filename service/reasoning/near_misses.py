"""What is not on record and would change a reported value (ontology.md 4.2, 6).

A near miss is an unknown concept, cut or pair, present or absent, confirmed by
evaluating the case with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from service.model import NearMiss, State
from service.reasoning.knowledge import Knowledge
from service.reasoning.reasoned import is_disputed
from service.reasoning.what_if import Base, changes_if


def find_near_misses(base: Base) -> tuple[NearMiss, ...]:
    """All of them, those with most changes first, then by id, present before absent."""
    found = [
        NearMiss(concept, state, changes)
        for concept in _unknown(base)
        for state in (State.PRESENT, State.ABSENT)
        if (changes := changes_if(concept, state, base))
    ]
    return tuple(sorted(found, key=lambda miss: -len(miss.changes)))


def _unknown(base: Base) -> list[str]:
    """What a finding could state, the record does not, and can matter; by id."""
    classes, cares = base.last.classes, base.cares
    return [
        concept
        for concept, both, brings in _statable(base.reasoned.knowledge)
        if not classes & both
        and brings & cares
        and not is_disputed(concept, base.reasoned)
    ]


@lru_cache(maxsize=4)
def _statable(knowledge: Knowledge) -> tuple[tuple[str, int, int], ...]:
    """What a finding can state, by id, with both of its halves and what they bring.

    A half that otherwise comes with a choice can bring anything.
    """
    compiled = knowledge.compiled
    found = []
    for concept, (present, excluded) in sorted(compiled.halves.items()):
        if concept in compiled.asserting:
            both = present | excluded
            brings = -1 if both & ~compiled.early else 0
            for half in filter(None, (present, excluded)):
                brings |= compiled.adds[half.bit_length() - 1]
            found.append((concept, both, brings))
    return tuple(found)


def results_by_concept(misses: Iterable[NearMiss]) -> Mapping[str, frozenset[str]]:
    """By concept: the reported results that it would change in either state."""
    found: dict[str, set[str]] = {}
    for miss in misses:
        found.setdefault(miss.concept, set()).update(c[0] for c in miss.changes)
    return {concept: frozenset(names) for concept, names in found.items()}
