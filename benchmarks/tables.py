"""Tables as Markdown, aligned, so that a terminal and a page show the same."""

from __future__ import annotations

from collections.abc import Sequence

Row = tuple[str, ...]


def print_table(title: str, head: Row, rows: Sequence[Row]) -> None:
    """A table below its title; the first column is text, the others stand right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rules = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print(f"\n### {title}\n")
    for row in (head, rules, *rows):
        first = row[0].ljust(widths[0])
        others = (cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))
        print(f"| {' | '.join((first, *others))} |", flush=True)
