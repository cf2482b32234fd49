"""The files of the shipped release, and the rules by which w3id.org leads to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from service.config import SHIPPED_BUILD
from service.reasoning.knowledge import MANIFEST, Knowledge
from service.reasoning.problems import ManifestMismatch
from service.reasoning.terms import as_object, as_text
from service.web.statics import hash_file

MEDIA = {
    ".json": "application/json",
    ".owl": "application/rdf+xml",
    ".trig": "application/trig",
    ".ttl": "text/turtle",
}
W3ID = SHIPPED_BUILD.parent / "w3id"
W3ID_FILES = (".htaccess", "README.md")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a release: its SHA-256 and its size in bytes."""

    name: str
    path: Path
    media: str
    digest: str
    size: int

    def check(self) -> None:
        """Raise ManifestMismatch if its bytes are not those of the release."""
        if hash_file(self.path) != self.digest:
            raise ManifestMismatch(f"{self.name} is not the file of the release")


def list_files(build: Path, knowledge: Knowledge) -> Mapping[str, File]:
    """What the manifest names, and the manifest itself, by name."""
    digests = {
        name: as_text(digest)
        for name, digest in as_object(knowledge.manifest.get("files")).items()
    }
    digests[MANIFEST] = hash_file(build / MANIFEST)
    return MappingProxyType(
        {
            name: describe_file(build / name, digest)
            for name, digest in sorted(digests.items(), key=by_importance)
        }
    )


def by_importance(named: tuple[str, str]) -> tuple[bool, str]:
    """The ontology before the files that only programs read."""
    return named[0].endswith(".json"), named[0].casefold()


def describe_file(path: Path, digest: str) -> File:
    """A file that is there; its ending says what it is."""
    media = MEDIA.get(path.suffix, "application/octet-stream")
    return File(path.name, path, media, digest, path.stat().st_size)
