"""What grounding can remark: the issue code and severity of each phrase.

The texts stand in `ontology/edit/phrases/reader.tsv`; a place takes an id of ours or a
name of FHIR, never a value of the request.
"""

from __future__ import annotations

from service.model import Note

WARNING, INFO = "warning", "information"

REMARKS: dict[str, tuple[str, str]] = {
    "note_own_output": ("informational", INFO),
    "note_coding_unknown": ("code-invalid", INFO),
    "note_coding_broad": ("code-invalid", INFO),
    "note_coding_close": ("code-invalid", WARNING),
    "note_coding_unused": ("informational", INFO),
    "note_coding_weaker": ("informational", INFO),
    "note_coding_no_finding": ("informational", INFO),
    "note_codings_differ": ("conflict", WARNING),
    "note_text_only": ("code-invalid", WARNING),
    "note_no_code": ("incomplete", WARNING),
    "note_says_nothing": ("incomplete", INFO),
    "note_absent_reason": ("incomplete", INFO),
    "note_value_unclear": ("value", WARNING),
    "note_value_text": ("value", WARNING),
    "note_value_contradicts": ("conflict", WARNING),
    "note_unit": ("code-invalid", WARNING),
    "note_implausible": ("business-rule", WARNING),
    "note_interpretations_differ": ("conflict", WARNING),
    "note_unconfirmed": ("incomplete", WARNING),
    "note_resolved": ("incomplete", INFO),
    "note_not_excluded": ("incomplete", INFO),
    "note_relative_unused": ("incomplete", INFO),
    "note_superseded": ("business-rule", INFO),
    "note_limits_adults": ("incomplete", INFO),
}


def remark(phrase: str, path: str, **params: str) -> Note:
    """A note with the issue code and severity of its phrase."""
    code, severity = REMARKS[phrase]
    return Note(phrase, code, severity, path, tuple(sorted(params.items())))
