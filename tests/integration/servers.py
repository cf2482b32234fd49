"""Real servers as processes of their own, on 127.0.0.1, each ended by its own pid.

HAPI FHIR and the validator are the Maven module tests/hapi, which is built when its
sources are newer than what stands in its target folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.processes import Running, free_port, start
from tests.served import HOST

MODULE = Path(__file__).parents[1] / "hapi"
JAR = MODULE / "target/hapi.jar"
BUILD_SECONDS = 900
# Ten on an idle machine, but two minutes where six programs share each processor.
START_SECONDS = 300
# The first resource of a validator takes seconds, and the machine may be busy.
ANSWER_SECONDS = 300
CLASS_PATH = f"{JAR}{os.pathsep}{MODULE / 'target/lib'}/*"
JAVA = ("-XX:+UseSerialGC", "-Xmx1g", "-cp", CLASS_PATH)
# A server starts sooner so; the validator, which has much to do, is faster without.
SOON = "-XX:TieredStopAtLevel=1"
# initdb and postgres refuse to run as root: Debian's package brings this user.
POSTGRES_USER = "postgres"
POSTGRES_PROGRAMS = "/usr/lib/postgresql"


def build_module() -> None:
    """Build tests/hapi unless its jar is newer than all it is made of.

    Whoever comes second waits for the first. A build that fails is an error with
    Maven's own words.
    """
    sources = [MODULE / "pom.xml", *(MODULE / "src").rglob("*")]
    with (MODULE / "pom.xml").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(path.stat().st_mtime for path in sources)
        if JAR.exists() and JAR.stat().st_mtime > newest:
            return
        built = subprocess.run(
            ["mvn", "-q", "-B", "package"],
            cwd=MODULE,
            timeout=BUILD_SECONDS,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert built.returncode == 0, built.stdout


@dataclass(frozen=True, slots=True)
class Issue:
    """What the validator says of one place; `location` is a FHIRPath."""

    severity: str
    location: str
    message: str


@dataclass(frozen=True, slots=True)
class Validator:
    """FHIR R4 validation, offline, by one process that stays."""

    running: Running
    resources: int

    def validate(self, resource: Mapping[str, Any]) -> list[Issue]:
        """What is to be said of a resource: errors, warnings and information."""
        return self.validate_text(json.dumps(resource))

    def validate_text(self, text: str) -> list[Issue]:
        """The same of a resource as JSON text, which may be wrong as such."""
        assert self.running.process.stdin is not None
        # In JSON a line break stands between tokens only, where it is but a space.
        line = re.sub(r"[\r\n]", " ", text)
        self.running.process.stdin.write(f"{line}\n")
        self.running.process.stdin.flush()
        answer = self.running.wait_for("", ANSWER_SECONDS).string
        return [Issue(**issue) for issue in json.loads(answer)]


@contextmanager
def validating(*conformance: Path) -> Iterator[Validator]:
    """A validator that knows R4 and the resources in these files and folders.

    StructureDefinition, CodeSystem, ValueSet and ConceptMap are read, as JSON; one that
    is not R4 ends the start.
    """
    build_module()
    command = ["java", *JAVA, "org.dpo.hapi.Validator"]
    with tempfile.TemporaryFile("w+") as log:
        running = start([*command, *map(str, conformance)], log=log)
        try:
            ready = running.wait_for(r"^ready (\d+)$", START_SECONDS)
            yield Validator(running, int(ready[1]))
        finally:
            running.stop()


@dataclass(frozen=True, slots=True)
class Database:
    """Where HAPI keeps its data."""

    url: str
    user: str = "sa"
    password: str = field(default="", repr=False)


@dataclass(slots=True)
class Hapi:
    """A HAPI FHIR server that can be stopped and started again as the same one."""

    database: Database
    port: int = 0
    running: Running | None = None

    @property
    def base(self) -> str:
        """The address that the paths of FHIR are added to."""
        return f"http://{HOST}:{self.port}/fhir"

    def start(self) -> None:
        """Start on the port it had before, or on a free one, and wait until ready."""
        build_module()
        self.running = start(
            ["java", SOON, *JAVA, "org.dpo.hapi.Server", str(self.port)],
            {
                "HAPI_DB_URL": self.database.url,
                "HAPI_DB_USER": self.database.user,
                "HAPI_DB_PASSWORD": self.database.password,
            },
        )
        ready = self.running.wait_for(r"^ready http://[^:]+:(\d+)/fhir$", START_SECONDS)
        self.port = int(ready[1])

    def stop(self) -> None:
        """End it, with its data written; nothing happens where it does not run."""
        if self.running is not None:
            self.running.stop()
            self.running = None


@contextmanager
def serving_hapi(database: Database) -> Iterator[Hapi]:
    """A HAPI FHIR server until the block ends."""
    hapi = Hapi(database)
    try:
        hapi.start()
        yield hapi
    finally:
        hapi.stop()


def h2_in(folder: Path) -> Database:
    """A database in a file, which outlives its server; HAPI closes it, not the JVM."""
    return Database(f"jdbc:h2:file:{folder / 'hapi'};DB_CLOSE_ON_EXIT=FALSE")


def postgres_program(name: str) -> str:
    """The newest `initdb` or `postgres` of Debian's package postgresql."""
    found = Path(POSTGRES_PROGRAMS).glob(f"*/bin/{name}")
    versions = sorted(found, key=lambda path: float(path.parents[1].name))
    assert versions, "Install PostgreSQL (Debian's package postgresql) for these tests."
    return str(versions[-1])


