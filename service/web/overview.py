"""The drawn overview: a tree of patterns, causes and mimics, laid out in numbers.

There are two drawings of the same tree, since text cannot shrink: a wide one with the
causes to the left and the mimics to the right, and one for a narrow screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap

from service.web.stored import Stored

ROOT, PATTERN, CAUSE, MIMIC = "root", "pattern", "cause", "mimic"
LINE = 17  # pixels of a line of text; a letter takes about 7
PADDING = 8
GAP = 7  # between two leaves
HEADING = 30  # above the leaves of a group
BETWEEN = 16  # two groups
TITLE = 64  # above the groups of a side

WIDE, LEAF, LEAF_LETTERS = 1180, 330, 44
ROOT_WIDTH, ROOT_LETTERS = 220, 24
PATTERN_LETTERS = 30
NARROW, NARROW_LEAF, NARROW_LETTERS = 360, 322, 42
TRUNK = 14  # where the trunk of the narrow drawing stands


@dataclass(frozen=True, slots=True)
class Node:
    """A term to draw: its kind, and its rank from 1 (strong evidence) to 5."""

    id: str
    kind: str
    level: str
    rank: int


@dataclass(frozen=True, slots=True)
class Group:
    """Leaves of one kind and one level of evidence; a level is empty for patterns."""

    kind: str
    level: str
    rank: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A box with the lines of its name; `y` and `height` include the padding."""

    id: str
    kind: str
    lines: tuple[str, ...]
    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        """The height of the box."""
        return len(self.lines) * LINE + 2 * PADDING

    @property
    def middle(self) -> float:
        """The height at which a branch meets the box."""
        return self.y + self.height / 2

    def baselines(self) -> Iterable[tuple[float, str]]:
        """Each line with the height of its baseline."""
        for number, line in enumerate(self.lines):
            yield self.y + PADDING + number * LINE + 13, line


@dataclass(frozen=True, slots=True)
class Heading:
    """The words above a side (no level) or a group, where they begin."""

    kind: str
    level: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Branch:
    """A curve as SVG writes it; the stronger the evidence, the thicker."""

    path: str
    kind: str
    rank: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything to draw, in pixels."""

    width: float
    height: float
    root: Leaf
    headings: tuple[Heading, ...]
    leaves: tuple[Leaf, ...]
    branches: tuple[Branch, ...]


def read_nodes(stored: Stored) -> tuple[Node, ...]:
    """The root, the patterns, and all hypotheses, the best evidence first."""
    nodes = (
        Node(
            stored.local(row["id"]),
            row["kind"],
            row.get("level", ""),
            int(row.get("rank", "1")),
        )
        for row in stored.rows("term-overview")
    )
    return tuple(sorted(nodes, key=lambda node: (node.kind, node.rank, node.id)))


def group_nodes(nodes: Iterable[Node], kind: str) -> tuple[Group, ...]:
    """The nodes of a kind by their level, in the order in which they come."""
    groups: dict[tuple[str, int], list[Node]] = {}
    for node in nodes:
        if node.kind == kind:
            groups.setdefault((node.level, node.rank), []).append(node)
    return tuple(
        Group(kind, level, rank, tuple(found))
        for (level, rank), found in groups.items()
    )


class Layout:
    """Puts leaves below each other; `names` has the name of each id."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.headings: list[Heading] = []
        self.leaves: list[Leaf] = []
        self.branches: list[Branch] = []

    def leaf(self, node: Node, x: float, y: float, width: float, letters: int) -> Leaf:
        """The box of a node, its name in as many lines as it takes."""
        lines = tuple(wrap(self.names[node.id], letters)) or ("",)
        return Leaf(node.id, node.kind, lines, x, y, width)

    def column(
        self, groups: Sequence[Group], x: float, y: float, width: float, letters: int
    ) -> float:
        """A title and the groups below it; answers where they end."""
        if not groups:
            return y
        self.headings.append(Heading(groups[0].kind, "", x, y + 20))
        y += TITLE
        for group in groups:
            if group.level:
                self.headings.append(Heading(group.kind, group.level, x, y + 16))
                y += HEADING
            for node in group.nodes:
                leaf = self.leaf(node, x, y, width, letters)
                self.leaves.append(leaf)
                y += leaf.height + GAP
            y += BETWEEN
        return y - BETWEEN - GAP

    def drawing(self, width: float, height: float, root: Leaf) -> Drawing:
        """All that was placed."""
        return Drawing(
            width,
            height,
            root,
            tuple(self.headings),
            tuple(self.leaves),
            tuple(self.branches),
        )


