"""What must stay true of the code: no clinical literal, and doors that hold."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVICE = sorted((ROOT / "service").rglob("*.py"))
TERMS = ROOT / "ontology/edit/terms.tsv"
# The kinds of terms that are words of the ontology's own grammar, like those of FHIR.
GRAMMAR = frozenset(
    {"annotationProperty", "class", "dataProperty", "derived", "kind", "objectProperty"}
)
# The roles under which `rules.json` says which ids the reader and the report mean.
ROLES = frozenset({"age", "sex", "grade", "rank", "state_present", "state_absent"})
SNOMED = re.compile(r"(?<![\w.-])\d{6,18}(?![\w.-])")
LOINC = re.compile(r"(?<![\w.-])(?:\d{3,7}|L[PA]\d{3,7})-\d(?![\w.-])")
QUERY = re.compile(r"\b(SELECT|CONSTRUCT|ASK|DESCRIBE)\b[^.]*\bWHERE\b|\bPREFIX \w*:")


@cache
def clinical_ids() -> frozenset[str]:
    """Every id of the table of terms that means something in a patient."""
    with TERMS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ids = {row["id"] for row in rows if row["kind"] not in GRAMMAR}
    return frozenset(ids - ROLES)


@cache
def mapped_codes() -> frozenset[str]:
    """Every code of the mapping tables that is a number."""
    tables = (ROOT / "ontology/edit/mappings").glob("*.tsv")
    text = "".join(path.read_text(encoding="utf-8") for path in tables)
    return frozenset(re.findall(r"\t\w+:(\d+)\t", text))


def literals(source: str) -> Iterator[tuple[int, str]]:
    """The string literals of a module with their lines, but for docstrings."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            if isinstance(node.value, str):
                yield node.lineno, node.value
            elif isinstance(node.value, int) and str(node.value) in mapped_codes():
                yield node.lineno, f"code {node.value}"


def clinical(source: str, ids: frozenset[str]) -> list[str]:
    """What of a module could be disagreed with by a clinician."""
    return [
        f"line {line}: {text}"
        for line, text in literals(source)
        if text in ids or any(form.search(text) for form in (SNOMED, LOINC, QUERY))
    ]


@pytest.mark.parametrize(
    "path", SERVICE, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_python_holds_no_clinical_literal(path: Path) -> None:
    """No id of a finding, no code of a terminology, no query: they are data."""
    assert clinical(path.read_text(encoding="utf-8"), clinical_ids()) == []


@pytest.mark.parametrize(
    "line",
    [
        'x = "serum_calcium"',
        'x = "cause_mitral_stenosis"',
        "x = 260415000",
        'x = "http://snomed.info/sct|79619009"',
        'x = ("LOINC", "17861-6")',
        'x = "LP29684-5"',
        'x = "SELECT ?s WHERE { ?s ?p ?o }"',
    ],
)
def test_a_clinical_literal_is_found(line: str) -> None:
    """The check above can fail."""
    assert clinical(line, clinical_ids()) != []


@pytest.mark.parametrize(
    "line",
    [
        'x = "entered-in-error"',
        '"""A docstring may name serum_calcium."""',
        "x = 1_000_000",
        'x = "2026-11-25"',
    ],
)
def test_grammar_is_no_clinical_literal(line: str) -> None:
    """FHIR's own words, limits and dates are ours to use."""
    assert clinical(line, clinical_ids()) == []


def test_import_contracts_hold() -> None:
    """Each library has one door."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["get_data()", "data", "get_json()", "json"])
def test_the_linter_bans_readers_that_cut_bodies(name: str) -> None:
    """Flask's own readers would lose the end of a chunked body."""
    done = subprocess.run(
        [Path(sys.executable).with_name("ruff"), "check", "--select", "TID251", "-"],
        input=f"from flask import request\n\nbody = request.{name}\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "TID251" in done.stdout


def test_modules_are_told_when_they_grow() -> None:
    """A hint for the reader of the output, and no rule."""
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in SERVICE
    }
    for name, lines in sorted(sizes.items(), key=lambda item: -item[1]):
        if lines > 150:
            print(f"{name}: {lines} lines")

    assert sizes
