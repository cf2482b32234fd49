"""Every competency question has its accepted answer, in two engines that share no code.

`python -m tests.competency` accepts new answers, after reading.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from service.sparql.guard import check_query
from tests import competency
from tests.competency import Answer, Question, read_questions

QUESTIONS = read_questions()
BUILD = competency.DATASET.parent
# What an answer of the service may hold, and the time that people wait gladly.
MOST_ROWS, MOST_SECONDS = 10_000, 1
FORM = re.compile(r"^(ASK|CONSTRUCT|DESCRIBE|SELECT)\b", re.MULTILINE)

each_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)


@pytest.fixture(scope="session")
def store() -> ox.Store:
    """The dataset in the engine of the service."""
    return competency.load_pyoxigraph()


@pytest.fixture(scope="session")
def dataset() -> rdflib.Dataset:
    """The dataset in the other engine."""
    return competency.load_rdflib()


def accepted(question: Question) -> Answer:
    """The answer that a reader has accepted."""
    path = competency.ANSWERS / f"{question.id}.json"
    answer: Answer = json.loads(path.read_text("utf-8"))
    return answer


def form_of(question: Question) -> str:
    """SELECT, ASK, CONSTRUCT or DESCRIBE."""
    found = FORM.search(question.text)
    assert found
    return found[1]


@each_question
def test_both_engines_give_the_accepted_answer(
    question: Question, store: ox.Store, dataset: rdflib.Dataset
) -> None:
    """Same rows in the same order, same graph, same yes or no; numbers by value."""
    started = time.process_time()
    ours = competency.ask_pyoxigraph(store, question)
    took = time.process_time() - started

    assert ours == accepted(question)
    assert competency.ask_rdflib(dataset, question) == ours
    assert took < MOST_SECONDS


@each_question
def test_a_question_is_asked_in_both_languages(question: Question) -> None:
    """A sentence with the question mark of its language, and a group of the page."""
    assert question.heads.keys() == set(competency.HEADS)
    assert re.fullmatch(r"[A-Z].*[^ ]\?", question.heads["en"])
    assert re.fullmatch(r"[A-ZÀÉ].*[^ ]\u00a0\?", question.heads["fr"])
    assert question.heads["group"] in competency.GROUPS


@each_question
def test_an_answer_can_be_compared(question: Question) -> None:
    """It is not empty, fits into the limits, is ordered and names no blank node."""
    answer = accepted(question)

    (rows,) = [
        answer.get(key) for key in ("rows", "triples", "answer") if key in answer
    ]
    if isinstance(rows, list):
        assert 0 < len(rows) < MOST_ROWS
        assert not any("_" in row for row in rows)
    assert (form_of(question) == "SELECT") == ("\nORDER BY " in question.text)


@each_question
def test_a_query_passes_the_guard_of_the_service(question: Question) -> None:
    """People run it from the page and the command line, as if it were their own."""
    check_query(question.text)


@each_question
def test_a_query_declares_the_prefixes_that_it_uses(question: Question) -> None:
    """No more, so that who learns from it sees what is needed."""
    declared = re.findall(r"^PREFIX (\w+):", question.text, re.MULTILINE)
    body = question.text.split("\n", len(declared))[-1]

    assert [name for name in declared if f"{name}:" not in body] == []


def test_the_questions_cover_the_dataset() -> None:
    """Enough of them, each wording once, every form, every named graph."""
    questions = QUESTIONS.values()
    texts = "\n".join(question.text for question in questions)

    assert len(questions) >= 45
    for name in ("en", "fr"):
        wordings = Counter(question.heads[name] for question in questions)
        assert wordings.most_common(1)[0][1] == 1
    forms = Counter(form_of(question) for question in questions)
    assert forms["CONSTRUCT"] >= 3
    assert forms["ASK"] >= 2
    for part in ("asserted", "inferred", "mappings", "evidence"):
        assert f"graph:{part}" in texts
    assert "dpo:decides" in texts
    assert "dcat:distribution" in texts


def test_there_is_no_answer_without_a_question() -> None:
    """Files that nobody compares would rot."""
    assert {path.stem for path in competency.ANSWERS.glob("*.json")} == set(QUESTIONS)


def test_the_release_tells_the_truth_about_its_files(store: ox.Store) -> None:
    """Bytes and hashes, which no accepted answer holds, are those of the files."""
    for row in solutions(store, "release-files"):
        content = (BUILD / row["file"]).read_bytes()

        assert int(row["bytes"]) == len(content)
        assert row["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_release_tells_the_truth_about_its_graphs(store: ox.Store) -> None:
    """The numbers of triples, which no accepted answer holds, are what is there."""
    counted = Counter(
        str(quad.graph_name).strip("<>") for quad in competency.load_quads()
    )

    stated = {row["graph"]: int(row["triples"]) for row in solutions(store, "graphs")}
    assert stated == counted


def solutions(store: ox.Store, id: str) -> list[dict[str, str]]:
    """The rows of a question, nothing of them left out."""
    found = store.query(QUESTIONS[id].text)
    assert isinstance(found, ox.QuerySolutions)
    names = [name.value for name in found.variables]
    return [{name: row[name].value for name in names} for row in found]


def test_the_page_lists_every_question() -> None:
    """As the command that accepts answers writes it."""
    assert competency.PAGE.read_text("utf-8") == competency.render_page()


def test_answers_are_not_accepted_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody reads there."""
    monkeypatch.setenv("CI", "true")

    assert competency.main() == 1
    assert "never in CI" in capsys.readouterr().err


def test_accepting_shows_what_changes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only then is it written, and what has no question any more is removed."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(competency, "ANSWERS", tmp_path)
    monkeypatch.setattr(competency, "PAGE", tmp_path / "page.md")
    (tmp_path / "old-question.json").write_text("{}")
    (tmp_path / "no-patients.json").write_text('{\n "answer": true\n}\n')

    assert competency.main() == 0

    shown = capsys.readouterr().out
    assert "no question any more: old-question.json" in shown
    assert '- "answer": true\n+ "answer": false' in shown
    assert {path.stem for path in tmp_path.glob("*.json")} == set(QUESTIONS)
