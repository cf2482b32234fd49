"""Cases that tell one fault: for each that no other case notices, and that is one.

The evaluator guides this search, too, and judges nothing: what the cases notice, the
mutants show on the answers of the oracles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.reasoning.evaluation import evaluate_passes, reported
from service.reasoning.seeds import seed_of
from tests.oracle.equivalence import QUICK, choice_is_equivalent, theory_of
from tests.oracle.exhaustive import Search
from tests.oracle.faults import choice_is_noticed
from tests.oracle.judge import Findings, Run
from tests.oracle.mutants import (
    Corpus,
    Mutant,
    choice_mutants,
    rule_mutants,
    swapped,
)
from tests.oracle.table import decide, read_table

STUBBORN = 150


def telling_cases(search: Search, known: Iterable[Findings]) -> dict[str, Findings]:
    """A case for each fault that the known cases do not notice and that is one."""
    runs = [_first(search, case) for case in known]
    rules, theory = search.rules, theory_of(search.rules)
    corpus = Corpus(
        rules, [r.classes for r in runs], [frozenset(r.given) for r in runs]
    )
    found: dict[str, Findings] = {}
    for number, mutant in enumerate(rule_mutants(rules)):
        if not corpus.noticing(mutant) and not theory.is_equivalent(mutant, QUICK):
            case = telling_case(search, mutant)
            if case is not None and case not in found.values():
                found[f"{mutant.kind} {number}"] = case
    runs += [_first(search, case) for case in found.values()]
    for number, mutant in enumerate(choice_mutants(rules)):
        is_silent = not choice_is_noticed(mutant, rules, runs)
        if is_silent and not choice_is_equivalent(mutant, rules, theory):
            case = telling_choice(search, mutant)
            if case is not None and case not in found.values():
                found[f"{mutant.kind}, choice {number}"] = case
    return found


def _first(search: Search, case: Findings) -> Run:
    """The first pass by the evaluator; given is all that needs no rule over a case."""
    passed, compiled = evaluate_passes(case, search.compiled).first, search.compiled
    own = 0
    for finding in case:
        own |= seed_of(finding, compiled).own
    values = [option.option.asserts for option in passed.chosen if option]
    return Run(
        case,
        (*compiled.members(own), *values),
        frozenset(compiled.members(passed.classes)),
        dict(reported(passed.chosen)),
    )


def telling_case(search: Search, mutant: Mutant) -> Findings | None:
    """A case that a faulty rule cannot pass, if the search finds one.

    Either the faulty conditions hold and the faulty head does not, or the rule that is
    gone was the only support of its head.
    """
    rule, faulty = search.rules["rules"][mutant.place], mutant.faulty
    alone, lost, head = search.is_sole_support(rule), -1, ""
    if faulty is not None:
        goals, head = tuple(faulty["body"]), faulty["head"]
        avoid = search.mask([head])
        for more in _rivals(search.rules, set(rule["body"]) - set(goals)):
            found = search.find(
                (*goals, *more), lambda c: not avoid & c, or_any=False, tries=STUBBORN
            )
            if found is not None:
                return found
        lost = search.mask(goals) if head == rule["head"] else -1
    return search.find(
        tuple(rule["body"]),
        lambda c: alone(c) and lost & ~c != 0,
        or_any=False,
        tries=STUBBORN,
    )


def _rivals(rules: Mapping[str, Any], lacking: set[str]) -> Iterator[tuple[str, ...]]:
    """Nothing; then each option of a choice that reports other than what shall lack."""
    yield ()
    for choice in rules["choices"]:
        if lacking & {option["asserts"] for option in choice["options"]}:
            yield from ((option["class"],) for option in choice["options"])


def telling_choice(search: Search, mutant: Mutant) -> Findings | None:
    """A case on which a faulty table of a choice reports another value."""
    choice, faulty = search.rules["choices"][mutant.place], mutant.faulty or {}
    here, there = choice["options"], faulty["options"]
    changed = [row for row in [*here, *there] if row not in here or row not in there]

    def tells(classes: int) -> bool:
        names = frozenset(search.compiled.members(classes))
        decided = decide(read_table({"choices": [choice]}), names)
        values = {name: line.reports for name, line in decided.items()}
        run = Run((), (), names, values)
        return choice_is_noticed(mutant, search.rules, [run])

    for row in changed:
        over = {*row["overridden_by"], *map(swapped, row["overridden_by"])} - {""}
        for more in ((), *((name,) for name in sorted(over))):
            goals = (row["class"], *more)
            found = search.find(goals, tells, or_any=False, tries=STUBBORN)
            if found is not None:
                return found
    return None
