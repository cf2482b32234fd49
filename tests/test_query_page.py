"""The page for queries as the service sends it; what it does is in tests/browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.config import SHIPPED_BUILD
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Text
from service.sparql.queries import SavedQueries, SavedQuery, load_queries
from service.web.query_page import (
    FIRST,
    GROUPS,
    group_questions,
    page_config,
    start_text,
    version_of,
)

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "service/web/static/yasgui"
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def saved() -> SavedQueries:
    """The saved queries of the shipped build."""
    return load_queries(SHIPPED_BUILD)


def question(id: str, group: str, kind: str = "competency") -> SavedQuery:
    """A saved query that asks nothing in particular."""
    return SavedQuery(
        id, kind, group, Text(f"What of {id}?", f"Quid de {id} ?"), "ASK {}"
    )


def of(*queries: SavedQuery) -> SavedQueries:
    """Some saved queries by their id."""
    return SavedQueries({}, {query.id: query for query in queries})


def settings_in(page: str) -> str:
    """The block of data that the page holds for its script."""
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    assert found
    return found[1]


@pytest.mark.parametrize(("language", "begins"), [("en", "What of"), ("fr", "Quid de")])
def test_questions_are_grouped_in_a_fixed_order(
    knowledge: Knowledge, language: str, begins: str
) -> None:
    """By what they are about, not by title, which differs between languages."""
    queries = of(
        question("z", GROUPS[0]),
        question("b", GROUPS[1]),
        question("a", GROUPS[1]),
        question("x", "unheard-of"),
        question("page", "", kind="page"),
    )

    groups = group_questions(queries, knowledge, language)

    ids = [[each.id for each in group.questions] for group in groups]
    assert ids == [["z"], ["a", "b"], ["x"]]
    assert all(
        each.title.startswith(begins) for group in groups for each in group.questions
    )


def test_the_first_question_of_the_first_groups_is_open(knowledge: Knowledge) -> None:
    """As tabs, when somebody comes for the first time."""
    queries = of(*(question(f"{n}-{key}", key) for n in (1, 2) for key in GROUPS))

    groups = group_questions(queries, knowledge, "en")

    first = [each.id for group in groups for each in group.questions if each.first]
    assert first == [f"1-{key}" for key in GROUPS[:FIRST]]


def test_every_group_of_the_build_has_a_heading(saved: SavedQueries) -> None:
    """None lands under "others" unnoticed."""
    groups = {q.group for q in saved.queries.values() if q.kind == "competency"}

    assert groups <= set(GROUPS)


def test_a_new_tab_declares_each_prefix_once(saved: SavedQueries) -> None:
    """Those of the dataset and those of the query itself."""
    lines = start_text(saved).splitlines()

    declared = [line for line in lines if line.startswith("PREFIX")]
    assert sorted(declared) == sorted(
        f"PREFIX {name}: <{space}>" for name, space in saved.prefixes.items()
    )
    assert lines[len(declared)].startswith("SELECT")


def test_another_question_is_another_version(saved: SavedQueries) -> None:
    """So that no browser shows the tabs of an older release as those of this one."""
    changed = {
        id: replace(query, text=f"{query.text} ") if id == "query-start" else query
        for id, query in saved.queries.items()
    }

    other = SavedQueries(saved.prefixes, changed)

    assert version_of(other) != version_of(saved)
    assert version_of(SavedQueries(saved.prefixes, dict(saved.queries))) == version_of(
        saved
    )


def test_the_script_says_every_word_of_the_table(
    saved: SavedQueries, knowledge: Knowledge
) -> None:
    """The ids that the script asks for are those of the phrases, and none is left."""
    words = page_config(saved, knowledge, "fr")["words"]
    sources = [*(ROOT / "web/src").glob("*.js"), ROOT / "service/web/query_page.py"]
    sources.append(ROOT / "service/web/templates/query.html")
    used = set(
        re.findall(
            r'"(query_\w+)"', "".join(path.read_text("utf-8") for path in sources)
        )
    )

    assert isinstance(words, dict)
    headings = {f"query_group_{key}" for key in (*GROUPS, "other")}
    assert used - {"query_"} | headings == set(words)


def test_a_browser_gets_the_page_and_a_program_the_description(
    client: FlaskClient,
) -> None:
    """At one address, by what the client accepts."""
    page = client.get("/sparql", headers=HTML)
    described = client.get("/sparql", headers={"Accept": "text/turtle"})

    assert page.mimetype == "text/html"
    assert described.mimetype == "text/turtle"


def test_the_policy_allows_our_files_and_nothing_else(client: FlaskClient) -> None:
    """No host, no inline text, no evaluation: only 'self', and images as data."""
    policy = client.get("/sparql", headers=HTML).headers["Content-Security-Policy"]

    sources = {word for part in policy.split(";") for word in part.split()[1:]}
    assert sources == {"'self'", "'none'", "data:"}
    assert "default-src 'none'" in policy
    assert "img-src 'self' data:" in policy


def test_the_page_holds_no_code_and_no_style(client: FlaskClient) -> None:
    """Settings stand in a block of data, from which no text of ours can break out."""
    page = client.get("/sparql", headers=HTML).text

    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    scripts = re.findall(r"<script([^>]*)>", page)
    assert len(scripts) == 2
    assert all("src=" in each or "application/json" in each for each in scripts)
    settings = settings_in(page)
    assert "<" not in settings
    assert json.loads(settings)["language"] == "en"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_question_and_its_query_can_be_read(
    client: FlaskClient, saved: SavedQueries, language: str
) -> None:
    """Without a script, in the language of the page."""
    page = client.get(f"/sparql?lang={language}", headers=HTML).text
    said = unescape(page)

    assert f'<html lang="{language}"' in page
    for query in saved.queries.values():
        if query.kind == "competency":
            assert query.title.in_language(language) in said
            assert query.text.strip() in said


def test_the_shipped_script_evaluates_nothing() -> None:
    """What the policy forbids was taken out when it was built."""
    script = (SHIPPED / "query.js").read_text("utf-8")

    assert not re.search(r'\beval\(|new Function\(|createElement\("style"\)', script)


def test_every_package_in_the_shipped_script_brings_its_licence() -> None:
    """With its name, version and text; among them the two that we chose."""
    text = (SHIPPED / "LICENCES.txt").read_text("utf-8")
    chosen = json.loads((ROOT / "web/package.json").read_text("utf-8"))["dependencies"]

    head, *sections = re.split(r"\n={72}\n\n", text)
    assert "query.js" in head
    assert all(len(section.splitlines()) > 5 for section in sections)
    assert all(f"\n{name} {version} (" in text for name, version in chosen.items())


def test_the_lock_file_names_packages_by_hash_and_no_address() -> None:
    """A clone is tied to no registry."""
    lock = json.loads((ROOT / "web/package-lock.json").read_text("utf-8"))

    installed = [row for name, row in lock["packages"].items() if name]
    assert all("resolved" not in row and row["integrity"] for row in installed)
