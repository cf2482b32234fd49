"""Cases with conclusions written by hand, for the tests of what leaves the service.

The writers format and never decide, so what they format need not be what the
evaluator would conclude: each sample shows one shape of an answer.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from service.model import (
    Advice,
    Axiom,
    Candidate,
    Case,
    Coding,
    Conclusion,
    Conclusions,
    Conflict,
    CriterionState,
    Finding,
    Grounding,
    Interpretation,
    Interval,
    Justification,
    LedgerRow,
    NearMiss,
    Note,
    Place,
    Source,
    State,
    Statement,
    When,
)
from service.reasoning.knowledge import Knowledge, from_rules

ROOT = Path(__file__).parent.parent
ISSUED = datetime.fromisoformat("2026-03-04T11:22:33+05:45")
PATIENT = "urn:uuid:5f718077-8eba-5137-bd64-6be3ce29d226"
PATIENT_ID = PATIENT.rsplit(":", maxsplit=1)[-1]
SCT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
CT_DAY = When(
    "2024-06-15",
    datetime(2024, 6, 15, tzinfo=UTC),
    datetime(2024, 6, 15, 23, 59, 59, tzinfo=UTC),
)
LATER = When(
    "2024-09-01T10:00:00Z",
    datetime(2024, 9, 1, 10, tzinfo=UTC),
    datetime(2024, 9, 1, 10, tzinfo=UTC),
)


@cache
def knowledge() -> Knowledge:
    """The built ontology, with the report's phrases as they are edited."""
    build = ROOT / "ontology" / "build"
    rules = json.loads((build / "rules.json").read_text(encoding="utf-8"))
    manifest = json.loads((build / "MANIFEST.json").read_text(encoding="utf-8"))
    edited = ROOT / "ontology" / "edit" / "phrases" / "report.tsv"
    with edited.open(encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            rules["phrases"][row["id"]] = {"en": row["text_en"], "fr": row["text_fr"]}
    return from_rules(rules, manifest)


def source(number: int, type: str = "Observation") -> Source:
    """The resource of one entry, named by the sender's fullUrl."""
    id = f"{number:08x}-1111-4222-8333-444444444444"
    path = f"Bundle.entry[{number}].resource"
    return Source(f"urn:uuid:{id}", path, type, id)


def stated(
    concept: str, number: int, state: State = State.PRESENT, value: str = ""
) -> Finding:
    """A finding that is present or absent, or has a coded value."""
    return Finding(
        concept, state, (source(number),), value=value, when=CT_DAY, is_imaging=True
    )


def measured(concept: str, number: int, value: str, unit: str, sent: str) -> Finding:
    """A measure of one exact value in the canonical unit."""
    exact = Decimal(value)
    return Finding(
        concept,
        State.PRESENT,
        (source(number),),
        interval=Interval(exact, exact),
        unit=unit,
        sent=sent,
        when=CT_DAY,
        is_imaging=True,
    )


COUNT = measured("ct_nodule_count", 1, "12", "{count}", "12 {count}")
SIZE = measured("ct_nodule_max_diameter", 2, "3.5", "mm", "0.35 cm")
BILATERAL = stated("ct_bilateral", 3)
BONE_WINDOW = stated("ct_visible_on_bone_window", 4)
BRANCHING = stated("ct_branching", 5)
NO_BRANCHING = stated("ct_branching", 11, State.ABSENT)
UIP = stated("ct_ild_pattern", 6, value="ild_pattern_uip")
NO_HONEYCOMBING = stated("ct_honeycombing", 7, State.ABSENT)
FIBROTIC = replace(
    stated("ct_within_fibrotic_areas", 8),
    groundings=(
        Grounding(
            Coding(SCT, "19325002", "", "Bundle.entry[8].resource.code.coding[0]"),
            "ct_within_fibrotic_areas",
            "exact",
            "SCTID:19325002",
        ),
    ),
)
CALCIUM = replace(
    measured("serum_calcium", 9, "3.0938", "mmol/L", "12.4 mg/dL"),
    is_imaging=False,
    interpretation="interpretation_high",
    limit="usual",
)
IPF = Finding(
    "idiopathic_pulmonary_fibrosis", State.PRESENT, (source(10, "Condition"),)
)
FINDINGS = (
    COUNT, SIZE, BILATERAL, BONE_WINDOW, BRANCHING, UIP, NO_HONEYCOMBING, FIBROTIC,
    CALCIUM, IPF, NO_BRANCHING,
)  # fmt: skip


def proof(*findings: Finding) -> Justification:
    """A proof from findings, by two axioms."""
    axioms = (Axiom("0123456789ab", ("F01",)), Axiom("ba9876543210", ("D", "U-M")))
    return Justification(findings, axioms)


def criterion(
    id: str,
    role: str,
    state: State,
    *findings: Finding,
    negated: bool = False,
    strength: int = 0,
) -> CriterionState:
    """A row of the criteria table in a case."""
    known = {State.PRESENT: not negated, State.ABSENT: negated}
    return CriterionState(
        id, role, negated, strength, state, known.get(state), ("F01", "F00"), findings
    )


DEFINITIONS = (
    criterion(
        "definition_egashira_1", "", State.PRESENT, COUNT, SIZE, BILATERAL, BONE_WINDOW
    ),
    criterion("definition_egashira_2", "", State.UNKNOWN),
    criterion("definition_gruden", "", State.UNKNOWN),
    criterion("definition_histology", "", State.UNKNOWN),
    criterion("definition_nodular", "", State.ABSENT),
)
UIP_CAUSE = Candidate(
    hypothesis="cause_uip_ipf",
    kind="cause",
    rank=1,
    grade="grade_likely",
    justification=proof(UIP, COUNT, IPF),
    criteria=(
        criterion("crit_uip", "needed", State.PRESENT, UIP, IPF),
        criterion(
            "ct_within_fibrotic_areas",
            "supporting",
            State.PRESENT,
            FIBROTIC,
            strength=3,
        ),
        criterion("ct_honeycombing", "supporting", State.ABSENT, NO_HONEYCOMBING),
        criterion("age_gt_60", "supporting", State.UNKNOWN, strength=1),
        criterion(
            "ct_within_fibrotic_areas",
            "contradicting",
            State.PRESENT,
            FIBROTIC,
            negated=True,
        ),
    ),
    met=2,
    contradicted=0,
    unknown=0,
)
REFLUX_CAUSE = Candidate(
    hypothesis="cause_aspiration_gerd",
    kind="cause",
    rank=2,
    grade="grade_possible",
    justification=proof(BRANCHING),
    criteria=(
        criterion("crit_reflux_or_aspiration", "needed", State.UNKNOWN),
        criterion("crit_uip", "contradicting", State.PRESENT, UIP, IPF),
        criterion("crit_reflux_ruled_out", "contradicting", State.UNKNOWN),
    ),
    met=0,
    contradicted=1,
    unknown=2,
    contested=("grade_likely",),
    is_contributor=True,
)
MPC_MIMIC = Candidate(
    hypothesis="mimic_metastatic_pulmonary_calcification",
    kind="mimic",
    rank=3,
    grade="grade_excluded",
    justification=proof(BRANCHING),
    criteria=(
        criterion("crit_mpc_setting", "needed", State.ABSENT, CALCIUM),
        criterion("ct_branching", "contradicting", State.PRESENT, BRANCHING),
    ),
    met=0,
    contradicted=2,
    unknown=0,
)
CONCLUSIONS = Conclusions(
    assessment=Conclusion("dpo_assessment", "dpo_supported", proof(COUNT, BILATERAL)),
    criterion=Conclusion("dpo_criterion", "criterion_met", proof(COUNT, SIZE)),
    definitions=DEFINITIONS,
    pattern=Conclusion(
        "ossification_pattern",
        "pattern_dendriform",
        proof(BRANCHING),
        ("pattern_unspecified",),
    ),
    differential=(UIP_CAUSE, REFLUX_CAUSE, MPC_MIMIC),
    biopsy=Conclusion(
        "biopsy_advice",
        "biopsy_may_be_avoided",
        replace(
            proof(COUNT, UIP),
            looked_for=("mimic_likely", "present_fever", "present_malignant_neoplasm"),
            not_on_record=("present_fever",),
        ),
    ),
    tests=(
        Advice(
            "test_echocardiography",
            1,
            (("crit_mitral_stenosis_ever", State.UNKNOWN),),
            open_points=("crit_mitral_stenosis_ever",),
            hypotheses=("cause_mitral_stenosis",),
        ),
        Advice(
            "test_ph_impedance_manometry",
            2,
            (("crit_reflux_or_aspiration", State.UNKNOWN),),
            open_points=("crit_reflux_or_aspiration",),
            hypotheses=("cause_aspiration_gerd",),
        ),
        Advice("test_followup_ct", 3, (), is_surveillance=True),
    ),
    conflicts=(
        Conflict(
            "ct_branching",
            (BRANCHING, NO_BRANCHING),
            ("ossification_pattern", "cause_aspiration_gerd"),
        ),
    ),
    near_misses=(
        NearMiss(
            "present_malignant_neoplasm".removeprefix("present_"),
            State.PRESENT,
            (("biopsy_advice", "biopsy_may_be_avoided", "biopsy_not_excluded"),),
        ),
        NearMiss(
            "pulmonary_wedge_pressure_ge_20",
            State.PRESENT,
            (
                ("dpo_criterion", "criterion_met", "criterion_indeterminate"),
                ("dpo_assessment", "dpo_supported", "dpo_indeterminate"),
            ),
        ),
        NearMiss(
            "serum_phosphate_status_interpretation_high",
            State.PRESENT,
            (("dpo_assessment", "dpo_supported", "dpo_not_supported"),),
        ),
    ),
    studied_in=("definition_gruden",),
)
LEDGER = (
    LedgerRow(Source(PATIENT, "Bundle.entry[0].resource", "Patient"), Place.USED),
    LedgerRow(source(1), Place.USED),
    LedgerRow(
        source(12),
        Place.IGNORED,
        (
            Note(
                "line_preliminary",
                "business-rule",
                "warning",
                "Bundle.entry[12].resource.status",
            ),
        ),
    ),
)


def case(**changes: object) -> Case:
    """The case of one patient, from a Bundle with `urn:uuid:` references."""
    whole = Case(
        subject=PATIENT,
        statements=tuple(Statement(f.sources[0], ()) for f in FINDINGS),
        findings=FINDINGS,
        patient=Source(PATIENT, "Bundle.entry[0].resource", "Patient", PATIENT_ID),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def interpretation(**changes: object) -> Interpretation:
    """The sample with other conclusions where a test asks for them."""
    conclusions = replace(CONCLUSIONS, **changes)  # type: ignore[arg-type]
    return Interpretation(case(), conclusions)


def nothing_known() -> Interpretation:
    """An empty record: everything open, nothing listed."""
    empty = Justification()
    conclusions = Conclusions(
        assessment=Conclusion("dpo_assessment", "dpo_indeterminate", empty),
        criterion=Conclusion("dpo_criterion", "criterion_indeterminate", empty),
        definitions=tuple(
            replace(row, state=State.UNKNOWN, holds=None, findings=())
            for row in DEFINITIONS
        ),
        pattern=Conclusion("ossification_pattern", "pattern_unspecified", empty),
        differential=(),
        biopsy=Conclusion("biopsy_advice", "biopsy_advice_undetermined", empty),
        tests=(),
    )
    return Interpretation(Case(subject=PATIENT), conclusions)
