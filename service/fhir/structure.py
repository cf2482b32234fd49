"""Is it FHIR? What the libraries find wrong, sorted to the entries it is wrong in.

fhirkit checks R4, the hot path, in one go; fhir.resources has the models of R4B and R5.
Whatever a library raises becomes a note: its own words may hold values of the request
and are never passed on.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import fhirkit

from service.fhir.bundle import Entry, Envelope
from service.fhir.json_values import Number
from service.fhir.paths import Step, fhirpath_name, locate, steps_of
from service.fhir.phrases import note
from service.fhir.releases import R4, R4B
from service.model import Note

_LONGEST_NAME = 64
R4_TYPES = frozenset(fhirkit.RESOURCE_TYPES)

# By what fhirkit's messages say: the first that fits.
_BY_MESSAGE = (
    ("required element missing", "note_required"),
    ("needs at least", "note_required"),
    ("needs a resourceType", "note_type_missing"),
    ("resource type this build knows", "note_type_unknown"),
    ("unknown element", "note_unknown_element"),
    ("only one type may be given", "note_two_types"),
    ("is not a ", "note_value_form"),
    ("expected a number", "note_value_form"),
    ("expected a whole number", "note_value_form"),
    ("expected true or false", "note_value_form"),
    ("expected a string", "note_value_form"),
)
# What fhir.resources 8.3 raises on odd input beside its ValidationError.
_PARSER_FAILURES = (ValueError, TypeError, KeyError, AttributeError, IndexError)


def check_structure(envelope: Envelope, release: str) -> dict[int | None, list[Note]]:
    """What is not FHIR, by the index of the entry; None is the Bundle around them."""
    found: dict[int | None, list[Note]] = {}
    pairs = (
        _with_fhirkit(envelope) if release == R4 else _with_models(envelope, release)
    )
    for index, remark in pairs:
        found.setdefault(index, []).append(remark)
    return found


def note_at(root: Any, steps: tuple[Step, ...], phrase: str) -> Note:
    """A note about the element that the steps lead to, at the nearest existing node."""
    path = locate(root, steps)
    if phrase in ("note_type_missing", "note_type_unknown"):
        return note(phrase, path)
    return note(phrase, path, element=element_name(steps))


def element_name(steps: tuple[Step, ...]) -> str:
    """The last named step, if it could be the name of an element."""
    names = [step for step in steps if isinstance(step, str)]
    name = names[-1].lstrip("_") if names else ""
    is_plain = name.isascii() and name.isalnum() and len(name) <= _LONGEST_NAME
    return fhirpath_name(name) if is_plain else "?"


# --- R4 --------------------------------------------------------------------------


def _with_fhirkit(envelope: Envelope) -> Iterator[tuple[int | None, Note]]:
    if envelope.kind == "ndjson":
        for entry in envelope.entries:
            if entry.resource is not None:
                for steps, message in _issues(entry.text):
                    below = (*entry.steps, *steps[1:])
                    yield entry.index, _read_issue(envelope.root, below, message)
        return
    for steps, message in _issues(envelope.text):
        index = entry_index(envelope, steps)
        yield index, _read_issue(envelope.root, steps, message)


def _issues(text: str) -> Iterator[tuple[tuple[Step, ...], str]]:
    try:
        issues = fhirkit.validate(text)
    except ValueError:
        yield (), "not read"
        return
    for issue in issues:
        if issue.severity == "error":
            steps = steps_of(issue.path)
            yield steps, issue.message


def _read_issue(root: Any, steps: tuple[Step, ...], message: str) -> Note:
    fitting = (phrase for words, phrase in _BY_MESSAGE if words in message)
    return note_at(root, steps, next(fitting, "note_structure"))


def entry_index(envelope: Envelope, steps: tuple[Step, ...]) -> int | None:
    """The entry that a path leads into, None for the Bundle around them."""
    if not envelope.bundle_steps:
        return 0
    place = len(envelope.bundle_steps)
    if steps[:place] == envelope.bundle_steps and len(steps) > place + 1:
        index = steps[place + 1]
        if steps[place] == "entry" and isinstance(index, int):
            return index
    return None


# --- R4B and R5 ------------------------------------------------------------------


def _with_models(envelope: Envelope, release: str) -> Iterator[tuple[int | None, Note]]:
    for entry in envelope.entries:
        if entry.resource is None:
            continue
        for steps, phrase in _model_problems(entry, release):
            yield entry.index, note_at(envelope.root, (*entry.steps, *steps), phrase)


def _model_problems(
    entry: Entry, release: str
) -> Iterator[tuple[tuple[Step, ...], str]]:
    # The models take 0.15 s to import: only whoever sends R4B or R5 waits for them.
    from pydantic import ValidationError  # noqa: PLC0415

    if not entry.type:
        yield (), "note_type_missing" if entry.resource else "note_type_unknown"
        return
    model = model_of(entry.type, release)
    if model is None:
        yield (), "note_type_unknown"
        return
    try:
        model.model_validate(plain(entry.resource))
    except ValidationError as problem:
        for error in problem.errors(include_input=False, include_context=False):
            yield _located(error["loc"]), _phrase_of(error["type"])
    except _PARSER_FAILURES:
        yield (), "note_parser"


def model_of(name: str, release: str) -> Any:
    """The model of a resource type in R4B or R5, None for a type that it lacks."""
    from fhir.resources import R4B as R4B_MODELS  # noqa: PLC0415
    from fhir.resources import get_fhir_model_class  # noqa: PLC0415

    find = R4B_MODELS.get_fhir_model_class if release == R4B else get_fhir_model_class
    try:
        model: Any = find(name)
    except _PARSER_FAILURES:
        return None
    is_resource = any(base.__name__ == "Resource" for base in model.__mro__)
    return model if is_resource else None


def plain(value: Any) -> Any:
    """JSON as the models want it: numbers as numbers, everything else unchanged."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Number):
        return int(value) if value.lstrip("-").isdigit() else Decimal(value)
    return value


def _located(loc: tuple[int | str, ...]) -> tuple[Step, ...]:
    return tuple(step for step in loc if isinstance(step, int) or step.isalnum())


def _phrase_of(kind: str) -> str:
    if "missing" in kind:
        return "note_required"
    if kind == "extra_forbidden":
        return "note_unknown_element"
    return "note_value_form" if "type" in kind or "pars" in kind else "note_structure"
