"""What differs between two releases, and which conclusions change with it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service import cli
from service.config import SHIPPED_BUILD, Config
from service.reasoning.knowledge import Knowledge, load
from service.reasoning.problems import KnowledgeError
from service.regression.axioms import axiom_rows
from service.regression.cases import Compared, made_up_cases, written_cases
from service.regression.conclusions import compare_case, conclusions_of
from service.regression.release import Release, open_release
from service.regression.tables import Change, compare_tables, read_tables
from tests.how_to import steps, wrong
from tests.releases import LATER, Document, ask_for_thirteen, make_release, nothing
from tests.shorthand import read_findings

ROOT = Path(__file__).parents[1]
BUILD = str(SHIPPED_BUILD)
RULES = json.loads((SHIPPED_BUILD / "rules.json").read_bytes())
NOWHERE = Path("nowhere")
TEN_OR_MORE = (
    "SubClassOf(ObjectIntersectionOf(:ct_nodule_count DataSomeValuesFrom(:atLeast "
    'DatatypeRestriction(xsd:decimal xsd:minInclusive "10"^^xsd:decimal))) '
    ":ct_nodule_count_ge_10)"
)


@pytest.fixture(scope="module")
def released() -> Release:
    """The build as it is compared."""
    return open_release(BUILD, NOWHERE)


def changes(change: Callable[[Document], None]) -> tuple[Change, ...]:
    """What is told of a change to the rules."""
    rules = json.loads(json.dumps(RULES))
    change(rules)
    return compare_tables(RULES, rules)


def told(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `dpo ontology diff` prints."""
    assert cli.main(["ontology", "diff", *arguments]) == 0
    return capsys.readouterr().out


def test_the_axioms_are_written_as_their_ids_are_made() -> None:
    """All that the evaluator runs, each with its id: the text is that of the build."""
    rows = axiom_rows(RULES)
    parts = ("rules", "finding_rules", "cuts", "asserting")

    assert len(rows) == sum(len(RULES[part]) for part in parts)
    for id, row in rows.items():
        assert hashlib.sha256(row["axiom"].encode()).hexdigest()[:12] == id


def test_an_axiom_is_told_in_labels() -> None:
    """A reader need not know the names."""
    rows = axiom_rows(RULES)
    (cut,) = (row for row in rows.values() if row["axiom"] == TEN_OR_MORE)

    assert cut["label"].startswith("Number of high-attenuation lung nodules -> ")
    assert not any("_" in row["label"] for row in rows.values())
    assert cut["by"] == "cut"
    made = {row["by"] for row in rows.values()}
    assert made == {"hand", "cut", *(f"G{number}" for number in range(1, 8))}


def test_nothing_differs_from_itself() -> None:
    """No order, no line number makes a difference."""

    def shuffle(rules: Document) -> None:
        rules["rules"].reverse()
        rules["criteria"].reverse()
        rules["rules"][0]["at"] = "elsewhere:1"

    assert changes(shuffle) == ()


@pytest.mark.parametrize("part", sorted(RULES.keys() - {"classes"}))
def test_no_part_of_the_rules_is_passed_over(part: str) -> None:
    """One value less, or another one, in any part of the file is told."""

    def damage(rules: Document) -> None:
        content = rules[part]
        if isinstance(content, list):
            content.pop()
        elif isinstance(content, dict):
            content.pop(next(reversed(content)))
        else:
            rules[part] = "another"

    if part == "ontology":
        assert "iri" in read_tables(RULES)["ontology"]
        return
    assert changes(damage) != ()


@pytest.mark.parametrize(
    ("table", "key", "change"),
    [
        (
            "criteria",
            "cause_mitral_stenosis supporting ct_left_atrium_enlarged False",
            lambda r: r["criteria"][2].update(strength=1),
        ),
        ("limits", "serum_calcium", lambda r: limit(r).update(high_above="2.7")),
        ("terms", "serum_calcium", lambda r: term(r).update(unit="mg/dL")),
        ("terms", "serum_calcium", lambda r: term(r)["label"].update(fr="Ca")),
        ("choices", "dpo_assessment", lambda r: choice(r).update(stratum=9)),
        ("tests", "test_bal", lambda r: r["tests"]["test_bal"].update(burden=1)),
        ("sources", "F01", lambda r: r["sources"]["F01"].update(verified=False)),
    ],
)
def test_a_changed_row_is_told_by_its_table_and_key(
    table: str, key: str, change: Callable[[Document], None]
) -> None:
    """And only it, with only the field that changed."""
    (found,) = changes(change)

    assert (found.table, found.key) == (table, key)
    assert list(found.before) == list(found.after)
    assert len(found.after) == 1


