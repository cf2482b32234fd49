"""The files that pages load: style, signs, scripts; known by name and hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "static"
# Flask adds the charset of a text.
MEDIA = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
# What has another ending is nothing that a page loads.
VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Static:
    """One file, with the SHA-256 of its bytes."""

    path: Path
    media: str
    digest: str

    @property
    def version(self) -> str:
        """What stands in its address, so that a browser may keep it for good."""
        return self.digest[:VERSION_DIGITS]


def list_statics(folder: Path = FOLDER) -> Mapping[str, Static]:
    """Every file of the folder by its name there; only these are served."""
    return MappingProxyType(
        {
            path.relative_to(folder).as_posix(): Static(
                path, MEDIA[path.suffix], hash_file(path)
            )
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in MEDIA
        }
    )


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
