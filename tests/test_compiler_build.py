"""The ontology compiler on a small folder: choices, files, and the two reasoners."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import Graph

from ontology.compiler.axiom import Axiom, Facet
from ontology.compiler.choices import read_choices
from ontology.compiler.graph import build_graphs
from ontology.compiler.hierarchy import (
    ReasonerError,
    check_distinct,
    close,
    direct_parents,
)
from ontology.compiler.release import (
    Checked,
    differences,
    documents,
    read_checked,
    write,
)
from tests.small_ontology import small_edit, write_edit

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """The small folder, compiled as far as no reasoner is needed."""
    return read_checked(write_edit(small_edit(), tmp_path_factory.mktemp("edit")))


def graphs_of(checked: Checked) -> dict[str, Graph]:
    """The asserted graphs of a checked folder."""
    return build_graphs(checked.edit, checked.names, checked.axioms)


# -- choices ---------------------------------------------------------------------------


def test_mimics_are_graded_before_causes(small: Checked) -> None:
    """A radiologist looks for the mimic first."""
    choices = read_choices(small.edit, small.names)
    strata = {choice.name: choice.stratum for choice in choices}

    assert strata["grade_mimic_crystal"] == 2
    assert strata["grade_cause_valve"] == 3
    assert [choice.stratum for choice in choices] == sorted(strata.values())


def test_a_grade_is_decided_by_the_first_stance(small: Checked) -> None:
    """Ruled out before weakened, before established, contradicted, supported."""
    choices = {c.name: c for c in read_choices(small.edit, small.names)}

    options = [(o.name, o.asserts) for o in choices["grade_cause_valve"].options]

    assert options == [
        ("ruled_out_cause_valve", "grade_excluded_cause_valve"),
        ("weakened_cause_valve", "grade_possible_cause_valve"),
        ("established_cause_valve", "grade_likely_cause_valve"),
        ("contradicted_cause_valve", "grade_unlikely_cause_valve"),
        ("supported_cause_valve", "grade_possible_cause_valve"),
    ]


def test_each_other_cause_overrides_what_is_left(small: Checked) -> None:
    """The one word in an overrider stands for all causes but its own."""
    choices = {c.name: c for c in read_choices(small.edit, small.names)}
    (option,) = choices["grade_cause_undetermined"].options

    assert option.overridden_by == (
        "grade_likely_cause_fibrosis",
        "grade_likely_cause_smoke",
        "grade_likely_cause_unknown",
        "grade_likely_cause_valve",
        "mimic_likely",
    )
    assert option.asserts == "grade_likely_cause_undetermined"


# -- the outputs -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def rules(small: Checked) -> dict[str, dict[str, dict[str, object]]]:
    """The compiled rules of the small folder."""
    found: dict[str, dict[str, dict[str, object]]] = json.loads(
        documents(small, graphs_of(small))["rules.json"]
    )
    return found


def test_rules_tell_the_hierarchy_of_a_concept(
    rules: dict[str, dict[str, dict[str, object]]],
) -> None:
    """Only concepts with states count; a cut is no parent of its quantity."""
    assert rules["concepts"]["branching"]["parents"] == ["bone"]
    assert rules["concepts"]["count_ge_5"]["ancestors"] == ["count"]
    assert "parents" not in rules["concepts"]["count"]


def test_rules_separate_the_case_from_the_finding(
    rules: dict[str, list[dict[str, object]]],
) -> None:
    """`rules` run over the case, `finding_rules` over one finding."""
    heads = {rule["head"] for rule in rules["rules"]}
    about_findings = {rule["head"] for rule in rules["finding_rules"]}

    assert "calcium_status_interpretation_high" in about_findings
    assert "present_bone" in heads
    assert heads & about_findings == set()


def test_rules_give_a_bound_its_text(
    rules: dict[str, list[dict[str, object]]],
) -> None:
    """Decimals never become floats."""
    assert {cut["value"] for cut in rules["cuts"]} == {"5", "10"}


PRINT_HASHES = """
import hashlib, pathlib, sys
from ontology.compiler.release import contents, read_checked
folder = pathlib.Path(sys.argv[1])
files = contents(read_checked(folder), folder, {"bone": {"case"}, "case": set()})
for name, content in sorted(files.items()):
    print(name, hashlib.sha256(content).hexdigest())
