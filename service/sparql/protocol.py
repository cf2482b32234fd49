"""The SPARQL 1.1 Protocol: what a request asks. Pure functions over its parts.

Source: https://www.w3.org/TR/sparql11-protocol/#query-operation
"""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import parse_qsl

from service.errors import (
    Forbidden,
    InvalidParameter,
    MalformedQuery,
    UnsupportedMediaType,
)
from service.media import check_charset, split_type
from service.sparql.media import choose_formats
from service.sparql.question import Question

Pairs: TypeAlias = list[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"
QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
DEFAULT_GRAPH, NAMED_GRAPH = "default-graph-uri", "named-graph-uri"
# A form of 16 kB of text, escaped, has a few of its own.
MAX_FIELDS, MAX_GRAPHS = 1000, 100
NOT_UTF8 = "The request is not UTF-8: send it in that encoding."
NO_UPDATE = "This endpoint only reads: an update is not served."
ONE_QUERY = "Send exactly one query."


def read_question(pairs: Pairs, accept: str, base: str) -> Question | None:
    """What is asked; None when there is no query. Other parameters are passed over.

    `base` is what a relative IRI of the query is relative to.
    Raises Forbidden for an update, InvalidParameter for more than one query, and
    NotAcceptable.
    """
    if values(pairs, "update"):
        raise Forbidden(NO_UPDATE)
    queries = values(pairs, "query")
    if not queries:
        return None
    if len(queries) > 1:
        raise InvalidParameter(ONE_QUERY)
    default, named = values(pairs, DEFAULT_GRAPH), values(pairs, NAMED_GRAPH)
    if len(default) + len(named) > MAX_GRAPHS:
        raise InvalidParameter(f"Name at most {MAX_GRAPHS} graphs.")
    solutions, graph = choose_formats(accept, read_format(pairs))
    return Question(queries[0], default, named, solutions, graph, base=base)


def read_format(pairs: Pairs) -> str:
    """The short name of a format; clients send it in several parameters at once."""
    names = values(pairs, "format")
    # A plus sign that was not escaped arrives as a space.
    return names[0].strip().replace(" ", "+") if names else ""


def values(pairs: Pairs, name: str) -> tuple[str, ...]:
    """All values of one parameter, in their order."""
    return tuple(value for key, value in pairs if key == name)


def read_pairs(encoded: bytes) -> Pairs:
    """The parameters of an address or a form, of which nothing is replaced or cut."""
    try:
        text = encoded.decode()
        return parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise MalformedQuery(NOT_UTF8) from None
    except ValueError:
        raise InvalidParameter(f"Send at most {MAX_FIELDS} parameters.") from None


def read_posted(content_type: str, body: bytes) -> Pairs:
    """The parameters of a body: a form, or a query by itself."""
    if check_posted(content_type) == FORM:
        return read_pairs(body)
    try:
        return [("query", body.decode())]
    except UnicodeDecodeError:
        raise MalformedQuery(NOT_UTF8) from None


def check_posted(content_type: str) -> str:
    """The media type of a body, in so far as it is read; Forbidden for an update."""
    name, parameters = split_type(content_type)
    if name == UPDATE:
        raise Forbidden(NO_UPDATE)
    if name not in (FORM, QUERY):
        raise UnsupportedMediaType(f"Content-Type must be {QUERY} or {FORM}.")
    check_charset(parameters)
    return name
