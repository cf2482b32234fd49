"""What is not on record: what hypotheses need, and what would change an answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from service.model import Conclusions, NearMiss, State
from service.reasoning.smallest_sets import FactSet
from service.wording.differential import live_grades, short_value
from service.wording.lexicon import Lexicon
from service.wording.points import is_missing
from service.wording.quantities import weakest

# How many unknowns a line names; the Bundle has them all.
SHOWN = 3
Change = tuple[str, str]
Group = tuple[Change, ...]


def tell_missing(conclusions: Conclusions, lexicon: Lexicon) -> tuple[str, ...]:
    """Needs of likely and possible candidates that the record does not settle."""
    wanted: dict[tuple[str, bool], list[str]] = {}
    for candidate in conclusions.differential:
        if candidate.grade not in live_grades(lexicon):
            continue
        for row in filter(is_missing, candidate.criteria):
            names = wanted.setdefault((row.criterion, row.negated), [])
            names.append(lexicon.name(candidate.hypothesis))
    return tuple(
        lexicon.say(
            "line_missing_negated" if negated else "line_missing_need",
            label=lexicon.label(criterion),
            names=lexicon.join(dict.fromkeys(names)),
        )
        for (criterion, negated), names in wanted.items()
    )


def tell_near_misses(
    conclusions: Conclusions, lexicon: Lexicon
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What would change an answer, and what a grade only.

    Unknowns of one effect stand together, those that change most answers first.
    """
    groups: defaultdict[tuple[State, Group], list[str]] = defaultdict(list)
    for near in conclusions.near_misses:
        changes = [(concept, then) for concept, _, then in near.changes]
        for group in headline_changes(changes, lexicon):
            groups[near.state, group].append(near.concept)
    answers: list[str] = []
    grades: list[str] = []
    for state, group in sorted(groups, key=lambda key: -len(key[1])):
        is_grade = group[0][0] in lexicon.knowledge.hypotheses
        text = group_text(state, group, groups[state, group], lexicon)
        (grades if is_grade else answers).append(text)
    return tuple(answers), tuple(grades)


def tell_changes(
    concept: str, near_misses: Iterable[NearMiss], lexicon: Lexicon
) -> list[str]:
    """What would change one answer or grade."""
    groups: defaultdict[tuple[State, Group], list[str]] = defaultdict(list)
    for near in near_misses:
        for changed, _, then in near.changes:
            if changed == concept:
                groups[near.state, ((changed, then),)].append(near.concept)
    return [
        group_text(state, group, members, lexicon)
        for (state, group), members in groups.items()
    ]


def tell_sets(sets: Iterable[FactSet], lexicon: Lexicon) -> list[str]:
    """What facts together would change, single ones of one effect in one sentence."""
    single: defaultdict[tuple[State, tuple[str, str]], list[str]] = defaultdict(list)
    together: list[str] = []
    for each in sets:
        if len(each.facts) == 1:
            ((concept, state),) = each.facts
            single[state, each.after].append(concept)
        else:
            together.append(set_text(each, lexicon))
    alone = [
        unknowns_text(state, members, [outcome_text(after, lexicon)], lexicon)
        for (state, after), members in single.items()
    ]
    return [*alone, *together]


def set_text(facts: FactSet, lexicon: Lexicon) -> str:
    """Facts none of which is spare, and what they would mean."""
    told = [
        lexicon.say(
            "line_state_of", label=lexicon.label(concept), state=lexicon.state(state)
        )
        for concept, state in facts.facts
    ]
    changes = outcome_text(facts.after, lexicon)
    return lexicon.say("line_if_together", facts=lexicon.join(told), changes=changes)


def outcome_text(outcome: tuple[str, str], lexicon: Lexicon) -> str:
    """A result or hypothesis with its value, or that no explanation leads."""
    concept, value = outcome
    if not concept:
        return lexicon.say("short_leading_none")
    return change_text(concept, value, lexicon)


def headline_changes(changes: list[Change], lexicon: Lexicon) -> list[Group]:
    """The changes of answers as one group; without any, each grade on its own."""
    answers = tuple(
        change for change in changes if change[0] not in lexicon.knowledge.hypotheses
    )
    return [answers] if answers else [(change,) for change in changes]


def group_text(
    state: State, changes: Group, members: list[str], lexicon: Lexicon
) -> str:
    """What would make a change, and the change."""
    would_be = [change_text(concept, then, lexicon) for concept, then in changes]
    return unknowns_text(state, members, would_be, lexicon)


def unknowns_text(
    state: State, members: list[str], changes: Iterable[str], lexicon: Lexicon
) -> str:
    """What unknowns, any one of them, would mean."""
    labels = [lexicon.label(concept) for concept in weakest(members, lexicon)]
    others = len(labels) - SHOWN
    if others > 1:
        labels = [*labels[:SHOWN], lexicon.say("line_others", count=str(others))]
    return lexicon.say(
        f"line_if_{state.value}",
        unknowns=lexicon.join(labels, "word_or"),
        changes=lexicon.listed(dict.fromkeys(changes)),
    )


def change_text(concept: str, value: str, lexicon: Lexicon) -> str:
    """A value that would be reported instead; a grade with its hypothesis."""
    if not value:
        return lexicon.say("line_change_none", name=lexicon.name(concept))
    if concept not in lexicon.knowledge.hypotheses:
        return short_value(value, lexicon)
    return lexicon.say(
        "line_change", name=lexicon.name(concept), value=short_value(value, lexicon)
    )


def decisive_parts(
    concept: str, conclusions: Conclusions, lexicon: Lexicon
) -> list[str]:
    """The unknowns that would change one answer, those that decide both ways first."""
    unknowns = [
        near.concept
        for near in conclusions.near_misses
        if concept in (changed for changed, _, _ in near.changes)
    ]
    ways = Counter(unknowns)
    ordered = sorted(ways, key=lambda unknown: -ways[unknown])
    return [lexicon.label(unknown) for unknown in weakest(ordered, lexicon)[:SHOWN]]
