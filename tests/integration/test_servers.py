"""The servers that the other tests here rely on: whole cases, pages."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from deploy.load_cases import with_references
from tests.integration import processes
from tests.integration.loading import (
    NAMES,
    Resource,
    load_case,
    place_of,
    read_bundle,
    read_everything,
    with_suffix,
)
from tests.integration.processes import Running, start
from tests.integration.servers import Hapi, Issue, Validator, validating

# Patients of our own: what other tests write about the same ones is not in the way.
OURS = "-servers"
PAGE = 5
LONGEST = "complete-negative-work-up"
IGNORANT = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
PROFILE = {
    "resourceType": "StructureDefinition",
    "id": "born",
    "url": "https://example.org/born",
    "name": "Born",
    "status": "active",
    "kind": "resource",
    "abstract": False,
    "type": "Patient",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    "derivation": "constraint",
    "differential": {
        "element": [{"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1}]
    },
}
UNBORN = {"resourceType": "Patient", "meta": {"profile": [PROFILE["url"]]}}


@pytest.fixture(scope="module")
def postgres_base(postgres_hapi: Hapi) -> str:
    """The base of HAPI FHIR on PostgreSQL."""
    return postgres_hapi.base


@pytest.fixture(scope="module", params=["fhir_base", "postgres_base", "sekmet"])
def base(request: pytest.FixtureRequest) -> str:
    """Each server in turn."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def profiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validator]:
    """A validator with one profile that is given to it as a file."""
    folder = tmp_path_factory.mktemp("profiles")
    (folder / "profile.json").write_text(json.dumps(PROFILE))
    with validating(folder) as running:
        yield running


def stated(resource: Resource) -> Resource:
    """A resource without what a server adds."""
    return {key: value for key, value in resource.items() if key != "meta"}


def as_loaded(case: str) -> dict[str, Resource]:
    """The resources of a case by place, with references as the server has them."""
    entries = with_suffix(read_bundle(case), OURS)["entry"]
    places = {entry["fullUrl"]: place_of(entry["resource"]) for entry in entries}
    resources = [with_references(entry["resource"], places) for entry in entries]
    return {place_of(resource): stated(resource) for resource in resources}


def errors(issues: list[Issue]) -> list[str]:
    """Where a validator found errors."""
    return [one.location for one in issues if one.severity in {"error", "fatal"}]


# All of them are loaded, read and compared in test_reports.
@pytest.mark.parametrize("case", NAMES[::6])
def test_a_case_is_read_back_as_it_was_loaded(
    session: requests.Session, base: str, case: str
) -> None:
    """The pages of $everything hold each resource of a case once, as it was sent."""
    patient = load_case(session, base, case, OURS)

    pages = read_everything(session, base, patient, PAGE)

    read = [resource for page in pages for resource in page]
    assert {place_of(one): stated(one) for one in read} == as_loaded(case)
    assert len(read) == len(as_loaded(case))


@pytest.mark.parametrize("server", ["hapi", "postgres_hapi"])
def test_hapi_gives_a_long_record_in_pages(
    request: pytest.FixtureRequest, session: requests.Session, server: str
) -> None:
    """No page is longer than was asked for, on H2 and on PostgreSQL."""
    base = request.getfixturevalue(server).base
    patient = load_case(session, base, LONGEST, OURS)

    pages = read_everything(session, base, patient, PAGE)

    assert [len(page) for page in pages] == [PAGE] * 5


def test_sekmet_gives_a_long_record_at_once(
    session: requests.Session, sekmet: str
) -> None:
    """Its $everything has no pages: what is tested there says nothing of pages."""
    patient = load_case(session, sekmet, LONGEST, OURS)

    pages = read_everything(session, sekmet, patient, PAGE)

    assert [len(page) for page in pages] == [PAGE * 5]


@pytest.mark.parametrize("server", ["hapi", "postgres_hapi"])
def test_a_case_that_is_loaded_again_changes_nothing(
    request: pytest.FixtureRequest, session: requests.Session, server: str
) -> None:
    """An identical PUT makes no new version in HAPI."""
    base = request.getfixturevalue(server).base
    patient = load_case(session, base, LONGEST, OURS)
    before = session.get(f"{base}/{patient}").json()

    load_case(session, base, LONGEST, OURS)

    assert session.get(f"{base}/{patient}").json() == before


