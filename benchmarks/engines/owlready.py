"""One case through owlready2 and HermiT, as one would do without compiled rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from rdflib import OWL, RDF

from benchmarks.engines.triples import graph_of, iri, local_names
from tests.oracle.abox import BASE
from tests.oracle.hermit import INDIVIDUAL


@dataclass(slots=True)
class Owlready:
    """The package; what it infers stays in a world, so each question has its own."""

    package: Any
    owl: Path
    world: Any = None

    def prepare(self, assertions: tuple[str, ...]) -> None:
        """Load the ontology and the case, as RDF: much faster than by objects."""
        graph = graph_of(assertions)
        for individual in {*graph.subjects()}:
            graph.add((individual, RDF.type, OWL.NamedIndividual))
        self.world = self.package.World()
        self.world.get_ontology(self.owl.as_uri()).load()
        case = self.world.get_ontology(f"{BASE}asserted#")
        case.load(fileobj=BytesIO(graph.serialize(format="nt").encode()))

    def types(self, assertions: tuple[str, ...]) -> Iterator[str]:
        """The classes of the individual after `sync_reasoner_hermit`."""
        del assertions
        self.package.sync_reasoner_hermit(
            self.world, infer_property_values=False, debug=0
        )
        # is_a holds the nearest classes only, the ones above are theirs
        nearest = self.world[str(iri(INDIVIDUAL))].is_a
        every = {above for near in nearest for above in near.ancestors()}
        return local_names(each.iri for each in every)


def start_owlready(build: Path) -> Owlready:
    """The package, with the file that it will load."""
    return Owlready(import_module("owlready2"), (build / "dpo.owl").resolve())
