"""Writes answers in the formats of the protocol, complete and within the limits."""

from __future__ import annotations

import json
import re
from xml.parsers import expat

import pyoxigraph as ox

from service.sparql.engine.dataset import Dataset
from service.sparql.frames import Head
from service.sparql.question import Limits

SOLUTIONS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "application/xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}


class Refused(Exception):
    """The query has no answer within the limits; `head` says why."""

    def __init__(self, fault: str, **facts: object) -> None:
        self.head: Head = {"fault": fault, **facts}
        super().__init__(fault)


class Bounded:
    """A file in memory that refuses to grow beyond its limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.content = bytearray()

    def write(self, piece: bytes) -> int:
        """Keep the piece; Refused as soon as the whole is too long."""
        self.content += piece
        if len(self.content) > self.limit:
            raise Refused("size")
        return len(piece)

    def flush(self) -> None:
        """There is nothing below to flush to."""


def write_solutions(
    results: ox.QuerySolutions | ox.QueryBoolean, media: str, limits: Limits
) -> bytes:
    """A table of solutions, or yes or no."""
    form, output = SOLUTIONS[media], Bounded(limits.size)
    results.serialize(output, form)  # type: ignore[arg-type]  # it writes and flushes
    body = bytes(output.content)
    if isinstance(results, ox.QuerySolutions):
        check_rows(form, body, limits.rows)
    return make_well_formed(body) if form is ox.QueryResultsFormat.XML else body


def write_graph(
    triples: ox.QueryTriples, media: str, limits: Limits, dataset: Dataset
) -> bytes:
    """A graph, its triples in order, so that what belongs together stands together.

    The engine gives a triple with a blank node once for each solution.
    """
    found = set[ox.Triple]()
    for triple in triples:
        found.add(triple)
        if len(found) > limits.rows:
            raise Refused("rows")
    form, output = GRAPHS[media], Bounded(limits.size)
    ordered = sorted(found, key=str)
    try:
        ox.serialize(ordered, output, form, prefixes=dataset.prefixes)  # type: ignore[arg-type]  # as above
    except OSError:
        # A triple of RDF 1.2 that is itself a term has no form in JSON-LD.
        raise Refused("json-ld") from None
    body = bytes(output.content)
    return make_well_formed(body) if form is ox.RdfFormat.RDF_XML else body


def check_rows(form: ox.QueryResultsFormat, body: bytes, most: int) -> None:
    """Refused when a table has more rows than it may.

    The engine gives solutions either one by one or as a written table; counting them
    there, once it is bounded, is cheaper than writing the table here.
    """
    # No row of any format is shorter than the `\\n` of an empty one.
    if len(body) > most and COUNTERS[form](body) > most:
        raise Refused("rows")


def count_json(body: bytes) -> int:
    """The rows of a JSON table."""
    return len(json.loads(body)["results"]["bindings"])


def count_xml(body: bytes) -> int:
    """The rows of an XML table, in whose texts `<` is escaped."""
    return body.count(b"<result>")


def count_tsv(body: bytes) -> int:
    """The lines of a TSV table after its head; in its texts a line break is escaped."""
    return body.count(b"\n") - 1


def count_csv(body: bytes) -> int:
    """The lines of a CSV table after its head, outside quotes."""
    return re.sub(rb'"[^"]*"', b"", body).count(b"\n") - 1


COUNTERS = {
    ox.QueryResultsFormat.JSON: count_json,
    ox.QueryResultsFormat.XML: count_xml,
    ox.QueryResultsFormat.TSV: count_tsv,
    ox.QueryResultsFormat.CSV: count_csv,
}


def make_well_formed(body: bytes) -> bytes:
    """XML that every reader can read; Refused where XML has no way to say it.

    The engine writes control characters as they are, which XML does not allow, and
    properties that make no name of XML. A carriage return is allowed but would be read
    as a line feed, unless it is escaped.
    """
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(body, True)
    except expat.ExpatError:
        raise Refused("xml") from None
    return body.replace(b"\r", b"&#13;")
