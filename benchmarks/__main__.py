"""`python -m benchmarks`: every number of one run, side by side, as ratios.

Budgets stand beside the numbers and are printed, never enforced: a slower machine is
no defect. With `--hermit` the same case also goes through owlready2 and HermiT, as
one would do without the compiled rules (needs Java and the dependency group `oracle`).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import fhirkit
import orjson

from benchmarks.bundle import thirty_resources
from benchmarks.sparql import measure_sparql, print_milliseconds
from service.fhir.ledger import settle
from service.fhir.reader import ReadOptions, read_cases
from service.fhir.writer import WriteOptions, write_answer
from service.interpret import Options, interpret
from service.model import Interpretation
from service.reasoning.evaluation import evaluate
from service.reasoning.grounding import ground
from service.reasoning.justification import justify
from service.reasoning.knowledge import Knowledge, load

BUILD = Path(__file__).parents[1] / "ontology" / "build"
ISSUED = datetime(2026, 11, 25, 12, tzinfo=UTC)
ROUNDS = 60
Row = tuple[str, float, str]


def main() -> int:
    """Print the table; 0 always."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--hermit", action="store_true", help="owlready2 + HermiT too")
    arguments = parser.parse_args()
    knowledge = load(BUILD)
    document = thirty_resources()
    rows = [*measure_steps(document, knowledge), *measure_start()]
    if arguments.hermit:
        rows.append(measure_hermit(document, knowledge))
    print_table(rows)
    print_milliseconds(measure_sparql())
    return 0


def median(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median time of a call in microseconds, after a warm-up."""
    for _ in range(5):
        call()
    times = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times) / 1000


def measure_steps(document: bytes, knowledge: Knowledge) -> list[Row]:
    """Each step of the line, the whole, and the floor of parsing the same bytes."""
    reading = read_cases(document, ReadOptions())
    case, notes = ground(reading.cases[0], knowledge)
    findings = case.findings
    entailments = evaluate(findings, knowledge)
    conclusions = justify(case, entailments, knowledge)
    ledger = settle(reading.rows, [case], notes)
    one = (Interpretation(case, conclusions),)
    answer = write_answer(one, ledger, knowledge, ISSUED, WriteOptions())

    def whole() -> bytes:
        found = interpret(document, knowledge, ISSUED, Options())
        return orjson.dumps(found.document)

    count = len(findings)
    return [
        (f"evaluate, {count} findings, no proofs", median(
            lambda: evaluate(findings, knowledge), 400), "<= 100"),
        ("floor: json.loads + fhirkit.validate", median(
            lambda: (json.loads(document), fhirkit.validate(document.decode()))), ""),
        ("read", median(lambda: read_cases(document, ReadOptions())), ""),
        ("ground", median(lambda: ground(reading.cases[0], knowledge)), ""),
        ("justify: proofs, near misses, tests", median(
            lambda: justify(case, entailments, knowledge)), ""),
        ("write", median(lambda: write_answer(
            one, ledger, knowledge, ISSUED, WriteOptions())), ""),
        ("serialise", median(lambda: orjson.dumps(answer)), ""),
        ("whole request, 30 resources", median(whole), "<= 15000"),
    ]  # fmt: skip


def measure_start() -> list[Row]:
    """A worker from nothing to ready, in a process of its own, and its memory."""
    program = (
        "import resource, service.app; service.app.create_app();"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    seconds = time.perf_counter() - start
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        ("start of a worker", seconds * 1e6, "<= 2500000"),
        ("memory of a worker, ready (MB)", int(done.stdout) / 1024, "<= 200 MB"),
        ("memory of this run, after the requests (MB)", own, "<= 200 MB"),
    ]


def measure_hermit(document: bytes, knowledge: Knowledge) -> Row:
    """The same findings through owlready2 and HermiT, one call, JVM included."""
    from benchmarks.hermit import reason_once  # noqa: PLC0415  # optional, needs Java

    case, _ = ground(read_cases(document, ReadOptions()).cases[0], knowledge)
    seconds = reason_once(case.findings, knowledge, BUILD / "dpo.owl")
    return "owlready2 + HermiT, one call", seconds * 1e6, ""


def print_table(rows: list[Row]) -> None:
    """One line a measurement: microseconds, ratio to the evaluator, budget."""
    unit = rows[0][1]
    print(f"{'what':46} {'microseconds':>14} {'x evaluator':>12}  budget")
    for name, value, budget in rows:
        if "(MB)" in name:
            print(f"{name:46} {value:14.0f} {'':>12}  {budget}")
            continue
        print(f"{name:46} {value:14,.0f} {value / unit:12,.1f}  {budget}")


if __name__ == "__main__":
    sys.exit(main())