def test_hapi_validates_against_a_profile_that_was_uploaded(
    session: requests.Session, hapi: Hapi
) -> None:
    """$validate holds a resource against the profile that it names."""
    place = f"{hapi.base}/{place_of(PROFILE)}"
    session.put(place, json=PROFILE).raise_for_status()

    answer = session.post(f"{hapi.base}/Patient/$validate", json=UNBORN)

    issues = answer.json()["issue"]
    faults = [one for one in issues if one["severity"] == "error"]
    (fault,) = [one["diagnostics"] for one in faults]
    assert fault.startswith("Patient.birthDate: minimum required = 1")


@pytest.mark.parametrize(
    ("patient", "places"),
    [
        ({"gender": "female"}, []),
        ({"gender": "woman"}, ["Patient.gender", "Patient.gender"]),
        ({"birthDate": "1984-13"}, ["Patient.birthDate"]),
        ({"unheard": "of"}, ["Patient"]),
        ({"extension": [{"url": "https://a/b"}]}, ["Patient.extension[0]"] * 2),
    ],
)
def test_the_validator_says_where_a_resource_is_wrong(
    validator: Validator, patient: Resource, places: list[str]
) -> None:
    """A wrong code, value, element or extension is an error at its place."""
    assert errors(validator.validate({"resourceType": "Patient", **patient})) == places


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "patient", '{"resourceType": "Patient"} {}']
)
def test_the_validator_stays_when_the_text_is_no_resource(
    validator: Validator, text: str
) -> None:
    """Each text has its own answer, and the next resource has too."""
    (issue,) = validator.validate_text(text)

    assert issue.severity == "fatal"
    assert errors(validator.validate({"resourceType": "Patient"})) == []


def test_the_validator_reads_a_resource_of_many_lines(validator: Validator) -> None:
    """Line breaks between the tokens of a resource do not cut it."""
    text = json.dumps({"resourceType": "Patient", "gender": "female"}, indent=2)

    assert errors(validator.validate_text(text.replace("\n", "\r\n"))) == []


def test_the_validator_knows_the_profiles_it_is_given(profiled: Validator) -> None:
    """A resource is held against a profile that stands in a folder."""
    assert profiled.resources == 1
    assert errors(profiled.validate(UNBORN)) == ["Patient"]


def test_the_validator_reports_a_profile_it_does_not_know(validator: Validator) -> None:
    """What was not checked against its profile is never said to be right."""
    assert "Patient.meta.profile[0]" in errors(validator.validate(UNBORN))


def test_a_profile_that_is_not_r4_ends_the_start(tmp_path: Path) -> None:
    """Conformance resources are read strictly."""
    (tmp_path / "wrong.json").write_text(json.dumps({**PROFILE, "unheard": "of"}))

    with pytest.raises(AssertionError, match="unheard"), validating(tmp_path):
        pass


def test_a_server_that_ends_early_fails_with_its_own_words() -> None:
    """What a program said before it ended is in the error."""
    running = start([sys.executable, "-c", "print('no database')"])

    with pytest.raises(AssertionError, match=r"it ended\.\nno database"):
        running.wait_for("ready", 60)
    running.stop()


def test_a_server_that_says_nothing_is_not_waited_for_for_ever() -> None:
    """A program that is silent for too long is an error."""
    running = start([sys.executable, "-c", "input()"])

    with pytest.raises(AssertionError, match=r"nothing was said for 0\.1 s"):
        running.wait_for("ready", 0.1)
    running.stop()


def test_a_server_that_does_not_go_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is ended by force, and the test that left it so fails."""
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.1)
    code = f"import signal; {IGNORANT}; print('ready', flush=True); input()"
    running: Running = start([sys.executable, "-c", code])
    running.wait_for("ready", 60)

    with pytest.raises(subprocess.TimeoutExpired):
        running.stop()

    assert running.process.returncode == -signal.SIGKILL
