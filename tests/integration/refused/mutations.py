"""Changes that leave a resource valid R4 and break one line of a profile.

Each differential needs one for every constraint: HAPI silently loses those that stand
after an element out of order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from service.fhir.codes import BASE, THO
from tests.terminology import SYSTEM

Resource = dict[str, Any]
CANONICAL = f"{BASE}/StructureDefinition/"
# What declares itself by its address, and is judged wherever it stands.
EXTENSIONS = ("case", "justification", "verification")


# What a change returns is not looked at.
Change = Callable[[Resource], object]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change, the profile that must refuse it, and the profile that is declared.

    They differ where a profile refuses on behalf of those that derive from it.
    """

    profile: str
    declared: str
    name: str
    change: Change


def without(*elements: str) -> Change:
    """Take elements away."""

    def change(resource: Resource) -> None:
        for element in elements:
            del resource[element]

    return change


def with_(**elements: Any) -> Change:
    """Put other elements in."""

    def change(resource: Resource) -> None:
        resource.update(elements)

    return change


def unlabelled(resource: Resource) -> None:
    """No security label says what it is."""
    del resource["meta"]["security"]


def own(code: str) -> Resource:
    """A CodeableConcept of ours."""
    return {"coding": [{"system": SYSTEM, "code": code}]}


def component(code: str, **value: Any) -> Change:
    """Take the component with a code away, or give it another value."""

    def change(resource: Resource) -> None:
        kept = [
            each
            for each in resource["component"]
            if each["code"]["coding"][0]["code"] != code
        ]
        assert len(kept) == len(resource["component"]) - 1
        replaced = [{"code": own(code), **value}] if value else []
        resource["component"] = [*kept, *replaced]

    return change


def foreign_component(resource: Resource) -> None:
    """One more component, named by nobody's code."""
    resource["component"].append({"code": {"text": "x"}, "valueInteger": 1})


def part(*path: str, **extension: Any) -> Change:
    """Replace, in an extension of ours, named first, the parts along a path of names.

    Without an extension the first part of that name is taken away.
    """

    def change(resource: Resource) -> None:
        url = CANONICAL + path[0]
        (holder,) = (x for x in resource["extension"] if x["url"] == url)
        for name in path[1:-1]:
            holder = next(x for x in holder["extension"] if x["url"] == name)
        parts = holder["extension"]
        found = [x for x in parts if x["url"] == path[-1]][:1]
        parts[:] = [x for x in parts if x not in found]
        if extension:
            parts.append({"url": path[-1], **extension})

    return change


def verified(**content: Any) -> Change:
    """Say how a verification ended."""

    def change(resource: Resource) -> None:
        said = {"url": f"{CANONICAL}verification", **content}
        resource["extension"].append(said)

    return change


def first_of(element: str, **changed: Any) -> Change:
    """Change the first item of a list."""

    def change(resource: Resource) -> None:
        resource[element][0].update(changed)

    return change


def cut(element: str, start: int, end: int | None = None) -> Change:
    """Keep a slice of a list."""

    def change(resource: Resource) -> None:
        resource[element] = resource[element][start:end]

    return change


