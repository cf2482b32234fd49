"""Axioms and assertions as RDF.

Source: OWL 2, Mapping to RDF Graphs, https://www.w3.org/TR/owl2-mapping-to-rdf/.
Annotations are left out: no reasoner gains by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import IdentifiedNode

from benchmarks.engines.parts import read_assertions
from tests.oracle.abox import BASE
from tests.oracle.owl import Sufficient


def iri(name: str) -> URIRef:
    """The IRI of a local name."""
    return URIRef(BASE + name)


def local_names(classes: Iterable[object]) -> Iterator[str]:
    """The names that are ours."""
    for each in map(str, classes):
        if each.startswith(BASE):
            yield each.removeprefix(BASE)


def graph_of(lines: Iterable[str]) -> Graph:
    """The assertions, as a graph."""
    graph = Graph()
    for each in read_assertions(lines):
        individual, name = iri(each.individual), iri(each.name)
        if each.other:
            graph.add((individual, name, iri(each.other)))
        elif each.decimal:
            number = Literal(each.decimal, datatype=XSD.decimal)
            graph.add((individual, name, number))
        else:
            graph.add((individual, RDF.type, name))
    return graph


def add_axioms(graph: Graph, axioms: Iterable[Sufficient]) -> None:
    """Each axiom as rdfs:subClassOf."""
    for axiom in axioms:
        parts: list[IdentifiedNode] = [iri(name) for name in axiom.names]
        if axiom.related[0]:
            relation, filler = map(iri, axiom.related)
            parts.append(_some(graph, relation, filler))
        if axiom.bound:
            parts.append(_some(graph, iri(axiom.bound), _range(graph, axiom)))
        left = parts[0] if len(parts) == 1 else _all_of(graph, parts)
        graph.add((left, RDFS.subClassOf, iri(axiom.head)))


def _all_of(graph: Graph, parts: Sequence[IdentifiedNode]) -> BNode:
    both, members = BNode(), BNode()
    Collection(graph, members, [*parts])
    graph.add((both, RDF.type, OWL.Class))
    graph.add((both, OWL.intersectionOf, members))
    return both


def _some(graph: Graph, relation: URIRef, filler: IdentifiedNode) -> BNode:
    some = BNode()
    graph.add((some, RDF.type, OWL.Restriction))
    graph.add((some, OWL.onProperty, relation))
    graph.add((some, OWL.someValuesFrom, filler))
    return some


def _range(graph: Graph, axiom: Sufficient) -> BNode:
    """The decimals on one side of a limit."""
    some, facets, facet = BNode(), BNode(), BNode()
    Collection(graph, facets, [facet])
    graph.add((some, RDF.type, RDFS.Datatype))
    graph.add((some, OWL.onDatatype, XSD.decimal))
    graph.add((some, OWL.withRestrictions, facets))
    limit = Literal(axiom.value, datatype=XSD.decimal)
    graph.add((facet, XSD[axiom.facet], limit))
    return some
