"""The reports about the knowledge: complete, honest, and those that are committed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from ontology.compiler.edit import read_edit
from ontology.report import __main__ as command
from ontology.report.cases import worked_cases
from ontology.report.citations import Citations, names_of, read_citations
from ontology.report.coverage import (
    TABLE,
    Covered,
    Line,
    Uncovered,
    cover,
    read_lines,
    write_coverage,
)
from ontology.report.flips import Sensitivity, lead, sensitivity_of
from ontology.report.inputs import added_inputs, changed_inputs, neighbours
from ontology.report.sensitivity import name_of, render_case
from ontology.report.statements import Statement, read_statements
from service.config import SHIPPED_BUILD
from service.model import Case, Finding, State, When
from service.reasoning.derivation import derived_findings
from service.reasoning.interpretation import apply_usual_limits
from service.reasoning.knowledge import Knowledge, load
from service.reasoning.ranking import rank_candidates
from service.reasoning.reasoned import reason
from service.reasoning.vocabulary import vocabulary_of
from service.regression.conclusions import leading_of
from tests.shorthand import read_findings

ROOT = Path(__file__).parents[1]
EDIT = ROOT / "ontology/edit"
PAGES = ROOT / "docs/reference"
RULES = json.loads((SHIPPED_BUILD / "rules.json").read_bytes())


@cache
def citations() -> Citations:
    """The tables and axioms that a statement may be linked to."""
    return read_citations(read_edit(EDIT), RULES)


@cache
def covered() -> dict[str, Covered]:
    """Every statement of the knowledge, by id."""
    found = cover(read_statements(), read_lines(EDIT / TABLE), citations())
    return {item.statement.id: item for item in found}


# --- coverage -------------------------------------------------------------------------


def test_the_coverage_is_that_of_the_knowledge() -> None:
    """Regenerated, the page is the one that is committed."""
    assert write_coverage() == (PAGES / "knowledge-coverage.md").read_text("utf-8")


def test_every_row_and_line_of_the_knowledge_is_a_statement() -> None:
    """Counted in another way: by what a Markdown file is made of."""
    for name in ("clinical", "criteria"):
        text = (PAGES / f"knowledge/{name}.md").read_text("utf-8")
        lines = {line for line in text.splitlines() if line.strip("-# `")}
        read = {item.line for item in read_statements()}
        left = {
            line for line in lines - read if not line.startswith(("#", "```", "|-"))
        }
        heads = set(re.findall(r"^(\|.*)\n\|-", text, re.MULTILINE))

        assert len(heads) > 10
        assert left == heads


def test_a_statement_has_an_id_of_its_own() -> None:
    """So that a line of the table means one thing."""
    ids = [item.id for item in read_statements()]

    assert len(set(ids)) == len(ids)


def test_the_elements_of_the_cells_are_those_that_the_criteria_count() -> None:
    """Section 6 says how many there are, and how many are not modelled."""
    text = (PAGES / "knowledge/criteria.md").read_text("utf-8")
    found = re.search(r"\((\d+) elements, (\d+) not modelled\)", text)
    assert found is not None
    elements = [c for c in covered().values() if len(c.statement.cells) == 4]
    elements = [c for c in elements if c.statement.cells[0][:5] in ("cause", "mimic")]
    told = [c for c in elements if c.statement.cells[3].startswith("not modelled")]

    assert (str(len(elements)), str(len(told))) == found.groups()
    assert not any(c.axioms for c in told if "`" not in c.statement.cells[3])


def test_every_axiom_of_the_page_is_in_the_build() -> None:
    """An id that no longer exists says nothing."""
    text = (PAGES / "knowledge-coverage.md").read_text("utf-8")
    ids = {
        rule["id"]
        for part in ("rules", "finding_rules", "cuts")
        for rule in RULES[part]
    } | set(RULES["asserting"].values())

    named = set(re.findall(r"`(?:coverage\.tsv )?([0-9a-f]{12})`", text))
    assert len(named) > 1000
    assert named - ids == set()


def test_every_axiom_that_the_criteria_write_out_is_in_the_build() -> None:
    """Sections 2.3, 2.4 and 5 are axioms, none of which may be missing."""
    lines = [c for id, c in covered().items() if re.match(r"criteria \S+ line", id)]

    assert len(lines) > 150
    assert [c.statement.text for c in lines if c.through != ("written out",)] == []


def test_an_element_is_said_by_the_stances_of_its_hypothesis() -> None:
    """The row of criteria.tsv that names both, and no other."""
    id = "clinical b cause_mitral_stenosis: supporting, left atrium enlarged"
    (axiom,) = covered()[id].axioms
    rule = citations().rules[axiom]

    assert rule.head == "supported_cause_mitral_stenosis"
    assert rule.names == ("present_ct_left_atrium_enlarged",)


def test_a_frequency_is_said_by_no_axiom() -> None:
    """A claim about a definition, with its source, and yet no axiom says 18.6 %."""
    item = covered()["clinical f EPI-01"]

    assert item.through[:1] == ("EV-0406",)
    assert item.axioms == ()
    assert "never logic" in item.reason


def test_a_definition_is_said_by_the_axioms_that_cite_its_source() -> None:
    """The claim, its subject and its source lead there."""
    item = covered()["clinical a.2 CRIT-01"]
    rules = [citations().rules[id] for id in item.axioms]

    assert {rule.head for rule in rules} >= {"present_definition_egashira_1"}
    assert all("definition_egashira_1" in names_of(rule) for rule in rules)
    assert all("F01" in rule.sources for rule in rules)


def test_every_claim_stands_in_a_statement() -> None:
    """Else a claim would cite words that nobody finds."""
    cited = {
        name
        for item in covered().values()
        for name in citations().of(item.statement).through
    }

    assert {row["id"] for row in citations().edit.evidence} - cited == set()


def refused(line: Line | None, statement: Statement | None = None) -> str:
    """What is said of the table with one more line, or with one more statement."""
    lines = (*read_lines(EDIT / TABLE), *([line] if line else []))
    statements = (*read_statements(), *([statement] if statement else []))
    with pytest.raises(Uncovered) as fault:
        cover(statements, lines, citations())
    return str(fault.value)


def test_a_statement_without_axiom_and_reason_is_refused() -> None:
    """Whoever adds a sentence says what became of it."""
    new = Statement("clinical a.1 DEF-09", "clinical", "a.1", "Bone is hard.")

    assert refused(None, new) == "clinical a.1 DEF-09: neither an axiom nor a reason"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (Line("clinical f *", ("0123456789ab",), "", "D"), "no 0123456789ab"),
        (Line("clinical f *", ("crit_nothing",), "", "D"), "no crit_nothing"),
        (Line("clinical f *", (), "why", "F999"), "F999 is no source"),
        (Line("clinical a.1 DEF-99", (), "why", "D"), "needs clinical a.1 DEF-99"),
        (Line("clinical z *", (), "why", "D"), "no statement needs clinical z *"),
    ],
)
def test_a_line_that_is_wrong_is_refused(line: Line, said: str) -> None:
    """An axiom, a source or a statement that is not there."""
    assert said in refused(line)


def test_what_a_person_wrote_of_a_statement_decides() -> None:
    """Also that no axiom says it, whatever a claim leads to."""
    lines = read_lines(EDIT / TABLE)
    no = Line("clinical a.2 CRIT-01", (), "Not so.", "D")
    found = {
        c.statement.id: c for c in cover(read_statements(), (*lines, no), citations())
    }

    assert found["clinical a.2 CRIT-01"].axioms == ()
    assert found["clinical a.2 CRIT-01"].reason == "Not so."


# --- sensitivity ----------------------------------------------------------------------


WORKED = list(worked_cases(load(SHIPPED_BUILD)))
SENSITIVITY = (PAGES / "sensitivity.md").read_text("utf-8")


@pytest.mark.parametrize("number", range(len(WORKED)), ids=lambda n: WORKED[n].name)
def test_the_sensitivity_of_a_case_is_the_one_that_is_told(
    number: int, knowledge: Knowledge
) -> None:
    """Regenerated, its section is the one that is committed, and so is its row."""
    worked = WORKED[number]
    found = sensitivity_of(worked.case, knowledge)

    assert render_case(worked, found, knowledge) in SENSITIVITY
    facts = len({flip.input.fact for flip in found.recorded})
    row = rf"^\| {worked.corpus}/{worked.name} \| .* \| {facts} of {found.tried[0]} \|"
    assert re.search(row, SENSITIVITY, re.MULTILINE)


def test_the_sensitivity_is_told_of_every_case_and_of_no_other() -> None:
    """A section and a row each."""
    names = [f"{worked.corpus}/{worked.name}" for worked in WORKED]
    case = "(?:cases|published)/"
    sections = re.findall(rf"^## ({case}.*)$", SENSITIVITY, re.MULTILINE)
    rows = re.findall(rf"^\| ({case}[^|]*) \|", SENSITIVITY, re.MULTILINE)

    assert sections == rows == names


def test_who_leads_without_proofs_leads_with_them(knowledge: Knowledge) -> None:
    """The short way of the page and the long way of a report agree."""
    for worked in WORKED:
        findings = worked.case.findings
        first = leading_of(rank_candidates(reason(findings, knowledge)), knowledge)
        said = (first.hypothesis, first.grade) if first else ("", "")

        assert lead(findings, knowledge) == said, worked.name


def sensitivity(text: str, knowledge: Knowledge) -> Sensitivity:
    """The sensitivity of a line of shorthand."""
    return sensitivity_of(Case("", findings=read_findings(text, knowledge)), knowledge)


def test_a_fact_on_which_all_hangs_is_found(knowledge: Knowledge) -> None:
    """Without mitral stenosis, or with it denied, the cause is not established."""
    found = sensitivity("E + mitral_stenosis", knowledge)
    flips = {
        (flip.input.fact.concept, flip.input.how): flip.leading[0]
        for flip in found.recorded
    }

    assert found.leading == ("cause_mitral_stenosis", "grade_likely")
    assert flips["mitral_stenosis", "not on record"] == "cause_undetermined"
    assert flips["mitral_stenosis", "denied"] == "cause_undetermined"


def test_a_fact_that_another_one_stands_in_for_changes_nothing(
    knowledge: Knowledge,
) -> None:
    """Stenosis and a replaced valve: neither is needed once the other is there."""
    found = sensitivity("E + mitral_stenosis, mitral_valve_replacement", knowledge)
    removed = {f.input.fact.concept for f in found.recorded if "not" in f.input.how}

    assert removed == {"ct_nodule_count"}


def test_an_unknown_fact_that_would_change_it_is_found(knowledge: Knowledge) -> None:
    """Any structural cause, and a cancer that forms bone, pass before the valve."""
    found = sensitivity("E + mitral_stenosis", knowledge)
    unknown = {f.input.fact.concept: f.leading[0] for f in found.unknown}

    assert unknown["osteosarcoma"] == "mimic_calcified_metastases"
    assert unknown["idiopathic_pulmonary_fibrosis"] == "cause_uip_ipf"
    assert "serum_calcium" not in unknown


def test_a_change_that_contradicts_the_record_says_so(knowledge: Knowledge) -> None:
    """Twelve nodules, and no nodules: both are set aside."""
    found = sensitivity("E + ct_high_attenuation_nodules", knowledge)
    clashes = {f.input.fact.concept for f in found.recorded if f.is_clash}

    assert clashes == {"ct_high_attenuation_nodules"}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("ct_nodule_count=12", ["9"]),
        ("ct_nodule_count=7", ["4", "10"]),
        ("ct_nodule_count>=10", ["9"]),
        ("ct_nodule_count<5", ["5"]),
        ("ct_nodule_max_diameter=3.5", ["3", "4"]),
        ("ct_nodule_max_diameter=5", ["3.9", "5.1"]),
        ("pulmonary_wedge_pressure=20", ["19.9"]),
        ("acid_exposure_time_percent=5", ["3.9", "6.1"]),
        ("serum_calcium=2.3", []),
    ],
)
def test_a_measure_moves_to_the_nearest_other_side(
    item: str, expected: list[str], knowledge: Knowledge
) -> None:
    """Down and up, across one cut, by the least that the cut tells apart."""
    (fact,) = read_findings(item, knowledge)

    assert [str(value) for value in neighbours(fact, knowledge)] == expected


def ways(text: str, concept: str, knowledge: Knowledge) -> dict[str, set[Finding]]:
    """What a changed fact makes of a record, by what is done."""
    findings = read_findings(text, knowledge)
    vocabulary = vocabulary_of(knowledge)
    return {
        change.how: set(change.findings)
        for change in changed_inputs(findings, knowledge, vocabulary)
        if change.fact.concept == concept
    }


def test_a_flag_is_changed_to_the_others(knowledge: Knowledge) -> None:
    """A laboratory value is normal, or it is low, or high."""
    found = ways("serum_calcium=2.3!normal", "serum_calcium", knowledge)
    flags = {how for how in found if how.startswith("flagged")}

    assert flags == {"flagged interpretation_low", "flagged interpretation_high"}


def test_a_value_is_denied_and_a_denied_one_stated(knowledge: Knowledge) -> None:
    """The other half of each, and nothing else of the record."""
    (zone,) = ways("zone_lower", "ct_zone", knowledge)["denied"]
    (branching,) = ways("not ct_branching", "ct_branching", knowledge)["stated"]

    assert (zone.state, zone.value) == (State.ABSENT, "zone_lower")
    assert branching.state is State.PRESENT


def test_what_follows_of_a_fact_goes_with_it(knowledge: Knowledge) -> None:
    """A product is made of two values: without one it is not there."""
    text = "serum_calcium=2.3, serum_phosphate=1.1, ct_branching"
    day = datetime(2026, 1, 2, tzinfo=UTC)
    when = When("2026-01-02", day, day)
    sent = [
        replace(f, unit="mmol/L", when=when) for f in read_findings(text, knowledge)
    ]
    vocabulary = vocabulary_of(knowledge)
    record = [*sent, *derived_findings(sent, vocabulary)]
    found = {
        (change.fact.concept, change.how): {f.concept for f in change.findings}
        for change in changed_inputs(record, knowledge, vocabulary)
    }

    product = {"serum_calcium", "serum_phosphate", "calcium_phosphate_product"}
    assert {finding.concept for finding in record} == {*product, "ct_branching"}
    without = {"serum_phosphate", "ct_branching"}
    assert found["serum_calcium", "not on record"] == without
    assert found["ct_branching", "not on record"] == product
    moved = found["calcium_phosphate_product", "moved to 5.640"]
    assert moved == {*product, "ct_branching"}


def test_a_usual_limit_is_read_again(knowledge: Knowledge) -> None:
    """105 umol/L of creatinine is high in a woman, and open where sex is unknown."""
    text = "serum_creatinine=105, sex=sex_female"
    vocabulary = vocabulary_of(knowledge)
    record, _ = apply_usual_limits(read_findings(text, knowledge), vocabulary)
    flags = {
        change.how: {f.interpretation for f in change.findings}
        for change in changed_inputs(record, knowledge, vocabulary)
    }

    assert "interpretation_high" in {f.interpretation for f in record}
    assert flags["moved to 90"] == {"", "interpretation_normal"}
    (unknown,) = (
        {f.interpretation for f in change.findings}
        for change in changed_inputs(record, knowledge, vocabulary)
        if (change.fact.concept, change.how) == ("sex", "not on record")
    )
    assert unknown == {""}


def test_every_class_that_a_fact_can_give_is_tried(knowledge: Knowledge) -> None:
    """Concepts, coded values, cuts and pairs, each as it would be sent."""
    known: frozenset[str] = frozenset()
    vocabulary = vocabulary_of(knowledge)
    facts = [c.fact for c in added_inputs((), known, knowledge, vocabulary)]
    names = {name_of(fact, knowledge) for fact in facts}

    assert "Number of high-attenuation lung nodules >= 10" in names
    assert "Craniocaudal zone of the dense lesions = Lower zones" in names
    status = "Serum calcium against its reference range = Interpretation: high"
    assert status in names
    concepts = {fact.concept for fact in facts} | {fact.value for fact in facts}
    kinds = {knowledge.concepts[name].kind for name in knowledge.compiled.asserting}
    plain = [
        n
        for n in knowledge.compiled.asserting
        if knowledge.concepts[n].kind not in ("cut", "pair")
    ]
    assert {"cut", "pair", "value"} <= kinds
    assert set(plain) - concepts == set()


# --- the command ----------------------------------------------------------------------


def test_a_stale_page_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` writes nothing and ends with 1."""
    monkeypatch.setattr(command, "REFERENCE", tmp_path)
    page = tmp_path / "knowledge-coverage.md"

    assert command.main(["coverage", "--check"]) == 1
    assert "knowledge-coverage.md" in capsys.readouterr().err
    assert not page.exists()
    assert command.main(["coverage"]) == 0
    assert command.main(["coverage", "--check"]) == 0
