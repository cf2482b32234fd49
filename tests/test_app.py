"""The composition root: what starts, what every answer carries, how errors leave."""

from __future__ import annotations

import json
import logging
import re
import shutil
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service import routes
from service.app import create_app
from service.config import SHIPPED_BUILD, Config
from service.errors import Busy, UnsupportedContent
from service.reasoning.knowledge import Knowledge
from service.reasoning.problems import KnowledgeError, ManifestMismatch

CANARY = "Canary-7f3a"
JSON = "application/fhir+json"


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the line raise an error of choice."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(routes, "interpret", fail)


def post(client: FlaskClient, **headers: str) -> TestResponse:
    """A small document, of which only the way matters."""
    return client.post(
        "/fhir/$interpret", data="{}", content_type=JSON, headers=headers
    )


@pytest.mark.parametrize("name", ["rules.json", "queries.json", "dpo.trig"])
def test_a_build_that_is_not_the_released_one_stops_the_start(
    tmp_path: Path, name: str
) -> None:
    """Tampered knowledge is worse than none."""
    shutil.copytree(SHIPPED_BUILD, tmp_path / "build")
    with (tmp_path / "build" / name).open("a", encoding="utf-8") as file:
        file.write(" ")

    with pytest.raises(ManifestMismatch):
        create_app(Config(build=tmp_path / "build"))


def test_a_missing_build_stops_the_start(tmp_path: Path) -> None:
    """There is no service without knowledge."""
    with pytest.raises(KnowledgeError):
        create_app(Config(build=tmp_path))


def test_without_a_config_the_environment_decides(
    monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    """`create_app()` is what a WSGI server calls."""
    monkeypatch.setenv("DPO_TRUSTED_HOSTS", "reports.example")

    client = create_app(knowledge=knowledge).test_client()

    assert client.get("/live").status_code == 400
    assert client.get("/live", headers={"Host": "reports.example"}).status_code == 200


@pytest.mark.parametrize("path", ["/live", "/nowhere", "/fhir/$interpret"])
def test_every_answer_is_safe_to_pass_on(client: FlaskClient, path: str) -> None:
    """Not cached, not framed, not sniffed: also when it is a refusal."""
    headers = client.get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_what_a_view_says_of_its_answer_holds(app: Flask) -> None:
    """A page has a policy of its own; what it does not say, it gets."""
    with app.test_request_context("/live"):
        app.preprocess_request()
        answer = Response(headers={"Cache-Control": "no-cache"})
        headers = app.process_response(answer).headers

    assert headers.getlist("Cache-Control") == ["no-cache"]
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("path", "accept", "media"),
    [
        ("/nowhere", "text/html", "text/plain"),
        ("/nowhere", "application/json, text/html;q=0.9", "application/fhir+json"),
        ("/nowhere", "*/*", "application/fhir+json"),
        ("/fhir/nowhere", "text/html", "application/fhir+json"),
    ],
)
def test_a_person_beside_fhir_reads_a_refusal_as_text(
    client: FlaskClient, path: str, accept: str, media: str
) -> None:
    """Programs, and whoever calls the FHIR part, get an OperationOutcome."""
    answer = client.get(path, headers={"Accept": accept})

    assert (answer.status_code, answer.mimetype) == (404, media)
    assert "not-found" in answer.text


def test_a_refusal_for_now_says_when_it_is_worth_to_come_again(
    monkeypatch: pytest.MonkeyPatch, client: FlaskClient
) -> None:
    """One handler for every error puts the header on; others have none."""
    assert "Retry-After" not in post(client).headers
    fail_with(monkeypatch, Busy("Later."))

    answer = post(client)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(Busy.retry_after)


def test_a_well_formed_request_id_is_echoed(client: FlaskClient) -> None:
    """The client finds its request again, in the header and in the outcome."""
    answer = client.get("/nowhere", headers={"X-Request-Id": "abc-1.2"})

    assert answer.headers["X-Request-Id"] == "abc-1.2"
    assert answer.json["id"] == "abc-1.2"  # type: ignore[index]  # it is an object


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "<script>", "é"])
def test_another_request_id_is_replaced(client: FlaskClient, sent: str) -> None:
    """What is no FHIR id is not repeated."""
    answer = client.get("/live", headers={"X-Request-Id": sent})

    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Request-Id"])


def test_a_typed_error_keeps_its_status(
    monkeypatch: pytest.MonkeyPatch, client: FlaskClient
) -> None:
    """What the line refuses is answered as it says."""
    fail_with(monkeypatch, UnsupportedContent("Send R4."))

    answer = post(client)

    assert answer.status_code == 422
    assert answer.json["issue"][0]["code"] == "not-supported"  # type: ignore[index]


def test_a_defect_is_500_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, client: FlaskClient
) -> None:
    """The text of an unexpected exception may quote a patient."""
    fail_with(monkeypatch, ValueError(CANARY))

    answer = post(client)

    assert answer.status_code == 500
    assert answer.content_type == "application/fhir+json; fhirVersion=4.0"
    assert answer.json["issue"][0]["code"] == "exception"  # type: ignore[index]
    assert CANARY not in answer.text


def test_a_defect_is_logged_once_without_its_text(
    monkeypatch: pytest.MonkeyPatch,
    client: FlaskClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Kind and place, with the id of the request; never the text."""
    fail_with(monkeypatch, ValueError(CANARY))

    with caplog.at_level(logging.ERROR):
        post(client, **{"X-Request-Id": "r-1"})

    (record,) = caplog.records
    facts = json.dumps(record.__dict__["facts"])
    assert '"id": "r-1"' in facts
    assert '"error": "ValueError"' in facts
    assert CANARY not in caplog.text + facts


def test_nothing_of_a_request_is_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither body nor address nor header, whatever becomes of the request."""
    with caplog.at_level(logging.DEBUG):
        client.post(
            f"/fhir/$interpret?{CANARY}={CANARY}",
            data=json.dumps({"resourceType": CANARY}),
            content_type=JSON,
            headers={"User-Agent": CANARY, "X-Request-Id": f"_{CANARY}"},
        )

    logged = [json.dumps(record.__dict__, default=str) for record in caplog.records]
    assert logged
    assert CANARY not in "".join(logged)


def test_an_error_repeats_no_value(client: FlaskClient) -> None:
    """An outcome may be stored where the document may not."""
    answer = client.post(f"/fhir/$interpret?{CANARY}=1", data=CANARY, content_type=JSON)

    assert answer.status_code == 400
    assert CANARY not in answer.text


def test_a_framing_error_found_while_reading_is_400(
    monkeypatch: pytest.MonkeyPatch, client: FlaskClient
) -> None:
    """Gunicorn raises it inside the application; it is the client's fault."""
    from gunicorn.http.errors import InvalidChunkSize  # noqa: PLC0415  # POSIX only

    fail_with(monkeypatch, InvalidChunkSize(b"zz"))

    answer = post(client)

    assert answer.status_code == 400
    assert answer.json["issue"][0]["code"] == "structure"  # type: ignore[index]


def test_there_is_one_catch_all() -> None:
    """A second one would hide defects from the first."""
    source = Path(routes.__file__).parent
    broad = [
        f"{path.name}: {line.strip()}"
        for path in source.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"except( Base)?( Exception)?:|register_error_handler", line)
    ]

    assert broad == ["app.py: app.register_error_handler(Exception, answer_error)"]


def test_the_debugger_is_off(app: Flask) -> None:
    """A traceback in a browser would show a record."""
    assert not app.debug
    assert not app.config["PROPAGATE_EXCEPTIONS"]
