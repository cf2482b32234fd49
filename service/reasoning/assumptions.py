"""What a caller assumes of a case, checked and put into the words of the ontology.

An assumption goes through the gate of grounding like a statement of the record, so that
units, values and signs mean the same. Messages name ids of the ontology and hold no
value of the request.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.errors import InvalidContent, Problem
from service.model import Coding, Finding, Quantity, Source, State, Statement
from service.reasoning.compiled import Compiled
from service.reasoning.conflicts import find_disputes
from service.reasoning.knowledge import Knowledge
from service.reasoning.seeds import seed_of
from service.reasoning.stating import state_findings
from service.reasoning.terms import Concept
from service.reasoning.words import Words, words_of

# What can be assumed of a concept: no contradiction.
STATES = (State.PRESENT, State.ABSENT, State.UNKNOWN)
QUANTITY, UNIT = "quantity", "note_unit"
# How many ids an error proposes, and how many it lists where nothing is alike.
ALIKE, LISTED = 3, 12


@dataclass(frozen=True, slots=True)
class Assumption:
    """What is assumed of one concept: a state, a coded value or a quantity.

    `path` is the FHIRPath of its concept in the posted document, `at` that of its state
    or value; "" on a command line.
    """

    concept: str
    state: State | None = None
    value: str = ""
    quantity: Quantity | None = None
    path: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Supposition:
    """Assumptions that can hold together, by concept, whatever order they came in.

    `stated` are the findings that each of them gives; nothing for what is assumed to be
    unknown.
    """

    assumptions: tuple[Assumption, ...]
    stated: tuple[tuple[Finding, ...], ...]


def read_assumptions(
    assumptions: Iterable[Assumption], knowledge: Knowledge
) -> Supposition:
    """The assumptions in the words of the ontology.

    Raises InvalidContent with every problem: a concept, state, value or unit that does
    not fit, a concept assumed twice, assumptions that contradict each other.
    """
    words = words_of(knowledge)
    ordered = tuple(sorted(assumptions, key=lambda assumed: assumed.concept))
    if not ordered:
        raise InvalidContent("Assume something: a concept and its state or value.")
    problems = [fault for each in ordered if (fault := _fault(each, words))]
    problems += _repeated(ordered)
    if problems:
        raise InvalidContent(problems=tuple(problems))
    stated = tuple(_state(each, words) for each in ordered)
    problems = _contradictions(ordered, stated, knowledge.compiled)
    if problems:
        raise InvalidContent(problems=tuple(problems))
    return Supposition(ordered, stated)


def similar(wanted: str, names: Iterable[str]) -> str:
    """What a misspelled id may have meant, as the end of a sentence."""
    known = sorted(names)
    alike = difflib.get_close_matches(wanted, known, n=ALIKE)
    if alike:
        return f"; did you mean {', '.join(alike)}?"
    return f": it is one of {', '.join(known)}." if len(known) <= LISTED else "."


def _fault(assumed: Assumption, words: Words) -> Problem | None:
    """What is wrong with one assumption, before its value is read."""
    concepts = words.vocabulary.concepts
    stated = [name for name in concepts if words.is_stated(name)]
    if assumed.concept not in concepts:
        hint = similar(assumed.concept, stated)
        return _problem(f"The ontology has no such concept{hint}", assumed.path)
    if assumed.concept not in stated:
        message = "This concept is not found in a patient: assume what it rests on."
        return _problem(message, assumed.path)
    concept = words.concept(assumed.concept)
    message = _misfit(assumed, concept, words)
    code = "value" if assumed.quantity else "code-invalid"
    return _problem(message, assumed.at, code) if message else None


def _misfit(assumed: Assumption, concept: Concept, words: Words) -> str:
    """Why a state or value does not fit the concept; "" where it does."""
    is_number = concept.value_type == QUANTITY
    if assumed.state is State.UNKNOWN:
        return ""
    if is_number and assumed.state is not None:
        return f"It is measured: give a number in {concept.unit}, or unknown."
    if assumed.quantity is not None and not is_number:
        return "It has no number: give present, absent, unknown or one of its values."
    if not assumed.value:
        return _unit_fault(assumed, concept, words) if is_number else ""
    levels = words.levels
    values = (
        (levels.low, levels.normal, levels.high)
        if is_number
        else concept.allowed_values
    )
    if assumed.value in values:
        return ""
    return f"It has no such value{similar(assumed.value, (*STATES, *values))}"


def _unit_fault(assumed: Assumption, concept: Concept, words: Words) -> str:
    """Why the gate of grounding lets a number not pass; "" where it does."""
    stated = state_findings(_statement(assumed, words), words)
    if stated.findings:
        return ""
    if any(note.phrase == UNIT for note in stated.notes):
        return f"The number needs a UCUM unit that converts to {concept.unit}."
    return "The number cannot be true of a patient."


def _problem(message: str, path: str, code: str = "code-invalid") -> Problem:
    return Problem(code, message, path or None)


def _repeated(ordered: tuple[Assumption, ...]) -> Iterator[Problem]:
    counts = Counter(assumed.concept for assumed in ordered)
    for assumed in ordered:
        if counts[assumed.concept] > 1:
            message = "Assume one thing of each concept."
            yield _problem(message, assumed.path, "duplicate")


def _state(assumed: Assumption, words: Words) -> tuple[Finding, ...]:
    """What the assumption states, by the gate of grounding."""
    if assumed.state is State.UNKNOWN:
        return ()
    return tuple(state_findings(_statement(assumed, words), words).findings)


def _statement(assumed: Assumption, words: Words) -> Statement:
    """The assumption as a resource would state it, in codes of our own system."""
    system = min(words.vocabulary.own_systems)
    value: bool | Quantity | tuple[Coding, ...] | None = assumed.quantity
    if assumed.state is not None:
        value = assumed.state is State.PRESENT
    elif assumed.value:
        value = (Coding(system, assumed.value, "", assumed.at),)
    return Statement(
        source=Source("", assumed.path, is_assumed=True),
        codes=(Coding(system, assumed.concept, "", assumed.path),),
        value=value,
    )


def _contradictions(
    ordered: tuple[Assumption, ...],
    stated: tuple[tuple[Finding, ...], ...],
    compiled: Compiled,
) -> list[Problem]:
    """What cannot be assumed together."""
    findings = [finding for each in stated for finding in each]
    seeds = [seed_of(finding, compiled) for finding in findings]
    disputes = find_disputes(findings, seeds, compiled)
    at_odds = {f.concept for dispute in disputes for f in dispute.findings}
    for assumed in ordered:
        present, excluded = compiled.halves.get(assumed.concept, (0, 0))
        if assumed.state is State.UNKNOWN and any(
            seed.adds & (present | excluded) for seed in seeds
        ):
            at_odds.add(assumed.concept)
    message = "What is assumed contradicts itself: leave one of the assumptions out."
    return [
        _problem(message, assumed.path, "conflict")
        for assumed, own in zip(ordered, stated, strict=True)
        if at_odds & {assumed.concept, *(finding.concept for finding in own)}
    ]
