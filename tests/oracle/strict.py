"""HermiT on the strict companion: what follows from what the names mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.oracle.abox import PREFIXES
from tests.oracle.machine import Java, java_errors, java_type, run_java

API = "org.semanticweb.owlapi"
REASONER = "org.semanticweb.HermiT.Reasoner"


@dataclass(frozen=True, slots=True)
class Strict:
    """A part of the companion, loaded; asked by satisfiability alone."""

    manager: Java
    reasoner: Java

    def proves(self, axiom: str) -> bool:
        """Whether the axiom (in .ofn) follows: left without right is empty."""
        with java_errors():
            read = self._read(axiom)
            both = java_type("java.util.HashSet")()
            both.add(read.getSubClass())
            both.add(read.getSuperClass().getObjectComplementOf())
            factory = self.manager.getOWLDataFactory()
            together = factory.getOWLObjectIntersectionOf(both)
            return not self.reasoner.isSatisfiable(together)

    def allows(self, axiom: str) -> bool:
        """Whether the left side of the axiom can have a member."""
        with java_errors():
            left = self._read(axiom).getSubClass()
            return bool(self.reasoner.isSatisfiable(left))

    def _read(self, text: str) -> Java:
        """The one axiom of the text."""
        document = f"{PREFIXES}\nOntology(\n{text}\n)\n"
        source = java_type(f"{API}.io.StringDocumentSource")(document)
        ontology = self.manager.loadOntologyFromOntologyDocument(source)
        (axiom,) = ontology.getLogicalAxioms()
        self.manager.removeOntology(ontology)
        return axiom


@contextmanager
def load_strict(document: str) -> Iterator[Strict]:
    """Start the virtual machine if need be, and read the document."""
    run_java()
    with java_errors():
        manager = java_type(f"{API}.apibinding.OWLManager").createOWLOntologyManager()
        source = java_type(f"{API}.io.StringDocumentSource")(document)
        ontology = manager.loadOntologyFromOntologyDocument(source)
        reasoner = java_type(REASONER)(ontology)
    yield Strict(manager, reasoner)
    reasoner.dispose()
