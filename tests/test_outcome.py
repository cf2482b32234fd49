"""Errors and the ledger as OperationOutcome."""

from __future__ import annotations

import json

import fhirkit

from service.errors import InvalidContent, MalformedDocument, Problem
from service.fhir.outcome import error_outcome, ledger_outcome
from service.model import LedgerRow, Note, Place
from tests import samples

PROBLEMS = (
    Problem("required", "Give the Observation a code.", "Bundle.entry[1].resource"),
    Problem("invalid", "Use one of the listed codes.", None, "warning"),
)


def test_an_error_carries_the_correlation_id() -> None:
    """The id of the OperationOutcome is that of the request."""
    found = error_outcome(MalformedDocument("The body is not JSON."), "req-1")

    assert found == {
        "resourceType": "OperationOutcome",
        "id": "req-1",
        "issue": [
            {
                "severity": "error",
                "code": "structure",
                "diagnostics": "The body is not JSON.",
            }
        ],
    }


def test_all_problems_come_in_one_answer() -> None:
    """One issue each, with its expression where there is a node to point at."""
    found = error_outcome(InvalidContent(problems=PROBLEMS), "req-2")["issue"]

    assert [issue["code"] for issue in found] == ["required", "invalid"]
    assert found[0]["expression"] == ["Bundle.entry[1].resource"]
    assert "expression" not in found[1]
    assert found[1]["severity"] == "warning"


def test_outcomes_are_valid() -> None:
    """By fhirkit, for errors and for the ledger in both languages."""
    known = samples.knowledge()
    documents = [
        error_outcome(InvalidContent(problems=PROBLEMS), "req-3"),
        ledger_outcome(samples.LEDGER, known, "en"),
        ledger_outcome(samples.LEDGER, known, "fr"),
        ledger_outcome((), known, "en"),
    ]

    assert [fhirkit.validate(json.dumps(item)) for item in documents] == [[]] * 4


def test_every_entry_has_an_issue() -> None:
    """Used, ignored or refused: nothing is dropped in silence."""
    found = ledger_outcome(samples.LEDGER, samples.knowledge(), "en")["issue"]

    assert [issue["expression"] for issue in found] == [
        ["Bundle.entry[0].resource"],
        ["Bundle.entry[1].resource"],
        ["Bundle.entry[12].resource.status"],
    ]


def test_the_ledger_says_place_and_reason() -> None:
    """In the language of the answer."""
    texts = {
        language: [
            issue["details"]["text"]
            for issue in ledger_outcome(samples.LEDGER, samples.knowledge(), language)[
                "issue"
            ]
        ]
        for language in ("en", "fr")
    }

    assert texts["en"][1:] == ["Used.", "Ignored. preliminary result"]
    assert texts["fr"][1:] == ["Utilisé.", "Ignoré. résultat préliminaire"]


def test_a_param_of_the_sender_cannot_steer_a_terminal() -> None:
    """Controls and bidirectional marks in a place of a phrase are spelled out."""
    note = Note(
        "line_more", "informational", "information", "", (("count", "\x1b[2J\u202e"),)
    )
    row = LedgerRow(samples.source(1), Place.USED, (note,))
    (issue,) = ledger_outcome((row,), samples.knowledge(), "en")["issue"]

    assert "\x1b" not in issue["details"]["text"]
    assert "\\u202e" in issue["details"]["text"]


def test_a_refused_entry_without_remark_is_an_error() -> None:
    """Its severity says so."""
    row = LedgerRow(samples.source(1), Place.REFUSED)
    (issue,) = ledger_outcome((row,), samples.knowledge(), "en")["issue"]

    assert issue["severity"] == "error"


def test_a_concept_is_told_by_its_label() -> None:
    """The place `concept` of a phrase holds an id, which no reader should see."""
    note = Note(
        "note_superseded", "informational", "information", "", (("concept", "age"),)
    )
    row = LedgerRow(samples.source(1), Place.USED, (note,))
    (issue,) = ledger_outcome((row,), samples.knowledge(), "en")["issue"]

    assert issue["details"]["text"] == "Used. Age: a newer statement decides."
