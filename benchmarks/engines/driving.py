"""From a reasoner that knows nothing of choices to an engine that answers a task.

No reasoner concludes from what is not there, so the choices have to be made outside,
by the judge of `tests.oracle`, as they are for the proof: it asks, decides the choices
of one stratum, asserts their values and asks again. A reasoner that needs minutes for
that is told the values and asked once.
Only the time inside the reasoner counts, not that of the judge.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from benchmarks.engines.reply import Engine, Reply
from benchmarks.engines.tasks import Task
from service.verify.judging import strata
from tests.oracle.abox import asserted, read_words
from tests.oracle.hermit import Hermit
from tests.oracle.judge import Judge
from tests.oracle.table import read_table


class Reasoner(Protocol):
    """Whoever gives the classes of the individual `c`."""

    def prepare(self, assertions: tuple[str, ...]) -> None:
        """Do what could have been done before the case was known; not timed."""

    def types(self, assertions: tuple[str, ...]) -> Iterable[str]:
        """The names of the classes, from assertions in functional syntax."""


@dataclass(slots=True)
class Timed:
    """A reasoner with a clock, in the place that HermiT has in the oracle."""

    reasoner: Reasoner
    questions: int = 0
    seconds: float = 0.0

    def types(
        self, assertions: tuple[str, ...], *, whole: bool = False
    ) -> frozenset[str]:
        """The classes; there is one way of asking, whatever `whole` says."""
        del whole
        self.reasoner.prepare(assertions)
        start = time.perf_counter()
        found = frozenset(self.reasoner.types(assertions))
        self.seconds += time.perf_counter() - start
        self.questions += 1
        return found


def driven(reasoner: Reasoner, build: Path) -> Engine:
    """An engine that asks once per stratum."""
    rules = json.loads((build / "rules.json").read_bytes())
    words, table = read_words(rules), tuple(strata(read_table(rules)))

    def answer(task: Task) -> Reply:
        timed = Timed(reasoner)
        judge = Judge(cast("Hermit", timed), words, table)
        run = judge.run(task.kept, task.told)
        return Reply(run.classes, timed.questions, timed.seconds)

    return answer


def told(reasoner: Reasoner, build: Path) -> Engine:
    """An engine that is told the values of the choices and asked once."""
    words = read_words(json.loads((build / "rules.json").read_bytes()))

    def answer(task: Task) -> Reply:
        timed = Timed(reasoner)
        given = sorted({*task.told, *task.values})
        found = timed.types(asserted(task.kept, given, words))
        return Reply(found - words.tops, timed.questions, timed.seconds)

    return answer
