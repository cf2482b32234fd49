"""A case under assumptions: what a caller supposes takes the place of what is recorded.

Only what speaks against an assumption gives way; everything else of the record stays,
and what follows from several findings is derived again (ontology.md 6, what-if). Pure:
nothing is read, written or remembered.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.model import Case, Finding
from service.reasoning.assumptions import Supposition
from service.reasoning.compiled import Compiled
from service.reasoning.grounding import settle_case, state_case
from service.reasoning.knowledge import Knowledge
from service.reasoning.seeds import seed_of
from service.reasoning.words import words_of


@dataclass(frozen=True, slots=True)
class Supposed:
    """A case under assumptions.

    By place of the assumption: `replaced` are the findings that counted and gave way,
    `known` says that the record says the same already.
    """

    case: Case
    replaced: tuple[tuple[Finding, ...], ...]
    known: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one assumption claims: its findings; none where it claims to know nothing.

    `said` are those of all assumptions that the record says already, by `what_it_says`.
    """

    concept: str
    findings: tuple[Finding, ...]
    said: frozenset[tuple[object, ...]]
    compiled: Compiled

    def replaces(self, other: Finding) -> bool:
        """Whether a finding of the record cannot stand beside the assumption.

        What is to be unknown takes away all that alone says something of it. Any other
        claim takes away what contradicts it, another number of its quantity, and older
        copies of itself.
        """
        if not self.findings:
            present, excluded = self.compiled.halves.get(self.concept, (0, 0))
            names = (other.concept, other.value)
            told = seed_of(other, self.compiled).adds & (present | excluded)
            return self.concept in names or bool(told)
        says = what_it_says(other)
        if any(says == what_it_says(own) for own in self.findings):
            return says not in self.said
        return any(self._excludes(own, other) for own in self.findings)

    def _excludes(self, own: Finding, other: Finding) -> bool:
        is_quantity = own.interval is not None or bool(own.interpretation)
        if is_quantity and own.concept == other.concept:
            return True
        mine, its = (seed_of(each, self.compiled).adds for each in (own, other))
        half = self.compiled.half
        clash = (mine & its >> half) | (its & mine >> half)
        return bool(clash & self.compiled.paired)


def suppose(case: Case, supposition: Supposition, knowledge: Knowledge) -> Supposed:
    """The grounded case with the assumptions in place of what speaks against them."""
    words = words_of(knowledge)
    claims = claims_of(case, supposition, knowledge.compiled)

    def is_kept(finding: Finding) -> bool:
        return not any(claim.replaces(finding) for claim in claims)

    stated, sent, _ = state_case(case, words)
    kept = [finding for finding in sent if is_kept(finding)]
    supposed, _ = settle_case(stated, [*kept, *new_findings(claims)], words, is_kept)
    return Supposed(
        case=supposed,
        replaced=tuple(
            tuple(filter(claim.replaces, case.findings)) for claim in claims
        ),
        known=tuple(is_known(claim, case) for claim in claims),
    )


def claims_of(
    case: Case, supposition: Supposition, compiled: Compiled
) -> tuple[Claim, ...]:
    """One claim for each assumption, in its order."""
    counting = frozenset(map(what_it_says, case.findings))
    findings = [finding for each in supposition.stated for finding in each]
    said = frozenset(map(what_it_says, findings)) & counting
    pairs = zip(supposition.assumptions, supposition.stated, strict=True)
    return tuple(Claim(a.concept, own, said, compiled) for a, own in pairs)


def new_findings(claims: tuple[Claim, ...]) -> list[Finding]:
    """What is assumed and the record does not say."""
    return [
        finding
        for claim in claims
        for finding in claim.findings
        if what_it_says(finding) not in claim.said
    ]


def is_known(claim: Claim, case: Case) -> bool:
    """Whether the record says already what is assumed, or knows nothing as assumed."""
    if not claim.findings:
        return not any(map(claim.replaces, case.findings))
    return all(what_it_says(finding) in claim.said for finding in claim.findings)


def what_it_says(finding: Finding) -> tuple[object, ...]:
    """The content of a finding, whoever says it and when."""
    level = "" if finding.interval is not None else finding.interpretation
    return (finding.concept, finding.state, finding.value, finding.interval, level)
