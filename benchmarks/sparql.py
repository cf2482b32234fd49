"""SPARQL: our pool beside rdflib in one run, and what hostile queries cost the rest.

rdflib gets what our default graph holds, as one Graph in memory: its fastest form.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread

import pyoxigraph as ox
from rdflib import Graph

from service.config import SHIPPED_BUILD
from service.errors import ServiceError
from service.sparql.pool import Pool
from service.sparql.question import Question

Row = tuple[str, float, str]
QUERIES = sorted((Path(__file__).parent / "queries").glob("*.rq"))
BUNDLE = Path(__file__).parents[1] / "tests" / "cases" / "gerd-36m" / "bundle.json"
SMALL = "ASK {}"
HOSTILE = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
HOST = "127.0.0.1"


def measure_sparql() -> list[Row]:
    """Every row of the table of SPARQL: what, milliseconds, budget."""
    graph = fill_rdflib()
    pool = Pool.of_build(SHIPPED_BUILD)
    try:
        rows = [row for path in QUERIES for row in compare(path, pool, graph)]
        del graph
        return [*rows, *measure_pool(pool), *measure_neighbours()]
    finally:
        pool.close()


def fill_rdflib() -> Graph:
    """Every statement of the dataset once, as rdflib holds it."""
    quads = ox.parse(path=SHIPPED_BUILD / "dpo.trig", format=ox.RdfFormat.TRIG)
    triples = dict.fromkeys(quad.triple for quad in quads)
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    return Graph().parse(data=text, format="nt")


def milliseconds(call: Callable[[], object], rounds: int) -> list[float]:
    """The times of so many calls after a first one, which warms up."""
    call()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return times


def compare(path: Path, pool: Pool, graph: Graph) -> Iterator[Row]:
    """One query through the pool and through rdflib, rows written as JSON by both."""
    query = path.read_text("utf-8")
    reply = json.loads(pool.ask(Question(query)).body)
    found = json.loads(graph.query(query).serialize(format="json") or b"")
    same = len(reply["results"]["bindings"]), len(found["results"]["bindings"])
    if same[0] != same[1]:
        raise AssertionError(f"{path.name}: {same[0]} rows here, {same[1]} in rdflib")
    ours = statistics.median(milliseconds(lambda: pool.ask(Question(query)), 15))
    theirs = statistics.median(
        milliseconds(lambda: graph.query(query).serialize(format="json"), 2)
    )
    yield f"{path.stem}, {same[0]} rows: pool", ours, ""
    yield f"{path.stem}: rdflib", theirs, f">= 10 x (now {theirs / ours:.0f} x)"


def measure_pool(pool: Pool) -> Iterator[Row]:
    """A round trip, and how soon the answer after a killed query comes."""
    trips = milliseconds(lambda: pool.ask(Question(SMALL)), 200)
    yield "round trip of the pool (ASK {})", statistics.median(trips), ""
    times = []
    for _ in range(3):
        try:
            pool.ask(Question(HOSTILE))
        except ServiceError:
            start = time.perf_counter()
            pool.ask(Question(SMALL))
            times.append((time.perf_counter() - start) * 1000)
    yield "answer after a killed query", max(times), "<= 250"


def measure_neighbours() -> Iterator[Row]:
    """`$interpret` through the real server, alone and beside hostile queries."""
    with serving() as port:
        interpret(port)
        alone = milliseconds(lambda: interpret(port), 60)
        with two_hostile(port):
            time.sleep(0.5)
            beside = milliseconds(lambda: interpret(port), 60)
    for name, pick in (("p50", 50), ("p99", 99)):
        low, high = (
            statistics.quantiles(one, n=100)[pick - 1] for one in (alone, beside)
        )
        change = (high / low - 1) * 100
        yield f"$interpret {name}, alone", low, ""
        yield (
            f"$interpret {name}, beside 2 hostile queries",
            high,
            f"<= +10 % ({change:+.0f} %)",
        )


@contextmanager
def serving() -> Iterator[int]:
    """`dpo serve` with one worker, on a free port."""
    command = [sys.executable, "-m", "service.cli", "serve", "--port", "0"]
    with subprocess.Popen(
        [*command, "--workers", "1"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None  # noqa: S101  # a pipe was asked for
        try:
            port = json.loads(process.stderr.readline())["port"]
            Thread(target=process.stderr.read, daemon=True).start()
            yield port
        finally:
            process.terminate()


@contextmanager
def two_hostile(port: int) -> Iterator[None]:
    """Two clients that ask for the impossible, again and again."""
    done = Event()

    def annoy() -> None:
        while not done.is_set():
            post(port, "/sparql", HOSTILE.encode(), "application/sparql-query")

    clients = [Thread(target=annoy) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        done.set()
        for client in clients:
            client.join()


def interpret(port: int) -> None:
    """One report."""
    status = post(port, "/fhir/$interpret", BUNDLE.read_bytes(), "application/json")
    if status != HTTPStatus.OK:
        raise AssertionError(f"$interpret answered {status}")


def post(port: int, path: str, body: bytes, media: str) -> int:
    """The status of a POST; the answer is read."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": media})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
