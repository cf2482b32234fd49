"""Usable entries to Cases: references, subjects, statements, and the ledger's rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from service.fhir import subjects
from service.fhir.bundle import Entry
from service.fhir.elements import objects, read_coding
from service.fhir.entries import Fate
from service.fhir.phrases import note
from service.fhir.references import Found, Index, build_index
from service.fhir.resources import REFERRED_TYPES, Surroundings, read_resource
from service.fhir.subjects import Person, Subject
from service.fhir.surroundings import contains_itself, members_of, survey
from service.fhir.usability import unused
from service.model import (
    Case,
    Coding,
    LedgerRow,
    Note,
    Place,
    Source,
    Statement,
)

# Phrases of entries that lose to another one, or are gone, in `settle_identities`.
_GONE = frozenset({"note_older_version", "note_deleted", "note_duplicate_same"})


@dataclass(slots=True)
class Group:
    """What the request says of one subject."""

    subjects: list[Subject] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    security: set[tuple[str, str, str, str]] = field(default_factory=set)
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Assembly:
    """The usable part of a request, while it is put together."""

    index: Index
    around: Surroundings
    fates: dict[int, Fate]
    has_patients: bool
    now: datetime | None
    groups: dict[str, Group] = field(default_factory=dict)
    referred: set[int] = field(default_factory=set)


def assemble(
    fates: list[Fate], now: datetime | None
) -> tuple[tuple[Case, ...], tuple[LedgerRow, ...]]:
    """The cases, ordered by subject, and one row for each entry, in their order."""
    known = [fate.entry for fate in fates if _is_known(fate)]
    index = build_index(known)
    usable = [fate.entry for fate in fates if fate.place is Place.USED]
    assembly = Assembly(
        index=index,
        around=survey(index, usable),
        fates={fate.entry.index: fate for fate in fates},
        has_patients=any(entry.type == "Patient" for entry in known),
        now=now,
    )
    for fate in fates:
        if fate.place is Place.USED and fate.entry.type == "Patient":
            _add_patient(assembly, fate)
    for fate in fates:
        if fate.place is Place.USED and fate.entry.type not in (
            "Patient",
            *REFERRED_TYPES,
        ):
            _add_resource(assembly, fate)
    _settle_referred(assembly, fates)
    cases = sorted(
        (_case(group) for group in assembly.groups.values()),
        key=lambda case: (case.subject, case.patient.path if case.patient else ""),
    )
    if not cases and not all(fate.place is Place.REFUSED for fate in fates):
        cases = [Case(subject="")]
    return tuple(cases), tuple(map(_row, fates))


def _is_known(fate: Fate) -> bool:
    """Whether others may refer to the entry.

    A Patient that is faulty still says whose the other resources are, unless another
    entry took its place.
    """
    if fate.entry.type != "Patient":
        return fate.place is Place.USED
    return not any(remark.phrase in _GONE for remark in fate.notes)


# --- subjects --------------------------------------------------------------------


def _add_patient(assembly: Assembly, fate: Fate) -> None:
    found = Found(fate.entry, fate.entry.resource or {})
    subject = Subject(str(found.key), "", found)
    _join(assembly, subject)
    _add_security(assembly.groups[subject.name], found)
    remarks = subjects.patient_remarks(found.resource)
    fate.notes += [note(phrase, fate.path) for phrase in remarks]


def _join(assembly: Assembly, subject: Subject) -> Group:
    group = assembly.groups.setdefault(subject.name, Group())
    group.subjects.append(subject)
    patient = subject.patient
    if patient and group.person is None and _is_readable(assembly, patient):
        group.person = subjects.read_person(patient)
    return group


def _is_readable(assembly: Assembly, patient: Found) -> bool:
    """Whether the Patient's own data may be used: a faulty one only names a subject."""
    fate = assembly.fates[patient.entry.index]
    return fate.place is Place.USED


