"""Reads `ontology/edit/` into one value; every row keeps its file and line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ontology.compiler.axiom import Assertion, Axiom, LintError
from ontology.compiler.syntax import read_line

FILES = ("core", "findings", "thresholds", "diseases", "causes", "mimics")
# of each kind whose concepts have states: the relation from the case to a finding
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
RELATIONS = frozenset(STATEFUL.values())


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
    plausible: dict[str, Row]
    phrases: dict[str, Row]
    mappings: tuple[Row, ...]
    systems: tuple[Row, ...]
    header: dict[str, str]
    _notes: dict[tuple[str, str], tuple[Assertion, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Index the annotations by property and name: they are asked for often."""
        notes: dict[tuple[str, str], tuple[Assertion, ...]] = {}
        for item in self.assertions:
            key = (item.property, item.subject)
            notes[key] = (*notes.get(key, ()), item)
        object.__setattr__(self, "_notes", notes)

    def kind(self, name: str) -> str:
        """The kind of a term, or "" for a name that is none."""
        row = self.terms.get(name)
        return row["kind"] if row else ""

    def annotation(self, key: str, subject: str) -> str:
        """The one value of an annotation, or ""."""
        found = self.annotations(key, subject)
        return found[0].value if found else ""

    def annotations(self, key: str, subject: str) -> tuple[Assertion, ...]:
        """Every annotation of a name with one property, in the order of the files."""
        return self._notes.get((key, subject), ())


def read_edit(folder: Path) -> Edit:
    """Read all hand-edited files; raises LintError at the first that cannot be read."""
    items = [item for name in FILES for item in _lines(folder / f"{name}.ofn")]
    return Edit(
        terms=_keyed(_table(folder / "terms.tsv"), "id"),
        axioms=tuple(item for item in items if isinstance(item, Axiom)),
        assertions=tuple(item for item in items if isinstance(item, Assertion)),
        criteria=tuple(_table(folder / "criteria.tsv")),
        evidence=tuple(_table(folder / "evidence.tsv")),
        sources=_keyed(_table(folder / "sources.tsv"), "id"),
        tests=_keyed(_table(folder / "tests.tsv"), "test"),
        limits=tuple(_table(folder / "limits.tsv")),
        plausible=_keyed(_table(folder / "plausible.tsv"), "concept"),
        phrases=_keyed(_phrases(folder), "id"),
        mappings=tuple(_mappings(folder)),
        systems=tuple(_table(folder / "mappings" / "systems.tsv")),
        header={row["key"]: row["value"] for row in _table(folder / "header.tsv")},
    )


def input_files(folder: Path) -> list[Path]:
    """The files that the build reads, in stable order."""
    return sorted(p for p in folder.rglob("*") if p.suffix in {".ofn", ".tsv", ".rq"})


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
    """The rows below the first line that is no comment: that line names the columns."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = [
            (f"{path.name}:{number}", line)
            for number, line in enumerate(file, 1)
            if not line.startswith("#")
        ]
    places = [at for at, _ in lines]
    reader = csv.reader(
        (line for _, line in lines), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    columns: list[str] = []
    for at, cells in zip(places, reader, strict=True):
        if not columns:
            columns = cells
        elif len(cells) != len(columns):
            raise LintError(at, f"{len(cells)} cells, {len(columns)} columns")
        else:
            yield Row(at, dict(zip(columns, cells, strict=True)))


def _keyed(rows: Iterable[Row], column: str) -> dict[str, Row]:
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
