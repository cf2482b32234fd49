"""Verifies reports: their facts against the identifier, their values against HermiT.

`verify_report` takes what was kept of a report, `verify_answer` what is about to be
sent. Nothing of the evaluator is asked.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from functools import partial

from service.reasoning.knowledge import Knowledge
from service.verify.assertions import UnknownName
from service.verify.certificates import check_certificate
from service.verify.claims import Issued
from service.verify.comparing import choice_of, compare
from service.verify.judging import Ask, Judge, Unexplained
from service.verify.outcome import Fault, Step, Verdict, Verification
from service.verify.reading import read_reports
from service.verify.reasoner import OutOfTime, Reasoner, ReasonerFailed
from service.verify.terminology import Terminology

SECONDS = 120


def verify_report(
    content: bytes,
    knowledge: Knowledge,
    terminology: Terminology,
    reasoner: Reasoner,
    seconds: float = SECONDS,
) -> tuple[Verification, ...]:
    """The outcome for each report of a document, within a time for all of them.

    Raises UnreadableReport and MalformedDocument for what is no report of ours, and
    ReasonerMissing.
    """
    until = time.monotonic() + seconds
    ask = partial(reasoner.types, until=until)
    return tuple(
        verify_issued(issued, knowledge, terminology, ask)
        for issued in read_reports(content, knowledge)
    )


def verify_issued(
    issued: Issued, knowledge: Knowledge, terminology: Terminology, ask: Ask
) -> Verification:
    """The outcome for one report."""
    faults = [*check_identity(issued, terminology)]
    steps: tuple[Step, ...] = ()
    if not faults:
        try:
            steps, found = check_claims(issued, knowledge, Judge(terminology, ask))
        except OutOfTime:
            return open_outcome(issued, "the reasoner has not answered in time")
        except ReasonerFailed:
            return open_outcome(issued, "the reasoner has failed")
        except UnknownName:
            text = "a fact names a concept that the release does not have"
            found = (Fault("facts", "fact", text),)
        except Unexplained:
            text = "no fact and no two facts explain a contradiction"
            found = (Fault("facts", "conflict", text),)
        faults += found
    return Verification(
        issued.identifier,
        issued.subject,
        issued.ontology,
        Verdict.REFUSED if faults else Verdict.VERIFIED,
        len(issued.facts),
        steps,
        tuple(faults),
    )


def open_outcome(issued: Issued, reason: str) -> Verification:
    """The outcome without an answer of the reasoner."""
    return Verification(
        issued.identifier,
        issued.subject,
        issued.ontology,
        Verdict.NOT_VERIFIED,
        reason=reason,
    )


def check_identity(issued: Issued, terminology: Terminology) -> Iterator[Fault]:
    """That the release is at hand, and the facts are those of the identifier."""
    if issued.ontology != terminology.version:
        what = f"release {issued.ontology[:20]} is not here, {terminology.version} is"
        yield Fault("ontology", "ontology", what)
    if hash_of(issued) != issued.identifier:
        what = "the facts of the case are not those that the identifier is made of"
        yield Fault("identifier", "identifier", what)
    for finding in issued.findings:
        unit = terminology.units.get(finding.concept, "")
        if finding.interval and finding.unit != unit:
            what = f"{finding.concept} is not in {unit or 'a unit'}"
            yield Fault("facts", "fact", what)


def hash_of(issued: Issued) -> str:
    """The identifier of these facts (contract section 3)."""
    facts = [*sorted({*issued.facts}), *sorted(issued.gaps)]
    parts = [issued.subject, facts, issued.ontology, issued.software]
    text = json.dumps(parts, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check_claims(
    issued: Issued, knowledge: Knowledge, judge: Judge
) -> tuple[tuple[Step, ...], tuple[Fault, ...]]:
    """Every claim of a report: its certificate, and what all facts say of it."""
    judged = judge.judge(issued.findings)
    faults = [*compare(issued, judged, knowledge)]
    steps: list[Step] = []
    for claim in issued.claims:
        choice = choice_of(claim, knowledge)
        if choice in judged.second.lines:
            checked = check_certificate(claim, choice, judged, judge, knowledge)
            steps += [checked.step] if checked.step else []
            faults += checked.faults
    return tuple(steps), tuple(faults)
