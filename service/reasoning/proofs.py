"""Entailments to proofs: for each class the first derivation, then a minimal set.

The first derivation has the fewest steps, among those the lowest axiom id; so it is
the same whatever order the findings came in. A proof is then shrunk by deletion until
no finding can be dropped (ontology.md 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from service.model import Axiom, Finding
from service.reasoning.compiled import Compiled, Seed
from service.reasoning.evaluation import Chosen
from service.reasoning.seeds import seed_of


@dataclass(frozen=True, slots=True)
class FromFinding:
    """A class that a finding gives by itself, with the axioms about the finding."""

    place: int
    axioms: tuple[Axiom, ...]


@dataclass(frozen=True, slots=True)
class FromRule:
    """A class that follows by one rule, by its place among all rules."""

    place: int


@dataclass(frozen=True, slots=True)
class FromChoice:
    """A class that a choice asserts as its value."""

    index: int


@dataclass(frozen=True, slots=True)
class FromDispute:
    """What is asserted because findings contradict each other."""


Origin: TypeAlias = "FromFinding | FromRule | FromChoice | FromDispute"


@dataclass(frozen=True, slots=True)
class Derivations:
    """The first derivation of every class of one pass, by bit.

    `findings` are in canonical order, `supports` remembers the findings behind a
    class, as a mask of their places.
    """

    compiled: Compiled
    findings: tuple[Finding, ...]
    seeds: tuple[Seed, ...]
    chosen: Chosen
    origins: Mapping[int, Origin]
    supports: dict[int, int] = field(default_factory=dict, repr=False, compare=False)


@dataclass(slots=True)
class Proof:
    """What a derivation uses: findings, axioms by id, rules, seeds and choices.

    `steps` are the choices in the order in which the proof meets them.
    """

    places: set[int] = field(default_factory=set)
    axioms: dict[str, Axiom] = field(default_factory=dict)
    rules: set[int] = field(default_factory=set)
    seeded: set[tuple[int, int]] = field(default_factory=set)
    steps: list[int] = field(default_factory=list)
    is_disputed: bool = False


def derive(
    findings: Sequence[Finding], compiled: Compiled, chosen: Chosen, *, disputed: bool
) -> Derivations:
    """Derive everything again, this time with the origin of each class.

    `findings` are in canonical order; `chosen` is what the pass has chosen.
    """
    seeds = tuple(seed_of(finding, compiled) for finding in findings)
    origins: dict[int, Origin] = {}
    _from_findings(seeds, origins)
    if disputed:
        for place in compiled.conflict_roots:
            origins.setdefault(place, FromDispute())
    counts = list(compiled.chain.counts)
    _chain(list(origins), counts, origins, compiled)
    for stratum in compiled.strata:
        new = []
        for choice in stratum:
            option = chosen[choice.index]
            value = compiled.bits.get(option.option.asserts) if option else None
            if value is not None and value not in origins:
                origins[value] = FromChoice(choice.index)
                new.append(value)
        _chain(new, counts, origins, compiled)
    return Derivations(compiled, tuple(findings), seeds, chosen, origins)


def _from_findings(seeds: Sequence[Seed], origins: dict[int, Origin]) -> None:
    """Of several findings that give a class, the one with the fewest axioms."""
    lengths: dict[int, int] = {}
    for place, seed in enumerate(seeds):
        for bit, axioms in seed.entries:
            if bit not in lengths or len(axioms) < lengths[bit]:
                lengths[bit] = len(axioms)
                origins[bit] = FromFinding(place, axioms)


def _chain(
    latest: list[int],
    counts: list[int],
    origins: dict[int, Origin],
    compiled: Compiled,
) -> None:
    """Add what follows from the latest classes, one step of depth after the other."""
    uses, heads = compiled.chain.uses, compiled.chain.heads
    while latest:
        fired: dict[int, int] = {}
        for bit in latest:
            for rule in uses[bit]:
                counts[rule] -= 1
                if not counts[rule]:
                    head = heads[rule]
                    if head not in origins and fired.get(head, rule) >= rule:
                        fired[head] = rule
        for head, rule in fired.items():
            origins[head] = FromRule(rule)
        latest = list(fired)


def support_of(bit: int, derived: Derivations) -> int:
    """The findings behind a class, as a mask of their places; 0 if not derived."""
    known = derived.supports.get(bit)
    if known is not None:
        return known
    mask = 0
    match derived.origins.get(bit):
        case FromFinding(place, _):
            mask = 1 << place
        case FromRule(rule):
            for body in derived.compiled.chain.bodies[rule]:
                mask |= support_of(body, derived)
        case FromChoice(index):
            option = derived.chosen[index]
            if option is not None and option.bit:
                mask = support_of(option.bit.bit_length() - 1, derived)
    derived.supports[bit] = mask
    return mask


def prove(bit: int, derived: Derivations) -> Proof:
    """The minimal proof of one derived class."""
    proof = _collect([bit], derived.origins, derived)
    while candidates := _replaceable(proof, derived):
        for place in candidates:
            origins = _without(place, proof, derived)
            if bit in origins:
                proof = _collect([bit], origins, derived)
                break
        else:
            break
    return proof


def _collect(
    goals: list[int], origins: Mapping[int, Origin], derived: Derivations
) -> Proof:
    """Everything on the way back from the goals."""
    compiled, proof = derived.compiled, Proof()
    waiting, seen = list(goals), set(goals)
    for bit in waiting:
        match origins.get(bit):
            case FromRule(rule):
                axiom = compiled.rules[rule].axiom
                proof.axioms[axiom.id] = axiom
                proof.rules.add(rule)
                below = compiled.chain.bodies[rule]
            case FromFinding(place, axioms):
                proof.places.add(place)
                proof.seeded.add((bit, place))
                proof.axioms |= {axiom.id: axiom for axiom in axioms}
                below = ()
            case FromChoice(index):
                proof.steps.append(index)
                option = derived.chosen[index]
                has_option = option is not None and option.bit
                below = (option.bit.bit_length() - 1,) if option and has_option else ()
            case _:
                proof.is_disputed = True
                below = ()
        new = [body for body in below if body not in seen]
        seen.update(new)
        waiting += new
    return proof


def _replaceable(proof: Proof, derived: Derivations) -> list[int]:
    """The findings of a proof whose classes other findings of it give as well.

    Each class has one derivation in the proof, so that no axiom can be dropped before
    a finding is, and no finding that alone gives a class.
    """
    alone = {
        place
        for bit, place in proof.seeded
        if not any(
            derived.seeds[other].own >> bit & 1
            for other in proof.places
            if other != place
        )
    }
    return sorted(proof.places - alone)


def _without(place: int, proof: Proof, derived: Derivations) -> dict[int, Origin]:
    """What follows from the rest of the proof when one finding is dropped."""
    origins: dict[int, Origin] = {}
    for other in sorted(proof.places - {place}):
        for bit, axioms in derived.seeds[other].entries:
            if bit not in origins and all(a.id in proof.axioms for a in axioms):
                origins[bit] = FromFinding(other, axioms)
    if proof.is_disputed:
        roots = derived.compiled.conflict_roots
        origins |= {root: FromDispute() for root in roots}
    before = -1
    while len(origins) > before:
        before = len(origins)
        _apply_rules(proof, origins, derived)
        _apply_choices(proof, origins, derived)
    return origins


def _apply_rules(
    proof: Proof, origins: dict[int, Origin], derived: Derivations
) -> None:
    chain = derived.compiled.chain
    for rule in sorted(proof.rules):
        if all(body in origins for body in chain.bodies[rule]):
            origins.setdefault(chain.heads[rule], FromRule(rule))


def _apply_choices(
    proof: Proof, origins: dict[int, Origin], derived: Derivations
) -> None:
    for index in proof.steps:
        option = derived.chosen[index]
        if option and (not option.bit or option.bit.bit_length() - 1 in origins):
            value = derived.compiled.bits[option.option.asserts]
            origins.setdefault(value, FromChoice(index))
