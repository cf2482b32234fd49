"""The ontology's words in one language: labels, phrases, numbers, citations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from service.model import Conclusion, State
from service.reasoning.knowledge import Knowledge
from service.wording.shape import Marks

# The prefix of the class of cases in which a concept is present (ontology 2.5).
PRESENT = "present_"
# The phrases that label derived classes, one for each prefix of ontology 2.5 and 2.7.
CLASS_LABEL = "label_"
MARKS = {"en": Marks(": ", "; "), "fr": Marks("\u00a0: ", "\u00a0; ")}
# The point between two digits.
DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Knowledge read in one language (en, fr)."""

    knowledge: Knowledge
    language: str

    def label(self, concept: str) -> str:
        """The unique label of a concept."""
        return self.knowledge.label(concept, self.language)

    def definition(self, concept: str) -> str:
        """The definition of a concept."""
        return self.knowledge.concepts[concept].definition.in_language(self.language)

    @lru_cache(maxsize=4096)  # noqa: B019  # one lexicon a language, for good
    def name(self, concept: str) -> str:
        """What a report calls a concept inside a sentence; else its label."""
        phrase = f"name_{concept}"
        return self.say(phrase) if self.has(phrase) else self.label(concept)

    def say(self, phrase: str, **places: str) -> str:
        """A phrase with its places filled."""
        return self.knowledge.phrase(phrase, self.language, **places)

    def has(self, phrase: str) -> bool:
        """Whether the ontology has the phrase."""
        return phrase in self.knowledge.phrases

    def optional(self, phrase: str, **places: str) -> str:
        """A phrase that only some values have; "" without it."""
        return self.say(phrase, **places) if self.has(phrase) else ""

    def state(self, state: State) -> str:
        """One of the words that are never mixed: present, absent, unknown ..."""
        return self.say(f"word_{state.value}")

    def number(self, text: str) -> str:
        """A number as the language writes it (French: decimal comma)."""
        return DECIMAL_POINT.sub(",", text) if self.language == "fr" else text

    def listed(self, items: Iterable[str]) -> str:
        """A list of phrases that may hold commas of their own."""
        return self.marks.semicolon.join(items)

    @property
    def marks(self) -> Marks:
        """The punctuation of the language."""
        return MARKS[self.language]

    def join(self, items: Iterable[str], last: str = "word_and") -> str:
        """A list in a sentence: "a, b and c"."""
        *first, end = [*items] or [""]
        if not first:
            return end
        return f"{', '.join(first)} {self.say(last)} {end}"

    def mark(self, source: str) -> str:
        """What must be said of a source that nobody verified; "" for the others."""
        return self.optional(f"mark_{source.lower().replace('-', '_')}")

    @lru_cache(maxsize=4096)  # noqa: B019  # one lexicon a language, for good
    def cite(self, sources: tuple[str, ...]) -> str:
        """Sources in brackets, each unverified one with its mark."""
        parts = [
            f"{source} ({mark})" if (mark := self.mark(source)) else source
            for source in sources
        ]
        return f"[{', '.join(parts)}]" if parts else ""

    def is_default(self, conclusion: Conclusion) -> bool:
        """Whether no rule led a choice away from its default: it is undecided."""
        choice = self.knowledge.choices.get(conclusion.concept)
        default = choice.default if choice else None
        return default is not None and conclusion.value == default.reports

    def bodies(self, head: str) -> list[tuple[str, ...]]:
        """The bodies of the rules that lead to a class of cases."""
        rules = self.knowledge.compiled.rules_to.get(head, ())
        return [rule.body for rule in rules]

    @lru_cache(maxsize=4096)  # noqa: B019  # one lexicon a language, for good
    def class_text(self, name: str) -> str:
        """A class of cases in words, by its own label or that of what it is about."""
        concepts = self.knowledge.concepts
        if name in concepts:
            return self.label(name)
        concept = name.removeprefix(PRESENT)
        if concept in concepts:
            return self.label(concept)
        for phrase in self.knowledge.phrases:
            prefix = phrase.removeprefix(CLASS_LABEL)
            concept = name.removeprefix(f"{prefix}_")
            if prefix != phrase and concept != name and concept in concepts:
                return self.say(phrase, label=self.name(concept))
        return name.replace("_", " ")


def open_lexicon(knowledge: Knowledge, language: str) -> Lexicon:
    """The lexicon of one language (en, fr); French for `fr-CA` too."""
    is_french = language.lower().split("-")[0] == "fr"
    return Lexicon(knowledge, "fr" if is_french else "en")
