"""What a report says: sentences from the ontology, places filled by Python."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from service.model import (
    Conclusion,
    Interval,
    Justification,
    Source,
    State,
)
from service.wording import Wording, word_report
from service.wording.facts import fact_text, origin, safe
from service.wording.lexicon import Lexicon, open_lexicon
from service.wording.quantities import decide, interval_text, sent_text, weakest
from tests import samples

PHRASES = samples.ROOT / "ontology" / "edit" / "phrases" / "report.tsv"
NBSP = "\u00a0"


def words(language: str = "en", **changes: object) -> Wording:
    """The sample in words."""
    return word_report(
        samples.interpretation(**changes),
        samples.LEDGER,
        samples.knowledge(),
        language,
    )


def lexicon(language: str = "en") -> Lexicon:
    """The ontology in one language."""
    return open_lexicon(samples.knowledge(), language)


class TestFacts:
    """Findings as ontology.md section 6 asks."""

    def test_a_measure_says_value_threshold_and_canonical_value(self) -> None:
        """Sender's text, then the canonical value, then the cut that it meets."""
        found = fact_text(samples.SIZE, lexicon(), ("ct_nodule_max_diameter_lt_4",))

        assert found.endswith(
            f": 0.35 cm (= 3.5{NBSP}mm; < 4{NBSP}mm)".replace(
                "0.35 cm", f"0.35{NBSP}cm"
            )
        )

    def test_french_has_decimal_comma_and_no_break_spaces(self) -> None:
        """0,35 cm, and a no-break space before the colon and the semicolon."""
        found = fact_text(samples.SIZE, lexicon("fr"), ("ct_nodule_max_diameter_lt_4",))

        assert f"{NBSP}: 0,35{NBSP}cm (= 3,5{NBSP}mm{NBSP}; < 4{NBSP}mm)" in found

    def test_a_cut_that_is_not_met_shows_its_other_side(self) -> None:
        """3.5 mm against a cut above 5 mm: at most 5 mm."""
        found = fact_text(samples.SIZE, lexicon(), ("ct_nodule_max_diameter_gt_5",))

        assert f"≤ 5{NBSP}mm" in found

    def test_a_count_has_no_unit(self) -> None:
        """An annotation of UCUM is not printed."""
        assert fact_text(samples.COUNT, lexicon()).endswith(": 12")

    def test_an_interpretation_says_where_it_comes_from(self) -> None:
        """Sent, by range, or by usual limits."""
        found = fact_text(samples.CALCIUM, lexicon())

        assert "high by the usual adult limits" in found
        assert f"= 3.0938{NBSP}mmol/L" in found

    def test_absent_is_a_word_of_its_own(self) -> None:
        """Denied, never unknown."""
        assert fact_text(samples.NO_HONEYCOMBING, lexicon()).endswith(": absent")

    def test_a_coded_value_is_named(self) -> None:
        """By its label."""
        assert fact_text(samples.UIP, lexicon()).endswith(": UIP pattern on CT")

    def test_an_urn_is_shortened_for_a_reader(self) -> None:
        """Resource type and first block; other references as they are."""
        assert origin(samples.source(5)) == "Observation 00000005"
        assert origin(Source("Observation/1", "", "Observation")) == "Observation/1"

    def test_what_cannot_be_seen_is_spelled_out(self) -> None:
        """Escape sequences, bidirectional overrides, zero-width marks."""
        assert safe("a\x1b[31m\u202e\u200bb") == "a\\u001b[31m\\u202e\\u200bb"

    @pytest.mark.parametrize(
        ("sent", "printed"),
        [
            (">= 10 {count}", "≥ 10"),
            ("25 mm[Hg]", f"25{NBSP}mmHg"),
            ("6.1 %", "6.1%"),
            ("<5 mm", f"< 5{NBSP}mm"),
            ("many", "many"),
        ],
    )
    def test_units_are_printed_as_people_write_them(
        self, sent: str, printed: str
    ) -> None:
        """UCUM on the wire, print symbols on paper."""
        assert sent_text(sent, lexicon()) == printed

    def test_an_interval_shows_its_bounds(self) -> None:
        """Open and closed ones, one or two."""
        both = Interval(Decimal(1), Decimal(5), low_open=True)

        assert interval_text(both, "mm", lexicon()) == f"> 1{NBSP}mm, ≤ 5{NBSP}mm"
        assert interval_text(Interval(low=Decimal(10)), "{count}", lexicon()) == "≥ 10"


