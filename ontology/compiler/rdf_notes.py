"""The annotations of `edit/*.ofn` as triples, choices among them."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import Literal
from rdflib.namespace import DCTERMS, OWL, RDF, XSD
from rdflib.term import Node

from ontology.compiler.axiom import Assertion
from ontology.compiler.choices import Choice, read_choices
from ontology.compiler.edit import Edit
from ontology.compiler.names import Names
from ontology.compiler.rdf_axioms import DPO, Triple, blank, reified, source_iri
from ontology.compiler.rdf_words import phrase_triples

NAMED = frozenset({"default", "gate", "optionOf", "overriddenBy", "reports"})
# what `_choices` writes for every choice, hand-written or not
OF_CHOICES = frozenset({"default", "optionOf", "order", "overriddenBy", "reports"})


def note_triples(edit: Edit, names: Names) -> Iterator[Triple]:
    """Annotations of names, gates of hypotheses, choices with their options."""
    for note in edit.assertions:
        triple = (DPO[note.subject], DPO[note.property], _value(note))
        if note.property not in OF_CHOICES:
            yield triple
        if note.sources:
            yield from _sourced(note, triple)
    for choice in read_choices(edit, names):
        yield from _choice(choice)
        hypothesis = choice.name.removeprefix("grade_")
        if hypothesis != choice.name and hypothesis in names.hypotheses:
            yield from _grading(edit, choice, hypothesis)


def _value(note: Assertion) -> Node:
    if note.property in NAMED:
        return DPO[note.value]
    if note.language:
        return Literal(note.value, lang=note.language)
    return Literal(note.value, datatype=XSD[note.datatype] if note.datatype else None)


def _sourced(note: Assertion, triple: Triple) -> Iterator[Triple]:
    node = blank("note", note.property, note.subject, note.value, note.language)
    yield from reified(node, triple)
    for source in note.sources:
        yield node, DCTERMS.source, source_iri(source)


def _grading(edit: Edit, choice: Choice, hypothesis: str) -> Iterator[Triple]:
    """The generated choice of a grade: an individual, as it is no class of cases."""
    iri = DPO[choice.name]
    yield iri, RDF.type, OWL.NamedIndividual
    yield iri, RDF.type, DPO.grade
    yield iri, DPO.kindOf, Literal("choice")
    yield iri, DPO.about, DPO[hypothesis]
    yield iri, DPO.form, Literal("grade")
    yield iri, DPO.stratum, Literal(choice.stratum)
    yield iri, DCTERMS.source, source_iri("M")
    yield from phrase_triples(edit, iri, "grade", hypothesis)


def _choice(choice: Choice) -> Iterator[Triple]:
    if choice.default:
        yield DPO[choice.name], DPO.default, DPO[choice.default]
    for option in choice.options:
        iri = DPO[option.name]
        yield iri, DPO.optionOf, DPO[choice.name]
        yield iri, DPO.reports, DPO[option.reports]
        yield iri, DPO.order, Literal(option.order)
        for other in option.overridden_by:
            yield iri, DPO.overriddenBy, DPO[other]
