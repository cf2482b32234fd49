"""The ontology compiler on a small folder: what it reads, and what it generates."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology.compiler.axiom import Assertion, Axiom, Facet
from ontology.compiler.edit import read_edit
from ontology.compiler.generate import hitting_sets
from ontology.compiler.names import cut_parts, half, opposite
from ontology.compiler.release import Checked, read_checked
from ontology.compiler.syntax import read_line
from tests.small_ontology import small_edit, write_edit

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


CLASS_OF_CASE = "ObjectIntersectionOf(:case ObjectSomeValuesFrom(:{} :{})) :present_{}"
AT_LEAST_5 = BOUND.format(bound="atLeast", facet="minInclusive", value="5")
MORE_THAN_5 = BOUND.format(bound="greaterThan", facet="minInclusive", value="5")
AT_MOST_BELOW_5 = BOUND.format(bound="atMost", facet="maxExclusive", value="5")
LESS_THAN_5 = BOUND.format(bound="lessThan", facet="maxInclusive", value="5")
CALCIUM = "calcium_status_interpretation"


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (CLASS_OF_CASE.format("hasFinding", "bone", "bone"), "G1"),
        (CLASS_OF_CASE.format("hasCondition", "stenosis", "stenosis"), "G1"),
        (":present_bone :case", "G1"),
        (":branching :bone", "hand"),
        (":present_branching :present_bone", "G2"),
        (":excluded_bone :excluded_branching", "G2"),
        (f"{AT_LEAST_5} :count_ge_5", "hand"),
        (f"{MORE_THAN_5} :count_ge_5", "G3"),
        (f"{AT_MOST_BELOW_5} :count_lt_5", "G3"),
        (f"{LESS_THAN_5} :count_lt_5", "G3"),
        (":count_ge_10 :count_ge_5", "G3"),
        (":count_lt_5 :count_lt_10", "G3"),
        (":present_count_ge_5 :excluded_count_lt_5", "G3"),
        (":present_count_lt_5 :excluded_count_ge_5", "G3"),
        (":present_upper :excluded_lower", "G4"),
        (":present_stone :excluded_no_dust", "G4"),
        (":present_no_dust :excluded_metal", "G4"),
        (f":present_{CALCIUM}_low :excluded_{CALCIUM}_high", "G4"),
        (
            f"{both('excluded_branching', 'excluded_stenosis')} :excluded_crit_dual",
            "G5",
        ),
        (f"{both('excluded_branching', 'excluded_bone')} :excluded_crit_dual", "G5"),
        (":excluded_stenosis :excluded_crit_principal", "G5"),
        (f"{both('excluded_bone', 'present_bone')} :conflict_bone", "G6"),
        (":conflict_bone :data_conflict", "G6"),
    ],
)
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


# body, head, sources
STANCES = [
    ("excluded_crit_principal", "ruled_out_cause_valve", "F1"),
    ("present_crit_principal", "supported_cause_valve", "F1"),
    ("present_crit_principal tier_possible", "listed_cause_valve", "F1"),
    ("excluded_crit_principal tier_possible", "listed_cause_valve", "F1"),
    ("present_crit_principal tier_possible", "established_cause_valve", "F1"),
    ("present_upper", "supported_cause_valve", "F1"),
    ("present_crit_none", "contradicted_cause_valve", "F1"),
    ("mimic_preferred", "contradicted_cause_valve", "D"),
    ("criterion_not_met mimic_likely", "contradicted_cause_valve", "D"),
    ("criterion_indeterminate mimic_likely", "contradicted_cause_valve", "D"),
    (
        "contradicted_cause_valve established_cause_valve",
        "weakened_cause_valve",
        "M",
    ),
    (
        "present_crit_dual present_failure tier_possible",
        "established_cause_fibrosis",
        "F1 F2",
    ),
    ("present_crit_dual", "ruled_out_cause_unknown", "F1"),
    ("present_old_scan tier_mimic", "stop_mimic_crystal", "F2"),
    ("stop_mimic_crystal", "mimic_preferred", "D"),
    ("stop_mimic_crystal", "listed_mimic_crystal", "D"),
    ("established_cause_valve", "cause_documented", "M"),
    ("grade_likely_cause_valve", "cause_likely", "M"),
    ("grade_likely_cause_fibrosis", "cause_well_evidenced", "M"),
    ("grade_likely_mimic_crystal", "mimic_likely", "M"),
    (
        "grade_likely_cause_fibrosis grade_likely_cause_valve",
        "contributor_cause_valve",
        "D",
    ),
    (
        (
            "established_cause_valve grade_likely_cause_fibrosis "
            "grade_possible_cause_valve"
        ),
        "contributor_cause_valve",
        "D",
    ),
]


@pytest.mark.parametrize(("body", "head", "sources"), STANCES)
def test_a_row_of_criteria_becomes_a_stance(
    small: Checked, body: str, head: str, sources: str
) -> None:
    """G7, with the sources of its row; D and M where the design itself speaks."""
    found = [a for a in small.axioms if (a.body, a.head) == (tuple(body.split()), head)]

    assert [(a.by, a.sources) for a in found] == [("G7", tuple(sources.split()))]


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("ruled_out_mimic_crystal", "excluded_crit_none"),  # policy none: never derived
        ("established_cause_smoke", ""),  # a mere association is never likely
        ("weakened_mimic_crystal", ""),  # nothing contradicts it
        ("cause_documented", "established_cause_unknown"),  # by exclusion
        ("cause_well_evidenced", "grade_likely_cause_valve"),  # weak evidence
        (
            "contradicted_cause_fibrosis",
            "criterion_not_met",
        ),  # the lung itself shows it
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
