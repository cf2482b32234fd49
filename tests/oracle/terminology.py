"""The subclass axioms of `dpo.owl`, and the part of them that a case can reach.

The part is the bottom-locality module of the case's names (Cuenca Grau et al., JAIR
2008, doi:10.1613/jair.2375): an axiom whose left side needs a name that nothing
reaches is true when that name is empty. What the module and the assertions entail is
exactly what the whole ontology and the assertions entail, and HermiT answers in a
tenth of the time. `test_oracle` checks this on samples with the whole ontology.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.verify.terminology import reach
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
    widths: Mapping[int, int]

    def whole(self) -> list[Java]:
        """Every axiom."""
        return [axiom.axiom for axiom in self.axioms]

    def module(self, names: Iterable[str]) -> list[Java]:
        """The axioms whose left side can hold, given these names."""
        places = reach(names, self.uses, self.widths, lambda p: self.axioms[p].head)
        return [self.axioms[place].axiom for place in places]


def index(axioms: Iterable[Subsumption]) -> Terminology:
    """The axioms with their index."""
    every = tuple(axioms)
    uses: defaultdict[str, list[int]] = defaultdict(list)
    for place, axiom in enumerate(every):
        for name in axiom.left:
            uses[name].append(place)
    return Terminology(
        every,
        {name: tuple(found) for name, found in uses.items()},
        {place: len(axiom.left) for place, axiom in enumerate(every)},
    )
