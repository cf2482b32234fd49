"""SPARQL behind the real server on 127.0.0.1: clients that leave, floods, the end."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.served import children, descendants, wait_until_gone
from tests.test_serve import HOST, Running, serving, status

pytestmark = [pytest.mark.allow_hosts([HOST])]
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
FLOOD = 12


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """One process with one worker, for which nobody waits, and no deadline to meet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DPO_SPARQL_WORKERS", "1")
        patch.setenv("DPO_SPARQL_QUEUED", "0")
        patch.setenv("DPO_SPARQL_SECONDS", "60")
        with serving(seconds=10) as running:
            assert wait_for_status(running, "ASK {}", 200)
            yield running


def request(query: str) -> bytes:
    """A query by GET."""
    return b"GET /sparql?query=%s HTTP/1.1\r\nHost: x\r\n\r\n" % quote(query).encode()


def connect(server: Running, query: str) -> socket.socket:
    """A client that has asked, and waits."""
    connection = socket.create_connection((HOST, server.port), timeout=30)
    connection.sendall(request(query))
    return connection


def occupy(server: Running) -> socket.socket:
    """A client whose query keeps the only worker busy."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        connection = connect(server, ENDLESS)
        refused = status(server.send(request("ASK {}"))) == 429
        if refused and not select.select([connection], [], [], 0)[0]:
            return connection
        connection.close()
        time.sleep(0.05)
    raise TimeoutError


def wait_for_status(server: Running, query: str, expected: int) -> bool:
    """Whether an answer of that status comes in time."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if status(server.send(request(query))) == expected:
            return True
        time.sleep(0.02)
    return False


def test_a_client_that_leaves_is_not_worked_for(server: Running) -> None:
    """Within a second its worker is free for the next one."""
    connection = occupy(server)
    left = time.monotonic()
    connection.close()

    assert wait_for_status(server, "ASK {}", 200)
    assert time.monotonic() - left < 2


def test_a_flood_of_queries_leaves_interpret_alone(
    server: Running, bundle: bytes
) -> None:
    """What is too much is sent away at once, with when to come again."""
    flood = [occupy(server), *(connect(server, ENDLESS) for _ in range(FLOOD))]
    post = (
        b"POST /fhir/$interpret HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
        b"\r\nContent-Length: %d\r\n\r\n" % len(bundle)
    )
    started = time.monotonic()

    report = server.send(post, bundle)

    assert status(report) == 200
    assert time.monotonic() - started < 10
    refused = server.send(request("ASK {}"))
    assert status(refused) == 429
    assert re.search(rb"(?i)retry-after: [1-9]", refused)
    for connection in flood:
        connection.close()
    assert wait_for_status(server, "ASK {}", 200)


def test_a_page_is_made_while_users_keep_all_workers_busy(server: Running) -> None:
    """The description of the endpoint is a stored query: it has its own lane."""
    connection = occupy(server)

    answer = server.send(b"GET /sparql HTTP/1.1\r\nHost: x\r\n\r\n")

    assert status(answer) == 200
    connection.close()
    assert wait_for_status(server, "ASK {}", 200)


def test_no_process_outlives_its_server() -> None:
    """Neither a web process that is killed in mid query, nor one that ends well."""
    with serving(seconds=10) as running:
        for end in (signal.SIGKILL, signal.SIGTERM):
            assert wait_for_status(running, "ASK {}", 200)
            (web,) = children(running.process.pid)
            below = descendants(web)
            assert len(below) >= 2
            with connect(running, ENDLESS if end == signal.SIGKILL else "ASK {}"):
                time.sleep(0.1)
                os.kill(web if end == signal.SIGKILL else running.process.pid, end)

            assert wait_until_gone(below) == []
        assert running.process.wait(30) == 0
