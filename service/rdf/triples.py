"""Triples as plain values, and which texts of a sender may stand as IRIs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

# The characters that need no escape in any form of RDF, and never a broken one.
_PART = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})"
_ABSOLUTE = re.compile(
    rf"(?:https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{{1,5}})?(?:[/?]{_PART}*)?"
    rf"|urn:[A-Za-z0-9][A-Za-z0-9-]{{0,30}}[A-Za-z0-9]:{_PART}+)(?:#{_PART}*)?"
)


@dataclass(frozen=True, slots=True)
class Iri:
    """The name of a thing."""

    value: str

    def part(self, name: str) -> Iri:
        """The IRI of a part, as a fragment: a report needs no blank node."""
        return Iri(f"{self.value}{'-' if '#' in self.value else '#'}{name}")


@dataclass(frozen=True, slots=True)
class Text:
    """A literal; without datatype and language it is a plain string."""

    value: str
    datatype: str = ""
    language: str = ""


Node: TypeAlias = Iri | Text
Triple: TypeAlias = tuple[Iri, Iri, Node]
# What is said of one thing.
Pairs: TypeAlias = Iterable[tuple[Iri, Node]]


def say(subject: Iri, pairs: Pairs) -> Iterator[Triple]:
    """Everything that is said of one thing, an empty text left out."""
    for predicate, node in pairs:
        if node.value:
            yield subject, predicate, node


def sent_iri(text: str, own: str) -> Iri | None:
    """A sender's text as an IRI, where it is an absolute one and not one of ours.

    Only http, https and urn name resources of FHIR. In the space `own` the sender
    could speak in our name. What is no IRI stays a literal.

    >>> sent_iri("Patient/1", "https://example.org/") is None
    True
    """
    if text.startswith(own) or not _ABSOLUTE.fullmatch(text):
        return None
    return Iri(text)
