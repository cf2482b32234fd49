"""`python -m tests.competency`: accept new answers to the questions, after reading.

A competency question is a file `ontology/edit/queries/<id>-competency.rq`, its answer
`tests/competency/<id>.json`, its row stands in `docs/reference`. Prints what changes
and then writes it; refuses in CI, where nobody reads.

In an answer an IRI is `<dpo:name>`, a text with a language `text @en`, any other text
itself, a number or a claim (true, false) what it is in JSON, and a gap null. Rows keep
the order of the query.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.namespace import XSD
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql import CUSTOM_EVALS
from rdflib.plugins.sparql.sparql import AlreadyBound
from rdflib.query import ResultRow

ROOT = Path(__file__).parents[1]
QUERIES = ROOT / "ontology/edit/queries"
ANSWERS = ROOT / "tests/competency"
DATASET = ROOT / "ontology/build/dpo.trig"
ENDING = "-competency.rq"
HEADS = ("en", "fr", "group")
NUMBERS = frozenset({str(XSD.integer), str(XSD.decimal), str(XSD.double)})
PAGE = ROOT / "docs/reference/competency-questions.md"
GROUPS = {
    "definition": "Definitions and forms",
    "cause": "Causes",
    "mimic": "Mimics",
    "criterion": "Criteria and rules",
    "test": "Examinations",
    "threshold": "Thresholds, units and limits",
    "evidence": "Evidence and sources",
    "mapping": "Codes of other systems",
    "hierarchy": "Hierarchy",
    "language": "Words",
    "release": "Release and dataset",
}
# What changes with every build; a test compares it with the files and graphs.
VOLATILE = {"release-files": ("bytes", "sha256"), "graphs": ("triples",)}

Term = str | int | float | bool | None
Answer = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """One file: its id, its heading lines, and the query below them."""

    id: str
    heads: Mapping[str, str]
    text: str


@cache
def read_questions() -> Mapping[str, Question]:
    """Every question by its id, in the order of their ids."""
    found = [read_question(path) for path in sorted(QUERIES.glob(f"*{ENDING}"))]
    return {question.id: question for question in found}


def read_question(path: Path) -> Question:
    """The wording in both languages and the group stand in the first three lines."""
    lines = path.read_text("utf-8").split("\n")
    heads = {}
    for name, line in zip(HEADS, lines, strict=False):
        before, mark, wording = line.partition(f"# {name}: ")
        if mark and not before:
            heads[name] = wording.strip()
    return Question(path.name.removesuffix(ENDING), heads, "\n".join(lines[3:]))


@cache
def load_quads() -> tuple[ox.Quad, ...]:
    """The shipped dataset."""
    return tuple(ox.parse(path=DATASET, format=ox.RdfFormat.TRIG))


def load_pyoxigraph() -> ox.Store:
    """The dataset as the service loads it.

    What stands in two graphs stands once in the default graph, which is why it is a
    graph of its own here: the union that pyoxigraph offers would count it twice.
    """
    store = ox.Store()
    quads = load_quads()
    store.bulk_extend(quads)
    store.bulk_extend(ox.Quad(*quad.triple) for quad in quads)
    return store


class Dataset(rdflib.Dataset):
    """rdflib's, which for each triple looks up a name that itself deprecates."""

    default_context = property(lambda self: self.default_graph)


def load_rdflib() -> rdflib.Dataset:
    """The same quads in the other engine, without its parser, which takes minutes."""
    CUSTOM_EVALS["match"] = match_by_bindings
    dataset = Dataset(default_union=True)
    graphs: dict[str, rdflib.Graph] = {}
    for quad in load_quads():
        name = str(quad.graph_name).strip("<>")
        if name not in graphs:
            graphs[name] = dataset.graph(rdflib.URIRef(name))
        triple = (to_rdflib(quad.subject), to_rdflib(quad.predicate))
        graphs[name].add((*triple, to_rdflib(quad.object)))
    return dataset


