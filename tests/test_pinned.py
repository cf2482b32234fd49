"""Pinned releases: kept as they were, checked at the start, asked for by version."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import cli, pinned
from service.app import create_app
from service.config import SHIPPED_BUILD, SHIPPED_RELEASES, Config
from service.pinned import find_releases, pin
from service.reasoning.knowledge import Knowledge, load
from service.reasoning.problems import KnowledgeError
from tests.releases import LATER, Document, ask_for_thirteen, make_release, nothing

ROOT = Path(__file__).parents[1]
CASE = ROOT / "tests/cases/uip-antiques-dealer-71m/bundle.json"
FHIR = {"Content-Type": "application/fhir+json"}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one pinned release, in which ten nodules are not enough."""
    folder = tmp_path_factory.mktemp("releases")
    build = make_release(folder.with_name("build"), ask_for_thirteen)
    pin(build, folder)
    return folder


@pytest.fixture(scope="module")
def pinned_app(shelf: Path, knowledge: Knowledge) -> Iterator[Flask]:
    """The application beside that release."""
    app = create_app(Config(releases=shelf), knowledge=knowledge)
    yield app
    app.extensions["sparql"].close()


@pytest.fixture
def pinned_client(pinned_app: Flask) -> FlaskClient:
    """A client of that application."""
    return pinned_app.test_client()


def answer(client: FlaskClient, query: str) -> str:
    """The answer to the case, as text."""
    response = client.post(
        f"/fhir/$interpret{query}", data=CASE.read_bytes(), headers=FHIR
    )
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_a_pinned_release_answers_by_its_own_rules(pinned_client: FlaskClient) -> None:
    """Ten nodules meet the criterion of the build, not of the release asked for."""
    newest, asked = (
        answer(pinned_client, ""),
        answer(pinned_client, f"?ontology={LATER}"),
    )

    assert '"criterion_met"' in newest
    assert '"criterion_met"' not in asked
    assert LATER not in newest
    assert LATER in asked


def test_a_release_that_is_named_is_the_build_where_it_is_its_own(
    pinned_client: FlaskClient, knowledge: Knowledge
) -> None:
    """Naming the version that is served changes nothing."""
    named = answer(pinned_client, f"?ontology={knowledge.version}")

    assert '"criterion_met"' in named


def test_a_release_that_nobody_pinned_is_refused_with_the_list(
    pinned_client: FlaskClient, knowledge: Knowledge
) -> None:
    """422 that names every release there is, the build first."""
    response = pinned_client.post(
        "/fhir/$interpret?ontology=1999-01-01", data=CASE.read_bytes(), headers=FHIR
    )

    assert response.status_code == 422
    assert f"{knowledge.version}, {LATER}." in response.get_data(as_text=True)


