"""Random cases by the block: drawn, evaluated, and judged by three oracles.

clingo judges every case. HermiT, the slow one, judges every n-th, and Konclude every
m-th, so that each block has its share. A disagreement is made smaller and told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from service.reasoning.knowledge import Knowledge, load
from service.regression.generated import Vocabulary, read_vocabulary
from tests.oracle.answer_sets import Solver, solver_of
from tests.oracle.compare import answer_of, differences
from tests.oracle.drawing import drawn, reduced
from tests.oracle.judge import Findings, Run, Verdict, axioms_of, judge_of
from tests.oracle.konclude import realise
from tests.oracle.stored import written

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shares:
    """HermiT judges every `hermit`-th case, Konclude every `konclude`-th; 0 is none."""

    hermit: int
    konclude: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What was judged, and each disagreement in words.

    `hermit` counts cases, `konclude` runs; `konclude_again` are those of them that
    differed in their batch and were asked alone.
    """

    cases: int = 0
    runs: int = 0
    entailments: int = 0
    conflicts: int = 0
    hermit: int = 0
    konclude: int = 0
    konclude_again: int = 0
    disagreements: tuple[str, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        own, more = astuple(self), astuple(other)
        return Tally(*(one + two for one, two in zip(own, more, strict=True)))


def runs_of(verdict: Verdict) -> tuple[Run, ...]:
    """The passes that were run: one, or two of a case with a conflict."""
    if verdict.first == verdict.second:
        return (verdict.first,)
    return verdict.first, verdict.second


def judge_block(build: Path, start: int, count: int, shares: Shares) -> Tally:
    """Draw a block of cases and have it judged."""
    words, knowledge, solver = _tools(build)
    cases = drawn(words, count, start)
    verdicts = solver.judge(cases)
    runs = [run for verdict in verdicts for run in runs_of(verdict)]
    own = Tally(
        cases=len(cases),
        runs=len(runs),
        entailments=sum(len(run.classes) + len(run.values) for run in runs),
        conflicts=sum(bool(verdict.aside) for verdict in verdicts),
        disagreements=tuple(_by_evaluator(cases, verdicts, knowledge, solver)),
    )
    hermits = _by_hermit(build, _share(cases, shares.hermit), verdicts)
    theirs = [verdict for _, verdict in _share(verdicts, shares.konclude)]
    return own + hermits + _by_konclude(build, theirs, solver)


@cache
def _tools(build: Path) -> tuple[Vocabulary, Knowledge, Solver]:
    rules = json.loads((build / "rules.json").read_bytes())
    return read_vocabulary(rules), load(build), solver_of(build)


def _share(items: Sequence[T], every: int) -> list[tuple[int, T]]:
    return list(enumerate(items))[::every] if every else []


def _by_evaluator(
    cases: Sequence[Findings],
    verdicts: Sequence[Verdict],
    knowledge: Knowledge,
    solver: Solver,
) -> list[str]:
    return [
        told
        for case, verdict in zip(cases, verdicts, strict=True)
        for told in smallest(case, verdict, knowledge, solver)
    ]


def smallest(
    case: Findings, verdict: Verdict, knowledge: Knowledge, solver: Solver
) -> Iterator[str]:
    """Nothing, or the smallest case found on which evaluator and clingo differ."""

    def told(findings: Findings) -> list[str]:
        (judged,) = solver.judge([findings])
        return differences(findings, judged, answer_of(findings, knowledge))

    if differences(case, verdict, answer_of(case, knowledge)):
        small = reduced(case, lambda fewer: bool(told(fewer)))
        yield f"evaluator and clingo, {[*map(written, small)]}: {told(small)}"


def _by_hermit(
    build: Path, share: Sequence[tuple[int, Findings]], verdicts: Sequence[Verdict]
) -> Tally:
    judge = judge_of(build) if share else None
    told = [
        f"HermiT and clingo, {[*map(written, case)]}"
        for place, case in share
        if judge and judge.judge(case, verdicts[place]) != verdicts[place]
    ]
    return Tally(hermit=len(share), disagreements=tuple(told))


def _by_konclude(build: Path, verdicts: Sequence[Verdict], solver: Solver) -> Tally:
    if not verdicts:
        return Tally()
    runs = [run for verdict in verdicts for run in runs_of(verdict)]
    axioms = [text for text, _ in axioms_of(build)]
    realised = realise(runs, axioms, solver.words)
    told = [
        f"Konclude and clingo, {[*map(written, run.kept)]}: {sorted(run.classes ^ by)}"
        for run, by in zip(runs, realised.classes, strict=True)
        if run.classes != by
    ]
    return Tally(
        konclude=len(runs), konclude_again=realised.again, disagreements=tuple(told)
    )
