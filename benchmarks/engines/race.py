"""All engines on the same tasks, one after the other, each with a deadline."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.engines.catalogue import ENTRIES, Entry
from benchmarks.engines.child import READY, serve
from benchmarks.engines.reply import Reply
from benchmarks.engines.tasks import Task


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds: to get ready, for one task, and for all tasks of an engine.

    The last is looked at between tasks, so every engine answers one at least.
    """

    ready: float
    task: float
    engine: float


@dataclass(frozen=True, slots=True)
class Score:
    """What one engine did: a reply for each of the first tasks, and what ended it."""

    entry: Entry
    release: str
    tasks: tuple[Task, ...]
    replies: tuple[Reply, ...]
    note: str

    @property
    def microseconds(self) -> float:
        """The median of a case."""
        return statistics.median(reply.seconds for reply in self.replies) * 1e6

    @property
    def ratio(self) -> float:
        """The median, over the cases, of its time to ours on the same case."""
        return statistics.median(reply.seconds / reply.ours for reply in self.replies)

    @property
    def questions(self) -> float:
        """The median of how often it had to be asked for a case."""
        return statistics.median(reply.questions for reply in self.replies)

    @property
    def missing(self) -> int:
        """Classes that follow and that it did not give."""
        return sum(len(task.classes - reply.classes) for task, reply in self._pairs())

    @property
    def extra(self) -> int:
        """Classes that it gave and that do not follow."""
        return sum(len(reply.classes - task.classes) for task, reply in self._pairs())

    @property
    def wrong(self) -> int:
        """Cases with either."""
        return sum(task.classes != reply.classes for task, reply in self._pairs())

    @property
    def right(self) -> int:
        """Classes that follow in the cases that it answered."""
        return sum(len(task.classes) for task, _ in self._pairs())

    def _pairs(self) -> Iterator[tuple[Task, Reply]]:
        return zip(self.tasks, self.replies, strict=False)


class Overdue(Exception):
    """The engine has not answered in time."""


class Broken(Exception):
    """The engine has told what went wrong, or has ended without a word."""


def race(
    build: Path,
    tasks: Sequence[Task],
    limits: Limits,
    entries: Sequence[Entry] = ENTRIES,
) -> Iterator[Score]:
    """The scores, in the order of the entries, as soon as they are there."""
    for entry in entries:
        replies: list[Reply] = []
        note = ""
        with _child(entry, build) as line:
            try:
                _expect(line, limits.ready)
                _ask(line, tasks, limits, replies)
            except Overdue as late:
                note = f"no answer within {late} s"
            except Broken as broken:
                note = str(broken)
        yield Score(entry, _release(entry), tuple(tasks), tuple(replies), note)


def _ask(
    line: Connection, tasks: Sequence[Task], limits: Limits, replies: list[Reply]
) -> None:
    over = time.monotonic() + limits.engine
    for task in tasks:
        line.send(task)
        reply = _expect(line, limits.task)
        assert isinstance(reply, Reply)  # noqa: S101  # nothing else comes now
        replies.append(reply)
        if time.monotonic() > over:
            return


def _expect(line: Connection, seconds: float) -> object:
    """What comes next."""
    if not line.poll(seconds):
        raise Overdue(f"{seconds:g}")
    try:
        said = line.recv()
    except EOFError:
        raise Broken("its process ended") from None
    if isinstance(said, str) and said != READY:
        raise Broken(said)
    return said


@contextmanager
def _child(entry: Entry, build: Path) -> Iterator[Connection]:
    """The process of an engine, ended with all that it has started."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(entry, build, theirs))
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        _end(process)


def _end(process: BaseProcess) -> None:
    """End it; it may be too young to lead a group, or have none left."""
    if process.pid is not None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _release(entry: Entry) -> str:
    """The package with its version, "" for what is none or is not installed."""
    try:
        return f"{entry.package} {version(entry.package)}" if entry.package else ""
    except PackageNotFoundError:
        return ""