@cache
def to_rdflib(term: Any) -> rdflib.term.Node:
    """A term of one engine as a term of the other."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    kind = term.datatype.value
    datatype = None if kind == str(XSD.string) else rdflib.URIRef(kind)
    return rdflib.Literal(term.value, datatype=datatype, normalize=False)


def ask_pyoxigraph(store: ox.Store, question: Question) -> Answer:
    """The answer of the engine that the service uses."""
    found: Any = store.query(question.text)
    if isinstance(found, ox.QueryBoolean):
        return {"answer": bool(found)}
    if isinstance(found, ox.QueryTriples):
        return {"triples": triples(map(from_pyoxigraph, part) for part in found)}
    names = [name.value for name in found.variables]
    rows = [[from_pyoxigraph(row[name]) for name in names] for row in found]
    return solved(question, names, rows)


def match_by_bindings(context: Any, part: Any) -> Any:
    """The solutions of a basic graph pattern, the narrowest triple first.

    rdflib chooses the order once, before anything is bound, and then needs minutes
    where this needs milliseconds. All else is left to rdflib.
    """
    if part.name != "BGP":
        raise NotImplementedError
    return match(context, part.triples)


def match(context: Any, patterns: list[Any]) -> Iterator[Any]:
    """The solutions of these triples, given what the context has bound."""
    if not patterns:
        yield context.solution()
        return
    best = min(patterns, key=lambda triple: expect(context, triple))
    rest = [triple for triple in patterns if triple is not best]
    known = [context[term] for term in best]
    for found in context.graph.triples(tuple(known)):
        inner = context.push()
        try:
            for term, value, was in zip(best, found, known, strict=True):
                if was is None:
                    inner[term] = value
        except AlreadyBound:
            continue
        yield from match(inner, rest)


def expect(context: Any, triple: Any) -> float:
    """About how many matches a triple has, given what the context has bound."""
    subject, _, object_ = (context[term] is None for term in triple)
    if isinstance(triple[1], PropertyPath):
        # walked from whichever end is known; an unknown number of steps
        return 1e6 if subject and object_ else 100
    total, subjects, objects = count_uses().get(str(triple[1]), (1e5, 1, 1))
    return total / (1 if subject else subjects) / (1 if object_ else objects)


@cache
def count_uses() -> dict[str, tuple[int, int, int]]:
    """Of each property: its triples, their different subjects, their objects."""
    uses: dict[str, list[tuple[str, str]]] = {}
    for quad in load_quads():
        pair = (str(quad.subject), str(quad.object))
        uses.setdefault(quad.predicate.value, []).append(pair)
    return {
        name: (len(pairs), len({s for s, _ in pairs}), len({o for _, o in pairs}))
        for name, pairs in uses.items()
    }


def ask_rdflib(dataset: rdflib.Dataset, question: Question) -> Answer:
    """The answer of an engine that shares no code with it."""
    found = dataset.query(question.text)
    if found.type == "ASK":
        return {"answer": bool(found.askAnswer)}
    if found.graph is not None:
        return {"triples": triples(map(from_rdflib, part) for part in found.graph)}
    names = [str(name) for name in found.vars or ()]
    rows = [
        [from_rdflib(row[name]) for name in names]
        for row in found
        if isinstance(row, ResultRow)
    ]
    return solved(question, names, rows)


def solved(question: Question, names: list[str], rows: list[list[Term]]) -> Answer:
    """Names and rows, without what changes with every build."""
    volatile = VOLATILE.get(question.id, ())
    masked = [
        [
            f"<{name}>" if name in volatile else cell
            for name, cell in zip(names, row, strict=True)
        ]
        for row in rows
    ]
    return {"names": names, "rows": masked}


def triples(found: Iterable[Iterable[Term]]) -> list[list[Term]]:
    """A graph as a sorted list: without blank nodes, equal lists are equal graphs."""
    return sorted((list(triple) for triple in found), key=json.dumps)


def from_pyoxigraph(term: Any) -> Term:
    """A term as an answer writes it."""
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return shorten(term.value)
    if isinstance(term, ox.BlankNode):
        return "_"
    return literal(term.value, term.language, term.datatype.value)


def from_rdflib(term: Any) -> Term:
    """The same of the other engine."""
    if term is None:
        return None
    if isinstance(term, rdflib.URIRef):
        return shorten(str(term))
    if isinstance(term, rdflib.BNode):
        return "_"
    return literal(str(term), term.language, str(term.datatype or XSD.string))


def literal(text: str, language: str | None, datatype: str) -> Term:
    """A number by its value, so that 4 and 4.0 are one answer."""
    if language:
        return f"{text} @{language}"
    if datatype in NUMBERS:
        value = Decimal(text)
        return int(value) if value == value.to_integral_value() else float(value)
    return text == "true" if datatype == str(XSD.boolean) else text


@cache
def prefixes() -> tuple[tuple[str, str], ...]:
    """Name and namespace of every prefix that the questions use, the longest first."""
    pattern = re.compile(r"^PREFIX (\w*): <([^>]+)>$", re.MULTILINE)
    pairs = {
        pair
        for question in read_questions().values()
        for pair in pattern.findall(question.text)
    }
    return tuple(sorted(pairs, key=lambda pair: (-len(pair[1]), pair)))


def shorten(iri: str) -> str:
    """`<dpo:name>`, or the IRI in its brackets when no prefix fits."""
    for name, space in prefixes():
        if iri.startswith(space):
            return f"<{name}:{iri.removeprefix(space)}>"
    return f"<{iri}>"


def write(answer: Answer) -> str:
    """One row a line, so that a difference can be read."""
    lines = [f" {json.dumps(key)}: {part}" for key, part in written(answer)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def written(answer: Answer) -> Iterator[tuple[str, str]]:
    for key, value in answer.items():
        if key in {"rows", "triples"}:
            rows = [f"  {json.dumps(row, ensure_ascii=False)}" for row in value]
            yield key, "[\n" + ",\n".join(rows) + "\n ]"
        else:
            yield key, json.dumps(value, ensure_ascii=False)


def render_page() -> str:
    """The page that lists the questions, for people who look for one."""
    questions = read_questions().values()
    lines = [
        "# Competency questions",
        "",
        "For those who ask the ontology in SPARQL; reference.",
        "",
        f"{len(questions)} questions that the ontology answers.",
        "A test compares each answer, in two engines, with the one that was accepted.",
        "Ask one by its id, as in `dpo sparql patterns`, or on the page `/sparql`.",
        "Files: `ontology/edit/queries/<id>-competency.rq`, for the query;",
        "`tests/competency/<id>.json`, for the answer.",
    ]
    for group, title in GROUPS.items():
        lines += ["", f"## {title}", "", "| Id | Question | En français |"]
        lines.append("|---|---|---|")
        lines += [
            f"| `{question.id}` | {question.heads['en']} | {question.heads['fr']} |"
            for question in questions
            if question.heads["group"] == group
        ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Show each difference, and write it unless this is CI."""
    if os.environ.get("CI"):
        print("answers are accepted by a reader, never in CI", file=sys.stderr)
        return 1
    store = load_pyoxigraph()
    questions = read_questions()
    for path in sorted(ANSWERS.glob("*.json")):
        if path.stem not in questions:
            print(f"no question any more: {path.name}")
            path.unlink()
    for question in questions.values():
        accept(ANSWERS / f"{question.id}.json", write(ask_pyoxigraph(store, question)))
    accept(PAGE, render_page())
    return 0


def accept(path: Path, new: str) -> None:
    """Print what changes in a file, and write it."""
    old = path.read_text("utf-8") if path.exists() else ""
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), path.name, path.name, lineterm=""
    )
    for line in lines:
        print(line)
    path.write_text(new, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
