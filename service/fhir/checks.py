"""What no library checks: codes, ids, dates and invariants that the reader relies on.

Source: reliability.md, fact 1 and rows C6, C7, C9, C14, C15 and C17.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.fhir import grammar
from service.fhir.bundle import Entry, Json
from service.fhir.elements import objects, text
from service.fhir.paths import Step, locate
from service.fhir.phrases import note
from service.fhir.releases import R5
from service.fhir.structure import note_at
from service.fhir.times import read_period, read_time
from service.model import Note

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
# A walk through all elements is needed only where one of these stands in the text.
_NEEDS_WALK = ('"modifierExtension"', '"extension"', '"#')


@dataclass(frozen=True, slots=True)
class Place:
    """An element of the document: its JSON and the steps that lead to it."""

    root: Any
    steps: tuple[Step, ...]
    value: Json

    def at(self, *steps: Step) -> tuple[Step, ...]:
        """The steps to an element below this one."""
        return (*self.steps, *steps)


def check_entry(root: Any, entry: Entry, release: str) -> list[Note]:
    """What is wrong in the resource of an entry, beyond its structure."""
    if entry.resource is None:
        return []
    place = Place(root, entry.steps, entry.resource)
    return [
        *_check_ids(place),
        *_check_rules(place),
        *_check_codes(place, release),
        *_check_times(place),
        *_check_observation(place, release),
        *_check_contained(place),
    ]


def needs_walk(text: str) -> bool:
    """Whether any resource of the text has extensions or local references."""
    return any(mark in text for mark in _NEEDS_WALK)


def has_modifier(value: Any) -> bool:
    """Whether a modifierExtension stands at any depth."""
    if isinstance(value, dict):
        return "modifierExtension" in value or any(map(has_modifier, value.values()))
    return isinstance(value, list) and any(map(has_modifier, value))


def check_links(root: Any, entry: Entry) -> list[Note]:
    """Extensions without a value (ext-1) and references to what is not contained."""
    resource = entry.resource
    if resource is None:
        return []
    names = {text(item.get("id")) for _, item in objects(resource.get("contained"))}
    phrases: list[tuple[tuple[Step, ...], str]] = []
    _walk(resource, entry.steps, {f"#{name}" for name in names} | {"#"}, phrases)
    return [note(phrase, locate(root, steps)) for steps, phrase in phrases]


def _walk(
    value: Any,
    steps: tuple[Step, ...],
    local: set[str],
    found: list[tuple[tuple[Step, ...], str]],
) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _walk(item, (*steps, index), local, found)
    elif isinstance(value, dict):
        found += _broken_links(value, steps, local)
        for name, item in value.items():
            _walk(item, (*steps, name), local, found)


def _broken_links(
    value: Json, steps: tuple[Step, ...], local: set[str]
) -> Iterator[tuple[tuple[Step, ...], str]]:
    reference = text(value.get("reference"))
    if reference.startswith("#") and reference not in local:
        yield steps, "note_ref_1"
    for name in ("extension", "modifierExtension"):
        for index, each in objects(value.get(name)):
            if _breaks_ext_1(each):
                yield (*steps, name, index), "note_ext_1"


def _breaks_ext_1(extension: Json) -> bool:
    values = [name for name in extension if name.lstrip("_").startswith("value")]
    return bool(values) == ("extension" in extension)


def _check_ids(place: Place) -> Iterator[Note]:
    own = place.value.get("id")
    if isinstance(own, str) and not _ID.fullmatch(own):
        yield note("note_id_form", locate(place.root, place.steps))


def _check_rules(place: Place) -> Iterator[Note]:
    if "implicitRules" in place.value:
        yield note("note_implicit_rules", locate(place.root, place.steps))


# --- codes -----------------------------------------------------------------------


def _check_codes(place: Place, release: str) -> Iterator[Note]:
    resource = place.value
    kind = text(resource.get("resourceType"))
    allowed = grammar.statuses_of(kind, release)
    if allowed:
        yield from _check_code(place, "status", allowed)
    if kind == "Patient":
        yield from _check_code(place, "gender", grammar.GENDERS)
    elif kind == "MedicationRequest":
        yield from _check_code(place, "intent", grammar.INTENTS)
    elif kind == "Condition":
        yield from _check_bound(
            place,
            "verificationStatus",
            grammar.VERIFICATION_SYSTEM,
            grammar.VERIFICATIONS,
        )
        yield from _check_bound(
            place, "clinicalStatus", grammar.CLINICAL_SYSTEM, grammar.CLINICAL
        )


def _check_code(place: Place, element: str, allowed: frozenset[str]) -> Iterator[Note]:
    code = place.value.get(element)
    if isinstance(code, str) and code not in allowed:
        yield note_at(place.root, place.at(element), "note_code_bound")


def _check_bound(
    place: Place, element: str, system: str, allowed: frozenset[str]
) -> Iterator[Note]:
    """A required binding of a CodeableConcept: a coding of the system, a known one."""
    concept = place.value.get(element)
    if not isinstance(concept, dict):
        return
    codes = codes_of(concept, system)
    if not codes or not codes <= allowed:
        yield note_at(place.root, place.at(element), "note_code_bound")


def codes_of(concept: Json, system: str) -> frozenset[str]:
    """The codes of one system in a CodeableConcept."""
    return frozenset(
        text(coding.get("code"))
        for _, coding in objects(concept.get("coding"))
        if coding.get("system") == system
    )


# --- times -----------------------------------------------------------------------


def _check_times(place: Place) -> Iterator[Note]:
    for element in grammar.TIMES.get(text(place.value.get("resourceType")), ()):
        value = place.value.get(element)
        if isinstance(value, str) and not read_time(value):
            yield note_at(place.root, place.at(element), "note_date_form")
        elif isinstance(value, dict) and not read_period(value):
            yield _period_fault(place, element, value)


def _period_fault(place: Place, element: str, period: Json) -> Note:
    sides = [period[side] for side in ("start", "end") if side in period]
    are_times = all(isinstance(side, str) and read_time(side) for side in sides)
    phrase = "note_period_order" if are_times else "note_date_form"
    return note_at(place.root, place.at(element), phrase)


# --- Observation -----------------------------------------------------------------


def _check_observation(place: Place, release: str) -> Iterator[Note]:
    observation = place.value
    if observation.get("resourceType") != "Observation":
        return
    yield from _check_comparator(place, release)
    values = [name for name in observation if name.startswith("value")]
    if values and "dataAbsentReason" in observation:
        yield note("note_obs_6", locate(place.root, place.steps))
    components = objects(observation.get("component"))
    for index, component in components:
        inner = Place(place.root, place.at("component", index), component)
        yield from _check_comparator(inner, release)
    if not values or not components:
        return
    own = _pairs(observation.get("code"))
    if any(own & _pairs(each.get("code")) for _, each in components):
        yield note("note_obs_7", locate(place.root, place.steps))


def _check_comparator(place: Place, release: str) -> Iterator[Note]:
    quantity = place.value.get("valueQuantity")
    if not isinstance(quantity, dict):
        return
    allowed = grammar.R5_COMPARATORS if release == R5 else grammar.COMPARATORS
    comparator = quantity.get("comparator", "<")
    if isinstance(comparator, str) and comparator not in allowed:
        steps = place.at("valueQuantity", "comparator")
        yield note("note_code_bound", locate(place.root, steps), element="comparator")


def _pairs(concept: Any) -> set[tuple[str, str]]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return {
        (text(coding.get("system")), text(coding.get("code")))
        for _, coding in objects(codings)
        if "code" in coding
    }


# --- contained -------------------------------------------------------------------


def _check_contained(place: Place) -> Iterator[Note]:
    for index, resource in objects(place.value.get("contained")):
        inner = Place(place.root, place.at("contained", index), resource)
        if "contained" in resource:
            path = locate(place.root, inner.steps)
            yield note("note_contained_nested", path)
        yield from _check_ids(inner)
        yield from _check_rules(inner)
        yield from _check_times(inner)
