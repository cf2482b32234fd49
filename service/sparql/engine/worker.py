"""A worker: one query after the other, each within its limits.

It holds no descriptor but its channel and may open none, so that whatever a query makes
the engine do, there is no file and no socket to do it with.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import socket
import sys
from typing import Any

import pyoxigraph as ox

from service.sparql.engine.answers import Refused, write_graph, write_solutions
from service.sparql.engine.dataset import MERGED, Dataset, merge
from service.sparql.frames import BrokenFrame, Head, read_frame, send_frame
from service.sparql.question import Limits

CHANNEL = 3
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
# The kernel ends a worker so long after the deadline that the web process keeps, in
# case that it cannot.
GRACE_SECONDS = 1
# A worker that has once taken this part of its memory is replaced: what the allocator
# keeps would be missing to the next query.
WORN = 1 / 4
POSITION = re.compile(r"error at (\d+):(\d+)")
# What of the parser's own words is told: nothing that could quote the query.
HINTS = {"Prefix not found": "prefix", "variable that is unbound": "unbound"}


def work(channel: socket.socket, data: Dataset, memory: int, priority: int) -> None:
    """Answer questions until the web process closes the channel."""
    channel = confine(channel, memory)
    send_frame(channel, {"ready": True})
    # After the greeting, for which the web process waits.
    os.nice(priority)
    worn = peak() + memory * WORN
    while True:
        try:
            question, _ = read_frame(channel.recv)
        except BrokenFrame:
            return
        limits = read_limits(question)
        signal.setitimer(signal.ITIMER_REAL, limits.seconds + GRACE_SECONDS)
        head, body = answer(question, data, limits)
        signal.setitimer(signal.ITIMER_REAL, 0)
        head["worn"] = peak() > worn
        send_frame(channel, head, body)


def read_limits(question: Head) -> Limits:
    """The limits that come with a question."""
    return Limits(
        seconds=float(str(question["seconds"])),
        rows=int(str(question["rows"])),
        size=int(str(question["size"])),
    )


def die_with(supervisor: int) -> None:
    """Let the kernel end this process when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != supervisor:
        os._exit(1)


def confine(channel: socket.socket, memory: int) -> socket.socket:
    """Give up all but the channel, and the right to open anything; the channel.

    Descriptors are numbered from the lowest that is free, so a limit of as many as are
    open leaves none: `open` and `socket` fail, and with them every way out.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.dup2(channel.fileno(), CHANNEL)
    os.closerange(CHANNEL + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    channel.detach()
    for kind, limit in (
        (resource.RLIMIT_NOFILE, CHANNEL + 1),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, memory),
    ):
        resource.setrlimit(kind, (limit, limit))
    return socket.socket(fileno=CHANNEL)


def peak() -> int:
    """The most memory that this process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def answer(question: Head, data: Dataset, limits: Limits) -> tuple[Head, bytes]:
    """The head and the body of an answer, complete; or a head that says why not."""
    try:
        return evaluate(question, data, limits)
    except Refused as refusal:
        return refusal.head, b""
    except SyntaxError as problem:
        return syntax_fault(str(problem)), b""
    except MemoryError:
        return {"fault": "memory"}, b""
    except OSError:
        # All data is in memory: only SERVICE makes the engine open something.
        return {"fault": "outside"}, b""
    except (RuntimeError, ValueError):
        return {"fault": "evaluation"}, b""


def syntax_fault(message: str) -> Head:
    """Where the parser gave up, and our own word for why, if we have one."""
    found = POSITION.match(message)
    line, column = (int(found[1]), int(found[2])) if found else (0, 0)
    hint = next((HINTS[words] for words in HINTS if words in message), "")
    return {"fault": "syntax", "line": line, "column": column, "hint": hint}


def evaluate(question: Head, data: Dataset, limits: Limits) -> tuple[Head, bytes]:
    """Run the query on its dataset, and write its answer."""
    given = arguments(question, data)
    try:
        results = data.store.query(str(question["text"]), **given)
        if isinstance(results, ox.QueryTriples):
            media = accepted(question, "graph")
            return {"media": media}, write_graph(results, media, limits, data)
        media = accepted(question, "solutions")
        return {"media": media}, write_solutions(results, media, limits)
    finally:
        if MERGED in given.get("default_graph", ()):
            data.store.remove_graph(MERGED)


def accepted(question: Head, kind: str) -> str:
    """The format for an answer of a kind; Refused if the client accepts none."""
    media = str(question[kind])
    if not media:
        raise Refused(f"{kind}-unacceptable")
    return media


def arguments(question: Head, data: Dataset) -> dict[str, Any]:
    """What chooses the dataset and fills in variables, as the engine takes it."""
    default, named = nodes(question["default"]), nodes(question["named"])
    given: dict[str, Any] = {
        "base_iri": question["base"] or None,
        "prefixes": question["prefixes"],
    }
    if default or named:
        given |= {"default_graph": merge(default, data), "named_graphs": named}
    values = question["substitutions"]
    if isinstance(values, dict) and values:
        variables = map(ox.Variable, values)
        iris = nodes(list(values.values()))
        given["substitutions"] = dict(zip(variables, iris, strict=True))
    return given


def nodes(iris: object) -> list[ox.NamedNode]:
    """The IRIs as terms; what is none is refused."""
    assert isinstance(iris, list)  # noqa: S101  # our own message
    try:
        return [ox.NamedNode(iri) for iri in iris]
    except ValueError:
        raise Refused("name") from None
