"""All cases of CI with what the oracles say of them, asked once in a process.

clingo judges every case, and HermiT is given its answers as guesses, which it checks
(`judge.Judge.run`). Of what is not written by hand, HermiT and Konclude have a share.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from service.reasoning.knowledge import Knowledge, load
from service.reasoning.seeds import seed_of
from tests.oracle.answer_sets import Solver, solver_of
from tests.oracle.bench import Bench
from tests.oracle.blocks import runs_of
from tests.oracle.corpus import Cases, read_corpora
from tests.oracle.judge import Findings, Run, Verdict
from tests.oracle.konclude import realise
from tests.oracle.mutants import Corpus

BUILD = Path(__file__).parents[2] / "ontology" / "build"
WRITTEN = ("acceptance", "patients", "cases", "published")
CORPORA = (*WRITTEN, "cuts", "findings", "rules", "telling", "drawn")
# every n-th case of a corpus is judged by HermiT; all where it is not named
HERMIT_SHARE = {"patients": 4, "cuts": 4, "findings": 16, "rules": 8, "drawn": 16}
# every n-th case of what is not written by hand is judged by Konclude
KONCLUDE_SHARE = 20


@dataclass(frozen=True)
class Trial:
    """The cases, and what clingo says of them."""

    rules: dict[str, Any]
    knowledge: Knowledge
    solver: Solver
    corpora: Mapping[str, Cases]

    @cached_property
    def verdicts(self) -> Mapping[str, Mapping[str, Verdict]]:
        """Of every case, by corpus and name."""
        return {
            corpus: dict(zip(cases, self.solver.judge([*cases.values()]), strict=True))
            for corpus, cases in self.corpora.items()
        }

    def cases(self) -> Iterator[tuple[str, Findings, Verdict]]:
        """Every case with its name and its verdict."""
        for corpus, cases in self.corpora.items():
            for name, case in cases.items():
                yield f"{corpus}: {name}", case, self.verdicts[corpus][name]

    def cases_of(self, runs: int) -> Iterator[tuple[str, Findings, Verdict]]:
        """The cases of some of the runs, which are one bit each."""
        for named in self.cases():
            count = len(runs_of(named[2]))
            if runs & ((1 << count) - 1):
                yield named
            runs >>= count

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every pass of every case."""
        return tuple(run for _, _, verdict in self.cases() for run in runs_of(verdict))

    @cached_property
    def corpus(self) -> Corpus:
        """The runs, as the faults are held against them."""
        inputs = [_put_in(run, self.knowledge) for run in self.runs]
        return Corpus(self.rules, [run.classes for run in self.runs], inputs)


def _put_in(run: Run, knowledge: Knowledge) -> frozenset[str]:
    """The classes of a run that no rule over the case gave."""
    mask = 0
    for finding in run.kept:
        mask |= seed_of(finding, knowledge.compiled).own
    return frozenset([*knowledge.compiled.members(mask), *run.given])


@cache
def read_trial() -> Trial:
    """The trial of the published build, once in a process."""
    rules = json.loads((BUILD / "rules.json").read_bytes())
    knowledge = load(BUILD)
    corpora = read_corpora(BUILD, knowledge)
    return Trial(rules, knowledge, solver_of(BUILD), corpora)


def hermit_names(trial: Trial, corpus: str) -> list[str]:
    """HermiT's share of a corpus: the names of its cases."""
    return [*trial.corpora[corpus]][:: HERMIT_SHARE.get(corpus, 1)]


def by_hermit(trial: Trial, bench: Bench, corpus: str) -> dict[str, Verdict]:
    """What HermiT says of its share of a corpus, by the name of the case."""
    cases, guesses = trial.corpora[corpus], trial.verdicts[corpus]
    names = hermit_names(trial, corpus)
    judged = bench.judge([cases[x] for x in names], [guesses[x] for x in names])
    return dict(zip(names, judged, strict=True))


def konclude_runs(trial: Trial, corpus: str) -> dict[str, Run]:
    """Konclude's share of a corpus: each pass by the name of its case."""
    verdicts = trial.verdicts[corpus]
    return {
        f"{name}, pass {number}": run
        for name in [*verdicts][:: 1 if corpus in WRITTEN else KONCLUDE_SHARE]
        for number, run in enumerate(runs_of(verdicts[name]), 1)
    }


def by_konclude(trial: Trial, bench: Bench, corpus: str) -> dict[str, frozenset[str]]:
    """The classes by Konclude, of each pass of its share of a corpus."""
    runs = konclude_runs(trial, corpus)
    axioms = [text for text, _ in bench.axioms()]
    realised = realise([*runs.values()], axioms, trial.solver.words)
    return dict(zip(runs, realised.classes, strict=True))
