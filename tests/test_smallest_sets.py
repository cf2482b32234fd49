"""The smallest sets of unknown facts that would change a conclusion, and distances."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import pytest

from service.model import Case, Finding, State
from service.reasoning.compiled import EXCLUDED, PRESENT
from service.reasoning.evaluation import evaluate
from service.reasoning.explanation import Explanation, Lack, explain
from service.reasoning.knowledge import Knowledge
from service.reasoning.reasoned import Reasoned, reason, state_of
from service.reasoning.smallest_sets import (
    SIZE,
    FactSet,
    as_finding,
    leading_of,
    sets_for,
    sets_for_leading,
)
from service.wording.lexicon import open_lexicon
from tests.shorthand import absent, finding, read_findings
from tests.test_evaluation import TOY

CASES = ("0", "E", "U", "M", "R + shape_fluffy", "E + ct_branching, not ct_branching")


def facts_of(sets: tuple[FactSet, ...]) -> set[frozenset[str]]:
    """Each set as classes of cases."""
    half = {State.PRESENT: PRESENT, State.ABSENT: EXCLUDED}
    return {frozenset(half[state] + c for c, state in each.facts) for each in sets}


def leads(reasoned: Reasoned, facts: FactSet, size: int) -> set[tuple[str, str]]:
    """What leads with each part of the facts of one size."""
    case = [*reasoned.evaluation.kept]
    case += [f for d in reasoned.evaluation.disputes for f in d.findings]
    half = {State.PRESENT: PRESENT, State.ABSENT: EXCLUDED}
    names = [half[state] + concept for concept, state in facts.facts]
    return {
        leading_of(reason((*case, *map(as_finding, part)), reasoned.knowledge))
        for part in combinations(names, size)
    }


@pytest.mark.parametrize("text", CASES)
def test_a_set_changes_what_leads_and_no_part_of_it_does(
    text: str, knowledge: Knowledge
) -> None:
    """Of unknown facts only, and evaluated forwards, whatever found them."""
    reasoned = reason(read_findings(text, knowledge), knowledge)
    before = leading_of(reasoned)
    for each in sets_for_leading(reasoned):
        whole = len(each.facts)

        assert 1 <= whole <= SIZE
        assert {state_of(c, reasoned) for c, _ in each.facts} == {State.UNKNOWN}
        assert leads(reasoned, each, whole) == {each.after} != {before}
        assert all(leads(reasoned, each, n) == {before} for n in range(1, whole))


def test_facts_that_change_something_together_only_are_a_set() -> None:
    """Two conditions are lacking, and neither does it alone."""
    reasoned = reason([finding("dense")], TOY)
    found = facts_of(sets_for("cause_red", reasoned))

    assert frozenset({"present_red", "present_size_ge_10"}) in found


def test_one_fact_that_does_it_alone_is_in_no_larger_set(
    knowledge: Knowledge,
) -> None:
    """Whichever way each of them was found: what is spare is left out."""
    reasoned = reason(read_findings("E", knowledge), knowledge)
    found = facts_of(sets_for("dpo_assessment", reasoned))

    assert {1, 2} <= {len(facts) for facts in found}
    assert not any(one < other for one in found for other in found)


def test_what_is_on_record_is_not_asked_for() -> None:
    """Neither a fact nor its opposite."""
    reasoned = reason([finding("dense"), absent("red")], TOY)
    found = facts_of(sets_for("cause_red", reasoned))

    assert not any("red" in name for facts in found for name in facts)


def explained(concept: str, *findings: Finding) -> Explanation:
    """The explanation of a concept in the toy ontology."""
    return explain(Case("x", findings=findings), evaluate(findings, TOY), TOY, concept)


def shipped(concept: str, text: str, knowledge: Knowledge) -> Explanation:
    """The explanation of a concept of the shipped ontology."""
    findings = read_findings(text, knowledge)
    case = Case("x", findings=findings)
    return explain(case, evaluate(findings, knowledge), knowledge, concept)


def test_a_missed_threshold_has_a_distance(knowledge: Knowledge) -> None:
    """Nine nodules are one short of ten."""
    found = shipped("definition_egashira_1", "E + ct_nodule_count=9", knowledge)

    assert found.nearest is not None
    gap = found.nearest.gap
    assert gap is not None
    assert (gap.quantity, gap.operator, gap.bound) == (
        "ct_nodule_count",
        "ge",
        Decimal(10),
    )
    assert (gap.size, gap.unit) == (Decimal(1), "{count}")
    assert (found.nearest.failed, found.nearest.unknown) == (1, 0)


def test_the_smallest_distance_is_told_first(knowledge: Knowledge) -> None:
    """Of two thresholds that are missed the nearer one, in parts of the bound."""
    text = (
        "E + ct_nodule_count=1, ct_nodule_max_diameter=4.1, ct_nodule_min_diameter=4.1"
    )
    found = shipped("definition_egashira_1", text, knowledge)

    assert found.nearest is not None
    assert found.nearest.gap is not None
    assert found.nearest.gap.size == Decimal("0.1")


def test_a_need_that_is_missed_has_a_distance(knowledge: Knowledge) -> None:
    """Behind a composite criterion, too."""
    found = shipped("mimic_solitary_calcified_nodule", "E", knowledge)

    assert found.nearest is not None
    assert found.nearest.name == "present_crit_single_nodule"
    assert found.nearest.gap is not None
    assert found.nearest.gap.size == Decimal(10)


def test_what_is_denied_without_a_number_has_no_distance() -> None:
    """It is told which condition fails, and how many do."""
    found = explained("crit_large_red", finding("dense"), absent("red"))

    assert found.nearest is not None
    assert (found.nearest.name, found.nearest.gap) == ("present_red", None)
    assert (found.nearest.failed, found.nearest.unknown) == (1, 1)


def test_the_nearest_way_comes_first(knowledge: Knowledge) -> None:
    """Fewer failed conditions first, then fewer that lack."""
    found = shipped("dpo_criterion", "E + not ct_bilateral", knowledge)
    distances = [way.distance for way in found.against]

    assert distances == sorted(distances)


def test_what_holds_and_speaks_against_is_a_reason_why_not(
    knowledge: Knowledge,
) -> None:
    """Not only what fails or is open."""
    found = shipped("cause_mitral_stenosis", "M + echo_normal", knowledge)
    against = {r.criterion for r in found.criteria if r.holds}

    assert against
    assert all(
        r.role in ("contradicting", "excluding") for r in found.criteria if r.holds
    )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_unknown_false_and_defeated_have_words_of_their_own(
    language: str, knowledge: Knowledge
) -> None:
    """Three ways not to count, never mixed, in both languages."""
    lexicon = open_lexicon(knowledge, language)
    words = {
        lexicon.say(f"word_lack_{lack.value}")
        for lack in Lack
        if lack is not Lack.OVERRIDDEN
    }
    words.add(lexicon.say("line_obstacle_overridden", label="", by=""))

    assert len(words) == len(Lack)
