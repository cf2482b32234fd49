"""Bytes in, Cases and ledger out: the way of a document through the FHIR door.

Strict JSON, then structure, then what FHIR's own rules say of the whole request
(versions, copies, subjects), then each resource to its Statements. Nothing clinical is
decided here. Source: contract, sections 1, 2 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from service.errors import (
    InvalidContent,
    Problem,
    SeveralSubjects,
    UnknownExtension,
    UnknownResourceType,
    UnsupportedContent,
)
from service.fhir import releases
from service.fhir.assembly import assemble
from service.fhir.bundle import TYPES, Envelope, open_document
from service.fhir.entries import Fate, sort_entries
from service.fhir.ledger import refuse_ignored
from service.fhir.paths import locate
from service.fhir.phrases import as_problem, note
from service.fhir.resources import READ_TYPES
from service.fhir.scope import places_of
from service.fhir.structure import R4_TYPES, check_structure, model_of
from service.model import Case, LedgerRow, Note, Place


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a document is to be read.

    `media` is "json" or "ndjson"; `fhir_version` 4.0, 4.3 or 5.0 (the patch number may
    follow); `received` is the aware time of the request, without which no time is
    in the future; `one_subject` is for `DiagnosticReport/$interpret`. `record` is the
    reference of the Patient whose record was read from a FHIR server ("": the document
    was posted), and `gaps` what of it could not be read.
    """

    media: str = "json"
    fhir_version: str = releases.R4
    strict: bool = False
    max_entries: int = 10_000
    one_subject: bool = False
    received: datetime | None = None
    record: str = ""
    gaps: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the cases, by the text of their subject, and the ledger."""

    cases: tuple[Case, ...]
    rows: tuple[LedgerRow, ...]


def read_cases(document: bytes, options: ReadOptions) -> Reading:
    """Read a document; every entry ends in one row of the ledger.

    Raises MalformedDocument or UnknownResourceType (400), InvalidContent, EmptyContent,
    UnsupportedContent, UnknownExtension or SeveralSubjects (422), and DocumentTooCostly
    (413).
    """
    release = ".".join(options.fhir_version.split(".")[:2])
    envelope = open_document(document, options.media, options.max_entries)
    _refuse_other_releases(envelope, release)
    _check_root(envelope, release)
    found = check_structure(envelope, release)
    _check_bundle(envelope, found.pop(None, []))
    fates = sort_entries(envelope, release, found)
    _refuse_modifiers(fates)
    _refuse_if_all_bad(fates)
    reading = Reading(*assemble(fates, options.received))
    if options.record:
        reading = of_record(reading, options)
    if options.strict:
        refuse_ignored(reading.rows)
    if options.one_subject and len(reading.cases) != 1:
        message = (
            f"Exactly one subject is asked for; the request has {len(reading.cases)}."
        )
        raise SeveralSubjects(message)
    return reading


def of_record(reading: Reading, options: ReadOptions) -> Reading:
    """The one case of a record read from a server, and what of it is missing.

    Statements about somebody else (a contained Patient) are of no record, hence
    ignored.
    """
    own, foreign = [], set()
    for case in reading.cases:
        if case.patient and case.patient.reference == options.record:
            own.append(replace(case, subject=options.record, gaps=options.gaps))
        else:
            foreign |= places_of(case)
    if options.strict and options.gaps:
        raise InvalidContent(problems=tuple(map(as_problem, options.gaps)))
    rows = tuple(_of_record(row, foreign) for row in reading.rows)
    return Reading(tuple(own), rows)


def _of_record(row: LedgerRow, foreign: set[str]) -> LedgerRow:
    if row.source.path in foreign:
        other = note("note_subject_other", row.source.path)
        row = replace(row, place=Place.IGNORED, notes=(*row.notes, other))
    return replace(row, in_record=True)


def _refuse_other_releases(envelope: Envelope, release: str) -> None:
    """Refuse DSTU2 and STU3, and R5 that was not declared, naming what told."""
    holders = [(envelope.bundle_steps, envelope.bundle)]
    holders += [(e.steps, e.resource) for e in envelope.entries if e.resource]
    problems = []
    for steps, resource in holders:
        for element, origin in releases.giveaways(resource, release):
            name = f"{resource['resourceType']}.{element}".rstrip(".")
            message = (
                f"{name} is of {origin}; this is read as FHIR {release}: convert the "
                "document, or declare its fhirVersion if it is 4.0, 4.3 or 5.0."
            )
            path = locate(envelope.root, steps)
            problems.append(Problem("not-supported", message, path))
    if problems:
        raise UnsupportedContent(problems=tuple(problems))


def _check_root(envelope: Envelope, release: str) -> None:
    """Refuse a posted resource of a type that FHIR lacks or that is not read."""
    if envelope.kind or envelope.bundle_steps:
        return
    name = envelope.entries[0].type
    if not (name in R4_TYPES if release == releases.R4 else model_of(name, release)):
        raise UnknownResourceType("FHIR has no such resource type.", expression=None)
    if name not in READ_TYPES:
        message = (
            f"{name} is not read on its own: send a Bundle, or one of "
            + ", ".join(sorted(READ_TYPES))
        )
        raise UnsupportedContent(f"{message}.", expression=name)


def _check_bundle(envelope: Envelope, faults: list[Note]) -> None:
    """Refuse the document for what is wrong around its entries."""
    if not envelope.bundle_steps:
        return
    path = locate(envelope.root, envelope.bundle_steps)
    for element in ("modifierExtension", "implicitRules"):
        if element in envelope.bundle or element in envelope.root:
            message = f"The Bundle has an unknown {element}: nothing of it can be read."
            raise UnknownExtension(message, expression=path)
    problems = [as_problem(fault) for fault in faults]
    if envelope.kind not in TYPES | {"", "ndjson"}:
        message = "Bundle.type is none of the codes that FHIR allows."
        problems.append(Problem("code-invalid", message, f"{path}.type"))
    if problems:
        raise InvalidContent(problems=tuple(problems))


def _refuse_modifiers(fates: list[Fate]) -> None:
    """A Patient whose meaning may be changed leaves no report that could be trusted."""
    for fate in fates:
        is_modified = any(note.phrase == "note_modifier" for note in fate.notes)
        if is_modified and fate.entry.type == "Patient":
            message = "The Patient has an unknown modifierExtension."
            raise UnknownExtension(message, expression=fate.path)


def _refuse_if_all_bad(fates: list[Fate]) -> None:
    if all(fate.place is Place.REFUSED for fate in fates):
        notes = [note for fate in fates for note in fate.notes]
        raise InvalidContent(problems=tuple(map(as_problem, notes)))
