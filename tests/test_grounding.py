"""Grounding: contract section 2 and rows E of docs/reference/reliability.md."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.fhir.ledger import settle
from service.fhir.phrases import PHRASES
from service.fhir.reader import ReadOptions, read_cases
from service.model import Finding, Interval, Place, Quantity, State
from service.reasoning.derivation import completed_years, squared
from service.reasoning.grounding import ground
from service.reasoning.knowledge import load
from service.reasoning.quantities import measure
from service.reasoning.remarks import REMARKS
from service.reasoning.vocabulary import vocabulary_of
from tests.documents import (
    CLINICAL,
    ICD10,
    ICD10CM,
    INTERPRETATION,
    LOINC,
    SCT,
    UCUM,
    Json,
    concept,
    condition,
    findings_of,
    ground_all,
    observation,
    of,
    patient,
    phrases_of,
    quantity,
    read,
    states_of,
)

BUILD = Path(__file__).parent.parent / "ontology" / "build"
KNOWLEDGE = load(BUILD)
PRESENT, ABSENT = (SCT, "52101004"), (SCT, "2667000")


def seen(name: str, value: bool = True, **elements: Any) -> Json:
    """An Observation of something there or not."""
    return observation(name, valueBoolean=value, **elements)


def said(name: str, *codings: str | tuple[str, str], **elements: Any) -> Json:
    """An Observation with a coded value."""
    return observation(name, valueCodeableConcept=concept(*codings), **elements)


def measured(
    name: str, value: float | str, unit: str, by: str = "", **more: Any
) -> Json:
    """An Observation with a Quantity."""
    return observation(name, valueQuantity=quantity(value, unit, by), **more)


def the_finding(*resources: Json, concept: str) -> Finding:
    """The only finding about the concept."""
    (finding,) = [f for f in findings_of(KNOWLEDGE, *resources) if f.concept == concept]
    return finding


# --- rule 1: present, absent, unknown --------------------------------------------

STATES: dict[str, tuple[Json, dict[str, str]]] = {
    "true": (seen("cough"), {"cough": "present"}),
    "false": (seen("cough", value=False), {"cough": "absent"}),
    "Present": (said("cough", PRESENT), {"cough": "present"}),
    "Absent": (said("cough", ABSENT), {"cough": "absent"}),
    "Detected": (said("anca", (SCT, "260373001")), {"anca": "present"}),
    "Not detected": (said("anca", (SCT, "260415000")), {"anca": "absent"}),
    "our own present": (said("cough", "state_present"), {"cough": "present"}),
    "POS": (
        observation("anca", interpretation=[concept((INTERPRETATION, "POS"))]),
        {"anca": "present"}),
    "NEG": (
        observation("anca", interpretation=[concept((INTERPRETATION, "NEG"))]),
        {"anca": "absent"}),
    "POS as value": (said("anca", (INTERPRETATION, "POS")), {"anca": "present"}),
    "a count above 0": (observation("cough", valueInteger=3), {"cough": "present"}),
    "a count of 0": (observation("cough", valueInteger=0), {"cough": "absent"}),
    "more than 0": (measured("cough", 0, "1", ">"), {"cough": "present"}),
    "less than 1": (measured("cough", 1, "{count}", "<"), {"cough": "absent"}),
    "at most 5": (measured("cough", 5, "1", "<="), {}),
    "an allowed value": (
        said("ct_zone", "zone_upper"), {"ct_zone=zone_upper": "present"}),
    "no value": (observation("cough"), {}),
    "a reason for no value": (
        observation("cough", dataAbsentReason=concept("x")), {}),
    "a text": (observation("cough", valueString="yes"), {}),
    "a value of another finding": (said("ct_zone", "shape_round"), {}),
    "value and flag at odds": (
        seen("cough", interpretation=[concept((INTERPRETATION, "NEG"))]), {}),
    "a negated value": (
        said("ct_zone", "zone_upper",
             interpretation=[concept((INTERPRETATION, "NEG"))]),
        {"ct_zone=zone_upper": "absent"}),
    "a denied coded finding": (
        seen("occupational_dust_exposure", value=False),
        {"occupational_dust_exposure": "absent"}),
    "a value as the code": (seen("current_smoker"),
                            {"smoking_status=current_smoker": "present"}),
    "a value as a Condition": (condition("dust_silica"),
                               {"occupational_dust_exposure=dust_silica": "present"}),
    "a critical flag": (
        said("serum_calcium_status", (INTERPRETATION, "HH")),
        {"serum_calcium_status=interpretation_high": "present"}),
    "a flag for a status": (
        observation("serum_calcium_status",
                    interpretation=[concept((INTERPRETATION, "L"))]),
        {"serum_calcium_status=interpretation_low": "present"}),
    "an assertion": (
        observation(("http://terminology.hl7.org/CodeSystem/v3-ActCode", "ASSERTION"),
                    valueCodeableConcept=concept((SCT, "49727002"))),
        {"cough": "present"}),
    "a negative assertion": (
        observation(("http://terminology.hl7.org/CodeSystem/v3-ActCode", "ASSERTION"),
                    valueCodeableConcept=concept((SCT, "49727002")),
                    interpretation=[concept((INTERPRETATION, "NEG"))]),
        {"cough": "absent"}),
    "an assertion of a value": (
        observation(("s", "smoking"), valueCodeableConcept=concept("never_smoker")),
        {"smoking_status=never_smoker": "present"}),
    "a value under a code that is only too broad": (
        observation((SCT, "266898002"),
                    valueCodeableConcept=concept((SCT, "51615001"))), {}),
    "a value under a text": (
        {**observation(), "code": {"text": "family history"},
         "valueCodeableConcept": concept((SCT, "51615001"))}, {}),
    "a procedure": (
        {"resourceType": "Procedure", "status": "completed",
         "code": concept("dialysis"),
         "subject": {"reference": "Patient/p"}}, {"dialysis": "present"}),
    "a procedure not done": (
        {"resourceType": "Procedure", "status": "not-done",
         "code": concept("dialysis"),
         "subject": {"reference": "Patient/p"}}, {"dialysis": "absent"}),
    "a refuted disease": (
        condition("pulmonary_fibrosis", verified="refuted"),
        {"pulmonary_fibrosis": "absent"}),
    "a disease that is over": (
        condition("pulmonary_fibrosis", clinicalStatus=concept((CLINICAL, "resolved"))),
        {"pulmonary_fibrosis": "present"}),
    "a symptom that is over": (
        condition("cough", clinicalStatus=concept((CLINICAL, "resolved"))), {}),
    "an unconfirmed disease": (
        condition("pulmonary_fibrosis", verified="provisional"), {}),
    "a suspected cancer": (
        condition("osteosarcoma", verified="unconfirmed"),
        {"suspected_malignant_neoplasm": "present"}),
    "a disease of a relative": (
        {"resourceType": "FamilyMemberHistory", "status": "completed",
         "patient": {"reference": "Patient/p"}, "relationship": concept(("s", "FTH")),
         "condition": [{"code": concept("idiopathic_pulmonary_fibrosis")},
                       {"code": concept("osteosarcoma")}]},
        {"family_history_pulmonary_fibrosis": "present"}),
    "our own result": (said("dpo_criterion", "criterion_met"), {}),
    "our own candidate": (said("suggested_cause", "cause_idiopathic"), {}),
}  # fmt: skip


@pytest.mark.parametrize(("resource", "expected"), STATES.values(), ids=STATES)
def test_a_statement_states_this_and_no_more(
    resource: Json, expected: dict[str, str]
) -> None:
    """What is not said is unknown; absent comes only from an explicit word."""
    if resource["resourceType"] == "Observation":
        resource = of(resource)

    assert states_of(KNOWLEDGE, patient(), resource) == expected


# --- rule 3: codes ---------------------------------------------------------------

CODES: dict[str, tuple[tuple[str, str], str, dict[str, str]]] = {
    "exact": ((SCT, "51615001"), "", {"pulmonary_fibrosis": "present"}),
    "close": ((ICD10CM, "J84.10"), "", {"pulmonary_fibrosis": "present"}),
    "broad": ((ICD10, "J84.1"), "", {}),
    "unknown": ((SCT, "1"), "", {}),
    "of no system": (("", "51615001"), "", {}),
    "of the wrong system": ((LOINC, "51615001"), "", {}),
    "an OBO code with its prefix": (
        ("http://human-phenotype-ontology.org", "HP:0002206"), "",
        {"pulmonary_fibrosis": "present"}),
    "an ICD code": (
        (ICD10, "J80"), "", {"acute_respiratory_distress_syndrome": "present"}),
    "an ICD code below": (
        (ICD10, "J80.0"), "", {"acute_respiratory_distress_syndrome": "present"}),
    "an ICD code without its dot": (
        (ICD10CM, "E8581"), "", {"al_amyloidosis": "present"}),
    "a denied exact code": (
        (SCT, "51615001"), "refuted", {"pulmonary_fibrosis": "absent"}),
    "a denied close code": ((ICD10CM, "J84.10"), "refuted", {}),
    "a denied ICD code below": ((ICD10, "J80.0"), "refuted", {}),
    "a denied ICD code": (
        (ICD10, "J80"), "refuted", {"acute_respiratory_distress_syndrome": "absent"}),
    "a direction mark in a code": ((SCT, "51615001\u200b"), "", {}),
}  # fmt: skip


@pytest.mark.parametrize(("coding", "verified", "expected"), CODES.values(), ids=CODES)
def test_a_code_means_what_its_mapping_says(
    coding: tuple[str, str], verified: str, expected: dict[str, str]
) -> None:
    """Exact and narrow assert, close with a warning, broad never; denial only exact."""
    resource = condition(coding, verified=verified)

    assert states_of(KNOWLEDGE, patient(), resource) == expected


def test_a_denied_icd_category_denies_all_its_exact_codes() -> None:
    """Refuting an ancestor refutes what lies below it."""
    states = states_of(
        KNOWLEDGE, patient(), condition((ICD10, "J84"), verified="refuted")
    )

    assert set(states.values()) <= {"absent"}


def test_a_narrower_code_denies_nothing() -> None:
    """A narrow row asserts our concept and does not exclude it."""
    narrow = (SCT, "230060001")

    assert states_of(KNOWLEDGE, patient(), condition(narrow)) == {
        "smoking_status=current_smoker": "present"
    }
    assert states_of(KNOWLEDGE, patient(), condition(narrow, verified="refuted")) == {}


def test_a_close_code_is_warned_of() -> None:
    """Used, and said so."""
    assert phrases_of(KNOWLEDGE, patient(), condition((ICD10CM, "J84.10"))) == {
        "note_coding_close"
    }


def test_one_of_several_codings_suffices() -> None:
    """The unknown one is listed, the known one used."""
    resource = condition((SCT, "1"), "pulmonary_fibrosis")

    assert states_of(KNOWLEDGE, patient(), resource) == {
        "pulmonary_fibrosis": "present"
    }
    assert phrases_of(KNOWLEDGE, patient(), resource) == {"note_coding_unknown"}


def test_codings_that_differ_are_reported() -> None:
    """Two meanings of one element."""
    resource = condition("pulmonary_fibrosis", "osteosarcoma")

    assert "note_codings_differ" in phrases_of(KNOWLEDGE, patient(), resource)


def test_codings_of_one_line_do_not_differ() -> None:
    """A disease and its kind agree: the more specific one is meant."""
    resource = condition("pulmonary_fibrosis", "idiopathic_pulmonary_fibrosis")

    assert states_of(KNOWLEDGE, patient(), resource) == {
        "idiopathic_pulmonary_fibrosis": "present"
    }
    assert phrases_of(KNOWLEDGE, patient(), resource) == set()


def test_a_display_is_never_a_basis() -> None:
    """E18: a code without a system stays unknown, whatever its display says."""
    resource = condition()
    resource["code"] = {"coding": [{"code": "x", "display": "Pulmonary fibrosis"}]}

    assert states_of(KNOWLEDGE, patient(), resource) == {}


def test_a_text_is_not_understood() -> None:
    """Listed, not guessed."""
    resource = {**condition(), "code": {"text": "Pulmonary fibrosis"}}

    assert phrases_of(KNOWLEDGE, patient(), resource) == {"note_text_only"}


# --- rule 4: quantities ----------------------------------------------------------

INTERVALS: dict[str, tuple[Json, Interval | None]] = {
    "as sent": (measured("ct_nodule_max_diameter", 3.5, "mm"),
                Interval(Decimal("3.5"), Decimal("3.5"))),
    "converted": (measured("ct_nodule_max_diameter", 0.57, "cm"),
                  Interval(Decimal("5.7"), Decimal("5.7"))),
    "molar": (measured("serum_pth", 7, "pmol/L"),
              Interval(Decimal("66.01"), Decimal("66.01"))),
    "at least": (measured("ct_nodule_max_diameter", 4, "mm", ">="),
                 Interval(low=Decimal(4))),
    "less": (measured("ct_nodule_max_diameter", 4, "mm", "<"),
             Interval(high=Decimal(4), high_open=True)),
    "more than 9 things": (measured("ct_nodule_count", 9, "{count}", ">"),
                           Interval(low=Decimal(10))),
    "less than 5 things": (measured("ct_nodule_count", 5, "{nodules}", "<"),
                           Interval(high=Decimal(4))),
    "none": (measured("ct_nodule_count", 0, "{count}"),
             Interval(Decimal(0), Decimal(0))),
    "an integer": (observation("ct_nodule_count", valueInteger=12),
                   Interval(Decimal(12), Decimal(12))),
    "a range": (
        observation("ct_nodule_max_diameter", valueRange={
            "low": quantity(2, "mm"), "high": quantity(0.4, "cm")}),
        Interval(Decimal(2), Decimal(4))),
    "half a nodule": (measured("ct_nodule_count", 2.5, "{count}"), None),
    "no unit": (measured("ct_nodule_max_diameter", 3, ""), None),
    "an integer for a length": (
        observation("ct_nodule_max_diameter", valueInteger=3), None),
    "an integer for a percentage": (observation("lvef_percent", valueInteger=60), None),
    "a wrong unit": (measured("ct_nodule_max_diameter", 3, "kg"), None),
    "megagauss": (measured("serum_calcium", 9, "MG/dL"), None),
    "below zero": (measured("body_weight", -3, "kg"), None),
    "a text": (observation("ct_nodule_count", valueString="many"), None),
    "a ratio": (
        observation("ct_nodule_count", valueRatio={
            "numerator": quantity(1, "1"), "denominator": quantity(2, "1")}), None),
    "true": (seen("ct_nodule_count"), None),
}  # fmt: skip


@pytest.mark.parametrize(("resource", "expected"), INTERVALS.values(), ids=INTERVALS)
def test_a_quantity_is_an_interval_in_its_unit(
    resource: Json, expected: Interval | None
) -> None:
    """Never a guess: what has no unit of the quantity stays unknown, with a remark."""
    case, notes = ground_all(KNOWLEDGE, patient(), of(resource))
    intervals = [finding.interval for finding in case.findings]

    assert intervals == ([expected] if expected else [])
    assert bool(notes) is (expected is None)


def test_what_was_sent_is_kept() -> None:
    """Comparator, number and unit, in the sender's own words."""
    resource = of(measured("serum_pth", 7, "pmol/L", ">"))
    finding = the_finding(patient(), resource, concept="serum_pth")

    assert (finding.sent, finding.unit) == (">7 pmol/L", "pg/mL")


