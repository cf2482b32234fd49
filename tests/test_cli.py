"""The command line as a person uses it: what is printed, where, and how it ends."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service import __version__, cli, commands
from service.config import SHIPPED_BUILD
from service.reasoning.knowledge import Knowledge, load

ROOT = Path(__file__).parents[1]
CASE = ROOT / "tests/cases/mitral-87m"
TITLE = "Suggested interpretation: diffuse pulmonary ossification"


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge) -> None:
    """The shipped build is not read again for each command; any other one is."""

    def load_or_reuse(build: Path) -> Knowledge:
        return knowledge if build == SHIPPED_BUILD else load(build)

    monkeypatch.setattr(commands, "load", load_or_reuse)


def test_a_file_gives_a_text_report(capsys: pytest.CaptureFixture[str]) -> None:
    """The main job: it begins with the text of the report's code, and ends with 0."""
    code = cli.main(["interpret", str(CASE / "bundle.json")])

    assert code == 0
    assert capsys.readouterr().out.startswith(f"{TITLE}\n")


def test_a_case_folder_stands_for_its_bundle(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a person would type first."""
    assert cli.main(["interpret", str(CASE)]) == 0
    assert capsys.readouterr().out.startswith(TITLE)


def test_a_dash_is_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, bundle: bytes
) -> None:
    """A pipe needs no file."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bundle)))

    assert cli.main(["interpret", "-"]) == 0
    assert capsys.readouterr().out.startswith(TITLE)


def test_fhir_is_the_answer_bundle(capsys: pytest.CaptureFixture[str]) -> None:
    """The same document as over HTTP, indented for reading."""
    cli.main(["interpret", str(CASE), "--format", "fhir"])

    answer = json.loads(capsys.readouterr().out)
    assert answer["entry"][0]["resource"]["resourceType"] == "DiagnosticReport"


def test_a_report_counts_the_entries_of_its_own_subject(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bundle: bytes
) -> None:
    """What was read of one patient does not stand in the report of another."""
    document = json.loads(bundle)
    other = json.loads((CASE.parent / "gerd-36m" / "bundle.json").read_bytes())
    size, more = len(document["entry"]), len(other["entry"])
    document["entry"] += other["entry"]
    path = tmp_path / "two.json"
    path.write_text(json.dumps(document), encoding="utf-8")

    assert cli.main(["interpret", str(path), "--explain"]) == 0

    lines = capsys.readouterr().out.splitlines()
    counts = {line.strip() for line in lines if line.startswith("  Entries: ")}
    assert counts == {
        f"Entries: {number} used, 0 ignored, 0 refused." for number in (size, more)
    }


def test_html_is_one_page_in_the_language_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Self-contained, and says its language."""
    cli.main(["interpret", str(CASE), "--format", "html", "--lang", "fr"])

    page = capsys.readouterr().out
    assert page.startswith("<!DOCTYPE html>")
    assert 'lang="fr"' in page


def test_explain_shows_more(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is shortened, and the axioms are named."""
    cli.main(["interpret", str(CASE)])
    short = capsys.readouterr().out
    cli.main(["interpret", str(CASE), "--explain"])

    assert len(capsys.readouterr().out) > len(short)


@pytest.mark.parametrize(
    ("color", "bold"), [("always", True), ("never", False), ("auto", False)]
)
def test_colour_is_for_terminals(
    capsys: pytest.CaptureFixture[str], color: str, bold: bool
) -> None:
    """A file or a pipe gets plain text, unless it is asked for."""
    cli.main(["interpret", str(CASE), "--color", color])

    assert ("\033[" in capsys.readouterr().out) is bold


def test_output_goes_into_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In UTF-8, whatever the terminal speaks; nothing on the screen."""
    target = tmp_path / "report.txt"

    cli.main(["interpret", str(CASE), "--lang", "fr", "-o", str(target)])

    assert capsys.readouterr().out == ""
    assert target.read_text(encoding="utf-8").count("\n") > 10


def test_a_document_without_report_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The complaint is a sentence, with the place."""
    target = tmp_path / "empty.json"
    target.write_text('{"resourceType": "Bundle", "type": "collection"}')

    code = cli.main(["interpret", str(target)])

    captured = capsys.readouterr()
    assert code == 1
    assert captured.out == ""
    assert captured.err.startswith("dpo: ")


def test_lines_are_read_as_ndjson(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bundle: bytes
) -> None:
    """By the ending of the name."""
    resources = [entry["resource"] for entry in json.loads(bundle)["entry"]]
    target = tmp_path / "case.ndjson"
    target.write_text("\n".join(map(json.dumps, resources)))

    assert cli.main(["interpret", str(target)]) == 0
    assert capsys.readouterr().out.startswith(TITLE)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["explain"],
        ["interpret", "x", "--format", "pdf"],
        ["interpret", "x", "--lang", "de"],
        ["serve", "--port", "70000"],
        ["serve", "--workers", "0"],
        ["ontology"],
        ["nonsense"],
    ],
)
def test_wrong_usage_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With the usage, and no traceback."""
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)

    assert stopped.value.code == 2
    assert "usage: dpo" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["interpret", "no-such-file.json"], "cannot read no-such-file.json: No such"),
        (["interpret", str(CASE), "-o", "no/such/place"], "cannot write no/such/place"),
        (["explain", str(CASE), "serum_calcum"], "did you mean serum_calcium"),
        (["ontology", "show", "\u202ex"], "has no concept '\\u202ex'"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and one line, which says what to change."""
    assert cli.main(arguments) == 2
    assert complaint in capsys.readouterr().err


