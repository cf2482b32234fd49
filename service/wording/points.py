"""A criterion in this case as a sentence, from `criteria.tsv` and the phrase rows."""

from __future__ import annotations

from service.model import CriterionState, State
from service.wording.facts import tell_facts
from service.wording.lexicon import Lexicon
from service.wording.shape import Point


def tell_point(row: CriterionState, hypothesis: str, lexicon: Lexicon) -> Point:
    """The row of a hypothesis in words.

    A row that holds says the sentence of the criteria table, which was written for
    that; any other says the label of the criterion and its state.
    """
    return Point(
        criterion=row.criterion,
        label=lexicon.label(row.criterion),
        short=lexicon.say(
            "line_state_of",
            label=lexicon.label(row.criterion),
            state=lexicon.state(row.state),
        ),
        text=point_text(row, hypothesis, lexicon),
        state=row.state,
        role=row.role,
        facts=tuple(
            fact
            for finding in row.findings
            for fact in tell_facts([finding], lexicon, row.criterion)
            if not (fact.is_plain and finding.concept == row.criterion)
        ),
        citation=lexicon.cite(row.sources),
        sources=row.sources,
    )


def point_text(row: CriterionState, hypothesis: str, lexicon: Lexicon) -> str:
    """The sentence if the row holds, else label and state, by role and polarity."""
    if row.holds:
        sentence = sentence_of(row, hypothesis, lexicon)
        if sentence:
            return sentence
    polarity = "negated" if row.negated else "plain"
    phrase = f"line_{row.role}_{polarity}_{row.state.value}"
    places = {"label": lexicon.label(row.criterion), "state": lexicon.state(row.state)}
    return lexicon.optional(phrase, **places) or lexicon.say("line_state_of", **places)


def sentence_of(row: CriterionState, hypothesis: str, lexicon: Lexicon) -> str:
    """The sentence of the row in the criteria table, "" for a row that has none."""
    for known in lexicon.knowledge.criteria.get(hypothesis, ()):
        if (known.criterion, known.role, known.negated) == (
            row.criterion,
            row.role,
            row.negated,
        ):
            return known.sentence.in_language(lexicon.language)
    return ""


def is_for(row: CriterionState) -> bool:
    """Whether the row speaks for its hypothesis in this case."""
    return row.holds is True and row.role in ("needed", "supporting", "stop")


def is_against(row: CriterionState) -> bool:
    """Whether the row speaks against its hypothesis in this case."""
    if row.role == "needed":
        return row.holds is False
    return row.holds is True and row.role in ("contradicting", "excluding")


def is_missing(row: CriterionState) -> bool:
    """Whether the hypothesis needs something that the record does not settle."""
    return row.role == "needed" and row.holds is None


def is_open(row: CriterionState) -> bool:
    """Whether something not on record could still speak against the hypothesis."""
    unknown = row.state in (State.UNKNOWN, State.CONFLICTING)
    return row.role in ("contradicting", "excluding") and unknown
