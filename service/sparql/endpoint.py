"""`/sparql` and `/.well-known/void`: the dataset over HTTP.

The protocol is read by `protocol`, answers come from `pool`; this is their HTTP.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Flask, Response, request

from service import __version__
from service.body import read_body
from service.errors import InvalidParameter, UnsupportedMediaType
from service.reasoning.problems import KnowledgeError
from service.routes import VARY, content_type
from service.sparql import media
from service.sparql.guard import check_query
from service.sparql.pool import Pool
from service.sparql.protocol import (
    ONE_QUERY,
    Pairs,
    check_posted,
    read_format,
    read_pairs,
    read_posted,
    read_question,
)
from service.sparql.queries import QUERIES, SavedQueries
from service.sparql.question import Question

ENDPOINT, VOID = "/sparql", "/.well-known/void"
# The saved queries behind the two descriptions, and the variable of both.
DESCRIPTION, DATASET, SELF = "service-description", "void", "endpoint"
MAX_BODY_MIB = 1
# Any page may ask: there is nothing here but public knowledge.
CROSS_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After, X-Request-Id",
}
PREFLIGHT = {
    "Allow": "GET, HEAD, OPTIONS, POST",
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match, X-Request-Id",
    "Access-Control-Max-Age": "86400",
}
Page = Callable[[], Response]


@dataclass(frozen=True, slots=True)
class Window:
    """What the views need; `page` makes the page for people."""

    pool: Pool
    saved: SavedQueries
    page: Page | None


def mount_sparql(
    app: Flask, pool: Pool, saved: SavedQueries, page: Page | None = None
) -> None:
    """Add both addresses; without a page, people get the description too.

    Raises KnowledgeError when a saved query that they need is not there.
    """
    missing = {DESCRIPTION, DATASET} - saved.queries.keys()
    if missing:
        raise KnowledgeError(f"{QUERIES} lacks {', '.join(sorted(missing))}")
    window = Window(pool, saved, page)

    def mount(rule: str, name: str, view: Callable[..., Response], *verbs: str) -> None:
        app.add_url_rule(
            rule,
            name,
            partial(view, window),
            methods=[*verbs, "OPTIONS"],
            provide_automatic_options=False,
        )

    mount(ENDPOINT, "sparql", answer_query, "GET", "POST")
    mount(VOID, "void", show_void, "GET")
    app.after_request(allow_all_origins)


def allow_all_origins(response: Response) -> Response:
    """Let scripts of any page read the answer, be it a refusal."""
    if request.path.rstrip("/") in (ENDPOINT, VOID):
        response.headers.update(CROSS_ORIGIN)
    return response


def answer_preflight() -> Response:
    """OPTIONS: what a script of another page may send."""
    response = Response(status=204, headers=PREFLIGHT)
    del response.headers["Content-Type"]
    return response


def answer_query(window: Window) -> Response:
    """GET and POST /sparql: one query; without a query, what this endpoint is."""
    if request.method == "OPTIONS":
        return answer_preflight()
    pairs = read_request()
    accept = request.headers.get("Accept", "")
    question = read_question(pairs, accept, own_address())
    if question:
        tag = tag_of(window.pool, question)
        return not_modified(tag) or answer(window.pool, question, tag)
    if request.method == "POST":
        raise InvalidParameter(ONE_QUERY)
    if window.page and media.prefers(accept, ("text/html",), media.GRAPHS):
        return window.page()
    return describe(window, DESCRIPTION, pairs)


def show_void(window: Window) -> Response:
    """GET /.well-known/void: the dataset and this release, as VoID and DCAT."""
    if request.method == "OPTIONS":
        return answer_preflight()
    return describe(window, DATASET, read_request())


def read_request() -> Pairs:
    """The parameters of the address and of the body, of which every byte is read."""
    pairs = read_pairs(request.query_string)
    if request.method != "POST":
        return pairs
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    sent = content_type()
    check_posted(sent)
    body = read_body(request.stream, request.content_length, MAX_BODY_MIB)
    return pairs + read_posted(sent, body)


def describe(window: Window, id: str, pairs: Pairs) -> Response:
    """The graph of a saved query, in the format that the client likes most."""
    _, graph = media.choose_formats(
        request.headers.get("Accept", ""), read_format(pairs)
    )
    if not graph:
        raise media.not_acceptable(media.GRAPHS)
    question = Question(
        window.saved[id].text,
        graph=graph,
        substitutions={SELF: own_address()},
        own=True,
    )
    tag = tag_of(window.pool, question)
    return not_modified(tag) or answer(window.pool, question, tag)


def own_address() -> str:
    """The address of the endpoint, as the client sees it."""
    return f"{request.host_url.rstrip('/')}{ENDPOINT}"


def answer(pool: Pool, question: Question, tag: str) -> Response:
    """The answer of the pool, for as long as the client stays."""
    reply = pool.ask(question, client_connection())
    response = Response(reply.body, content_type=media.content_type(reply.media))
    return with_tag(response, tag)


def client_connection() -> socket.socket | None:
    """The connection of the client, where the HTTP server tells it."""
    connection = request.environ.get("gunicorn.socket")
    return connection if isinstance(connection, socket.socket) else None


# --- caches ----------------------------------------------------------------------


def tag_of(pool: Pool, question: Question) -> str:
    """What the answer depends on, as an ETag; empty for one that is never the same.

    Made from the request and the hash of the data, so that it is known before the
    query is run.
    """
    if request.method == "POST" or not pool.digest:
        return ""
    asked = question.text, question.base, question.prefixes
    if not question.own and check_query(*asked).volatile:
        return ""
    parts = (__version__, pool.digest, repr(question))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def not_modified(tag: str) -> Response | None:
    """304 when the client has that answer already."""
    if tag and tag in request.if_none_match.as_set(include_weak=True):
        return with_tag(Response(status=304), tag)
    return None


def with_tag(response: Response, tag: str) -> Response:
    """Say how long the answer holds: until it is asked for again, or not at all."""
    response.headers["Vary"] = VARY
    response.headers["Cache-Control"] = "no-cache" if tag else "no-store"
    if tag:
        response.set_etag(tag)
    return response
