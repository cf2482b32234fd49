"""Who may be answered at once, who waits, and who is sent away."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition

from service.errors import Busy
from service.sparql.connections import check_client
from service.sparql.processes import Worker

# How often a query that waits for its turn looks whether its client is still there.
GLANCE_SECONDS = 0.25
BUSY = "As many queries run and wait as may: send this one again in a moment."


@dataclass(slots=True)
class Lane:
    """Who may be answered at once, who waits, and the workers that are free.

    `priority` is that of the workers, as `nice` has it.
    """

    workers: int
    queued: int
    priority: int = 0
    running: int = 0
    waiting: int = 0
    idle: list[Worker] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    @contextmanager
    def turn(self, seconds: float, client: socket.socket | None) -> Iterator[None]:
        """Wait for one's turn and hold it; Busy when too many wait or it takes long."""
        with self.changed:
            if self.running + self.waiting >= self.workers + self.queued:
                raise Busy(BUSY)
            self.waiting += 1
            try:
                self.wait(time.monotonic() + seconds, client)
            finally:
                self.waiting -= 1
            self.running += 1
        try:
            yield
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify()

    def wait(self, end: float, client: socket.socket | None) -> None:
        """Until fewer run than may."""
        while self.running >= self.workers:
            left = end - time.monotonic()
            if left <= 0:
                raise Busy(BUSY)
            check_client(client)
            self.changed.wait(min(left, GLANCE_SECONDS))

    def take(self) -> Worker | None:
        """A worker that is free and alive; those that are not are put away."""
        while True:
            with self.changed:
                worker = self.idle.pop() if self.idle else None
            if worker is None or worker.is_alive():
                return worker
            worker.end()

    def give_back(self, worker: Worker) -> None:
        """Let the next one have it."""
        with self.changed:
            self.idle.append(worker)
