"""HL7's official R4 examples, all of them posted: no defect, no conclusion from noise.

`.ci/run` fetches them (npm package hl7.fhir.r4.examples) and names the folder in
`HL7_EXAMPLES`; without that variable there is nothing to collect.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.reasoning.knowledge import Knowledge

pytestmark = pytest.mark.examples
FOLDER = os.environ.get("HL7_EXAMPLES")
FILES = sorted(Path(FOLDER).glob("[A-Z]*.json")) if FOLDER else []
# Small limits are for other tests: an example may be large.
LARGE = 1024 * 1024


@cache
def content(path: Path) -> bytes:
    """The bytes of an example."""
    return path.read_bytes()


def codes(answer: dict[str, Any], id: str) -> set[str]:
    """The values of the results with one code of ours."""
    resources = [entry["resource"] for entry in answer.get("entry", [])]
    return {
        coding["code"]
        for resource in resources
        if resource["resourceType"] == "Observation"
        and id in {coding["code"] for coding in resource["code"]["coding"]}
        for coding in resource.get("valueCodeableConcept", {}).get("coding", [])
    }


def concluded(answer: dict[str, Any]) -> list[Any]:
    """The coded conclusions of all reports."""
    resources = [entry["resource"] for entry in answer.get("entry", [])]
    return [
        resource["conclusionCode"]
        for resource in resources
        if "conclusionCode" in resource
    ]


def test_the_examples_are_there() -> None:
    """Without them the tests below would say nothing."""
    assert len(FILES) > 5000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_gives_no_conclusion(
    path: Path, client: FlaskClient, knowledge: Knowledge
) -> None:
    """It is answered or refused with a reason, and nobody has ossified lungs in it."""
    answer = client.post(
        "/fhir/$interpret",
        data=content(path),
        content_type="application/fhir+json",
    )
    document = json.loads(answer.text)

    if len(content(path)) > LARGE:
        assert answer.status_code == 413
    elif answer.status_code != 200:
        assert answer.status_code in (400, 413, 422)
        assert document["resourceType"] == "OperationOutcome"
    else:
        results = knowledge.results
        assert codes(document, results.assessment) <= {"dpo_indeterminate"}
        assert codes(document, results.criterion) <= {"criterion_indeterminate"}
        assert concluded(document) == []
