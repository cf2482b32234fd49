"""Asks the stored queries of the pages; what they find is text by variable."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from service.errors import NotFound
from service.reasoning.terms import as_object, as_rows, as_text
from service.sparql.pool import Pool
from service.sparql.queries import SavedQueries
from service.sparql.question import Question

Row: TypeAlias = Mapping[str, str]
# What an id of the ontology is made of; nothing else can end the IRI that it becomes.
ID = re.compile(r"[A-Za-z0-9_.#/-]{1,200}")
AXIOM, AXIOM_ID = "axiom/", re.compile(r"axiom/[0-9a-f]{12}")
UNKNOWN = "The ontology has no term under this address: see /ontology/."


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored queries and the dataset that answers them.

    Their place is filled in as text and not by the engine, which lets its
    substitutions reach neither every arm of a UNION nor its plans.
    """

    pool: Pool
    saved: SavedQueries

    @property
    def base(self) -> str:
        """What every IRI of the ontology begins with."""
        return self.saved.prefixes["dpo"]

    def local(self, iri: str) -> str:
        """The id of an IRI of the ontology; an IRI of others stays what it is."""
        return iri.removeprefix(self.base)

    def rows(self, query: str, id: str = "") -> list[Row]:
        """The solutions of a SELECT about a term, what is unbound left out."""
        reply = self.pool.ask(Question(self.filled(query, id), own=True))
        found = as_object(as_object(json.loads(reply.body)).get("results"))
        return [
            {name: as_text(as_object(cell).get("value")) for name, cell in row.items()}
            for row in as_rows(found.get("bindings"))
        ]

    def graph(self, query: str, media: str, id: str = "") -> bytes:
        """The triples of a CONSTRUCT about a term, in a format of RDF."""
        question = Question(self.filled(query, id), graph=media, own=True)
        return self.pool.ask(question).body

    def filled(self, query: str, id: str) -> str:
        """The text of a stored query with the term, or the axiom, in its place.

        Raises NotFound for what can be neither.
        """
        text = self.saved[query].text
        if not id:
            return text
        if not ID.fullmatch(id):
            raise NotFound(UNKNOWN)
        axiom = id.removeprefix(AXIOM)
        text = re.sub(r"\?axiom\b", f'"{axiom}"', text)
        return re.sub(r"\?term\b", f"<{self.base}{id}>", text)
