"""The smallest sets of unknown facts that would change a conclusion (ontology.md 6).

A set is found backwards, along the rules that lead to another option of a choice, and
then confirmed forwards, by evaluating the case with it; a set of which a part does the
same is left out. The search is bounded: sets of at most SIZE facts, and TRIED of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

from service.model import Finding, State
from service.reasoning.compiled import PRESENT, concept_of
from service.reasoning.evaluation import evaluate_passes, reported
from service.reasoning.ranking import rank_candidates
from service.reasoning.reasoned import (
    GRADE,
    Reasoned,
    is_disputed,
    reason,
    values_of,
)

SIZE, TRIED, WAYS = 3, 150, 400
# Facts as classes of cases, present_X and excluded_X.
Facts: TypeAlias = frozenset[str]
# What is asked for: the id of a result or hypothesis, and what is said of it.
Outcome: TypeAlias = "tuple[str, str]"
# A case that contradicts itself says nothing of what a set would mean.
CONTRADICTED: Outcome = ("", "")
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class FactSet:
    """Unknown facts that together change a conclusion, none of them being spare.

    `facts` are concepts with the state that they would have, by id; `before` and
    `after` are a result or hypothesis with its value ("" where it is not sent), or
    ("", NOTHING) where no explanation leads.
    """

    facts: tuple[tuple[str, State], ...]
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Search:
    """One search: the case, what is read of an evaluation, and what was tried."""

    reasoned: Reasoned
    read: Callable[[tuple[Finding, ...], Reasoned], Outcome]
    ways: dict[str, tuple[Facts, ...]] = field(default_factory=dict)
    outcomes: dict[Facts, Outcome] = field(default_factory=dict)

    def outcome(self, facts: Facts) -> Outcome:
        """What would be said with these facts; CONTRADICTED if they cannot be."""
        found = self.outcomes.get(facts)
        if found is None:
            more = tuple(map(as_finding, sorted(facts)))
            case = (*_findings(self.reasoned), *more)
            found = self.outcomes[facts] = self.read(case, self.reasoned)
        return found


def sets_for(concept: str, reasoned: Reasoned) -> tuple[FactSet, ...]:
    """The smallest sets that change what is said of a result or hypothesis."""

    def read(findings: tuple[Finding, ...], base: Reasoned) -> Outcome:
        return _value_with(concept, findings, base)

    ids = (concept, GRADE + concept)
    return _search(Search(reasoned, read), _goals(ids, reasoned))


def sets_for_leading(reasoned: Reasoned) -> tuple[FactSet, ...]:
    """The smallest sets that change the first of the differential or its grade."""
    ids = [GRADE + id for id in reasoned.knowledge.hypotheses]
    return _search(Search(reasoned, _leading_with), _goals(ids, reasoned))


def as_finding(fact: str) -> Finding:
    """A fact as something that a record could state."""
    state = State.PRESENT if fact.startswith(PRESENT) else State.ABSENT
    return Finding(concept_of(fact), state, ())


def _findings(reasoned: Reasoned) -> tuple[Finding, ...]:
    """All findings of the case, those set aside included."""
    aside = [f for dispute in reasoned.evaluation.disputes for f in dispute.findings]
    return (*reasoned.evaluation.kept, *{id(f): f for f in aside}.values())


def _search(search: Search, goals: Iterable[str]) -> tuple[FactSet, ...]:
    """Smallest first, by id; a set with a part that changes the same is dropped."""
    tried = {facts for goal in goals for facts in _ways(goal, search) if facts}
    ordered = sorted(tried, key=lambda facts: (len(facts), sorted(facts)))[:TRIED]
    before = search.outcome(frozenset())
    found: list[FactSet] = []
    for facts in ordered:
        after = search.outcome(facts)
        if after in (before, CONTRADICTED) or _has_smaller(facts, before, search):
            continue
        stated = tuple((concept_of(f), as_finding(f).state) for f in sorted(facts))
        found.append(FactSet(stated, before, after))
    return tuple(found)


def _has_smaller(facts: Facts, before: Outcome, search: Search) -> bool:
    """Whether a part of the facts changes the conclusion already."""
    return any(
        search.outcome(frozenset(part)) not in (before, CONTRADICTED)
        for size in range(1, len(facts))
        for part in combinations(sorted(facts), size)
    )


def _goals(ids: Iterable[str], reasoned: Reasoned) -> Iterator[str]:
    """The classes that could give one of these choices another option."""
    wanted = set(ids)
    for choice in reasoned.compiled.choices:
        if choice.id in wanted:
            chosen = reasoned.derived.chosen[choice.index]
            for option in choice.options:
                if option is not chosen:
                    yield option.option.name
            if chosen is not None:
                yield from reasoned.compiled.members(chosen.overriders)


def _ways(name: str, search: Search) -> tuple[Facts, ...]:
    """The sets of unknown facts from which a class would follow, smallest first."""
    known = search.ways.get(name)
    if known is not None:
        return known
    search.ways[name] = ()
    reasoned = search.reasoned
    compiled, concept = reasoned.compiled, concept_of(name)
    if reasoned.classes & compiled.bit(name):
        found = {frozenset[str]()}
    elif concept and _is_settled(concept, reasoned):
        found = set()
    elif concept in compiled.asserting:
        found = {frozenset((name,))}
    else:
        bodies = [rule.body for rule in compiled.rules_to.get(name, ())]
        bodies += [(option,) for option in _options(name, reasoned)]
        found = {facts for body in bodies for facts in _together(body, search)}
    search.ways[name] = _smallest(found)
    return search.ways[name]


def _is_settled(concept: str, reasoned: Reasoned) -> bool:
    """Whether the record has an answer already, or contradicts itself about it."""
    present, excluded = reasoned.compiled.halves.get(concept, (0, 0))
    is_known = reasoned.classes & (present | excluded)
    return bool(is_known) or is_disputed(concept, reasoned)


def _options(name: str, reasoned: Reasoned) -> Iterator[str]:
    """The options whose value is asserted as this class."""
    for choice in reasoned.knowledge.choices.values():
        for option in choice.options:
            if option.asserts == name:
                yield option.name


def _together(body: Iterable[str], search: Search) -> set[Facts]:
    """The sets that give every condition of a rule."""
    found = {frozenset[str]()}
    for name in body:
        ways = _ways(name, search)
        found = {one | other for one in found for other in ways}
        found = set(_smallest(found))
        if not found:
            break
    return found


def _smallest(sets: Iterable[Facts]) -> tuple[Facts, ...]:
    """Those without a part among them, of the size that is looked for, bounded."""
    kept: list[Facts] = []
    for facts in sorted(sets, key=lambda each: (len(each), sorted(each))):
        if len(facts) > SIZE or len(kept) >= WAYS:
            break
        if not any(other <= facts for other in kept):
            kept.append(facts)
    return tuple(kept)


def _value_with(concept: str, findings: tuple[Finding, ...], base: Reasoned) -> Outcome:
    evaluation = evaluate_passes(findings, base.compiled)
    if len(evaluation.disputes) > len(base.evaluation.disputes):
        return CONTRADICTED
    values = dict(reported(evaluation.second.chosen))
    values |= values_of(evaluation.second, base.knowledge)
    return concept, values.get(concept, "")


def _leading_with(findings: tuple[Finding, ...], base: Reasoned) -> Outcome:
    reasoned = reason(findings, base.knowledge)
    if len(reasoned.evaluation.disputes) > len(base.evaluation.disputes):
        return CONTRADICTED
    return leading_of(reasoned)


def leading_of(reasoned: Reasoned) -> Outcome:
    """The first of the differential with its grade; NOTHING if none is in play."""
    results = reasoned.knowledge.results
    for candidate in rank_candidates(reasoned)[:1]:
        if candidate.grade in (results.likely, results.possible):
            return candidate.hypothesis, candidate.grade
    return "", NOTHING