def not_as_root(folder: Path) -> list[str]:
    """What stands before a command so that it is not run by root, if we are.

    The folder then belongs to the user who runs it.
    """
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, POSTGRES_USER, POSTGRES_USER)
    user = [f"--reuid={POSTGRES_USER}", f"--regid={POSTGRES_USER}", "--init-groups"]
    return ["setpriv", *user, "--"]


@contextmanager
def serving_postgres() -> Iterator[Database]:
    """A PostgreSQL cluster of its own in a folder that goes with it."""
    # Not below pytest's folders: these are closed to the user who runs PostgreSQL.
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        port, password = free_port(), secrets.token_hex()
        before = not_as_root(Path(name))
        create_cluster(Path(name), before, password)
        command = [*before, postgres_program("postgres"), f"-D{name}/data"]
        options = [f"-p{port}", f"-h{HOST}", f"-k{name}"]
        # SIGINT ends the connections; SIGTERM would wait for them.
        running = start([*command, *options], farewell=signal.SIGINT)
        try:
            running.wait_for("ready to accept connections", START_SECONDS)
            url = f"jdbc:postgresql://{HOST}:{port}/postgres"
            yield Database(url, POSTGRES_USER, password)
        finally:
            running.stop()


def create_cluster(folder: Path, before: list[str], password: str) -> None:
    """Make the files of a cluster that asks for a password, or fail as initdb says."""
    secret = folder / "password"
    secret.write_text(password)
    command = [*before, postgres_program("initdb"), f"--pgdata={folder / 'data'}"]
    options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8"]
    made = subprocess.run(
        [*command, *options, f"--username={POSTGRES_USER}", "--no-sync"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout


@contextmanager
def serving_sekmet() -> Iterator[str]:
    """The base of a second FHIR server, in Python, with an empty database.

    It plays no other department: what is written stays as it was written.
    """
    with tempfile.TemporaryDirectory(prefix="sekmet-") as name:
        port = free_port()
        base = f"http://{HOST}:{port}/fhir"
        settings = Path(name) / "settings.yaml"
        # JSON is YAML.
        settings.write_text(
            json.dumps({"base_url": base, "simulator": {"enabled": False}})
        )
        program = str(Path(sys.executable).with_name("sekmet"))
        options = ["--config", str(settings), "--host", HOST, "--port", str(port)]
        running = start([program, "serve", *options], folder=Path(name))
        try:
            running.wait_for("Uvicorn running on", START_SECONDS)
            yield base
        finally:
            running.stop()
