"""What stands on a FHIR server of our reports, read with a client that is not ours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import canonicalize

import requests

from service.fhir.identity import REPORT_SYSTEM
from tests.integration.loading import ANSWER_SECONDS

Resource = dict[str, Any]
# What a server adds, and what stands for who and where and not for what is said.
SERVERS_OWN = ("versionId", "lastUpdated", "source")
TIMES = (
    "identifiedDateTime",
    "issued",
    "occurrenceDateTime",
    "occurredDateTime",
    "recorded",
)
# Lists in the order of the references, which are others where a Bundle is posted.
BY_REFERENCE = frozenset({"derivedFrom", "entity", "extension"})
POSTED = re.compile(r"Bundle\.entry\[(\d+)\]\.resource")


def read(session: requests.Session, base: str, place: str) -> Resource:
    """The resource `Type/id` as the server gives it."""
    answer = session.get(f"{base}/{place}", timeout=ANSWER_SECONDS)
    assert answer.status_code == requests.codes.ok, answer.text
    resource: Resource = answer.json()
    return resource


def reports_of(session: requests.Session, base: str, patient: str) -> list[Resource]:
    """Every report of ours about a patient that the server finds."""
    asked = {"patient": patient, "identifier": f"{REPORT_SYSTEM}|", "_count": "50"}
    headers = {"Cache-Control": "no-cache"}
    answer = session.get(
        f"{base}/DiagnosticReport",
        params=asked,
        headers=headers,
        timeout=ANSWER_SECONDS,
    )
    assert answer.status_code == requests.codes.ok, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", [])]


def parts_of(
    session: requests.Session, base: str, answer: Resource
) -> dict[str, Resource]:
    """Of each part that an answer says stands there, what the server gives."""
    places = [
        entry["fullUrl"].removeprefix(f"{base}/")
        for entry in answer["entry"]
        if not entry["fullUrl"].startswith("urn:")
    ]
    return {place: read(session, base, place) for place in places}


def plain(value: Any, names: Mapping[str, str]) -> Any:
    """A resource without what the same facts say differently elsewhere.

    Dropped are the identifier with the reference to the subject that it is made of,
    the times of reasoning and what the server adds.
    `names` are the places of the posted entries: a FHIRPath into the posted Bundle
    becomes the place of its resource.
    The lines of a ledger follow the order of the entries: they are sorted.
    """
    if isinstance(value, dict):
        value = {key: plain(item, names) for key, item in value.items()}
        for key in BY_REFERENCE & value.keys():
            value[key] = sorted(value[key], key=json.dumps)
        if value.get("system") == REPORT_SYSTEM:
            value.pop("value", None)
        if value.get("url") == "subject":
            value.pop("valueString", None)
        if value.get("resourceType") == "OperationOutcome":
            value["issue"] = sorted(map(plain_issue, value["issue"]), key=json.dumps)
        left_out = (*SERVERS_OWN, *TIMES)
        return {k: v for k, v in value.items() if k not in left_out and v != {}}
    if isinstance(value, list):
        return [plain(item, names) for item in value]
    if isinstance(value, str):
        return plain_text(value, names)
    return value


def plain_text(text: str, names: Mapping[str, str]) -> str | list[str]:
    """A text that names resources as a server knows them; a narrative in pieces.

    Of XHTML, a server writes other quotes and moves attributes, and the lines of a
    ledger follow the order of the entries.
    """
    text = POSTED.sub(lambda found: names[found[1]], text)
    for place in names.values():
        text = text.replace(place.replace("/", " ")[: place.index("/") + 9], place)
    if not text.startswith("<div"):
        return text
    return sorted(re.split(r"(<[^>]*>)", canonicalize(text)))


def plain_issue(issue: Resource) -> Resource:
    """An issue of a ledger with one text for where it points to."""
    place = issue.pop("diagnostics", "")
    (path,) = issue.pop("expression", [""])
    inside = path.partition(".")[2] if place else path
    named = f"{place}.{inside}".rstrip(".") if place else path
    return issue | {"where": named}
