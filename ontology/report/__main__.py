"""`python -m ontology.report`: write the reports about the knowledge, or check them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ontology.report.coverage import Uncovered, write_coverage
from ontology.report.sensitivity import write_sensitivity
from service.config import SHIPPED_BUILD
from service.reasoning.knowledge import load

REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference"
REPORTS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "coverage": ("knowledge-coverage.md", write_coverage),
    "sensitivity": ("sensitivity.md", lambda: write_sensitivity(load(SHIPPED_BUILD))),
}


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when the pages stand, 1 when one does not, with the reason printed."""
    parser = argparse.ArgumentParser(prog="python -m ontology.report")
    parser.add_argument("report", choices=("all", *REPORTS), help="which of them")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail on any difference"
    )
    options = parser.parse_args(arguments)
    stale = []
    for name in REPORTS if options.report == "all" else [options.report]:
        page, make = REPORTS[name]
        try:
            text = make()
        except Uncovered as problem:
            sys.stderr.write(f"{problem}\n")
            return 1
        path = REFERENCE / page
        if not options.check:
            path.write_text(text, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != text:
            stale.append(page)
    if stale:
        sys.stderr.write(f"not what the ontology gives: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
