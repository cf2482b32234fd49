"""The fragment and its rules: what `edit/` may not say (design, 2.3)."""

from __future__ import annotations

from collections.abc import Iterable

from ontology.compiler.choices import read_choices
from ontology.compiler.edit import Edit, Row
from ontology.compiler.names import (
    GRADES,
    ROLES,
    Names,
    cut_parts,
    half,
    known_classes,
)
from ontology.compiler.syntax import Axiom, LintError


def check(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> None:
    """Raise a LintError with file and line for the first broken rule."""
    _check_sources(edit)
    _check_terms(edit, names)
    _check_criteria(edit, names)
    for axiom in edit.axioms:
        _check_hand(axiom, edit, names)
    known = known_classes(edit, names)
    for axiom in axioms:
        _check_names(axiom, names, known, edit)
    _check_policies(edit, names)
    _check_deciders(edit, names, axioms)
    _check_derivable(edit, names, [a for a in axioms if a.head in known])
    _check_choices(edit, names, axioms)


def _check_sources(edit: Edit) -> None:
    cited: list[tuple[str, tuple[str, ...]]] = [
        (a.at, a.sources) for a in edit.axioms
    ]
    cited += [(a.at, a.sources) for a in edit.assertions if a.sources]
    rows: Iterable[Row] = (*edit.terms.values(), *edit.criteria, *edit.limits)
    cited += [(row.at, row.list("source")) for row in rows]
    cited += [(row.at, row.list("source")) for row in edit.tests.values()]
    cited += [(row.at, row.list("source")) for row in edit.evidence]
    for at, sources in cited:
        if not sources:
            raise LintError(at, "a source is missing")
        for source in sources:
            if source not in edit.sources:
                raise LintError(at, f"{source} is not in sources.tsv")


def _check_terms(edit: Edit, names: Names) -> None:
    for name, row in edit.terms.items():
        for column in ("label_en", "label_fr", "definition_en", "definition_fr"):
            if not row[column]:
                raise LintError(row.at, f"{name} has no {column}")
        for column in ("parents", "allowed_values", "derived_from"):
            for other in row.list(column):
                if other not in edit.terms:
                    raise LintError(row.at, f"{other} is no term")
        if row["value_type"] == "quantity" and not row["unit"]:
            raise LintError(row.at, f"{name} has no unit")
        if row["kind"] == "cut" and cut_parts(name) is None:
            raise LintError(row.at, f"{name} is no name of a cut")
    for row in edit.limits:
        if edit.terms[row["concept"]]["unit"] != row["unit"]:
            raise LintError(row.at, "limits are written in the unit of the concept")


def _check_criteria(edit: Edit, names: Names) -> None:
    needed = set()
    for row in edit.criteria:
        criterion = row["criterion"].removeprefix("not ")
        if row["hypothesis"] not in names.hypotheses:
            raise LintError(row.at, f"{row['hypothesis']} is no hypothesis")
        if row["role"] not in ROLES:
            raise LintError(row.at, f"{row['role']} is no role")
        if criterion not in names.stateful | names.criteria:
            raise LintError(row.at, f"{criterion} is no criterion")
        if (row["role"] == "supporting") != (row["strength"] in ("1", "2", "3")):
            raise LintError(row.at, "supporting rows, and only they, have a strength")
        if row["role"] == "needed":
            needed.add(row["hypothesis"])
    for hypothesis in names.hypotheses:
        at = edit.terms[hypothesis].at
        if hypothesis not in needed and not edit.annotation("withoutNeeds", hypothesis):
            raise LintError(at, f"{hypothesis} has no needed row and says no reason")
        for key in ("evidenceLevel", "structuralLungEvidence", "gate"):
            if not edit.annotation(key, hypothesis):
                raise LintError(at, f"{hypothesis} has no {key}")
    for name, test in edit.tests.items():
        if edit.kind(name) != "test":
            raise LintError(test.at, f"{name} is no test")
        for criterion in test.list("decides"):
            if criterion not in names.stateful | names.criteria:
                raise LintError(test.at, f"{criterion} is no criterion")


def _check_hand(axiom: Axiom, edit: Edit, names: Names) -> None:
    if axiom.facet:
        parts = cut_parts(axiom.head)
        if not axiom.at.startswith("thresholds.ofn"):
            raise LintError(axiom.at, "cuts stand in thresholds.ofn only")
        if parts is None or parts[0] != axiom.body[0] or parts[2] != axiom.facet.value:
            raise LintError(axiom.at, "the name of a cut says quantity and value")
        if edit.terms.get(axiom.body[0]) is None or not edit.terms[axiom.body[0]]["unit"]:
            raise LintError(axiom.at, f"{axiom.body[0]} is no quantity with a unit")
        return
    about = [names.is_about_finding(n) for n in (*axiom.body, axiom.head)]
    if any(about) and not all(about):
        raise LintError(axiom.at, "an axiom is about a finding or about the case")
    found = half(axiom.head)
    if found and found[1] in names.stateful and len(axiom.body) > 1:
        raise LintError(axiom.at, "the state of a concept follows from one finding")


def _check_names(
    axiom: Axiom, names: Names, known: frozenset[str], edit: Edit
) -> None:
    if axiom.facet or axiom.relation:
        wanted: tuple[str, ...] = axiom.body
    else:
        wanted = (*axiom.body, axiom.head)
    for name in wanted:
        if name not in known and name not in edit.terms:
            raise LintError(axiom.at, f"{name} is no known name")


def _check_policies(edit: Edit, names: Names) -> None:
    written = {a.head: a.at for a in edit.axioms}
    for name in sorted(names.criteria):
        policy = edit.annotation("policy", name)
        row = edit.terms[name]
        excluded = f"excluded_{name}"
        if policy not in ("dual", "given", "none") and not policy.startswith(
            "principal:"
        ):
            raise LintError(row.at, f"{name} has no policy")
        if policy == "none" and excluded in written:
            raise LintError(written[excluded], f"{name} has policy none")
        if policy == "given" and excluded not in written:
            raise LintError(row.at, f"{name} has policy given and no excluded half")


def _check_deciders(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> None:
    marked = {a.subject for a in edit.assertions if a.property == "mustNotDecide"}
    for axiom in axioms:
        if not axiom.head.startswith(("established_", "stop_")):
            continue
        halves = [found[1] for name in axiom.body if (found := half(name))]
        if halves and all(name in marked for name in halves):
            raise LintError(axiom.at, f"{axiom.head} rests on marked criteria only")


def _check_derivable(edit: Edit, names: Names, about_case: list[Axiom]) -> None:
    derivable = {axiom.head for axiom in about_case}
    derivable |= {
        f"excluded_{n}" for n in names.stateful if edit.kind(n) not in ("pair", "cut")
    }
    for item in edit.assertions:
        if item.property == "reports":
            derivable.add(item.value)
        if item.property == "default":
            derivable.add(item.value)
    derivable |= {f"grade_{g}_{h}" for h in names.hypotheses for g in GRADES}
    for axiom in about_case:
        for name in axiom.body:
            if not axiom.relation and name not in derivable:
                raise LintError(axiom.at, f"nothing can derive {name}")


def _check_choices(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> None:
    """No option and no overrider is reachable from its own or a later stratum."""
    choices = read_choices(edit, names)
    above: dict[str, set[str]] = {}
    for axiom in axioms:
        for name in axiom.body:
            above.setdefault(name, set()).add(axiom.head)
    for choice in choices:
        later = [c for c in choices if c.stratum >= choice.stratum]
        start = {value for c in later for value in c.asserted()}
        reached = _closure(start, above)
        for option in choice.options:
            for name in (option.name, *option.overridden_by):
                if name in reached:
                    raise LintError(
                        "core.ofn:1", f"{choice.name} depends on itself through {name}"
                    )


def _closure(start: set[str], above: dict[str, set[str]]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for head in above.get(todo.pop(), ()):
            if head not in reached:
                reached.add(head)
                todo.append(head)
    return reached
