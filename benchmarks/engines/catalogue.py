"""Every engine: its name, how it is asked, its packages, and how it is started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

from benchmarks.engines.driving import Reasoner, driven, told
from benchmarks.engines.reply import Engine, Reply
from benchmarks.engines.tasks import Task
from benchmarks.timing import median, seconds_of
from service.reasoning.evaluation import evaluate
from service.reasoning.knowledge import load

OURS = "ours"
Start = Callable[[Path], Engine]


@dataclass(frozen=True, slots=True)
class Entry:
    """An engine of the table.

    `package` is the distribution whose version is told, "" for a program or for ours.
    `start` makes the engine ready, in a process of its own; that is not timed.
    """

    name: str
    package: str
    start: Start


def start_ours(build: Path) -> Engine:
    """Our evaluator: both passes of the case, as the service runs them."""
    knowledge = load(build)

    def answer(task: Task) -> Reply:
        def once() -> frozenset[str]:
            return frozenset(evaluate(task.findings, knowledge).classes)

        seconds = median(
            lambda: evaluate(task.findings, knowledge), within=0.05, most=200
        )
        return Reply(once(), 1, seconds / 1e6)

    return answer


def start_clingo(build: Path) -> Engine:
    """The oracle's logic program with all axioms and choices, solved for each case."""
    answer_sets = import_module("tests.oracle.answer_sets")
    solver = answer_sets.solver_of(build)

    def answer(task: Task) -> Reply:
        runs = []
        seconds = seconds_of(lambda: runs.extend(solver.runs([task.kept], [task.told])))
        return Reply(runs[0].classes, 1, seconds)

    return answer


def _started(
    asking: Callable[[Reasoner, Path], Engine], module: str, start: str, build: Path
) -> Engine:
    """Import the module only now, since its package may not be installed."""
    opened: Callable[[Path], Reasoner] = getattr(import_module(module), start)
    return asking(opened(build), build)


def _asked_often(module: str, start: str) -> Start:
    return partial(_started, driven, f"benchmarks.engines.{module}", start)


def _asked_once(module: str, start: str) -> Start:
    return partial(_started, told, f"benchmarks.engines.{module}", start)


HERMIT_NEW = "owlready2 + HermiT, a call each"
ENTRIES = (
    Entry(OURS, "", start_ours),
    Entry("clingo", "clingo", start_clingo),
    Entry(
        "SPARQL rules, pyoxigraph",
        "pyoxigraph",
        _asked_often("construct", "start_pyoxigraph"),
    ),
    Entry("SPARQL rules, rdflib", "rdflib", _asked_often("construct", "start_rdflib")),
    Entry(
        "OWL RL, reasonable", "reasonable", _asked_often("owl_rl", "start_reasonable")
    ),
    Entry("OWL RL, owlrl", "owlrl", _asked_once("owl_rl", "start_owlrl")),
    Entry("Konclude, a process each", "", _asked_often("full", "start_konclude")),
    Entry("HermiT, warm", "owlready2", _asked_often("full", "start_hermit")),
    Entry(HERMIT_NEW, "owlready2", _asked_once("owlready", "start_owlready")),
)
