"""Our reports on real FHIR servers: as posted, once, whatever is repeated or killed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
import requests
from flask.testing import FlaskClient

from service.app import create_app
from service.config import Config
from service.reasoning.knowledge import Knowledge
from tests.conftest import CLOCK
from tests.integration.loading import (
    NAMES,
    load_case,
    open_session,
    read_bundle,
    with_suffix,
)
from tests.integration.reports import parts_of, plain, read, reports_of
from tests.integration.servers import Hapi
from tests.served import Answer, Served, serving

JSON = {"Content-Type": "application/fhir+json"}
Resource = dict[str, Any]
# The patients of each run are new, also on a server that has those of earlier ones.
RUN = f"-{uuid4().hex[:8]}"
# What is written again and again, or by many at once.
REPEATED = NAMES[::6]
SERVERS = ("fhir_base", "postgres_base", "sekmet")
AGAIN = [(server, case) for server in SERVERS for case in REPEATED]
# Every case on HAPI, and every third one on a server that shares nothing with it; HAPI
# on PostgreSQL differs by its storage only.
STORED = [
    *(("fhir_base", case) for case in NAMES),
    *(("sekmet", case) for case in NAMES[::3]),
    *(("postgres_base", case) for case in REPEATED),
]


@pytest.fixture(scope="module", params=SERVERS)
def base(request: pytest.FixtureRequest) -> str:
    """Each in turn: HAPI on H2 (or FHIR_BASE_URL), HAPI on PostgreSQL, sekmet."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def postgres_base(postgres_hapi: Hapi) -> str:
    """The base of HAPI on PostgreSQL."""
    return postgres_hapi.base


@pytest.fixture(scope="module")
def service(base: str, knowledge: Knowledge) -> Iterator[FlaskClient]:
    """The application with that server and a clock that stands still."""
    app = create_app(
        Config(fhir_base_url=base, fhir_seconds=120),
        knowledge=knowledge,
        clock=lambda: CLOCK,
    )
    yield app.test_client()
    app.extensions["sparql"].close()


@pytest.fixture(scope="module")
def process(base: str) -> Iterator[Served]:
    """`dpo serve` with that server."""
    settings = {"DPO_FHIR_BASE_URL": base, "DPO_FHIR_SECONDS": "120"}
    with serving(settings, ("--workers", "2")) as served:
        yield served


def write(client: FlaskClient, patient: str) -> Resource:
    """Interpret a patient by reference and write the report."""
    answer = client.post(f"/fhir/{patient}/$interpret?write=true")
    assert answer.status_code == requests.codes.ok, answer.text
    document: Resource = answer.get_json()
    return document


def said(answer: Resource) -> str:
    """What the answer says was done on the server."""
    text: str = answer["entry"][-1]["resource"]["issue"][0]["details"]["text"]
    return text


@dataclass(frozen=True, slots=True)
class Written:
    """A case whose report was written for the first time, by one or more calls."""

    patient: str
    answers: tuple[Answer, ...]

    @property
    def document(self) -> Resource:
        """What the first of them was told."""
        document: Resource = json.loads(self.answers[0].body)
        return document


@pytest.fixture(scope="module")
def written(base: str, process: Served) -> Callable[[str], Written]:
    """Loads a case and has it written, some by eight at once, when a test asks."""

    @cache
    def write_first(case: str) -> Written:
        with open_session() as session:
            patient = load_case(session, base, case, RUN)
        path = f"/fhir/{patient}/$interpret?write=true"
        with ThreadPoolExecutor(8) as threads:
            calls = range(8 if case in REPEATED else 1)
            answers = threads.map(lambda _: process.send("POST", path), calls)
            return Written(patient, tuple(answers))

    return write_first


@pytest.mark.parametrize(("base", "case"), STORED, indirect=["base"])
def test_a_stored_report_is_that_of_the_posted_bundle(
    base: str,
    service: FlaskClient,
    session: requests.Session,
    written: Callable[[str], Written],
    case: str,
) -> None:
    """Read by a plain client, and equal but for who, where and when."""
    stored = parts_of(session, base, written(case).document)
    bundle = with_suffix(read_bundle(case), RUN)
    posted = service.post(
        "/fhir/$interpret?_type=transaction", data=json.dumps(bundle), headers=JSON
    ).get_json()
    names = {
        str(place): f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for place, entry in enumerate(bundle["entry"])
    }
    expected = {
        e["request"]["url"]: plain(e["resource"], names) for e in posted["entry"]
    }

    assert {place: plain(part, {}) for place, part in stored.items()} == expected


@pytest.mark.parametrize(("base", "case"), AGAIN, indirect=["base"])
def test_three_times_more_changes_nothing(
    base: str,
    service: FlaskClient,
    session: requests.Session,
    written: Callable[[str], Written],
    case: str,
) -> None:
    """The answers say so, and the report has the version that it had."""
    patient = written(case).patient
    before = reports_of(session, base, patient)
    answers = [write(service, patient) for _ in range(3)]

    assert all("left as it is" in said(answer) for answer in answers)
    assert reports_of(session, base, patient) == before


