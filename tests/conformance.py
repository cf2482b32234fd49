"""The W3C's tests of SPARQL 1.1 protocol and service description, read and run.

Requests and expected answers come from the manifests in tests/w3c. Only the schema of
service descriptions is written here, since the manifest of those tests has none.
`python -m tests.conformance` prints the table of docs/reference/sparql-conformance.md,
with `--earl` the same as EARL in Turtle.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from flask.testing import FlaskClient
from rdflib import RDF, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.query import Result
from rdflib.term import Node
from werkzeug.test import TestResponse

from service.app import create_app
from service.config import Config
from service.sparql.question import Source

W3C = Path(__file__).parent / "w3c"
ENDPOINT = "/sparql"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
EARL = Namespace("http://www.w3.org/ns/earl#")

JSON_RESULTS = "application/sparql-results+json"
XML_RESULTS = "application/sparql-results+xml"
RDF_FORMS = {
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "text/turtle": "turtle",
}
# What the names of the protocol tests list under each `mf:expectedFormat`.
FORMATS = {
    "boolean": frozenset({JSON_RESULTS, XML_RESULTS}),
    "tabular": frozenset(
        {JSON_RESULTS, XML_RESULTS, "text/csv", "text/tab-separated-values"}
    ),
    "RDF": frozenset(RDF_FORMS),
}
# Domain and range of each property (SPARQL 1.1 Service Description, section 3, and the
# document at the address of the vocabulary); None where the value is any resource.
SCHEMA = {
    SD.availableGraphs: (SD.Service, SD.GraphCollection),
    SD.defaultDataset: (SD.Service, SD.Dataset),
    SD.defaultEntailmentRegime: (SD.Service, SD.EntailmentRegime),
    SD.defaultGraph: (SD.Dataset, SD.Graph),
    SD.defaultSupportedEntailmentProfile: (SD.Service, SD.EntailmentProfile),
    SD.endpoint: (SD.Service, None),
    SD.entailmentRegime: (SD.NamedGraph, SD.EntailmentRegime),
    SD.extensionAggregate: (SD.Service, SD.Aggregate),
    SD.extensionFunction: (SD.Service, SD.Function),
    SD.feature: (SD.Service, SD.Feature),
    SD.graph: (SD.NamedGraph, SD.Graph),
    SD.inputFormat: (SD.Service, None),
    SD.languageExtension: (SD.Service, SD.Feature),
    SD.name: (SD.NamedGraph, None),
    SD.namedGraph: (SD.GraphCollection, SD.NamedGraph),
    SD.propertyFeature: (SD.Service, SD.Feature),
    SD.resultFormat: (SD.Service, None),
    SD.supportedEntailmentProfile: (SD.NamedGraph, SD.EntailmentProfile),
    SD.supportedLanguage: (SD.Service, SD.Language),
}
# The classes and individuals of the same section, with the class of each individual.
CLASSES = frozenset(
    {
        SD.Aggregate,
        SD.Dataset,
        SD.EntailmentProfile,
        SD.EntailmentRegime,
        SD.Feature,
        SD.Function,
        SD.Graph,
        SD.GraphCollection,
        SD.Language,
        SD.NamedGraph,
        SD.Service,
    }
)
INDIVIDUALS = {
    SD.BasicFederatedQuery: SD.Feature,
    SD.DereferencesURIs: SD.Feature,
    SD.EmptyGraphs: SD.Feature,
    SD.RequiresDataset: SD.Feature,
    SD.SPARQL10Query: SD.Language,
    SD.SPARQL11Query: SD.Language,
    SD.SPARQL11Update: SD.Language,
    SD.UnionDefaultGraph: SD.Feature,
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of a test, and what its answer must be.

    `statuses` are first digits; `boolean` and `form` are None where nothing is asked.
    """

    method: str
    address: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statuses: frozenset[int]
    boolean: bool | None
    form: str | None

    @property
    def is_update(self) -> bool:
        """Whether the request carries an update, by its type or its parameter."""
        kind = dict(self.headers).get("content-type", "").partition(";")[0]
        pairs = parse_qsl(urlsplit(self.address).query)
        if kind == "application/x-www-form-urlencoded":
            pairs += parse_qsl(self.body.decode())
        return kind == "application/sparql-update" or "update" in dict(pairs)


