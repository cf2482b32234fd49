"""`dpo what-if` and `dpo explain` without a concept, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service import cli, commands
from service.config import SHIPPED_BUILD
from service.reasoning.knowledge import Knowledge, load

CASES = Path(__file__).parent / "cases"
MITRAL = str(CASES / "mitral-87m")


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge) -> None:
    """The shipped build is not read again for each command; any other one is."""

    def load_or_reuse(build: Path) -> Knowledge:
        return knowledge if build == SHIPPED_BUILD else load(build)

    monkeypatch.setattr(commands, "load", load_or_reuse)


def test_it_says_what_would_change(capsys: pytest.CaptureFixture[str]) -> None:
    """The assumption beside the record, before and after, and on what it would rest."""
    code = cli.main(["what-if", MITRAL, "--set", "mitral_stenosis=absent"])
    said = " ".join(capsys.readouterr().out.split())

    assert code == 0
    assert "Mitral stenosis: absent, instead of: Non-rheumatic mitral stenosis" in said
    assert "As the record stands: Leading cause: mitral stenosis (likely)." in said
    assert "Mitral stenosis: excluded, instead of: likely" in said
    assert "Mitral stenosis: absent [assumption, not in the record]" in said
    assert "this answer is no report" in said


def test_it_says_when_nothing_would_change(capsys: pytest.CaptureFixture[str]) -> None:
    """Silence would leave the reader in doubt."""
    cli.main(["what-if", MITRAL, "--set", "ct_honeycombing=absent", "--lang", "fr"])

    assert "Aucune conclusion ne change." in capsys.readouterr().out


def test_several_assumptions_hold_together(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its own --set, numbers with their unit."""
    sets = ["--set", "ct_branching=present", "--set", "ct_nodule_max_diameter=2 cm"]
    code = cli.main(["what-if", MITRAL, *sets])
    said = " ".join(capsys.readouterr().out.split())

    assert code == 0
    assert "2 cm (= 20 mm)" in said
    assert "Branching high-attenuation opacities: present" in said


def test_fhir_is_the_answer_over_http(capsys: pytest.CaptureFixture[str]) -> None:
    """The same Parameters, indented for reading."""
    sets = ["--set", "mitral_stenosis=absent"]
    cli.main(["what-if", MITRAL, *sets, "--format", "fhir"])

    answer = json.loads(capsys.readouterr().out)
    assert answer["resourceType"] == "Parameters"
    assert "change" in {each["name"] for each in answer["parameter"]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mitral_stenosi=absent", "did you mean mitral_stenosis"),
        ("mitral_stenosis", "CONCEPT=STATE"),
        ("ct_nodule_max_diameter=3", "converts to mm"),
    ],
)
def test_a_wrong_assumption_is_wrong_usage(
    text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and what to write instead."""
    assert cli.main(["what-if", MITRAL, "--set", text]) == 2
    assert told in capsys.readouterr().err


def test_a_document_without_a_report_is_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1: the assumption was right."""
    path = tmp_path / "empty.json"
    path.write_text('{"resourceType": "Bundle", "type": "collection", "entry": []}')

    assert cli.main(["what-if", str(path), "--set", "ct_branching=absent"]) == 1
    assert capsys.readouterr().out == ""


def test_without_a_concept_the_leading_conclusion_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Why, the smallest sets of facts that would change it, tests, contradictions."""
    code = cli.main(["explain", str(CASES / "contradicting-data")])
    said = " ".join(capsys.readouterr().out.split())

    assert code == 0
    assert "No cause is established yet" in said
    assert "Smallest sets of unknown facts" in said
    assert "Finding Asbestosis would mean: asbestosis would be likely." in said
    assert "Not affected: the assessment; the criterion" in said
