"""A real Chromium on the real server; whatever a page does wrong fails its test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.watching import Visit, Watch
from tests.served import HOST, serving

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of `dpo serve` on a port that the system chose."""
    with serving({}) as served:
        yield f"http://{HOST}:{served.port}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, since nothing is downloaded for a test."""
    path = shutil.which("chromium")
    assert path, "Install Chromium (Debian's package chromium) for these tests."
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def watch(site: str) -> Watch:
    """What the pages of one test did, which must be nothing wrong."""
    return Watch(site)


@pytest.fixture
def visit(site: str, browser: Browser, watch: Watch) -> Iterator[Visit]:
    """Open an address in a new profile; options as of Playwright's new_context."""
    contexts = []

    def open_page(address: str, **options: Any) -> Page:
        context = browser.new_context(**{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda request: watch.requests.append(request.url))
        page.on("pageerror", lambda error: watch.complaints.append(str(error)))
        page.on("console", lambda said: watch.note(said.type, said.text))
        page.goto(site + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.foreign() == []
    assert watch.faults() == []
