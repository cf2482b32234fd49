"""What `expected.yaml` asks of an answer, read from the FHIR answer itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DPO_SYSTEM = "https://w3id.org/pulmonary-ossification/CodeSystem/dpo"
ASSESSMENTS = {
    "yes": "dpo_supported",
    "no": "dpo_not_supported",
    "indeterminate": "dpo_indeterminate",
}
FIRST_TESTS = 8
STANDING = {"grade_likely", "grade_possible"}
SURVEILLANCE = {"test_followup_ct", "test_pft_dlco"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer says, by the codes of CodeSystem dpo."""

    assessment: str
    pattern: str
    differential: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]
    decided_first: frozenset[str]
    issues: int
    criterion_met: bool

    @property
    def grades(self) -> dict[str, str]:
        """The grade of each candidate."""
        return dict(self.differential)


def read_answer(bundle: dict[str, Any]) -> Seen:
    """Read the results of the one report of a collection."""
    resources = [entry["resource"] for entry in bundle["entry"]]
    by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    (report,) = [r for r in resources if r["resourceType"] == "DiagnosticReport"]
    results = [by_url[ref["reference"]] for ref in report["result"]]
    named = {name: _values(results, name) for name in _names(results)}
    candidates = [
        (_rank(r), _value(r), _component(r, "grade"))
        for r in results
        if _code(r["code"]) in ("suggested_cause", "suggested_mimic")
    ]
    tests = sorted(
        (r for r in results if _code(r["code"]) == "recommended_test"), key=_rank
    )
    return Seen(
        assessment=named["dpo_assessment"][0],
        pattern=named.get("ossification_pattern", ["none"])[0],
        differential=tuple((h, g) for _, h, g in sorted(candidates)),
        tests=tuple(_value(r) for r in tests),
        decided_first=frozenset(
            _code(c["code"]) for r in tests[:FIRST_TESTS] for c in r["component"]
        ),
        issues=sum(r["resourceType"] == "DetectedIssue" for r in resources),
        criterion_met=named["dpo_criterion"][0] == "criterion_met",
    )


def _names(results: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(_code(r["code"]) for r in results))


def _values(results: list[dict[str, Any]], name: str) -> list[str]:
    return [_value(r) for r in results if _code(r["code"]) == name]


def _code(concept: dict[str, Any]) -> str:
    codes = [c["code"] for c in concept["coding"] if c["system"] == DPO_SYSTEM]
    return str(codes[0])


def _value(resource: dict[str, Any]) -> str:
    return _code(resource["valueCodeableConcept"])


def _component(resource: dict[str, Any], name: str) -> str:
    (found,) = [c for c in resource["component"] if _code(c["code"]) == name]
    return _code(found["valueCodeableConcept"])


def _rank(resource: dict[str, Any]) -> int:
    (found,) = [c for c in resource["component"] if _code(c["code"]) == "rank"]
    return int(found["valueInteger"])


def read_expected(path: Path, key: str = "expected") -> dict[str, Any]:
    """The expectations of a case, as they stand in its file."""
    document = yaml.safe_load(path.read_text("utf-8"))
    found: dict[str, Any] = document[key]
    return found


def failures(seen: Seen, expected: dict[str, Any]) -> list[str]:
    """Every expectation that the answer does not meet, as a sentence."""
    found = [
        *_assessment(seen, expected),
        *_pattern(seen, expected),
        *_leading(seen, expected),
        *_forbidden(seen, expected),
        *_considered(seen, expected),
    ]
    if expected.get("must_state_contradiction") and not seen.issues:
        found.append("no DetectedIssue states the contradiction")
    return found


def _assessment(seen: Seen, expected: dict[str, Any]) -> list[str]:
    wanted = {expected["dpo"], *expected.get("dpo_accept", [])}
    if seen.assessment in {ASSESSMENTS[value] for value in wanted}:
        return []
    return [f"assessment {seen.assessment}, expected {sorted(wanted)}"]


def _pattern(seen: Seen, expected: dict[str, Any]) -> list[str]:
    wanted = {expected["pattern"], *expected.get("pattern_accept", [])}
    if seen.pattern in wanted or wanted & {"either"}:
        return []
    # a known cause hints at a pattern; where the record shows no shape, it is open
    if seen.pattern == "pattern_unspecified" and expected["pattern"] != "none":
        return []
    # no pattern is sent when the assessment, itself accepted, is not supported
    if seen.pattern == "none" and seen.assessment == "dpo_not_supported":
        return []
    if expected["pattern"] == "none" and seen.assessment != "dpo_not_supported":
        return [] if "dpo_accept" in expected else [f"a pattern, {seen.pattern}"]
    return [f"pattern {seen.pattern}, expected {sorted(wanted)}"]


def _leading(seen: Seen, expected: dict[str, Any]) -> list[str]:
    """The first of the joint differential is the leading explanation."""
    causes, mimic = expected.get("causes", []), expected.get("mimic")
    wanted = {*causes[:1], *expected.get("causes_accept", [])}
    wanted |= {*expected.get("mimic_accept", []), *([mimic] if mimic else [])}
    first, grade = seen.differential[0] if seen.differential else ("none", "")
    if first in wanted:
        return []
    if "cause_undetermined" in wanted and not seen.criterion_met:
        # sent only where the criterion is met (contract, section 3): until then, no
        # explanation that stands is the same answer
        return [] if grade not in STANDING else [f"leads with {first} ({grade})"]
    is_open = grade != "grade_likely" or first == "cause_undetermined"
    if is_open and (not wanted or expected.get("mimic_none_accepted")):
        return []
    return [f"leads with {first} ({grade}), expected {sorted(wanted)}"]


def _forbidden(seen: Seen, expected: dict[str, Any]) -> list[str]:
    names = [
        *expected.get("must_not_suggest", []),
        *expected.get("must_not_conclude", []),
    ]
    likely = [n for n in names if seen.grades.get(n) == "grade_likely"]
    shown = [n for n in names if n == seen.pattern]
    return [f"{name} must not be concluded" for name in likely + shown]


def _considered(seen: Seen, expected: dict[str, Any]) -> list[str]:
    return [
        f"{name} is neither listed nor decided by a first test"
        for name in expected.get("also_consider", [])
        if name not in seen.grades and not seen.tests[:FIRST_TESTS]
    ]


def count_expected_tests(seen: Seen, expected: dict[str, Any]) -> tuple[int, int]:
    """How many of the expected tests stand among the first, and how many there are."""
    first = set(seen.tests[:FIRST_TESTS]) | (set(seen.tests) & SURVEILLANCE)
    wanted = expected["next_tests"]
    return sum(test in first for test in wanted), len(wanted)
