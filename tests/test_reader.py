"""The reader: contract sections 1, 2, 4; reliability.md rows B, C, D."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import (
    DocumentTooCostly,
    EmptyContent,
    InvalidContent,
    MalformedDocument,
    ServiceError,
    SeveralSubjects,
    UnknownExtension,
    UnknownResourceType,
    UnsupportedContent,
)
from service.fhir.reader import ReadOptions, read_cases
from service.model import Place, Quantity, State, Statement
from tests.documents import (
    LOINC,
    Json,
    bundle,
    concept,
    condition,
    encode,
    observation,
    of,
    patient,
    quantity,
    read,
    read_document,
)

GOOD = of(observation("cough", valueBoolean=True))
FINDING = observation("cough", valueBoolean=True)


def statement_of(*resources: Json) -> Statement:
    """The one statement of a collection."""
    (case,) = read(*resources).cases
    (statement,) = case.statements
    return statement


def phrases(*resources: Json, **options: Any) -> list[list[str]]:
    """The phrases of each row."""
    return [[n.phrase for n in row.notes] for row in read(*resources, **options).rows]


# --- C: structure ----------------------------------------------------------------

ENTRY_FAULTS: dict[str, tuple[Json, str]] = {
    "a type that is no text": ({"resourceType": 1}, "required"),
    "a type that FHIR lacks": ({"resourceType": "__class__"}, "structure"),
    "no type": ({"status": "final"}, "required"),
    "a missing element": ({"resourceType": "Observation", "status": "final"},
                          "required"),
    "an unknown element": ({**GOOD, "colour": "red"}, "structure"),
    "two values": ({**GOOD, "valueString": "x"}, "structure"),
    "two values in an extension": (
        {**GOOD, "extension": [{"url": "x", "valueCode": "a", "valueString": "a"}]},
        "structure",
    ),
    "a list for one": ({**GOOD, "status": ["final"]}, "structure"),
    "an unknown status": ({**GOOD, "status": "bogus"}, "code-invalid"),
    "an unknown comparator": (
        observation("cough", valueQuantity=quantity(1, "1", "<<")), "code-invalid"),
    "an unknown comparator in a component": (
        observation("x", component=[
            {"code": concept("y"), "valueQuantity": quantity(1, "1", "<<")}
        ]), "code-invalid"),
    "an unknown gender": (patient("q", gender="x"), "code-invalid"),
    "an unknown verification": (condition("cough", verified="maybe"), "code-invalid"),
    "an id with a space": ({**GOOD, "id": "a b"}, "value"),
    "an id of 65 characters": ({**GOOD, "id": "a" * 65}, "value"),
    "a decimal as text": (
        observation("x", valueQuantity={"value": "1"}), "value"),
    "a boolean as text": (observation("x", valueBoolean="true"), "value"),
    "misaligned halves": (
        patient("q", name=[{"given": ["a"], "_given": [{"id": "x"}, {"id": "y"}]}]),
        "structure"),
    "obs-6": ({**GOOD, "dataAbsentReason": concept("x")}, "invariant"),
    "obs-7": (
        {**GOOD, "component": [{"code": concept("cough"), "valueBoolean": True}]},
        "invariant"),
    "ref-1": ({**FINDING, "subject": {"reference": "#p"}}, "invariant"),
    "ext-1": (
        {**GOOD, "extension": [
            {"url": "x", "valueCode": "a", "extension": [
                {"url": "y", "valueCode": "b"}]}
        ]}, "invariant"),
    "contained in contained": (
        {**GOOD, "contained": [
            {**patient("a"), "contained": [patient("b")]}
        ]}, "structure"),
    "a date that does not exist": (
        {**GOOD, "effectiveDateTime": "2024-02-30"}, "value"),
    "24 o'clock": ({**GOOD, "effectiveDateTime": "2024-02-01T24:00:00Z"}, "value"),
    "no zone": ({**GOOD, "effectiveDateTime": "2024-02-01T12:00:00"}, "value"),
    "a period that ends first": (
        {**GOOD, "effectivePeriod": {"start": "2024-02", "end": "2023"}}, "invariant"),
    "implicit rules": ({**GOOD, "implicitRules": "http://x"}, "extension"),
}  # fmt: skip


@pytest.mark.parametrize(("faulty", "code"), ENTRY_FAULTS.values(), ids=ENTRY_FAULTS)
def test_a_faulty_entry_leaves_the_others_alone(faulty: Json, code: str) -> None:
    """The entry rule: the bad one is refused with its code, the good one is used."""
    rows = read(patient(), GOOD, faulty).rows

    assert [row.place for row in rows] == [Place.USED, Place.USED, Place.REFUSED]
    assert code in [note.code for note in rows[2].notes]


@pytest.mark.parametrize(("faulty", "code"), ENTRY_FAULTS.values(), ids=ENTRY_FAULTS)
def test_strict_handling_refuses_the_request(faulty: Json, code: str) -> None:
    """With handling=strict a bad entry is an error: 422 with the same code."""
    with pytest.raises(InvalidContent) as refused:
        read(patient(), GOOD, faulty, strict=True)

    assert code in [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize(("faulty", "code"), ENTRY_FAULTS.values(), ids=ENTRY_FAULTS)
def test_only_faulty_entries_are_422(faulty: Json, code: str) -> None:
    """Where every entry is bad there is nothing to report."""
    with pytest.raises(InvalidContent) as refused:
        read(faulty)

    assert (refused.value.status, code in _codes(refused.value)) == (422, True)


def _codes(error: ServiceError) -> list[str]:
    return [problem.code for problem in error.problems]


REFUSED_DOCUMENTS: dict[str, tuple[Json | bytes, type[ServiceError], str]] = {
    "an empty body": (b"", MalformedDocument, "structure"),
    "no type": ({"a": 1}, UnknownResourceType, "required"),
    "a type that is no text": ({"resourceType": 1}, UnknownResourceType, "structure"),
    "a type that FHIR lacks": (
        {"resourceType": "Foo"}, UnknownResourceType, "structure"),
    "a type that is not read": (
        {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p"}},
        UnsupportedContent, "not-supported"),
    "a faulty resource": (observation("x", colour="red"), InvalidContent, "structure"),
    "a Bundle without entries": (
        {"resourceType": "Bundle", "type": "collection"}, EmptyContent, "required"),
    "a Bundle of an unknown type": (
        bundle(GOOD, kind="heap"), InvalidContent, "code-invalid"),
    "a Bundle without a type": (
        {"resourceType": "Bundle", "entry": [{"resource": GOOD}]},
        InvalidContent, "required"),
    "a Bundle with a modifier": (
        bundle(GOOD, modifierExtension=[{"url": "x", "valueCode": "y"}]),
        UnknownExtension, "extension"),
    "a Bundle with implicit rules": (
        bundle(GOOD, implicitRules="http://x"), UnknownExtension, "extension"),
    "a Patient with a modifier": (
        bundle(GOOD, patient(modifierExtension=[{"url": "x", "valueCode": "y"}])),
        UnknownExtension, "extension"),
    "Parameters without a Bundle": (
        {"resourceType": "Parameters", "parameter": [{"name": "x", "valueCode": "y"}]},
        EmptyContent, "required"),
    "Parameters with a subject": (
        {"resourceType": "Parameters", "parameter": [
            {"name": "subject", "valueReference": {"reference": "Patient/1"}}]},
        EmptyContent, "required"),
    "Parameters with two Bundles": (
        {"resourceType": "Parameters", "parameter": [
            {"name": "bundle", "resource": bundle(GOOD)}] * 2},
        InvalidContent, "invalid"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("document", "error", "code"), REFUSED_DOCUMENTS.values(), ids=REFUSED_DOCUMENTS
)
def test_a_document_that_gives_no_report_says_why(
    document: Json | bytes, error: type[ServiceError], code: str
) -> None:
    """Each row of the error table has its status and code."""
    with pytest.raises(error) as refused:
        read_document(document)

    assert refused.value.issue == code


OTHER_RELEASES: dict[str, Json] = {
    "Observation.comments": observation("x", comments="x"),
    "Observation.related": observation("x", related=[{"type": "has-member"}]),
    "Condition.dateRecorded": condition("x", dateRecorded="2020-01-01"),
    "Condition.clinicalStatus": condition("x", clinicalStatus="active"),
    "DiagnosticReport.codedDiagnosis": {
        "resourceType": "DiagnosticReport", "status": "final",
        "codedDiagnosis": [concept("x")]},
    "DiagnosticReport.name": {
        "resourceType": "DiagnosticReport", "status": "final", "name": concept("x")},
    "MedicationStatement.taken": {
        "resourceType": "MedicationStatement", "status": "active", "taken": "y",
        "medicationCodeableConcept": concept("x"), "subject": {"reference": "P/1"}},
    "MedicationStatement.medication": {
        "resourceType": "MedicationStatement", "status": "recorded",
        "medication": {"concept": concept("x")}, "subject": {"reference": "P/1"}},
    "Procedure.occurrenceDateTime": {
        "resourceType": "Procedure", "status": "completed", "code": concept("x"),
        "occurrenceDateTime": "2020", "subject": {"reference": "Patient/1"}},
    "ProcedureRequest": {"resourceType": "ProcedureRequest"},
    "ImagingSelection": {"resourceType": "ImagingSelection", "status": "available"},
}  # fmt: skip


@pytest.mark.parametrize(("name", "resource"), OTHER_RELEASES.items())
def test_another_release_is_refused_by_name(name: str, resource: Json) -> None:
    """DSTU2, STU3 and undeclared R5 are 422, naming the element that told."""
    with pytest.raises(UnsupportedContent) as refused:
        read(patient(), GOOD, resource)

    assert name in refused.value.message


# --- kinds of documents ----------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    ["batch", "batch-response", "collection", "document", "history", "message",
     "searchset", "transaction", "transaction-response"],
)  # fmt: skip
def test_every_type_of_bundle_is_read(kind: str) -> None:
    """R4 has nine types of Bundle."""
    (case,) = read_document(bundle(patient(), GOOD, kind=kind)).cases

    assert len(case.statements) == 1


def test_parameters_may_hold_the_bundle() -> None:
    """The operation's own form: the path goes through the parameter."""
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "bundle", "resource": bundle(patient(), GOOD)}],
    }
    (case,) = read_document(parameters).cases

    path = case.statements[0].source.path
    assert path == "Parameters.parameter[0].resource.entry[1].resource"


