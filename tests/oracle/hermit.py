"""HermiT in a Java virtual machine of this process.

It is asked by `getTypes(c, false)` on a fresh reasoner for each question, without
precomputing class assertions: HermiT's realisation loses types of individuals and
`isEntailed` loses answers (ontology.md 7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.oracle.abox import BASE, document
from tests.oracle.canonical import local_name, written
from tests.oracle.machine import Java, OracleError, java_errors, java_type, run_java
from tests.oracle.terminology import Subsumption, Terminology, index

API = "org.semanticweb.owlapi"
REASONER = "org.semanticweb.HermiT.Reasoner"
INDIVIDUAL = "c"


@dataclass(frozen=True, slots=True)
class Hermit:
    """The terminology, loaded once, and the manager that reads assertions."""

    terminology: Terminology
    manager: Java

    def types(
        self, assertions: Iterable[str], *, whole: bool = False
    ) -> frozenset[str]:
        """The named classes of the individual `c`, without `owl:Thing`.

        `whole` asks with the whole terminology in place of the module.
        """
        with java_errors():
            told = self._read(document(assertions))
            known = self.terminology
            axioms = known.whole() if whole else known.module(_names(told))
            every = java_type("java.util.HashSet")(told.getLogicalAxioms())
            every.addAll(java_type("java.util.Arrays").asList(axioms))
            asked = self.manager.createOntology(every)
            found = self._ask(asked)
            for ontology in (told, asked):
                self.manager.removeOntology(ontology)
        return frozenset(found - {""})

    def _read(self, text: str) -> Java:
        source = java_type(f"{API}.io.StringDocumentSource")(text)
        return self.manager.loadOntologyFromOntologyDocument(source)

    def _ask(self, ontology: Java) -> set[str]:
        iri = java_type(f"{API}.model.IRI").create(BASE + INDIVIDUAL)
        individual = self.manager.getOWLDataFactory().getOWLNamedIndividual(iri)
        reasoner = java_type(REASONER)(ontology)
        found = reasoner.getTypes(individual, False).getFlattened()
        reasoner.dispose()
        return {local_name(owl_class) for owl_class in found}


def start(owl: Path) -> Hermit:
    """Start the Java virtual machine and read the published ontology."""
    run_java()
    with java_errors():
        manager = java_type(f"{API}.apibinding.OWLManager").createOWLOntologyManager()
        file = java_type("java.io.File")(str(owl))
        ontology = manager.loadOntologyFromOntologyDocument(file)
        return Hermit(index(_subsumptions(ontology)), manager)


def _subsumptions(ontology: Java) -> Iterator[Subsumption]:
    """The subclass axioms without annotations.

    Individuals that the ontology publishes (sources, tests, evidence) cannot touch a
    case: no axiom has a nominal. Any other kind of axiom is outside the fragment.
    """
    for axiom in ontology.getLogicalAxioms():
        kind = str(axiom.getAxiomType().getName())
        if kind == "SubClassOf":
            left = frozenset(_names(axiom.getSubClass()))
            head = local_name(axiom.getSuperClass())
            text = f"SubClassOf({written(axiom.getSubClass())} :{head})"
            plain = axiom.getAxiomWithoutAnnotations()
            yield Subsumption(left, head, text, plain)
        elif kind not in ("ClassAssertion", "ObjectPropertyAssertion"):
            raise OracleError(f"{kind} is outside the fragment")


def _names(item: Java) -> Iterator[str]:
    """The names of its classes and properties."""
    for entity in item.getSignature():
        if not (entity.isOWLDatatype() or entity.isOWLNamedIndividual()):
            yield local_name(entity)
