"""A whole request by its steps, beside the least that reading the same bytes takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import fhirkit
import orjson

from benchmarks.documents import document_of
from benchmarks.timing import Call, medians
from service.fhir.ledger import settle
from service.fhir.reader import ReadOptions, read_cases
from service.fhir.writer import WriteOptions, write_answer
from service.interpret import Options, interpret
from service.model import Interpretation
from service.reasoning.evaluation import evaluate
from service.reasoning.grounding import ground
from service.reasoning.justification import justify
from service.reasoning.knowledge import Knowledge

ISSUED = datetime(2026, 11, 25, 12, tzinfo=UTC)
SIZES = (5, 30, 1000)


@dataclass(frozen=True, slots=True)
class Split:
    """One document: what each step takes, the whole and the floor.

    In microseconds of processor time.
    """

    size: int
    steps: Mapping[str, float]
    whole: float
    floor: float


def split_requests(knowledge: Knowledge, seconds: float) -> tuple[Split, ...]:
    """Every size; so many seconds for each of them."""
    return tuple(_split(size, knowledge, seconds) for size in SIZES)


def _split(size: int, knowledge: Knowledge, seconds: float) -> Split:
    document = document_of(size)

    def whole() -> bytes:
        return orjson.dumps(interpret(document, knowledge, ISSUED, Options()).document)

    def floor() -> None:
        orjson.loads(document)
        fhirkit.validate(document.decode())

    steps = _steps(document, knowledge)
    calls = {**steps, "whole": whole, "floor": floor}
    found = medians(calls, within=seconds)
    return Split(
        size, {name: found[name] for name in steps}, found["whole"], found["floor"]
    )


def _steps(document: bytes, knowledge: Knowledge) -> Mapping[str, Call]:
    """The steps of `service.interpret`, each on what the one before it gave."""
    reading = read_cases(document, ReadOptions())
    (read,) = reading.cases
    case, notes = ground(read, knowledge)
    entailments = evaluate(case.findings, knowledge)
    one = (Interpretation(case, justify(case, entailments, knowledge)),)

    def write() -> dict[str, object]:
        ledger = settle(reading.rows, [case], notes)
        return write_answer(one, ledger, knowledge, ISSUED, WriteOptions())

    answer = write()
    return {
        "read": lambda: read_cases(document, ReadOptions()),
        "ground": lambda: ground(read, knowledge),
        "evaluate": lambda: evaluate(case.findings, knowledge),
        "explain": lambda: justify(case, entailments, knowledge),
        "write": write,
        "serialise": lambda: orjson.dumps(answer),
    }