@dataclass(frozen=True, slots=True)
class ProtocolTest:
    """One entry of the protocol manifest."""

    id: str
    name: str
    authority: str
    exchanges: tuple[Exchange, ...]

    @property
    def needs_update(self) -> bool:
        """Whether passing means to change the data, which is never served here."""
        return any(one.is_update and 2 in one.statuses for one in self.exchanges)


@dataclass(frozen=True, slots=True)
class Finding:
    """What came out of one test: an empty `fault` is a pass."""

    suite: str
    id: str
    name: str
    needs_update: bool
    fault: str

    @property
    def outcome(self) -> str:
        """In the words of the table."""
        if self.fault:
            return f"failed: {self.fault}"
        return "refused (403)" if self.needs_update else "passed"


@cache
def manifest(suite: str) -> Graph:
    """The manifest of a suite; its own address is the base of its names."""
    return Graph().parse(W3C / suite / "manifest.ttl", format="turtle")


def entries(suite: str) -> Iterator[tuple[Node, str, str]]:
    """Every test of a manifest, in its order: node, id, name."""
    graph = manifest(suite)
    (head,) = graph.objects(None, MF.entries)
    for node in Collection(graph, head):
        yield node, str(node).rpartition("#")[2], str(graph.value(node, MF.name))


def test_graphs() -> dict[str, Path]:
    """The graphs that the protocol tests ask about: their names and their files."""
    graph = manifest("protocol")
    return {
        str(graph.value(node, RDFS.label)): W3C / "protocol" / Path(str(file)).name
        for node, file in graph.subject_objects(UT.graph)
    }


def protocol_tests() -> Iterator[ProtocolTest]:
    """Every protocol test with its requests."""
    graph = manifest("protocol")
    for node, identifier, name in entries("protocol"):
        action = graph.value(node, MF.action)
        exchanges = tuple(
            read_exchange(graph, one)
            for one in Collection(graph, graph.value(action, HT.requests) or BNode())
        )
        authority = str(graph.value(action, HT.connectionAuthority))
        yield ProtocolTest(identifier, name, authority, exchanges)


def read_exchange(graph: Graph, node: Node) -> Exchange:
    """One ht:Request of the manifest and its ht:Response."""
    address = str(graph.value(node, HT.absolutePath))
    answer = graph.value(node, HT.resp)
    boolean = graph.value(answer, MF.expectedBoolean)
    form = graph.value(answer, MF.expectedFormat)
    listed = graph.value(node, HT.headers)
    headers = Collection(graph, listed) if listed is not None else ()
    return Exchange(
        method=str(graph.value(node, HT.methodName)),
        address=address.replace("/sparql/", ENDPOINT, 1),
        headers=tuple(
            (str(graph.value(one, HT.fieldName)), str(graph.value(one, HT.fieldValue)))
            for one in headers
        ),
        body=read_body(graph, graph.value(node, HT.body)),
        statuses=frozenset(
            int(str(one)[-3]) for one in graph.objects(answer, MF.expectedStatus)
        ),
        boolean=None if boolean is None else bool(boolean.toPython()),  # type: ignore[attr-defined]  # a Literal
        form=None if form is None else str(form),
    )


def read_body(graph: Graph, node: Node | None) -> bytes:
    """The characters of a request in the encoding that the manifest names."""
    if node is None:
        return b""
    characters = str(graph.value(node, CNT.chars))
    return characters.encode(str(graph.value(node, CNT.characterEncoding)))


def run_protocol(client: FlaskClient) -> Iterator[Finding]:
    """Every protocol test; an update must be refused and must change nothing."""
    for test in protocol_tests():
        faults = (run_exchange(client, test, one) for one in test.exchanges)
        fault = next(filter(None, faults), "")
        yield Finding("protocol", test.id, test.name, test.needs_update, fault)


def run_exchange(client: FlaskClient, test: ProtocolTest, exchange: Exchange) -> str:
    """Send one request; what is wrong with its answer, or nothing."""
    answer = client.open(
        exchange.address,
        method=exchange.method,
        headers=list(exchange.headers),
        data=exchange.body or None,
        base_url=f"http://{test.authority}/",
    )
    if not test.needs_update:
        return judge(exchange, answer)
    if exchange.is_update:
        return judge_refusal(answer)
    # What the update would have made true has not become true.
    return "" if read_boolean(answer) is False else "the update had an effect"


