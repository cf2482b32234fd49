"""A release as it is compared: what `rules.json` says, and the Knowledge made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.reasoning.knowledge import Knowledge, from_rules, read_files
from service.reasoning.problems import KnowledgeError
from service.reasoning.terms import Json


@dataclass(frozen=True, slots=True)
class Release:
    """The parsed `rules.json` of a release, beside what evaluates it."""

    document: Mapping[str, Json]
    knowledge: Knowledge


def open_release(name: str, releases: Path) -> Release:
    """The release of a folder, or the pinned one of that version.

    Raises KnowledgeError for one that is not there or that this software cannot run.
    """
    for folder in (Path(name), releases / name):
        if folder.is_dir():
            break
    else:
        raise KnowledgeError(
            f"{name!a} is neither a folder with rules.json and MANIFEST.json nor a "
            f"version that is pinned in {releases}"
        )
    try:
        document, manifest = read_files(folder)
        return Release(document, from_rules(document, manifest))
    except KnowledgeError as problem:
        raise type(problem)(f"{name}: {problem}") from None
