"""Real FHIR servers and the validator, each started when the first test asks for it.

All tests here carry the marker `hapi` and may reach 127.0.0.1 and the host that
FHIR_BASE_URL names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.integration.loading import open_session
from tests.integration.servers import (
    Hapi,
    Validator,
    h2_in,
    serving_hapi,
    serving_postgres,
    serving_sekmet,
    validating,
)
from tests.served import HOST

HERE = Path(__file__).parent
OTHER_BASE = os.environ.get("FHIR_BASE_URL", "").rstrip("/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder; the hook sees the items of all folders."""
    hosts = {HOST, urlsplit(OTHER_BASE).hostname or HOST}
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.hapi)
            item.add_marker(pytest.mark.allow_hosts(sorted(hosts)))


@pytest.fixture(scope="session")
def hapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hapi]:
    """HAPI FHIR with its data in a file: a test may stop and start it."""
    with serving_hapi(h2_in(tmp_path_factory.mktemp("hapi"))) as running:
        yield running


@pytest.fixture(scope="session")
def fhir_base(request: pytest.FixtureRequest) -> str:
    """The base of the server that FHIR_BASE_URL names, else of our own HAPI FHIR."""
    if OTHER_BASE:
        return OTHER_BASE
    hapi: Hapi = request.getfixturevalue("hapi")
    return hapi.base


@pytest.fixture(scope="session")
def postgres_hapi() -> Iterator[Hapi]:
    """HAPI FHIR with its data in a PostgreSQL cluster of its own."""
    with serving_postgres() as database, serving_hapi(database) as running:
        yield running


@pytest.fixture(scope="session")
def sekmet() -> Iterator[str]:
    """The base of a second FHIR server, in Python."""
    with serving_sekmet() as base:
        yield base


@pytest.fixture(scope="session")
def validator() -> Iterator[Validator]:
    """FHIR R4 as it is; for profiles too, see `servers.validating`."""
    with validating() as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A client without a proxy."""
    with open_session() as opened:
        yield opened