def limit(rules: Document) -> Any:
    return rules["concepts"]["serum_calcium"]["limits"][0]


def term(rules: Document) -> Any:
    return rules["concepts"]["serum_calcium"]


def choice(rules: Document) -> Any:
    return next(row for row in rules["choices"] if row["id"] == "dpo_assessment")


def test_an_axiom_that_goes_and_one_that_comes_are_told() -> None:
    """In functional syntax, with labels."""

    def replace(rules: Document) -> None:
        rule = next(r for r in rules["rules"] if r["head"] == "failed_side")
        rule |= {"id": "0123456789ab", "body": ["excluded_ct_branching"]}

    gone, new = sorted(changes(replace), key=lambda c: bool(c.after))

    assert gone.before["axiom"] == "SubClassOf(:excluded_ct_bilateral :failed_side)"
    assert new.after["axiom"] == "SubClassOf(:excluded_ct_branching :failed_side)"
    assert (gone.after, new.before) == ({}, {})


@pytest.mark.parametrize(
    ("names", "key"),
    [
        ("ct_nodule_count_ge_10 ct_nodule_count_lt_10", "ct_nodule_count >="),
        (
            "ct_nodule_max_diameter_le_5 ct_nodule_max_diameter_gt_5",
            "ct_nodule_max_diameter >",
        ),
    ],
)
def test_a_moved_threshold_is_told_once(names: str, key: str) -> None:
    """Its complement is the same fact, whichever of the two is written by hand."""

    def move(rules: Document) -> None:
        for name in names.split():
            rules["concepts"][name]["bound"] = "99"

    found = [c for c in changes(move) if c.table == "thresholds"]

    assert [c.key.rpartition(" ")[0] for c in found] == [key, key]
    assert [c.key for c in found if c.after] == [f"{key} 99"]


def test_the_conclusions_of_a_case_that_change_are_told(
    tmp_path: Path, released: Release, knowledge: Knowledge
) -> None:
    """Twelve nodules are enough for ten, not for thirteen."""
    make_release(tmp_path / "new", ask_for_thirteen)
    new = open_release(str(tmp_path / "new"), NOWHERE)
    twelve = Compared("c", "E", findings=read_findings("E", knowledge))
    found = {t.result: (t.before, t.after) for t in compare_case(twelve, released, new)}

    criterion = ("criterion_met", "criterion_indeterminate")
    assert found["dpo_criterion"] == criterion
    assert found["leading"] == ("cause_undetermined", "")


def test_what_does_not_change_is_not_told(
    tmp_path: Path, released: Release, knowledge: Knowledge
) -> None:
    """Fourteen nodules are enough for both."""
    make_release(tmp_path / "new", ask_for_thirteen)
    new = open_release(str(tmp_path / "new"), NOWHERE)
    findings = read_findings("E + ct_nodule_count=14", knowledge)

    assert compare_case(Compared("c", "E", findings=findings), released, new) == []


def test_the_differential_is_part_of_what_is_compared(knowledge: Knowledge) -> None:
    """Who leads, in which order, who stops, who contributes, what is set aside."""
    text = "E + mitral_stenosis, ild_pattern_uip, ct_branching, not ct_branching"
    found = conclusions_of(read_findings(text, knowledge), knowledge)

    assert found["leading"] == "cause_uip_ipf"
    assert found["order"].startswith("cause_uip_ipf, cause_mitral_stenosis")
    assert found["contributors"] == "cause_mitral_stenosis"
    assert found["set aside"] == "ct_branching"
    assert found["cause_mitral_stenosis"] == "grade_likely"
    stopped = read_findings("R + osteosarcoma", knowledge)
    stops = conclusions_of(stopped, knowledge)["stops"]
    assert stops == "mimic_calcified_metastases"


