"""The classified hierarchy, and what may go wrong on the way to it."""

from __future__ import annotations

from typing import TypeAlias

Hierarchy: TypeAlias = dict[str, frozenset[str]]


class ReasonerError(Exception):
    """A reasoner is missing, failed, or the two disagree."""


def check_distinct(hierarchy: Hierarchy) -> None:
    """Raise a ReasonerError if two names turn out to mean the same."""
    for name, above in hierarchy.items():
        twins = [other for other in above if name in hierarchy[other]]
        if twins:
            raise ReasonerError(f"{name} equals {twins[0]} by accident")


def close(direct: dict[str, set[str]]) -> Hierarchy:
    """All superclasses of each class, from the asserted or nearest ones.

    >>> sorted(close({"a": {"b"}, "b": {"c"}, "c": set()})["a"])
    ['b', 'c']
    """
    return {name: _above(name, direct) for name in direct}


def _above(name: str, direct: dict[str, set[str]]) -> frozenset[str]:
    found: set[str] = set()
    todo = [*direct[name]]
    while todo:
        above = todo.pop()
        if above not in found:
            found.add(above)
            todo += direct.get(above, ())
    return frozenset(found)


def direct_parents(hierarchy: Hierarchy) -> dict[str, list[str]]:
    """The transitive reduction: only the nearest superclasses of each class."""
    return {
        name: sorted(
            a for a in above if not any(a in hierarchy[b] for b in above if b != a)
        )
        for name, above in sorted(hierarchy.items())
    }
