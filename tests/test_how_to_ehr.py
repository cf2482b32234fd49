"""The how-to pages for callers run as they stand, as far as they need no FHIR server.

The rest of them runs in tests/integration/test_how_to.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.config import Config
from service.fhir.phrases import note
from service.reasoning.knowledge import Knowledge
from service.wording.ledger import note_text
from service.wording.lexicon import open_lexicon
from tests.how_to import (
    CURL,
    PAGES,
    SERVICE,
    look_like_checkout,
    steps,
    steps_without_server,
    wrong,
)
from tests.served import HOST, Served, serving

SERVED = (pytest.param("post-from-an-ehr", marks=CURL), "call-from-python")
WITH_SERVER = "use-with-a-fhir-server"
pytestmark = [pytest.mark.allow_hosts([HOST])]


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """One server for all pages, without a FHIR server."""
    with serving({}) as served:
        yield served


@pytest.mark.parametrize("name", SERVED)
def test_a_page_shows_what_its_blocks_print(
    name: str, server: Served, tmp_path: Path
) -> None:
    """Every block before the first that needs a FHIR server."""
    folder = look_like_checkout(tmp_path, ("tests",))
    places = {SERVICE: f"{HOST}:{server.port}"}

    assert wrong(steps_without_server(name), places, folder) == []


@pytest.mark.parametrize("name", ["post-from-an-ehr", "call-from-python"])
def test_a_page_keeps_what_needs_a_fhir_server_for_its_end(name: str) -> None:
    """So that the rest runs everywhere; there are blocks of both kinds."""
    assert 0 < len(steps_without_server(name)) < len(steps(name))


def test_the_gaps_of_a_record_are_told_in_the_words_of_the_ledger(
    knowledge: Knowledge,
) -> None:
    """All four, with the limits that hold when nothing is set."""
    lexicon = open_lexicon(knowledge, "en")
    gaps = (
        note("gap_pages", "", limit=str(Config().fhir_pages)),
        note("gap_bytes", "", limit=str(Config().fhir_mib)),
        note("gap_type", "", type="Condition"),
        note("gap_other_patient", "", count="3"),
    )
    text = (PAGES / f"{WITH_SERVER}.md").read_text("utf-8")
    section = text.partition("## When a record is read in part")[2].partition("##")[0]
    told = re.findall(r"^\| (The [^|]+) \|", section, re.MULTILINE)

    assert told == [note_text(gap, lexicon) for gap in gaps]
    assert {(gap.severity, gap.code) for gap in gaps} == {("warning", "incomplete")}
