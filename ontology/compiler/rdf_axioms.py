"""Subclass axioms as triples; blank nodes are named after the axiom they belong to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from rdflib import BNode, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, XSD
from rdflib.term import Node

from ontology.compiler.axiom import BASE, Axiom, Facet
from ontology.compiler.generate import CASE

DPO = Namespace(BASE)
Triple = tuple[Node, Node, Node]


def axiom_triples(axiom: Axiom) -> Iterator[Triple]:
    """The axiom, and the note with its id, which reports cite, and its sources."""
    left, parts = _left(axiom)
    yield from parts
    triple = (left, RDFS.subClassOf, DPO[axiom.head])
    yield triple
    if axiom.head != CASE:  # the place of a class is sourced with its declaration
        note = blank("axiom", axiom.id)
        yield from reified(note, triple)
        yield note, DCTERMS.identifier, Literal(axiom.id)
        for source in axiom.sources:
            yield note, DCTERMS.source, source_iri(source)


def reified(node: Node, triple: Triple) -> Iterator[Triple]:
    """The note about a triple, on which its annotations stand."""
    yield node, RDF.type, OWL.Axiom
    yield node, OWL.annotatedSource, triple[0]
    yield node, OWL.annotatedProperty, triple[1]
    yield node, OWL.annotatedTarget, triple[2]


def source_iri(source: str) -> URIRef:
    """The individual of a row of sources.tsv."""
    return DPO[f"source/{source}"]


def blank(*parts: str) -> BNode:
    """A blank node whose name depends on nothing but `parts`."""
    return BNode("n" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16])


def _left(axiom: Axiom) -> tuple[Node, list[Triple]]:
    """The class expression on the left, and the triples that it is made of."""
    if len(axiom.body) == 1 and not axiom.facet and not axiom.relation:
        return DPO[axiom.body[0]], []
    node = blank("left", axiom.id)
    triples: list[Triple] = [(node, RDF.type, OWL.Class)]
    members: list[Node] = [DPO[name] for name in axiom.body]
    if axiom.facet:
        members.append(blank("some", axiom.id))
        triples += _bounded(axiom.id, axiom.facet)
    if axiom.relation:
        some = blank("some", axiom.id)
        triples += [
            (some, RDF.type, OWL.Restriction),
            (some, OWL.onProperty, DPO[axiom.relation]),
            (some, OWL.someValuesFrom, DPO[axiom.body[0]]),
        ]
        members = [DPO[CASE], some]
    head, cells = _list(axiom.id, members)
    return node, [*triples, (node, OWL.intersectionOf, head), *cells]


def _bounded(key: str, bound: Facet) -> Iterator[Triple]:
    """The restriction of a bound to a range of decimals."""
    some, datatype, facet = (blank(part, key) for part in ("some", "datatype", "facet"))
    yield some, RDF.type, OWL.Restriction
    yield some, OWL.onProperty, DPO[bound.bound]
    yield some, OWL.someValuesFrom, datatype
    yield datatype, RDF.type, RDFS.Datatype
    yield datatype, OWL.onDatatype, XSD.decimal
    head, cells = _list(key + "w", [facet])
    yield datatype, OWL.withRestrictions, head
    yield from cells
    # with a point, as the short form of Turtle writes it: both files say the same
    text = bound.value if "." in bound.value else f"{bound.value}.0"
    value = Literal(text, datatype=XSD.decimal, normalize=False)
    yield facet, XSD[bound.facet], value


def _list(key: str, members: list[Node]) -> tuple[Node, list[Triple]]:
    cells: list[Node] = [blank("list", key, str(n)) for n in range(len(members))]
    triples: list[Triple] = []
    for cell, after, member in zip(cells, [*cells[1:], RDF.nil], members, strict=True):
        triples += [(cell, RDF.first, member), (cell, RDF.rest, after)]
    return cells[0], triples
