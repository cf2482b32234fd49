"""G3: what follows from the cuts, the axioms that divide a quantity in two classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise

from ontology.compiler.axiom import Axiom, Facet
from ontology.compiler.names import cut_parts

COMPLEMENT = {"ge": "lt", "gt": "le", "le": "gt", "lt": "ge"}
# of each operator: bound and facet that decide it, from a closed and from an open bound
DECIDERS = {
    "ge": (("atLeast", "minInclusive"), ("greaterThan", "minInclusive")),
    "gt": (("atLeast", "minExclusive"), ("greaterThan", "minInclusive")),
    "le": (("atMost", "maxInclusive"), ("lessThan", "maxInclusive")),
    "lt": (("atMost", "maxExclusive"), ("lessThan", "maxInclusive")),
}


def split_cuts(hand: Iterable[Axiom]) -> Iterator[Axiom]:
    """G3: the twin for the open bound, and the two lines of the complement."""
    for axiom in hand:
        if not axiom.facet:
            continue
        quantity, operator, value = _parts(axiom)
        for head, decided in (
            (axiom.head, operator),
            (_other_side(axiom), COMPLEMENT[operator]),
        ):
            for bound, facet in DECIDERS[decided]:
                yield Axiom(
                    (quantity,),
                    head,
                    axiom.sources,
                    axiom.at,
                    "G3",
                    Facet(bound, facet, value),
                )


def chain_cuts(cuts: Iterable[Axiom]) -> Iterator[Axiom]:
    """G3: a stronger cut is below the next weaker one of the same side."""
    sides: dict[tuple[str, bool], dict[tuple[Decimal, bool], Axiom]] = {}
    for axiom in cuts:
        quantity, operator, value = _parts(axiom)
        is_lower = operator in ("ge", "gt")
        # > 5 is stronger than >= 5, and < 5 stronger than <= 5
        is_later = operator == ("gt" if is_lower else "le")
        key = (Decimal(value), is_later)
        sides.setdefault((quantity, is_lower), {})[key] = axiom
    for (_, is_lower), found in sorted(sides.items()):
        ordered = [found[key] for key in sorted(found, reverse=is_lower)]
        for stronger, weaker in pairwise(ordered):
            sources = tuple(dict.fromkeys(stronger.sources + weaker.sources))
            yield Axiom((stronger.head,), weaker.head, sources, stronger.at, "G3")


def complement_cuts(cuts: Iterable[Axiom]) -> Iterator[Axiom]:
    """G3: a value on one side of a cut excludes the other side."""
    for axiom in cuts:
        present, excluded = f"present_{axiom.head}", f"excluded_{_other_side(axiom)}"
        yield Axiom((present,), excluded, axiom.sources, axiom.at, "G3")


def _other_side(cut: Axiom) -> str:
    quantity, operator, value = _parts(cut)
    return f"{quantity}_{COMPLEMENT[operator]}_{value.replace('.', '_')}"


def _parts(cut: Axiom) -> tuple[str, str, str]:
    parts = cut_parts(cut.head)
    if parts is None:  # the lint has refused it before
        raise ValueError(cut.at)
    return parts
