"""HTTP and nothing clinical: addresses, media types, bounded bodies, headers.

Every view takes the State as its first argument; the line `interpret` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import orjson
from flask import Flask, Response, request

from service.body import read_body, read_lines
from service.config import Config
from service.errors import InvalidParameter, NotServed, UnsupportedMediaType
from service.fhir.capability import (
    FULL,
    MODES,
    TERMINOLOGY,
    Served,
    capability_statement,
    operation_definition,
)
from service.fhir.codes import Resource
from service.fhir.reader import ReadOptions
from service.fhir.terminology.capabilities import terminology_capabilities
from service.fhir.terminology.parameters import Input, read_query
from service.fhir.writer import WriteOptions
from service.interpret import Options, interpret
from service.media import (
    ANSWERED,
    FHIR_JSON,
    FHIR_TYPES,
    NDJSON,
    RDF_TYPES,
    Body,
    choose_language,
    choose_type,
    is_strict,
    read_content_type,
)
from service.parameters import (
    PARAMETERS,
    check_release,
    choose_form,
    read_parameters,
    refuse_form,
)
from service.rdf.report import describe
from service.rdf.serialise import serialise
from service.reasoning.knowledge import Knowledge

AUTOMATIC = {"HEAD", "OPTIONS"}
# On what an answer about the ontology depends beside its address.
VARY = "Accept, Accept-Language"


@dataclass(frozen=True, slots=True)
class State:
    """What every request needs and none changes.

    `is_sparql_down` asks whether that part, without which the rest works, is down.
    """

    config: Config
    knowledge: Knowledge
    clock: Callable[[], datetime]
    is_sparql_down: Callable[[], bool] = bool


def mount_routes(app: Flask, state: State) -> None:
    """Add every route; `metadata` describes what is mounted here and nothing else."""

    def mount(rule: str, name: str, view: Callable[..., Response], verb: str) -> None:
        app.add_url_rule(rule, name, partial(view, state), methods=[verb])

    mount("/fhir/$interpret", "interpret", interpret_document, "POST")
    mount("/fhir/DiagnosticReport/$interpret", "interpret_one", interpret_one, "POST")
    mount("/fhir/Patient/<id>/$interpret", "interpret_stored", interpret_stored, "POST")
    mount("/fhir/OperationDefinition/interpret", "definition", show_definition, "GET")
    mount("/live", "live", show_live, "GET")
    mount("/ready", "ready", show_ready, "GET")
    mount("/healthz", "healthz", show_ready, "GET")
    served = partial(list_served, app)
    app.add_url_rule(
        "/fhir/metadata", "metadata", partial(show_metadata, state, served)
    )


def interpret_document(state: State, *, one_subject: bool = False) -> Response:
    """POST /fhir/$interpret: a document in, a report for each subject out."""
    parameters = read_parameters(request.args.items(multi=True))
    form = choose_form(parameters, one_subject=one_subject)
    language = choose_language(
        parameters.get("_language"), request.headers.get("Accept-Language", "")
    )
    strict = is_strict(request.headers.getlist("Prefer"))
    check_release(parameters, (state.knowledge.version,))
    media = choose_type(
        request.headers.get("Accept", ""),
        parameters.get("_format"),
        (*FHIR_TYPES, *RDF_TYPES),
    )
    if media in RDF_TYPES:
        refuse_form(parameters)
    encoding = request.headers.get("Content-Encoding", "")
    body = read_content_type(content_type(), encoding)
    document = read_document(state.config, body)
    issued = state.clock()
    reading = ReadOptions(
        media=body.kind,
        fhir_version=body.release,
        strict=strict,
        max_entries=state.config.max_entries,
        one_subject=one_subject,
        received=issued,
    )
    options = Options(reading, WriteOptions(form, language))
    answer = interpret(document, state.knowledge, issued, options)
    if media in RDF_TYPES:
        triples = describe(
            answer.interpretations, answer.ledger, state.knowledge, issued, language
        )
        response = Response(serialise(triples, media), mimetype=media)
    else:
        response = respond(answer.document, media=media)
    response.headers["Content-Language"] = language
    return response


def interpret_one(state: State) -> Response:
    """POST /fhir/DiagnosticReport/$interpret: one subject, one report, contained."""
    return interpret_document(state, one_subject=True)


def interpret_stored(state: State, id: str) -> Response:  # noqa: ARG001  # not served
    """POST /fhir/Patient/{id}/$interpret: waits for the FHIR client."""
    raise NotServed("Reading from a FHIR server is not served: post a Bundle.")


def show_metadata(state: State, served: Callable[[], list[Served]]) -> Response:
    """GET /fhir/metadata: the CapabilityStatement, generated from the routes.

    `mode=terminology` asks for the TerminologyCapabilities instead.
    """
    inputs = (Input("_format", "code"), Input("mode", "code"))
    query = read_query(request.args.items(multi=True), inputs)
    (mode,) = query.get("mode", [FULL])
    if mode not in MODES:
        raise InvalidParameter(f"mode must be {' or '.join(MODES)}.")
    (format,) = query.get("_format", [None])
    media = choose_type(request.headers.get("Accept", ""), format)
    if mode == TERMINOLOGY:
        return respond(terminology_capabilities(state.knowledge), media=media)
    return respond(capability_statement(served(), state.knowledge), media=media)


def show_definition(state: State) -> Response:
    """GET /fhir/OperationDefinition/interpret: generated from the parameter table."""
    rows = [(row.name, row.type, row.effect) for row in PARAMETERS]
    media = negotiate_get()
    return respond(operation_definition(rows, state.knowledge), media=media)


def show_live(state: State) -> Response:  # noqa: ARG001  # answers by answering
    """GET /live: the process answers."""
    return respond({"status": "live"}, media="application/json")


def show_ready(state: State) -> Response:
    """GET /ready: knowledge is loaded, or the process would not have started.

    Lists the parts that are down, without which the rest does its work.
    """
    ready: Resource = {
        "status": "ready",
        "ontology": state.knowledge.version,
        "down": ["sparql"] if state.is_sparql_down() else [],
    }
    return respond(ready, media="application/json")


def content_type() -> str:
    """The Content-Type; a request may name one only."""
    sent = request.headers.getlist("Content-Type")
    if len(sent) > 1:
        raise UnsupportedMediaType("Send one Content-Type.")
    return sent[0] if sent else ""


def read_document(config: Config, body: Body) -> bytes:
    """The bounded body: JSON by its length, NDJSON by its lines."""
    if body.kind == NDJSON:
        return read_lines(
            request.stream,
            limit_mib=config.max_ndjson_mib,
            max_entries=config.max_entries,
        )
    return read_body(request.stream, request.content_length, config.max_body_mib)


def negotiate_get() -> str:
    """The media type of a page that takes no parameter but `_format`."""
    parameters = read_parameters(request.args.items(multi=True))
    return choose_type(request.headers.get("Accept", ""), parameters.get("_format"))


def list_served(app: Flask) -> list[Served]:
    """Every mounted route with its own verbs, in the order of its address."""
    return sorted(
        Served(rule.rule, tuple(sorted((rule.methods or set()) - AUTOMATIC)))
        for rule in app.url_map.iter_rules()
    )


def respond(document: Resource, status: int = 200, media: str = FHIR_JSON) -> Response:
    """JSON as an answer; FHIR says its release in the media type."""
    text = orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
    release = f"; fhirVersion={ANSWERED}" if media == FHIR_JSON else ""
    return Response(text, status, content_type=f"{media}{release}")
