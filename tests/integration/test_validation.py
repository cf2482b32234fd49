"""The judge of our resources is not ours: HAPI FHIR's validator, offline and online.

What it may say beside errors stands in docs/reference/fhir-profiles.md, with reasons.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from service.fhir.identity import Form
from service.fhir.profiles import definitions
from service.reasoning.knowledge import Knowledge
from service.verify.marking import mark
from service.verify.outcome import Verdict
from tests.integration.emitted import (
    HL7,
    KINDS,
    Resource,
    answer,
    of_hl7,
    parts,
    published,
    said_of_itself,
    sample,
    write_all,
)
from tests.integration.loading import ANSWER_SECONDS, NAMES
from tests.integration.refused.mutations import CANONICAL, EXTENSIONS, REFUSALS, Refusal
from tests.integration.servers import Issue, Validator, validating

pytestmark = pytest.mark.hapi

PAGE = Path(__file__).parents[2] / "docs/reference/fhir-profiles.md"
ERRORS = {"error", "fatal"}
# Two faults of HAPI FHIR 8.8 that the page tells of; nothing else is forgiven.
NO_PACKAGE = "Error generating Snapshot: Unable to resolve package id hl7.fhir.r4.core"
OLD_CODES = (
    "Unknown code 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue#AIAST'"
)
# The cases take turns, so that each form occurs in each language.
EMITTED = [(case, *KINDS[place % len(KINDS)]) for place, case in enumerate(NAMES)]
# A conflict: the report with the most kinds of parts.
ONLINE = [("contradicting-data", Form.TRANSACTION, "en")]
# A server takes seconds for what the offline judge, who sees all of it, reads at once.
SHARE = 10
VERIFIED = [
    (Verdict.VERIFIED, Form.COLLECTION),
    (Verdict.VERIFIED, Form.CONTAINED),
    (Verdict.NOT_VERIFIED, Form.TRANSACTION),
]
JSON = {"Content-Type": "application/fhir+json"}


@pytest.fixture(scope="module")
def judge(
    tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> Iterator[Validator]:
    """A validator that knows what we publish, and what of HL7's HAPI FHIR lacks."""
    folder = write_all(published(knowledge), tmp_path_factory.mktemp("published"))
    with validating(folder, HL7) as running:
        yield running


@pytest.fixture(scope="module")
def taught(fhir_base: str, knowledge: Knowledge) -> str:
    """A server to which everything was uploaded that the judge knows."""
    for resource in [*of_hl7(), *published(knowledge)]:
        upload(fhir_base, resource)
    return fhir_base


def upload(base: str, resource: Resource) -> None:
    """PUT, which must succeed."""
    address = f"{base}/{resource['resourceType']}/{resource['id']}"
    answer = requests.put(
        address, data=json.dumps(resource), headers=JSON, timeout=ANSWER_SECONDS
    )
    assert answer.status_code in (200, 201), answer.text


def validate_on(base: str, resource: Resource) -> list[Issue]:
    """`$validate` of a server."""
    address = f"{base}/{resource['resourceType']}/$validate"
    answer = requests.post(
        address, data=json.dumps(resource), headers=JSON, timeout=ANSWER_SECONDS
    )
    return [
        Issue(
            issue["severity"],
            ",".join(issue.get("location", ())),
            issue.get("diagnostics", ""),
        )
        for issue in answer.json()["issue"]
    ]


@cache
def explained() -> tuple[re.Pattern[str], ...]:
    """The patterns of the page: what a validator may say, each with its reason."""
    _, _, section = PAGE.read_text("utf-8").partition("## What a validator says")
    rows = re.findall(r"^\| `(.+?)` \| .+ \|$", section, re.MULTILINE)
    return tuple(re.compile(row.replace("\\|", "|")) for row in rows)


def errors(issues: Sequence[Issue]) -> list[Issue]:
    """What makes a resource wrong."""
    return [issue for issue in issues if issue.severity in ERRORS]


def unexplained(issues: Sequence[Issue], fault: str = "") -> list[Issue]:
    """Errors but for one known fault of HAPI's; and what is on no line of the page."""
    return [
        issue
        for issue in issues
        if (
            not (fault and issue.message.startswith(fault))
            if issue.severity in ERRORS
            else not any(pattern.match(issue.message) for pattern in explained())
        )
    ]


