"""The how-to pages about queries run as they stand, against a server on 127.0.0.1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.how_to import CURL, SERVICE, look_like_checkout, steps, wrong
from tests.served import HOST, Served, serving

SERVED = (
    pytest.param("query-with-curl", marks=CURL),
    "query-from-python",
    pytest.param("cite-a-term", marks=CURL),
)
pytestmark = [pytest.mark.allow_hosts([HOST])]


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """One server for all pages, with time enough on a machine that is busy."""
    with serving({"DPO_SPARQL_SECONDS": "60"}) as served:
        yield served


@pytest.mark.parametrize("name", SERVED)
def test_a_page_shows_what_its_blocks_print(
    name: str, server: Served, tmp_path: Path
) -> None:
    """Every block that is no example of the service's start."""
    folder = look_like_checkout(tmp_path, ("docs", "ontology", "tests"))
    places = {SERVICE: f"{HOST}:{server.port}"}

    assert wrong(steps(name), places, folder) == []