def test_wrong_settings_are_wrong_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is part of how a command is called."""
    monkeypatch.setenv("DPO_MAX_ENTRIES", "many")

    assert cli.main(["interpret", str(CASE)]) == 2
    assert "DPO_MAX_ENTRIES" in capsys.readouterr().err


def test_a_build_that_does_not_load_ends_with_1(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No report without knowledge."""
    monkeypatch.setenv("DPO_BUILD", str(tmp_path))

    assert cli.main(["interpret", str(CASE)]) == 1
    assert "ontology build" in capsys.readouterr().err


def test_a_concept_is_shown_in_both_languages(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Label, definition, unit, codes and sources."""
    cli.main(["ontology", "show", "serum_calcium"])
    english = capsys.readouterr().out
    cli.main(["ontology", "show", "serum_calcium", "--lang", "fr"])
    french = capsys.readouterr().out

    assert english.startswith("Serum calcium, total [serum_calcium]")
    assert french.startswith("Calcémie totale [serum_calcium]")
    assert "mmol/L" in english
    assert "2,20" in french
    assert "F140" in english


@pytest.mark.parametrize("concept", ["cause_mitral_stenosis", "dpo_assessment"])
def test_a_concept_of_a_case_is_explained(
    concept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Why, why not, what next."""
    assert cli.main(["explain", str(CASE), concept]) == 0
    assert capsys.readouterr().out.startswith("Explanation: ")


def test_the_server_does_not_start_with_wrong_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence before a process is forked, no traceback of each worker."""
    monkeypatch.setenv("DPO_MAX_BODY", "5")

    assert cli.main(["serve", "--port", "0"]) == 2
    assert capsys.readouterr().err.startswith("dpo: DPO_MAX_BODY is no setting")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """It is that of the software."""
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--version"])

    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"dpo {__version__}\n"


def run_in_shell(pipe: str, **environment: str) -> tuple[int, str, str]:
    """A real process in a real pipe: exit code, output, complaints."""
    command = f'"{sys.executable}" -m service.cli interpret "{CASE}" --lang fr'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} {pipe}"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_closed_pipe_ends_without_noise() -> None:
    """`dpo interpret ... | head -1` is how people look at things."""
    code, _, complaints = run_in_shell("--explain | true")

    assert (code, complaints) == (141, "")


def test_a_terminal_without_utf8_still_gets_a_report() -> None:
    """What it cannot show is replaced; nothing breaks."""
    code, out, complaints = run_in_shell("", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert (code, complaints) == (0, "")
    assert "?" in out