@pytest.mark.parametrize(("case", "form", "language"), EMITTED)
def test_whatever_we_emit_is_valid(
    judge: Validator, knowledge: Knowledge, case: str, form: Form, language: str
) -> None:
    """The whole, in which each entry is judged too."""
    document = answer(case, form, language, knowledge)

    assert unexplained(judge.validate(document)) == []


@pytest.mark.parametrize(("verdict", "form"), VERIFIED)
def test_an_answer_that_was_verified_is_valid(
    judge: Validator, knowledge: Knowledge, verdict: Verdict, form: Form
) -> None:
    """Whatever the reasoner said."""
    document = answer("mpc-21m", form, "fr", knowledge)

    marked = mark(document, verdict, knowledge, "fr")
    assert unexplained(judge.validate(marked)) == []


def test_what_we_publish_is_valid(
    judge: Validator, knowledge: Knowledge, client: FlaskClient
) -> None:
    """Profiles, terminology, and what the service says that it can do."""
    for resource in [*published(knowledge), *said_of_itself(client)]:
        fault = NO_PACKAGE if resource.get("type") == "Extension" else ""
        assert unexplained(judge.validate(resource), fault) == []


def test_the_fault_about_packages_is_not_ours(judge: Validator) -> None:
    """HAPI's offline validator says it of every extension, HL7's own too."""
    (hl7,) = (each for each in of_hl7() if each["id"] == "alternate-reference")
    (error,) = errors(judge.validate(hl7))

    assert error.message.startswith(NO_PACKAGE)


def test_the_judge_read_all_that_it_was_given(
    judge: Validator, knowledge: Knowledge
) -> None:
    """A definition that was passed over would constrain nothing."""
    assert judge.resources == len(published(knowledge)) + len(of_hl7())


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda it: f"{it.profile}:{it.name}")
def test_a_profile_refuses(
    judge: Validator, knowledge: Knowledge, refusal: Refusal
) -> None:
    """What breaks one line of it, and is valid R4 otherwise."""
    broken = copy.deepcopy(sample(CANONICAL + refusal.declared, knowledge))
    refusal.change(broken)
    undeclared = {key: value for key, value in broken.items() if key != "meta"}

    assert errors(judge.validate(broken)) != []
    if refusal.profile not in EXTENSIONS:
        assert errors(judge.validate(undeclared)) == []


@pytest.mark.parametrize("profile", sorted({it.declared for it in REFUSALS}))
def test_what_was_not_broken_is_accepted(
    judge: Validator, knowledge: Knowledge, profile: str
) -> None:
    """Each resource that was broken for `test_a_profile_refuses`, as it was emitted."""
    assert errors(judge.validate(sample(CANONICAL + profile, knowledge))) == []


def test_every_profile_has_something_to_refuse(knowledge: Knowledge) -> None:
    """No StructureDefinition of ours goes without its red fixture."""
    assert {refusal.profile for refusal in REFUSALS} == set(
        definitions.definitions(knowledge)
    )


@pytest.mark.parametrize(("case", "form", "language"), ONLINE)
def test_a_server_finds_it_valid_too(
    taught: str, knowledge: Knowledge, case: str, form: Form, language: str
) -> None:
    """`$validate` by a server that was taught our profiles."""
    for resource in parts(answer(case, form, language, knowledge)):
        assert unexplained(validate_on(taught, resource), OLD_CODES) == []


def test_a_server_takes_what_we_publish(
    taught: str, knowledge: Knowledge, client: FlaskClient
) -> None:
    """It finds a share of it valid, and stores what the service says of itself."""
    share = published(knowledge)[::SHARE]
    for resource in [*share, *said_of_itself(client)]:
        fault = NO_PACKAGE if resource.get("type") == "Extension" else ""
        assert unexplained(validate_on(taught, resource), fault) == []
    for resource in said_of_itself(client):
        upload(taught, {"id": "service", **resource})


def test_a_server_refuses_by_our_profiles(taught: str, knowledge: Knowledge) -> None:
    """As the offline judge does: a candidate without a rank."""
    (refusal,) = (
        it for it in REFUSALS if it.name == "no rank" and "cand" in it.profile
    )
    broken = copy.deepcopy(sample(CANONICAL + refusal.declared, knowledge))
    refusal.change(broken)

    assert errors(validate_on(taught, broken)) != []
