"""Which tests could change something, in the order in which to do them (section 6).

Tests that decide an open point come first, then those that decide a supporting
criterion of a candidate, then those that could change another reported value. Inside
a group: more open points, lower burden, more such criteria, more values, id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from service.model import Advice, Candidate, NearMiss, State
from service.reasoning.compiled import concept_of
from service.reasoning.criterion_states import NEEDED, OPEN_ROLES, SUPPORTING
from service.reasoning.knowledge import Knowledge
from service.reasoning.near_misses import results_by_concept
from service.reasoning.reasoned import Reasoned, is_disputed, state_of
from service.reasoning.rules import RecommendableTest
from service.reasoning.seeds import seed_of
from service.reasoning.what_if import Base, changes_if

UNDECIDED = (State.UNKNOWN, State.CONFLICTING)


@dataclass(frozen=True, slots=True)
class Needs:
    """What the case leaves open, by criterion.

    `points` are the open points and `supports` unknown supporting criteria, each with
    the candidates that they belong to (none for a point of the whole case); `results`
    are the reported results that deciding a criterion could change, `needed_by` the
    hypotheses that need it.
    """

    points: Mapping[str, tuple[str, ...]]
    supports: Mapping[str, tuple[str, ...]]
    results: Mapping[str, frozenset[str]]
    needed_by: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Use:
    """What one test would do for the case."""

    test: RecommendableTest
    points: tuple[str, ...]
    supports: tuple[str, ...]
    results: frozenset[str]

    @property
    def key(self) -> tuple[int | str, ...]:
        """The order of the tests: group, then what it does, then burden and id."""
        group = 0 if self.points else 1 if self.supports else 2
        return (
            group,
            -len(self.points),
            self.test.burden,
            -len(self.supports),
            -len(self.results),
            self.test.id,
        )


def advise_tests(
    candidates: tuple[Candidate, ...], misses: tuple[NearMiss, ...], base: Base
) -> tuple[Advice, ...]:
    """All tests that can do something, surveillance, then the last resort."""
    reasoned = base.reasoned
    needs = _needs(candidates, misses, base)
    uses = [_use(test, needs) for test in reasoned.knowledge.tests.values()]
    useful = sorted(
        (use for use in uses if use.points or use.supports or use.results),
        key=lambda use: (not _is_first(use.test, reasoned), use.key),
    )
    done = {use.test.id for use in useful}
    watching = [use for use in _surveillance(uses, reasoned) if use.test.id not in done]
    ordered = [use for use in useful if not use.test.is_last_resort]
    last = [use for use in useful if use.test.is_last_resort]
    return tuple(
        _advice(use, rank, needs, reasoned)
        for rank, use in enumerate([*ordered, *watching, *last], start=1)
    )


def _use(test: RecommendableTest, needs: Needs) -> Use:
    changed = (needs.results.get(name, ()) for name in test.decides)
    return Use(
        test,
        tuple(name for name in test.decides if name in needs.points),
        tuple(name for name in test.decides if name in needs.supports),
        frozenset(result for results in changed for result in results),
    )


def _is_first(test: RecommendableTest, reasoned: Reasoned) -> bool:
    """Whether this is the test for a record without any lesion, and this is one."""
    gate = reasoned.compiled.bit(reasoned.knowledge.results.lesion_gate)
    return test.is_first_without_lesion and not reasoned.classes & gate


def _surveillance(uses: Iterable[Use], reasoned: Reasoned) -> list[Use]:
    """Tests of the further course, which only a supported assessment asks for."""
    results = reasoned.knowledge.results
    if _value(results.assessment, reasoned) != results.supported:
        return []
    watching = [use for use in uses if use.test.is_surveillance]
    return sorted(watching, key=lambda use: (use.test.burden, use.test.id))


def _advice(use: Use, rank: int, needs: Needs, reasoned: Reasoned) -> Advice:
    is_idle = not (use.points or use.supports or use.results)
    states = [(name, state_of(name, reasoned)) for name in use.test.decides]
    undecided = [pair for pair in states if pair[1] in UNDECIDED]
    groups = ((needs.points, use.points), (needs.supports, use.supports))
    concerned = {
        id: None for group, names in groups for name in names for id in group[name]
    }
    decided = {name for name, _ in undecided}
    return Advice(
        test=use.test.id,
        rank=rank,
        decides=() if is_idle else tuple(undecided),
        open_points=use.points,
        hypotheses=(*concerned, *_unlisted(decided, concerned.keys(), needs)),
        is_surveillance=is_idle,
    )


def _unlisted(
    decided: AbstractSet[str], concerned: AbstractSet[str], needs: Needs
) -> tuple[str, ...]:
    """Other hypotheses a need of which the test would decide, by id."""
    ids = {id for name in decided for id in needs.needed_by.get(name, ())}
    return tuple(sorted(ids - concerned))


@lru_cache(maxsize=4)
def _needed_by(knowledge: Knowledge) -> Mapping[str, list[str]]:
    needed: dict[str, list[str]] = {}
    for id, rows in knowledge.criteria.items():
        for row in rows:
            if row.role == NEEDED:
                needed.setdefault(row.criterion, []).append(id)
    return needed


def _needs(
    candidates: tuple[Candidate, ...], misses: tuple[NearMiss, ...], base: Base
) -> Needs:
    points: dict[str, dict[str, None]] = {}
    supports: dict[str, dict[str, None]] = {}
    results = base.reasoned.knowledge.results
    for candidate in candidates:
        if candidate.grade in (results.likely, results.possible):
            for row in candidate.criteria:
                group = points if row.role in OPEN_ROLES else supports
                is_asked = row.role in OPEN_ROLES or row.role == SUPPORTING
                if row.state is State.UNKNOWN and is_asked:
                    group.setdefault(row.criterion, {})[candidate.hypothesis] = None
    for criterion in (*_open_conditions(base.reasoned), *_in_dispute(base.reasoned)):
        points.setdefault(criterion, {})
    return Needs(
        {criterion: tuple(ids) for criterion, ids in points.items()},
        {criterion: tuple(ids) for criterion, ids in supports.items()},
        _changeable(misses, base),
        _needed_by(base.reasoned.knowledge),
    )


def _open_conditions(reasoned: Reasoned) -> list[str]:
    """Unknown conditions under which a biopsy may be avoided."""
    knowledge, compiled = reasoned.knowledge, reasoned.compiled
    results = knowledge.results
    if _value(results.assessment, reasoned) == results.not_supported:
        return []
    choice_of = {
        option.asserts: choice.id
        for choice in knowledge.choices.values()
        for option in choice.options
    }
    conditions = [
        (name, concept_of(name) or choice_of.get(name, ""))
        for rule in compiled.rules_to.get(results.spared, ())
        for name in rule.body
    ]
    return [
        criterion
        for name, criterion in conditions
        if criterion
        and not reasoned.classes & compiled.bit(name)
        and state_of(criterion, reasoned) in UNDECIDED
    ]


def _in_dispute(reasoned: Reasoned) -> list[str]:
    """Criteria of tests that findings set aside speak of and that are now open."""
    compiled = reasoned.compiled
    aside = 0
    for dispute in reasoned.evaluation.disputes:
        for finding in dispute.findings:
            aside |= seed_of(finding, compiled).adds
    if not aside:
        return []
    return [
        criterion
        for criterion in _decidable(reasoned)
        if is_disputed(criterion, reasoned)
        or any(aside & half for half in compiled.halves.get(criterion, ()))
    ]


def _decidable(reasoned: Reasoned) -> list[str]:
    """Every criterion that some test decides and that this case leaves open."""
    names = _decided(reasoned.knowledge)
    return [name for name in names if state_of(name, reasoned) in UNDECIDED]


@lru_cache(maxsize=4)
def _decided(knowledge: Knowledge) -> tuple[str, ...]:
    """Every criterion that some test decides, by id."""
    tests = knowledge.tests.values()
    return tuple(sorted({criterion for test in tests for criterion in test.decides}))


def _changeable(misses: tuple[NearMiss, ...], base: Base) -> dict[str, frozenset[str]]:
    """By criterion of a test: the reported results that deciding it could change."""
    known = results_by_concept(misses)
    found: dict[str, frozenset[str]] = {}
    for criterion in _decidable(base.reasoned):
        results = known.get(criterion, frozenset())
        if criterion not in base.compiled.asserting:
            present = changes_if(criterion, State.PRESENT, base)
            absent = changes_if(criterion, State.ABSENT, base)
            results = frozenset(change[0] for change in (*present, *absent))
        if results:
            found[criterion] = results
    return found


def _value(choice: str, reasoned: Reasoned) -> str:
    chosen = reasoned.evaluation.second.chosen
    return dict(o.pair for o in chosen if o is not None).get(choice, "")
