"""The axioms of `rules.json` in functional syntax, each with its labels.

The text is that of which the axiom's id is made (ontology.md 4.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.reasoning.compiled import HALVES, PRESENT
from service.reasoning.terms import Json, as_ids, as_object, as_rows, as_text
from service.verify.terminology import Facet, Subsumption

TEXT, LABEL, SOURCES, BY = "axiom", "label", "sources", "by"
RELATED, CUT = "G1", "cut"


@dataclass(frozen=True, slots=True)
class ReadAxiom:
    """One axiom: its id as the file has it, what it says, its origin."""

    id: str
    says: Subsumption
    sources: tuple[str, ...]
    by: str

    @property
    def names(self) -> tuple[str, ...]:
        """The classes on the left."""
        return self.says.names

    @property
    def head(self) -> str:
        """What follows."""
        return self.says.head


def axiom_rows(document: Mapping[str, Json]) -> dict[str, dict[str, str]]:
    """By id: the axiom, what it says in labels, its sources, who or what made it."""
    concepts = as_object(document.get("concepts"))
    return {
        axiom.id: {
            TEXT: axiom.says.text,
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
    for prefix in (*HALVES, *_forms(name)):
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
            yield ReadAxiom(
                id=as_text(row.get("id")),
                says=Subsumption(as_ids(row.get("body")), as_text(row.get("head"))),
                sources=as_ids(row.get("sources")),
                by=as_text(row.get("by")),
            )


def _of_cuts(document: Mapping[str, Json]) -> Iterator[ReadAxiom]:
    """S3: a bound of a quantity."""
    for row in as_rows(document.get("cuts")):
        quantity, head = as_text(row.get("quantity")), as_text(row.get("class"))
        facet = Facet(*(as_text(row.get(key)) for key in ("bound", "facet", "value")))
        yield ReadAxiom(
            id=as_text(row.get("id")),
            says=Subsumption((quantity,), head, facet=facet),
            sources=as_ids(row.get("sources")),
            by=CUT,
        )


def _of_relations(document: Mapping[str, Json]) -> Iterator[ReadAxiom]:
    """S4: a case that has a finding presents it."""
    concepts = as_object(document.get("concepts"))
    relations = as_object(document.get("relations"))
    for name, id in as_object(document.get("asserting")).items():
        kind = as_text(as_object(concepts.get(name)).get("kind"))
        relation = as_text(relations.get(kind))
        yield ReadAxiom(
            id=as_text(id),
            says=Subsumption((name,), PRESENT + name, relation=relation),
            sources=as_ids(document.get("asserting_sources")),
            by=RELATED,
        )
