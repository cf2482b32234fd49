"""The ledger of a report: one entry for each resource of its subject, or of nobody."""

from __future__ import annotations

from collections.abc import Iterator

from service.fhir.draft import Draft
from service.fhir.identity import REPORT
from service.model import LedgerRow, Note
from service.rdf import vocabulary as v
from service.rdf.facts import fragment, iri_of, tell_reference
from service.rdf.triples import Iri, Node, Text, Triple, say
from service.wording.ledger import note_text
from service.wording.lexicon import open_lexicon


def tell_ledger(draft: Draft) -> Iterator[Triple]:
    """Every entry in its one place, with its remarks."""
    for row in draft.ledger:
        entry = entry_iri(row, draft)
        yield from say(entry, entry_pairs(row, draft))
        yield from tell_reference(entry, row.source.reference)
        for number, note in enumerate(row.notes, 1):
            remark = entry.part(str(number))
            yield entry, v.HAS_REMARK, remark
            yield from say(remark, remark_pairs(note, row, draft))


def entry_iri(row: LedgerRow, draft: Draft) -> Iri:
    """One name for what became of one entry."""
    notes = [[note.phrase, note.path, *note.params] for note in row.notes]
    key = [row.source.reference, row.source.path, row.place.value, notes]
    return fragment("entry", key, draft)


def entry_pairs(row: LedgerRow, draft: Draft) -> Iterator[tuple[Iri, Node]]:
    """What an entry says of itself."""
    yield v.TYPE, v.ENTRY
    yield v.IS_PART_OF, iri_of(REPORT, draft)
    yield v.ENTRY_PLACE, Text(row.place.value)
    yield v.READ_AT, Text(row.expression())
    yield v.IDENTIFIER, Text(row.source.reference)
    yield v.RESOURCE_TYPE, Text(row.source.resource_type)


def remark_pairs(
    note: Note, row: LedgerRow, draft: Draft
) -> Iterator[tuple[Iri, Node]]:
    """A remark in words; it holds no value of the patient."""
    lexicon = open_lexicon(draft.knowledge, draft.language)
    yield v.SEVERITY, Text(note.severity)
    yield v.ISSUE_CODE, Text(note.code)
    yield v.READ_AT, Text(row.expression(note.path))
    yield v.DESCRIPTION, Text(note_text(note, lexicon), language=lexicon.language)
