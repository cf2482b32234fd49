"""The documents of the measurements: a worked case cut, filled up, and made long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import count, islice
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

CASES = Path(__file__).parents[1] / "tests" / "cases"
BASE, DONOR = "complete-negative-work-up", "gerd-36m"
FIRST_YEAR = 2024


def document_of(size: int) -> bytes:
    """A transaction of so many resources about one patient.

    The first ones of the complete negative work-up; then facts of a second case that it
    does not have; then the same facts again, as they were found in earlier years.
    """
    bundle = json.loads((CASES / BASE / "bundle.json").read_text("utf-8"))
    patient, *facts = bundle["entry"]
    facts += _further({_code(entry) for entry in facts}, patient["fullUrl"])
    every = (entry for year in count(FIRST_YEAR, -1) for entry in _of(year, facts))
    bundle["entry"] = [patient, *islice(every, size - 1)]
    return json.dumps(bundle).encode()


def _further(known: set[str], patient: str) -> Iterator[dict[str, Any]]:
    """What the second case says of other things, now about our patient."""
    donor = json.loads((CASES / DONOR / "bundle.json").read_text("utf-8"))
    for entry in donor["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] != "Patient" and _code(entry) not in known:
            resource["subject"] = {"reference": patient}
            yield entry


def _of(year: int, facts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The facts as entries of their own, dated in that year."""
    if year == FIRST_YEAR:
        yield from facts
        return
    for fact in facts:
        entry = deepcopy(fact)
        resource = entry["resource"]
        resource["id"] = str(uuid5(NAMESPACE_URL, f"{year} {resource['id']}"))
        entry["fullUrl"] = f"urn:uuid:{resource['id']}"
        if "effectiveDateTime" in resource:
            resource["effectiveDateTime"] = f"{year}-06-15"
        yield entry


def _code(entry: dict[str, Any]) -> str:
    return json.dumps(entry["resource"].get("code"), sort_keys=True)