def judge(exchange: Exchange, answer: TestResponse) -> str:
    """Status, media type and content, as far as the manifest names them."""
    if answer.status_code // 100 not in exchange.statuses:
        return f"status {answer.status_code}"
    if exchange.form is not None and answer.mimetype not in FORMATS[exchange.form]:
        return f"{answer.mimetype} is not {exchange.form}"
    if exchange.boolean is not None and read_boolean(answer) is not exchange.boolean:
        return f"the answer is not {exchange.boolean}"
    if exchange.form is not None and not is_readable(answer):
        return "the answer cannot be read"
    if answer.status_code >= 400 and "issue" not in (answer.get_json() or {}):
        return "the refusal is no OperationOutcome"
    return ""


def judge_refusal(answer: TestResponse) -> str:
    """An update is forbidden, in so many words."""
    if answer.status_code != 403:
        return f"status {answer.status_code}"
    issue = answer.get_json()["issue"][0]
    return "" if issue["code"] == "forbidden" else f"issue {issue['code']}"


def read_boolean(answer: TestResponse) -> bool | None:
    """The answer of an ASK; None if it is anything else."""
    if answer.mimetype not in FORMATS["boolean"]:
        return None
    form = "json" if answer.mimetype == JSON_RESULTS else "xml"
    return Result.parse(source=BytesIO(answer.data), format=form).askAnswer


def is_readable(answer: TestResponse) -> bool:
    """Whether rdflib reads the answer as what it says that it is."""
    if answer.mimetype in RDF_FORMS:
        Graph().parse(data=answer.data, format=RDF_FORMS[answer.mimetype])
        return True
    forms = {JSON_RESULTS: "json", XML_RESULTS: "xml", "text/csv": "csv"}
    form = forms.get(answer.mimetype or "", "tsv")
    read = Result.parse(source=BytesIO(answer.data), format=form)
    return read.type in ("SELECT", "ASK")


def run_description(client: FlaskClient) -> Iterator[Finding]:
    """Every service description test; each has its checker here, or it fails."""
    checks = {
        "has-endpoint-triple": check_endpoint,
        "returns-rdf": check_rdf,
        "conforms-to-schema": check_schema,
    }
    base = "http://www.example/"
    answer = client.get(ENDPOINT, base_url=base)
    for _, identifier, name in entries("service-description"):
        fault = checks[identifier](answer, base.rstrip("/") + ENDPOINT)
        yield Finding("service-description", identifier, name, False, fault)


def read_description(answer: TestResponse) -> Graph:
    """The graph of an answer, empty when it is no RDF."""
    if answer.mimetype not in RDF_FORMS:
        return Graph()
    return Graph().parse(data=answer.data, format=RDF_FORMS[answer.mimetype])


def check_rdf(answer: TestResponse, _: str) -> str:
    """200, and a form of RDF with something in it."""
    if answer.status_code != 200 or answer.mimetype not in RDF_FORMS:
        return f"{answer.status_code} {answer.mimetype}"
    return "" if len(read_description(answer)) else "the graph is empty"


def check_endpoint(answer: TestResponse, address: str) -> str:
    """The address that was asked stands as sd:endpoint of a sd:Service."""
    graph = read_description(answer)
    services = list(graph.subjects(SD.endpoint, URIRef(address)))
    found = [one for one in services if (one, RDF.type, SD.Service) in graph]
    return "" if found else "no sd:Service has this sd:endpoint"


def check_schema(answer: TestResponse, _: str) -> str:
    """Every sd: word is one of the vocabulary and used as section 3 says."""
    graph = read_description(answer)
    if (None, RDF.type, SD.Service) not in graph:
        return "there is no sd:Service"
    return next(schema_faults(graph), "")


def schema_faults(graph: Graph) -> Iterator[str]:
    """Each statement that breaks the schema of service descriptions."""
    for subject, predicate, value in graph:
        if str(predicate).startswith(str(SD)):
            yield from property_faults(graph, (subject, predicate, value))
        elif str(value).startswith(str(SD)) and value not in {*CLASSES, *INDIVIDUALS}:
            yield f"{value} is no word of the vocabulary"
    yield from promise_faults(graph)


