"""The axioms that a case can reach, for reasoners that would drown in all of them.

It is the module with which the oracle asks HermiT (`tests.oracle.terminology`): the
rest of the ontology entails nothing more about the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.oracle.answer_sets import ASSERTION
from tests.oracle.machine import OracleError
from tests.oracle.owl import Sufficient, read_axioms
from tests.oracle.terminology import Subsumption, Terminology, index


@dataclass(frozen=True, slots=True)
class Assertion:
    """`name` of an individual, of two, or of an individual and a decimal."""

    name: str
    individual: str
    other: str
    decimal: str


def read_assertions(lines: Iterable[str]) -> Iterator[Assertion]:
    """The assertions of `tests.oracle.abox`, taken apart."""
    for line in lines:
        match = ASSERTION.fullmatch(line)
        if match is None:
            raise OracleError(f"not an assertion: {line}")
        yield Assertion(*match.groups(default=""))


def read_terminology(build: Path) -> Terminology:
    """Every axiom of the published ontology, to be asked for parts."""
    return index(
        Subsumption(
            frozenset({*axiom.names, *axiom.related, axiom.bound} - {""}),
            axiom.head,
            "",
            axiom,
        )
        for axiom in read_axioms(build / "dpo.owl")
    )


def part_of(terminology: Terminology, lines: Iterable[str]) -> list[Sufficient]:
    """The axioms that the assertions can reach."""
    return terminology.module(each.name for each in read_assertions(lines))
