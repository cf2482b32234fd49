"""The ontology compiler on a small folder: what it reads, generates and writes."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology.compiler.axiom import Assertion, Axiom, Facet
from ontology.compiler.choices import read_choices
from ontology.compiler.edit import read_edit
from ontology.compiler.generate import hitting_sets
from ontology.compiler.hierarchy import (
    ReasonerError,
    check_distinct,
    close,
    direct_parents,
)
from ontology.compiler.names import cut_parts, half, opposite
from ontology.compiler.release import (
    Checked,
    differences,
    documents,
    read_checked,
    write,
)
from ontology.compiler.syntax import read_line
from tests.small_ontology import small_edit, write_edit

ROOT = Path(__file__).parents[1]
BOUND = (
    "ObjectIntersectionOf(:count DataSomeValuesFrom(:{bound} "
    'DatatypeRestriction(xsd:decimal xsd:{facet} "{value}"^^xsd:decimal)))'
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """The small folder, compiled as far as no reasoner is needed."""
    return read_checked(write_edit(small_edit(), tmp_path_factory.mktemp("edit")))


@pytest.fixture(scope="module")
def axioms(small: Checked) -> dict[str, Axiom]:
    """Its axioms by their text, without the wrapping SubClassOf( )."""
    return {a.canonical[len("SubClassOf(") : -1]: a for a in small.axioms}


def both(*names: str) -> str:
    """The intersection of names, as an axiom writes it."""
    return f"ObjectIntersectionOf({' '.join(':' + name for name in sorted(names))})"


# -- one line of functional syntax -----------------------------------------------------


def test_a_name_below_a_name_is_shape_1() -> None:
    """S1, with its source."""
    read = read_line('SubClassOf(Annotation(dcterms:source "F1") :a :b)', "x.ofn:1")

    assert read == Axiom(("a",), "b", ("F1",), "x.ofn:1")


def test_an_intersection_below_a_name_is_shape_2() -> None:
    """S2; the order of its names means nothing."""
    read = read_line("SubClassOf(ObjectIntersectionOf(:b :a) :c)", "x.ofn:1")

    assert read == Axiom(("a", "b"), "c", (), "x.ofn:1")


def test_a_bound_on_a_quantity_is_shape_3() -> None:
    """S3; the decimal stays a text."""
    left = BOUND.format(bound="atLeast", facet="minInclusive", value="5.50")

    read = read_line(f"SubClassOf({left} :count_ge_5_50)", "x.ofn:1")

    facet = Facet("atLeast", "minInclusive", "5.50")
    assert read == Axiom(("count",), "count_ge_5_50", (), "x.ofn:1", facet=facet)


@pytest.mark.parametrize(
    ("value", "text", "language", "datatype"),
    [
        (":b", "b", "", ""),
        ('"dual"', "dual", "", ""),
        ('"un mot (ou deux)"@fr', "un mot (ou deux)", "fr", ""),
        ('"3"^^xsd:integer', "3", "", "integer"),
    ],
)
def test_an_annotation_keeps_language_and_type(
    value: str, text: str, language: str, datatype: str
) -> None:
    """The value of an annotation is a name or a literal."""
    line = f'AnnotationAssertion(Annotation(dcterms:source "D") :key :a {value})'

    read = read_line(line, "x.ofn:2")

    wanted = Assertion("key", "a", text, language, datatype, ("D",), "x.ofn:2")
    assert read == wanted


@given(st.sets(st.from_regex(r"[a-z]{1,6}", fullmatch=True), min_size=1, max_size=5))
def test_an_axiom_reads_back_from_its_own_text(names: set[str]) -> None:
    """The canonical text is what the reader reads."""
    axiom = Axiom(tuple(sorted(names)), "the_head", (), "x.ofn:1")

    assert read_line(axiom.canonical, "x.ofn:1") == axiom


def test_the_id_of_an_axiom_forgets_sources_and_place() -> None:
    """A better source, or a line added above, keeps the id."""
    one = Axiom(("a", "b"), "c", ("F1",), "x.ofn:1")
    other = Axiom(("a", "b"), "c", ("F2", "D"), "x.ofn:7", "G2")

    assert one.id == other.id
    assert len(one.id) == 12


# -- the files -------------------------------------------------------------------------


def test_a_row_remembers_its_line_behind_comments(tmp_path: Path) -> None:
    """Comment lines count, so that an editor jumps to the right place."""
    edit = read_edit(write_edit(small_edit(), tmp_path))

    assert edit.mappings[0].at == "sctid.sssom.tsv:3"


def test_a_bar_separates_the_parts_of_a_cell(small: Checked) -> None:
    """An empty cell has no part."""
    assert small.edit.terms["zone"].list("allowed_values") == ("upper", "lower")
    assert small.edit.terms["bone"].list("allowed_values") == ()


def test_a_quotation_mark_is_a_letter(tmp_path: Path) -> None:
    """Tables have no quoting: a title in quotation marks stays as it is."""
    files = small_edit()
    files["sources.tsv"] = files["sources.tsv"].replace("Other 2021", '"Other" 2021')

    edit = read_edit(write_edit(files, tmp_path))

    assert edit.sources["F2"]["citation"] == '"Other" 2021'


# -- names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("count_ge_5", ("count", "ge", "5")),
        ("area_le_1_5", ("area", "le", "1.5")),
        ("age_gt_60", ("age", "gt", "60")),
        ("ct_le_ft", None),
        ("count", None),
    ],
)
def test_the_name_of_a_cut_says_quantity_operator_and_bound(
    name: str, parts: tuple[str, str, str] | None
) -> None:
    """A point in the bound is written as a low line."""
    assert cut_parts(name) == parts


def test_a_state_has_an_opposite_and_other_classes_have_none() -> None:
    """present_ and excluded_ are the two halves of a concept."""
    assert opposite("present_bone") == "excluded_bone"
    assert opposite("excluded_bone") == "present_bone"
    assert half("tier_possible") is None
    with pytest.raises(ValueError, match="tier_possible"):
        opposite("tier_possible")


def test_a_value_of_several_findings_is_a_quality(small: Checked) -> None:
    """It has no state of its own; the pair class has one."""
    assert "interpretation_high" in small.names.qualities
    assert "calcium_status_interpretation_high" in small.names.stateful
    assert "upper" in small.names.stateful


# -- generated axioms ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (
            "ObjectIntersectionOf(:case ObjectSomeValuesFrom(:hasFinding :bone)) "
            ":present_bone",
            "G1",
        ),
        (
            "ObjectIntersectionOf(:case ObjectSomeValuesFrom(:hasCondition :stenosis)) "
            ":present_stenosis",
            "G1",
        ),
        (":present_bone :case", "G1"),
        (":branching :bone", "hand"),
        (":present_branching :present_bone", "G2"),
        (":excluded_bone :excluded_branching", "G2"),
        (f"{BOUND.format(bound='atLeast', facet='minInclusive', value='5')} "
         ":count_ge_5", "hand"),
        (f"{BOUND.format(bound='greaterThan', facet='minInclusive', value='5')} "
         ":count_ge_5", "G3"),
        (f"{BOUND.format(bound='atMost', facet='maxExclusive', value='5')} "
         ":count_lt_5", "G3"),
        (f"{BOUND.format(bound='lessThan', facet='maxInclusive', value='5')} "
         ":count_lt_5", "G3"),
        (":count_ge_10 :count_ge_5", "G3"),
        (":count_lt_5 :count_lt_10", "G3"),
        (":present_count_ge_5 :excluded_count_lt_5", "G3"),
        (":present_count_lt_5 :excluded_count_ge_5", "G3"),
        (":present_upper :excluded_lower", "G4"),
        (":present_stone :excluded_no_dust", "G4"),
        (":present_no_dust :excluded_metal", "G4"),
        (
            ":present_calcium_status_interpretation_low "
            ":excluded_calcium_status_interpretation_high",
            "G4",
        ),
        (f"{both('excluded_branching', 'excluded_stenosis')} :excluded_crit_dual",
         "G5"),
        (f"{both('excluded_branching', 'excluded_bone')} :excluded_crit_dual", "G5"),
        (":excluded_stenosis :excluded_crit_principal", "G5"),
        (f"{both('excluded_bone', 'present_bone')} :conflict_bone", "G6"),
        (":conflict_bone :data_conflict", "G6"),
    ],
)  # fmt: skip
def test_rule_generates(axioms: dict[str, Axiom], text: str, by: str) -> None:
    """G1 to G6, each from the line that asks for it."""
    assert text in axioms
    assert axioms[text].by == by


@pytest.mark.parametrize(
    "text",
    [
        ":present_stone :excluded_metal",  # only no_dust excludes
        ":present_old_scan :excluded_crit_none",
        ":excluded_old_scan :excluded_crit_none",  # policy none
        ":excluded_count_ge_5 :excluded_crit_given",  # policy given: by hand only
        ":present_interpretation_high :present_calcium_status",  # a quality
        ":count_ge_5 :count_ge_10",
    ],
)
def test_rule_does_not_generate(axioms: dict[str, Axiom], text: str) -> None:
    """What would say more than people wrote."""
    assert text not in axioms


STANCES = [
    (":excluded_crit_principal :ruled_out_cause_valve", "F1"),
    (":present_crit_principal :supported_cause_valve", "F1"),
    (f"{both('present_crit_principal', 'tier_possible')} :listed_cause_valve", "F1"),
    (f"{both('excluded_crit_principal', 'tier_possible')} :listed_cause_valve", "F1"),
    (f"{both('present_crit_principal', 'tier_possible')} :established_cause_valve", "F1"),
    (":present_upper :supported_cause_valve", "F1"),
    (":present_crit_none :contradicted_cause_valve", "F1"),
    (":mimic_preferred :contradicted_cause_valve", "D"),
    (f"{both('criterion_not_met', 'mimic_likely')} :contradicted_cause_valve", "D"),
    (f"{both('contradicted_cause_valve', 'established_cause_valve')} :weakened_cause_valve", "M"),
    (f"{both('present_crit_dual', 'present_failure', 'tier_possible')} :established_cause_fibrosis", "F1 F2"),
    (":present_crit_dual :ruled_out_cause_unknown", "F1"),
    (f"{both('present_old_scan', 'tier_mimic')} :stop_mimic_crystal", "F2"),
    (":stop_mimic_crystal :mimic_preferred", "D"),
    (":stop_mimic_crystal :listed_mimic_crystal", "D"),
    (":established_cause_valve :cause_documented", "M"),
    (":grade_likely_cause_valve :cause_likely", "M"),
    (":grade_likely_cause_fibrosis :cause_well_evidenced", "M"),
    (":grade_likely_mimic_crystal :mimic_likely", "M"),
    (f"{both('grade_likely_cause_fibrosis', 'grade_likely_cause_valve')} :contributor_cause_valve", "D"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sources"), STANCES)
def test_a_row_of_criteria_becomes_a_stance(
    axioms: dict[str, Axiom], text: str, sources: str
) -> None:
    """G7, with the sources of its row; D and M where the design itself speaks."""
    assert axioms[text].by == "G7"
    assert axioms[text].sources == tuple(sources.split())


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("ruled_out_mimic_crystal", "excluded_crit_none"),  # policy none: never derived
        ("established_cause_smoke", ""),  # a mere association is never likely
        ("weakened_mimic_crystal", ""),  # nothing contradicts it
        ("cause_documented", "established_cause_unknown"),  # by exclusion
        ("cause_well_evidenced", "grade_likely_cause_valve"),  # weak evidence
        ("contradicted_cause_fibrosis", "criterion_not_met"),  # the lung itself shows it
        ("contributor_cause_fibrosis", ""),  # it leads, it does not contribute
        ("contributor_cause_smoke", ""),  # documented causes only
        ("contradicted_mimic_crystal", "mimic_preferred"),  # causes only
    ],
)
def test_no_stance_beyond_the_design(small: Checked, head: str, why: str) -> None:
    """No axiom with this head rests on that class."""
    bodies = [axiom.body for axiom in small.axioms if axiom.head == head]

    assert [body for body in bodies if not why or why in body] == []


def test_an_axiom_is_written_once_and_the_hand_written_one_stays(
    small: Checked,
) -> None:
    """Duplicates would count twice in a justification."""
    texts = [axiom.canonical for axiom in small.axioms]

    assert len(texts) == len(set(texts))
    assert texts == sorted(texts)


LITERALS = st.lists(st.sampled_from("abcde"), min_size=1, max_size=3, unique=True)


@given(st.lists(LITERALS.map(tuple), min_size=1, max_size=4))
def test_hitting_sets_are_the_minimal_ones(bodies: list[tuple[str, ...]]) -> None:
    """Each meets every body, none contains another, and no minimal one is missing."""
    found = {frozenset(chosen) for chosen in hitting_sets(bodies)}
    literals = sorted({literal for body in bodies for literal in body})
    meeting = [
        set(chosen)
        for size in range(1, len(literals) + 1)
        for chosen in itertools.combinations(literals, size)
        if all(set(chosen) & set(body) for body in bodies)
    ]
    minimal = [s for s in meeting if not any(other < s for other in meeting)]

    assert found == {frozenset(s) for s in minimal}


def test_nothing_sufficient_is_never_denied() -> None:
    """A dual criterion without a sufficient axiom has no excluded half either."""
    assert hitting_sets([]) == []


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
        documents(small)["rules.json"]
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
from ontology.compiler.release import documents, read_checked
for name, content in sorted(documents(read_checked(pathlib.Path(sys.argv[1]))).items()):
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
    assert runs[0].split()[::2] == ["dpo.owl", "dpo.ttl", "rules.json"]


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
    turtle = documents(checked)["dpo.ttl"].decode()

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