def promise_faults(graph: Graph) -> Iterator[str]:
    """What is said of the whole that is not so."""
    for node in graph.subjects(RDF.type, SD.NamedGraph):
        if len(list(graph.objects(node, SD.name))) != 1:
            yield "a named graph has one name"
    if (None, SD.feature, SD.BasicFederatedQuery) in graph:
        yield "federated queries are announced but refused"
    if (None, SD.supportedLanguage, SD.SPARQL11Update) in graph:
        yield "updates are announced but refused"


def property_faults(graph: Graph, triple: tuple[Node, Node, Node]) -> Iterator[str]:
    """Whether one sd: property has a subject and a value of the right class."""
    subject, predicate, value = triple
    if predicate not in SCHEMA:
        yield f"{predicate} is no property of the vocabulary"
        return
    domain, reach = SCHEMA[URIRef(str(predicate))]
    if not has_class(graph, subject, domain):
        yield f"the subject of {predicate} is no {domain}"
    if isinstance(value, Literal):
        yield f"the value of {predicate} is a literal"
    elif reach and not has_class(graph, value, reach):
        yield f"the value of {predicate} is no {reach}"


def has_class(graph: Graph, node: Node, name: URIRef) -> bool:
    """Whether a node is of a class: said, of the vocabulary, or defined elsewhere.

    A regime or profile of entailment and a feature may be names of other vocabularies,
    of which the description says nothing.
    """
    if isinstance(node, URIRef) and node in INDIVIDUALS:
        return INDIVIDUALS[node] == name
    kinds = set(graph.objects(node, RDF.type))
    elsewhere = {SD.EntailmentRegime, SD.EntailmentProfile, SD.Feature, SD.Function}
    if not kinds:
        return name in elsewhere and not isinstance(node, BNode)
    # The one subclass that counts here: a dataset is a collection of graphs.
    return name in kinds or (name == SD.GraphCollection and SD.Dataset in kinds)


def table(findings: list[Finding]) -> str:
    """The findings as the rows of a table in Markdown."""
    rows = [f"| `{one.id}` | {one.name} | {one.outcome} |" for one in findings]
    return "\n".join(["| Test | It says | Outcome |", "|---|---|---|", *rows])


def earl(findings: list[Finding]) -> Graph:
    """The findings as EARL, the vocabulary in which the W3C collects them."""
    graph = Graph()
    graph.bind("earl", EARL)
    for one in findings:
        (test,) = (node for node, id, _ in entries(one.suite) if id == one.id)
        claim, verdict = BNode(), BNode()
        outcome = EARL.inapplicable if one.needs_update else EARL.passed
        graph.add((claim, RDF.type, EARL.Assertion))
        graph.add((claim, EARL.subject, URIRef("urn:dpo:sparql")))
        graph.add((claim, EARL.test, test))
        graph.add((claim, EARL.mode, EARL.automatic))
        graph.add((claim, EARL.result, verdict))
        graph.add((verdict, RDF.type, EARL.TestResult))
        graph.add((verdict, EARL.outcome, EARL.failed if one.fault else outcome))
    return graph


@contextmanager
def endpoint(dataset: Sequence[Source] | None = None) -> Iterator[FlaskClient]:
    """A client of the service with another dataset than its own, or with its own."""
    app = create_app(Config(), dataset=dataset)
    try:
        yield app.test_client()
    finally:
        app.extensions["sparql"].close()


def find_all() -> list[Finding]:
    """Run both manifests: the protocol on the W3C's graphs, the description on ours."""
    graphs = [Source(path, graph=name) for name, path in test_graphs().items()]
    with endpoint(graphs) as client:
        findings = list(run_protocol(client))
    with endpoint() as client:
        return [*findings, *run_description(client)]


def main() -> int:
    """Print what came out; 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("--earl", action="store_true", help="as EARL in Turtle")
    arguments = parser.parse_args()
    findings = find_all()
    print(earl(findings).serialize() if arguments.earl else table(findings))
    return int(any(one.fault for one in findings))


if __name__ == "__main__":
    sys.exit(main())
