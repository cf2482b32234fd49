"""Why, why not, what next: the explanation of one concept of a case for a terminal.

The reasons come from `service.reasoning.explanation`; here they become text.
"""

from __future__ import annotations

from collections.abc import Iterable

from service.layout import Block, bullet, paragraph
from service.model import CriterionState, Interpretation, State
from service.reasoning.evaluation import evaluate
from service.reasoning.explanation import Explanation, Lack, Obstacle, Way, explain
from service.reasoning.knowledge import Knowledge
from service.wording.differential import short_value
from service.wording.facts import tell_facts
from service.wording.lexicon import Lexicon, open_lexicon
from service.wording.lines import capital, fact_line, facts_text, point_text
from service.wording.points import tell_point
from service.wording.proofs import tell_proof
from service.wording.steps import advice_text
from service.wording.unknowns import tell_changes

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
    if explanation.criteria:
        for row in filter(is_obstacle, explanation.criteria):
            yield bullet(row_text(row, explanation.concept, lexicon))
        return
    phrase = "line_explain_other" if explanation.state is None else "line_explain_lacks"
    for way in sorted(explanation.against, key=lambda way: len(way.obstacles)):
        yield bullet(way_text(way, phrase, lexicon))


def is_obstacle(row: CriterionState) -> bool:
    """Whether a row that does not hold is, or could be, in the way."""
    return row.role == "needed" or (row.role != "supporting" and row.holds is None)


def row_text(row: CriterionState, hypothesis: str, lexicon: Lexicon) -> str:
    """A row by role, with the way in which it does not count."""
    point = tell_point(row, hypothesis, lexicon)
    text = point_text(point, lexicon.marks)
    if row.holds is None:
        text = f"{text.rstrip('.')} ({lexicon.say(f'word_lack_{row.state.value}')})."
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
    return f"{label} ({lexicon.listed(filter(None, (word, facts)))})"


def next_items(explanation: Explanation, lexicon: Lexicon) -> Iterable[Item]:
    """Unknowns that would change it, and the tests that bear on it."""
    yield from map(bullet, tell_changes(explanation.concept, explanation.next, lexicon))
    if explanation.tests:
        names = [capital(lexicon.name(advice.test)) for advice in explanation.tests]
        yield bullet(head_line("next_short", names[:SHOWN], lexicon))


def head_line(key: str, texts: Iterable[str], lexicon: Lexicon) -> str:
    """A heading and a list in one line."""
    head = lexicon.say(f"head_{key}")
    return f"{head}{lexicon.marks.colon}{lexicon.listed(texts)}."
