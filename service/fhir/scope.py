"""Which rows of the ledger concern which subject."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.model import Case, LedgerRow

STEP = re.compile(r"[.\[]")


def ledger_of(
    case: Case, cases: Sequence[Case], ledger: tuple[LedgerRow, ...]
) -> tuple[LedgerRow, ...]:
    """The rows of a subject, and those of nobody: never those of another subject.

    A report may be filed in the record of its subject, where the entries of others
    have no place.
    """
    if len(cases) == 1:
        return ledger
    own = places_of(case)
    foreign = {
        place for other in cases if other is not case for place in places_of(other)
    }
    return tuple(
        row
        for row in ledger
        if row.source.path in own or row.source.path not in foreign
    )


def places_of(case: Case) -> set[str]:
    """Every node that a statement of the case is, or stands inside of."""
    paths = [statement.source.path for statement in case.statements]
    paths += [case.patient.path] if case.patient else []
    return {place for path in paths for place in (path, *enclosing(path))}


def enclosing(path: str) -> list[str]:
    """The FHIRPaths of the nodes around a node: `Bundle.entry[3]` of its resource."""
    return [path[: step.start()] for step in STEP.finditer(path)]
