"""Processes whose output is awaited line by line, and which are ended by their pid."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO

from tests.served import HOST

STOP_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on, for servers that cannot choose one themselves."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def read_away(stream: IO[str], lines: queue.SimpleQueue[str | None]) -> None:
    """Hand on each line of a stream as it comes, and None at the end."""
    with stream:
        for line in stream:
            lines.put(line.rstrip("\n"))
    lines.put(None)


@dataclass(frozen=True, slots=True)
class Running:
    """A process whose lines can be awaited.

    `log` holds what it logs where that is not among its lines; `farewell` is the signal
    that ends it.
    """

    process: subprocess.Popen[str]
    log: IO[str] | None = None
    farewell: signal.Signals = signal.SIGTERM
    lines: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        assert self.process.stdout is not None
        reader = (self.process.stdout, self.lines)
        Thread(target=read_away, args=reader, daemon=True).start()

    def wait_for(self, pattern: str, seconds: float) -> re.Match[str]:
        """The first line from now on in which the pattern is found."""
        passed: list[str] = []
        try:
            while (line := self.lines.get(timeout=seconds)) is not None:
                passed.append(line)
                if found := re.search(pattern, line):
                    return found
            reason = "it ended"
        except queue.Empty:
            reason = f"nothing was said for {seconds} s"
        said = "\n".join([*passed, *self._logged()][-40:])
        raise AssertionError(f"No line with {pattern!r}: {reason}.\n{said}")

    def _logged(self) -> list[str]:
        if self.log is None:
            return []
        self.log.seek(0)
        return self.log.read().splitlines()

    def stop(self) -> None:
        """End the process by its own pid.

        One that does not go is killed, and that is an error: TimeoutExpired.
        """
        self.process.send_signal(self.farewell)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            if self.process.stdin is not None:
                self.process.stdin.close()


def start(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    folder: Path | None = None,
    log: IO[str] | None = None,
    farewell: signal.Signals = signal.SIGTERM,
) -> Running:
    """Start a program in a folder; what it logs joins its output, or goes to `log`."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log or subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    return Running(process, log, farewell)
