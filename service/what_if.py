"""The line of what-if: a document and assumptions in, their consequences out.

An assumption writes no report: the answer is what differs. No Flask, no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.fhir.reader import ReadOptions
from service.interpret import read_grounded
from service.model import LedgerRow
from service.reasoning.assumptions import Supposition
from service.reasoning.consequences import Consequences, find_consequences
from service.reasoning.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The consequences, and what became of the entries of the document."""

    consequences: Consequences
    ledger: tuple[LedgerRow, ...]


def ask_what_if(
    document: bytes,
    supposition: Supposition,
    knowledge: Knowledge,
    reading: ReadOptions,
) -> WhatIf:
    """Read, ground, suppose, conclude twice, compare.

    Raises a ServiceError for a document that gives no report, SeveralSubjects where it
    is not about exactly one subject: `reading` asks for one.
    """
    (case,), ledger = read_grounded(document, knowledge, reading)
    return WhatIf(find_consequences(case, supposition, knowledge), ledger)
