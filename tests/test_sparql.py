"""`/sparql` and `/.well-known/void`: the protocol, formats, caches and refusals."""

from __future__ import annotations

import hashlib
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.config import SHIPPED_BUILD, Config
from service.errors import Busy, ClientLeft, Unavailable
from service.reasoning.knowledge import Knowledge
from service.reasoning.problems import KnowledgeError
from service.sparql.endpoint import mount_sparql
from service.sparql.pool import Pool
from service.sparql.queries import SavedQueries, load_queries
from service.sparql.question import Source

G = "http://g.example/"
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
JSON, TURTLE = "application/sparql-results+json", "text/turtle"
SELECT = f"SELECT ?o {{ <{G}a> <{G}p> ?o }} ORDER BY ?o"
GRAPH = f"CONSTRUCT {{ ?s <{G}q> ?o }} {{ ?s <{G}p> ?o }}"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CANARY = "Canary-7f3a"
SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"


def source(folder: Path, name: str, value: int) -> Source:
    """A graph with one statement, in a file with its hash."""
    path = folder / f"{name}.nt"
    path.write_text(f'<{G}a> <{G}p> "{value}" .\n', encoding="utf-8")
    return Source(path, f"{G}{name}", hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture(scope="module")
def small(
    knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """An application whose dataset is two small graphs."""
    folder = tmp_path_factory.mktemp("data")
    dataset = [source(folder, "one", 1), source(folder, "two", 2)]
    app = create_app(Config(sparql_rows=5), knowledge=knowledge, dataset=dataset)
    yield app
    app.extensions["sparql"].close()


@pytest.fixture
def client(small: Flask) -> FlaskClient:
    """A client of that application."""
    return small.test_client()


def get(client: FlaskClient, query: str, accept: str = "*/*") -> TestResponse:
    """A query by GET."""
    address = f"/sparql?query={quote(query)}"
    return client.get(address, headers={"Accept": accept})


def found(answer: TestResponse) -> list[str]:
    """The values of ?o."""
    assert answer.status_code == 200, answer.text
    rows = json.loads(answer.text)["results"]["bindings"]
    return [row["o"]["value"] for row in rows]


def code(answer: TestResponse) -> tuple[int, str]:
    """The status of a refusal, and the code of its OperationOutcome."""
    return answer.status_code, json.loads(answer.text)["issue"][0]["code"]


def triples(answer: TestResponse) -> set[tuple[str, str, str]]:
    """The graph of an answer, read by its own media type; `<...>` is an IRI."""
    assert answer.status_code == 200, answer.text
    form = ox.RdfFormat.from_media_type(str(answer.mimetype))
    return {
        (str(quad.subject), str(quad.predicate), str(quad.object))
        for quad in ox.parse(answer.data, form)
    }


# --- how a query comes -----------------------------------------------------------


def test_a_query_comes_by_get(client: FlaskClient) -> None:
    """In the parameter `query`."""
    assert found(get(client, SELECT)) == ["1", "2"]


def test_a_query_comes_by_a_posted_form(client: FlaskClient) -> None:
    """As a browser posts it."""
    assert found(client.post("/sparql", data={"query": SELECT})) == ["1", "2"]


def test_a_query_comes_by_itself(client: FlaskClient) -> None:
    """As the body of a POST."""
    answer = client.post("/sparql", data=SELECT, content_type=f"{DIRECT};charset=UTF-8")

    assert found(answer) == ["1", "2"]


@pytest.mark.parametrize("way", ["get", "form", "form and address", "direct"])
def test_graphs_are_named_beside_the_query(client: FlaskClient, way: str) -> None:
    """`default-graph-uri` and `named-graph-uri`, each as often as one likes."""
    query = f"SELECT ?o {{ ?s ?p ?o GRAPH ?g {{ ?s ?q ?n }} FILTER(?g = <{G}two>) }}"
    graphs = urlencode(
        [
            ("default-graph-uri", f"{G}one"),
            ("default-graph-uri", f"{G}nothing"),
            ("named-graph-uri", f"{G}two"),
            ("named-graph-uri", "file:///etc/passwd"),
        ]
    )
    asked = urlencode({"query": query})
    answer = {
        "get": lambda: client.get(f"/sparql?{asked}&{graphs}"),
        "form": lambda: client.post(
            "/sparql", data=f"{graphs}&{asked}", content_type=FORM
        ),
        "form and address": lambda: client.post(
            f"/sparql?{graphs}", data=asked, content_type=FORM
        ),
        "direct": lambda: client.post(
            f"/sparql?{graphs}", data=query, content_type=DIRECT
        ),
    }[way]()

    assert found(answer) == ["1"]


def test_unknown_parameters_are_passed_over(client: FlaskClient) -> None:
    """Clients in use send some of their own."""
    assert found(client.get(f"/sparql?query={quote(SELECT)}&timeout=0&x")) == ["1", "2"]


def test_a_slash_at_the_end_changes_nothing(client: FlaskClient) -> None:
    """Some clients add one."""
    assert found(client.get(f"/sparql/?query={quote(SELECT)}")) == ["1", "2"]


def test_text_of_any_script_arrives(client: FlaskClient) -> None:
    """As UTF-8, by each way."""
    query = 'SELECT ("é 骨 🫁" AS ?o) {}'
    answers = [
        get(client, query),
        client.post("/sparql", data={"query": query}),
        client.post("/sparql", data=query.encode(), content_type=DIRECT),
    ]

    assert [found(answer) for answer in answers] == [["é 骨 🫁"]] * 3


def test_relative_iris_are_relative_to_the_endpoint(client: FlaskClient) -> None:
    """Source: SPARQL 1.1 Query, section 4.1.1.2."""
    answer = get(client, "SELECT ?o { VALUES ?o { <x> <#y> } }")

    assert found(answer) == ["http://localhost/x", "http://localhost/sparql#y"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("?query=ASK{}&query=ASK{}", (400, "invalid")),
        ("?query=", (400, "invalid")),
        ("?query=CANARY", (400, "invalid")),
        ("?query=ASK{?s+?p+'%FF'}", (400, "invalid")),
        ("?query=ASK{?s+?p+'%ED%A0%80'}", (400, "invalid")),
        ("?query=ASK%00{}", (400, "invalid")),
        ("?query=ASK{}" + "&x=1" * 1000, (400, "invalid")),
        ("?query=ASK{}" + "&named-graph-uri=x:y" * 101, (400, "invalid")),
        ("?query=ASK{}&default-graph-uri=CANARY", (400, "invalid")),
        ("?query=ASK{}&default-graph-uri=", (400, "invalid")),
        ("?query=DROP+ALL", (403, "forbidden")),
        ("?update=DROP+ALL", (403, "forbidden")),
        ("?query=ASK{}&update=DROP+ALL", (403, "forbidden")),
        ("?query=ASK{SERVICE<http://x.example/>{}}", (403, "forbidden")),
        ("?query=ASK{}&format=CANARY", (406, "not-supported")),
        ("?query=ASK{}" + "%20" * 16_384, (413, "too-long")),
        ("?query=" + "{" * 65, (422, "too-costly")),
        ("?query=SELECT*{VALUES+?x{1+2+3+4+5+6}}", (413, "too-costly")),
    ],
)
def test_a_query_that_is_refused_says_why(
    client: FlaskClient, address: str, expected: tuple[int, str]
) -> None:
    """As an OperationOutcome that repeats nothing of it."""
    answer = client.get(f"/sparql{address}")

    assert code(answer) == expected
    assert "CANARY" not in answer.text


@pytest.mark.parametrize(
    ("body", "media", "expected"),
    [
        ("query=ASK{}&query=ASK{}", FORM, (400, "invalid")),
        ("", FORM, (400, "invalid")),
        ("default-graph-uri=x:y", FORM, (400, "invalid")),
        ("update=CLEAR+ALL", FORM, (403, "forbidden")),
        ("CLEAR ALL", DIRECT, (403, "forbidden")),
        ("CLEAR ALL", "application/sparql-update", (403, "forbidden")),
        ("ASK {}", "", (415, "not-supported")),
        ("ASK {}", "text/plain", (415, "not-supported")),
        ("ASK {}", "multipart/form-data; boundary=x", (415, "not-supported")),
        ("ASK {}", f"{DIRECT};charset=utf-16", (415, "not-supported")),
        ("query=ASK{}", f"{FORM};charset=latin-1", (415, "not-supported")),
        (b"ASK {} # \xff", DIRECT, (400, "invalid")),
        (b"query=ASK{}%23\xff", FORM, (400, "invalid")),
        (b"query=ASK{}%23%ff", FORM, (400, "invalid")),
        ("ASK {}" + " " * 16_384, DIRECT, (413, "too-long")),
        (b"x" * (1024 * 1024 + 1), DIRECT, (413, "too-long")),
    ],
)
def test_a_body_that_is_refused_says_why(
    client: FlaskClient, body: str | bytes, media: str, expected: tuple[int, str]
) -> None:
    """One query, in UTF-8, in a form or by itself; nothing else is read."""
    answer = client.post("/sparql", data=body, content_type=media or None)

    assert code(answer) == expected


def test_a_body_and_an_address_with_a_query_are_two(client: FlaskClient) -> None:
    """Which one was meant is not guessed."""
    answer = client.post("/sparql?query=ASK{}", data="ASK {}", content_type=DIRECT)

    assert code(answer) == (400, "invalid")


def test_a_packed_body_is_not_unpacked(client: FlaskClient) -> None:
    """It could be of any length."""
    headers = {"Content-Encoding": "gzip", "Content-Type": DIRECT}

    assert code(client.post("/sparql", data=b"x", headers=headers))[0] == 415


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("address", ["/sparql", "/.well-known/void"])
def test_other_verbs_are_not_served(
    client: FlaskClient, verb: str, address: str
) -> None:
    """There is nothing to change."""
    answer = client.open(address, method=verb)

    assert code(answer) == (405, "not-supported")
    assert "GET" in answer.headers["Allow"]


def test_head_is_get_without_its_body(client: FlaskClient) -> None:
    """With the same headers."""
    address = f"/sparql?query={quote(SELECT)}"
    head, whole = client.head(address), client.get(address)

    assert head.text == ""
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == whole.headers[name]


# --- what comes back -------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "table", "graph"),
    [
        ("", JSON, TURTLE),
        ("*/*", JSON, TURTLE),
        ("application/*", JSON, "application/n-triples"),
        ("text/*", "text/csv", TURTLE),
        (JSON, JSON, ""),
        ("application/json", "application/json", ""),
        ("application/xml", "application/xml", ""),
        ("application/sparql-results+xml", "application/sparql-results+xml", ""),
        ("text/csv", "text/csv", ""),
        ("text/tab-separated-values", "text/tab-separated-values", ""),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.6", "=", ""),
        (f"{JSON};q=0, */*", "application/sparql-results+xml", TURTLE),
        ("application/n-triples", "", "application/n-triples"),
        ("application/rdf+xml", "", "application/rdf+xml"),
        ("application/ld+json", "", "application/ld+json"),
        ("text/turtle;q=0.5, application/ld+json;q=0.6", "", "application/ld+json"),
        ("text/html", "", ""),
        (BROWSER, "application/xml", TURTLE),
        ("nonsense,,;q=x", "", ""),
    ],
)
def test_the_client_chooses_the_format(
    client: FlaskClient, accept: str, table: str, graph: str
) -> None:
    """By kind of answer; 406 where it accepts none of a kind."""
    expected = "application/sparql-results+xml" if table == "=" else table
    for query, media in ((SELECT, expected), (GRAPH, graph)):
        answer = get(client, query, accept)
        assert answer.status_code == (200 if media else 406)
        assert not media or answer.mimetype == media