def test_a_release_is_loaded_when_asked_for_and_once(
    shelf: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits at the start for what nobody asks for."""
    loaded: list[Path] = []

    def note(folder: Path) -> Knowledge:
        loaded.append(folder)
        return load(folder)

    monkeypatch.setattr(pinned, "load", note)
    releases = find_releases(shelf, knowledge)
    assert loaded == []
    assert releases.open(LATER) is releases.open(LATER)
    assert loaded == [shelf / LATER]


def test_a_phrase_that_a_release_lacks_is_taken_from_the_build(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    """Software may say more than when the release was made."""

    def forget(rules: Document) -> None:
        del rules["phrases"]["word_present"]
        rules["phrases"]["word_absent"] = {"en": "not so", "fr": "non"}

    make_release(tmp_path / "shelf" / LATER, forget)
    old = find_releases(tmp_path / "shelf", knowledge).open(LATER)

    assert old.phrase("word_present", "en") == knowledge.phrase("word_present", "en")
    assert old.phrase("word_absent", "en") == "not so"


def test_a_pinned_release_holds_the_bytes_of_the_build(tmp_path: Path) -> None:
    """Packed, so that ten of them are no burden, and packed alike every time."""
    first, second = (pin(SHIPPED_BUILD, tmp_path / name) for name in ("a", "b"))
    packed = (first / "rules.json.gz").read_bytes()

    assert gzip.decompress(packed) == (SHIPPED_BUILD / "rules.json").read_bytes()
    assert packed == (second / "rules.json.gz").read_bytes()
    assert packed[4:8] == bytes(4), "the time that gzip keeps"
    assert len(packed) < 500_000


def test_a_release_is_pinned_once(tmp_path: Path) -> None:
    """Again is no change; another content of the same version is refused."""
    build = make_release(tmp_path / "build", nothing)
    other = make_release(tmp_path / "other", ask_for_thirteen)
    place = pin(build, tmp_path / "shelf")
    kept = (place / "rules.json.gz").read_bytes()

    assert pin(build, tmp_path / "shelf") == place
    with pytest.raises(KnowledgeError, match="give it a version of its own"):
        pin(other, tmp_path / "shelf")
    assert (place / "rules.json.gz").read_bytes() == kept


def test_a_build_that_differs_from_the_release_of_its_name_does_not_start(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    """Else two answers would name one version and differ."""
    make_release(tmp_path / knowledge.version, nothing, knowledge.version)

    with pytest.raises(KnowledgeError, match="differs from the one that is pinned"):
        create_app(Config(releases=tmp_path), knowledge=knowledge)


def test_an_old_format_is_refused_with_what_to_do(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    """Never read as something that it is not."""

    def age(rules: Document) -> None:
        rules["format"] = 0

    make_release(tmp_path / LATER, age)

    with pytest.raises(
        KnowledgeError, match=f"{LATER}: rules.json has format 0, .*use"
    ):
        find_releases(tmp_path, knowledge)


def test_a_release_under_another_name_is_refused(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    """The folder is what people ask for."""
    make_release(tmp_path / "2000-01-01", nothing)

    with pytest.raises(KnowledgeError, match=f"is of version {LATER}"):
        find_releases(tmp_path, knowledge)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"no gzip",
        lambda content: content[:1000],
        lambda content: content[:1000] + b"x" + content[1001:],
        lambda content: gzip.compress(gzip.decompress(content) + b" "),
    ],
)
def test_a_release_that_was_damaged_is_refused(
    tmp_path: Path, knowledge: Knowledge, damage: Callable[[bytes], bytes]
) -> None:
    """Cut, overwritten or replaced: the hash of the manifest says so."""
    place = pin(make_release(tmp_path / "build", nothing), tmp_path / "shelf")
    packed = place / "rules.json.gz"
    packed.write_bytes(damage(packed.read_bytes()))

    with pytest.raises(KnowledgeError, match=f"release {LATER}: "):
        find_releases(tmp_path / "shelf", knowledge)


def test_the_build_is_named_first_then_the_newest(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    """In the order in which people look for one."""
    for version in ("2001-01-01", LATER, "2050-01-01"):
        make_release(tmp_path / version, nothing, version)
    versions = find_releases(tmp_path, knowledge).versions

    assert versions == (knowledge.version, LATER, "2050-01-01", "2001-01-01")


def test_more_releases_than_memory_allows_are_refused(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    """Each stays in memory once it was asked for."""
    for number in range(pinned.MOST + 1):
        (tmp_path / str(number)).mkdir()

    with pytest.raises(KnowledgeError, match="17 releases, and at most 16"):
        find_releases(tmp_path, knowledge)


def test_the_command_line_asks_for_a_release(
    shelf: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`dpo interpret --ontology`, and a sentence for one that is not there."""
    monkeypatch.setenv("DPO_RELEASES", str(shelf))
    assert cli.main(["interpret", str(CASE), "--ontology", LATER]) == 0
    assert LATER in capsys.readouterr().out

    assert cli.main(["interpret", str(CASE), "--ontology", "1999-01-01"]) == 2
    assert (
        f"there are {load(SHIPPED_BUILD).version}, {LATER}" in capsys.readouterr().err
    )


def test_the_command_line_explains_by_a_release(
    shelf: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Why and why not, as that release sees it."""
    monkeypatch.setenv("DPO_RELEASES", str(shelf))
    texts = []
    for more in ([], ["--ontology", LATER]):
        assert cli.main(["explain", str(CASE), "dpo_criterion", *more]) == 0
        texts.append(capsys.readouterr().out)

    assert texts[0] != texts[1]


def test_the_command_line_pins_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    """Into the folder of the settings, from where it can then be read."""
    monkeypatch.setenv("DPO_RELEASES", str(tmp_path))

    assert cli.main(["ontology", "pin"]) == 0
    assert load(tmp_path / knowledge.version).version == knowledge.version


def test_every_shipped_release_still_answers(
    client: FlaskClient, knowledge: Knowledge
) -> None:
    """What was promised with each stays runnable, in both languages."""
    versions = find_releases(SHIPPED_RELEASES, knowledge).versions

    for version in versions:
        for language in ("en", "fr"):
            query = f"?ontology={version}&_language={language}"
            assert version in answer(client, query)
