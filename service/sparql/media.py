"""The formats of answers, and which of them a client accepts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from service.errors import NotAcceptable
from service.media import choose, quality_of, read_accept

CHARSETS = {"text/csv", "text/tab-separated-values", "text/turtle"}
# In the order of our preference, which decides between what a client likes equally.
SOLUTIONS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
    "application/json",
    "application/xml",
)
GRAPHS = (
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
)
# The names that clients use in a parameter, since a link has no Accept header.
NAMES = {
    "json": (SOLUTIONS[0], "application/ld+json"),
    "xml": (SOLUTIONS[1], "application/rdf+xml"),
    "csv": ("text/csv", ""),
    "tsv": ("text/tab-separated-values", ""),
    "turtle": ("", "text/turtle"),
    "ttl": ("", "text/turtle"),
    # Turtle is N3 too, which some clients call it.
    "n3": ("", "text/turtle"),
    "nt": ("", "application/n-triples"),
    "ntriples": ("", "application/n-triples"),
    "n-triples": ("", "application/n-triples"),
    "rdf": ("", "application/rdf+xml"),
    "rdf+xml": ("", "application/rdf+xml"),
    "json-ld": ("", "application/ld+json"),
    "jsonld": ("", "application/ld+json"),
}
Formats: TypeAlias = tuple[str, str]


def choose_formats(accept: str, name: str = "") -> Formats:
    """The media types for a table and for a graph, each empty if none is accepted.

    `name` is a short name, which counts more than Accept. Raises NotAcceptable when
    neither a table nor a graph could be sent.
    """
    if name:
        if name.lower() not in NAMES:
            raise NotAcceptable(f"format must be one of {', '.join(NAMES)}.")
        return NAMES[name.lower()]
    chosen = choose(accept, SOLUTIONS), choose(accept, GRAPHS)
    if not any(chosen):
        raise not_acceptable((*SOLUTIONS, *GRAPHS))
    return chosen


def prefers(accept: str, offers: Sequence[str], others: Sequence[str]) -> bool:
    """Whether the client likes one of the offers more than any of the others."""
    ranges = tuple(read_accept(accept or "*/*"))
    return max(quality_of(offer, ranges) for offer in offers) > max(
        quality_of(other, ranges) for other in others
    )


def not_acceptable(offers: Sequence[str]) -> NotAcceptable:
    """The refusal, with the list."""
    return NotAcceptable(f"Such an answer is one of {', '.join(offers)}.")


def content_type(media: str) -> str:
    """The media type with its charset, where a client would guess another one."""
    return f"{media}; charset=utf-8" if media in CHARSETS else media
