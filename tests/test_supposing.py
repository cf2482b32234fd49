"""Assumptions about a case: what gives way, what changes, what is refused."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from functools import cache
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.errors import InvalidContent
from service.fhir.reader import ReadOptions, read_cases
from service.model import Case, Conclusions, Finding, Quantity, State
from service.reasoning.assumptions import read_assumptions
from service.reasoning.consequences import Consequences, find_consequences
from service.reasoning.differences import Aspect
from service.reasoning.evaluation import evaluate
from service.reasoning.grounding import ground
from service.reasoning.justification import justify
from service.reasoning.knowledge import Knowledge
from service.reasoning.quantities import UCUM
from service.reasoning.supposing import suppose
from service.what_if_command import Misread, read_set, read_sets
from tests.conclusions import values_of
from tests.documents import (
    DPO,
    concept,
    encode,
    ground_all,
    observation,
    patient,
    quantity,
)
from tests.reports import CASES

Json = dict[str, Any]
NAMES = sorted(path.name for path in CASES.iterdir())
MITRAL, UIP = "mitral-87m", "uip-66m"
SAMPLE = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def bundle_of(name: str) -> Json:
    """The document of a worked case."""
    found: Json = json.loads((CASES / name / "bundle.json").read_text("utf-8"))
    return found


@cache
def case_of(name: str, knowledge: Knowledge) -> Case:
    """A worked case with its findings."""
    return grounded(bundle_of(name), knowledge)


def grounded(document: Json, knowledge: Knowledge) -> Case:
    """The one case of a document."""
    (case,) = read_cases(encode(document), ReadOptions()).cases
    return ground(case, knowledge)[0]


def ask(case: Case, knowledge: Knowledge, *sets: str) -> Consequences:
    """The consequences of assumptions as the command line takes them."""
    return find_consequences(case, read_sets(sets, knowledge), knowledge)


def as_set(finding: Finding) -> str:
    """The assumption that a finding is as it is."""
    if finding.value:
        state = "present" if finding.state is State.PRESENT else "absent"
        return f"{finding.value}={state}"
    return f"{finding.concept}={finding.state}"


def assumable(case: Case, knowledge: Knowledge) -> list[Finding]:
    """The findings whose state or value can be assumed by one id.

    A value that several findings share is set by its finding, a number by its unit.
    """
    return [
        finding
        for finding in case.findings
        if finding.interval is None
        and not finding.interpretation
        and (not finding.value or len(knowledge.concepts[finding.value].value_of) == 1)
    ]


@SAMPLE
@given(name=st.sampled_from(NAMES), data=st.data())
def test_assuming_what_is_so_changes_nothing(
    knowledge: Knowledge, name: str, data: st.DataObject
) -> None:
    """A fact that has its state already is no assumption."""
    case = case_of(name, knowledge)
    disputed = {f for c in ask_nothing(case, knowledge).conflicts for f in c.findings}
    facts = [f for f in assumable(case, knowledge) if f not in disputed]
    if not facts:
        return
    found = ask(case, knowledge, as_set(data.draw(st.sampled_from(facts))))

    assert found.differences == ()
    assert found.supposed.known == (True,)


def ask_nothing(case: Case, knowledge: Knowledge) -> Conclusions:
    """The conclusions of the case as it stands."""
    return justify(case, evaluate(case.findings, knowledge), knowledge)


@SAMPLE
@given(name=st.sampled_from(NAMES), data=st.data())
def test_the_order_of_assumptions_does_not_matter(
    knowledge: Knowledge, name: str, data: st.DataObject
) -> None:
    """They hold together, whichever was said first."""
    case = case_of(name, knowledge)
    sets = [
        "ct_honeycombing=absent",
        "mitral_stenosis=present",
        "ct_nodule_max_diameter=8 mm",
        "ct_bilateral=unknown",
    ]
    shuffled = data.draw(st.permutations(sets))

    assert ask(case, knowledge, *shuffled) == ask(case, knowledge, *sets)


STATED = (
    ("ct_branching=present", {"valueBoolean": True}),
    ("mitral_stenosis=absent", {"valueBoolean": False}),
    ("ct_honeycombing=present", {"valueBoolean": True}),
    ("ct_nodule_max_diameter=2 cm", {"valueQuantity": quantity(2, "cm")}),
    ("ct_nodule_count=12", {"valueInteger": 12}),
    ("pulmonary_wedge_pressure=>=20 mm[Hg]",
     {"valueQuantity": quantity(20, "mm[Hg]", ">=")}),
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("text", "value"), STATED, ids=[text for text, _ in STATED])
def test_assuming_is_reading_a_record_that_states_it(
    name: str, text: str, value: Json, knowledge: Knowledge
) -> None:
    """The fact in the Bundle, and what gave way left out: the same answer."""
    case = case_of(name, knowledge)
    found = ask(case, knowledge, text)
    document = bundle_of(name)
    gone = {
        s.reference for old in found.supposed.replaced for f in old for s in f.sources
    }
    entries = [e for e in document["entry"] if e.get("fullUrl") not in gone]
    fact = observation(text.partition("=")[0], subject={"reference": case.subject})
    document["entry"] = [*entries, {"resource": fact | value}]
    stated = grounded(document, knowledge)

    assert values_of(found.after.conclusions) == values_of(
        ask_nothing(stated, knowledge)
    )


def test_a_fact_that_is_denied_gives_way_with_its_kinds(knowledge: Knowledge) -> None:
    """Without mitral stenosis there is no non-rheumatic one either, and no conflict."""
    found = ask(case_of(MITRAL, knowledge), knowledge, "mitral_stenosis=absent")
    gone = [f.concept for old in found.supposed.replaced for f in old]

    assert "mitral_stenosis" not in gone
    assert len(gone) == 1
    assert found.after.conclusions.conflicts == ()


def test_what_is_assumed_unknown_is_not_denied(knowledge: Knowledge) -> None:
    """Nothing is said of it any more, neither by itself nor by its kinds."""
    found = ask(case_of(MITRAL, knowledge), knowledge, "mitral_stenosis=unknown")
    grades = [d for d in found.differences if d.concept == "cause_mitral_stenosis"]

    assert {d.after for d in grades} != {("grade_excluded",)}
    assert all(not f.sources[0].is_assumed for f in found.after.case.findings)


def test_a_number_takes_the_place_of_a_number(knowledge: Knowledge) -> None:
    """Also one that no threshold tells from it; the gate of grounding converts."""
    case, _ = ground_all(
        knowledge,
        patient(),
        observation(
            "ct_nodule_max_diameter",
            valueQuantity=quantity(3.2, "mm"),
            subject={"reference": "Patient/p"},
        ),
    )
    supposition = read_sets(["ct_nodule_max_diameter=0.33 cm"], knowledge)
    (finding,) = suppose(case, supposition, knowledge).case.findings

    assert finding.interval is not None
    assert (finding.interval.low, finding.unit) == (Decimal("3.3"), "mm")


def test_a_product_follows_the_number_that_is_assumed(knowledge: Knowledge) -> None:
    """Calcium times phosphate is taken again, whatever day the phosphate is of."""
    subject = {"reference": "Patient/p"}
    calcium = observation(
        "serum_calcium",
        valueQuantity=quantity(2.4, "mmol/L"),
        effectiveDateTime="2024-01-01",
        subject=subject,
    )
    case, _ = ground_all(knowledge, patient(), calcium)
    supposition = read_sets(["serum_phosphate=2.5 mmol/L"], knowledge)
    found = suppose(case, supposition, knowledge).case.findings
    products = [f for f in found if knowledge.concepts[f.concept].derived_from]

    assert [f.interval.low for f in products if f.interval] == [Decimal("6.00")]


def test_an_assumption_settles_a_contradiction(knowledge: Knowledge) -> None:
    """What contradicts it gives way, what says the same stays what the record says."""
    case = case_of("contradicting-data", knowledge)
    found = ask(case, knowledge, "ct_branching=present")

    assert found.supposed.known == (True,)
    assert "ct_branching" in {
        d.concept for d in found.differences if d.aspect is Aspect.CONFLICT
    }


def test_what_is_assumed_of_the_age_counts(knowledge: Knowledge) -> None:
    """It takes the place of what follows from the birth date."""
    found = ask(case_of(UIP, knowledge), knowledge, "age=30 a")
    (age,) = [f for f in found.after.case.findings if f.concept == "age"]

    assert age.sources[0].is_assumed


REFUSED = (
    ("ct_honeycoming=absent", "did you mean ct_honeycombing"),
    ("cause_idiopathic=present", "not found in a patient"),
    ("ct_nodule_count_ge_10=present", "not found in a patient"),
    ("serum_calcium=present", "a number in mmol/L"),
    ("ct_nodule_max_diameter=3", "unit that converts to mm"),
    ("ct_nodule_max_diameter=3 kg", "unit that converts to mm"),
    ("ct_nodule_max_diameter=-3 mm", "cannot be true"),
    ("ct_honeycombing=3 mm", "has no number"),
    ("ct_zone=zone_uper", "did you mean zone_upper"),
    ("ct_honeycombing=yes", "absent, present, unknown"),
)


@pytest.mark.parametrize(("text", "told"), REFUSED, ids=[text for text, _ in REFUSED])
def test_an_assumption_that_does_not_fit_is_refused(
    text: str, told: str, knowledge: Knowledge
) -> None:
    """The message says what to write instead."""
    with pytest.raises(Misread, match=told):
        read_sets([text], knowledge)


def test_every_fault_is_told_at_once(knowledge: Knowledge) -> None:
    """Not only the first."""
    wrong = [read_set(text) for text, _ in REFUSED[:4]]

    with pytest.raises(InvalidContent) as caught:
        read_assumptions(wrong, knowledge)
    assert len(caught.value.problems) == len(wrong)


@pytest.mark.parametrize(
    "sets",
    [
        ("ct_honeycombing=absent", "ct_honeycombing=present"),
        ("mitral_stenosis=absent", "rheumatic_mitral_stenosis=present"),
        ("mitral_stenosis=unknown", "rheumatic_mitral_stenosis=present"),
    ],
)
def test_assumptions_that_contradict_each_other_are_refused(
    sets: tuple[str, ...], knowledge: Knowledge
) -> None:
    """Nothing could be concluded from them, in any order."""
    for ordered in permutations(sets):
        with pytest.raises(Misread, match="one"):
            read_sets(ordered, knowledge)


def test_no_assumption_is_no_question(knowledge: Knowledge) -> None:
    """There is nothing to compare."""
    with pytest.raises(InvalidContent):
        read_assumptions((), knowledge)


def test_the_case_itself_is_not_touched(knowledge: Knowledge) -> None:
    """An assumption leaves no trace in what was read."""
    case = case_of(MITRAL, knowledge)
    before = copy.deepcopy(case)
    found = ask(case, knowledge, "mitral_stenosis=absent")

    assert case == before == found.before.case


def test_a_comparator_bounds_one_side() -> None:
    """As in a Quantity."""
    wanted = Quantity("20", ">=", "mm[Hg]", UCUM, "")

    assert read_set("pulmonary_wedge_pressure=>=20 mm[Hg]").quantity == wanted


def test_an_assumption_without_a_sign_is_refused() -> None:
    """What is no CONCEPT=VALUE is told so."""
    with pytest.raises(Misread, match="CONCEPT"):
        read_set("ct_honeycombing")


def test_own_codes_are_those_of_our_code_system(knowledge: Knowledge) -> None:
    """The gate reads an assumption as it would read a resource."""
    (findings,) = read_sets(["ct_honeycombing=absent"], knowledge).stated
    (finding,) = findings

    assert finding.groundings[0].coding.system == DPO
    assert concept("ct_honeycombing")["coding"][0]["system"] == DPO
