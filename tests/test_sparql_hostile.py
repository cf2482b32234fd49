"""Hostile queries: each gets its refusal, and the one after it gets its answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.config import Config
from service.reasoning.knowledge import Knowledge
from service.sparql.pool import Pool
from tests.hostile_corpus import QUERY, Hostile, Sink, read_corpus, request_of
from tests.served import (
    HOST,
    MemoryWatch,
    Served,
    children,
    descendants,
    serving,
    wait_until_gone,
)

ROOT = Path(__file__).parents[1]
CORPUS = read_corpus()
RESULTS = "application/sparql-results+json"
OUTCOME = "application/fhir+json"
# What every query is followed by: known, and cheap.
BASE = "https://w3id.org/pulmonary-ossification"
NEXT = (
    f"ASK {{ <{BASE}/dataset> ?p ?o . GRAPH <{BASE}/graph/asserted> {{ ?s ?q ?v }} }}"
)
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
# The deadline of what may run into it, and that of what must not, however busy the
# machine is with other things.
SHORT, LONG = 0.5, 30
# What a machine that does something else may take beyond a deadline.
PATIENCE = 10
pytestmark = [pytest.mark.allow_hosts([HOST])]


@dataclass(slots=True)
class Tripwire:
    """A file that tells when it is opened: a pipe whose writer waits for a reader."""

    path: Path
    opened: bool = False

    def __enter__(self) -> Self:
        os.mkfifo(self.path)
        threading.Thread(target=self._wait, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Lets the writer go, if nobody did.
        os.close(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK))

    def _wait(self) -> None:
        with suppress(BrokenPipeError), self.path.open("wb") as pipe:
            self.opened = True
            pipe.write(b"<urn:secret> <urn:secret> <urn:secret> .\n")


@dataclass(frozen=True, slots=True)
class Range:
    """Where the corpus is shot at: an application, and what must stay untouched."""

    client: FlaskClient
    pool: Pool
    sink: Sink
    file: Tripwire
    memory: MemoryWatch

    @property
    def places(self) -> dict[str, str]:
        """What the markers of the corpus stand for."""
        return {
            "sink": self.sink.address,
            "file": self.file.path.as_uri(),
            "other": "https://w3id.org/pulmonary-ossification/graph/secret",
        }


@pytest.fixture(scope="module")
def ground(
    knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Range]:
    """One application for the whole corpus."""
    app = create_app(Config(sparql_seconds=LONG), knowledge=knowledge)
    pool = app.extensions["sparql"]
    folder = tmp_path_factory.mktemp("file")
    try:
        with (
            Sink() as sink,
            Tripwire(folder / "data.nt") as file,
            MemoryWatch(os.getpid()) as memory,
        ):
            yield Range(app.test_client(), pool, sink, file, memory)
    finally:
        pool.close()


def is_fine(ground: Range) -> bool:
    """Whether a query of a good user gets its answer."""
    ground.pool.limits = replace(ground.pool.limits, seconds=LONG)
    answer = ground.client.post("/sparql", data=NEXT, content_type=QUERY)
    return answer.status_code == 200 and value(answer) == "true"


def shoot(ground: Range, one: Hostile) -> TestResponse:
    """Send an entry of the corpus."""
    seconds = SHORT if 422 in one.expect else LONG
    ground.pool.limits = replace(ground.pool.limits, seconds=seconds)
    sent = request_of(one, ground.places)
    return ground.client.open(
        "/sparql",
        method=sent.method,
        query_string=sent.parameters,
        headers=list(sent.headers),
        data=sent.body or None,
    )


def value(answer: TestResponse) -> str | int:
    """A boolean, the only value, or the number of rows."""
    document = json.loads(answer.data)
    if "boolean" in document:
        return str(document["boolean"]).lower()
    rows = document["results"]["bindings"]
    only = [cell["value"] for cell in rows[0].values()] if len(rows) == 1 else []
    return only[0] if len(only) == 1 else len(rows)


@pytest.mark.parametrize("one", CORPUS, ids=lambda one: f"{one.row}-{one.id}")
def test_a_hostile_query_meets_its_answer(ground: Range, one: Hostile) -> None:
    """As the corpus says, in time, within the memory, and harmless to the next one."""
    started = time.monotonic()
    answer = shoot(ground, one)
    seconds = time.monotonic() - started

    assert answer.status_code in one.expect, answer.text[:500]
    if answer.status_code == 200:
        assert one.answer is None or value(answer) == one.answer
    else:
        assert issue(answer) == one.expect[answer.status_code]
        assert not echoed(answer, ground)
    assert 422 not in one.expect or seconds < SHORT + PATIENCE
    assert (ground.sink.connections, ground.file.opened) == (0, False)
    assert ground.memory.highest <= ground.pool.limits.memory // 1024
    assert is_fine(ground)


def issue(answer: TestResponse) -> str:
    """The code of a refusal, which is an OperationOutcome."""
    assert answer.mimetype == OUTCOME
    document = answer.get_json(force=True)
    assert document["resourceType"] == "OperationOutcome"
    return str(document["issue"][0]["code"])


def echoed(answer: TestResponse, ground: Range) -> bool:
    """Whether a refusal shows anything of what was sent."""
    return any(part in answer.text for part in ("secret", *ground.places.values()))


def test_the_corpus_is_large_and_names_every_row() -> None:
    """At least sixty queries, each row of the threats on queries, and no id twice."""
    ids = Counter(one.id for one in CORPUS)

    assert len(CORPUS) >= 60
    assert {one.row for one in CORPUS} == {f"F{n}" for n in (*range(1, 8), 9, 10, 11)}
    assert [id for id, times in ids.items() if times > 1] == []


def test_an_unguarded_engine_would_call_the_sink() -> None:
    """The sink is no wall: the engine itself goes where SERVICE sends it."""
    program = "import sys, pyoxigraph; pyoxigraph.Store().query(sys.argv[1])"
    with Sink() as sink:
        query = f"SELECT * {{ SERVICE SILENT <{sink.address}> {{ ?s ?p ?o }} }}"
        subprocess.run([sys.executable, "-c", program, query], check=True)

        assert sink.connections == 1


def test_an_unguarded_engine_would_open_the_file(tmp_path: Path) -> None:
    """The tripwire trips: rdflib reads what FROM names."""
    program = "import sys, rdflib; rdflib.Dataset().query(sys.argv[1])"
    with Tripwire(tmp_path / "data.nt") as file:
        query = "SELECT * FROM <FILE> { ?s ?p ?o }".replace("FILE", file.path.as_uri())
        subprocess.run([sys.executable, "-c", program, query], check=False, timeout=60)

        assert file.opened


# --- a server under fire ---------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Served]:
    """`dpo serve` with one web process, whose queries end after a second."""
    with serving({"DPO_SPARQL_SECONDS": "1"}) as served:
        yield served


def pool_processes(server: Served) -> tuple[int, list[int]]:
    """The supervisor of the only web process, and its workers."""
    (web,) = children(server.process.pid)
    (supervisor,) = children(web)
    return supervisor, children(supervisor)


def interpret(server: Served) -> int:
    """The status of one report."""
    bundle = (ROOT / "tests/cases/gerd-36m/bundle.json").read_bytes()
    media = "application/json"
    return server.send("POST", "/fhir/$interpret", bundle, Content_Type=media).status


def test_a_flood_of_heavy_queries_leaves_the_rest_of_the_service_alone(
    server: Served,
) -> None:
    """Each of a hundred at once gets its answer, and every report is made meanwhile."""
    with ThreadPoolExecutor(100) as clients:
        heavy = [clients.submit(server.ask, HEAVY) for _ in range(100)]
        reports = [interpret(server) for _ in range(20)]
        answers = [one.result() for one in heavy]

    assert reports == [200] * 20
    assert {answer.status for answer in answers} <= {413, 422, 429, 503}
    assert {answer.status for answer in answers} >= {422, 429}
    for answer in answers:
        assert json.loads(answer.body)["resourceType"] == "OperationOutcome"
        assert (answer.status in (429, 503)) == ("Retry-After" in answer.headers)
    assert is_answered(server)


def is_answered(server: Served) -> bool:
    """Whether a query of a good user gets its answer."""
    answer = server.ask(NEXT)
    return answer.status == 200 and json.loads(answer.body)["boolean"] is True


@pytest.mark.parametrize("which", ["worker", "supervisor"])
def test_a_process_killed_from_outside_is_replaced(server: Served, which: str) -> None:
    """The next query has its answer."""
    assert is_answered(server)
    supervisor, workers = pool_processes(server)
    victim = supervisor if which == "supervisor" else workers[-1]

    os.kill(victim, signal.SIGKILL)

    assert wait_until_gone([victim]) == []
    assert is_answered(server)


def test_a_query_whose_worker_is_killed_is_answered() -> None:
    """As too costly: nobody but the kernel would kill it."""
    # A server of its own: without a supervisor nobody could tell how the worker ended.
    with serving({}) as server, ThreadPoolExecutor(1) as client:
        assert is_answered(server)
        answer = client.submit(server.ask, HEAVY)
        time.sleep(0.3)
        _, workers = pool_processes(server)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)

        assert answer.result().status == 422
        assert wait_until_gone(workers) == []
        assert is_answered(server)


def test_no_process_outlives_the_web_process() -> None:
    """Not even when that is killed in the middle of a query."""
    with serving({}) as served:
        assert is_answered(served)
        with ThreadPoolExecutor(1) as client:
            answer = client.submit(lambda: served.ask(HEAVY))
            time.sleep(0.3)
            family = descendants(served.process.pid)
            served.process.kill()
            for one in family[:1]:
                os.kill(one, signal.SIGKILL)

            assert len(family) >= 3
            assert wait_until_gone(family) == []
            assert isinstance(answer.exception(), OSError)
