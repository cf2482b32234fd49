"""Values on and around every cut; what else cases are made of is the service's own.

`service.regression.generated` makes up the cases of a comparison of two releases, and
those of the oracles, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from service.model import Finding
from service.reasoning.compiled import EXCLUDED, PRESENT
from service.regression.generated import Vocabulary, around, present


def cut_cases(words: Vocabulary) -> Iterator[tuple[Finding, ...]]:
    """Every value on and next to every cut, with every comparator.

    One case takes one value of each quantity; a quantity whose cuts follow from those
    of another one stands alone, or that one would hide its own.
    """
    told = touched(words)
    ways = {
        quantity: [present(quantity, interval=interval) for interval in around(bounds)]
        for quantity, bounds in sorted(words.bounds.items())
    }
    for findings in zip_longest(*(ways[name] for name in ways if name not in told)):
        yield tuple(finding for finding in findings if finding is not None)
    for name in sorted(told):
        yield from ((finding,) for finding in ways[name])


def touched(words: Vocabulary) -> frozenset[str]:
    """The quantities of which a cut follows from a cut of another quantity."""
    quantities = {
        f"{half}{name}": str(row["quantity"])
        for name, row in words.concepts.items()
        if row["kind"] == "cut"
        for half in (PRESENT, EXCLUDED)
    }
    return frozenset(
        quantities[head]
        for head, bodies in words.reached.items()
        if head in quantities
        for body in bodies
        if {quantities.get(name, "") for name in body} - {"", quantities[head]}
    )
