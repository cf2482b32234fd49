"""The generated axioms G1 to G6, and all axioms together (design, 2.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from ontology.compiler.axiom import Axiom
from ontology.compiler.cuts import chain_cuts, complement_cuts, split_cuts
from ontology.compiler.edit import STATEFUL, Edit
from ontology.compiler.names import (
    MEANING,
    Names,
    half,
    known_classes,
    opposite,
    value_users,
)
from ontology.compiler.stances import stances

CASE = "case"
PLACE = "core.ofn:1"  # of axioms that no single line gives


def generate(edit: Edit, names: Names) -> tuple[Axiom, ...]:
    """All axioms, by hand and generated, each once, in a stable order."""
    hand = [*edit.axioms, *taxonomy(edit)]
    cuts = list(split_cuts(hand))
    base = [*hand, *cuts, *chain_cuts(cuts)]
    whole = [
        *base,
        *relate(edit, names),
        *inherit(base, names),
        *complement_cuts(cuts),
        *exclude_values(edit),
        *deny_criteria(edit, names, hand),
        *conflict(names),
    ]
    whole += stances(edit, names, {axiom.head for axiom in whole})
    classes = known_classes(edit, names)
    whole += [Axiom((name,), CASE, MEANING, PLACE, "G1") for name in classes]
    return unique(whole)


def unique(axioms: Iterable[Axiom]) -> tuple[Axiom, ...]:
    """Each axiom once, sorted; the first wins, and hand-written ones come first."""
    found: dict[str, Axiom] = {}
    for axiom in axioms:
        if axiom.head not in axiom.body:
            found.setdefault(axiom.canonical, axiom)
    return tuple(found[key] for key in sorted(found))


def taxonomy(edit: Edit) -> Iterator[Axiom]:
    """A term is below each of its parents in the table of terms."""
    for name, row in edit.terms.items():
        for parent in row.list("parents"):
            yield Axiom((name,), parent, row.list("source"), row.at)


def relate(edit: Edit, names: Names) -> Iterator[Axiom]:
    """G1: what a case has, it presents."""
    for name in sorted(names.stateful):
        row = edit.terms[name]
        relation = STATEFUL[row["kind"]]
        yield Axiom(
            (name,), f"present_{name}", MEANING, row.at, "G1", relation=relation
        )


def inherit(base: Iterable[Axiom], names: Names) -> Iterator[Axiom]:
    """G2: both halves follow the hierarchy; the contrapositive of state axioms."""
    for axiom in base:
        if len(axiom.body) != 1 or axiom.facet:
            continue
        below, above = axiom.body[0], axiom.head
        if below in names.stateful and above in names.stateful:
            pairs = [
                (f"present_{below}", f"present_{above}"),
                (f"excluded_{above}", f"excluded_{below}"),
            ]
        elif _is_state(below, names) and _is_state(above, names):
            pairs = [(opposite(above), opposite(below))]
        else:
            continue
        for left, right in pairs:
            yield Axiom((left,), right, axiom.sources, axiom.at, "G2")


def _is_state(name: str, names: Names) -> bool:
    found = half(name)
    return found is not None and found[1] in names.stateful


def exclude_values(edit: Edit) -> Iterator[Axiom]:
    """G4: exclusive values of one finding deny each other."""
    users = value_users(edit)
    for name, row in edit.terms.items():
        if not row["exclusive"]:
            continue
        states = [
            value if len(users[value]) == 1 else f"{name}_{value}"
            for value in row.list("allowed_values")
        ]
        against = row["exclusive"].removeprefix("against:")
        for one, other in product(states, states):
            if one != other and (row["exclusive"] == "all" or against in (one, other)):
                yield Axiom(
                    (f"present_{one}",),
                    f"excluded_{other}",
                    row.list("source"),
                    row.at,
                    "G4",
                )


def deny_criteria(edit: Edit, names: Names, hand: Iterable[Axiom]) -> Iterator[Axiom]:
    """G5: the excluded half of a criterion, by its policy."""
    sufficient: dict[str, list[Axiom]] = {}
    for axiom in hand:
        found = half(axiom.head)
        if found and found[0] == "present" and found[1] in names.criteria:
            sufficient.setdefault(found[1], []).append(axiom)
    for name in sorted(names.criteria):
        policy = edit.annotation("policy", name)
        axioms = sufficient.get(name, [])
        if policy.startswith("principal:"):
            denied = f"excluded_{policy.removeprefix('principal:')}"
            yield _denial((denied,), name, axioms)
        elif policy == "dual":
            for body in hitting_sets([axiom.body for axiom in axioms]):
                yield _denial(tuple(opposite(b) for b in body), name, axioms)


def _denial(body: tuple[str, ...], name: str, axioms: list[Axiom]) -> Axiom:
    sources = tuple(dict.fromkeys(s for axiom in axioms for s in axiom.sources))
    at = axioms[0].at if axioms else PLACE
    return Axiom(tuple(sorted(body)), f"excluded_{name}", sources, at, "G5")


def hitting_sets(bodies: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The minimal choices of one literal from each body (De Morgan).

    >>> hitting_sets([("a",), ("b", "c")])
    [('a', 'b'), ('a', 'c')]
    """
    found: set[frozenset[str]] = {frozenset()}
    for body in bodies:
        grown: set[frozenset[str]] = set()
        for chosen in found:
            if chosen & set(body):
                grown.add(chosen)
            else:
                grown |= {chosen | {literal} for literal in body}
        found = {s for s in grown if not any(other < s for other in grown)}
    return sorted(tuple(sorted(s)) for s in found if s)


def conflict(names: Names) -> Iterator[Axiom]:
    """G6: stated and denied at once is a conflict of that concept."""
    for name in sorted(names.stateful):
        halves = (f"excluded_{name}", f"present_{name}")
        yield Axiom(halves, f"conflict_{name}", MEANING, PLACE, "G6")
        yield Axiom((f"conflict_{name}",), "data_conflict", MEANING, PLACE, "G6")
