"""Whether the cited axioms and facts alone give what is claimed, step by step.

Entailment is asked of an ontology that holds the cited axioms and facts and nothing
else; what an option needs must follow there. That nothing overrides it is shown by what
does not follow of all facts of the case (`judging`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal

from service.model import Finding, When
from service.reasoning.knowledge import Knowledge
from service.verify.assertions import INDIVIDUAL, as_ontology, assert_facts
from service.verify.claims import Bound, Cited, Claim
from service.verify.judging import (
    Findings,
    Judge,
    Judged,
    disjoint,
    strata,
)
from service.verify.outcome import Fault, Step
from service.verify.searching import check_search, search
from service.verify.terminology import Line, Subsumption, Terminology

NO_BOUND: tuple[Decimal | None, bool, str] = (None, False, "")


@dataclass(frozen=True, slots=True)
class Checked:
    """A certificate against its case: the step that it proves, or what is broken."""

    step: Step | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The cited axioms and facts, those apart that contradict each other."""

    axioms: tuple[Subsumption, ...]
    kept: Findings
    aside: Findings


def check_certificate(
    claim: Claim, choice: str, judged: Judged, judge: Judge, knowledge: Knowledge
) -> Checked:
    """The certificate of a claim about a choice that has a value."""
    terminology = judge.terminology
    line = judged.second.lines[choice]
    proof, faults = open_proof(claim, judged, terminology, knowledge)
    if faults:
        return Checked(None, tuple(faults))
    aside = types(proof.axioms, proof.aside, (), judge) if proof.aside else frozenset()
    told = told_conflict(proof, aside, terminology)
    classes, given = derive(proof, line, told, judged, judge)
    if line.needs and line.needs not in classes:
        missing = find_gap(line.needs, proof.axioms, classes, judged)
        what = f"the cited axioms and facts do not give {missing}"
        return Checked(None, (Fault(claim.name, "derivation", what),))
    used = used_names(line, proof.axioms, judged)
    faults = [
        Fault(claim.name, "axiom", f"no step of the proof uses axiom {axiom.id}")
        for axiom in proof.axioms
        if axiom.head not in used or not fires(axiom, classes | aside, terminology)
    ]
    searched = sorted(search(line, judged, used, terminology))
    faults += check_search(claim, searched, judged, terminology)
    step = Step(
        claim=claim.name,
        entailed=line.needs,
        axioms=len(proof.axioms),
        facts=len(claim.certificate.facts),
        not_entailed=tuple(searched),
        asserted=tuple(name for name in given if name in used),
        document=document_of(
            claim, line, proof, [n for n in (*told, *given) if n in used], terminology
        ),
    )
    return Checked(step, tuple(faults))


def document_of(
    claim: Claim,
    line: Line,
    proof: Proof,
    given: Iterable[str],
    terminology: Terminology,
) -> str:
    """The certificate as OWL, with what to ask of it."""
    rows = assert_facts(proof.kept, given, terminology)
    question = (
        f"# {claim.name}: is :{INDIVIDUAL} a :{line.needs}?\n" if line.needs else ""
    )
    name = f"{claim.code}-{claim.value}"
    return question + as_ontology(proof.axioms, rows, name)


# --- what is cited -----------------------------------------------------------------


def open_proof(
    claim: Claim, judged: Judged, terminology: Terminology, knowledge: Knowledge
) -> tuple[Proof, list[Fault]]:
    """What a certificate cites, as the ontology and the case have it."""
    faults: list[Fault] = []
    axioms: list[Subsumption] = []
    for id in claim.certificate.axioms:
        axiom = terminology.axioms.get(id)
        if axiom is None:
            what = f"axiom {id[:12]} is not one of release {terminology.version}"
            faults.append(Fault(claim.name, "axiom", what))
        else:
            axioms.append(axiom)
    kept: list[Finding] = []
    aside: list[Finding] = []
    for cited in claim.certificate.facts:
        found = [f for f in judged.kept if is_same(cited, f, knowledge)]
        put_away = [f for f in judged.aside if is_same(cited, f, knowledge)]
        if not found and not put_away:
            what = f"no fact of the case is what is cited of {cited.concept}"
            faults.append(Fault(claim.name, "fact", what))
        kept += found[:1]
        aside += [] if found else put_away[:1]
    return Proof(tuple(axioms), tuple(kept), tuple(aside)), faults


