"""What every test may ask for: knowledge, an application, a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from service.app import create_app
from service.config import SHIPPED_BUILD, Config
from service.reasoning.knowledge import Knowledge, load

# In CI the examples are always the same, so that a red run is about the change; on a
# desk each run tries others. Time is not judged: the machine may be busy.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

ROOT = Path(__file__).parents[1]
# Markers whose tests .ci/run looks for in the files that name them.
STEPS = ("apache", "browser", "examples", "nginx", "reasoner")
# Nepal, where an hour is not a whole one from UTC: what forgets the zone shows.
CLOCK = datetime(2026, 3, 1, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))


# First, since tests that are deselected are what this is about.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that would run in no step of .ci/run."""
    for marker in STEPS:
        paths = {item.path for item in items if item.get_closest_marker(marker)}
        for path in paths:
            if f"mark.{marker}" not in path.read_text("utf-8"):
                raise pytest.UsageError(f"{path}: name the marker, mark.{marker}")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The shipped ontology, loaded once."""
    return load(SHIPPED_BUILD)


@pytest.fixture(scope="session")
def app(knowledge: Knowledge) -> Iterator[Flask]:
    """The application with small limits, so that a test can meet them."""
    config = Config(max_body_mib=1, max_ndjson_mib=6, max_entries=50)
    app = create_app(config, knowledge=knowledge, clock=lambda: CLOCK)
    yield app
    app.extensions["sparql"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of that application, without a server between."""
    return app.test_client()


@pytest.fixture(scope="session")
def bundle() -> bytes:
    """A real case: mitral stenosis with ossification."""
    return (ROOT / "tests/cases/mitral-87m/bundle.json").read_bytes()
