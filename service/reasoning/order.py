"""The dependency order of the classes of cases; a cycle is refused at load."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from service.reasoning.problems import RuleCycle
from service.reasoning.rules import Choice, Option, Rule


def dependency_order(
    names: Iterable[str], rules: Iterable[Rule], choices: Iterable[Choice]
) -> tuple[str, ...]:
    """Every class after all from which it can be derived; raises RuleCycle.

    A value that a choice asserts comes after the options and overriders of the choice.
    """
    below = _edges(rules, choices)
    waiting = dict.fromkeys(names, 0)
    for heads in below.values():
        for head in heads:
            waiting[head] += 1
    ready = deque(sorted(name for name, count in waiting.items() if not count))
    ordered: list[str] = []
    while ready:
        name = ready.popleft()
        ordered.append(name)
        for head in sorted(below.get(name, ())):
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    if len(ordered) < len(waiting):
        left = _cyclic({name for name, count in waiting.items() if count}, below)
        raise RuleCycle(f"classes that depend on themselves: {', '.join(left)}")
    return tuple(ordered)


def _cyclic(names: set[str], below: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Those of the names that are not merely further down than a cycle."""
    last: set[str] = set()
    while names != last:
        last, names = names, {n for n in names if below.get(n, frozenset()) & names}
    return tuple(sorted(names))


def outcomes(choice: Choice) -> tuple[Option, ...]:
    """All options of a choice and its default, which can never be overridden."""
    return choice.options + ((choice.default,) if choice.default else ())


def _edges(
    rules: Iterable[Rule], choices: Iterable[Choice]
) -> Mapping[str, frozenset[str]]:
    below: defaultdict[str, set[str]] = defaultdict(set)
    for rule in rules:
        for name in rule.body:
            below[name].add(rule.head)
    for choice in choices:
        values = {option.asserts for option in outcomes(choice)}
        for option in choice.options:
            for name in (option.name, *option.overridden_by):
                below[name] |= values
    return {name: frozenset(heads) for name, heads in below.items()}
