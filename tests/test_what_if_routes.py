"""`$what-if` over HTTP: what is read, what is answered, and how it is refused."""

from __future__ import annotations

import json
from typing import Any

import fhirkit
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import answer_error, finish, identify
from service.config import Config
from service.fhir.capability import Served, capability_statement
from service.fhir.codes import BASE
from service.reasoning.knowledge import Knowledge
from service.routes import State, list_served
from service.what_if_routes import mount_what_if
from tests.documents import patient, quantity
from tests.reports import CASES, ISSUED

Json = dict[str, Any]
ADDRESS = "/fhir/$what-if"
DEFINITION = "/fhir/OperationDefinition/what-if"
TYPE = "application/fhir+json"
UCUM_FAULT = "unit that converts to mm"


@pytest.fixture(scope="module")
def mounted(knowledge: Knowledge) -> Flask:
    """The routes alone, with the error handling of the application."""
    app = Flask("what-if")
    app.before_request(identify)
    app.after_request(finish)
    app.register_error_handler(Exception, answer_error)
    mount_what_if(app, State(Config(max_entries=50), knowledge, lambda: ISSUED))
    return app


@pytest.fixture
def caller(mounted: Flask) -> FlaskClient:
    """A client of these routes."""
    return mounted.test_client()


def bundle_of(name: str) -> Json:
    """The document of a worked case."""
    found: Json = json.loads((CASES / name / "bundle.json").read_bytes())
    return found


def assume(concept: str, **value: Any) -> Json:
    """One `set`; a state or a value."""
    name = "state" if value.get("valueCode") in ("present", "absent") else "value"
    parts = [{"name": "concept", "valueCode": concept}, {"name": name, **value}]
    return {"name": "set", "part": parts}


def asked(*sets: Json, name: str = "mitral-87m") -> Json:
    """Parameters with the bundle of a case."""
    held = {"name": "bundle", "resource": bundle_of(name)}
    return {"resourceType": "Parameters", "parameter": [held, *sets]}


def post(caller: FlaskClient, body: Json, query: str = "", **headers: str) -> Any:
    """The answer to Parameters."""
    return caller.post(
        ADDRESS + query, data=json.dumps(body), content_type=TYPE, headers=headers
    )


def named(answer: Any, name: str) -> list[Json]:
    """The parameters of one name, their parts by name."""
    return [
        {part["name"]: part for part in each.get("part", [])}
        for each in answer.json["parameter"]
        if each["name"] == name
    ]


NO_STENOSIS = assume("mitral_stenosis", valueCode="absent")


def test_the_answer_is_what_differs(caller: FlaskClient) -> None:
    """One `change` for each difference: what, before, after."""
    answer = post(caller, asked(NO_STENOSIS))
    changes = {
        (each["what"]["valueCoding"]["code"], each["aspect"]["valueCode"]): each
        for each in named(answer, "change")
    }
    grade = changes["cause_mitral_stenosis", "grade"]

    assert answer.status_code == 200
    assert grade["before"]["valueCoding"]["code"] == "grade_likely"
    assert grade["after"]["valueCoding"]["code"] == "grade_excluded"


def test_the_leading_explanation_is_told_before_and_after(caller: FlaskClient) -> None:
    """With its code where there is one."""
    (leading,) = named(post(caller, asked(NO_STENOSIS)), "leading")
    before, after = (leading[side]["valueCodeableConcept"] for side in leading)

    assert before["coding"][0]["code"] == "cause_mitral_stenosis"
    assert "coding" not in after
    assert after["text"] == "No cause or mimic is likely or possible on this record."


def test_without_a_difference_no_change_is_told(caller: FlaskClient) -> None:
    """An empty list, not an error."""
    answer = post(caller, asked(assume("ct_honeycombing", valueCode="absent")))

    assert answer.status_code == 200
    assert named(answer, "change") == []


def test_the_answer_holds_no_report(caller: FlaskClient) -> None:
    """It is valid R4, marked as asserted by a machine, and no DiagnosticReport."""
    answer = post(caller, asked(NO_STENOSIS))

    assert fhirkit.validate(answer.text) == []
    assert answer.json["resourceType"] == "Parameters"
    assert answer.json["meta"]["security"][0]["code"] == "AIAST"
    assert "DiagnosticReport" not in answer.text


def test_an_assumption_is_called_one(caller: FlaskClient) -> None:
    """In the assumption itself, and among the facts of what rests on it."""
    answer = post(caller, asked(NO_STENOSIS))
    (told,) = named(answer, "assumption")
    reasons = [
        e["valueString"] for e in answer.json["parameter"] if e["name"] == "because"
    ]

    assert "Mitral stenosis: absent, instead of: " in told["text"]["valueString"]
    assert any("assumption, not in the record" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("query", "headers"), [("?_language=fr", {}), ("", {"Accept-Language": "fr"})]
)
def test_the_texts_are_french_on_request(
    caller: FlaskClient, query: str, headers: dict[str, str]
) -> None:
    """By the address or by the header."""
    answer = post(caller, asked(NO_STENOSIS), query, **headers)

    assert answer.headers["Content-Language"] == "fr"
    assert "supposition, hors du dossier" in answer.text


def test_a_quantity_is_converted(caller: FlaskClient) -> None:
    """By the gate of grounding."""
    value = assume("ct_nodule_max_diameter", valueQuantity=quantity(2, "cm"))
    answer = post(caller, asked(value))

    assert "20" in named(answer, "assumption")[0]["text"]["valueString"]


def test_the_ledger_is_in_the_answer(caller: FlaskClient) -> None:
    """Nothing of the record is dropped in silence."""
    answer = post(caller, asked(NO_STENOSIS))
    ledger = answer.json["parameter"][-1]["resource"]
    entries = len(bundle_of("mitral-87m")["entry"])

    assert len({issue["expression"][0] for issue in ledger["issue"]}) >= entries


