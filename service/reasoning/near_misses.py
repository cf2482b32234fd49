"""What is not on record and would change a reported value (ontology.md 4.2, 6).

A near miss is an unknown concept, cut or pair, present or absent, confirmed by
evaluating the case with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.model import NearMiss, State
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
    """What a finding could state and the record does not, by id."""
    compiled, classes = base.compiled, base.last.classes
    return [
        concept
        for concept, (present, excluded) in sorted(compiled.halves.items())
        if not classes & (present | excluded)
        and concept in compiled.asserting
        and not is_disputed(concept, base.reasoned)
    ]


def results_by_concept(misses: Iterable[NearMiss]) -> Mapping[str, frozenset[str]]:
    """By concept: the reported results that it would change in either state."""
    found: dict[str, set[str]] = {}
    for miss in misses:
        found.setdefault(miss.concept, set()).update(c[0] for c in miss.changes)
    return {concept: frozenset(names) for concept, names in found.items()}