"""


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    """Whatever the seed of Python's hash, in another process."""
    folder = write_edit(small_edit(), tmp_path)
    runs = [
        subprocess.run(
            [sys.executable, "-c", PRINT_HASHES, str(folder)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert runs[0] == runs[1]
    assert runs[0].split()[::2] == [
        "dpo-inferred.ttl",
        "dpo.owl",
        "dpo.trig",
        "dpo.ttl",
        "queries.json",
        "rules.json",
    ]


def test_a_deprecated_term_leaves_the_logic_and_names_its_successor(
    tmp_path: Path,
) -> None:
    """Its IRI stays, with a pointer; no state, no axiom of the case."""
    files = small_edit()
    rows = files["terms.tsv"].splitlines()
    spot = next(n for n, row in enumerate(rows) if row.startswith("failure\t"))
    cells = rows[spot].split("\t")
    rows[spot] = "\t".join([*cells[:-2], "deprecated:stenosis", ""])
    files["terms.tsv"] = "\n".join(rows) + "\n"
    files["criteria.tsv"] = files["criteria.tsv"].replace("failure", "bone")

    checked = read_checked(write_edit(files, tmp_path))
    turtle = documents(checked, graphs_of(checked))["dpo.ttl"].decode()

    assert "failure" not in checked.names.stateful
    assert "obo:IAO_0100001 :stenosis" in turtle
    assert "owl:deprecated true" in turtle


def test_differences_name_every_file_that_is_not_the_same(tmp_path: Path) -> None:
    """Changed, missing and surplus files."""
    write({"a": b"1", "b": b"2", "c": b"3"}, tmp_path)

    changed = differences({"a": b"1", "b": b"other", "d": b"4"}, tmp_path)

    assert changed == ["b", "c", "d"]


def test_a_missing_build_differs_in_every_file(tmp_path: Path) -> None:
    """The check of a fresh clone says so, rather than fail."""
    assert differences({"a": b"1"}, tmp_path / "nowhere") == ["a"]


def test_writing_removes_what_the_build_no_longer_makes(tmp_path: Path) -> None:
    """A file of an older compiler would be served for ever."""
    write({"old": b"1"}, tmp_path)
    write({"new": b"2"}, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["new"]


# -- the hierarchy ---------------------------------------------------------------------


def test_only_the_nearest_superclasses_are_direct() -> None:
    """The transitive reduction of a closure is what was closed."""
    direct: dict[str, set[str]] = {"a": {"b"}, "b": {"c"}, "c": set()}

    assert direct_parents(close(direct)) == {"a": ["b"], "b": ["c"], "c": []}


def test_two_names_of_one_class_are_refused() -> None:
    """Equivalence by accident is a fault of the axioms."""
    with pytest.raises(ReasonerError, match="by accident"):
        check_distinct(close({"a": {"b"}, "b": {"a"}}))


# -- with Java and Konclude ------------------------------------------------------------


def classify(axioms: tuple[Axiom, ...]) -> dict[str, frozenset[str]]:
    """The two reasoners; imported late, as owlready2 is in another group."""
    module = importlib.import_module("ontology.compiler.classify")
    found: dict[str, frozenset[str]] = module.classify(axioms)
    return found


def subclass(below: str, above: str) -> Axiom:
    return Axiom((below,), above, (), "toy.ofn:1")


@pytest.mark.reasoner
def test_both_reasoners_agree_on_the_small_ontology(small: Checked) -> None:
    """And find the generated hierarchy."""
    hierarchy = classify(small.axioms)

    assert hierarchy["count_ge_10"] >= {"count_ge_5", "count", "measure", "finding"}
    assert hierarchy["present_branching"] >= {"present_bone", "tier_possible", "case"}


@pytest.mark.reasoner
def test_a_bound_is_below_a_wider_one_by_its_number_alone() -> None:
    """Datatype reasoning is on: 12 or more is 10 or more."""
    wide = Axiom(("n",), "ten", (), "x:1", facet=Facet("atLeast", "minInclusive", "10"))
    told = subclass("m", "n")

    assert classify((wide, told))["m"] == {"n"}


@pytest.mark.reasoner
def test_names_that_turn_out_equal_are_refused() -> None:
    """A circle in the axioms is an equivalence."""
    with pytest.raises(ReasonerError, match="by accident"):
        classify((subclass("a", "b"), subclass("b", "a")))


@pytest.mark.reasoner
def test_an_unsatisfiable_class_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class below owl:Nothing could never be presented by a case."""
    module = importlib.import_module("ontology.compiler.classify")
    text = module.functional_syntax
    monkeypatch.setattr(
        module,
        "functional_syntax",
        lambda *a: text(*a).rstrip().removesuffix(")") + "DisjointClasses(:a :b)\n)\n",
    )
    with pytest.raises(ReasonerError, match="unsatisfiable"):
        classify((subclass("c", "a"), subclass("c", "b")))


@pytest.mark.reasoner
def test_an_inconsistent_ontology_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An individual of two disjoint classes leaves no model."""
    module = importlib.import_module("ontology.compiler.classify")
    text = module.functional_syntax
    wrong = "DisjointClasses(:a :b)\nClassAssertion(:a :i)\nClassAssertion(:b :i)\n)\n"
    monkeypatch.setattr(
        module,
        "functional_syntax",
        lambda *a: text(*a).rstrip().removesuffix(")") + wrong,
    )
    with pytest.raises(ReasonerError, match="inconsistent"):
        classify((subclass("c", "a"), subclass("c", "b")))


@pytest.mark.reasoner
def test_a_missing_konclude_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second opinion is never skipped in silence."""
    module = importlib.import_module("ontology.compiler.classify")
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    with pytest.raises(ReasonerError, match="not installed"):
        classify((subclass("a", "b"),))


@pytest.mark.reasoner
def test_a_konclude_that_disagrees_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both must say the same of every class."""
    module = importlib.import_module("ontology.compiler.classify")
    monkeypatch.setattr(module, "_konclude", lambda _: {"a": frozenset(), "b": set()})
    with pytest.raises(ReasonerError, match="differ on 1 classes"):
        classify((subclass("a", "b"),))


@pytest.mark.reasoner
def test_the_build_is_what_edit_gives() -> None:
    """`--check` compiles everything again, both reasoners included."""
    module = importlib.import_module("ontology.compiler.__main__")

    assert module.main(["--check"]) == 0


@pytest.mark.reasoner
def test_check_names_a_changed_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One byte of difference fails the check, which says where."""
    module = importlib.import_module("ontology.compiler.__main__")
    folders = ["--edit", str(write_edit(small_edit(), tmp_path / "edit"))]
    folders += ["--build", str(tmp_path / "build")]
    assert module.main(folders) == 0
    (tmp_path / "build/rules.json").write_bytes(b"{}")

    assert module.main(["--check", *folders]) == 1
    assert "rules.json" in capsys.readouterr().err


@pytest.mark.reasoner
def test_a_broken_rule_ends_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints file and line, and writes nothing."""
    module = importlib.import_module("ontology.compiler.__main__")
    files = small_edit() | {"causes.ofn": "SubClassOf(:a)\n"}
    folders = ["--edit", str(write_edit(files, tmp_path / "edit"))]

    assert module.main([*folders, "--build", str(tmp_path / "build")]) == 1
    assert capsys.readouterr().err.startswith("causes.ofn:1: ")
    assert not (tmp_path / "build").exists()
