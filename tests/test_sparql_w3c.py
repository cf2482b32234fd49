"""The W3C's protocol and service description tests, and the page that lists them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import conformance
from tests.conformance import Finding, find_all, protocol_tests

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference/sparql-conformance.md"


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """What came out of every test of both manifests."""
    return list(find_all())
