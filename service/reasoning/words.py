"""The words that grounding reads, and the sheet on which it writes what they state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from service.model import Coding, Finding, Grounding, Note, State, Statement
from service.reasoning.choice import Choice, choose_denied
from service.reasoning.interpretation import Levels
from service.reasoning.knowledge import Knowledge
from service.reasoning.remarks import remark
from service.reasoning.terms import Concept
from service.reasoning.vocabulary import STATED_KINDS, Vocabulary, vocabulary_of


@dataclass(frozen=True, slots=True)
class Words:
    """What grounding knows: the vocabulary and the ids of the words that it reads."""

    vocabulary: Vocabulary
    levels: Levels
    present: frozenset[str]
    absent: frozenset[str]
    history_kinds: frozenset[str]
    imaging: frozenset[str]
    results: frozenset[str]
    age: str

    def concept(self, name: str) -> Concept:
        """A concept by its id."""
        return self.vocabulary.concepts[name]

    def is_stated(self, name: str) -> bool:
        """Whether a concept can be a finding of a patient, by itself or as a value."""
        kind = self.concept(name).kind
        return kind in STATED_KINDS or bool(self.vocabulary.finding_of(name))


@dataclass(slots=True)
class Stated:
    """The findings of one statement and what is remarked of it."""

    statement: Statement
    findings: list[Finding] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, phrase: str, path: str = "", **params: str) -> None:
        """Remark something of the statement, or of an element of it."""
        self.notes.append(remark(phrase, path or self.statement.source.path, **params))

    def find(
        self,
        words: Words,
        concept: str,
        state: State,
        groundings: Iterable[Grounding],
        **more: object,
    ) -> None:
        """Add a finding; a value stands for the finding that has it."""
        owner = words.vocabulary.finding_of(concept)
        if owner and not more:
            concept, more = owner, {"value": concept}
        statement = self.statement
        common: dict[str, object] = {
            "concept": concept,
            "state": state,
            "sources": (statement.source,),
            "when": statement.when,
            "together": statement.together,
            "groundings": tuple(dict.fromkeys(groundings)),
            "preliminary": statement.preliminary,
            "is_imaging": statement.is_imaging,
            "body_sites": statement.body_sites,
        }
        self.findings.append(Finding(**{**common, **more}))  # type: ignore[arg-type]


def words_of(knowledge: Knowledge) -> Words:
    """The words of a Knowledge."""
    role = knowledge.reader
    imaging = ("imaging_category", "report_category", "imaging_report")
    return Words(
        vocabulary=vocabulary_of(knowledge),
        levels=Levels(role["low"], role["normal"], role["high"]),
        present=frozenset({role["state_present"], role["positive"]}),
        absent=frozenset({role["state_absent"], role["negative"]}),
        history_kinds=knowledge.history_kinds,
        imaging=frozenset(role[name] for name in imaging),
        results=result_codes(knowledge),
        age=role["age"],
    )


def result_codes(knowledge: Knowledge) -> frozenset[str]:
    """The codes of the Observations of a report (contract section 3)."""
    ids = knowledge.results
    return frozenset({*ids.answers, ids.cause, ids.mimic, ids.test})


def deny(stated: Stated, codings: tuple[Coding, ...], words: Words) -> None:
    chosen = choose_denied(codings, words.vocabulary)
    stated.notes += chosen.notes
    for concept in stated_concepts(stated, chosen, words):
        stated.find(words, concept, State.ABSENT, chosen.groundings[concept])


def stated_concepts(stated: Stated, chosen: Choice, words: Words) -> Iterator[str]:
    """The concepts that can be findings; the codings of the others are listed."""
    for concept in chosen.concepts:
        if words.is_stated(concept):
            yield concept
            continue
        for grounding in chosen.groundings[concept]:
            path = grounding.coding.path
            stated.note("note_coding_no_finding", path, concept=concept)
