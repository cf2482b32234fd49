"""Each resource type that is read, to Statements: FHIR grammar and nothing clinical.

A Statement says what the sender says, in the sender's codes. What the codes mean, and
which of two statements counts, is for grounding. Source: contract, section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.fhir import elements, grammar
from service.fhir.bundle import Json
from service.fhir.checks import codes_of
from service.fhir.elements import objects, read_codings, read_concepts, text
from service.fhir.phrases import note
from service.fhir.references import Found, Index, literal_of
from service.model import Coding, Note, Source, State, Statement, When


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the other resources say of one: references, reports, imaging.

    `together` has the reports and studies that contain a resource, by Found.key;
    `imaging` the keys of what an imaging report or study contains.
    """

    index: Index
    together: Mapping[tuple[int, int], frozenset[str]] = field(default_factory=dict)
    imaging: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Common:
    """What all statements of one resource share."""

    source: Source
    path: str
    when: When | None
    together: frozenset[str]
    preliminary: bool
    is_imaging: bool
    categories: tuple[Coding, ...]
    body_sites: tuple[Coding, ...]
    encounter: str

    def state(self, codes: tuple[Coding, ...], **more: Any) -> Statement:
        """A statement of this resource."""
        return Statement(
            **{
                "source": self.source,
                "codes": codes,
                "when": self.when,
                "together": self.together,
                "preliminary": self.preliminary,
                "is_imaging": self.is_imaging,
                "categories": self.categories,
                "body_sites": self.body_sites,
                "encounter": self.encounter,
                **more,
            }
        )


Read = tuple[list[Statement], list[Note]]


def read_resource(found: Found, around: Surroundings) -> Read:
    """The statements of a resource whose status allows its use, and remarks."""
    common = _common(found, around)
    statements, notes = _READERS[found.type](found, common, around)
    if common.preliminary:
        status = text(found.resource.get("status"))
        notes = [note("note_preliminary", common.path, status=status), *notes]
    return statements, notes


def unused(resource: Json) -> Note | None:
    """Why the resource itself says that it is not to be used; None when it may be.

    The path is left empty for the caller to fill.
    """
    kind = text(resource.get("resourceType"))
    status = text(resource.get("status"))
    taken = kind.startswith("Medication") and status in grammar.TAKEN_BEFORE
    if status in grammar.UNUSED and not taken:
        return note("note_status", "", status=status)
    if kind == "Condition":
        codes = _codes(resource, "verificationStatus", grammar.VERIFICATION_SYSTEM)
        if "entered-in-error" in codes:
            return note("note_status", "", status="entered-in-error")
    if kind == "MedicationRequest":
        if resource.get("doNotPerform") is True:
            return note("note_no_order", "", element="doNotPerform")
        if resource.get("intent") in grammar.NO_ORDER:
            return note("note_no_order", "", element="intent")
    if kind == "FamilyMemberHistory":
        relationship = _codes(resource, "relationship", grammar.ROLE_SYSTEM)
        if relationship & grammar.NOT_BY_BLOOD:
            return note("note_not_by_blood", "")
    return None


def _codes(resource: Json, element: str, system: str) -> frozenset[str]:
    concept = resource.get(element)
    return codes_of(concept, system) if isinstance(concept, dict) else frozenset()


def _common(found: Found, around: Surroundings) -> Common:
    resource = found.resource
    path = found.path
    reference = found.entry.reference
    if found.contained >= 0:
        reference = f"{reference}#{text(resource.get('id'))}" if reference else ""
    categories = read_concepts(resource.get("category"), f"{path}.category")
    pairs = {(coding.system, coding.code) for coding in categories}
    is_imaging = (
        grammar.IMAGING_CATEGORY in pairs
        or found.key in around.imaging
        or found.type == "ImagingStudy"
    )
    return Common(
        source=elements.read_source(reference, path, resource),
        path=path,
        when=elements.read_when(resource),
        together=around.together.get(found.key, frozenset()),
        preliminary=resource.get("status") in grammar.PRELIMINARY,
        is_imaging=is_imaging,
        categories=categories,
        body_sites=read_concepts(resource.get("bodySite"), f"{path}.bodySite"),
        encounter=literal_of(resource.get("encounter") or resource.get("context")),
    )


# --- Observation -----------------------------------------------------------------


def _read_observation(found: Found, common: Common, around: Surroundings) -> Read:
    statements = [_observed(found.resource, common, common.path)]
    for place, component in objects(found.resource.get("component")):
        path = f"{common.path}.component[{place}]"
        statements.append(_observed(component, common, path))
    kinds = {each.value_kind for each in statements} - elements.READ_VALUES - {""}
    notes = [
        note("note_value_type", common.path, element=kind) for kind in sorted(kinds)
    ]
    return statements, notes + _missing(found, around, "hasMember")


def _observed(holder: Json, common: Common, path: str) -> Statement:
    """An Observation or one of its components, which is a finding of its own."""
    source = common.source
    code = holder.get("code")
    kind = elements.value_element(holder)
    value = holder.get(kind)
    return common.state(
        read_codings(code, f"{path}.code"),
        source=Source(source.reference, path, source.resource_type, source.id),
        code_text=elements.read_text(code),
        value=elements.read_value(holder, path),
        value_text=text(value) or elements.read_text(value),
        value_kind=kind,
        absent_reason="dataAbsentReason" in holder,
        interpretations=read_concepts(
            holder.get("interpretation"), f"{path}.interpretation"
        ),
        ranges=elements.read_reference_ranges(
            holder.get("referenceRange"), f"{path}.referenceRange"
        ),
    )


