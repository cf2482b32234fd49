"""`dpo verify` in a terminal: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.cli import main
from service.reasoning.knowledge import Knowledge
from service.verify.reasoner import Reasoner, ReasonerMissing
from tests.verifying.chainer import chain
from tests.verifying.damage import DAMAGES
from tests.verifying.reports import report_of, written

BUNDLE = Path(__file__).parent / "cases/mpc-21m/bundle.json"


@pytest.fixture(autouse=True)
def without_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forward chainer stands in for HermiT."""
    types = staticmethod(lambda axioms, assertions, until: chain(axioms, assertions))  # noqa: ARG005
    monkeypatch.setattr(Reasoner, "types", types)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report as a client keeps it."""
    path = tmp_path / "report.json"
    assert main(["interpret", str(BUNDLE), "--format", "fhir", "-o", str(path)]) == 0
    return path


def test_a_report_of_the_command_line_is_verified(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `dpo interpret` wrote, `dpo verify` believes."""
    assert main(["verify", str(report)]) == 0
    assert capsys.readouterr().out.endswith("Verified: 5 values from 14 facts.\n")


def test_a_damaged_report_ends_with_one(
    report: Path, knowledge: Knowledge, capsys: pytest.CaptureFixture[str]
) -> None:
    """The broken step is printed, and a script can see it by the exit code."""
    way = next(way for way in DAMAGES if way.name == "a_grade_is_changed")
    document = report_of(BUNDLE.read_bytes(), knowledge)
    report.write_bytes(written(next(way.apply(document, knowledge))))

    assert main(["verify", str(report)]) == 1
    assert "Refused: 1 broken step." in capsys.readouterr().out


def test_certificates_are_written_as_owl(report: Path, tmp_path: Path) -> None:
    """One file for each value, in a folder named after the report."""
    folder = tmp_path / "certificates"
    main(["verify", str(report), "--owl", str(folder)])
    identifier = json.loads(report.read_bytes())["entry"][0]["resource"]["identifier"]

    assert [path.name for path in folder.iterdir()] == [identifier[0]["value"][:12]]
    assert len([*folder.glob("*/*.ofn")]) == 5


@pytest.mark.parametrize(
    ("text", "code"), [('{"resourceType":"Bundle"}', 2), ("no JSON", 1)]
)
def test_another_document_is_no_report(text: str, code: int, tmp_path: Path) -> None:
    """Wrong usage, or a document that cannot be read."""
    path = tmp_path / "other.json"
    path.write_text(text, "utf-8")

    assert main(["verify", str(path)]) == code


def test_a_folder_that_cannot_be_written_is_said(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and one line."""
    assert main(["verify", str(report), "--owl", str(report / "x")]) == 2
    assert "cannot write into" in capsys.readouterr().err


def test_without_java_it_says_what_to_install(
    report: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it does not say that the report is wrong."""

    def missing(*_: object, **__: object) -> frozenset[str]:
        raise ReasonerMissing("Java is not installed")

    monkeypatch.setattr(Reasoner, "types", missing)

    assert main(["verify", str(report)]) == 2
    assert "optional extra `verify`" in capsys.readouterr().err
