"""Which of several versions of one resource is the newest, by what they say of it."""

from __future__ import annotations

from service.fhir.bundle import Json
from service.fhir.elements import text
from service.fhir.times import BEGINNING, read_time


def newest_of(versions: list[Json]) -> list[Json]:
    """The newest version; all that differ where none says that it is newer.

    By meta.lastUpdated if all have it and it differs, else by a meta.versionId that is
    a number.
    """
    differing = [v for i, v in enumerate(versions) if v not in versions[:i]]
    for order in (_changed, _number):
        places = [order(version) for version in differing]
        known = [place for place in places if place is not None]
        if len(known) == len(differing) and known.count(max(known)) == 1:
            return [differing[known.index(max(known))]]
    return differing


def _changed(resource: Json) -> float | None:
    """When the version was made, in seconds."""
    when = read_time(_meta(resource, "lastUpdated"))
    return (when.start - BEGINNING).total_seconds() if when else None


def _number(resource: Json) -> float | None:
    number = _meta(resource, "versionId")
    return float(number) if number.isdecimal() else None


def _meta(resource: Json, element: str) -> str:
    meta = resource.get("meta")
    return text(meta.get(element)) if isinstance(meta, dict) else ""
