"""nginx before `dpo serve`, as docker-compose.yml has it, on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.served import HOST, Served, children

ROOT = Path(__file__).parents[1]
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
SECONDS = 15


@dataclass(frozen=True, slots=True)
class Proxied:
    """A running nginx: what a client speaks to, and what it wrote."""

    process: subprocess.Popen[str]
    front: Served
    folder: Path

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self.front.port

    def written(self) -> str:
        """Everything in its logs so far, start and stop included."""
        return (self.folder / "log").read_text("utf-8")

    def lines(self, wanted: int) -> list[str]:
        """The lines of its access log, once there are so many."""
        end = time.monotonic() + SECONDS
        while True:
            lines = [
                line for line in self.written().splitlines() if line.startswith("{")
            ]
            if len(lines) >= wanted:
                return lines
            assert time.monotonic() < end, "a request was not logged"
            time.sleep(0.02)


def fill_in(template: str, values: dict[str, str]) -> str:
    """A template as the image's start script fills it in: by envsubst, these alone."""
    done = subprocess.run(
        ["envsubst", " ".join(f"${{{name}}}" for name in values)],
        input=template,
        env={**os.environ, **values},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def names_filled_in() -> set[str]:
    """What docker-compose.yml lets the start script fill in."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    given = compose["services"]["proxy"]["environment"]
    return {name for name in given if name.startswith("PROXY_")} | {
        "NGINX_LOCAL_RESOLVERS"
    }


def free_port() -> int:
    """A port that nobody listens on now: nginx cannot tell which one it was given."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def proxying(service: str) -> Iterator[Proxied]:
    """The nginx of deploy/nginx.conf before a service, until the block ends."""
    if NGINX is None:
        pytest.fail("Debian's nginx is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # As root nginx gives its workers to another user, who must get in, too.
        folder.chmod(0o755)
        port = free_port()
        values = {
            "NGINX_LOCAL_RESOLVERS": HOST,
            "PROXY_FOLDER": str(folder),
            "PROXY_LISTEN": f"{HOST}:{port}",
            "PROXY_SERVICE": service,
        }
        assert set(values) == names_filled_in()
        template = (ROOT / "deploy/nginx.conf").read_text("utf-8")
        (folder / "nginx.conf").write_text(fill_in(template, values), "utf-8")
        with (
            # Appended to, since nginx opens standard output a second time.
            (folder / "log").open("ab") as log,
            subprocess.Popen(
                [NGINX, "-c", folder / "nginx.conf", "-g", "daemon off;"],
                stdout=log,
                stderr=log,
                text=True,
            ) as process,
        ):
            proxied = Proxied(process, Served(process, port), folder)
            try:
                wait_until_open(proxied)
                yield proxied
            finally:
                process.send_signal(signal.SIGQUIT)


def wait_until_open(proxied: Proxied) -> None:
    """Return once both workers run: the socket is open before them."""
    end = time.monotonic() + SECONDS
    while len(children(proxied.process.pid)) < 2:
        assert proxied.process.poll() is None, proxied.written()
        assert time.monotonic() < end, proxied.written()
        time.sleep(0.02)
