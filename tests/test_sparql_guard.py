"""The guard: what is refused before the engine sees it, and what only looks like it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import (
    DocumentTooLong,
    Forbidden,
    MalformedQuery,
    QueryTooCostly,
)
from service.sparql.guard import MAX_BYTES, MAX_DEPTH, MAX_PATTERN, check_query
from service.sparql.tokens import Graphs, Token, read_graphs, read_tokens

G = "http://g.example/"


def test_a_query_for_everything_is_let_through() -> None:
    """The guard says nothing of what is valid or costly to answer."""
    assert not check_query("SELECT * WHERE { ?s ?p ?o }").volatile


@pytest.mark.parametrize(
    "text",
    [
        "ASK { SERVICE <http://x.example/> { ?s ?p ?o } }",
        "ASK { service silent ?x { ?s ?p ?o } }",
        "ASK { FILTER(1<2)SERVICE?x#>\n{ ?s ?p ?o } }",
        "ASK { ?s ?p 1.SERVICE <http://x.example/> {} }",
        'ASK { ?s ?p "\\"" . SERVICE <http://x.example/> {} # "\n}',
        "ASK { ?s ?p '''a''' SERVICE <http://x.example/> {} #'''\n}",
    ],
)
def test_service_is_forbidden(text: str) -> None:
    """Nothing is asked elsewhere, however the keyword is hidden."""
    with pytest.raises(Forbidden, match="asks no other one"):
        check_query(text)


def test_service_joined_to_a_name_is_forbidden() -> None:
    """The engine takes `SERVICE:x` apart when no prefix of that name is declared."""
    with pytest.raises(Forbidden):
        check_query(f"PREFIX : <{G}> ASK {{ SERVICE:x {{ ?s ?p ?o }} }}")


def test_a_prefix_may_be_called_service() -> None:
    """Then it is a name like any other."""
    check_query(f"PREFIX service: <{G}> ASK {{ ?s service:load ?o }}")


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <http://a.example/> a 1 }",
        "delete where { ?s ?p ?o }",
        "LOAD <file:///etc/passwd>",
        "CLEAR ALL",
        "DROP GRAPH <http://g.example/>",
        "CREATE GRAPH <http://g.example/>",
        "COPY DEFAULT TO <http://g.example/>",
        "MOVE DEFAULT TO <http://g.example/>",
        "ADD DEFAULT TO <http://g.example/>",
        "WITH <http://g.example/> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "PREFIX a: <http://a.example/> # a comment\nLOAD a:b",
    ],
)
def test_updates_are_forbidden(text: str) -> None:
    """The endpoint only reads, and names the word at which that was seen."""
    with pytest.raises(Forbidden, match="only reads"):
        check_query(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service $load { ?service ?p $load }",
        "PREFIX ex: <http://x.example/> ASK { ex:load ex:INSERT ex:a.drop }",
        'ASK { ?s ?p "LOAD", \'DROP\', """SERVICE "{" """, \'\'\'CLEAR\'\'\' }',
        "ASK { ?s ?p <http://x.example/drop#service> }",
        "ASK { _:load ?p 'x'@add }",
        "ASK {} # SERVICE, LOAD and INSERT",
        'ASK { ?s ?p "a \\" SERVICE \\\\" }',
        "ASK { ?s <drop>/<> <#load> }",
        "ASK { FILTER(?a<5&&?b>3) }",
    ],
)
def test_what_only_looks_like_a_keyword_is_let_through(text: str) -> None:
    """Names, strings, IRIs, variables, tags of languages and comments say nothing."""
    check_query(text)


@pytest.mark.parametrize("brackets", ["{}", "()", "[]"])
def test_brackets_may_be_nested_so_deep(brackets: str) -> None:
    """One more is too costly: the parser's stack is not ours to give."""
    opening, closing = brackets[0], brackets[1]
    check_query(opening * MAX_DEPTH + closing * MAX_DEPTH)

    with pytest.raises(QueryTooCostly, match="64 deep"):
        check_query(opening * (MAX_DEPTH + 1))


def test_brackets_of_several_kinds_count_together() -> None:
    """They share the stack."""
    with pytest.raises(QueryTooCostly):
        check_query("{([" * 22)


def test_brackets_side_by_side_are_not_nested() -> None:
    """Nor are those in strings and comments."""
    check_query("{} " * 500 + '"((((" ' * 100 + "# {{{{" * 100)


@pytest.mark.parametrize("function", ["REGEX", "replace"])
@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_a_long_regular_expression_is_too_costly(function: str, quote: str) -> None:
    """The second argument, whatever its quotes; the text it is for may be long."""
    pattern = quote + "a" * MAX_PATTERN + quote
    longer = quote + "a" * (MAX_PATTERN + 1) + quote
    check_query(f"ASK {{ FILTER({function}(STR(?a), {pattern})) }}")
    check_query(f'ASK {{ FILTER({function}({longer}, "a")) }}')
    check_query(f"ASK {{ FILTER(CONCAT(?a, {longer})) }}")

    with pytest.raises(QueryTooCostly, match="256 characters"):
        check_query(f"ASK {{ FILTER({function}(CONCAT(?a, ?b), {longer})) }}")


