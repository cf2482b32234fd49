"""The how-to pages with a FHIR server run as they stand, against a real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4, uuid5

import pytest

from deploy.load_cases import load
from tests.how_to import (
    CURL,
    FHIR,
    SERVICE,
    UUID,
    Step,
    look_like_checkout,
    replaced,
    steps,
    wrong,
)
from tests.integration.loading import CASES
from tests.served import HOST, Served, serving

# A busy machine: not what the pages are about.
SECONDS = {"DPO_FHIR_SECONDS": "120"}
CASE = "uip-66m/bundle.json"
LOADER = "deploy/load_cases.py"


@pytest.fixture(scope="module")
def server(fhir_base: str) -> Iterator[Served]:
    """`dpo serve` with the FHIR server."""
    with serving({"DPO_FHIR_BASE_URL": fhir_base, **SECONDS}) as served:
        yield served


def new_ids(found: Sequence[Step], case: str) -> dict[str, str]:
    """Another id for each in the blocks and in the case.

    The patient of the pages is then one whom the server has never seen.
    """
    texts = [case, *(step.block for step in found)]
    space = uuid4()
    ids = {id for text in texts for id in UUID.findall(text)}
    return {id: str(uuid5(space, id)) for id in ids}


def checkout(folder: Path, ids: Mapping[str, str]) -> Path:
    """What looks like a checkout, with one case: that of the pages, with these ids."""
    look_like_checkout(folder, ("deploy", "docs", "ontology"))
    bundle = folder / "tests/cases" / CASE
    bundle.parent.mkdir(parents=True)
    bundle.write_text(replaced((CASES / CASE).read_text("utf-8"), ids), "utf-8")
    return folder


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("use-with-a-fhir-server", marks=CURL),
        pytest.param("post-from-an-ehr", marks=CURL),
        "call-from-python",
    ],
)
def test_a_page_shows_what_its_blocks_print(
    name: str,
    server: Served,
    fhir_base: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every block, in the order of the page.

    A page that does not load the case itself says that it must be there.
    """
    for key, value in SECONDS.items():
        monkeypatch.setenv(key, value)
    found = steps(name)
    ids = new_ids(found, (CASES / CASE).read_text("utf-8"))
    places = {FHIR: fhir_base, SERVICE: f"{HOST}:{server.port}", **ids}
    folder = checkout(tmp_path, ids)
    if not any(LOADER in step.block for step in found):
        load(fhir_base, folder / "tests/cases")

    assert wrong(found, places, folder) == []
