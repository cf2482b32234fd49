"""Two implementations of OWL 2 RL: reasonable, in Rust, and owlrl, on rdflib.

They get the axioms that the case can reach as RDF, with the case. The profile has
conditions of facets on neither side, so no rule of theirs reads a measured value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from rdflib import RDF, Graph

from benchmarks.engines.parts import part_of, read_terminology
from benchmarks.engines.triples import add_axioms, graph_of, iri, local_names
from tests.oracle.hermit import INDIVIDUAL
from tests.oracle.terminology import Terminology


@dataclass(frozen=True, slots=True)
class Reasonable:
    """The engine in Rust; it is given a graph and gives back every triple."""

    package: Any
    terminology: Terminology

    def prepare(self, assertions: tuple[str, ...]) -> None:
        """Nothing: the graph belongs to the case."""

    def types(self, assertions: tuple[str, ...]) -> Iterator[str]:
        """The classes of the individual among what is entailed."""
        reasoner = self.package.PyReasoner()
        reasoner.from_graph(_graph(assertions, self.terminology))
        entailed = reasoner.reason()
        asked = iri(INDIVIDUAL)
        return local_names(o for s, p, o in entailed if s == asked and p == RDF.type)


@dataclass(frozen=True, slots=True)
class Owlrl:
    """The engine on rdflib; it extends the graph until nothing is new."""

    package: Any
    terminology: Terminology

    def prepare(self, assertions: tuple[str, ...]) -> None:
        """Nothing: the graph belongs to the case."""

    def types(self, assertions: tuple[str, ...]) -> Iterator[str]:
        """The classes of the individual in the closure."""
        graph = _graph(assertions, self.terminology)
        self.package.DeductiveClosure(self.package.OWLRL_Semantics).expand(graph)
        return local_names(graph.objects(iri(INDIVIDUAL), RDF.type))


def _graph(assertions: tuple[str, ...], terminology: Terminology) -> Graph:
    graph = graph_of(assertions)
    add_axioms(graph, part_of(terminology, assertions))
    return graph


def start_reasonable(build: Path) -> Reasonable:
    """With the ontology at hand."""
    return Reasonable(import_module("reasonable"), read_terminology(build))


def start_owlrl(build: Path) -> Owlrl:
    """With the ontology at hand."""
    return Owlrl(import_module("owlrl"), read_terminology(build))
