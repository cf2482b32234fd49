"""The how-to page about verification runs as it stands, with HermiT and a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.how_to import CURL, SERVICE, look_like_checkout, steps, wrong
from tests.served import HOST, serving

pytestmark = [pytest.mark.reasoner, pytest.mark.allow_hosts([HOST]), CURL]
# On a machine that is busy the first question waits for Java.
PATIENT = {"DPO_VERIFY_SECONDS": "300"}


def test_the_page_shows_what_its_blocks_print(tmp_path: Path) -> None:
    """Every block, one after the other, in one folder."""
    folder = look_like_checkout(tmp_path, ("docs", "ontology", "tests"))
    with serving(PATIENT) as served:
        places = {SERVICE: f"{HOST}:{served.port}"}

        assert wrong(steps("verify-a-report"), places, folder) == []
