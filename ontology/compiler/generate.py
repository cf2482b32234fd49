"""The generated axioms G1 to G7 (design of the ontology, 2.6 and 2.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import product

from ontology.compiler.edit import STATEFUL, Edit, Row
from ontology.compiler.names import (
    Names,
    cut_parts,
    half,
    known_classes,
    opposite,
    value_users,
)
from ontology.compiler.syntax import Axiom, Facet

MEANING = ("M",)
CASE = "case"
DESIGN = ("D",)
NO_DOCUMENT = {"association"}
COMPLEMENT = {"ge": "lt", "gt": "le", "le": "gt", "lt": "ge"}
# of each operator, the facet that decides it from a closed and from an open bound
CLOSED = {
    "ge": ("atLeast", "minInclusive"),
    "gt": ("atLeast", "minExclusive"),
    "le": ("atMost", "maxInclusive"),
    "lt": ("atMost", "maxExclusive"),
}
OPEN = {
    "ge": ("greaterThan", "minInclusive"),
    "gt": ("greaterThan", "minInclusive"),
    "le": ("lessThan", "maxInclusive"),
    "lt": ("lessThan", "maxInclusive"),
}


def generate(edit: Edit, names: Names) -> tuple[Axiom, ...]:
    """All axioms, by hand and generated, each once, in a stable order."""
    classes = known_classes(edit, names)
    hand = [*edit.axioms, *taxonomy(edit, names)]
    cuts = list(split_cuts(hand))
    chains = list(chain_cuts(cuts))
    base = [*hand, *cuts, *chains]
    whole = [
        *base,
        *relate(edit, names),
        *inherit(base, names),
        *complement_cuts(cuts),
        *exclude_values(edit, names),
        *deny_criteria(edit, names, hand),
        *conflict(names),
    ]
    whole += stances(edit, names, {axiom.head for axiom in whole})
    whole += [Axiom((n,), CASE, MEANING, "core.ofn:1", "G1") for n in classes]
    return unique(whole)


def unique(axioms: Iterable[Axiom]) -> tuple[Axiom, ...]:
    """Each axiom once: the hand-written one wins, sources are joined."""
    found: dict[str, Axiom] = {}
    for axiom in axioms:
        if axiom.head in axiom.body:
            continue
        found.setdefault(axiom.canonical, axiom)
    return tuple(found[key] for key in sorted(found))


def taxonomy(edit: Edit, names: Names) -> Iterator[Axiom]:
    """A term is below each of its parents in the table of terms."""
    for name, row in edit.terms.items():
        for parent in row.list("parents"):
            yield Axiom((name,), parent, row.list("source"), row.at)


def split_cuts(hand: Iterable[Axiom]) -> Iterator[Axiom]:
    """G3: the twin for the open bound, and the two lines of the complement."""
    for axiom in hand:
        if not axiom.facet:
            continue
        parts = cut_parts(axiom.head)
        if parts is None:
            raise ValueError(axiom.at)
        quantity, operator, value = parts
        other = COMPLEMENT[operator]
        twin = f"{quantity}_{other}_{value.replace('.', '_')}"
        for head, operation in ((axiom.head, operator), (twin, other)):
            for bound, facet in (CLOSED[operation], OPEN[operation]):
                yield Axiom(
                    (quantity,),
                    head,
                    axiom.sources,
                    axiom.at,
                    "G3",
                    Facet(bound, facet, value),
                )


def chain_cuts(cuts: Iterable[Axiom]) -> Iterator[Axiom]:
    """G3: a stronger cut is below the next weaker one of the same side."""
    sides: dict[tuple[str, bool], dict[tuple[Decimal, bool], Axiom]] = {}
    for axiom in cuts:
        quantity, operator, value = cut_parts(axiom.head) or ("", "", "")
        lower = operator in ("ge", "gt")
        strict = operator == ("gt" if lower else "le")
        key = (Decimal(value), strict)
        sides.setdefault((quantity, lower), {})[key] = axiom
    for (_, lower), found in sorted(sides.items()):
        ordered = [found[key] for key in sorted(found, reverse=lower)]
        for stronger, weaker in zip(ordered, ordered[1:], strict=False):
            sources = tuple(dict.fromkeys(stronger.sources + weaker.sources))
            yield Axiom((stronger.head,), weaker.head, sources, stronger.at, "G3")


def complement_cuts(cuts: Iterable[Axiom]) -> Iterator[Axiom]:
    """G3: a value on one side of a cut excludes the other side."""
    for axiom in cuts:
        quantity, operator, value = cut_parts(axiom.head) or ("", "", "")
        other = f"{quantity}_{COMPLEMENT[operator]}_{value.replace('.', '_')}"
        yield Axiom(
            (f"present_{axiom.head}",),
            f"excluded_{other}",
            axiom.sources,
            axiom.at,
            "G3",
        )


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


def exclude_values(edit: Edit, names: Names) -> Iterator[Axiom]:
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
            if one == other or (
                row["exclusive"] != "all" and against not in (one, other)
            ):
                continue
            yield Axiom(
                (f"present_{one}",),
                f"excluded_{other}",
                row.list("source"),
                row.at,
                "G4",
            )


def deny_criteria(
    edit: Edit, names: Names, hand: Iterable[Axiom]
) -> Iterator[Axiom]:
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
    at = axioms[0].at if axioms else "core.ofn:1"
    return Axiom(tuple(sorted(body)), f"excluded_{name}", sources, at, "G5")


def hitting_sets(bodies: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The minimal choices of one literal from each body (De Morgan).

    >>> hitting_sets([("a",), ("b", "c")])
    [('a', 'b'), ('a', 'c')]
    """
    found: set[frozenset[str]] = {frozenset()}
    for body in bodies:
        grown = {
            chosen if chosen & set(body) else chosen | {literal}
            for chosen in found
            for literal in (body if not chosen & set(body) else body[:1])
        }
        found = {s for s in grown if not any(other < s for other in grown)}
    return sorted(tuple(sorted(s)) for s in found if s)


