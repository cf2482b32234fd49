"""Writes a graph so that equal graphs give equal bytes."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph
from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef


def turtle(graph: Graph) -> bytes:
    """The graph in Turtle; rdflib sorts it."""
    text: bytes = graph.serialize(format="turtle", encoding="utf-8")
    return text


def rdf_xml(graph: Graph) -> bytes:
    """The graph in RDF/XML, triples sorted.

    By pyoxigraph: rdflib writes subjects in the order of a hash table, which differs
    from run to run.
    """
    triples = sorted((_triple(*t) for t in graph), key=str)
    prefixes = {p or "dpo": str(n) for p, n in graph.namespaces() if p != "rdf"}
    kind = pyoxigraph.RdfFormat.RDF_XML
    return pyoxigraph.serialize(triples, format=kind, prefixes=prefixes) or b""


def trig(graphs: Mapping[str, Graph], prefixes: Mapping[str, str]) -> bytes:
    """Named graphs in TriG, in the order of their names, triples sorted."""
    quads = [
        pyoxigraph.Quad(t.subject, t.predicate, t.object, pyoxigraph.NamedNode(name))
        for name, graph in sorted(graphs.items())
        for t in sorted((_triple(*t) for t in graph), key=str)
    ]
    kind = pyoxigraph.RdfFormat.TRIG
    return pyoxigraph.serialize(quads, format=kind, prefixes=dict(prefixes)) or b""


def _triple(s: Node, p: Node, o: Node) -> pyoxigraph.Triple:
    subject = _resource(s)
    if subject is None:
        raise TypeError(f"{s!r} is no subject")
    term = _resource(o) or _literal(o)
    return pyoxigraph.Triple(subject, pyoxigraph.NamedNode(str(p)), term)


def _resource(node: Node) -> pyoxigraph.NamedNode | pyoxigraph.BlankNode | None:
    if isinstance(node, URIRef):
        return pyoxigraph.NamedNode(str(node))
    return pyoxigraph.BlankNode(str(node)) if isinstance(node, BNode) else None


def _literal(node: Node) -> pyoxigraph.Literal:
    if not isinstance(node, Literal):
        raise TypeError(f"{node!r} is no literal")
    if node.language:
        return pyoxigraph.Literal(str(node), language=node.language)
    if node.datatype:
        kind = pyoxigraph.NamedNode(str(node.datatype))
        return pyoxigraph.Literal(str(node), datatype=kind)
    return pyoxigraph.Literal(str(node))
