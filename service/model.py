"""The nouns of the service as frozen values; imports nothing but the standard library.

A document becomes Cases of Statements (`fhir.reader`), Statements become Findings
(`reasoning.grounding`), Findings become Entailments (`reasoning.evaluation`), and
Entailments become Conclusions with their Justification (`reasoning.justification`).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class State(StrEnum):
    """What the record says of a concept: unknown is not absent."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    CONFLICTING = "conflicting"


# --- what the reader hands over -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was read.

    `reference` is the literal by which the sender refers to the resource (fullUrl, or
    `Type/id`, or "" when it has neither); `path` is a FHIRPath that selects exactly
    one node of the posted document; `id` is the resource's own id ("" without one),
    by which a server will know it when the reference is a `urn:uuid:`. What a caller
    only assumes (`is_assumed`) was read nowhere: `path` is then that of the assumption.
    """

    reference: str
    path: str
    resource_type: str = ""
    id: str = ""
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Coding:
    """A code with the system that gives it meaning; the display is never a basis."""

    system: str
    code: str
    display: str
    path: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as the sender wrote it: `value` keeps its text, `unit` is a UCUM code.

    An integer (`is_integer`) has no unit: it can only be a count.
    """

    value: str
    comparator: str
    unit: str
    unit_system: str
    path: str
    is_integer: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """A FHIR date, dateTime, instant or Period as the interval of instants it allows.

    `text` is the sender's own text (of a Period: its start); `start` and `end` are
    aware, in UTC, both included. An open Period ends at `datetime.max`.
    """

    text: str
    start: datetime
    end: datetime
    end_text: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """One `referenceRange` of an Observation; a missing side is None."""

    low: Quantity | None
    high: Quantity | None
    is_normal: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What one element of a resource says, in FHIR's words, before a class is chosen.

    `asserted` is the state that the resource itself gives (a refuted Condition is
    ABSENT, a provisional one UNKNOWN with `suspected`); an Observation leaves it None
    and its `value` decides. `together` holds the references of the DiagnosticReports
    and ImagingStudies that contain it: statements of one report have one time.
    `value_kind` is the name of the value element (valueQuantity), also of one that is
    not read; `is_past` marks a Condition that is over; `encounter` is a literal.
    """

    source: Source
    codes: tuple[Coding, ...]
    code_text: str = ""
    asserted: State | None = None
    suspected: bool = False
    value: bool | Quantity | Range | tuple[Coding, ...] | None = None
    value_text: str = ""
    absent_reason: bool = False
    interpretations: tuple[Coding, ...] = ()
    ranges: tuple[Range, ...] = ()
    when: When | None = None
    together: frozenset[str] = frozenset()
    body_sites: tuple[Coding, ...] = ()
    of_relative: bool = False
    preliminary: bool = False
    is_imaging: bool = False
    value_kind: str = ""
    is_past: bool = False
    categories: tuple[Coding, ...] = ()
    encounter: str = ""


class Place(StrEnum):
    """The one place of an entry in the ledger."""

    USED = "used"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Note:
    """One remark of the ledger.

    `phrase` is the id of a phrase of the ontology and `params` fills its places, so
    that the text exists in both languages; `code` is of FHIR's issue-type; `severity`
    is information, warning or error. A param never holds a value of the patient.
    """

    phrase: str
    code: str
    severity: str
    path: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """Where one entry of the request ended, and why.

    `in_record` marks what was read from a FHIR server: nobody has posted it, so that
    its paths mean nothing to the caller and only `source.reference` does.
    """

    source: Source
    place: Place
    notes: tuple[Note, ...] = ()
    in_record: bool = False

    def expression(self, path: str = "") -> str:
        """The FHIRPath of a node of the entry ("": the entry itself) for the caller.

        Of what was read from a server it begins at the resource, not at a Bundle.
        """
        path = path or self.source.path
        if not self.in_record:
            return path
        return self.source.resource_type + path.removeprefix(self.source.path)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything stated about one subject in one request.

    `subject` is the literal reference that the resources carry ("" for an anonymous
    subject). `statements` are the reader's, `findings` grounding's. `report_codes`
    are the codes of imaging reports and procedures, newest first; `encounters` the
    literal references of the encounters of the imaging evidence. `gaps` say what of
    the record could not be read from a FHIR server; a posted document has none.
    """

    subject: str
    statements: tuple[Statement, ...] = ()
    findings: tuple[Finding, ...] = ()
    superseded: tuple[Finding, ...] = ()
    report_codes: tuple[Coding, ...] = ()
    encounters: tuple[str, ...] = ()
    security: tuple[Coding, ...] = ()
    gender: Coding | None = None
    birth: When | None = None
    patient: Source | None = None
    gaps: tuple[Note, ...] = ()


