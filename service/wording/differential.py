"""The differential in words: for each hypothesis what is for, against and missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from service.model import Candidate, Conclusions, CriterionState
from service.wording.lexicon import Lexicon
from service.wording.points import (
    is_against,
    is_for,
    is_missing,
    is_open,
    tell_point,
)
from service.wording.proofs import tell_proof
from service.wording.shape import Entry, Point


def tell_differential(conclusions: Conclusions, lexicon: Lexicon) -> tuple[Entry, ...]:
    """Every candidate in rank order."""
    return tuple(
        tell_entry(candidate, conclusions, lexicon)
        for candidate in conclusions.differential
    )


def tell_entry(
    candidate: Candidate, conclusions: Conclusions, lexicon: Lexicon
) -> Entry:
    """One candidate in words."""

    def points(claim: Callable[[CriterionState], bool]) -> tuple[Point, ...]:
        return tell_points(filter(claim, candidate.criteria), candidate, lexicon)

    return Entry(
        concept=candidate.hypothesis,
        name=lexicon.name(candidate.hypothesis),
        kind=lexicon.say(f"word_{candidate.kind}"),
        rank=candidate.rank,
        grade=lexicon.label(candidate.grade),
        grade_id=candidate.grade,
        is_live=candidate.grade in live_grades(lexicon),
        tally=tell_tally(candidate, lexicon),
        notes=tell_notes(candidate, lexicon),
        points_for=points(is_for),
        points_against=points(is_against),
        points_missing=points(is_missing),
        points_open=points(is_open),
        overridden=tell_overridden(candidate, conclusions, lexicon),
        proof=tell_proof(candidate.justification, lexicon),
    )


def tell_tally(candidate: Candidate, lexicon: Lexicon) -> str:
    """The three counts; "" for a hypothesis that has no criteria."""
    if not candidate.criteria:
        return ""
    return lexicon.say(
        "line_tally",
        met=str(candidate.met),
        contradicted=str(candidate.contradicted),
        unknown=str(candidate.unknown),
    )


def tell_points(
    rows: Iterable[CriterionState], candidate: Candidate, lexicon: Lexicon
) -> tuple[Point, ...]:
    """Points with each criterion once: the first role in table order says it."""
    points: dict[str, Point] = {}
    for row in rows:
        if row.criterion not in points:
            points[row.criterion] = tell_point(row, candidate.hypothesis, lexicon)
    return tuple(points.values())


def tell_notes(candidate: Candidate, lexicon: Lexicon) -> tuple[str, ...]:
    """What must be said beside the grade."""
    notes = []
    if candidate.is_stop:
        notes.append(lexicon.say("line_stop"))
    if candidate.is_contributor:
        notes.append(lexicon.say("line_contributor"))
    notes.append(lexicon.optional(f"say_leading_{candidate.hypothesis}"))
    hypothesis = lexicon.knowledge.hypotheses.get(candidate.hypothesis)
    if hypothesis is not None and candidate.criteria:
        notes.append(lexicon.optional(f"line_evidence_{hypothesis.evidence}"))
    if candidate.contested:
        notes.append(tell_contested(candidate.contested, lexicon))
    return tuple(filter(None, notes))


def tell_contested(values: tuple[str, ...], lexicon: Lexicon) -> str:
    """The other values that a contested answer would have."""
    others = lexicon.join((short_value(value, lexicon) for value in values), "word_or")
    return lexicon.say("line_contested", values=others)


def short_value(value: str, lexicon: Lexicon) -> str:
    """A reported value as part of a sentence."""
    return lexicon.optional(f"short_{value}") or lexicon.label(value).lower()


def tell_overridden(
    candidate: Candidate, conclusions: Conclusions, lexicon: Lexicon
) -> str:
    """What outweighs a hypothesis whose needs are all there; "" when nothing does."""
    needs = [row for row in candidate.criteria if row.role == "needed"]
    weakened = candidate.grade == lexicon.knowledge.results.possible
    if not needs or not weakened or not all(row.holds for row in needs):
        return ""
    reasons = [
        lexicon.label(row.criterion) for row in candidate.criteria if is_against(row)
    ]
    reasons = reasons or leading_mimics(candidate, conclusions, lexicon)
    if not reasons:
        return ""
    return lexicon.say(
        "line_overridden", reasons=lexicon.listed(dict.fromkeys(reasons))
    )


def live_grades(lexicon: Lexicon) -> tuple[str, str]:
    """The grades that keep a hypothesis in play."""
    return lexicon.knowledge.results.likely, lexicon.knowledge.results.possible


def leading_mimics(
    candidate: Candidate, conclusions: Conclusions, lexicon: Lexicon
) -> list[str]:
    """The mimics that a cause must give way to: likely ones and stop facts."""
    if candidate.kind != "cause":
        return []
    return [
        lexicon.name(other.hypothesis)
        for other in conclusions.differential
        if other.kind == "mimic"
        and (other.is_stop or other.grade == lexicon.knowledge.results.likely)
    ]