def test_what_no_kind_of_answer_can_be_is_refused_with_all_formats(
    client: FlaskClient,
) -> None:
    """Before a query is run; else with the formats of its kind."""
    assert TURTLE in get(client, SELECT, "image/png").text
    assert TURTLE not in get(client, SELECT, "application/n-triples").text


@pytest.mark.parametrize(
    ("name", "query", "media"),
    [
        ("json", SELECT, JSON),
        ("xml", SELECT, "application/sparql-results+xml"),
        ("CSV", SELECT, "text/csv"),
        ("tsv", SELECT, "text/tab-separated-values"),
        ("turtle", GRAPH, TURTLE),
        ("n3", GRAPH, TURTLE),
        ("nt", GRAPH, "application/n-triples"),
        ("json", GRAPH, "application/ld+json"),
        ("rdf+xml", GRAPH, "application/rdf+xml"),
        ("json-ld", GRAPH, "application/ld+json"),
    ],
)
def test_a_link_chooses_the_format_too(
    client: FlaskClient, name: str, query: str, media: str
) -> None:
    """It has no headers: `format` counts more than Accept."""
    address = f"/sparql?query={quote(query)}&format={name}"

    assert client.get(address, headers={"Accept": "text/html"}).mimetype == media


def test_text_says_its_encoding(client: FlaskClient) -> None:
    """Formats that are text are UTF-8, and say so."""
    answer = get(client, SELECT, "text/csv")

    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.data == b"o\r\n1\r\n2\r\n"


