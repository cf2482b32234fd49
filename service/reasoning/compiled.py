"""The rules as integers: what evaluation runs, computed once by `compiling`.

Each class of cases has one bit of a Python integer: `present_X` has bit i,
`excluded_X` bit i + half, so that all contradictions of a case are one operation;
every other class follows after these two blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from service.model import Axiom
from service.reasoning.rules import Cut, Option, Rule

PRESENT, EXCLUDED, CONFLICT = "present_", "excluded_", "conflict_"
HALVES = (PRESENT, EXCLUDED)

# present?, concept, coded value, interpretation, cuts met from below and from above
SeedKey: TypeAlias = "tuple[bool, str, str, str, int, int]"


@dataclass(frozen=True, slots=True)
class Seed:
    """What one finding says about its case, before any rule over the case.

    `adds` are the classes with all that follows by one-condition rules, `wakes` the
    rules to look at; `entries` are the bits of the classes with the axioms about the
    finding itself that give them, `own` the mask of these bits.
    """

    adds: int
    wakes: int
    entries: tuple[tuple[int, tuple[Axiom, ...]], ...]
    own: int


@dataclass(frozen=True, slots=True)
class CutTable:
    """The cuts of one quantity, each list ascending by what a bound must reach.

    The lower bound of a finding meets the first n of `below` (or of `below_open` when
    it is open), its upper bound the last n of `above` (`above_open`): a binary search.
    The second part of a key orders cuts of one value by whether they include it.
    """

    below: tuple[Cut, ...]
    below_open: tuple[Cut, ...]
    above: tuple[Cut, ...]
    above_open: tuple[Cut, ...]
    keys: tuple[tuple[tuple[Decimal, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Sweep:
    """The rules with several conditions, each after those that can feed it.

    `tests[i]` are the bits of body and head, `needs[i]` those of the body alone;
    `adds[i]` is everything that follows from the head by one-condition rules and
    `wakes[i]` the mask of the rules to look at once the head holds.
    """

    tests: tuple[int, ...]
    needs: tuple[int, ...]
    adds: tuple[int, ...]
    wakes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """All rules for a chainer that counts conditions; places are those of `rules`.

    `uses[i]` are the rules with class i among their conditions; contradictions are
    left out, since they stand in a pass of their own.
    """

    uses: tuple[tuple[int, ...], ...]
    counts: tuple[int, ...]
    bodies: tuple[tuple[int, ...], ...]
    heads: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CompiledOption:
    """An option of a choice with what its value brings; `bit` is 0 for the default.

    `pair` is the choice with the value that it then reports.
    """

    option: Option
    pair: tuple[str, str]
    bit: int
    overriders: int
    adds: int
    wakes: int


@dataclass(frozen=True, slots=True)
class CompiledChoice:
    """A choice; `mask` are its options, `triggers` those and their overriders."""

    id: str
    index: int
    mask: int
    triggers: int
    options: tuple[CompiledOption, ...]
    default: CompiledOption | None


@dataclass(frozen=True, slots=True)
class Compiled:
    """The whole of it; `names[i]` is the class of bit i ("" where none is).

    `adds` and `wakes` are those of Sweep for each class; `cones[i]` are all classes
    from which class i can be derived, with the other half of each. `halves` are the
    masks of the present and the excluded half of a concept, 0 where it has none, and
    `stated` the halves that a finding can give; `late` are the classes that can come
    with a choice or a conflict, `early` those that can come without, `moving` those
    that a choice looks at or that stand beside a late one in a rule; `paired` are the
    present halves that can contradict, `conflicts` the class that follows from each
    contradiction and `conflict_roots` what follows from every one of them.
    """

    names: tuple[str, ...]
    bits: Mapping[str, int]
    half: int
    adds: tuple[int, ...]
    wakes: tuple[int, ...]
    cones: tuple[int, ...]
    sweep: Sweep
    chain: Chain
    halves: Mapping[str, tuple[int, int]]
    stated: int
    paired: int
    conflicts: Mapping[int, int]
    conflict_roots: tuple[int, ...]
    late: int
    early: int
    moving: int
    strata: tuple[tuple[CompiledChoice, ...], ...]
    choices: tuple[CompiledChoice, ...]
    rules: tuple[Rule, ...]
    rules_to: Mapping[str, tuple[Rule, ...]]
    finding_rules: Mapping[str, tuple[Rule, ...]]
    cuts: Mapping[str, CutTable]
    asserting: Mapping[str, Axiom]
    # filled as findings come; what it holds depends on its key alone
    seeds: dict[SeedKey, Seed] = field(default_factory=dict, repr=False, compare=False)

    def bit(self, name: str) -> int:
        """The mask of one class; 0 when the ontology has no such class."""
        place = self.bits.get(name)
        return 0 if place is None else 1 << place

    def members(self, mask: int) -> list[str]:
        """The names of the classes of a mask, in the order of their bits."""
        return [self.names[place] for place in places(mask)]


class ClassSet(AbstractSet[str]):
    """The classes of a mask as a read-only set of names, written out only if asked."""

    __slots__ = ("_compiled", "mask")

    def __init__(self, mask: int, compiled: Compiled) -> None:
        self.mask = mask
        self._compiled = compiled

    def __contains__(self, name: object) -> bool:
        place = self._compiled.bits.get(name) if isinstance(name, str) else None
        return place is not None and bool(self.mask >> place & 1)

    def __iter__(self) -> Iterator[str]:
        return iter(self._compiled.members(self.mask))

    def __len__(self) -> int:
        return self.mask.bit_count()


def places(mask: int) -> list[int]:
    """The positions of the set bits, ascending."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def concept_of(name: str) -> str:
    """X of present_X or excluded_X; "" for any other class."""
    for prefix in HALVES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return ""