def draw_wide(nodes: Sequence[Node], names: dict[str, str]) -> Drawing:
    """Causes to the left, mimics to the right, the patterns above the root."""
    layout = Layout(names)
    right = WIDE - LEAF
    ends = [
        layout.column(group_nodes(nodes, kind), x, 0, LEAF, LEAF_LETTERS)
        for kind, x in ((CAUSE, 0), (MIMIC, right))
    ]
    sides = list(layout.leaves)
    height = max(ends) + 2
    left = (WIDE - ROOT_WIDTH) / 2
    (top,) = (node for node in nodes if node.kind == ROOT)
    root = layout.leaf(top, left, height / 2, ROOT_WIDTH, ROOT_LETTERS)
    patterns = group_nodes(nodes, PATTERN)
    first = Layout(names)
    tall = first.column(patterns, left, 0, ROOT_WIDTH, PATTERN_LETTERS)
    layout.column(
        patterns, left, root.y - tall - TITLE / 2, ROOT_WIDTH, PATTERN_LETTERS
    )
    above = layout.leaves[len(sides) :]
    ranks = {node.id: node.rank for node in nodes}
    for leaf in sides:
        start = root.x if leaf.x < root.x else root.x + root.width
        end = leaf.x + leaf.width if leaf.x < root.x else leaf.x
        path = curve(start, root.middle, end, leaf.middle)
        layout.branches.append(Branch(path, leaf.kind, ranks[leaf.id]))
    for lower, upper in pairwise([root, *reversed(above)]):
        stem = f"M{WIDE / 2:g} {lower.y:g}V{upper.y + upper.height:g}"
        layout.branches.append(Branch(stem, PATTERN, 1))
    return layout.drawing(WIDE, height, root)


def curve(x: float, y: float, end_x: float, end_y: float) -> str:
    """A branch that leaves and arrives level."""
    half = (x + end_x) / 2
    return f"M{x:g} {y:g}C{half:g} {y:g} {half:g} {end_y:g} {end_x:g} {end_y:g}"


def draw_narrow(nodes: Sequence[Node], names: dict[str, str]) -> Drawing:
    """Everything below each other, along a trunk at the left."""
    layout = Layout(names)
    (top,) = (node for node in nodes if node.kind == ROOT)
    root = layout.leaf(top, 1, 1, NARROW - 2, NARROW_LETTERS)
    x, y = NARROW - NARROW_LEAF - 1, root.y + root.height + BETWEEN
    for kind in (PATTERN, CAUSE, MIMIC):
        groups = group_nodes(nodes, kind)
        y = layout.column(groups, x, y, NARROW_LEAF, NARROW_LETTERS) + 2 * BETWEEN
    ranks = {node.id: node.rank for node in nodes}
    for leaf in layout.leaves:
        turn = leaf.middle - LINE
        path = f"M{TRUNK} {turn:g}Q{TRUNK} {leaf.middle:g} {x:g} {leaf.middle:g}"
        layout.branches.append(Branch(path, leaf.kind, ranks[leaf.id]))
    end = layout.leaves[-1].middle - LINE
    trunk = f"M{TRUNK} {root.y + root.height:g}V{end:g}"
    layout.branches.append(Branch(trunk, ROOT, 2))
    return layout.drawing(NARROW, y - 2 * BETWEEN + 2, root)