RANGE = [{"low": quantity(2.1, "mmol/L"), "high": quantity(2.6, "mmol/L")}]
LEVELS: dict[str, tuple[Json, str, str]] = {
    "sent": (measured("serum_calcium", 2.4, "mmol/L",
                      interpretation=[concept((INTERPRETATION, "H"))]),
             "interpretation_high", "sent"),
    "sent as critical": (
        measured("serum_calcium", 2.4, "mmol/L", referenceRange=RANGE,
                 interpretation=[concept((INTERPRETATION, "LL"))]),
        "interpretation_low", "sent"),
    "by the range": (measured("serum_calcium", 2.7, "mmol/L", referenceRange=RANGE),
                     "interpretation_high", "range"),
    "by a range in another unit": (
        measured("serum_calcium", 2.7, "mmol/L", referenceRange=[
            {"high": quantity(10.4, "mg/dL")}]), "interpretation_high", "range"),
    "within the range": (
        measured("serum_calcium", 2.6, "mmol/L", referenceRange=RANGE),
        "interpretation_normal", "range"),
    "a range in words": (
        measured("serum_calcium", 3.1, "mmol/L", referenceRange=[{"text": "2-4"}]),
        "interpretation_high", "usual"),
    "a therapeutic range": (
        measured("serum_calcium", 3.1, "mmol/L", referenceRange=[
            {"high": quantity(9, "mmol/L"), "type": concept(("x", "therapeutic"))}]),
        "interpretation_high", "usual"),
    "usual": (
        measured("serum_calcium", 2.3, "mmol/L"), "interpretation_normal", "usual"),
    "between usual limits": (measured("serum_calcium", 2.55, "mmol/L"), "", ""),
    "an open interval": (measured("serum_calcium", 2.3, "mmol/L", ">"), "", ""),
    "contradicting flags": (
        measured("serum_calcium", 2.4, "mmol/L", interpretation=[
            concept((INTERPRETATION, "H")), concept((INTERPRETATION, "L"))]),
        "interpretation_normal", "usual"),
    "a flag alone": (
        observation("serum_calcium", interpretation=[concept((INTERPRETATION, "N"))]),
        "interpretation_normal", "sent"),
}  # fmt: skip


