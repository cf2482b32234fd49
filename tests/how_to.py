"""The how-to pages as they stand: their blocks, run, and what they show, compared."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs/how-to"
# Only on a desk: CI installs it, and must not pass these pages over.
CURL = pytest.mark.skipif(
    shutil.which("curl") is None and "CI" not in os.environ,
    reason="curl is not installed",
)
FENCE = re.compile(r"^```([\w-]+)( no-run)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START = "dpo serve"
# Where the pages have the service, and the FHIR server.
SERVICE = "127.0.0.1:8000"
FHIR = "http://127.0.0.1:8080/fhir"
RUN = ("python", "sh")
# A step may be several reads and writes of a FHIR server, on a machine that is busy.
STEP_SECONDS = 300
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
# A page is no release: what changes with each build is not compared.
VOLATILE = (
    (UUID, "<uuid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "<date>"),
    (re.compile(r"\b\d{5,}\b"), "<number>"),
)
# Between what two blocks of Python print, as they share one process and its names.
BETWEEN = "\x1e"
DRIVER = f"""
import json, sys
names = {{"__name__": "__main__"}}
for block in json.load(sys.stdin):
    exec(compile(block, "page", "exec"), names)
    print({BETWEEN!r}, end="")
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A block that runs, and the block below it: what it prints."""

    language: str
    block: str
    shown: str | None


def steps(name: str) -> list[Step]:
    """What a reader of a page would type, one after the other, but for the start."""
    blocks = FENCE.findall((PAGES / f"{name}.md").read_text("utf-8"))
    found = []
    for number, (language, _, body) in enumerate(blocks):
        if language in RUN and not body.strip().endswith(START):
            below, _, shown = (*blocks, ("", "", ""))[number + 1]
            is_shown = below not in (*RUN, "")
            found.append(Step(language, body, shown if is_shown else None))
    return found


def steps_without_server(name: str) -> list[Step]:
    """The steps of a page before the first that names the FHIR server."""
    found = steps(name)
    places = [n for n, step in enumerate(found) if FHIR in step.block]
    return found[: places[0]] if places else found


def look_like_checkout(folder: Path, names: Sequence[str]) -> Path:
    """A folder that looks like a checkout, in which files may be left behind."""
    for name in names:
        (folder / name).symlink_to(ROOT / name)
    return folder


def run(program: Sequence[str], given: str, folder: Path) -> str:
    """What a program prints; it may not fail."""
    done = subprocess.run(
        program,
        input=given,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=STEP_SECONDS,
    )
    assert done.returncode == 0, f"{given}\n{done.stdout}{done.stderr}"
    return done.stdout


def printed(
    found: Sequence[Step], places: Mapping[str, str], folder: Path
) -> list[str]:
    """What each step prints; `places` are the addresses of the test for the page's."""
    instead = {
        **places,
        "uv run dpo ": f"{sys.executable} -m service.cli ",
        "uv run python ": f"{sys.executable} ",
    }
    texts = [replaced(step.block, instead) for step in found]
    if found[0].language == "python":
        given = json.dumps(texts)
        outputs = run([sys.executable, "-c", DRIVER], given, folder).split(BETWEEN)[:-1]
    else:
        outputs = [run(["bash", "-e"], text, folder) for text in texts]
    back = {there: here for here, there in places.items()}
    return [replaced(output, back).replace("\r", "") for output in outputs]


def replaced(text: str, instead: Mapping[str, str]) -> str:
    """The text with each of the keys replaced, in their order."""
    for one, other in instead.items():
        text = text.replace(one, other)
    return text


def differences(shown: str, output: str) -> list[str]:
    """The lines of a page that are not printed so; `...` leaves some out."""
    for volatile, instead in VOLATILE:
        shown, output = volatile.sub(instead, shown), volatile.sub(instead, output)
    wanted, got = shown.splitlines(), output.splitlines()
    if "..." in wanted:
        rest = iter(got)
        return [line for line in wanted if line != "..." and line not in rest]
    return [] if wanted == got else [f"shown: {wanted}", f"printed: {got}"]


def wrong(
    found: Sequence[Step], places: Mapping[str, str], folder: Path
) -> list[tuple[str, list[str]]]:
    """Each block of a page that does not print what the page shows, and how not."""
    outputs = printed(found, places, folder)
    return [
        (step.block, lines)
        for step, output in zip(found, outputs, strict=True)
        if step.shown is not None and (lines := differences(step.shown, output))
    ]
