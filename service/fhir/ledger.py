"""The ledger: every entry of the request ends in exactly one place, with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from service.errors import InvalidContent
from service.fhir.phrases import PHRASES, as_problem, note
from service.model import Case, LedgerRow, Note, Place


def settle(
    rows: Iterable[LedgerRow], cases: Iterable[Case], notes: Iterable[Note]
) -> tuple[LedgerRow, ...]:
    """Add what grounding remarked to the entry that each remark is about.

    An entry of which no finding was made, nor a superseded one, is ignored and not
    used; Patients, what is only referred to, and reports that hold findings together
    keep their place.
    """
    rows, cases = list(rows), list(cases)
    paths = frozenset(row.source.path for row in rows)
    stated = {_holder(s.source.path, paths) for case in cases for s in case.statements}
    found = {
        _holder(source.path, paths)
        for case in cases
        for finding in (*case.findings, *case.superseded)
        for source in finding.sources
    }
    found |= {_holder(code.path, paths) for case in cases for code in case.report_codes}
    names = {name for case in cases for f in case.findings for name in f.together}
    found |= {row.source.path for row in rows if row.source.reference in names}
    remarks: defaultdict[str, list[Note]] = defaultdict(list)
    for remark in notes:
        remarks[_holder(remark.path, paths)].append(remark)
    unfruitful = stated - found
    return tuple(_settle_row(row, remarks[row.source.path], unfruitful) for row in rows)


def _settle_row(row: LedgerRow, remarks: list[Note], unfruitful: set[str]) -> LedgerRow:
    notes = (*row.notes, *remarks)
    if row.place is Place.USED and row.source.path in unfruitful:
        nothing = note("note_nothing_used", row.source.path)
        return replace(row, place=Place.IGNORED, notes=(*notes, nothing))
    return replace(row, notes=notes)


def _holder(path: str, holders: frozenset[str]) -> str:
    """The row that a path leads into: the longest of its beginnings that is one."""
    while path and path not in holders:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return path


def refuse_ignored(rows: Iterable[LedgerRow]) -> None:
    """What `Prefer: handling=strict` asks for: an ignored entry is an error."""
    problems = tuple(
        replace(as_problem(each), severity="error")
        for row in rows
        if row.place is not Place.USED
        for each in row.notes
        if each.phrase in PHRASES
    )
    if problems:
        raise InvalidContent(problems=problems)
