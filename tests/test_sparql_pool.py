"""The pool and its processes: limits, deaths, and the way out that is shut."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from service.errors import (
    Busy,
    ClientLeft,
    DocumentTooCostly,
    Forbidden,
    InvalidParameter,
    MalformedQuery,
    NotAcceptable,
    QueryTooCostly,
    ServiceError,
    Unavailable,
)
from service.sparql import pool as pools
from service.sparql.faults import of_death
from service.sparql.frames import LENGTHS, BrokenFrame, read_frame, send_frame
from service.sparql.pool import Pool, write_question
from service.sparql.question import MIB, Limits, Question, Source
from tests.served import is_running

G = "http://g.example/"
DATA = f"""
@prefix : <{G}> .
:one {{ :a :p :b . :b :p :c . _:x :p _:y }}
:two {{ :a :p :b . :c :p :d }}
:three {{ :a :q "1", "2", "3" }}
"""
COUNT = "SELECT (COUNT(*) AS ?n) {graphs} {{ ?s ?p ?o }}"
# Never done before the end of the universe, and before any deadline of these tests.
CROSS = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(40))
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}"
# Without brackets, and deeper than any stack.
DEEP = f"ASK {{ FILTER({'!' * 15_000}true) }}"


def doubling(times: int) -> str:
    """A query that doubles a text of 16 characters so often, and says its length."""
    steps = (f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(times))
    start = f'BIND("{"a" * 16}" AS ?x0)'
    return f"SELECT (STRLEN(?x{times}) AS ?n) {{ {start} {' '.join(steps)} }}"


QUICK = Limits(workers=1, queued=1, seconds=0.3, rows=3, size=4000, memory=256 * MIB)
PATIENT = Limits(workers=1, queued=1, seconds=20, memory=256 * MIB)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Three graphs; two have a statement in common."""
    path = tmp_path_factory.mktemp("sparql") / "data.trig"
    path.write_text(DATA, encoding="utf-8")
    return Source(path)


@pytest.fixture(scope="module")
def quick(data: Source) -> Iterator[Pool]:
    """A pool with limits that are easy to meet."""
    pool = Pool([data], QUICK)
    yield pool
    pool.close()


@pytest.fixture
def patient(data: Source) -> Iterator[Pool]:
    """A pool of its own, with a deadline that no test waits for."""
    pool = Pool([data], PATIENT)
    yield pool
    pool.close()


