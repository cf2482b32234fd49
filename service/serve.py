"""`dpo serve`: gunicorn with threads, configured here and nowhere else.

Nothing is loaded before the fork, the drain after SIGTERM is bounded, and a client
that is slow to send loses its connection, not our thread.
"""

from __future__ import annotations

import errno
import socket
import time
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from service.app import create_app
from service.logs import LOGGER, write_json_logs
from service.reasoning import units
from service.sparql.pool import Pool

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.http.message import Request
    from gunicorn.workers.gthread import TConn

# Seconds that a client has to send its headers, and again to send its body.
SENDING_SECONDS = 10
DRAIN_SECONDS = 25
KEEP_ALIVE_SECONDS = 5
# A worker whose main thread does not answer for so many seconds is replaced.
STALLED_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Binding:
    """Where to listen, and with how many processes of how many threads."""

    host: str
    port: int
    workers: int
    threads: int


class PatientSocket(socket.socket):
    """A connection that waits for its client, but not for ever.

    A deadline for the whole of headers or body, since a limit for each read would be
    kept by a client that sends one byte every nine seconds.
    """

    deadline = float("inf")

    def expect(self) -> None:
        """Start the time in which the client must send what is read next."""
        self.deadline = time.monotonic() + SENDING_SECONDS

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As `socket.recv`; a client that is too slow counts as one that is gone."""
        self.settimeout(max(0.001, self.deadline - time.monotonic()))
        try:
            return super().recv(size, flags)
        except TimeoutError:
            raise ConnectionResetError(errno.ECONNRESET, "too slow") from None
        finally:
            self.settimeout(None)


class Worker(ThreadWorker):
    """gunicorn's worker with threads, over PatientSockets."""

    def handle(self, conn: TConn) -> Any:
        """Answer the next request of a connection."""
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket(fileno=conn.sock.detach())
        conn.sock.expect()
        return super().handle(conn)


def expect_body(worker: Worker, request: Request) -> None:  # noqa: ARG001  # a hook
    """The headers are there: the time for the body begins."""
    connection = getattr(request.unreader, "sock", None)
    if isinstance(connection, PatientSocket):
        connection.expect()


def close_pool(arbiter: Arbiter, worker: Worker) -> None:  # noqa: ARG001  # a hook
    """A worker ends: so do the processes that answer its queries."""
    if isinstance(worker.app, Server) and worker.app.pool:
        worker.app.pool.close()


class Server(BaseApplication):
    """gunicorn without a configuration file of its own."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.pool: Pool | None = None
        super().__init__()

    def load_config(self) -> None:
        """Take the settings as they are: a name that gunicorn lacks is an error."""
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, in each worker by itself.

        The registry of units takes a second to build and is needed by odd units only,
        the dataset of SPARQL about as long: a worker is ready before they are.
        """
        write_json_logs()
        app = create_app()
        Thread(target=units.warm, name="units", daemon=True).start()
        self.pool = pool = app.extensions["sparql"]
        Thread(target=pool.warm, name="sparql", daemon=True).start()
        return app


def serve(binding: Binding) -> None:
    """Run until SIGTERM or SIGINT; then finish what is in flight and return."""
    write_json_logs()
    Server(server_settings(binding)).run()


def announce(arbiter: Arbiter) -> None:
    """Say where the socket is open, which the system may have chosen (port 0)."""
    for listener in arbiter.LISTENERS:
        host, port, *_ = listener.getsockname()
        LOGGER.info("listening", extra={"facts": {"host": host, "port": port}})


def server_settings(binding: Binding) -> dict[str, Any]:
    """Every setting of gunicorn that is not its default, with why where it is odd."""
    host = f"[{binding.host}]" if ":" in binding.host else binding.host
    return {
        "bind": [f"{host}:{binding.port}"],
        "workers": binding.workers,
        "threads": binding.threads,
        "worker_class": Worker,
        "timeout": STALLED_SECONDS,
        "graceful_timeout": DRAIN_SECONDS,
        "keepalive": KEEP_ALIVE_SECONDS,
        "limit_request_line": 8190,
        "limit_request_fields": 100,
        "limit_request_field_size": 16_384,
        # No hop is trusted to say where a request came from.
        "forwarded_allow_ips": "",
        "preload_app": False,
        "control_socket_disable": True,
        # Its warnings quote requests; ours are in `logs`, and quote nothing.
        "loglevel": "error",
        "pre_request": expect_body,
        "when_ready": announce,
        "worker_exit": close_pool,
    }
