"""`dpo serve` as a process of its own, and what it left in the table of processes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Self

HOST = "127.0.0.1"
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Served:
    """A running server and the port that the system chose for it."""

    process: subprocess.Popen[str]
    port: int

    @property
    def endpoint(self) -> str:
        """The address of the SPARQL endpoint."""
        return f"http://{HOST}:{self.port}/sparql"

    def send(self, verb: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """One request on a connection of its own; `_` in a header's name is a `-`."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(verb, path, body or None, named)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())
        finally:
            connection.close()

    def ask(self, query: str) -> Answer:
        """A query by POST."""
        body = query.encode()
        return self.send(
            "POST", "/sparql", body, Content_Type="application/sparql-query"
        )


@contextmanager
def serving(
    environment: Mapping[str, str], options: Sequence[str] = ("--workers", "1")
) -> Iterator[Served]:
    """`dpo serve` on a free port until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "service.cli", "serve", "--port", "0", *options],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            served = Served(process, json.loads(process.stderr.readline())["port"])
            # What it logs is read away, or a full pipe would stop it.
            Thread(target=process.stderr.read, daemon=True).start()
            assert served.send("GET", "/ready").status == 200
            yield served
        finally:
            process.send_signal(signal.SIGTERM)


def children(pid: int) -> list[int]:
    """The processes that a process has started, directly, the oldest first.

    Not by `task/*/children`: a child whose thread ends moves to another thread, and is
    in neither list while they are read.
    """
    found: list[int] = []
    for stat in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return sorted(found)


def descendants(pid: int) -> list[int]:
    """The processes below a process: the nearest first."""
    near = children(pid)
    return near + [far for one in near for far in descendants(one)]


def is_running(pid: int) -> bool:
    """Whether a process exists that has not ended."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def wait_until_gone(pids: Sequence[int], seconds: float = 10) -> list[int]:
    """Which of these processes are still there after so many seconds."""
    end = time.monotonic() + seconds
    while (left := [pid for pid in pids if is_running(pid)]) and time.monotonic() < end:
        time.sleep(0.02)
    return left


def highest_memory(pid: int) -> int:
    """The most memory that a process has held so far, in KiB; 0 if it is gone."""
    with suppress(OSError):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


@dataclass(slots=True)
class MemoryWatch:
    """Looks at the processes below one, again and again, and keeps the highest."""

    pid: int
    highest: int = 0
    seen: set[int] = field(default_factory=set)
    _done: Event = field(default_factory=Event)

    def __enter__(self) -> Self:
        Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _look(self) -> None:
        while not self._done.wait(0.02):
            for pid in descendants(self.pid):
                self.seen.add(pid)
                self.highest = max(self.highest, highest_memory(pid))
