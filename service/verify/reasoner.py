"""HermiT as the service sees it: a process that is started when it is first needed.

The virtual machine stays warm between questions and is killed with all it started when
an answer is late, so that no request waits for it beyond its time.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

from service.sparql.frames import Head, read_frame, send_frame
from service.verify.terminology import BASE, Subsumption

# With our own module path, so that it is the same code, installed or not.
PROGRAM = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from service.verify.engine.program import main; "
    "main(int(sys.argv[1]), sys.argv[2])"
)
# The kind of an assertion and its names; a decimal is text.
Assertion: TypeAlias = tuple[str, ...]


class OutOfTime(Exception):
    """The reasoner has not answered in time."""


class ReasonerMissing(Exception):
    """The optional extra `verify`, or Java, is not installed."""


class ReasonerFailed(Exception):
    """The reasoner ended, or contradicts itself: its answer cannot be used."""


@dataclass(slots=True)
class Child:
    """The process and our end of its socket."""

    process: subprocess.Popen[bytes]
    channel: socket.socket

    def exchange(self, question: Head | None, until: float) -> Head:
        """Its answer, or without a question its greeting; OSError if late or gone."""
        if question is not None:
            self.channel.settimeout(remaining(until))
            send_frame(self.channel, question)

        def receive(count: int) -> bytes:
            self.channel.settimeout(remaining(until))
            return self.channel.recv(count)

        return read_frame(receive)[0]

    def end(self) -> None:
        """Kill it and whatever it started."""
        self.channel.close()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Reasoner:
    """Asks HermiT. Threads may share it, one asks at a time; `close` it at last."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.child: Child | None = None

    def types(
        self,
        axioms: Iterable[Subsumption],
        assertions: Iterable[Assertion],
        until: float,
    ) -> frozenset[str]:
        """The classes of the individual `c` that follow: these, and no others.

        `until` is a time of `time.monotonic`. Raises OutOfTime, ReasonerMissing and
        ReasonerFailed.
        """
        question: Head = {
            "axioms": [row_of(axiom) for axiom in axioms],
            "assertions": [list(assertion) for assertion in assertions],
        }
        if not self.lock.acquire(timeout=max(0.0, until - time.monotonic())):
            raise OutOfTime
        try:
            told = self._ask(question, until)
        finally:
            self.lock.release()
        match told.get("types"):
            case [*names]:
                return frozenset(map(str, names))
        raise ReasonerFailed(str(told.get("fault")))

    def _ask(self, question: Head, until: float) -> Head:
        try:
            self.child = self.child or begin(until)
            return self.child.exchange(question, until)
        except TimeoutError:
            self._end()
            raise OutOfTime from None
        except OSError as problem:
            self._end()
            raise ReasonerFailed(str(problem)) from None

    def _end(self) -> None:
        child, self.child = self.child, None
        if child is not None:
            child.end()

    def close(self) -> None:
        """End the process; the next question starts another one."""
        with self.lock:
            self._end()


def remaining(until: float) -> float:
    """The seconds that are left; raises TimeoutError when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def begin(until: float) -> Child:
    """Start the process, in a group of its own, and wait until it has greeted.

    Raises ReasonerMissing, and OSError when it is late or gone.
    """
    ours, theirs = socket.socketpair()
    arguments = [str(theirs.fileno()), BASE, *sys.path]
    with theirs:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-P", "-c", PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    child = Child(process, ours)
    try:
        greeting = child.exchange(None, until)
    except OSError:
        child.end()
        raise
    if "missing" in greeting:
        child.end()
        raise ReasonerMissing(str(greeting["missing"]))
    return child


def row_of(axiom: Subsumption) -> list[object]:
    """An axiom as a message has it: names, head, facet, relation."""
    limits = axiom.facet
    facet = [limits.bound, limits.facet, limits.value] if limits else None
    return [list(axiom.names), axiom.head, facet, axiom.relation]
