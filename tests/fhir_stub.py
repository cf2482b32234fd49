"""A FHIR server that answers as a test says, also as no server should.

It listens on 127.0.0.1 on a port that the system chooses, and keeps what it was asked.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

HOST = "127.0.0.1"
JSON = "application/fhir+json;charset=utf-8"
_PAUSE = 0.002


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived; the names of `headers` are in small letters."""

    verb: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def parameter(self, name: str) -> str:
        """The one value of a parameter, "" without it."""
        return dict(self.query).get(name, "")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: `cut` sends so many bytes of the body only, though more are promised.

    `reset` breaks the connection instead of an answer; `hang` answers only once the
    stub is released; `drip` sends status, headers or body byte by byte without end
    ("headers" or "body"); `framed` false leaves the length to the end of connection.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = JSON
    cut: int | None = None
    reset: bool = False
    hang: bool = False
    drip: str = ""
    framed: bool = True


Script = Callable[[Asked], Reply] | Sequence[Reply]


def reply(resource: Any, status: int = 200, **headers: str) -> Reply:
    """A resource as an answer; `_` in the name of a header is a `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(resource).encode(), named)


@dataclass(slots=True)
class FhirStub:
    """The running stub: its base, what it was asked, and what lets go what hangs."""

    script: Script
    base: str = ""
    asked: list[Asked] = field(default_factory=list)
    released: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def answer(self, asked: Asked) -> Reply:
        """The next answer of the script; the last one of a list stays."""
        with self._lock:
            place = len(self.asked)
            self.asked.append(asked)
        if callable(self.script):
            return self.script(asked)
        return self.script[min(place, len(self.script) - 1)]

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, below the base."""
        return [asked.path.removeprefix("/fhir") for asked in self.asked]


@contextmanager
def fhir_stub(
    script: Script, certificate: tuple[Path, Path] | None = None
) -> Iterator[FhirStub]:
    """A stub that serves until the block ends; with certificate and key by https."""
    stub = FhirStub(script)
    server = _Server((HOST, 0), _Conversation)
    server.stub = stub
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    stub.base = f"{scheme}://{HOST}:{server.server_address[1]}/fhir"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        stub.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stub: FhirStub

    def handle_error(self, *_: object) -> None:
        """A client that leaves is what many of the tests are about."""


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _converse(self) -> None:
        stub = cast("_Server", self.server).stub
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = tuple(parse_qsl(parts.query))
        body = self.rfile.read(length)
        answer = stub.answer(Asked(self.command, parts.path, query, headers, body))
        with suppress(ConnectionError, ssl.SSLError):
            self._send(answer, stub.released)

    do_GET = do_POST = _converse  # noqa: N815 -- the names that http.server calls

    def _send(self, answer: Reply, released: Event) -> None:
        if answer.hang:
            released.wait()
        if answer.reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
            return
        head = self._head(answer)
        if answer.drip == "headers":
            self._drip(f"{head.decode()}X-Drop: ".encode(), released)
        elif answer.drip == "body":
            self.wfile.write(head + b"\r\n")
            self._drip(answer.body, released)
        else:
            self.wfile.write(head + b"\r\n" + answer.body[: answer.cut])
        self.close_connection |= answer.cut is not None or not answer.framed

    def _head(self, answer: Reply) -> bytes:
        headers = {"Content-Type": answer.media, **answer.headers}
        if answer.framed and not answer.drip:
            headers.setdefault("Content-Length", str(len(answer.body)))
        else:
            headers["Connection"] = "close"
        lines = [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join((f"HTTP/1.1 {answer.status} X", *lines, "")).encode()

    def _drip(self, begin: bytes, released: Event) -> None:
        """The bytes one by one, then dots, until the client leaves."""
        first = iter(begin)
        while not released.wait(_PAUSE):
            self.wfile.write(bytes((next(first, ord(".")),)))
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """What was asked is kept, not printed."""
