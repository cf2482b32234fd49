"""The documentation is true: rows for everything that is there, blocks that run."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from flask import Flask

from service import __version__, errors
from service.cli import build_parser
from service.config import SETTINGS, Config
from service.reasoning.knowledge import Knowledge
from service.routes import list_served

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs/reference"
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "ontology/*.md")
    for path in ROOT.glob(pattern)
    if "knowledge" not in path.parts and path.name != "CHANGELOG.md"
)
BLOCK = re.compile(r"^```(\S+)( no-run)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Set-up is not run by a test, nor are the tests run by themselves.
SKIPPED = re.compile(r"^(pip install|uv run pytest)")


def cells(page: str, columns: int) -> list[tuple[str, ...]]:
    """The rows of the tables of a page, cut to their first columns."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if "|" in line]
    return [
        tuple(cell.strip("`") for cell in row[:columns])
        for row in rows
        if len(row) >= columns and not row[0].startswith("---")
    ]


def test_every_setting_has_its_row() -> None:
    """Name, unit and default, as the code has them."""
    documented = {
        row[:2]: row[2]
        for row in cells("configuration.md", 3)
        if row[0].startswith("DPO_")
    }

    assert set(documented) == {(setting.name, setting.unit) for setting in SETTINGS}
    for setting in SETTINGS:
        default = getattr(Config(), setting.field)
        if isinstance(default, int):
            assert documented[setting.name, setting.unit] == str(default)


def test_every_error_has_its_row() -> None:
    """Class, status and issue code."""
    tree = {
        (name, str(kind.status), kind.default_issue)
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.ServiceError)
    }

    rows = {row for row in cells("errors.md", 3) if row[1].isdigit()}
    assert rows == tree


def test_every_route_has_its_row(app: Flask) -> None:
    """Verb and address."""
    mounted = {
        f"{verb} {item.address}" for item in list_served(app) for verb in item.verbs
    }

    assert {row[0] for row in cells("errors.md", 1) if " /" in row[0]} == mounted


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Every long option of a parser and of its commands."""
    found: set[str] = set()
    for action in parser._actions:
        found |= {text for text in action.option_strings if text.startswith("--")}
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                found |= options_of(command)
    return found - {"--help"}


def test_every_option_has_its_row() -> None:
    """No option that is not told, none told that is not there."""
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `--")]

    assert set(
        re.findall(r"^\| `(--[a-z-]+)`", "\n".join(rows), re.MULTILINE)
    ) == options_of(build_parser())


def blocks() -> list[tuple[str, str]]:
    """The commands of every shell block that is not marked `no-run`."""
    found = []
    for page in PAGES:
        for language, skipped, body in BLOCK.findall(page.read_text("utf-8")):
            if language not in ("sh", "bash") or skipped:
                continue
            for line in body.splitlines():
                command = line.strip().removeprefix("pip install uv && ")
                if command and not SKIPPED.match(command):
                    found.append((page.relative_to(ROOT).as_posix(), command))
    return found


@pytest.mark.parametrize(("page", "command"), blocks())
def test_a_command_of_the_documentation_runs(page: str, command: str) -> None:
    """As it stands there, from the root of a checkout."""
    if not (os.environ.get("UV") or shutil.which("uv")):
        command = command.replace("uv run ", "", 1)
    done = subprocess.run(
        ["bash", "-c", command.replace("uv run ", "uv run --no-sync ", 1)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, f"{page}: {done.stderr}"


def test_the_readme_shows_what_is_printed() -> None:
    """The output under "Quick start" is real: `uv run dpo` prints each line of it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(
        r"uv run (dpo interpret \S+)\n.*?```text\n(.*?)```", text, re.DOTALL
    )
    assert found is not None
    program = Path(sys.executable).with_name("dpo")
    done = subprocess.run(
        [program, *found[1].split()[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    printed = {"...", *done.stdout.splitlines()}
    assert [line for line in found[2].splitlines() if line not in printed] == []


@pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_a_page_leads_somewhere(page: Path) -> None:
    """Every relative link has its file."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_citation_is_of_what_is_there(knowledge: Knowledge) -> None:
    """Software and ontology with their versions, in CITATION.cff and as BibTeX."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    (ontology,) = cited["references"]
    page = (ROOT / "docs/how-to/cite-a-term.md").read_text("utf-8")
    entries = re.findall(r"^  (title|version) += \{(.*)\},$", page, re.MULTILINE)

    assert cited["version"] == __version__
    assert ontology["version"] == knowledge.version
    assert entries == [
        (key, item[key]) for item in (ontology, cited) for key in ("title", "version")
    ]
    assert f"url     = {{{knowledge.version_iri}}}" in page


def test_every_page_stands_in_the_index() -> None:
    """A page that nothing leads to is not read; each decision is one of a folder."""
    index = ROOT / "docs/README.md"
    links = re.findall(
        r"^\| \[[^|]+\]\(([^)]+)\) \|", index.read_text("utf-8"), re.MULTILINE
    )
    listed = {(index.parent / link).resolve() for link in links}
    there = {page.resolve() for page in PAGES if page.is_relative_to(index.parent)}

    assert {
        page.name for page in there - listed - {index} if page.parent not in listed
    } == set()


def test_the_index_says_what_kind_of_page_it_is() -> None:
    """How-to, reference or explanation, as the page itself says below its title."""
    index = ROOT / "docs/README.md"
    row = r"^\| \[[^|]+\]\(([^)]+\.md)\) \| ([\w-]+) \|"
    for link, kind in re.findall(row, index.read_text("utf-8"), re.MULTILINE):
        head = (index.parent / link).read_text("utf-8").split("\n\n")[1]
        said = re.search(r"; ([\w-]+)\.$", head, re.MULTILINE)

        assert said is None or said[1] == kind, link


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs/decisions").glob("*.md")), ids=str
)
def test_a_decision_has_context_decision_and_consequences(path: Path) -> None:
    """And a number, which is used once."""
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"^## (\w+)", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
    ]
    assert len(list(path.parent.glob(f"{path.name[:4]}-*"))) == 1
    assert text.startswith(f"# {path.name[:4]}. ")


def test_every_fragment_has_a_kind() -> None:
    """Towncrier would pass over another one in silence."""
    kinds = "added|changed|fixed|removed|clinical"
    names = [path.name for path in (ROOT / "changelog.d").iterdir()]

    assert [n for n in names if not re.fullmatch(rf"\d+\.({kinds})\.md", n)] == []


def test_no_page_has_an_em_dash() -> None:
    """A sentence that needs one is two sentences."""
    dash = "\u2014"

    assert [page.name for page in PAGES if dash in page.read_text("utf-8")] == []
