"""`python -m benchmarks`: every number of one run, side by side.

Always: a whole request by its steps beside its floor, a worker, and SPARQL. With
`--engines` also what others would take in place of our evaluator; that needs the
dependency group `bench`, Java and Konclude, and a line says what is not there.
Budgets stand beside the numbers and are printed, never enforced: a slower machine is
no defect. The tables are Markdown, as docs/reference/benchmarks.md shows them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.engines.race import Limits, Score, race
from benchmarks.engines.tasks import read_tasks
from benchmarks.machine import describe
from benchmarks.request import Split, split_requests
from benchmarks.sparql import measure_sparql
from benchmarks.tables import Row, print_table
from benchmarks.worker import measure_worker
from service.config import SHIPPED_BUILD
from service.reasoning.knowledge import Knowledge, load

# seconds for each size of document, and for each engine
LONG, QUICK = 15.0, 2.0
LIMITS = Limits(ready=300, task=300, engine=15)
QUICK_LIMITS = Limits(ready=120, task=120, engine=3)
REQUEST = "A request, in µs of processor time"
ENGINES = (
    "", "cases", "µs a case", "x ours", "questions", "wrong cases",
    "missing", "extra", "of classes", "version, remark",
)  # fmt: skip
BUDGETS = {"evaluate": "<= 100 µs", "whole, times the floor": "<= 4"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 0 always."""
    options = _read(arguments)
    print(describe())
    knowledge = load(SHIPPED_BUILD)
    splits = split_requests(knowledge, QUICK if options.quick else LONG)
    sizes = [f"{split.size:,} resources" for split in splits]
    print_table(
        "A request, in µs of processor time",
        ("", *sizes, "budget"),
        [*_rows_of(splits)],
    )
    print_table("A worker", ("", "measured", "budget"), measure_worker())
    scores: list[Score] = []
    if options.engines:
        scores = _engines(knowledge, QUICK_LIMITS if options.quick else LIMITS)
    rows = [(name, f"{ms:,.2f}", budget) for name, ms, budget in measure_sparql()]
    print_table("SPARQL", ("", "ms", "budget"), rows)
    if options.figure:
        from benchmarks.figure import draw  # noqa: PLC0415  # needs matplotlib

        draw(splits, scores, options.figure)
    return 0


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--engines", action="store_true", help="other reasoners too")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and cases")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw it, as SVG")
    return parser.parse_args(arguments)


def _rows_of(splits: Sequence[Split]) -> Iterator[Row]:
    """A row for each step, for their sum, for the whole and for the floor."""
    for step in splits[0].steps:
        yield _row(step, [split.steps[step] for split in splits])
    yield _row("sum of the steps", [sum(split.steps.values()) for split in splits])
    yield _row("whole", [split.whole for split in splits])
    yield _row("floor", [split.floor for split in splits])
    yield _row("whole, times the floor", [s.whole / s.floor for s in splits], "{:.1f}")


def _row(name: str, numbers: Sequence[float], form: str = "{:,.0f}") -> Row:
    return (name, *map(form.format, numbers), BUDGETS.get(name, ""))


def _engines(knowledge: Knowledge, limits: Limits) -> list[Score]:
    """Let them race; how far it is is told on standard error."""
    tasks = read_tasks(SHIPPED_BUILD, knowledge)
    scores = []
    for score in race(SHIPPED_BUILD, tasks, limits):
        scores.append(score)
        said = score.note or f"{len(score.replies)} of {len(tasks)} cases"
        print(f"{score.entry.name}: {said}", file=sys.stderr)
    print_table("Engines", ENGINES, [_engine(score) for score in scores])
    return scores


def _engine(score: Score) -> Row:
    remark = ", ".join(filter(None, (score.release, score.note)))
    if not score.replies:
        return (score.entry.name, "0", *[""] * 7, remark)
    return (
        score.entry.name,
        f"{len(score.replies)}",
        f"{score.microseconds:,.0f}",
        f"{score.ratio:,.0f}",
        f"{score.questions:.0f}",
        f"{score.wrong}",
        f"{score.missing}",
        f"{score.extra}",
        f"{score.right:,}",
        remark,
    )


if __name__ == "__main__":
    sys.exit(main())
