"""Clients that others wrote, against the real server: they get what they expect."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any
from xml.dom.minidom import Document

import pyoxigraph as ox
import pytest
from rdflib import RDFS, Graph, Literal, URIRef
from rdflib.namespace import OWL
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import GET, POST, POSTDIRECTLY, URLENCODED, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from service.config import SHIPPED_BUILD
from tests.served import HOST, Served, serving

BASE = "https://w3id.org/pulmonary-ossification/"
TERM = URIRef(f"{BASE}pattern_dendriform")
MAPPINGS = URIRef(f"{BASE}graph/mappings")
LABELS = f"SELECT ?label {{ <{TERM}> <{RDFS.label}> ?label }}"
NAMED = f"ASK {{ <{TERM}> <{RDFS.label}> ?label }}"
COPY = (
    f"CONSTRUCT {{ ?s <{RDFS.label}> ?o }} "
    f"{{ VALUES ?s {{ <{TERM}> }} ?s <{RDFS.label}> ?o }}"
)
DESCRIPTION = f"DESCRIBE <{TERM}>"
# How a client may send its query: the method, and how the body is written.
WAYS = [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)]
pytestmark = [
    pytest.mark.allow_hosts([HOST]),
    # SPARQLWrapper still builds the graph that rdflib has renamed.
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """One server for every client."""
    with serving({}) as served:
        yield served


@pytest.fixture(scope="module")
def expected() -> frozenset[str]:
    """The labels of the term, read from the file without any server."""
    quads = ox.parse(path=SHIPPED_BUILD / "dpo.trig", format=ox.RdfFormat.TRIG)
    term, label = ox.NamedNode(str(TERM)), ox.NamedNode(str(RDFS.label))
    found = (quad for quad in quads if (quad.subject, quad.predicate) == (term, label))
    return frozenset(str(quad.object.value) for quad in found)


def wrapper(server: Served, query: str, form: str, way: tuple[str, str]) -> Any:
    """SPARQLWrapper with a query; its answers have many types."""
    client = SPARQLWrapper(server.endpoint, returnFormat=form)
    client.setMethod(way[0])
    client.setRequestMethod(way[1])
    client.setQuery(query)
    return client


def read_table(form: str, answer: Any) -> set[str]:
    """The labels in an answer of SPARQLWrapper."""
    if form == "json":
        rows = answer["results"]["bindings"]
        return {row["label"]["value"] for row in rows}
    if form == "xml":
        assert isinstance(answer, Document)
        cells = answer.getElementsByTagName("literal")
        return {cell.firstChild.data for cell in cells}  # type: ignore[union-attr]  # a text
    if form == "csv":
        return {row["label"] for row in csv.DictReader(answer.decode().splitlines())}
    head, *rows = answer.decode().splitlines()
    assert head == "?label"
    return {row.rpartition("@")[0].strip('"') for row in rows}


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_sparqlwrapper_selects(
    server: Served, expected: frozenset[str], form: str, way: tuple[str, str]
) -> None:
    """Each format of results, by each of the protocol's three ways."""
    answer = wrapper(server, LABELS, form, way).queryAndConvert()

    assert read_table(form, answer) == expected


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_sparqlwrapper_asks(server: Served, way: tuple[str, str]) -> None:
    """A boolean in JSON."""
    answer = wrapper(server, NAMED, "json", way).queryAndConvert()

    assert answer["boolean"] is True


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
@pytest.mark.parametrize("form", ["turtle", "n3", "rdf+xml", "json-ld"])
@pytest.mark.parametrize("query", [COPY, DESCRIPTION], ids=["construct", "describe"])
def test_sparqlwrapper_gets_graphs(
    server: Served,
    expected: frozenset[str],
    query: str,
    form: str,
    way: tuple[str, str],
) -> None:
    """Each format of graphs; the client gives text in some and a graph in others."""
    answer = wrapper(server, query, form, way).queryAndConvert()

    graph = answer
    if not isinstance(answer, Graph):
        graph = Graph().parse(data=answer, format="turtle")
    assert {str(label) for label in graph.objects(TERM, RDFS.label)} == expected


