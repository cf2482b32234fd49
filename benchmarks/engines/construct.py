"""The axioms as SPARQL CONSTRUCT, asked again and again until nothing new comes.

One axiom is one query, by its shape alone. rdflib gets them parsed beforehand, which is
not timed; pyoxigraph reads a query faster than it could be kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
from rdflib import RDF
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query

from benchmarks.engines.parts import part_of, read_terminology
from benchmarks.engines.triples import graph_of, iri, local_names
from tests.oracle.abox import BASE
from tests.oracle.answer_sets import COMPARED
from tests.oracle.hermit import INDIVIDUAL
from tests.oracle.owl import Sufficient
from tests.oracle.terminology import Terminology

PREFIXES = f"""PREFIX : <{BASE}>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>"""


def query_of(axiom: Sufficient) -> str:
    """Whatever meets the left side has the head.

    >>> print(query_of(Sufficient("b", ("a",))).partition("CONSTRUCT")[2])
     { ?x a :b } WHERE { ?x a :a . }
    """
    body = [f"?x a :{name} ." for name in axiom.names]
    if axiom.related[0]:
        relation, filler = axiom.related
        body.append(f"?x :{relation} ?y . ?y a :{filler} .")
    if axiom.bound:
        limit = f'{COMPARED[axiom.facet]} "{axiom.value}"^^xsd:decimal'
        body.append(f"?x :{axiom.bound} ?v . FILTER(?v {limit})")
    head = f"CONSTRUCT {{ ?x a :{axiom.head} }}"
    return f"{PREFIXES}\n{head} WHERE {{ {' '.join(body)} }}"


@dataclass(frozen=True, slots=True)
class Rdflib:
    """The queries over a graph of rdflib."""

    terminology: Terminology
    parsed: dict[Sufficient, Query] = field(default_factory=dict)

    def prepare(self, assertions: tuple[str, ...]) -> None:
        """Parse the queries that this case needs and no other one needed."""
        for axiom in part_of(self.terminology, assertions):
            if axiom not in self.parsed:
                self.parsed[axiom] = prepareQuery(query_of(axiom))

    def types(self, assertions: tuple[str, ...]) -> Iterator[str]:
        """The classes of the individual once no query adds a triple."""
        graph = graph_of(assertions)
        axioms = part_of(self.terminology, assertions)
        before = -1
        while before < len(graph):
            before = len(graph)
            for axiom in axioms:
                graph += graph.query(self.parsed[axiom]).graph or ()
        return local_names(graph.objects(iri(INDIVIDUAL), RDF.type))


@dataclass(frozen=True, slots=True)
class Pyoxigraph:
    """The same queries over a store of pyoxigraph."""

    terminology: Terminology

    def prepare(self, assertions: tuple[str, ...]) -> None:
        """Nothing: a query is parsed each time."""

    def types(self, assertions: tuple[str, ...]) -> Iterator[str]:
        """The classes of the individual once no query adds a triple."""
        store = ox.Store()
        text = graph_of(assertions).serialize(format="nt")
        store.load(text, format=ox.RdfFormat.N_TRIPLES)
        queries = [query_of(x) for x in part_of(self.terminology, assertions)]
        before = -1
        while before < len(store):
            before = len(store)
            for query in queries:
                found = store.query(query)
                assert isinstance(found, ox.QueryTriples)  # noqa: S101  # CONSTRUCT
                store.extend([ox.Quad(*triple) for triple in found])
        a, asked = ox.NamedNode(str(RDF.type)), ox.NamedNode(BASE + INDIVIDUAL)
        quads = store.quads_for_pattern(asked, a, None)
        classes = (quad.object for quad in quads)
        return local_names(c.value for c in classes if isinstance(c, ox.NamedNode))


def start_rdflib(build: Path) -> Rdflib:
    """With the ontology at hand."""
    return Rdflib(read_terminology(build))


def start_pyoxigraph(build: Path) -> Pyoxigraph:
    """With the ontology at hand."""
    return Pyoxigraph(read_terminology(build))
