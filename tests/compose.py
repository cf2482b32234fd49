"""What must hold of docker-compose.yml: each check gives its faults, none if right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from service.config import PREFIX, SETTINGS

Compose = dict[str, Any]
ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "tests/compose_spec/compose-spec.json"
# A digest, or a version that names one release: of three numbers, PostgreSQL's of two.
EXACT = re.compile(
    r"@sha256:[0-9a-f]{64}$|:v?\d+\.\d+\.\d+(-[a-z0-9.-]+)?$"
    r"|^postgres:\d+\.\d+(-[a-z]+)?$"
)
SECRET = re.compile(r"(?i)passw|secret|token|private_?key|api_?key")
# What the administrator writes; without it compose stops with the sentence.
REQUIRED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
# Who has no health check of its own, and which check of another stands for it.
WATCHED = {"hapi": "hapi-watch"}


@cache
def schema() -> Draft202012Validator:
    """The schema of the Compose Specification."""
    return Draft202012Validator(json.loads(SCHEMA.read_bytes()))


def schema_faults(compose: Compose) -> list[str]:
    """Where the file is not a compose file."""
    return [error.message for error in schema().iter_errors(compose)]


def image_faults(compose: Compose) -> list[str]:
    """Images that may be another one tomorrow."""
    return [
        f"{name}: {each.get('image')}"
        for name, each in compose["services"].items()
        if not EXACT.search(str(each.get("image")))
    ]


def values(compose: Compose) -> Iterator[tuple[str, str]]:
    """Every text of the file, with the key that it stands under."""

    def walk(key: str, value: object) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for name, item in value.items():
                yield from walk(str(name), item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(key, item)
        else:
            yield key, str(value)

    return walk("", compose)


def secret_faults(compose: Compose) -> list[str]:
    """Passwords that stand in the file, or that may be missing without a word."""
    faults = []
    for key, value in values(compose):
        # The other form of an environment: a list of `NAME=value`.
        pair = re.fullmatch(r"([\w.]+)=(.*)", value)
        name, text = pair.groups() if pair else (key, value)
        if SECRET.search(name) and not REQUIRED.fullmatch(text):
            faults.append(f"{name} has a value, or none is asked for")
        if re.search(r"://[^/\s]*:[^/\s]*@", value):
            faults.append(f"{key} has a password in an address")
    return faults


def setting_faults(compose: Compose) -> list[str]:
    """Variables of the service that are no settings of it."""
    known = {setting.name for setting in SETTINGS}
    used = {name for each in compose["services"].values() for name in variables(each)}
    return sorted(
        name for name in used if name.startswith(PREFIX) and name not in known
    )


def variables(service: Compose) -> set[str]:
    """The names of the environment of a service, in either form."""
    environment = service.get("environment", {})
    return {str(each).partition("=")[0] for each in environment}


def health_faults(compose: Compose) -> list[str]:
    """Services that run on and that nobody asks whether they are well."""
    services = compose["services"]
    faults = []
    for name, each in services.items():
        check = services.get(WATCHED.get(name, name), {}).get("healthcheck", {})
        stays = each.get("restart") != "no"
        asks_right = name not in WATCHED or f"//{name}:" in str(check.get("test"))
        if stays and not (check.get("test") and asks_right):
            faults.append(f"{name} has no health check")
    return faults


def volume_faults(compose: Compose) -> list[str]:
    """A database without a volume, or a volume that is not declared."""
    mounts = compose["services"]["database"].get("volumes", [])
    named = [mount.partition(":") for mount in mounts if not mount.startswith(".")]
    kept = [name for name, _, place in named if place == "/var/lib/postgresql/data"]
    if not kept:
        return ["the records are lost with their container"]
    return [name for name in kept if name not in compose.get("volumes", {})]


def network_faults(compose: Compose) -> list[str]:
    """More networks than one, or a service that is not in it."""
    networks = list(compose.get("networks", {}))
    faults = [] if len(networks) == 1 else [f"networks: {networks}"]
    return faults + [
        f"{name} is not in the one network"
        for name, each in compose["services"].items()
        if each.get("networks") != networks
    ]


def mount_faults(compose: Compose) -> list[str]:
    """Files of the checkout that are mounted and not there, or can be written to."""
    faults = []
    for name, each in compose["services"].items():
        for mount in each.get("volumes", []):
            source, _, rest = mount.partition(":")
            if not source.startswith("."):
                continue
            if not (ROOT / source).exists():
                faults.append(f"{name}: {source} is not there")
            if not rest.endswith(":ro"):
                faults.append(f"{name}: {source} can be written to")
    return faults


def right_faults(compose: Compose) -> list[str]:
    """Containers with more rights than they need, or without bounds."""
    faults = []
    for name, each in compose["services"].items():
        wanted = {
            "drops no capabilities": each.get("cap_drop") == ["ALL"],
            "may gain rights": "no-new-privileges:true" in each.get("security_opt", []),
            "is privileged": not each.get("privileged") and not each.get("cap_add"),
            "has no memory limit": "mem_limit" in each,
            "has no limit of processes": "pids_limit" in each,
            "has no restart policy": "restart" in each,
            "may fill the disk with logs": "max-size"
            in each.get("logging", {}).get("options", {}),
        }
        faults += [f"{name} {fault}" for fault, holds in wanted.items() if not holds]
    return faults


def write_faults(compose: Compose) -> list[str]:
    """Our containers and nginx: root, or with a file system that can be written to."""
    return [
        name
        for name, each in compose["services"].items()
        if name not in ("hapi", "database")
        and (not each.get("read_only") or not re.match(r"[1-9]", str(each.get("user"))))
    ]


def port_faults(compose: Compose) -> list[str]:
    """What is reached from outside, but for nginx on loopback."""
    published = [
        (name, str(port))
        for name, each in compose["services"].items()
        for port in each.get("ports", [])
    ]
    return [
        f"{name}: {port}"
        for name, port in published
        if name != "proxy" or not re.search(r"(^|-)127\.0\.0\.1:", port)
    ]


def drain_faults(compose: Compose) -> list[str]:
    """Who is killed before what is in flight has ended (25 s of the service)."""
    services = compose["services"]
    grace = {
        name: int(str(services[name].get("stop_grace_period", "10s")).removesuffix("s"))
        for name in ("proxy", "service")
    }
    faults = [f"{name}: {seconds} s" for name, seconds in grace.items() if seconds < 30]
    return faults + ([] if grace["proxy"] >= grace["service"] else ["proxy ends first"])


def hapi_faults(compose: Compose) -> list[str]:
    """Settings of HAPI without which reading or writing back goes wrong."""
    hapi = compose["services"]["hapi"].get("environment", {})
    ours = compose["services"]["service"].get("environment", {})
    wanted = {
        "loses its records": "jdbc:postgresql://database:"
        in hapi.get("spring.datasource.url", ""),
        "has the dialect of another database": hapi.get(
            "spring.jpa.properties.hibernate.dialect", ""
        ).endswith("HapiFhirPostgresDialect"),
        "is of another release": hapi.get("hapi.fhir.fhir_version") == "R4",
        "links to pages that are not followed": hapi.get(
            "hapi.fhir.server_address", "-"
        )
        in ours.get("DPO_FHIR_BASE_URL", ""),
        "refuses our ids": hapi.get("hapi.fhir.client_id_strategy") == "ANY",
        "answers from old searches": hapi.get(
            "hapi.fhir.reuse_cached_search_results_millis"
        )
        == "-1",
        "takes references to nothing": hapi.get(
            "hapi.fhir.enforce_referential_integrity_on_write"
        )
        == "true",
        "answers pages of other sites": "*"
        not in hapi.get("hapi.fhir.cors.allowed_origin", "*"),
    }
    return [fault for fault, holds in wanted.items() if not holds]
