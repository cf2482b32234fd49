"""What the ledger can say, in English: the twin of `ontology/edit/phrases/reader.tsv`.

A note travels as the id of a phrase, so that it exists in both languages. An error
leaves before any language is known; its English text stands here, and a test holds it
equal to that of the ontology. A place `{element}` takes a name of FHIR, `{concept}`
an id of ours, never a value of the request.
"""

from __future__ import annotations

from service.errors import Problem
from service.model import Note

ERROR, WARNING, INFO = "error", "warning", "information"

PHRASES: dict[str, tuple[str, str, str]] = {
    "note_required": ("required", ERROR, "The required element {element} is missing."),
    "note_unknown_element": ("structure", ERROR, "FHIR has no element {element} here."),
    "note_structure": (
        "structure",
        ERROR,
        "The element {element} is not built as FHIR defines it.",
    ),
    "note_two_types": ("structure", ERROR, "Only one type may be given for {element}."),
    "note_value_form": (
        "value",
        ERROR,
        "The value of {element} does not have the form that FHIR asks for.",
    ),
    "note_code_bound": (
        "code-invalid",
        ERROR,
        "{element} holds a code that FHIR does not allow there.",
    ),
    "note_id_form": (
        "value",
        ERROR,
        "An id has 1 to 64 letters, digits, hyphens and dots.",
    ),
    "note_date_form": ("value", ERROR, "{element} is not a date or time that exists."),
    "note_period_order": (
        "invariant",
        ERROR,
        "{element} ends before it starts (per-1).",
    ),
    "note_obs_6": (
        "invariant",
        ERROR,
        "dataAbsentReason stands beside a value (obs-6).",
    ),
    "note_obs_7": (
        "invariant",
        ERROR,
        "The value stands beside a component with the same code (obs-7).",
    ),
    "note_ref_1": (
        "invariant",
        ERROR,
        "A reference names a contained resource that is not there (ref-1).",
    ),
    "note_ext_1": (
        "invariant",
        ERROR,
        "An extension has a value and extensions of its own, or neither (ext-1).",
    ),
    "note_bdl_5": (
        "invariant",
        ERROR,
        "The entry has no resource, request or response (bdl-5).",
    ),
    "note_contained_nested": (
        "structure",
        ERROR,
        "A contained resource contains another one.",
    ),
    "note_implicit_rules": (
        "extension",
        ERROR,
        "The resource asks for rules (implicitRules) that this service does not know.",
    ),
    "note_type_missing": ("required", ERROR, "The resource has no resourceType."),
    "note_type_unknown": ("structure", ERROR, "FHIR has no such resource type."),
    "note_parser": ("structure", ERROR, "The resource cannot be read as its type."),
    "note_line_unreadable": (
        "structure",
        ERROR,
        "Line {line} is not one JSON resource.",
    ),
    "note_line_value": (
        "value",
        ERROR,
        "Line {line} holds a number or a text that FHIR does not allow.",
    ),
    "note_line_too_long": (
        "too-long",
        ERROR,
        "Line {line} is longer than {limit} MiB.",
    ),
    "note_duplicate_other": (
        "duplicate",
        WARNING,
        "The same resource is sent again with other content: neither is used.",
    ),
    "note_duplicate_same": (
        "duplicate",
        INFO,
        "The same resource is sent again: it counts once.",
    ),
    "note_older_version": (
        "business-rule",
        INFO,
        "A newer version of the resource is in the request.",
    ),
    "note_deleted": ("deleted", WARNING, "The resource was deleted later."),
    "note_delete_entry": (
        "deleted",
        INFO,
        "The entry deletes a resource; it states nothing.",
    ),
    "note_no_resource": ("not-found", INFO, "The entry holds no resource."),
    "note_outcome_entry": (
        "informational",
        INFO,
        "The entry is the outcome of a search or of a request.",
    ),
    "note_not_read": (
        "not-supported",
        WARNING,
        "Resources of type {type} are not read.",
    ),
    "note_only_referred": (
        "informational",
        INFO,
        "The {type} is read where another resource refers to it.",
    ),
    "note_modifier": (
        "extension",
        WARNING,
        "A modifierExtension may change what the resource means.",
    ),
    "note_status": (
        "business-rule",
        WARNING,
        "A resource with the status {status} is not used.",
    ),
    "note_no_order": (
        "business-rule",
        WARNING,
        "{element} says that it was not ordered for taking.",
    ),
    "note_not_by_blood": (
        "business-rule",
        WARNING,
        "The relative is not related by blood.",
    ),
    "note_no_subject": (
        "conflict",
        WARNING,
        "The resource names no subject, and the request holds Patients.",
    ),
    "note_subject_unresolved": (
        "conflict",
        WARNING,
        "The subject is none of the Patients of the request.",
    ),
    "note_subject_ambiguous": (
        "conflict",
        WARNING,
        "The subject may be several Patients of the request.",
    ),
    "note_subject_other": ("conflict", WARNING, "The subject is not a patient."),
    "note_focus": (
        "conflict",
        WARNING,
        "The resource is about somebody or something else (focus).",
    ),
    "note_subject_encounter": (
        "conflict",
        WARNING,
        "The subject is not that of the encounter.",
    ),
    "note_own_output": (
        "informational",
        INFO,
        "This service wrote it itself: it is no evidence.",
    ),
    "note_time_future": ("business-rule", WARNING, "The time is in the future."),
    "note_time_before_birth": (
        "business-rule",
        WARNING,
        "The time is before the birth.",
    ),
    "note_time_after_death": ("business-rule", WARNING, "The time is after the death."),
    "note_preliminary": (
        "informational",
        INFO,
        "The status is {status}: used, and said so in the report.",
    ),
    "note_reference_missing": (
        "not-found",
        WARNING,
        "{element} refers to a resource that is not in the request.",
    ),
    "note_reference_cycle": (
        "processing",
        WARNING,
        "{element} refers back to the resource itself.",
    ),
    "note_anonymous": (
        "incomplete",
        INFO,
        "The resource names no subject: it belongs to one anonymous subject.",
    ),
    "note_no_patient": (
        "incomplete",
        INFO,
        "The request has no Patient: age and sex are read from results only.",
    ),
    "note_patient_inactive": (
        "business-rule",
        WARNING,
        "The Patient is marked as not active.",
    ),
    "note_patient_deceased": (
        "business-rule",
        WARNING,
        "The Patient is recorded as deceased.",
    ),
    "note_patient_replaced": (
        "business-rule",
        WARNING,
        "The Patient was replaced by another record.",
    ),
    "note_value_type": (
        "not-supported",
        WARNING,
        "A value of type {element} is not read.",
    ),
    "gap_pages": (
        "incomplete",
        WARNING,
        (
            "The server has more than {limit} pages of the record: the others were not "
            "read."
        ),
    ),
    "gap_bytes": (
        "incomplete",
        WARNING,
        "The server has more than {limit} MiB of the record: the rest was not read.",
    ),
    "gap_type": (
        "incomplete",
        WARNING,
        "The server did not give the resources of type {type}.",
    ),
    "gap_other_patient": (
        "incomplete",
        WARNING,
        "The server gave {count} resources of another patient: they were left out.",
    ),
    "note_written_created": (
        "informational",
        INFO,
        "The report was written to the FHIR server.",
    ),
    "note_written_updated": (
        "informational",
        INFO,
        (
            "The report on the FHIR server has a new version, since the facts have "
            "changed."
        ),
    ),
    "note_written_unchanged": (
        "informational",
        INFO,
        (
            "The facts have not changed: the report that stands on the FHIR server was "
            "left as it is."
        ),
    ),
    "note_written_beside": (
        "informational",
        INFO,
        (
            "A human has taken over the report on the FHIR server: this one was "
            "written beside it."
        ),
    ),
    "note_nothing_used": (
        "incomplete",
        INFO,
        "Nothing in the resource could be used.",
    ),
}


def note(phrase: str, path: str, **params: str) -> Note:
    """A remark with the issue code and severity of its phrase."""
    code, severity, _ = PHRASES[phrase]
    return Note(phrase, code, severity, path, tuple(sorted(params.items())))


def as_problem(remark: Note) -> Problem:
    """The note as an error, in English."""
    _, _, text = PHRASES[remark.phrase]
    message = text.format(**dict(remark.params))
    return Problem(remark.code, message, remark.path or None)
