"""The ontology releases that an answer can be made with: the build, and pinned ones.

A pinned release is a folder that is named after its version and holds `rules.json.gz`
(the bytes of `rules.json`, packed) and `MANIFEST.json`: all that a report is made of.
Each is checked at the start and loaded when first asked for; none is ever let go, so
that a process holds at most `MOST` of them beside its build.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from service.reasoning.knowledge import (
    MANIFEST,
    PACKED,
    RULES,
    Knowledge,
    check_format,
    load,
    read_files,
)
from service.reasoning.problems import KnowledgeError
from service.reasoning.terms import as_object, as_text

# Some 20 MB of memory each, once loaded.
MOST = 16


@dataclass(frozen=True, slots=True, eq=False)
class Releases:
    """The build that a process runs, and the folders of the releases beside it."""

    current: Knowledge
    folders: Mapping[str, Path] = field(default_factory=dict)
    _loaded: dict[str, Knowledge] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def versions(self) -> tuple[str, ...]:
        """The version of the build, then those that are pinned, newest first."""
        older = sorted(self.folders.keys() - {self.current.version}, reverse=True)
        return (self.current.version, *older)

    def open(self, version: str | None) -> Knowledge:
        """The Knowledge of a version (None: of the build), loaded once.

        KeyError for a version that is not there. A phrase that the release did not
        have is taken from the build: software that is newer than a release may say
        more than it, never conclude otherwise.
        """
        if version is None or version == self.current.version:
            return self.current
        folder = self.folders[version]
        with self._lock:
            if version not in self._loaded:
                found = load(folder)
                phrases = {**self.current.phrases, **found.phrases}
                self._loaded[version] = replace(
                    found, phrases=MappingProxyType(phrases)
                )
            return self._loaded[version]


def find_releases(folder: Path, current: Knowledge) -> Releases:
    """The releases of a folder (which need not be there) beside the build.

    Raises KnowledgeError, so that the process does not start, for a release that is
    not what its manifest or its name says, or that this software cannot run.
    """
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    folders = {path.name: path for path in paths if path.is_dir()}
    if len(folders) > MOST:
        raise KnowledgeError(
            f"{folder} holds {len(folders)} releases, and at most {MOST} are kept: "
            "remove those that nobody asks for"
        )
    for path in folders.values():
        check_release(path, current)
    return Releases(current, MappingProxyType(folders))


def check_release(folder: Path, current: Knowledge) -> None:
    """Raise KnowledgeError unless the folder holds the release that it is named after.

    A release does not change: a build of the same version has the same rules.
    """
    try:
        document, manifest = read_files(folder)
        check_format(document)
    except KnowledgeError as problem:
        raise type(problem)(f"release {folder.name}: {problem}") from None
    version = as_text(as_object(manifest.get("ontology")).get("version"))
    if version != folder.name:
        raise KnowledgeError(
            f"release {folder.name} is of version {version}: name its folder so"
        )
    if version == current.version and _digest(manifest) != _digest(current.manifest):
        raise KnowledgeError(
            f"the build says that it is release {version} and differs from the one "
            f"that is pinned: give it a version of its own (header.tsv)"
        )


def pin(build: Path, folder: Path) -> Path:
    """Keep the release of a build in the folder of releases, and say where.

    Raises KnowledgeError for a build that does not stand, or when another release of
    that version is there already. Pinning twice changes nothing.
    """
    document, manifest = read_files(build)
    check_format(document)
    place = folder / as_text(as_object(manifest.get("ontology")).get("version"))
    if place.exists():
        check_release(place, load(build))
        return place
    place.mkdir(parents=True)
    # without a time of its own, so that the same bytes give the same file
    packed = gzip.compress((build / RULES).read_bytes(), mtime=0)
    (place / PACKED).write_bytes(packed)
    (place / MANIFEST).write_bytes((build / MANIFEST).read_bytes())
    return place


def _digest(manifest: Mapping[str, object]) -> str:
    files = manifest.get("files")
    return str(files.get(RULES)) if isinstance(files, dict) else ""