def test_a_single_resource_is_a_document() -> None:
    """Its path begins with its type."""
    (case,) = read_document(GOOD).cases

    assert (case.subject, case.statements[0].source.path) == (
        "Patient/p",
        "Observation",
    )


def test_lines_are_entries_of_one_document() -> None:
    """NDJSON: CRLF, blank lines and one mark are fine; the bad line has its number."""
    lines = [encode(patient()), b"", encode(GOOD), b'{"resourceType":', encode(GOOD)]
    content = b"\xef\xbb\xbf" + b"\r\n".join(lines)
    reading = read_document(content, media="ndjson")

    places = [row.place for row in reading.rows]
    assert places == [Place.USED, Place.USED, Place.REFUSED, Place.USED]
    assert dict(reading.rows[2].notes[0].params) == {"line": "4"}
    assert reading.cases[0].statements[0].source.path == "Bundle.entry[1].resource"


def test_a_line_that_was_cut_is_never_dropped() -> None:
    """The last line without its end is an error of its own."""
    content = encode(GOOD) + b"\n" + encode(GOOD)[:-20]
    rows = read_document(content, media="ndjson").rows

    assert [row.place for row in rows] == [Place.USED, Place.REFUSED]


def test_a_line_of_more_than_5_mib_is_an_error_of_its_own() -> None:
    """The stream goes on after it."""
    long = encode({**GOOD, "note": [{"text": "x" * 5 * 2**20}]})
    rows = read_document(long + b"\n" + encode(GOOD), media="ndjson").rows

    assert [row.notes[0].code for row in rows[:1]] == ["too-long"]
    assert rows[1].place is Place.USED


