"""The axioms of `rules.json` in functional syntax, each with its labels.

The text is that of which the axiom's id is made (ontology.md 4.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from service.reasoning.terms import Json, as_ids, as_object, as_rows, as_text

TEXT, LABEL, SOURCES, BY = "axiom", "label", "sources", "by"
RELATED, CUT = "G1", "cut"
STATES = ("present_", "excluded_")


@dataclass(frozen=True, slots=True)
class ReadAxiom:
    """One axiom: its left side as text and by its names, what follows, its origin."""

    id: str
    left: str
    names: tuple[str, ...]
    head: str
    sources: tuple[str, ...]
    by: str


def axiom_rows(document: Mapping[str, Json]) -> dict[str, dict[str, str]]:
    """By id: the axiom, what it says in labels, its sources, who or what made it."""
    concepts = as_object(document.get("concepts"))
    return {
        axiom.id: {
            TEXT: f"SubClassOf({axiom.left} :{axiom.head})",
            LABEL: f"{' + '.join(label(name, concepts) for name in axiom.names)} -> "
            f"{label(axiom.head, concepts)}",
            SOURCES: ", ".join(axiom.sources),
            BY: axiom.by,
        }
        for axiom in read_axioms(document)
    }


def label(name: str, concepts: Mapping[str, Json]) -> str:
    """The English label of a class, with the state that the class is about.

    >>> label("present_a", {"a": {"label": {"en": "An a"}}})
    'An a (present)'
    """
    own = _own(name, concepts)
    if own:
        return own
    for prefix in (*STATES, *_forms(name)):
        about = _own(name.removeprefix(prefix), concepts)
        if name.startswith(prefix) and about:
            return f"{about} ({prefix.strip('_').replace('_', ' ')})"
    return name.replace("_", " ")


def _own(name: str, concepts: Mapping[str, Json]) -> str:
    row = as_object(concepts.get(name))
    return as_text(as_object(row.get("label")).get("en"))


def _forms(name: str) -> Iterator[str]:
    """Every beginning of a name that ends with an underscore."""
    for place, letter in enumerate(name):
        if letter == "_":
            yield name[: place + 1]


def read_axioms(document: Mapping[str, Json]) -> Iterator[ReadAxiom]:
    """Every axiom that the evaluator runs, in the order of the file."""
    yield from _of_rules(document)
    yield from _of_cuts(document)
    yield from _of_relations(document)


def _of_rules(document: Mapping[str, Json]) -> Iterator[ReadAxiom]:
    """S1 and S2, over the case and over a finding."""
    for part in ("rules", "finding_rules"):
        for row in as_rows(document.get(part)):
            body = as_ids(row.get("body"))
            yield ReadAxiom(
                id=as_text(row.get("id")),
                left=_both(f":{name}" for name in body),
                names=body,
                head=as_text(row.get("head")),
                sources=as_ids(row.get("sources")),
                by=as_text(row.get("by")),
            )


def _of_cuts(document: Mapping[str, Json]) -> Iterator[ReadAxiom]:
    """S3: a bound of a quantity."""
    for row in as_rows(document.get("cuts")):
        quantity, value = as_text(row.get("quantity")), as_text(row.get("value"))
        facet = f'xsd:{as_text(row.get("facet"))} "{value}"^^xsd:decimal'
        limits = f"DatatypeRestriction(xsd:decimal {facet})"
        some = f"DataSomeValuesFrom(:{as_text(row.get('bound'))} {limits})"
        yield ReadAxiom(
            id=as_text(row.get("id")),
            left=_both([f":{quantity}", some]),
            names=(quantity,),
            head=as_text(row.get("class")),
            sources=as_ids(row.get("sources")),
            by=CUT,
        )


def _of_relations(document: Mapping[str, Json]) -> Iterator[ReadAxiom]:
    """S4: a case that has a finding presents it."""
    concepts = as_object(document.get("concepts"))
    relations = as_object(document.get("relations"))
    for name, id in as_object(document.get("asserting")).items():
        kind = as_text(as_object(concepts.get(name)).get("kind"))
        some = f"ObjectSomeValuesFrom(:{as_text(relations.get(kind))} :{name})"
        yield ReadAxiom(
            id=as_text(id),
            left=_both([":case", some]),
            names=(name,),
            head=f"present_{name}",
            sources=as_ids(document.get("asserting_sources")),
            by=RELATED,
        )


def _both(parts: Iterable[str]) -> str:
    found = list(parts)
    return found[0] if len(found) == 1 else f"ObjectIntersectionOf({' '.join(found)})"
