"""Reports as they are kept: the three forms, and a Bundle as a FHIR server gives it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from service.fhir.identity import Form
from service.fhir.writer import WriteOptions, write_answer
from service.interpret import Options, interpret
from service.model import Case, Finding, Interpretation
from service.reasoning.evaluation import evaluate
from service.reasoning.justification import justify
from service.reasoning.knowledge import Knowledge
from tests.reports import ISSUED

Json = dict[str, Any]
TESTS = Path(__file__).parents[1]
SERVER = "http://127.0.0.1/fhir"


def bundles() -> list[Path]:
    """Every worked and every published case."""
    folders = (TESTS / "cases", TESTS / "published")
    return sorted(path for f in folders for path in f.glob("*/bundle*.json"))


def report_of(
    document: bytes, knowledge: Knowledge, form: Form = Form.COLLECTION
) -> Json:
    """The answer to a document, as a client keeps it."""
    options = Options(writing=WriteOptions(form=form))
    return interpret(document, knowledge, ISSUED, options).document


def report_on(findings: tuple[Finding, ...], knowledge: Knowledge) -> Json:
    """The answer about findings that nobody sent as FHIR, in canonical units."""
    measured = tuple(
        replace(f, unit=knowledge.concepts[f.concept].unit) if f.interval else f
        for f in findings
    )
    case = Case(subject="Patient/p", findings=measured)
    conclusions = justify(case, evaluate(findings, knowledge), knowledge)
    interpretations = (Interpretation(case, conclusions),)
    return write_answer(interpretations, (), knowledge, ISSUED, WriteOptions())


def reports_in(document: Json) -> list[Json]:
    """The DiagnosticReports of an answer."""
    return [
        r for r in resources_in(document) if r["resourceType"] == "DiagnosticReport"
    ]


def resources_in(document: Json) -> list[Json]:
    """Every resource, those contained in a report included."""
    top = [document]
    if document["resourceType"] == "Bundle":
        top = [entry["resource"] for entry in document["entry"]]
    return [*top, *(inner for each in top for inner in each.get("contained", []))]


def as_stored(transaction: Json) -> Json:
    """What a server gives back: each resource under its address, the order is its own.

    It may add a version and a narrative, and stores the resources of others, too.
    """
    entries = [
        {
            "fullUrl": f"{SERVER}/{entry['request']['url']}",
            "resource": entry["resource"]
            | {"meta": entry["resource"].get("meta", {}) | {"versionId": "1"}},
        }
        for entry in transaction["entry"]
    ]
    other = {"resourceType": "Observation", "id": "other", "status": "final"}
    entries.append({"fullUrl": f"{SERVER}/Observation/other", "resource": other})
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries[::-1]}


def written(document: Json) -> bytes:
    """The bytes of an answer."""
    return json.dumps(document).encode()
