"""G7: the rows of criteria.tsv become the stances of each hypothesis (design, 2.7)."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import product

from ontology.compiler.axiom import Axiom
from ontology.compiler.edit import Edit, Row
from ontology.compiler.names import DESIGN, MEANING, ROLES, Names, half, opposite

PLACE = "causes.ofn:1"  # of axioms that no single line gives
# a mere association is listed and supported, never established
NEVER_ESTABLISHED = frozenset({"association"})
WELL_EVIDENCED = frozenset({"strong", "moderate"})
SIMPLE = {
    "excluding": "ruled_out",
    "contradicting": "contradicted",
    "supporting": "supported",
}


def stances(edit: Edit, names: Names, derivable: AbstractSet[str]) -> Iterator[Axiom]:
    """The stances, without those that rest on a half which nothing can derive."""
    rows: dict[str, list[Row]] = {h: [] for h in names.hypotheses}
    for row in edit.criteria:
        rows[row["hypothesis"]].append(row)
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


def documented_causes(edit: Edit, names: Names) -> tuple[str, ...]:
    """The causes that something else than exclusion can establish."""
    return tuple(
        h
        for h in names.causes
        if not edit.annotation("withoutNeeds", h)
        and edit.annotation("evidenceLevel", h) not in NEVER_ESTABLISHED
        and edit.annotation("byExclusion", h) != "true"
    )


def _stances_of(edit: Edit, names: Names, h: str, rows: list[Row]) -> Iterator[Axiom]:
    gate = edit.annotation("gate", h)
    of = {role: [r for r in rows if r["role"] == role] for role in ROLES}
    at = rows[0].at if rows else edit.terms[h].at
    for row in of["needed"]:
        yield from _need(h, gate, row)
    for role, stance in SIMPLE.items():
        yield from (_stance((row_half(r),), f"{stance}_{h}", r) for r in of[role])
    if of["needed"] and edit.annotation("evidenceLevel", h) not in NEVER_ESTABLISHED:
        yield _establish(h, gate, of["needed"], at)
        if of["contradicting"] or h in names.causes:
            both = (f"contradicted_{h}", f"established_{h}")
            yield Axiom(both, f"weakened_{h}", MEANING, at, "G7")
    yield from (_stance((gate, row_half(r)), f"stop_{h}", r) for r in of["stop"])
    if of["stop"]:
        yield from _prefer(h, at)
    if h in names.causes:
        yield from _outweighed(edit, h, at)


def _stance(body: tuple[str, ...], head: str, row: Row) -> Axiom:
    return Axiom(tuple(sorted(body)), head, row.list("source"), row.at, "G7")


def _need(h: str, gate: str, row: Row) -> Iterator[Axiom]:
    """A need denied rules out; a need present supports; either lists."""
    present, denied = row_half(row), opposite(row_half(row))
    yield _stance((denied,), f"ruled_out_{h}", row)
    yield _stance((present,), f"supported_{h}", row)
    yield _stance((gate, present), f"listed_{h}", row)
    yield _stance((gate, denied), f"listed_{h}", row)


def _establish(h: str, gate: str, needed: list[Row], at: str) -> Axiom:
    body = tuple(sorted((gate, *map(row_half, needed))))
    sources = tuple(dict.fromkeys(s for row in needed for s in row.list("source")))
    return Axiom(body, f"established_{h}", sources, at, "G7")


def _prefer(h: str, at: str) -> Iterator[Axiom]:
    """A stop fact prefers its mimic to any ossification."""
    for head in ("mimic_preferred", f"listed_{h}", f"supported_{h}"):
        yield Axiom((f"stop_{h}",), head, DESIGN, at, "G7")


def _outweighed(edit: Edit, h: str, at: str) -> Iterator[Axiom]:
    """Mimics speak against a cause, unless the lung tissue itself shows it."""
    head = f"contradicted_{h}"
    yield Axiom(("mimic_preferred",), head, DESIGN, at, "G7")
    if edit.annotation("structuralLungEvidence", h) != "true":
        for value in ("criterion_indeterminate", "criterion_not_met"):
            yield Axiom((value, "mimic_likely"), head, DESIGN, at, "G7")


def _generic(edit: Edit, names: Names) -> Iterator[Axiom]:
    """The classes that sum up all causes, and all mimics."""
    documented = documented_causes(edit, names)
    for h in documented:
        yield Axiom((f"established_{h}",), "cause_documented", MEANING, PLACE, "G7")
        likely = (f"grade_likely_{h}",)
        yield Axiom(likely, "cause_likely", MEANING, PLACE, "G7")
        if edit.annotation("evidenceLevel", h) in WELL_EVIDENCED:
            yield Axiom(likely, "cause_well_evidenced", MEANING, PLACE, "G7")
    for h in names.mimics:
        yield Axiom((f"grade_likely_{h}",), "mimic_likely", MEANING, PLACE, "G7")
    yield from _contributors(edit, documented)


def _contributors(edit: Edit, documented: tuple[str, ...]) -> Iterator[Axiom]:
    """A documented cause contributes beside a likely disease of the lung tissue."""
    structural = {
        h for h in documented if edit.annotation("structuralLungEvidence", h) == "true"
    }
    others = [h for h in documented if h not in structural]
    for h, s in product(others, sorted(structural)):
        leading = f"grade_likely_{s}"
        for body in (
            (f"grade_likely_{h}", leading),
            (f"established_{h}", f"grade_possible_{h}", leading),
        ):
            yield Axiom(tuple(sorted(body)), f"contributor_{h}", DESIGN, PLACE, "G7")
