"""A patient of the FHIR server over HTTP: read, interpreted, written, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deploy.load_cases import as_transaction
from service import cli, commands
from service.app import create_app
from service.config import Config
from service.reasoning.knowledge import Knowledge
from tests.conftest import CLOCK
from tests.fhir_stub import Asked, FhirStub, Reply, Script, fhir_stub, reply

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

JSON = "application/fhir+json"
CASE = Path(__file__).parent / "cases/mitral-87m/bundle.json"
ENTRIES = as_transaction(json.loads(CASE.read_bytes()))["entry"]
RECORD = [entry["resource"] for entry in ENTRIES]
ID = RECORD[0]["id"]
ADDRESS = f"/fhir/Patient/{ID}/$interpret"


def searchset(*resources: Any) -> dict[str, Any]:
    """A page of a search."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def server(asked: Asked) -> Reply:
    """A FHIR server with the record, and no report of ours yet."""
    if asked.verb == "POST":
        entries = json.loads(asked.body)["entry"]
        responses = [{"response": {"status": "201", "etag": 'W/"1"'}} for _ in entries]
        kind = {"resourceType": "Bundle", "type": "transaction-response"}
        return reply(kind | {"entry": responses})
    if asked.path.endswith("$everything"):
        return reply(searchset(*RECORD))
    return Reply(404)


@contextmanager
def service(
    knowledge: Knowledge, script: Script, **settings: Any
) -> Iterator[tuple[FlaskClient, FhirStub]]:
    """The application with a stub for its FHIR server."""
    with fhir_stub(script) as stub:
        config = Config(fhir_base_url=stub.base, **settings)
        app = create_app(config, knowledge=knowledge, clock=lambda: CLOCK)
        yield app.test_client(), stub
        app.extensions["sparql"].close()


@pytest.fixture
def served(knowledge: Knowledge) -> Iterator[tuple[FlaskClient, FhirStub]]:
    """The application with a FHIR server that behaves."""
    with service(knowledge, server) as both:
        yield both


def parameters(reference: str, **more: Any) -> dict[str, Any]:
    """Parameters with a subject."""
    listed = [{"name": "subject", "valueReference": {"reference": reference}}]
    listed += [{"name": name, "valueBoolean": value} for name, value in more.items()]
    return {"resourceType": "Parameters", "parameter": listed}


def post(client: FlaskClient, document: Any, query: str = "") -> TestResponse:
    """Parameters at the operation of the system."""
    content = json.dumps(document)
    return client.post(f"/fhir/$interpret{query}", data=content, content_type=JSON)


def kinds(answer: TestResponse) -> list[str]:
    """The types of the resources of an answer, in order."""
    return [entry["resource"]["resourceType"] for entry in answer.get_json()["entry"]]


def issue(answer: TestResponse) -> str:
    """The code of the first issue of an OperationOutcome."""
    return str(answer.get_json()["issue"][0]["code"])


def test_a_patient_of_the_server_gets_a_report(
    served: tuple[FlaskClient, FhirStub],
) -> None:
    """The address names whose record is read; nothing is posted."""
    answer = served[0].post(ADDRESS)

    assert answer.status_code == 200
    report = answer.get_json()["entry"][0]["resource"]
    assert report["subject"]["reference"] == f"Patient/{ID}"


def test_nothing_is_written_unasked(served: tuple[FlaskClient, FhirStub]) -> None:
    """Reading leaves the server as it was."""
    client, stub = served
    client.post(ADDRESS)

    assert {asked.verb for asked in stub.asked} == {"GET"}


@pytest.mark.parametrize("reference", ["Patient/{id}", "{base}/Patient/{id}"])
def test_a_subject_is_read_from_the_server(
    served: tuple[FlaskClient, FhirStub], reference: str
) -> None:
    """Parameters say the same as the address."""
    client, stub = served
    asked = parameters(reference.format(id=ID, base=stub.base))

    assert post(client, asked).get_json() == client.post(ADDRESS).get_json()


def test_one_contained_report_of_a_subject(
    served: tuple[FlaskClient, FhirStub],
) -> None:
    """The operation on DiagnosticReport takes a subject, too."""
    content = json.dumps(parameters(f"Patient/{ID}"))
    address = "/fhir/DiagnosticReport/$interpret"
    answer = served[0].post(address, data=content, content_type=JSON)

    assert answer.get_json()["resourceType"] == "DiagnosticReport"