# --- what grounding makes of it -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interval:
    """The values that a quantity may have, in the canonical unit of its concept."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Grounding:
    """The choice of a class for a coding, with the mapping row that says so."""

    coding: Coding
    concept: str
    predicate: str
    object_id: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about the case in the ontology's words; PRESENT or ABSENT.

    `value` is the id of a coded value. Of a measure, `interval` is in the canonical
    `unit`, `sent` is the sender's own text (comparator, number, unit). `limit` says
    where a low/normal/high `interpretation` came from: sent, range or usual. Derived
    measures name both sources.
    """

    concept: str
    state: State
    sources: tuple[Source, ...]
    value: str = ""
    interval: Interval | None = None
    unit: str = ""
    sent: str = ""
    interpretation: str = ""
    limit: str = ""
    when: When | None = None
    together: frozenset[str] = frozenset()
    groundings: tuple[Grounding, ...] = ()
    preliminary: bool = False
    is_imaging: bool = False
    body_sites: tuple[Coding, ...] = ()


# --- what reasoning makes of it -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Axiom:
    """One axiom of a proof: the id of `rules.json` with the sources that carry it."""

    id: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Justification:
    """A minimal set of findings and axioms from which an entailment follows.

    For a value that a choice reports, `looked_for` are the overriders and earlier
    options that were looked for and not found, `not_on_record` those of them that the
    record does not mention at all; `overridden` are options that hold but are
    outweighed, each with what outweighs it.
    """

    findings: tuple[Finding, ...] = ()
    axioms: tuple[Axiom, ...] = ()
    looked_for: tuple[str, ...] = ()
    not_on_record: tuple[str, ...] = ()
    overridden: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One reported value; `contested` holds the values it would otherwise have."""

    concept: str
    value: str
    justification: Justification
    contested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionState:
    """The state of one row of `criteria.tsv` in this case.

    `state` is that of the criterion itself, before polarity (`negated`) and role;
    `holds` is after polarity (None when unknown or conflicting). `findings` are those
    behind the state. Of a definition that is unknown, `open` are the conditions that
    the record leaves open, on the way that needs fewest.
    """

    criterion: str
    role: str
    negated: bool
    strength: int
    state: State
    holds: bool | None
    sources: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One hypothesis of the differential, in rank order (1 is the leading one)."""

    hypothesis: str
    kind: str
    rank: int
    grade: str
    justification: Justification
    criteria: tuple[CriterionState, ...]
    met: int
    contradicted: int
    unknown: int
    contested: tuple[str, ...] = ()
    is_stop: bool = False
    is_contributor: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """One recommended test with the criteria that it would decide."""

    test: str
    rank: int
    decides: tuple[tuple[str, State], ...]
    open_points: tuple[str, ...] = ()
    hypotheses: tuple[str, ...] = ()
    is_surveillance: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Findings that meet and disagree, and the results that they leave contested."""

    concept: str
    findings: tuple[Finding, ...]
    contested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An unknown class of cases that would change a reported value, and to what."""

    concept: str
    state: State
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Entailments:
    """What follows from the findings of one case, by pass.

    `classes` are the derived classes of cases and `values` the value of each choice
    in the reported pass; `first_values` those before conflicting findings were set
    aside. The proofs stay with the evaluator.
    """

    classes: AbstractSet[str]
    values: tuple[tuple[str, str], ...]
    first_values: tuple[tuple[str, str], ...]
    set_aside: tuple[Finding, ...] = ()
    conflicts: tuple[tuple[str, tuple[Finding, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Conclusions:
    """All that is reported of one case."""

    assessment: Conclusion
    criterion: Conclusion
    definitions: tuple[CriterionState, ...]
    pattern: Conclusion | None
    differential: tuple[Candidate, ...]
    biopsy: Conclusion
    tests: tuple[Advice, ...]
    conflicts: tuple[Conflict, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    studied_in: tuple[str, ...] = field(default=())

    @property
    def answers(self) -> tuple[Conclusion, ...]:
        """The values that are sent, one of each result."""
        every = (self.assessment, self.criterion, self.pattern, self.biopsy)
        return tuple(each for each in every if each is not None)


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A case with its conclusions: what the writer turns into one report."""

    case: Case
    conclusions: Conclusions
