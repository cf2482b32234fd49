"""`python -m ontology.compiler`: rebuild `ontology/build`, or check it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ontology.compiler.axiom import LintError
from ontology.compiler.classify import classify
from ontology.compiler.hierarchy import ReasonerError
from ontology.compiler.release import compile_folder, differences, write

FOLDER = Path(__file__).parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when the build stands, 1 when it does not, with the reason printed."""
    parser = argparse.ArgumentParser(prog="python -m ontology.compiler")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail on any difference"
    )
    parser.add_argument("--edit", type=Path, default=FOLDER / "edit")
    parser.add_argument("--build", type=Path, default=FOLDER / "build")
    options = parser.parse_args(arguments)
    try:
        files = compile_folder(options.edit, classify)
    except (LintError, ReasonerError) as error:
        print(error, file=sys.stderr)
        return 1
    if not options.check:
        write(files, options.build)
        print(f"wrote {', '.join(sorted(files))} to {options.build.name}/")
        return 0
    changed = differences(files, options.build)
    if changed:
        print(f"differs from what edit/ gives: {', '.join(changed)}", file=sys.stderr)
        return 1
    print("build/ is what edit/ gives")
    return 0


if __name__ == "__main__":
    sys.exit(main())
