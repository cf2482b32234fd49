"""The page on what-if runs as it stands, and what it says of the code is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.reasoning.differences import Aspect
from service.reasoning.smallest_sets import SIZE, TRIED
from tests.how_to import (
    CURL,
    PAGES,
    SERVICE,
    look_like_checkout,
    steps,
    wrong,
)
from tests.served import HOST, Served, serving

PAGE = "ask-what-if"
pytestmark = [pytest.mark.allow_hosts([HOST])]


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """The service that the page starts."""
    with serving({}) as served:
        yield served


@pytest.mark.parametrize("kind", ["dpo", pytest.param("curl", marks=CURL)])
def test_the_page_shows_what_its_blocks_print(
    kind: str, server: Served, tmp_path: Path
) -> None:
    """Of the commands, and of the request."""
    folder = look_like_checkout(tmp_path, ("tests",))
    found = [
        step for step in steps(PAGE) if (SERVICE in step.block) is (kind == "curl")
    ]

    assert len(found) > 0
    assert wrong(found, {SERVICE: f"{HOST}:{server.port}"}, folder) == []


def test_the_page_names_the_bounds_of_the_search() -> None:
    """As the code has them."""
    text = (PAGES / f"{PAGE}.md").read_text("utf-8")

    assert (f"at {TRIED} sets" in text, SIZE) == (True, 3)


def test_the_page_names_every_aspect() -> None:
    """No other may come in an answer."""
    text = (PAGES / f"{PAGE}.md").read_text("utf-8")
    line = next(x for x in text.splitlines() if x.startswith("`aspect` is"))

    assert set(re.findall(r"`(\w+)`", line)) == {"aspect", *Aspect}
