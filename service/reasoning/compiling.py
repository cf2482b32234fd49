"""Turns the rules into integers, once per process (ontology.md 4.2, step 1)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType

from service.model import Axiom
from service.reasoning.compiled import (
    CONFLICT,
    EXCLUDED,
    HALVES,
    PRESENT,
    Chain,
    Compiled,
    CompiledChoice,
    CompiledOption,
    Sweep,
    concept_of,
)
from service.reasoning.cutting import cut_tables
from service.reasoning.order import dependency_order, outcomes
from service.reasoning.rules import Choice, Cut, Option, Rule
from service.reasoning.waking import (
    is_pair,
    keys_by_stage,
    stages_of,
    sweep_order,
    woken_by,
)


def compile_rules(
    *,
    names: Iterable[str],
    case_rules: tuple[Rule, ...],
    finding_rules: tuple[Rule, ...],
    cuts: tuple[Cut, ...],
    choices: tuple[Choice, ...],
    asserting: Mapping[str, Axiom],
) -> Compiled:
    """Precompute everything; raises RuleCycle when the classes have no order."""
    every = _every_class(names, case_rules, choices)
    ordered = dependency_order(every, case_rules, choices)
    bits, half = _layout(every)
    pairs = [rule for rule in case_rules if is_pair(rule)]
    roots = _roots(case_rules, pairs)
    swept = sweep_order(case_rules, ordered, pairs)
    stages = stages_of(ordered, case_rules, choices, asserting, pairs)
    late = frozenset(name for name, (_, last) in stages.items() if last)
    itself = [1 << place for place in range(max(bits.values(), default=-1) + 1)]
    adds = _spread(itself, ordered, bits, case_rules)
    own = woken_by(keys_by_stage(swept, stages), bits, len(itself))
    wakes = _spread(own, ordered, bits, case_rules)
    in_order = tuple(sorted(case_rules, key=lambda rule: rule.axiom.id))
    compiled_choices = _compile_choices(choices, bits, adds, wakes)
    conflicts = {
        bits[PRESENT + rule.head.removeprefix(CONFLICT)]: bits[rule.head]
        for rule in pairs
    }
    return Compiled(
        names=_names(bits),
        bits=MappingProxyType(bits),
        half=half,
        adds=adds,
        wakes=wakes,
        cones=_cones(ordered, bits, half, case_rules, choices),
        sweep=_sweep(swept, bits, adds, wakes),
        chain=_chain(in_order, bits, len(adds)),
        halves=_halves(bits),
        stated=_mask((h + x for x in asserting for h in HALVES if h + x in bits), bits),
        paired=sum(1 << place for place in conflicts),
        conflicts=MappingProxyType(conflicts),
        conflict_roots=tuple(bits[name] for name in roots),
        late=_mask(late, bits),
        early=_mask((name for name, (first, _) in stages.items() if not first), bits),
        moving=_moving(swept, bits, late, compiled_choices),
        strata=_strata(choices, compiled_choices),
        choices=compiled_choices,
        rules=in_order,
        rules_to=_rules_by(case_rules, lambda rule: (rule.head,)),
        finding_rules=_rules_by(finding_rules, lambda rule: rule.body),
        cuts=cut_tables(cuts),
        asserting=MappingProxyType(dict(asserting)),
    )


def _every_class(
    names: Iterable[str], rules: Iterable[Rule], choices: Iterable[Choice]
) -> list[str]:
    every = set(names)
    for rule in rules:
        every.update(rule.body, (rule.head,))
    for choice in choices:
        for option in choice.options:
            every.update((option.name, *option.overridden_by))
        every.update(option.asserts for option in outcomes(choice))
    return sorted(every - {""})


def _layout(every: Iterable[str]) -> tuple[dict[str, int], int]:
    """Bits of all classes, and how far an excluded half is from its present one."""
    concepts = sorted({concept_of(name) for name in every} - {""})
    place = {concept: i for i, concept in enumerate(concepts)}
    half = len(concepts)
    bits: dict[str, int] = {}
    others = 2 * half
    for name in every:
        concept = concept_of(name)
        if concept:
            bits[name] = place[concept] + (half if name.startswith(EXCLUDED) else 0)
        else:
            bits[name] = others
            others += 1
    return bits, half


def _names(bits: Mapping[str, int]) -> tuple[str, ...]:
    names = [""] * (max(bits.values(), default=-1) + 1)
    for name, place in bits.items():
        names[place] = name
    return tuple(names)


def _halves(bits: Mapping[str, int]) -> Mapping[str, tuple[int, int]]:
    concepts = {concept_of(name) for name in bits} - {""}
    masks = {name: 1 << place for name, place in bits.items()}
    return MappingProxyType(
        {x: (masks.get(PRESENT + x, 0), masks.get(EXCLUDED + x, 0)) for x in concepts}
    )


def _mask(names: Iterable[str], bits: Mapping[str, int]) -> int:
    mask = 0
    for name in names:
        mask |= 1 << bits[name]
    return mask


def _roots(rules: Iterable[Rule], pairs: Iterable[Rule]) -> tuple[str, ...]:
    """What every conflict gives by a rule of its own."""
    heads = {rule.head for rule in pairs}
    counts = Counter(
        rule.head for rule in rules if len(rule.body) == 1 and rule.body[0] in heads
    )
    return tuple(sorted(name for name, count in counts.items() if count == len(heads)))


def _spread(
    own: list[int],
    ordered: tuple[str, ...],
    bits: Mapping[str, int],
    rules: Iterable[Rule],
) -> tuple[int, ...]:
    """By bit: what is the class's own and that of all that follows by one condition."""
    heads: defaultdict[str, list[int]] = defaultdict(list)
    for rule in rules:
        if len(rule.body) == 1:
            heads[rule.body[0]].append(bits[rule.head])
    spread = list(own)
    for name in reversed(ordered):
        for head in heads[name]:
            spread[bits[name]] |= spread[head]
    return tuple(spread)


