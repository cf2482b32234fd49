"""Reads one line of OWL functional syntax and names its shape (S1 to S4).

Only the fragment of the ontology is understood; everything else is a `LintError` with
file and line, because a shape that the evaluator does not run must never be written.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TypeAlias

TOKEN = re.compile(r'\s*(?:(?P<p>[()])|(?P<q>"(?:[^"\\]|\\.)*")|(?P<w>[^\s()"]+))')
LOWER = {"atLeast", "greaterThan"}
UPPER = {"atMost", "lessThan"}
LOWER_FACETS = {"minInclusive", "minExclusive"}
UPPER_FACETS = {"maxInclusive", "maxExclusive"}


class LintError(Exception):
    """Something in `edit/` that the fragment or its rules do not allow."""

    def __init__(self, at: str, message: str) -> None:
        """`at` is file:line, as an editor jumps to it."""
        super().__init__(f"{at}: {message}")


@dataclass(frozen=True, slots=True, order=True)
class Facet:
    """The bound of an S3 axiom: property, facet, decimal text."""

    bound: str
    facet: str
    value: str


@dataclass(frozen=True, slots=True)
class Axiom:
    """A subclass axiom of one of the four shapes.

    `body` is sorted; S3 has the quantity alone in it and a `facet`; S4 has X alone in
    it and a `relation`. `by` is hand or the generating rule (G1 to G7).
    """

    body: tuple[str, ...]
    head: str
    sources: tuple[str, ...]
    at: str
    by: str = "hand"
    facet: Facet | None = None
    relation: str = ""

    @property
    def canonical(self) -> str:
        """The axiom without annotations, conjuncts sorted: what its id is made of."""
        return f"SubClassOf({self._left()} :{self.head})"

    @property
    def id(self) -> str:
        """The first 12 hex digits of the SHA-256 of the canonical text."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()[:12]

    def annotated(self) -> str:
        """The axiom in functional syntax with its sources."""
        notes = "".join(f'Annotation(dcterms:source "{s}") ' for s in self.sources)
        return f"SubClassOf({notes}{self._left()} :{self.head})"

    def _left(self) -> str:
        if self.facet:
            f = self.facet
            return (
                f"ObjectIntersectionOf(:{self.body[0]} DataSomeValuesFrom(:{f.bound} "
                f"DatatypeRestriction(xsd:decimal xsd:{f.facet} "
                f'"{f.value}"^^xsd:decimal)))'
            )
        if self.relation:
            return (
                f"ObjectIntersectionOf(:case "
                f"ObjectSomeValuesFrom(:{self.relation} :{self.body[0]}))"
            )
        if len(self.body) == 1:
            return f":{self.body[0]}"
        return f"ObjectIntersectionOf({' '.join(':' + b for b in self.body)})"


@dataclass(frozen=True, slots=True)
class Assertion:
    """An annotation of a name: property, subject, value (with language if it has)."""

    property: str
    subject: str
    value: str
    language: str
    sources: tuple[str, ...]
    at: str


Tree: TypeAlias = "str | list[Tree]"


def read_line(text: str, at: str) -> Axiom | Assertion:
    """Read one line by hand; raises LintError for anything outside the fragment."""
    tree = _tree(text, at)
    if isinstance(tree, str):
        raise LintError(at, "an axiom is expected")
    sources, rest = _sources(tree[1:], at)
    if tree[0] == "AnnotationAssertion":
        return _assertion(rest, sources, at)
    if tree[0] != "SubClassOf" or len(rest) != 2:
        raise LintError(at, f"{tree[0]} is outside the fragment")
    body, facet = _body(rest[0], at)
    return Axiom(body, _name(rest[1], at), sources, at, facet=facet)


def _tree(text: str, at: str) -> Tree:
    stack: list[list[Tree]] = [[]]
    last = ""
    position = 0
    while position < len(text.rstrip()):
        match = TOKEN.match(text, position)
        if not match:
            raise LintError(at, "not functional syntax")
        position = match.end()
        token = match[0].strip()
        if token == "(":
            stack[-1][-1:] = [[last]]
            stack.append(stack[-1][-1])  # type: ignore[arg-type]  # the list just put there
        elif token == ")":
            stack.pop()
            if not stack:
                raise LintError(at, "one bracket too many")
        else:
            stack[-1].append(token)
            last = token
    if len(stack) != 1 or len(stack[0]) != 1:
        raise LintError(at, "brackets do not match, or more than one axiom on the line")
    return stack[0][0]


def _sources(items: list[Tree], at: str) -> tuple[tuple[str, ...], list[Tree]]:
    sources: list[str] = []
    while items and isinstance(items[0], list) and items[0][0] == "Annotation":
        _, key, value = items.pop(0)
        if key != "dcterms:source" or not isinstance(value, str):
            raise LintError(at, "only dcterms:source may annotate an axiom")
        sources.append(value.strip('"'))
    return tuple(sources), items


def _assertion(items: list[Tree], sources: tuple[str, ...], at: str) -> Assertion:
    texts = [item for item in items if isinstance(item, str)]
    if len(texts) != len(items) or len(texts) not in (3, 4):
        raise LintError(at, "an annotation is a property, a name and a value")
    value, tag = texts[2], texts[3] if len(texts) == 4 else ""
    language = tag[1:] if tag.startswith("@") else ""
    plain = value.strip('"') if value.startswith('"') else _name(value, at)
    return Assertion(
        _name(texts[0], at), _name(texts[1], at), plain, language, sources, at
    )


def _name(item: Tree, at: str) -> str:
    if not isinstance(item, str) or not item.startswith(":"):
        raise LintError(at, "only a named class may stand here")
    return item[1:]


def _body(item: Tree, at: str) -> tuple[tuple[str, ...], Facet | None]:
    if isinstance(item, str):
        return (_name(item, at),), None
    if item[0] != "ObjectIntersectionOf":
        raise LintError(at, f"{item[0]} is outside the fragment")
    parts = item[1:]
    if len(parts) == 2 and isinstance(parts[1], list):
        return (_name(parts[0], at),), _facet(parts[1], at)
    names = [_name(part, at) for part in parts]
    if len(set(names)) != len(names) or len(names) < 2:
        raise LintError(at, "an intersection needs two or more different names")
    return tuple(sorted(names)), None


def _facet(item: list[Tree], at: str) -> Facet:
    match item:
        case [
            "DataSomeValuesFrom",
            str(bound),
            ["DatatypeRestriction", "xsd:decimal", str(facet), str(value), str(kind)],
        ] if kind == "^^xsd:decimal":
            found = Facet(
                bound.removeprefix(":"), facet.removeprefix("xsd:"), value.strip('"')
            )
        case _:
            raise LintError(at, "only a decimal facet on a bound may stand here")
    down = found.bound in LOWER and found.facet in LOWER_FACETS
    up = found.bound in UPPER and found.facet in UPPER_FACETS
    if not (down or up):
        raise LintError(at, "a lower bound takes a lower facet, an upper an upper one")
    if not re.fullmatch(r"-?\d+(\.\d+)?", found.value):
        raise LintError(at, "a decimal is written without exponent")
    return found
