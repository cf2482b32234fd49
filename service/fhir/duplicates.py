"""One resource, one time: versions, deletions and copies (rows C10 and C19).

The identity of an entry is its fullUrl, else Type/id. Of several versions the newest
counts and a deletion retracts it; of identical copies one counts; of two contents under
one identity neither can be trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from service.fhir.bundle import Entry, Envelope, Json
from service.fhir.paths import locate
from service.fhir.phrases import note
from service.fhir.times import BEGINNING, read_time
from service.model import Note

_HISTORY = re.compile(r"/_history/[^/]+$")
_TYPE_ID = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})$")


def settle_identities(envelope: Envelope) -> dict[int, Note]:
    """Why an entry does not count, by index, where another one settles it."""
    groups: dict[str, list[Entry]] = {}
    for entry in envelope.entries:
        name = _identity(entry, envelope.kind)
        if name and (entry.resource is not None or _deletes(entry)):
            groups.setdefault(name, []).append(entry)
    decided: dict[int, Note] = {}
    for entries in groups.values():
        if len(entries) > 1:
            decided |= _settle(envelope, entries)
    return decided


def _settle(envelope: Envelope, entries: list[Entry]) -> dict[int, Note]:
    if envelope.kind == "history" or _have_versions(entries):
        return _by_version(envelope, entries)
    entries = [entry for entry in entries if entry.resource is not None]
    first = entries[0] if entries else None
    is_copy = all(first and entry.resource == first.resource for entry in entries)
    phrase = "note_duplicate_same" if is_copy else "note_duplicate_other"
    losers = entries[1:] if is_copy else entries
    return {entry.index: _note(envelope, entry, phrase) for entry in losers}


def _by_version(envelope: Envelope, entries: list[Entry]) -> dict[int, Note]:
    newest = _newest(entries)
    phrase = "note_deleted" if _deletes(newest) else "note_older_version"
    return {
        entry.index: _note(envelope, entry, phrase)
        for entry in entries
        if entry is not newest and entry.resource is not None
    }


def _newest(entries: list[Entry]) -> Entry:
    """By time if all have one, else by number if all have one, else the first.

    A history comes newest first (http://hl7.org/fhir/R4/http.html#history).
    """
    for order in (_changed, _number):
        places = [order(entry) for entry in entries]
        known = [place for place in places if place is not None]
        if len(known) == len(entries):
            return entries[known.index(max(known))]
    return entries[0]


def _have_versions(entries: Iterable[Entry]) -> bool:
    """Whether each entry names a version of its own (bdl-7)."""
    versions = [_meta(entry).get("versionId") for entry in entries]
    return None not in versions and len(set(versions)) == len(versions)


def _changed(entry: Entry) -> float | None:
    """When the version was made, in seconds."""
    response = entry.holder.get("response")
    changed = response.get("lastModified") if isinstance(response, dict) else None
    changed = changed or _meta(entry).get("lastUpdated")
    when = read_time(changed) if isinstance(changed, str) else None
    return (when.start - BEGINNING).total_seconds() if when else None


def _number(entry: Entry) -> float | None:
    """The version as a number, if it is one."""
    number = str(_meta(entry).get("versionId", ""))
    return float(number) if number.isdecimal() else None


def _meta(entry: Entry) -> Json:
    meta = entry.resource.get("meta") if entry.resource else None
    return meta if isinstance(meta, dict) else {}


def _deletes(entry: Entry) -> bool:
    request = entry.holder.get("request")
    return isinstance(request, dict) and request.get("method") == "DELETE"


def _identity(entry: Entry, kind: str) -> str:
    """The name of the resource; in a history also that which a deletion names."""
    if kind == "history":
        request = entry.holder.get("request")
        url = request.get("url", "") if isinstance(request, dict) else ""
        names = (entry.full_url, url if _deletes(entry) else "")
        found = (_TYPE_ID.search(_HISTORY.sub("", str(name))) for name in names)
        tails = [match[1] for match in found if match]
        own = f"{entry.type}/{entry.id}" if entry.id else ""
        return own or next(iter(tails), entry.full_url)
    return _HISTORY.sub("", entry.full_url) or entry.reference


def _note(envelope: Envelope, entry: Entry, phrase: str) -> Note:
    return note(phrase, locate(envelope.root, entry.steps))
