"""deploy/load_cases.py: the worked cases onto a FHIR server, whole or not at all."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests/cases"
HOST = "127.0.0.1"
pytestmark = pytest.mark.allow_hosts([HOST])
Resource = dict[str, Any]


def load_script() -> ModuleType:
    """The script, which is in no package."""
    path = ROOT / "deploy/load_cases.py"
    spec = importlib.util.spec_from_file_location("load_cases", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script()


@dataclass(slots=True)
class Recipient:
    """A server that keeps what it is sent and answers as it is told."""

    address: str = ""
    not_ready: int = 0
    entry_status: str = "201 Created"
    status: int = 200
    sent: list[Resource] = field(default_factory=list)

    def metadata(self) -> int:
        """The status of the CapabilityStatement: ready after some questions."""
        self.not_ready -= 1
        return 503 if self.not_ready >= 0 else 200

    def take(self, bundle: Resource) -> Resource:
        """A transaction-response."""
        self.sent.append(bundle)
        taken = {"response": {"status": self.entry_status}}
        return {"resourceType": "Bundle", "entry": [taken for _ in bundle["entry"]]}


@pytest.fixture
def recipient() -> Iterator[Recipient]:
    """A Recipient on loopback until the test ends."""
    kept = Recipient()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(kept.metadata(), {})

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self.answer(kept.status, kept.take(json.loads(self.rfile.read(length))))

        def answer(self, status: int, resource: Resource) -> None:
            body = json.dumps(resource).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", kept.address)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer((HOST, 0), Answering) as server:
        kept.address = f"http://{HOST}:{server.server_port}/fhir"
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two questions whether the server is ready."""
    monkeypatch.setattr(SCRIPT, "PAUSE_SECONDS", 0)


def collection(*entries: Resource) -> Resource:
    """A Bundle of these entries."""
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries)}


def references(value: Any) -> Iterator[str]:
    """Every `reference` of some JSON."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for item in value.values():
            yield from references(item)


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_case_becomes_a_transaction_of_puts(case: str) -> None:
    """Each resource at its own address, each reference to one of them."""
    bundle = json.loads((CASES / case / "bundle.json").read_bytes())

    made = SCRIPT.as_transaction(bundle)
    places = {entry["request"]["url"] for entry in made["entry"]}
    assert made["type"] == "transaction"
    assert {entry["request"]["method"] for entry in made["entry"]} == {"PUT"}
    assert len(places) == len(bundle["entry"])
    assert set(references(made)) <= places


def test_nothing_but_references_and_requests_changes() -> None:
    """The resources are those of the case."""
    bundle = json.loads((CASES / "mitral-87m/bundle.json").read_bytes())

    made = SCRIPT.as_transaction(bundle)
    text = json.dumps([entry["resource"] for entry in made["entry"]])
    for entry in made["entry"]:
        text = text.replace(entry["request"]["url"], entry["fullUrl"])
    assert json.loads(text) == [entry["resource"] for entry in bundle["entry"]]


def test_a_resource_without_an_id_is_put_at_that_of_its_urn() -> None:
    """And carries it, since a server refuses a PUT that says another."""
    urn = "urn:uuid:6e4b4c00-5be1-58ea-b357-df6095bb3914"
    entry = {"fullUrl": urn, "resource": {"resourceType": "Patient"}}

    (made,) = SCRIPT.as_transaction(collection(entry))["entry"]
    assert made["request"]["url"] == f"Patient/{urn[9:]}"
    assert made["resource"]["id"] == urn[9:]


def test_a_resource_without_any_id_is_refused() -> None:
    """Each loading would make another one."""
    with pytest.raises(SCRIPT.NotLoaded, match="Patient has no id"):
        SCRIPT.as_transaction(collection({"resource": {"resourceType": "Patient"}}))


def test_every_case_is_sent_once_and_named(recipient: Recipient) -> None:
    """With the reference to its Patient."""
    loaded = SCRIPT.load(recipient.address, CASES)

    assert len(recipient.sent) == len(list(CASES.iterdir()))
    assert [each.name for each in loaded] == sorted(
        path.name for path in CASES.iterdir()
    )
    assert all(each.patient.startswith("Patient/") for each in loaded)


def test_loading_twice_sends_the_same(recipient: Recipient) -> None:
    """So that it leaves what loading once leaves."""
    SCRIPT.load(recipient.address, CASES)
    SCRIPT.load(recipient.address, CASES)

    half = len(recipient.sent) // 2
    assert recipient.sent[:half] == recipient.sent[half:]


def test_it_waits_until_the_server_is_ready(recipient: Recipient) -> None:
    """Not for a time, but for the answer."""
    recipient.not_ready = 3

    assert SCRIPT.load(recipient.address, CASES)


def test_it_does_not_wait_for_ever(recipient: Recipient) -> None:
    """The message says what came back."""
    recipient.not_ready = 1_000_000

    with pytest.raises(SCRIPT.NotLoaded, match=r"not ready after 0 s .status 503"):
        SCRIPT.load(recipient.address, CASES, seconds=0)
    assert recipient.sent == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda it: setattr(it, "status", 400), "status 400"),
        (lambda it: setattr(it, "status", 302), "status 302"),
        (lambda it: setattr(it, "entry_status", "409 Conflict"), "0 of 15 entries"),
    ],
)
def test_a_case_that_is_not_taken_whole_ends_it(
    recipient: Recipient, spoil: Callable[[Recipient], None], said: str
) -> None:
    """Also when the answer is 200 and an entry of it is not."""
    spoil(recipient)

    with pytest.raises(SCRIPT.NotLoaded, match=f"amyloidoma-71m: .*{said}"):
        SCRIPT.load(recipient.address, CASES)
    assert len(recipient.sent) == 1


def test_a_folder_without_cases_is_refused(
    recipient: Recipient, tmp_path: Path
) -> None:
    """A wrong path is not an empty success."""
    with pytest.raises(SCRIPT.NotLoaded, match="holds no case"):
        SCRIPT.load(recipient.address, tmp_path)


def test_the_command_prints_a_line_for_each_case(
    recipient: Recipient, capsys: pytest.CaptureFixture[str]
) -> None:
    """With which the reader goes on."""
    assert SCRIPT.main([recipient.address, str(CASES)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "mitral-87m Patient/b64d1b8b-7232-5625-b295-55b1a83cd206" in lines


def test_the_command_fails_with_a_sentence(
    recipient: Recipient, capsys: pytest.CaptureFixture[str]
) -> None:
    """And an exit code that compose shows."""
    recipient.status = 500

    assert SCRIPT.main([recipient.address, str(CASES)]) == 1
    assert "load_cases: amyloidoma-71m: status 500" in capsys.readouterr().err
    assert SCRIPT.main([]) == 2
