"""The how-to pages about queries run as they stand, against a server on 127.0.0.1."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.served import HOST, Served, serving

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs/how-to"
# Only on a desk: CI installs it, and must not pass these pages over.
CURL = pytest.mark.skipif(
    shutil.which("curl") is None and "CI" not in os.environ,
    reason="curl is not installed",
)
SERVED = (
    pytest.param("query-with-curl", marks=CURL),
    "query-from-python",
    pytest.param("cite-a-term", marks=CURL),
)
FENCE = re.compile(r"^```([\w-]+)( no-run)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START = "uv run dpo serve"
PLACE = "127.0.0.1:8000"
RUN = ("python", "sh")
# A page is no release: what changes with each build is not compared.
VOLATILE = (
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
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
pytestmark = [pytest.mark.allow_hosts([HOST])]


@dataclass(frozen=True, slots=True)
class Step:
    """A block that runs, and the block below it: what it prints."""

    language: str
    block: str
    shown: str | None


def steps(name: str) -> list[Step]:
    """What a reader of a page would type, one after the other."""
    blocks = FENCE.findall((PAGES / f"{name}.md").read_text("utf-8"))
    found = []
    for number, (language, _, body) in enumerate(blocks):
        if language in RUN and body.strip() != START:
            below, _, shown = blocks[number + 1]
            found.append(Step(language, body, None if below in RUN else shown))
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """One server for all pages, with time enough on a machine that is busy."""
    with serving({"DPO_SPARQL_SECONDS": "60"}) as served:
        yield served


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like a checkout, in which files may be left behind."""
    for name in ("docs", "ontology", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def run(program: list[str], given: str, folder: Path) -> str:
    """What a program prints; it may not fail."""
    done = subprocess.run(
        program,
        input=given,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{given}\n{done.stdout}{done.stderr}"
    return done.stdout


def printed(found: list[Step], server: Served, folder: Path) -> list[str]:
    """What each step prints, against the server of the test."""
    place = f"{HOST}:{server.port}"
    program = f"{sys.executable} -m service.cli "
    texts = [
        step.block.replace(PLACE, place).replace("uv run dpo ", program)
        for step in found
    ]
    if found[0].language == "python":
        given = json.dumps(texts)
        outputs = run([sys.executable, "-c", DRIVER], given, folder).split(BETWEEN)[:-1]
    else:
        outputs = [run(["bash", "-e"], text, folder) for text in texts]
    return [text.replace(place, PLACE).replace("\r", "") for text in outputs]


def differences(shown: str, output: str) -> list[str]:
    """The lines of a page that are not printed so; `...` leaves some out."""
    for volatile, instead in VOLATILE:
        shown, output = volatile.sub(instead, shown), volatile.sub(instead, output)
    wanted, got = shown.splitlines(), output.splitlines()
    if "..." in wanted:
        rest = iter(got)
        return [line for line in wanted if line != "..." and line not in rest]
    return [] if wanted == got else [f"shown: {wanted}", f"printed: {got}"]


@pytest.mark.parametrize("name", SERVED)
def test_a_page_shows_what_its_blocks_print(
    name: str, server: Served, checkout: Path
) -> None:
    """Every block that is no example of the service's start."""
    found = steps(name)
    outputs = printed(found, server, checkout)

    assert [
        (step.block, wrong)
        for step, output in zip(found, outputs, strict=True)
        if step.shown is not None and (wrong := differences(step.shown, output))
    ] == []
