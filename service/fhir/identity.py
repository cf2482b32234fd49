"""Who a report is: its identifier, the ids of its parts, and how they refer.

Everything here is a function of the facts: no clock, no random number, no order of
the request. Source: contract sections 3 (identifier), 5 (forms) and 7 (ids).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

from service.errors import AnonymousSubject, UnstableReference
from service.model import Case, Finding, Source, When

REPORT_SYSTEM = "https://w3id.org/pulmonary-ossification/report"
NAMESPACE = uuid5(NAMESPACE_URL, REPORT_SYSTEM)
# References that mean something inside the posted Bundle only.
BUNDLE_ONLY = ("urn:uuid:", "urn:oid:")


class Form(StrEnum):
    """How the parts of an answer refer to each other (contract section 5)."""

    COLLECTION = "collection"
    TRANSACTION = "transaction"
    CONTAINED = "contained"


@dataclass(frozen=True, slots=True)
class Part:
    """One resource of a report: its type and the role that tells it from the others."""

    type: str
    role: str


REPORT = Part("DiagnosticReport", "report")
GUIDANCE = Part("GuidanceResponse", "guidance")
DEVICE = Part("Device", "device")
PROVENANCE = Part("Provenance", "provenance")
LEDGER = Part("OperationOutcome", "ledger")


def observation_part(role: str) -> Part:
    """The Observation of a result code, a hypothesis or a test."""
    return Part("Observation", role)


def issue_part(concept: str, number: int = 0) -> Part:
    """The DetectedIssue of a concept that conflicts; `number` tells further ones."""
    return Part("DetectedIssue", f"issue/{concept}" + (f"/{number}" if number else ""))


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one report in one form.

    `anchor` is what ids of the transaction form derive from (subject and encounter,
    and the facts where the report stands beside one that a human took over);
    `stored` maps the sender's literal references to `Type/id`.
    """

    form: Form
    identifier: str
    anchor: str
    stored: Mapping[str, str]
    subject: str

    def id_of(self, part: Part) -> str:
        """The part's own id, or "" in the collection, where fullUrl names it."""
        match self.form:
            case Form.CONTAINED:
                return contained_id(part)
            case Form.TRANSACTION:
                return str(uuid5(NAMESPACE, f"{self.anchor}/{part.role}"))
        return ""

    def full_url(self, part: Part) -> str:
        """The fullUrl of the part: a UUIDv5 of the identifier and the role."""
        return urn_of(f"{self.identifier}/{part.role}")

    def reference(self, part: Part) -> dict[str, str]:
        """A Reference to one of our own resources."""
        match self.form:
            case Form.CONTAINED if part == REPORT:
                return {"reference": "#"}
            case Form.CONTAINED:
                return {"reference": f"#{self.id_of(part)}"}
            case Form.TRANSACTION:
                return {"reference": f"{part.type}/{self.id_of(part)}"}
        return {"reference": self.full_url(part)}

    def source(self, source: Source) -> dict[str, str]:
        """A Reference to a resource of the sender, by the sender's own words.

        A resource that has neither fullUrl nor id is named by its FHIRPath only.
        """
        if not source.reference:
            return {"display": source.path}
        reference = {"reference": self.stored.get(source.reference, source.reference)}
        if source.resource_type:
            reference["type"] = source.resource_type
        return reference


def ledger_url(identifiers: Iterable[str]) -> str:
    """The fullUrl of the one ledger that the reports of a collection share."""
    first, *others = sorted(identifiers) or [""]
    whole = "+".join([first, *others])
    return urn_of(f"{whole}/{LEDGER.role}")


@lru_cache(maxsize=1024)
def urn_of(name: str) -> str:
    """The urn of a name: a part is referred to many times in one answer."""
    return uuid5(NAMESPACE, name).urn


def contained_id(part: Part) -> str:
    """An id that FHIR allows (no underscore, no slash) and that is easy to read."""
    return part.role.replace("_", "-").replace("/", "-")[:64]