@pytest.mark.parametrize(("base", "case"), AGAIN, indirect=["base"])
def test_eight_at_once_is_one(
    base: str,
    session: requests.Session,
    written: Callable[[str], Written],
    case: str,
) -> None:
    """None is missing, none is there twice; all are told of the same report."""
    answers = written(case).answers

    assert [answer.status for answer in answers] == [200] * 8
    (report,) = reports_of(session, base, written(case).patient)
    told = {json.loads(a.body)["entry"][0]["resource"]["id"] for a in answers}
    assert told == {report["id"]}


def test_an_answer_is_what_stands_on_the_server(
    base: str, service: FlaskClient, session: requests.Session
) -> None:
    """Each part has its address there, and is what the server gives."""
    patient = load_case(session, base, "uip-66m", f"{RUN}-answer")
    answer = write(service, patient)
    stored = parts_of(session, base, answer)

    own = {
        entry["fullUrl"].removeprefix(f"{base}/"): plain(entry["resource"], {})
        for entry in answer["entry"][:-1]
    }
    assert {place: plain(part, {}) for place, part in stored.items()} == own
    told = answer["entry"][0]["resource"]
    report = stored[place_of_report(told)]
    assert told["meta"]["versionId"] == report["meta"]["versionId"]
    assert told["issued"] == report["issued"]


def test_changed_facts_make_a_new_version(
    base: str, service: FlaskClient, session: requests.Session
) -> None:
    """The same report, another identifier; what fell away is gone from the server."""
    patient = load_case(session, base, "mitral-87m", f"{RUN}-changed")
    before = write(service, patient)
    refute(session, base, patient)
    after = write(service, patient)

    assert "new version" in said(after)
    (report,) = reports_of(session, base, patient)
    assert report["id"] == before["entry"][0]["resource"]["id"]
    assert report["identifier"] != before["entry"][0]["resource"]["identifier"]
    fallen = addresses(before, base) - addresses(after, base)
    assert {session.get(f"{base}/{place}").status_code for place in fallen} <= {
        404,
        410,
    }


def test_a_report_that_a_human_took_over_is_never_touched(
    base: str, service: FlaskClient, session: requests.Session
) -> None:
    """Its bytes and version stay; the new reading stands beside it, once."""
    patient = load_case(session, base, "mitral-87m", f"{RUN}-signed")
    report = read(session, base, place_of(write(service, patient)))
    signed = report | {"status": "final"}
    put(session, base, signed)
    before = read(session, base, place_of_report(report))
    refute(session, base, patient)
    answers = [write(service, patient) for _ in range(3)]

    assert "beside" in said(answers[0])
    assert read(session, base, place_of_report(report)) == before
    found = {each["id"] for each in reports_of(session, base, patient)}
    assert found == {report["id"], answers[0]["entry"][0]["resource"]["id"]}


def test_what_we_wrote_is_no_evidence(
    base: str, service: FlaskClient, session: requests.Session
) -> None:
    """The record with our report says what it said without."""
    patient = load_case(session, base, "gerd-36m", f"{RUN}-own")
    first = service.post(f"/fhir/{patient}/$interpret").get_json()
    write(service, patient)
    second = service.post(f"/fhir/{patient}/$interpret").get_json()

    # The narrative counts the entries of the record, which are more now.
    reports = [
        {k: v for k, v in each["entry"][0]["resource"].items() if k != "text"}
        for each in (first, second)
    ]
    assert reports[0] == reports[1]


def addresses(answer: Resource, base: str) -> set[str]:
    """`Type/id` of each part of an answer."""
    urls = {entry["fullUrl"] for entry in answer["entry"][:-1]}
    return {url.removeprefix(f"{base}/") for url in urls}


def place_of(answer: Resource) -> str:
    """`Type/id` of the report of an answer."""
    return place_of_report(answer["entry"][0]["resource"])


def place_of_report(report: Resource) -> str:
    """`DiagnosticReport/id`."""
    return f"DiagnosticReport/{report['id']}"


def put(session: requests.Session, base: str, resource: Resource) -> None:
    """Store a resource under its own id, as another client does."""
    url = f"{base}/{resource['resourceType']}/{resource['id']}"
    answer = session.put(url, json=resource, headers=JSON, timeout=60)
    assert answer.ok, answer.text


def refute(session: requests.Session, base: str, patient: str) -> None:
    """Refute every Condition of a patient, so that the facts change."""
    found = session.get(f"{base}/Condition", params={"patient": patient}, timeout=60)
    for entry in found.json()["entry"]:
        system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
        status = {"coding": [{"system": system, "code": "refuted"}]}
        put(session, base, entry["resource"] | {"verificationStatus": status})
