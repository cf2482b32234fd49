"""Lines of a terminal: wrapping, blocks with headings, and what gives way for room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from textwrap import wrap

WIDTH = 96
LABEL = 12


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with items; an item is a few wrapped lines and is shown whole.

    `hidden` counts the items that were left out.
    """

    key: str
    heading: str
    items: tuple[tuple[str, ...], ...]
    hidden: int = 0

    def lines(self, more: str) -> list[str]:
        """An empty line, the heading, the items, and how many were left out.

        A block of which nothing is left has no lines of its own.
        """
        if not self.items:
            return []
        lines = ["", self.heading, *(line for item in self.items for line in item)]
        return lines + ([f"  {self.hidden} {more}"] if self.hidden else [])

    def cut(self, count: int) -> Block:
        """The block with its first items only."""
        hidden = self.hidden + max(0, len(self.items) - count)
        return replace(self, items=self.items[:count], hidden=hidden)


def fit(
    blocks: Iterable[Block], room: int, wanted: Mapping[str, int], more: str
) -> list[Block]:
    """As many items of each block as there is room for.

    `wanted` names the blocks by importance and how many items each should have if it
    can: first all get a quarter of that, then half, then all of it, then what is left.
    """
    whole = {block.key: block for block in blocks}
    counts = dict.fromkeys(whole, 0)

    def height() -> int:
        cut = (block.cut(counts[key]) for key, block in whole.items())
        return sum(len(block.lines(more)) for block in cut)

    for share in (0.25, 0.5, 1, inf):
        for key in (key for key in wanted if key in whole):
            goal = min(wanted[key] * share, len(whole[key].items))
            while counts[key] < goal:
                counts[key] += 1
                if height() > room:
                    counts[key] -= 1
                    break
    return [block.cut(counts[key]) for key, block in whole.items()]


def labelled(label: str, text: str) -> list[str]:
    """A label and its text, wrapped under the text."""
    return fill(text, label.ljust(LABEL) + " ", " " * (LABEL + 1))


def bullet(text: str, indent: int = 2) -> tuple[str, ...]:
    """A wrapped item, its further lines indented."""
    return tuple(fill(text, " " * indent, " " * (indent + 3)))


def paragraph(text: str, indent: int = 2) -> list[str]:
    """A wrapped paragraph."""
    return fill(text, " " * indent, " " * indent)


def fill(text: str, first: str, further: str) -> list[str]:
    """The text in lines of at most WIDTH characters."""
    return wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_on_hyphens=False,
    )
