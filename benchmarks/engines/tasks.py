"""The cases that every engine gets, as findings, with the right answer to each."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path

from benchmarks.documents import CASES, document_of
from service.fhir.reader import ReadOptions, read_cases
from service.model import Finding
from service.reasoning.compiled import ClassSet
from service.reasoning.evaluation import evaluate_passes
from service.reasoning.grounding import ground
from service.reasoning.knowledge import Knowledge
from service.regression.generated import random_case, read_vocabulary
from tests.oracle.judge import ANY_CONFLICT
from tests.shorthand import read_findings

ACCEPTANCE = CASES.parent / "acceptance.tsv"
SIZE, RANDOM = 30, 9
EVERY = 5


@dataclass(frozen=True, slots=True)
class Task:
    """One case and what is right.

    `findings` are all of them, `kept` those without the ones that contradict each
    other; `told` is what the reported pass is told beside them, and `values` what the
    choices assert in it. `classes` is what follows.
    """

    name: str
    findings: tuple[Finding, ...]
    kept: tuple[Finding, ...]
    told: tuple[str, ...]
    values: tuple[str, ...]
    classes: frozenset[str]


def read_tasks(build: Path, knowledge: Knowledge) -> tuple[Task, ...]:
    """The 30 resources of the other tables, then worked, acceptance and random cases.

    They take turns, so that a slow engine, which gets the first few, gets of each kind.
    """
    rules = json.loads((build / "rules.json").read_bytes())
    words = read_vocabulary(rules)
    turns = zip_longest(
        _worked(knowledge),
        islice(_accepted(knowledge), None, None, EVERY),
        ((f"random {seed}", random_case(seed, words)) for seed in range(RANDOM)),
    )
    first = ("30 resources", _findings(document_of(SIZE), knowledge))
    every: Iterable[tuple[str, tuple[Finding, ...]] | None]
    every = chain([first], *turns)
    return tuple(_task(*named, knowledge) for named in every if named)


def _worked(knowledge: Knowledge) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    for path in sorted(CASES.glob("*/bundle.json")):
        yield path.parent.name, _findings(path.read_bytes(), knowledge)


def _accepted(knowledge: Knowledge) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    with ACCEPTANCE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, row in enumerate(rows, 2):
            yield f"acceptance {number}", read_findings(row["findings"], knowledge)


def _findings(document: bytes, knowledge: Knowledge) -> tuple[Finding, ...]:
    (case,) = read_cases(document, ReadOptions()).cases
    return ground(case, knowledge)[0].findings


def _task(name: str, findings: tuple[Finding, ...], knowledge: Knowledge) -> Task:
    compiled = knowledge.compiled
    found = evaluate_passes(findings, compiled)
    chosen = [option.option.asserts for option in found.second.chosen if option]
    return Task(
        name,
        findings,
        found.kept,
        (ANY_CONFLICT,) if found.disputes else (),
        tuple(sorted({*chosen} - {""})),
        frozenset(ClassSet(found.second.classes, compiled)),
    )
