"""Reads one line of OWL functional syntax and names its shape (S1 to S3).

Only the fragment of the ontology is understood; everything else is a `LintError` with
file and line, because a shape that the evaluator does not run must never be written.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from ontology.compiler.axiom import LOWER, UPPER, Assertion, Axiom, Facet, LintError

LEXEME = re.compile(r'\s*(?:[()]|"(?:[^"\\]|\\.)*"|[^\s()"]+)')
LOWER_FACETS = frozenset({"minInclusive", "minExclusive"})
UPPER_FACETS = frozenset({"maxInclusive", "maxExclusive"})
DECIMAL = re.compile(r"-?\d+(\.\d+)?")

Tree: TypeAlias = "str | list[Tree]"


def read_line(text: str, at: str) -> Axiom | Assertion:
    """Read one line by hand; raises LintError for anything outside the fragment."""
    tree = _tree(text, at)
    if isinstance(tree, str):
        raise LintError(at, "an axiom is expected")
    sources, rest = _sources(tree[1:], at)
    match tree[0], rest:
        case "AnnotationAssertion", _:
            return _assertion(rest, sources, at)
        case "SubClassOf", [left, right]:
            body, facet = _body(left, at)
            return Axiom(body, _name(right, at), sources, at, facet=facet)
        case other, _:
            raise LintError(at, f"{other} is outside the fragment")


def _tree(text: str, at: str) -> Tree:
    """Nested lists; the word before an opening bracket is the first of its list."""
    stack: list[list[Tree]] = [[]]
    position, end = 0, len(text.rstrip())
    while position < end:
        match = LEXEME.match(text, position)
        if not match:
            raise LintError(at, "not functional syntax")
        position = match.end()
        lexeme = match[0].strip()
        if lexeme == "(":
            opened: list[Tree] = stack[-1][-1:]
            if not opened or not isinstance(opened[0], str):
                raise LintError(at, "a bracket follows a word")
            stack[-1][-1:] = [opened]
            stack.append(opened)
        elif lexeme == ")":
            stack.pop()
            if not stack:
                raise LintError(at, "one bracket too many")
        else:
            stack[-1].append(lexeme)
    if len(stack) != 1 or len(stack[0]) != 1:
        raise LintError(at, "brackets do not match, or more than one axiom on the line")
    return stack[0][0]


def _sources(items: list[Tree], at: str) -> tuple[tuple[str, ...], list[Tree]]:
    sources: list[str] = []
    for position, item in enumerate(items):
        match item:
            case ["Annotation", "dcterms:source", str(value)]:
                sources.append(value.strip('"'))
            case ["Annotation", *_]:
                raise LintError(at, "only dcterms:source may annotate an axiom")
            case _:
                return tuple(sources), items[position:]
    return tuple(sources), []


def _assertion(items: list[Tree], sources: tuple[str, ...], at: str) -> Assertion:
    match items:
        case [str(key), str(subject), str(value)]:
            tag = ""
        case [str(key), str(subject), str(value), str(tag)]:
            pass
        case _:
            raise LintError(at, "an annotation is a property, a name and a value")
    plain = value.strip('"') if value.startswith('"') else _name(value, at)
    language = tag[1:] if tag.startswith("@") else ""
    datatype = tag[6:] if tag.startswith("^^xsd:") else ""
    return Assertion(
        _name(key, at), _name(subject, at), plain, language, datatype, sources, at
    )


def _name(item: Tree, at: str) -> str:
    if not isinstance(item, str) or not item.startswith(":"):
        raise LintError(at, "only a named class may stand here")
    return item[1:]


def _body(item: Tree, at: str) -> tuple[tuple[str, ...], Facet | None]:
    if isinstance(item, str):
        return (_name(item, at),), None
    match item:
        case ["ObjectIntersectionOf", left, list(right)]:
            return (_name(left, at),), _facet(right, at)
        case ["ObjectIntersectionOf", *parts]:
            names = [_name(part, at) for part in parts]
        case [other, *_]:
            raise LintError(at, f"{other} is outside the fragment")
    if len(names) == 1 or len(set(names)) != len(names):
        raise LintError(at, "an intersection needs two or more different names")
    return tuple(sorted(names)), None


def _facet(item: list[Tree], at: str) -> Facet:
    match item:
        case [
            "DataSomeValuesFrom",
            str(bound),
            [
                "DatatypeRestriction",
                "xsd:decimal",
                str(facet),
                str(value),
                "^^xsd:decimal",
            ],
        ]:
            found = Facet(
                _name(bound, at), facet.removeprefix("xsd:"), value.strip('"')
            )
        case _:
            raise LintError(at, "only a decimal facet on a bound may stand here")
    down = found.bound in LOWER and found.facet in LOWER_FACETS
    up = found.bound in UPPER and found.facet in UPPER_FACETS
    if not (down or up):
        raise LintError(at, "a lower bound takes a lower facet, an upper an upper one")
    if not DECIMAL.fullmatch(found.value):
        raise LintError(at, "a decimal is written without exponent")
    return found
