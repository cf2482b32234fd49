"""Facts as assertions about a case (ontology.md 2.2), and as OWL that others can read.

A name is checked before it is asserted: what the ontology does not know says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from service.model import Finding, Interval, State
from service.verify.reasoner import Assertion
from service.verify.terminology import (
    BASE,
    CASE,
    Subsumption,
    Terminology,
)

INDIVIDUAL = "c"


class UnknownName(ValueError):
    """A fact names something that the released ontology does not have."""


def assert_facts(
    findings: Sequence[Finding], given: Iterable[str], terminology: Terminology
) -> tuple[Assertion, ...]:
    """What the facts say of the case, and the classes that it is given besides.

    Raises UnknownName.
    """
    rows: list[Assertion] = [("class", name, INDIVIDUAL) for name in (CASE, *given)]
    for number, finding in enumerate(findings):
        if finding.state is State.ABSENT:
            denied = denied_class(finding, terminology)
            rows += [("class", denied, INDIVIDUAL)] if denied else []
        elif finding.state is State.PRESENT:
            rows += _stated(finding, f"f{number}", terminology)
    return tuple(rows)


def denied_class(finding: Finding, terminology: Terminology) -> str:
    """Absence is a positive class; a value that findings share is denied of one only.

    Empty where the ontology concludes nothing from the absence.
    """
    if not terminology.knows([n for n in (finding.concept, finding.value) if n]):
        raise UnknownName(finding.concept)
    for name in (
        finding.value or finding.concept,
        f"{finding.concept}_{finding.value}",
    ):
        if name in terminology.states:
            return f"excluded_{name}"
    return ""


def _stated(finding: Finding, f: str, terminology: Terminology) -> Iterator[Assertion]:
    told = [n for n in (finding.concept, finding.value, finding.interpretation) if n]
    related = {
        terminology.relations[name] for name in told if name in terminology.relations
    }
    if finding.concept not in terminology.relations or not terminology.knows(told):
        raise UnknownName(finding.concept)
    for relation in sorted(related):
        yield ("object", relation, INDIVIDUAL, f)
    for name in told:
        yield ("class", name, f)
    if finding.interval is not None:
        yield from _bounded(finding.interval, f)


def _bounded(interval: Interval, f: str) -> Iterator[Assertion]:
    if interval.low is not None:
        bound = "greaterThan" if interval.low_open else "atLeast"
        yield ("data", bound, f, format(interval.low, "f"))
    if interval.high is not None:
        bound = "lessThan" if interval.high_open else "atMost"
        yield ("data", bound, f, format(interval.high, "f"))


def as_ontology(
    axioms: Iterable[Subsumption], assertions: Iterable[Assertion], name: str
) -> str:
    """An OWL document of nothing but these, in functional syntax.

    Whoever does not trust this program opens it in Protégé and asks another reasoner.
    """
    lines = [axiom.text for axiom in axioms] + [_text(row) for row in assertions]
    return "\n".join(
        [
            f"Prefix(:=<{BASE}>)",
            "Prefix(xsd:=<http://www.w3.org/2001/XMLSchema#>)",
            f"Ontology(<{BASE}certificate/{name}>",
            *lines,
            ")\n",
        ]
    )


def _text(row: Assertion) -> str:
    match row:
        case ("class", name, individual):
            return f"ClassAssertion(:{name} :{individual})"
        case ("object", name, one, other):
            return f"ObjectPropertyAssertion(:{name} :{one} :{other})"
        case ("data", name, individual, value):
            literal = f'"{value}"^^xsd:decimal'
            return f"DataPropertyAssertion(:{name} :{individual} {literal})"
    raise ValueError(row)