@pytest.mark.parametrize(("resource", "level", "limit"), LEVELS.values(), ids=LEVELS)
def test_low_normal_or_high_comes_from_the_first_that_says(
    resource: Json, level: str, limit: str
) -> None:
    """Flag, then the sender's range, then the usual limits of the ontology."""
    finding = the_finding(patient(), of(resource), concept="serum_calcium")

    assert (finding.interpretation, finding.limit) == (level, limit)


CREATININE = [
    ({"gender": "male"}, 105, ""),
    ({"gender": "male"}, 95, "interpretation_normal"),
    ({"gender": "female"}, 105, "interpretation_high"),
    ({"gender": "female"}, 95, ""),
    ({}, 95, ""),
    ({}, 80, "interpretation_normal"),
    ({"birthDate": "2015-01-01"}, 200, ""),
    ({"birthDate": "1950"}, 200, "interpretation_high"),
]


@pytest.mark.parametrize(("person", "value", "level"), CREATININE)
def test_usual_limits_know_age_and_sex(person: Json, value: float, level: str) -> None:
    """E19: none for a child; without a sex only what both rows say."""
    result = measured(
        "serum_creatinine", value, "umol/L", effectiveDateTime="2024-06-15"
    )
    finding = the_finding(patient(**person), of(result), concept="serum_creatinine")

    assert finding.interpretation == level


