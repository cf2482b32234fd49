"""Errors and the ledger as OperationOutcome."""

from __future__ import annotations

from collections.abc import Iterable

from service.errors import Problem, ServiceError
from service.fhir.codes import Resource, present
from service.model import LedgerRow, Note, Place
from service.reasoning.knowledge import Knowledge
from service.wording.ledger import note_text, place_text
from service.wording.lexicon import Lexicon, open_lexicon


def error_outcome(error: ServiceError, correlation_id: str) -> Resource:
    """Every problem of an error; its id is the correlation id (contract section 4)."""
    return present(
        {
            "resourceType": "OperationOutcome",
            "id": correlation_id,
            "issue": [problem_issue(problem) for problem in error.problems],
        }
    )


def problem_issue(problem: Problem) -> Resource:
    """One problem as an issue; messages hold no value of the request."""
    return present(
        {
            "severity": problem.severity,
            "code": problem.code,
            "diagnostics": problem.message,
            "expression": [problem.expression] if problem.expression else [],
        }
    )


def ledger_outcome(
    ledger: tuple[LedgerRow, ...],
    knowledge: Knowledge,
    language: str,
    id: str = "",
    remarks: Iterable[Note] = (),
) -> Resource:
    """The ledger: at least one issue for each entry, which says its place.

    `remarks` are about the whole: what of a record is missing, what was written.
    """
    lexicon = open_lexicon(knowledge, language)
    issues = [whole_issue(remark, lexicon) for remark in remarks]
    issues += [issue for row in ledger for issue in row_issues(row, lexicon)]
    return present(
        {
            "resourceType": "OperationOutcome",
            "id": id,
            "language": lexicon.language,
            "issue": issues or [nothing_to_say(lexicon)],
        }
    )


def whole_issue(remark: Note, lexicon: Lexicon) -> Resource:
    """A remark that is about no entry."""
    return {
        "severity": remark.severity,
        "code": remark.code,
        "details": {"text": note_text(remark, lexicon)},
    }


def row_issues(row: LedgerRow, lexicon: Lexicon) -> list[Resource]:
    """The remarks of one entry; without any, its place alone."""
    if row.notes:
        return [note_issue(note, row, lexicon) for note in row.notes]
    severity = "error" if row.place is Place.REFUSED else "information"
    return [issue(severity, "informational", "", row.expression(), row, lexicon)]


def note_issue(note: Note, row: LedgerRow, lexicon: Lexicon) -> Resource:
    """One remark, with the place of its entry before it."""
    text = note_text(note, lexicon)
    path = row.expression(note.path)
    return issue(note.severity, note.code, text, path, row, lexicon)


def issue(
    severity: str, code: str, text: str, path: str, row: LedgerRow, lexicon: Lexicon
) -> Resource:
    """An issue whose details say the place of the entry and the reason.

    Of what was read from a server, `diagnostics` names the resource, and `expression`
    begins at it.
    """
    words = f"{place_text(row.place, lexicon)} {text}".strip()
    return present(
        {
            "severity": severity,
            "code": code,
            "details": {"text": words},
            "diagnostics": row.source.reference if row.in_record else "",
            "expression": [path] if path else [],
        }
    )


def nothing_to_say(lexicon: Lexicon) -> Resource:
    """An OperationOutcome needs an issue, even for an empty ledger."""
    return {
        "severity": "information",
        "code": "informational",
        "details": {"text": lexicon.say("line_ledger_empty")},
    }
