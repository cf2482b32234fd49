"""The HTTP surface: addresses, verbs, bodies, negotiation."""

from __future__ import annotations

import json
from typing import Any

import fhirkit
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service import routes
from service.fhir.capability import capability_statement
from service.fhir.identity import Form
from service.interpret import Answer, Options
from service.parameters import PARAMETERS
from service.reasoning.knowledge import Knowledge

JSON = "application/fhir+json"
INTERPRET = "/fhir/$interpret"
ONE = "/fhir/DiagnosticReport/$interpret"


def post(
    client: FlaskClient, body: bytes, path: str = INTERPRET, **headers: str
) -> TestResponse:
    """A posted FHIR document."""
    return client.post(path, data=body, content_type=JSON, headers=headers)


def issue(answer: TestResponse) -> str:
    """The code of the first issue of an OperationOutcome."""
    outcome: dict[str, Any] = json.loads(answer.text)
    assert outcome["resourceType"] == "OperationOutcome"
    return str(outcome["issue"][0]["code"])


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, Options]]:
    """The arguments with which the line was called; it then answers emptily."""
    calls: list[tuple[bytes, Options]] = []

    def record(document: bytes, _: Knowledge, __: object, options: Options) -> Answer:
        calls.append((document, options))
        return Answer({"resourceType": "Bundle"}, (), ())

    monkeypatch.setattr(routes, "interpret", record)
    return calls


def test_a_bundle_gives_a_report(client: FlaskClient, bundle: bytes) -> None:
    """The main job: one report for the subject comes first."""
    answer = post(client, bundle)

    assert answer.status_code == 200
    assert answer.content_type == f"{JSON}; fhirVersion=4.0"
    first = json.loads(answer.text)["entry"][0]["resource"]
    assert first["resourceType"] == "DiagnosticReport"
    assert first["issued"] == "2026-03-01T02:30:00+05:45"


def test_the_answer_is_valid_r4(client: FlaskClient, bundle: bytes) -> None:
    """What is sent is what FHIR defines."""
    answer = post(client, bundle).text

    assert fhirkit.validate(answer) == []


def test_the_operation_on_diagnostic_report_answers_the_report(
    client: FlaskClient, bundle: bytes
) -> None:
    """Exactly one subject, contained form, no Bundle around it."""
    report = json.loads(post(client, bundle, ONE).text)

    assert report["resourceType"] == "DiagnosticReport"
    assert report["contained"]


def test_two_subjects_are_too_many_for_one_report(client: FlaskClient) -> None:
    """422, never one of the two."""
    lines = [{"resourceType": "Patient", "id": name, "gender": "male"} for name in "ab"]
    body = "\n".join(map(json.dumps, lines))

    answer = client.post(ONE, data=body, content_type="application/fhir+ndjson")

    assert answer.status_code == 422
    assert issue(answer) == "business-rule"


def test_the_language_is_told(client: FlaskClient, bundle: bytes) -> None:
    """French on demand, and the header says so."""
    answer = post(client, bundle, f"{INTERPRET}?_language=fr")

    assert answer.headers["Content-Language"] == "fr"
    assert json.loads(answer.text)["entry"][0]["resource"]["language"] == "fr"


def test_what_is_asked_for_reaches_the_line(
    client: FlaskClient, seen: list[tuple[bytes, Options]]
) -> None:
    """Every parameter and header has its effect."""
    client.post(
        f"{INTERPRET}?_type=transaction",
        data=b"{}",
        content_type="application/fhir+json; fhirVersion=5.0",
        headers={"Prefer": "handling=strict", "Accept-Language": "fr"},
    )

    ((document, options),) = seen
    assert document == b"{}"
    assert options.writing.form is Form.TRANSACTION
    assert options.writing.language == "fr"
    assert options.reading.fhir_version == "5.0"
    assert options.reading.media == "json"
    assert options.reading.strict
    assert not options.reading.one_subject
    assert options.reading.max_entries == 50


def test_the_request_is_read_before_it_is_judged(
    client: FlaskClient, seen: list[tuple[bytes, Options]]
) -> None:
    """NDJSON is handed on as lines of one document."""
    client.post(ONE, data=b"{}\n{}\n", content_type="application/fhir+ndjson")

    ((document, options),) = seen
    assert document == b"{}\n{}\n"
    assert options.reading.media == "ndjson"
    assert options.reading.one_subject
    assert options.writing.form is Form.CONTAINED


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("_containd=true", 400, "invalid"),
        ("_contained=maybe", 400, "invalid"),
        ("_type=transaction&_type=transaction", 400, "invalid"),
        ("_type=transaction&_contained=true", 400, "invalid"),
        ("_language=de", 400, "invalid"),
        ("verify=yes", 400, "invalid"),
        ("subject=Patient/1", 501, "not-supported"),
        ("ontology=1999-01-01", 422, "not-supported"),
        ("_format=xml", 406, "not-supported"),
    ],
)
def test_a_query_that_cannot_be_met_is_refused(
    client: FlaskClient, bundle: bytes, query: str, status: int, code: str
) -> None:
    """Nobody gets another answer than the one asked for."""
    answer = post(client, bundle, f"{INTERPRET}?{query}")

    assert (answer.status_code, issue(answer)) == (status, code)


def test_strict_and_lenient_together_are_refused(
    client: FlaskClient, bundle: bytes
) -> None:
    """A preference that contradicts itself."""
    answer = post(client, bundle, Prefer="handling=strict, handling=lenient")

    assert (answer.status_code, issue(answer)) == (400, "invalid")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/fhir+xml",
        "application/fhir+json; charset=utf-16",
        "application/fhir+json; fhirVersion=3.0",
    ],
)
def test_a_body_of_another_type_is_415(
    client: FlaskClient, bundle: bytes, content_type: str
) -> None:
    """The answer lists what is read."""
    answer = client.post(INTERPRET, data=bundle, content_type=content_type)

    assert (answer.status_code, issue(answer)) == (415, "not-supported")


