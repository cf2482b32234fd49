"""Random cases by their seeds, and a case made smaller on which two disagree."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from service.regression.generated import Vocabulary, random_case
from tests.oracle.judge import Findings


def drawn(words: Vocabulary, wanted: int, first: int) -> list[Findings]:
    """So many different cases, of the seeds from the first one on."""
    found: dict[frozenset[object], Findings] = {}
    for seed in count(first):
        if len(found) == wanted:
            break
        case = random_case(seed, words)
        found.setdefault(frozenset(case), case)
    return list(found.values())


def reduced(case: Findings, disagree: Callable[[Findings], bool]) -> Findings:
    """The case without every finding that the disagreement does not need.

    No single one of those that are left can be left out.
    """
    kept = list(case)
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for finding in tuple(kept):
            fewer = [f for f in kept if f is not finding]
            if disagree(tuple(fewer)):
                kept, is_smaller = fewer, True
    return tuple(kept)
