"""A case with everything derived of it: what every explanation starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.errors import Unjustified
from service.model import Entailments, Finding, State
from service.reasoning.compiled import PRESENT, Compiled, places
from service.reasoning.conflicts import canonical
from service.reasoning.evaluation import Evaluation, Pass, evaluate_passes, reported
from service.reasoning.knowledge import Knowledge
from service.reasoning.proofs import Derivations, derive, support_of
from service.reasoning.seeds import seed_of

GRADE, LISTED, STOP, CONTRIBUTOR = "grade_", "listed_", "stop_", "contributor_"


@dataclass(frozen=True, slots=True)
class Reasoned:
    """Both passes over one case and the derivations of the reported one.

    `disputed` are the concepts that findings contradict each other about.
    """

    knowledge: Knowledge
    evaluation: Evaluation
    derived: Derivations
    disputed: frozenset[str]

    @property
    def compiled(self) -> Compiled:
        """The rules as integers."""
        return self.knowledge.compiled

    @property
    def classes(self) -> int:
        """The mask of the reported pass."""
        return self.evaluation.second.classes


def reason(findings: Sequence[Finding], knowledge: Knowledge) -> Reasoned:
    """Evaluate once more, in canonical order and with the origin of each class.

    Raises Unjustified when the chainer and the evaluator disagree: our defect.
    """
    ordered = sorted(findings, key=canonical)
    evaluation = evaluate_passes(ordered, knowledge.compiled)
    last = evaluation.second
    derived = derive(
        evaluation.kept,
        knowledge.compiled,
        last.chosen,
        disputed=bool(evaluation.disputes),
    )
    if len(derived.origins) != last.classes.bit_count():
        raise Unjustified("a derived class has no derivation")
    return Reasoned(
        knowledge, evaluation, derived, _disputed(evaluation, knowledge.compiled)
    )


def check_same(entailments: Entailments, reasoned: Reasoned) -> None:
    """Raise Unjustified unless these are the entailments of the reasoned case."""
    if entailments.values != reported(reasoned.evaluation.second.chosen):
        raise Unjustified("the entailments are not those of the findings of the case")


def _disputed(evaluation: Evaluation, compiled: Compiled) -> frozenset[str]:
    if not evaluation.disputes:
        return frozenset()
    classes = evaluation.first.classes
    clash = classes & classes >> compiled.half & compiled.paired
    names = {name.removeprefix(PRESENT) for name in compiled.members(clash)}
    for dispute in evaluation.disputes:
        for finding in dispute.findings:
            names |= {finding.concept, finding.value}
    return frozenset(names - {""})


def state_of(concept: str, reasoned: Reasoned) -> State:
    """The state of a concept, cut, pair or criterion in the reported pass.

    Both halves are conflicting, and so is what only findings set aside speak of.
    """
    present, excluded = reasoned.compiled.halves.get(concept, (0, 0))
    if reasoned.classes & present:
        is_denied = reasoned.classes & excluded
        return State.CONFLICTING if is_denied else State.PRESENT
    if reasoned.classes & excluded:
        return State.ABSENT
    return State.CONFLICTING if is_disputed(concept, reasoned) else State.UNKNOWN


def is_disputed(concept: str, reasoned: Reasoned) -> bool:
    """Whether findings were set aside that speak of the concept or of its quantity."""
    if not reasoned.disputed:
        return False
    term = reasoned.knowledge.concepts.get(concept)
    names = {concept, term.quantity} if term else {concept}
    return not reasoned.disputed.isdisjoint(names)


def findings_behind(concept: str, reasoned: Reasoned) -> tuple[Finding, ...]:
    """The findings behind either half of a concept, else those set aside about it."""
    compiled, derived = reasoned.compiled, reasoned.derived
    present, excluded = compiled.halves.get(concept, (0, 0))
    sides = present | excluded
    mask = 0
    for half in (present, excluded):
        if reasoned.classes & half:
            mask |= support_of(half.bit_length() - 1, derived)
    if mask:
        return tuple([derived.findings[place] for place in places(mask)])
    if not is_disputed(concept, reasoned):
        return ()
    aside = {
        canonical(finding): finding
        for dispute in reasoned.evaluation.disputes
        for finding in dispute.findings
        if finding.concept == concept or seed_of(finding, compiled).adds & sides
    }
    return tuple(finding for _, finding in sorted(aside.items()))


def values_of(run: Pass, knowledge: Knowledge) -> Mapping[str, str]:
    """What a pass reports, by result or hypothesis; "" where nothing is sent.

    The pattern is not sent when the assessment is negative, a grade only of listed
    hypotheses.
    """
    results, chosen = knowledge.results, dict(reported(run.chosen))
    values = {name: chosen.get(name, "") for name in results.answers}
    if values[results.assessment] == results.not_supported:
        values[results.pattern] = ""
    for id in knowledge.hypotheses:
        is_listed = run.classes & knowledge.compiled.bit(LISTED + id)
        values[id] = chosen.get(GRADE + id, "") if is_listed else ""
    return values
