"""The settings of the service: one frozen Config, read once from the environment.

`SETTINGS` names every variable with its unit and its default; the page
docs/reference/configuration.md has one row for each, which a test compares.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

PREFIX = "DPO_"
MIB = 1024 * 1024
# RFC 3986 without what would end up escaped; RFC 6750 section 2.1.
FULL_ADDRESS = re.compile(r"[A-Za-z0-9.:/\[\]_~%-]+")
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
# A checkout and an installed wheel have one layout: the build beside the package.
SHIPPED_BUILD = Path(__file__).resolve().parents[1] / "ontology" / "build"
SHIPPED_RELEASES = SHIPPED_BUILD.with_name("releases")


Value: TypeAlias = int | str | Path | tuple[str, ...]


class ConfigError(Exception):
    """The process must not start: says for every setting at fault what to change."""


@dataclass(frozen=True, slots=True)
class Config:
    """What an operator may set.

    `max_body_mib` bounds a JSON body and `max_ndjson_mib` what is held in memory of an
    NDJSON one, both in MiB; `max_entries` counts the resources of one request.
    `build` is the ontology that answers are made with, and `releases` holds older ones
    that can be asked for. `trusted_hosts` are the host names that are served (empty:
    all of them).

    Of SPARQL, `sparql_workers` queries run and `sparql_queued` wait in one web process;
    a query may take `sparql_seconds`, `sparql_memory_mib` of address space, and answer
    with `sparql_rows` rows and `sparql_mib` MiB.

    `fhir_base_url` is the one FHIR server that is read and written ("": none), with
    `fhir_token` as bearer token and `fhir_ca` as the certificates that are trusted.
    Reading a record, and writing a report, may take `fhir_seconds` each; a record has
    at most `fhir_pages` pages and `fhir_mib` MiB.

    `verify_seconds` is how long a reasoner may take for an answer (`verify=dl`).
    """

    max_body_mib: int = 16
    max_ndjson_mib: int = 256
    max_entries: int = 10_000
    build: Path = field(default=SHIPPED_BUILD)
    releases: Path = field(default=SHIPPED_RELEASES)
    trusted_hosts: tuple[str, ...] = ()
    sparql_workers: int = 2
    sparql_queued: int = 2
    sparql_seconds: int = 5
    sparql_rows: int = 10_000
    sparql_mib: int = 10
    sparql_memory_mib: int = 1536
    fhir_base_url: str = ""
    fhir_token: str = field(default="", repr=False)
    fhir_ca: Path | None = None
    fhir_seconds: int = 30
    fhir_pages: int = 50
    fhir_mib: int = 16
    verify_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: the field it fills, its unit, and how it is read."""

    name: str
    field: str
    unit: str
    read: Callable[[str], Value]


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """Reads a whole number within both bounds; ValueError says which are asked for."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and lowest <= int(text) <= highest:
            return int(text)
        raise ValueError(f"a whole number from {lowest} to {highest}")

    return read


def folder(text: str) -> Path:
    """Reads the path of a folder that exists."""
    path = Path(text)
    if not text.strip() or not path.is_dir():
        raise ValueError("the path of an existing folder")
    return path


def file(text: str) -> Path:
    """Reads the path of a file that exists."""
    path = Path(text)
    if not text.strip() or not path.is_file():
        raise ValueError("the path of an existing file")
    return path


def base_url(text: str) -> str:
    """Reads the address of a FHIR server, without the slash at its end."""
    try:
        parts = urlsplit(text)
        is_sound = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_sound = False
    if (
        not is_sound
        or parts.scheme not in ("http", "https")
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
        or not FULL_ADDRESS.fullmatch(text)
    ):
        raise ValueError(
            "an http or https address without a user, a query and a fragment"
        )
    return text.rstrip("/")


def token(text: str) -> str:
    """Reads a bearer token as RFC 6750 writes it; it is never repeated."""
    if not TOKEN.fullmatch(text):
        raise ValueError("a bearer token (RFC 6750 section 2.1)")
    return text


def names(text: str) -> tuple[str, ...]:
    """Reads names between commas."""
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise ValueError("names between commas, none of them empty")
    return parts


SETTINGS = (
    Setting("DPO_MAX_BODY_MIB", "max_body_mib", "MiB", whole_number(1, 1024)),
    Setting("DPO_MAX_NDJSON_MIB", "max_ndjson_mib", "MiB", whole_number(1, 4096)),
    Setting("DPO_MAX_ENTRIES", "max_entries", "entries", whole_number(1, 1_000_000)),
    Setting("DPO_BUILD", "build", "path", folder),
    Setting("DPO_RELEASES", "releases", "path", folder),
    Setting("DPO_TRUSTED_HOSTS", "trusted_hosts", "names", names),
    Setting("DPO_SPARQL_WORKERS", "sparql_workers", "queries", whole_number(1, 64)),
    Setting("DPO_SPARQL_QUEUED", "sparql_queued", "queries", whole_number(0, 1000)),
    Setting("DPO_SPARQL_SECONDS", "sparql_seconds", "s", whole_number(1, 300)),
    Setting("DPO_SPARQL_ROWS", "sparql_rows", "rows", whole_number(1, 1_000_000)),
    Setting("DPO_SPARQL_MIB", "sparql_mib", "MiB", whole_number(1, 1024)),
    Setting(
        "DPO_SPARQL_MEMORY_MIB", "sparql_memory_mib", "MiB", whole_number(256, 65_536)
    ),
    Setting("DPO_FHIR_BASE_URL", "fhir_base_url", "address", base_url),
    Setting("DPO_FHIR_TOKEN", "fhir_token", "token", token),
    Setting("DPO_FHIR_CA", "fhir_ca", "path", file),
    Setting("DPO_FHIR_SECONDS", "fhir_seconds", "s", whole_number(1, 300)),
    Setting("DPO_FHIR_PAGES", "fhir_pages", "pages", whole_number(1, 10_000)),
    Setting("DPO_FHIR_MIB", "fhir_mib", "MiB", whole_number(1, 1024)),
    Setting("DPO_VERIFY_SECONDS", "verify_seconds", "s", whole_number(1, 600)),
)


def from_env(environment: Mapping[str, str] | None = None) -> Config:
    """The Config of an environment (None: that of the process).

    Raises ConfigError, with every fault in one message: a value that makes no sense,
    or a variable that begins with `DPO_` and is no setting, which would be ignored.
    """
    variables = os.environ if environment is None else environment
    known = {setting.name: setting for setting in SETTINGS}
    values: dict[str, Value] = {}
    faults: list[str] = []
    for name in sorted(variable for variable in variables if variable[:4] == PREFIX):
        if name not in known:
            faults.append(f"{name} is no setting; there are {', '.join(known)}")
            continue
        try:
            values[known[name].field] = known[name].read(variables[name])
        except ValueError as problem:
            faults.append(f"{name} must be {problem}")
    if faults:
        raise ConfigError("; ".join(faults))
    return Config(**values)  # type: ignore[arg-type]  # one table for all types
