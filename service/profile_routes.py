"""StructureDefinitions over HTTP: read by id, searched by what they are called."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from flask import Flask, Response, request

from service.fhir.profiles import definitions
from service.fhir.terminology import catalogue
from service.fhir.terminology.catalogue import SEARCH, SEARCH_INPUTS
from service.fhir.terminology.parameters import read_query
from service.fhir.terminology.words import LANGUAGE
from service.routes import State, respond
from service.terminology_routes import FORMAT, cached, negotiate

TYPE = definitions.TYPE


def mount_profiles(app: Flask, state: State) -> None:
    """Add the routes of the StructureDefinitions."""
    app.add_url_rule(f"/fhir/{TYPE}", f"search_{TYPE}", partial(search, state))
    app.add_url_rule(f"/fhir/{TYPE}/<id>", f"read_{TYPE}", partial(read, state))


def read(state: State, id: str) -> Response:
    """GET /fhir/StructureDefinition/{id}: one, in both languages."""
    query = read_query(request.args.items(multi=True), (FORMAT,))
    media = negotiate(query)
    definition = definitions.read(id, state.knowledge)
    return cached(respond(definition, media=media), LANGUAGE, state.knowledge)


def search(state: State) -> Response:
    """GET /fhir/StructureDefinition: a Bundle of those that match."""
    query = read_query(request.args.items(multi=True), SEARCH_INPUTS)
    media = negotiate(query)
    found = tuple(definitions.search(query, state.knowledge))
    used = [(name, each) for name in SEARCH for each in query.get(name, ())]
    link = f"{request.base_url}?{urlencode(used)}" if used else request.base_url
    bundle = catalogue.searchset(found, request.base_url, link)
    return cached(respond(bundle, media=media), LANGUAGE, state.knowledge)