def test_too_many_entries_are_413_and_name_the_limit() -> None:
    """Nothing is cut: the request is refused."""
    with pytest.raises(DocumentTooCostly, match="2 entries"):
        read(GOOD, GOOD, GOOD, max_entries=2)


def history(*entries: Json) -> Json:
    """A history Bundle, newest first."""
    return {"resourceType": "Bundle", "type": "history", "entry": list(entries)}


def version(number: int, value: bool) -> Json:
    """One version of one Observation."""
    resource = {**GOOD, "id": "o", "valueBoolean": value}
    return {
        "fullUrl": "http://x/Observation/o",
        "resource": {**resource, "meta": {"versionId": str(number)}},
        "request": {"method": "PUT", "url": "Observation/o"},
        "response": {"status": "200"},
    }


def test_of_a_history_the_newest_version_counts() -> None:
    """Older versions stand in the ledger."""
    reading = read_document(history(version(1, False), version(2, True)))

    assert [row.place for row in reading.rows] == [Place.IGNORED, Place.USED]
    assert [s.value for s in reading.cases[0].statements] == [True]


def test_a_deletion_retracts_what_was_there() -> None:
    """A resource that was deleted states nothing."""
    deletion = {
        "fullUrl": "http://x/Observation/o",
        "request": {"method": "DELETE", "url": "Observation/o"},
        "response": {"status": "204"},
    }
    reading = read_document(history(deletion, version(1, True)))

    assert [row.place for row in reading.rows] == [Place.IGNORED, Place.IGNORED]
    assert reading.cases[0].statements == ()


