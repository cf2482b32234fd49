"""What the long run wrote down, and by which programs on which rules it did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from tests.oracle.blocks import Tally
from tests.oracle.konclude import konclude_version

RECORD = Path(__file__).with_name("long-run.json")
COUNTS = (
    "cases",
    "runs",
    "entailments",
    "conflicts",
    "hermit",
    "konclude",
    "konclude_again",
)
HERMIT = "1.3.8 (owlready2 {})"


@dataclass(frozen=True, slots=True)
class Record:
    """A run without a disagreement: when, which rules, which cases, how many."""

    date: str
    rules: str
    seed: int
    hermit_share: int
    konclude_share: int
    oracles: Mapping[str, str]
    counts: Mapping[str, int]

    @classmethod
    def read(cls) -> Self:
        """The record that is kept."""
        return cls(**json.loads(RECORD.read_text(encoding="utf-8")))

    def write(self) -> None:
        """Keep the record in place of the last one."""
        text = json.dumps(asdict(self), indent=1) + "\n"
        RECORD.write_text(text, encoding="utf-8")


def counts_of(tally: Tally) -> dict[str, int]:
    """The counts of a tally by name."""
    return {name: getattr(tally, name) for name in COUNTS}


def oracles() -> dict[str, str]:
    """Each oracle with its version."""
    return {
        "clingo": version("clingo"),
        "HermiT": HERMIT.format(version("owlready2")),
        "Konclude": konclude_version(),
    }


def logic_hash(rules: Mapping[str, Any]) -> str:
    """Which logic was judged: rules, comparisons and choices, whatever they are called.

    Labels, phrases and mappings of the build are not part of it.
    """
    keys = ("rules", "finding_rules", "cuts")
    axioms = {row["id"] for key in keys for row in rules[key]}
    axioms |= set(rules["asserting"].values())
    logic = {"axioms": sorted(axioms), "choices": rules["choices"]}
    return sha256(json.dumps(logic, sort_keys=True).encode()).hexdigest()[:12]
