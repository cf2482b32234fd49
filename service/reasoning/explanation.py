"""Why, why not, what next: answers about one concept of a case (ontology.md 6).

Plain values, no text: the caller puts them into words. Three ways in which something
does not count are never mixed: unknown (not on record), absent (explicitly denied) and
overridden (it holds, but something outweighs it).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
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
from service.reasoning.criterion_states import (
    CONTRADICTING,
    EXCLUDING,
    NEEDED,
    states_of,
)
from service.reasoning.distance import Gap, nearest
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
from service.reasoning.smallest_sets import FactSet, sets_for


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
    `by` what outweighs it; `findings` are those that speak against it, `gap` how far
    a measured value is away.
    """

    name: str
    concept: str
    lack: Lack
    by: str = ""
    findings: tuple[Finding, ...] = ()
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One rule or option by which something could hold, and what is in its way.

    `conditions` is how many the rule has, those that hold included.
    """

    axiom: str
    sources: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    conditions: int = 1

    @property
    def failed(self) -> int:
        """How many conditions fail, rather than being unknown."""
        return sum(each.lack is not Lack.UNKNOWN for each in self.obstacles)

    @property
    def distance(self) -> tuple[int, int, Decimal]:
        """What orders ways, the nearest first: failed, lacking, the smallest gap."""
        shares = [each.gap.share for each in self.obstacles if each.gap]
        return self.failed, len(self.obstacles), min(shares, default=Decimal(0))


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest failed condition: a class of cases, its gap where it is measured.

    `failed`, `unknown` and `conditions` count the needs of the hypothesis, or the
    conditions of the way on which it stands.
    """

    name: str
    gap: Gap | None
    failed: int
    unknown: int
    conditions: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that can be said of one concept, hypothesis, criterion, result or value.

    `value` is what is reported of a result or hypothesis ("" where nothing is),
    `state` that of anything with two halves. `why` is None where nothing holds;
    `against` are the ways in which it could hold and does not, the nearest first,
    `criteria` the rows of a hypothesis that fail, are open or speak against it, and
    `nearest` the failed one that lacks least; `next`, `sets` and `tests` would change
    it.
    """

    concept: str
    value: str
    state: State | None
    why: Justification | None
    against: tuple[Way, ...]
    criteria: tuple[CriterionState, ...]
    next: tuple[NearMiss, ...]
    tests: tuple[Advice, ...]
    nearest: Nearest | None = None
    sets: tuple[FactSet, ...] = ()


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
    rows = states_of(concept, reasoned)
    against = _against(concept, choice, reasoned)
    return Explanation(
        concept=concept,
        value=_value_of(choice, reasoned),
        state=None if choice else state_of(concept, reasoned),
        why=_why(concept, choice, reasoned),
        against=against,
        criteria=tuple(row for row in rows if not _is_for(row)),
        next=tuple(changing),
        tests=tuple(a for a in conclusions.tests if _is_about(a, about)),
        nearest=_nearest_row(rows, reasoned) if rows else _nearest_way(against),
        sets=sets_for(concept, reasoned) if choice else (),
    )


def _is_for(row: CriterionState) -> bool:
    """Whether a row holds and is no reason why not."""
    return row.holds is True and row.role not in (CONTRADICTING, EXCLUDING)


def _nearest_row(
    rows: tuple[CriterionState, ...], reasoned: Reasoned
) -> Nearest | None:
    """The failed row with the smallest gap, else the first one of the table."""
    needs = [row for row in rows if row.role == NEEDED]
    failed = {
        _wanted(row): nearest([_wanted(row)], reasoned)
        for row in rows
        if _fails_row(row)
    }
    if not failed:
        return None
    name = min(failed, key=lambda key: _gap_key(failed[key]))
    return Nearest(
        name,
        failed[name],
        sum(row.holds is False for row in needs),
        sum(row.holds is None for row in needs),
        len(needs),
    )


def _fails_row(row: CriterionState) -> bool:
    """Whether the row speaks against its hypothesis: neither for it nor open."""
    if row.role == NEEDED:
        return row.holds is False
    return row.role in (CONTRADICTING, EXCLUDING) and row.holds is True


def _wanted(row: CriterionState) -> str:
    """The class that would have to hold for the row to be no obstacle."""
    is_present = (row.role == NEEDED) is not row.negated
    return (PRESENT if is_present else EXCLUDED) + row.criterion


def _nearest_way(against: tuple[Way, ...]) -> Nearest | None:
    """The condition with the smallest gap that fails on the nearest way."""
    for way in against[:1]:
        failed = [each for each in way.obstacles if each.lack is Lack.ABSENT]
        if failed:
            first = min(failed, key=lambda each: _gap_key(each.gap))
            unknown = len(way.obstacles) - way.failed
            return Nearest(first.name, first.gap, way.failed, unknown, way.conditions)
    return None


def _gap_key(gap: Gap | None) -> tuple[bool, Decimal]:
    return gap is None, gap.share if gap else Decimal(0)


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
        failing = (_way(rule, reasoned) for rule in rules if _fails(rule, reasoned))
        return tuple(sorted(failing, key=lambda way: way.distance))
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
    return tuple(sorted(ways, key=lambda way: way.distance))


def _fails(rule: Rule, reasoned: Reasoned) -> bool:
    compiled = reasoned.compiled
    return any(not reasoned.classes & compiled.bit(name) for name in rule.body)


def _way(rule: Rule, reasoned: Reasoned) -> Way:
    lacking = [
        name for name in rule.body if not reasoned.classes & reasoned.compiled.bit(name)
    ]
    obstacles = tuple(_obstacle(name, reasoned) for name in lacking)
    return Way(rule.axiom.id, rule.axiom.sources, obstacles, len(rule.body))


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
    gap = nearest([name], reasoned)
    return Obstacle(name, concept, lack, findings=findings, gap=gap)
