"""What follows from the findings, and what is set aside when they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model import Entailments, Finding, Source, State
from service.reasoning.evaluation import evaluate
from service.reasoning.knowledge import Knowledge
from tests.shorthand import absent, finding, measure
from tests.toy import toy_knowledge

TOY = toy_knowledge()
THINGS = ("blue", "crimson", "dense", "red", "spiky")
findings_of_toy = st.lists(
    st.one_of(
        st.sampled_from(THINGS).map(finding),
        st.sampled_from(THINGS).map(absent),
        st.sampled_from(["tone_low", "tone_high"]).map(
            lambda value: finding("tone", value=value)
        ),
        st.builds(
            lambda sign, number: measure("size", f"{sign} {number}"),
            st.sampled_from(["=", ">=", ">", "<=", "<"]),
            st.sampled_from(["9.9", "10", "10.1"]),
        ),
    ),
    max_size=7,
)


def evaluated(*findings: Finding) -> Entailments:
    return evaluate(findings, TOY)


def value(entailments: Entailments, choice: str) -> str | None:
    return dict(entailments.values).get(choice)


def test_kind_of_a_finding_is_that_finding() -> None:
    """What holds of a narrower concept holds of the wider one."""
    assert "present_red" in evaluated(finding("crimson")).classes


def test_denied_wider_concept_denies_the_narrower() -> None:
    """Absence goes down the hierarchy."""
    assert "excluded_crimson" in evaluated(absent("red")).classes


def test_denied_narrower_concept_leaves_the_wider_unknown() -> None:
    """Absence never goes up the hierarchy."""
    assert evaluated(absent("crimson")).classes.isdisjoint(
        {"present_red", "excluded_red"}
    )


def test_value_brings_its_finding_along() -> None:
    """A coded value is a kind of its finding."""
    assert "present_tone" in evaluated(finding("tone", value="tone_low")).classes


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("= 10", "present_size_ge_10"),
        ("= 9.9", "present_size_lt_10"),
        (">= 10", "present_size_ge_10"),
        ("> 10", "present_size_ge_10"),
        ("< 10", "present_size_lt_10"),
        ("<= 9.9", "present_size_lt_10"),
    ],
)
def test_interval_that_decides_a_cut_gives_its_side(sent: str, expected: str) -> None:
    """Bounds count with their comparator."""
    sides = {"present_size_ge_10", "present_size_lt_10"}

    assert {expected} == sides & set(evaluated(measure("size", sent)).classes)


@pytest.mark.parametrize("sent", ["<= 10", ">= 9.9", "> 9.9", "< 10.1"])
def test_interval_that_does_not_decide_a_cut_leaves_it_unknown(sent: str) -> None:
    """An open question stays open."""
    sides = {"present_size_ge_10", "present_size_lt_10"}

    assert sides.isdisjoint(evaluated(measure("size", sent)).classes)


def test_empty_record_gives_the_defaults() -> None:
    """Without findings each choice with a default reports it and no grade exists."""
    values = dict(evaluated().values)

    assert values == {
        "assessment": "unsure",
        "criterion": "open",
        "form": "form_open",
        "mix": "plain",
        "sampling": "sampling_open",
    }


def test_option_is_reported_unless_overridden() -> None:
    """The overrider of an option takes its value away."""
    stated = (finding("dense"), measure("size", "= 12"))
    values = [
        value(evaluated(*stated), "criterion"),
        value(evaluated(*stated, finding("blue")), "criterion"),
    ]

    assert values == ["met", "open"]


def test_value_of_a_choice_is_asserted() -> None:
    """Later strata build on what earlier ones report."""
    found = evaluated(finding("dense"), measure("size", "= 12"))

    assert value(found, "assessment") == "supported"


def test_option_of_lower_order_wins() -> None:
    """A weakened hypothesis is possible although it is established."""
    found = evaluated(
        finding("dense"), finding("red"), measure("size", "= 12"), finding("blue")
    )

    assert value(found, "grade_cause_red") == "grade_possible"


def test_stated_and_denied_are_set_aside() -> None:
    """No conclusion rests on a finding that another one contradicts."""
    found = evaluated(finding("dense"), finding("spiky"), absent("spiky"))

    assert {"spiky"} == {f.concept for f in found.set_aside}
    assert "present_spiky" not in found.classes


def test_values_before_setting_aside_are_kept() -> None:
    """The first pass uses all findings."""
    found = evaluated(finding("spiky"), absent("spiky"))

    assert dict(found.first_values)["form"] == "form_spiky"


def test_two_exclusive_values_are_a_conflict() -> None:
    """An exclusive finding has one value a case."""
    low, high = (finding("tone", value=v) for v in ("tone_low", "tone_high"))

    assert (("tone", (high, low)),) == evaluated(low, high).conflicts


def test_numbers_that_do_not_meet_are_a_conflict() -> None:
    """Two values of one quantity disagree even where no cut separates them."""
    found = evaluated(measure("size", "= 12"), measure("size", "= 13"))

    assert len(found.set_aside) == 2


def test_numbers_that_meet_are_no_conflict() -> None:
    """A value inside a range agrees with it."""
    found = evaluated(measure("size", "= 12"), measure("size", ">= 10"))

    assert found.set_aside == ()


def test_open_bound_does_not_meet_its_own_number() -> None:
    """More than 12 is not 12."""
    found = evaluated(measure("size", "= 12"), measure("size", "> 12"))

    assert len(found.set_aside) == 2


def test_conflict_is_asserted_in_the_second_pass() -> None:
    """That the data disagree stays known when the findings are gone."""
    found = evaluated(finding("spiky"), absent("spiky"))

    assert value(found, "sampling") == "sample"


def test_unrelated_findings_stay_in_a_conflict() -> None:
    """Only the findings of a minimal conflict are set aside."""
    found = evaluated(finding("crimson"), finding("spiky"), absent("spiky"))

    assert "present_red" in found.classes


@given(findings_of_toy, st.randoms(use_true_random=False))
def test_order_of_the_findings_does_not_matter(
    findings: list[Finding], random: Random
) -> None:
    """The outcome is the same for every order."""
    mixed = list(findings)
    random.shuffle(mixed)

    assert evaluated(*findings) == evaluated(*mixed)


@given(findings_of_toy)
def test_unknown_finding_changes_nothing(findings: list[Finding]) -> None:
    """What is unknown is as if it were not there."""
    unknown = Finding("spiky", State.UNKNOWN, (Source("x", "y"),))

    assert evaluated(*findings) == evaluated(*findings, unknown)


@given(findings_of_toy)
def test_no_class_of_the_second_pass_contradicts_another(
    findings: list[Finding],
) -> None:
    """After setting aside, nothing is both present and absent."""
    classes = evaluated(*findings).classes
    stated = {name.removeprefix("present_") for name in classes}

    assert [x for x in stated if {f"present_{x}", f"excluded_{x}"} <= classes] == []


@given(data=st.data())
def test_shipped_rules_do_not_depend_on_the_order(
    data: st.DataObject, knowledge: Knowledge
) -> None:
    """The same on the shipped ontology, with any stated or denied concepts."""
    concepts = st.sampled_from(sorted(knowledge.compiled.asserting))
    stated: Sequence[Finding] = data.draw(
        st.lists(concepts.map(finding) | concepts.map(absent), max_size=12)
    )

    assert evaluate(stated, knowledge) == evaluate(stated[::-1], knowledge)


def test_denying_a_shared_value_denies_it_of_that_finding(
    knowledge: Knowledge,
) -> None:
    """A calcium that is explicitly not normal is not silently dropped."""
    pairs = [
        (concept.id, value)
        for concept in knowledge.concepts.values()
        for value in concept.allowed_values
        if f"excluded_{concept.id}_{value}" in knowledge.compiled.bits
    ]
    assert pairs

    for concept, value in pairs:
        denied = Finding(concept, State.ABSENT, (), value=value)
        found = evaluate((denied,), knowledge).classes
        assert f"excluded_{concept}_{value}" in found
