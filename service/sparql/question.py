"""What is asked of the dataset, what comes back, and within which limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

RESULTS_JSON, TURTLE = "application/sparql-results+json", "text/turtle"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the dataset; its ending says the format (`.trig`, `.ttl`, `.nt` ...).

    `graph` is the IRI of the graph into which a file without graphs is read (empty:
    the default graph). `digest` is the SHA-256 that the file must have (empty: any).
    """

    path: Path
    graph: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may take, and how many may run and wait in one web process.

    `size` (of an answer) and `memory` (the address space of a worker) are in bytes,
    `seconds` is wall time; `rows` counts solutions, or triples.
    """

    workers: int = 2
    queued: int = 2
    seconds: float = 5
    rows: int = 10_000
    size: int = 10 * MIB
    memory: int = 1536 * MIB


@dataclass(frozen=True, slots=True)
class Question:
    """One query with the dataset and the formats that the client asks for.

    With graphs named, those are the whole dataset; without, it is all that is loaded.
    `solutions` and `graph` are the media types of the two kinds of answers (empty: the
    client accepts none of that kind). `substitutions` gives variables, which the query
    must project, an IRI each; a relative IRI is relative to `base` (empty: there may be
    none). `prefixes` are known without being declared, and the query may override them.
    `own` marks a stored query of ours: it is not guarded and has a lane of its own,
    which users cannot block.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    solutions: str = RESULTS_JSON
    graph: str = TURTLE
    substitutions: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    prefixes: tuple[tuple[str, str], ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer in the media type of its kind."""

    media: str
    body: bytes
