"""HTTP of the pages: `/`, `/ontology/…` and `/static/…`, in HTML or as triples."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Flask, Response, request, send_file

from service.errors import NotFound, ServiceError
from service.media import PLAIN_JSON, choose
from service.routes import State
from service.sparql.media import content_type
from service.sparql.pool import Pool
from service.sparql.queries import SavedQueries
from service.web.answering import (
    CROSS_ORIGIN,
    asked_language,
    html_response,
    revalidated,
)
from service.web.forms import (
    FORMS,
    HTML,
    RDF_XML,
    TURTLE,
    Form,
    choose_form,
    split_suffix,
)
from service.web.index import Filter
from service.web.releases import W3ID, W3ID_FILES
from service.web.rendering import Pages
from service.web.site import Site
from service.web.stored import UNKNOWN

# The types of FHIR whose canonical addresses stand under the base of the ontology.
FHIR_TYPES = frozenset(
    {
        "CodeSystem",
        "ConceptMap",
        "NamingSystem",
        "OperationDefinition",
        "StructureDefinition",
        "ValueSet",
    }
)
# A canonical address below the same base whose resource has no type of its own here.
CAPABILITIES = {"TerminologyCapabilities/service": "/fhir/metadata?mode=terminology"}
# The files that are the ontology itself, as formats of its own address.
WHOLE = {RDF_XML: ".owl", TURTLE: ".ttl"}
# A file whose address holds its hash never changes.
YEAR = 365 * 24 * 3600  # seconds
FOR_GOOD = f"public, max-age={YEAR}, immutable"
RELEASES = "/ontology/releases/"
STARTS = {
    "terms": "/ontology/",
    "sparql": "/sparql",
    "void": "/.well-known/void",
    "releases": RELEASES,
    "fhir": "/fhir/metadata",
}


def mount_pages(
    app: Flask, state: State, pool: Pool, saved: SavedQueries, pages: Pages
) -> None:
    """Add the addresses of the pages; HTML or data, as the client asks."""
    site = Site(state.config, pool, saved, pages)

    def mount(rule: str, name: str, view: Callable[..., Response]) -> None:
        app.add_url_rule(rule, name, partial(view, site), methods=["GET"])

    mount("/", "start", show_start)
    mount("/ontology/", "index", show_index)
    mount("/ontology/<path:id>", "term", show_term)
    mount(RELEASES, "releases", show_releases)
    mount("/ontology/releases/<version>/<name>", "release", send_release)
    mount("/ontology/w3id/<name>", "w3id", send_w3id)
    mount("/static/<path:name>", "static", send_static)


def show_start(site: Site) -> Response:
    """GET /: what this is, and the overview; for a program, where things are."""
    language, keep = asked_language()
    accept = request.headers.get("Accept", "")
    if choose(accept, (HTML.media, PLAIN_JSON)) == PLAIN_JSON:
        knowledge = site.pages.knowledge
        links = {"ontology": knowledge.version_iri, **STARTS}
        text = json.dumps(links, indent=1) + "\n"
        return revalidated(Response(text, content_type=PLAIN_JSON))
    return html_response(site.overview_page(language, keep=keep), language)


def show_index(site: Site) -> Response:
    """GET /ontology/: the list of terms."""
    language, keep = asked_language()
    form = choose_form(request.headers.get("Accept", ""))
    if form is not HTML:
        return data_response(site, "", form, site.stored.graph("term-list", form.media))
    given = request.args.get
    wanted = Filter(given("kind", ""), given("letter", ""), given("q", ""))
    return page(site, partial(site.index_page, wanted), language, keep=keep)


def show_releases(site: Site) -> Response:
    """GET /ontology/releases/: the files of the shipped release."""
    language, keep = asked_language()
    form = choose_form(request.headers.get("Accept", ""))
    if form is HTML:
        return html_response(site.releases_page(language, keep=keep), language)
    triples = site.stored.graph("term-releases", form.media)
    return data_response(site, "releases/", form, triples)


def show_term(site: Site, id: str) -> Response:
    """GET /ontology/<id>: one IRI of the ontology, as a page or as triples."""
    elsewhere = find_elsewhere(site, id)
    if elsewhere:
        return see_other(elsewhere)
    language, keep = asked_language()
    id, form = split_suffix(id)
    form = form or choose_form(request.headers.get("Accept", ""))
    if form is HTML:
        response = page(site, partial(site.term_page, id), language, keep=keep)
    elif id == site.header and form in WHOLE:
        return see_other(whole_file(site, form))
    else:
        response = data_response(site, id, form, site.triples(id, form.media))
    if response.status_code != NotFound.status:
        response.headers["Link"] = ", ".join(links(site, id, form))
    return response


def see_other(address: str) -> Response:
    """What is asked for has another address (or, of several forms, one of its own)."""
    return Response(status=303, headers={"Location": address, "Vary": "Accept"})


def find_elsewhere(site: Site, id: str) -> str:
    """Where a name leads that is no term: a file of the release, a type of FHIR."""
    version = site.pages.knowledge.version
    if id in site.files and id != site.header:
        return f"{RELEASES}{version}/{id}"
    if id.removesuffix("/") == f"releases/{version}":
        return RELEASES
    if id in CAPABILITIES:
        return CAPABILITIES[id]
    first, slash, _ = id.partition("/")
    return f"/fhir/{id}" if slash and first in FHIR_TYPES else ""


def whole_file(site: Site, form: Form) -> str:
    """The address of the whole ontology in a format in which it is a file."""
    name = Path(site.header).stem + WHOLE[form]
    return f"{RELEASES}{site.pages.knowledge.version}/{name}"


def page(
    site: Site, render: Callable[..., str], language: str, *, keep: bool
) -> Response:
    """The page, or a page that says that there is none."""
    try:
        return html_response(render(language, keep=keep), language)
    except NotFound as error:
        return refuse(site, error, language, keep=keep)


def refuse(site: Site, error: ServiceError, language: str, *, keep: bool) -> Response:
    """An error as a page, with its status."""
    text = site.render("missing.html", language, keep=keep)
    return html_response(text, language, status=error.status)


def data_response(site: Site, id: str, form: Form, triples: bytes) -> Response:
    """Triples, which any page may read; the same until the dataset is another."""
    response = Response(triples, content_type=content_type(form.media))
    response.headers.update(CROSS_ORIGIN)
    if id and not id.endswith("/"):
        response.headers["Content-Location"] = f"/ontology/{id}{form.suffix}"
    # the same triples, but not always in the same order
    response.set_etag(f"{site.pool.digest[:32]}{form.suffix}", weak=True)
    return revalidated(response)


def links(site: Site, id: str, form: Form) -> list[str]:
    """The IRI that is shown, and the other forms of it."""
    others = [
        f'</ontology/{id}{other.suffix}>; rel="alternate"; type="{other.media}"'
        for other in FORMS
        if other is not form
    ]
    return [f'<{site.stored.base}{id}>; rel="describes"', *others]


def send_release(site: Site, version: str, name: str) -> Response:
    """GET /ontology/releases/<version>/<file>: a file as it was released."""
    shipped = site.pages.knowledge.version
    if version != shipped:
        raise NotFound(f"Only release {shipped} is shipped: see {RELEASES}.")
    if name not in site.files:
        raise NotFound(f"The release has these files: {', '.join(site.files)}.")
    file = site.files[name]
    file.check()
    response = send_file(
        file.path,
        mimetype=file.media,
        as_attachment=True,
        download_name=file.name,
        etag=file.digest,
    )
    response.headers.update(CROSS_ORIGIN)
    response.headers["Link"] = f'<{RELEASES}>; rel="collection"'
    return response


def send_w3id(site: Site, name: str) -> Response:  # noqa: ARG001  # as every view
    """GET /ontology/w3id/<file>: the rules by which w3id.org leads here."""
    if name not in W3ID_FILES:
        raise NotFound(UNKNOWN)
    return send_file(W3ID / name, "text/plain", as_attachment=True, download_name=name)


def send_static(site: Site, name: str) -> Response:
    """GET /static/<name>: a file that a page loads."""
    file = site.pages.statics.get(name)
    if file is None:
        raise NotFound("No page loads such a file.")
    response = send_file(file.path, mimetype=file.media, etag=file.digest)
    is_named = request.args.get("v") == file.version
    response.headers["Cache-Control"] = FOR_GOOD if is_named else "no-cache"
    return response
