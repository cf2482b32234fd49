"""Findings and rules to Entailments: what follows, what conflicts (ontology.md 4.2).

A pure function of its arguments: no clock, no I/O, no clinical word; the order of the
findings does not matter and the outcome is sorted. One sweep of the rules with several
conditions for each stratum, one choice after the other, and, if findings contradict
each other, the whole once more without them (2.10).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.model import Entailments, Finding
from service.reasoning.compiled import (
    ClassSet,
    Compiled,
    CompiledChoice,
    CompiledOption,
    Seed,
    Sweep,
)
from service.reasoning.conflicts import Dispute, canonical, find_disputes
from service.reasoning.knowledge import Knowledge
from service.reasoning.seeds import seed_of

# by number of the choice: the option whose value is reported, the default, or None
Chosen = tuple[CompiledOption | None, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """One run over one set of findings.

    `classes` is the mask of everything derived; `stages` are the masks before the
    choices of each stratum, and `chosen` what each choice reports.
    """

    classes: int
    stages: tuple[int, ...]
    chosen: Chosen


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Both passes with what lies between them; `second` is `first` without dispute.

    `kept` are the findings of the reported pass.
    """

    first: Pass
    second: Pass
    disputes: tuple[Dispute, ...]
    kept: tuple[Finding, ...]


def evaluate(findings: Sequence[Finding], knowledge: Knowledge) -> Entailments:
    """What follows from the findings of one case, in both passes."""
    return entailments_of(evaluate_passes(findings, knowledge.compiled), knowledge)


def evaluate_passes(findings: Sequence[Finding], compiled: Compiled) -> Evaluation:
    """The two passes as masks."""
    seeds = [seed_of(finding, compiled) for finding in findings]
    disputes = find_disputes(findings, seeds, compiled)
    first = run(seeds, compiled, disputed=bool(disputes))
    if not disputes:
        return Evaluation(first, first, (), tuple(findings))
    aside = {place for dispute in disputes for place in dispute.places}
    left = [place for place in range(len(findings)) if place not in aside]
    second = run([seeds[place] for place in left], compiled, disputed=True)
    kept = tuple(findings[place] for place in left)
    return Evaluation(first, second, disputes, kept)


def entailments_of(evaluation: Evaluation, knowledge: Knowledge) -> Entailments:
    """The passes in the words of the ontology."""
    compiled = knowledge.compiled
    conflicts = [(d.concept, d.findings) for d in evaluation.disputes]
    aside = {id(f): f for d in evaluation.disputes for f in d.findings}
    return Entailments(
        classes=ClassSet(evaluation.second.classes, compiled),
        values=reported(evaluation.second.chosen),
        first_values=reported(evaluation.first.chosen),
        set_aside=tuple(sorted(aside.values(), key=canonical)),
        conflicts=tuple(conflicts),
    )


def run(seeds: Iterable[Seed], compiled: Compiled, *, disputed: bool) -> Pass:
    """One pass: sweep, choose, assert, sweep, through all strata."""
    classes = waking = 0
    for seed in seeds:
        classes |= seed.adds
        waking |= seed.wakes
    if disputed:
        for place in compiled.conflict_roots:
            classes |= compiled.adds[place]
            waking |= compiled.wakes[place]
    return run_strata(close(classes, waking, compiled), compiled)


def run_strata(classes: int, compiled: Compiled) -> Pass:
    """The choices on a closed mask, stratum by stratum, each value asserted."""
    stages = [classes]
    chosen: list[CompiledOption | None] = [None] * len(compiled.choices)
    for stratum in compiled.strata:
        adds = waking = 0
        for choice in stratum:
            option = choose(choice, classes)
            if option is not None:
                chosen[choice.index] = option
                adds |= option.adds
                waking |= option.wakes
        classes = close(classes | adds, waking, compiled)
        stages.append(classes)
    return Pass(classes, tuple(stages), tuple(chosen))


def choose(choice: CompiledChoice, classes: int) -> CompiledOption | None:
    """The active option of lowest order, else the default (ontology.md 2.8)."""
    if classes & choice.mask:
        for option in choice.options:
            if classes & option.bit and not classes & option.overriders:
                return option
    return choice.default


def close(classes: int, waking: int, compiled: Compiled) -> int:
    """Everything that follows, given the rules to look at; contradictions included."""
    classes = sweep(classes, waking, compiled.sweep)
    clash = classes & classes >> compiled.half & compiled.paired
    while clash:
        adds = waking = 0
        for present, conflict in compiled.conflicts.items():
            if clash >> present & 1:
                adds |= compiled.adds[conflict]
                waking |= compiled.wakes[conflict]
        if adds | classes == classes:
            break
        classes = sweep(classes | adds, waking, compiled.sweep)
        clash = classes & classes >> compiled.half & compiled.paired
    return classes


def sweep(classes: int, waking: int, rules: Sweep) -> int:
    """Go once through the woken rules in their order; firing ones wake later ones."""
    tests, needs, adds, wakes = rules.tests, rules.needs, rules.adds, rules.wakes
    while waking:
        low = waking & -waking
        waking ^= low
        place = low.bit_length() - 1
        if classes & tests[place] == needs[place]:
            classes |= adds[place]
            waking |= wakes[place]
    return classes


def reported(chosen: Chosen) -> tuple[tuple[str, str], ...]:
    """Choice and reported value, by the id of the choice, where there is one."""
    return tuple([option.pair for option in chosen if option is not None])
