"""The page of the proof tells what the long run wrote down, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from service.model import Finding, Interval, State
from tests.oracle import page, record
from tests.oracle.page import PAGE, lacking, record_block, row, told_block
from tests.oracle.record import COUNTS, Record, logic_hash
from tests.oracle.stored import SOUGHT, read, read_cases, write_cases, written

BUILD = Path(__file__).parents[1] / "ontology" / "build"


@pytest.fixture(scope="module")
def rules() -> str:
    """Which logic the shipped build has."""
    return logic_hash(json.loads((BUILD / "rules.json").read_bytes()))


def test_the_page_tells_the_long_run(rules: str) -> None:
    """Its numbers are those of `long-run.json`, and whether its rules are of today."""
    told = told_block(PAGE.read_text("utf-8"))

    assert told == record_block(Record.read(), rules)


def test_a_run_that_is_kept_is_told(
    rules: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The record and its block of the page are new, and the rest of the page stays."""
    kept = replace(Record.read(), counts=dict.fromkeys(COUNTS, 7))
    copy = tmp_path / "proof.md"
    copy.write_text(f"before\n{told_block(PAGE.read_text('utf-8'))}\nafter\n", "utf-8")
    monkeypatch.setattr(page, "PAGE", copy)
    monkeypatch.setattr(record, "RECORD", tmp_path / "run.json")

    page.keep(kept, rules)
    assert Record.read() == kept
    assert copy.read_text("utf-8") == f"before\n{record_block(kept, rules)}\nafter\n"


def test_rules_of_another_day_are_told(rules: str) -> None:
    """A long run from before a change of the logic does not pass for one of today."""
    older = replace(Record.read(), rules="000000000000")

    assert "Its rules are not those of this build." in record_block(older, rules)


def test_labels_do_not_make_another_logic(rules: str) -> None:
    """Phrases may change without a new long run; a condition may not."""
    document = json.loads((BUILD / "rules.json").read_bytes())

    assert logic_hash(document | {"phrases": [], "concepts": {}}) == rules
    assert logic_hash(document | {"cuts": document["cuts"][1:]}) != rules


def test_a_row_that_the_page_lacks_is_told() -> None:
    """A count of another day is found out, whatever table it is in."""
    known = row("disagreements", 0)

    assert lacking([known, row("disagreements", 1)]) == ["| disagreements | 1 |"]


def test_searched_cases_are_kept_as_they_are() -> None:
    """The file says the same when it is read and written again."""
    text = SOUGHT.read_text("utf-8")

    assert write_cases(read_cases(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "ct_branching",
        "not ct_branching",
        "not ct_zone=zone_upper",
        "age[60,)",
        "age(60.001,70]!interpretation_high",
    ],
)
def test_a_finding_is_written_as_it_is_read(text: str) -> None:
    """Value, denial, both bounds, and the flag."""
    assert written(read(text)) == text


def test_a_finding_that_cannot_be_kept_is_refused() -> None:
    """Nothing of a case is lost on the way to the file."""
    sent = Finding("age", State.PRESENT, (), interval=Interval(Decimal(3)), sent="3")

    with pytest.raises(ValueError, match="cannot be kept"):
        written(sent)
