"""The state of each criterion of a hypothesis and of each definition, with findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from service.model import CriterionState, Finding, State
from service.reasoning.compiled import EXCLUDED, PRESENT
from service.reasoning.reasoned import Reasoned, findings_behind, state_of
from service.reasoning.rules import CriterionRow

NEEDED, SUPPORTING, STOP = "needed", "supporting", "stop"
CONTRADICTING, EXCLUDING = "contradicting", "excluding"
OPEN_ROLES = (NEEDED, CONTRADICTING, EXCLUDING)


def state_of_row(row: CriterionRow, reasoned: Reasoned) -> CriterionState:
    """The state of one row of `criteria.tsv`, before and after polarity."""
    return unproved_state(row, reasoned, findings_behind(row.criterion, reasoned))


def unproved_state(
    row: CriterionRow, reasoned: Reasoned, findings: tuple[Finding, ...] = ()
) -> CriterionState:
    """The same with the findings that are given, for whoever needs no proof."""
    state = state_of(row.criterion, reasoned)
    return CriterionState(
        criterion=row.criterion,
        role=row.role,
        negated=row.negated,
        strength=row.strength,
        state=state,
        holds=_holds(state, negated=row.negated),
        sources=row.sources,
        findings=findings,
    )


def states_of(hypothesis: str, reasoned: Reasoned) -> tuple[CriterionState, ...]:
    """The states of all rows of a hypothesis, in table order."""
    rows = reasoned.knowledge.criteria.get(hypothesis, ())
    return tuple(state_of_row(row, reasoned) for row in rows)


def definition_states(reasoned: Reasoned) -> tuple[CriterionState, ...]:
    """The states of all concepts of the kind definition, by id."""
    knowledge = reasoned.knowledge
    definitions = [knowledge.concepts[id] for id in knowledge.of_kind("definition")]
    rows = [
        CriterionRow("", each.kind, each.id, False, 0, each.sources, each.label)
        for each in definitions
    ]
    states = (state_of_row(row, reasoned) for row in rows)
    return tuple(
        replace(state, open=open_conditions(state.criterion, reasoned))
        if state.state is State.UNKNOWN
        else state
        for state in states
    )


def open_conditions(criterion: str, reasoned: Reasoned) -> tuple[str, ...]:
    """What the record leaves open of the conditions of a criterion.

    A criterion has one or more axioms; the one with the fewest open conditions says.
    """
    rules = reasoned.compiled.rules_to.get(PRESENT + criterion, ())
    ways: list[list[str]] = []
    for rule in rules:
        parts = (b.removeprefix(PRESENT).removeprefix(EXCLUDED) for b in rule.body)
        ways.append([p for p in parts if state_of(p, reasoned) is State.UNKNOWN])
    fewest = sorted(ways, key=len)[:1]
    return tuple(name for way in fewest for name in way)


def count_states(states: Iterable[CriterionState]) -> tuple[int, int, int]:
    """Met, contradicted, unknown: after polarity and role (FHIR contract, section 3).

    A criterion in two roles counts once, as the needed one; stop criteria do not count,
    and a conflicting criterion is none of the three.
    """
    states = tuple(states)
    needed = {state.criterion for state in states if state.role == NEEDED}
    counted = [
        state
        for state in states
        if state.role != STOP
        and (state.role == NEEDED or state.criterion not in needed)
    ]
    return (
        sum(s.holds is True and s.role in (NEEDED, SUPPORTING) for s in counted),
        sum(map(_is_against, counted)),
        sum(s.state is State.UNKNOWN and s.role in OPEN_ROLES for s in counted),
    )


def _is_against(state: CriterionState) -> bool:
    if state.role == NEEDED:
        return state.holds is False
    return state.role in (CONTRADICTING, EXCLUDING) and state.holds is True


def _holds(state: State, *, negated: bool) -> bool | None:
    match state:
        case State.PRESENT:
            return not negated
        case State.ABSENT:
            return negated
        case _:
            return None
