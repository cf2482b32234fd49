"""`dpo sparql`: a query over the built dataset, without a server.

The same pool as the endpoint's, hence the same guard, limits and refusals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from service.sparql.media import NAMES
from service.sparql.pool import Pool
from service.sparql.queries import SavedQueries, abbreviate
from service.sparql.question import RESULTS_JSON, TURTLE, Limits, Question

TABLE = "table"
# By format: the media types of solutions and of graphs; empty where it has none.
FORMATS = {
    TABLE: (RESULTS_JSON, TURTLE),
    **{
        name: NAMES[name]
        for name in ("json", "xml", "csv", "tsv", "turtle", "nt", "rdf", "jsonld")
    },
}


def answer_query(
    build: Path, limits: Limits, text: str, form: str, prefixes: Mapping[str, str]
) -> str:
    """The answer as text in one of FORMATS; raises what the pool raises."""
    solutions, graph = FORMATS[form]
    question = Question(
        text, solutions=solutions, graph=graph, prefixes=tuple(prefixes.items())
    )
    pool = Pool.of_build(build, limits)
    try:
        reply = pool.ask(question)
    finally:
        pool.close()
    if form == TABLE and reply.media == RESULTS_JSON:
        return write_table(reply.body, prefixes)
    return reply.body.decode()


def list_questions(saved: SavedQueries, language: str) -> str:
    """Every question by its id, under the names of the groups."""
    asked = saved.questions
    width = max(len(query.id) for query in asked)
    lines: list[str] = []
    for group in sorted({query.group for query in asked}):
        lines += [*([""] if lines else []), group]
        lines += [
            f"  {query.id:{width}}  {query.title.in_language(language)}"
            for query in asked
            if query.group == group
        ]
    return "\n".join(lines) + "\n"


def write_table(body: bytes, prefixes: Mapping[str, str]) -> str:
    """SPARQL results in JSON as aligned columns, IRIs shortened, with a count."""
    document = json.loads(body)
    if "boolean" in document:
        return f"{str(document['boolean']).lower()}\n"
    names = document["head"]["vars"]
    found = document["results"]["bindings"]
    rows = [[write_cell(row.get(name), prefixes) for name in names] for row in found]
    count = f"({len(rows)} row{'' if len(rows) == 1 else 's'})"
    return "\n".join([*aligned([names, *rows]), count]) + "\n"


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows with columns of equal width, a line below the first."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    for number, row in enumerate(rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
        if not number:
            yield "  ".join("-" * width for width in widths)


def write_cell(term: Mapping[str, str] | None, prefixes: Mapping[str, str]) -> str:
    """A term as a person reads it: an IRI by its prefix, a literal by its text."""
    if term is None:
        return ""
    value = " ".join(term["value"].split())
    if term["type"] == "bnode":
        return f"_:{value}"
    return shorten(value, prefixes) if term["type"] == "uri" else value


def shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    """The IRI by the longest prefix that it begins with, else whole."""
    found = abbreviate(iri, prefixes)
    return ":".join(found) if found else iri
