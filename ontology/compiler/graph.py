"""The whole ontology as triples: header, terms, axioms, tables.

What identifies a triple's place is its content, never a counter, so that equal input
gives equal output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import (
    DCAT,
    DCTERMS,
    OWL,
    PROV,
    RDF,
    RDFS,
    SKOS,
    VOID,
    XSD,
)
from rdflib.term import Node

from ontology.compiler.axiom import Axiom
from ontology.compiler.edit import Edit, Row
from ontology.compiler.names import DEPRECATED, Names, known_classes, split_name
from ontology.compiler.rdf_axioms import DPO, Triple, axiom_triples, source_iri
from ontology.compiler.rdf_notes import note_triples
from ontology.compiler.rdf_tables import (
    SEMAPV,
    SSSOM,
    SSSOM_ANNOTATIONS,
    criteria_triples,
    evidence_triples,
    mapping_triples,
    test_triples,
)
from ontology.compiler.rdf_words import DEFINITION, OBO, phrase_triples, texts
from ontology.compiler.rules import ontology

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
SUCCESSOR = OBO.IAO_0100001
PREFIXES = (
    ("", DPO),
    ("owl", OWL),
    ("rdf", RDF),
    ("rdfs", RDFS),
    ("xsd", XSD),
    ("skos", SKOS),
    ("dcterms", DCTERMS),
    ("obo", OBO),
    ("sssom", SSSOM),
    ("semapv", SEMAPV),
    ("dcat", DCAT),
    ("prov", PROV),
    ("sd", SD),
    ("spdx", SPDX),
    ("void", VOID),
)

PROPERTY_TYPES = {
    "objectProperty": OWL.ObjectProperty,
    "dataProperty": OWL.DatatypeProperty,
    "annotationProperty": OWL.AnnotationProperty,
}
LITERAL_CELLS = {
    "unit": "unit",
    "value_type": "valueType",
    "molar_mass_g_per_mol": "molarMass",
    "exclusive": "exclusiveValues",
    "tier": "tier",
}
NAMED_CELLS = {
    "allowed_values": "allowedValue",
    "derived_from": "derivedFrom",
    "family_history_of": "familyHistoryOf",
    "suspicion_of": "suspicionOf",
}
EXTERNAL_ANNOTATIONS = (
    DEFINITION,
    SUCCESSOR,
    RDFS.comment,
    DCTERMS.source,
    SKOS.altLabel,
    SKOS.note,
    SKOS.exactMatch,
    SKOS.narrowMatch,
    SKOS.closeMatch,
    SKOS.broadMatch,
    DCTERMS.title,
    DCTERMS.description,
    DCTERMS.license,
    DCTERMS.creator,
    DCTERMS.identifier,
    *SSSOM_ANNOTATIONS,
)


def build_graphs(
    edit: Edit, names: Names, axioms: tuple[Axiom, ...]
) -> dict[str, Graph]:
    """What people and the compiler assert, by the last part of its graph's name.

    Together they are the ontology of `dpo.owl`; apart they are named graphs.
    """
    asserted: tuple[Iterable[Triple], ...] = (
        _header(edit),
        *(_term(name, row) for name, row in edit.terms.items()),
        _generated_classes(edit, names),
        note_triples(edit, names),
        criteria_triples(edit),
        *(axiom_triples(axiom) for axiom in axioms),
    )
    return {
        "asserted": filled(chain.from_iterable(asserted)),
        "evidence": filled(evidence_triples(edit)),
        "mappings": filled(mapping_triples(edit)),
        "tests": filled(test_triples(edit)),
    }


def filled(triples: Iterable[Triple]) -> Graph:
    """A graph of these triples that knows our prefixes."""
    graph = new_graph()
    for triple in triples:
        graph.add(triple)
    return graph


def new_graph() -> Graph:
    """An empty graph that knows our prefixes."""
    graph = Graph(bind_namespaces="none")
    for prefix, space in PREFIXES:
        graph.bind(prefix, space)
    return graph


def _header(edit: Edit) -> Iterator[Triple]:
    about = ontology(edit)
    iri = URIRef(about["iri"])
    yield iri, RDF.type, OWL.Ontology
    yield iri, OWL.versionIRI, URIRef(about["version_iri"])
    yield iri, OWL.versionInfo, Literal(about["version"])
    for key, prop in (("title", DCTERMS.title), ("description", DCTERMS.description)):
        yield from texts(iri, edit.header, key, prop)
    yield iri, DCTERMS.license, URIRef(edit.header["license"])
    yield iri, DCTERMS.creator, Literal(edit.header["creator"], lang="en")
    for prop in EXTERNAL_ANNOTATIONS:
        yield prop, RDF.type, OWL.AnnotationProperty


def _term(name: str, row: Row) -> Iterator[Triple]:
    iri = DPO[name]
    yield iri, RDF.type, PROPERTY_TYPES.get(row["kind"], OWL.Class)
    yield iri, DPO.kindOf, Literal(row["kind"])
    yield from texts(iri, row, "label", RDFS.label)
    yield from texts(iri, row, "definition", DEFINITION)
    for language in ("en", "fr"):
        for synonym in row.list(f"synonyms_{language}"):
            yield iri, SKOS.altLabel, Literal(synonym, lang=language)
    if row["note"]:
        yield iri, SKOS.note, Literal(row["note"], lang="en")
    for source in row.list("source"):
        yield iri, DCTERMS.source, source_iri(source)
    yield from _cells(iri, row)
    yield from _retired(iri, row)


def _cells(iri: Node, row: Row) -> Iterator[Triple]:
    for cell, key in LITERAL_CELLS.items():
        if row[cell] and row[cell] != "none":
            yield iri, DPO[key], Literal(row[cell])
    for cell, key in NAMED_CELLS.items():
        for other in row.list(cell):
            yield iri, DPO[key], DPO[other]


def _retired(iri: Node, row: Row) -> Iterator[Triple]:
    status, _, successor = row["status"].partition(":")
    if status == DEPRECATED:
        yield iri, OWL.deprecated, Literal("true", datatype=XSD.boolean)
    if successor:
        yield iri, SUCCESSOR, DPO[successor]


def _generated_classes(edit: Edit, names: Names) -> Iterator[Triple]:
    """Generated classes of cases: what each says of which term, with its words."""
    for name in sorted(known_classes(edit, names)):
        if name in edit.terms:
            continue
        iri = DPO[name]
        yield iri, RDF.type, OWL.Class
        yield iri, DPO.kindOf, Literal("derived")
        yield iri, DCTERMS.source, source_iri("M")
        form, subject = split_name(name, edit)
        yield iri, DPO.about, DPO[subject]
        yield iri, DPO.form, Literal(form)
        yield from phrase_triples(edit, iri, form, subject)