WISHES: dict[str, Callable[[FlaskClient], TestResponse]] = {
    "in the address": lambda client: client.post(f"{ADDRESS}?write=true"),
    "in the address, for a subject": lambda client: post(
        client, parameters(f"Patient/{ID}"), "?write=true"
    ),
    "in Parameters": lambda client: post(
        client, parameters(f"Patient/{ID}", write=True)
    ),
}


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_a_report_is_written_where_it_is_asked_for(
    served: tuple[FlaskClient, FhirStub], wish: Callable[[FlaskClient], TestResponse]
) -> None:
    """One transaction; the answer is what then stands there, by its addresses."""
    client, stub = served
    answer = wish(client)

    (sent,) = [json.loads(asked.body) for asked in stub.asked if asked.verb == "POST"]
    entries = answer.get_json()["entry"]
    urls = [f"{stub.base}/{entry['request']['url']}" for entry in sent["entry"]]
    assert [entry["fullUrl"] for entry in entries[:-1]] == urls
    assert entries[0]["resource"]["meta"]["versionId"] == "1"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "The report was written"), ("fr", "Le compte rendu a été écrit")],
)
def test_what_was_done_is_said(
    served: tuple[FlaskClient, FhirStub], language: str, said: str
) -> None:
    """First in the ledger, in the language of the answer."""
    answer = served[0].post(f"{ADDRESS}?write=true&_language={language}")

    ledger = answer.get_json()["entry"][-1]["resource"]
    assert ledger["issue"][0]["details"]["text"].startswith(said)


REFUSED: dict[str, tuple[str, Any, int, str]] = {
    "a Bundle to be written": ("?write=true", {"resourceType": "Bundle", "entry": [
        {"resource": RECORD[0]}]}, 400, "invalid"),
    "two wishes": ("?write=false", parameters(f"Patient/{ID}", write=True),
        400, "invalid"),
    "another form": ("?write=true&_contained=true", parameters(f"Patient/{ID}"),
        400, "invalid"),
    "another form in the address": ("?_type=transaction",
        parameters(f"Patient/{ID}", write=True), 400, "invalid"),
    "a subject in the address": (f"?subject=Patient/{ID}", RECORD[0], 400, "invalid"),
    "a subject elsewhere": ("", parameters("http://169.254.169.254/Patient/1"),
        422, "security"),
    "a group": ("", parameters("Group/1"), 422, "not-supported"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "document", "status", "code"), REFUSED.values(), ids=REFUSED
)
def test_a_wish_that_makes_no_sense_leaves_the_server_alone(
    served: tuple[FlaskClient, FhirStub],
    query: str,
    document: Any,
    status: int,
    code: str,
) -> None:
    """Refused before anything is asked of the server."""
    client, stub = served
    answer = post(client, document, query)

    assert (answer.status_code, issue(answer), stub.asked) == (status, code, [])


@pytest.mark.parametrize("id", ["..", ".", "a%2Fb", "a b", "x" * 65])
def test_an_id_that_leads_elsewhere_is_refused(
    served: tuple[FlaskClient, FhirStub], id: str
) -> None:
    """No request leaves for another place of the server than the patient."""
    client, stub = served
    answer = client.post(f"/fhir/Patient/{id}/$interpret")

    assert answer.status_code in (404, 422)
    assert stub.asked == []


# Statuses of HTTP at the door for what the FHIR server does.
FAULTS: dict[str, tuple[Script, int, str, bool]] = {
    "no such patient": ([Reply(404)], 404, "not-found", False),
    "500": ([Reply(500, b"SECRET")], 502, "transient", True),
    "429": ([Reply(429, headers={"Retry-After": "900"})], 502, "transient", True),
    "reset": ([Reply(reset=True)], 502, "transient", True),
    "cut": ([Reply(200, b'{"resourceType": "Bundle"', cut=9)], 502, "transient", True),
    "HTML": ([Reply(200, b"<html>SECRET</html>", media="text/html")],
        502, "structure", False),
    "another patient": ([reply(searchset({"resourceType": "Patient", "id": "o"}))],
        502, "conflict", False),
    "401": ([Reply(401, b"SECRET")], 502, "security", False),
    "silence": ([Reply(hang=True)], 504, "timeout", True),
}  # fmt: skip


@pytest.mark.parametrize(
    ("script", "status", "code", "again"), FAULTS.values(), ids=FAULTS
)
def test_a_fault_of_the_server_is_told(
    knowledge: Knowledge, script: Script, status: int, code: str, again: bool
) -> None:
    """With the right status, with a time where repeating helps, with no text of its."""
    with service(knowledge, script, fhir_seconds=3) as (client, _):
        answer = client.post(ADDRESS)

    assert (answer.status_code, issue(answer)) == (status, code)
    assert ("Retry-After" in answer.headers) is again
    assert "SECRET" not in answer.text
    assert ID not in answer.text


