"""Why, why not, what next: answers about one concept of a case (ontology.md 6).

Plain values, no text: the caller puts them into words. Three ways in which something
does not count are never mixed: unknown (not on record), absent (explicitly denied) and
overridden (it holds, but something outweighs it).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.model import (
    Advice,
    Case,
    CriterionState,
    Entailments,
    Finding,
    Justification,
    NearMiss,
    State,
)
from service.reasoning.compiled import EXCLUDED, PRESENT, CompiledChoice, concept_of
from service.reasoning.criterion_states import states_of
from service.reasoning.justification import conclude
from service.reasoning.knowledge import Knowledge
from service.reasoning.reasoned import (
    GRADE,
    Reasoned,
    check_same,
    findings_behind,
    reason,
    state_of,
)
from service.reasoning.reasons import justify_choice, justify_class
from service.reasoning.rules import Rule


class Lack(StrEnum):
    """In which way a condition does not count."""

    UNKNOWN = "unknown"
    ABSENT = "absent"
    CONFLICTING = "conflicting"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A condition that would have to hold and does not count.

    `name` is a class of cases, `concept` its X ("" for a class without halves) and
    `by` what outweighs it; `findings` are those that speak against it.
    """

    name: str
    concept: str
    lack: Lack
    by: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One rule or option by which something could hold, and what is in its way."""

    axiom: str
    sources: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that can be said of one concept, hypothesis, criterion, result or value.

    `value` is what is reported of a result or hypothesis ("" where nothing is),
    `state` that of anything with two halves. `why` is None where nothing holds;
    `against` are the ways in which it could hold and does not, `criteria` the failed
    or open rows of a hypothesis; `next` and `tests` would change it.
    """

    concept: str
    value: str
    state: State | None
    why: Justification | None
    against: tuple[Way, ...]
    criteria: tuple[CriterionState, ...]
    next: tuple[NearMiss, ...]
    tests: tuple[Advice, ...]


def explain(
    case: Case, entailments: Entailments, knowledge: Knowledge, concept: str
) -> Explanation:
    """Why a concept holds, why not, and what would change it; KeyError if unknown."""
    reasoned = reason(case.findings, knowledge)
    check_same(entailments, reasoned)
    choice = _choice_of(concept, reasoned)
    if choice is None and concept not in reasoned.compiled.halves:
        raise KeyError(concept)
    conclusions = conclude(reasoned)
    misses = conclusions.near_misses
    changing = [m for m in misses if any(c[0] == concept for c in m.changes)]
    about = {concept, *(miss.concept for miss in changing)}
    open_rows = (s for s in states_of(concept, reasoned) if s.holds is not True)
    return Explanation(
        concept=concept,
        value=_value_of(choice, reasoned),
        state=None if choice else state_of(concept, reasoned),
        why=_why(concept, choice, reasoned),
        against=_against(concept, choice, reasoned),
        criteria=tuple(open_rows),
        next=tuple(changing),
        tests=tuple(a for a in conclusions.tests if _is_about(a, about)),
    )


def _choice_of(concept: str, reasoned: Reasoned) -> CompiledChoice | None:
    names = (concept, GRADE + concept)
    found = (choice for choice in reasoned.compiled.choices if choice.id in names)
    return next(found, None)


def _value_of(choice: CompiledChoice | None, reasoned: Reasoned) -> str:
    option = reasoned.derived.chosen[choice.index] if choice else None
    return option.option.reports if option else ""


def _is_about(advice: Advice, concepts: set[str]) -> bool:
    return not concepts.isdisjoint((*advice.hypotheses, *dict(advice.decides)))


def _why(
    concept: str, choice: CompiledChoice | None, reasoned: Reasoned
) -> Justification | None:
    if choice is not None:
        chosen = reasoned.derived.chosen[choice.index]
        return justify_choice(choice.id, reasoned) if chosen else None
    for prefix in (PRESENT, EXCLUDED):
        if reasoned.classes & reasoned.compiled.bit(prefix + concept):
            return justify_class(prefix + concept, reasoned)
    return None


def _against(
    concept: str, choice: CompiledChoice | None, reasoned: Reasoned
) -> tuple[Way, ...]:
    """For a result its options that are not taken, else the rules of the present half.

    Options after the one that is reported are left out.
    """
    if choice is None:
        rules = reasoned.compiled.rules_to.get(PRESENT + concept, ())
        return tuple(_way(rule, reasoned) for rule in rules if _fails(rule, reasoned))
    chosen = reasoned.derived.chosen[choice.index]
    ways: list[Way] = []
    for option in choice.options:
        if option is chosen:
            break
        if reasoned.classes & option.bit:
            by = min(reasoned.compiled.members(reasoned.classes & option.overriders))
            name = option.option.name
            lack = Obstacle(name, concept_of(name), Lack.OVERRIDDEN, by)
            ways.append(Way("", (), (lack,)))
        else:
            rules = reasoned.compiled.rules_to.get(option.option.name, ())
            ways += [_way(rule, reasoned) for rule in rules]
    return tuple(ways)


def _fails(rule: Rule, reasoned: Reasoned) -> bool:
    compiled = reasoned.compiled
    return any(not reasoned.classes & compiled.bit(name) for name in rule.body)


def _way(rule: Rule, reasoned: Reasoned) -> Way:
    lacking = [
        name for name in rule.body if not reasoned.classes & reasoned.compiled.bit(name)
    ]
    obstacles = tuple(_obstacle(name, reasoned) for name in lacking)
    return Way(rule.axiom.id, rule.axiom.sources, obstacles)


def _obstacle(name: str, reasoned: Reasoned) -> Obstacle:
    concept = concept_of(name)
    state = state_of(concept, reasoned) if concept else State.UNKNOWN
    match state:
        case State.UNKNOWN:
            return Obstacle(name, concept, Lack.UNKNOWN)
        case State.CONFLICTING:
            lack = Lack.CONFLICTING
        case _:
            lack = Lack.ABSENT
    findings = findings_behind(concept, reasoned)
    return Obstacle(name, concept, lack, findings=findings)
