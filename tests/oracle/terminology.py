"""The subclass axioms of `dpo.owl`, and the part of them that a case can reach.

The part is the bottom-locality module of the case's names (Cuenca Grau et al., JAIR
2008, doi:10.1613/jair.2375): an axiom whose left side needs a name that nothing
reaches is true when that name is empty. What the module and the assertions entail is
exactly what the whole ontology and the assertions entail, and HermiT answers in a
tenth of the time. `test_oracle` checks this on samples with the whole ontology.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.oracle.machine import Java


@dataclass(frozen=True, slots=True)
class Subsumption:
    """One axiom: all names of its left side, the name of its right side.

    `text` is its canonical form, without annotations and with sorted conjuncts: what
    the axiom ids of `rules.json` are made of.
    """

    left: frozenset[str]
    head: str
    text: str
    axiom: Java


@dataclass(frozen=True, slots=True)
class Terminology:
    """Every axiom of the ontology, found by the names of its left side."""

    axioms: tuple[Subsumption, ...]
    uses: Mapping[str, tuple[int, ...]]

    def whole(self) -> list[Java]:
        """Every axiom."""
        return [axiom.axiom for axiom in self.axioms]

    def module(self, names: Iterable[str]) -> list[Java]:
        """The axioms whose left side can hold, given these names."""
        found: list[Java] = []
        met: Counter[int] = Counter()
        seen: set[str] = set()
        todo = [*names]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            for place in self.uses.get(name, ()):
                met[place] += 1
                if met[place] == len(self.axioms[place].left):
                    found.append(self.axioms[place].axiom)
                    todo.append(self.axioms[place].head)
        return found


def index(axioms: Iterable[Subsumption]) -> Terminology:
    """The axioms with their index."""
    every = tuple(axioms)
    uses: defaultdict[str, list[int]] = defaultdict(list)
    for place, axiom in enumerate(every):
        for name in axiom.left:
            uses[name].append(place)
    return Terminology(every, {name: tuple(found) for name, found in uses.items()})
