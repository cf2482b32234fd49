"""The ledger in words: what became of each entry, and why."""

from __future__ import annotations

from collections import Counter

from service.model import LedgerRow, Note, Place
from service.wording.facts import safe
from service.wording.lexicon import Lexicon

# The places of a phrase that hold ids of concepts.
CONCEPTS = ("concept", "concepts")


def tell_ledger(ledger: tuple[LedgerRow, ...], lexicon: Lexicon) -> tuple[str, ...]:
    """The counts, then each remark of each entry that has one."""
    counts = Counter(row.place for row in ledger)
    total = lexicon.say(
        "line_ledger_counts",
        used=str(counts[Place.USED]),
        ignored=str(counts[Place.IGNORED]),
        refused=str(counts[Place.REFUSED]),
    )
    lines = [
        lexicon.say(
            "line_ledger_row",
            path=safe(where(note, row)),
            place=place_text(row.place, lexicon),
            reason=note_text(note, lexicon),
        )
        for row in ledger
        for note in row.notes
    ]
    return (total, *lines)


def where(note: Note, row: LedgerRow) -> str:
    """What a remark is about: its FHIRPath in the posted document, or the resource.

    What was read from a server is known to the caller by its reference only.
    """
    path = row.expression(note.path)
    if not row.in_record:
        return path
    return row.source.reference + path.removeprefix(row.source.resource_type)


def note_text(note: Note, lexicon: Lexicon) -> str:
    """One remark of the ledger in words; concepts are told by their labels."""
    places = {
        name: labels(value, lexicon) if name in CONCEPTS else safe(value)
        for name, value in note.params
    }
    return lexicon.say(note.phrase, **places)


def labels(ids: str, lexicon: Lexicon) -> str:
    """The labels of one concept, or of several with a comma between them."""
    known = lexicon.knowledge.concepts
    texts = (lexicon.label(id) if id in known else safe(id) for id in ids.split(", "))
    return lexicon.listed(texts)


def place_text(place: Place, lexicon: Lexicon) -> str:
    """Where an entry ended, as a sentence."""
    return lexicon.say(f"say_place_{place.value}")
