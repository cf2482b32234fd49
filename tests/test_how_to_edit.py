"""A cause and a mimic are added by editing `ontology/edit` alone, as the pages say."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from ontology.compiler.axiom import LintError
from ontology.compiler.release import read_checked
from ontology.compiler.rules import compile_rules
from service.cli import main

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs/how-to"
EXAMPLES = PAGES / "examples"
EDIT = ROOT / "ontology/edit"
NAMES = ("add-a-cause", "add-a-mimic")
CAUSE, MIMIC = NAMES
SCRATCH = "/tmp/try-dpo"  # noqa: S108  # the pages' own; a test puts another in its place
LINES = re.compile(
    r"^In `ontology/edit/(\S+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```sh no-run\n(mkdir .*?)^```$", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    """The text of a page."""
    return (PAGES / f"{name}.md").read_text("utf-8")


def files(name: str) -> list[Path]:
    """The files of an example that hold lines for `ontology/edit`."""
    folder = EXAMPLES / name
    return sorted([*folder.rglob("*.ofn"), *folder.rglob("*.tsv")])


def edited(name: str, folder: Path) -> Path:
    """A copy of `ontology/edit` with the lines of an example in it."""
    copy = folder / "edit"
    shutil.copytree(EDIT, copy)
    program = [sys.executable, str(EXAMPLES / "apply.py"), name, str(copy)]
    subprocess.run(program, check=True, capture_output=True)
    return copy


@dataclass(frozen=True, slots=True)
class Built:
    """An example, and the rules that its edit gives: no reasoner is needed for them."""

    name: str
    edit: Path
    build: Path


@pytest.fixture(scope="module", params=NAMES)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Built:
    """The rules of an example, with the manifest that the service asks for."""
    name = str(request.param)
    folder = tmp_path_factory.mktemp(name)
    edit, build = edited(name, folder), folder / "build"
    checked = read_checked(edit)
    rules = compile_rules(checked.edit, checked.names, checked.axioms)
    build.mkdir()
    (build / "rules.json").write_bytes(rules)
    manifest = {"files": {"rules.json": hashlib.sha256(rules).hexdigest()}}
    (build / "MANIFEST.json").write_text(json.dumps(manifest), "utf-8")
    return Built(name, edit, build)


@pytest.fixture
def report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """What `dpo interpret` prints of the patient of an example."""

    def run(name: str, *options: str, build: Path | None = None) -> list[str]:
        if build is not None:
            monkeypatch.setenv("DPO_BUILD", str(build))
        patient = str(EXAMPLES / name / "patient.json")
        assert main(["interpret", patient, *options]) == 0
        return readable(capsys.readouterr().out)

    return run


def readable(text: str) -> list[str]:
    """The lines; a page shows the unbreakable space of French as a space."""
    return text.replace("\u00a0", " ").splitlines()


def missing(shown: str, printed: list[str]) -> list[str]:
    """The lines of a block that are not printed, in the order of the block."""
    rest: Iterator[str] = iter(printed)
    wanted = [line for line in shown.splitlines() if line != "..."]
    return [line for line in wanted if line not in rest]


def test_the_report_before_is_the_one_of_the_page(
    report: Callable[..., list[str]],
) -> None:
    """And the new hypothesis is in none of it, whatever is asked for."""
    for name, word in ((CAUSE, "Ehlers"), (MIMIC, "occidioidomycosis")):
        before = BLOCK.findall(page(name))[0]

        assert missing(before, report(name)) == []
        assert not any(word in line for line in report(name, "--explain"))


def test_the_report_after_is_the_one_of_the_page(
    built: Built, report: Callable[..., list[str]]
) -> None:
    """Suggested, with its sentence and its sources, in English and in French."""
    _, english, french = BLOCK.findall(page(built.name))

    assert missing(english, report(built.name, build=built.build)) == []
    assert missing(french, report(built.name, "--lang", "fr", build=built.build)) == []


def test_the_report_after_cites_the_new_source(
    built: Built, report: Callable[..., list[str]]
) -> None:
    """By its words, not by its id alone."""
    row = (EXAMPLES / built.name / "sources.tsv").read_text("utf-8").split("\t")

    assert f"{row[0]} {row[1]}" in " ".join(
        line.strip() for line in report(built.name, build=built.build)
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_every_line_that_is_added(name: str) -> None:
    """And none that is not."""
    shown: dict[str, list[str]] = {}
    for file, block in LINES.findall(page(name)):
        shown.setdefault(file, []).extend(block.splitlines())

    assert shown == {
        path.relative_to(EXAMPLES / name).as_posix(): path.read_text(
            "utf-8"
        ).splitlines()
        for path in files(name)
    }


def test_an_example_adds_no_python() -> None:
    """Lines for `ontology/edit` and a patient: nothing else is in its folder."""
    for name in NAMES:
        rest = {p for p in (EXAMPLES / name).rglob("*") if p.is_file()} - {*files(name)}

        assert [path.name for path in rest] == ["patient.json"]


def test_the_row_that_is_replaced_decides_one_criterion_more() -> None:
    """A row of the example that fell behind would take something away."""
    row = (EXAMPLES / MIMIC / "tests.tsv").read_text("utf-8").rstrip("\n")
    old = row.replace("|crit_coccidioidomycosis_setting", "")

    assert old in (EDIT / "tests.tsv").read_text("utf-8").splitlines()


def test_what_was_sorted_stays_sorted(built: Built) -> None:
    """Phrases are looked up by eye."""
    text = (built.edit / "phrases/report.tsv").read_text("utf-8")
    ids = [line.partition("\t")[0] for line in text.splitlines()[1:]]

    assert ids == sorted(ids)


# -- mistakes --------------------------------------------------------------------------
# Of each row of the tables of the pages: the file, what is changed in it, and to what.

GATE = r"^.*:gate :(cause_vasc|mimic_healed_cocc).*\n"
AXIOM = r"(?<=source \"X02\"\) :)present_zone_upper"
MISTAKES: dict[str, dict[str, tuple[str, str, str]]] = {
    CAUSE: {
        "the row in `sources.tsv`": ("sources.tsv", r"^X01.*\n", ""),
        "the `:policy`": ("causes.ofn", r"^.*:policy :crit_vascular.*\n", ""),
        "the `needed` row": ("criteria.tsv", r"^cause_vasc\w+\tneeded.*\n", ""),
        "the `:gate`": ("causes.ofn", GATE, ""),
        "the French sentence": (
            "criteria.tsv",
            r"^(cause_vasc\w+\tneeded.*\t).*",
            r"\1",
        ),
        "a typing error in the criterion of a row": (
            "criteria.tsv",
            r"needed\tcrit_vascular_ehlers_danlos",
            r"needed\tcrit_vascular_ehlers",
        ),
        "the order of the lines in a section": (
            "causes.ofn",
            r"^(.*:policy :crit_vascular.*\n)(.*:policy .*\n)*",
            r'\1AnnotationAssertion(:policy :crit_a "dual")\n',
        ),
        "the row of the cause in `terms.tsv`": ("terms.tsv", r"^cause_vasc.*\n", ""),
        "both axioms that fulfil the criterion": (
            "causes.ofn",
            r"^SubClassOf.* :present_crit_vascular.*\n",
            "",
        ),
    },
    MIMIC: {
        "the `:gate`": ("mimics.ofn", GATE, ""),
        "`present_` before a finding in an axiom": ("mimics.ofn", AXIOM, "zone_upper"),
        "a typing error in an axiom": ("mimics.ofn", AXIOM, "present_zone_uper"),
        "a prefix that `systems.tsv` does not have": (
            "mappings/icd10who.sssom.tsv",
            r"(?<=\t)ICD10WHO:B38(?=\t)",
            "ICD10:B38",
        ),
        "an empty cell at the end of a row": (
            "terms.tsv",
            r"^(coccidioidomycosis\t.*)\t$",
            r"\1",
        ),
    },
}


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_gets_the_answer_that_the_page_shows(
    name: str, tmp_path: Path
) -> None:
    """File, line and message, but for the number of the line."""
    told = dict(
        re.findall(r"^\| (.*?) \| `(\S+:N: .*?)` \|$", page(name), re.MULTILINE)
    )
    edit = edited(name, tmp_path)
    answers = {}
    for mistake, (file, pattern, instead) in MISTAKES[name].items():
        right = (edit / file).read_text("utf-8")
        wrong = re.sub(pattern, instead, right, flags=re.MULTILINE)
        assert wrong != right, mistake
        (edit / file).write_text(wrong, "utf-8")
        with pytest.raises(LintError) as refused:
            read_checked(edit)
        answers[mistake] = re.sub(r":\d+:", ":N:", str(refused.value))
        (edit / file).write_text(right, "utf-8")

    assert answers == told


# -- with Java and Konclude ------------------------------------------------------------


def commands(name: str) -> str:
    """The commands by which a page lets its reader try the example."""
    (found,) = COMMANDS.findall(page(name))
    return str(found)


def test_both_pages_give_the_same_commands() -> None:
    """So that one build is enough to see both at work."""
    assert commands(MIMIC) == commands(CAUSE).replace(CAUSE, MIMIC)


@pytest.mark.reasoner
def test_the_commands_of_the_pages_do_it(tmp_path: Path) -> None:
    """As they stand there: copied, edited, classified by two reasoners, interpreted."""
    copy, apply, build, ask = commands(CAUSE).splitlines()
    lines = [copy, apply, apply.replace(CAUSE, MIMIC), build]
    lines += [ask, ask.replace(CAUSE, MIMIC)]
    script = "\n".join(lines).replace(SCRATCH, str(tmp_path / "dpo"))
    has_uv = os.environ.get("UV") or shutil.which("uv")
    runner = "uv run --no-sync " if has_uv else ""
    done = subprocess.run(
        ["bash", "-e", "-c", re.sub(r"uv run (--group reasoner )?", runner, script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    printed = readable(done.stdout)
    assert missing(BLOCK.findall(page(CAUSE))[1], printed) == []
    assert missing(BLOCK.findall(page(MIMIC))[1], printed) == []
    assert reported(tmp_path / "dpo/build/dpo.ttl") == {}


def reported(turtle: Path) -> dict[str, int]:
    """How many subjects each violation query of the ontology finds in a build."""
    store = ox.Store()
    store.bulk_load(path=str(turtle), format=ox.RdfFormat.TURTLE)
    found = {}
    for path in sorted(EDIT.glob("queries/*-violation.rq")):
        solutions = store.query(path.read_text("utf-8"))
        assert isinstance(solutions, ox.QuerySolutions)
        found[path.stem] = sum(1 for _ in solutions)
    return {name: count for name, count in found.items() if count}
