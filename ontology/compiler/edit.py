"""Reads `ontology/edit/` into one value; every row keeps its file and line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ontology.compiler.syntax import Assertion, Axiom, LintError, read_line

FILES = ("core", "findings", "thresholds", "diseases", "causes", "mimics")
STATEFUL = {
    "finding": "hasFinding",
    "lab": "hasFinding",
    "measure": "hasFinding",
    "value": "hasFinding",
    "cut": "hasFinding",
    "pair": "hasFinding",
    "disease": "hasCondition",
    "procedure": "hasProcedure",
    "drug": "hasMedication",
    "exposure": "hasExposure",
    "status": "hasStatus",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table of `edit/`, with the place an editor jumps to."""

    at: str
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """The cell, or a LintError that names the missing column."""
        if column not in self.cells:
            raise LintError(self.at, f"there is no column {column}")
        return self.cells[column]

    def list(self, column: str) -> tuple[str, ...]:
        """The parts of a cell that are separated by a bar."""
        return tuple(part for part in self[column].split("|") if part)


@dataclass(frozen=True, slots=True)
class Edit:
    """Everything that people wrote."""

    terms: dict[str, Row]
    axioms: tuple[Axiom, ...]
    assertions: tuple[Assertion, ...]
    criteria: tuple[Row, ...]
    evidence: tuple[Row, ...]
    sources: dict[str, Row]
    tests: dict[str, Row]
    limits: tuple[Row, ...]
    phrases: dict[str, Row]
    mappings: tuple[Row, ...]
    systems: tuple[Row, ...]
    header: dict[str, str]

    def kind(self, name: str) -> str:
        """The kind of a term, or "" for a name that is none."""
        row = self.terms.get(name)
        return row["kind"] if row else ""

    def annotation(self, key: str, subject: str) -> str:
        """The one value of an annotation, or ""."""
        for item in self.assertions:
            if item.property == key and item.subject == subject:
                return item.value
        return ""


def read_edit(folder: Path) -> Edit:
    """Read all hand-edited files; raises LintError at the first that cannot be read."""
    axioms, assertions = _read_axioms(folder)
    return Edit(
        terms=_keyed(_table(folder / "terms.tsv"), "id"),
        axioms=axioms,
        assertions=assertions,
        criteria=tuple(_table(folder / "criteria.tsv")),
        evidence=tuple(_table(folder / "evidence.tsv")),
        sources=_keyed(_table(folder / "sources.tsv"), "id"),
        tests=_keyed(_table(folder / "tests.tsv"), "test"),
        limits=tuple(_table(folder / "limits.tsv")),
        phrases=_keyed(_phrases(folder), "id"),
        mappings=tuple(_mappings(folder)),
        systems=tuple(_table(folder / "mappings" / "systems.tsv")),
        header={row["key"]: row["value"] for row in _table(folder / "header.tsv")},
    )


def input_files(folder: Path) -> list[Path]:
    """The files that the build reads, in stable order."""
    return sorted(p for p in folder.rglob("*") if p.suffix in {".ofn", ".tsv", ".rq"})


def _read_axioms(folder: Path) -> tuple[tuple[Axiom, ...], tuple[Assertion, ...]]:
    axioms: list[Axiom] = []
    assertions: list[Assertion] = []
    for name in FILES:
        for item in _lines(folder / f"{name}.ofn"):
            if isinstance(item, Axiom):
                axioms.append(item)
            else:
                assertions.append(item)
    return tuple(axioms), tuple(assertions)


def _lines(path: Path) -> Iterator[Axiom | Assertion]:
    previous = ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        at = f"{path.name}:{number}"
        if line.startswith("# =="):
            previous = ""
        if not line or line.startswith(("#", "Prefix(", "Ontology(", ")")):
            continue
        if line <= previous:
            raise LintError(at, "lines of a section are sorted and written once")
        previous = line
        yield read_line(line, at)


def _table(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = ((n, line) for n, line in enumerate(file, 1) if line[0] != "#")
        numbers: list[int] = []

        def remember() -> Iterator[str]:
            for number, line in lines:
                numbers.append(number)
                yield line

        reader = csv.reader(remember(), delimiter="\t", quoting=csv.QUOTE_NONE)
        columns = next(reader)
        for cells in reader:
            at = f"{path.name}:{numbers[-1]}"
            if len(cells) != len(columns):
                raise LintError(at, f"{len(cells)} cells, {len(columns)} columns")
            yield Row(at, dict(zip(columns, cells, strict=True)))


def _keyed(rows: Iterator[Row], column: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        if row[column] in found:
            raise LintError(row.at, f"{row[column]} is there twice")
        found[row[column]] = row
    return found


def _phrases(folder: Path) -> Iterator[Row]:
    for path in sorted((folder / "phrases").glob("*.tsv")):
        yield from _table(path)


def _mappings(folder: Path) -> Iterator[Row]:
    for path in sorted((folder / "mappings").glob("*.sssom.tsv")):
        yield from _table(path)
