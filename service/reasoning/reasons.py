"""Proofs to Justifications: the findings, the axioms and what was looked for in vain.

A choice adds to its proof what it had to look for: the overriders of its option and
the earlier options. Alone, the findings of a justification give the same option; where
the first proof does not achieve that, the findings of the case are dropped one by one
as long as the option stays (ontology.md 2.8, 4.2).
"""

from __future__ import annotations

from collections.abc import Iterable

from service.model import Axiom, Finding, Justification
from service.reasoning.compiled import HALVES, Compiled, CompiledOption
from service.reasoning.conflicts import canonical, farthest
from service.reasoning.evaluation import run
from service.reasoning.proofs import Proof, derive, prove
from service.reasoning.reasoned import Reasoned
from service.reasoning.waking import is_pair


def justify_class(name: str, reasoned: Reasoned) -> Justification:
    """Why a class of the reported pass holds."""
    proof = prove(reasoned.compiled.bits[name], reasoned.derived)
    return _written(proof, proof.steps, reasoned)


def justify_choice(id: str, reasoned: Reasoned) -> Justification:
    """Why a choice reports what it reports; of a default only what was not found."""
    index = index_of(id, reasoned.compiled)
    option = reasoned.derived.chosen[index]
    if option is None or not option.bit:
        return _written(Proof(), [index], reasoned)
    proof = prove(option.bit.bit_length() - 1, reasoned.derived)
    if not _decides(index, proof.places, option, reasoned):
        proof = _blocked(index, option, reasoned)
    return _written(proof, [index, *proof.steps], reasoned)


def index_of(id: str, compiled: Compiled) -> int:
    """The number of a choice."""
    return next(choice.index for choice in compiled.choices if choice.id == id)


def _decides(
    index: int, places: Iterable[int], option: CompiledOption, reasoned: Reasoned
) -> bool:
    """Whether these findings alone lead the choice to the same option."""
    if _is_certain(index, reasoned):
        return True
    seeds = [reasoned.derived.seeds[place] for place in sorted(places)]
    disputed = bool(reasoned.evaluation.disputes)
    alone = run(seeds, reasoned.compiled, disputed=disputed)
    return alone.chosen[index] is option


def _is_certain(index: int, reasoned: Reasoned) -> bool:
    """Whether fewer findings can only give the choice fewer options to take."""
    chosen = reasoned.derived.chosen[index]
    blocking = chosen.overriders if chosen else 0
    for option in reasoned.compiled.choices[index].options:
        if option is chosen:
            break
        if reasoned.classes & option.bit:
            return False
        blocking |= option.bit
    return not blocking & reasoned.compiled.late


def _blocked(index: int, option: CompiledOption, reasoned: Reasoned) -> Proof:
    """A proof from a set of findings none of which can be dropped alone."""
    derived = reasoned.derived
    places = list(range(len(derived.findings)))
    is_shrinking = True
    while is_shrinking:
        is_shrinking = False
        for place in list(places):
            rest = [other for other in places if other != place]
            if _decides(index, rest, option, reasoned):
                places, is_shrinking = rest, True
    findings = [derived.findings[place] for place in places]
    seeds = [derived.seeds[place] for place in places]
    disputed = bool(reasoned.evaluation.disputes)
    alone = run(seeds, reasoned.compiled, disputed=disputed)
    fewer = derive(findings, reasoned.compiled, alone.chosen, disputed=disputed)
    proof = prove(option.bit.bit_length() - 1, fewer)
    proof.places = set(places)
    return proof


def _written(proof: Proof, steps: list[int], reasoned: Reasoned) -> Justification:
    findings = [reasoned.derived.findings[place] for place in sorted(proof.places)]
    axioms = dict(proof.axioms)
    if proof.is_disputed:
        more, used = _dispute(reasoned)
        findings += more
        axioms |= {axiom.id: axiom for axiom in used}
    looked_for, overridden = _looked_for(steps, reasoned)
    return Justification(
        findings=tuple(sorted(findings, key=canonical)),
        axioms=tuple(axiom for _, axiom in sorted(axioms.items())),
        looked_for=looked_for,
        not_on_record=tuple(n for n in looked_for if _is_not_on_record(n, reasoned)),
        overridden=overridden,
    )


def _looked_for(
    steps: Iterable[int], reasoned: Reasoned
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Overriders and earlier options not found, and options that were outweighed."""
    compiled, classes = reasoned.compiled, reasoned.classes
    names: dict[str, None] = {}
    overridden: dict[tuple[str, str], None] = {}
    for index in steps:
        chosen = reasoned.derived.chosen[index]
        options = compiled.choices[index].options
        if chosen is not None and chosen.bit:
            names |= dict.fromkeys(chosen.option.overridden_by)
            options = tuple(o for o in options if o.option.order < chosen.option.order)
        for option in options:
            if classes & option.bit:
                by = min(compiled.members(classes & option.overriders))
                overridden[option.option.name, by] = None
            else:
                names[option.option.name] = None
    return tuple(names), tuple(overridden)


def _is_not_on_record(name: str, reasoned: Reasoned) -> bool:
    """Whether the record is silent about everything from which the class could come."""
    compiled = reasoned.compiled
    known = reasoned.evaluation.first.classes & compiled.stated
    return not compiled.cones[compiled.bits[name]] & known


def _dispute(reasoned: Reasoned) -> tuple[list[Finding], list[Axiom]]:
    """Findings of the first conflict that suffice, and the axioms that make it one."""
    dispute = reasoned.evaluation.disputes[0]
    if not dispute.clash:
        return list(farthest(dispute.findings)), []
    compiled = reasoned.compiled
    nothing = (None,) * len(compiled.choices)
    derived = derive(dispute.findings, compiled, nothing, disputed=False)
    present, excluded = (compiled.bits[half + dispute.clash] for half in HALVES)
    proofs = [prove(present, derived), prove(excluded, derived)]
    places = sorted({place for proof in proofs for place in proof.places})
    conflict = compiled.names[compiled.conflicts[present]]
    to_conflict = [r.axiom for r in compiled.rules_to[conflict] if is_pair(r)]
    to_root = [
        rule.axiom
        for root in compiled.conflict_roots
        for rule in compiled.rules_to[compiled.names[root]]
        if rule.body == (conflict,)
    ]
    axioms = [axiom for proof in proofs for axiom in proof.axioms.values()]
    findings = [dispute.findings[place] for place in places]
    return findings, [*axioms, *to_conflict, *to_root]
