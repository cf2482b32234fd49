"""A query as a row of tokens, and the graphs that it names with FROM.

Enough of SPARQL's grammar to tell a keyword from text in strings, IRIs, names,
variables and comments; what is valid, the engine decides.
Source: https://www.w3.org/TR/sparql11-query/#sparqlGrammar
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urljoin

# Each alternative is found in linear time. A string without its end goes on to the end
# of its line, or to that of the text.
TOKEN = re.compile(
    r"""
    (?P<space>\s++|\#[^\r\n]*+)
  | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>)
  | (?P<long>\"\"\"(?:[^"\\]|\\.|"(?!""))*+(?P<double>\"\"\")?
           | '''(?:[^'\\]|\\.|'(?!''))*+(?P<single>''')?)
  | (?P<short>"(?:[^"\\\r\n]|\\[^\r\n])*+"?
            | '(?:[^'\\\r\n]|\\[^\r\n])*+'?)
  | (?P<other>[?$]\w++|@[A-Za-z]++(?:-++[A-Za-z0-9]++)*+|_:[\w.\-\u00B7]*+)
  | (?P<name>(?:[^\W\d_][\w.\-\u00B7]{0,99}+)?:
             (?:[\w:\-\u00B7]|%[0-9A-Fa-f]{2}|\\.|\.(?=[\w:.\-\u00B7%\\]))*+)
  | (?P<word>[^\W\d]\w*+)
  | (?P<number>\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# What is surely an IRI: an absolute one, or a relative one without signs that could
# just as well be those of an expression.
IRI = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.-]*:|[\w/#?%:@.~\\-]*>)")
CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Token(NamedTuple):
    """One token; a keyword is a `word`, in upper case. An `open` string has no end."""

    kind: str
    text: str
    start: int


def read_tokens(text: str) -> Iterator[Token]:
    """The tokens without space and comments.

    Whether `<...>` is an IRI or a comparison that another one follows can be told from
    its characters as good as always.
    """
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        assert found  # noqa: S101  # the last alternative matches everything
        token = Token(found.lastgroup or "", found[0], position)
        if token.kind == "iri" and not IRI.match(token.text):
            token = Token("sign", "<", position)
        elif token.kind == "word":
            token = Token("word", token.text.upper(), position)
        elif token.kind == "long" and not (found["double"] or found["single"]):
            token = Token("open", token.text, position)
        position += len(token.text)
        if token.kind != "space":
            yield token


class Graphs(NamedTuple):
    """The graphs that FROM and FROM NAMED name, as IRIs."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def read_graphs(
    tokens: Sequence[Token], base: str, prefixes: Sequence[tuple[str, str]] = ()
) -> Graphs:
    """What FROM names; empty where a name cannot be read, which the engine refuses."""
    names, default, named = Names(base, prefixes), list[str](), list[str]()
    following = iter(tokens)
    for token in following:
        if token.kind != "word":
            continue
        if token.text == "BASE":
            names.base = names.resolve(next(following, END))
        elif token.text == "PREFIX":
            prefix = next(following, END).text
            names.prefixes[prefix] = names.resolve(next(following, END))
        elif token.text == "FROM":
            graph = next(following, END)
            into = named if graph.text == "NAMED" else default
            into.append(names.resolve(next(following, END) if into is named else graph))
    return Graphs(tuple(default), tuple(named)) if all(default + named) else Graphs()


END = Token("end", "", 0)


class Names:
    """The prologue: what relative IRIs and prefixed names stand for."""

    def __init__(self, base: str, prefixes: Sequence[tuple[str, str]] = ()) -> None:
        self.base = base
        self.prefixes = {f"{prefix}:": space for prefix, space in prefixes}

    def resolve(self, token: Token) -> str:
        """The IRI of a token; empty when it is no name, or one without a prefix."""
        if token.kind == "iri":
            iri = CODE_POINT.sub(as_character, token.text[1:-1])
            return urljoin(self.base, iri) if self.base else iri
        prefix, colon, local = token.text.partition(":")
        space = self.prefixes.get(prefix + colon, "")
        return space + ESCAPED.sub(r"\1", local) if space else ""


def as_character(escape: re.Match[str]) -> str:
    """The character of an escape; that of no character is left as it is."""
    number = int(escape[1] or escape[2], 16)
    return chr(number) if number <= sys.maxunicode else escape[0]
