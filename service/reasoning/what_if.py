"""What a reported value would be if something unknown were known (ontology.md 4.2).

The answer is that of a full evaluation, but only what the unknown reaches is derived
again, and only the choices that it can move are taken again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from service.model import State
from service.reasoning.compiled import Compiled, CompiledChoice, CompiledOption
from service.reasoning.evaluation import Pass, choose, close, run_strata
from service.reasoning.knowledge import Knowledge
from service.reasoning.reasoned import GRADE, LISTED, Reasoned

# result or hypothesis, value before, value after ("" where nothing is sent)
Change: TypeAlias = "tuple[str, str, str]"


@dataclass(frozen=True, slots=True)
class Base:
    """The reported pass, prepared for many questions.

    `rules` are the rules that do not hold yet by one condition that they lack, and
    `keys` all such conditions; `cares` are the classes not there yet whose arrival can
    matter at all, `later[i]` those that can move a choice of stratum i or after.
    `strata[i]` are the triggers of the choices of a stratum, what their values add and
    the rules that these wake. `names` and `listed` give for each choice the result that
    it is reported as ("" for none) and the class that lists its hypothesis, `listing`
    all of the latter. `moving` are the classes by which two unknowns can differ in what
    they change, and `answers` what was found for each set of them.
    """

    reasoned: Reasoned
    compiled: Compiled
    last: Pass
    rules: Mapping[int, int]
    keys: int
    cares: int
    later: tuple[int, ...]
    strata: tuple[tuple[int, int, int], ...]
    names: tuple[str, ...]
    listed: tuple[int, ...]
    listing: int
    moving: int
    answers: dict[int, tuple[Change, ...]] = field(default_factory=dict, compare=False)


def prepare(reasoned: Reasoned) -> Base:
    """Find out once what the case still lacks."""
    compiled, last = reasoned.compiled, reasoned.evaluation.second
    rules, keys, partners = _lacking(reasoned)
    names, listed = _reported(reasoned)
    listing = _union(listed)
    moving = [_union(_moving(c, reasoned) for c in s) for s in compiled.strata]
    later = tuple(_union(moving[i:]) | partners for i in range(len(moving) + 1))
    return Base(
        reasoned=reasoned,
        compiled=compiled,
        last=last,
        rules=rules,
        keys=keys,
        cares=(keys | later[0] | listing) & ~last.stages[0],
        later=later,
        strata=tuple(
            (_union(c.triggers for c in s), *_asserted(s, last.chosen))
            for s in compiled.strata
        ),
        names=names,
        listed=listed,
        listing=listing,
        moving=compiled.moving | listing,
    )


def changes_if(concept: str, state: State, base: Base) -> tuple[Change, ...]:
    """The reported values that differ if the concept had this state.

    Nothing when the record contradicts it already, or when it has no such half.
    """
    compiled, start = base.compiled, base.last.stages[0]
    present, excluded = compiled.halves.get(concept, (0, 0))
    half = present if state is State.PRESENT else excluded
    if half & ~compiled.early:
        return _differences(*_run_all(half, base), base)
    adds = compiled.adds[half.bit_length() - 1] if half else 0
    if not adds & base.cares:
        return ()
    new = adds & ~start
    classes = _grow(new, base) if new & base.keys else start | new
    if not (classes ^ start) & (base.later[0] | base.listing):
        return ()
    if classes & classes >> compiled.half & compiled.paired:
        return ()
    moving = (classes ^ start) & base.moving
    found = base.answers.get(moving)
    if found is None:
        found = _differences(*_run_on(classes, base), base)
        base.answers[moving] = found
    return found


def _lacking(reasoned: Reasoned) -> tuple[dict[int, int], int, int]:
    """Rules by a condition they lack, those conditions, and partners of late ones.

    Before the first choice one lacking condition is enough to look at a rule: in the
    order of the rules all others are known when it comes to it. Where a condition comes
    with a choice, those that the rule lacks in the end are what it still waits for.
    """
    last, early = reasoned.evaluation.second, reasoned.compiled.early
    unheld, open_ = ~last.stages[0], ~last.classes
    come_late = unheld & last.classes
    rules: dict[int, int] = {}
    partners = 0
    for place, needs, head, is_early in _conditions(reasoned.knowledge):
        if is_early and head & unheld:
            lacks = needs & unheld
            key = lacks & -lacks
            rules[key] = rules.get(key, 0) | place
        if needs & come_late and head & open_:
            still = needs & open_
            if still & early == still:
                partners |= still
    return rules, _union(rules), partners


@lru_cache(maxsize=4)
def _conditions(knowledge: Knowledge) -> tuple[tuple[int, int, int, bool], ...]:
    """Of each rule, in order: its place as a bit, its conditions, its head.

    The last part is whether all its conditions can come before the first choice.
    """
    sweep, early = knowledge.compiled.sweep, knowledge.compiled.early
    pairs = zip(sweep.needs, sweep.tests, strict=True)
    return tuple(
        (1 << i, needs, tests ^ needs, needs & early == needs)
        for i, (needs, tests) in enumerate(pairs)
    )


def _moving(choice: CompiledChoice, reasoned: Reasoned) -> int:
    """The classes that can give a choice another option than it has."""
    chosen = reasoned.evaluation.second.chosen[choice.index]
    mask = chosen.overriders if chosen else 0
    for option in choice.options:
        if option is chosen:
            break
        mask |= option.bit
    return mask


def _reported(reasoned: Reasoned) -> tuple[tuple[str, ...], tuple[int, ...]]:
    compiled, knowledge = reasoned.compiled, reasoned.knowledge
    named = {id: id for id in knowledge.results.answers}
    named |= {GRADE + id: id for id in knowledge.hypotheses}
    names = tuple(named.get(choice.id, "") for choice in compiled.choices)
    listed = tuple(
        compiled.bit(LISTED + name) if choice.id == GRADE + name else 0
        for name, choice in zip(names, compiled.choices, strict=True)
    )
    return names, listed


def _grow(new: int, base: Base) -> int:
    """The mask before the first choice with new classes and all that follows."""
    sweep, classes = base.compiled.sweep, base.last.stages[0]
    waking = 0
    while True:
        classes |= new
        hits = new & base.keys
        while hits:
            key = hits & -hits
            hits ^= key
            waking |= base.rules[key]
        new = 0
        while waking and not new:
            low = waking & -waking
            waking ^= low
            place = low.bit_length() - 1
            if classes & sweep.tests[place] == sweep.needs[place]:
                new = sweep.adds[place] & ~classes
        if not new:
            return classes


def _run_on(classes: int, base: Base) -> tuple[Pass, list[int]]:
    """The choices on a mask that has grown, and which of them are taken otherwise.

    What is not touched stays as it was; once nothing can be, the rest follows.
    """
    compiled, last = base.compiled, base.last
    chosen = list(last.chosen)
    moved: list[int] = []
    for i, stratum in enumerate(compiled.strata):
        changed = classes ^ last.stages[i]
        if not moved and not changed & base.later[i]:
            classes |= last.classes
            break
        triggers, adds, waking = base.strata[i]
        is_touched = changed & triggers
        again = _choose_again(stratum, classes, changed, chosen) if is_touched else []
        if again:
            moved += again
            adds, waking = _asserted(stratum, chosen)
        classes = close(classes | adds, waking, compiled)
    return Pass(classes, last.stages, tuple(chosen)), moved


def _run_all(half: int, base: Base) -> tuple[Pass, list[int]]:
    """All strata again, for a class that otherwise comes with a choice only.

    What holds before the first choice is closed, so that only the rules that the class
    wakes can add to it.
    """
    compiled, place = base.compiled, half.bit_length() - 1
    classes = base.last.stages[0] | compiled.adds[place]
    after = run_strata(close(classes, compiled.wakes[place], compiled), compiled)
    before = base.last.chosen
    return after, [i for i, o in enumerate(after.chosen) if o is not before[i]]


def _choose_again(
    stratum: tuple[CompiledChoice, ...],
    classes: int,
    changed: int,
    chosen: list[CompiledOption | None],
) -> list[int]:
    """Take the choices that look at what changed; returns those taken otherwise."""
    moved = []
    for choice in stratum:
        if not changed & choice.triggers:
            continue
        option = choose(choice, classes)
        if option is not chosen[choice.index]:
            chosen[choice.index] = option
            moved.append(choice.index)
    return moved


def _asserted(
    stratum: tuple[CompiledChoice, ...], chosen: Sequence[CompiledOption | None]
) -> tuple[int, int]:
    """What the values of a stratum add and the rules that they wake."""
    adds = waking = 0
    for choice in stratum:
        option = chosen[choice.index]
        if option is not None:
            adds |= option.adds
            waking |= option.wakes
    return adds, waking


def _differences(after: Pass, moved: list[int], base: Base) -> tuple[Change, ...]:
    before, passes = base.last, (base.last, after)
    newly = (before.classes ^ after.classes) & base.listing
    if newly:
        listed = enumerate(base.listed)
        moved = sorted({*moved, *(i for i, bit in listed if newly & bit)})
    found = []
    for i in moved:
        if base.names[i]:
            old, new = _value(i, before, base), _value(i, after, base)
            if old != new and not _is_withheld(base.names[i], passes, base):
                found.append((base.names[i], old, new))
    return tuple(found)


def _value(index: int, run: Pass, base: Base) -> str:
    """What the pass sends of this choice; "" for nothing."""
    if base.listed[index] and not run.classes & base.listed[index]:
        return ""
    option = run.chosen[index]
    return option.option.reports if option else ""


def _is_withheld(name: str, passes: Iterable[Pass], base: Base) -> bool:
    """Whether this is the pattern, which a negative assessment of either keeps back."""
    results = base.reasoned.knowledge.results
    if name != results.pattern:
        return False
    refused = (results.assessment, results.not_supported)
    chosen = (option for run in passes for option in run.chosen if option is not None)
    return any(option.pair == refused for option in chosen)


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union
