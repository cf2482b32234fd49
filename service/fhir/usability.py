"""What a resource says of its own use: wrong, cancelled, not ordered, not related.

Source: contract, section 2, rule 2; reliability row E1.
"""

from __future__ import annotations

from collections.abc import Callable

from service.fhir import grammar
from service.fhir.bundle import Json
from service.fhir.checks import codes_of
from service.fhir.elements import text
from service.fhir.phrases import note
from service.fhir.references import literal_of, references_in, type_of
from service.model import Note


def unused(resource: Json) -> Note | None:
    """Why the resource itself says that it is not to be used; None when it may be.

    The path is left empty for the caller to fill.
    """
    kind = text(resource.get("resourceType"))
    status = text(resource.get("status"))
    if kind == "Encounter":
        return None
    taken = kind.startswith("Medication") and status in grammar.TAKEN_BEFORE
    if status in grammar.UNUSED and not taken:
        return note("note_status", "", status=status)
    check = _CHECKS.get(kind)
    return check(resource) if check else None


def _wrong_diagnosis(condition: Json) -> Note | None:
    wrong = "entered-in-error"
    codes = codes_in(condition, "verificationStatus", grammar.VERIFICATION_SYSTEM)
    return note("note_status", "", status=wrong) if wrong in codes else None


def _no_order(order: Json) -> Note | None:
    if order.get("doNotPerform") is True:
        return note("note_no_order", "", element="doNotPerform")
    if order.get("intent") in grammar.NO_ORDER:
        return note("note_no_order", "", element="intent")
    return None


def _not_by_blood(history: Json) -> Note | None:
    relationship = codes_in(history, "relationship", grammar.ROLE_SYSTEM)
    is_other = bool(relationship & grammar.NOT_BY_BLOOD)
    return note("note_not_by_blood", "") if is_other else None


def _about_another(observation: Json) -> Note | None:
    """R4: `focus` is what the observation is about where that is not the subject."""
    subject = literal_of(observation.get("subject"))
    for focus in references_in(observation, "focus"):
        is_other = type_of(focus) in _SOMEBODY_ELSE and literal_of(focus) != subject
        if is_other:
            return note("note_focus", "")
    return None


_SOMEBODY_ELSE = frozenset({"Patient", "RelatedPerson", "Group", "Device"})
_CHECKS: dict[str, Callable[[Json], Note | None]] = {
    "Observation": _about_another,
    "Condition": _wrong_diagnosis,
    "MedicationRequest": _no_order,
    "FamilyMemberHistory": _not_by_blood,
}


def codes_in(resource: Json, element: str, system: str) -> frozenset[str]:
    """The codes of one system in a CodeableConcept of the resource."""
    concept = resource.get(element)
    return codes_of(concept, system) if isinstance(concept, dict) else frozenset()
