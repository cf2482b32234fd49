"""What to do next and what disagrees, in words."""

from __future__ import annotations

from service.model import Advice, Candidate, Conclusions, Conflict, State
from service.wording.differential import live_grades
from service.wording.facts import origin, tell_facts
from service.wording.lexicon import Lexicon
from service.wording.lines import capital
from service.wording.shape import Dispute, Step


def tell_steps(conclusions: Conclusions, lexicon: Lexicon) -> tuple[Step, ...]:
    """Every recommended test in rank order."""
    return tuple(
        Step(
            concept=advice.test,
            rank=advice.rank,
            name=lexicon.name(advice.test),
            text=advice_text(advice, conclusions, lexicon),
            is_surveillance=advice.is_surveillance,
        )
        for advice in conclusions.tests
    )


def advice_text(advice: Advice, conclusions: Conclusions, lexicon: Lexicon) -> str:
    """The test and what it would settle: needs of candidates, else open points."""
    name = capital(lexicon.name(advice.test))
    if advice.is_surveillance:
        return lexicon.say("line_surveillance", name=name)
    decides = {criterion for criterion, _ in advice.decides}
    parts = [
        part
        for candidate in conclusions.differential
        if (part := needs_text(candidate, decides, lexicon))
    ]
    if parts:
        return lexicon.say(
            "line_would_decide", name=name, needs=lexicon.listed(parts[:3])
        )
    open_points = [lexicon.label(point) for point in advice.open_points]
    if open_points:
        return lexicon.say(
            "line_would_settle", name=name, points=lexicon.listed(open_points[:3])
        )
    names = [lexicon.name(hypothesis) for hypothesis in advice.hypotheses]
    if names:
        return lexicon.say(
            "line_would_bear_on", name=name, names=lexicon.listed(names[:3])
        )
    return name


def needs_text(candidate: Candidate, decides: set[str], lexicon: Lexicon) -> str:
    """How many open needs of a candidate a test would decide; "" for none."""
    if candidate.grade not in live_grades(lexicon):
        return ""
    needs = [row for row in candidate.criteria if row.role == "needed"]
    decided = sum(row.criterion in decides and row.holds is None for row in needs)
    if not decided:
        return ""
    phrase = "line_needs_all" if len(needs) == 1 else "line_needs_some"
    return lexicon.say(
        phrase,
        decided=str(decided),
        needs=str(len(needs)),
        name=lexicon.name(candidate.hypothesis),
    )


def tell_disputes(conclusions: Conclusions, lexicon: Lexicon) -> tuple[Dispute, ...]:
    """Every conflict with its sources and what it leaves contested."""
    unmoved = survivors(conclusions, lexicon)
    return tuple(
        tell_dispute(conflict, unmoved, lexicon) for conflict in conclusions.conflicts
    )


def survivors(conclusions: Conclusions, lexicon: Lexicon) -> list[str]:
    """The answers, and the explanations in play, that no conflict leaves contested."""
    names = [each.concept for each in conclusions.answers if not each.contested]
    live = live_grades(lexicon)
    return names + [
        each.hypothesis
        for each in conclusions.differential
        if each.grade in live and not each.contested
    ]


def tell_dispute(conflict: Conflict, unmoved: list[str], lexicon: Lexicon) -> Dispute:
    """Who states and who denies, that it is set aside, what is contested or not."""
    return Dispute(
        concept=conflict.concept,
        title=lexicon.say("line_issue", label=lexicon.label(conflict.concept)),
        text=" ".join(dispute_sentences(conflict, unmoved, lexicon)),
        facts=tell_facts(conflict.findings, lexicon),
    )


def dispute_sentences(
    conflict: Conflict, unmoved: list[str], lexicon: Lexicon
) -> list[str]:
    """The conflict in one to three sentences."""
    stated, denied = (
        [
            origin(source)
            for finding in conflict.findings
            if finding.state is state
            for source in finding.sources
        ]
        for state in (State.PRESENT, State.ABSENT)
    )
    phrase = "line_stated_and_denied" if stated and denied else "line_values_differ"
    sentences = [
        lexicon.say(
            phrase,
            label=lexicon.label(conflict.concept),
            stated=lexicon.join(dict.fromkeys(stated)),
            denied=lexicon.join(dict.fromkeys(denied)),
        )
    ]
    if conflict.contested:
        contested = [lexicon.name(concept) for concept in conflict.contested]
        sentences.append(
            lexicon.say("line_leaves_contested", answers=lexicon.listed(contested))
        )
    if unmoved:
        names = [lexicon.name(concept) for concept in unmoved]
        sentences.append(lexicon.say("line_survive", answers=lexicon.listed(names)))
    return sentences