def ask(pool: Pool, text: str, **more: str) -> list[dict[str, str]]:
    """The rows of an answer, with the values only."""
    document = json.loads(pool.ask(Question(text, **more)).body)  # type: ignore[arg-type]  # texts only
    rows = document["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


def count(pool: Pool, **graphs: tuple[str, ...]) -> int:
    """How many statements the default graph has."""
    reply = pool.ask(Question(COUNT.format(graphs=""), **graphs))  # type: ignore[arg-type]  # names of graphs only
    return int(json.loads(reply.body)["results"]["bindings"][0]["n"]["value"])


def wait_for(claim: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether the claim becomes true in time."""
    end = time.monotonic() + seconds
    while not claim() and time.monotonic() < end:
        time.sleep(0.005)
    return claim()


def supervisor_of(pool: Pool) -> int:
    """The number of the supervisor."""
    assert pool.supervisor is not None
    return pool.supervisor.process.pid


# --- the dataset -----------------------------------------------------------------


def test_the_default_graph_is_the_union_of_all(quick: Pool) -> None:
    """A statement that two graphs have is one statement."""
    assert count(quick) == 7


def test_named_graphs_stay_what_they_are(quick: Pool) -> None:
    """The union is none of them."""
    rows = ask(quick, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")

    assert {row["g"] for row in rows} == {f"{G}one", f"{G}two", f"{G}three"}


def test_blank_nodes_are_the_same_in_the_union(quick: Pool) -> None:
    """What a graph says of one can be joined with what the union says."""
    query = (
        f"SELECT ?s {{ ?s ?p ?o GRAPH <{G}one> {{ ?s ?p ?o FILTER(ISBLANK(?s)) }} }}"
    )

    assert len(ask(quick, query)) == 1


@pytest.mark.parametrize(
    ("graphs", "expected"),
    [
        (f"FROM <{G}one>", 3),
        (f"FROM <{G}one> FROM <{G}two>", 4),
        (f"FROM <{G}two> FROM <{G}one> FROM <{G}three>", 7),
        (f"FROM <{G}one> FROM <{G}one>", 3),
        (f"FROM <{G}nothing>", 0),
        (f"FROM NAMED <{G}one>", 0),
        ("FROM <file:///etc/passwd> FROM <http://127.0.0.1/>", 0),
    ],
)
def test_from_chooses_the_default_graph(
    quick: Pool, graphs: str, expected: int
) -> None:
    """As a set, whatever the graphs share; what is not loaded is empty."""
    (row,) = ask(quick, COUNT.format(graphs=graphs))

    assert int(row["n"]) == expected


def test_merged_graphs_leave_nothing_behind(quick: Pool) -> None:
    """The next query sees the graphs of the dataset, and only those."""
    ask(quick, COUNT.format(graphs=f"FROM <{G}one> FROM <{G}two>"))

    (row,) = ask(quick, "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }")

    assert row["n"] == "3"


def test_graphs_of_the_protocol_are_the_whole_dataset(quick: Pool) -> None:
    """What is not named is not there, neither by default nor by name."""
    one, two = f"{G}one", f"{G}two"

    assert count(quick, default_graphs=(one, two)) == 4
    assert count(quick, named_graphs=(one,)) == 0
    reply = quick.ask(Question("ASK { GRAPH ?g { ?s ?p ?o } }", default_graphs=(one,)))
    assert json.loads(reply.body)["boolean"] is False


def test_graphs_of_the_protocol_count_more_than_from(quick: Pool) -> None:
    """Source: SPARQL 1.1 Protocol, section 2.1.4."""
    text = COUNT.format(graphs=f"FROM <{G}one> FROM <{G}two>")
    reply = quick.ask(Question(text, default_graphs=(f"{G}three",)))

    assert json.loads(reply.body)["results"]["bindings"][0]["n"]["value"] == "3"


def test_a_graph_needs_an_iri_as_its_name(quick: Pool) -> None:
    """A name that can be none is a fault of the request."""
    with pytest.raises(InvalidParameter, match="must be an IRI"):
        quick.ask(Question("ASK {}", default_graphs=("no iri",)))


def test_files_are_loaded_into_the_graphs_they_are_for(tmp_path: Path) -> None:
    """One file, one graph, in the format of its ending."""
    (tmp_path / "a.nt").write_text(f"<{G}a> <{G}p> <{G}b> .\n", encoding="utf-8")
    (tmp_path / "b.ttl").write_text(f"<{G}b> a <{G}c> .\n", encoding="utf-8")
    pool = Pool(
        [Source(tmp_path / "a.nt", f"{G}a"), Source(tmp_path / "b.ttl", f"{G}b")]
    )

    try:
        assert count(pool) == 2
        assert count(pool, default_graphs=(f"{G}b",)) == 1
    finally:
        pool.close()


def test_relative_names_are_relative_to_the_base(quick: Pool) -> None:
    """As the engine reads them, and as FROM is read before it."""
    graphs = "FROM <one> FROM <two>"
    question = Question(COUNT.format(graphs=graphs), base=f"{G}endpoint")

    bindings = json.loads(quick.ask(question).body)["results"]["bindings"]

    assert bindings[0]["n"]["value"] == "4"
    with pytest.raises(MalformedQuery):
        quick.ask(Question("ASK { ?s ?p <relative> }"))


def test_prefixes_may_be_known_without_being_declared(quick: Pool) -> None:
    """To the engine, and to whoever reads FROM before it; the query's own win."""
    known = (("g", G), ("none", "urn:none:"))
    query = COUNT.format(graphs="FROM g:one FROM none:two")

    for text, expected in ((query, 3), (f"PREFIX none: <{G}> {query}", 4)):
        reply = quick.ask(Question(text, prefixes=known))
        (row,) = json.loads(reply.body)["results"]["bindings"]
        assert int(row["n"]["value"]) == expected


def test_variables_are_filled_in(quick: Pool) -> None:
    """As an IRI, which no text can leave."""
    question = Question("SELECT ?s ?o { ?s ?p ?o }", substitutions={"s": f"{G}b"})

    rows = json.loads(quick.ask(question).body)["results"]["bindings"]

    assert [row["o"]["value"] for row in rows] == [f"{G}c"]
    with pytest.raises(InvalidParameter):
        quick.ask(Question(question.text, substitutions={"s": "> ?x"}, own=True))


# --- answers ---------------------------------------------------------------------

ROWS = {
    "application/sparql-results+json": b'"bindings":[',
    "application/json": b'"bindings":[',
    "application/sparql-results+xml": b"<results>",
    "application/xml": b"<results>",
    "text/csv": b"n\r\n",
    "text/tab-separated-values": b"?n\n",
}


@pytest.mark.parametrize("media", ROWS)
def test_a_table_of_exactly_the_limit_is_whole(quick: Pool, media: str) -> None:
    """One row more is refused, with the limit and the way around it; never cut."""
    text = 'SELECT ?n { VALUES ?n { "a\\nb,\\"<result>" "" UNDEF %s } }'
    reply = quick.ask(Question(text % "", solutions=media))
    assert ROWS[media] in reply.body
    assert reply.media == media

    with pytest.raises(DocumentTooCostly, match=r"more than 3 rows.*LIMIT and OFFSET"):
        quick.ask(Question(text % '"\\r\\n"', solutions=media))


@pytest.mark.parametrize("media", ROWS)
def test_rows_without_columns_count(quick: Pool, media: str) -> None:
    """A solution that binds nothing is a solution."""
    text = "SELECT * { VALUES () { () () () %s } }"
    quick.ask(Question(text % "", solutions=media))

    with pytest.raises(DocumentTooCostly):
        quick.ask(Question(text % "()", solutions=media))


@pytest.mark.parametrize(
    "media",
    [
        "text/turtle",
        "application/n-triples",
        "application/rdf+xml",
        "application/ld+json",
    ],
)
def test_a_graph_of_exactly_the_limit_is_whole(quick: Pool, media: str) -> None:
    """One triple more is refused."""
    text = f'CONSTRUCT {{ <{G}s> <{G}p> ?n }} {{ VALUES ?n {{ "a" "b" "c" %s }} }}'
    reply = quick.ask(Question(text % '"a"', graph=media))
    assert reply.media == media
    assert reply.body.count(b'"a"') + reply.body.count(b">a<") == 1

    with pytest.raises(DocumentTooCostly, match="3 rows"):
        quick.ask(Question(text % '"d"', graph=media))


def test_a_triple_that_many_solutions_give_is_one(quick: Pool) -> None:
    """It is neither written nor counted again, also if it is about a blank node."""
    where = f"?x <{G}p> ?y FILTER(ISBLANK(?x)) VALUES ?n {{ 1 2 3 4 }}"
    query = f"CONSTRUCT {{ ?x <{G}p> <{G}a> }} {{ {where} }}"

    reply = quick.ask(Question(query, graph="application/n-triples"))

    assert reply.body.count(b"\n") == 1


@pytest.mark.parametrize("form", ["SELECT ?x", f"CONSTRUCT {{ <{G}s> <{G}p> ?x }}"])
def test_an_answer_has_a_limit_of_bytes(quick: Pool, form: str) -> None:
    """Whatever the number of its rows."""
    with pytest.raises(DocumentTooCostly, match="longer than"):
        quick.ask(Question(f'{form} {{ VALUES ?x {{ "{"a" * 4000}" }} }}'))


def test_a_graph_is_written_with_the_prefixes_of_the_data(quick: Pool) -> None:
    """What belongs together stands together."""
    reply = quick.ask(
        Question(f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s <{G}q> ?o . ?s ?p ?o }}")
    )

    assert b'q "1" , "2" , "3"' in reply.body.replace(b":q", b"q")


def test_yes_or_no_is_told(quick: Pool) -> None:
    """ASK has no rows."""
    assert json.loads(quick.ask(Question("ASK {}")).body) == {
        "head": {},
        "boolean": True,
    }


@pytest.mark.parametrize(
    "question",
    [
        Question("ASK {}", solutions=""),
        Question("CONSTRUCT {} {}", graph=""),
        Question('SELECT ("\\u0001" AS ?x) {}', solutions="application/xml"),
        Question(f"CONSTRUCT {{ <{G}s> <{G}1> 1 }} {{}}", graph="application/rdf+xml"),
        Question(
            f"CONSTRUCT {{ <{G}s> <{G}p> <<( <{G}s> <{G}p> 1 )>> }} {{}}",
            graph="application/ld+json",
        ),
    ],
    ids=["table", "graph", "control character", "no name of XML", "triple as a term"],
)
def test_an_answer_that_no_accepted_format_can_hold_is_refused(
    quick: Pool, question: Question
) -> None:
    """With the formats that there are, instead of a document that nobody can read."""
    with pytest.raises(NotAcceptable, match="one of"):
        quick.ask(question)


def test_xml_keeps_carriage_returns(quick: Pool) -> None:
    """A reader of XML would take them for line feeds, were they not escaped."""
    question = Question('SELECT ("a\\r" AS ?x) {}', solutions="application/xml")

    assert b"<literal>a&#13;</literal>" in quick.ask(question).body


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT *\nWHERE { ?s CANARY }", "at line 2, column 18."),
        ("ASK { CANARY:x ?p ?o }", "prefix may not be declared"),
        ("SELECT ?CANARY (COUNT(*) AS ?n) { ?CANARY ?p ?o }", "neither groups"),
        ("", "at line 1, column 1"),
        ("ASK { ?s ?p ?o } ASK {}", "at line 1"),
    ],
)
def test_what_cannot_be_parsed_is_malformed(
    quick: Pool, text: str, message: str
) -> None:
    """With line and column, and without the text."""
    with pytest.raises(MalformedQuery, match=message) as refusal:
        quick.ask(Question(text))

    assert "CANARY" not in refusal.value.message