class TestCuts:
    """Which side of a cut an interval lies on."""

    @pytest.mark.parametrize(
        ("interval", "operator", "holds"),
        [
            (Interval(Decimal(4), Decimal(4)), "lt", False),
            (Interval(Decimal(4), Decimal(4)), "le", True),
            (Interval(Decimal(4), Decimal(4)), "ge", True),
            (Interval(Decimal(4), Decimal(4)), "gt", False),
            (Interval(low=Decimal(4), low_open=True), "gt", True),
            (Interval(low=Decimal(4)), "gt", None),
            (Interval(high=Decimal(4), high_open=True), "lt", True),
            (Interval(high=Decimal(4)), "lt", None),
            (Interval(high=Decimal(4), high_open=True), "ge", False),
            (Interval(), "ge", None),
        ],
    )
    def test_an_open_bound_decides(
        self, interval: Interval, operator: str, holds: bool | None
    ) -> None:
        """Against the cut at 4."""
        assert decide(interval, operator, Decimal(4)) is holds

    def test_the_easiest_of_several_cuts_is_named(self) -> None:
        """Under 4 mm says more than under 1 mm; each side for itself."""
        cuts = [
            "ct_nodule_max_diameter_lt_1",
            "ct_nodule_max_diameter_lt_4",
            "ct_nodule_count_ge_10",
            "ct_nodule_count_ge_5",
            "ct_branching",
        ]

        assert weakest(cuts, lexicon()) == [
            "ct_nodule_max_diameter_lt_4",
            "ct_nodule_count_ge_5",
            "ct_branching",
        ]