CONCEPT = {"name": "concept", "valueCode": "ct_honeycombing"}
STATE = {"name": "state", "valueCode": "absent"}
LONG = quantity(3, "kg")
FAULTS: tuple[tuple[Json, str, str], ...] = (
    (assume("ct_honeycoming", valueCode="absent"), "code-invalid",
     "part[0].value"),
    (assume("ct_honeycombing", valueCode="yes"), "code-invalid", "part[1].value"),
    (assume("ct_nodule_max_diameter", valueQuantity=LONG), "value", "part[1].value"),
    ({"name": "set", "part": [CONCEPT, STATE | {"valueCode": "no"}]}, "code-invalid",
     "part[1].value"),
    ({"name": "set", "part": [CONCEPT, {"name": "state", "valueString": "absent"}]},
     "value", "part[1]"),
    ({"name": "set", "part": [CONCEPT]}, "required", ""),
    ({"name": "set", "part": [CONCEPT, STATE, STATE]}, "invalid", "part[2]"),
    ({"name": "set", "part": [CONCEPT, STATE, {"name": "who"}]}, "invalid", "part[2]"),
    ({"name": "set", "valueCode": "absent"}, "required", ""),
    ({"name": "sets"}, "invalid", ""),
)  # fmt: skip


@pytest.mark.parametrize(("fault", "code", "at"), FAULTS)
def test_an_assumption_that_is_wrong_is_refused_with_its_place(
    caller: FlaskClient, fault: Json, code: str, at: str
) -> None:
    """422, the issue code, and the FHIRPath of the part; no value is repeated."""
    answer = post(caller, asked(fault))
    issues = [(i["code"], i["expression"]) for i in answer.json["issue"]]
    where = f"Parameters.parameter[1]{'.' if at else ''}{at}"

    assert answer.status_code == 422
    assert (code, [where]) in issues
    assert "ct_honeycoming" not in answer.text


def test_a_wrong_concept_gets_suggestions(caller: FlaskClient) -> None:
    """Ids of the ontology, not what was sent."""
    answer = post(caller, asked(assume("ct_honeycoming", valueCode="absent")))

    assert "did you mean ct_honeycombing" in answer.json["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (asked(), 422, "required"),
        (bundle_of("mitral-87m"), 422, "not-supported"),
        ({"resourceType": "Parameters", "parameter": [NO_STENOSIS]}, 422, "required"),
        ({"resourceType": "Parameters", "parameter": 3}, 422, "structure"),
        (asked(*[NO_STENOSIS] * 2), 422, "duplicate"),
        (asked(*[NO_STENOSIS] * 51), 422, "too-costly"),
    ],
)
def test_a_body_that_asks_nothing_is_refused(
    caller: FlaskClient, body: Json, status: int, code: str
) -> None:
    """An OperationOutcome says what to send."""
    answer = post(caller, body)

    assert answer.status_code == status
    assert code in {issue["code"] for issue in answer.json["issue"]}


def test_two_subjects_are_refused(caller: FlaskClient) -> None:
    """An assumption is about one patient."""
    body = asked(NO_STENOSIS)
    other = {"fullUrl": "urn:uuid:0b7a3c52-52a6-4d0e-9d0c-3f0f4f0f7a11"}
    entries = body["parameter"][0]["resource"]["entry"]
    entries.append(other | {"resource": patient("other")})
    entries += [
        {
            "resource": {
                **each["resource"],
                "id": "x",
                "subject": {"reference": other["fullUrl"]},
            }
        }
        for each in entries[1:2]
    ]
    answer = post(caller, body)

    assert answer.status_code == 422
    assert {issue["code"] for issue in answer.json["issue"]} == {"business-rule"}


@pytest.mark.parametrize(
    ("query", "status"),
    [("?_language=de", 400), ("?write=true", 400), ("?ontology=1900-01-01", 422)],
)
def test_a_parameter_that_cannot_be_met_is_refused(
    caller: FlaskClient, query: str, status: int
) -> None:
    """Passed over, it would give another answer than the one asked for."""
    assert post(caller, asked(NO_STENOSIS), query).status_code == status


def test_the_release_can_be_named(caller: FlaskClient, knowledge: Knowledge) -> None:
    """That of the build is always there."""
    query = f"?ontology={knowledge.version}"

    assert post(caller, asked(NO_STENOSIS), query).status_code == 200


def test_lines_are_not_read(caller: FlaskClient) -> None:
    """NDJSON has no place for an assumption."""
    answer = caller.post(ADDRESS, data=b"{}", content_type="application/fhir+ndjson")

    assert answer.status_code == 415


def test_the_definition_names_what_is_read_and_answered(caller: FlaskClient) -> None:
    """Valid R4; every parameter of an answer stands in it."""
    answer = caller.get(DEFINITION)
    definition = json.loads(answer.text)
    told = {p["name"] for p in definition["parameter"] if p["use"] == "out"}
    given = post(caller, asked(NO_STENOSIS)).json["parameter"]

    assert fhirkit.validate(answer.text) == []
    assert definition["url"] == f"{BASE}/OperationDefinition/what-if"
    assert told == {each["name"] for each in given}


def test_the_capability_statement_names_our_definition(
    mounted: Flask, knowledge: Knowledge
) -> None:
    """Not one of HL7, which has no such operation."""
    served: list[Served] = list_served(mounted)
    (rest,) = capability_statement(served, knowledge)["rest"]

    assert rest["operation"] == [
        {"name": "what-if", "definition": f"{BASE}/OperationDefinition/what-if"}
    ]
