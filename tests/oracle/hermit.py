"""HermiT in a Java virtual machine of this process.

It is asked by `getTypes(c, false)` on a fresh reasoner for each question, without
precomputing class assertions: HermiT's realisation loses types of individuals and
`isEntailed` loses answers (ontology.md 7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import jpype

from tests.oracle.abox import BASE, document
from tests.oracle.canonical import local_name, written
from tests.oracle.terminology import Java, Subsumption, Terminology, index

MANAGER = "org.semanticweb.owlapi.apibinding.OWLManager"
API = "org.semanticweb.owlapi.model"


class OracleError(Exception):
    """The oracle cannot be asked; the proof has failed, it is not skipped."""


@dataclass(frozen=True, slots=True)
class Hermit:
    """The terminology, loaded once, and the Java classes that a question needs."""

    terminology: Terminology
    manager: Java

    def types(
        self, assertions: Iterable[str], *, whole: bool = False, case: str = "c"
    ) -> frozenset[str]:
        """The named classes of the case, without `owl:Thing`.

        `whole` asks with the whole terminology in place of the module.
        """
        source = _java("org.semanticweb.owlapi.io.StringDocumentSource")
        told = self.manager.loadOntologyFromOntologyDocument(
            source(document(assertions))
        )
        known = self.terminology
        axioms = known.whole() if whole else known.module(_names(told))
        asked = self.manager.createOntology(_java_set(axioms, told.getLogicalAxioms()))
        reasoner = _java("org.semanticweb.HermiT.Reasoner")(asked)
        individual = self.manager.getOWLDataFactory().getOWLNamedIndividual(
            _java(f"{API}.IRI").create(BASE + case)
        )
        nodes = reasoner.getTypes(individual, False).getFlattened()  # noqa: FBT003
        found = {local_name(owl_class) for owl_class in nodes}
        reasoner.dispose()
        for ontology in (told, asked):
            self.manager.removeOntology(ontology)
        return frozenset(found - {""})


def start(owl: Path) -> Hermit:
    """Start the Java virtual machine and read the published ontology."""
    if not jpype.isJVMStarted():
        jpype.startJVM(
            "-XX:+UseSerialGC", "-Xmx2g", classpath=[_jar()], convertStrings=True
        )
    manager = _java(MANAGER).createOWLOntologyManager()
    ontology = manager.loadOntologyFromOntologyDocument(_java("java.io.File")(str(owl)))
    return Hermit(index(_subsumptions(ontology)), manager)


def _jar() -> str:
    """The HermiT that owlready2 brings along: version 1.3.8 with the OWL API 3."""
    spec = find_spec("owlready2")
    if spec is None or spec.origin is None:
        raise OracleError("owlready2 is not installed (dependency group oracle)")
    jar = Path(spec.origin).parent / "hermit" / "HermiT.jar"
    if not jar.is_file():
        raise OracleError("this owlready2 has no HermiT.jar")
    return str(jar)


def _java(name: str) -> Java:
    return jpype.JClass(name)


def _java_set(axioms: list[Java], more: Java) -> Java:
    found = _java("java.util.HashSet")(_java("java.util.Arrays").asList(axioms))
    found.addAll(more)
    return found


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
            yield Subsumption(left, head, text, axiom.getAxiomWithoutAnnotations())
        elif kind not in ("ClassAssertion", "ObjectPropertyAssertion"):
            raise OracleError(f"{kind} is outside the fragment")


def _names(item: Java) -> Iterator[str]:
    """The names of its classes and properties."""
    for entity in item.getSignature():
        if not (entity.isOWLDatatype() or entity.isOWLNamedIndividual()):
            yield local_name(entity)
