"""The W3C's protocol and service description tests, and the page that lists them."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import URIRef

from tests.conformance import EARL, Finding, earl, find_all, table

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference/sparql-conformance.md"
UPDATES = 7


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """What came out of every test of both manifests."""
    return find_all()


def test_every_test_that_a_read_only_endpoint_can_pass_is_passed(
    findings: list[Finding],
) -> None:
    """And each of the others is refused in words, with 403."""
    assert [(one.id, one.fault) for one in findings if one.fault] == []


def test_all_tests_of_the_manifests_were_run(findings: list[Finding]) -> None:
    """34 of the protocol, 7 of them updates, and 3 of service descriptions."""
    suites = [one.suite for one in findings]

    assert (suites.count("protocol"), suites.count("service-description")) == (34, 3)
    assert sum(one.needs_update for one in findings) == UPDATES


def test_the_page_lists_what_came_out(findings: list[Finding]) -> None:
    """It would be believed otherwise."""
    assert PAGE.read_text("utf-8").endswith(f"{table(findings)}\n")


def test_earl_says_the_same(findings: list[Finding]) -> None:
    """Each test once; what only an update could pass is inapplicable."""
    outcomes = list(earl(findings).objects(None, EARL.outcome))

    assert outcomes.count(URIRef(EARL.inapplicable)) == UPDATES
    assert outcomes.count(URIRef(EARL.passed)) == len(findings) - UPDATES