def test_a_long_answer_is_whole(patient: Pool) -> None:
    """However many pieces the system makes of it."""
    text = (
        f'SELECT ?x {{ VALUES ?x {{ "{"a" * 15_000}" }} VALUES ?y {{ {"1 " * 90} }} }}'
    )

    assert ask(patient, text) == [{"x": "a" * 15_000}] * 90


# --- messages --------------------------------------------------------------------


def message(head: bytes, body: bytes = b"", *, more: int = 0) -> Callable[[int], bytes]:
    """Receives a message byte by byte, which announces so many more."""
    framed = LENGTHS.pack(len(head), len(body) + more) + head + body
    pieces = iter(framed)

    def receive(_: int) -> bytes:
        piece = next(pieces, None)
        return b"" if piece is None else bytes([piece])

    return receive


def test_a_message_comes_in_pieces() -> None:
    """As sockets have it."""
    assert read_frame(message(b'{"a": 1}', b"body"), 4) == ({"a": 1}, b"body")


@pytest.mark.parametrize(
    "receive",
    [
        message(b"{}", b"body", more=1),
        message(b"{}", b"bodys"),
        message(b"no JSON"),
        message(b"[" * 100_000),
        message(b"[]"),
        message(b"\xff"),
        lambda _: b"",
    ],
    ids=["cut", "long", "no JSON", "deep", "no object", "no text", "nothing"],
)
def test_a_worker_that_talks_nonsense_is_not_believed(
    receive: Callable[[int], bytes],
) -> None:
    """A query may have broken it: its message is a fault, not ours."""
    with pytest.raises(BrokenFrame):
        read_frame(receive, 4)


