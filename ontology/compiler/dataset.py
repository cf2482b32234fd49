"""The dataset that SPARQL is asked over: the named graphs, and one that describes them.

The description holds what VoID, DCAT and a SPARQL service description need to know of
this release: counts that were counted, hashes and sizes of the files, dates, licence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, OWL, PROV, RDF, VOID, XSD

from ontology.compiler.edit import Edit
from ontology.compiler.graph import SD, SPDX, filled
from ontology.compiler.rdf_axioms import DPO, Triple
from ontology.compiler.rdf_words import texts
from ontology.compiler.rules import ontology

SIMPLE = URIRef("http://www.w3.org/ns/entailment/Simple")
FORMATS = Namespace("http://www.w3.org/ns/formats/")
DATASET = DPO["dataset"]
# A name for the description of the default graph; no graph of the dataset has it.
UNION = DPO["graph/default"]
MEDIA_TYPES = {
    "json": "application/json",
    "owl": "application/rdf+xml",
    "ttl": "text/turtle",
}
FORMAT_OF = {"owl": FORMATS.RDF_XML, "ttl": FORMATS.Turtle}


def name_graphs(
    edit: Edit, graphs: Mapping[str, Graph], files: Mapping[str, bytes]
) -> dict[str, Graph]:
    """The graphs by their IRIs, and beside them the description of this release.

    `files` are those of the build but for the dataset itself and the manifest.
    """
    release = str(DPO[f"graph/release/{edit.header['version']}"])
    named = {str(DPO[f"graph/{name}"]): graph for name, graph in graphs.items()}
    about = [*_dataset(edit), *_files(edit, files), *_described(edit, UNION, "default")]
    for iri in (*named, release):
        about += _graph(edit, URIRef(iri))
    # Zeros first, since the counts stand in the graph that is counted.
    zeros = _counts(dict.fromkeys((*named, release), ()))
    named[release] = filled([*about, *zeros])
    named[release] = filled([*about, *_counts(named)])
    return named


def _dataset(edit: Edit) -> Iterator[Triple]:
    """The dataset as a whole."""
    about = ontology(edit)
    for kind in (DCAT.Dataset, VOID.Dataset, SD.Dataset):
        yield DATASET, RDF.type, kind
    for key, prop in (("title", DCTERMS.title), ("description", DCTERMS.description)):
        yield from texts(DATASET, edit.header, key, prop)
    yield from _provenance(edit, DATASET)
    yield DATASET, DCTERMS.creator, Literal(edit.header["creator"], lang="en")
    yield DATASET, OWL.versionInfo, Literal(about["version"])
    yield DATASET, DCTERMS.isVersionOf, URIRef(about["iri"])
    yield DATASET, DCTERMS.hasVersion, URIRef(about["version_iri"])
    yield DATASET, VOID.uriSpace, Literal(str(DPO))
    for vocabulary in (OWL, DCTERMS, PROV):
        yield DATASET, VOID.vocabulary, URIRef(str(vocabulary))
    yield DATASET, SD.defaultGraph, UNION


def _provenance(edit: Edit, iri: URIRef) -> Iterator[Triple]:
    """Licence and date, of the dataset and of each of its graphs."""
    date = Literal(edit.header["version"], datatype=XSD.date)
    yield iri, DCTERMS.license, URIRef(edit.header["license"])
    yield iri, DCTERMS.modified, date


def _graph(edit: Edit, iri: URIRef) -> Iterator[Triple]:
    """One named graph; its name is the IRI under which it is described, too."""
    yield DATASET, SD.namedGraph, iri
    yield DATASET, VOID.subset, iri
    yield iri, RDF.type, SD.NamedGraph
    yield iri, SD.name, iri
    yield iri, SD.graph, iri
    # nothing is inferred while a query runs
    yield iri, SD.entailmentRegime, SIMPLE
    yield from _described(edit, iri, str(iri).removeprefix(f"{DPO}graph/"))


def _described(edit: Edit, iri: URIRef, name: str) -> Iterator[Triple]:
    """What a graph holds, in words."""
    key = f"graph_{name.partition('/')[0]}"
    yield iri, RDF.type, SD.Graph
    yield iri, RDF.type, VOID.Dataset
    yield from texts(iri, edit.header, key, DCTERMS.description)
    yield from _provenance(edit, iri)


def _files(edit: Edit, files: Mapping[str, bytes]) -> Iterator[Triple]:
    """The downloads of this release, each with its size and hash."""
    folder = ontology(edit)["version_iri"].rpartition("/")[0]
    for name, content in sorted(files.items()):
        iri = URIRef(f"{folder}/{name}")
        suffix = name.rpartition(".")[2]
        yield DATASET, DCAT.distribution, iri
        yield iri, RDF.type, DCAT.Distribution
        yield iri, DCTERMS.identifier, Literal(name)
        yield iri, DCAT.downloadURL, iri
        yield iri, DCAT.mediaType, Literal(MEDIA_TYPES[suffix])
        yield iri, DCAT.byteSize, Literal(len(content))
        yield iri, DCTERMS.license, URIRef(edit.header["license"])
        yield from _checksum(iri, content)
        if suffix in FORMAT_OF:
            yield DATASET, VOID.dataDump, iri
            yield DATASET, VOID.feature, FORMAT_OF[suffix]


def _checksum(iri: URIRef, content: bytes) -> Iterator[Triple]:
    node = URIRef(f"{iri}#sha256")
    digest = hashlib.sha256(content).hexdigest()
    yield iri, SPDX.checksum, node
    yield node, RDF.type, SPDX.Checksum
    yield node, SPDX.algorithm, SPDX.checksumAlgorithm_sha256
    yield node, SPDX.checksumValue, Literal(digest, datatype=XSD.hexBinary)


def _counts(named: Mapping[str, Iterable[Triple]]) -> Iterator[Triple]:
    """How much there is in each graph, and in all of them together."""
    for name, graph in named.items():
        yield from _count(URIRef(name), graph)
    everything = set(chain.from_iterable(named.values()))
    for iri in (UNION, DATASET):
        yield from _count(iri, everything)


def _count(iri: URIRef, triples: Iterable[Triple]) -> Iterator[Triple]:
    found = set(triples)
    counts = {
        VOID.triples: len(found),
        VOID.distinctSubjects: len({s for s, _, _ in found}),
        VOID.properties: len({p for _, p, _ in found}),
        VOID.classes: len({o for _, p, o in found if p == RDF.type}),
    }
    for prop, count in counts.items():
        yield iri, prop, Literal(count)
