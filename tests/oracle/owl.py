"""The subclass axioms of `dpo.owl`, read by py-horned-owl: no Java and no compiler.

The virtual machine reads the same file with the OWL API (`hermit`), so that no parser
has to be believed alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyhornedowl
from pyhornedowl.model import (
    Class,
    ClassExpression,
    DataProperty,
    DataSomeValuesFrom,
    DatatypeLiteral,
    DatatypeRestriction,
    ObjectIntersectionOf,
    ObjectProperty,
    ObjectPropertyExpression,
    ObjectSomeValuesFrom,
    SubClassOf,
)

from tests.oracle.abox import BASE
from tests.oracle.machine import OracleError

DECIMAL = "<http://www.w3.org/2001/XMLSchema#decimal>"


@dataclass(frozen=True, slots=True)
class Sufficient:
    """One axiom: what is enough for `head`.

    `names` are the named conjuncts; `related` are a relation and the class of what it
    leads to; `bound`, `facet` and `value` say which bound passes which limit.
    """

    head: str
    names: tuple[str, ...]
    related: tuple[str, str] = ("", "")
    bound: str = ""
    facet: str = ""
    value: str = ""


def read_axioms(path: Path) -> tuple[Sufficient, ...]:
    """Every subclass axiom, sorted by head; any other shape raises OracleError."""
    found = [
        _read(item.component)
        for item in pyhornedowl.open_ontology(str(path)).get_axioms()
        if isinstance(item.component, SubClassOf)
    ]
    return tuple(sorted(found, key=str))


def _read(axiom: SubClassOf) -> Sufficient:
    names: list[str] = []
    rest = ("", "")
    limit = ("", "", "")
    for part in _conjuncts(axiom.sub):
        if isinstance(part, Class):
            names.append(_local(part))
        elif isinstance(part, ObjectSomeValuesFrom) and not any(rest):
            rest = (_local(part.ope), _local(part.bce))
        elif isinstance(part, DataSomeValuesFrom) and not any(limit):
            limit = (_local(part.dp), *_limit(part))
        else:
            raise OracleError(f"outside the fragment: {axiom}")
    return Sufficient(_local(axiom.sup), tuple(sorted(names)), rest, *limit)


def _conjuncts(expression: ClassExpression) -> list[ClassExpression]:
    if isinstance(expression, ObjectIntersectionOf):
        return list(expression.first)
    return [expression]


def _limit(part: DataSomeValuesFrom) -> tuple[str, str]:
    """Facet and decimal text of a restriction of xsd:decimal by one facet."""
    if not isinstance(part.dr, DatatypeRestriction):
        raise OracleError(f"outside the fragment: {part}")
    (restriction,) = part.dr.second
    facet, limit = str(restriction.f).rpartition(".")[2], restriction.l
    if not isinstance(limit, DatatypeLiteral) or DECIMAL not in str(limit):
        raise OracleError(f"{limit} is no decimal")
    return facet[0].lower() + facet[1:], limit.literal


def _local(item: ClassExpression | ObjectPropertyExpression | DataProperty) -> str:
    """The local name; a name that is not ours raises OracleError."""
    if not isinstance(item, Class | ObjectProperty | DataProperty):
        raise OracleError(f"outside the fragment: {item}")
    iri = str(item.first)
    if not iri.startswith(BASE):
        raise OracleError(f"{iri} is not ours")
    return iri.removeprefix(BASE)
