"""One report in words: puts the parts in the order in which a reader needs them."""

from __future__ import annotations

from types import MappingProxyType

from service import __version__
from service.model import Case, Conclusions, Interpretation, LedgerRow
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import as_object, as_text
from service.wording.answers import (
    tell_answer,
    tell_assessment,
    tell_biopsy,
    tell_criterion,
)
from service.wording.citations import tell_citations
from service.wording.differential import tell_differential
from service.wording.ledger import note_text, tell_ledger
from service.wording.lexicon import Lexicon, open_lexicon
from service.wording.shape import Answer, Entry, Step, Wording
from service.wording.steps import tell_disputes, tell_steps
from service.wording.unknowns import decisive_parts, tell_missing, tell_near_misses

# How many tests and reasons a conclusion names.
SHOWN = 3


def word_report(
    interpretation: Interpretation,
    ledger: tuple[LedgerRow, ...],
    knowledge: Knowledge,
    language: str,
) -> Wording:
    """The report of one case in one language (en, fr)."""
    lexicon = open_lexicon(knowledge, language)
    conclusions = interpretation.conclusions
    assessment = tell_assessment(conclusions, lexicon)
    criterion = tell_criterion(conclusions, lexicon)
    pattern = tell_answer(conclusions.pattern, lexicon) if conclusions.pattern else None
    entries = tell_differential(conclusions, lexicon)
    steps = tell_steps(conclusions, lexicon)
    advice = tell_advice(assessment, lexicon)
    leading = tell_leading("say_leading", entries, lexicon)
    near_misses, near_grades = tell_near_misses(conclusions, lexicon)
    return Wording(
        language=lexicon.language,
        title=lexicon.say("line_title"),
        heads=headings(lexicon),
        marks=lexicon.marks,
        headline=assessment.text,
        assessment=assessment,
        criterion=criterion,
        pattern=pattern,
        leading=leading,
        leading_short=tell_leading("short_leading", entries, lexicon),
        entries=entries,
        biopsy=tell_biopsy(conclusions, lexicon),
        steps=steps,
        disputes=tell_disputes(conclusions, lexicon),
        missing=tell_missing(conclusions, lexicon),
        near_misses=near_misses,
        near_grades=near_grades,
        advice=advice,
        citations=tell_citations(conclusions, advice, lexicon),
        ledger=tell_ledger(ledger, lexicon),
        caveat=tell_caveats(interpretation.case, lexicon),
        caveat_short=tell_caveat("line_caveat", interpretation.case, lexicon),
        versions=tell_versions(lexicon),
        version_short=version_short(lexicon),
        legend=lexicon.say("line_legend"),
        device=lexicon.say("line_device_name"),
        conclusion=tell_conclusion(interpretation, leading, entries, steps, lexicon),
    )


def tell_caveats(case: Case, lexicon: Lexicon) -> tuple[str, ...]:
    """Every caveat; what is missing of the record comes first."""
    gaps = (note_text(gap, lexicon) for gap in case.gaps)
    return (*gaps, *numbered("say_caveat", lexicon))


def tell_caveat(phrase: str, case: Case, lexicon: Lexicon) -> str:
    """The caveat in one sentence, which says so where the record has gaps."""
    return lexicon.say(f"{phrase}_partial" if case.gaps else phrase)


def headings(lexicon: Lexicon) -> MappingProxyType[str, str]:
    """Every heading of the ontology by the rest of its id."""
    return MappingProxyType(
        {
            phrase.removeprefix("head_"): lexicon.say(phrase)
            for phrase in lexicon.knowledge.phrases
            if phrase.startswith("head_")
        }
    )


