"""The worked cases on a FHIR server: as deploy/load_cases.py loads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests

from deploy.load_cases import FHIR_JSON, as_transaction, post

CASES = Path(__file__).parents[1] / "cases"
NAMES = sorted(path.parent.name for path in CASES.glob("*/bundle.json"))
ANSWER_SECONDS = 120
PAGES = 100
Resource = dict[str, Any]


def open_session() -> requests.Session:
    """Requests to the server that is named and to no proxy between."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Accept"] = FHIR_JSON
    return session


def read_bundle(case: str) -> Resource:
    """The Bundle of a case as it is posted to the service: a collection."""
    bundle: Resource = json.loads((CASES / case / "bundle.json").read_bytes())
    return bundle


def load_case(session: requests.Session, base: str, case: str, suffix: str = "") -> str:
    """Put a case on a server, where it may already stand: `Patient/ID`.

    A suffix for all ids makes another patient of it, with the same facts.
    """
    transaction = as_transaction(with_suffix(read_bundle(case), suffix))
    return post(session, base, case, transaction).patient


def with_suffix(bundle: Resource, suffix: str) -> Resource:
    """The Bundle with longer ids, and references that follow."""
    text = json.dumps(bundle)
    for entry in bundle["entry"]:
        id = entry["resource"]["id"]
        text = text.replace(id, f"{id}{suffix}")
    renamed: Resource = json.loads(text)
    return renamed


def read_everything(
    session: requests.Session, base: str, patient: str, count: int
) -> list[list[Resource]]:
    """`$everything` of a patient: the resources of each page."""
    url = f"{base}/{patient}/$everything?_count={count}"
    pages: list[list[Resource]] = []
    while url:
        assert len(pages) < PAGES, "The server's pages do not end."
        answer = session.get(url, timeout=ANSWER_SECONDS)
        assert answer.status_code == requests.codes.ok, answer.text
        page = answer.json()
        pages.append([entry["resource"] for entry in page["entry"]])
        links = {link["relation"]: link["url"] for link in page.get("link", [])}
        url = links.get("next", "")
    return pages


def place_of(resource: Resource) -> str:
    """`Type/id` of a resource that has an id."""
    return f"{resource['resourceType']}/{resource['id']}"
