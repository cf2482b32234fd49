"""nginx and gunicorn as docker-compose.yml has them: Debian's nginx, our configuration.

What a client sees through nginx is what the service answers; what nginx refuses is
FHIR too; and nothing of a patient is left in what nginx writes.
"""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

import pytest

from tests.proxied import Proxied, free_port, proxying
from tests.served import HOST, Answer, Served, serving

ROOT = Path(__file__).parents[1]
CASE = (ROOT / "tests/cases/mitral-87m/bundle.json").read_bytes()
CANARY = "canary-5f71"
INTERPRET = "/fhir/$interpret"
MIB = 1024 * 1024
# What nginx writes itself, and what differs from one answer to the next.
OWN = frozenset({"server", "date", "connection", "x-request-id", "transfer-encoding"})
TIME = re.compile(rb"20\d\d-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)")
pytestmark = [pytest.mark.nginx, pytest.mark.allow_hosts([HOST])]


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    """The service, with fewer threads than there will be slow clients."""
    with serving({}, ("--workers", "1", "--threads", "4")) as running:
        yield running


@pytest.fixture
def proxied(service: Served) -> Iterator[Proxied]:
    """Nginx before it, with logs of its own for each test."""
    with proxying(f"{HOST}:{service.port}") as running:
        yield running


def interpret(served: Served, **headers: str) -> Answer:
    """A case sent to the operation."""
    return served.send(
        "POST", INTERPRET, CASE, Content_Type="application/fhir+json", **headers
    )


def headers_of(answer: Answer) -> dict[str, str]:
    """The headers of the service: not what differs by time, connection or hop."""
    return {
        name.lower(): value
        for name, value in answer.headers.items()
        if name.lower() not in OWN
    }


def test_a_case_is_answered_as_without_nginx(service: Served, proxied: Proxied) -> None:
    """The body, but for the time at which it was made."""
    direct, through = interpret(service), interpret(proxied.front)

    assert (direct.status, through.status) == (200, 200)
    assert TIME.sub(b"", through.body) == TIME.sub(b"", direct.body)


@pytest.mark.parametrize("path", ["/", "/fhir/metadata", "/ontology/", "/nowhere"])
def test_the_headers_of_the_service_survive(
    service: Served, proxied: Proxied, path: str
) -> None:
    """Each of them: media type, security, caching, Vary."""
    host, same = f"{HOST}:{service.port}", "same"
    direct = service.send("GET", path, Host=host, X_Request_Id=same)
    through = proxied.front.send("GET", path, Host=host, X_Request_Id=same)

    assert through.status == direct.status
    assert headers_of(through) == headers_of(direct)


def test_the_host_of_the_client_arrives(proxied: Proxied) -> None:
    """So that links lead to where the client asked, with its port."""
    answer = proxied.front.send("GET", "/.well-known/void", Host="dpo.example:8443")

    assert b"http://dpo.example:8443/" in answer.body


def test_what_a_client_claims_of_hops_ends_at_nginx(proxied: Proxied) -> None:
    """No client decides which address or protocol the service believes in."""
    path, front = "/.well-known/void", proxied.front
    plain = front.send("GET", path, Host="x")
    claimed = front.send(
        "GET", path, Host="x", X_Forwarded_Proto="https", X_Forwarded_Host=CANARY
    )

    assert claimed.body == plain.body


def test_hops_are_not_told_of() -> None:
    """What the service is sent, seen by something that shows it."""
    with echoing() as (port, heard), proxying(f"{HOST}:{port}") as front:
        front.front.send(
            "GET",
            "/live",
            X_Forwarded_For=CANARY,
            X_Real_Ip=CANARY,
            Forwarded=f"for={CANARY}",
        )

        assert CANARY.encode() not in heard[0]
        assert b"X-Request-Id: " in heard[0]


@contextmanager
def echoing() -> Iterator[tuple[int, list[bytes]]]:
    """A server that keeps the head of each request and answers 200 to it."""
    heard: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(65_536))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with ThreadPoolExecutor() as pool, socket.create_server((HOST, 0)) as listener:
        pool.submit(listen)
        try:
            yield listener.getsockname()[1], heard
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def test_the_id_of_a_request_passes(proxied: Proxied) -> None:
    """There and back, and into the log."""
    answer = interpret(proxied.front, X_Request_Id="ward-7.42")

    assert answer.headers["X-Request-Id"] == "ward-7.42"
    assert json.loads(proxied.lines(1)[0])["id"] == "ward-7.42"


def test_a_request_without_an_id_gets_one(proxied: Proxied) -> None:
    """The same in the answer and in the log."""
    answer = interpret(proxied.front)

    assert json.loads(proxied.lines(1)[0])["id"] == answer.headers["X-Request-Id"]


def test_an_ill_formed_id_is_not_taken(proxied: Proxied) -> None:
    """Nor written down by nginx."""
    answer = interpret(proxied.front, X_Request_Id=f"{CANARY} {CANARY}")

    assert CANARY not in answer.headers["X-Request-Id"]
    proxied.lines(1)
    assert CANARY not in proxied.written()


def test_slow_clients_do_not_stop_the_others(proxied: Proxied) -> None:
    """Fifty bodies that never end, before a service with four threads."""
    with slow_clients(proxied.port):
        answers = [proxied.front.send("GET", "/live").status for _ in range(20)]

        assert answers == [200] * 20
        assert interpret(proxied.front).status == 200


def test_the_service_hears_of_a_body_when_it_is_whole() -> None:
    """So that nobody can keep its threads waiting, however slowly they send."""
    with (
        echoing() as (port, heard),
        proxying(f"{HOST}:{port}") as front,
        slow_clients(front.port),
    ):
        assert front.front.send("GET", "/live").status == 200

        assert [each.partition(b" ")[0] for each in heard] == [b"GET"]


