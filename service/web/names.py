"""What a page calls a term, and where it links to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from service.sparql.queries import abbreviate
from service.web.catalogue import Catalogue, Entry
from service.web.terms import Statement, Value, values_of
from service.wording.citations import slug
from service.wording.lexicon import Lexicon
from service.wording.lines import capital
from service.wording.quantities import with_unit

# How many characters of a definition are enough for a hint.
HINT = 160


@dataclass(frozen=True, slots=True)
class Names:
    """The catalogue in one language; `link` writes addresses of this service."""

    catalogue: Catalogue
    prefixes: Mapping[str, str]
    lexicon: Lexicon
    link: Callable[[str], str]

    def entry(self, id: str) -> Entry | None:
        """The entry of an id, if it has one."""
        return self.catalogue.get(id)

    def label(self, id: str) -> str:
        """The label in the language, else the CURIE, else the IRI itself."""
        entry = self.catalogue.get(id)
        if entry is not None:
            return entry.label.in_language(self.lexicon.language)
        return self.curie(id)

    def name(self, id: str) -> str:
        """What a report calls it in a list: its short name, else its label."""
        phrase = f"name_{id}"
        known = self.lexicon.has(phrase)
        return capital(self.lexicon.say(phrase)) if known else self.label(id)

    def definition(self, id: str) -> str:
        """The definition in the language; "" for what has none."""
        entry = self.catalogue.get(id)
        return entry.definition.in_language(self.lexicon.language) if entry else ""

    def meaning(self, id: str) -> str:
        """The definition, or that of the term that a generated class is about."""
        entry = self.catalogue.get(id)
        about = entry.about if entry else ""
        return self.definition(id) or self.definition(about)

    def hint(self, id: str) -> str:
        """The beginning of the definition."""
        text = self.meaning(id)
        return f"{text[:HINT].rstrip()} …" if len(text) > HINT else text

    def address(self, id: str) -> str:
        """Where the term is shown; an IRI of others leads to its own place."""
        return id if is_foreign(id) else self.link(f"/ontology/{id}")

    def curie(self, iri: str) -> str:
        """The short form of an IRI of others; what has none stays as it is."""
        prefix, name = abbreviate(iri, self.prefixes) or ("", "")
        return f"{prefix}:{name}" if name else iri

    def property(self, id: str) -> str:
        """A property in words: its label, or the phrase of its CURIE."""
        phrase = f"page_property_{slug(self.curie(id))}"
        return self.lexicon.optional(phrase) or self.label(id)

    def inverse(self, id: str) -> str:
        """A property read from its object: what points here by it."""
        phrase = f"page_inverse_{slug(self.curie(id))}"
        return self.lexicon.optional(phrase) or self.property(id)

    def value(self, text: str) -> str:
        """A coded value in words, as far as there are any."""
        return self.word("page_value", text)

    def word(self, group: str, text: str) -> str:
        """A text of a table in the language, if its group of phrases has it."""
        return self.lexicon.optional(f"{group}_{slug(text)}") or text

    def mark(self, source: str) -> str:
        """What must be said of a source that nobody verified."""
        return self.lexicon.mark(source.removeprefix("source/"))

    def amount(self, number: str, unit: str) -> str:
        """A number with its unit, as it is printed."""
        return with_unit(number, unit, self.lexicon)

    def iris(self, *curies: str) -> tuple[str, ...]:
        """The properties of these CURIEs, as statements name them."""
        return tuple(self.iri(curie) for curie in curies)

    def iri(self, curie: str) -> str:
        """A CURIE written out; an id of ours stays what it is."""
        prefix, colon, name = curie.partition(":")
        return self.prefixes[prefix] + name if colon else curie

    def values(self, statements: Sequence[Statement], curie: str) -> tuple[Value, ...]:
        """The values of a property."""
        return values_of(statements, self.iri(curie))

    def texts(self, statements: Sequence[Statement], curie: str) -> list[str]:
        """The values of a property in the language of the page."""
        values = self.values(statements, curie)
        return [v.text for v in values if v.language == self.lexicon.language]

    def readable(self, values: Sequence[Value]) -> list[Value]:
        """The values in the language, if there are some, and those without one."""
        own = {"", self.lexicon.language}
        spoken = [value for value in values if value.language in own]
        return spoken or list(values)


def is_foreign(id: str) -> bool:
    """Whether this is an IRI, and not an id of ours."""
    return ":" in id
