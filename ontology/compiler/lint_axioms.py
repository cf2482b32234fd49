"""What the axioms and choices may not say (design of the ontology, 2.3 and 2.8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ontology.compiler.axiom import Assertion, Axiom, LintError
from ontology.compiler.choices import read_choices
from ontology.compiler.edit import Edit
from ontology.compiler.names import GRADES, Names, cut_parts, half, known_classes

# annotations of which a name may carry several; of a text, one in each language
REPEATED = frozenset({"overriddenBy"})
REPORTING = frozenset({"reports", "default"})
POLICIES = ("dual", "given", "none")


def check_notes(edit: Edit, names: Names) -> None:
    """Refuse annotations of unknown names, and one that is written twice."""
    choices = {f"grade_{h}" for h in names.hypotheses}
    known = known_classes(edit, names) | edit.terms.keys() | choices
    seen: set[tuple[str, str, str]] = set()
    for note in edit.assertions:
        key = (note.property, note.subject, note.language)
        if edit.kind(note.property) != "annotationProperty":
            raise LintError(note.at, f"{note.property} is no annotation property")
        if note.subject not in known:
            raise LintError(note.at, f"{note.subject} is no known name")
        if key in seen and note.property not in REPEATED:
            raise LintError(note.at, f"{note.subject} has two of {note.property}")
        seen.add(key)
        if note.property == "optionOf":
            _check_option(edit, names, note)


def check_hand(edit: Edit, names: Names) -> None:
    """Refuse hand-written axioms outside the fragment, and unfit policies."""
    for axiom in edit.axioms:
        if axiom.facet:
            _check_cut(axiom, edit)
        else:
            _check_side(axiom, names)
    for name in sorted(names.criteria):
        _check_policy(edit, name)


def check_axioms(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> None:
    """Refuse what only shows once all axioms are there, generated ones included."""
    known = known_classes(edit, names)
    for axiom in axioms:
        for name in (*axiom.body, axiom.head):
            if name not in known and name not in edit.terms:
                raise LintError(axiom.at, f"{name} is no known name")
    _check_deciders(edit, axioms)
    _check_derivable(edit, names, [a for a in axioms if a.head in known])
    _check_strata(edit, names, axioms, known)


def _check_cut(axiom: Axiom, edit: Edit) -> None:
    parts, quantity = cut_parts(axiom.head), axiom.body[0]
    if not axiom.at.startswith("thresholds.ofn"):
        raise LintError(axiom.at, "cuts stand in thresholds.ofn only")
    value = axiom.facet.value if axiom.facet else ""
    if parts is None or parts[0] != quantity or parts[2] != value:
        raise LintError(axiom.at, "the name of a cut says quantity and value")
    if quantity not in edit.terms or not edit.terms[quantity]["unit"]:
        raise LintError(axiom.at, f"{quantity} is no quantity with a unit")


def _check_side(axiom: Axiom, names: Names) -> None:
    about = {names.is_about_finding(n) for n in (*axiom.body, axiom.head)}
    if len(about) > 1:
        raise LintError(axiom.at, "an axiom is about a finding or about the case")
    found = half(axiom.head)
    if found and found[1] in names.stateful and len(axiom.body) > 1:
        raise LintError(axiom.at, "the state of a concept follows from one finding")


def _check_policy(edit: Edit, name: str) -> None:
    policy, at = edit.annotation("policy", name), edit.terms[name].at
    heads = {axiom.head: axiom.at for axiom in edit.axioms}
    excluded = heads.get(f"excluded_{name}", "")
    principal = policy.removeprefix("principal:")
    if policy not in POLICIES and (principal == policy or principal not in edit.terms):
        raise LintError(at, f"{name} has no policy")
    if policy == "none" and excluded:
        raise LintError(excluded, f"{name} has policy none")
    if policy == "given" and not excluded:
        raise LintError(at, f"{name} has policy given and no excluded half")
    for axiom in edit.axioms:
        if policy == "dual" and axiom.head == f"present_{name}":
            _check_states_only(axiom)


def _check_states_only(axiom: Axiom) -> None:
    for name in axiom.body:
        if half(name) is None:
            raise LintError(axiom.at, f"dual needs states: {name} has no other half")


def _check_option(edit: Edit, names: Names, note: Assertion) -> None:
    option, choice = note.subject, note.value
    hypothesis = choice.removeprefix("grade_")
    if choice not in edit.terms and hypothesis not in names.hypotheses:
        raise LintError(note.at, f"{choice} is no known name")
    if not edit.annotation("reports", option):
        raise LintError(note.at, f"{option} reports nothing")
    if not edit.annotation("order", option).isdigit():
        raise LintError(note.at, f"{option} has no order")
    if not edit.annotation("stratum", choice).isdigit():
        raise LintError(note.at, f"{choice} has no stratum")


def _check_deciders(edit: Edit, axioms: Iterable[Axiom]) -> None:
    for axiom in axioms:
        if not axiom.head.startswith(("established_", "stop_")):
            continue
        halves = [found[1] for name in axiom.body if (found := half(name))]
        if halves and all(edit.annotation("mustNotDecide", name) for name in halves):
            raise LintError(axiom.at, f"{axiom.head} rests on marked criteria only")


def _check_derivable(edit: Edit, names: Names, about_case: Sequence[Axiom]) -> None:
    """Whatever stands in a body follows from an axiom, a choice or an input."""
    derivable = {axiom.head for axiom in about_case}
    derivable |= {
        f"excluded_{n}" for n in names.stateful if edit.kind(n) not in ("pair", "cut")
    }
    derivable |= {a.value for a in edit.assertions if a.property in REPORTING}
    derivable |= {f"grade_{g}_{h}" for h in names.hypotheses for g in GRADES}
    for axiom in about_case:
        for name in axiom.body:
            if not axiom.relation and name not in derivable:
                raise LintError(axiom.at, f"nothing can derive {name}")


def _check_strata(
    edit: Edit, names: Names, axioms: Iterable[Axiom], known: frozenset[str]
) -> None:
    """No option and no overrider is reachable from its own or a later stratum."""
    above: dict[str, set[str]] = {}
    for axiom in axioms:
        for name in axiom.body:
            above.setdefault(name, set()).add(axiom.head)
    choices = read_choices(edit, names)
    for choice in choices:
        later = [c for c in choices if c.stratum >= choice.stratum]
        reached = _reachable({v for c in later for v in c.asserted()}, above)
        for option in choice.options:
            at = _place(edit, option.name)
            for name in (option.name, *option.overridden_by):
                if name not in known:
                    raise LintError(at, f"{name} is no known name")
                if name in reached:
                    message = f"{choice.name} depends on itself through {name}"
                    raise LintError(at, message)


def _place(edit: Edit, option: str) -> str:
    notes = edit.annotations("optionOf", option)
    return notes[0].at if notes else "criteria.tsv:1"


def _reachable(start: set[str], above: dict[str, set[str]]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for head in above.get(todo.pop(), ()):
            if head not in reached:
                reached.add(head)
                todo.append(head)
    return reached
