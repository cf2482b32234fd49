"""What HermiT says of one individual, given axioms and assertions about it.

`getTypes` on a fresh reasoner proposes the classes, since HermiT's realisation and its
`isEntailed` lose answers (ontology.md 7). Two consistency checks then prove them: the
ontology with one of the classes denied is inconsistent, so each of them follows, and
with every other class denied it is consistent, so nothing else does. Source:
ontology.md 4.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.verify.engine.machine import API, REASONER, Java, java_type

INDIVIDUAL = "c"
DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"
FACETS = "http://www.w3.org/2001/XMLSchema#"
# As they come in a message: [names, head, facet or None, relation] of an axiom, and of
# an assertion its kind with the names.
Row = Sequence[Any]


class Unreliable(Exception):
    """HermiT contradicts itself: its classes are not what its checks prove."""


@dataclass(frozen=True, slots=True)
class Hermit:
    """The OWL API's factory and manager; `axioms` keeps what was built, by its text."""

    base: str
    manager: Java
    factory: Java
    axioms: dict[str, Java] = field(default_factory=dict)

    def types(self, axioms: Iterable[Row], assertions: Iterable[Row]) -> list[str]:
        """The named classes of the individual, sorted; raises Unreliable."""
        rows, told = [*axioms], [*assertions]
        logic = [self.axiom(row) for row in rows]
        logic += [self.assertion(row) for row in told]
        names = {row[1] for row in told if row[0] == "class"}
        names |= {name for row in rows for name in (*row[0], row[1])}
        found = {n for n in self.proposed(logic) if n in names}
        self.prove(logic, found, names - found)
        return sorted(found)

    def proposed(self, logic: Iterable[Java]) -> Iterator[str]:
        """The classes by `getTypes`, without precomputing anything."""
        ontology = self.ontology(logic)
        reasoner = java_type(REASONER)(ontology)
        if reasoner.isConsistent():
            for each in reasoner.getTypes(self.individual, False).getFlattened():
                yield str(each.getIRI().toString()).removeprefix(self.base)
        reasoner.dispose()
        self.manager.removeOntology(ontology)

    def prove(self, logic: list[Java], found: set[str], others: set[str]) -> None:
        """Both checks of ontology.md 4.3."""
        denied = self.denied(
            self.factory.getOWLObjectIntersectionOf(self.set_of(found))
        )
        if found and self.is_consistent([*logic, denied]):
            raise Unreliable("a class does not follow")
        rest = [self.denied(self.owl_class(name)) for name in sorted(others)]
        if not self.is_consistent([*logic, *rest]):
            raise Unreliable("a class is missing, or the case is inconsistent")

    def is_consistent(self, logic: Iterable[Java]) -> bool:
        """Whether the axioms have a model."""
        ontology = self.ontology(logic)
        reasoner = java_type(REASONER)(ontology)
        answer = bool(reasoner.isConsistent())
        reasoner.dispose()
        self.manager.removeOntology(ontology)
        return answer

    def ontology(self, logic: Iterable[Java]) -> Java:
        """An ontology of nothing but these."""
        every = java_type("java.util.HashSet")()
        for axiom in logic:
            every.add(axiom)
        return self.manager.createOntology(every)

    def denied(self, expression: Java) -> Java:
        """That the individual is no instance."""
        negated = self.factory.getOWLObjectComplementOf(expression)
        return self.factory.getOWLClassAssertionAxiom(negated, self.individual)

    def set_of(self, names: Iterable[str]) -> Java:
        """The classes as a set."""
        every = java_type("java.util.HashSet")()
        for name in names:
            every.add(self.owl_class(name))
        return every

    @property
    def individual(self) -> Java:
        """The individual that is asked about."""
        return self.named(INDIVIDUAL)

    def named(self, name: str) -> Java:
        """An individual."""
        return self.factory.getOWLNamedIndividual(self.iri(name))

    def owl_class(self, name: str) -> Java:
        """A class."""
        return self.factory.getOWLClass(self.iri(name))

    def iri(self, name: str) -> Java:
        """The IRI of a local name."""
        return java_type(f"{API}.model.IRI").create(self.base + name)

    def decimal(self, text: str) -> Java:
        """A decimal literal, digit for digit."""
        iri = java_type(f"{API}.model.IRI").create(DECIMAL)
        return self.factory.getOWLLiteral(text, self.factory.getOWLDatatype(iri))

    def axiom(self, row: Row) -> Java:
        """A subclass axiom, built once."""
        key = str(row)
        if key not in self.axioms:
            names, head, facet, relation = row
            parts = [self.owl_class(name) for name in names]
            if relation:
                some = self.factory.getOWLObjectProperty(self.iri(relation))
                case = self.owl_class("case")
                parts = [case, self.factory.getOWLObjectSomeValuesFrom(some, parts[0])]
            if facet:
                parts.append(self.restriction(*facet))
            left = parts[0]
            if len(parts) > 1:
                every = java_type("java.util.HashSet")()
                for part in parts:
                    every.add(part)
                left = self.factory.getOWLObjectIntersectionOf(every)
            head = self.owl_class(head)
            self.axioms[key] = self.factory.getOWLSubClassOfAxiom(left, head)
        return self.axioms[key]

    def restriction(self, bound: str, facet: str, value: str) -> Java:
        """Some value of a property beyond a limit."""
        limit = self.decimal(value)
        kind = java_type(f"{API}.vocab.OWLFacet").getFacet(
            java_type(f"{API}.model.IRI").create(FACETS + facet)
        )
        range = self.factory.getOWLDatatypeRestriction(limit.getDatatype(), kind, limit)
        bounded = self.factory.getOWLDataProperty(self.iri(bound))
        return self.factory.getOWLDataSomeValuesFrom(bounded, range)

    def assertion(self, row: Row) -> Java:
        """What is said of an individual; an unknown kind raises ValueError."""
        match [*row]:
            case ["class", name, individual]:
                owl_class, who = self.owl_class(name), self.named(individual)
                return self.factory.getOWLClassAssertionAxiom(owl_class, who)
            case ["object", name, one, other]:
                related = self.factory.getOWLObjectProperty(self.iri(name))
                return self.factory.getOWLObjectPropertyAssertionAxiom(
                    related, self.named(one), self.named(other)
                )
            case ["data", name, individual, value]:
                bounded = self.factory.getOWLDataProperty(self.iri(name))
                return self.factory.getOWLDataPropertyAssertionAxiom(
                    bounded, self.named(individual), self.decimal(value)
                )
        raise ValueError(row)


def open_hermit(base: str) -> Hermit:
    """HermiT for names under `base`; the virtual machine must run."""
    manager = java_type(f"{API}.apibinding.OWLManager").createOWLOntologyManager()
    return Hermit(base, manager, manager.getOWLDataFactory())
