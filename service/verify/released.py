"""The released ontology, read from `dpo.owl` alone.

The file is flat RDF/XML, as the build writes it; whatever else stands in it raises
UnreadableOntology. An axiom's id is made again from what the axiom says and is not
taken from its note. Source: ontology.md 2.3 (shapes), 2.8 (choices), 4.1 (ids).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from service.verify.terminology import (
    BASE,
    CASE,
    LAST,
    Facet,
    Line,
    Subsumption,
    Terminology,
    make_terminology,
)

ONTOLOGY = f"{BASE}dpo.owl"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DECIMAL = f"{XSD}decimal"


class UnreadableOntology(ValueError):
    """`dpo.owl` is not the file that the build writes."""


def read_ontology(owl: Path) -> Terminology:
    """The terminology of a `dpo.owl`; about 140,000 lines, one to two seconds.

    Raises UnreadableOntology, and OSError when the file is not there.
    """
    graph = _Graph.of(owl)
    axioms = {axiom.id: axiom for axiom in _axioms(graph)}
    return make_terminology(
        graph.version(), axioms.values(), _table(graph), graph.units(), graph.tops()
    )


class _Graph:
    """The triples of the file, by subject and predicate; a name of ours is local."""

    def __init__(self) -> None:
        self.triples: dict[str, dict[str, list[str]]] = {}

    @classmethod
    def of(cls, owl: Path) -> _Graph:
        """Read the file; a construct that the build does not write raises."""
        graph, root = cls(), None
        try:
            events = ET.iterparse(owl, events=("start", "end"))  # noqa: S314  # our own file
            for event, element in events:
                if root is None:
                    root = element
                elif event == "end" and _is_node(element):
                    graph.add(element)
                    root.clear()
        except ET.ParseError as problem:
            raise UnreadableOntology(str(problem)) from None
        return graph

    def add(self, element: ET.Element) -> None:
        """One node with its properties."""
        about = element.get(f"{{{RDF}}}about")
        subject = _blank(element) if about is None else _local(about)
        node = self.triples.setdefault(subject, {})
        if element.tag != f"{{{RDF}}}Description":
            node.setdefault(f"{RDF}type", []).append(_local(_iri(element.tag)))
        for item in element:
            target = item.get(f"{{{RDF}}}resource")
            if target is not None:
                value = _local(target)
            elif item.get(f"{{{RDF}}}nodeID") is not None:
                value = _blank(item)
            elif len(item):
                raise UnreadableOntology("nested elements")
            else:
                value = item.text or ""
            node.setdefault(_iri(item.tag), []).append(value)

    def all(self, subject: str, predicate: str) -> list[str]:
        """Every value."""
        return self.triples.get(subject, {}).get(predicate, [])

    def one(self, subject: str, predicate: str) -> str:
        """The only value."""
        values = self.all(subject, predicate)
        if len(values) != 1:
            raise UnreadableOntology(f"{len(values)} values of {predicate}")
        return values[0]

    def members(self, first: str) -> Iterator[str]:
        """The members of a list."""
        while first != f"{RDF}nil":
            yield self.one(first, f"{RDF}first")
            first = self.one(first, f"{RDF}rest")

    def version(self) -> str:
        """The version of the release, the second last part of its IRI."""
        iri = self.one(_local(ONTOLOGY), f"{OWL}versionIRI")
        return iri.removeprefix("releases/").removesuffix("/dpo.owl")

    def units(self) -> dict[str, str]:
        """The canonical unit of each quantity."""
        unit = f"{BASE}unit"
        return {
            name: node[unit][0] for name, node in self.triples.items() if unit in node
        }

    def tops(self) -> frozenset[str]:
        """The terms that say what a term is and conclude nothing."""
        kind = f"{BASE}kindOf"
        return frozenset(
            n for n, node in self.triples.items() if node.get(kind) == ["class"]
        )


def _is_node(element: ET.Element) -> bool:
    """Whether this is a node: properties have no name of their own."""
    return f"{{{RDF}}}about" in element.attrib or (
        f"{{{RDF}}}nodeID" in element.attrib and bool(len(element))
    )


def _iri(tag: str) -> str:
    space, _, name = tag.removeprefix("{").partition("}")
    return space + name


def _local(iri: str) -> str:
    return iri.removeprefix(BASE)


def _blank(element: ET.Element) -> str:
    return f"_:{element.attrib[f'{{{RDF}}}nodeID']}"


def _axioms(graph: _Graph) -> Iterator[Subsumption]:
    for subject, node in graph.triples.items():
        for head in node.get(f"{RDFS}subClassOf", ()):
            yield _axiom(subject, head, graph)


def _axiom(subject: str, head: str, graph: _Graph) -> Subsumption:
    if not subject.startswith("_:"):
        return Subsumption((subject,), head)
    members = [*graph.members(graph.one(subject, f"{OWL}intersectionOf"))]
    names = tuple(sorted(m for m in members if not m.startswith("_:")))
    nodes = [m for m in members if m.startswith("_:")]
    if not nodes:
        return Subsumption(names, head)
    if len(nodes) > 1 or len(names) != 1:
        raise UnreadableOntology(f"an axiom about {head} has another shape")
    bound = graph.one(nodes[0], f"{OWL}onProperty")
    filler = graph.one(nodes[0], f"{OWL}someValuesFrom")
    if filler.startswith("_:"):
        return Subsumption(names, head, facet=_facet(bound, filler, graph))
    if names != (CASE,):
        raise UnreadableOntology(f"an axiom about {head} has another shape")
    return Subsumption((filler,), head, relation=bound)


def _facet(bound: str, node: str, graph: _Graph) -> Facet:
    if graph.one(node, f"{OWL}onDatatype") != DECIMAL:
        raise UnreadableOntology(f"{bound} is not restricted to decimals")
    (limit,) = graph.members(graph.one(node, f"{OWL}withRestrictions"))
    ((predicate, values),) = graph.triples[limit].items()
    # RDF has whole numbers with a point: the axiom and its id have them without
    return Facet(bound, predicate.removeprefix(XSD), values[0].removesuffix(".0"))


def _table(graph: _Graph) -> Iterator[Line]:
    """Every option and every default, from the annotations of the classes."""
    for name, node in graph.triples.items():
        for choice in node.get(f"{BASE}optionOf", ()):
            reports = graph.one(name, f"{BASE}reports")
            yield Line(
                choice=choice,
                stratum=int(graph.one(choice, f"{BASE}stratum")),
                order=int(graph.one(name, f"{BASE}order")),
                needs=name,
                unless=frozenset(node.get(f"{BASE}overriddenBy", ())),
                reports=reports,
                asserts=_asserted(choice, reports),
            )
        for reports in node.get(f"{BASE}default", ()):
            stratum = int(graph.one(name, f"{BASE}stratum"))
            yield Line(name, stratum, LAST, "", frozenset(), reports, reports)


def _asserted(choice: str, reports: str) -> str:
    """The class that a value asserts: a grade is that of one hypothesis."""
    prefix = "grade_"
    if not choice.startswith(prefix):
        return reports
    return f"{reports}_{choice.removeprefix(prefix)}"
