"""Interpretations -> the answer in FHIR R4. Formats, never decides (contract 3, 5).

The same arguments give the same bytes: the clock is the argument `issued`, ids are
hashes of the facts, and the order of keys and entries is fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service import __version__
from service.fhir.codes import Resource, present
from service.fhir.draft import Draft, effective
from service.fhir.forms import (
    asserted,
    collection_entries,
    contain,
    transaction_entries,
)
from service.fhir.guidance import build_guidance
from service.fhir.identity import (
    DEVICE,
    GUIDANCE,
    LEDGER,
    PROVENANCE,
    REPORT,
    Form,
    Part,
    ledger_url,
    name_report,
)
from service.fhir.issues import build_issues
from service.fhir.observations import build_observations
from service.fhir.outcome import ledger_outcome
from service.fhir.provenance import build_device, build_provenance
from service.fhir.report import build_report
from service.fhir.scope import ledger_of
from service.model import Interpretation, LedgerRow
from service.reasoning.knowledge import Knowledge
from service.wording import word_report

Built = tuple[Part, Resource]


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What the caller may choose: the form of the answer and its language.

    `beside` names the report as one that stands beside one that a human took over
    (contract section 7); it changes the ids of the transaction form only.
    """

    form: Form = Form.COLLECTION
    language: str = "en"
    beside: bool = False


def write_answer(
    interpretations: tuple[Interpretation, ...],
    ledger: tuple[LedgerRow, ...],
    knowledge: Knowledge,
    issued: datetime,
    options: WriteOptions = WriteOptions(),
) -> Resource:
    """One report per subject, in the form asked for.

    A Bundle (`collection`, `transaction`), or in the contained form of one subject
    the DiagnosticReport itself. `issued` must be aware. Raises AnonymousSubject
    and UnstableReference (422 `business-rule`) in the transaction form only.
    """
    drafts = make_drafts(interpretations, ledger, knowledge, issued, options)
    match options.form:
        case Form.CONTAINED if len(drafts) == 1:
            return contain(build_parts(drafts[0]))
        case Form.CONTAINED:
            return bundle("collection", [contained_entry(draft) for draft in drafts])
        case Form.TRANSACTION:
            entries = [
                entry
                for draft in drafts
                for entry in transaction_entries(draft.names, build_parts(draft))
            ]
            return bundle("transaction", entries)
    return collection(drafts, ledger, knowledge, options)


def make_drafts(
    interpretations: tuple[Interpretation, ...],
    ledger: tuple[LedgerRow, ...],
    knowledge: Knowledge,
    issued: datetime,
    options: WriteOptions,
) -> list[Draft]:
    """Name each report and put it in words."""
    cases = [interpretation.case for interpretation in interpretations]
    versions = (knowledge.version, __version__)
    names = [
        name_report(case, versions, options.form, beside=options.beside)
        for case in cases
    ]
    url = ledger_url(name.identifier for name in names)
    drafts = []
    for interpretation, name in zip(interpretations, names, strict=True):
        own = ledger_of(interpretation.case, cases, ledger)
        wording = word_report(interpretation, own, knowledge, options.language)
        draft = Draft(
            case=interpretation.case,
            conclusions=interpretation.conclusions,
            ledger=own,
            knowledge=knowledge,
            names=name,
            wording=wording,
            issued=instant(issued),
            ledger_url=url,
            time=effective(interpretation.case),
        )
        drafts.append(draft)
    return drafts


def build_parts(draft: Draft) -> list[Built]:
    """The report, then everything that it refers to or that refers to it."""
    observations = build_observations(draft)
    issues = build_issues(draft)
    parts = [
        (REPORT, build_report([part for part, _ in observations], draft)),
        *observations,
        *issues,
        (GUIDANCE, build_guidance(draft)),
    ]
    targets = asserted(parts)
    parts.append((DEVICE, build_device(draft)))
    parts.append((PROVENANCE, build_provenance(targets, draft)))
    if draft.names.form is Form.CONTAINED:
        id = draft.names.id_of(LEDGER)
        gaps = draft.case.gaps
        outcome = ledger_outcome(
            draft.ledger, draft.knowledge, draft.language, id, gaps
        )
        parts.append((LEDGER, outcome))
    return parts


def collection(
    drafts: list[Draft],
    ledger: tuple[LedgerRow, ...],
    knowledge: Knowledge,
    options: WriteOptions,
) -> Resource:
    """All parts of all reports, then the one ledger of the request."""
    entries = [
        entry
        for draft in drafts
        for entry in collection_entries(draft.names, build_parts(draft))
    ]
    gaps = [gap for draft in drafts for gap in draft.case.gaps]
    outcome = ledger_outcome(ledger, knowledge, options.language, remarks=gaps)
    url = ledger_url(draft.names.identifier for draft in drafts)
    return bundle("collection", [*entries, {"fullUrl": url, "resource": outcome}])


def contained_entry(draft: Draft) -> Resource:
    """One of several contained reports."""
    return {
        "fullUrl": draft.names.full_url(REPORT),
        "resource": contain(build_parts(draft)),
    }


def bundle(type: str, entries: list[Resource]) -> Resource:
    """A Bundle; one without entries has no `entry`."""
    return present({"resourceType": "Bundle", "type": type, "entry": entries})


def instant(issued: datetime) -> str:
    """A FHIR instant, to the millisecond where there are any."""
    precision = "milliseconds" if issued.microsecond else "seconds"
    return issued.isoformat(timespec=precision)
