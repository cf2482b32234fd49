"""The left side of an axiom as canonical functional syntax: conjuncts are sorted."""

from __future__ import annotations

from tests.oracle.abox import BASE
from tests.oracle.machine import Java

NAMED = "Class"
BOTH = "ObjectIntersectionOf"
RELATED = "ObjectSomeValuesFrom"
MEASURED = "DataSomeValuesFrom"


def written(expression: Java) -> str:
    """The class expression; whatever the fragment does not know raises ValueError."""
    kind = str(expression.getClassExpressionType().getName())
    if kind == NAMED:
        return f":{local_name(expression)}"
    if kind == BOTH:
        # names first, then what is said of a relation or of a value
        parts = sorted(map(written, expression.getOperands()), key=_after_names)
        return f"{BOTH}({' '.join(parts)})"
    if kind == RELATED:
        filler = written(expression.getFiller())
        return f"{RELATED}(:{local_name(expression.getProperty())} {filler})"
    if kind == MEASURED:
        limits = _limits(expression.getFiller())
        return f"{MEASURED}(:{local_name(expression.getProperty())} {limits})"
    raise ValueError(kind)


def local_name(entity: Java) -> str:
    """The local name, or "" for a name that is not ours."""
    iri = str(entity.getIRI().toString())
    return iri.removeprefix(BASE) if iri.startswith(BASE) else ""


def _after_names(text: str) -> tuple[bool, str]:
    return not text.startswith(":"), text


def _limits(restriction: Java) -> str:
    """A restriction of xsd:decimal by one facet."""
    (limit,) = restriction.getFacetRestrictions()
    facet = str(limit.getFacet().getShortName())
    # RDF has whole numbers with a point, so that Turtle's short form is the same text
    value = str(limit.getFacetValue().getLiteral()).removesuffix(".0")
    kinds = (restriction.getDatatype(), limit.getFacetValue().getDatatype())
    if {str(kind.getIRI().getFragment()) for kind in kinds} != {"decimal"}:
        raise ValueError(f"{facet} {value} is no decimal")
    return f'DatatypeRestriction(xsd:decimal xsd:{facet} "{value}"^^xsd:decimal)'
