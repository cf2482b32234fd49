"""Where the evaluator and the judge differ, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from service.model import Finding
from service.reasoning.compiled import ClassSet
from service.reasoning.evaluation import (
    entailments_of,
    evaluate,
    evaluate_passes,
)
from service.reasoning.knowledge import Knowledge
from tests.oracle.judge import Findings, Verdict

FIRST, SECOND = "pass 1", "pass 2"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the evaluator says of one case, in both passes."""

    first: frozenset[str]
    second: frozenset[str]
    first_values: Mapping[str, str]
    values: Mapping[str, str]
    aside: Counter[Finding]


def answer_of(findings: Findings, knowledge: Knowledge) -> Answer:
    """The evaluator's answer; only the classes of the first pass stay inside it."""
    passes = evaluate_passes(findings, knowledge.compiled)
    entailments = evaluate(findings, knowledge)
    if entailments != entailments_of(passes, knowledge):
        raise ValueError("the evaluator contradicts itself")
    return Answer(
        first=frozenset(ClassSet(passes.first.classes, knowledge.compiled)),
        second=frozenset(entailments.classes),
        first_values=dict(entailments.first_values),
        values=dict(entailments.values),
        aside=Counter(entailments.set_aside),
    )


def differences(findings: Findings, verdict: Verdict, answer: Answer) -> list[str]:
    """Every class, value and set-aside finding on which the two disagree."""
    aside = Counter(findings[place] for place in verdict.aside)
    return [
        *_classes(FIRST, verdict.first.classes, answer.first),
        *_classes(SECOND, verdict.second.classes, answer.second),
        *_values(FIRST, verdict.first.values, answer.first_values),
        *_values(SECOND, verdict.second.values, answer.values),
        *_aside(aside, answer.aside),
    ]


def _classes(
    when: str, judged: AbstractSet[str], evaluated: AbstractSet[str]
) -> Iterator[str]:
    for name in sorted(judged - evaluated):
        yield f"{when}: the evaluator misses {name}"
    for name in sorted(evaluated - judged):
        yield f"{when}: the evaluator adds {name}"


def _values(
    when: str, judged: Mapping[str, str], evaluated: Mapping[str, str]
) -> Iterator[str]:
    for choice in sorted(judged.keys() | evaluated.keys()):
        wanted, found = judged.get(choice), evaluated.get(choice)
        if wanted != found:
            yield f"{when}: {choice} is {wanted}, the evaluator says {found}"


def _aside(judged: Counter[Finding], evaluated: Counter[Finding]) -> Iterator[str]:
    for finding in sorted((judged - evaluated).keys(), key=str):
        yield f"not set aside by the evaluator: {finding.concept} {finding.state}"
    for finding in sorted((evaluated - judged).keys(), key=str):
        yield f"set aside by the evaluator only: {finding.concept} {finding.state}"