def test_a_new_mapping_changes_what_is_read(tmp_path: Path, released: Release) -> None:
    """Written cases are read anew by each release."""

    def forget(rules: Document) -> None:
        rules["mappings"] = [
            row for row in rules["mappings"] if "mitral_stenosis" not in row["concept"]
        ]

    make_release(tmp_path / "new", forget)
    new = open_release(str(tmp_path / "new"), NOWHERE)
    folder = ROOT / "tests/cases"
    (case,) = (c for c in written_cases([folder]) if c.name.startswith("mitral-87m"))

    assert case.findings_for(released.knowledge) != case.findings_for(new.knowledge)


def test_made_up_cases_are_the_same_for_the_same_seeds(released: Release) -> None:
    """So that two people see the same."""
    first, again, later = (
        [c.findings for c in made_up_cases(released, released, 5, seed)]
        for seed in (3, 3, 4)
    )

    assert first == again
    assert first[1:] == later[:4]
    assert len(set(first)) == 5


def test_made_up_cases_use_the_words_of_both_releases(
    tmp_path: Path, released: Release
) -> None:
    """Else what a release gives up, or adds, would never be stated."""

    def rename(rules: Document) -> None:
        rules["relations"] = {"finding": "hasFinding"}

    make_release(tmp_path / "new", rename)
    new = open_release(str(tmp_path / "new"), NOWHERE)
    pairs = zip(
        made_up_cases(released, new, 20, 0),
        made_up_cases(released, released, 20, 0),
        strict=True,
    )
    same = [one.findings == other.findings for one, other in pairs]

    assert all(same[0::2])
    assert not all(same[1::2])


