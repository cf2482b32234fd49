"""The real server on 127.0.0.1: framing, slow clients, and how it stops."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from service import serve
from service.serve import Binding, PatientSocket, server_settings

HOST = "127.0.0.1"
MIB = 1024 * 1024
POST = (
    b"POST /fhir/$interpret HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
)
pytestmark = [pytest.mark.allow_hosts([HOST])]


@dataclass(frozen=True, slots=True)
class Running:
    """A server process and the port that the system chose for it."""

    process: subprocess.Popen[str]
    port: int

    def send(self, *pieces: bytes) -> bytes:
        """What comes back until the server closes or has answered once."""
        with socket.create_connection((HOST, self.port), timeout=20) as connection:
            for piece in pieces:
                connection.sendall(piece)
            return receive(connection)


def receive(connection: socket.socket) -> bytes:
    """One answer: its head, and the body whose length it announces."""
    answer = b""
    while chunk := connection.recv(65_536):
        answer += chunk
        head, found, body = answer.partition(b"\r\n\r\n")
        announced = re.search(rb"(?i)content-length: (\d+)", head)
        if found and announced and len(body) >= int(announced[1]):
            break
    return answer


def status(answer: bytes) -> int:
    """The status of an answer; 0 when the connection closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


@contextmanager
def serving(seconds: int) -> Iterator[Running]:
    """`dpo serve` with one worker that waits so many seconds for a client."""
    program = (
        "import sys; from service import cli, serve; "
        f"serve.SENDING_SECONDS = {seconds}; sys.exit(cli.main(sys.argv[1:]))"
    )
    options = ["--port", "0", "--workers", "1", "--threads", "4"]
    with subprocess.Popen(
        [sys.executable, "-c", program, "serve", *options],
        env={**os.environ, "DPO_MAX_BODY_MIB": "1"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            running = Running(process, json.loads(process.stderr.readline())["port"])
            assert (
                status(running.send(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n")) == 200
            )
            yield running
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """One server for the tests that only send something to it."""
    with serving(seconds=1) as running:
        yield running


def chunked(*chunks: bytes) -> bytes:
    """A request with a chunked body."""
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return POST + b"Transfer-Encoding: chunked\r\n\r\n" + framed


def test_a_report_comes_over_the_wire(server: Running, bundle: bytes) -> None:
    """The main job, through the real server."""
    answer = server.send(POST, b"Content-Length: %d\r\n\r\n" % len(bundle), bundle)

    assert status(answer) == 200
    document = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert document["entry"][0]["resource"]["resourceType"] == "DiagnosticReport"


def test_an_announced_body_over_the_limit_is_413(server: Running) -> None:
    """Refused by its length, before it is sent."""
    answer = server.send(POST, b"Content-Length: %d\r\n\r\n" % (MIB + 1))

    assert status(answer) == 413
    assert b'"too-long"' in answer


def test_a_chunked_body_over_the_limit_is_413(server: Running) -> None:
    """Never cut at the limit and carried on."""
    answer = server.send(chunked(b" " * MIB, b" ", b""))

    assert status(answer) == 413
    assert b'"too-long"' in answer


def test_a_chunked_body_of_exactly_the_limit_is_read(server: Running) -> None:
    """It is no document, so the refusal is about its content."""
    answer = server.send(chunked(b" " * MIB) + b"0\r\n\r\n")

    assert status(answer) == 400
    assert b'"structure"' in answer


@pytest.mark.parametrize(
    "framing",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n{}",
        b"Content-Length: x\r\n\r\n{}",
    ],
    ids=["chunk size", "chunk end", "both", "two lengths", "negative", "no number"],
)
def test_a_framing_that_two_servers_could_read_differently_is_400(
    server: Running, framing: bytes
) -> None:
    """And the connection closes, since nobody knows where the next request starts."""
    with socket.create_connection((HOST, server.port), timeout=20) as connection:
        connection.sendall(POST + framing)
        answer = receive(connection)
        rest = connection.recv(1)

    assert status(answer) == 400
    assert rest == b""


def test_a_request_without_host_is_400(server: Running) -> None:
    """HTTP/1.1 has none; an old client of HTTP/1.0 may."""
    assert status(server.send(b"GET /live HTTP/1.1\r\n\r\n")) == 400
    assert server.send(b"GET /live HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200")


def test_an_endless_length_is_refused(server: Running) -> None:
    """10^30 bytes are announced, none is waited for."""
    answer = server.send(POST, b"Content-Length: 1%s\r\n\r\n" % (b"0" * 30))

    assert status(answer) in (400, 413)


def test_a_client_that_leaves_in_mid_body_does_no_harm(server: Running) -> None:
    """The next one is served."""
    with socket.create_connection((HOST, server.port), timeout=20) as connection:
        connection.sendall(POST + b"Content-Length: 100\r\n\r\n{")

    assert status(server.send(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")) == 200


@pytest.mark.parametrize(
    "begun",
    [b"GET /live HTTP/1.1\r\nHost", POST + b"Content-Length: 100\r\n\r\n{"],
    ids=["headers", "body"],
)
def test_slow_clients_lose_their_connection_not_our_threads(
    server: Running, begun: bytes
) -> None:
    """More of them than threads, each sending a byte now and then."""
    slow = [socket.create_connection((HOST, server.port), timeout=20) for _ in range(6)]
    for connection in slow:
        connection.sendall(begun)
    started = time.monotonic()

    answer = server.send(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")

    assert status(answer) == 200
    assert time.monotonic() - started < 5
    for connection in slow:
        assert status(receive(connection)) in (0, 400)
        connection.close()


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        (b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 9000), 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: %s\r\n\r\n" % (b"a" * 20_000), 431),
    ],
    ids=["address", "header"],
)
def test_a_head_without_end_is_refused(
    server: Running, request_line: bytes, expected: int
) -> None:
    """Addresses and headers have limits."""
    assert status(server.send(request_line)) == expected


def test_a_request_in_flight_is_answered_before_the_end() -> None:
    """SIGTERM drains: what was begun is finished, then the process ends well."""
    with serving(seconds=10) as running:
        address = (HOST, running.port)
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(POST + b"Content-Length: 2\r\n\r\n{")
            time.sleep(0.2)
            running.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            connection.sendall(b"}")
            answer = receive(connection)
        logged = running.process.communicate(timeout=30)[1]

    assert status(answer) == 400
    assert running.process.returncode == 0
    lines = [json.loads(line) for line in logged.splitlines()]
    assert [(line["event"], line["status"]) for line in lines] == [
        ("request", 200),
        ("request", 400),
    ]


def test_a_patient_socket_gives_up_as_if_the_client_had_left() -> None:
    """A deadline for the whole, not for each byte."""
    ours, theirs = socket.socketpair()
    with theirs, PatientSocket(fileno=ours.detach()) as patient:
        patient.deadline = time.monotonic() + 0.05
        theirs.sendall(b"x")

        assert patient.recv(10) == b"x"
        with pytest.raises(ConnectionResetError):
            patient.recv(10)


def test_the_body_has_a_time_of_its_own() -> None:
    """Slow headers take nothing from it."""
    ours, theirs = socket.socketpair()
    with theirs, PatientSocket(fileno=ours.detach()) as patient:
        patient.deadline = 0
        request: Any = SimpleNamespace(unreader=SimpleNamespace(sock=patient))

        server_settings(Binding(HOST, 8000, 2, 8))["pre_request"](None, request)

        assert patient.deadline > time.monotonic()


def test_a_host_of_ipv6_is_written_in_brackets() -> None:
    """Gunicorn could not tell the port otherwise."""
    settings = server_settings(Binding("::1", 8000, 2, 8))

    assert settings["bind"] == ["[::1]:8000"]


def test_no_application_is_shared_between_processes() -> None:
    """Each worker loads its own, after the fork; the drain is bounded."""
    settings = server_settings(Binding(HOST, 8000, 2, 8))

    assert settings["preload_app"] is False
    assert settings["graceful_timeout"] == serve.DRAIN_SECONDS == 25
