"""The line from a document to its answer. No Flask, no I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.fhir.ledger import refuse_ignored, settle
from service.fhir.reader import ReadOptions, read_cases
from service.fhir.writer import WriteOptions, write_answer
from service.model import Case, Interpretation, LedgerRow, Note
from service.reasoning.grounding import ground
from service.reasoning.justification import interpret_case
from service.reasoning.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller may ask for, beside the document."""

    reading: ReadOptions = field(default_factory=ReadOptions)
    writing: WriteOptions = field(default_factory=WriteOptions)


@dataclass(frozen=True, slots=True)
class Answer:
    """The FHIR answer, with the values that it was written from.

    `remarks` say what became of it on a FHIR server.
    """

    document: dict[str, Any]
    interpretations: tuple[Interpretation, ...]
    ledger: tuple[LedgerRow, ...]
    remarks: tuple[Note, ...] = ()


def interpret(
    document: bytes, knowledge: Knowledge, issued: datetime, options: Options
) -> Answer:
    """Read, ground, evaluate, justify, write: one straight line.

    `issued` is aware. Raises a ServiceError for a document that gives no report.
    """
    cases, ledger = read_grounded(document, knowledge, options.reading)
    interpretations = tuple(interpret_case(case, knowledge) for case in cases)
    written = write_answer(interpretations, ledger, knowledge, issued, options.writing)
    return Answer(written, interpretations, ledger)


def read_grounded(
    document: bytes, knowledge: Knowledge, options: ReadOptions
) -> tuple[tuple[Case, ...], tuple[LedgerRow, ...]]:
    """The first two steps: each subject's findings, and what became of each entry."""
    reading = read_cases(document, options)
    grounded = [ground(case, knowledge) for case in reading.cases]
    cases = tuple(case for case, _ in grounded)
    ledger = settle(
        reading.rows, cases, [note for _, notes in grounded for note in notes]
    )
    if options.strict:
        refuse_ignored(ledger)
    return cases, ledger
