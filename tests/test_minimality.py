"""Each justification is minimal: dropping any of its facts loses the conclusion.

Over every worked, published and imagined case, the acceptance examples, and cases that
are drawn from the whole vocabulary. What follows is derived anew on names, from the
axioms and facts of the justification and nothing else.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest

from service.config import SHIPPED_BUILD
from service.model import Axiom, Finding, Justification, State
from service.reasoning.evaluation import evaluate_passes
from service.reasoning.knowledge import Knowledge
from service.reasoning.reasoned import GRADE, LISTED, Reasoned, reason
from service.reasoning.reasons import justify_choice
from service.reasoning.rules import Rule
from service.reasoning.seeds import seed_of
from service.regression.generated import random_case, read_vocabulary
from tests.oracle.corpus import _bundles, _table

DRAWN = 150
TABLES = ("acceptance.tsv", "patients.tsv")
FOLDERS = ("cases", "published")


@cache
def rules_of(knowledge: Knowledge) -> dict[str, list[Rule]]:
    """The rules of each axiom."""
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in knowledge.rules:
        found[rule.axiom.id].append(rule)
    return found


def stated(finding: Finding, axioms: set[str], knowledge: Knowledge) -> set[str]:
    """What one fact says of its case by these axioms."""
    if finding.state is State.ABSENT:
        value = finding.value
        names = (value or finding.concept, f"{finding.concept}_{value}")
        return {f"excluded_{name}" for name in names}
    return {
        knowledge.compiled.names[bit]
        for bit, used in seed_of(finding, knowledge.compiled).entries
        if {axiom.id for axiom in used} <= axioms
    }


def derived(
    axioms: tuple[Axiom, ...], facts: tuple[Finding, ...], reasoned: Reasoned
) -> set[str]:
    """What follows from axioms and facts; a choice may assert what the case reports."""
    knowledge = reasoned.knowledge
    ids = {axiom.id for axiom in axioms}
    rules = [rule for id in ids for rule in rules_of(knowledge).get(id, ())]
    held = {name for fact in facts for name in stated(fact, ids, knowledge)}
    before = -1
    while len(held) > before:
        before = len(held)
        held |= {rule.head for rule in rules if held.issuperset(rule.body)}
        for option in reasoned.derived.chosen:
            if option and (not option.bit or option.option.name in held):
                held.add(option.option.asserts)
    return held


def follows(choice: str, justification: Justification, reasoned: Reasoned) -> bool:
    """Whether the facts lead the choice to its option, by the axioms alone."""
    index = index_of(choice, reasoned)
    option = reasoned.derived.chosen[index]
    assert option is not None
    facts = justification.findings
    if option.option.name not in derived(justification.axioms, facts, reasoned):
        return False
    if reasoned.evaluation.disputes:
        return True
    alone = evaluate_passes(facts, reasoned.compiled)
    return alone.second.chosen[index] is option


def index_of(choice: str, reasoned: Reasoned) -> int:
    """The number of a choice."""
    return next(c.index for c in reasoned.compiled.choices if c.id == choice)


def reported(reasoned: Reasoned) -> Iterator[str]:
    """The choices that a report tells, but for those that are at their default."""
    results = reasoned.knowledge.results
    answers = (results.assessment, results.criterion, results.pattern, results.biopsy)
    hypotheses = reasoned.knowledge.hypotheses
    told = {GRADE + h for h in hypotheses if is_listed(h, reasoned)}
    for choice in reasoned.compiled.choices:
        option = reasoned.derived.chosen[choice.index]
        if choice.id in told.union(answers) and option is not None and option.bit:
            yield choice.id


def is_listed(hypothesis: str, reasoned: Reasoned) -> bool:
    """Whether a report names the hypothesis."""
    return bool(reasoned.classes & reasoned.compiled.bit(LISTED + hypothesis))


def unsound(findings: tuple[Finding, ...], knowledge: Knowledge) -> list[str]:
    """The conclusions that do not follow from their justification, or from less."""
    reasoned = reason(findings, knowledge)
    if any(not dispute.clash for dispute in reasoned.evaluation.disputes):
        return []  # numbers that do not meet are a conflict without an axiom
    return [
        f"{choice} {fault}"
        for choice in reported(reasoned)
        for fault in faults(choice, justify_choice(choice, reasoned), reasoned)
    ]


def faults(
    choice: str, justification: Justification, reasoned: Reasoned
) -> Iterator[str]:
    """What is wrong with one justification."""
    if not follows(choice, justification, reasoned):
        yield "does not follow"
    for place, fact in enumerate(justification.findings):
        facts = justification.findings
        rest = Justification(
            (*facts[:place], *facts[place + 1 :]), justification.axioms
        )
        if follows(choice, rest, reasoned):
            yield f"follows without {fact.concept}"


@pytest.mark.parametrize("name", [*TABLES, *FOLDERS])
def test_no_fact_of_a_justification_is_spare(name: str, knowledge: Knowledge) -> None:
    """Every written case."""
    cases = _table if name in TABLES else _bundles
    found = {id: unsound(case, knowledge) for id, case in cases(name, knowledge)}

    assert {id: wrong for id, wrong in found.items() if wrong} == {}


def test_no_fact_is_spare_on_drawn_cases(knowledge: Knowledge) -> None:
    """Cases of facts that nobody chose."""
    words = read_vocabulary(json.loads((SHIPPED_BUILD / "rules.json").read_bytes()))
    found = {n: unsound(random_case(n, words), knowledge) for n in range(DRAWN)}

    assert {n: wrong for n, wrong in found.items() if wrong} == {}


def test_a_spare_fact_is_found(knowledge: Knowledge) -> None:
    """The check above can fail: a justification with one fact too many."""
    ((_, findings), *_) = _bundles("cases", knowledge)
    reasoned = reason(findings, knowledge)
    choice = next(reported(reasoned))
    justification = justify_choice(choice, reasoned)
    spare = next(f for f in findings if f not in justification.findings)
    padded = Justification((*justification.findings, spare), justification.axioms)

    assert [f"follows without {spare.concept}"] == [*faults(choice, padded, reasoned)]
