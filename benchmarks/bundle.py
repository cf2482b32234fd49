"""The document of the measurements: a worked case grown to thirty resources."""

from __future__ import annotations

import json
from pathlib import Path

CASES = Path(__file__).parents[1] / "tests" / "cases"
BASE, DONOR = "complete-negative-work-up", "gerd-36m"
SIZE = 30


def thirty_resources() -> bytes:
    """The complete negative work-up, with facts of a second case."""
    bundle = json.loads((CASES / BASE / "bundle.json").read_text("utf-8"))
    donor = json.loads((CASES / DONOR / "bundle.json").read_text("utf-8"))
    subject = bundle["entry"][0]["fullUrl"]
    known = {_code(entry) for entry in bundle["entry"]}
    for entry in donor["entry"]:
        if len(bundle["entry"]) == SIZE:
            break
        if entry["resource"]["resourceType"] == "Patient" or _code(entry) in known:
            continue
        entry["resource"]["subject"] = {"reference": subject}
        bundle["entry"].append(entry)
    return json.dumps(bundle).encode()


def _code(entry: dict[str, dict[str, dict[str, object]]]) -> str:
    return json.dumps(entry["resource"].get("code"), sort_keys=True)