def name_report(
    case: Case, versions: tuple[str, str], form: Form, *, beside: bool = False
) -> Names:
    """Name the report of a case; `versions` are those of the ontology and software.

    `beside` gives the names of a report that stands beside one that a human took
    over. Raises AnonymousSubject and UnstableReference in the transaction form only.
    """
    stored: Mapping[str, str] = {}
    if form is Form.TRANSACTION:
        stored = stored_references(case)
    subject = stored.get(case.subject, case.subject)
    identifier = report_identifier(case, *versions)
    return Names(
        form=form,
        identifier=identifier,
        anchor=anchor(subject, case.encounters, identifier if beside else ""),
        stored=stored,
        subject=subject,
    )


def anchor(subject: str, encounters: tuple[str, ...], facts: str = "") -> str:
    """What one report per subject and encounter is derived from.

    An encounter counts only when the imaging evidence names exactly one. `facts` is
    the identifier of a report beside one that a human took over: each reading there
    has ids of its own.
    """
    encounter = encounters[0] if len(encounters) == 1 else ""
    parts = [subject, encounter, facts] if facts else [subject, encounter]
    return json.dumps(parts, ensure_ascii=False)


def report_identifier(case: Case, ontology: str, software: str) -> str:
    """SHA-256 over the subject's reference, the findings and the two versions.

    What could not be read of the record counts as a fact: a report on the whole record
    replaces one on a part of it.

    The same facts of the same subject give the same value, whatever the ids, the
    paths and the order of the resources that stated them.
    """
    facts = [*fact_texts(case), *gap_texts(case)]
    text = json.dumps([case.subject, facts, ontology, software], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fact_texts(case: Case) -> list[str]:
    """The findings as the identifier has them, each once."""
    return sorted({json.dumps(canonical(finding)) for finding in case.findings})


def gap_texts(case: Case) -> list[str]:
    """What could not be read of the record, likewise."""
    return sorted(json.dumps([gap.phrase, *gap.params]) for gap in case.gaps)


def canonical(finding: Finding) -> list[str | list[str]]:
    """A finding as concept, state, canonical value and time, in plain text."""
    interval = finding.interval
    bounds = (
        [
            number(interval.low),
            number(interval.high),
            str(interval.low_open),
            str(interval.high_open),
        ]
        if interval
        else []
    )
    return [
        finding.concept,
        finding.state.value,
        finding.value,
        bounds,
        finding.unit,
        finding.interpretation,
        moment(finding.when),
    ]


def number(value: Decimal | None) -> str:
    """A decimal without exponent and trailing zeros: 3.50 and 3.5 are one value."""
    if value is None:
        return ""
    return format(value.normalize(), "f")


def moment(when: When | None) -> list[str]:
    """The two ends of a time in UTC."""
    return [when.start.isoformat(), when.end.isoformat()] if when else []


def stored_references(case: Case) -> dict[str, str]:
    """The sender's references that live in the Bundle only, as `Type/id`.

    A resource without an id cannot be referred to from a server: UnstableReference
    with the FHIRPath of each (422 `business-rule`). A case without subject is
    nobody's report: AnonymousSubject.
    """
    if not case.subject:
        raise AnonymousSubject
    known: dict[str, str] = {}
    nameless: dict[str, str] = {}
    for source in sources_of(case):
        if not source.reference.startswith(BUNDLE_ONLY):
            continue
        if source.id and source.resource_type:
            known[source.reference] = f"{source.resource_type}/{source.id}"
        else:
            nameless[source.reference] = source.path
    lost = {path for reference, path in nameless.items() if reference not in known}
    if case.subject.startswith(BUNDLE_ONLY) and case.subject not in known:
        lost.add(case.patient.path if case.patient else "")
    if lost:
        raise UnstableReference(tuple(sorted(lost)))
    return known


def sources_of(case: Case) -> Iterator[Source]:
    """Every resource that the report of this case may refer to."""
    if case.patient:
        yield case.patient
    for statement in case.statements:
        yield statement.source
    for finding in (*case.findings, *case.superseded):
        yield from finding.sources
