"""What kind of document was posted, and which entries it has.

A Bundle of any type, Parameters that hold one, a single resource, or NDJSON. NDJSON is
read as a collection Bundle with one entry a line, so that paths have a meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from service.errors import (
    DocumentTooCostly,
    EmptyContent,
    InvalidContent,
    MalformedDocument,
    ServiceError,
    UnknownResourceType,
)
from service.fhir import strict_json
from service.fhir.paths import Step, element_path
from service.fhir.phrases import note
from service.fhir.strict_json import Document
from service.model import Note

Json = dict[str, Any]

MAX_LINE_MIB = 5
TYPES = frozenset(
    {"batch", "batch-response", "collection", "document", "history", "message",
     "searchset", "transaction", "transaction-response"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the request; `steps` and `path` lead to its resource.

    Without a resource the path is that of the entry. `holder` is the Bundle.entry
    around the resource ({} without a Bundle); a line of NDJSON that cannot be read has
    its `fault` and no resource. `reference` is how others refer to the resource: its
    fullUrl, else Type/id, else "".
    """

    index: int
    steps: tuple[Step, ...]
    path: str
    holder: Json
    resource: Json | None
    type: str = ""
    id: str = ""
    full_url: str = ""
    reference: str = ""
    text: str = ""
    fault: Note | None = None


def make_entry(
    index: int, steps: tuple[Step, ...], holder: Json, resource: Json | None, text: str
) -> Entry:
    """An entry with its names; what is no text is "", as what is not there."""
    path = element_path(steps if resource else steps[:-1])
    kind, id, url = (
        value if isinstance(value, str) else ""
        for value in (
            resource.get("resourceType") if resource else "",
            resource.get("id") if resource else "",
            holder.get("fullUrl"),
        )
    )
    reference = url or (f"{kind}/{id}" if id else "")
    return Entry(index, steps, path, holder, resource, kind, id, url, reference, text)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The posted document: its entries and what was around them.

    `kind` is the Bundle.type, "ndjson", or "" for a single resource; `bundle_steps`
    lead to the Bundle; `root` is what the steps of the entries begin at.
    """

    kind: str
    root: Json
    text: str
    bundle_steps: tuple[Step, ...]
    bundle: Json
    entries: tuple[Entry, ...]


def open_document(content: bytes, media: str, max_entries: int) -> Envelope:
    """Read the bytes and find the entries.

    Raises MalformedDocument and UnknownResourceType (400), EmptyContent and
    InvalidContent (422), and DocumentTooCostly (413).
    """
    if media == "ndjson":
        return _open_lines(content, max_entries)
    document = strict_json.parse(content)
    root = document.root
    match root_type(root):
        case "Bundle":
            return _open_bundle(document, ("Bundle",), root, max_entries)
        case "Parameters":
            steps, bundle = _find_bundle(root)
            return _open_bundle(document, steps, bundle, max_entries)
        case name:
            entry = make_entry(0, (name,), {}, root, document.text)
            return Envelope("", root, document.text, (), {}, (entry,))


def root_type(root: Json) -> str:
    """The resourceType of the posted document; UnknownResourceType without one."""
    name = root.get("resourceType")
    if name is None:
        message = "The document has no resourceType: send a FHIR resource."
        raise UnknownResourceType(message, issue="required")
    if not isinstance(name, str) or not (name.isascii() and name.isalnum()):
        raise UnknownResourceType("FHIR has no such resource type.")
    return name


def _find_bundle(root: Json) -> tuple[tuple[Step, ...], Json]:
    """The Bundle that Parameters hold under the name `bundle`."""
    parameters = root.get("parameter")
    parameters = parameters if isinstance(parameters, list) else []
    named = [
        (place, parameter)
        for place, parameter in enumerate(parameters)
        if isinstance(parameter, dict) and parameter.get("name") == "bundle"
    ]
    if not named:
        message = "Parameters need a parameter `bundle` that holds a Bundle."
        raise EmptyContent(message, expression="Parameters")
    place, parameter = named[0]
    bundle = parameter.get("resource")
    if len(named) > 1 or not isinstance(bundle, dict) or _type(bundle) != "Bundle":
        message = "Parameters need exactly one parameter `bundle` with a Bundle in it."
        raise InvalidContent(message, expression="Parameters")
    return ("Parameters", "parameter", place, "resource"), bundle


def _type(resource: Json) -> Any:
    return resource.get("resourceType")


def _open_bundle(
    document: Document, steps: tuple[Step, ...], bundle: Json, max_entries: int
) -> Envelope:
    entries = bundle.get("entry")
    if entries is None:
        message = "The Bundle has no entries: there is nothing to read."
        raise EmptyContent(message)
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise InvalidContent("Bundle.entry is a list of objects.", issue="structure")
    _check_count(len(entries), max_entries)
    read = tuple(_entry(place, holder, steps) for place, holder in enumerate(entries))
    if not any(holder.get("resource") for holder in entries):
        raise EmptyContent("No entry of the Bundle holds a resource.")
    kind = bundle.get("type")
    kind = kind if isinstance(kind, str) else ""
    return Envelope(kind, document.root, document.text, steps, bundle, read)


def _entry(place: int, holder: Json, steps: tuple[Step, ...]) -> Entry:
    resource = holder.get("resource")
    resource = resource if isinstance(resource, dict) else None
    return make_entry(place, (*steps, "entry", place, "resource"), holder, resource, "")


def _check_count(count: int, max_entries: int) -> None:
    if count > max_entries:
        message = (
            f"The request has more than {max_entries} entries: send fewer at once."
        )
        raise DocumentTooCostly(message)


# --- NDJSON ----------------------------------------------------------------------


def _open_lines(content: bytes, max_entries: int) -> Envelope:
    lines = list(_lines(content))
    if not lines:
        raise MalformedDocument("The body is empty: send one resource a line.")
    _check_count(len(lines), max_entries)
    entries = tuple(
        _line_entry(place, number, line) for place, (number, line) in enumerate(lines)
    )
    if all(entry.fault for entry in entries):
        message = "No line of the body is a JSON resource that can be read."
        raise MalformedDocument(message)
    resources = [{"resource": entry.resource} for entry in entries]
    root = {"resourceType": "Bundle", "type": "collection", "entry": resources}
    return Envelope("ndjson", root, "", ("Bundle",), {}, entries)


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            yield number, line.strip()


def _line_entry(place: int, number: int, line: bytes) -> Entry:
    steps: tuple[Step, ...] = ("Bundle", "entry", place, "resource")
    document, fault = _read_line(number, line)
    if document is None:
        return replace(make_entry(place, steps, {}, None, ""), fault=fault)
    return make_entry(place, steps, {}, document.root, document.text)


def _read_line(number: int, line: bytes) -> tuple[Document | None, Note | None]:
    if len(line) > MAX_LINE_MIB * 2**20:
        limit = str(MAX_LINE_MIB)
        return None, note("note_line_too_long", "", line=str(number), limit=limit)
    try:
        return strict_json.parse(line), None
    except ServiceError as problem:
        has_value = any(each.code == "value" for each in problem.problems)
        phrase = "note_line_value" if has_value else "note_line_unreadable"
        return None, note(phrase, "", line=str(number))
