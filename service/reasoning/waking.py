"""When a rule with several conditions has to be looked at (ontology.md 4.2, step 3).

A sweep goes through the rules in their order, so a rule need not be looked at for every
condition: the one that comes last is enough. What comes last is known from the stages,
the strata of choices after which a class can come to hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from service.reasoning.compiled import CONFLICT, HALVES
from service.reasoning.order import outcomes
from service.reasoning.rules import Choice, Rule


def is_pair(rule: Rule) -> bool:
    """Both halves of one concept give its conflict."""
    concept = rule.head.removeprefix(CONFLICT)
    return rule.head.startswith(CONFLICT) and set(rule.body) == {
        prefix + concept for prefix in HALVES
    }


def stages_of(
    ordered: tuple[str, ...],
    rules: Iterable[Rule],
    choices: Iterable[Choice],
    asserting: Iterable[str],
    pairs: Iterable[Rule],
) -> dict[str, tuple[int, int]]:
    """By class: the first and the last stratum after which it can come to hold.

    0 is before the first choice; a conflict may come to hold at any time.
    """
    strata = sorted({choice.stratum for choice in choices})
    above: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for rule in rules:
        above[rule.head].append(rule.body)
    stages = {rule.head: (0, len(strata)) for rule in pairs}
    stated = {prefix + concept for concept in asserting for prefix in HALVES}
    value_of = {
        option.asserts: strata.index(choice.stratum) + 1
        for choice in choices
        for option in outcomes(choice)
    }
    for name in ordered:
        if name in stages:
            continue
        ways = [(0, 0)] if name in stated or not above[name] else []
        if name in value_of:
            ways = [(value_of[name], value_of[name])]
        for body in above[name]:
            firsts, lasts = zip(*(stages[x] for x in body), strict=True)
            ways.append((max(firsts), max(lasts)))
        stages[name] = (min(way[0] for way in ways), max(way[1] for way in ways))
    return stages


def sweep_order(
    rules: Iterable[Rule], ordered: Iterable[str], pairs: Iterable[Rule]
) -> list[Rule]:
    position = {name: i for i, name in enumerate(ordered)}
    apart = {rule.axiom.id for rule in pairs}
    several = [r for r in rules if len(r.body) > 1 and r.axiom.id not in apart]
    return sorted(several, key=lambda r: (position[r.head], r.axiom.id))


def woken_by(
    keys: Iterable[Iterable[str]], bits: Mapping[str, int], size: int
) -> list[int]:
    """By bit: the swept rules that the class itself wakes."""
    own = [0] * size
    for i, names in enumerate(keys):
        for name in names:
            own[bits[name]] |= 1 << i
    return own


def keys_by_stage(
    swept: list[Rule], stages: Mapping[str, tuple[int, int]]
) -> list[list[str]]:
    """For each rule the conditions that wake it in a run from the beginning."""
    uses = Counter(name for rule in swept for name in rule.body)
    return [_keys(rule, stages, uses) for rule in swept]


def _keys(
    rule: Rule, stages: Mapping[str, tuple[int, int]], uses: Mapping[str, int]
) -> list[str]:
    """The conditions that wake a rule: one that is never before the others, if any.

    A sweep goes through the rules in their order, so that all conditions of the same
    stage are known when it comes to the rule; of several such keys the one in fewest
    rules is taken. Without one every condition wakes the rule.
    """
    last = [
        name
        for name in rule.body
        if all(stages[name][0] >= stages[x][1] for x in rule.body if x != name)
    ]
    return sorted(last, key=lambda name: (uses[name], name))[:1] or list(rule.body)
