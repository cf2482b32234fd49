"""Reasoners for the whole of OWL 2 DL: HermiT kept warm, and Konclude by the call."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.engines.parts import read_assertions
from tests.oracle.abox import document
from tests.oracle.hermit import INDIVIDUAL, Hermit
from tests.oracle.judge import judge_of
from tests.oracle.konclude import read_found, run_konclude
from tests.oracle.terminology import Terminology, index


@dataclass(frozen=True, slots=True)
class WarmHermit:
    """The oracle's HermiT, in a virtual machine that is already up."""

    hermit: Hermit

    def prepare(self, assertions: tuple[str, ...]) -> None:
        """Nothing: it holds the ontology."""

    def types(self, assertions: tuple[str, ...]) -> frozenset[str]:
        """The classes of the individual."""
        return self.hermit.types(assertions)


@dataclass(frozen=True, slots=True)
class Konclude:
    """A process for each question, with the part of the ontology that matters."""

    terminology: Terminology

    def prepare(self, assertions: tuple[str, ...]) -> None:
        """Nothing: files belong to the case."""

    def types(self, assertions: tuple[str, ...]) -> Iterator[str]:
        """The classes of the individual, as the program writes them down."""
        names = [each.name for each in read_assertions(assertions)]
        text = document((*self.terminology.module(names), *assertions))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "in.ofn").write_text(text, encoding="utf-8")
            run_konclude(folder)
            found = list(read_found(folder / "out.owx"))
        return (owl_class for who, owl_class in found if who == INDIVIDUAL)


def start_hermit(build: Path) -> WarmHermit:
    """The virtual machine, with the ontology read."""
    return WarmHermit(judge_of(build).hermit)


def start_konclude(build: Path) -> Konclude:
    """The axioms as text; the OWL API writes them, in a virtual machine."""
    axioms = judge_of(build).hermit.terminology.axioms
    return Konclude(index(replace(axiom, axiom=axiom.text) for axiom in axioms))