# --- limits ----------------------------------------------------------------------


def check_ended(pool: Pool, text: str, reason: str) -> None:
    """A query is ended for a reason; the next one is answered in time."""
    with pytest.raises(QueryTooCostly, match=reason):
        pool.ask(Question(text))
    started = time.monotonic()
    assert count(pool) == 7
    print(f"recovered in {(time.monotonic() - started) * 1000:.0f} ms")


def test_a_query_is_ended_at_its_deadline(quick: Pool) -> None:
    """And says so; the process is gone, and another one answers."""
    started = time.monotonic()

    check_ended(quick, ENDLESS, "after 0.3 seconds")

    assert time.monotonic() - started < 5


def test_a_query_is_ended_by_its_memory(patient: Pool) -> None:
    """Only its own process is short of it."""
    check_ended(patient, doubling(40), "more than 256 MiB")


def test_a_query_that_breaks_the_engine_is_ended(quick: Pool) -> None:
    """The guard cannot know every way into the stack's end."""
    check_ended(quick, DEEP, "exhausted the engine")


def test_a_worn_worker_is_replaced(patient: Pool) -> None:
    """What one query has taken is not missing to the next."""
    count(patient)
    (before,) = patient.users.idle
    assert ask(patient, doubling(21)) == [{"n": str(16 * 2**21)}]

    assert patient.users.idle == []
    assert wait_for(lambda: not is_running(before.number))