def test_limits_that_hold_for_adults_only_are_said_so() -> None:
    """E19."""
    result = measured("serum_calcium", 2.3, "mmol/L", effectiveDateTime="2024-06-15")

    assert "note_limits_adults" in phrases_of(
        KNOWLEDGE, patient(birthDate="2015"), of(result)
    )


PLAUSIBLE = [(130, "", True), (140, "", False), (140, "<", True), (140, ">", False)]


@pytest.mark.parametrize(("years", "by", "is_known"), PLAUSIBLE)
def test_what_no_patient_has_stays_unknown(
    years: float, by: str, is_known: bool
) -> None:
    """E14: outside what the ontology declares possible, never "fixed"."""
    age = replace(KNOWLEDGE.concepts["age"], plausible_high=Decimal(130))
    value = Quantity(str(years), by, "a", UCUM, "")

    measured = measure(value, age, vocabulary_of(KNOWLEDGE))
    assert (measured.interval is not None) is is_known


# --- rules 5 and 6: time ---------------------------------------------------------


def on(date: str, resource: Json) -> Json:
    """The resource with a time."""
    return of({**resource, "effectiveDateTime": date})


TIMES: dict[str, tuple[list[Json], dict[str, set[str]]]] = {
    "the newest decides": (
        [on("2024-06-15", seen("cough")), on("2024-06-16", seen("cough", value=False))],
        {"cough": {"absent"}}),
    "the same day conflicts": (
        [on("2024-06-15", seen("cough")),
         on("2024-06-15T23:30:00-05:00", seen("cough", value=False))],
        {"cough": {"present", "absent"}}),
    "two instants do not": (
        [on("2024-06-15T08:00:00Z", seen("cough")),
         on("2024-06-15T09:00:00Z", seen("cough", value=False))],
        {"cough": {"absent"}}),
    "a month meets its days": (
        [on("2024-06", seen("cough")), on("2024-06-15", seen("cough", value=False))],
        {"cough": {"present", "absent"}}),
    "no time meets every time": (
        [of(seen("cough")), on("2024-06-15", seen("cough", value=False))],
        {"cough": {"present", "absent"}}),
    "history is kept": (
        [on("2020", seen("dialysis")), on("2024", seen("dialysis", value=False))],
        {"dialysis": {"present", "absent"}}),
    "an exclusive value gives way": (
        [on("2020", said("smoking_status", "current_smoker")),
         on("2024", said("smoking_status", "former_smoker"))],
        {"smoking_status": {"former_smoker"}}),
    "other values add up": (
        [on("2020", said("occupational_dust_exposure", "dust_silica")),
         on("2024", said("occupational_dust_exposure", "dust_asbestos"))],
        {"occupational_dust_exposure": {"dust_silica", "dust_asbestos"}}),
    "two values of one measure stay": (
        [on("2024-06-15", measured("serum_calcium", 2.3, "mmol/L")),
         on("2024-06-15", measured("serum_calcium", 3.3, "mmol/L"))],
        {"serum_calcium": {"2.3 mmol/L", "3.3 mmol/L"}}),
    "a newer measure decides": (
        [on("2024-06-15", measured("serum_calcium", 2.3, "mmol/L")),
         on("2024-06-16", measured("serum_calcium", 3.3, "mmol/L"))],
        {"serum_calcium": {"3.3 mmol/L"}}),
}  # fmt: skip


