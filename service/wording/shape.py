"""The sentences of one report as frozen values: what every text output is made from.

Narrative, conclusion, terminal report and page read the same `Wording`, so they say
the same facts. Everything is text in one language, finished but for layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.model import State


@dataclass(frozen=True, slots=True)
class Marks:
    """The punctuation of a language, with the no-break spaces that it wants."""

    colon: str
    semicolon: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One finding in words, with the place where it was read.

    `is_plain` says that it is no more than present or absent; `origin` is short and
    readable, `reference` the sender's literal ("" without one).
    """

    text: str
    is_plain: bool
    state: State
    origin: str
    reference: str
    time: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One criterion in this case: a sentence, its facts and what carries it.

    `short` is the label with the state. A fact that would only repeat the criterion
    is left out.

    `citation` is the bracketed list of sources with their marks ("not verified",
    "proposal of this project").
    """

    criterion: str
    label: str
    short: str
    text: str
    state: State
    role: str
    facts: tuple[Fact, ...]
    citation: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The certificate of one conclusion: facts, axioms, what was looked for."""

    facts: tuple[Fact, ...] = ()
    axioms: tuple[tuple[str, str], ...] = ()
    looked_for: tuple[str, ...] = ()
    not_on_record: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One hypothesis of the differential.

    `is_live` is true of the likely and possible ones; `overridden` says what outweighs
    needs that are all there.
    """

    concept: str
    name: str
    kind: str
    rank: int
    grade: str
    grade_id: str
    is_live: bool
    tally: str
    notes: tuple[str, ...]
    points_for: tuple[Point, ...]
    points_against: tuple[Point, ...]
    points_missing: tuple[Point, ...]
    points_open: tuple[Point, ...]
    overridden: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Answer:
    """One reported value: what was asked, the value, a sentence, why.

    `short` is the value as part of a sentence, `text` a sentence of its own.
    """

    concept: str
    heading: str
    value: str
    value_id: str
    short: str
    text: str
    details: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    contested: str = ""
    proof: Proof = Proof()


@dataclass(frozen=True, slots=True)
class Step:
    """One recommended test: what it is and what it would settle."""

    concept: str
    rank: int
    name: str
    text: str
    is_surveillance: bool


@dataclass(frozen=True, slots=True)
class Dispute:
    """Statements that disagree, and the answers that they leave contested."""

    concept: str
    title: str
    text: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """One source of the report, with the depth to which it was read."""

    id: str
    text: str
    depth: str
    mark: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One report in words, in the order in which a reader needs it.

    `heads` are the headings by phrase id, so that no renderer needs the ontology;
    `near_misses` would change an answer, `near_grades` a grade only.
    """

    language: str
    title: str
    heads: Mapping[str, str]
    marks: Marks
    headline: str
    assessment: Answer
    criterion: Answer
    pattern: Answer | None
    leading: str
    leading_short: str
    entries: tuple[Entry, ...]
    biopsy: Answer
    steps: tuple[Step, ...]
    disputes: tuple[Dispute, ...]
    missing: tuple[str, ...]
    near_misses: tuple[str, ...]
    near_grades: tuple[str, ...]
    advice: tuple[str, ...]
    citations: tuple[Citation, ...]
    ledger: tuple[str, ...]
    caveat: tuple[str, ...]
    caveat_short: str
    versions: tuple[str, ...]
    version_short: str
    legend: str
    device: str
    conclusion: str
