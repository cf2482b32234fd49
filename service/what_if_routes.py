"""`$what-if` over HTTP: a Bundle and assumptions in, what would change out.

Nothing is stored and no report is written: the answer is Parameters.
"""

from __future__ import annotations

from functools import partial

from flask import Flask, Response, request

from service.errors import UnsupportedMediaType
from service.fhir.assumptions import find_assumptions, write_consequences
from service.fhir.reader import ReadOptions
from service.fhir.terminology.parameters import Input, read_query
from service.fhir.what_if_definition import what_if_definition
from service.media import JSON, choose_language, choose_type, is_strict
from service.media import read_content_type as read_type
from service.parameters import check_release
from service.reasoning.assumptions import read_assumptions
from service.routes import VARY, State, content_type, read_document, respond
from service.terminology_routes import FORMAT, negotiate
from service.what_if import ask_what_if

LANGUAGE, RELEASE = "_language", "ontology"
# What can stand in the URL: name, FHIR type, effect.
PARAMETERS = (
    (FORMAT.name, FORMAT.type, "Media type of the answer; counts more than Accept."),
    (LANGUAGE, "code", "Language of all text: `en` or `fr`."),
    (RELEASE, "string", "The ontology release that must be used."),
)
INPUTS = tuple(Input(name, type) for name, type, _ in PARAMETERS)


def mount_what_if(app: Flask, state: State) -> None:
    """Add the operation and its definition."""
    app.add_url_rule(
        "/fhir/$what-if", "what_if", partial(what_if, state), methods=["POST"]
    )
    app.add_url_rule(
        "/fhir/OperationDefinition/what-if",
        "what_if_definition",
        partial(show_definition, state),
    )


def what_if(state: State) -> Response:
    """POST /fhir/$what-if: Parameters with the bundle and one set per assumption."""
    query = read_query(request.args.items(multi=True), INPUTS)
    first = {name: values[0] for name, values in query.items()}
    media = choose_type(request.headers.get("Accept", ""), first.get(FORMAT.name))
    language = choose_language(
        first.get(LANGUAGE), request.headers.get("Accept-Language", "")
    )
    releases = state.shipped
    check_release(first, releases.versions)
    knowledge = releases.open(first.get(RELEASE))
    strict = is_strict(request.headers.getlist("Prefer"))
    body = read_type(content_type(), request.headers.get("Content-Encoding", ""))
    if body.kind != JSON:
        raise UnsupportedMediaType("Post Parameters as JSON.")
    document = read_document(state.config, body)
    supposition = read_assumptions(find_assumptions(document), knowledge)
    reading = ReadOptions(
        fhir_version=body.release,
        strict=strict,
        max_entries=state.config.max_entries,
        one_subject=True,
        received=state.clock(),
    )
    found = ask_what_if(document, supposition, knowledge, reading)
    written = write_consequences(found.consequences, found.ledger, knowledge, language)
    response = respond(written, media=media)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = VARY
    return response


def show_definition(state: State) -> Response:
    """GET /fhir/OperationDefinition/what-if."""
    query = read_query(request.args.items(multi=True), (FORMAT,))
    media = negotiate(query)
    return respond(what_if_definition(PARAMETERS, state.knowledge), media=media)