@pytest.mark.parametrize(("resources", "expected"), TIMES.values(), ids=TIMES)
def test_time_decides_between_statements(
    resources: list[Json], expected: dict[str, set[str]]
) -> None:
    """The newest counts; what meets stays, for the evaluator to set aside."""
    found: dict[str, set[str]] = {}
    for finding in findings_of(KNOWLEDGE, patient(), *resources):
        said = finding.value or finding.sent or str(finding.state)
        found.setdefault(finding.concept, set()).add(said)

    assert found == expected


def test_one_report_has_one_time() -> None:
    """Statements of one DiagnosticReport meet, whatever their dates."""
    report = {
        "resourceType": "DiagnosticReport", "id": "r", "status": "final",
        "code": concept(("s", "x")), "subject": {"reference": "Patient/p"},
        "result": [{"reference": "Observation/a"}, {"reference": "Observation/b"}],
    }  # fmt: skip
    one = {**on("2020", seen("cough")), "id": "a"}
    other = {**on("2024", seen("cough", value=False)), "id": "b"}
    states = [f.state for f in findings_of(KNOWLEDGE, patient(), report, one, other)]

    assert sorted(states) == [State.ABSENT, State.PRESENT]


def test_what_is_superseded_is_kept_apart() -> None:
    """And said so in the ledger."""
    old, new = on("2020", seen("cough")), on("2024", seen("cough"))
    case, notes = ground_all(KNOWLEDGE, patient(), old, new)

    assert [f.when and f.when.text for f in case.superseded] == ["2020"]
    assert [n.phrase for n in notes] == ["note_superseded"]


