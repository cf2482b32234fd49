"""HTTP and nothing clinical: addresses, media types, bounded bodies, headers.

Every view takes the State as its first argument; the line `interpret` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
from service.fhir.client import Upstream
from service.fhir.codes import Resource
from service.fhir.identity import Form
from service.fhir.reader import ReadOptions
from service.fhir.request import Asked, check_id, find_subject, patient_id, read_wish
from service.fhir.terminology.capabilities import terminology_capabilities
from service.fhir.terminology.parameters import Input, read_query
from service.fhir.writer import WriteOptions
from service.interpret import Answer, Options, interpret
from service.media import (
    ANSWERED,
    FHIR_JSON,
    FHIR_TYPES,
    JSON,
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
    SUBJECT,
    WRITE,
    WRITTEN_FORM,
    check_release,
    choose_form,
    choose_verify,
    choose_write,
    read_parameters,
    refuse_form,
)
from service.pinned import Releases
from service.rdf.report import describe
from service.rdf.serialise import serialise
from service.reasoning.knowledge import Knowledge
from service.stored import interpret_record, upstream_of, write_answer_back
from service.verify.marking import CODES, mark
from service.verify.outcome import Verdict
from service.verify.verifier import MISSING, Verifier

AUTOMATIC = {"HEAD", "OPTIONS"}
# On what an answer about the ontology depends beside its address.
VARY = "Accept, Accept-Language"
VERIFIED_HEADER = "DPO-Verification"


@dataclass(frozen=True, slots=True)
class State:
    """What every request needs and none changes.

    `is_sparql_down` asks whether that part, without which the rest works, is down;
    `releases` are those that are pinned beside the build.
    """

    config: Config
    knowledge: Knowledge
    clock: Callable[[], datetime]
    is_sparql_down: Callable[[], bool] = bool
    releases: Releases | None = None
    verifier: Verifier | None = None

    @property
    def shipped(self) -> Releases:
        """Every release that can be asked for."""
        return self.releases or Releases(self.knowledge)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a request asks for beside its document.

    `write` writes the report back, `verify` lets a reasoner derive it again first;
    `knowledge` is the ontology release that was asked for.
    """

    form: Form
    language: str
    media: str
    strict: bool
    write: bool
    knowledge: Knowledge
    verify: bool


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
    """POST /fhir/$interpret: a document in, a report for each subject out.

    Parameters with a `subject` bring no document: it is read from the FHIR server.
    """
    wish = read_wishes(state, one_subject=one_subject)
    encoding = request.headers.get("Content-Encoding", "")
    body = read_content_type(content_type(), encoding)
    document = read_document(state.config, body)
    asked = find_subject(document) if body.kind == JSON else None
    if asked:
        upstream = need_upstream(state)
        id = patient_id(asked, upstream.base)
        return interpret_patient(state, upstream, id, agree(wish, asked))
    if wish.write:
        message = "write needs a subject: what is posted is not on the FHIR server."
        raise InvalidParameter(message)
    issued = state.clock()
    reading = ReadOptions(
        media=body.kind,
        fhir_version=body.release,
        strict=wish.strict,
        max_entries=state.config.max_entries,
        one_subject=one_subject,
        received=issued,
    )
    options = Options(reading, WriteOptions(wish.form, wish.language))
    answer = interpret(document, wish.knowledge, issued, options)
    verdict = verify_answer(state, wish, answer)
    return show_answer(answer, issued, wish, verdict)


def read_wishes(state: State, *, one_subject: bool = False) -> Wishes:
    """What the address and the headers ask for; refused before any body is read."""
    if SUBJECT.name in request.args or WRITE.name in request.args:
        need_upstream(state)
    parameters = read_parameters(request.args.items(multi=True))
    form = choose_form(parameters, one_subject=one_subject)
    language = choose_language(
        parameters.get("_language"), request.headers.get("Accept-Language", "")
    )
    strict = is_strict(request.headers.getlist("Prefer"))
    check_release(parameters, state.shipped.versions)
    media = choose_type(
        request.headers.get("Accept", ""),
        parameters.get("_format"),
        (*FHIR_TYPES, *RDF_TYPES),
    )
    if media in RDF_TYPES:
        refuse_form(parameters)
    write = choose_write(parameters, form)
    knowledge = state.shipped.open(parameters.get("ontology"))
    verify = choose_verify(parameters)
    return Wishes(form, language, media, strict, write, knowledge, verify)


