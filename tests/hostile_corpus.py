"""The hostile corpus as requests: tests/hostile/queries.yaml, read and spelt out."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote_plus

import yaml

CORPUS = Path(__file__).parent / "hostile" / "queries.yaml"
REPEAT = re.compile("«([0-9]+)\\|(.*?)»", re.DOTALL)
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
# How a text is sent: the method, the media type, and the parameter that holds it.
WAYS: dict[str, tuple[str, str, str]] = {
    "direct": ("POST", QUERY, ""),
    "form": ("POST", FORM, "query"),
    "get": ("GET", "", "query"),
    "update": ("POST", UPDATE, ""),
    "update-form": ("POST", FORM, "update"),
    "update-get": ("GET", "", "update"),
    "put": ("PUT", QUERY, ""),
    "patch": ("PATCH", UPDATE, ""),
    "delete": ("DELETE", "", ""),
}


@dataclass(frozen=True, slots=True)
class Hostile:
    """One entry of the corpus; `expect` maps a status to its issue code, or to ""."""

    id: str
    row: str
    query: str
    expect: Mapping[int, str]
    via: str = "direct"
    more: Sequence[tuple[str, str]] = ()
    headers: Sequence[tuple[str, str]] = ()
    latin: bool = False
    answer: str | int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as bytes."""

    method: str
    parameters: str
    headers: Sequence[tuple[str, str]]
    body: bytes


def read_corpus() -> tuple[Hostile, ...]:
    """Every entry, in the order of the file; an unknown key is an error."""
    rows: list[dict[str, Any]] = yaml.safe_load(CORPUS.read_text("utf-8"))
    return tuple(
        Hostile(**{**row, "expect": read_expectations(row["expect"])}) for row in rows
    )


def read_expectations(listed: Sequence[str | int]) -> dict[int, str]:
    """`422 too-costly` as 422 and its issue code."""
    parts = (str(one).partition(" ") for one in listed)
    return {int(status): code for status, _, code in parts}


def spell_out(text: str, places: Mapping[str, str]) -> str:
    """The text with its places filled in and its repetitions written."""
    for name, place in places.items():
        text = text.replace(f"«{name}»", place)
    return REPEAT.sub(lambda found: int(found[1]) * found[2], text)


def request_of(one: Hostile, places: Mapping[str, str]) -> Sent:
    """The request of an entry."""
    encoding = "latin-1" if one.latin else "utf-8"
    text = spell_out(one.query, places).encode(encoding)
    pairs = [(name, spell_out(value, places).encode()) for name, value in one.more]
    method, media, parameter = WAYS[one.via]
    if parameter:
        pairs.insert(0, (parameter, text))
    encoded = "&".join(f"{name}={quote_plus(value)}" for name, value in pairs)
    headers = [*one.headers, *([("Content-Type", media)] if media else [])]
    if media == FORM:
        return Sent(method, "", headers, encoded.encode())
    return Sent(method, encoded, headers, b"" if parameter else text)


@dataclass(slots=True)
class Sink:
    """Listens on this machine and counts whoever comes."""

    connections: int = 0
    _listener: socket.socket = field(default_factory=socket.socket)

    def __enter__(self) -> Self:
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        threading.Thread(target=self._count, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def address(self) -> str:
        """Where a query may try to go."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _count(self) -> None:
        with suppress(OSError):
            while True:
                self._listener.accept()[0].close()
                self.connections += 1
