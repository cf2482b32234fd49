"""A proxy between the service and a FHIR server, which does harm when it hurts most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import requests

from tests.integration.loading import ANSWER_SECONDS, open_session
from tests.served import HOST

# What belongs to one connection only (RFC 9110 section 7.6.1), and the host.
OWN = frozenset({"connection", "content-length", "host", "transfer-encoding"})


@dataclass(slots=True)
class Between:
    """Hands each request on; before or after a transaction it calls back first.

    A callback is called once. When it returns False, the caller gets no answer.
    """

    target: str
    base: str = ""
    before: Callable[[], bool] | None = None
    after: Callable[[], bool] | None = None
    transactions: list[int] = field(default_factory=list)

    def forward(self, request: Request) -> None:
        """One request, and what became of it."""
        is_transaction = request.command == "POST"
        if is_transaction and self.before:
            callback, self.before = self.before, None
            if not callback():
                return request.hang_up()
        answer = self.ask(request)
        if is_transaction:
            self.transactions.append(answer.status_code)
            if self.after:
                callback, self.after = self.after, None
                if not callback():
                    return request.hang_up()
        return request.answer(answer)

    def ask(self, request: Request) -> requests.Response:
        """The answer of the real server."""
        headers = {k: v for k, v in request.headers.items() if k.lower() not in OWN}
        length = int(request.headers.get("Content-Length", 0))
        url = self.target + request.path.removeprefix("/fhir")
        with open_session() as session:
            return session.request(
                request.command,
                url,
                data=request.rfile.read(length),
                headers=headers,
                timeout=ANSWER_SECONDS,
            )


class Request(BaseHTTPRequestHandler):
    """One request to the proxy."""

    protocol_version = "HTTP/1.1"
    server: Listener

    def do_GET(self) -> None:
        """Read."""
        self.server.between.forward(self)

    def do_POST(self) -> None:
        """A transaction: we send no other POST."""
        self.server.between.forward(self)

    def answer(self, answer: requests.Response) -> None:
        """Give back what the server said."""
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() not in OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def hang_up(self) -> None:
        """End the connection without an answer."""
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Listener(ThreadingHTTPServer):
    """The socket of a proxy."""

    daemon_threads = True
    between: Between


@contextmanager
def standing_between(target: str) -> Iterator[Between]:
    """A proxy to a FHIR server until the block ends."""
    between = Between(target)
    with Listener((HOST, 0), Request) as listener:
        listener.between = between
        between.base = f"http://{HOST}:{listener.server_port}/fhir"
        thread = Thread(target=listener.serve_forever, daemon=True)
        thread.start()
        yield between
        listener.shutdown()
        thread.join()