def test_the_same_value_twice_counts_once() -> None:
    """E15: also in another unit; both sources are kept."""
    one = {**on("2024-06-15", measured("fvc", 2.5, "L")), "id": "a"}
    other = {**on("2024-06-15", measured("fvc", 2500, "mL")), "id": "b"}
    finding = the_finding(patient(), one, other, concept="fvc")

    assert [s.reference for s in finding.sources] == ["Observation/a", "Observation/b"]


# --- Patient and derived findings ------------------------------------------------

IMAGING = [concept(("http://terminology.hl7.org/CodeSystem/observation-category",
                    "imaging"))]  # fmt: skip
AGES = [
    ("1973-03-15", "2024-03-14", (50, 50)),
    ("1973-03-15", "2024-03-15", (51, 51)),
    ("1973-03", "2024-03-15", (50, 51)),
    ("1973", "2024-06-15", (50, 51)),
    ("1973-03-15", "2024", (50, 51)),
    ("1973-03-15", "2024-03-14T23:30:00-05:00", (50, 50)),
]


@pytest.mark.parametrize(("birth", "date", "expected"), AGES)
def test_age_is_an_interval_of_completed_years(
    birth: str, date: str, expected: tuple[int, int]
) -> None:
    """A partial birthDate gives several ages."""
    finding = the_finding(
        patient(birthDate=birth), on(date, seen("cough")), concept="age"
    )

    assert finding.interval == Interval(Decimal(expected[0]), Decimal(expected[1]))


def test_age_is_taken_at_the_newest_image() -> None:
    """Else at the newest time of all."""
    image = on("2020-06-15", seen("ct_branching", category=IMAGING))
    later = on("2024-06-15", seen("cough"))
    person = patient(birthDate="1970-01-01")

    ages = [
        the_finding(person, *resources, concept="age").interval
        for resources in ([image, later], [later])
    ]
    assert [age and age.low for age in ages] == [50, 54]


def test_without_a_time_there_is_no_age() -> None:
    """Never "now"."""
    assert states_of(KNOWLEDGE, patient(birthDate="1970"), of(seen("cough"))) == {
        "cough": "present"
    }


@pytest.mark.parametrize(
    ("gender", "expected"),
    [("male", {"sex=sex_male": "present"}), ("female", {"sex=sex_female": "present"}),
     ("other", {}), ("unknown", {})],
)  # fmt: skip
def test_sex_is_the_gender_of_the_patient(
    gender: str, expected: dict[str, str]
) -> None:
    """Other and unknown give no value."""
    assert states_of(KNOWLEDGE, patient(gender=gender)) == expected


CALCIUM = measured("serum_calcium", 10, "mg/dL")
PHOSPHATE = measured("serum_phosphate", 1.5, "mmol/L")
PRODUCTS: dict[str, tuple[list[Json], list[str]]] = {
    "of one day": ([on("2024-06-15", CALCIUM), on("2024-06-15T08:00:00Z", PHOSPHATE)],
                   ["3.743"]),
    "of two days": ([on("2024-06-15", CALCIUM), on("2024-06-16", PHOSPHATE)], []),
    "of no day": ([of(CALCIUM), of(PHOSPHATE)], []),
    "of a month": ([on("2024-06", CALCIUM), on("2024-06", PHOSPHATE)], []),
    "sent on that day": (
        [on("2024-06-15", CALCIUM), on("2024-06-15", PHOSPHATE),
         on("2024-06-15", measured("calcium_phosphate_product", 4, "mmol2/L2"))],
        ["4"]),
    "sent before": (
        [on("2024-06-15", CALCIUM), on("2024-06-15", PHOSPHATE),
         on("2024-06-14", measured("calcium_phosphate_product", 4, "mmol2/L2"))],
        ["3.743"]),
    "sent in mass units": (
        [on("2024-06-15", measured("calcium_phosphate_product", 50, "mg2/dL2"))],
        ["4.028"]),
}  # fmt: skip


@pytest.mark.parametrize(("resources", "expected"), PRODUCTS.values(), ids=PRODUCTS)
def test_the_product_is_of_one_day(resources: list[Json], expected: list[str]) -> None:
    """Computed from values of the same day, in canonical units; a sent one wins."""
    lows = [
        str(round(f.interval.low, 3) if f.interval.low % 1 else f.interval.low)
        for f in findings_of(KNOWLEDGE, patient(), *resources)
        if f.concept == "calcium_phosphate_product" and f.interval and f.interval.low
    ]

    assert lows == expected


