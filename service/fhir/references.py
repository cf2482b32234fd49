"""Which resource of the request a Reference means. Nothing is ever fetched.

Source: http://hl7.org/fhir/R4/bundle.html#references, and http.html for the forms of
literal references; rows D1 to D8 of docs/reference/reliability.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from service.fhir.bundle import Entry, Json
from service.fhir.elements import objects, text

K = TypeVar("K")

_FEW = 8
_HISTORY = re.compile(r"/_history/[^/]+$")
_RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?identifier=([^|&]*)\|([^|&]+)")


@dataclass(frozen=True, slots=True)
class Found:
    """A resource of the request: an entry, or one contained in it (from 0)."""

    entry: Entry
    resource: Json
    contained: int = -1

    @property
    def key(self) -> tuple[int, int]:
        """What tells two of them apart."""
        return self.entry.index, self.contained

    @property
    def type(self) -> str:
        """The resourceType."""
        return str(self.resource.get("resourceType", ""))

    @property
    def path(self) -> str:
        """The FHIRPath of the resource in the document."""
        if self.contained < 0:
            return self.entry.path
        return f"{self.entry.path}.contained[{self.contained}]"


@dataclass(frozen=True, slots=True)
class Index:
    """The resources of the request by every name that a Reference may use."""

    by_url: Mapping[str, tuple[Entry, ...]]
    by_id: Mapping[str, tuple[Entry, ...]]
    by_identifier: Mapping[tuple[str, str], tuple[Entry, ...]]
    _links: dict[tuple[tuple[int, int], str], tuple[Found, ...]] = field(
        default_factory=dict
    )

    def linked(self, found: Found, element: str) -> tuple[Found, ...]:
        """Everything that an element refers to; worked out one time each."""
        key = (found.key, element)
        if key not in self._links:
            self._links[key] = tuple(
                target
                for reference in references_in(found.resource, element)
                for target in self.resolve(reference, found)
            )
        return self._links[key]

    def resolve(self, reference: Any, origin: Found) -> tuple[Found, ...]:
        """The resources that a Reference may mean: none, one, or several."""
        if not isinstance(reference, dict):
            return ()
        literal = reference.get("reference")
        if not isinstance(literal, str):
            return _entries(self._identified(reference, reference.get("identifier")))
        if literal.startswith("#"):
            return _contained(literal, origin)
        return _entries(self._literal(literal, origin.entry))

    def _literal(self, literal: str, origin: Entry) -> tuple[Entry, ...]:
        plain = _HISTORY.sub("", literal)
        conditional = _CONDITIONAL.fullmatch(plain)
        if conditional:
            found = self.by_identifier.get((conditional[2], conditional[3]), ())
            return tuple(entry for entry in found if entry.type == conditional[1])
        if not _RELATIVE.fullmatch(plain):
            return self.by_url.get(plain) or self._from_url(plain)
        base = _base(origin)
        if base and f"{base}{plain}" in self.by_url:
            return self.by_url[f"{base}{plain}"]
        return self.by_id.get(plain, ())

    def _from_url(self, url: str) -> tuple[Entry, ...]:
        """Entries without a fullUrl of their own, for an absolute reference."""
        short = "/".join(url.split("/")[-2:]) if "/" in url else ""
        return tuple(e for e in self.by_id.get(short, ()) if not e.full_url)

    def _identified(self, reference: Json, identifier: Any) -> tuple[Entry, ...]:
        if not isinstance(identifier, dict):
            return ()
        key = (text(identifier.get("system")), text(identifier.get("value")))
        found = self.by_identifier.get(key, ())
        kind = reference.get("type")
        return tuple(entry for entry in found if kind in (None, entry.type))


def build_index(entries: Iterable[Entry]) -> Index:
    """Index the entries by fullUrl, Type/id and identifier."""
    by_url: dict[str, tuple[Entry, ...]] = {}
    by_id: dict[str, tuple[Entry, ...]] = {}
    by_identifier: dict[tuple[str, str], tuple[Entry, ...]] = {}
    for entry in entries:
        if entry.resource is None:
            continue
        if entry.full_url:
            _add(by_url, _HISTORY.sub("", entry.full_url), entry)
        if entry.id:
            _add(by_id, f"{entry.type}/{entry.id}", entry)
        for key in _identifiers(entry.resource):
            _add(by_identifier, key, entry)
    return Index(by_url, by_id, by_identifier)


def _add(names: dict[K, tuple[Entry, ...]], name: K, entry: Entry) -> None:
    """Keep the first few: more than one is ambiguous, whatever their number."""
    known = names.get(name, ())
    if len(known) < _FEW:
        names[name] = (*known, entry)


def references_in(resource: Json, element: str) -> list[Any]:
    """The References of an element that has one or several."""
    value = resource.get(element)
    if isinstance(value, dict):
        return [value]
    return [item for _, item in objects(value)]


def literal_of(reference: Any) -> str:
    """The literal text of a Reference without its version, "" where it has none."""
    literal = reference.get("reference", "") if isinstance(reference, dict) else ""
    return _HISTORY.sub("", literal) if isinstance(literal, str) else ""


def type_of(reference: Any) -> str:
    """The resource type that a Reference claims, "" where it does not say."""
    if not isinstance(reference, dict):
        return ""
    kind = reference.get("type")
    if isinstance(kind, str):
        return kind
    parts = literal_of(reference).split("?")[0].split("/")
    return parts[-2] if len(parts) > 1 else parts[0] if "?" in str(reference) else ""


def _identifiers(resource: Json) -> set[tuple[str, str]]:
    identifiers = resource.get("identifier")
    if isinstance(identifiers, dict):
        identifiers = [identifiers]
    return {
        (text(item.get("system")), text(item.get("value")))
        for _, item in objects(identifiers)
        if item.get("value")
    }


def _base(entry: Entry) -> str:
    """The RESTful base of the entry's fullUrl, "" for a urn."""
    suffix = f"{entry.type}/{entry.id}"
    url = entry.full_url
    return url.removesuffix(suffix) if entry.id and url.endswith(suffix) else ""


def _contained(literal: str, origin: Found) -> tuple[Found, ...]:
    container = origin.entry.resource or {}
    if literal == "#":
        return (Found(origin.entry, container),)
    for index, resource in objects(container.get("contained")):
        if resource.get("id") == literal[1:]:
            return (Found(origin.entry, resource, index),)
    return ()


def _entries(entries: Iterable[Entry]) -> tuple[Found, ...]:
    return tuple(Found(entry, entry.resource or {}) for entry in entries)
