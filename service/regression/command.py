"""`dpo ontology diff`: what it reads, and the text that it answers with."""

from __future__ import annotations

import argparse
from pathlib import Path

from service.config import Config
from service.reasoning.problems import KnowledgeError
from service.regression.cases import made_up_cases, written_cases
from service.regression.difference import compare
from service.regression.release import open_release
from service.regression.showing import render_json, render_text

# The case folders of a checkout; an installed service has none.
TESTS = Path(__file__).resolve().parents[2] / "tests"
CORPUS = (TESTS / "cases", TESTS / "published")


def answer_difference(options: argparse.Namespace, config: Config) -> tuple[str, bool]:
    """The difference as text or JSON, and whether there is none.

    Raises KnowledgeError for a release or a folder of cases that is not there.
    """
    old = open_release(options.old, config.releases)
    new = open_release(options.new, config.releases)
    cases = [
        *written_cases(_folders(options.cases)),
        *made_up_cases(old, new, options.generated, options.seed),
    ]
    difference = compare(old, new, cases)
    render = render_json if options.format == "json" else render_text
    return render(difference), difference.is_empty


def _folders(named: list[str] | None) -> list[Path]:
    if named is None:
        return [folder for folder in CORPUS if folder.is_dir()]
    folders = [Path(name) for name in named]
    for folder in folders:
        if not folder.is_dir():
            raise KnowledgeError(f"{folder} is no folder of cases")
    return folders
