"""Which names exist, and what each of them is about."""

from __future__ import annotations

from dataclasses import dataclass

from ontology.compiler.edit import STATEFUL, Edit

HALVES = {"present": "excluded", "excluded": "present"}
STANCES = ("ruled_out", "weakened", "established", "contradicted", "supported")
GRADES = ("likely", "possible", "unlikely", "excluded")
DEPRECATED = "deprecated"  # in the column status; ":id" after it names the successor
MEANING = ("M",)  # source of an axiom that only says what a name means
DESIGN = ("D",)  # source of an axiom of the design's own reasoning
ROLES = ("needed", "supporting", "contradicting", "excluding", "stop")
# the prefixes of generated classes of cases; each has two phrases in derived.tsv
GENERATED = (
    *HALVES,
    "conflict",
    *STANCES,
    "stop",
    "listed",
    "contributor",
    *(f"grade_{grade}" for grade in GRADES),
)


@dataclass(frozen=True, slots=True)
class Names:
    """The vocabulary, sorted by what may stand where in an axiom.

    `stateful` are concepts, cuts and pairs, whose states follow from one finding;
    `qualities` are values that several findings share, so that they have no state of
    their own; `criteria` have hand-written present halves.
    """

    stateful: frozenset[str]
    qualities: frozenset[str]
    criteria: frozenset[str]
    hypotheses: tuple[str, ...]
    causes: tuple[str, ...]
    mimics: tuple[str, ...]
    choices: frozenset[str]

    def is_about_finding(self, name: str) -> bool:
        """Whether the name classifies a finding (and not the case)."""
        return name in self.stateful or name in self.qualities


def read_names(edit: Edit) -> Names:
    """Sort the terms of `edit` by what they are."""
    users = value_users(edit)
    stateful, qualities = set(), set()
    for name, row in edit.terms.items():
        if row["status"].startswith(DEPRECATED):
            continue
        if row["kind"] == "value" and len(users.get(name, ())) != 1:
            qualities.add(name)
        elif row["kind"] in STATEFUL:
            stateful.add(name)
    by_kind = {
        kind: tuple(sorted(n for n, r in edit.terms.items() if r["kind"] == kind))
        for kind in ("cause", "mimic", "criterion", "definition")
    }
    policies = {a.subject for a in edit.assertions if a.property == "policy"}
    return Names(
        stateful=frozenset(stateful),
        qualities=frozenset(qualities),
        criteria=frozenset({*by_kind["criterion"], *by_kind["definition"], *policies}),
        hypotheses=tuple(sorted(by_kind["cause"] + by_kind["mimic"])),
        causes=by_kind["cause"],
        mimics=by_kind["mimic"],
        choices=frozenset(a.value for a in edit.assertions if a.property == "optionOf"),
    )


def value_users(edit: Edit) -> dict[str, tuple[str, ...]]:
    """Of each coded value, the findings that allow it."""
    users: dict[str, tuple[str, ...]] = {}
    for name, row in edit.terms.items():
        if row["kind"] in STATEFUL:
            for value in row.list("allowed_values"):
                users[value] = (*users.get(value, ()), name)
    return users


def half(name: str) -> tuple[str, str] | None:
    """("present" or "excluded", X) of a state class, or None."""
    for prefix in HALVES:
        if name.startswith(prefix + "_"):
            return prefix, name.removeprefix(prefix + "_")
    return None


def opposite(name: str) -> str:
    """The other half of a state class."""
    found = half(name)
    if found is None:
        raise ValueError(name)
    return f"{HALVES[found[0]]}_{found[1]}"


def cut_parts(name: str) -> tuple[str, str, str] | None:
    """(quantity, operator, bound) of the name of a cut class, or None."""
    for operator in ("_ge_", "_gt_", "_le_", "_lt_"):
        quantity, found, bound = name.rpartition(operator)
        if found and bound.replace("_", "").isdigit():
            return quantity, operator.strip("_"), bound.replace("_", ".")
    return None


def known_classes(edit: Edit, names: Names) -> frozenset[str]:
    """Every class of cases that may be named."""
    states = names.stateful | names.criteria
    reports = ("reports", "default")
    reported = {a.value for a in edit.assertions if a.property in reports}
    found = {f"{h}_{x}" for h in ("present", "excluded") for x in states}
    found |= {f"conflict_{x}" for x in names.stateful}
    found |= {n for n, row in edit.terms.items() if row["kind"] == "derived"}
    found |= {
        f"{stance}_{h}"
        for h in names.hypotheses
        for stance in (*STANCES, "stop", "listed", "contributor")
    }
    found |= {f"grade_{g}_{h}" for h in names.hypotheses for g in GRADES}
    return frozenset(found | reported)


def split_name(name: str, edit: Edit) -> tuple[str, str]:
    """Of a generated class: its prefix and the term that it is about."""
    for prefix in GENERATED:
        subject = name.removeprefix(prefix + "_")
        if subject != name and subject in edit.terms:
            return prefix, subject
    raise ValueError(name)
