"""What stands on a FHIR server of a report of ours: the report, and its older parts.

Nothing here decides whether to write: that is `service.fhir.write_back`. A part counts
as ours only when it names our Device itself. Source: contract section 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.errors import UpstreamRefused
from service.fhir.client import Exchange
from service.fhir.codes import Resource
from service.fhir.elements import objects, text
from service.fhir.identity import DEVICE, PROVENANCE, REPORT, REPORT_SYSTEM, Part

GONE = (404, 410)
# Our ids are UUIDs; a server may write a reference with its version.
LOCAL = re.compile(r"([A-Z][A-Za-z]+/[0-9a-f-]{36})(?:/_history/[^/]+)?")
# The parts whose roles depend on the facts, with the element that names our Device.
MADE_BY = {"Observation": "device", "DetectedIssue": "author"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A report as it is to be written: a transaction, the DiagnosticReport first.

    `beside` says that it has the names of one beside a report that a human took over.
    """

    transaction: Resource
    beside: bool

    @property
    def report(self) -> Resource:
        """The DiagnosticReport."""
        report: Resource = self.transaction["entry"][0]["resource"]
        return report

    @property
    def places(self) -> list[str]:
        """`Type/id` of every part, in the order of the entries."""
        return [entry["request"]["url"] for entry in self.transaction["entry"]]

    def place_of(self, part: Part) -> str:
        """`Type/id` of the one part of its type."""
        return next(place for place in self.places if place.startswith(f"{part.type}/"))


@dataclass(frozen=True, slots=True)
class Standing:
    """The report that stands under a reading's name; None: never there, or deleted.

    `version` is what If-Match compares, without quotes.
    """

    report: Resource | None = None
    version: str = ""

    @property
    def is_taken_over(self) -> bool:
        """Whether a human has verified, changed or withdrawn it (contract 7)."""
        report = self.report or {"status": "partial"}
        return report.get("status") != "partial" or "resultsInterpreter" in report

    def holds(self, reading: Reading) -> bool:
        """Whether it states the facts of the reading, so that nothing is to be written.

        The name of a report beside another derives from its facts: what a human made
        of it is still the report of these facts.
        """
        if self.report is None:
            return False
        same = identifier_of(self.report) == identifier_of(reading.report)
        return same or (reading.beside and self.is_taken_over)


@dataclass(frozen=True, slots=True)
class Fallen:
    """The parts of the report before that the new one does not have.

    `provenance` is the version of the Provenance that told of them, "" without one.
    """

    provenance: str = ""
    parts: tuple[Resource, ...] = ()


def identifier_of(report: Resource) -> str:
    """The value of our own identifier, or ""."""
    for _, identifier in objects(report.get("identifier")):
        if identifier.get("system") == REPORT_SYSTEM:
            return text(identifier.get("value"))
    return ""


# --- reading ---------------------------------------------------------------------


def look_up(exchange: Exchange, reading: Reading) -> Standing:
    """The report under the reading's name.

    Raises UpstreamRefused for a server that keeps no versions: a human's change
    between reading and writing could not be told there.
    """
    report, version = fetch(exchange, reading.place_of(REPORT))
    if report is not None and not version:
        raise UpstreamRefused(
            "The FHIR server gives no version of the report (ETag, meta.versionId), so "
            "that a change by somebody else could be overwritten: turn versioning on.",
            issue="not-supported",
        )
    return Standing(report, version)


def fetch(exchange: Exchange, place: str) -> tuple[Resource | None, str]:
    """The resource `Type/id` and its version; None and "" where there is none."""
    answer = exchange.get(place, expect=GONE)
    if answer.status in GONE:
        return None, ""
    resource = answer.resource
    if place != f"{resource.get('resourceType')}/{resource.get('id')}":
        raise UpstreamRefused(
            f"GET {place.partition('/')[0]}/<id> was answered with another resource "
            "than the one asked for.",
            issue="structure",
        )
    version = text(meta_of(resource).get("versionId"))
    return resource, version or bare_version(answer.etag)


def meta_of(resource: Resource) -> Resource:
    """The `meta` of a resource, {} without one."""
    meta = resource.get("meta")
    return meta if isinstance(meta, dict) else {}


def bare_version(etag: str) -> str:
    """`W/"3"` as 3."""
    return etag.strip().removeprefix("W/").strip('"')


def find_fallen(exchange: Exchange, reading: Reading) -> Fallen:
    """What the stored Provenance had made and the reading has not.

    The Provenance only proposes: it may have been edited. Each target is looked at,
    and is ours when it names the Device of this very report as its maker. One that
    vanished meanwhile, or that is somebody else's, is left out.
    """
    provenance, version = fetch(exchange, reading.place_of(PROVENANCE))
    if provenance is None:
        return Fallen()
    parts = []
    for place in targets(provenance, exchange.upstream.base):
        if place in reading.places or place.partition("/")[0] not in MADE_BY:
            continue
        part, _ = fetch(exchange, place)
        if part is not None and is_ours(part, reading, exchange.upstream.base):
            parts.append(part)
    return Fallen(version, tuple(parts))


def targets(provenance: Resource, base: str) -> Iterator[str]:
    """`Type/id` of each target, once."""
    places = [local(target, base) for _, target in objects(provenance.get("target"))]
    yield from dict.fromkeys(filter(None, places))


def is_ours(part: Resource, reading: Reading, base: str) -> bool:
    """Whether the resource itself says that this report's Device made it."""
    maker = part.get(MADE_BY[part["resourceType"]])
    return local(maker, base) == reading.place_of(DEVICE)


def local(reference: Any, base: str) -> str:
    """A Reference to what may be ours on this server as `Type/id`, else ""."""
    literal = text(reference.get("reference")) if isinstance(reference, dict) else ""
    found = LOCAL.fullmatch(literal.removeprefix(f"{base}/"))
    return found[1] if found else ""