def test_a_derived_finding_names_both_sources() -> None:
    """And what was derived from an interval is one."""
    calcium = on("2024-06-15", measured("serum_calcium", 2, "mmol/L", ">"))
    phosphate = on("2024-06-15", PHOSPHATE)
    finding = the_finding(
        patient(), calcium, phosphate, concept="calcium_phosphate_product"
    )

    assert len(finding.sources) == 2
    assert finding.interval == Interval(low=Decimal(3), low_open=True)


def test_completed_years_wait_for_the_birthday() -> None:
    """The 29th of February has its birthday on the 1st of March."""
    assert completed_years((2000, 2, 29), (2023, 2, 28)) == 22
    assert completed_years((2000, 2, 29), (2023, 3, 1)) == 23


def test_a_squared_unit_needs_no_parser() -> None:
    """The unit of a product of two values."""
    assert squared("mmol/L") == "mmol2/L2"


# --- reports ---------------------------------------------------------------------


def report(date: str, code: str, **more: Any) -> Json:
    """An imaging report."""
    radiology = concept(("http://terminology.hl7.org/CodeSystem/v2-0074", "RAD"))
    return of({
        "resourceType": "DiagnosticReport", "status": "final", "category": [radiology],
        "code": concept((LOINC, code)), "effectiveDateTime": date, **more,
    })  # fmt: skip


def test_the_codes_of_imaging_reports_come_newest_first() -> None:
    """For the code of our own report."""
    case, _ = ground_all(
        KNOWLEDGE, patient(), report("2020", "30745-4"), report("2024", "24627-2")
    )

    assert [coding.code for coding in case.report_codes] == ["24627-2", "30745-4"]


def test_results_of_an_imaging_report_are_about_images() -> None:
    """And their encounter is that of the imaging evidence."""
    seen_there = {**of(seen("cough")), "id": "o",
                  "encounter": {"reference": "Encounter/e"}}  # fmt: skip
    holder = report("2024", "24627-2", result=[{"reference": "Observation/o"}])
    case, _ = ground_all(KNOWLEDGE, patient(), holder, seen_there)

    assert case.encounters == ("Encounter/e",)


# --- properties ------------------------------------------------------------------

CASE: list[Json] = [
    patient(gender="male", birthDate="1970-05"),
    on("2024-06-15", seen("ct_branching", category=IMAGING)),
    on("2024-06-15", seen("ct_branching", value=False, category=IMAGING)),
    on("2024-06-15", measured("ct_nodule_max_diameter", 3.5, "mm")),
    on("2024-06-15", CALCIUM),
    on("2024-06-15", PHOSPHATE),
    on("2020-06-15", said("smoking_status", "current_smoker")),
    on("2024-06-15", said("smoking_status", "former_smoker")),
    condition("pulmonary_fibrosis"),
    condition((SCT, "1")),
]


def essence(case_findings: tuple[Finding, ...]) -> list[tuple[object, ...]]:
    """What the findings say, without where it was read."""
    return [
        (f.concept, f.state, f.value, f.interval, f.interpretation, f.limit,
         f.when and f.when.text)
        for f in case_findings
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.permutations(CASE))
def test_the_order_of_entries_changes_nothing(resources: list[Json]) -> None:
    """E16."""
    assert essence(findings_of(KNOWLEDGE, *resources)) == essence(
        findings_of(KNOWLEDGE, *CASE)
    )


@settings(max_examples=60, deadline=None)
@given(
    st.decimals(min_value="0.1", max_value=60, places=2),
    st.sampled_from(["", "<", "<=", ">", ">="]),
)
def test_a_change_of_unit_changes_nothing(value: Decimal, by: str) -> None:
    """E6: millimetres, centimetres and metres are one measure."""
    intervals = {
        the_finding(
            patient(),
            of(
                measured(
                    "ct_nodule_max_diameter", float(value.scaleb(-shift)), unit, by
                )
            ),
            concept="ct_nodule_max_diameter",
        ).interval
        for unit, shift in (("mm", 0), ("cm", 1), ("m", 3))
    }

    assert len(intervals) == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.sampled_from(["<", "<=", ">", ">="]))
def test_a_comparator_allows_what_it_says(number: int, by: str) -> None:
    """E5: exactly the whole numbers for which the comparison holds."""
    resource = of(measured("ct_nodule_count", number, "{count}", by))
    interval = the_finding(patient(), resource, concept="ct_nodule_count").interval
    compare = {"<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__}[by]

    assert interval
    for count in range(60):
        is_in = (interval.low is None or count >= interval.low) and (
            interval.high is None or count <= interval.high
        )
        assert is_in is compare(count, number)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(range(4)), min_size=1))
