"""The words of the terminology resources, in both languages at once.

Titles and notes are phrases of the ontology; labels and synonyms are those of its
concepts.
"""

from __future__ import annotations

import unicodedata
from xml.etree.ElementTree import Element, SubElement, tostring

from service.fhir.codes import HL7, THO, Resource, extension
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Concept, Text

LANGUAGE, OTHER = "en", "fr"
XHTML = "http://www.w3.org/1999/xhtml"
TRANSLATION = f"{HL7}/translation"
PREFERRED = {"system": f"{THO}/hl7TermMaintInfra", "code": "preferredForLanguage"}
DEFINITION = {"system": f"{THO}/designation-usage", "code": "definition"}


def tell(knowledge: Knowledge, phrase: str, **places: Text) -> Text:
    """A phrase in both languages, its places filled in each."""
    said = {
        language: knowledge.phrase(
            phrase,
            language,
            **{name: text.in_language(language) for name, text in places.items()},
        )
        for language in (LANGUAGE, OTHER)
    }
    return Text(**said)


def translated(element: str, text: Text) -> Resource:
    """A text element in the language of the resource, with its translation."""
    other = extension(
        TRANSLATION,
        extension=[
            extension("lang", valueCode=OTHER),
            extension("content", valueString=text.fr),
        ],
    )
    return {element: text.en, f"_{element}": {"extension": [other]}}


def narrative(title: Text, description: Text) -> Resource:
    """What a reader without a FHIR tool sees, in both languages."""
    div = Element("div", {"xmlns": XHTML, "lang": LANGUAGE, "xml:lang": LANGUAGE})
    for language in (LANGUAGE, OTHER):
        part = SubElement(div, "div", {"lang": language, "xml:lang": language})
        SubElement(part, "h1").text = title.in_language(language)
        SubElement(part, "p").text = description.in_language(language)
    return {"status": "generated", "div": tostring(div, encoding="unicode")}


def designations(concept: Concept, language: str) -> list[Resource]:
    """The names as designations, but for the display in the language of the answer."""
    found: list[Resource] = []
    for spoken in (LANGUAGE, OTHER):
        label = concept.label.in_language(spoken)
        if spoken != language:
            found.append({"language": spoken, "use": PREFERRED, "value": label})
        found += [
            {"language": spoken, "value": name} for name in synonyms(concept, spoken)
        ]
    return found


def definition(concept: Concept, language: str) -> Resource:
    """The definition in one language as a designation."""
    value = concept.definition.in_language(language)
    return {"language": language, "use": DEFINITION, "value": value}


def is_name(display: str, concept: Concept) -> bool:
    """Whether a display is a name of the concept, in either language and any case."""
    return folded(display) in {folded(name) for name in names(concept)}


def names(concept: Concept) -> list[str]:
    """Every label and synonym, in both languages."""
    labels = (concept.label.en, concept.label.fr)
    return [*labels, *concept.synonyms_en, *concept.synonyms_fr]


def synonyms(concept: Concept, language: str) -> tuple[str, ...]:
    """The other names of a concept in one language."""
    return concept.synonyms_fr if language == OTHER else concept.synonyms_en


def folded(text: str) -> str:
    """Text without case, and with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def searchable(text: str) -> str:
    """Text without case, accents and ligatures, as people type it."""
    parts = unicodedata.normalize("NFKD", folded(text))
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return bare.replace("\u0153", "oe").replace("\u00e6", "ae")
