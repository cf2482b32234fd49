"""Interpretations -> triples: the same facts as the FHIR answer, and no others.

Pure, like `fhir.writer`: the clock is an argument, names are hashes of the facts, and
no node is blank. A report has the IRI that is its fullUrl in the FHIR answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from service.fhir.codes import AI_ASSERTED
from service.fhir.draft import Draft, restrictions
from service.fhir.identity import DEVICE, REPORT
from service.fhir.provenance import justifications
from service.fhir.report import CODE_TEXT, categories, conclusion_codes, report_code
from service.fhir.writer import WriteOptions, make_drafts
from service.model import Conclusions, Finding, Interpretation, LedgerRow
from service.rdf import vocabulary as v
from service.rdf.conclusions import tell_conclusions
from service.rdf.facts import (
    activity_iri,
    iri_of,
    tell_code,
    tell_fact,
    tell_period,
    tell_reference,
)
from service.rdf.guidance import tell_conflicts, tell_guidance
from service.rdf.ledger import tell_ledger
from service.rdf.literals import moment
from service.rdf.provenance import tell_activity
from service.rdf.triples import Iri, Node, Text, Triple, say
from service.reasoning.knowledge import Knowledge

# What R4 calls machine output that nobody has verified.
UNVERIFIED = "partial"


def describe(
    interpretations: tuple[Interpretation, ...],
    ledger: tuple[LedgerRow, ...],
    knowledge: Knowledge,
    issued: datetime,
    language: str = "en",
) -> tuple[Triple, ...]:
    """Every report of an answer, one after the other, each triple once.

    What is said of one thing stands together. `issued` must be aware.
    """
    options = WriteOptions(language=language)
    drafts = make_drafts(interpretations, ledger, knowledge, issued, options)
    things: dict[Iri, dict[Triple, None]] = {}
    for draft in drafts:
        for triple in tell_report(draft):
            things.setdefault(triple[0], {})[triple] = None
    return tuple(triple for said in things.values() for triple in said)


def tell_report(draft: Draft) -> Iterator[Triple]:
    """One report and all its parts."""
    report = iri_of(REPORT, draft)
    yield from say(report, report_pairs(draft))
    yield from tell_subject(report, draft)
    yield from tell_effective(report, draft)
    yield from tell_labels(report, draft)
    yield from tell_activity(draft)
    yield from tell_conclusions(draft)
    yield from tell_conflicts(draft)
    yield from tell_guidance(draft)
    for finding in reported_findings(draft.conclusions):
        yield from tell_fact(finding, draft)
    yield from tell_ledger(draft)


def report_pairs(draft: Draft) -> Iterator[tuple[Iri, Node]]:
    """What a report says of itself."""
    yield v.TYPE, v.REPORT
    yield v.TYPE, v.ENTITY
    yield v.CONFORMS_TO, Iri(v.PROV)
    yield v.IDENTIFIER, Text(draft.names.identifier)
    yield v.FHIR_STATUS, Text(UNVERIFIED)
    yield v.ISSUED, moment(draft.issued)
    yield v.LANGUAGE, Text(draft.language)
    yield v.TITLE, Text(CODE_TEXT, language="en")
    yield v.ABSTRACT, Text(draft.wording.conclusion, language=draft.language)
    yield v.GENERATED_BY, activity_iri(draft)
    yield v.ATTRIBUTED_TO, iri_of(DEVICE, draft)
    yield v.DERIVED_FROM, Iri(draft.knowledge.version_iri)
    for concept in conclusion_codes(draft):
        yield v.CONCLUDES, v.dpo(concept["coding"][0]["code"])


def tell_subject(report: Iri, draft: Draft) -> Iterator[Triple]:
    """The subject by the sender's own reference; nothing for an anonymous one."""
    reference = draft.names.subject
    if reference:
        subject = report.part("subject")
        yield report, v.SUBJECT, subject
        yield subject, v.TYPE, v.ENTITY
        yield subject, v.IDENTIFIER, Text(reference)
        yield from tell_reference(subject, reference)


def tell_effective(report: Iri, draft: Draft) -> Iterator[Triple]:
    """The time of the imaging evidence, never that of reasoning."""
    period = draft.time.get("effectivePeriod")
    if period:
        yield from tell_period(report, period.get("start", ""), period.get("end", ""))
    yield from say(report, [(v.DATE, moment(draft.time.get("effectiveDateTime", "")))])


def tell_labels(report: Iri, draft: Draft) -> Iterator[Triple]:
    """Security labels, category and code, as the DiagnosticReport has them."""
    for label in (AI_ASSERTED, *restrictions(draft.case)):
        yield from tell_code(report, v.ACCESS_RIGHTS, label, draft)
    for concept in (*categories(draft), report_code(draft)):
        for told in concept.get("coding", ()):
            yield from tell_code(report, v.CATEGORY, told, draft)


def reported_findings(conclusions: Conclusions) -> list[Finding]:
    """Every fact that a proof, a criterion or a conflict of the report names."""
    groups = [proof.findings for proof in justifications(conclusions)]
    groups += [row.findings for row in conclusions.definitions]
    for candidate in conclusions.differential:
        groups += [row.findings for row in candidate.criteria]
    groups += [conflict.findings for conflict in conclusions.conflicts]
    return [*dict.fromkeys(finding for group in groups for finding in group)]
