"""The cases that the judges are asked about, by the corpus that they belong to."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from service.fhir.reader import ReadOptions, read_cases
from service.reasoning.grounding import ground
from service.reasoning.knowledge import Knowledge
from tests.oracle.generator import cut_cases, random_case, read_vocabulary
from tests.oracle.judge import Findings
from tests.shorthand import read_findings

Cases: TypeAlias = dict[str, Findings]
TESTS = Path(__file__).parent.parent
# more on request: DPO_ORACLE_CASES=5000, and other ones: DPO_ORACLE_SEED=20261125
RANDOM_CASES = int(os.environ.get("DPO_ORACLE_CASES", "150"))
FIRST_SEED = int(os.environ.get("DPO_ORACLE_SEED", "0"))


def read_corpora(build: Path, knowledge: Knowledge) -> Mapping[str, Cases]:
    """Every corpus with its cases by name."""
    words = read_vocabulary(json.loads((build / "rules.json").read_bytes()))
    seeds = range(FIRST_SEED, FIRST_SEED + RANDOM_CASES)
    return {
        "acceptance": dict(_table("acceptance.tsv", knowledge)),
        "patients": dict(_table("patients.tsv", knowledge)),
        "cases": dict(_bundles("cases", knowledge)),
        "published": dict(_bundles("published", knowledge)),
        "cuts": {f"cut {i}": case for i, case in enumerate(cut_cases(words))},
        "random": {f"seed {seed}": random_case(seed, words) for seed in seeds},
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
        for case in read_cases(path.read_bytes(), ReadOptions()).cases:
            grounded, _ = ground(case, knowledge)
            name = f"{path.parent.name}/{path.name} {case.subject}".rstrip()
            yield name, grounded.findings
