"""Why, why not, what next: the explanation of a case for a terminal.

The reasons come from `service.reasoning.explanation`; here they become text.
"""

from __future__ import annotations

from collections.abc import Iterable

from service.layout import Block, bullet, paragraph
from service.model import CriterionState, Interpretation, State
from service.reasoning.evaluation import evaluate
from service.reasoning.explanation import (
    Explanation,
    Lack,
    Nearest,
    Obstacle,
    Way,
    explain,
)
from service.reasoning.knowledge import Knowledge
from service.reasoning.reasoned import reason
from service.reasoning.smallest_sets import leading_of, sets_for_leading
from service.wording.compose import tell_leading
from service.wording.differential import short_value, tell_differential
from service.wording.facts import fact_text, tell_facts
from service.wording.lexicon import Lexicon, open_lexicon
from service.wording.lines import capital, fact_line, facts_text, point_text
from service.wording.points import tell_point
from service.wording.proofs import tell_proof
from service.wording.quantities import gap_text
from service.wording.steps import advice_text, tell_disputes, tell_steps
from service.wording.unknowns import tell_changes, tell_sets

# How many ways, unknowns and tests are told; more would hide the nearest ones.
SHOWN = 8
Item = tuple[str, ...]


def render_explanation(
    interpretation: Interpretation, concept: str, knowledge: Knowledge, language: str
) -> str:
    """The explanation of a concept that the ontology has, in one language.

    A concept about which a case says nothing (a test, a body site) gets its
    definition, and a test what it would decide.
    """
    lexicon = open_lexicon(knowledge, language)
    case = interpretation.case
    title = lexicon.say("line_explain_title", label=lexicon.label(concept))
    lines = [*paragraph(title, 0), *paragraph(lexicon.definition(concept))]
    try:
        entailments = evaluate(case.findings, knowledge)
        explanation = explain(case, entailments, knowledge, concept)
    except KeyError:
        return "\n".join([*lines, *about_test(interpretation, concept, lexicon)]) + "\n"
    lines += paragraph(verdict(explanation, lexicon))
    for block in blocks_of(explanation, lexicon):
        lines += block.lines(lexicon.say("line_more_ways"))
    return "\n".join(lines) + "\n"


def render_leading(
    interpretation: Interpretation, knowledge: Knowledge, language: str
) -> str:
    """The explanation of the leading conclusion, and of what contradicts itself.

    What next are the smallest sets of unknown facts that would put another explanation
    or another grade first, then the tests in the order in which to do them.
    """
    lexicon = open_lexicon(knowledge, language)
    conclusions = interpretation.conclusions
    entries = tell_differential(conclusions, lexicon)
    lines = [
        *paragraph(lexicon.say("line_explain_leading_title"), 0),
        *paragraph(tell_leading("say_leading", entries, lexicon)),
    ]
    for block in leading_blocks(interpretation, lexicon):
        lines += block.lines(lexicon.say("line_more_ways"))
    return "\n".join(lines) + "\n"


def leading_blocks(interpretation: Interpretation, lexicon: Lexicon) -> list[Block]:
    """Why and why not of the first explanation, what next, conflicts."""
    case, conclusions = interpretation.case, interpretation.conclusions
    reasoned = reason(case.findings, lexicon.knowledge)
    parts: dict[str, list[Item]] = {}
    if leading_of(reasoned)[0]:
        concept = conclusions.differential[0].hypothesis
        entailments = evaluate(case.findings, lexicon.knowledge)
        explanation = explain(case, entailments, lexicon.knowledge, concept)
        parts["why"] = [*why_items(explanation, lexicon)]
        parts["why_not"] = [*why_not_items(explanation, lexicon)]
    sets = tell_sets(sets_for_leading(reasoned), lexicon)
    parts["smallest"] = [bullet(text) for text in sets]
    parts["next_short"] = [
        bullet(step.text) for step in tell_steps(conclusions, lexicon)
    ]
    parts["conflicts"] = [
        bullet(dispute.text) for dispute in tell_disputes(conclusions, lexicon)
    ]
    return [
        Block(key, lexicon.say(f"head_{key}"), tuple(items)).cut(SHOWN)
        for key, items in parts.items()
    ]


def about_test(
    interpretation: Interpretation, concept: str, lexicon: Lexicon
) -> list[str]:
    """Of a recommended test, what it would decide in this case."""
    conclusions = interpretation.conclusions
    return [
        line
        for advice in conclusions.tests
        if advice.test == concept
        for line in paragraph(advice_text(advice, conclusions, lexicon))
    ]


def verdict(explanation: Explanation, lexicon: Lexicon) -> str:
    """What holds in this case: a reported value, or a state."""
    if explanation.state is not None:
        word = lexicon.state(explanation.state)
        return lexicon.say("line_explain_state", state=word)
    if explanation.value:
        value = short_value(explanation.value, lexicon)
        return lexicon.say("line_explain_state", state=value)
    return lexicon.say("line_explain_nothing")


def blocks_of(explanation: Explanation, lexicon: Lexicon) -> list[Block]:
    """The boxes of ontology.md 6: because, why not, what next."""
    parts = {
        "why": why_items(explanation, lexicon),
        "why_not": why_not_items(explanation, lexicon),
        "what_next": next_items(explanation, lexicon),
    }
    return [
        Block(key, lexicon.say(f"head_{key}"), tuple(items)).cut(SHOWN)
        for key, items in parts.items()
    ]


