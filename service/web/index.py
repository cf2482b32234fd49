"""The list of terms, narrowed by kind, first letter or a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from service.errors import NotFound
from service.web.catalogue import Catalogue, Entry, plain

# What a reader meets first, then the grammar; kinds that are not named come between.
FIRST = ("pattern", "cause", "mimic", "definition", "criterion")
LAST = (
    "result",
    "result_value",
    "choice",
    "class",
    "objectProperty",
    "dataProperty",
    "annotationProperty",
    "derived",
    "source",
    "evidence",
)
# Kinds with so many members that they are listed only when asked for.
LARGE = frozenset({"derived", "source", "evidence"})
# Above so many members, only those of one letter are listed at a time.
MOST = 600
# How many hits of a search are shown; the page says how many there are.
HITS = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; empty: everything."""

    kind: str = ""
    letter: str = ""
    word: str = ""

    def parameters(self) -> dict[str, str]:
        """As the address of the page says it."""
        given = {"kind": self.kind, "letter": self.letter, "q": self.word}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of terms with the number of its members."""

    id: str
    count: int
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """All kinds; the first letters of what is listed; the entries by kind.

    `total` counts what was found, of which `shown` may show only the first.
    """

    kinds: tuple[Kind, ...]
    letters: tuple[str, ...]
    letter: str
    shown: tuple[Kind, ...]
    total: int

    @property
    def count(self) -> int:
        """How many are shown."""
        return sum(len(kind.entries) for kind in self.shown)


def list_index(catalogue: Catalogue, wanted: Filter, language: str) -> Index:
    """The entries that are wanted, in the order of their labels in the language.

    Raises NotFound for a kind that no entry has.
    """
    entries = sorted(catalogue.values(), key=lambda entry: sort_key(entry, language))
    kinds = count_kinds(entries)
    if wanted.kind and wanted.kind not in {kind.id for kind in kinds}:
        raise NotFound("No term is of this kind: see /ontology/.")
    found = [entry for entry in entries if is_wanted(entry, wanted)]
    letters = tuple(dict.fromkeys(first_letter(entry, language) for entry in found))
    letter = wanted.letter or (letters[0] if len(found) > MOST and wanted.kind else "")
    if letter:
        found = [entry for entry in found if first_letter(entry, language) == letter]
    total = len(found)
    shown = tuple(found[:HITS] if wanted.word else found)
    by_kind = tuple(
        Kind(kind.id, kind.count, members)
        for kind in kinds
        if (members := tuple(entry for entry in shown if entry.kind == kind.id))
    )
    return Index(kinds, letters, letter, by_kind, total)


def is_wanted(entry: Entry, wanted: Filter) -> bool:
    """Whether an entry is of the kind and holds the word that is asked for."""
    if wanted.kind and entry.kind != wanted.kind:
        return False
    if wanted.word:
        return entry.holds(plain(wanted.word.strip()))
    return bool(wanted.kind) or entry.kind not in LARGE


def count_kinds(entries: Iterable[Entry]) -> tuple[Kind, ...]:
    """Every kind with its count, in the order of a reader's questions."""
    counts = Counter(entry.kind for entry in entries)
    middle = sorted(counts.keys() - {*FIRST, *LAST})
    order = [*FIRST, *middle, *LAST]
    return tuple(Kind(kind, counts[kind]) for kind in order if counts[kind])


def sort_key(entry: Entry, language: str) -> tuple[str, str]:
    """Labels without accents and capitals, then ids."""
    return plain(entry.label.in_language(language)), entry.id


def first_letter(entry: Entry, language: str) -> str:
    """The letter under which a label stands; `#` for a digit or a sign."""
    first = sort_key(entry, language)[0][:1]
    return first.upper() if first.isalpha() else "#"
