"""What a report claims, and what is certified for it: plain values.

Names are local names of the ontology everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from service.model import Finding, When

# A bound as a number of JSON gives it, whether it is open, and its unit.
Bound: TypeAlias = "tuple[Decimal, bool, str] | None"
# Code of a component -> its value, as text; `contested` values are several.
Components: TypeAlias = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Cited:
    """A fact as a certificate shows it: its bounds may have lost digits."""

    concept: str
    state: str
    value: str = ""
    interpretation: str = ""
    low: Bound = None
    high: Bound = None
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The justification of one reported value: ids of axioms, facts, and names."""

    axioms: tuple[str, ...] = ()
    facts: tuple[Cited, ...] = ()
    looked_for: tuple[str, ...] = ()
    not_on_record: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One result Observation: what was asked, the value, its components, its proof."""

    code: str
    value: str
    components: Components
    certificate: Certificate

    @property
    def name(self) -> str:
        """How the claim is told: what was asked and what was answered."""
        return f"{self.code} = {self.value}"


@dataclass(frozen=True, slots=True)
class Issued:
    """One report as it was issued, with all that it certifies.

    `subject` is the literal reference, "" for an anonymous one; `facts` and `gaps` are
    the texts of which the identifier is the hash, `findings` the facts read; `codes`
    are those of our own system in conclusionCode, `contradictions` the facts of the
    DetectedIssues, as concept and code of the state.
    """

    identifier: str
    subject: str
    ontology: str
    software: str
    facts: tuple[str, ...]
    gaps: tuple[str, ...]
    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    codes: tuple[str, ...]
    contradictions: frozenset[tuple[str, str]]
