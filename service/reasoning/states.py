"""Present or absent: the words, numbers and flags that say so.

Source: contract, section 2, rule 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from service.model import Coding, Grounding, Quantity, State, Statement
from service.reasoning.choice import choose
from service.reasoning.quantities import count_of, lies_above, lies_within
from service.reasoning.words import Stated, Words


def state_of(stated: Stated, words: Words) -> State | None:
    """The state that value and interpretation give; None where they give none."""
    statement = stated.statement
    by_value = _state_of_value(statement, words)
    by_words = state_in_words(statement.interpretations, words)
    if by_value and by_words and by_value is not by_words:
        stated.note("note_value_contradicts", concept=_name(stated, words))
        return None
    return by_value or by_words


def _name(stated: Stated, words: Words) -> str:
    concepts = choose(stated.statement.codes, words.vocabulary).concepts
    return concepts[0] if concepts else ""


def _state_of_value(statement: Statement, words: Words) -> State | None:
    match statement.value:
        case bool(value):
            return State.PRESENT if value else State.ABSENT
        case Quantity() as quantity:
            return _state_of_count(quantity)
        case tuple() as codings:
            return state_in_words(codings, words)
    return None


def _state_of_count(quantity: Quantity) -> State | None:
    interval = count_of(quantity)
    if interval is None:
        return None
    if lies_above(interval, Decimal(0)):
        return State.PRESENT
    return State.ABSENT if lies_within(interval, None, Decimal(0)) else None


def state_in_words(codings: Iterable[Coding], words: Words) -> State | None:
    """Present or absent as a word; None where none or both are said."""
    named = frozenset().union(*map(words.vocabulary.names, codings))
    is_present, is_absent = bool(named & words.present), bool(named & words.absent)
    if is_present == is_absent:
        return None
    return State.PRESENT if is_present else State.ABSENT


def witnesses(statement: Statement, words: Words) -> Iterator[Grounding]:
    """The rows behind the words present and absent."""
    value = statement.value if isinstance(statement.value, tuple) else ()
    for coding in (*value, *statement.interpretations):
        for grounding in words.vocabulary.groundings(coding):
            if grounding.concept in words.present | words.absent:
                yield grounding
