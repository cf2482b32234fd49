"""Each resource type that is read, to Statements: FHIR grammar and nothing clinical.

A Statement says what the sender says, in the sender's codes. What the codes mean, and
which of two statements counts, is for grounding. Source: contract, section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.fhir import elements, grammar
from service.fhir.bundle import Json
from service.fhir.elements import objects, read_codings, read_concepts, text
from service.fhir.medications import drugs_of
from service.fhir.phrases import note
from service.fhir.references import Found, Index, literal_of
from service.fhir.usability import codes_in
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

    found: Found
    around: Surroundings
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
        more.setdefault("source", self.source)
        return Statement(
            codes=codes,
            when=self.when,
            together=self.together,
            preliminary=self.preliminary,
            is_imaging=self.is_imaging,
            categories=self.categories,
            body_sites=self.body_sites,
            encounter=self.encounter,
            **more,
        )


Read = tuple[list[Statement], list[Note]]


def read_resource(found: Found, around: Surroundings) -> Read:
    """The statements of a resource whose status allows its use, and remarks."""
    common = _common(found, around)
    statements, notes = _READERS[found.type](common)
    if common.preliminary:
        status = text(found.resource.get("status"))
        notes = [note("note_preliminary", common.path, status=status), *notes]
    return statements, notes


def _common(found: Found, around: Surroundings) -> Common:
    resource, path, entry = found.resource, found.path, found.entry
    categories = read_concepts(resource.get("category"), f"{path}.category")
    pairs = {(coding.system, coding.code) for coding in categories}
    is_imaging = (
        grammar.IMAGING_CATEGORY in pairs
        or found.key in around.imaging
        or found.type == "ImagingStudy"
    )
    return Common(
        found=found,
        around=around,
        # what is contained has no name of its own outside its container
        source=Source(entry.reference, path, entry.type, entry.id),
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


def _read_observation(common: Common) -> Read:
    statements = [_observed(common.found.resource, common, common.path)]
    for place, component in objects(common.found.resource.get("component")):
        path = f"{common.path}.component[{place}]"
        statements.append(_observed(component, common, path))
    kinds = {each.value_kind for each in statements} - elements.READ_VALUES - {""}
    notes = [
        note("note_value_type", common.path, element=kind) for kind in sorted(kinds)
    ]
    return statements, notes + _missing(common.found, common.around, "hasMember")


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


def _read_condition(common: Common) -> Read:
    condition = common.found.resource
    verification = codes_in(
        condition, "verificationStatus", grammar.VERIFICATION_SYSTEM
    )
    is_suspected = bool(verification & grammar.SUSPECTED)
    asserted = State.UNKNOWN if is_suspected else State.PRESENT
    if "refuted" in verification:
        asserted = State.ABSENT
    clinical = codes_in(condition, "clinicalStatus", grammar.CLINICAL_SYSTEM)
    is_over = any(name.startswith("abatement") for name in condition)
    statement = common.state(
        read_codings(condition.get("code"), f"{common.path}.code"),
        code_text=elements.read_text(condition.get("code")),
        asserted=asserted,
        suspected=is_suspected,
        is_past=is_over or bool(clinical & grammar.PAST),
    )
    return [statement], []


def _read_procedure(common: Common) -> Read:
    code = common.found.resource.get("code")
    statement = common.state(
        read_codings(code, f"{common.path}.code"),
        code_text=elements.read_text(code),
        asserted=_done(common.found.resource),
    )
    return [statement], []


def _done(resource: Json) -> State:
    is_absent = resource.get("status") in grammar.NOT_DONE
    adherence = resource.get("adherence")
    if isinstance(adherence, dict):
        codings = read_codings(adherence.get("code"), "")
        is_absent = any(coding.code in grammar.NOT_TAKING for coding in codings)
    return State.ABSENT if is_absent else State.PRESENT


def _read_medication(common: Common) -> Read:
    """The drug by its own code, by the Medication it refers to, and by ingredients.

    A product that was not taken denies no ingredient.
    """
    state = _done(common.found.resource)
    statements = [
        common.state(codes, code_text=words, asserted=state)
        for codes, words in drugs_of(
            common.found, common.path, common.around.index, state
        )
    ]
    notes = _missing(common.found, common.around, "medicationReference")
    return statements or [common.state(())], notes


def _read_family(common: Common) -> Read:
    statements = []
    for place, condition in objects(common.found.resource.get("condition")):
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


def _read_study(common: Common) -> Read:
    study = common.found.resource
    codes = read_concepts(study.get("procedureCode"), f"{common.path}.procedureCode")
    for place, item in objects(study.get("procedure")):  # R5
        path = f"{common.path}.procedure[{place}].concept"
        codes += read_codings(item.get("concept"), path)
    return [common.state(codes, asserted=State.PRESENT)] if codes else [], []


def _read_report(common: Common) -> Read:
    """The examination that was reported, and what the report concludes in codes."""
    report = common.found.resource
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
    return statements, _missing(common.found, common.around, "result")


_READERS: dict[str, Callable[[Common], Read]] = {
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