def test_the_outcome_of_a_search_is_no_evidence() -> None:
    """Searchset entries of mode outcome are ignored with that reason."""
    outcome = {"resourceType": "OperationOutcome", "issue": [
        {"severity": "information", "code": "informational"}]}  # fmt: skip
    document = bundle(patient(), GOOD, outcome, kind="searchset")
    document["entry"][2]["search"] = {"mode": "outcome"}

    row = read_document(document).rows[2]
    assert (row.place, row.notes[0].phrase) == (Place.IGNORED, "note_outcome_entry")


def test_what_is_not_read_is_said_so() -> None:
    """A known type outside the contract is ignored, never dropped."""
    allergy = {"resourceType": "AllergyIntolerance", "patient": {"reference": "P/1"}}
    row = read(patient(), GOOD, allergy).rows[2]

    assert (row.place, row.notes[0].code) == (Place.IGNORED, "not-supported")


# --- duplicates ------------------------------------------------------------------


def test_identical_copies_count_once() -> None:
    """C19: the second copy is ignored."""
    copy = {**GOOD, "id": "o"}
    reading = read(patient(), copy, copy)

    places = [row.place for row in reading.rows]
    assert places == [Place.USED, Place.USED, Place.IGNORED]


def test_two_contents_of_one_identity_are_both_ignored() -> None:
    """C19: nothing says which is right."""
    one, other = {**GOOD, "id": "o"}, {**GOOD, "id": "o", "valueBoolean": False}
    rows = read(patient(), one, other).rows

    assert [row.notes[0].code for row in rows[1:]] == ["duplicate", "duplicate"]
    assert {row.place for row in rows[1:]} == {Place.IGNORED}


def test_two_contents_of_one_identity_are_422_when_strict() -> None:
    """C19, strict."""
    one, other = {**GOOD, "id": "o"}, {**GOOD, "id": "o", "valueBoolean": False}
    with pytest.raises(InvalidContent) as refused:
        read(patient(), one, other, strict=True)

    assert refused.value.issue == "duplicate"


# --- D: references and subjects --------------------------------------------------


def test_several_patients_never_meet() -> None:
    """D6: one case each."""
    other = of(observation("cough", valueBoolean=False), "q")
    cases = read(patient(), patient("q"), GOOD, other).cases

    values = {case.subject: [s.value for s in case.statements] for case in cases}
    assert values == {"Patient/p": [True], "Patient/q": [False]}


def test_one_report_is_for_one_subject() -> None:
    """DiagnosticReport/$interpret with two subjects is 422."""
    with pytest.raises(SeveralSubjects):
        read(patient(), patient("q"), GOOD, one_subject=True)


