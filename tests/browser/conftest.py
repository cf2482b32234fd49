"""A real Chromium on the real server; whatever a page does wrong fails its test."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.watching import Visit, Watch

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
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `dpo serve` on a port that the system chose."""
    program = "import sys; from service.cli import main; sys.exit(main(sys.argv[1:]))"
    options = ["serve", "--port", "0", "--workers", "1", "--threads", "8"]
    command = [sys.executable, "-c", program, *options]
    log = tmp_path_factory.mktemp("server") / "log"
    # A file, since a pipe that nobody reads would stop the server when it is full.
    with (
        log.open("w") as written,
        subprocess.Popen(command, stderr=written) as process,
    ):
        try:
            yield f"http://127.0.0.1:{read_port(log)}"
        finally:
            process.send_signal(signal.SIGTERM)


def read_port(log: Path) -> int:
    """The port that the server says in the first line of its log."""
    for _ in range(300):
        line, ended, _ = log.read_text("utf-8").partition("\n")
        if ended:
            port: int = json.loads(line)["port"]
            return port
        time.sleep(0.1)
    raise TimeoutError(log.read_text("utf-8"))


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
