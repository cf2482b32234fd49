"""Whose resource it is: findings of two patients never meet (contract, rule 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.fhir.bundle import Json
from service.fhir.elements import objects, read_source
from service.fhir.grammar import GENDER_SYSTEM, GENDERS
from service.fhir.references import Found, Index, literal_of, type_of
from service.fhir.times import read_time
from service.model import Coding, Source, When

ANONYMOUS = "anonymous"
_EASTERNMOST = timedelta(hours=14)
_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject of the request: `name` is what tells subjects apart.

    Without a Patient in the request the name is the literal reference; `literal` is
    how the resource at hand refers to it, "" where it does not.
    """

    name: str
    literal: str
    patient: Found | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What a Patient resource says that the reader uses."""

    source: Source
    gender: Coding | None
    birth: When | None
    death: When | None


def find_subject(found: Found, index: Index, has_patients: bool) -> Subject | str:
    """The subject of a resource, or the phrase that says why it has none."""
    reference = subject_of(found.resource)
    patients = [p for p in index.resolve(reference, found) if p.type == "Patient"]
    literal = literal_of(reference)
    if len(patients) > 1:
        return "note_subject_ambiguous"
    if patients:
        patient = patients[0]
        is_local = patient.contained >= 0
        return Subject(str(patient.key), "" if is_local else literal, patient)
    if literal and type_of(reference) not in ("", "Patient"):
        return "note_subject_other"
    if has_patients:
        return "note_subject_unresolved" if reference else "note_no_subject"
    if not literal or literal.startswith("#"):
        return Subject(ANONYMOUS, "")
    return Subject(literal, literal)


def subject_of(resource: Json) -> Any:
    """The Reference to the subject, whatever the type calls it."""
    return resource.get("subject") or resource.get("patient")


def differs_from_encounter(
    found: Found, subject: Subject, index: Index, has_patients: bool
) -> bool:
    """Whether the encounter of a resource belongs to somebody else (row D7)."""
    reference = found.resource.get("encounter") or found.resource.get("context")
    if not reference:
        return False
    encounters = [e for e in index.resolve(reference, found) if e.type == "Encounter"]
    if len(encounters) != 1 or not subject_of(encounters[0].resource):
        return False
    other = find_subject(encounters[0], index, has_patients)
    return isinstance(other, Subject) and other.name != subject.name


def read_person(patient: Found) -> Person:
    """The Patient's gender and dates; what it does not say is None."""
    resource = patient.resource
    path = patient.path
    gender = resource.get("gender")
    coding = None
    if isinstance(gender, str) and gender in GENDERS:
        coding = Coding(GENDER_SYSTEM, gender, "", f"{path}.gender")
    reference = patient.entry.reference if patient.contained < 0 else ""
    return Person(
        source=read_source(reference, path, resource),
        gender=coding,
        birth=_time(resource.get("birthDate")),
        death=_time(resource.get("deceasedDateTime")),
    )


def impossible_time(
    when: When | None, person: Person | None, now: datetime | None
) -> str:
    """The phrase for a time in the future, before birth or after death, else "".

    A date is today somewhere on earth for 14 hours before it is in UTC.
    """
    if when is None:
        return ""
    slack = _EASTERNMOST if len(when.text) <= len("2024-01-01") else _CLOCKS_DIFFER
    if now and when.start > now + slack:
        return "note_time_future"
    if person and person.birth and when.end < person.birth.start:
        return "note_time_before_birth"
    if person and person.death and when.start > person.death.end:
        return "note_time_after_death"
    return ""


def patient_remarks(patient: Json) -> list[str]:
    """The phrases for a Patient that somebody should look at (row D9)."""
    phrases = []
    if patient.get("active") is False:
        phrases.append("note_patient_inactive")
    if "deceasedDateTime" in patient or patient.get("deceasedBoolean") is True:
        phrases.append("note_patient_deceased")
    links = objects(patient.get("link"))
    if any(link.get("type") == "replaced-by" for _, link in links):
        phrases.append("note_patient_replaced")
    return phrases


def literal_for(subjects: Iterable[Subject]) -> str:
    """How the resources refer to their common subject: the first by the alphabet.

    Where none does, the Patient's own name; "" for an anonymous or contained one.
    """
    subjects = list(subjects)
    literals = sorted({subject.literal for subject in subjects if subject.literal})
    if literals:
        return literals[0]
    patients = [subject.patient for subject in subjects if subject.patient]
    own = [p.entry.reference for p in patients if p.contained < 0]
    return own[0] if own else ""


def _time(value: Any) -> When | None:
    return read_time(value) if isinstance(value, str) else None
