"""The strict companion: what the names mean, said with all of OWL 2 DL (2.11).

It is proof only and never shipped: with a contradictory case it is inconsistent and
answers nothing. From it a reasoner must derive every axiom that G1 to G5 generate.
Here `excluded_X` is the complement of `present_X`, a cut an interval of one functional
`value`, a dual criterion equal to the union of its alternatives; and a case has at most
one value of a quantity or of an exclusive finding.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from ontology.compiler.axiom import BASE, LOWER, UPPER, Axiom
from ontology.compiler.cuts import DECIDERS
from ontology.compiler.edit import RELATIONS, STATEFUL
from ontology.compiler.names import cut_parts, half, value_users
from ontology.compiler.release import Checked

PROVED = ("G1", "G2", "G3", "G4", "G5")
HAND = "hand"
VALUE = "value"
FUNCTIONAL = "FunctionalDataProperty"
NAME = re.compile(r"(?<=[( ]):(\w+)")
DEFINING = ("EquivalentClasses(", "DisjointClasses(", "SubClassOf(:case ")
Signed: TypeAlias = tuple[str, frozenset[str]]
# names that say nothing about which axioms belong together
COMMON = frozenset({"case", VALUE, *LOWER, *UPPER, *RELATIONS})
FACET = {
    "ge": "minInclusive",
    "gt": "minExclusive",
    "le": "maxInclusive",
    "lt": "maxExclusive",
}


def to_prove(checked: Checked) -> tuple[Axiom, ...]:
    """What must follow: everything that G1 to G5 made.

    Not the axioms that merely say what a term is (a state is a class of cases).
    """
    return tuple(
        axiom
        for axiom in checked.axioms
        if axiom.by in PROVED and checked.edit.kind(axiom.head) != "class"
    )


def strict_axioms(checked: Checked) -> tuple[str, ...]:
    """The companion, one axiom a line."""
    return (
        f"{FUNCTIONAL}(:{VALUE})",
        *(a.canonical for a in checked.axioms if a.by == HAND and not a.facet),
        *_states(checked),
        *_cuts(checked),
        *_exclusive(checked),
        *_criteria(checked),
    )


def strict_companion(axioms: Iterable[str]) -> str:
    """The axioms as an OWL document in functional syntax."""
    told = tuple(axioms)
    properties = {VALUE, *LOWER, *UPPER}
    names = {name for axiom in told for name in NAME.findall(axiom)}
    lines = [
        f"Prefix(:=<{BASE}>)",
        "Prefix(xsd:=<http://www.w3.org/2001/XMLSchema#>)",
        f"Ontology(<{BASE}strict>",
        *(f"Declaration(Class(:{n}))" for n in sorted(names - properties - RELATIONS)),
        *(f"Declaration(ObjectProperty(:{p}))" for p in sorted(RELATIONS)),
        *(f"Declaration(DataProperty(:{p}))" for p in sorted(properties)),
        *told,
        ")",
    ]
    return "\n".join(lines) + "\n"


def signed(axioms: Iterable[str]) -> tuple[Signed, ...]:
    """Each axiom with the names by which it belongs to others."""
    return tuple((line, frozenset(NAME.findall(line)) - COMMON) for line in axioms)


def premises(axiom: Axiom, told: Sequence[Signed]) -> Iterator[tuple[str, ...]]:
    """Parts of the companion that speak of the names of an axiom, a larger one last.

    What follows from a part follows from the whole, so a proof from these premises is
    a proof; it is found in a hundredth of the time. The first part speaks of the names
    of the axiom alone, the second of both halves of each, and of what stands in the
    definition of any of them.
    """
    names = {*axiom.body, axiom.head}
    yield _about(names, axiom, told)
    names = _both_halves(names)
    for line, used in told:
        if line.startswith(DEFINING) and names & used:
            names |= _both_halves(used)
    yield _about(names, axiom, told)


def _about(
    names: AbstractSet[str], axiom: Axiom, told: Iterable[Signed]
) -> tuple[str, ...]:
    """What speaks of the names only; of the bounds, that of the axiom at its limit.

    With the bounds at all limits HermiT 1.3.8 loses proofs.
    """
    at = axiom.facet
    own = (f"(:{at.bound} ", f'"{at.value}"') if at else ()
    return tuple(
        line
        for line, used in told
        if used <= names
        and (used or FUNCTIONAL in line or (own and all(x in line for x in own)))
    )


def _both_halves(names: Iterable[str]) -> set[str]:
    """The names, the concepts of their states, and both states of each."""
    concepts = {found[1] if (found := half(name)) else name for name in names}
    return {f"{h}{x}" for x in concepts for h in ("", "present_", "excluded_")}


def _states(checked: Checked) -> Iterator[str]:
    """present_X is having an X, and excluded_X not having one."""
    for name in sorted(checked.names.stateful):
        relation = STATEFUL[checked.edit.kind(name)]
        has = f"ObjectIntersectionOf(:case ObjectSomeValuesFrom(:{relation} :{name}))"
        yield f"EquivalentClasses(:present_{name} {has})"
        yield _complement(name)


def _complement(name: str) -> str:
    lacks = f"ObjectIntersectionOf(:case ObjectComplementOf(:present_{name}))"
    return f"EquivalentClasses(:excluded_{name} {lacks})"


def _cuts(checked: Checked) -> Iterator[str]:
    """A cut is an interval of values, and the bounds of a finding bound its value."""
    quantities: defaultdict[str, set[str]] = defaultdict(set)
    limits: set[tuple[str, str]] = set()
    for name in sorted(checked.names.stateful):
        parts = cut_parts(name) if checked.edit.kind(name) == "cut" else None
        if parts is None:
            continue
        quantity, operator, limit = parts
        values = _some(VALUE, FACET[operator], limit)
        yield f"EquivalentClasses(:{name} ObjectIntersectionOf(:{quantity} {values}))"
        quantities[STATEFUL["cut"]].add(quantity)
        limits.add((operator, limit))
    for operator, limit in sorted(limits):
        for bound, facet in DECIDERS[operator]:
            values = _some(VALUE, FACET[operator], limit)
            yield f"SubClassOf({_some(bound, facet, limit)} {values})"
    for relation, found in quantities.items():
        yield from (_at_most_one(relation, [name]) for name in sorted(found))


def _some(bound: str, facet: str, limit: str) -> str:
    test = f'DatatypeRestriction(xsd:decimal xsd:{facet} "{limit}"^^xsd:decimal)'
    return f"DataSomeValuesFrom(:{bound} {test})"


def _at_most_one(relation: str, names: Iterable[str]) -> str:
    found = _union(f":{name}" for name in names)
    return f"SubClassOf(:case ObjectMaxCardinality(1 :{relation} {found}))"


def _union(parts: Iterable[str]) -> str:
    listed = sorted(parts)
    return listed[0] if len(listed) == 1 else f"ObjectUnionOf({' '.join(listed)})"


def _exclusive(checked: Checked) -> Iterator[str]:
    """A case has one finding of the kind, and its exclusive values are disjoint."""
    users = value_users(checked.edit)
    for name, row in sorted(checked.edit.terms.items()):
        if not row["exclusive"]:
            continue
        states = [
            value if len(users[value]) == 1 else f"{name}_{value}"
            for value in row.list("allowed_values")
        ]
        yield _at_most_one(STATEFUL["value"], states)
        if row["exclusive"] == "all":
            yield f"DisjointClasses({' '.join(f':{state}' for state in states)})"
        else:
            against = row["exclusive"].removeprefix("against:")
            others = _union(f":{state}" for state in states if state != against)
            yield f"DisjointClasses(:{against} {others})"


def _criteria(checked: Checked) -> Iterator[str]:
    """The two halves of a criterion, as its policy means them."""
    alternatives: defaultdict[str, list[str]] = defaultdict(list)
    for axiom in checked.edit.axioms:
        found = half(axiom.head)
        if found and found[1] in checked.names.criteria:
            alternatives[axiom.head].append(_all(axiom.body))
    for name in sorted(checked.names.criteria):
        policy = checked.edit.annotation("policy", name)
        if policy == "dual":
            present = _union(alternatives[f"present_{name}"])
            yield f"EquivalentClasses(:present_{name} {present})"
            yield _complement(name)
            continue
        yield f"DisjointClasses(:present_{name} :excluded_{name})"
        yield f"SubClassOf(:present_{name} :case)"
        yield f"SubClassOf(:excluded_{name} :case)"
        if policy.startswith("principal:"):
            principal = f":excluded_{policy.removeprefix('principal:')}"
            excluded = _union([principal, *alternatives[f"excluded_{name}"]])
            yield f"EquivalentClasses(:excluded_{name} {excluded})"


def _all(names: tuple[str, ...]) -> str:
    listed = [f":{name}" for name in names]
    return (
        listed[0] if len(listed) == 1 else f"ObjectIntersectionOf({' '.join(listed)})"
    )
