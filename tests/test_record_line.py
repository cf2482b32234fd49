"""The line on a record that was read from a FHIR server: whose it is, what it lacks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from service.errors import InvalidContent
from service.fhir.phrases import note
from service.fhir.reader import ReadOptions
from service.fhir.writer import WriteOptions
from service.interpret import Answer, Options, interpret
from service.model import Place
from service.reasoning.knowledge import Knowledge
from service.text import render_text
from service.wording import word_report
from tests.documents import Json, bundle, condition, observation, of, patient

ISSUED = datetime(2026, 3, 1, tzinfo=UTC)
GAP = note("gap_type", "", type="Condition")
WHOLE = ReadOptions(record="Patient/p", received=ISSUED)
PART = replace(WHOLE, gaps=(GAP,))


def read(knowledge: Knowledge, reading: ReadOptions, *resources: Json) -> Answer:
    """The answer for a record with these resources."""
    document = json.dumps(bundle(patient(), *resources)).encode()
    return interpret(document, knowledge, ISSUED, Options(reading, WriteOptions()))


def resources(answer: Answer, kind: str) -> list[Any]:
    """The resources of one type in the answer."""
    found = [entry["resource"] for entry in answer.document["entry"]]
    return [resource for resource in found if resource["resourceType"] == kind]


def test_a_remark_names_the_resource_of_the_record(knowledge: Knowledge) -> None:
    """Nobody has posted the Bundle that the record was put into."""
    unread = of(observation(("http://x", "y"), id="o1", valueBoolean=True))
    answer = read(knowledge, WHOLE, unread)
    issues = resources(answer, "OperationOutcome")[0]["issue"]

    places = {(issue["diagnostics"], *issue["expression"]) for issue in issues}
    assert ("Observation/o1", "Observation.code.coding[0]") in places


def test_the_ledger_names_the_resource_in_words(knowledge: Knowledge) -> None:
    """The text report speaks of the resource, too."""
    unread = of(observation(("http://x", "y"), id="o1", valueBoolean=True))
    answer = read(knowledge, WHOLE, unread)
    (item,) = answer.interpretations
    lines = word_report(item, answer.ledger, knowledge, "en").ledger

    assert any(line.startswith("Observation/o1.code.coding[0]: ") for line in lines)


def test_what_is_about_somebody_else_is_of_no_record(knowledge: Knowledge) -> None:
    """A contained Patient is another subject: its statements are ignored."""
    other = condition("mitral_stenosis", id="c1", subject={"reference": "#other"})
    other["contained"] = [patient("other")]
    answer = read(knowledge, WHOLE, other)

    assert [item.case.subject for item in answer.interpretations] == ["Patient/p"]
    (row,) = [row for row in answer.ledger if row.source.id == "c1"]
    assert (row.place, row.notes[-1].phrase) == (Place.IGNORED, "note_subject_other")


def test_a_partial_reading_is_said_in_the_ledger(knowledge: Knowledge) -> None:
    """First of all, since everything else depends on it."""
    outcome = resources(read(knowledge, PART), "OperationOutcome")[0]

    first = outcome["issue"][0]
    assert (first["severity"], first["code"]) == ("warning", "incomplete")
    assert first["details"]["text"].endswith("resources of type Condition.")


def test_a_partial_reading_is_said_in_the_report(knowledge: Knowledge) -> None:
    """Its conclusion is what is read alone."""
    (report,) = resources(read(knowledge, PART), "DiagnosticReport")

    assert "The record was read in part only" in report["conclusion"]
    assert "resources of type Condition" in report["text"]["div"]


def test_a_partial_reading_asks_for_more(knowledge: Knowledge) -> None:
    """Even where all is decided: what was not read may decide otherwise."""
    (guidance,) = resources(read(knowledge, PART), "GuidanceResponse")

    assert guidance["status"] == "data-required"


def test_a_partial_reading_is_said_first_in_the_text(knowledge: Knowledge) -> None:
    """In both languages, in the lines that everybody reads."""
    answer = read(knowledge, PART)
    (item,) = answer.interpretations
    texts = [
        render_text(word_report(item, answer.ledger, knowledge, language))
        for language in ("en", "fr")
    ]

    assert "The record was read in part only" in texts[0][:1200]
    assert "Le dossier n'a été lu qu'en partie" in texts[1][:1200]


def test_the_whole_record_makes_another_report(knowledge: Knowledge) -> None:
    """Else the report on a part would stay when the rest can be read."""
    identifiers = [
        resources(read(knowledge, reading), "DiagnosticReport")[0]["identifier"]
        for reading in (WHOLE, PART)
    ]

    assert identifiers[0] != identifiers[1]


def test_a_partial_reading_is_an_error_where_all_must_be_used(
    knowledge: Knowledge,
) -> None:
    """`Prefer: handling=strict` forbids that anything is left out."""
    with pytest.raises(InvalidContent) as fault:
        read(knowledge, replace(PART, strict=True))

    assert fault.value.issue == "incomplete"


def test_results_of_our_own_are_no_evidence_without_their_report(
    knowledge: Knowledge, bundle: bytes
) -> None:
    """The report may be gone, or a human may have given it another identifier."""
    own = interpret(bundle, knowledge, ISSUED, Options())
    results = [
        of(result | {"id": f"o{place}"})
        for place, result in enumerate(resources(own, "Observation"))
    ]
    answer = read(knowledge, WHOLE, *results)

    assert answer.interpretations[0].case.findings == ()
    own_rows = [row for row in answer.ledger if row.source.resource_type != "Patient"]
    assert {row.place for row in own_rows} == {Place.IGNORED}
