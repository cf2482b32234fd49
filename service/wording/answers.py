"""The reported values in words: assessment, criterion, pattern, biopsy."""

from __future__ import annotations

from dataclasses import replace

from service.model import Conclusion, Conclusions, CriterionState, State
from service.wording.differential import short_value, tell_contested
from service.wording.facts import tell_facts
from service.wording.lexicon import PRESENT, Lexicon
from service.wording.proofs import own_classes, tell_classes, tell_proof
from service.wording.shape import Answer, Point
from service.wording.unknowns import decisive_parts


def tell_assessment(conclusions: Conclusions, lexicon: Lexicon) -> Answer:
    """The overall reading; says why it differs from the criterion where it does."""
    value = conclusions.assessment.value
    both = f"say_{conclusions.criterion.value}_{value}"
    return tell_answer(
        conclusions.assessment, lexicon, details=(lexicon.optional(both),)
    )


def tell_criterion(conclusions: Conclusions, lexicon: Lexicon) -> Answer:
    """The criterion with every definition, met, not met or open."""
    basis = criterion_basis(conclusions, lexicon)
    answer = tell_answer(
        conclusions.criterion,
        lexicon,
        details=(basis, *outside(conclusions, lexicon)),
        points=tuple(tell_definition(row, lexicon) for row in conclusions.definitions),
    )
    return replace(answer, short=criterion_short(conclusions, lexicon))


def criterion_short(conclusions: Conclusions, lexicon: Lexicon) -> str:
    """The criterion, by which definitions, or what would decide it."""
    criterion = conclusions.criterion
    short = short_value(criterion.value, lexicon)
    met = met_definitions(conclusions, lexicon)
    if met:
        return lexicon.say("short_met_by", short=short, definitions=lexicon.join(met))
    if lexicon.is_default(criterion):
        parts = decisive_parts(criterion.concept, conclusions, lexicon)
        if parts:
            parts_text = lexicon.listed(parts)
            return lexicon.say("short_decisive", short=short, parts=parts_text)
    return short


def met_definitions(conclusions: Conclusions, lexicon: Lexicon) -> list[str]:
    """The definitions that the case meets."""
    return [
        lexicon.label(row.criterion)
        for row in conclusions.definitions
        if row.state is State.PRESENT
    ]


def criterion_basis(conclusions: Conclusions, lexicon: Lexicon) -> str:
    """By which definitions the criterion is met, or that none is documented whole."""
    met = met_definitions(conclusions, lexicon)
    if met:
        return lexicon.say("line_met_by", definitions=lexicon.join(met))
    return lexicon.optional(f"line_no_definition_{conclusions.criterion.value}")


def outside(conclusions: Conclusions, lexicon: Lexicon) -> tuple[str, ...]:
    """The definitions that were studied in other patients than this one."""
    lines = []
    for definition in conclusions.studied_in:
        concept = lexicon.knowledge.concepts[definition]
        if concept.studied_in is not None:
            population = concept.studied_in.in_language(lexicon.language)
            lines.append(
                lexicon.say(
                    "line_studied_in",
                    definition=lexicon.label(definition),
                    population=population,
                )
            )
    return tuple(lines)


def tell_definition(row: CriterionState, lexicon: Lexicon) -> Point:
    """One definition: met, not met, or open with what is not on record."""
    short = text = lexicon.say(
        f"line_definition_{row.state.value}", label=lexicon.label(row.criterion)
    )
    if row.state is State.UNKNOWN:
        parts = lexicon.listed([lexicon.label(part) for part in row.open])
        if parts:
            text = lexicon.say("line_definition_open_parts", text=text, parts=parts)
    return Point(
        criterion=row.criterion,
        label=lexicon.label(row.criterion),
        short=short,
        text=text,
        state=row.state,
        role="definition",
        facts=tell_facts(row.findings, lexicon, row.criterion),
        citation=lexicon.cite(row.sources),
        sources=row.sources,
    )


def tell_biopsy(conclusions: Conclusions, lexicon: Lexicon) -> Answer:
    """The biopsy advice with the vetoes that were looked for."""
    biopsy = conclusions.biopsy
    vetoes = own_classes(biopsy.concept, biopsy.justification, lexicon)
    # The way to an answer that reassures is no veto.
    vetoes = [name for name in vetoes if name != lexicon.knowledge.results.spared]
    open_vetoes = [name for name in vetoes if would_change(name, biopsy, conclusions)]
    details = []
    for phrase, names in (
        ("line_looked_for", vetoes),
        ("line_not_on_record", open_vetoes),
    ):
        texts = sorted(tell_classes(names, lexicon))
        if texts:
            details.append(lexicon.say(phrase, vetoes=lexicon.listed(texts)))
    return tell_answer(biopsy, lexicon, details=tuple(details))


def would_change(name: str, answer: Conclusion, conclusions: Conclusions) -> bool:
    """Whether a class is not on record and would change the answer if it held."""
    concept = name.removeprefix(PRESENT)
    return name.startswith(PRESENT) and any(
        near.concept == concept
        and near.state is State.PRESENT
        and answer.concept in (changed for changed, _, _ in near.changes)
        for near in conclusions.near_misses
    )


def tell_answer(
    conclusion: Conclusion,
    lexicon: Lexicon,
    *,
    details: tuple[str, ...] = (),
    points: tuple[Point, ...] = (),
) -> Answer:
    """One reported value in words, with what holds but is outweighed."""
    contested = conclusion.contested
    proof = tell_proof(conclusion.justification, lexicon)
    return Answer(
        concept=conclusion.concept,
        heading=lexicon.label(conclusion.concept),
        value=lexicon.label(conclusion.value),
        value_id=conclusion.value,
        short=short_value(conclusion.value, lexicon),
        text=lexicon.say(f"say_{conclusion.value}"),
        details=tuple(filter(None, (*details, *proof.overridden))),
        points=points,
        contested=tell_contested(contested, lexicon) if contested else "",
        proof=proof,
    )
