"""The DL queries of the how-to page, by the reasoner of Protégé and by another one."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pyhornedowl
import pytest

from ontology.compiler.axiom import BASE

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/how-to/open-in-protege.md"
OWL = ROOT / "ontology/build/dpo.owl"
XSD = "http://www.w3.org/2001/XMLSchema#"
ROW = re.compile(r"^\| [^|]+\? \| `(.*?)` \| (.*?) \|$", re.MULTILINE)
SOME = re.compile(r"\((\w+) some (\w+)\)")
BOUND = re.compile(r"\((\w+) some xsd:decimal\[>= ([\d.]+)\]\)")
# Annotations would only slow a reasoner down.
LOGICAL = {"SubClassOf", "DeclareClass", "DeclareObjectProperty", "DeclareDataProperty"}


def queries() -> dict[str, set[str]]:
    """Each DL query of the page, and the superclasses that it shows."""
    rows = ROW.findall(PAGE.read_text("utf-8"))
    return {query: set(re.findall(r"`(\w+)`", classes)) for query, classes in rows}


def in_functional_syntax(query: str) -> str:
    """A DL query (Manchester syntax) as a class expression; names and `and` only.

    >>> in_functional_syntax("a")
    '<https://w3id.org/pulmonary-ossification/a>'
    """
    parts = [_part(part.strip()) for part in query.split(" and ")]
    return parts[0] if len(parts) == 1 else f"ObjectIntersectionOf({' '.join(parts)})"


def _part(text: str) -> str:
    if bound := BOUND.fullmatch(text):
        facet = f'<{XSD}minInclusive> "{bound[2]}"^^<{XSD}decimal>'
        return (
            f"DataSomeValuesFrom({_name(bound[1])} "
            f"DatatypeRestriction(<{XSD}decimal> {facet}))"
        )
    if some := SOME.fullmatch(text):
        return f"ObjectSomeValuesFrom({_name(some[1])} {_name(some[2])})"
    return _name(text)


def _name(text: str) -> str:
    assert re.fullmatch(r"\w+", text), text
    return f"<{BASE}{text}>"


def with_queries(asked: list[str]) -> str:
    """The logic of `dpo.owl`, with a class `query_n` below each expression."""
    logic = pyhornedowl.PyIndexedOntology()
    for item in pyhornedowl.open_ontology(str(OWL)).get_axioms():
        if type(item.component).__name__ in LOGICAL:
            logic.add_component(item.component)
    text = logic.save_to_string("ofn").rstrip().removesuffix(")")
    lines = [
        f"Declaration(Class({_name(f'query_{number}')}))\n"
        f"SubClassOf({_name(f'query_{number}')} {in_functional_syntax(query)})"
        for number, query in enumerate(asked)
    ]
    return "\n".join([text, *lines, ")"])


def test_the_names_of_the_page_are_terms_of_the_file() -> None:
    """A query with a typing error would have no answer and no complaint."""
    text = OWL.read_text("utf-8")
    names = set(re.findall(r"\w+", " ".join(queries())))
    shown = set().union(*queries().values())

    absent = {name for name in names | shown if f'"{BASE}{name}"' not in text}
    assert absent == {"and", "some", "xsd", "decimal", "14"}


@pytest.mark.reasoner
def test_both_reasoners_answer_as_the_page_shows(tmp_path: Path) -> None:
    """All that is shown, and each with the same superclasses by HermiT and Konclude."""
    classify = importlib.import_module("ontology.compiler.classify")
    asked = list(queries())
    text = with_queries(asked)
    (tmp_path / "logic.ofn").write_text(text, "utf-8")

    by_hermit, by_konclude = (
        classify._hermit(tmp_path, text),
        classify._konclude(tmp_path),
    )

    assert len(asked) >= 6
    for number, query in enumerate(asked):
        found = by_hermit[f"query_{number}"]
        assert found == by_konclude[f"query_{number}"], query
        assert queries()[query] - found == set(), query


@pytest.mark.reasoner
def test_no_grade_follows_by_owl_alone(tmp_path: Path) -> None:
    """As the page says: a case with everything for a cause has no grade by itself."""
    classify = importlib.import_module("ontology.compiler.classify")
    text = with_queries(list(queries()))
    (tmp_path / "logic.ofn").write_text(text, "utf-8")
    found = classify._konclude(tmp_path)

    for number, _ in enumerate(queries()):
        assert not any(name.startswith("grade_") for name in found[f"query_{number}"])
