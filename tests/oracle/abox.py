"""A case as OWL assertions in functional syntax (ontology.md 2.2).

Decimals are written as text without exponent, since a float is another number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.model import Finding, Interval, State

BASE = "https://w3id.org/pulmonary-ossification/"
PREFIXES = f"""Prefix(:=<{BASE}>)
Prefix(xsd:=<http://www.w3.org/2001/XMLSchema#>)"""
CASE = "case"


@dataclass(frozen=True, slots=True)
class Words:
    """What an assertion needs to know: the relation of each concept, and its states.

    `relations` maps a concept to the property that its kind asks for; `states` are
    the names with a present and an excluded class. `tops` stand one above each kind
    of term, `case` among them: they say what a term is and conclude nothing.
    """

    relations: Mapping[str, str]
    states: frozenset[str]
    tops: frozenset[str]


def read_words(rules: Mapping[str, Any]) -> Words:
    """The words from the parsed `rules.json`."""
    by_kind = rules["relations"]
    prefix = "excluded_"
    return Words(
        relations={
            name: by_kind[concept["kind"]]
            for name, concept in rules["concepts"].items()
            if concept["kind"] in by_kind
        },
        states=frozenset(
            name.removeprefix(prefix)
            for name in rules["classes"]
            if name.startswith(prefix)
        ),
        tops=frozenset(
            name
            for name, concept in rules["concepts"].items()
            if concept["kind"] == "class"
        ),
    )


def document(assertions: Iterable[str]) -> str:
    """An OWL document with nothing but the assertions."""
    lines = [PREFIXES, f"Ontology(<{BASE}assertions>", *assertions, ")"]
    return "\n".join(lines) + "\n"


def asserted(
    findings: Sequence[Finding], classes: Iterable[str], words: Words, case: str = "c"
) -> tuple[str, ...]:
    """The assertions about one case: its findings, and classes that it is given.

    Individuals are named after the case, so that batches keep theirs apart.
    """
    lines = [f"ClassAssertion(:{name} :{case})" for name in (CASE, *classes)]
    for number, finding in enumerate(findings):
        if finding.state is State.ABSENT:
            lines += _denied(finding, words, case)
        elif finding.state is State.PRESENT:
            lines += _stated(finding, words, case, f"{case}_f{number}")
    return tuple(lines)


def _denied(finding: Finding, words: Words, case: str) -> Iterator[str]:
    """Absence is a positive class of the case; a value shared by findings has none."""
    name = finding.value or finding.concept
    if name not in words.states:
        name = f"{finding.concept}_{finding.value}"
    yield f"ClassAssertion(:excluded_{name} :{case})"


def _stated(finding: Finding, words: Words, case: str, f: str) -> Iterator[str]:
    names = [finding.concept, finding.value, finding.interpretation]
    told = [name for name in names if name]
    related = {finding.concept, *(name for name in told if name in words.states)}
    for relation in sorted({words.relations[name] for name in related}):
        yield f"ObjectPropertyAssertion(:{relation} :{case} :{f})"
    for name in told:
        yield f"ClassAssertion(:{name} :{f})"
    if finding.interval is not None:
        for bound, value in _bounds(finding.interval):
            text = f'"{format(value, "f")}"^^xsd:decimal'
            yield f"DataPropertyAssertion(:{bound} :{f} {text})"


def _bounds(interval: Interval) -> Iterator[tuple[str, Decimal]]:
    if interval.low is not None:
        yield ("greaterThan" if interval.low_open else "atLeast"), interval.low
    if interval.high is not None:
        yield ("lessThan" if interval.high_open else "atMost"), interval.high
