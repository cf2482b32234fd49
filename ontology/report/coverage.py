"""`docs/reference/knowledge-coverage.md`: each statement, its axioms or the reason."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ontology.compiler.edit import read_edit
from ontology.report.citations import Citations, read_citations
from ontology.report.statements import Statement, plain, read_statements

FOLDER = Path(__file__).resolve().parents[1]
HEAD = Path(__file__).with_name("heads") / "coverage.md"
TABLE = "coverage.tsv"
NOT_MODELLED = "not modelled"
# The place of section 6 of criteria.md where it gives a reason of its own.
REASON_CELL = 3
SHOWN, LONGEST = 5, 160
COLUMNS = ("Statement", "What it says", "Axioms", "Through", "Why not, or not all")


class Uncovered(Exception):
    """The table and the statements do not fit; says every line at fault."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of coverage.tsv; a statement that ends with `*` means all that begin so.

    `through` are axiom ids, or what axioms conclude.
    """

    statement: str
    through: tuple[str, ...]
    reason: str
    source: str

    def covers(self, id: str) -> bool:
        """Whether the statement is meant."""
        if self.statement.endswith("*"):
            return id.startswith(self.statement[:-1])
        return id == self.statement


@dataclass(frozen=True, slots=True)
class Covered:
    """A statement with the axioms that say it, or the reason why none does."""

    statement: Statement
    axioms: tuple[str, ...]
    through: tuple[str, ...]
    reason: str


def write_coverage(edit: Path = FOLDER / "edit", build: Path = FOLDER / "build") -> str:
    """The whole page; raises Uncovered."""
    rules = json.loads((build / "rules.json").read_bytes())
    citations = read_citations(read_edit(edit), rules)
    found = cover(read_statements(), read_lines(edit / TABLE), citations)
    return "\n".join([HEAD.read_text("utf-8"), *_summary(found), *_sections(found), ""])


def read_lines(path: Path) -> tuple[Line, ...]:
    """The lines of coverage.tsv, in their order."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(
            Line(
                row["statement"],
                tuple(name for name in row["through"].split("|") if name),
                row["reason"],
                row["source"],
            )
            for row in rows
        )


def cover(
    statements: Sequence[Statement], lines: Sequence[Line], citations: Citations
) -> tuple[Covered, ...]:
    """Every statement with its axioms or its reason.

    Raises Uncovered for a statement that has neither, for a name of the table that
    concludes nothing in the build, for a source that is none, and for a line that no
    statement needs.
    """
    faults = list(_wrong_lines(lines, citations))
    used: set[Line] = set()
    found = []
    for statement in statements:
        covered = _cover(statement, lines, citations, used)
        if not covered.axioms and not covered.reason:
            faults.append(f"{statement.id}: neither an axiom nor a reason")
        found.append(covered)
    faults += [
        f"{TABLE}: no statement needs {x.statement}" for x in lines if x not in used
    ]
    if faults:
        raise Uncovered("\n".join(faults))
    return tuple(found)


def _wrong_lines(lines: Sequence[Line], citations: Citations) -> Iterator[str]:
    for line in lines:
        for name in line.through:
            if not _named(name, citations):
                yield f"{TABLE}: {line.statement}: the build has no {name}"
        for source in line.source.split("|"):
            if source not in citations.edit.sources:
                yield f"{TABLE}: {line.statement}: {source} is no source"


def _named(name: str, citations: Citations) -> set[str]:
    try:
        return citations.named(name)
    except KeyError:
        return set()


def _cover(
    statement: Statement,
    lines: Sequence[Line],
    citations: Citations,
    used: set[Line],
) -> Covered:
    link = citations.of(statement)
    exact = [line for line in lines if line.statement == statement.id]
    wide = [line for line in lines if line.covers(statement.id)]
    # what a person wrote of a statement decides, also that no axiom says it
    is_denied = any(not line.through for line in exact)
    axioms = set() if is_denied else set(link.axioms)
    through, reason = list(link.through), ""
    if not axioms and not exact:
        reason = _own_reason(statement)
    for line in exact or ([] if axioms or reason else wide[-1:]):
        used.add(line)
        through += [f"{TABLE} {name}" for name in line.through]
        axioms |= {id for name in line.through for id in _named(name, citations)}
        reason = line.reason
    return Covered(
        statement, tuple(sorted(axioms)), tuple(dict.fromkeys(through)), reason
    )


def _own_reason(statement: Statement) -> str:
    """The reason that criteria.md 6 gives itself."""
    told = statement.cells[REASON_CELL:]
    if told and len(statement.cells) == REASON_CELL + 1:
        text = plain(told[0])
        if text.startswith(NOT_MODELLED):
            reason = text.removeprefix(NOT_MODELLED).lstrip(": ")
            return f"{reason[:1].upper()}{reason[1:]} (criteria.md 6)."
    return ""


def _summary(found: Sequence[Covered]) -> Iterator[str]:
    counts = Counter((c.statement.file, c.statement.section) for c in found)
    said = Counter((c.statement.file, c.statement.section) for c in found if c.axioms)
    yield "| File, section | Statements | Said by axioms | With a reason only |"
    yield "|---|--:|--:|--:|"
    for key, number in counts.items():
        yield f"| {' '.join(key)} | {number} | {said[key]} | {number - said[key]} |"
    total = sum(said.values())
    yield f"| all | {len(found)} | {total} | {len(found) - total} |"
    yield ""


def _sections(found: Sequence[Covered]) -> Iterator[str]:
    section = ""
    for covered in found:
        name = f"{covered.statement.file}.md {covered.statement.section}".rstrip()
        if name != section:
            section = name
            yield from ("", f"## {section}", "")
            yield f"| {' | '.join(COLUMNS)} |"
            yield "|---|---|---|---|---|"
        yield _row(covered)
    yield ""


def _row(covered: Covered) -> str:
    axioms = [f"`{id}`" for id in covered.axioms]
    through = [f"`{name}`" for name in covered.through[:SHOWN]]
    through += [f"({len(covered.through)} in all)"] if covered.through[SHOWN:] else []
    name = covered.statement.id.split(" ", 1)[1]
    text = _short(covered.statement.text)
    cells = (_short(name), text, ", ".join(axioms), ", ".join(through), covered.reason)
    return f"| {' | '.join(cells)} |"


def _short(text: str) -> str:
    """Plain text of one cell, cut at a word."""
    found = plain(text).replace("|", "/").replace("[", "(").replace("]", ")")
    if len(found) <= LONGEST:
        return found
    return f"{found[:LONGEST].rsplit(' ', 1)[0]} ..."