class TestReport:
    """The parts of a report."""

    def test_the_criterion_says_by_which_definition(self) -> None:
        """And names its facts with their thresholds."""
        criterion = words().criterion
        first = criterion.points[0]

        assert criterion.short == "the criterion is met: Egashira 2017, definition 1"
        assert any("≥ 10" in fact.text for fact in first.facts)
        assert any(f"< 4{NBSP}mm" in fact.text for fact in first.facts)

    def test_points_for_are_sentences_of_the_criteria_table(self) -> None:
        """Written by a person, not put together."""
        point = words().entries[0].points_for[0]

        assert point.text.startswith("A UIP or probable UIP pattern")

    def test_a_fact_that_repeats_its_criterion_is_left_out(self) -> None:
        """The sentence has said it."""
        lesions = words().entries[0].points_for[1]

        assert lesions.facts == ()

    def test_against_and_missing_are_told_apart(self) -> None:
        """What speaks against, what is needed and unknown, what could still."""
        reflux = words().entries[1]

        assert [point.criterion for point in reflux.points_against] == ["crit_uip"]
        assert [point.criterion for point in reflux.points_missing] == [
            "crit_reflux_or_aspiration"
        ]
        assert [point.criterion for point in reflux.points_open] == [
            "crit_reflux_ruled_out"
        ]

    def test_a_contributor_and_a_contested_grade_say_so(self) -> None:
        """Beside the grade."""
        notes = " ".join(words().entries[1].notes)

        assert "Contributor" in notes
        assert "Contested" in notes

    def test_an_outweighed_hypothesis_is_overridden(self) -> None:
        """All needs present, something against: overridden, by what."""
        needs = replace(samples.UIP_CAUSE.criteria[0], findings=())
        against = samples.criterion(
            "crit_fluffy_upper_zone", "contradicting", State.PRESENT
        )
        weak = replace(
            samples.UIP_CAUSE, grade="grade_possible", criteria=(needs, against)
        )
        (entry,) = words(differential=(weak,)).entries

        assert "Fluffy upper-zone" in entry.overridden

    def test_unverified_sources_are_marked(self) -> None:
        """Proposals of the project and unread sources say what they are."""
        axioms = dict(words().assessment.proof.axioms)

        assert axioms["ba9876543210"] == (
            "[D (proposal of this project), U-M (not verified)]"
        )

    def test_the_vetoes_that_were_looked_for_are_named(self) -> None:
        """One by one where one class stands for several, without what it is not."""
        veto = Justification(looked_for=("biopsy_vetoed", "biopsy_spared"))
        biopsy = Conclusion("biopsy_advice", "biopsy_may_be_avoided", veto)
        details = " ".join(words(biopsy=biopsy).biopsy.details)

        assert "Fever" in details
        assert "Malignant neoplasm" in details
        assert "without a biopsy" not in details

    def test_only_vetoes_that_would_change_the_advice_are_unknown(self) -> None:
        """Of those looked for, the ones that the record does not mention."""
        veto = Justification(looked_for=("biopsy_vetoed",))
        biopsy = Conclusion("biopsy_advice", "biopsy_may_be_avoided", veto)
        unknown = words(biopsy=biopsy).biopsy.details[1]

        assert unknown.endswith("Malignant neoplasm (cancer).")

    def test_a_conflict_names_who_states_and_who_denies(self) -> None:
        """And what it leaves contested."""
        (dispute,) = words().disputes

        assert "stated (Observation 00000005)" in dispute.text
        assert "denied (Observation 0000000b)" in dispute.text
        assert "the pattern" in dispute.text

    def test_tests_say_what_they_would_decide(self) -> None:
        """Needs of a candidate, else open points; surveillance decides nothing."""
        echo, reflux, follow_up = words().steps

        assert "Mitral stenosis" in echo.text
        assert "the need of chronic aspiration" in reflux.text
        assert follow_up.is_surveillance
        assert "decides no cause" in follow_up.text

    def test_unknowns_of_one_effect_stand_together(self) -> None:
        """What would change an answer, most changes first."""
        first, *others = words().near_misses

        assert first.startswith("Finding Wedge pressure of 20 mmHg or more would mean")
        assert len(others) == 2

    def test_sources_come_with_their_depth(self) -> None:
        """In natural order, those named in a sentence too."""
        citations = words().citations

        assert [item.id for item in citations][:2] == ["F00", "F01"]
        assert citations[1].depth.startswith("read: abstract")
        assert "F13" in [item.id for item in citations]

    def test_treatment_is_told_of_a_supported_assessment_only(self) -> None:
        """By the phrases that the assessment has."""
        refused = Conclusion("dpo_assessment", "dpo_not_supported", Justification())

        assert "No treatment has proven benefit" in words().advice[0]
        assert words(assessment=refused).advice == ()

    def test_the_conclusion_names_what_speaks_against(self) -> None:
        """Criterion, pattern, leading explanation, against, next, caveat."""
        against = samples.criterion(
            "crit_fluffy_upper_zone", "contradicting", State.PRESENT
        )
        first = replace(
            samples.UIP_CAUSE, criteria=(*samples.UIP_CAUSE.criteria, against)
        )
        found = words(differential=(first,)).conclusion

        assert "Against it: Fluffy upper-zone opacities: present." in found
        assert found.startswith("Suggested: ")
        assert "not a medical device" in found

    def test_an_undecided_criterion_says_what_would_decide_it(self) -> None:
        """On the first lines and in the conclusion."""
        open_one = Conclusion(
            "dpo_criterion", "criterion_indeterminate", Justification()
        )
        definitions = tuple(
            replace(row, state=State.UNKNOWN, holds=None) for row in samples.DEFINITIONS
        )
        found = words(criterion=open_one, definitions=definitions)

        assert "decisive and not on record: Wedge pressure" in found.criterion.short
        assert "decisive and not on record: Wedge pressure" in found.conclusion

    def test_nothing_known_is_said_in_words(self) -> None:
        """No candidate, no test, no conflict: still a report."""
        found = word_report(samples.nothing_known(), (), samples.knowledge(), "en")

        assert "neither affirmed nor set aside" in found.headline
        assert (
            found.leading == "No cause or mimic is likely or possible on this record."
        )

    def test_both_languages_say_the_same_things(self) -> None:
        """Each part of one has its counterpart in the other."""
        english, french = words("en"), words("fr")

        for part in ("entries", "steps", "missing", "near_misses", "citations"):
            assert len(getattr(english, part)) == len(getattr(french, part))

    def test_the_ledger_is_counted(self) -> None:
        """Used, ignored, refused, then the remarks."""
        assert words().ledger[0] == "Entries: 2 used, 1 ignored, 0 refused."
        assert "Bundle.entry[12].resource.status: Ignored." in words().ledger[1]


def phrases() -> list[dict[str, str]]:
    """The rows of the report's phrases."""
    with PHRASES.open(encoding="utf-8") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


class TestPhrases:
    """The table of phrases itself."""

    def test_both_languages_have_the_same_places(self) -> None:
        """No place is lost in translation."""
        for row in phrases():
            places = [
                sorted(re.findall(r"\{\w+\}", row[key]))
                for key in ("text_en", "text_fr")
            ]
            assert places[0] == places[1], row["id"]

    def test_french_punctuation_has_no_break_spaces(self) -> None:
        """Never an ordinary space before a double mark, never none."""
        for row in phrases():
            assert not re.search(r" [:;?!%»]", row["text_fr"]), row["id"]
            assert not re.search(r"\w[;?!]", row["text_fr"]), row["id"]

    def test_ids_are_unique_and_sorted(self) -> None:
        """So that a difference can be read."""
        ids = [row["id"] for row in phrases()]

        assert ids == sorted(set(ids))

    def test_no_em_dash_is_used(self) -> None:
        """House rule."""
        assert "\u2014" not in PHRASES.read_text(encoding="utf-8")