SUBJECTS = {
    "no subject": (FINDING, "note_no_subject"),
    "a foreign subject": (of(FINDING, "x"), "note_subject_unresolved"),
    "a group": ({**FINDING, "subject": {"reference": "Group/g"}}, "note_subject_other"),
    "an unknown identifier": (
        {**FINDING, "subject": {"identifier": {"system": "s", "value": "9"}}},
        "note_subject_unresolved",
    ),
    "two patients": (
        {**FINDING, "subject": {"identifier": {"system": "s", "value": "1"}}},
        "note_subject_ambiguous",
    ),
}


@pytest.mark.parametrize(("resource", "phrase"), SUBJECTS.values(), ids=SUBJECTS)
def test_whose_it_is_not_sure_is_ignored(resource: Json, phrase: str) -> None:
    """D7: where Patients are given, every resource belongs to exactly one of them."""
    same = [{"system": "s", "value": "1"}]
    patients = [patient("p", identifier=same), patient("q", identifier=same)]
    row = read(*patients, GOOD, resource).rows[3]

    assert (row.place, row.notes[0].phrase) == (Place.IGNORED, phrase)
    assert row.notes[0].code == "conflict"


def test_a_subject_at_odds_with_its_encounter_is_ignored() -> None:
    """D7: the encounter is another patient's."""
    encounter = {
        "resourceType": "Encounter", "id": "e", "status": "finished",
        "class": {"code": "AMB"}, "subject": {"reference": "Patient/q"},
    }  # fmt: skip
    finding = {**GOOD, "encounter": {"reference": "Encounter/e"}}
    rows = read(patient(), patient("q"), encounter, finding).rows

    assert rows[3].notes[0].phrase == "note_subject_encounter"


def test_without_patients_the_literal_reference_groups() -> None:
    """No Patient: one case for each text, one anonymous for those without."""
    cases = read(GOOD, of(FINDING, "q"), FINDING, {**FINDING, "id": "o"}).cases

    counts = {case.subject: len(case.statements) for case in cases}
    assert counts == {"": 2, "Patient/p": 1, "Patient/q": 1}


REFERENCES = {
    "relative": "Patient/p",
    "versioned": "Patient/p/_history/3",
    "absolute": "http://x/fhir/Patient/p",
    "conditional": "Patient?identifier=s|1",
}


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_every_form_of_reference_finds_its_patient(reference: str) -> None:
    """D4: the rules of Bundle resolution."""
    document = bundle(
        patient(identifier=[{"system": "s", "value": "1"}], gender="female"),
        {**FINDING, "subject": {"reference": reference}},
    )
    document["entry"][0]["fullUrl"] = "http://x/fhir/Patient/p"
    document["entry"][1]["fullUrl"] = "http://x/fhir/Observation/o"
    (case,) = read_document(document).cases

    assert case.gender
    assert case.gender.code == "female"


def test_a_urn_and_an_identifier_find_their_patient() -> None:
    """D4 and D8."""
    identifier = {"system": "s", "value": "1"}
    document = bundle(
        patient(identifier=[identifier], gender="male"),
        {**FINDING, "subject": {"reference": "urn:uuid:1"}},
        {**FINDING, "subject": {"identifier": identifier}, "id": "o"},
    )
    document["entry"][0]["fullUrl"] = "urn:uuid:1"
    (case,) = read_document(document).cases

    assert (case.subject, len(case.statements)) == ("urn:uuid:1", 2)


def test_a_contained_patient_is_a_patient() -> None:
    """Its own id means nothing outside, so the subject has no literal."""
    holder = {
        **FINDING,
        "contained": [patient("c", gender="male", birthDate="1970")],
        "subject": {"reference": "#c"},
    }
    (case,) = read_document(holder).cases

    assert case.subject == ""
    assert case.birth
    assert case.birth.text == "1970"


def test_a_missing_member_is_said_so() -> None:
    """D1: a warning, and the rest is read."""
    panel = {**GOOD, "hasMember": [{"reference": "Observation/gone"}]}

    assert phrases(patient(), panel)[1] == ["note_reference_missing"]