def test_sparqlwrapper_chooses_graphs(server: Served) -> None:
    """The dataset of the protocol: in the mappings nothing has a label."""
    client = wrapper(server, NAMED, "json", (GET, URLENCODED))
    client.addDefaultGraph(str(MAPPINGS))

    assert client.queryAndConvert()["boolean"] is False


def test_sparqlwrapper_knows_a_bad_query(server: Served) -> None:
    """It tells its user that the query is wrong, from the 400."""
    client = wrapper(server, "SELECT * {", "json", (POST, POSTDIRECTLY))

    with pytest.raises(QueryBadFormed):
        client.query()


@pytest.fixture(params=["GET", "POST", "POST_FORM"])
def store(server: Served, request: pytest.FixtureRequest) -> SPARQLStore:
    """The client of rdflib, by each of its ways."""
    return SPARQLStore(server.endpoint, method=request.param)


def test_rdflib_reads_the_endpoint_like_a_graph(
    store: SPARQLStore, expected: frozenset[str]
) -> None:
    """Patterns of triples become queries."""
    graph = Graph(store=store)

    assert {str(label) for label in graph.objects(TERM, RDFS.label)} == expected
    assert (TERM, RDFS.label, None) in graph
    assert graph.value(TERM, RDFS.label, any=True) is not None


def test_rdflib_sends_its_queries_on(
    store: SPARQLStore, expected: frozenset[str]
) -> None:
    """The endpoint answers, not rdflib: all four kinds of queries."""
    graph = Graph(store=store)

    assert {str(row[0]) for row in graph.query(LABELS)} == expected  # type: ignore[index]  # a row
    assert bool(graph.query(NAMED).askAnswer)
    for query in (COPY, DESCRIPTION):
        answer = graph.query(query).graph
        assert answer is not None
        assert {str(label) for label in answer.objects(TERM, RDFS.label)} == expected


@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rdflib_reads_every_format(
    server: Served, expected: frozenset[str], form: str
) -> None:
    """Of results."""
    graph = Graph(store=SPARQLStore(server.endpoint, returnFormat=form))

    assert {str(row[0]) for row in graph.query(LABELS)} == expected  # type: ignore[index]  # a row


def test_rdflib_substitutes_what_it_is_told(server: Served) -> None:
    """`initBindings` comes as VALUES at the end of the query."""
    graph = Graph(store=SPARQLStore(server.endpoint))
    query = f"SELECT ?label {{ ?term <{RDFS.label}> ?label }}"

    rows = graph.query(query, initBindings={"term": TERM})

    label = Literal("Dendriform pattern of ossification", lang="en")
    assert label in {row[0] for row in rows}  # type: ignore[index]  # a row


def test_rdflib_reads_one_graph_of_the_dataset(server: Served) -> None:
    """A context is a named graph."""
    store = SPARQLStore(server.endpoint)
    asserted = Graph(store, URIRef(f"{BASE}graph/asserted"))

    assert (TERM, None, OWL.Class) in asserted
    assert (TERM, None, OWL.Class) not in Graph(store, MAPPINGS)


def test_rdflib_lists_the_graphs(server: Served) -> None:
    """Those of the dataset, and that of this release."""
    contexts = {str(name) for name in SPARQLStore(server.endpoint).contexts()}

    named = {"asserted", "inferred", "mappings", "evidence", "tests"}
    assert {BASE + f"graph/{name}" for name in named} < contexts


def test_a_description_leads_a_client_to_the_endpoint(server: Served) -> None:
    """The address itself gives rdflib the service description."""
    graph = Graph().parse(server.endpoint)

    endpoint = URIRef("http://www.w3.org/ns/sparql-service-description#endpoint")
    assert URIRef(server.endpoint) in set(graph.objects(None, endpoint))


def test_json_is_what_the_recommendation_says(server: Served) -> None:
    """Types and languages stand beside each value."""
    answer = json.loads(server.ask(LABELS).body)

    assert answer["head"] == {"vars": ["label"]}
    assert {
        "type": "literal",
        "value": "Dendriform pattern of ossification",
        "xml:lang": "en",
    } in [row["label"] for row in answer["results"]["bindings"]]