def is_same(cited: Cited, finding: Finding, knowledge: Knowledge) -> bool:
    """Whether a fact as it is shown is this finding; JSON may have rounded a bound."""
    interval = finding.interval
    unit = finding.unit
    low = (interval.low, interval.low_open, unit) if interval else NO_BOUND
    high = (interval.high, interval.high_open, unit) if interval else NO_BOUND
    return (
        (cited.concept, cited.value, cited.interpretation)
        == (finding.concept, finding.value, finding.interpretation)
        and cited.state == knowledge.results.states[finding.state.value]
        and is_bound(cited.low, low)
        and is_bound(cited.high, high)
        and ends(cited.when) == ends(finding.when)
    )


def is_bound(shown: Bound, exact: tuple[Decimal | None, bool, str]) -> bool:
    """Whether a bound as it is shown is this one, to the digits that JSON keeps."""
    if shown is None or exact[0] is None:
        return shown is None and exact[0] is None
    return float(shown[0]) == float(exact[0]) and shown[1:] == exact[1:]


def ends(when: When | None) -> tuple[object, object] | None:
    """The two ends of a time."""
    return (when.start, when.end) if when else None


# --- what follows of it ------------------------------------------------------------


def derive(
    proof: Proof, line: Line, told: Iterable[str], judged: Judged, judge: Judge
) -> tuple[frozenset[str], list[str]]:
    """The classes that follow of the cited axioms and facts, up to a choice.

    A value of an earlier stratum is asserted if its option follows here too, or if it
    is the default; which it is was decided over all facts. Returns the values, too.
    """
    given = [*told]
    asserted: list[str] = []
    classes = types(proof.axioms, proof.kept, given, judge)
    for stratum in strata(judge.terminology.table):
        if stratum[0].stratum >= line.stratum:
            break
        decided = {row.choice for row in stratum}
        new = [
            row.asserts
            for choice, row in judged.second.lines.items()
            if choice in decided and (not row.needs or row.needs in classes)
        ]
        if new:
            asserted += new
            given = [*given, *new]
            classes = types(proof.axioms, proof.kept, given, judge)
    return classes, asserted


def told_conflict(
    proof: Proof, aside: AbstractSet[str], terminology: Terminology
) -> list[str]:
    """That the record contradicts itself, where the cited facts show it.

    By entailment (`aside` are the classes that follow of those set aside), or because
    two values of one quantity do not meet.
    """
    roots = terminology.conflicts
    return sorted(roots if disjoint(proof.aside) else roots & aside)


def fires(
    axiom: Subsumption, classes: AbstractSet[str], terminology: Terminology
) -> bool:
    """Whether an axiom about the case is used; one about a finding cannot be seen."""
    about_finding = axiom.relation or axiom.facet or axiom.head in terminology.relations
    return bool(about_finding) or {*axiom.names} <= classes


def types(
    axioms: Iterable[Subsumption],
    findings: Findings,
    given: Iterable[str],
    judge: Judge,
) -> frozenset[str]:
    """What follows of these and nothing else."""
    rows = assert_facts(findings, given, judge.terminology)
    return judge.ask(axioms, rows) - judge.terminology.tops


def find_gap(
    goal: str,
    axioms: Collection[Subsumption],
    classes: AbstractSet[str],
    judged: Judged,
) -> str:
    """The first name, back from the goal, that nothing cited gives."""
    seen: set[str] = set()
    while goal not in seen:
        seen.add(goal)
        for name in below(goal, axioms, judged):
            if name not in classes and name not in seen:
                goal = name
                break
    return goal


def below(goal: str, axioms: Iterable[Subsumption], judged: Judged) -> Iterator[str]:
    """The names from which a name is cited to follow."""
    for line in judged.second.lines.values():
        if line.asserts == goal and line.needs:
            yield line.needs
    for axiom in axioms:
        if axiom.head == goal:
            yield from axiom.names


def used_names(line: Line, axioms: Collection[Subsumption], judged: Judged) -> set[str]:
    """Every name on the way back from an option, those of a contradiction included."""
    todo = [line.needs] if line.needs else []
    used = set(todo)
    while todo:
        goal = todo.pop()
        new = {*below(goal, axioms, judged)} - used
        used |= new
        todo += new
    return used