def test_a_query_of_exactly_the_limit_is_read() -> None:
    """Counted in bytes, since that is what a client sends."""
    check_query("é" * (MAX_BYTES // 2))

    with pytest.raises(DocumentTooLong, match="16384 bytes"):
        check_query("é" * (MAX_BYTES // 2) + "a")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ASK\n{ \0 }", "null character at line 2, column 3"),
        ("\ud800", "lone surrogate at line 1, column 1"),
        ('ASK\n{\n?s ?p """CANARY', "without an end at line 3, column 7"),
    ],
)
def test_what_no_query_has_is_malformed(text: str, place: str) -> None:
    """With its place, and without the text around it."""
    with pytest.raises(MalformedQuery, match=place) as refusal:
        check_query(text)

    assert "CANARY" not in refusal.value.message


@pytest.mark.parametrize("function", ["NOW", "rand", "UUID", "STRUUID", "BNODE"])
def test_a_query_with_another_answer_each_time_is_volatile(function: str) -> None:
    """No cache may keep it."""
    assert check_query(f"SELECT ({function}() AS ?x) {{}}").volatile
    assert not check_query(f"SELECT ?{function} {{ ?{function} ?p ?o }}").volatile


@given(st.text(st.sampled_from("\"'\\<>#:.?{}[](),@_\n aA1é-%\0u"), max_size=300))
def test_any_text_is_read_to_its_end(text: str) -> None:
    """Token by token, nothing twice and nothing left out but space and comments."""
    tokens = list(read_tokens(text))

    end = 0
    for token in tokens:
        between = text[end : token.start]
        assert not between.strip() or "#" in between
        end = token.start + len(token.text)


@pytest.mark.parametrize(
    "unit",
    [
        *("a.", "a-", "<", "<a", '"\\', '"', '""', "a:", "a.b:", "%", "\\", "?", "#\n"),
        *("'''\n\\", '"""\n\\', "\\'''\n", "'''\\", "@a-", "é", "_:", ":.", "<a:"),
    ],
)
def test_reading_takes_time_in_proportion(unit: str) -> None:
    """No text of 16 kB holds a thread for long."""
    text = (unit * MAX_BYTES)[: MAX_BYTES // 2]
    started = time.process_time()

    list(read_tokens(text))

    assert time.process_time() - started < 0.5


def test_keywords_are_told_from_names() -> None:
    """In upper case; where `<` begins an IRI, the IRI is one token."""
    assert list(read_tokens(f"select ?a{{a<{G}>'x'@en<5}}")) == [
        Token("word", "SELECT", 0),
        Token("other", "?a", 7),
        Token("sign", "{", 9),
        Token("word", "A", 10),
        Token("iri", f"<{G}>", 11),
        Token("short", "'x'", 11 + len(G) + 2),
        Token("other", "@en", 11 + len(G) + 5),
        Token("sign", "<", 11 + len(G) + 8),
        Token("number", "5", 11 + len(G) + 9),
        Token("sign", "}", 11 + len(G) + 10),
    ]


def test_graphs_are_read_against_the_base_of_the_endpoint() -> None:
    """Unless the query has its own."""
    text = "ASK FROM <a> FROM <> {}"

    assert read_graphs(list(read_tokens(text)), f"{G}x").default == (f"{G}a", f"{G}x")


@pytest.mark.parametrize(
    "clauses",
    [
        f"FROM <{G}a> FROM <{G}b> FROM NAMED <{G}c>",
        "from g:a\nfrom # a comment\ng:b from named g:c",
        f"FROM <{G}\\u0061> FROM g:\\b FROM NAMED <{G}c>",
    ],
)
def test_graphs_are_read_by_their_names(clauses: str) -> None:
    """Whichever way an IRI is written."""
    text = f'PREFIX g: <{G}> SELECT ("FROM <x:y>" AS ?x) {clauses} {{ ?from ?p ?o }}'

    assert read_graphs(list(read_tokens(text)), "") == Graphs(
        (f"{G}a", f"{G}b"), (f"{G}c",)
    )


def test_graphs_are_read_against_the_base() -> None:
    """As the engine resolves them."""
    text = f"BASE <{G}x> PREFIX : <y/> ASK FROM <a> FROM :b {{}}"

    assert read_graphs(list(read_tokens(text)), "") == Graphs((f"{G}a", f"{G}y/b"))


def test_a_graph_that_cannot_be_read_is_left_to_the_engine() -> None:
    """It refuses such a name."""
    text = f"ASK FROM unknown:a FROM <{G}b> {{}}"

    assert read_graphs(list(read_tokens(text)), "") == Graphs()