@pytest.mark.parametrize(
    "media", [TURTLE, "application/n-triples", "application/rdf+xml"]
)
def test_a_graph_is_what_it_was_asked_to_be(client: FlaskClient, media: str) -> None:
    """In every format the same one."""
    assert triples(get(client, GRAPH, media)) == {
        (f"<{G}a>", f"<{G}q>", f'"{value}"') for value in (1, 2)
    }


def test_any_page_may_ask(client: FlaskClient) -> None:
    """The browser of a page from elsewhere gets answers and refusals alike."""
    for answer in (get(client, SELECT), get(client, "nonsense"), client.put("/sparql")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    for address in ("/sparql", "/.well-known/void"):
        asked = client.options(address, headers={"Origin": "https://x.example"})
        assert asked.status_code == 204
        assert "POST" in asked.headers["Access-Control-Allow-Methods"]
        assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]


def test_no_page_may_ask_about_patients(client: FlaskClient) -> None:
    """What is open is public knowledge only."""
    answer = client.post("/fhir/$interpret", headers={"Origin": "https://x.example"})

    assert "Access-Control-Allow-Origin" not in answer.headers


# --- caches ----------------------------------------------------------------------


def test_an_answer_is_kept_until_the_data_changes(client: FlaskClient) -> None:
    """A cache asks with its tag, and is told so without the query being run."""
    address = f"/sparql?query={quote(SELECT)}"
    answer = client.get(address)
    tag = answer.headers["ETag"]

    again = client.get(address, headers={"If-None-Match": f'"x", W/{tag}'})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    for headers in (answer.headers, again.headers):
        assert headers["Cache-Control"] == "no-cache"
        assert "Accept" in headers["Vary"]


