"""The composition root: loads Knowledge once, mounts the routes, answers every error.

`create_app` is the factory that a WSGI server calls. Its one handler is the only place
where an exception of any kind becomes an answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from service import errors
from service.config import Config, from_env
from service.fhir.outcome import error_outcome
from service.logs import log_defect, log_request
from service.media import FHIR_JSON, PLAIN_JSON
from service.pinned import find_releases
from service.profile_routes import mount_profiles
from service.reasoning.knowledge import Knowledge, load
from service.routes import State, mount_routes, respond
from service.sparql.build import dataset_of, limits_of
from service.sparql.endpoint import mount_sparql
from service.sparql.media import prefers
from service.sparql.pool import Pool
from service.sparql.queries import load_queries
from service.sparql.question import Source
from service.terminology_routes import mount_terminology
from service.verify.verifier import Verifier
from service.web.query_page import query_page
from service.web.rendering import Pages
from service.web.views import mount_pages
from service.what_if_routes import mount_what_if

REQUEST_ID = "X-Request-Id"
# The form of a FHIR id, since the OperationOutcome takes it as its own.
WELL_FORMED = re.compile(r"[A-Za-z0-9.-]{1,64}")
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# What the router and the WSGI library refuse by themselves, in the words of the tree.
REFUSALS: dict[int, tuple[type[errors.ServiceError], str]] = {
    404: (errors.NotFound, "Nothing is served under this address: see /fhir/metadata."),
    405: (errors.MethodNotAllowed, "The method is not served here: see Allow."),
    413: (errors.DocumentTooLong, "The request is too long: send less."),
}
BAD_REQUEST = "The request is not well formed: correct its address and headers."
BAD_FRAMING = "The body is framed wrongly: send it again."
# Below this address every answer is FHIR.
FHIR = "/fhir"
TEXT, JSON = ("text/plain", "text/html"), (FHIR_JSON, PLAIN_JSON)
DEFECT = "A defect of this service: report it with the id of this answer."


def now() -> datetime:
    """The time in UTC; a test gives `create_app` another clock."""
    return datetime.now(UTC)


def create_app(
    config: Config | None = None,
    *,
    knowledge: Knowledge | None = None,
    clock: Callable[[], datetime] = now,
    dataset: Sequence[Source] | None = None,
) -> Flask:
    """The WSGI application (None: settings from the environment, data of the build).

    Raises ConfigError or KnowledgeError instead of starting without what it needs.
    `extensions["sparql"]` is its Pool, which whoever asked it in SPARQL closes, and
    `extensions["verify"]` its Verifier, likewise.
    """
    config = from_env() if config is None else config
    app = Flask("service", static_folder=None)
    app.config.update(
        MAX_FORM_MEMORY_SIZE=0,
        MAX_FORM_PARTS=0,
        PROPAGATE_EXCEPTIONS=False,
        TRUSTED_HOSTS=list(config.trusted_hosts) or None,
    )
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.before_request(identify)
    app.after_request(finish)
    app.register_error_handler(Exception, answer_error)
    pool = Pool(dataset or dataset_of(config.build), limits_of(config))
    app.extensions["sparql"] = pool
    knowledge = knowledge or load(config.build)
    releases = find_releases(config.releases, knowledge)
    verifier = Verifier(config.build, knowledge, config.verify_seconds)
    app.extensions["verify"] = verifier
    state = State(config, knowledge, clock, pool.is_down, releases, verifier)
    mount_routes(app, state)
    mount_terminology(app, state)
    mount_profiles(app, state)
    mount_what_if(app, state)
    saved, pages = load_queries(config.build), Pages(state.knowledge)
    mount_sparql(app, pool, saved, partial(query_page, state, pages, saved))
    mount_pages(app, state, pool, saved, pages)
    return app


def identify() -> None:
    """Give the request its correlation id: the client's own if it is well formed."""
    sent = request.headers.get(REQUEST_ID, "")
    g.request_id = sent if WELL_FORMED.fullmatch(sent) else str(uuid4())
    g.started = time.monotonic()
    # RFC 9112 section 3.2: HTTP/1.1 has no request without a Host.
    protocol = request.environ.get("SERVER_PROTOCOL")
    if protocol == "HTTP/1.1" and "Host" not in request.headers:
        raise errors.InvalidParameter("Send a Host header.")


def finish(response: Response) -> Response:
    """Give every answer the headers that it lacks, and log that it was given."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers[REQUEST_ID] = g.request_id
    seconds = time.monotonic() - g.started
    log_request(g.request_id, request.endpoint or "", response.status_code, seconds)
    return response


def answer_error(error: Exception) -> Response:
    """The one handler: any exception becomes an OperationOutcome.

    What is neither a ServiceError nor a refusal of the HTTP layer is our defect: 500,
    logged once without its text.
    """
    refusal = as_service_error(error)
    if refusal is None:
        log_defect(g.request_id, error)
        refusal = errors.ServiceError(DEFECT)
    response = write_refusal(refusal)
    if refusal.retry_after:
        response.headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(error, HTTPException):
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def write_refusal(refusal: errors.ServiceError) -> Response:
    """An OperationOutcome; beside FHIR, text for whoever likes that more."""
    accept = request.headers.get("Accept", "")
    if request.path.startswith(FHIR) or not prefers(accept, TEXT, JSON):
        return respond(error_outcome(refusal, g.request_id), refusal.status)
    lines = [f"{problem.code}: {problem.message}" for problem in refusal.problems]
    text = "\n".join((*lines, f"id: {g.request_id}", ""))
    return Response(text, refusal.status, content_type="text/plain; charset=utf-8")


def as_service_error(error: Exception) -> errors.ServiceError | None:
    """The error in the words of the tree; None for a defect."""
    if isinstance(error, errors.ServiceError):
        return error
    if isinstance(error, HTTPException):
        kind, message = REFUSALS.get(
            error.code or 0, (errors.InvalidParameter, BAD_REQUEST)
        )
        return kind(message)
    # gunicorn finds a bad chunk only while the body is read, inside the application.
    if type(error).__module__ == "gunicorn.http.errors":
        return errors.MalformedDocument(BAD_FRAMING)
    return None
