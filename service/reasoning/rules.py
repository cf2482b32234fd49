"""The logic of the ontology as frozen values: rules, cuts, choices, criteria, tests.

Read from `ontology/build/rules.json` by `knowledge` (ontology.md 2.3 to 2.9, 4.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from service.model import Axiom
from service.reasoning.terms import (
    Json,
    Text,
    as_decimal,
    as_ids,
    as_object,
    as_rows,
    as_text,
    read_text,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One S1 or S2 axiom; `by` is hand or the generating step (G2 to G7)."""

    axiom: Axiom
    body: tuple[str, ...]
    head: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Cut:
    """One S3 axiom: a finding of `quantity` whose `bound` meets `facet` is a `name`.

    `bound` is atLeast, greaterThan, atMost or lessThan; `facet` is minInclusive,
    minExclusive, maxInclusive or maxExclusive; `value` is in the canonical unit.
    """

    axiom: Axiom
    quantity: str
    bound: str
    facet: str
    value: Decimal
    name: str


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice: active if `name` is derived and no overrider is."""

    name: str
    reports: str
    asserts: str
    order: int
    overridden_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A reported value with exceptions (ontology.md 2.8); options in their order.

    `default` is the value reported and asserted when no option is active, or None.
    """

    id: str
    stratum: int
    options: tuple[Option, ...]
    default: Option | None


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One row of `criteria.tsv`: `negated` says that the row asks for the absence."""

    hypothesis: str
    role: str
    criterion: str
    negated: bool
    strength: int
    sources: tuple[str, ...]
    sentence: Text


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A cause or mimic with what ranks it."""

    id: str
    kind: str
    evidence: str
    is_structural: bool
    gate: str


@dataclass(frozen=True, slots=True)
class RecommendableTest:
    """A recommendable test; `burden` from 0 (re-read) to 4 (biopsy)."""

    id: str
    burden: int
    decides: tuple[str, ...]
    is_last_resort: bool
    is_surveillance: bool
    is_first_without_lesion: bool


def read_rule(row: dict[str, Json]) -> Rule:
    """One entry of `rules` or `finding_rules`."""
    return Rule(
        Axiom(as_text(row.get("id")), as_ids(row.get("sources"))),
        as_ids(row.get("body")),
        as_text(row.get("head")),
        as_text(row.get("by")),
        as_text(row.get("at")),
    )


def read_cut(row: dict[str, Json]) -> Cut:
    """One entry of `cuts`."""
    return Cut(
        Axiom(as_text(row.get("id")), as_ids(row.get("sources"))),
        as_text(row.get("quantity")),
        as_text(row.get("bound")),
        as_text(row.get("facet")),
        as_decimal(row.get("value")) or Decimal(0),
        as_text(row.get("class")),
    )


def read_choice(row: dict[str, Json]) -> Choice:
    """One entry of `choices`; options come sorted by order, then class."""
    options = sorted(
        map(_option, as_rows(row.get("options"))), key=lambda o: (o.order, o.name)
    )
    default = row.get("default")
    return Choice(
        as_text(row.get("id")),
        _number(row.get("stratum")),
        tuple(options),
        _option(as_object(default)) if default else None,
    )


def _option(row: dict[str, Json]) -> Option:
    return Option(
        as_text(row.get("class")),
        as_text(row.get("reports")),
        as_text(row.get("asserts")),
        _number(row.get("order")),
        tuple(sorted(as_ids(row.get("overridden_by")))),
    )


def read_criterion(row: dict[str, Json]) -> CriterionRow:
    """One entry of `criteria`."""
    return CriterionRow(
        as_text(row.get("hypothesis")),
        as_text(row.get("role")),
        as_text(row.get("criterion")),
        bool(row.get("negated")),
        _number(row.get("strength")),
        as_ids(row.get("sources")),
        read_text(row.get("sentence")),
    )


def read_hypothesis(id: str, item: Json) -> Hypothesis:
    """One entry of `hypotheses`."""
    row = as_object(item)
    return Hypothesis(
        id,
        as_text(row.get("kind")),
        as_text(row.get("evidence")),
        bool(row.get("structural")),
        as_text(row.get("gate")),
    )


def read_test(id: str, item: Json) -> RecommendableTest:
    """One entry of `tests`."""
    row = as_object(item)
    return RecommendableTest(
        id,
        _number(row.get("burden")),
        as_ids(row.get("decides")),
        bool(row.get("last_resort")),
        bool(row.get("surveillance")),
        bool(row.get("first_without_lesion")),
    )


def _number(item: Json) -> int:
    return int(as_text(item) or 0)
