"""docker-compose.yml, Dockerfile and .dockerignore, read where no engine is at hand.

Each check is shown to fail: the same file with one thing broken has a fault.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from service import __version__
from tests import compose as checks
from tests.dockerfile import is_ignored, read_ignored, read_instruction, read_stages

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PAGE = (ROOT / "docs/how-to/run-with-docker.md").read_text("utf-8")
IGNORED = read_ignored((ROOT / ".dockerignore").read_text("utf-8"))
MISSING = object()
# For each check: where the file is broken, and with what (MISSING: taken away).
BROKEN: list[tuple[str, Sequence[str | int], object]] = [
    ("schema", ("services", "proxy", "depend_on"), {}),
    ("schema", ("services", "proxy", "ports"), "8080"),
    ("image", ("services", "hapi", "image"), "hapiproject/hapi:latest"),
    ("image", ("services", "hapi", "image"), "hapiproject/hapi"),
    ("image", ("services", "database", "image"), "postgres:17-bookworm"),
    ("image", ("services", "proxy", "image"), "nginx:1.28"),
    ("image", ("services", "proxy", "image"), "nginx:1.28-bookworm"),
    ("image", ("services", "demo", "image"), MISSING),
    ("secret", ("services", "database", "environment", "POSTGRES_PASSWORD"), "hapi"),
    ("secret", ("services", "database", "environment", "POSTGRES_PASSWORD"), "${P}"),
    ("secret", ("services", "database", "environment"), ["POSTGRES_PASSWORD=hapi"]),
    (
        "secret",
        ("services", "hapi", "environment", "spring.datasource.url"),
        "jdbc:postgresql://hapi:hapi@database/hapi",
    ),
    ("setting", ("services", "service", "environment", "DPO_FHIR_BASE"), "x"),
    ("setting", ("services", "service", "environment"), ["DPO_FHIR_BASE=x"]),
    ("health", ("services", "database", "healthcheck"), MISSING),
    ("health", ("services", "proxy", "healthcheck"), {"disable": True}),
    ("health", ("services", "hapi-watch"), MISSING),
    ("health", ("services", "hapi-watch", "healthcheck", "test"), ["CMD", "true"]),
    ("volume", ("services", "database", "volumes"), MISSING),
    ("volume", ("services", "database", "volumes", 0), "records:/data"),
    ("volume", ("volumes",), MISSING),
    ("network", ("networks", "outside"), {}),
    ("network", ("services", "hapi", "networks"), MISSING),
    ("mount", ("services", "proxy", "volumes", 0), "./deploy/ngin.conf:/a:ro"),
    ("mount", ("services", "proxy", "volumes", 0), "./deploy/nginx.conf:/a"),
    ("right", ("services", "hapi", "cap_drop"), MISSING),
    ("right", ("services", "service", "security_opt"), []),
    ("right", ("services", "service", "privileged"), True),
    ("right", ("services", "service", "mem_limit"), MISSING),
    ("right", ("services", "demo", "restart"), MISSING),
    ("right", ("services", "hapi", "logging"), MISSING),
    ("write", ("services", "service", "read_only"), False),
    ("write", ("services", "service", "user"), "root"),
    ("write", ("services", "proxy", "user"), "0:0"),
    ("port", ("services", "hapi", "ports"), ["127.0.0.1:8081:8080"]),
    ("port", ("services", "proxy", "ports", 0), "8080:8080"),
    ("drain", ("services", "service", "stop_grace_period"), MISSING),
    ("drain", ("services", "proxy", "stop_grace_period"), "30s"),
    ("hapi", ("services", "hapi", "environment", "spring.datasource.url"), "jdbc:h2:"),
    (
        "hapi",
        ("services", "hapi", "environment", "hapi.fhir.server_address"),
        "http://localhost:8080/fhir",
    ),
    (
        "hapi",
        ("services", "hapi", "environment", "hapi.fhir.client_id_strategy"),
        MISSING,
    ),
    (
        "hapi",
        ("services", "hapi", "environment", "hapi.fhir.cors.allowed_origin"),
        MISSING,
    ),
]
NAMES = sorted({name for name, _, _ in BROKEN})


def read_compose() -> checks.Compose:
    """The file as compose reads it, but for what the environment gives."""
    read: checks.Compose = yaml.safe_load(
        (ROOT / "docker-compose.yml").read_text("utf-8")
    )
    return read


def check(name: str) -> Callable[[checks.Compose], list[str]]:
    """A check by its name."""
    found: Callable[[checks.Compose], list[str]] = getattr(checks, f"{name}_faults")
    return found


def break_at(tree: Any, path: Sequence[str | int], value: object) -> Any:
    """A copy of a tree in which one thing is another, or gone."""
    copied = copy.deepcopy(tree)
    place = copied
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copied


@pytest.mark.parametrize("name", NAMES)
def test_the_compose_file_has_no_fault(name: str) -> None:
    """By each check."""
    assert check(name)(read_compose()) == []


@pytest.mark.parametrize(("name", "path", "value"), BROKEN)
def test_a_broken_compose_file_has_a_fault(
    name: str, path: Sequence[str | int], value: object
) -> None:
    """The check of what was broken says so."""
    assert check(name)(break_at(read_compose(), path, value))


def test_every_check_is_shown_to_fail() -> None:
    """No check that only ever passes."""
    written = {
        name.removesuffix("_faults")
        for name in vars(checks)
        if name.endswith("_faults")
    }

    assert written == set(NAMES)


def test_only_the_demo_needs_a_profile() -> None:
    """`docker compose up` starts all but the worked cases."""
    services = read_compose()["services"]

    profiled = {
        name: each["profiles"] for name, each in services.items() if "profiles" in each
    }
    assert profiled == {"demo": ["demo"]}


def test_our_image_has_the_version_of_the_package() -> None:
    """The three services that use it, too."""
    services = read_compose()["services"].values()
    tags = {each["image"] for each in services if each.get("build")}

    assert tags == {f"dpo-reasoner:{__version__}"}


def test_compose_and_image_check_health_alike() -> None:
    """Whoever starts the image without compose asks the same."""
    in_image = read_stages(DOCKERFILE)[-1].last("HEALTHCHECK").command
    in_compose = read_compose()["services"]["service"]["healthcheck"]["test"]

    assert in_compose == ["CMD", *in_image]


@pytest.mark.parametrize(
    "override", re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
)
def test_an_override_of_the_page_is_one(override: str) -> None:
    """A compose file with settings that there are, and without a secret."""
    read = yaml.safe_load(override)

    assert checks.schema_faults(read) == []
    assert checks.setting_faults(read) == []
    assert checks.secret_faults(read) == []
    assert set(read["services"]) <= set(read_compose()["services"])


def test_the_page_names_the_images() -> None:
    """Those whose digests are to be noted: of compose and of the Dockerfile."""
    (line,) = re.findall(r"^docker image inspect .*$", PAGE, re.MULTILINE)
    services = read_compose()["services"].values()
    foreign = {each["image"] for each in services if "build" not in each}

    used = foreign | {read_stages(DOCKERFILE)[-1].image}
    assert {word for word in line.split() if re.search(r"\w:v?\d", word)} == used


def test_the_page_adds_the_memory_up() -> None:
    """Of all containers that stay."""
    services = read_compose()["services"].values()
    limits = [each["mem_limit"] for each in services if "profiles" not in each]
    mib = sum(int(limit[:-1]) * {"m": 1, "g": 1024}[limit[-1]] for limit in limits)

    assert f"{mib / 1024:.1f} GiB" in PAGE


def test_the_example_of_settings_holds_no_value() -> None:
    """It names what compose asks for, and nothing that compose does not know."""
    lines = (ROOT / "deploy/.env.example").read_text("utf-8").splitlines()
    names = re.findall(
        r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text("utf-8")
    )

    given = [line.lstrip("#") for line in lines if re.match(r"#?[A-Z_]+=", line)]
    assert given
    assert sorted(given) == sorted(f"{name}=" for name in set(names))


def test_both_stages_are_of_one_exact_image() -> None:
    """The environment was built for the Python that it runs with."""
    build, last = read_stages(DOCKERFILE)

    assert build.image.split()[0] == last.image
    assert checks.EXACT.search(last.image)


def test_the_image_runs_as_a_numbered_user() -> None:
    """As the one that compose names."""
    user = read_stages(DOCKERFILE)[-1].last("USER").rest

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert read_compose()["services"]["service"]["user"] == user


def test_the_image_gets_no_java() -> None:
    """Neither from Debian nor from what Python packages bring."""
    pinned = (ROOT / "requirements.txt").read_text("utf-8")

    assert not re.search(r"(?i)jre|jdk|java|apt-get", DOCKERFILE)
    assert not re.search(r"(?im)^(owlready2|jpype1)\b", pinned)


def test_everything_that_is_installed_has_a_hash() -> None:
    """Whatever the index serves tomorrow."""
    installs = [
        each.command
        for each in read_stages(DOCKERFILE)[0].instructions
        if each.word == "RUN" and "install" in each.command
    ]

    assert len(installs) == 3
    for command in installs:
        assert {"--require-hashes", "--no-index"} & set(command)


@pytest.mark.parametrize(
    "line", ["RUN pip install x", "ADD a b", "CMD dpo serve", "RUN [\\", "COPY a \\"]
)
def test_an_instruction_that_is_not_known_is_refused(line: str) -> None:
    """Nothing of a Dockerfile is passed over in a rehearsal."""
    with pytest.raises(ValueError, match=r"exec form|not known"):
        read_instruction(line)


@pytest.mark.parametrize(
    "path",
    [
        "LICENSE",
        "README.md",
        "deploy/build-requirements.txt",
        "ontology/LICENSE",
        "ontology/build/rules.json",
        "ontology/edit/queries/README.md",
        "ontology/w3id/.htaccess",
        "pyproject.toml",
        "requirements.txt",
        "service/cli.py",
        "service/web/static/page.js",
    ],
)
def test_what_the_wheel_needs_is_sent(path: str) -> None:
    """To the engine, which sees nothing else."""
    assert not is_ignored(path, IGNORED)


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "deploy/.env",
        ".git/config",
        ".venv/bin/python",
        "tests/cases/mitral-87m/bundle.json",
        "uv.lock",
        "service/__pycache__/cli.cpython-311.pyc",
        "ontology/edit/terms.tsv.bak",
        "docker-compose.yml",
    ],
)
def test_what_the_wheel_does_not_need_stays_out(path: str) -> None:
    """Secrets and tests above all."""
    assert is_ignored(path, IGNORED)


def test_every_file_of_the_packages_is_sent() -> None:
    """What git has of both, and so the wheel of a checkout, is in the image."""
    files = [
        path.relative_to(ROOT).as_posix()
        for package in ("service", "ontology")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".bak"}
    ]

    assert len(files) > 100
    assert [path for path in files if is_ignored(path, IGNORED)] == []
