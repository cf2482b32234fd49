"""What one Statement states about its case: findings, or why it states none.

Present, absent and unknown are three things: what is not said is unknown, and absent
comes only from an explicit word. Source: contract, section 2, rules 1 to 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from service.model import (
    Coding,
    Finding,
    Grounding,
    Interval,
    Note,
    Quantity,
    Range,
    State,
    Statement,
)
from service.reasoning.choice import Choice, choose, choose_denied
from service.reasoning.interpretation import (
    RANGE,
    SENT,
    Levels,
    by_ranges,
    sent_interpretation,
)
from service.reasoning.knowledge import Knowledge
from service.reasoning.quantities import count_of, lies_above, lies_within, measure
from service.reasoning.remarks import remark
from service.reasoning.terms import Concept
from service.reasoning.vocabulary import STATED_KINDS, Vocabulary, vocabulary_of

# Kinds that only classify: a code of one of them is as good as none for a finding.
_GENERIC_KINDS = frozenset({"category", "bodysite"})


@dataclass(frozen=True, slots=True)
class Words:
    """What grounding knows: the vocabulary and the ids of the words that it reads."""

    vocabulary: Vocabulary
    levels: Levels
    present: frozenset[str]
    absent: frozenset[str]
    history_kinds: frozenset[str]
    imaging: frozenset[str]

    def concept(self, name: str) -> Concept:
        """A concept by its id."""
        return self.vocabulary.concepts[name]

    def is_stated(self, name: str) -> bool:
        """Whether a concept can be a finding of a patient, by itself or as a value."""
        kind = self.concept(name).kind
        return kind in STATED_KINDS or bool(self.vocabulary.finding_of(name))


@dataclass(slots=True)
class Stated:
    """The findings of one statement and what is remarked of it."""

    statement: Statement
    findings: list[Finding] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, phrase: str, path: str = "", **params: str) -> None:
        """Remark something of the statement, or of an element of it."""
        self.notes.append(remark(phrase, path or self.statement.source.path, **params))

    def find(
        self,
        words: Words,
        concept: str,
        state: State,
        groundings: Iterable[Grounding],
        **more: object,
    ) -> None:
        """Add a finding; a value stands for the finding that has it."""
        owner = words.vocabulary.finding_of(concept)
        if owner and not more:
            concept, more = owner, {"value": concept}
        statement = self.statement
        common: dict[str, object] = {
            "concept": concept,
            "state": state,
            "sources": (statement.source,),
            "when": statement.when,
            "together": statement.together,
            "groundings": tuple(dict.fromkeys(groundings)),
            "preliminary": statement.preliminary,
            "is_imaging": statement.is_imaging,
            "body_sites": statement.body_sites,
        }
        self.findings.append(Finding(**{**common, **more}))  # type: ignore[arg-type]


def words_of(knowledge: Knowledge) -> Words:
    """The words of a Knowledge."""
    role = knowledge.reader
    imaging = ("imaging_category", "report_category", "imaging_report")
    return Words(
        vocabulary=vocabulary_of(knowledge),
        levels=Levels(role["low"], role["normal"], role["high"]),
        present=frozenset({role["state_present"], role["positive"]}),
        absent=frozenset({role["state_absent"], role["negative"]}),
        history_kinds=knowledge.history_kinds,
        imaging=frozenset(role[name] for name in imaging),
    )


def state_findings(statement: Statement, words: Words) -> Stated:
    """Ground one statement."""
    stated = Stated(statement)
    if not statement.codes:
        phrase = "note_text_only" if statement.code_text else "note_no_code"
        params = {"element": "code"} if statement.code_text else {}
        stated.note(phrase, **params)
    elif statement.of_relative:
        _state_relative(stated, words)
    elif statement.asserted is not None:
        _state_asserted(stated, statement.asserted, words)
    else:
        _state_observed(stated, words)
    _list_unused(stated)
    return stated


def _list_unused(stated: Stated) -> None:
    """List each coding of code and value that neither was used nor has its remark."""
    used = {g.coding.path for f in stated.findings for g in f.groundings}
    noted = {note.path for note in stated.notes}
    value = stated.statement.value
    codings = (*stated.statement.codes, *(value if isinstance(value, tuple) else ()))
    for coding in codings:
        if coding.path not in used and coding.path not in noted:
            stated.note("note_coding_unused", coding.path)


# --- Condition, Procedure, drugs, reports, relatives -----------------------------


def _state_relative(stated: Stated, words: Words) -> None:
    """A disease of a relative is never one of the patient."""
    chosen = choose(stated.statement.codes, words.vocabulary)
    stated.notes += chosen.notes
    for relative in words.vocabulary.relatives:
        for concept in chosen.concepts:
            targets = (relative.id, *relative.relative_of)
            if any(words.vocabulary.implies(concept, target) for target in targets):
                groundings = chosen.groundings[concept]
                stated.find(words, relative.id, State.PRESENT, groundings)
    if chosen.concepts and not stated.findings:
        stated.note("note_relative_unused")


def _state_asserted(stated: Stated, state: State, words: Words) -> None:
    statement = stated.statement
    if state is State.ABSENT:
        _deny(stated, statement.codes, words)
        return
    chosen = choose(statement.codes, words.vocabulary)
    stated.notes += chosen.notes
    for concept in _stated_concepts(stated, chosen, words):
        groundings = chosen.groundings[concept]
        is_history = words.concept(concept).kind in words.history_kinds
        if state is State.UNKNOWN:
            _suspect(stated, concept, groundings, words)
        elif statement.is_past and not is_history:
            stated.note("note_resolved", concept=concept)
        else:
            stated.find(words, concept, State.PRESENT, groundings)


def _suspect(
    stated: Stated, concept: str, groundings: tuple[Grounding, ...], words: Words
) -> None:
    """An unconfirmed diagnosis is unknown, but a suspicion may be a finding itself."""
    stated.note("note_unconfirmed", concept=concept)
    for suspicion in words.vocabulary.suspicions:
        if words.vocabulary.implies(concept, suspicion.suspicion_of):
            stated.find(words, suspicion.id, State.PRESENT, groundings)


def _deny(stated: Stated, codings: tuple[Coding, ...], words: Words) -> None:
    chosen = choose_denied(codings, words.vocabulary)
    stated.notes += chosen.notes
    for concept in _stated_concepts(stated, chosen, words):
        stated.find(words, concept, State.ABSENT, chosen.groundings[concept])


def _stated_concepts(stated: Stated, chosen: Choice, words: Words) -> Iterator[str]:
    """The concepts that can be findings; the codings of the others are listed."""
    for concept in chosen.concepts:
        if words.is_stated(concept):
            yield concept
            continue
        for grounding in chosen.groundings[concept]:
            path = grounding.coding.path
            stated.note("note_coding_no_finding", path, concept=concept)


# --- Observation and its components ----------------------------------------------


def _state_observed(stated: Stated, words: Words) -> None:
    statement = stated.statement
    chosen = choose(statement.codes, words.vocabulary)
    if _is_generic(chosen, words) and isinstance(statement.value, tuple):
        stated.notes += chosen.notes
        _state_value_alone(stated, statement.value, words)
        return
    concepts = list(_stated_concepts(stated, chosen, words))
    is_number = isinstance(statement.value, Quantity | Range)
    kinds = {words.concept(concept).value_type for concept in concepts}
    # a number is a value of a quantity, and a count of anything else
    state = None if is_number and "quantity" in kinds else _state_of(stated, words)
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
    interpreted = _state_words(stated.statement.interpretations, words)
    if interpreted is State.ABSENT:
        _deny(stated, codings, words)
        return
    chosen = choose(codings, words.vocabulary)
    stated.notes += chosen.notes
    for concept in _stated_concepts(stated, chosen, words):
        stated.find(words, concept, State.PRESENT, chosen.groundings[concept])


def _deny_observed(stated: Stated, words: Words) -> None:
    """Deny what the code means exactly; a negated value denies that value only."""
    value = stated.statement.value
    chosen = choose_denied(stated.statement.codes, words.vocabulary)
    stated.notes += chosen.notes
    for concept in _stated_concepts(stated, chosen, words):
        groundings = chosen.groundings[concept]
        denied = _allowed(value, words.concept(concept), words, exact=True)
        if not denied:
            witnesses = (*groundings, *_witnesses(stated.statement, words))
            stated.find(words, concept, State.ABSENT, witnesses)
        for name, rows in denied.items():
            stated.find(
                words, concept, State.ABSENT, (*groundings, *rows), value=name
            )


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
        witnesses = (*groundings, *_witnesses(statement, words))
        stated.find(words, concept.id, State.PRESENT, witnesses)
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
        stated.find(
            words, concept.id, State.PRESENT, (*groundings, *rows), value=name
        )
    if not values and state is State.PRESENT:
        witnesses = (*groundings, *_witnesses(statement, words))
        stated.find(words, concept.id, State.PRESENT, witnesses)


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


# --- present or absent -----------------------------------------------------------


def _state_of(stated: Stated, words: Words) -> State | None:
    """The state that value and interpretation give; None where they give none."""
    statement = stated.statement
    by_value = _state_of_value(statement, words)
    by_words = _state_words(statement.interpretations, words)
    is_quantity = isinstance(statement.value, Quantity | Range)
    if statement.value is None or isinstance(statement.value, tuple) or is_quantity:
        if by_value and by_words and by_value is not by_words:
            stated.note("note_value_contradicts", concept=_name(stated, words))
            return None
        return by_value or by_words
    if by_words and by_value is not by_words:
        stated.note("note_value_contradicts", concept=_name(stated, words))
        return None
    return by_value


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
            return _state_words(codings, words)
    return None


def _state_of_count(quantity: Quantity) -> State | None:
    interval = count_of(quantity)
    if interval is None:
        return None
    if lies_above(interval, Decimal(0)):
        return State.PRESENT
    return State.ABSENT if lies_within(interval, None, Decimal(0)) else None


def _state_words(codings: Iterable[Coding], words: Words) -> State | None:
    """Present or absent as a word; None where none or both are said."""
    named = {g.concept for coding in codings for g in words.vocabulary.groundings(coding)}
    is_present, is_absent = bool(named & words.present), bool(named & words.absent)
    if is_present == is_absent:
        return None
    return State.PRESENT if is_present else State.ABSENT


def _witnesses(statement: Statement, words: Words) -> Iterator[Grounding]:
    """The rows behind the words present and absent."""
    value = statement.value if isinstance(statement.value, tuple) else ()
    for coding in (*value, *statement.interpretations):
        for grounding in words.vocabulary.groundings(coding):
            if grounding.concept in words.present | words.absent:
                yield grounding
