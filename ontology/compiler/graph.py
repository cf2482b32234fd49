"""The whole ontology as triples: header, terms, axioms, tables.

What identifies a triple's place is its content, never a counter, so that equal input
gives equal output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD
from rdflib.term import Node

from ontology.compiler.axiom import Axiom
from ontology.compiler.edit import Edit, Row
from ontology.compiler.names import DEPRECATED, Names, known_classes, split_name
from ontology.compiler.rdf_axioms import DPO, Triple, axiom_triples, source_iri
from ontology.compiler.rdf_notes import note_triples
from ontology.compiler.rdf_tables import SSSOM, SSSOM_ANNOTATIONS, table_triples
from ontology.compiler.rdf_words import DEFINITION, OBO, phrase_triples, texts
from ontology.compiler.rules import ontology

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


def build_graph(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> Graph:
    """Header, terms, generated classes, annotations, tables and axioms."""
    graph = new_graph()
    parts: tuple[Iterable[Triple], ...] = (
        _header(edit),
        *(_term(name, row) for name, row in edit.terms.items()),
        _generated_classes(edit, names),
        note_triples(edit, names),
        table_triples(edit),
        *(axiom_triples(axiom) for axiom in axioms),
    )
    for triples in parts:
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
    """Labels and definitions of generated classes of cases, from phrases."""
    for name in sorted(known_classes(edit, names)):
        if name in edit.terms:
            continue
        iri = DPO[name]
        yield iri, RDF.type, OWL.Class
        yield iri, DPO.kindOf, Literal("derived")
        yield iri, DCTERMS.source, source_iri("M")
        yield from phrase_triples(edit, iri, *split_name(name, edit))
