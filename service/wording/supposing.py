"""What-if in words: what is assumed, what would change, and on what that would rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.model import Conclusions, Finding, Interpretation, Justification, State
from service.reasoning.assumptions import Assumption
from service.reasoning.consequences import Consequences
from service.reasoning.differences import Aspect, Difference
from service.reasoning.knowledge import Knowledge
from service.wording.compose import tell_leading
from service.wording.differential import short_value, tell_differential
from service.wording.facts import fact_text, tell_facts
from service.wording.lexicon import Lexicon, open_lexicon
from service.wording.lines import capital, fact_line

# How many of an order are told; the answer in FHIR has them all.
SHOWN = 5
# What stands where a report says nothing, by what it says nothing of.
NOTHING = {
    Aspect.VALUE: "word_not_sent",
    Aspect.CONTESTED: "word_not_contested",
    Aspect.GRADE: "word_not_listed",
    Aspect.TEST: "word_not_proposed",
    Aspect.CONFLICT: "word_no_contradiction",
}


@dataclass(frozen=True, slots=True)
class SupposedWording:
    """The consequences of a supposition in one language.

    `changes` has one line for each difference, in its order; `reasons` say on what each
    changed answer and grade would rest, an assumption being called one.
    """

    title: str
    assumed: tuple[str, ...]
    before: str
    after: str
    changes: tuple[str, ...]
    reasons: tuple[str, ...]
    caveat: str


def word_consequences(
    found: Consequences, knowledge: Knowledge, language: str
) -> SupposedWording:
    """The answer to a what-if in words (en, fr)."""
    lexicon = open_lexicon(knowledge, language)
    return SupposedWording(
        title=lexicon.say("line_what_if_title"),
        assumed=tell_assumed(found, lexicon),
        before=leading_of(found.before, lexicon),
        after=leading_of(found.after, lexicon),
        changes=tuple(tell_difference(each, lexicon) for each in found.differences),
        reasons=tell_reasons(found, lexicon),
        caveat=lexicon.say("line_what_if_caveat"),
    )


def leading_of(interpretation: Interpretation, lexicon: Lexicon) -> str:
    """The sentence of a report on its leading explanation."""
    entries = tell_differential(interpretation.conclusions, lexicon)
    return tell_leading("say_leading", entries, lexicon)


def tell_assumed(found: Consequences, lexicon: Lexicon) -> tuple[str, ...]:
    """Each assumption, and what the record says of it."""
    supposition, supposed = found.supposition, found.supposed
    rows = zip(
        supposition.assumptions,
        supposition.stated,
        supposed.replaced,
        supposed.known,
        strict=True,
    )
    return tuple(
        tell_assumption(assumed_text(assumed, stated, lexicon), old, known, lexicon)
        for assumed, stated, old, known in rows
    )


def assumed_text(
    assumed: Assumption, stated: tuple[Finding, ...], lexicon: Lexicon
) -> str:
    """What is assumed, as a fact would be told."""
    if stated:
        return lexicon.listed(fact_text(finding, lexicon) for finding in stated)
    return lexicon.say(
        "line_fact",
        label=lexicon.label(assumed.concept),
        value=lexicon.state(State.UNKNOWN),
    )


def tell_assumption(
    text: str, replaced: tuple[Finding, ...], known: bool, lexicon: Lexicon
) -> str:
    """One assumption beside the record."""
    if known:
        return lexicon.say("line_assumed_same", assumed=text)
    if not replaced:
        return lexicon.say("line_assumed_new", assumed=text)
    recorded = facts_line(replaced, lexicon)
    return lexicon.say("line_assumed_instead", assumed=text, recorded=recorded)


def tell_difference(difference: Difference, lexicon: Lexicon) -> str:
    """One change: what, the value that it would have, the one that it has."""
    name = lexicon.name(difference.concept)
    if difference.aspect is Aspect.ORDER:
        name = lexicon.say("line_order_changes", name=name)
    before, after = (
        side_text(side, difference.aspect, lexicon)
        for side in (difference.before, difference.after)
    )
    return capital(lexicon.say("line_from_to", name=name, before=before, after=after))


def side_text(side: tuple[str, ...], aspect: Aspect, lexicon: Lexicon) -> str:
    """What one report says of it."""
    if not side:
        return lexicon.say(NOTHING[aspect])
    if aspect is Aspect.TEST:
        return lexicon.say("word_proposed")
    if aspect is Aspect.ORDER:
        return order_text(side, lexicon)
    values = lexicon.listed(short_value(value, lexicon) for value in side)
    if aspect is Aspect.CONTESTED:
        return lexicon.say("word_contested", values=values)
    return values


def order_text(ids: tuple[str, ...], lexicon: Lexicon) -> str:
    """The first of an order; a report shows no more of them either."""
    names = [lexicon.name(id) for id in ids[:SHOWN]]
    others = len(ids) - len(names)
    if others:
        names.append(lexicon.say("line_others", count=str(others)))
    return lexicon.listed(names)


def tell_reasons(found: Consequences, lexicon: Lexicon) -> tuple[str, ...]:
    """On which facts each changed answer and grade would rest."""
    changed = [
        difference.concept
        for difference in found.differences
        if difference.aspect in (Aspect.VALUE, Aspect.GRADE)
    ]
    proofs = justifications(found.after.conclusions)
    return tuple(
        lexicon.say(
            "line_would_rest_on",
            name=capital(lexicon.name(concept)),
            facts=facts_line(proofs[concept].findings, lexicon),
        )
        for concept in changed
        if concept in proofs and proofs[concept].findings
    )


def justifications(conclusions: Conclusions) -> dict[str, Justification]:
    """By result and hypothesis: why it is what it is."""
    found = {each.concept: each.justification for each in conclusions.answers}
    return found | {
        each.hypothesis: each.justification for each in conclusions.differential
    }


def facts_line(findings: Iterable[Finding], lexicon: Lexicon) -> str:
    """Facts with the place where they were read; of an assumption that it is one."""
    return lexicon.listed(map(fact_line, tell_facts(findings, lexicon)))