def test_a_word_that_a_release_does_not_have_is_left_out(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    """As a document would lose it there."""

    def forget(rules: Document) -> None:
        del rules["concepts"]["ct_bilateral"]

    make_release(tmp_path / "new", forget)
    case = Compared("c", "E", findings=read_findings("E", knowledge))
    old = load(tmp_path / "new")
    kept = {finding.concept for finding in case.findings_for(old)}

    assert {f.concept for f in case.findings} - kept == {"ct_bilateral"}


def test_the_command_tells_both_sides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Axioms, thresholds, and for each corpus how many cases change."""
    new = str(make_release(tmp_path / "new", ask_for_thirteen))
    text = told(BUILD, new, "--generated", "40", capsys=capsys)

    assert "thresholds: 1 added, 1 removed\n" in text
    assert "conclusions change in 3 of 22 cases, 0 of 36 published, " in text
    assert "    dpo_criterion: criterion_met -> criterion_indeterminate" in text
    assert " of 40 generated\n" in text


def test_json_holds_what_the_text_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every row and every case, by name."""
    new = str(make_release(tmp_path / "new", ask_for_thirteen))
    text = told(BUILD, new, "--generated", "0", "--format", "json", capsys=capsys)
    found = json.loads(text)

    assert found["cases"] == {"cases": 22, "published": 36}
    assert {row["kind"] for row in found["changes"]} == {"added", "removed", "changed"}
    assert {
        "corpus": "cases",
        "case": "systemic-sclerosis-39m/bundle.json urn:uuid:"
        "ff68a4a3-761e-5fb1-acb2-c5604aa2734d",
        "result": "dpo_criterion",
        "before": "criterion_met",
        "after": "criterion_indeterminate",
    } in found["conclusions"]


def test_check_ends_with_1_when_anything_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it the difference is an answer; a new version alone is none."""
    more = ["--generated", "0", "--cases", str(tmp_path), "--check"]
    moved = str(make_release(tmp_path / "moved", ask_for_thirteen))
    named = str(make_release(tmp_path / "named", nothing))

    assert cli.main(["ontology", "diff", BUILD, moved, *more]) == 1
    assert cli.main(["ontology", "diff", BUILD, named, *more]) == 0
    assert "the releases differ" in capsys.readouterr().err


def test_a_pinned_version_stands_for_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The releases of the settings are known by their names."""
    make_release(tmp_path / LATER, ask_for_thirteen)
    monkeypatch.setenv("DPO_RELEASES", str(tmp_path))
    more = ("--generated", "0", "--cases", str(tmp_path))

    assert f" -> {LATER}\n" in told(BUILD, LATER, *more, capsys=capsys)


@pytest.mark.parametrize("name", ["1999-01-01", "tests"])
def test_what_is_no_release_is_refused(name: str) -> None:
    """A sentence that names it."""
    with pytest.raises(KnowledgeError, match=name):
        open_release(name, Config().releases)


def test_a_release_of_an_old_format_is_not_compared(tmp_path: Path) -> None:
    """It says which format it has and which would do."""

    def age(rules: Document) -> None:
        rules["format"] = 0

    old = str(make_release(tmp_path / "old", age))

    with pytest.raises(KnowledgeError, match="format 0, and this software runs format"):
        open_release(old, NOWHERE)


def test_a_folder_of_cases_that_is_not_there_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Else nothing would be compared, and nothing said."""
    assert cli.main(["ontology", "diff", BUILD, BUILD, "--cases", "/nowhere"]) == 1
    assert "no folder of cases" in capsys.readouterr().err


def test_the_page_shows_what_is_printed() -> None:
    """Each block of the how-to page, as a reader would type it."""
    found = [step for step in steps("compare-releases") if step.shown]

    assert len(found) == 2
    assert wrong(found, {}, ROOT) == []


# --- the step of CI -------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    """Git, without the settings of this machine."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(
        ["git", *who, "-c", "init.defaultBranch=main", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def step(folder: Path) -> str:
    """What the step of CI prints in a checkout; it may not fail."""
    done = subprocess.run(
        [folder / ".ci/ontology-difference"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "DPO": "echo COMPARED"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the step, a line of knowledge and a build; no repository yet."""
    for name in (".ci", "ontology/edit", "ontology/build"):
        (tmp_path / name).mkdir(parents=True)
    script = ROOT / ".ci/ontology-difference"
    (tmp_path / ".ci/ontology-difference").write_bytes(script.read_bytes())
    (tmp_path / ".ci/ontology-difference").chmod(0o755)
    (tmp_path / "ontology/edit/core.ofn").write_text("one\n", "utf-8")
    for name in ("rules.json", "MANIFEST.json"):
        (tmp_path / "ontology/build" / name).write_text("{}\n", "utf-8")
    return tmp_path


def commit(folder: Path, text: str | None = None) -> None:
    """Commit all, after a change of the knowledge if there is a text for it."""
    if text is not None:
        (folder / "ontology/edit/core.ofn").write_text(text, "utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--allow-empty", "-m", "a commit")


def test_ci_compares_the_ontology_that_was_edited(checkout: Path) -> None:
    """With the main branch; nothing where nothing was edited."""
    git(checkout, "init")
    commit(checkout)
    assert "ontology/edit is that of" in step(checkout)

    (checkout / "ontology/edit/core.ofn").write_text("two\n", "utf-8")
    assert "COMPARED ontology diff /" in step(checkout)


def test_ci_compares_a_branch_with_where_it_began(checkout: Path) -> None:
    """What others did on the main branch meanwhile is not this change."""
    git(checkout, "init")
    commit(checkout)
    git(checkout, "checkout", "-b", "mine")
    commit(checkout)
    git(checkout, "checkout", "main")
    commit(checkout, "theirs\n")
    git(checkout, "checkout", "mine")
    assert "COMPARED" not in step(checkout)

    commit(checkout, "mine\n")
    assert "COMPARED" in step(checkout)


def test_ci_compares_the_main_branch_with_its_last_commit(checkout: Path) -> None:
    """There the change is already in it."""
    git(checkout, "init")
    commit(checkout)
    commit(checkout, "two\n")
    assert "COMPARED" in step(checkout)

    commit(checkout)
    assert "COMPARED" not in step(checkout)


def test_ci_is_content_without_history(checkout: Path) -> None:
    """An archive, a repository without a commit, a clone of one commit."""
    assert "No history" in step(checkout)
    git(checkout, "init")
    assert "No history" in step(checkout)
    commit(checkout)
    assert "ontology/edit is that of" in step(checkout)


def test_ci_says_when_the_other_commit_has_no_build(checkout: Path) -> None:
    """The first commit that has one is compared with nothing."""
    build = checkout / "ontology/build"
    build.rename(checkout / "later")
    git(checkout, "init")
    commit(checkout)
    (checkout / "later").rename(build)
    commit(checkout, "two\n")

    assert "has no ontology/build/rules.json" in step(checkout)
