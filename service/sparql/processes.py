"""The processes of SPARQL as the web process sees them.

The supervisor is a program of its own, not a fork of this process, which has threads.
Its standard error is ours: it never sees a query. What a worker says goes nowhere.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from service.sparql.connections import happened
from service.sparql.frames import BrokenFrame, Head, read_frame, send_frame
from service.sparql.question import Source

# With our own module path, so that it is the same code, installed or not.
PROGRAM = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from service.sparql.engine.supervisor import main; main(int(sys.argv[1]))"
)
# How long the dataset may take to load, and a worker to be forked and to greet.
START_SECONDS, HIRE_SECONDS = 30, 5


@dataclass(slots=True)
class Worker:
    """A process that answers questions, and the supervisor that forked it."""

    number: int
    channel: socket.socket
    supervisor: Supervisor

    def is_alive(self) -> bool:
        """Whether it waits for a question: it says nothing unasked, unless it ends."""
        return not happened(self.channel, select.POLLIN)

    def end(self, *, wait: bool = False) -> int | None:
        """End it; with `wait` its exit code; None when its supervisor is gone too."""
        self.channel.close()
        try:
            return self.supervisor.end(self.number, wait=wait)
        except OSError:
            # Whatever it still says would be taken for the answer to the next order.
            self.supervisor.stop()
            return None


class Supervisor:
    """The process that holds the dataset and forks workers, at our end of its socket.

    Every method raises OSError when it is gone.
    """

    def __init__(self, sources: Sequence[Source], memory: int) -> None:
        """Start it; returns when the dataset is loaded.

        `memory` is what a worker may have, in bytes of its address space.
        """
        self.lock = Lock()
        self.control, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), *sys.path]
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-P", "-c", PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        self.stop = weakref.finalize(self, stop, self.control, self.process)
        try:
            self.load(sources, memory)
        except OSError:
            self.stop()
            raise

    def load(self, sources: Sequence[Source], memory: int) -> None:
        """Tell it what to load, and wait until it has."""
        files = [
            (str(source.path.resolve()), source.graph, source.digest)
            for source in sources
        ]
        self.control.settimeout(START_SECONDS)
        told = self.order({"files": files, "memory": memory})
        self.control.settimeout(HIRE_SECONDS)
        if "ready" not in told:
            raise BrokenFrame(f"the dataset cannot be loaded: {told.get('fault')}")

    def order(self, order: Head) -> Head:
        """Its answer to an order; the lock must be held, or nobody else be there."""
        send_frame(self.control, order)
        return read_frame(self.control.recv)[0]

    def hire(self, priority: int) -> Worker:
        """A new worker, which has greeted."""
        with self.lock:
            number = self.order({"hire": priority})["worker"]
            _, descriptors, _, _ = socket.recv_fds(self.control, 1, 1)
        os.set_inheritable(descriptors[0], False)
        channel = socket.socket(
            socket.AF_UNIX, socket.SOCK_STREAM, fileno=descriptors[0]
        )
        channel.settimeout(HIRE_SECONDS)
        worker = Worker(int(str(number)), channel, self)
        try:
            read_frame(channel.recv)
        except OSError:
            worker.end()
            raise
        return worker

    def end(self, number: int, *, wait: bool) -> int:
        """End a worker; with `wait` its exit code as `subprocess` has it."""
        with self.lock:
            return int(str(self.order({"end": number, "wait": wait})["status"]))


def stop(control: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Close the socket, by which the supervisor and its workers end, and reap it."""
    with suppress(OSError):
        # Wakes whoever still waits for an answer of it.
        control.shutdown(socket.SHUT_RDWR)
    control.close()
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
