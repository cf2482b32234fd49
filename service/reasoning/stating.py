"""What one Statement states about its case: findings, or why it states none.

Present, absent and unknown are three things: what is not said is unknown, and absent
comes only from an explicit word. Source: contract, section 2, rules 1 to 4.
"""

from __future__ import annotations

from service.model import Grounding, State, Statement
from service.reasoning.choice import choose
from service.reasoning.observing import state_observed
from service.reasoning.words import Stated, Words, deny, stated_concepts


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
        state_observed(stated, words)
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
        deny(stated, statement.codes, words)
        return
    chosen = choose(statement.codes, words.vocabulary)
    stated.notes += chosen.notes
    for concept in stated_concepts(stated, chosen, words):
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