def verify_answer(state: State, wish: Wishes, answer: Answer) -> Verdict | None:
    """What a reasoner says of an answer before it is sent; None where nobody asks it.

    Raises NotServed (501) without the optional extra and for a pinned release, and
    Unjustified (500) where the reasoner does not derive what the answer says.
    """
    if not wish.verify:
        return None
    if state.verifier is None:
        raise NotServed(MISSING)
    if wish.knowledge.version != state.knowledge.version:
        message = f"verify=dl is served for ontology {state.knowledge.version} only."
        raise NotServed(message)
    return state.verifier.check_answer(orjson.dumps(answer.document))


def agree(wish: Wishes, asked: Asked) -> Wishes:
    """The wishes of address and body together; two that differ are refused."""
    if asked.write is None:
        return wish
    if WRITE.name in request.args and wish.write is not asked.write:
        raise InvalidParameter("The address and the body differ on write.")
    if asked.write and (wish.form is not Form.COLLECTION or wish.media in RDF_TYPES):
        raise InvalidParameter(WRITTEN_FORM)
    return replace(wish, write=asked.write)


def show_answer(
    answer: Answer, issued: datetime, wish: Wishes, verdict: Verdict | None
) -> Response:
    """The answer as FHIR or RDF, in the language asked for.

    Whether it was verified stands in a header, and in the FHIR answer itself.
    """
    if wish.media in RDF_TYPES:
        triples = describe(
            answer.interpretations,
            answer.ledger,
            wish.knowledge,
            issued,
            wish.language,
        )
        response = Response(serialise(triples, wish.media), mimetype=wish.media)
    else:
        document = answer.document
        if verdict is not None:
            document = mark(document, verdict, wish.knowledge, wish.language)
        response = respond(document, media=wish.media)
    response.headers["Content-Language"] = wish.language
    if verdict is not None:
        response.headers[VERIFIED_HEADER] = CODES[verdict]
    return response


def interpret_one(state: State) -> Response:
    """POST /fhir/DiagnosticReport/$interpret: one subject, one report, contained."""
    return interpret_document(state, one_subject=True)


def interpret_stored(state: State, id: str) -> Response:
    """POST /fhir/Patient/{id}/$interpret: the record of a patient of the FHIR server.

    The body may be left out, or be Parameters with `write`.
    """
    upstream = need_upstream(state)
    wish = read_wishes(state)
    check_id(id)
    body = read_body(request.stream, request.content_length, state.config.max_body_mib)
    if body.strip():
        encoding = request.headers.get("Content-Encoding", "")
        if read_content_type(content_type(), encoding).kind != JSON:
            raise UnsupportedMediaType("Send Parameters as JSON, or no body.")
    return interpret_patient(state, upstream, id, agree(wish, read_wish(body)))


def need_upstream(state: State) -> Upstream:
    """The FHIR server of the settings; NotServed where there is none."""
    upstream = upstream_of(state.config)
    if upstream is None:
        message = "No FHIR server is configured (DPO_FHIR_BASE_URL): post a Bundle."
        raise NotServed(message)
    return upstream


def interpret_patient(
    state: State, upstream: Upstream, id: str, wish: Wishes
) -> Response:
    """Read, interpret and, if asked for, write back."""
    issued = state.clock()
    reading = ReadOptions(
        strict=wish.strict, max_entries=state.config.max_entries, received=issued
    )
    options = Options(reading, WriteOptions(wish.form, wish.language))
    answer = interpret_record(upstream, id, wish.knowledge, issued, options)
    verdict = verify_answer(state, wish, answer)
    if wish.write:
        answer = write_answer_back(
            upstream, answer, wish.knowledge, issued, options.writing
        )
    return show_answer(answer, issued, wish, verdict)


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
    with_server = bool(state.config.fhir_base_url)
    statement = capability_statement(served(), state.knowledge, stored=with_server)
    return respond(statement, media=media)


def show_definition(state: State) -> Response:
    """GET /fhir/OperationDefinition/interpret: generated from the parameter table."""
    with_server = bool(state.config.fhir_base_url)
    table = (SUBJECT, *PARAMETERS, WRITE) if with_server else PARAMETERS
    rows = [(row.name, row.type, row.effect) for row in table]
    media = negotiate_get()
    definition = operation_definition(rows, state.knowledge, stored=with_server)
    return respond(definition, media=media)


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