def test_another_format_query_graph_or_dataset_has_another_tag(
    client: FlaskClient, app: Flask
) -> None:
    """What would be another answer."""
    answers = [
        get(client, SELECT),
        get(client, SELECT, "text/csv"),
        get(client, "ASK {}"),
        client.get(f"/sparql?query={quote(SELECT)}&default-graph-uri=x:y"),
        get(app.test_client(), SELECT),
    ]

    assert len({answer.headers["ETag"] for answer in answers}) == len(answers)


def test_what_is_never_the_same_is_not_kept(client: FlaskClient) -> None:
    """The time, a random number, and what was posted."""
    for answer in (
        get(client, "SELECT (NOW() AS ?o) {}"),
        client.post("/sparql", data={"query": SELECT}),
        get(client, "nonsense"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers


# --- refusals --------------------------------------------------------------------


@pytest.mark.parametrize("accept", [BROWSER, "text/plain, */*;q=0.1"])
def test_a_refusal_is_text_for_who_likes_text_more(
    client: FlaskClient, accept: str
) -> None:
    """With the code, the reason and the id of the answer."""
    headers = {"Accept": accept, "X-Request-Id": "r-1"}
    answer = client.get("/sparql?query=DROP+ALL", headers=headers)

    assert answer.status_code == 403
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.startswith("forbidden: This endpoint only reads")
    assert answer.text.endswith("\nid: r-1\n")


@pytest.mark.parametrize("accept", ["", "*/*", JSON, TURTLE, "application/json, */*"])
def test_a_refusal_is_an_operation_outcome_else(
    client: FlaskClient, accept: str
) -> None:
    """As everywhere in this service."""
    headers = {"Accept": accept} if accept else {}
    answer = client.get("/sparql?query=DROP+ALL", headers=headers)

    assert answer.mimetype == "application/fhir+json"
    assert code(answer) == (403, "forbidden")


def test_a_refusal_of_fhir_is_never_text(client: FlaskClient) -> None:
    """The contract says so."""
    answer = client.post("/fhir/$interpret", headers={"Accept": "text/plain"})

    assert answer.mimetype == "application/fhir+json"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Busy("Later."), (429, "throttled")),
        (Unavailable("Later."), (503, "transient")),
    ],
)
def test_a_refusal_for_now_says_when_to_come_again(
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    expected: tuple[int, str],
) -> None:
    """In whole seconds, at least one."""

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(Pool, "ask", refuse)
    answer = get(client, "ASK {}")

    assert code(answer) == expected
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_part_that_is_down_is_listed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is ready all the same."""
    assert json.loads(client.get("/ready").text)["down"] == []

    pool = client.application.extensions["sparql"]
    monkeypatch.setattr(pool, "resting", float("inf"))
    answer = client.get("/ready")

    assert answer.status_code == 200
    assert json.loads(answer.text)["down"] == ["sparql"]


def test_the_connection_of_the_client_is_watched(
    client: FlaskClient,
) -> None:
    """Gunicorn hands it over; a client that has left is not worked for."""
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        answer = client.get(
            f"/sparql?query={quote(SELECT)}",
            environ_overrides={"gunicorn.socket": ours},
        )

    assert answer.status_code in (200, ClientLeft.status)


def test_no_log_holds_a_query(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever becomes of it, and however it comes."""
    with caplog.at_level(logging.DEBUG):
        get(client, f"SELECT ('{CANARY}' AS ?o) {{}}")
        get(client, CANARY)
        client.post("/sparql", data={"query": CANARY})
        client.post("/sparql", data=f"ASK {{}} # {CANARY}", content_type=DIRECT)
        client.get(f"/sparql?query=ASK{{}}&default-graph-uri=x:{CANARY}")

    logged = [json.dumps(record.__dict__, default=str) for record in caplog.records]
    assert logged
    assert CANARY not in "".join(logged)