def test_a_worker_answers_many_questions(quick: Pool) -> None:
    """A fork is for those that come after an end."""
    count(quick)
    (before,) = quick.users.idle

    with pytest.raises(MalformedQuery):
        quick.ask(Question("nonsense"))
    count(quick)

    assert quick.users.idle == [before]


def in_background(pool: Pool, *questions: Question) -> list[Future[object]]:
    """Ask in threads of their own."""
    executor = ThreadPoolExecutor(len(questions))
    futures = [executor.submit(pool.ask, question) for question in questions]
    executor.shutdown(wait=False)
    return futures  # type: ignore[return-value]  # what they give is not looked at


def test_a_busy_pool_sends_away(patient: Pool) -> None:
    """As many as may run and wait; the next one is told to come again."""
    patient.limits = Limits(workers=1, queued=1, seconds=1)
    running = in_background(patient, Question(ENDLESS), Question("ASK {}"))
    lane = patient.users
    assert wait_for(lambda: lane.running + lane.waiting == 2)

    with pytest.raises(Busy) as refusal:
        patient.ask(Question("ASK {}"))

    assert refusal.value.retry_after > 0
    assert {type(future.exception()) for future in running} <= {
        QueryTooCostly,
        Busy,
        type(None),
    }


def test_our_own_queries_have_a_lane_of_their_own(patient: Pool) -> None:
    """Users who keep all workers busy do not keep a page from being made."""
    patient.limits = Limits(workers=1, queued=1, seconds=2)
    running = in_background(patient, Question(ENDLESS), Question(ENDLESS))
    assert wait_for(lambda: patient.users.running == 1)

    reply = patient.ask(Question("ASK {}", own=True))

    assert b"true" in reply.body
    assert not any(future.done() for future in running)
    for future in running:
        assert future.exception() is not None


