"""Statements to Findings: the choice of a class for each coding, and of what counts.

`ground` never fails: what has no class, no unit or no value travels on as a note and
stays unknown. Source: contract, section 2; ontology.md 2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from service.model import Case, Coding, Finding, Note, Statement
from service.reasoning.derivation import age_finding, derived_findings, sex_finding
from service.reasoning.interpretation import apply_usual_limits
from service.reasoning.knowledge import Knowledge
from service.reasoning.remarks import remark
from service.reasoning.stating import state_findings
from service.reasoning.timeline import content, settle_time
from service.reasoning.words import Words, words_of

LOINC = "http://loinc.org"
_EXAMINATIONS = frozenset({"DiagnosticReport", "Procedure", "ImagingStudy"})


def ground(case: Case, knowledge: Knowledge) -> tuple[Case, tuple[Note, ...]]:
    """The case with its findings, and what the ledger must say of its statements.

    `findings` and `superseded` are in an order that the order of the request does not
    change.
    """
    words = words_of(knowledge)
    stated, sent, notes = state_case(case, words)
    grounded, more = settle_case(stated, sent, words)
    return grounded, tuple(dict.fromkeys((*notes, *more)))


def state_case(case: Case, words: Words) -> tuple[Case, list[Finding], list[Note]]:
    """The findings that the statements of a case give, of all times, with remarks.

    The statements of the case are then marked where they are about images.
    """
    statements = _mark_imaging(case.statements, words)
    own = _own_results(statements, words)
    stated = [
        state_findings(statement, words)
        for statement in statements
        if not statement.source.path.startswith(own)
    ]
    notes = [note for each in stated for note in each.notes]
    notes += [remark("note_own_output", path) for path in own]
    sent = [finding for each in stated for finding in each.findings]
    sent += sex_finding(case, words.vocabulary)
    return replace(case, statements=statements), sent, notes


def settle_case(
    case: Case,
    sent: Sequence[Finding],
    words: Words,
    is_kept: Callable[[Finding], bool] = lambda _: True,
) -> tuple[Case, list[Note]]:
    """The case with the findings that count, those that follow from them included.

    Of the latter (age, products) only what `is_kept` says.
    """
    current, superseded = _settle(sent, words)
    age = words.concept(words.age)
    added = age_finding(case, current, age) + derived_findings(
        current, words.vocabulary
    )
    kept = [finding for finding in added if is_kept(finding)]
    current, superseded = _settle_added(current, superseded, kept, words)
    current, notes = apply_usual_limits(current, words.vocabulary)
    notes += [
        remark("note_superseded", finding.sources[0].path, concept=finding.concept)
        for finding in superseded
    ]
    grounded = replace(
        case,
        findings=tuple(current),
        superseded=tuple(superseded),
        report_codes=_report_codes(case.statements),
        encounters=_encounters(case.statements, current),
    )
    return grounded, notes


def _settle(
    findings: Sequence[Finding], words: Words
) -> tuple[list[Finding], list[Finding]]:
    return settle_time(findings, words.vocabulary, words.history_kinds)


def _settle_added(
    current: list[Finding],
    superseded: list[Finding],
    added: list[Finding],
    words: Words,
) -> tuple[list[Finding], list[Finding]]:
    """Settle again what the added findings are about, and only that."""
    concepts = {finding.concept for finding in added}
    again = [f for f in (*current, *superseded) if f.concept in concepts]
    newer, older = _settle([*again, *added], words)
    return (
        sorted([f for f in current if f.concept not in concepts] + newer, key=content),
        sorted(
            [f for f in superseded if f.concept not in concepts] + older, key=content
        ),
    )


def _own_results(statements: Iterable[Statement], words: Words) -> tuple[str, ...]:
    """The paths of Observations with a code of our results: never evidence.

    The report that they belonged to may be missing, or no longer say whose it was.
    """
    return tuple(
        statement.source.path
        for statement in statements
        if statement.source.resource_type == "Observation"
        for coding in statement.codes
        if words.results & frozenset(words.vocabulary.names(coding))
    )


# --- imaging ---------------------------------------------------------------------


def _mark_imaging(
    statements: Sequence[Statement], words: Words
) -> tuple[Statement, ...]:
    """Mark what is about images by its category or by the report that contains it."""
    own = [_is_imaging(statement, words) for statement in statements]
    reports = frozenset(
        name
        for statement, is_imaging in zip(statements, own, strict=True)
        if is_imaging and statement.source.resource_type == "DiagnosticReport"
        for name in statement.together
    )
    return tuple(
        replace(statement, is_imaging=True)
        if (is_imaging or statement.together & reports) and not statement.is_imaging
        else statement
        for statement, is_imaging in zip(statements, own, strict=True)
    )


def _is_imaging(statement: Statement, words: Words) -> bool:
    if statement.is_imaging:
        return True
    codings: tuple[Coding, ...] = statement.categories
    if statement.source.resource_type == "DiagnosticReport":
        codings = (*codings, *statement.codes)
    return any(
        words.vocabulary.implies(name, role)
        for coding in codings
        for name in words.vocabulary.names(coding)
        for role in words.imaging
    )


def _report_codes(statements: Iterable[Statement]) -> tuple[Coding, ...]:
    """The LOINC codes of the imaging examinations, newest first, undated ones last."""
    found = [
        (statement, coding)
        for statement in statements
        if statement.is_imaging and statement.source.resource_type in _EXAMINATIONS
        for coding in statement.codes
        if coding.system == LOINC and _is_examination(coding.path)
    ]
    found.sort(key=lambda pair: (pair[1].code, pair[1].path))
    found.sort(key=_age_of_code, reverse=True)
    return tuple(dict.fromkeys(coding for _, coding in found))


def _is_examination(path: str) -> bool:
    return ".conclusionCode[" not in path and ".contained[" not in path


def _age_of_code(pair: tuple[Statement, Coding]) -> tuple[bool, str]:
    when = pair[0].when
    return when is not None, when.start.isoformat() if when else ""


def _encounters(
    statements: Iterable[Statement], findings: Iterable[Finding]
) -> tuple[str, ...]:
    """The encounters of the imaging evidence that is used, sorted."""
    used = {source for f in findings if f.is_imaging for source in f.sources}
    return tuple(
        sorted({s.encounter for s in statements if s.source in used and s.encounter})
    )
