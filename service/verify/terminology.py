"""The released ontology as verification sees it: its axioms and its choices.

Source: ontology.md 2.3 (shapes), 2.8 (choices), 4.1 (ids).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from service.reasoning.compiled import CONFLICT, EXCLUDED, HALVES

BASE = "https://w3id.org/pulmonary-ossification/"
CASE = "case"
LAST = float("inf")
K = TypeVar("K")


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