def test_a_stored_query_that_fails_is_our_fault(
    quick: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody who asks for a page is told to ask for less."""
    with caplog.at_level(logging.ERROR), pytest.raises(Unavailable):
        quick.ask(Question("nonsense CANARY", own=True))

    assert "syntax" in caplog.text
    assert "CANARY" not in caplog.text


def test_a_client_that_leaves_frees_its_worker(patient: Pool) -> None:
    """At once, though nobody has told the engine."""
    count(patient)
    (worker,) = patient.users.idle
    ours, theirs = socket.socketpair()
    with ours, ThreadPoolExecutor(1) as executor:
        future = executor.submit(patient.ask, Question(ENDLESS), ours)
        assert wait_for(lambda: patient.users.running == 1)
        left = time.monotonic()
        theirs.close()

        assert isinstance(future.exception(), ClientLeft)

    assert time.monotonic() - left < 1
    assert wait_for(lambda: not is_running(worker.number))
    assert count(patient) == 7


def test_a_client_that_leaves_while_it_waits_gives_up_its_place(patient: Pool) -> None:
    """The place is for those who are still there."""
    patient.limits = Limits(workers=1, queued=1, seconds=3)
    running = in_background(patient, Question(ENDLESS))
    assert wait_for(lambda: patient.users.running == 1)
    ours, theirs = socket.socketpair()
    theirs.close()

    with ours, pytest.raises(ClientLeft):
        patient.ask(Question("ASK {}"), ours)

    assert patient.users.waiting == 0
    assert running[0].exception() is not None


# --- the way out -----------------------------------------------------------------


def test_a_worker_may_open_nothing(quick: Pool) -> None:
    """Its descriptors are its channel and nothing, and there is room for no other."""
    count(quick)
    (worker,) = quick.users.idle
    proc = Path(f"/proc/{worker.number}")

    held = {int(path.name): str(path.readlink()) for path in (proc / "fd").iterdir()}
    limits = (proc / "limits").read_text(encoding="ascii")

    assert {held[n] for n in (0, 1, 2)} == {"/dev/null"}
    assert held[3].startswith("socket:")
    assert len(held) == 4
    for name, limit in (
        ("open files", 4),
        ("file size", 0),
        ("core file size", 0),
        ("address space", QUICK.memory),
    ):
        assert f"Max {name}".ljust(26) + str(limit).ljust(21) + str(limit) in limits
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    yielding = min(19, ours + pools.YIELDING)
    assert os.getpriority(os.PRIO_PROCESS, worker.number) == yielding


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_engine_reaches_nobody_even_when_it_tries(patient: Pool) -> None:
    """Without the guard: SERVICE is what the engine would go out with."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        worker = patient.hire(0)
        patient.users.give_back(worker)
        for silent in ("", "SILENT"):
            text = f"ASK {{ SERVICE {silent} <{address}> {{ ?s ?p ?o }} }}"
            head, _ = patient.exchange(worker, patient.users, Question(text), None)
            assert head.get("fault", "outside") == "outside"

        with pytest.raises(TimeoutError):
            server.accept()


def test_what_the_guard_misses_is_forbidden_too(
    quick: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine's failure to go out is told as what it was."""
    monkeypatch.setattr(
        pools, "check_query", lambda *_: type("", (), {"graphs": ((),)})
    )
    monkeypatch.setattr(pools, "with_graphs", lambda question, _: question)

    with pytest.raises(Forbidden, match="SERVICE"):
        quick.ask(Question("ASK { SERVICE <http://127.0.0.1:8000/> { ?s ?p ?o } }"))


def test_a_confined_process_opens_neither_file_nor_socket() -> None:
    """The limit itself, shown from inside."""
    program = """
import os, socket
from service.sparql.engine.worker import confine
ours, theirs = socket.socketpair()
if os.fork() == 0:
    theirs.close()
    channel = confine(ours, 1 << 32)
    for attempt in (socket.socket, lambda: open("/etc/passwd"), lambda: os.dup(0)):
        try:
            attempt()
        except OSError as problem:
            channel.sendall(problem.strerror.encode() + b"\\n")
        else:
            channel.sendall(b"opened\\n")
    os._exit(0)
ours.close()
print(theirs.makefile().read())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.split("\n")[:3] == ["Too many open files"] * 3


# --- deaths ----------------------------------------------------------------------


def test_a_lost_supervisor_is_replaced(
    patient: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asks next does not notice."""
    count(patient)
    (worker,) = patient.users.idle
    with caplog.at_level(logging.CRITICAL, "service"):
        os.kill(supervisor_of(patient), signal.SIGKILL)
        assert wait_for(lambda: not is_running(worker.number))

        assert count(patient) == 7


def test_a_supervisor_that_is_lost_in_mid_query_is_no_fault_of_the_query(
    patient: Pool,
) -> None:
    """It is asked again, of a new one, and judged by what it does there."""
    count(patient)
    patient.limits = Limits(seconds=4)
    running = in_background(patient, Question(ENDLESS))
    assert wait_for(lambda: patient.users.running == 1)
    lost = supervisor_of(patient)

    os.kill(lost, signal.SIGKILL)

    assert isinstance(running[0].exception(), QueryTooCostly)
    assert supervisor_of(patient) != lost


def test_an_idle_worker_that_dies_is_not_asked(patient: Pool) -> None:
    """The system may be short of memory; another worker is forked."""
    count(patient)
    (worker,) = patient.users.idle
    os.kill(worker.number, signal.SIGKILL)
    assert wait_for(lambda: not is_running(worker.number))

    assert count(patient) == 7


def test_ended_workers_are_reaped(patient: Pool) -> None:
    """No dead process stays in the table of the system for long."""
    patient.limits = Limits(seconds=0.1)
    numbers = []
    for _ in range(3):
        with pytest.raises(QueryTooCostly):
            patient.ask(Question(ENDLESS))
        count(patient)
        numbers += [worker.number for worker in patient.users.idle]

    children = f"/proc/{supervisor_of(patient)}/task/{supervisor_of(patient)}/children"
    alive = Path(children).read_text(encoding="ascii").split()
    assert len(set(numbers)) == 3
    assert len(alive) <= 2


def test_closing_a_pool_ends_its_processes(data: Source) -> None:
    """All of them, also one that is in the middle of a query."""
    pool = Pool([data], PATIENT)
    count(pool)
    numbers = [supervisor_of(pool), pool.users.idle[0].number]
    running = in_background(pool, Question(ENDLESS))
    assert wait_for(lambda: pool.users.running == 1)

    pool.close()

    assert wait_for(lambda: not any(map(is_running, numbers)))
    assert isinstance(running[0].exception(), Unavailable)


@pytest.mark.parametrize("query", ["ASK {}", ENDLESS], ids=["idle", "busy"])
def test_nothing_outlives_the_web_process(data: Source, query: str) -> None:
    """Not even when it is killed, and neither asks nor answers any more."""
    program = """
import sys, threading, time
from pathlib import Path
from service.sparql.faults import of_death
from service.sparql.frames import LENGTHS, BrokenFrame, read_frame, send_frame
from service.sparql.pool import Pool, write_question
from service.sparql.question import Question, Source
pool = Pool([Source(Path(sys.argv[1]))])
pool.ask(Question("ASK {}"))
print(pool.supervisor.process.pid, pool.users.idle[0].number, flush=True)
threading.Thread(target=pool.ask, args=[Question(sys.argv[2])]).start()
time.sleep(60)
"""
    command = [sys.executable, "-c", program, str(data.path), query]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        numbers = [int(number) for number in process.stdout.readline().split()]
        time.sleep(0.1)
        assert all(map(is_running, numbers))

        process.kill()

        assert wait_for(lambda: not any(map(is_running, numbers)), 2)


def test_a_worker_ends_by_itself_when_nobody_ends_it(data: Source) -> None:
    """For a web process that is stopped, the kernel keeps the deadline."""
    pool = Pool([data])
    try:
        worker = pool.hire(0)
        question = write_question(Question(ENDLESS), Limits(seconds=0.1))
        send_frame(worker.channel, question)
        with pytest.raises(BrokenFrame):
            read_frame(worker.channel.recv)

        assert worker.end(wait=True) == -signal.SIGALRM
    finally:
        pool.close()


def test_what_ends_a_worker_is_told_apart() -> None:
    """By its exit code: time, memory, and whatever broke it."""
    deaths = (signal.SIGALRM, signal.SIGABRT, signal.SIGKILL, signal.SIGSEGV, -1)

    faults = [of_death(-death)["fault"] for death in deaths]

    assert faults == ["time", "memory", "memory", "crash", "crash"]


@pytest.mark.parametrize(
    "source",
    [
        Source(Path("nowhere.trig")),
        Source(Path(__file__)),
        Source(Path(__file__).parent / "patients.tsv"),
    ],
    ids=["missing", "no RDF", "no format"],
)
def test_data_that_cannot_be_loaded_makes_sparql_unavailable(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    """After some tries none is made for a while, and that can be seen."""
    pool = Pool([source])
    with caplog.at_level(logging.ERROR):
        for _ in range(pools.TRIES):
            assert not pool.is_down()
            with pytest.raises(Unavailable):
                pool.ask(Question("ASK {}"))
    started = time.monotonic()

    with pytest.raises(Unavailable) as refusal:
        pool.ask(Question("ASK {}"))

    assert pool.is_down()
    assert refusal.value.retry_after > 0
    assert time.monotonic() - started < 0.1
    assert len(caplog.records) == pools.TRIES


def test_after_its_rest_a_pool_tries_again(tmp_path: Path) -> None:
    """What was missing may be there now."""
    pool = Pool([Source(tmp_path / "late.nt")])
    try:
        for _ in range(pools.TRIES):
            with pytest.raises(Unavailable):
                pool.ask(Question("ASK {}"))
        (tmp_path / "late.nt").write_text("", encoding="utf-8")
        pool.resting = time.monotonic()

        assert count(pool) == 0
        assert not pool.is_down()
    finally:
        pool.close()


def test_a_closed_pool_stays_closed(data: Source) -> None:
    """Whoever still asks does not start it again."""
    pool = Pool([data], QUICK)
    count(pool)
    pool.close()

    with pytest.raises(Unavailable):
        pool.ask(Question("ASK {}"))
    assert pool.supervisor is None


def test_a_pool_may_be_closed_while_it_starts(
    data: Source, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that is told to end does not wait for what it no longer needs."""
    pool = Pool([data])
    with ThreadPoolExecutor(1) as executor, caplog.at_level(logging.ERROR):
        warming = executor.submit(pool.warm)
        assert wait_for(pool.lock.locked)

        pool.close()

        assert warming.exception() is None
    assert pool.supervisor is None
    assert caplog.records == []


def test_a_cold_start_makes_wait_and_refuses_nobody(data: Source) -> None:
    """However many ask first, and however short the deadline."""
    pool = Pool([data], Limits(workers=1, queued=2, seconds=0.5))
    try:
        first = in_background(pool, *[Question("ASK {}")] * 3)

        assert [future.exception() for future in first] == [None] * 3
    finally:
        pool.close()


def test_data_with_another_hash_is_not_loaded(data: Source) -> None:
    """The file may have changed since the process started."""
    content = data.path.read_bytes()
    right = hashlib.sha256(content).hexdigest()
    for digest in (right, right[::-1]):
        pool = Pool([Source(data.path, digest=digest)])
        try:
            assert pool.digest == digest
            assert count(pool) == 7
            assert digest == right
        except Unavailable:
            assert digest != right
        finally:
            pool.close()


def test_no_error_of_a_query_quotes_it(quick: Pool) -> None:
    """Refusals are for logs and tickets, where the query may not belong."""
    for text in (f"ASK {{ ?s ?p 'CANARY' . {ENDLESS}", "CANARY", f"{DEEP} # CANARY"):
        with pytest.raises(ServiceError) as refusal:
            quick.ask(Question(text))
        assert "CANARY" not in refusal.value.message
