"""The rows of criteria, tests, limits, sources, evidence and mappings as triples."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD

from ontology.compiler.edit import Edit, Row
from ontology.compiler.names import half
from ontology.compiler.rdf_axioms import DPO, Triple, blank, reified, source_iri
from ontology.compiler.stances import row_half

ROLE_PROPERTIES = {
    "needed": "needs",
    "supporting": "supportedBy",
    "contradicting": "contradictedBy",
    "excluding": "excludedBy",
    "stop": "stoppedBy",
}
MARKS = {
    "last_resort": "lastResort",
    "surveillance": "surveillance",
    "first_without_lesion": "firstWithoutLesion",
}
LINKS = {"pmid": "https://pubmed.ncbi.nlm.nih.gov/", "doi": "https://doi.org/"}
# codes, and a snippet in the language of its source
CLAIM_CELLS = {
    "stance": "stance",
    "directness": "directness",
    "snippet": "snippet",
    "verified": "verified",
    "question": "question",
    "knowledge_ref": "knowledgeRef",
}
CLAIM_TEXTS = {
    "study_kind": "studyKind",
    "quote_role": "quoteRole",
    "depth": "depthRead",
}
SSSOM = Namespace("https://w3id.org/sssom/")
SEMAPV = Namespace("https://w3id.org/semapv/vocab/")
SSSOM_ANNOTATIONS = (
    SSSOM.confidence,
    SSSOM.mapping_justification,
    SSSOM.object_label,
)


def criteria_triples(edit: Edit) -> Iterator[Triple]:
    """The rows of criteria, usual limits and plausible bounds."""
    for row in edit.criteria:
        yield from _criterion(row)
    for row in edit.limits:
        yield from _limits(row)
    for row in edit.plausible.values():
        yield from _plausible(row)


def test_triples(edit: Edit) -> Iterator[Triple]:
    """The recommended examinations, with what each decides."""
    for name, row in edit.tests.items():
        yield from _test(name, row)


def evidence_triples(edit: Edit) -> Iterator[Triple]:
    """Sources and what they claim."""
    for name, row in edit.sources.items():
        yield from _source(name, row)
    for row in edit.evidence:
        yield from _claim(row)


def mapping_triples(edit: Edit) -> Iterator[Triple]:
    """The codes of other systems."""
    bases = {row["prefix"]: row["iri_base"] for row in edit.systems}
    for row in edit.mappings:
        yield from _mapping(row, bases)


def _criterion(row: Row) -> Iterator[Triple]:
    """A row as one triple from hypothesis to criterion, annotated."""
    criterion = row["criterion"].removeprefix("not ")
    prop = DPO[ROLE_PROPERTIES[row["role"]]]
    triple = (DPO[row["hypothesis"]], prop, DPO[criterion])
    yield triple
    state, _ = half(row_half(row)) or ("", "")
    node = blank("criterion", row["hypothesis"], row["role"], row["criterion"])
    yield from reified(node, triple)
    yield node, DPO.polarity, Literal(state)
    if row["strength"]:
        yield node, DPO.strength, Literal(int(row["strength"]))
    for language in ("en", "fr"):
        text = row[f"sentence_{language}"]
        yield node, DPO.sentence, Literal(text, lang=language)
    for source in row.list("source"):
        yield node, DCTERMS.source, source_iri(source)


def _test(name: str, row: Row) -> Iterator[Triple]:
    iri = DPO[name]
    for criterion in row.list("decides"):
        yield iri, DPO.decides, DPO[criterion]
    yield iri, DPO.burden, Literal(int(row["burden"]))
    for cell, key in MARKS.items():
        if row[cell] == "yes":
            yield iri, DPO[key], Literal("true", datatype=XSD.boolean)
    for source in row.list("source"):
        yield iri, DCTERMS.source, source_iri(source)


def _limits(row: Row) -> Iterator[Triple]:
    text = (
        f"{row['sex'] or 'any sex'}, from {row['min_age']} a: low below "
        f"{row['low_below']}, normal {row['normal_from']} to {row['normal_to']}, "
        f"high above {row['high_above']} {row['unit']}"
    )
    yield DPO[row["concept"]], DPO.limit, Literal(text, lang="en")
    for source in row.list("source"):
        yield DPO[row["concept"]], DCTERMS.source, source_iri(source)


def _plausible(row: Row) -> Iterator[Triple]:
    text = f"{row['low']} to {row['high']} {row['unit']}"
    yield DPO[row["concept"]], DPO.plausibleRange, Literal(text, lang="en")
    for source in row.list("source"):
        yield DPO[row["concept"]], DCTERMS.source, source_iri(source)


def _source(name: str, row: Row) -> Iterator[Triple]:
    iri = source_iri(name)
    yield iri, RDF.type, OWL.NamedIndividual
    yield iri, RDF.type, DPO.publishedSource
    yield iri, DCTERMS.identifier, Literal(name)
    yield iri, DPO.citation, Literal(row["citation"], lang="en")
    yield iri, DPO.depthRead, Literal(row["depth"], lang="en")
    yield iri, DPO.verified, Literal(row["verified"])
    for cell, base in LINKS.items():
        if row[cell]:
            yield iri, RDFS.seeAlso, URIRef(base + row[cell])


def _claim(row: Row) -> Iterator[Triple]:
    iri = DPO[f"evidence/{row['id']}"]
    yield iri, RDF.type, OWL.NamedIndividual
    yield iri, RDF.type, DPO.claim
    yield iri, DPO.subject, DPO[row["subject"]]
    for language in ("en", "fr"):
        text = row[f"claim_{language}"]
        yield iri, DCTERMS.description, Literal(text, lang=language)
    yield iri, DCTERMS.source, source_iri(row["source"])
    for cell, key in CLAIM_CELLS.items():
        if row[cell]:
            yield iri, DPO[key], Literal(row[cell])
    for cell, key in CLAIM_TEXTS.items():
        if row[cell]:
            yield iri, DPO[key], Literal(row[cell], lang="en")


def _mapping(row: Row, bases: dict[str, str]) -> Iterator[Triple]:
    """A row as one triple, annotated in the way of SSSOM; the comment is its source."""
    prefix, _, code = row["object_id"].partition(":")
    subject = DPO[row["subject_id"].removeprefix("dpo:")]
    kind = row["predicate_id"].removeprefix("skos:")
    triple = (subject, SKOS[kind], URIRef(bases[prefix] + code))
    yield triple
    note = blank("mapping", row["subject_id"], row["predicate_id"], row["object_id"])
    yield from reified(note, triple)
    yield note, SSSOM.object_label, Literal(row["object_label"])
    confidence = Literal(row["confidence"], datatype=XSD.decimal, normalize=False)
    yield note, SSSOM.confidence, confidence
    why = row["mapping_justification"].removeprefix("semapv:")
    yield note, SSSOM.mapping_justification, SEMAPV[why]
    yield note, RDFS.comment, Literal(row["comment"], lang="en")
