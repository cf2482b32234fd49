# ruff: noqa: INP001, T201  # a program beside the pages, and it prints
"""Write the lines of an example into a copy of `ontology/edit`, as an editor would.

`python docs/how-to/examples/apply.py add-a-cause /tmp/try-dpo/edit`
"""

from __future__ import annotations

import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent
SECTION = "# =="


def apply(example: Path, edit: Path) -> None:
    """Each file of the example holds the lines for the file of its name in `edit`."""
    for added in sorted([*example.rglob("*.ofn"), *example.rglob("*.tsv")]):
        into = edit / added.relative_to(example)
        old = into.read_text("utf-8").splitlines()
        new = added.read_text("utf-8").splitlines()
        lines = add_axioms(old, new) if into.suffix == ".ofn" else add_rows(old, new)
        into.write_text("\n".join(lines) + "\n", "utf-8")
        print(f"{added.relative_to(example)}: {len(lines) - len(old)} lines more")


def add_rows(old: list[str], new: list[str]) -> list[str]:
    """Below the rows that are there, or in their order if they are sorted.

    In a table of ids, a row whose id is there already replaces the old one.
    """
    head, *rows = old
    ids = [key(row) for row in rows]
    if len(set(ids)) < len(ids):
        return [*old, *new]
    table = dict(zip(ids, rows, strict=True)) | {key(row): row for row in new}
    order = sorted(table) if ids == sorted(ids) else table
    return [head, *(table[id] for id in order)]


def key(row: str) -> str:
    """The first cell of a row."""
    return row.partition("\t")[0]


def add_axioms(old: list[str], new: list[str]) -> list[str]:
    """Each line sorted into the section that the line `# == ...` above it names."""
    lines, place = list(old), 0
    for line in new:
        if line.startswith(SECTION):
            place = lines.index(line) + 1
        else:
            while lines[place] < line and not lines[place].startswith((SECTION, ")")):
                place += 1
            lines.insert(place, line)
    return lines


if __name__ == "__main__":
    apply(EXAMPLES / sys.argv[1], Path(sys.argv[2]))
