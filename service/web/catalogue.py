"""Every term by its id: the names that pages link by, read once."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from service.reasoning.terms import Text
from service.web.stored import Row, Stored


@dataclass(frozen=True, slots=True)
class Entry:
    """One term, source or claim; what does not apply is empty.

    `about` is the id of the term that a generated class of cases is about, and `form`
    says what of it: that it is present, excluded, established and so on.
    """

    id: str
    kind: str
    label: Text
    definition: Text
    about: str = ""
    form: str = ""
    unit: str = ""
    is_retired: bool = False
    synonyms: tuple[str, ...] = ()

    def holds(self, wanted: str) -> bool:
        """Whether a text stands in its id, labels or synonyms, accents aside."""
        texts = (self.id, self.label.en, self.label.fr, *self.synonyms)
        return any(wanted in plain(text) for text in texts)


Catalogue = Mapping[str, Entry]


def read_catalogue(stored: Stored) -> Catalogue:
    """All entries by id, in the order of their ids."""
    synonyms: defaultdict[str, list[str]] = defaultdict(list)
    for row in stored.rows("term-synonyms"):
        synonyms[stored.local(row["id"])].append(row["synonym"])
    entries = (read_entry(row, stored, synonyms) for row in stored.rows("term-index"))
    found = {entry.id: entry for entry in entries}
    return MappingProxyType(dict(sorted(found.items())))


def read_entry(
    row: Row, stored: Stored, synonyms: Mapping[str, Iterable[str]]
) -> Entry:
    """One row of the index."""
    id = stored.local(row["id"])
    return Entry(
        id=id,
        kind=row["kind"],
        label=Text(row["labelEn"], row["labelFr"]),
        definition=Text(row.get("definitionEn", ""), row.get("definitionFr", "")),
        about=stored.local(row.get("about", "")),
        form=row.get("form", ""),
        unit=row.get("unit", ""),
        is_retired="retired" in row,
        synonyms=tuple(synonyms.get(id, ())),
    )


def plain(text: str) -> str:
    """A text for searching: small letters without accents.

    >>> plain("Forme étoilée")
    'forme etoilee'
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
