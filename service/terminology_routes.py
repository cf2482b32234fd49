"""FHIR terminology over HTTP: reads, searches and operations, all from Knowledge.

GET takes the parameters from the URL, POST from Parameters; `_format` stands in the URL
in both. Answers are about the ontology, never about a patient, and may be cached.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache, partial
from urllib.parse import urlencode

from flask import Flask, Response, request

from service import __version__
from service.body import read_body
from service.errors import InvalidParameter, UnsupportedMediaType
from service.fhir.codes import Resource
from service.fhir.terminology import catalogue
from service.fhir.terminology.call import Call
from service.fhir.terminology.catalogue import SEARCH, SEARCH_INPUTS
from service.fhir.terminology.operations import OPERATIONS, TYPES, Operation
from service.fhir.terminology.parameters import (
    Given,
    Input,
    from_body,
    from_query,
    read_query,
)
from service.fhir.terminology.words import LANGUAGE
from service.media import ANSWERED, JSON, LANGUAGES, choose_language, choose_type
from service.media import read_content_type as read_type
from service.reasoning.knowledge import Knowledge
from service.routes import VARY, State, content_type, respond

FORMAT = Input("_format", "code")
DISPLAY_LANGUAGE = "displayLanguage"
# What is told of an answer that nobody needs to keep to himself.
CACHING = "no-cache"


def mount_terminology(app: Flask, state: State) -> None:
    """Add the routes of every type and operation of the tables."""
    for type in TYPES:
        app.add_url_rule(
            f"/fhir/{type}", f"search_{type}", partial(search, state, type)
        )
        app.add_url_rule(
            f"/fhir/{type}/<id>", f"read_{type}", partial(read, state, type)
        )
    for operation in OPERATIONS:
        for place, address in enumerate(operation.addresses):
            app.add_url_rule(
                f"/fhir{address}",
                f"{operation.type}_{operation.name}_{place}",
                partial(operate, state, operation),
                methods=["GET", "POST"],
            )


def read(state: State, type: str, id: str) -> Response:
    """GET /fhir/{type}/{id}: one resource, in both languages."""
    query = read_query(request.args.items(multi=True), (FORMAT,))
    media = negotiate(query)
    resource = catalogue.read(type, id, state.knowledge)
    return cached(respond(resource, media=media), LANGUAGE, state.knowledge)


def search(state: State, type: str) -> Response:
    """GET /fhir/{type}: a Bundle of the resources that match."""
    query = read_query(request.args.items(multi=True), SEARCH_INPUTS)
    media = negotiate(query)
    found = tuple(catalogue.search(type, query, state.knowledge))
    used = [(name, each) for name in SEARCH for each in query.get(name, ())]
    link = f"{request.base_url}?{urlencode(used)}" if used else request.base_url
    bundle = catalogue.searchset(found, request.base_url, link)
    return cached(respond(bundle, media=media), LANGUAGE, state.knowledge)


def operate(state: State, operation: Operation, id: str = "") -> Response:
    """GET or POST of an operation, on its type or on one resource."""
    posted = request.method == "POST"
    inputs = (FORMAT,) if posted else (FORMAT, *operation.inputs)
    query = read_query(request.args.items(multi=True), inputs)
    media = negotiate(query)
    if id:
        catalogue.check_id(operation.type, id, state.knowledge)
    given = (
        from_body(read_posted(state), operation.inputs)
        if posted
        else from_query(query, operation.inputs)
    )
    language = wanted_language(given)
    call = Call(state.knowledge, given, language, state.clock(), id)
    return told(respond(operation.answer(call), media=media), language)


def negotiate(query: dict[str, list[str]]) -> str:
    """The media type of the answer."""
    formats = query.get(FORMAT.name, [None])
    return choose_type(request.headers.get("Accept", ""), formats[0])


def read_posted(state: State) -> bytes:
    """The bounded body, which must be JSON of R4."""
    encoding = request.headers.get("Content-Encoding", "")
    body = read_type(content_type(), encoding)
    if body.kind != JSON or body.release != ANSWERED:
        raise UnsupportedMediaType(f"Post Parameters as JSON of FHIR {ANSWERED}.")
    limit = state.config.max_body_mib
    return read_body(request.stream, request.content_length, limit)


def wanted_language(given: Given) -> str:
    """The language of the answer: `displayLanguage`, else Accept-Language, else en."""
    wanted = given.text(DISPLAY_LANGUAGE)
    if wanted and wanted.lower().split("-")[0] not in LANGUAGES:
        message = f"{DISPLAY_LANGUAGE} must be {' or '.join(LANGUAGES)}."
        raise InvalidParameter(message, expression=given.path(DISPLAY_LANGUAGE))
    return choose_language(wanted or None, request.headers.get("Accept-Language", ""))


def cached(response: Response, language: str, knowledge: Knowledge) -> Response:
    """An answer that holds until the ontology or the software changes."""
    told(response, language)
    response.set_etag(version_tag(knowledge), weak=True)
    response.make_conditional(request)
    return response


def told(response: Response, language: str) -> Response:
    """The headers of every answer about the ontology."""
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = CACHING
    response.headers["Vary"] = VARY
    return response


@lru_cache(maxsize=4)
def version_tag(knowledge: Knowledge) -> str:
    """A short name of what the answers are made from."""
    made_from: Resource = {"files": knowledge.manifest.get("files")}
    text = f"{__version__} {knowledge.version} {made_from}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
