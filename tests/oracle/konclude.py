"""Konclude, a reasoner that shares no code with HermiT, over the same assertions.

A native program that is started once for each batch of cases, with separate
individuals. It must be called with two workers: with its default it hangs in
"Precomputing". It reads decimals between -1 and 0 without their sign, so such a value
is refused here (ontology.md 4.1).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.oracle.abox import BASE, Words, asserted, document
from tests.oracle.hermit import OracleError
from tests.oracle.judge import Run

BATCH = 100
DEADLINE = 600
OWL = "{http://www.w3.org/2002/07/owl#}"
UNREADABLE = re.compile(r'"-0*\.?0*\.')


def realise(
    runs: Sequence[Run], axioms: Iterable[str], words: Words
) -> list[frozenset[str]]:
    """The classes of each case, given what was asserted of it in the end."""
    terminology = tuple(axioms)
    found: list[frozenset[str]] = []
    for start in range(0, len(runs), BATCH):
        batch = runs[start : start + BATCH]
        types = _types(terminology, batch, words)
        found += [types[f"c{i}"] - words.tops for i in range(len(batch))]
    return found


def _types(
    terminology: tuple[str, ...], batch: Sequence[Run], words: Words
) -> dict[str, frozenset[str]]:
    lines = [
        line
        for i, run in enumerate(batch)
        for line in asserted(run.kept, run.given, words, f"c{i}")
    ]
    if any(map(UNREADABLE.search, lines)):
        raise OracleError("Konclude cannot read a decimal between -1 and 0")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = document((*terminology, *lines))
        (folder / "in.ofn").write_text(text, encoding="utf-8")
        _run(folder)
        found: defaultdict[str, set[str]] = defaultdict(set)
        for individual, owl_class in _assertions(folder / "out.owx"):
            found[individual].add(owl_class)
    return {individual: frozenset(types) for individual, types in found.items()}


def _run(folder: Path) -> None:
    program = shutil.which("Konclude")
    if program is None:
        raise OracleError("Konclude is not installed (Debian package konclude)")
    command = [program, "realization", "-w", "2", "-i", "in.ofn", "-o", "out.owx"]
    subprocess.run(
        command, cwd=folder, check=True, timeout=DEADLINE, capture_output=True
    )


def _assertions(path: Path) -> Iterator[tuple[str, str]]:
    """Individual and class of every assertion about our own names."""
    for item in ET.parse(path).getroot().iter(f"{OWL}ClassAssertion"):  # noqa: S314
        owl_class, individual = (part.attrib["IRI"] for part in item)
        if owl_class.startswith(BASE):
            yield individual.removeprefix(BASE), owl_class.removeprefix(BASE)
