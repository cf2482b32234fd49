"""The process of one engine: it gets ready, then answers task after task."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.engines.catalogue import OURS, Entry, start_ours

READY = "ready"


def serve(entry: Entry, build: Path, line: Connection) -> None:
    """Answer every task on the line until it is closed.

    What goes wrong is sent as text, the type of the error first: it is a line of the
    table, not the end of the run. The process leads a group of its own, so that what it
    starts can be ended with it.
    """
    os.setpgrp()
    # the run decides when it is over, and ends the whole group
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _serve(entry, build, line)
    except EOFError:
        return
    except Exception as problem:  # noqa: BLE001  # whatever an engine raises is told
        line.send(f"{type(problem).__name__}: {problem}")


def _serve(entry: Entry, build: Path, line: Connection) -> None:
    ours = start_ours(build)
    engine = ours if entry.name == OURS else entry.start(build)
    line.send(READY)
    while True:
        task = line.recv()
        reply = engine(task)
        same = reply if entry.name == OURS else ours(task)
        line.send(replace(reply, ours=same.seconds))
