"""Sorts the cuts of each quantity, so that an interval finds those it meets at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from service.reasoning.compiled import CutTable
from service.reasoning.rules import Cut


def cut_tables(cuts: Iterable[Cut]) -> Mapping[str, CutTable]:
    groups: defaultdict[str, list[Cut]] = defaultdict(list)
    for cut in cuts:
        groups[cut.quantity].append(cut)
    return MappingProxyType({key: _cut_table(group) for key, group in groups.items()})


def _cut_table(cuts: list[Cut]) -> CutTable:
    ordered = sorted(cuts, key=lambda cut: (_cut_key(cut), cut.axiom.id))
    lists = [
        tuple(cut for cut in ordered if cut.bound == bound)
        for bound in ("atLeast", "greaterThan", "atMost", "lessThan")
    ]
    below, below_open, above, above_open = lists
    keys = tuple(tuple(map(_cut_key, one)) for one in lists)
    return CutTable(below, below_open, above, above_open, keys)


def _cut_key(cut: Cut) -> tuple[Decimal, int]:
    """What a lower bound must reach, (bound, 0) >= key; an upper (bound, 1) <= key."""
    return cut.value, int(cut.facet in ("minExclusive", "maxInclusive"))
