"""`python -m tests.reports`: accept new reports of the worked cases, after reading.

Prints what changes and then writes it; refuses in CI, where nobody reads.
"""

from __future__ import annotations

import difflib
import json
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from service.interpret import Options, interpret
from service.reasoning.knowledge import Knowledge, load

CASES = Path(__file__).parent / "cases"
BUILD = Path(__file__).parents[1] / "ontology" / "build"
# an offset that is not UTC, so that a lost zone would show
ISSUED = datetime(2026, 11, 25, 9, 30, tzinfo=timezone(timedelta(hours=2)))


def render(folder: Path, knowledge: Knowledge) -> str:
    """The answer to the bundle of a case, as its `report.json` holds it."""
    document = (folder / "bundle.json").read_bytes()
    answer = interpret(document, knowledge, ISSUED, Options())
    return json.dumps(answer.document, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Show each difference, and write it unless this is CI."""
    if os.environ.get("CI"):
        print("reports are accepted by a reader, never in CI", file=sys.stderr)
        return 1
    knowledge = load(BUILD)
    for folder in sorted(CASES.iterdir()):
        path = folder / "report.json"
        old = path.read_text("utf-8") if path.exists() else ""
        new = render(folder, knowledge)
        name = f"{folder.name}/report.json"
        lines = difflib.unified_diff(
            old.splitlines(), new.splitlines(), name, name, lineterm=""
        )
        print("\n".join(lines))
        path.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
