"""Labels and definitions as triples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rdflib import Literal, Namespace, URIRef
from rdflib.namespace import RDFS
from rdflib.term import Node

from ontology.compiler.edit import Edit, Row
from ontology.compiler.rdf_axioms import Triple

OBO = Namespace("http://purl.obolibrary.org/obo/")
DEFINITION = OBO.IAO_0000115
LANGUAGES = ("en", "fr")


def texts(
    iri: Node, row: Row | Mapping[str, str], column: str, prop: URIRef
) -> Iterator[Triple]:
    """A text in each language, from the columns `column_en` and `column_fr`."""
    for language in LANGUAGES:
        yield iri, prop, Literal(row[f"{column}_{language}"], lang=language)


def phrase_triples(
    edit: Edit, iri: Node, prefix: str, subject: str
) -> Iterator[Triple]:
    """Label and definition of a generated name: a phrase about the label of a term."""
    for key, prop in (("label", RDFS.label), ("definition", DEFINITION)):
        phrase = edit.phrases[f"{key}_{prefix}"]
        for language in LANGUAGES:
            label = edit.terms[subject][f"label_{language}"]
            text = phrase[f"text_{language}"].format(label=label)
            yield iri, prop, Literal(text, lang=language)