def _add_resource(assembly: Assembly, fate: Fate) -> None:
    found = Found(fate.entry, fate.entry.resource or {})
    index, has_patients = assembly.index, assembly.has_patients
    subject = subjects.find_subject(found, index, has_patients)
    if isinstance(subject, str):
        fate.ignore(subject)
        return
    if subjects.differs_from_encounter(found, subject, index, has_patients):
        fate.ignore("note_subject_encounter")
        return
    person = _person(assembly, subject)
    statements, notes = read_resource(found, assembly.around)
    when = statements[0].when if statements else None
    impossible = subjects.impossible_time(when, person, assembly.now)
    if impossible:
        fate.ignore(impossible)
        return
    group = _join(assembly, subject)
    if len(group.subjects) == 1 and not subject.patient:
        fate.notes.append(_no_patient(subject, fate))
    if contains_itself(found, index):
        notes.append(note("note_reference_cycle", fate.path, element="hasMember"))
    fate.notes += notes
    group.statements += statements
    _add_security(group, found)
    _add_contained(assembly, fate, found, group)
    _refer(assembly, found)


def _person(assembly: Assembly, subject: Subject) -> Person | None:
    group = assembly.groups.get(subject.name)
    if group:
        return group.person
    return subjects.read_person(subject.patient) if subject.patient else None


def _no_patient(subject: Subject, fate: Fate) -> Note:
    phrase = "note_no_patient" if subject.literal else "note_anonymous"
    return note(phrase, fate.path)


def _add_contained(assembly: Assembly, fate: Fate, holder: Found, group: Group) -> None:
    """Results and members that a resource contains: they share its subject."""
    if "contained" not in holder.resource:
        return
    for found in members_of(holder, assembly.index):
        if found.contained < 0 or found.entry is not holder.entry:
            continue
        path = found.path
        reason = unused(found.resource)
        if found.type != "Observation":
            fate.notes.append(note("note_not_read", path, type=found.type))
        elif reason:
            fate.notes.append(note(reason.phrase, path, **dict(reason.params)))
        else:
            statements, notes = read_resource(found, assembly.around)
            group.statements += statements
            fate.notes += notes


def _refer(assembly: Assembly, found: Found) -> None:
    """Remember the Medications and Encounters that a used resource refers to."""
    medication = found.resource.get("medication")
    references = [
        found.resource.get("medicationReference"),
        medication.get("reference") if isinstance(medication, dict) else None,
        found.resource.get("encounter") or found.resource.get("context"),
    ]
    for reference in filter(None, references):
        for target in assembly.index.resolve(reference, found):
            assembly.referred.add(target.entry.index)


def _settle_referred(assembly: Assembly, fates: Iterable[Fate]) -> None:
    for fate in fates:
        entry = fate.entry
        is_used = fate.place is Place.USED and entry.type in REFERRED_TYPES
        if is_used and entry.index not in assembly.referred:
            fate.ignore("note_only_referred", type=entry.type)


# --- results ---------------------------------------------------------------------


def _add_security(group: Group, found: Found) -> None:
    """Labels are carried on, never widened (row C18)."""
    meta = found.resource.get("meta")
    path = f"{found.path}.meta.security"
    labels = objects(meta.get("security")) if isinstance(meta, dict) else ()
    for place, label in labels:
        coding = read_coding(label, f"{path}[{place}]")
        group.security.add((coding.system, coding.code, coding.display, coding.path))


def _case(group: Group) -> Case:
    person = group.person
    labels: dict[tuple[str, str], Coding] = {}
    for system, code, display, path in sorted(group.security):
        labels.setdefault((system, code), Coding(system, code, display, path))
    return Case(
        subject=subjects.literal_for(group.subjects),
        statements=tuple(group.statements),
        security=tuple(labels.values()),
        gender=person.gender if person else None,
        birth=person.birth if person else None,
        patient=person.source if person else None,
    )


def _row(fate: Fate) -> LedgerRow:
    entry: Entry = fate.entry
    source = Source(entry.reference, fate.path, entry.type, entry.id)
    return LedgerRow(source, fate.place, tuple(fate.notes))
