"""Which drugs a medication resource is about: by code, by reference, by ingredient."""

from __future__ import annotations

from collections.abc import Iterator

from service.fhir import elements
from service.fhir.elements import objects, read_codings
from service.fhir.references import Found, Index
from service.model import Coding, State


def drugs_of(
    found: Found, path: str, index: Index, state: State
) -> Iterator[tuple[tuple[Coding, ...], str]]:
    drug = found.resource
    concept, reference = drug.get("medicationCodeableConcept"), None
    place = f"{path}.medication"
    reference = drug.get("medicationReference")
    newer = drug.get("medication")
    if isinstance(newer, dict):  # R5: one CodeableReference
        concept, reference = newer.get("concept"), newer.get("reference")
        place = f"{path}.medication.concept"
    if concept:
        yield read_codings(concept, place), elements.read_text(concept)
    for medication in index.resolve(reference, found):
        yield from _ingredients(medication, state)


def _ingredients(
    medication: Found, state: State
) -> Iterator[tuple[tuple[Coding, ...], str]]:
    path = medication.path
    code = medication.resource.get("code")
    if code:
        yield read_codings(code, f"{path}.code"), elements.read_text(code)
    if state is State.ABSENT:
        return
    for place, ingredient in objects(medication.resource.get("ingredient")):
        item = ingredient.get("itemCodeableConcept")
        inner = f"{path}.ingredient[{place}].item"
        if isinstance(ingredient.get("item"), dict):  # R5
            item, inner = ingredient["item"].get("concept"), f"{inner}.concept"
        if item:
            yield read_codings(item, inner), elements.read_text(item)