REPORT = [
    ("unlabelled", unlabelled),
    ("no narrative", without("text")),
    ("identifier of another system", first_of("identifier", system="urn:x")),
    ("identifier that is no hash", first_of("identifier", value="7")),
    ("no radiology category", cut("category", 1)),
    ("no imaging category", cut("category", 0, 1)),
    ("another name", lambda report: report["code"].update(text="Report")),
    ("no code", lambda report: report["code"].pop("coding")),
    ("no time of reasoning", without("issued")),
    ("no device", with_(performer=[{"display": "someone"}])),
    ("too few results", cut("result", 0, 2)),
    ("no conclusion", without("conclusion")),
]
OBSERVATION = [
    ("unlabelled", unlabelled),
    ("another category", with_(category=[{"text": "x"}])),
    ("no time of reasoning", without("issued")),
    ("no device", without("device")),
    ("a text as value", lambda it: (it.pop("valueCodeableConcept"),
                                    it.update(valueString="x"))),
    ("no value", without("valueCodeableConcept")),
]  # fmt: skip
CANDIDATE = [
    ("no rank", component("rank")),
    ("rank 0", component("rank", valueInteger=0)),
    ("rank as text", component("rank", valueCodeableConcept=own("grade_likely"))),
    ("no grade", component("grade")),
    ("no such grade", component("grade", valueCodeableConcept=own("state_present"))),
    ("no count of met", component("criteria_met")),
    ("a count below 0", component("criteria_met", valueInteger=-1)),
    ("no count of contradicted", component("criteria_contradicted")),
    ("no count of unknown", component("criteria_unknown")),
]
DEVICE = [
    ("no kind of intelligence", without("extension")),
    ("identifier of another system", first_of("identifier", system="urn:x")),
    ("no name", without("deviceName")),
    ("another type", with_(type={"text": "x"})),
    ("no software version", cut("version", 1)),
    ("no hash of the rules", cut("version", 0, 3)),
]
proof = partial(part, "justification")
PROOF = [
    ("unknown part", proof("guess", valueString="x")),
    ("axiom without id", proof("axiom", "id")),
    ("axiom with another id", proof("axiom", "id", valueString="x")),
    ("fact without concept", proof("fact", "concept")),
    ("fact without state", proof("fact", "state")),
    ("fact of a foreign system", proof("fact", "concept",
        valueCoding={"system": f"{THO}/observation-category", "code": "imaging"})),
    ("no such state", proof("fact", "state",
        valueCoding={"system": SYSTEM, "code": "grade_likely"})),
    ("no such limit", proof("fact", "limit", valueCode="guess")),
    ("unknown part of a fact", proof("fact", "guess", valueString="x")),
    ("citation without text", proof("citation", "text")),
    ("a number as what was looked for", proof("lookedFor", valueInteger=1)),
]  # fmt: skip
CASE = [
    ("unknown part", part("case", "guess", valueString="x")),
    ("no version of the ontology", part("case", "ontology")),
    ("no version of the software", part("case", "software")),
    ("a number as subject", part("case", "subject", valueInteger=1)),
    ("a code as fact", part("case", "fact", valueCode="x")),
    ("a code as gap", part("case", "gap", valueCode="x")),
    ("a value beside its parts", first_of("extension", valueString="x")),
]
VERIFICATION = [
    ("no such outcome", verified(valueCode="perhaps")),
    ("a text as outcome", verified(valueString="verified")),
    ("no outcome", verified(extension=[{"url": "x", "valueString": "verified"}])),
]


def value(code: str) -> tuple[str, Change]:
    """The value is a code of ours from another set."""
    return f"value {code}", with_(valueCodeableConcept=own(code))


def named(code: str) -> tuple[str, Change]:
    """It answers another question."""
    return f"code {code}", with_(code=own(code))


OTHERS: dict[str, list[tuple[str, Change]]] = {
    "dpo-assessment": [value("criterion_met"), named("dpo_criterion")],
    "dpo-criterion": [
        value("dpo_supported"),
        named("dpo_assessment"),
        ("a definition is missing", component("definition_gruden")),
        ("no such state", component("definition_gruden",
            valueCodeableConcept=own("grade_likely"))),
    ],
    "ossification-pattern": [value("grade_likely"), named("dpo_assessment")],
    "suggested-cause": [value("mimic_barium_aspiration"), named("suggested_mimic")],
    "suggested-mimic": [value("cause_idiopathic"), named("suggested_cause")],
    "biopsy-advice": [value("dpo_supported"), named("dpo_assessment")],
    "recommended-test": [
        value("cause_idiopathic"),
        named("suggested_cause"),
        ("no rank", component("rank")),
        ("rank 0", component("rank", valueInteger=0)),
    ],
}  # fmt: skip

REFUSALS = [
    *(Refusal("dpo-report", "dpo-report", *row) for row in REPORT),
    *(Refusal("dpo-observation", "dpo-assessment", *row) for row in OBSERVATION),
    Refusal("dpo-observation", "dpo-criterion", "foreign component", foreign_component),
    *(Refusal("dpo-candidate", "suggested-cause", *row) for row in CANDIDATE),
    *(Refusal("dpo-device", "dpo-device", *row) for row in DEVICE),
    *(Refusal("justification", "suggested-cause", *row) for row in PROOF),
    *(Refusal("case", "dpo-report", *row) for row in CASE),
    *(Refusal("verification", "dpo-report", *row) for row in VERIFICATION),
    *(
        Refusal(profile, profile, *row)
        for profile, rows in OTHERS.items()
        for row in rows
    ),
]