def test_cycles_of_members_end() -> None:
    """D3: 200, in linear time."""
    one = {**GOOD, "id": "1", "hasMember": [{"reference": "Observation/2"}]}
    two = {**GOOD, "id": "2", "hasMember": [{"reference": "Observation/1"}]}
    (case,) = read(patient(), one, two).cases

    assert len(case.statements) == 2


def test_a_faulty_patient_still_says_whose_it_is() -> None:
    """Its resources stay together; its own data is not used."""
    reading = read(patient(gender="x", birthDate="1970"), GOOD)
    (case,) = reading.cases

    assert [row.place for row in reading.rows] == [Place.REFUSED, Place.USED]
    assert (case.subject, case.gender, case.birth) == ("Patient/p", None, None)


def test_a_replaced_patient_is_said_so() -> None:
    """D9: never silent."""
    old = patient(
        active=False,
        deceasedBoolean=True,
        link=[{"other": {"reference": "Patient/q"}, "type": "replaced-by"}],
    )

    assert phrases(old, GOOD)[0] == [
        "note_patient_inactive",
        "note_patient_deceased",
        "note_patient_replaced",
    ]


@settings(deadline=None)
@given(st.permutations(range(5)))
def test_a_foreign_patient_changes_nothing(order: list[int]) -> None:
    """D7: another patient's resource, anywhere, leaves a case as it was."""
    mine = [patient(), GOOD, {**GOOD, "id": "b", "valueBoolean": False}]
    foreign = [patient("q"), of(observation("fever", valueBoolean=True), "q")]
    resources = [*mine, *foreign]
    alone = {repr(s.value) for s in read(*mine).cases[0].statements}

    cases = read(*(resources[place] for place in order)).cases
    (case,) = [case for case in cases if case.subject == "Patient/p"]
    assert {repr(s.value) for s in case.statements} == alone


# --- C14, C18, E1, E11 -----------------------------------------------------------


def test_an_unknown_modifier_excludes_its_resource() -> None:
    """C14, at any depth."""
    modified = observation(
        "fever",
        valueBoolean=True,
        component=[{"code": concept("x"), "modifierExtension": [
            {"url": "http://x", "valueBoolean": True}]}],
    )  # fmt: skip
    rows = read(patient(), GOOD, of(modified)).rows

    assert (rows[2].place, rows[2].notes[0].code) == (Place.IGNORED, "extension")


def test_an_unknown_extension_changes_nothing() -> None:
    """C13."""
    extended = {**GOOD, "extension": [{"url": "http://x", "valueBoolean": True}]}

    assert read(patient(), extended).rows[1].place is Place.USED


def test_security_labels_are_carried_on() -> None:
    """C18: those of what is used, each one time."""
    label = {"system": "http://x/Confidentiality", "code": "R"}
    labelled = {**GOOD, "meta": {"security": [label]}}
    (case,) = read(patient(), labelled, {**labelled, "id": "o"}).cases

    assert [coding.code for coding in case.security] == ["R"]