def test_a_record_in_which_nothing_holds_names_the_resources(
    knowledge: Knowledge,
) -> None:
    """Nobody has posted it: a path into our Bundle would say nothing."""
    modified = RECORD[0] | {"modifierExtension": [{"url": "x", "valueCode": "y"}]}
    with service(knowledge, [reply(searchset(modified))]) as (client, _):
        answer = client.post(ADDRESS)

    (found,) = answer.get_json()["issue"]
    assert (answer.status_code, found["expression"]) == (422, ["Patient"])
    assert found["diagnostics"].endswith(f"(Patient/{ID})")


def test_a_partial_record_is_interpreted_and_said_to_be_so(
    knowledge: Knowledge,
) -> None:
    """Where the operation is missing and one type may not be searched."""

    def script(asked: Asked) -> Reply:
        kind = asked.path.removeprefix("/fhir/")
        if kind == f"Patient/{ID}":
            return reply(RECORD[0])
        if "$" in kind or kind == "Condition":
            return Reply(403)
        return reply(searchset(*(r for r in RECORD if r["resourceType"] == kind)))

    with service(knowledge, script) as (client, _):
        answer = client.post(ADDRESS)

    assert answer.status_code == 200
    issues = answer.get_json()["entry"][-1]["resource"]["issue"]
    assert issues[0]["details"]["text"].endswith("resources of type Condition.")


def test_a_strict_request_wants_all_of_the_record_used(
    knowledge: Knowledge,
) -> None:
    """`Prefer: handling=strict` holds for what is read, and names the resource."""
    unknown = {**RECORD[1], "id": "o9", "code": {"text": "x"}}
    with service(knowledge, [reply(searchset(*RECORD, unknown))]) as (client, _):
        answer = client.post(ADDRESS, headers={"Prefer": "handling=strict"})

    assert answer.status_code == 422
    places = {each["diagnostics"][-16:] for each in answer.get_json()["issue"]}
    assert "(Observation/o9)" in places


def test_the_capability_statement_tells_of_the_server(
    served: tuple[FlaskClient, FhirStub], client: FlaskClient
) -> None:
    """Only where there is one."""
    both = [each.get("/fhir/metadata").get_json() for each in (served[0], client)]
    listed = [{r["type"] for r in one["rest"][0]["resource"]} for one in both]

    assert [("Patient" in types) for types in listed] == [True, False]


def test_the_operation_tells_of_the_server(
    served: tuple[FlaskClient, FhirStub], client: FlaskClient
) -> None:
    """With its subject and its effect, only where there is one."""
    address = "/fhir/OperationDefinition/interpret"
    both = [each.get(address).get_json() for each in (served[0], client)]
    named = [{p["name"] for p in one["parameter"]} for one in both]

    assert [one["affectsState"] for one in both] == [True, False]
    assert [{"subject", "write"} <= names for names in named] == [True, False]


# --- the command line ------------------------------------------------------------


@pytest.fixture
def at_a_desk(
    monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> Iterator[FhirStub]:
    """A shell whose environment names the FHIR server."""
    monkeypatch.setattr(commands, "load", lambda _: knowledge)
    with fhir_stub(server) as stub:
        monkeypatch.setenv("DPO_FHIR_BASE_URL", stub.base)
        yield stub


@pytest.mark.usefixtures("at_a_desk")
def test_a_patient_is_interpreted_from_a_shell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The text of the report, as for a file."""
    assert cli.main(["interpret", "--from-server", f"Patient/{ID}"]) == 0
    assert "Suggested interpretation" in capsys.readouterr().out


def test_a_report_is_written_from_a_shell(
    at_a_desk: FhirStub, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only when that is said; and it is told, beside the report."""
    assert cli.main(["interpret", "--from-server", f"Patient/{ID}", "--write"]) == 0
    assert [asked.verb for asked in at_a_desk.asked].count("POST") == 1
    assert capsys.readouterr().err.endswith("written to the FHIR server.\n")


@pytest.mark.usefixtures("at_a_desk")
@pytest.mark.parametrize(
    "options",
    [
        [],
        [str(CASE), "--from-server", "Patient/1"],
        [str(CASE), "--write"],
        ["--from-server", "Patient/1", "--fhir-version", "5.0"],
    ],
)
def test_a_command_that_contradicts_itself_is_wrong_usage(options: list[str]) -> None:
    """A document or a patient, and writing for a patient only."""
    assert cli.main(["interpret", *options]) == 2


def test_a_shell_without_a_server_says_what_to_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The setting by its name."""
    assert cli.main(["interpret", "--from-server", "Patient/1"]) == 2
    assert "DPO_FHIR_BASE_URL" in capsys.readouterr().err
