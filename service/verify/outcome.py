"""What verification says: each step that was proved, or each that is broken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Whether a report can be believed; without an answer in time nobody knows."""

    VERIFIED = "verified"
    REFUSED = "refused"
    NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True)
class Fault:
    """A step that does not hold.

    `place` is the claim (code = value) or the part of the report; `kind` is of a fixed
    list and says nothing of the patient: document, identifier, ontology, fact, axiom,
    derivation, search, value, differential, component, conflict.
    """

    place: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One claim that holds.

    `entailed` is the class that follows by entailment of the cited axioms and facts
    ("" for a default), where it needs them given the values of earlier choices in
    `asserted`; `not_entailed` are the classes that were shown not to follow of all
    facts of the case. `document` is the certificate as OWL in functional syntax, for
    another reasoner.
    """

    claim: str
    entailed: str
    axioms: int
    facts: int
    not_entailed: tuple[str, ...]
    asserted: tuple[str, ...] = ()
    document: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome for one report. `reason` says why it could not be verified."""

    identifier: str
    subject: str
    ontology: str
    verdict: Verdict
    facts: int = 0
    steps: tuple[Step, ...] = ()
    faults: tuple[Fault, ...] = ()
    reason: str = ""
