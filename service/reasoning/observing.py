"""What an Observation, or one of its components, states of the concepts of its code.

Source: contract, section 2: the row on Observation, rules 1, 3 and 4.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.model import Coding, Grounding, Interval, Quantity, Range, State, Statement
from service.reasoning.choice import Choice, choose, choose_denied
from service.reasoning.interpretation import (
    RANGE,
    SENT,
    by_ranges,
    sent_interpretation,
)
from service.reasoning.quantities import measure
from service.reasoning.states import state_in_words, state_of, witnesses
from service.reasoning.terms import Concept
from service.reasoning.words import Stated, Words, deny, stated_concepts

# Kinds that only classify: a code of one of them is as good as none for a finding.
_GENERIC_KINDS = frozenset({"category", "bodysite"})


def state_observed(stated: Stated, words: Words) -> None:
    statement = stated.statement
    chosen = choose(statement.codes, words.vocabulary)
    if _is_generic(chosen, words) and isinstance(statement.value, tuple):
        stated.notes += chosen.notes
        _state_value_alone(stated, statement.value, words)
        return
    concepts = list(stated_concepts(stated, chosen, words))
    is_number = isinstance(statement.value, Quantity | Range)
    kinds = {words.concept(concept).value_type for concept in concepts}
    # a number is a value of a quantity, and a count of anything else
    state = None if is_number and "quantity" in kinds else state_of(stated, words)
    stated.notes += [] if state is State.ABSENT and concepts else chosen.notes
    if state is State.ABSENT and concepts:
        _deny_observed(stated, words)
        return
    for concept in concepts:
        _state_concept(stated, concept, chosen.groundings[concept], state, words)


def _is_generic(chosen: Choice, words: Words) -> bool:
    """Whether the code has no concept, or one that only classifies (ASSERTION).

    A code that is in the table but too broad means something else than its value.
    """
    kinds = {words.concept(concept).kind for concept in chosen.concepts}
    return kinds <= _GENERIC_KINDS if chosen.concepts else not chosen.is_known


def _state_value_alone(
    stated: Stated, codings: tuple[Coding, ...], words: Words
) -> None:
    """The value is the finding: present, or absent where it is called negative."""
    interpreted = state_in_words(stated.statement.interpretations, words)
    if interpreted is State.ABSENT:
        deny(stated, codings, words)
        return
    chosen = choose(codings, words.vocabulary)
    stated.notes += chosen.notes
    for concept in stated_concepts(stated, chosen, words):
        stated.find(words, concept, State.PRESENT, chosen.groundings[concept])


def _deny_observed(stated: Stated, words: Words) -> None:
    """Deny what the code means exactly; a negated value denies that value only."""
    value = stated.statement.value
    chosen = choose_denied(stated.statement.codes, words.vocabulary)
    stated.notes += chosen.notes
    for concept in stated_concepts(stated, chosen, words):
        groundings = chosen.groundings[concept]
        denied = _allowed(value, words.concept(concept), words, exact=True)
        if not denied:
            rows = (*groundings, *witnesses(stated.statement, words))
            stated.find(words, concept, State.ABSENT, rows)
        for name, rows in denied.items():
            stated.find(words, concept, State.ABSENT, (*groundings, *rows), value=name)


def _state_concept(
    stated: Stated,
    concept: str,
    groundings: tuple[Grounding, ...],
    state: State | None,
    words: Words,
) -> None:
    """One concept that the code means, with what the value says of it."""
    declared = words.concept(concept)
    before = len(stated.notes), len(stated.findings)
    if stated.statement.absent_reason:
        stated.note("note_absent_reason", concept=concept)
        return
    if declared.value_type == "quantity":
        _state_quantity(stated, declared, groundings, words)
    elif declared.value_type == "coded":
        _state_coded(stated, declared, groundings, state, words)
    else:
        _state_plain(stated, declared, groundings, state, words)
    if before == (len(stated.notes), len(stated.findings)):
        stated.note(_why_nothing(stated.statement), concept=concept)


def _why_nothing(statement: Statement) -> str:
    if statement.value is None and statement.value_text:
        return "note_value_text"
    has_value = statement.value is not None or statement.value_kind
    return "note_value_unclear" if has_value else "note_says_nothing"


def _state_plain(
    stated: Stated,
    concept: Concept,
    groundings: tuple[Grounding, ...],
    state: State | None,
    words: Words,
) -> None:
    """A concept that is there or not; its value may also name it again, or closer."""
    statement = stated.statement
    if state is State.PRESENT:
        rows = (*groundings, *witnesses(statement, words))
        stated.find(words, concept.id, State.PRESENT, rows)
    elif isinstance(statement.value, tuple):
        chosen = choose(statement.value, words.vocabulary)
        for name in chosen.concepts:
            if words.vocabulary.implies(name, concept.id):
                rows = (*groundings, *chosen.groundings[name])
                stated.find(words, name, State.PRESENT, rows)


def _state_coded(
    stated: Stated,
    concept: Concept,
    groundings: tuple[Grounding, ...],
    state: State | None,
    words: Words,
) -> None:
    """A concept with values: the allowed ones that were sent, or its bare presence."""
    statement = stated.statement
    values = _allowed(statement.value, concept, words)
    if not values and statement.value is None:
        values = _allowed(statement.interpretations, concept, words)
    for name, rows in values.items():
        stated.find(words, concept.id, State.PRESENT, (*groundings, *rows), value=name)
    if not values and state is State.PRESENT:
        rows = (*groundings, *witnesses(statement, words))
        stated.find(words, concept.id, State.PRESENT, rows)


def _allowed(
    value: object, concept: Concept, words: Words, *, exact: bool = False
) -> Mapping[str, tuple[Grounding, ...]]:
    """The values of the concept that the codings mean, with their rows."""
    if not isinstance(value, tuple):
        return {}
    choice = choose_denied if exact else choose
    chosen = choice(value, words.vocabulary)
    found: dict[str, tuple[Grounding, ...]] = {}
    for name in chosen.concepts:
        for allowed in concept.allowed_values:
            if words.vocabulary.implies(name, allowed):
                found[allowed] = chosen.groundings[name]
    return found


def _state_quantity(
    stated: Stated, concept: Concept, groundings: tuple[Grounding, ...], words: Words
) -> None:
    """A quantity as an interval, with its level where the sender gives one."""
    statement = stated.statement
    level, level_rows = _sent_level(stated, concept, words)
    rows = (*groundings, *level_rows)
    if not isinstance(statement.value, Quantity | Range):
        if level and not isinstance(statement.value, bool):
            stated.find(
                words, concept.id, State.PRESENT, rows, interpretation=level, limit=SENT
            )
        return
    measured = measure(statement.value, concept, words.vocabulary)
    if measured.interval is None:
        params = {"unit": concept.unit} if measured.problem == "note_unit" else {}
        stated.note(measured.problem, concept=concept.id, **params)
        return
    limit = SENT if level else ""
    if not level:
        level = _range_level(measured.interval, concept, statement, words)
        limit = RANGE if level else ""
    stated.find(
        words,
        concept.id,
        State.PRESENT,
        rows,
        interval=measured.interval,
        unit=concept.unit,
        sent=measured.sent,
        interpretation=level,
        limit=limit,
    )


def _range_level(
    interval: Interval, concept: Concept, statement: Statement, words: Words
) -> str:
    return by_ranges(
        interval, statement.ranges, concept, words.levels, words.vocabulary
    )


def _sent_level(
    stated: Stated, concept: Concept, words: Words
) -> tuple[str, tuple[Grounding, ...]]:
    """The one level that was sent as interpretation, or as the value itself."""
    statement = stated.statement
    codings = statement.interpretations
    if isinstance(statement.value, tuple):
        codings = (*codings, *statement.value)
    found, rows = sent_interpretation(codings, words.levels, words.vocabulary)
    if len(found) > 1:
        stated.note("note_interpretations_differ", concept=concept.id)
    return (found.pop(), rows) if len(found) == 1 else ("", ())
