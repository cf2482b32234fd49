"""Writes the ontology as RDF: `dpo.owl` (RDF/XML) and `dpo.ttl`, byte for byte the same.

rdflib serialises; blank nodes are named after the axiom that they belong to, and
triples are added in sorted order, so that equal input gives equal bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD
from rdflib.term import Node

from ontology.compiler.choices import Choice, read_choices
from ontology.compiler.edit import Edit, Row
from ontology.compiler.generate import CASE, row_half
from ontology.compiler.names import Names, half, known_classes
from ontology.compiler.rules import ontology
from ontology.compiler.syntax import Axiom

DPO = Namespace("https://w3id.org/pulmonary-ossification/")
DEFINITION = URIRef("http://purl.obolibrary.org/obo/IAO_0000115")
ROLE_PROPERTIES = {
    "needed": "needs",
    "supporting": "supportedBy",
    "contradicting": "contradictedBy",
    "excluding": "excludedBy",
    "stop": "stoppedBy",
}
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
)

Triple = tuple[Node, Node, Node]


def build_graph(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> Graph:
    """The whole ontology: header, terms, axioms, criteria, tests, evidence, mappings."""
    graph = new_graph()
    triples: list[Triple] = [*_header(edit)]
    for name, row in edit.terms.items():
        triples += _term(edit, name, row)
    triples += _derived_terms(edit, names)
    triples += _annotations(edit, names)
    for row in edit.criteria:
        triples += _criterion(row)
    for name, row in edit.tests.items():
        triples += _test(name, row)
    for row in edit.limits:
        triples += _limits(row)
    for name, row in edit.sources.items():
        triples += _source(name, row)
    for row in edit.evidence:
        triples += _claim(row)
    triples += _mappings(edit)
    for triple in triples:
        graph.add(triple)
    for axiom in axioms:
        _add_axiom(graph, axiom)
    return graph


def new_graph() -> Graph:
    """An empty graph that knows our prefixes."""
    graph = Graph(bind_namespaces="none")
    for prefix, space in (
        ("", DPO),
        ("owl", OWL),
        ("rdf", RDF),
        ("rdfs", RDFS),
        ("xsd", XSD),
        ("skos", SKOS),
        ("dcterms", DCTERMS),
        ("obo", Namespace("http://purl.obolibrary.org/obo/")),
    ):
        graph.bind(prefix, space)
    return graph


def _header(edit: Edit) -> Iterator[Triple]:
    about = ontology(edit)
    iri = URIRef(about["iri"])
    yield iri, RDF.type, OWL.Ontology
    yield iri, OWL.versionIRI, URIRef(about["version_iri"])
    yield iri, OWL.versionInfo, Literal(about["version"])
    for key, prop in (("title", DCTERMS.title), ("description", DCTERMS.description)):
        for language in ("en", "fr"):
            yield iri, prop, Literal(edit.header[f"{key}_{language}"], lang=language)
    yield iri, DCTERMS.license, URIRef(edit.header["license"])
    yield iri, DCTERMS.creator, Literal(edit.header["creator"], lang="en")
    for prop in EXTERNAL_ANNOTATIONS:
        yield prop, RDF.type, OWL.AnnotationProperty


def _term(edit: Edit, name: str, row: Row) -> Iterator[Triple]:
    iri = DPO[name]
    yield iri, RDF.type, PROPERTY_TYPES.get(row["kind"], OWL.Class)
    yield iri, DPO.kindOf, Literal(row["kind"])
    yield from _texts(iri, row["label_en"], row["label_fr"], RDFS.label)
    yield from _texts(iri, row["definition_en"], row["definition_fr"], DEFINITION)
    for language in ("en", "fr"):
        for synonym in row.list(f"synonyms_{language}"):
            yield iri, SKOS.altLabel, Literal(synonym, lang=language)
    if row["note"]:
        yield iri, SKOS.note, Literal(row["note"], lang="en")
    for source in row.list("source"):
        yield iri, DCTERMS.source, _source_iri(source)
    for cell, key in LITERAL_CELLS.items():
        if row[cell] and row[cell] != "none":
            yield iri, DPO[key], Literal(row[cell])
    for cell, key in NAMED_CELLS.items():
        for other in row.list(cell):
            yield iri, DPO[key], DPO[other]


def _texts(iri: Node, en: str, fr: str, prop: URIRef) -> Iterator[Triple]:
    yield iri, prop, Literal(en, lang="en")
    yield iri, prop, Literal(fr, lang="fr")


def _derived_terms(edit: Edit, names: Names) -> Iterator[Triple]:
    """Labels and definitions of generated classes of cases, from phrases."""
    for name in sorted(known_classes(edit, names)):
        if name in edit.terms:
            continue
        iri = DPO[name]
        yield iri, RDF.type, OWL.Class
        yield iri, DPO.kindOf, Literal("derived")
        yield iri, DCTERMS.source, _source_iri("M")
        prefix, subject = split_name(name, edit)
        for language in ("en", "fr"):
            label = edit.terms[subject][f"label_{language}"]
            for kind, prop in (("label", RDFS.label), ("definition", DEFINITION)):
                text = edit.phrases[f"{kind}_{prefix}"][f"text_{language}"]
                yield iri, prop, Literal(text.format(label=label), lang=language)


def split_name(name: str, edit: Edit) -> tuple[str, str]:
    """Of a generated class: its prefix and the term that it is about."""
    found = half(name)
    if found:
        return found
    for prefix in (
        "conflict",
        "ruled_out",
        "weakened",
        "established",
        "contradicted",
        "supported",
        "stop",
        "listed",
        "contributor",
        "grade_likely",
        "grade_possible",
        "grade_unlikely",
        "grade_excluded",
    ):
        subject = name.removeprefix(prefix + "_")
        if subject != name and subject in edit.terms:
            return prefix, subject
    raise ValueError(name)


def _annotations(edit: Edit, names: Names) -> Iterator[Triple]:
    for item in edit.assertions:
        value: Node
        if item.property in ("reports", "optionOf", "default", "gate") or (
            item.property == "overriddenBy"
        ):
            continue
        if item.language:
            value = Literal(item.value, lang=item.language)
        elif item.value in ("true", "false"):
            value = Literal(item.value, datatype=XSD.boolean)
        else:
            value = Literal(item.value)
        yield DPO[item.subject], DPO[item.property], value
    for hypothesis in names.hypotheses:
        gate = edit.annotation("gate", hypothesis)
        yield DPO[hypothesis], DPO.gate, DPO[gate]
    for choice in read_choices(edit, names):
        yield from _choice(choice)


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


def _criterion(row: Row) -> Iterator[Triple]:
    """A row as one triple from hypothesis to criterion, annotated."""
    criterion = row["criterion"].removeprefix("not ")
    prop = DPO[ROLE_PROPERTIES[row["role"]]]
    triple = (DPO[row["hypothesis"]], prop, DPO[criterion])
    yield triple
    state, _ = half(row_half(row)) or ("", "")
    node = _node("criterion", row["hypothesis"], row["role"], row["criterion"])
    yield from _reified(node, triple)
    yield node, DPO.polarity, Literal(state)
    if row["strength"]:
        yield node, DPO.strength, Literal(int(row["strength"]))
    for language in ("en", "fr"):
        text = row[f"sentence_{language}"]
        yield node, DPO.sentence, Literal(text, lang=language)
    for source in row.list("source"):
        yield node, DCTERMS.source, _source_iri(source)


def _reified(node: Node, triple: Triple) -> Iterator[Triple]:
    yield node, RDF.type, OWL.Axiom
    yield node, OWL.annotatedSource, triple[0]
    yield node, OWL.annotatedProperty, triple[1]
    yield node, OWL.annotatedTarget, triple[2]


def _test(name: str, row: Row) -> Iterator[Triple]:
    iri = DPO[name]
    for criterion in row.list("decides"):
        yield iri, DPO.decides, DPO[criterion]
    yield iri, DPO.burden, Literal(int(row["burden"]))
    for cell, key in (
        ("last_resort", "lastResort"),
        ("surveillance", "surveillance"),
        ("first_without_lesion", "firstWithoutLesion"),
    ):
        if row[cell] == "yes":
            yield iri, DPO[key], Literal(True)  # noqa: FBT003  # an RDF boolean
    for source in row.list("source"):
        yield iri, DCTERMS.source, _source_iri(source)


def _limits(row: Row) -> Iterator[Triple]:
    text = (
        f"{row['sex'] or 'any sex'}, from {row['min_age']} a: low below "
        f"{row['low_below']}, normal {row['normal_from']} to {row['normal_to']}, "
        f"high above {row['high_above']} {row['unit']}"
    )
    yield DPO[row["concept"]], DPO.limit, Literal(text, lang="en")
    for source in row.list("source"):
        yield DPO[row["concept"]], DCTERMS.source, _source_iri(source)


def _source_iri(source: str) -> URIRef:
    return DPO[f"source/{source}"]


def _source(name: str, row: Row) -> Iterator[Triple]:
    iri = _source_iri(name)
    yield iri, RDF.type, OWL.NamedIndividual
    yield iri, RDF.type, DPO.publishedSource
    yield iri, DCTERMS.identifier, Literal(name)
    yield iri, DPO.citation, Literal(row["citation"], lang="en")
    yield iri, DPO.depthRead, Literal(row["depth"], lang="en")
    yield iri, DPO.verified, Literal(row["verified"])
    for cell, base in (("pmid", "https://pubmed.ncbi.nlm.nih.gov/"), ("doi", "https://doi.org/")):
        if row[cell]:
            yield iri, RDFS.seeAlso, URIRef(base + row[cell])


def _claim(row: Row) -> Iterator[Triple]:
    iri = DPO[f"evidence/{row['id']}"]
    yield iri, RDF.type, OWL.NamedIndividual
    yield iri, RDF.type, DPO.claim
    yield iri, DPO.subject, DPO[row["subject"]]
    yield from _texts(iri, row["claim_en"], row["claim_fr"], DCTERMS.description)
    yield iri, DCTERMS.source, _source_iri(row["source"])
    for cell, key in (
        ("stance", "stance"),
        ("directness", "directness"),
        ("study_kind", "studyKind"),
        ("quote_role", "quoteRole"),
        ("snippet", "snippet"),
        ("depth", "depthRead"),
        ("verified", "verified"),
        ("question", "question"),
        ("knowledge_ref", "knowledgeRef"),
    ):
        if row[cell]:
            yield iri, DPO[key], Literal(row[cell])


def _mappings(edit: Edit) -> Iterator[Triple]:
    bases = {row["prefix"]: row["iri_base"] for row in edit.systems}
    for row in edit.mappings:
        prefix, _, code = row["object_id"].partition(":")
        subject = DPO[row["subject_id"].removeprefix("dpo:")]
        yield subject, SKOS[row["predicate_id"].removeprefix("skos:")], URIRef(
            bases[prefix] + code
        )


def _node(*parts: str) -> BNode:
    return BNode("n" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16])


def _add_axiom(graph: Graph, axiom: Axiom) -> None:
    left = _left(graph, axiom)
    triple = (left, RDFS.subClassOf, DPO[axiom.head])
    graph.add(triple)
    if axiom.head == CASE:  # the place of a class, sourced with its declaration
        return
    note = _node("axiom", axiom.id)
    for extra in _reified(note, triple):
        graph.add(extra)
    for source in axiom.sources:
        graph.add((note, DCTERMS.source, _source_iri(source)))


def _left(graph: Graph, axiom: Axiom) -> Node:
    """The class expression on the left, as blank nodes named after the axiom."""
    if len(axiom.body) == 1 and not axiom.facet and not axiom.relation:
        return DPO[axiom.body[0]]
    node = _node("left", axiom.id)
    members: list[Node] = [DPO[name] for name in axiom.body]
    if axiom.facet:
        members.append(_restricted(graph, axiom))
    if axiom.relation:
        some = _node("some", axiom.id)
        graph.add((some, RDF.type, OWL.Restriction))
        graph.add((some, OWL.onProperty, DPO[axiom.relation]))
        graph.add((some, OWL.someValuesFrom, DPO[axiom.body[0]]))
        members = [DPO.case, some]
    graph.add((node, RDF.type, OWL.Class))
    graph.add((node, OWL.intersectionOf, _list(graph, axiom.id, members)))
    return node


def _restricted(graph: Graph, axiom: Axiom) -> Node:
    assert axiom.facet
    some, datatype, facet = (
        _node(part, axiom.id) for part in ("some", "datatype", "facet")
    )
    graph.add((some, RDF.type, OWL.Restriction))
    graph.add((some, OWL.onProperty, DPO[axiom.facet.bound]))
    graph.add((some, OWL.someValuesFrom, datatype))
    graph.add((datatype, RDF.type, RDFS.Datatype))
    graph.add((datatype, OWL.onDatatype, XSD.decimal))
    restrictions = _list(graph, axiom.id + "w", [facet])
    graph.add((datatype, OWL.withRestrictions, restrictions))
    value = Literal(axiom.facet.value, datatype=XSD.decimal, normalize=False)
    graph.add((facet, XSD[axiom.facet.facet], value))
    return some


def _list(graph: Graph, key: str, members: Iterable[Node]) -> Node:
    nodes = list(members)
    cells = [_node("list", key, str(n)) for n in range(len(nodes))]
    for n, (cell, member) in enumerate(zip(cells, nodes, strict=True)):
        graph.add((cell, RDF.first, member))
        graph.add((cell, RDF.rest, cells[n + 1] if n + 1 < len(cells) else RDF.nil))
    return cells[0]
