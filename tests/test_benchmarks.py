"""The benchmarks count right, and no engine can stop the run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.documents import document_of
from benchmarks.engines.catalogue import ENTRIES, Entry
from benchmarks.engines.race import Limits, Score, race
from benchmarks.engines.reply import Engine, Reply
from benchmarks.engines.tasks import Task, read_tasks
from benchmarks.tables import print_table
from service.config import SHIPPED_BUILD
from service.fhir.reader import ReadOptions, read_cases
from service.reasoning.knowledge import Knowledge

# The line to an engine is a pair of sockets inside this machine.
pytestmark = pytest.mark.enable_socket
LIMITS = Limits(ready=60, task=60, engine=60)


@pytest.fixture(scope="module")
def tasks(knowledge: Knowledge) -> tuple[Task, ...]:
    return read_tasks(SHIPPED_BUILD, knowledge)


def start_half(build: Path) -> Engine:
    """Gives one class too many, and two too few."""
    del build

    def answer(task: Task) -> Reply:
        found = {*sorted(task.classes)[2:], "not_a_class"}
        return Reply(frozenset(found), 1, 1.0)

    return answer


def start_hanging(build: Path) -> Engine:
    """Never gets ready."""
    time.sleep(3600)
    return start_half(build)


def start_broken(build: Path) -> Engine:
    """Cannot be started."""
    raise ModuleNotFoundError(f"nothing in {build.name}")


def run(
    start: Callable[[Path], Engine], tasks: tuple[Task, ...], limits: Limits = LIMITS
) -> Score:
    entry = Entry("engine", "", start)
    (score,) = race(SHIPPED_BUILD, tasks, limits, [entry])
    return score


def test_wrong_answers_are_counted_apart(tasks: tuple[Task, ...]) -> None:
    """Two classes that are missing and one that is extra, in every case."""
    score = run(start_half, tasks[:3])

    assert (score.wrong, score.missing, score.extra) == (3, 6, 3)


def test_an_engine_that_hangs_is_ended(tasks: tuple[Task, ...]) -> None:
    """It has no reply, and its line says why."""
    score = run(start_hanging, tasks[:1], Limits(ready=0.1, task=1, engine=1))

    assert (score.replies, score.note) == ((), "no answer within 0.1 s")


def test_an_engine_that_breaks_costs_its_line(tasks: tuple[Task, ...]) -> None:
    """As one does whose package is not installed."""
    score = run(start_broken, tasks[:1])

    assert (score.replies, score.note) == (
        (),
        "ModuleNotFoundError: nothing in build",
    )


def test_a_slow_engine_gets_fewer_cases(tasks: tuple[Task, ...]) -> None:
    """Its time is looked at after each case, so one is always answered."""
    score = run(start_half, tasks[:3], Limits(ready=60, task=60, engine=0))

    assert len(score.replies) == 1


@pytest.mark.parametrize("name", ["ours", "SPARQL rules, pyoxigraph"])
def test_an_engine_that_needs_no_group_is_right(
    name: str, tasks: tuple[Task, ...]
) -> None:
    """On a case whose findings contradict each other, too."""
    entry = next(entry for entry in ENTRIES if entry.name == name)
    contested = next(task for task in tasks if task.told)
    (score,) = race(SHIPPED_BUILD, [tasks[0], contested], LIMITS, [entry])

    assert (len(score.replies), score.wrong, score.note) == (2, 0, "")


@pytest.mark.parametrize("size", [5, 30, 1000])
def test_a_document_has_its_size(size: int) -> None:
    """So many resources, each once, all of one patient, and all of them read."""
    document = document_of(size)
    names = {entry["fullUrl"] for entry in json.loads(document)["entry"]}
    reading = read_cases(document, ReadOptions())

    assert (len(names), len(reading.cases), len(reading.rows)) == (size, 1, size)


def test_a_table_is_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    """Aligned: text left, numbers right."""
    print_table("Title", ("", "µs"), [("read", "3")])

    assert capsys.readouterr().out == (
        "\n### Title\n\n|      | µs |\n| ---- | -: |\n| read |  3 |\n"
    )
