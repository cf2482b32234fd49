"""Parameters that name a patient of the FHIR server, and whom they may name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.errors import InvalidContent, ServiceError
from service.fhir.request import Asked, find_subject, patient_id, read_wish
from tests.documents import Json, bundle, patient

BASE = "https://fhir.example/r4"
SUBJECT = {"name": "subject", "valueReference": {"reference": "Patient/p1"}}


def parameters(*listed: Json) -> bytes:
    """A Parameters resource."""
    return json.dumps({"resourceType": "Parameters", "parameter": listed}).encode()


def test_a_subject_is_found_with_its_place() -> None:
    """The reference, and where an error about it would point to."""
    asked = find_subject(parameters(SUBJECT))

    assert asked == Asked("Patient/p1", "Parameters.parameter[0].value.reference")


def test_writing_may_be_asked_for_in_the_body() -> None:
    """As FHIR passes the parameters of an operation."""
    asked = find_subject(parameters({"name": "write", "valueBoolean": True}, SUBJECT))

    assert asked is not None
    assert asked.write is True


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(bundle(patient())).encode(),
        parameters({"name": "bundle", "resource": bundle(patient())}),
        json.dumps(
            {"resourceType": "Basic", "id": "Parameters", "x": "subject"}
        ).encode(),
    ],
    ids=["Bundle", "Parameters with a Bundle", "another type"],
)
def test_other_documents_ask_for_no_record(document: bytes) -> None:
    """They bring what is to be read."""
    assert find_subject(document) is None


BAD: dict[str, tuple[list[Json], str]] = {
    "two subjects": ([SUBJECT, SUBJECT], "[1]"),
    "another parameter": ([SUBJECT, {"name": "x", "valueCode": "y"}], "[1]"),
    "a bundle, too": (
        [{"name": "bundle", "resource": bundle(patient())}, SUBJECT], "[0]"
    ),
    "an identifier": (
        [{"name": "subject", "valueReference": {"identifier": {"value": "1"}}}], "[0]"
    ),
    "a string": ([{"name": "subject", "valueString": "Patient/p1"}], "[0]"),
    "write as a string": ([SUBJECT, {"name": "write", "valueString": "true"}], "[1]"),
}  # fmt: skip


@pytest.mark.parametrize(("listed", "place"), BAD.values(), ids=BAD)
def test_parameters_that_are_wrong_say_where(listed: list[Json], place: str) -> None:
    """422 with the parameter at fault."""
    with pytest.raises(InvalidContent) as fault:
        find_subject(parameters(*listed))

    assert fault.value.expression == f"Parameters.parameter{place}"


@pytest.mark.parametrize("reference", ["Patient/p1", f"{BASE}/Patient/p1"])
def test_a_patient_of_the_server_has_an_id(reference: str) -> None:
    """By a relative reference, or by its whole address."""
    assert patient_id(Asked(reference, "x"), BASE) == "p1"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("http://169.254.169.254/latest", "security"),
        ("https://fhir.example.evil/r4/Patient/p1", "security"),
        ("//evil.example/Patient/p1", "security"),
        ("file:///etc/passwd", "security"),
        ("urn:uuid:0b6f4b8e-0000-4000-8000-000000000000", "security"),
        ("#p1", "security"),
        ("Group/g1", "not-supported"),
        ("p1", "not-supported"),
        ("Patient/", "value"),
        ("Patient/..", "value"),
        ("Patient/.", "value"),
        ("Patient/p1/_history/2", "value"),
        ("Patient/../Group/1", "value"),
        ("Patient/p%2F1", "value"),
        ("Patient/p1?x=y", "value"),
        ("Patient/p1\n", "value"),
        (f"Patient/{'p' * 65}", "value"),
    ],
)
def test_a_reference_to_anything_else_is_refused(reference: str, code: str) -> None:
    """No request leaves for a place that a caller names (reliability row D5)."""
    with pytest.raises(ServiceError) as fault:
        patient_id(Asked(reference, "here"), BASE)

    assert (fault.value.issue, fault.value.expression) == (code, "here")


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_a_patient_in_the_address_needs_no_body(body: bytes) -> None:
    """All is said by the address."""
    assert read_wish(body) == Asked()


@pytest.mark.parametrize(
    "body",
    [json.dumps(bundle(patient())).encode(), parameters(SUBJECT)],
    ids=["a document", "another subject"],
)
def test_a_patient_in_the_address_stands_alone(body: bytes) -> None:
    """A document beside it would be passed over in silence."""
    with pytest.raises(InvalidContent):
        read_wish(body)


def nested(value: Any) -> bytes:
    """Parameters whose list is something else."""
    return json.dumps({"resourceType": "Parameters", "parameter": value}).encode()


@pytest.mark.parametrize("value", ["subject", ["subject"], {"name": "subject"}])
def test_parameters_that_are_no_list_are_refused(value: Any) -> None:
    """422 `structure`, never a failure of ours."""
    with pytest.raises(InvalidContent):
        find_subject(nested(value))
