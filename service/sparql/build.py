"""The files of a build that SPARQL needs, each the one that the manifest names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from service.config import Config
from service.reasoning.knowledge import MANIFEST
from service.reasoning.problems import KnowledgeError, ManifestMismatch
from service.reasoning.terms import as_object, as_text
from service.sparql.question import MIB, Limits, Source

DATASET = "dpo.trig"


def limits_of(config: Config) -> Limits:
    """The settings of SPARQL in the units of the pool."""
    return Limits(
        workers=config.sparql_workers,
        queued=config.sparql_queued,
        seconds=config.sparql_seconds,
        rows=config.sparql_rows,
        size=config.sparql_mib * MIB,
        memory=config.sparql_memory_mib * MIB,
    )


def dataset_of(build: Path) -> tuple[Source]:
    """The dataset with its graphs, checked now and again whenever it is loaded."""
    content = read_checked(build, DATASET)
    return (Source(build / DATASET, digest=hashlib.sha256(content).hexdigest()),)


def read_checked(build: Path, name: str) -> bytes:
    """The content of a file of the build.

    Raises ManifestMismatch when it is not the file that the manifest names, and
    KnowledgeError when it cannot be read.
    """
    try:
        content = (build / name).read_bytes()
        manifest = as_object(json.loads((build / MANIFEST).read_bytes()))
    except (OSError, ValueError) as problem:
        raise KnowledgeError(f"the ontology build cannot be read: {problem}") from None
    expected = as_text(as_object(manifest.get("files")).get(name))
    if hashlib.sha256(content).hexdigest() != expected:
        raise ManifestMismatch(f"{name} is not the file that {MANIFEST} names")
    return content