def why_items(explanation: Explanation, lexicon: Lexicon) -> Iterable[Item]:
    """The proof: facts, axioms, what was looked for, what is outweighed."""
    if explanation.why is None:
        return
    proof = tell_proof(explanation.why, lexicon)
    yield from (bullet(fact_line(fact)) for fact in proof.facts)
    if proof.axioms:
        axioms = [f"{id} {citation}".rstrip() for id, citation in proof.axioms]
        yield bullet(head_line("axioms", axioms, lexicon))
    if proof.looked_for:
        yield bullet(head_line("looked_for", proof.looked_for, lexicon))
    if proof.not_on_record:
        yield bullet(head_line("not_on_record", proof.not_on_record, lexicon))
    yield from map(bullet, proof.overridden)


def why_not_items(explanation: Explanation, lexicon: Lexicon) -> Iterable[Item]:
    """Failed and open rows of a hypothesis, else the ways, nearest first."""
    if explanation.state is State.PRESENT:
        return
    if explanation.nearest is not None:
        yield bullet(nearest_text(explanation.nearest, lexicon))
    if explanation.criteria:
        for row in filter(is_obstacle, explanation.criteria):
            yield bullet(row_text(row, explanation.concept, lexicon))
        for way in explanation.against:
            if any(each.lack is Lack.OVERRIDDEN for each in way.obstacles):
                yield bullet(way_text(way, "line_explain_other", lexicon))
        return
    phrase = "line_explain_other" if explanation.state is None else "line_explain_lacks"
    for way in explanation.against:
        yield bullet(way_text(way, phrase, lexicon))


def nearest_text(nearest: Nearest, lexicon: Lexicon) -> str:
    """The failed criterion that lacks least, and by how much."""
    label = lexicon.class_text(nearest.name)
    if nearest.gap is not None:
        fact = fact_text(nearest.gap.finding, lexicon)
        label = gap_text(nearest.gap, label, fact, lexicon)
    text = lexicon.say(
        "line_distance_conditions",
        label=label,
        conditions=str(nearest.conditions),
        failed=str(nearest.failed),
        unknown=str(nearest.unknown),
    )
    return f"{lexicon.say('head_nearest')}{lexicon.marks.colon}{text}"


def is_obstacle(row: CriterionState) -> bool:
    """Whether a row is, or could be, in the way."""
    if row.role == "needed":
        return True
    is_against = row.role in ("contradicting", "excluding") and row.holds is True
    return is_against or (row.role != "supporting" and row.holds is None)


def row_text(row: CriterionState, hypothesis: str, lexicon: Lexicon) -> str:
    """A row by role, with the way in which it does not count."""
    point = tell_point(row, hypothesis, lexicon)
    text = point_text(point, lexicon.marks)
    if row.holds is not True:
        lack = row.state if row.holds is None else State.ABSENT
        text = f"{text.rstrip('.')} ({lexicon.say(f'word_lack_{lack.value}')})."
    role = capital(lexicon.say(f"word_{row.role}"))
    return f"{role}{lexicon.marks.colon}{text} {point.citation}"


def way_text(way: Way, phrase: str, lexicon: Lexicon) -> str:
    """One rule by which it would hold, with what is in its way."""
    parts = [obstacle_text(obstacle, lexicon) for obstacle in way.obstacles]
    text = lexicon.say(phrase, parts=lexicon.listed(parts))
    return f"{text} {lexicon.cite(way.sources)}".rstrip()


def obstacle_text(obstacle: Obstacle, lexicon: Lexicon) -> str:
    """A condition with the way in which it does not count; the three never mixed."""
    label = lexicon.class_text(obstacle.name)
    if obstacle.lack is Lack.OVERRIDDEN:
        by = lexicon.class_text(obstacle.by)
        return lexicon.say("line_obstacle_overridden", label=label, by=by)
    if not obstacle.concept:
        return f"{label} ({lexicon.say('word_lack_derived')})"
    facts = facts_text(tell_facts(obstacle.findings, lexicon), lexicon.marks)
    word = lexicon.say(f"word_lack_{obstacle.lack.value}")
    if obstacle.gap is not None:
        fact = fact_text(obstacle.gap.finding, lexicon)
        label, facts = gap_text(obstacle.gap, label, fact, lexicon), ""
    return f"{label} ({lexicon.listed(filter(None, (word, facts)))})"


def next_items(explanation: Explanation, lexicon: Lexicon) -> Iterable[Item]:
    """Unknowns that would change it, and the tests that bear on it."""
    yield from map(bullet, tell_changes(explanation.concept, explanation.next, lexicon))
    together = (each for each in explanation.sets if len(each.facts) > 1)
    yield from map(bullet, tell_sets(together, lexicon))
    if explanation.tests:
        names = [capital(lexicon.name(advice.test)) for advice in explanation.tests]
        yield bullet(head_line("next_short", names[:SHOWN], lexicon))


def head_line(key: str, texts: Iterable[str], lexicon: Lexicon) -> str:
    """A heading and a list in one line."""
    head = lexicon.say(f"head_{key}")
    return f"{head}{lexicon.marks.colon}{lexicon.listed(texts)}."