def numbered(prefix: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The phrases `prefix_1`, `prefix_2` ... as far as there are any."""
    lines: list[str] = []
    while lexicon.has(f"{prefix}_{len(lines) + 1}"):
        lines.append(lexicon.say(f"{prefix}_{len(lines) + 1}"))
    return tuple(lines)


def tell_advice(assessment: Answer, lexicon: Lexicon) -> tuple[str, ...]:
    """What a report of this assessment may say of treatment and follow-up."""
    return numbered(f"say_after_{assessment.value_id}", lexicon)


def tell_leading(prefix: str, entries: tuple[Entry, ...], lexicon: Lexicon) -> str:
    """The first of the differential, if it is still in play.

    `prefix` is that of the phrases: a sentence (`say_leading`), or name, kind and
    grade alone (`short_leading`).
    """
    if not entries or not entries[0].is_live:
        return lexicon.say(f"{prefix}_none")
    first = entries[0]
    own = f"{prefix}_{first.concept}"
    if lexicon.has(own):
        return lexicon.say(own)
    kind = lexicon.knowledge.hypotheses[first.concept].kind
    return lexicon.say(f"{prefix}_{kind}", name=first.name, grade=first.grade.lower())


def version_short(lexicon: Lexicon) -> str:
    """The versions in one line, with the first digits of the hash."""
    return lexicon.say(
        "line_version_short",
        software=__version__,
        ontology=lexicon.knowledge.version,
        rules=rules_hash(lexicon)[:12],
    )


def rules_hash(lexicon: Lexicon) -> str:
    """The SHA-256 of the rule set by the manifest, "" without one."""
    return as_text(as_object(lexicon.knowledge.manifest.get("files")).get("rules.json"))


def tell_versions(lexicon: Lexicon) -> tuple[str, ...]:
    """What made the report: software, ontology, rule set and its hash."""
    knowledge = lexicon.knowledge
    return (
        lexicon.say("line_version_software", version=__version__),
        lexicon.say(
            "line_version_ontology",
            version=knowledge.version,
            iri=knowledge.version_iri,
        ),
        lexicon.say("line_version_rules", hash=rules_hash(lexicon)),
    )


def tell_conclusion(
    interpretation: Interpretation,
    leading: str,
    entries: tuple[Entry, ...],
    steps: tuple[Step, ...],
    lexicon: Lexicon,
) -> str:
    """At most five sentences, the last of them the caveat (contract section 3)."""
    conclusions = interpretation.conclusions
    sentences = (
        criterion_sentence(conclusions, lexicon),
        leading,
        against_sentence(entries, lexicon),
        next_sentence(steps, lexicon),
        tell_caveat("say_caveat_short", interpretation.case, lexicon),
    )
    return " ".join(filter(None, sentences))


def criterion_sentence(conclusions: Conclusions, lexicon: Lexicon) -> str:
    """Assessment, criterion and pattern in one sentence."""
    pattern = conclusions.pattern
    places = {
        "assessment": lexicon.say(f"short_{conclusions.assessment.value}"),
        "criterion": lexicon.say(f"short_{conclusions.criterion.value}"),
        "lacks": criterion_lacks(conclusions, lexicon),
        "contested": contested_answers(conclusions, lexicon),
    }
    if pattern is None:
        return lexicon.say("say_suggested", **places)
    places["pattern"] = lexicon.say(f"short_{pattern.value}")
    return lexicon.say("say_suggested_pattern", **places)


def criterion_lacks(conclusions: Conclusions, lexicon: Lexicon) -> str:
    """What would decide a criterion that is undecided, in parentheses."""
    if not lexicon.is_default(conclusions.criterion):
        return ""
    criterion = conclusions.criterion.concept
    parts = decisive_parts(criterion, conclusions, lexicon)
    if not parts:
        return ""
    return f" ({lexicon.say('line_decisive', parts=lexicon.listed(parts))})"


def contested_answers(conclusions: Conclusions, lexicon: Lexicon) -> str:
    """Which of the three are contested, as an addition to the sentence."""
    answers = (conclusions.assessment, conclusions.criterion, conclusions.pattern)
    names = [
        lexicon.say(f"short_{answer.concept}")
        for answer in answers
        if answer is not None and answer.contested
    ]
    if not names:
        return ""
    return f" ({lexicon.say('line_contested_answers', answers=lexicon.join(names))})"


def against_sentence(entries: tuple[Entry, ...], lexicon: Lexicon) -> str:
    """What speaks against the leading explanation, by label."""
    if not entries or not entries[0].is_live:
        return ""
    labels = [point.short for point in entries[0].points_against]
    if labels:
        return lexicon.say("say_against", reasons=lexicon.listed(labels[:SHOWN]))
    if entries[0].points_missing:
        missing = [
            lexicon.label(point.criterion) for point in entries[0].points_missing
        ]
        return lexicon.say(
            "say_against_nothing_but_open", reasons=lexicon.listed(missing[:SHOWN])
        )
    return lexicon.say("say_against_nothing") if entries[0].points_for else ""


def next_sentence(steps: tuple[Step, ...], lexicon: Lexicon) -> str:
    """The first tests by name."""
    if not steps:
        return ""
    names = [step.name for step in steps[:SHOWN]]
    return lexicon.say("say_next", tests=lexicon.listed(names))
