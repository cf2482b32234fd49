"""`dpo sparql` as a person uses it: no server, the same refusals as the endpoint's."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from rdflib import RDFS, Graph, URIRef

from service import cli
from service.sparql.command import shorten, write_table

TERM = "https://w3id.org/pulmonary-ossification/pattern_dendriform"
LABEL = """SELECT ?label {
  dpo:pattern_dendriform rdfs:label ?label FILTER(LANG(?label) = "en")
}"""
GRAPH = """CONSTRUCT { ?s rdfs:label ?o } {
  VALUES ?s { dpo:pattern_dendriform } ?s rdfs:label ?o
}"""
SAVED = "patterns"
Captured = pytest.CaptureFixture[str]


def test_a_query_gives_an_aligned_table(capsys: Captured) -> None:
    """The dataset's prefixes need not be typed."""
    assert cli.main(["sparql", LABEL]) == 0

    label = "Dendriform pattern of ossification"
    assert capsys.readouterr().out.splitlines() == [
        "label",
        "-" * len(label),
        label,
        "(1 row)",
    ]


def test_a_saved_question_is_asked_by_its_name(capsys: Captured) -> None:
    """The name that the list shows."""
    assert cli.main(["sparql", SAVED]) == 0

    assert "dpo:pattern_dendriform" in capsys.readouterr().out


@pytest.mark.parametrize(("language", "word"), [("en", "What"), ("fr", "Quel")])
def test_the_list_has_every_question_in_the_language(
    capsys: Captured, language: str, word: str
) -> None:
    """Under the names of the groups."""
    assert cli.main(["sparql", "--list", "--lang", language]) == 0

    out = capsys.readouterr().out
    assert f"  {SAVED} " in out
    assert word in out


def test_a_file_is_read(tmp_path: Path, capsys: Captured) -> None:
    """And so is what a pipe brings."""
    file = tmp_path / "labels.rq"
    file.write_text(LABEL, encoding="utf-8")

    assert cli.main(["sparql", str(file), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["label"] for row in rows] == ["Dendriform pattern of ossification"]


def test_a_dash_is_standard_input(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As everywhere on this command line."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LABEL.encode())))

    assert cli.main(["sparql", "-", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["results"]["bindings"]
    assert row["label"]["xml:lang"] == "en"


@pytest.mark.parametrize(
    ("form", "parser"), [("table", "turtle"), ("nt", "nt"), ("rdf", "xml")]
)
def test_a_graph_is_written_in_the_format_asked_for(
    capsys: Captured, form: str, parser: str
) -> None:
    """Turtle where a table was asked for, since a graph has no columns."""
    assert cli.main(["sparql", GRAPH, "--format", form]) == 0

    graph = Graph().parse(data=capsys.readouterr().out, format=parser)
    assert len(set(graph.objects(URIRef(TERM), RDFS.label))) == 2


@pytest.mark.parametrize("term", ["dpo:pattern_dendriform", f"<{TERM}>"])
def test_a_query_without_braces_is_no_file(capsys: Captured, term: str) -> None:
    """Only DESCRIBE can be written so."""
    assert cli.main(["sparql", f"describe {term}", "--format", "nt"]) == 0

    graph = Graph().parse(data=capsys.readouterr().out, format="nt")
    assert len(set(graph.objects(URIRef(TERM), RDFS.label))) == 2


def test_a_boolean_is_a_word(capsys: Captured) -> None:
    """What ASK answers."""
    assert cli.main(["sparql", "ASK { dpo:pattern_dendriform ?p ?o }"]) == 0

    assert capsys.readouterr().out == "true\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["SELECT * {"], 1, "line 1, column 11."),
        (["SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }"], 1, "SERVICE"),
        ([GRAPH, "--format", "csv"], 1, "text/turtle"),
        (["no-such-question"], 2, "cannot read"),
        ([], 2, "name a query"),
    ],
    ids=["syntax", "service", "format", "name", "nothing"],
)
def test_what_cannot_be_answered_is_said(
    capsys: Captured, arguments: list[str], code: int, said: str
) -> None:
    """On standard error: 1 for a query that fails, 2 for wrong usage."""
    assert cli.main(["sparql", *arguments]) == code

    output = capsys.readouterr()
    assert output.out == ""
    assert said in output.err


def test_an_iri_is_shortened_by_the_longest_prefix() -> None:
    """`dpo:` before what only begins like it."""
    prefixes = {"w": "https://w3id.org/", "dpo": "https://w3id.org/p/"}

    assert shorten("https://w3id.org/p/x", prefixes) == "dpo:x"
    assert shorten("https://example.org/", prefixes) == "https://example.org/"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    """An unbound variable is an empty cell, a line break a space."""
    bindings = [
        {"a": {"type": "uri", "value": "urn:x"}},
        {
            "a": {"type": "bnode", "value": "b"},
            "b": {"type": "literal", "value": "1\n2"},
        },
    ]
    document = {"head": {"vars": ["a", "b"]}, "results": {"bindings": bindings}}

    assert write_table(json.dumps(document).encode(), {}).splitlines() == [
        "a      b",
        "-----  ---",
        "urn:x",
        "_:b    1 2",
        "(2 rows)",
    ]
