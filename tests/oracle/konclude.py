"""Konclude, a reasoner that shares no code with HermiT, over the same assertions.

A native program that is started once for each batch of cases, with separate
individuals. Of version 0.7.0 one must know: with its default single worker it hangs in
"Precomputing"; it reads decimals between -1 and 0 without their sign, so such a value
is refused here; it cannot compare a decimal of more than 20 digits, so it is given
18 of them; and two workers lose a class of some case now and then, more often in larger
batches (100 cases: 1 to 4, 20 cases: none seen), so a case on which a batch differs is
asked again alone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.oracle.abox import BASE, Words, asserted, document
from tests.oracle.judge import Findings, Run
from tests.oracle.machine import OracleError

BATCH = 20
DEADLINE = 600
OWL = "{http://www.w3.org/2002/07/owl#}"
DIGITS = Context(prec=18)
VERSION = re.compile(r"Version v([\d.]+)")
UNREADABLE = re.compile(r'"-0*\.?0*\.')


@dataclass(frozen=True, slots=True)
class Realised:
    """The classes of each run; `again` differed in their batch and were asked alone."""

    classes: tuple[frozenset[str], ...]
    again: int = 0


def realise(runs: Sequence[Run], axioms: Iterable[str], words: Words) -> Realised:
    """The classes of each case, given what was asserted of it in the end."""
    terminology = tuple(axioms)
    found: list[frozenset[str]] = []
    for start in range(0, len(runs), BATCH):
        batch = runs[start : start + BATCH]
        found += _types(terminology, batch, words)
    differing = [i for i, run in enumerate(runs) if found[i] != run.classes]
    for place in differing:
        (found[place],) = _types(terminology, [runs[place]], words)
    return Realised(tuple(found), len(differing))


def _types(
    terminology: tuple[str, ...], batch: Sequence[Run], words: Words
) -> list[frozenset[str]]:
    lines = [
        line
        for i, run in enumerate(batch)
        for line in asserted(_shortened(run.kept), run.given, words, f"c{i}")
    ]
    if any(map(UNREADABLE.search, lines)):
        raise OracleError("Konclude cannot read a decimal between -1 and 0")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = document((*terminology, *lines))
        (folder / "in.ofn").write_text(text, encoding="utf-8")
        run_konclude(folder)
        found: defaultdict[str, set[str]] = defaultdict(set)
        for individual, owl_class in read_found(folder / "out.owx"):
            found[individual].add(owl_class)
    return [frozenset(found[f"c{i}"] - words.tops) for i in range(len(batch))]


def _shortened(findings: Findings) -> Findings:
    """The findings with bounds of at most 18 digits."""

    def short(bound: Decimal | None) -> Decimal | None:
        return None if bound is None else DIGITS.plus(bound)

    return tuple(
        replace(f, interval=replace(i, low=short(i.low), high=short(i.high)))
        if (i := f.interval)
        else f
        for f in findings
    )


def konclude_version() -> str:
    """The version, as the program tells it at each start."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.ofn").write_text(document(()), encoding="utf-8")
        told = VERSION.search(run_konclude(folder))
    if told is None:
        raise OracleError("this Konclude does not tell its version")
    return told[1]


def run_konclude(folder: Path) -> str:
    """Let it read `in.ofn` and write `out.owx`; returns what it tells meanwhile."""
    program = shutil.which("Konclude")
    if program is None:
        raise OracleError("Konclude is not installed (Debian package konclude)")
    command = [program, "realization", "-w", "2", "-i", "in.ofn", "-o", "out.owx"]
    done = subprocess.run(
        command, cwd=folder, check=True, timeout=DEADLINE, capture_output=True
    )
    return done.stdout.decode()


def read_found(path: Path) -> Iterator[tuple[str, str]]:
    """Individual and class of every assertion about our own names."""
    for item in ET.parse(path).getroot().iter(f"{OWL}ClassAssertion"):  # noqa: S314
        owl_class, individual = (part.attrib["IRI"] for part in item)
        if owl_class.startswith(BASE):
            yield individual.removeprefix(BASE), owl_class.removeprefix(BASE)