def conflict(names: Names) -> Iterator[Axiom]:
    """G6: stated and denied at once is a conflict of that concept."""
    for name in sorted(names.stateful):
        halves = (f"excluded_{name}", f"present_{name}")
        at = "core.ofn:1"
        yield Axiom(halves, f"conflict_{name}", MEANING, at, "G6")
        yield Axiom((f"conflict_{name}",), "data_conflict", MEANING, at, "G6")


def stances(edit: Edit, names: Names, derivable: set[str]) -> Iterator[Axiom]:
    """G7: the rows of criteria.tsv become the stances of each hypothesis."""
    rows: dict[str, list[Row]] = {h: [] for h in names.hypotheses}
    for row in edit.criteria:
        rows.setdefault(row["hypothesis"], []).append(row)
    inputs = {f"excluded_{n}" for n in names.stateful if edit.kind(n) != "pair"}
    known = derivable | inputs
    for hypothesis in names.hypotheses:
        for axiom in _stances_of(edit, names, hypothesis, rows[hypothesis]):
            if all(half(b) is None or b in known for b in axiom.body):
                yield axiom
    yield from _generic(edit, names)


def row_half(row: Row) -> str:
    """The state class by which a row of criteria.tsv holds."""
    criterion = row["criterion"]
    if criterion.startswith("not "):
        return f"excluded_{criterion.removeprefix('not ')}"
    return f"present_{criterion}"


def _stances_of(
    edit: Edit, names: Names, h: str, rows: list[Row]
) -> Iterator[Axiom]:
    gate = edit.annotation("gate", h)
    by_role = {
        role: [r for r in rows if r["role"] == role]
        for role in ("needed", "supporting", "contradicting", "excluding", "stop")
    }
    at = rows[0].at if rows else edit.terms[h].at

    def axiom(body: tuple[str, ...], stance: str, row: Row | None = None) -> Axiom:
        sources = row.list("source") if row else _joined(by_role["needed"])
        head = stance if stance == "mimic_preferred" else f"{stance}_{h}"
        place = row.at if row else at
        return Axiom(tuple(sorted(body)), head, sources or DESIGN, place, "G7")

    needed = by_role["needed"]
    for row in needed:
        yield axiom((opposite(row_half(row)),), "ruled_out", row)
        yield axiom((row_half(row),), "supported", row)
        yield axiom((gate, row_half(row)), "listed", row)
        yield axiom((gate, opposite(row_half(row))), "listed", row)
    for role, stance in (
        ("excluding", "ruled_out"),
        ("contradicting", "contradicted"),
        ("supporting", "supported"),
    ):
        for row in by_role[role]:
            yield axiom((row_half(row),), stance, row)
    if needed and edit.annotation("evidenceLevel", h) not in NO_DOCUMENT:
        yield axiom((gate, *map(row_half, needed)), "established")
        yield Axiom(
            (f"contradicted_{h}", f"established_{h}"), f"weakened_{h}", MEANING, at, "G7"
        )
    for row in by_role["stop"]:
        yield axiom((gate, row_half(row)), "stop", row)
    if by_role["stop"]:
        for head in ("mimic_preferred", f"listed_{h}", f"supported_{h}"):
            yield Axiom((f"stop_{h}",), head, DESIGN, at, "G7")
    if h in names.causes:
        yield from _outweighed(edit, h, at)


def _joined(rows: list[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s for row in rows for s in row.list("source")))


def _outweighed(edit: Edit, h: str, at: str) -> Iterator[Axiom]:
    """Mimics speak against a cause, unless the lung tissue itself shows it."""
    head = f"contradicted_{h}"
    yield Axiom(("mimic_preferred",), head, DESIGN, at, "G7")
    if edit.annotation("structuralLungEvidence", h) != "true":
        for value in ("criterion_indeterminate", "criterion_not_met"):
            yield Axiom((value, "mimic_likely"), head, DESIGN, at, "G7")


def documented_causes(edit: Edit, names: Names) -> tuple[str, ...]:
    """The causes that something else than exclusion can establish."""
    return tuple(
        h
        for h in names.causes
        if not edit.annotation("withoutNeeds", h)
        and edit.annotation("evidenceLevel", h) not in NO_DOCUMENT
        and edit.annotation("byExclusion", h) != "true"
    )


def _generic(edit: Edit, names: Names) -> Iterator[Axiom]:
    at = "causes.ofn:1"
    documented = documented_causes(edit, names)
    for h in documented:
        yield Axiom((f"established_{h}",), "cause_documented", MEANING, at, "G7")
        likely = f"grade_likely_{h}"
        yield Axiom((likely,), "cause_likely", MEANING, at, "G7")
        if edit.annotation("evidenceLevel", h) in ("strong", "moderate"):
            yield Axiom((likely,), "cause_well_evidenced", MEANING, at, "G7")
    for h in names.mimics:
        yield Axiom((f"grade_likely_{h}",), "mimic_likely", MEANING, at, "G7")
    structural = [
        h
        for h in documented
        if edit.annotation("structuralLungEvidence", h) == "true"
    ]
    for h, s in product(documented, structural):
        if h in structural:
            continue
        leading = f"grade_likely_{s}"
        for body in (
            (f"grade_likely_{h}", leading),
            (f"established_{h}", f"grade_possible_{h}", leading),
        ):
            yield Axiom(
                tuple(sorted(body)), f"contributor_{h}", DESIGN, at, "G7"
            )