UNUSED = {
    "entered-in-error": {**GOOD, "status": "entered-in-error"},
    "cancelled": {**GOOD, "status": "cancelled"},
    "unknown": {**GOOD, "status": "unknown"},
    "a wrong diagnosis": condition("cough", verified="entered-in-error"),
    "a draft": {"resourceType": "MedicationRequest", "status": "draft",
                "intent": "order", "medicationCodeableConcept": concept("amiodarone"),
                "subject": {"reference": "Patient/p"}},
    "a proposal": {"resourceType": "MedicationRequest", "status": "active",
                   "intent": "proposal",
                   "medicationCodeableConcept": concept("amiodarone"),
                   "subject": {"reference": "Patient/p"}},
    "do not perform": {"resourceType": "MedicationRequest", "status": "active",
                       "intent": "order", "doNotPerform": True,
                       "medicationCodeableConcept": concept("amiodarone"),
                       "subject": {"reference": "Patient/p"}},
    "a donor": {**GOOD, "focus": [{"reference": "RelatedPerson/r"}]},
    "a husband": {"resourceType": "FamilyMemberHistory", "status": "completed",
                  "patient": {"reference": "Patient/p"},
                  "relationship": concept((
                      "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "HUSB")),
                  "condition": [{"code": concept("pulmonary_fibrosis")}]},
    "our own report": {"resourceType": "DiagnosticReport", "status": "partial",
                       "code": concept("x"), "subject": {"reference": "Patient/p"},
                       "identifier": [{"value": "1", "system":
                           "https://w3id.org/pulmonary-ossification/report"}]},
}  # fmt: skip


@pytest.mark.parametrize("resource", UNUSED.values(), ids=UNUSED)
def test_what_must_not_be_used_is_as_if_it_were_not_there(resource: Json) -> None:
    """E1: flipping a resource to entered-in-error is the same as removing it."""
    reading = read(patient(), GOOD, resource)

    assert reading.rows[2].place is Place.IGNORED
    assert len(reading.cases[0].statements) == 1


def test_a_preliminary_result_is_used_and_said_to_be_one() -> None:
    """E2."""
    preliminary = {**GOOD, "status": "preliminary"}

    assert statement_of(patient(), preliminary).preliminary
    assert phrases(patient(), preliminary)[1] == ["note_preliminary"]


IMPOSSIBLE = {
    "in the future": ("2031-01-01", "note_time_future"),
    "before birth": ("1969-12-31", "note_time_before_birth"),
    "after death": ("2025-02-02", "note_time_after_death"),
}


@pytest.mark.parametrize(("date", "phrase"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_impossible_times_are_excluded(date: str, phrase: str) -> None:
    """E11: excluded, with the reason."""
    person = patient(birthDate="1970", deceasedDateTime="2025-02-01")
    received = datetime(2030, 1, 1, tzinfo=UTC)
    dated = {**GOOD, "effectiveDateTime": date}
    row = read(person, dated, received=received).rows[1]

    assert (row.place, row.notes[0].phrase) == (Place.IGNORED, phrase)


# --- statements ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verified", "state", "suspected"),
    [
        ("", State.PRESENT, False),
        ("confirmed", State.PRESENT, False),
        ("refuted", State.ABSENT, False),
        ("provisional", State.UNKNOWN, True),
        ("differential", State.UNKNOWN, True),
        ("unconfirmed", State.UNKNOWN, True),
    ],
)
def test_a_condition_is_what_its_verification_says(
    verified: str, state: State, suspected: bool
) -> None:
    """Refuted is absent, unconfirmed is unknown."""
    statement = statement_of(patient(), condition("cough", verified=verified))

    assert (statement.asserted, statement.suspected) == (state, suspected)


def test_components_are_findings_of_their_own() -> None:
    """Each with its path, all with the time of the Observation."""
    panel = of(observation(
        "fever",
        effectiveDateTime="2024-06-15",
        component=[
            {"code": concept("cough"), "valueBoolean": True},
            {"code": concept("fvc"), "valueQuantity": quantity(2.50, "L")},
        ],
    ))  # fmt: skip
    (case,) = read(patient(), panel).cases

    paths = [s.source.path.rpartition("resource")[2] for s in case.statements]
    assert paths == ["", ".component[0]", ".component[1]"]
    assert {s.when and s.when.text for s in case.statements} == {"2024-06-15"}


def test_a_number_keeps_its_text_to_the_statement() -> None:
    """B6: 1.10 stays 1.10."""
    content = encode(of(observation("fvc", valueQuantity=quantity(1.1, "L"))))
    (case,) = read_cases(content.replace(b"1.1,", b"1.10,"), ReadOptions()).cases

    value = case.statements[0].value
    assert isinstance(value, Quantity)
    assert (value.value, value.unit) == ("1.10", "L")


def test_a_drug_is_found_through_its_medication() -> None:
    """MedicationReference and the ingredients of the product."""
    medication = {
        "resourceType": "Medication", "id": "m", "code": concept(("s", "product")),
        "ingredient": [{"itemCodeableConcept": concept("amiodarone")}],
    }  # fmt: skip
    taken = {
        "resourceType": "MedicationStatement", "status": "active",
        "medicationReference": {"reference": "Medication/m"},
        "subject": {"reference": "Patient/p"},
    }  # fmt: skip
    reading = read(patient(), medication, taken)

    codes = [[c.code for c in s.codes] for s in reading.cases[0].statements]
    assert codes == [["product"], ["amiodarone"]]
    assert {row.place for row in reading.rows} == {Place.USED}


def test_what_stands_in_one_report_stands_together() -> None:
    """Members of a panel too; contained results are read."""
    report = {
        "resourceType": "DiagnosticReport", "id": "r", "status": "final",
        "code": concept((LOINC, "24627-2")), "subject": {"reference": "Patient/p"},
        "result": [{"reference": "Observation/panel"}, {"reference": "#inner"}],
        "contained": [{**observation("fever", valueBoolean=True), "id": "inner"}],
    }  # fmt: skip
    panel = {**GOOD, "id": "panel", "hasMember": [{"reference": "Observation/m"}]}
    member = {**GOOD, "id": "m"}
    (case,) = read(patient(), report, panel, member).cases

    assert {s.together for s in case.statements} == {frozenset({"DiagnosticReport/r"})}
    assert len(case.statements) == 4


def test_a_study_makes_an_observation_about_images() -> None:
    """DerivedFrom an ImagingStudy."""
    study = {"resourceType": "ImagingStudy", "id": "s", "status": "available",
             "subject": {"reference": "Patient/p"}}  # fmt: skip
    seen = {**GOOD, "derivedFrom": [{"reference": "ImagingStudy/s"}]}

    assert statement_of(patient(), study, seen).is_imaging


# --- R4B and R5 ------------------------------------------------------------------


def test_r5_is_read_when_declared() -> None:
    """One CodeableReference, occurrence[x] and adherence mean what they meant in R4."""
    subject = {"reference": "Patient/p"}
    taken = {"resourceType": "MedicationStatement", "status": "recorded",
             "medication": {"concept": concept("amiodarone")}, "subject": subject,
             "adherence": {"code": concept(("x", "not-taking"))}}  # fmt: skip
    done = {"resourceType": "Procedure", "status": "completed", "subject": subject,
            "code": concept("dialysis"), "occurrenceDateTime": "2020"}  # fmt: skip
    (case,) = read(patient(), taken, done, GOOD, fhir_version="5.0.0").cases

    states = [(s.codes[0].code, s.asserted) for s in case.statements[:2]]
    assert states == [("amiodarone", State.ABSENT), ("dialysis", State.PRESENT)]
    assert case.statements[1].when


@pytest.mark.parametrize("release", ["4.3", "5.0"])
def test_faults_of_other_releases_are_found_by_their_models(release: str) -> None:
    """The entry rule holds for R4B and R5 too."""
    faulty = [{"resourceType": "Observation", "status": "final"},
              observation("x", colour="red")]  # fmt: skip
    rows = read(patient(), GOOD, *faulty, fhir_version=release).rows

    codes = [[note.code for note in row.notes] for row in rows[2:]]
    assert codes == [["required"], ["structure"]]


# --- the ledger ------------------------------------------------------------------

mutations = st.lists(
    st.tuples(
        st.sampled_from(["status", "code", "subject", "valueBoolean", "id", "extension",
                         "component", "category", "effectiveDateTime", "contained",
                         "resourceType", "hasMember", "referenceRange"]),
        st.recursive(
            st.sampled_from([True, 1, "x", "Patient/p", -5, 1.5]),
            lambda inner: st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["coding", "code", "system", "reference", "value",
                                 "low", "id", "url", "resourceType", "extension"]),
                inner, max_size=3),
            max_leaves=5,
        ),
    ),
    max_size=3,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(mutations, st.sampled_from(["4.0", "4.3", "5.0"]))
def test_no_mutant_breaks_the_reader(
    changes: list[tuple[str, Any]], release: str
) -> None:
    """Whatever is sent: an answer with one row an entry, or a clean error."""
    mutant = {**GOOD, **dict(changes)}
    content = json.dumps(bundle(patient(), mutant, GOOD)).encode()
    try:
        rows = len(read_cases(content, ReadOptions(fhir_version=release)).rows)
    except ServiceError as problem:
        rows = 3 if 400 <= problem.status < 500 else problem.status

    assert rows == 3
