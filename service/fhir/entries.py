"""Which entries may be read at all: refused, ignored with a reason, or usable.

The entry rule of docs/reference/reliability.md, section 2: a fault of one entry leaves
the others alone, and stands in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from service.fhir import checks, resources, usability
from service.fhir.bundle import Entry, Envelope, Json
from service.fhir.duplicates import settle_identities
from service.fhir.elements import objects
from service.fhir.grammar import REPORT_SYSTEM
from service.fhir.paths import locate
from service.fhir.phrases import note
from service.model import Note, Place

_KNOWN_TYPES = resources.READ_TYPES | resources.REFERRED_TYPES


@dataclass(slots=True)
class Fate:
    """Where one entry ends, and what is remarked of it on the way."""

    entry: Entry
    place: Place = Place.USED
    notes: list[Note] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The FHIRPath of the resource, or of the entry that holds none."""
        return self.entry.path

    def refuse(self, notes: list[Note]) -> None:
        """The entry is faulty."""
        self.place = Place.REFUSED
        self.notes += notes

    def ignore(self, phrase: str, **params: str) -> None:
        """The entry is sound but not to be used."""
        self.place = Place.IGNORED
        self.notes.append(note(phrase, self.path, **params))


def sort_entries(
    envelope: Envelope, release: str, faults: dict[int | None, list[Note]]
) -> list[Fate]:
    """The fate of each entry, as far as the entry itself decides it."""
    fates = [Fate(entry) for entry in envelope.entries]
    settled = settle_identities(envelope)
    own_results = _own_results(envelope)
    walk = envelope.kind == "ndjson" or checks.needs_walk(envelope.text)
    for fate in fates:
        entry = fate.entry
        found = [*faults.get(entry.index, ()), *_entry_faults(envelope, entry)]
        found += checks.check_entry(envelope.root, entry, release)
        if walk and entry.resource:
            found += checks.check_links(envelope.root, entry)
        if found:
            fate.refuse(_distinct(found))
        elif entry.index in settled:
            fate.place = Place.IGNORED
            fate.notes.append(settled[entry.index])
        else:
            _ignore(fate, own_results, walk)
    return fates


def _distinct(notes: list[Note]) -> list[Note]:
    return list(dict.fromkeys(notes))


def _entry_faults(envelope: Envelope, entry: Entry) -> list[Note]:
    if entry.fault:
        return [entry.fault]
    parts = {"resource", "request", "response"}
    if entry.resource is None and not parts & entry.holder.keys():
        return [note("note_bdl_5", locate(envelope.root, entry.steps))]
    return []


def _ignore(fate: Fate, own_results: set[str], walk: bool) -> None:
    """Ignore what is sound but states nothing that may be used."""
    entry = fate.entry
    resource = entry.resource
    if _method(entry) == "DELETE":
        fate.ignore("note_delete_entry")
    elif resource is None:
        fate.ignore("note_no_resource")
    elif _is_outcome(entry):
        fate.ignore("note_outcome_entry")
    elif walk and checks.has_modifier(entry.holder or resource):
        fate.ignore("note_modifier")
    elif _is_own(resource) or entry.reference in own_results:
        fate.ignore("note_own_output")
    else:
        _ignore_resource(fate, resource)


def _ignore_resource(fate: Fate, resource: Json) -> None:
    if fate.entry.type not in _KNOWN_TYPES:
        fate.ignore("note_not_read", type=fate.entry.type)
        return
    reason = usability.unused(resource)
    if reason:
        fate.ignore(reason.phrase, **dict(reason.params))


def _method(entry: Entry) -> str:
    request = entry.holder.get("request")
    return str(request.get("method", "")) if isinstance(request, dict) else ""


def _is_outcome(entry: Entry) -> bool:
    search = entry.holder.get("search")
    is_outcome = isinstance(search, dict) and search.get("mode") == "outcome"
    return is_outcome or entry.type == "OperationOutcome"


def _is_own(resource: Json) -> bool:
    """Whether this service wrote the resource: known by the report's identifier."""
    identifiers = objects(resource.get("identifier"))
    return any(each.get("system") == REPORT_SYSTEM for _, each in identifiers)


def _own_results(envelope: Envelope) -> set[str]:
    """The references of our own reports to their results."""
    return {
        str(each.get("reference", ""))
        for entry in envelope.entries
        if entry.resource and entry.type == "DiagnosticReport"
        if _is_own(entry.resource)
        for _, each in objects(entry.resource.get("result"))
    } - {""}
