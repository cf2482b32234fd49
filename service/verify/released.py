"""The released ontology, read from `dpo.owl` alone: its axioms and its choices.

The file is flat RDF/XML, as the build writes it; whatever else stands in it raises
UnreadableOntology. An axiom's id is made again from what the axiom says and is not
taken from its note. Source: ontology.md 2.3 (shapes), 2.8 (choices), 4.1 (ids).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree as ET

from service.reasoning.compiled import CONFLICT, EXCLUDED, HALVES

BASE = "https://w3id.org/pulmonary-ossification/"
ONTOLOGY = f"{BASE}dpo.owl"
CASE = "case"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DECIMAL = f"{XSD}decimal"
LAST = float("inf")
K = TypeVar("K")


class UnreadableOntology(ValueError):
    """`dpo.owl` is not the file that the build writes."""


@dataclass(frozen=True, slots=True)
class Facet:
    """What a value must meet: property, facet and decimal text."""

    bound: str
    facet: str
    value: str


@dataclass(frozen=True, slots=True)
class Subsumption:
    """One subclass axiom of the four shapes.

    `names` are the sorted classes on the left; of a cut there is a `facet` beside
    them, and where `relation` is not empty the left side is a case that has it to
    `names[0]`.
    """

    names: tuple[str, ...]
    head: str
    facet: Facet | None = None
    relation: str = ""

    @property
    def text(self) -> str:
        """Canonical functional syntax, of which the id is made.

        >>> Subsumption(("a", "b"), "c").text
        'SubClassOf(ObjectIntersectionOf(:a :b) :c)'
        """
        parts = [f":{name}" for name in self.names]
        if self.relation:
            some = f"ObjectSomeValuesFrom(:{self.relation} {parts[0]})"
            parts = [f":{CASE}", some]
        elif self.facet:
            value = f'"{self.facet.value}"^^xsd:decimal'
            limits = f"DatatypeRestriction(xsd:decimal xsd:{self.facet.facet} {value})"
            parts.append(f"DataSomeValuesFrom(:{self.facet.bound} {limits})")
        left = (
            parts[0] if len(parts) == 1 else f"ObjectIntersectionOf({' '.join(parts)})"
        )
        return f"SubClassOf({left} :{self.head})"

    @property
    def id(self) -> str:
        """The first 12 hex digits of the SHA-256 of the canonical text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @property
    def left(self) -> frozenset[str]:
        """Every name on the left side, properties included."""
        own = {CASE, self.relation} if self.relation else set[str]()
        return frozenset(
            {*self.names, *own, *([self.facet.bound] if self.facet else [])}
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table of choices; a default needs nothing and comes last."""

    choice: str
    stratum: int
    order: float
    needs: str
    unless: frozenset[str]
    reports: str
    asserts: str


# compared by identity, so that it can be the key of a cache
@dataclass(frozen=True, slots=True, eq=False)
class Terminology:
    """What the released ontology says, for a reasoner and for the choice step.

    `relations` maps a concept to the property by which a case has it, `states` are
    the names with an excluded half, `units` the canonical units; `tops` stand one above
    each kind of term. `names` are all classes, `conflicts` those that follow of any
    contradiction, and `stated` those that a fact gives. `uses` finds axioms by a name
    of their left side, `widths` are the numbers of these names.
    """

    version: str
    axioms: Mapping[str, Subsumption]
    table: tuple[Line, ...]
    relations: Mapping[str, str]
    states: frozenset[str]
    units: Mapping[str, str]
    tops: frozenset[str]
    names: frozenset[str]
    conflicts: frozenset[str]
    stated: frozenset[str]
    uses: Mapping[str, tuple[str, ...]]
    widths: Mapping[str, int]
    origins: Mapping[str, frozenset[str]]

    def sources_of(self, name: str) -> frozenset[str]:
        """Every class of cases that can take part in a derivation of one."""
        found, todo = {name}, [name]
        while todo:
            new = self.origins.get(todo.pop(), frozenset()) - found
            found |= new
            todo += new
        return frozenset(found)

    def knows(self, names: Iterable[str]) -> bool:
        """Whether the ontology has all of these classes."""
        return self.names.issuperset(names)

    def module(self, names: Iterable[str]) -> tuple[Subsumption, ...]:
        """The axioms that can say something, given these names: see `reach`."""
        ids = reach(names, self.uses, self.widths, lambda one: self.axioms[one].head)
        return tuple(self.axioms[id] for id in ids)


def reach(
    names: Iterable[str],
    uses: Mapping[str, Sequence[K]],
    widths: Mapping[K, int],
    head_of: Callable[[K], str],
) -> list[K]:
    """The axioms whose left side can hold, given these names (bottom-locality).

    `uses` finds axioms by a name of their left side, `widths` counts these names. What
    they entail of the names is what all axioms entail (Cuenca Grau et al., JAIR 2008,
    doi:10.1613/jair.2375).
    """
    found: list[K] = []
    met: Counter[K] = Counter()
    seen: set[str] = set()
    todo = [*names]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for axiom in uses.get(name, ()):
            met[axiom] += 1
            if met[axiom] == widths[axiom]:
                found.append(axiom)
                todo.append(head_of(axiom))
    return found


def read_ontology(owl: Path) -> Terminology:
    """The terminology of a `dpo.owl`; about 140,000 lines, one to two seconds.

    Raises UnreadableOntology, and OSError when the file is not there.
    """
    graph = _Graph.of(owl)
    axioms = {axiom.id: axiom for axiom in _axioms(graph)}
    return make_terminology(
        graph.version(), axioms.values(), _table(graph), graph.units(), graph.tops()
    )


def make_terminology(
    version: str,
    axioms: Iterable[Subsumption],
    table: Iterable[Line],
    units: Mapping[str, str],
    tops: frozenset[str],
) -> Terminology:
    """The terminology with its indexes."""
    by_id = {axiom.id: axiom for axiom in axioms}
    uses: defaultdict[str, list[str]] = defaultdict(list)
    for id, axiom in by_id.items():
        for name in axiom.left:
            uses[name].append(id)
    known = {name for axiom in by_id.values() for name in (axiom.head, *axiom.names)}
    relations = {a.names[0]: a.relation for a in by_id.values() if a.relation}
    rows = sorted(table, key=lambda r: (r.stratum, r.choice, r.order, r.needs))
    return Terminology(
        version=version,
        axioms=by_id,
        table=tuple(rows),
        relations=relations,
        states=frozenset(
            n.removeprefix(EXCLUDED) for n in known if n.startswith(EXCLUDED)
        ),
        units=units,
        tops=tops,
        names=frozenset(known),
        conflicts=frozenset(
            axiom.head
            for axiom in by_id.values()
            if axiom.names[0].startswith(CONFLICT)
            and len(axiom.names) == 1
            and axiom.head not in tops
        ),
        stated=frozenset(half + name for half in HALVES for name in relations),
        uses={name: tuple(ids) for name, ids in uses.items()},
        widths={id: len(axiom.left) for id, axiom in by_id.items()},
        origins=_origins(by_id.values(), rows),
    )


def _origins(
    axioms: Iterable[Subsumption], table: Iterable[Line]
) -> dict[str, frozenset[str]]:
    """By class of cases: the classes of cases from which it follows in one step."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for axiom in axioms:
        if not (axiom.relation or axiom.facet):
            found[axiom.head].update(axiom.names)
    by_choice: defaultdict[str, set[str]] = defaultdict(set)
    rows = [*table]
    for row in rows:
        by_choice[row.choice] |= {row.needs, *row.unless} - {""}
    for row in rows:
        found[row.asserts] |= by_choice[row.choice]
    return {name: frozenset(names) for name, names in found.items()}


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
