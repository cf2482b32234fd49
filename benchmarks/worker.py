"""A worker of the service, from nothing to ready, and what it then occupies."""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.timing import seconds_of

PROGRAM = (
    "import resource, service.app; service.app.create_app();"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


def measure_worker() -> tuple[tuple[str, str, str], ...]:
    """What, how much, budget."""
    done: list[str] = []

    def start() -> None:
        command = [sys.executable, "-c", PROGRAM]
        done.append(
            subprocess.run(command, check=True, capture_output=True, text=True).stdout
        )

    seconds = seconds_of(start)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (
        ("start", f"{seconds:.2f} s", "<= 2.5 s"),
        ("memory, ready", _megabytes(int(done[0])), "<= 200 MB"),
        ("memory of this run, after the requests", _megabytes(own), "<= 200 MB"),
    )


def _megabytes(kilobytes: int) -> str:
    return f"{kilobytes / 1024:.0f} MB"
