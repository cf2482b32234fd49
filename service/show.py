"""One concept of the ontology as text: what it means, how it is coded, what uses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.layout import bullet
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Concept, Limit
from service.wording.lexicon import Lexicon, open_lexicon

# criteria.tsv writes so a row that holds when its criterion is absent
NOT = "not "


def render_concept(id: str, knowledge: Knowledge, language: str) -> str:
    """Everything the ontology says of a concept, in one language.

    KeyError for an id that no concept has.
    """
    lexicon = open_lexicon(knowledge, language)
    concept = knowledge.concepts[id]
    definition = concept.definition.in_language(language)
    lines = [f"{lexicon.label(id)} [{id}]", *bullet(definition)]
    lines += [line for text in tell_facts(concept, lexicon) for line in bullet(text)]
    for head, texts in (
        ("head_show_criteria", tell_criteria(id, lexicon)),
        ("head_show_decides", tell_decides(id, lexicon)),
        ("head_show_used_by", tell_uses(id, lexicon)),
        ("head_show_codes", tell_codes(id, lexicon)),
        ("head_sources", tell_sources(concept, lexicon)),
    ):
        items = [line for text in texts for line in bullet(text)]
        lines += ["", lexicon.say(head), *items] if items else []
    return "\n".join(lines) + "\n"


def tell_facts(concept: Concept, lexicon: Lexicon) -> Iterator[str]:
    """Kind, parents, unit, values and usual limits, as far as there are any."""
    yield lexicon.say("line_show_kind", kind=concept.kind)
    if concept.parents:
        parents = lexicon.listed(map(lexicon.label, concept.parents))
        yield lexicon.say("line_show_parents", parents=parents)
    if concept.unit:
        yield lexicon.say("line_show_unit", unit=concept.unit)
    if concept.allowed_values:
        values = lexicon.listed(map(lexicon.label, concept.allowed_values))
        yield lexicon.say("line_show_values", values=values)
    for limit in concept.limits:
        yield tell_limit(limit, concept.unit, lexicon)


def tell_limit(limit: Limit, unit: str, lexicon: Lexicon) -> str:
    """One row of usual limits; a side without a limit is told by a dash."""
    low, high = (
        "-" if bound is None else lexicon.number(str(bound))
        for bound in (limit.normal_from, limit.normal_to)
    )
    if limit.value_of_sex is None:
        return lexicon.say("line_show_limit", low=low, high=high, unit=unit)
    group = lexicon.label(limit.value_of_sex).lower()
    return lexicon.say(
        "line_show_limit_for", group=group, low=low, high=high, unit=unit
    )


def tell_criteria(id: str, lexicon: Lexicon) -> Iterator[str]:
    """The criteria of a hypothesis in table order, with their sources."""
    for row in lexicon.knowledge.criteria.get(id, ()):
        yield (
            lexicon.say(
                "line_show_criterion",
                role=lexicon.say(f"word_role_{row.role}"),
                sentence=row.sentence.in_language(lexicon.language),
            )
            + f" {lexicon.cite(row.sources)} <{NOT * row.negated}{row.criterion}>"
        )


def tell_decides(id: str, lexicon: Lexicon) -> Iterable[str]:
    """The criteria that a test decides."""
    test = lexicon.knowledge.tests.get(id)
    decides = test.decides if test else ()
    return (f"{lexicon.label(criterion)} <{criterion}>" for criterion in decides)


def tell_uses(id: str, lexicon: Lexicon) -> Iterable[str]:
    """The hypotheses that have the concept as a criterion, and in which role."""
    rows = (row for rows in lexicon.knowledge.criteria.values() for row in rows)
    return dict.fromkeys(
        lexicon.say(
            "line_show_use",
            name=lexicon.label(row.hypothesis),
            role=lexicon.say(f"word_role_{row.role}"),
        )
        for row in rows
        if row.criterion == id
    )


def tell_codes(id: str, lexicon: Lexicon) -> Iterator[str]:
    """The rows of the mapping table."""
    for row in lexicon.knowledge.mappings_by_concept.get(id, ()):
        match = lexicon.say(f"word_match_{row.predicate}")
        yield lexicon.say(
            "line_show_code", code=row.object_id, label=row.label, match=match
        )


def tell_sources(concept: Concept, lexicon: Lexicon) -> Iterator[str]:
    """The sources of definition and limits, each with its mark if unverified."""
    ids = dict.fromkeys(
        [*concept.sources, *(id for limit in concept.limits for id in limit.sources)]
    )
    for id in ids:
        citation = lexicon.knowledge.sources.get(id)
        mark = lexicon.mark(id)
        text = f"{id}  {citation.citation if citation else ''}".rstrip()
        yield f"{text} ({mark})" if mark else text
