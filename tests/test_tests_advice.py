"""Which tests are recommended, in which order, and for what."""

from __future__ import annotations

from service.model import Advice, Finding, State
from service.reasoning.justification import conclude
from service.reasoning.knowledge import Knowledge
from service.reasoning.reasoned import reason
from tests.shorthand import absent, finding, measure, read_findings
from tests.test_evaluation import TOY

DENSE, LARGE = finding("dense"), measure("size", "= 12")


def advice_of(*findings: Finding) -> list[Advice]:
    return list(conclude(reason(findings, TOY)).tests)


def names(advice: list[Advice]) -> list[str]:
    return [one.test for one in advice]


def test_test_that_decides_an_open_point_comes_first() -> None:
    """What would contradict a likely candidate is an open point."""
    leading = advice_of(DENSE, finding("spiky"))[0]

    assert (leading.test, leading.open_points) == ("test_colour", ("crimson",))


def test_record_without_a_lesion_asks_for_the_first_test() -> None:
    """On a record without any lesion the test so marked comes first."""
    assert names(advice_of())[0] == "test_ruler"


def test_last_resort_stands_behind_everything() -> None:
    """It comes last, whatever it decides."""
    assert names(advice_of(DENSE, LARGE))[-1] == "test_cut"


def test_surveillance_is_added_to_a_supported_assessment() -> None:
    """Surveillance decides nothing and says so."""
    (found,) = [a for a in advice_of(DENSE, LARGE) if a.test == "test_look_again"]

    assert (found.is_surveillance, found.decides) == (True, ())


def test_surveillance_needs_a_supported_assessment() -> None:
    """Otherwise there is nothing to watch."""
    assert "test_look_again" not in names(advice_of(DENSE))


def test_test_that_can_do_nothing_is_not_sent() -> None:
    """With everything decided the ruler has nothing to measure."""
    assert "test_ruler" not in names(advice_of(DENSE, LARGE))


def test_decided_criteria_are_told_with_their_state() -> None:
    """Only what is still open is what a test would decide."""
    (found,) = [a for a in advice_of(DENSE, finding("red")) if a.test == "test_colour"]

    assert ("blue", State.UNKNOWN) in found.decides
    assert "red" not in dict(found.decides)


def test_fact_set_aside_is_an_open_point() -> None:
    """A test that settles a conflict has something to decide."""
    found = advice_of(DENSE, finding("spiky"), absent("spiky"))
    (cut,) = [advice for advice in found if advice.test == "test_cut"]

    assert (
        cut.open_points,
        cut.decides[0],
    ) == (("spiky",), ("spiky", State.CONFLICTING))


def test_unlisted_hypothesis_appears_as_what_a_test_would_decide() -> None:
    """Hypotheses without a need on record are named by the tests."""
    (found,) = [a for a in advice_of(DENSE) if a.test == "test_colour"]

    assert {"cause_red", "mimic_blue"} <= set(found.hypotheses)


def test_ranks_count_from_one() -> None:
    """Tests have ranks of their own, without ties."""
    found = advice_of(DENSE, LARGE)

    assert list(range(1, len(found) + 1)) == [advice.rank for advice in found]


def test_first_test_of_an_empty_record_is_the_scan(knowledge: Knowledge) -> None:
    """On the shipped rules an empty record asks for the test marked as first."""
    (first, *_) = conclude(reason((), knowledge)).tests

    assert knowledge.tests[first.test].is_first_without_lesion


def test_biopsy_is_the_last_test(knowledge: Knowledge) -> None:
    """On the shipped rules the last resort is the last of all."""
    findings = read_findings("E + mitral_stenosis", knowledge)
    (*_, last) = conclude(reason(findings, knowledge)).tests

    assert knowledge.tests[last.test].is_last_resort