def _missing(found: Found, around: Surroundings, element: str) -> list[Note]:
    """A note for references of the element that lead to nothing in the request."""
    references = found.resource.get(element)
    references = references if isinstance(references, list) else [references]
    lost = [ref for ref in references if ref and not around.index.resolve(ref, found)]
    path = found.path
    return [note("note_reference_missing", path, element=element)] if lost else []


# --- what the patient has, had done and took -------------------------------------


def _read_condition(found: Found, common: Common, around: Surroundings) -> Read:
    condition = found.resource
    verification = _codes(
        condition, "verificationStatus", grammar.VERIFICATION_SYSTEM
    )
    is_suspected = bool(verification & grammar.SUSPECTED)
    asserted = State.UNKNOWN if is_suspected else State.PRESENT
    if "refuted" in verification:
        asserted = State.ABSENT
    clinical = _codes(condition, "clinicalStatus", grammar.CLINICAL_SYSTEM)
    is_over = any(name.startswith("abatement") for name in condition)
    statement = common.state(
        read_codings(condition.get("code"), f"{common.path}.code"),
        code_text=elements.read_text(condition.get("code")),
        asserted=asserted,
        suspected=is_suspected,
        is_past=is_over or bool(clinical & grammar.PAST),
    )
    return [statement], []


def _read_procedure(found: Found, common: Common, around: Surroundings) -> Read:
    code = found.resource.get("code")
    statement = common.state(
        read_codings(code, f"{common.path}.code"),
        code_text=elements.read_text(code),
        asserted=_done(found.resource),
    )
    return [statement], []


def _done(resource: Json) -> State:
    is_absent = resource.get("status") in grammar.NOT_DONE
    adherence = resource.get("adherence")
    if isinstance(adherence, dict):
        codings = read_codings(adherence.get("code"), "")
        is_absent = any(coding.code in grammar.NOT_TAKING for coding in codings)
    return State.ABSENT if is_absent else State.PRESENT


def _read_medication(found: Found, common: Common, around: Surroundings) -> Read:
    """The drug by its own code, by the Medication that is referred to, and by what
    that one is made of; a product that was not taken denies no ingredient."""
    state = _done(found.resource)
    statements = [
        common.state(codes, code_text=words, asserted=state)
        for codes, words in _drugs(found, common.path, around, state)
    ]
    notes = _missing(found, around, "medicationReference")
    return statements or [common.state(())], notes


def _drugs(
    found: Found, path: str, around: Surroundings, state: State
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
    for medication in around.index.resolve(reference, found):
        yield from _ingredients(medication, state)


def _ingredients(
    medication: Found, state: State
) -> Iterator[tuple[tuple[Coding, ...], str]]:
    path = medication.path
    code = medication.resource.get("code")
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


def _read_family(found: Found, common: Common, around: Surroundings) -> Read:
    statements = []
    for place, condition in objects(found.resource.get("condition")):
        code = condition.get("code")
        statements.append(
            common.state(
                read_codings(code, f"{common.path}.condition[{place}].code"),
                code_text=elements.read_text(code),
                asserted=State.PRESENT,
                of_relative=True,
            )
        )
    return statements, []


# --- imaging and reports ---------------------------------------------------------


def _read_study(found: Found, common: Common, around: Surroundings) -> Read:
    study = found.resource
    codes = read_concepts(study.get("procedureCode"), f"{common.path}.procedureCode")
    for place, item in objects(study.get("procedure")):  # R5
        path = f"{common.path}.procedure[{place}].concept"
        codes += read_codings(item.get("concept"), path)
    return [common.state(codes, asserted=State.PRESENT)] if codes else [], []


def _read_report(found: Found, common: Common, around: Surroundings) -> Read:
    """The examination that was reported, and what the report concludes in codes."""
    report = found.resource
    code = report.get("code")
    statements = [
        common.state(
            read_codings(code, f"{common.path}.code"),
            code_text=elements.read_text(code),
            asserted=State.PRESENT,
        )
    ]
    for place, concept in objects(report.get("conclusionCode")):
        path = f"{common.path}.conclusionCode[{place}]"
        statements.append(
            common.state(
                read_codings(concept, path),
                code_text=elements.read_text(concept),
                asserted=State.PRESENT,
            )
        )
    return statements, _missing(found, around, "result")


_READERS: dict[str, Callable[[Found, Common, Surroundings], Read]] = {
    "Observation": _read_observation,
    "Condition": _read_condition,
    "Procedure": _read_procedure,
    "MedicationStatement": _read_medication,
    "MedicationRequest": _read_medication,
    "MedicationAdministration": _read_medication,
    "FamilyMemberHistory": _read_family,
    "ImagingStudy": _read_study,
    "DiagnosticReport": _read_report,
}
READ_TYPES = frozenset(_READERS) | {"Patient"}
REFERRED_TYPES = frozenset({"Encounter", "Medication"})
