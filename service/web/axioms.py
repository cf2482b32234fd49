"""Axioms as people read them: what must hold together, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.web.catalogue import Catalogue
from service.web.stored import AXIOM, Row, Stored
from service.web.terms import by_count

# The facets of XML Schema as signs.
SIGNS = {
    "minInclusive": "≥",
    "minExclusive": ">",
    "maxInclusive": "≤",
    "maxExclusive": "<",
}
# The forms of generated classes in the order of a reader's questions; the first is
# that of a term itself.
FORMS = (
    "",
    "present",
    "excluded",
    "established",
    "supported",
    "contradicted",
    "weakened",
    "ruled_out",
    "stop",
    "listed",
    "contributor",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that must hold: a class, or a property with a class or a bound.

    `sign` and `bound` are empty unless the property relates to a number, in `unit`
    (UCUM); then `name` is empty.
    """

    name: str = ""
    property: str = ""
    sign: str = ""
    bound: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Axiom:
    """What follows (`head`) from its parts, all of them; the ids of its sources."""

    id: str
    head: str
    parts: tuple[Part, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """All axioms by which one class follows: any of them is enough."""

    head: str
    axioms: tuple[Axiom, ...]


@dataclass(frozen=True, slots=True)
class Consequences:
    """The axioms about one term: those by which it follows, those that use it."""

    leading: tuple[Ways, ...]
    following: tuple[Axiom, ...]


def read_consequences(stored: Stored, catalogue: Catalogue, id: str) -> Consequences:
    """Every axiom in which a term takes part, by itself or by a class about it."""
    restrictions = stored.rows("term-restrictions", id)
    rows = stored.rows("term-axioms", id)
    axioms = group_axioms(rows, restrictions, stored, catalogue)
    ways: dict[str, list[Axiom]] = {}
    following = []
    for axiom in axioms:
        if is_about(axiom.head, id, catalogue):
            ways.setdefault(axiom.head, []).append(axiom)
        else:
            following.append(axiom)
    leading = tuple(
        Ways(head, tuple(ways[head]))
        for head in sorted(ways, key=lambda head: form_order(head, catalogue))
    )
    return Consequences(leading, tuple(following))


def form_order(head: str, catalogue: Catalogue) -> tuple[int, str]:
    """The term itself, then the classes about it in the order of their forms."""
    form = catalogue[head].form if head in catalogue else ""
    return (FORMS.index(form) if form in FORMS else len(FORMS)), head


def read_axiom(stored: Stored, catalogue: Catalogue, id: str) -> Axiom | None:
    """The axiom of an address `axiom/<id>`; None where there is none."""
    key = id.removeprefix(AXIOM)
    rows = [{"id": key, **row} for row in stored.rows("term-axiom", id)]
    found = group_axioms(rows, rows, stored, catalogue)
    return found[0] if found else None


def is_about(name: str, id: str, catalogue: Catalogue) -> bool:
    """Whether a class is the term itself, or a generated class about it."""
    return name == id or (name in catalogue and catalogue[name].about == id)


def group_axioms(
    rows: Iterable[Row],
    restrictions: Iterable[Row],
    stored: Stored,
    catalogue: Catalogue,
) -> list[Axiom]:
    """The axioms of rows, one row for each part and source; by head, then by id."""
    limits = {row["id"]: row for row in restrictions if "property" in row}
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["id"], []).append(row)
    axioms = []
    for id, group in groups.items():
        # a class expression, which is no part but holds the parts, has no IRI
        named = {
            stored.local(row["part"])
            for row in group
            if row["part"].startswith(stored.base)
        }
        parts = [Part(name) for name in sorted(named)]
        if id in limits:
            parts.append(read_restriction(limits[id], parts, stored, catalogue))
        sources = {stored.local(row["source"]) for row in group}
        head = stored.local(group[0]["head"])
        axioms.append(Axiom(id, head, tuple(parts), tuple(sorted(sources))))
    return sorted(axioms, key=reading_order)


def reading_order(axiom: Axiom) -> tuple[object, ...]:
    """By what follows, then the shortest first, then by the names of the parts."""
    names = [by_count(part.name) for part in axiom.parts]
    return axiom.head, len(axiom.parts), names, axiom.id


def read_restriction(
    row: Row, beside: Sequence[Part], stored: Stored, catalogue: Catalogue
) -> Part:
    """A property with the class or the bound that it relates to."""
    property = stored.local(row["property"])
    _, _, facet = row.get("facet", "").partition("#")
    if facet not in SIGNS:
        return Part(stored.local(row["filler"]), property)
    units = [catalogue[part.name].unit for part in beside if part.name in catalogue]
    unit = next((unit for unit in units if unit), "")
    return Part("", property, SIGNS[facet], row["bound"].removesuffix(".0"), unit)


def functional_syntax(axiom: Axiom) -> str:
    """The axiom as the files of `ontology/edit` write it, without its annotations."""
    parts = [write_part(part) for part in axiom.parts]
    left = parts[0] if len(parts) == 1 else f"ObjectIntersectionOf({' '.join(parts)})"
    return f"SubClassOf({left} :{axiom.head})"


def write_part(part: Part) -> str:
    """A class name, or an existential restriction."""
    if not part.property:
        return f":{part.name}"
    if not part.sign:
        return f"ObjectSomeValuesFrom(:{part.property} :{part.name})"
    (facet,) = (name for name, sign in SIGNS.items() if sign == part.sign)
    return (
        f"DataSomeValuesFrom(:{part.property} DatatypeRestriction(xsd:decimal "
        f'xsd:{facet} "{part.bound}"^^xsd:decimal))'
    )
