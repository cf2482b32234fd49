"""The rules of w3id.org: every identifier leads to its place, also by a real Apache."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from service.config import SHIPPED_BUILD

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "ontology/w3id"
RULES = FOLDER / ".htaccess"
BASE = "https://w3id.org/pulmonary-ossification/"
HOST, PLACE = "127.0.0.1", "/pulmonary-ossification/"
SERVICE = "https://dpo.example.org"
MODULES = Path("/usr/lib/apache2/modules")
# Enough of a server to read the rules as w3id.org does.
CONFIGURATION = """
ServerRoot {root}
ServerName {host}
Listen {host}:{port}
PidFile {root}/apache.pid
ErrorLog {root}/error.log
DocumentRoot {root}/www
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule rewrite_module {modules}/mod_rewrite.so
{user}
<Directory {root}/www>
  AllowOverride All
  Require all granted
</Directory>
"""


@cache
def ids() -> tuple[str, ...]:
    """The id of everything that the dataset says something of."""
    store = ox.Store()
    store.bulk_load(path=str(SHIPPED_BUILD / "dpo.trig"), format=ox.RdfFormat.TRIG)
    iris = {q.subject.value for q in store if isinstance(q.subject, ox.NamedNode)}
    own = {iri.removeprefix(BASE).partition("#")[0] for iri in iris if BASE in iri}
    return tuple(sorted(own))


def rewrite(id: str) -> str:
    """Where the rules lead, read by a few lines of Python; "" for nowhere."""
    for line in RULES.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"RewriteRule (\S+) (\S+) \[R=303,L\]", line)
        if match and (found := re.search(match[1], id)):
            place = match[2].replace("%{ENV:DPO_SERVICE}", SERVICE)
            return place.replace("$1", found[1] if found.groups() else "")
    return ""


def test_one_line_says_where_the_service_runs() -> None:
    """Whoever moves it changes nothing else."""
    lines = RULES.read_text(encoding="utf-8").splitlines()

    (line,) = (line for line in lines if "://" in line and not line.startswith("#"))
    assert line == f"RewriteRule ^ - [E=DPO_SERVICE:{SERVICE}]"


def test_every_identifier_is_led_to_its_page() -> None:
    """The id is kept as it is, whatever its folder."""
    assert len(ids()) > 3900
    for id in (*ids(), "axiom/0123456789ab"):
        assert rewrite(id) == f"{SERVICE}/ontology/{id}"


@pytest.mark.parametrize(
    ("id", "address"),
    [
        ("", "/ontology/"),
        ("CodeSystem/dpo", "/fhir/CodeSystem/dpo"),
        ("ValueSet/dpo-cause", "/fhir/ValueSet/dpo-cause"),
        (
            "StructureDefinition/justification",
            "/fhir/StructureDefinition/justification",
        ),
        ("OperationDefinition/interpret", "/fhir/OperationDefinition/interpret"),
        ("releases/2026-11-25/dpo.owl", "/ontology/releases/2026-11-25/dpo.owl"),
        ("source/F01.ttl", "/ontology/source/F01.ttl"),
    ],
)
def test_other_addresses_are_led_to_their_place(id: str, address: str) -> None:
    """The namespace, the definitions of FHIR, the files of a release."""
    assert rewrite(id) == SERVICE + address


@pytest.mark.parametrize("id", ["a b", "a//b", "/x", "x?y", "é", "//evil.example"])
def test_what_is_no_identifier_leads_nowhere(id: str) -> None:
    """And certainly not to another host."""
    assert rewrite(id) == ""


@pytest.mark.parametrize("name", [".htaccess", "README.md"])
def test_the_rules_can_be_downloaded(client: FlaskClient, name: str) -> None:
    """Byte for byte as they are in the repository."""
    answer = client.get(f"/ontology/w3id/{name}", buffered=True)

    assert answer.status_code == 200
    assert answer.get_data() == (FOLDER / name).read_bytes()
    assert f"filename={name}" in answer.headers["Content-Disposition"]


# --- a real Apache --------------------------------------------------------------------


@pytest.fixture(scope="module")
def apache() -> Iterator[int]:
    """The port of an Apache that has the folder as w3id.org has it."""
    # not below pytest's own folder, which the user of the server may not read
    root = Path(tempfile.mkdtemp(prefix="w3id-"))
    root.chmod(0o755)
    shutil.copytree(FOLDER, root / "www" / PLACE.strip("/"))
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
    text = CONFIGURATION.format(
        root=root, host=HOST, port=port, modules=MODULES, user=user
    )
    (root / "apache.conf").write_text(text, encoding="utf-8")
    command = ["apache2", "-f", str(root / "apache.conf"), "-DFOREGROUND"]
    process = subprocess.Popen(command)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(root)


def wait_for(port: int) -> None:
    """Return once somebody listens there."""
    for _ in range(100):
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError


def ask(port: int, path: str, accept: str = "*/*") -> tuple[int, str]:
    """The status and the Location that Apache answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    connection.request("GET", PLACE + path, headers={"Accept": accept})
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers.get("Location", "")


@pytest.mark.apache
@pytest.mark.allow_hosts([HOST])
@pytest.mark.parametrize(
    "id",
    [
        "",
        "cause_mitral_stenosis",
        "source/F01",
        "evidence/EV-0001",
        "axiom/0123456789ab",
        "graph/release/2026-11-25",
        "dpo.owl",
        "releases/2026-11-25/dpo.owl",
        "CodeSystem/dpo",
        "StructureDefinition/justification",
        "a%20b",
        "a%0d%0ab",
        "%2f%2fevil.example",
        "..%2fetc",
    ],
)
def test_apache_reads_the_rules_as_this_test_does(apache: int, id: str) -> None:
    """303 to the place, or 404."""
    place = rewrite(id) if "%" not in id else ""
    status, location = ask(apache, id)

    assert (status, location) == ((303, place) if place else (404, ""))


@pytest.mark.apache
@pytest.mark.allow_hosts([HOST])
@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/html", "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml;q=0.9, text/html;q=0.1", "application/rdf+xml"),
    ],
)
def test_the_accept_header_decides_behind_the_redirection(
    apache: int, client: FlaskClient, accept: str, media: str
) -> None:
    """From the permanent identifier to the form that was asked for."""
    status, location = ask(apache, "cause_mitral_stenosis", accept)
    answer = client.get(location.removeprefix(SERVICE), headers={"Accept": accept})

    assert status == 303
    assert (answer.status_code, answer.mimetype) == (200, media)
