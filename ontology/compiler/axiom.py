"""What stands on one line of `edit/*.ofn`: an axiom, or an annotation of a name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

BASE = "https://w3id.org/pulmonary-ossification/"
LOWER = frozenset({"atLeast", "greaterThan"})
UPPER = frozenset({"atMost", "lessThan"})


class LintError(Exception):
    """Something in `edit/` that the fragment or its rules do not allow."""

    def __init__(self, at: str, message: str) -> None:
        """`at` is file:line, as an editor jumps to it."""
        super().__init__(f"{at}: {message}")


@dataclass(frozen=True, slots=True, order=True)
class Facet:
    """The bound of an S3 axiom: property, facet, decimal text."""

    bound: str
    facet: str
    value: str


@dataclass(frozen=True, slots=True)
class Axiom:
    """A subclass axiom of one of the four shapes.

    `body` is sorted; S3 has the quantity alone in it and a `facet`; S4 has X alone in
    it and a `relation`. `by` is hand or the generating rule (G1 to G7).
    """

    body: tuple[str, ...]
    head: str
    sources: tuple[str, ...]
    at: str
    by: str = "hand"
    facet: Facet | None = None
    relation: str = ""

    @property
    def canonical(self) -> str:
        """The axiom without annotations, conjuncts sorted: what its id is made of.

        >>> Axiom(("a", "b"), "c", ("F01",), "core.ofn:9").canonical
        'SubClassOf(ObjectIntersectionOf(:a :b) :c)'
        """
        return f"SubClassOf({self._left()} :{self.head})"

    @property
    def id(self) -> str:
        """The first 12 hex digits of the SHA-256 of the canonical text."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()[:12]

    def _left(self) -> str:
        if self.facet:
            f = self.facet
            return (
                f"ObjectIntersectionOf(:{self.body[0]} DataSomeValuesFrom(:{f.bound} "
                f"DatatypeRestriction(xsd:decimal xsd:{f.facet} "
                f'"{f.value}"^^xsd:decimal)))'
            )
        if self.relation:
            return (
                f"ObjectIntersectionOf(:case "
                f"ObjectSomeValuesFrom(:{self.relation} :{self.body[0]}))"
            )
        if len(self.body) == 1:
            return f":{self.body[0]}"
        return f"ObjectIntersectionOf({' '.join(':' + b for b in self.body)})"


@dataclass(frozen=True, slots=True)
class Assertion:
    """An annotation of a name: property, subject, value.

    `language` or `datatype` (a local name of XML Schema) is "" when the value has none.
    """

    property: str
    subject: str
    value: str
    language: str
    datatype: str
    sources: tuple[str, ...]
    at: str


def functional_syntax(axioms: tuple[Axiom, ...], relations: frozenset[str]) -> str:
    """The logical axioms as an OWL document in functional syntax."""
    names = sorted({name for axiom in axioms for name in (*axiom.body, axiom.head)})
    lines = [
        f"Prefix(:=<{BASE}>)",
        "Prefix(xsd:=<http://www.w3.org/2001/XMLSchema#>)",
        f"Ontology(<{BASE}logic>",
        *(f"Declaration(Class(:{name}))" for name in names),
        *(f"Declaration(ObjectProperty(:{p}))" for p in sorted(relations)),
        *(f"Declaration(DataProperty(:{p}))" for p in sorted(LOWER | UPPER)),
        *(axiom.canonical for axiom in axioms),
        ")",
    ]
    return "\n".join(lines) + "\n"
