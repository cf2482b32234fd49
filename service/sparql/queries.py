"""The saved queries of a build: what people may ask, and what pages ask themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from service.reasoning.problems import KnowledgeError
from service.reasoning.terms import Json, Text, as_object, as_text, read_map
from service.sparql.build import read_checked

QUERIES, COMPETENCY = "queries.json", "competency"


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query of the ontology: its kind ("competency" or "page"), title and text.

    `group` puts the queries for people under headings; it is empty for those of pages,
    whose texts have variables that are filled in.
    """

    id: str
    kind: str
    group: str
    title: Text
    text: str


@dataclass(frozen=True, slots=True)
class SavedQueries:
    """All of them by their id, and the prefixes that nobody should have to type."""

    prefixes: Mapping[str, str]
    queries: Mapping[str, SavedQuery]

    def __getitem__(self, id: str) -> SavedQuery:
        """The query of that id; KeyError for a stranger."""
        return self.queries[id]

    @property
    def questions(self) -> tuple[SavedQuery, ...]:
        """The competency questions, which are for people, in the order of their ids."""
        found = (query for query in self.queries.values() if query.kind == COMPETENCY)
        return tuple(sorted(found, key=lambda query: query.id))


def load_queries(build: Path) -> SavedQueries:
    """Read `queries.json` of a build folder.

    Raises ManifestMismatch when it is not the file that the manifest names, and
    KnowledgeError when it is missing or cannot be read as what it should be.
    """
    content = read_checked(build, QUERIES)
    try:
        document = as_object(json.loads(content))
    except ValueError as problem:
        raise KnowledgeError(f"{QUERIES} cannot be read: {problem}") from None
    rows = as_object(document.get("queries")).items()
    queries = {id: read_query(id, as_object(row)) for id, row in rows}
    return SavedQueries(read_map(document.get("prefixes")), MappingProxyType(queries))


def read_query(id: str, row: dict[str, Json]) -> SavedQuery:
    """One query from its row."""
    return SavedQuery(
        id=id,
        kind=as_text(row.get("kind")),
        group=as_text(row.get("group")),
        title=Text(as_text(row.get("en")), as_text(row.get("fr"))),
        text=as_text(row.get("text")),
    )


def abbreviate(iri: str, prefixes: Mapping[str, str]) -> tuple[str, str] | None:
    """The prefix of the longest namespace that an IRI begins with, and what follows.

    What follows is empty for the namespace itself; None where no prefix fits.
    """
    fitting = (name for name, space in prefixes.items() if iri.startswith(space))
    longest = max(fitting, key=lambda name: len(prefixes[name]), default=None)
    return None if longest is None else (longest, iri.removeprefix(prefixes[longest]))