def test_components_say_what_observations_say(places: set[int]) -> None:
    """Splitting a panel into Observations changes no finding."""
    parts = [seen("cough"), seen("fever", value=False), CALCIUM, PHOSPHATE]
    whole = observation(("s", "panel"))
    whole["component"] = [
        {name: part[name] for name in part if name not in ("resourceType", "status")}
        for part in (parts[place] for place in sorted(places))
    ]
    split = [on("2024-06-15", parts[place]) for place in places]

    assert essence(findings_of(KNOWLEDGE, patient(), on("2024-06-15", whole))) == (
        essence(findings_of(KNOWLEDGE, patient(), *split))
    )


@pytest.mark.parametrize("place", range(1, len(CASE)))
def test_entered_in_error_is_as_if_removed(place: int) -> None:
    """E1, for every resource of a case."""
    resource = CASE[place]
    wrong = {**resource, "status": "entered-in-error"}
    if resource["resourceType"] == "Condition":
        wrong = condition("pulmonary_fibrosis", verified="entered-in-error")
    others = [*CASE[:place], *CASE[place + 1 :]]

    assert essence(findings_of(KNOWLEDGE, *others, wrong)) == essence(
        findings_of(KNOWLEDGE, *others)
    )


# --- the ledger ------------------------------------------------------------------


def codings_in(resource: Json) -> int:
    """How many codings of code and value a resource has."""
    holders = [resource, *resource.get("component", [])]
    return sum(
        len(holder.get(element, {}).get("coding", []))
        for holder in holders
        for element in ("code", "valueCodeableConcept")
    )


def is_own_result(resource: Json) -> bool:
    """Whether this service wrote it: then it is listed as a whole, with one remark."""
    _, notes = ground_all(KNOWLEDGE, patient(), of(resource))
    return any(note.phrase == "note_own_output" for note in notes)


@pytest.mark.parametrize(("resource", "expected"), STATES.values(), ids=STATES)
def test_every_coding_is_used_or_listed(
    resource: Json, expected: dict[str, str]
) -> None:
    """Codes in = codes used + codes listed, each one time."""
    del expected
    if "condition" in resource or is_own_result(resource):
        return
    if resource["resourceType"] == "Observation":
        resource = of(resource)
    case, notes = ground_all(KNOWLEDGE, patient(), resource)
    used = {
        g.coding.path
        for f in case.findings
        for g in f.groundings
        if ".interpretation[" not in g.coding.path
    }
    listed = [n.path for n in notes if ".coding[" in n.path]

    assert len(listed) == len(set(listed))
    assert len(used | set(listed)) == codings_in(resource)


def test_an_entry_that_gave_no_finding_is_ignored() -> None:
    """Used means used: the ledger is settled after grounding."""
    reading = read(patient(), of(seen("cough")), condition((SCT, "1")))
    case, notes = ground(reading.cases[0], KNOWLEDGE)
    rows = settle(reading.rows, [case], notes)

    assert [row.place for row in rows] == [Place.USED, Place.USED, Place.IGNORED]
    assert [note.phrase for note in rows[2].notes] == [
        "note_coding_unknown",
        "note_nothing_used",
    ]


def test_a_report_that_only_holds_results_together_is_used() -> None:
    """Its code has no concept, but it gives its results one time."""
    holder = report("2024", "0-0", id="r", result=[{"reference": "Observation/o"}])
    result = {**of(seen("cough")), "id": "o"}
    reading = read(patient(), holder, result)
    case, notes = ground(reading.cases[0], KNOWLEDGE)

    assert {row.place for row in settle(reading.rows, [case], notes)} == {Place.USED}


def test_every_note_has_its_phrase_in_both_languages() -> None:
    """And the English of an error is that of the ontology."""
    for phrase in (*PHRASES, *REMARKS):
        assert KNOWLEDGE.phrases[phrase].fr
    for phrase, (_, _, english) in PHRASES.items():
        assert KNOWLEDGE.phrases[phrase].en == english


# --- the worked cases ------------------------------------------------------------

BUNDLES = sorted(Path(__file__).parent.glob("*/*/bundle*.json"))
SURPRISES = {"note_coding_unknown", "note_text_only", "note_limits_adults"}


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.parent.name)
def test_a_worked_case_is_read_without_surprise(path: Path) -> None:
    """All entries are sound; only what has no concept is left aside."""
    reading = read_cases(path.read_bytes(), ReadOptions())
    (case,) = reading.cases
    _, notes = ground(case, KNOWLEDGE)

    assert {row.place for row in reading.rows} == {Place.USED}
    assert {note.phrase for note in notes} <= SURPRISES
    assert len(reading.rows) == len(json.loads(path.read_bytes())["entry"])
