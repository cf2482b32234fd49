"""The statements of the two knowledge files, each with an id that stays.

A statement is a row of a table (of a table of two positions: one of them; of the
tables of causes and mimics: an element of a cell, as section 6 of criteria.md counts
them), a numbered part of a paragraph, a paragraph, a bullet or a line of a block. Its
id is the file, the section, and the first cell of the row, else a number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

KNOWLEDGE = Path(__file__).resolve().parents[2] / "docs/reference/knowledge"
CLINICAL, CRITERIA = "clinical", "criteria"
# Where the elements of the cells of clinical.md b and c are counted.
ELEMENTS = "6"
# What stands before the first section.
TOP = "top"
HEAD_LINES = 2
HEADING = re.compile(r"^#{2,3} (?:(Appendix|\w(?:\.\d)?)\.? )?")
# Sections whose rows hold two positions, in these columns of the table.
POSITIONS = {"a.6": (2, 3)}
# (1) ... or (i) ... inside a paragraph.
PART = re.compile(r"(?<![\w.])\((\d|[ivx]+)\) ")
MARKS = re.compile(r"[`*]")


Reading: TypeAlias = "Callable[[str, str, str], Iterator[Statement]]"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its text, of a row its cells, and the line where it stands."""

    id: str
    file: str
    section: str
    text: str
    cells: tuple[str, ...] = ()
    line: str = ""


def read_statements(folder: Path = KNOWLEDGE) -> tuple[Statement, ...]:
    """Every statement of both files, in their order; ids are unique."""
    found = [
        statement
        for file in (CLINICAL, CRITERIA)
        for statement in _statements(file, (folder / f"{file}.md").read_text("utf-8"))
    ]
    return tuple(_numbered(found))


def plain(text: str) -> str:
    """Text without the marks of Markdown."""
    return MARKS.sub("", text).strip()


def _numbered(found: list[Statement]) -> Iterator[Statement]:
    """The same id a second time gets a number."""
    seen: Counter[str] = Counter()
    for item in found:
        seen[item.id] += 1
        id = f"{item.id} #{seen[item.id]}" if seen[item.id] > 1 else item.id
        yield replace(item, id=id)


def _statements(file: str, text: str) -> Iterator[Statement]:
    for section, line, read in _lines(text):
        for found in read(file, section, line):
            yield replace(found, line=line)


def _lines(text: str) -> Iterator[tuple[str, str, Reading]]:
    """Each line that states something, with its section and how it is read."""
    section, in_block, table = TOP, False, 0
    for line in text.splitlines():
        # the head of a table and the line below it say nothing by themselves
        table = table + 1 if line.startswith("|") else 0
        if line.startswith("```"):
            in_block = not in_block
        elif in_block:
            if line.strip() and not line.startswith("#"):
                yield section, line, _block
        elif line.startswith("#"):
            heading = HEADING.match(line)
            # a heading without a number stands inside the section above it
            section = (heading and heading[1]) or section
        elif table > HEAD_LINES:
            yield section, line, _row
        elif not table and line.strip("- "):
            yield section, line, _paragraph


def _block(file: str, section: str, line: str) -> Iterator[Statement]:
    axioms = re.findall(r"SubClassOf\(.*?\)(?= SubClassOf|$)", line) or [line.strip()]
    for axiom in axioms:
        yield Statement(f"{file} {section} line", file, section, axiom)


def _row(file: str, section: str, line: str) -> Iterator[Statement]:
    cells = tuple(cell.strip() for cell in line.strip().strip("|").split(" | "))
    name = plain(cells[0])
    if section in POSITIONS and file == CLINICAL:
        for place, side in zip(POSITIONS[section], "AB", strict=True):
            text = f"{cells[1]}: {cells[place]}"
            yield Statement(
                f"{file} {section} {name} {side}", file, section, text, cells
            )
        return
    if file == CRITERIA and section == ELEMENTS and len(cells) > len(("id", "cell")):
        letter = "b" if name.startswith("cause") else "c"
        id = f"{CLINICAL} {letter} {name}: {plain(cells[1])}, {plain(cells[2])}"
        yield Statement(id, CLINICAL, letter, cells[2], cells)
        return
    yield Statement(f"{file} {section} {name}", file, section, " | ".join(cells), cells)


def _paragraph(file: str, section: str, line: str) -> Iterator[Statement]:
    text = line.removeprefix("- ").strip()
    marks = list(PART.finditer(text))
    if len(marks) < len(("first", "second")):
        yield Statement(f"{file} {section} text", file, section, text)
        return
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        part = text[mark.end() : end].strip(" ;")
        yield Statement(f"{file} {section} ({mark[1]})", file, section, part)
