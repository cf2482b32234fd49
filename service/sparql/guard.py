"""Refuses a query before the engine parses it.

It says clearly what this endpoint does not do, and stops what is known to exhaust the
parser's stack. It is not what keeps a query from files and sockets: the worker is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from service.errors import DocumentTooLong, Forbidden, MalformedQuery, QueryTooCostly
from service.sparql.tokens import Graphs, Token, read_graphs, read_tokens

MAX_BYTES = 16 * 1024
MAX_DEPTH = 64
MAX_PATTERN = 256
OPENING, CLOSING = frozenset("{(["), frozenset("})]")
SERVICE = "SERVICE"
UPDATES = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}
    | {"WITH", "USING"}
)
# Functions whose second argument is a regular expression.
PATTERNS = frozenset(("REGEX", "REPLACE"))
# Functions that give another value each time.
VOLATILE = frozenset(("BNODE", "NOW", "RAND", "STRUUID", "UUID"))
NO_SERVICE = (
    "SERVICE is not served, since this endpoint asks no other one: ask that endpoint "
    "yourself, and send its answer along as VALUES."
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a query that may go on to the engine.

    A `volatile` one has another answer each time; `graphs` are those of FROM.
    """

    volatile: bool
    graphs: Graphs


# The endpoint asks for its ETag, the pool before the query runs: of the same text.
@lru_cache(maxsize=16)
def check_query(
    text: str, base: str = "", prefixes: tuple[tuple[str, str], ...] = ()
) -> Checked:
    """Read a query; DocumentTooLong, MalformedQuery, Forbidden or QueryTooCostly.

    A relative IRI of FROM is relative to `base`; `prefixes` need not be declared.
    """
    check_text(text)
    tokens = list(read_tokens(text))
    for token in tokens:
        if token.kind == "open":
            raise malformed(text, token.start, "has a string without an end")
    check_words(tokens)
    check_brackets(tokens)
    words = {token.text for token in tokens if token.kind == "word"}
    graphs = read_graphs(tokens, base, prefixes) if "FROM" in words else Graphs()
    return Checked(bool(words & VOLATILE), graphs)


def check_text(text: str) -> None:
    """The length, and the characters that no query has."""
    try:
        length = len(text.encode())
    except UnicodeEncodeError as problem:
        raise malformed(text, problem.start, "has a lone surrogate") from None
    if length > MAX_BYTES:
        raise DocumentTooLong(f"A query may have at most {MAX_BYTES} bytes: send less.")
    if "\0" in text:
        raise malformed(text, text.index("\0"), "has a null character")


def malformed(text: str, position: int, fault: str) -> MalformedQuery:
    """The refusal, with line and column counted from one."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return MalformedQuery(f"The query {fault} at line {line}, column {column}.")


def check_words(tokens: Iterable[Token]) -> None:
    """Forbidden for a keyword that would write, or ask elsewhere."""
    declared: set[str] = set()
    last = ""
    for token in tokens:
        if token.kind == "word" and token.text in UPDATES:
            raise Forbidden(f"This endpoint only reads: {token.text} is not served.")
        if last == "PREFIX":
            declared.add(token.text)
        elif is_service(token, declared):
            raise Forbidden(NO_SERVICE)
        last = token.text


def is_service(token: Token, declared: set[str]) -> bool:
    """Whether a token is SERVICE, to which the engine lets a name be joined."""
    if token.kind == "word":
        return token.text == SERVICE
    prefix, colon, _ = token.text.partition(":")
    joined = token.kind == "name" and prefix.upper() == SERVICE
    return joined and prefix + colon not in declared


@dataclass(slots=True)
class Bracket:
    """A bracket that is open: the word before it, and its commas so far."""

    word: str
    commas: int = 0


def check_brackets(tokens: Iterable[Token]) -> None:
    """QueryTooCostly for brackets nested too deep, or too long an expression."""
    for token, brackets in nest(tokens):
        if len(brackets) > MAX_DEPTH:
            raise QueryTooCostly(
                f"Brackets may be nested at most {MAX_DEPTH} deep: ask in parts."
            )
        if is_pattern(brackets) and pattern_length(token) > MAX_PATTERN:
            raise QueryTooCostly(
                f"A regular expression may have at most {MAX_PATTERN} characters."
            )


def nest(tokens: Iterable[Token]) -> Iterator[tuple[Token, list[Bracket]]]:
    """Each token with the brackets that are open at it."""
    brackets: list[Bracket] = []
    last = ""
    for token in tokens:
        if token.kind == "sign":
            if token.text in OPENING:
                brackets.append(Bracket(last))
            elif token.text in CLOSING:
                del brackets[-1:]
            elif token.text == "," and brackets:
                brackets[-1].commas += 1
        yield token, brackets
        last = token.text if token.kind == "word" else ""


def is_pattern(brackets: list[Bracket]) -> bool:
    """Whether a regular expression stands here."""
    return bool(brackets) and (
        brackets[-1].word in PATTERNS and brackets[-1].commas == 1
    )


def pattern_length(token: Token) -> int:
    """The characters of a string without its quotes; 0 for anything else."""
    quotes = {"short": 2, "long": 6}.get(token.kind)
    return len(token.text) - quotes if quotes else 0
