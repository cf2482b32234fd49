"""What each release concludes of a case, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.model import Candidate, Finding
from service.reasoning.knowledge import Knowledge
from service.reasoning.ranking import rank_candidates
from service.reasoning.reasoned import Reasoned, reason, values_of
from service.regression.cases import Compared
from service.regression.release import Release

# What is said of the differential as a whole, beside the values of the ontology.
LEADING, ORDER, STOPS = "leading", "order", "stops"
CONTRIBUTORS, ASIDE = "contributors", "set aside"


@dataclass(frozen=True, slots=True)
class Turn:
    """One conclusion of one case that is not the same; "" where nothing is sent."""

    corpus: str
    case: str
    result: str
    before: str
    after: str


def compare_case(case: Compared, old: Release, new: Release) -> list[Turn]:
    """Every conclusion that differs, in a stable order."""
    before, after = (
        conclusions_of(case.findings_for(release.knowledge), release.knowledge)
        for release in (old, new)
    )
    names = sorted(before.keys() | after.keys())
    return [
        Turn(case.corpus, case.name, name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def compare_cases(cases: Iterable[Compared], old: Release, new: Release) -> list[Turn]:
    """The differences of all cases, in their order."""
    return [turn for case in cases for turn in compare_case(case, old, new)]


def conclusions_of(findings: Iterable[Finding], knowledge: Knowledge) -> dict[str, str]:
    """By name: the values that are reported, grades, and the differential's order."""
    reasoned = reason(tuple(findings), knowledge)
    candidates = rank_candidates(reasoned)
    values = values_of(reasoned.evaluation.second, knowledge)
    return {
        **{name: value for name, value in values.items() if value},
        **dict(_differential(candidates, knowledge)),
        ASIDE: ", ".join(sorted(_aside(reasoned))),
    }


def _differential(
    candidates: tuple[Candidate, ...], knowledge: Knowledge
) -> Iterator[tuple[str, str]]:
    leading = leading_of(candidates, knowledge)
    yield LEADING, leading.hypothesis if leading else ""
    yield ORDER, ", ".join(c.hypothesis for c in candidates)
    yield STOPS, ", ".join(c.hypothesis for c in candidates if c.is_stop)
    contributors = (c.hypothesis for c in candidates if c.is_contributor)
    yield CONTRIBUTORS, ", ".join(contributors)


def leading_of(
    candidates: tuple[Candidate, ...], knowledge: Knowledge
) -> Candidate | None:
    """The first of the differential that is not excluded."""
    first = candidates[0] if candidates else None
    return first if first and first.grade != knowledge.results.excluded else None


def _aside(reasoned: Reasoned) -> set[str]:
    return {
        finding.concept
        for dispute in reasoned.evaluation.disputes
        for finding in dispute.findings
    }