@contextmanager
def slow_clients(port: int) -> Iterator[None]:
    """Fifty connections that have sent a head and one byte of a body."""
    head = (
        f"POST {INTERPRET} HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n"
        "Content-Type: application/fhir+json\r\n\r\n{"
    )
    with ExitStack() as stack:
        for _ in range(50):
            slow = socket.create_connection((HOST, port), timeout=60)
            stack.enter_context(slow).sendall(head.encode())
        yield


def test_a_body_over_the_limit_is_refused_unread(proxied: Proxied) -> None:
    """413 as FHIR, with an id that the log has too."""
    answer = announce(proxied.port, 256 * MIB + 1)

    assert answer.status == 413
    assert answer.headers["Content-Type"] == "application/fhir+json"
    outcome = json.loads(answer.body)
    assert outcome["issue"][0]["code"] == "too-long"
    assert outcome["id"] == answer.headers["X-Request-Id"]
    assert json.loads(proxied.lines(1)[0])["id"] == outcome["id"]


def test_a_body_at_the_limit_of_nginx_is_for_the_service(proxied: Proxied) -> None:
    """Which says what is too long for JSON: 17 MiB reach it."""
    body = b" " * (17 * MIB)
    answer = proxied.front.send(
        "POST", INTERPRET, body, Content_Type="application/fhir+json"
    )

    assert answer.status == 413
    assert "256 MiB" not in answer.body.decode()
    assert json.loads(proxied.lines(1)[0])["upstream"] == "413"


def announce(port: int, length: int, path: str = INTERPRET) -> Answer:
    """The answer to a head that announces a body which is never sent."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.putrequest("POST", path)
        connection.putheader("Content-Type", "application/fhir+json")
        connection.putheader("Content-Length", str(length))
        connection.endheaders()
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())
    finally:
        connection.close()


def test_a_service_that_is_away_is_said_so() -> None:
    """502 as FHIR, and when to come again."""
    with proxying(f"{HOST}:{free_port()}") as front:
        answer = interpret(front.front)

    assert answer.status == 502
    assert answer.headers["Retry-After"] == "10"
    assert json.loads(answer.body)["issue"][0]["code"] == "transient"


def test_logs_hold_no_patient(proxied: Proxied) -> None:
    """Neither id nor query nor header, whatever becomes of the request."""
    front = proxied.front
    path = f"/fhir/Patient/{CANARY}/$interpret"
    asked = f"{path}?write=true&name={CANARY}"
    front.send("POST", asked, b"{}", Referer=CANARY, User_Agent=CANARY)
    front.send("CANARY", f"/{CANARY}")
    announce(proxied.port, 256 * MIB + 1, path)
    with socket.create_connection((HOST, proxied.port), timeout=20) as raw:
        raw.sendall(f"GET /{CANARY} HTTP/1.1\r\n{CANARY}\r\n\r\n".encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    leave_early(proxied.port, path)
    front.send("GET", "/live")

    lines = [json.loads(line) for line in proxied.lines(6)]
    assert {"patient-interpret", "other", "health"} <= {line["route"] for line in lines}
    assert "canary" not in proxied.written().lower()


def leave_early(port: int, path: str) -> None:
    """Send half a body and reset the connection."""
    with socket.create_connection((HOST, port), timeout=20) as raw:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{{"
        raw.sendall(head.encode())
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_logs_hold_no_patient_when_the_service_is_away() -> None:
    """What nginx would say of that quotes the address."""
    with proxying(f"{HOST}:{free_port()}") as front:
        path = f"/fhir/Patient/{CANARY}/$interpret"
        assert front.front.send("POST", path, b"{}").status == 502
        front.lines(1)

        assert CANARY not in front.written()


def test_a_request_in_flight_ends_when_nginx_stops(proxied: Proxied) -> None:
    """SIGQUIT, which compose sends: the body goes on, the answer comes whole."""
    head = (
        f"POST {INTERPRET} HTTP/1.1\r\nHost: x\r\n"
        f"Content-Type: application/fhir+json\r\n"
        f"Content-Length: {len(CASE)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((HOST, proxied.port), timeout=60) as flying:
        flying.sendall(head.encode() + CASE[:100])
        assert proxied.front.send("GET", "/live").status == 200
        proxied.process.send_signal(signal.SIGQUIT)
        wait_until_closed(proxied.port)
        flying.sendall(CASE[100:])
        answer = http.client.HTTPResponse(flying)
        answer.begin()

        assert answer.status == 200
        assert json.loads(answer.read())["resourceType"] == "Bundle"
    assert proxied.process.wait(30) == 0


def wait_until_closed(port: int) -> None:
    """Return once nobody listens any more."""
    pause = Event()
    for _ in range(500):
        try:
            socket.create_connection((HOST, port), timeout=5).close()
        except ConnectionRefusedError:
            return
        pause.wait(0.02)
    pytest.fail("nginx still listens")


def test_the_configuration_needs_no_root(proxied: Proxied) -> None:
    """All that nginx writes is below the one folder that is memory in the container."""
    text = (proxied.folder / "nginx.conf").read_text("utf-8")

    written = re.findall(r"^\s*(?:\w+_temp_path|pid)\s+(\S+);", text, re.MULTILINE)
    assert len(written) == 6
    assert all(Path(path).is_relative_to(proxied.folder) for path in written)


def test_every_name_of_the_template_is_filled_in(proxied: Proxied) -> None:
    """And nginx's own variables are left alone."""
    text = (proxied.folder / "nginx.conf").read_text("utf-8")

    assert "${" not in text
    assert "$http_host" in text
