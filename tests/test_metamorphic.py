"""What must not change an answer, shown end to end on the worked cases.

Each test says the same thing of a patient in another way, and looks at the conclusions
of the whole line: assessment, criterion, pattern, differential with grades, biopsy.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.interpret import Answer, Options, interpret
from service.model import Place
from service.reasoning.knowledge import Knowledge
from tests.conclusions import values_of
from tests.reports import CASES, ISSUED

Json = dict[str, Any]
NAMES = sorted(path.name for path in CASES.iterdir())
OWN = "https://w3id.org/pulmonary-ossification/CodeSystem/dpo"
UCUM = "http://unitsofmeasure.org"
# the same length, time and pressure in another unit, as exact decimals
OTHER_UNITS = {
    "mm": ("cm", "0.1"),
    "mo": ("a", None),
    "kg": ("g", "1000"),
    "mm[Hg]": ("cm[Hg]", "0.1"),
    "umol/L": ("mmol/L", "0.001"),
    "mmol/L": ("umol/L", "1000"),
    "pg/mL": ("ng/L", "1"),
}
IRRELEVANT: tuple[Json, ...] = (
    {
        "resourceType": "AllergyIntolerance",
        "code": {"text": "Pollen"},
    },
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Shoe size"},
        "valueString": "42",
    },
    {
        "resourceType": "Observation",
        "status": "entered-in-error",
        "code": {"coding": [{"system": OWN, "code": "histology_malignant"}]},
        "valueBoolean": True,
    },
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": OWN, "code": "histology_malignant"}]},
        "dataAbsentReason": {"text": "not done"},
    },
)


def _bundle(name: str) -> Json:
    found: Json = json.loads((CASES / name / "bundle.json").read_text("utf-8"))
    return found


def _interpret(bundle: Json, knowledge: Knowledge) -> Answer:
    return interpret(json.dumps(bundle).encode(), knowledge, ISSUED, Options())


@lru_cache
def _usual(name: str, knowledge: Knowledge) -> tuple[object, ...]:
    """What the case says as it stands."""
    return _said(_interpret(_bundle(name), knowledge))


def _said(answer: Answer) -> tuple[object, ...]:
    """The conclusions, without where they were read."""
    return tuple(values_of(one.conclusions) for one in answer.interpretations)


def _observations(bundle: Json) -> Iterator[Json]:
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Observation":
            yield entry["resource"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_the_order_of_entries_changes_no_conclusion(
    knowledge: Knowledge, name: str, data: st.DataObject
) -> None:
    """A Bundle is a set: any permutation of its entries says the same."""
    bundle = _bundle(name)
    shuffled = bundle | {"entry": data.draw(st.permutations(bundle["entry"]))}

    assert _said(_interpret(shuffled, knowledge)) == _usual(name, knowledge)


@pytest.mark.parametrize("name", NAMES)
def test_what_does_not_matter_changes_no_conclusion(
    name: str, knowledge: Knowledge
) -> None:
    """Allergies, free text, errors and missing values are listed and change nothing."""
    bundle = _bundle(name)
    more = copy.deepcopy(bundle)
    subject = {"reference": bundle["entry"][0]["fullUrl"]}
    for number, resource in enumerate(IRRELEVANT):
        key = (
            "patient" if resource["resourceType"] == "AllergyIntolerance" else "subject"
        )
        entry = {"fullUrl": f"urn:uuid:00000000-0000-4000-8000-00000000000{number}"}
        more["entry"].append(entry | {"resource": resource | {key: subject}})

    answer = _interpret(more, knowledge)

    assert _said(answer) == _usual(name, knowledge)
    added = answer.ledger[-len(IRRELEVANT) :]
    assert {row.place for row in added} == {Place.IGNORED}
    assert all(row.notes for row in added)


@pytest.mark.parametrize("name", NAMES)
def test_another_unit_changes_no_conclusion(name: str, knowledge: Knowledge) -> None:
    """A millimetre is a tenth of a centimetre."""
    bundle = _bundle(name)
    changed = copy.deepcopy(bundle)
    for resource in _observations(changed):
        quantity = resource.get("valueQuantity", {})
        unit, factor = OTHER_UNITS.get(quantity.get("code", ""), ("", None))
        if factor is not None:
            value = round(quantity["value"] * float(factor), 9)
            quantity |= {"value": value, "code": unit, "unit": unit, "system": UCUM}

    assert _said(_interpret(changed, knowledge)) == _usual(name, knowledge)


@pytest.mark.parametrize("name", NAMES)
def test_components_say_what_observations_say(name: str, knowledge: Knowledge) -> None:
    """Observations of one day may come as components of one Observation."""
    bundle = _bundle(name)
    changed = copy.deepcopy(bundle)
    plain = [r for r in _observations(changed) if "effectiveDateTime" in r]
    if not plain:
        plain = list(_observations(changed))
    first = plain[0] if plain else None
    joined = [
        r
        for r in plain
        if first is not None
        and r.get("effectiveDateTime") == first.get("effectiveDateTime")
    ]
    components = [
        {"code": r["code"]} | {k: v for k, v in r.items() if k.startswith("value")}
        for r in joined
    ]
    entries = [e for e in changed["entry"] if e["resource"] not in joined]
    if first is not None:
        keys = ("resourceType", "status", "subject", "effectiveDateTime", "category")
        panel = {key: first[key] for key in keys if key in first}
        panel |= {"code": {"text": "Findings"}, "component": components}
        url = "urn:uuid:00000000-0000-4000-8000-000000000001"
        entries.append({"fullUrl": url, "resource": panel})
    changed["entry"] = entries

    assert _said(_interpret(changed, knowledge)) == _usual(name, knowledge)


@pytest.mark.parametrize("name", NAMES)
def test_another_code_system_changes_no_conclusion(
    name: str, knowledge: Knowledge
) -> None:
    """A code of ours and an exact code of another system are the same statement."""
    bundle = _bundle(name)
    changed = copy.deepcopy(bundle)
    for entry in changed["entry"]:
        for coding in entry["resource"].get("code", {}).get("coding", []):
            if coding["system"] == OWN:
                _recode(coding, knowledge)

    assert _said(_interpret(changed, knowledge)) == _usual(name, knowledge)


def _recode(coding: Json, knowledge: Knowledge) -> None:
    rows = knowledge.mappings_by_concept.get(coding["code"], ())
    for row in rows:
        uris = [
            u for u, system in knowledge.systems.items() if system.prefix == row.prefix
        ]
        if row.predicate == "exact" and row.prefix in ("SCTID", "LOINC") and uris:
            coding |= {"system": uris[0], "code": row.code}
            coding.pop("display", None)
            return


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_of_a_justification_carry_their_conclusion(
    name: str, knowledge: Knowledge
) -> None:
    """Without the entries that a likely grade rests on, it is no longer likely.

    Other facts may carry it too: entries are removed until none of its proofs stands.
    """
    bundle = _bundle(name)
    candidates = _interpret(bundle, knowledge).interpretations[0].conclusions
    for hypothesis in [
        c.hypothesis
        for c in candidates.differential
        if c.grade == "grade_likely" and c.justification.findings
    ]:
        record = copy.deepcopy(bundle)
        for _ in range(len(bundle["entry"])):
            found = {
                c.hypothesis: c
                for one in _interpret(record, knowledge).interpretations
                for c in one.conclusions.differential
            }.get(hypothesis)
            if found is None or found.grade != "grade_likely":
                break
            paths = {
                source.reference
                for finding in found.justification.findings
                for source in finding.sources
            }
            kept = [e for e in record["entry"] if e["fullUrl"] not in paths]
            assert len(kept) < len(record["entry"]), "a grade rests on no entry"
            record["entry"] = kept
        else:
            pytest.fail(f"{hypothesis} stands without any fact")


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_one_place(name: str, knowledge: Knowledge) -> None:
    """Entries in equal rows of the ledger, whatever became of them."""
    bundle = _bundle(name)
    answer = _interpret(bundle, knowledge)

    paths = [row.source.path.removesuffix(".resource") for row in answer.ledger]
    assert paths == [f"Bundle.entry[{n}]" for n in range(len(bundle["entry"]))]


@pytest.mark.parametrize("folder", [CASES, CASES.with_name("published")])
def test_every_code_is_used_or_listed(folder: Path, knowledge: Knowledge) -> None:
    """Codes in = codes used + codes listed as ignored, in every case."""
    for path in sorted(folder.glob("*/bundle.json")):
        answer = interpret(path.read_bytes(), knowledge, ISSUED, Options())
        used = {
            grounding.coding.path
            for one in answer.interpretations
            for finding in (*one.case.findings, *one.case.superseded)
            for grounding in finding.groundings
        }
        listed = {note.path for row in answer.ledger for note in row.notes}
        for one in answer.interpretations:
            for statement in one.case.statements:
                for coding in statement.codes:
                    assert coding.path in used | listed, (path.parent.name, coding.path)