# --- the descriptions ------------------------------------------------------------


@pytest.mark.parametrize(
    "media",
    [TURTLE, "application/n-triples", "application/rdf+xml", "application/ld+json"],
)
def test_the_endpoint_describes_itself(app: Flask, media: str) -> None:
    """Source: SPARQL 1.1 Service Description, section 2: GET without a query."""
    answer = app.test_client().get("/sparql", headers={"Accept": media})
    graph = triples(answer)

    assert answer.mimetype == media
    address = "<http://localhost/sparql>"
    assert (address, f"<{SD}endpoint>", address) in graph
    said = {value for subject, _, value in graph if subject == address}
    assert {
        f"<{SD}{x}>" for x in ("Service", "SPARQL11Query", "UnionDefaultGraph")
    } <= said


def test_the_description_names_the_graphs_that_there_are(app: Flask) -> None:
    """With the number of triples that a query counts in each."""
    client = app.test_client()
    graph = triples(client.get("/sparql"))
    counts = {s: v for s, property, v in graph if property == f"<{VOID}triples>"}
    named = {v for _, property, v in graph if property == f"<{SD}namedGraph>"}
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    rows = json.loads(get(client, query).text)["results"]["bindings"]

    assert {f"<{row['g']['value']}>" for row in rows} == named
    for row in rows:
        assert f'"{row["n"]["value"]}"' in counts[f"<{row['g']['value']}>"]


def test_the_dataset_is_described_where_robots_look(app: Flask) -> None:
    """Source: VoID, section 6.2; with the address of the endpoint and the files."""
    answer = app.test_client().get("/.well-known/void")
    said = {property for _, property, _ in triples(answer)}

    assert answer.mimetype == TURTLE
    assert {f"<{VOID}{x}>" for x in ("triples", "sparqlEndpoint", "dataDump")} <= said
    assert answer.headers["ETag"]


def test_a_description_may_be_kept(app: Flask) -> None:
    """As answers are."""
    client = app.test_client()
    for address in ("/sparql", "/.well-known/void"):
        tag = client.get(address).headers["ETag"]

        again = client.get(address, headers={"If-None-Match": tag})

        assert again.status_code == 304


def test_a_description_is_no_table(app: Flask) -> None:
    """406 with the formats that there are."""
    for address in ("/sparql", "/.well-known/void?format=csv"):
        answer = app.test_client().get(address, headers={"Accept": "text/csv"})
        assert code(answer) == (406, "not-supported")


def test_an_endpoint_over_other_data_describes_itself(client: FlaskClient) -> None:
    """Where nothing says what the dataset is, that is left out."""
    graph = triples(client.get("/sparql"))

    assert {subject for subject, _, _ in graph} == {"<http://localhost/sparql>"}


def test_people_get_the_page(app: Flask) -> None:
    """A browser without a query; a program gets the description."""
    client = app.test_client()

    page = client.get("/sparql", headers={"Accept": BROWSER})

    assert page.mimetype == "text/html"
    assert client.get("/sparql", headers={"Accept": "*/*"}).mimetype == TURTLE


def test_without_a_page_people_get_the_description(small: Flask) -> None:
    """The page is a part that can be left out."""
    app = Flask("bare")
    pool, saved = small.extensions["sparql"], load_queries(SHIPPED_BUILD)
    mount_sparql(app, pool, saved)

    answer = app.test_client().get("/sparql", headers={"Accept": BROWSER})

    assert answer.mimetype == TURTLE


def test_a_build_without_the_descriptions_stops_the_start() -> None:
    """An endpoint that cannot say what it is would be none."""
    with pytest.raises(KnowledgeError, match="service-description, void"):
        mount_sparql(Flask("bare"), Pool([]), SavedQueries({}, {}))


def test_a_page_is_asked_for_when_it_is_there(small: Flask) -> None:
    """It reads the language itself."""
    app = Flask("bare")
    pool, saved = small.extensions["sparql"], load_queries(SHIPPED_BUILD)
    mount_sparql(app, pool, saved, lambda: Response("a page"))

    assert (
        app.test_client().get("/sparql", headers={"Accept": BROWSER}).text == "a page"
    )
