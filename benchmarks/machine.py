"""On what the numbers were taken, in one line."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
TOLD = ("fhirkit-rs", "orjson")


def describe() -> str:
    """Date, processor, cores in use by whom, Python, and the parsers of the floor."""
    packages = ", ".join(f"{name} {version(name)}" for name in TOLD)
    cores = os.cpu_count() or 1
    return (
        f"{datetime.now(UTC).date()}: {cores} cores ({_processor()}), {_load()}, "
        f"{platform.python_implementation()} {platform.python_version()}, {packages}"
    )


def _processor() -> str:
    if CPUINFO.exists():
        for line in CPUINFO.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _load() -> str:
    """How many processes wanted a core: numbers of a busy machine are too high."""
    minute, _, _ = os.getloadavg()
    return f"load {minute:.1f}"
