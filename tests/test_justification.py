"""Each reported value has a minimal justification, each criterion its state."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from service.errors import Unjustified
from service.model import Case, Conclusions, Finding, Justification, State
from service.reasoning.evaluation import evaluate, reported
from service.reasoning.explanation import Lack, explain
from service.reasoning.justification import justify
from service.reasoning.knowledge import Knowledge
from service.reasoning.reasoned import Reasoned, reason
from service.reasoning.reasons import justify_choice, justify_class
from service.reasoning.seeds import seed_of
from tests.shorthand import absent, finding, measure, read_findings
from tests.test_acceptance import read_rows
from tests.test_evaluation import TOY, findings_of_toy

LARGE = measure("size", "= 12")


def conclusions_of(*findings: Finding) -> Conclusions:
    return justify(Case("x", findings=findings), evaluate(findings, TOY), TOY)


def concepts_of(justification: Justification) -> list[str]:
    return [finding.concept for finding in justification.findings]


def derives(justification: Justification, goal: str, reasoned: Reasoned) -> bool:
    """Whether the findings and axioms of a justification, and no others, give a class.

    Written anew on names, so that it shares nothing with the code that it judges; a
    choice may assert the value that the case reports.
    """
    knowledge = reasoned.knowledge
    axioms = {axiom.id for axiom in justification.axioms}
    held = set()
    for one in justification.findings:
        held |= about_finding(one, axioms, knowledge)
    chosen = dict(reported(reasoned.evaluation.second.chosen))
    before = -1
    while len(held) > before:
        before = len(held)
        for rule in knowledge.rules:
            if rule.axiom.id in axioms and held.issuperset(rule.body):
                held.add(rule.head)
        for choice in knowledge.choices.values():
            options = [*choice.options, *([choice.default] if choice.default else [])]
            for option in options:
                is_reported = chosen.get(choice.id) == option.reports
                if is_reported and (not option.name or option.name in held):
                    held.add(option.asserts)
    return goal in held


def about_finding(one: Finding, axioms: set[str], knowledge: Knowledge) -> set[str]:
    if one.state is State.ABSENT:
        return {f"excluded_{one.concept}"}
    return {
        knowledge.compiled.names[bit]
        for bit, used in seed_of(one, knowledge.compiled).entries
        if {axiom.id for axiom in used} <= axioms
    }


def test_assessment_names_the_findings_that_decide() -> None:
    """A finding that plays no part in a conclusion is not in its justification."""
    found = conclusions_of(finding("dense"), LARGE, finding("spiky"))

    assert concepts_of(found.assessment.justification) == ["dense", "size"]


def test_justification_holds_the_axioms_about_the_finding() -> None:
    """The cut and the assertion about the case are part of the proof."""
    found = conclusions_of(finding("dense"), LARGE)
    ids = {axiom.id for axiom in found.criterion.justification.axioms}

    cuts = TOY.compiled.cuts["size"].below
    assert {cuts[0].axiom.id, TOY.compiled.asserting["size_ge_10"].id} <= ids


def test_choice_names_what_it_looked_for_in_vain() -> None:
    """Overriders and earlier options that were not found are told."""
    found = conclusions_of(finding("dense"), LARGE, absent("blue"))
    justification = found.assessment.justification

    assert {"mimic_likely", "assess_mimic", "present_blue"} == set(
        justification.looked_for
    )


def test_what_the_record_does_not_mention_is_told_apart() -> None:
    """Looked for and denied is not the same as looked for and not on record."""
    denied = conclusions_of(finding("dense"), LARGE, absent("blue"))
    silent = conclusions_of(finding("dense"), LARGE)

    assert "present_blue" not in denied.criterion.justification.not_on_record
    assert "present_blue" in silent.criterion.justification.not_on_record


def test_default_rests_on_what_was_not_found() -> None:
    """A default has no findings; its options were looked for."""
    justification = conclusions_of().criterion.justification

    assert (
        justification.findings,
        justification.looked_for,
    ) == ((), ("met_size", "failed"))


def test_outweighed_option_is_overridden_not_missing() -> None:
    """An option that holds but is outweighed is told with what outweighs it."""
    found = conclusions_of(finding("dense"), LARGE, finding("blue"))

    assert found.criterion.justification.overridden == (("met_size", "present_blue"),)


def test_finding_that_keeps_an_overrider_away_is_named() -> None:
    """Where the other findings alone would be outweighed, what prevents it is told."""
    findings = [finding("dense"), finding("blue"), finding("spiky"), finding("red")]
    justification = justify_choice("mix", reason(findings, TOY))

    assert concepts_of(justification) == ["blue", "dense", "spiky"]


def test_pattern_is_not_sent_with_a_negative_assessment() -> None:
    """A form of something that is not there is not reported."""
    found = conclusions_of(
        finding("dense"), finding("blue"), finding("tone", value="tone_low")
    )

    assert (found.assessment.value, found.pattern) == ("refused", None)


def test_definition_has_its_state_and_findings() -> None:
    """Each definition is reported with the findings behind its state."""
    (definition,) = conclusions_of(finding("dense"), LARGE).definitions

    assert State.PRESENT is definition.state
    assert [f.concept for f in definition.findings] == ["dense", "size"]


def test_value_that_findings_set_aside_would_change_is_contested() -> None:
    """A value that differs between the passes is shown with the other one."""
    found = conclusions_of(finding("spiky"), absent("spiky"))

    assert found.pattern
    assert (
        found.pattern.value,
        found.pattern.contested,
    ) == ("form_open", ("form_spiky",))


def test_conflict_names_only_what_its_own_findings_move() -> None:
    """Of two conflicts each is told with the results that it leaves contested."""
    found = conclusions_of(
        finding("spiky"), absent("spiky"), finding("crimson"), absent("crimson")
    )

    contested = {conflict.concept: conflict.contested for conflict in found.conflicts}
    assert ({"crimson", "spiky"}, ()) == (set(contested), contested["crimson"])
    assert "form" in contested["spiky"]


def test_finding_set_aside_is_conflicting() -> None:
    """What only contradicting findings speak of is neither unknown nor known."""
    found = conclusions_of(
        finding("dense"), finding("blue"), finding("spiky"), absent("spiky")
    )
    (candidate,) = found.differential
    states = {state.criterion: state for state in candidate.criteria}

    assert State.CONFLICTING is states["spiky"].state
    assert len(states["spiky"].findings) == 2


def test_conflict_is_the_justification_of_what_follows_from_it() -> None:
    """The findings that disagree are why the data are in conflict."""
    found = conclusions_of(finding("spiky"), absent("spiky"))

    assert concepts_of(found.biopsy.justification) == ["spiky", "spiky"]


def test_entailments_of_another_case_are_not_explained() -> None:
    """A conclusion that does not follow from the case is our defect."""
    case = Case("x", findings=(finding("spiky"),))

    with pytest.raises(Unjustified):
        justify(case, evaluate((), TOY), TOY)


@given(findings_of_toy)
def test_dropping_a_finding_loses_what_it_justifies(findings: list[Finding]) -> None:
    """Every class follows from its justification and from no fewer findings."""
    reasoned = reason(findings, TOY)
    if any(not dispute.clash for dispute in reasoned.evaluation.disputes):
        return  # numbers that do not meet are a conflict without an axiom
    for name in evaluate(findings, TOY).classes:
        justification = justify_class(name, reasoned)
        assert derives(justification, name, reasoned)
        for one in justification.findings:
            rest = tuple(f for f in justification.findings if f is not one)
            assert not derives(replace(justification, findings=rest), name, reasoned)


@given(findings_of_toy)
def test_findings_of_a_justification_alone_give_the_value(
    findings: list[Finding],
) -> None:
    """A reported value follows from the findings of its justification alone."""
    reasoned = reason(findings, TOY)
    values = dict(evaluate(findings, TOY).values)
    if reasoned.evaluation.disputes:
        return
    for choice, value in values.items():
        alone = justify_choice(choice, reasoned).findings
        assert value == dict(evaluate(alone, TOY).values)[choice]


@pytest.mark.parametrize(
    "row", read_rows("acceptance.tsv"), ids=lambda r: r["findings"]
)
def test_justifications_of_the_shipped_rules_stand_alone(
    row: dict[str, str], knowledge: Knowledge
) -> None:
    """On every acceptance example each value follows from its justification alone."""
    findings = read_findings(row["findings"], knowledge)
    reasoned = reason(findings, knowledge)
    if reasoned.evaluation.disputes:
        return
    values = dict(evaluate(findings, knowledge).values)
    for choice, value in values.items():
        alone = justify_choice(choice, reasoned).findings
        assert value == dict(evaluate(alone, knowledge).values)[choice]


def test_explanation_tells_unknown_from_denied() -> None:
    """Why not: a condition that is not on record is not one that is denied."""
    findings = (finding("dense"), absent("red"))
    case = Case("x", findings=findings)
    explained = explain(case, evaluate(findings, TOY), TOY, "crit_large_red")

    (way,) = explained.against
    lacks = {obstacle.concept: obstacle.lack for obstacle in way.obstacles}
    assert lacks == {"red": Lack.ABSENT, "size_ge_10": Lack.UNKNOWN}


def test_explanation_tells_what_outweighs() -> None:
    """Why not: an option that holds is overridden, by what stands there."""
    findings = (finding("dense"), LARGE, finding("blue"))
    case = Case("x", findings=findings)
    explained = explain(case, evaluate(findings, TOY), TOY, "criterion")

    obstacles = [o for way in explained.against for o in way.obstacles]
    assert (Lack.OVERRIDDEN, "present_blue") in [(o.lack, o.by) for o in obstacles]


def test_explanation_tells_what_would_change_a_value() -> None:
    """What next: near misses that change it and tests about it."""
    findings = (finding("dense"), finding("red"))
    case = Case("x", findings=findings)
    explained = explain(case, evaluate(findings, TOY), TOY, "cause_red")

    assert "size_ge_10" in {miss.concept for miss in explained.next}
    assert "test_ruler" in {advice.test for advice in explained.tests}


def test_stranger_is_not_explained() -> None:
    """A word that the ontology does not have is an error of the caller."""
    with pytest.raises(KeyError):
        explain(Case("x"), evaluate((), TOY), TOY, "nothing")
