"""The acceptance examples of the ontology design and the imagined patients.

`acceptance.tsv` is section 11 of the design, one line of shorthand a case; an
expectation is a reported value, or one of the claims of `CLAIMS`. `patients.tsv` is the
appendix of the criteria: what each hypothesis makes of a textbook patient, of one in
whom its fact is incidental, and of one in whom only the imaging is known.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.model import Candidate, Case, Conclusions, Entailments
from service.reasoning.evaluation import evaluate
from service.reasoning.justification import justify
from service.reasoning.knowledge import Knowledge
from service.reasoning.reasoned import reason, state_of
from tests.shorthand import read_findings

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Outcome:
    """A case with all that came of it."""

    case: Case
    entailments: Entailments
    conclusions: Conclusions
    knowledge: Knowledge

    def value(self, choice: str) -> str:
        return dict(self.entailments.values).get(choice, "")

    def candidate(self, hypothesis: str) -> Candidate | None:
        listed = {c.hypothesis: c for c in self.conclusions.differential}
        return listed.get(hypothesis)

    def contested(self) -> set[str]:
        return {id for c in self.conclusions.conflicts for id in c.contested}

    def order(self) -> list[str]:
        return [c.hypothesis for c in self.conclusions.differential]


def has_state(outcome: Outcome, state: str, concept: str) -> bool:
    reasoned = reason(outcome.case.findings, outcome.knowledge)
    return state_of(concept, reasoned).value == state


def is_excluded_last(outcome: Outcome) -> bool:
    excluded = outcome.knowledge.results.excluded
    grades = [c.grade == excluded for c in outcome.conclusions.differential]
    return grades == sorted(grades)


def is_marked(outcome: Outcome, mark: str, hypothesis: str) -> bool:
    candidate = outcome.candidate(hypothesis)
    return candidate is not None and bool(getattr(candidate, mark))


CLAIMS: dict[str, Callable[..., bool]] = {
    "present": lambda o, x: has_state(o, "present", x),
    "absent": lambda o, x: has_state(o, "absent", x),
    "unknown": lambda o, x: has_state(o, "unknown", x),
    "conflicting": lambda o, x: has_state(o, "conflicting", x),
    "no_grade": lambda o, x: not o.value(f"grade_{x}"),
    "grade_possible": lambda o, x: o.value(f"grade_{x}") == "grade_possible",
    "set_aside": lambda o, n: len(o.entailments.set_aside) == int(n),
    "contested": lambda o, x: x in o.contested(),
    "certain": lambda o, x: x not in o.contested(),
    "order": lambda o, *ids: o.order() == list(ids),
    "before": lambda o, a, b: o.order().index(a) < o.order().index(b),
    "first": lambda o, x: o.order()[0] == x,
    "stop": lambda o, x: is_marked(o, "is_stop", x),
    "contributor": lambda o, x: is_marked(o, "is_contributor", x),
    "no_contributor": lambda o: (
        not any(c.is_contributor for c in o.conclusions.differential)
    ),
    "excluded_last": is_excluded_last,
}


def read_rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def outcome_of(text: str, knowledge: Knowledge) -> Outcome:
    case = Case("patient", findings=read_findings(text, knowledge))
    entailments = evaluate(case.findings, knowledge)
    return Outcome(case, entailments, justify(case, entailments, knowledge), knowledge)


def holds(claim: str, outcome: Outcome) -> bool:
    """Whether one expectation of a row holds."""
    words = claim.split()
    if words[0] in CLAIMS:
        return CLAIMS[words[0]](outcome, *words[1:])
    hypothesis, sign, grade = claim.partition("=")
    if not sign:
        return claim in dict(outcome.entailments.values).values()
    candidate = outcome.candidate(hypothesis)
    return (candidate.grade if candidate else "none") == grade


@pytest.mark.parametrize(
    "row", read_rows("acceptance.tsv"), ids=lambda r: r["findings"]
)
def test_acceptance_example_comes_out_as_designed(
    row: dict[str, str], knowledge: Knowledge
) -> None:
    """Every expectation of an acceptance example holds."""
    outcome = outcome_of(row["findings"], knowledge)

    claims = [claim.strip() for claim in row["expected"].split(";")]
    assert [claim for claim in claims if not holds(claim, outcome)] == []


@pytest.mark.parametrize(
    "row",
    read_rows("patients.tsv"),
    ids=lambda r: f"{r['hypothesis']}: {r['base']} + {r['findings']}",
)
def test_imagined_patient_gets_the_expected_grade(
    row: dict[str, str], knowledge: Knowledge
) -> None:
    """The hypothesis of the row has its grade, and its stop fact where one is named."""
    outcome = outcome_of(f"{row['base']} + {row['findings']}", knowledge)
    candidate = outcome.candidate(row["hypothesis"])
    found = candidate.grade if candidate else "none"
    stop = " (stop)" if candidate and candidate.is_stop else ""

    assert row["expected"] == found + stop
