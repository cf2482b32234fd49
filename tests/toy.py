"""A small ontology in the format of `rules.json`: shapes and colours, no medicine.

A thing is `dense`, `red` (or `crimson`, a kind of red), `blue`, `spiky`; it has a
`size` with a cut at 10 and a `tone` that is low or high, never both. `cause_red` needs
something red and large, `cause_round` something spiky, `mimic_blue` something blue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeAlias

from service.reasoning.knowledge import Knowledge, from_rules
from service.reasoning.terms import Json

KINDS = {
    "finding": "blue crimson dense red spiky tone",
    "measure": "size",
    "cut": "size_ge_10 size_lt_10",
    "value": "tone_high tone_low",
    "criterion": "crit_large_red",
    "definition": "definition_size",
    "cause": "cause_none cause_red cause_round",
    "mimic": "mimic_blue",
    "test": "test_colour test_cut test_look_again test_ruler",
}
CONCEPTS = {id: kind for kind, ids in KINDS.items() for id in ids.split()}
STATED = [
    id
    for id, kind in CONCEPTS.items()
    if kind in ("finding", "measure", "cut", "value")
]
CRITERIA = [
    ("cause_red", "needed", "crit_large_red", False, 0),
    ("cause_red", "supporting", "tone_high", False, 2),
    ("cause_red", "contradicting", "blue", False, 0),
    ("cause_round", "needed", "spiky", False, 0),
    ("cause_round", "contradicting", "crimson", False, 0),
    ("cause_round", "supporting", "tone_low", False, 3),
    ("cause_round", "supporting", "spiky", False, 1),
    ("mimic_blue", "needed", "blue", False, 0),
    ("mimic_blue", "contradicting", "spiky", False, 0),
    ("mimic_blue", "stop", "tone_low", False, 0),
]
LOGIC = """
present_dense -> tier
present_red present_size_ge_10 -> present_crit_large_red
excluded_red -> excluded_crit_large_red
excluded_size_ge_10 -> excluded_crit_large_red
present_dense present_size_ge_10 -> present_definition_size
excluded_dense -> excluded_definition_size
excluded_size_ge_10 -> excluded_definition_size
present_definition_size -> met_size
excluded_dense -> failed
present_spiky -> shows_spiky
present_blue present_dense -> mixed
grade_likely_mimic_blue -> mimic_likely
stop_mimic_blue -> mimic_preferred
mimic_preferred -> assess_mimic
criterion_met -> assess_met
criterion_met -> open_cause
grade_likely_cause_none -> listed_cause_none
criterion_met grade_likely_cause_red present_tone_high -> spared
data_conflict -> vetoed
mimic_likely -> vetoed
present_crimson -> present_red
excluded_red -> excluded_crimson
present_size_ge_10 -> excluded_size_lt_10
present_size_lt_10 -> excluded_size_ge_10
present_tone_high -> excluded_tone_low
present_tone_low -> excluded_tone_high
"""
ABOUT_FINDINGS = """
crimson -> red
size_ge_10 -> size
size_lt_10 -> size
tone_high -> tone
tone_low -> tone
"""
Options: TypeAlias = list[tuple[str, str, int, list[str]]]
CHOICES: list[tuple[str, int, str, Options]] = [
    ("criterion", 1, "open", [("met_size", "met", 1, ["present_blue"]),
                              ("failed", "not_met", 2, [])]),
    ("mix", 4, "plain", [("mixed", "both", 1, ["mimic_likely"])]),
    ("form", 1, "form_open", [("shows_spiky", "form_spiky", 1, [])]),
    ("assessment", 4, "unsure", [("assess_mimic", "refused", 1, []),
                                 ("assess_met", "supported", 2, ["mimic_likely"])]),
    ("sampling", 4, "sampling_open", [("vetoed", "sample", 1, []),
                                      ("spared", "no_sample", 2, [])]),
]  # fmt: skip
RESULTS = {
    **{x: x for x in ("rank", "grade", "spared", "supported")},
    **{x: f"suggested_{x}" for x in ("cause", "mimic")},
    **{x: f"criteria_{x}" for x in ("met", "contradicted", "unknown")},
    **{x: f"grade_{x}" for x in ("likely", "possible", "unlikely", "excluded")},
    "assessment": "assessment",
    "criterion": "criterion",
    "pattern": "form",
    "biopsy": "sampling",
    "test": "recommended_test",
    "contested": "contested_value",
    "disease": "thing",
    "not_supported": "refused",
    "undetermined": "cause_none",
    "lesion_gate": "tier",
    "states": {
        s: f"state_{s}" for s in ("present", "absent", "unknown", "conflicting")
    },
}


def toy_document() -> dict[str, Json]:
    """The toy as a parsed `rules.json`."""
    lines = [line for line in LOGIC.splitlines() if line]
    lines += [line for row in CRITERIA for line in _stances(*row[:3])]
    for id in ("cause_red", "cause_round", "mimic_blue"):
        lines.append(f"established_{id} contradicted_{id} -> weakened_{id}")
    pairs = [f"present_{x} excluded_{x} -> conflict_{x}" for x in STATED]
    roots = [f"conflict_{x} -> data_conflict" for x in STATED]
    rules: list[Json] = [_rule(line) for line in dict.fromkeys(lines)]
    rules += [_rule(line, "G6") for line in (*pairs, *roots)]
    choices: list[Json] = [_choice(*row) for row in CHOICES]
    choices += [_grade(id, stratum) for id, stratum in GRADED]
    return {
        "format": 1,
        "ontology": {"iri": "toy", "version": "1", "version_iri": "toy/1"},
        "sources": {},
        "concepts": {id: _concept(id, kind) for id, kind in CONCEPTS.items()},
        "reader": {},
        "history_kinds": [],
        "relations": {},
        "systems": [{"prefix": "TOY", "uris": ["http://toy"], "match": "exact"}],
        "mappings": [
            {"concept": "red", "predicate": "exact", "prefix": "TOY", "code": "1"}
        ],
        "classes": [f"{half}_{x}" for x in STATED for half in ("present", "excluded")],
        "rules": rules,
        "finding_rules": [_rule(line) for line in ABOUT_FINDINGS.split("\n") if line],
        "asserting": {x: _hash(f"some {x}") for x in STATED},
        "asserting_sources": ["M"],
        "cuts": list(_cuts("size", "10")),
        "choices": [*choices, UNDETERMINED],
        "hypotheses": {
            "cause_none": _hypothesis("cause", "very_weak"),
            "cause_red": _hypothesis("cause", "strong"),
            "cause_round": _hypothesis("cause", "moderate"),
            "mimic_blue": _hypothesis("mimic", "strong"),
        },
        "criteria": [_criterion(row) for row in CRITERIA],
        "tests": {
            "test_colour": _test(2, ["red", "crimson", "blue", "crit_large_red"]),
            "test_cut": _test(4, ["spiky"], last_resort=True),
            "test_look_again": _test(0, [], surveillance=True),
            "test_ruler": _test(1, ["dense", "size_ge_10"], first_without_lesion=True),
        },
        "results": RESULTS,  # type: ignore[dict-item]  # texts, and one map of texts
        "phrases": {"say_hello": {"en": "Hello {name}", "fr": "Bonjour {name}"}},
    }


def toy_knowledge() -> Knowledge:
    """The toy, loaded."""
    return from_rules(toy_document(), {})


GRADED = (("mimic_blue", 2), ("cause_red", 3), ("cause_round", 3))
UNDETERMINED: dict[str, Json] = {
    "id": "grade_cause_none",
    "stratum": 4,
    "default": None,
    "options": [
        {
            "class": "open_cause",
            "reports": "grade_likely",
            "asserts": "grade_likely_cause_none",
            "order": 1,
            "overridden_by": ["grade_likely_cause_red", "grade_likely_cause_round"],
        }
    ],
}


def _stances(id: str, role: str, criterion: str) -> list[str]:
    half, other = f"present_{criterion}", f"excluded_{criterion}"
    match role:
        case "needed":
            return [
                f"tier {half} -> established_{id}",
                f"{other} -> ruled_out_{id}",
                f"{half} -> supported_{id}",
                f"tier {half} -> listed_{id}",
                f"tier {other} -> listed_{id}",
            ]
        case "stop":
            return [f"tier {half} -> stop_{id}", f"stop_{id} -> listed_{id}"]
        case "contradicting":
            return [f"{half} -> contradicted_{id}"]
        case _:
            return [f"{half} -> supported_{id}"]


def _rule(line: str, by: str = "hand") -> dict[str, Json]:
    body, head = line.split(" -> ")
    return {
        "id": _hash(line),
        "body": list(body.split()),
        "head": head,
        "sources": ["T"],
        "by": by,
        "at": "toy",
    }


def _cuts(quantity: str, value: str) -> Iterable[dict[str, Json]]:
    at_least, below = f"{quantity}_ge_{value}", f"{quantity}_lt_{value}"
    for bound, facet, name in (
        ("atLeast", "minInclusive", at_least),
        ("greaterThan", "minInclusive", at_least),
        ("atMost", "maxExclusive", below),
        ("lessThan", "maxInclusive", below),
    ):
        yield {
            "id": _hash(f"{quantity} {bound} {facet} {value}"),
            "quantity": quantity,
            "bound": bound,
            "facet": facet,
            "value": value,
            "class": name,
            "sources": ["T"],
        }


def _choice(id: str, stratum: int, default: str, options: Options) -> dict[str, Json]:
    return {
        "id": id,
        "stratum": stratum,
        "default": {"reports": default, "asserts": f"{id}_{default}"},
        "options": [
            {
                "class": name,
                "reports": value,
                "asserts": f"{id}_{value}",
                "order": order,
                "overridden_by": list(over),
            }
            for name, value, order, over in options
        ],
    }


def _grade(id: str, stratum: int) -> dict[str, Json]:
    stances = (
        ("ruled_out", "excluded"),
        ("weakened", "possible"),
        ("established", "likely"),
        ("contradicted", "unlikely"),
        ("supported", "possible"),
    )
    return {
        "id": f"grade_{id}",
        "stratum": stratum,
        "default": None,
        "options": [
            {
                "class": f"{stance}_{id}",
                "reports": f"grade_{grade}",
                "asserts": f"grade_{grade}_{id}",
                "order": order,
                "overridden_by": [],
            }
            for order, (stance, grade) in enumerate(stances, start=1)
        ],
    }


def _concept(id: str, kind: str) -> dict[str, Json]:
    text: dict[str, Json] = {"en": id.replace("_", " "), "fr": f"{id} (fr)"}
    row: dict[str, Json] = {"kind": kind, "label": text, "definition": text}
    if kind == "cut":
        row |= {"quantity": "size", "operator": id.split("_")[1], "bound": "10"}
    return row


def _hypothesis(kind: str, evidence: str) -> dict[str, Json]:
    return {"kind": kind, "evidence": evidence, "structural": False, "gate": "tier"}


def _criterion(row: tuple[str, str, str, bool, int]) -> dict[str, Json]:
    names = ("hypothesis", "role", "criterion", "negated", "strength")
    filled: dict[str, Json] = dict(zip(names, row, strict=True))
    return {**filled, "sources": ["T"], "sentence": None}


def _test(burden: int, decides: list[str], **marks: bool) -> dict[str, Json]:
    return {"burden": burden, "decides": list(decides), **marks}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
