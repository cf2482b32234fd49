"""Triples -> bytes: Turtle, N-Triples, JSON-LD without a context, RDF/XML.

Output only: nothing here parses or asks. The same triples give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO

from pyoxigraph import Literal, NamedNode, RdfFormat, serialize
from pyoxigraph import Triple as RdfTriple

from service.rdf.triples import Iri, Node, Triple
from service.rdf.vocabulary import PREFIXES

XML = "application/rdf+xml"
# What XML 1.0 cannot hold, not even as a reference, in the bytes of UTF-8.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


def serialise(triples: Iterable[Triple], media: str) -> bytes:
    """The triples in the form of a media type; ValueError for one that has none."""
    form = RdfFormat.from_media_type(media)
    if form is None:
        raise ValueError(media)
    written = BytesIO()
    serialize(
        [
            RdfTriple(NamedNode(subject.value), NamedNode(predicate.value), _term(node))
            for subject, predicate, node in triples
        ],
        written,
        form,
        prefixes=PREFIXES,
    )
    body = written.getvalue()
    return _for_xml(body) if media == XML else body


def _term(node: Node) -> NamedNode | Literal:
    """An IRI or a literal of the library."""
    if isinstance(node, Iri):
        return NamedNode(node.value)
    if node.language:
        return Literal(node.value, language=node.language)
    if node.datatype:
        return Literal(node.value, datatype=NamedNode(node.datatype))
    return Literal(node.value)


def _for_xml(body: bytes) -> bytes:
    """A reader of XML takes a bare carriage return for a line feed."""
    return _NOT_XML.sub(_REPLACEMENT, body).replace(b"\r", b"&#13;")
