"""The judges at work: one process with a Java virtual machine for each core."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from tests.oracle.judge import Findings, Verdict, axioms_of, judge_case

# seconds for one question to all judges; a judge that hangs fails the proof
DEADLINE = 3600


@dataclass(frozen=True, slots=True)
class Bench:
    """Judges of one build; a case that cannot be judged raises."""

    build: Path
    pool: ProcessPoolExecutor

    def judge(
        self,
        cases: Iterable[Findings],
        guesses: Iterable[Verdict | None] = repeat(None),
        *,
        whole: bool = False,
    ) -> list[Verdict]:
        """The verdicts, in the order of the cases; a guess for each saves time."""
        ask = partial(judge_case, self.build, whole=whole)
        return list(self.pool.map(ask, cases, guesses, timeout=DEADLINE))

    def axioms(self) -> tuple[tuple[str, str], ...]:
        """The canonical text and the head of every axiom of the published ontology."""
        return self.pool.submit(axioms_of, self.build).result(DEADLINE)


@contextmanager
def open_bench(build: Path) -> Iterator[Bench]:
    """Judges that are started fresh: a JVM does not survive a fork."""
    pool = ProcessPoolExecutor(os.cpu_count() or 1, get_context("spawn"))
    try:
        yield Bench(build, pool)
    finally:
        pool.shutdown(cancel_futures=True)