def _sweep(
    swept: list[Rule],
    bits: Mapping[str, int],
    adds: tuple[int, ...],
    wakes: tuple[int, ...],
) -> Sweep:
    heads = [bits[rule.head] for rule in swept]
    needs = [_mask(rule.body, bits) for rule in swept]
    return Sweep(
        tests=tuple(n | 1 << head for n, head in zip(needs, heads, strict=True)),
        needs=tuple(needs),
        adds=tuple(adds[head] for head in heads),
        wakes=tuple(wakes[head] for head in heads),
    )


def _chain(rules: tuple[Rule, ...], bits: Mapping[str, int], size: int) -> Chain:
    uses: list[list[int]] = [[] for _ in range(size)]
    for i, rule in enumerate(rules):
        if not is_pair(rule):
            for name in rule.body:
                uses[bits[name]].append(i)
    return Chain(
        uses=tuple(map(tuple, uses)),
        counts=tuple(len(rule.body) for rule in rules),
        bodies=tuple(tuple(bits[name] for name in rule.body) for rule in rules),
        heads=tuple(bits[rule.head] for rule in rules),
    )


def _compile_choices(
    choices: tuple[Choice, ...],
    bits: Mapping[str, int],
    adds: tuple[int, ...],
    wakes: tuple[int, ...],
) -> tuple[CompiledChoice, ...]:
    def compiled(option: Option, choice_id: str) -> CompiledOption:
        value = bits.get(option.asserts)
        return CompiledOption(
            option,
            (choice_id, option.reports),
            1 << bits[option.name] if option.name else 0,
            _mask(option.overridden_by, bits),
            0 if value is None else adds[value],
            0 if value is None else wakes[value],
        )

    done = []
    for index, choice in enumerate(sorted(choices, key=attrgetter("id"))):
        options = tuple(compiled(option, choice.id) for option in choice.options)
        mask = _mask((option.name for option in choice.options), bits)
        over = _mask((o for opt in choice.options for o in opt.overridden_by), bits)
        default = compiled(choice.default, choice.id) if choice.default else None
        done.append(
            CompiledChoice(choice.id, index, mask, mask | over, options, default)
        )
    return tuple(done)


def _moving(
    swept: Iterable[Rule],
    bits: Mapping[str, int],
    late: frozenset[str],
    choices: Iterable[CompiledChoice],
) -> int:
    waiting = (rule.body for rule in swept if not late.isdisjoint(rule.body))
    mask = _mask({name for body in waiting for name in body}, bits)
    for choice in choices:
        mask |= choice.triggers
    return mask


def _strata(
    choices: tuple[Choice, ...], compiled: tuple[CompiledChoice, ...]
) -> tuple[tuple[CompiledChoice, ...], ...]:
    stratum = {choice.id: choice.stratum for choice in choices}
    ordered = sorted(compiled, key=lambda choice: (stratum[choice.id], choice.index))
    return tuple(tuple(group) for _, group in groupby(ordered, lambda c: stratum[c.id]))


def _cones(
    ordered: tuple[str, ...],
    bits: Mapping[str, int],
    half: int,
    rules: Iterable[Rule],
    choices: Iterable[Choice],
) -> tuple[int, ...]:
    """By bit: every class that can take part in a derivation, in both halves."""
    above: defaultdict[str, set[str]] = defaultdict(set)
    for rule in rules:
        above[rule.head].update(rule.body)
    for choice in choices:
        for option in outcomes(choice):
            for other in choice.options:
                above[option.asserts].update((other.name, *other.overridden_by))
    cones = [0] * (max(bits.values(), default=-1) + 1)
    for name in ordered:
        place = bits[name]
        mask = 1 << place
        if concept_of(name):
            low = place % half
            mask |= 1 << low | 1 << low + half
        for body in above[name]:
            mask |= cones[bits[body]]
        cones[place] = mask
    return tuple(cones)


def _rules_by(
    rules: Iterable[Rule], keys: Callable[[Rule], Iterable[str]]
) -> Mapping[str, tuple[Rule, ...]]:
    groups: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in sorted(rules, key=lambda rule: rule.axiom.id):
        for key in keys(rule):
            groups[key].append(rule)
    return MappingProxyType({key: tuple(group) for key, group in groups.items()})
