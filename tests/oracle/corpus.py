"""The cases that the judges are asked about, by the corpus that they belong to."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from service.fhir.reader import ReadOptions
from service.fhir.reader import read_cases as read_document
from service.reasoning.grounding import ground
from service.reasoning.knowledge import Knowledge
from service.regression.generated import Vocabulary, read_vocabulary
from tests.oracle.drawing import drawn
from tests.oracle.exhaustive import finding_cases
from tests.oracle.generator import cut_cases
from tests.oracle.judge import Findings
from tests.oracle.stored import SOUGHT, read_cases
from tests.shorthand import read_findings

Cases: TypeAlias = dict[str, Findings]
TESTS = Path(__file__).parent.parent
# more, and of other seeds: python -m tests.oracle
DRAWN_CASES, SEED = 2000, 1_000_000_000


def read_corpora(build: Path, knowledge: Knowledge) -> Mapping[str, Cases]:
    """Every corpus with its cases by name."""
    words = read_vocabulary(json.loads((build / "rules.json").read_bytes()))
    fresh = drawn(words, DRAWN_CASES, SEED)
    return {
        **ready_corpora(words, knowledge),
        **read_cases(SOUGHT.read_text(encoding="utf-8")),
        "drawn": {f"draw {i}": case for i, case in enumerate(fresh)},
    }


def ready_corpora(words: Vocabulary, knowledge: Knowledge) -> dict[str, Cases]:
    """The corpora that are written by hand, or follow from the vocabulary at once."""
    return {
        "acceptance": dict(_table("acceptance.tsv", knowledge)),
        "patients": dict(_table("patients.tsv", knowledge)),
        "cases": dict(_bundles("cases", knowledge)),
        "published": dict(_bundles("published", knowledge)),
        "cuts": {f"cut {i}": case for i, case in enumerate(cut_cases(words))},
        "findings": dict(finding_cases(words)),
    }


def _table(name: str, knowledge: Knowledge) -> Iterator[tuple[str, Findings]]:
    """The lines of shorthand of a table; each line is named after its place."""
    with (TESTS / name).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, row in enumerate(rows, 2):
            base, findings = row.get("base", ""), row["findings"]
            text = f"{base} + {findings}" if base else findings
            yield f"{name}:{number}", read_findings(text, knowledge)


def _bundles(folder: str, knowledge: Knowledge) -> Iterator[tuple[str, Findings]]:
    """The grounded findings of every bundle, as written and as coded."""
    for path in sorted((TESTS / folder).glob("*/bundle*.json")):
        for case in read_document(path.read_bytes(), ReadOptions()).cases:
            grounded, _ = ground(case, knowledge)
            name = f"{path.parent.name}/{path.name} {case.subject}".rstrip()
            yield name, grounded.findings
