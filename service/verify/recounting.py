"""What a report counts and orders, counted and ordered again from the verified classes.

Arithmetic and no entailment: states of criteria, the three counts of a candidate, the
joint rank. Written a second time from the contract (section 3) and ontology.md 2.9, so
that the report is not compared with the code that made it.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.model import State
from service.reasoning.compiled import CONFLICT, EXCLUDED, PRESENT
from service.reasoning.knowledge import Knowledge
from service.reasoning.rules import CriterionRow
from service.verify.judging import Judged, names_in

GRADE, LISTED, STOP = "grade_", "listed_", "stop_"
EVIDENCE = ("strong", "moderate", "weak", "very_weak", "association")
AGAINST = ("contradicting", "excluding")


@dataclass(frozen=True, slots=True)
class Recount:
    """The verified classes of a case with the tables to count by."""

    judged: Judged
    knowledge: Knowledge

    def listed(self) -> list[str]:
        """The hypotheses of the differential, in the order of their rank."""
        return sorted(
            (h for h in names_in(self.judged.second.classes, LISTED)), key=self.key
        )

    def grade(self, hypothesis: str) -> str:
        """The grade of a hypothesis."""
        return self.judged.second.reports(GRADE + hypothesis)

    def state(self, concept: str) -> State:
        """What the record says of a concept or criterion."""
        classes = self.judged.second.classes
        is_stated, is_denied = (
            PRESENT + concept in classes,
            EXCLUDED + concept in classes,
        )
        if is_stated and is_denied:
            return State.CONFLICTING
        if is_stated or is_denied:
            return State.PRESENT if is_stated else State.ABSENT
        return State.CONFLICTING if self.is_disputed(concept) else State.UNKNOWN

    def is_disputed(self, concept: str) -> bool:
        """Whether only findings that were set aside speak of it."""
        aside = self.judged.aside
        if not aside:
            return False
        names = names_in(self.judged.first.classes, CONFLICT)
        names |= {n for finding in aside for n in (finding.concept, finding.value) if n}
        term = self.knowledge.concepts.get(concept)
        return bool(names & {concept, term.quantity if term else concept})

    def holds(self, row: CriterionRow) -> bool | None:
        """Whether a row of the table holds, after its polarity."""
        state = self.state(row.criterion)
        if state not in (State.PRESENT, State.ABSENT):
            return None
        return (state is State.PRESENT) != row.negated

    def counts(self, hypothesis: str) -> tuple[int, int, int]:
        """Met, contradicted, unknown; a criterion in two roles is the needed one."""
        rows = self.knowledge.criteria.get(hypothesis, ())
        needed = {row.criterion for row in rows if row.role == "needed"}
        met = against = unknown = 0
        for row in rows:
            is_needed = row.role == "needed"
            if row.role == "stop" or (row.criterion in needed and not is_needed):
                continue
            holds = self.holds(row)
            met += holds is True and row.role not in AGAINST
            against += holds is (not is_needed) and (is_needed or row.role in AGAINST)
            is_open = self.state(row.criterion) is State.UNKNOWN
            unknown += is_open and row.role != "supporting"
        return met, against, unknown

    def key(self, hypothesis: str) -> tuple[int | str, ...]:
        """The key of the joint rank: lower comes first (ontology.md 2.9)."""
        results = self.knowledge.results
        grades = (results.likely, results.possible, results.unlikely, results.excluded)
        grade, about = self.grade(hypothesis), self.knowledge.hypotheses[hypothesis]
        return (
            grade == results.excluded,
            STOP + hypothesis not in self.judged.second.classes,
            grades.index(grade),
            not about.is_structural,
            -self.held(hypothesis, "supporting", 3),
            -self.held(hypothesis, "supporting", 2),
            self.held(hypothesis, "contradicting"),
            EVIDENCE.index(about.evidence),
            -self.held(hypothesis, "supporting", 1),
            hypothesis,
        )

    def held(self, hypothesis: str, role: str, strength: int | None = None) -> int:
        """How many rows of a role, and of a strength, hold."""
        return sum(
            self.holds(row) is True
            for row in self.knowledge.criteria.get(hypothesis, ())
            if row.role == role and strength in (None, row.strength)
        )
