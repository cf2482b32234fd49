"""`verify=dl` on the route: what is answered for each outcome, in every form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.config import Config
from service.errors import NotServed, Unjustified
from service.reasoning.knowledge import Knowledge
from service.verify.marking import VERIFICATION
from service.verify.outcome import Verdict
from service.verify.verifier import Verifier
from tests.verifying.reports import Json, resources_in

ADDRESSES = (
    "/fhir/$interpret?verify=dl",
    "/fhir/$interpret?verify=dl&_type=transaction",
    "/fhir/$interpret?verify=dl&_contained=true",
    "/fhir/DiagnosticReport/$interpret?verify=dl",
)
FHIR = "application/fhir+json"
BUNDLE = Path(__file__).parent / "cases/mpc-21m/bundle.json"


@pytest.fixture
def client(knowledge: Knowledge) -> Iterator[FlaskClient]:
    """A client of an application whose verifier each test replaces."""
    app = create_app(Config(), knowledge=knowledge)
    yield app.test_client()
    app.extensions["sparql"].close()
    app.extensions["verify"].close()


def answer_with(
    outcome: Verdict | Exception, monkeypatch: pytest.MonkeyPatch
) -> list[bytes]:
    """Let the verifier come to that outcome; what it was given."""
    given: list[bytes] = []

    def check_answer(_: Verifier, content: bytes) -> Verdict:
        given.append(content)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(Verifier, "check_answer", check_answer)
    return given


def marks(document: Json) -> list[str]:
    """What the reports of an answer say of their verification."""
    return [
        extension["valueCode"]
        for resource in resources_in(document)
        for extension in resource.get("extension", [])
        if extension["url"] == VERIFICATION
    ]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("verdict", "code"),
    [(Verdict.VERIFIED, "verified"), (Verdict.NOT_VERIFIED, "not-verified")],
)
def test_an_answer_says_whether_it_was_verified(
    verdict: Verdict,
    code: str,
    address: str,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the report, in the ledger and in a header, whatever the form."""
    answer_with(verdict, monkeypatch)
    answer = client.post(address, data=BUNDLE.read_bytes(), content_type=FHIR)

    assert answer.status_code == 200
    assert answer.headers["DPO-Verification"] == code
    assert marks(answer.get_json()) == [code]


@pytest.mark.parametrize(
    ("error", "status"), [(Unjustified("x"), 500), (NotServed("x"), 501)]
)
def test_there_is_no_report_without_agreement(
    error: Exception,
    status: int,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A disagreement is our defect; without the extra it is not served."""
    answer_with(error, monkeypatch)
    answer = client.post(ADDRESSES[0], data=BUNDLE.read_bytes(), content_type=FHIR)

    assert answer.status_code == status
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_the_very_answer_is_verified(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes, in the form that leaves, and not the values it was written from."""
    given = answer_with(Verdict.VERIFIED, monkeypatch)
    client.post(ADDRESSES[2], data=BUNDLE.read_bytes(), content_type=FHIR)

    assert len(given) == 1
    assert given[0].startswith(b'{"resourceType":"DiagnosticReport"')


def test_an_answer_as_rdf_says_so_in_a_header(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph has no place for it."""
    answer_with(Verdict.NOT_VERIFIED, monkeypatch)
    accept = {"Accept": "text/turtle"}
    answer = client.post(
        ADDRESSES[0], data=BUNDLE.read_bytes(), content_type=FHIR, headers=accept
    )

    assert answer.mimetype == "text/turtle"
    assert answer.headers["DPO-Verification"] == "not-verified"


def test_nobody_is_asked_without_the_parameter(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer costs no Java unless it is asked for."""
    given = answer_with(Verdict.VERIFIED, monkeypatch)
    answer = client.post(
        "/fhir/$interpret", data=BUNDLE.read_bytes(), content_type=FHIR
    )

    assert given == []
    assert "DPO-Verification" not in answer.headers
