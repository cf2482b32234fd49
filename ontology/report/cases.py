"""The worked and the published cases of the checkout, each subject by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.fhir.reader import ReadOptions, read_cases
from service.model import Case
from service.reasoning.grounding import ground
from service.reasoning.knowledge import Knowledge

TESTS = Path(__file__).resolve().parents[2] / "tests"
CORPORA = ("cases", "published")


@dataclass(frozen=True, slots=True)
class Worked:
    """A case by its folder and, of several subjects, its number."""

    corpus: str
    name: str
    case: Case


def worked_cases(knowledge: Knowledge, tests: Path = TESTS) -> Iterator[Worked]:
    """All of them, by corpus and name."""
    for corpus in CORPORA:
        for path in sorted((tests / corpus).glob("*/bundle*.json")):
            cases = read_cases(path.read_bytes(), ReadOptions()).cases
            for number, case in enumerate(cases, 1):
                rest = path.stem.removeprefix("bundle").strip("-_")
                name = " ".join(filter(None, (path.parent.name, rest)))
                name = f"{name}, subject {number}" if len(cases) > 1 else name
                yield Worked(corpus, name, ground(case, knowledge)[0])
