"""The Dockerfile's steps, carried out in a folder: it builds, starts and answers.

What this is not: there is no base image, no user 10001 and no file system of its own.
docs/how-to/run-with-docker.md tells the administrator so.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from tests.dockerfile import Rehearsal, Stage, read_stages, relocate, sent_files
from tests.served import HOST, Served

ROOT = Path(__file__).parents[1]
CASE = ROOT / "tests/cases/mitral-87m/bundle.json"
FHIR_JSON = {"Content_Type": "application/fhir+json"}
pytestmark = [pytest.mark.nginx, pytest.mark.allow_hosts([HOST])]


@dataclass(frozen=True, slots=True)
class Image:
    """What the last stage came to."""

    stage: Stage
    rehearsal: Rehearsal

    @contextmanager
    def started(self) -> Iterator[Served]:
        """Its CMD, listening on this machine's loopback and a port of the system's."""
        command = [*self.stage.last("CMD").command, "--host", HOST, "--port", "0"]
        environment = self.rehearsal.as_environment()
        program = shutil.which(command[0], path=environment["PATH"])
        assert program is not None
        assert program.startswith(str(self.rehearsal.root))
        with subprocess.Popen(
            [program, *command[1:]],
            env=environment,
            cwd=self.rehearsal.root,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            try:
                served = Served(process, json.loads(process.stderr.readline())["port"])
                Thread(target=process.stderr.read, daemon=True).start()
                assert served.send("GET", "/ready").status == 200
                yield served
            finally:
                word = self.stage.last("STOPSIGNAL").rest
                process.send_signal(signal.Signals[word])

    def check_health(self, port: int) -> int:
        """The exit code of its HEALTHCHECK, of the server at another port."""
        command = self.stage.last("HEALTHCHECK").command
        environment = self.rehearsal.as_environment()
        program = shutil.which(command[0], path=environment["PATH"])
        words = [word.replace(":8000/", f":{port}/") for word in command[1:]]
        assert words != command[1:]
        done = subprocess.run(
            [str(program), *words], env=environment, capture_output=True, check=False
        )
        return done.returncode


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Both stages from the files that an engine is given; the first is then removed."""
    build, last = read_stages((ROOT / "Dockerfile").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as name:
        context, first, second = (Path(name) / each for each in ("sent", "one", "two"))
        for path in sent_files(ROOT):
            (context / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, context / path)
        Rehearsal(context, first).carry_out(build)
        rehearsal = Rehearsal(context, second, {build.name: first})
        rehearsal.carry_out(last)
        relocate(second / "opt/dpo", first, second)
        shutil.rmtree(first)
        shutil.rmtree(context)
        yield Image(last, rehearsal)


@pytest.fixture(scope="module")
def served(image: Image) -> Iterator[Served]:
    """The started image."""
    with image.started() as running:
        yield running


def test_the_image_interprets_a_case(served: Served) -> None:
    """With nothing but what its stage holds."""
    answer = served.send("POST", "/fhir/$interpret", CASE.read_bytes(), **FHIR_JSON)

    assert answer.status == 200
    first = json.loads(answer.body)["entry"][0]["resource"]
    assert first["resourceType"] == "DiagnosticReport"


def test_the_image_answers_sparql(served: Served) -> None:
    """The processes beside the web process start, too."""
    answer = served.ask("ASK { ?class a <http://www.w3.org/2002/07/owl#Class> }")

    assert answer.status == 200
    assert b"true" in answer.body


def test_health_is_that_of_the_server(image: Image, served: Served) -> None:
    """The check passes beside a server and fails without one."""
    assert image.check_health(served.port) == 0
    assert image.check_health(1) != 0


def test_the_stop_signal_ends_it_cleanly(image: Image) -> None:
    """An engine that stops the container gets the exit code of an orderly end."""
    with image.started() as running:
        pass

    assert running.process.returncode == 0


def test_the_image_holds_neither_java_nor_installer(image: Image) -> None:
    """No reasoner of the build, no JVM bridge, nothing to install more with."""
    names = {path.name.partition("-")[0] for path in image.rehearsal.root.rglob("*")}

    assert "dpo_reasoner" in names
    assert {
        "owlready2",
        "jpype1",
        "jpype",
        "java",
        "pip",
        "setuptools",
    } & names == set()
