"""What differs between two sets of Conclusions about one subject.

Plain values, in the order of a report; ids of the ontology on both sides, so that any
language can say them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from service.model import Candidate, Conclusion, Conclusions
from service.reasoning.knowledge import Results


class Aspect(StrEnum):
    """In which respect two reports differ."""

    VALUE = "value"
    CONTESTED = "contested"
    STATE = "state"
    GRADE = "grade"
    ORDER = "order"
    TEST = "test"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    `concept` is a result, definition, hypothesis, test or the concept of a conflict; of
    an order it is the kind of what is ordered. `before` and `after` hold ids, none
    where that report says nothing of it: one value, grade or state, the other values
    of what is contested, or what both reports list, in its order.
    """

    aspect: Aspect
    concept: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def find_differences(
    old: Conclusions, new: Conclusions, results: Results
) -> tuple[Difference, ...]:
    """All of them: answers, definitions, differential, tests, conflicts."""
    found = [
        *_answers(_results_of(old), _results_of(new)),
        *_states(_definitions_of(old, results), _definitions_of(new, results)),
        *_grades(old.differential, new.differential),
        *_order(results.rank, _hypotheses_of(old), _hypotheses_of(new)),
        *_tests(_tests_of(old), _tests_of(new), results),
        *_conflicts(_conflicts_of(old), _conflicts_of(new), results),
    ]
    return tuple(found)


def _results_of(side: Conclusions) -> dict[str, Conclusion]:
    return {each.concept: each for each in side.answers}


def _answers(
    before: dict[str, Conclusion], after: dict[str, Conclusion]
) -> Iterator[Difference]:
    for concept in dict.fromkeys((*before, *after)):
        old, new = before.get(concept), after.get(concept)
        yield from _differ(
            Aspect.VALUE,
            concept,
            (old.value,) if old else (),
            (new.value,) if new else (),
        )
        yield from _differ(
            Aspect.CONTESTED,
            concept,
            old.contested if old else (),
            new.contested if new else (),
        )


def _definitions_of(side: Conclusions, results: Results) -> dict[str, str]:
    return {row.criterion: results.states[row.state] for row in side.definitions}


def _states(before: dict[str, str], after: dict[str, str]) -> Iterator[Difference]:
    for concept, state in after.items():
        yield from _differ(Aspect.STATE, concept, (before[concept],), (state,))


def _grades(
    before: tuple[Candidate, ...], after: tuple[Candidate, ...]
) -> Iterator[Difference]:
    """By hypothesis, those of the second report first and in its order."""
    old, new = ({each.hypothesis: each for each in side} for side in (before, after))
    for concept in dict.fromkeys((*new, *old)):
        one, other = old.get(concept), new.get(concept)
        yield from _differ(
            Aspect.GRADE,
            concept,
            (one.grade,) if one else (),
            (other.grade,) if other else (),
        )
        yield from _differ(
            Aspect.CONTESTED,
            concept,
            one.contested if one else (),
            other.contested if other else (),
        )


def _hypotheses_of(side: Conclusions) -> list[str]:
    return [each.hypothesis for each in side.differential]


def _tests_of(side: Conclusions) -> list[str]:
    return [each.test for each in side.tests]


def _tests(
    before: list[str], after: list[str], results: Results
) -> Iterator[Difference]:
    """Tests that come or go, then the order of those that stay."""
    for test in dict.fromkeys((*after, *before)):
        yield from _differ(Aspect.TEST, test, _if_in(before, test), _if_in(after, test))
    yield from _order(results.test, before, after)


def _conflicts_of(side: Conclusions) -> list[str]:
    return [each.concept for each in side.conflicts]


def _conflicts(
    before: list[str], after: list[str], results: Results
) -> Iterator[Difference]:
    conflicting = results.states["conflicting"]
    for concept in dict.fromkeys((*before, *after)):
        old, new = concept in before, concept in after
        yield from _differ(
            Aspect.CONFLICT, concept, (conflicting,) * old, (conflicting,) * new
        )


def _order(
    concept: str, before: Iterable[str], after: Iterable[str]
) -> Iterator[Difference]:
    """The order of what both reports list; what comes or goes moves nothing."""
    old, new = tuple(before), tuple(after)
    both = set(old) & set(new)
    kept = (tuple(id for id in side if id in both) for side in (old, new))
    yield from _differ(Aspect.ORDER, concept, *kept)


def _if_in(ids: list[str], id: str) -> tuple[str, ...]:
    return (id,) if id in ids else ()


def _differ(
    aspect: Aspect, concept: str, before: tuple[str, ...], after: tuple[str, ...]
) -> Iterator[Difference]:
    if before != after:
        yield Difference(aspect, concept, before, after)
