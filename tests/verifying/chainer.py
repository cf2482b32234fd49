"""Forward chaining over the axioms of a question, where HermiT would need Java.

The fragment is Horn (ontology.md 5), so that it derives what a reasoner derives; the
tests marked `reasoner` ask HermiT the same questions and compare.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from operator import ge, gt, le, lt

from service.verify.assertions import INDIVIDUAL
from service.verify.reasoner import Assertion
from service.verify.terminology import CASE, Subsumption

FACETS = {
    "minInclusive": ge,
    "minExclusive": gt,
    "maxInclusive": le,
    "maxExclusive": lt,
}


def chain(
    axioms: Iterable[Subsumption], assertions: Iterable[Assertion]
) -> frozenset[str]:
    """The classes of the case; what was asked before is known."""
    return _chain(tuple(axioms), tuple(assertions))


@lru_cache(maxsize=4096)
def _chain(
    axioms: tuple[Subsumption, ...], assertions: tuple[Assertion, ...]
) -> frozenset[str]:
    world = World()
    for row in assertions:
        world.tell(row)
    uses: defaultdict[str, list[Subsumption]] = defaultdict(list)
    for axiom in axioms:
        for name in axiom.names:
            uses[name].append(axiom)
    todo = [(who, name) for who, names in world.types.items() for name in names]
    while todo:
        who, name = todo.pop()
        for axiom in uses[name]:
            # what a finding is makes the case have it, the rest stays with the finding
            target = INDIVIDUAL if axiom.relation else who
            if axiom.head not in world.types[target] and world.holds(axiom, who):
                world.types[target].add(axiom.head)
                todo.append((target, axiom.head))
    return frozenset(world.types[INDIVIDUAL])


@dataclass(slots=True)
class World:
    """What is known of the individuals: types, relations of the case, values."""

    types: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    related: set[tuple[str, str]] = field(default_factory=set)
    values: set[tuple[str, str, str]] = field(default_factory=set)

    def tell(self, row: Assertion) -> None:
        """Take one assertion."""
        match row:
            case ("class", name, individual):
                self.types[individual].add(name)
            case ("object", relation, _, individual):
                self.related.add((relation, individual))
            case ("data", bound, individual, value):
                self.values.add((bound, individual, value))

    def holds(self, axiom: Subsumption, individual: str) -> bool:
        """Whether the left side is true of an individual, or of the case by it."""
        if axiom.relation:
            is_related = (axiom.relation, individual) in self.related
            return is_related and CASE in self.types[INDIVIDUAL]
        if not {*axiom.names} <= self.types[individual]:
            return False
        limit = axiom.facet
        return limit is None or any(
            bound == limit.bound
            and FACETS[limit.facet](Decimal(value), Decimal(limit.value))
            for bound, who, value in self.values
            if who == individual
        )