def test_a_compressed_body_is_415(client: FlaskClient, bundle: bytes) -> None:
    """Whatever it claims to hold."""
    answer = post(client, bundle, **{"Content-Encoding": "gzip"})

    assert (answer.status_code, issue(answer)) == (415, "not-supported")


@pytest.mark.parametrize("accept", ["application/fhir+xml", "text/html"])
@pytest.mark.parametrize("path", [INTERPRET, "/fhir/metadata"])
def test_an_answer_in_another_type_is_406(
    client: FlaskClient, bundle: bytes, path: str, accept: str
) -> None:
    """The refusal itself is FHIR JSON, with the list."""
    method = "POST" if path == INTERPRET else "GET"
    answer = client.open(
        path,
        method=method,
        data=bundle,
        content_type=JSON,
        headers={"Accept": accept},
    )

    assert (answer.status_code, issue(answer)) == (406, "not-supported")
    assert answer.content_type == f"{JSON}; fhirVersion=4.0"
    assert "application/json" in answer.text


def test_plain_json_is_answered_to_who_asks_for_it(
    client: FlaskClient, bundle: bytes
) -> None:
    """A client that knows no FHIR media type."""
    answer = post(client, bundle, Accept="application/json")

    assert answer.content_type == "application/json"


@pytest.mark.parametrize("extra", [0, 1])
def test_the_limit_of_a_body_is_exact(client: FlaskClient, extra: int) -> None:
    """A body of the limit is read (and is no JSON); one byte more is too long."""
    answer = post(client, b" " * (1024 * 1024 + extra))

    expected = [(400, "structure"), (413, "too-long")]
    assert (answer.status_code, issue(answer)) == expected[extra]


def test_too_many_lines_are_too_costly(client: FlaskClient) -> None:
    """The limit of entries holds for NDJSON before it is parsed."""
    answer = client.post(
        INTERPRET, data=b"{}\n" * 60, content_type="application/fhir+ndjson"
    )

    assert (answer.status_code, issue(answer)) == (413, "too-costly")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff", b'{"a":1,"a":1}'])
def test_bytes_that_are_no_document_are_400(client: FlaskClient, body: bytes) -> None:
    """An empty body too."""
    answer = post(client, body)

    assert (answer.status_code, issue(answer)) == (400, "structure")


def test_a_stored_patient_is_not_served(client: FlaskClient) -> None:
    """501 says that it may come, whatever is posted."""
    answer = client.post("/fhir/Patient/1/$interpret")

    assert (answer.status_code, issue(answer)) == (501, "not-supported")


@pytest.mark.parametrize(
    "path", ["/fhir", "/fhir/Patient", "/fhir//$interpret", "/fhir/interpret"]
)
def test_what_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    """No redirect, no page of a framework."""
    answer = client.get(path)

    assert (answer.status_code, issue(answer)) == (404, "not-found")


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "TRACE", "PATCH", "FOO"])
def test_another_verb_is_405_with_the_right_ones(
    client: FlaskClient, verb: str
) -> None:
    """Allow says what to use."""
    answer = client.open(INTERPRET, method=verb)

    assert (answer.status_code, issue(answer)) == (405, "not-supported")
    assert answer.headers["Allow"] == "OPTIONS, POST"


def test_options_and_head_are_answered(client: FlaskClient) -> None:
    """A probe costs nothing."""
    allowed = client.options(INTERPRET).headers["Allow"]
    assert set(allowed.split(", ")) == {"OPTIONS", "POST"}
    head = client.head("/live")
    assert (head.status_code, head.text) == (200, "")


@pytest.mark.parametrize("path", ["/live", "/ready", "/healthz"])
def test_health_is_told(client: FlaskClient, path: str) -> None:
    """Three addresses that a supervisor may ask."""
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.content_type == "application/json"


def test_metadata_names_what_is_mounted(client: FlaskClient) -> None:
    """What is asked of the system, and of a DiagnosticReport, and of nothing else."""
    statement = json.loads(client.get("/fhir/metadata").text)

    (rest,) = statement["rest"]
    assert statement["fhirVersion"] == "4.0.1"
    assert [item["name"] for item in rest["operation"]] == ["interpret", "what-if"]
    assert [
        item["type"]
        for item in rest["resource"]
        if "interpret" in [each["name"] for each in item.get("operation", ())]
    ] == ["DiagnosticReport"]


def test_metadata_follows_the_routes(app: Flask, knowledge: Knowledge) -> None:
    """Without the routes the statement has nothing to say."""
    served = [item for item in routes.list_served(app) if "$" not in item.address]

    statement = capability_statement(served, knowledge)

    assert "operation" not in json.dumps(statement["rest"])


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/fhir/metadata", "CapabilityStatement"),
        ("/fhir/OperationDefinition/interpret", "OperationDefinition"),
    ],
)
def test_descriptions_are_valid_r4(client: FlaskClient, path: str, kind: str) -> None:
    """What describes the service is FHIR itself."""
    answer = client.get(path).text

    assert fhirkit.validate(answer) == []
    assert json.loads(answer)["resourceType"] == kind


def test_the_definition_names_every_parameter(client: FlaskClient) -> None:
    """One table is read and described."""
    definition = json.loads(client.get("/fhir/OperationDefinition/interpret").text)

    named = {item["name"] for item in definition["parameter"]}
    assert named == {"bundle", "return", *(row.name for row in PARAMETERS)}
