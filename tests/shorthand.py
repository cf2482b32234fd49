"""Findings in one line of text, for tables of cases.

    E + zone_lower, not ct_branching, ct_nodule_count=12, serum_calcium=3.1!high

A base letter stands for the findings of `BASES`; an item about the same concept
replaces that of the base and `-id` drops it. An id alone is present, `not` before it
absent; a value brings the finding whose value it is along, `finding=value` states it
for a finding that shares its values. A number takes `=`, `>=`, `>`, `<=` or `<` and is
in the canonical unit; `!low`, `!normal` and `!high` are flags that were sent with it.
"""

from __future__ import annotations

import re
from decimal import Decimal

from service.model import Finding, Interval, Source, State
from service.reasoning.knowledge import Knowledge

NORMAL = "interpretation_normal"
E = (
    "ct_nodule_count=12, ct_nodule_max_diameter=3.0, ct_bilateral, "
    "ct_visible_on_bone_window"
)
MINERALS = f"serum_calcium_status={NORMAL}, serum_phosphate_status={NORMAL}"
BASES = {
    "0": "",
    "E": E,
    "A": "ct_nodule_count=2, ct_nodule_min_diameter=17, ct_nodule_max_diameter=20, "
    "not ct_bilateral",
    "D": "ct_branching, ct_subpleural, zone_lower, ct_bilateral, "
    "ct_visible_on_bone_window",
    "I": f"{E}, ild_pattern_none, echo_normal, {MINERALS}, serum_creatinine=75, "
    "dust_none, not gastroesophageal_reflux_disease, not pulmonary_aspiration, "
    "not acute_respiratory_distress_syndrome, not covid_19_pneumonia, "
    "not busulfan_exposure",
    "M": f"{E}, mitral_stenosis, shape_round, zone_lower",
    "R": "ct_high_attenuation_nodules, ct_bilateral",
    "U": f"{E}, ild_pattern_uip, ct_within_fibrotic_areas, {MINERALS}",
}
ITEM = re.compile(r"(?:(not) )?(\w+?)(?:(>=|<=|=|>|<)([\w.]+))?(?:!(\w+))?")


def read_findings(text: str, knowledge: Knowledge) -> tuple[Finding, ...]:
    """The findings of one line of shorthand."""
    base, _, rest = text.partition("+")
    if base.strip() not in BASES:
        base, rest = "", text
    items = [item.strip() for item in rest.split(",") if item.strip()]
    dropped = {item.removeprefix("-") for item in items if item.startswith("-")}
    stated = [read_item(i, knowledge) for i in items if not i.startswith("-")]
    dropped |= {finding.concept for finding in stated}
    kept = [
        read_item(item.strip(), knowledge)
        for item in BASES.get(base.strip(), "").split(",")
        if item.strip()
    ]
    return (*(f for f in kept if f.concept not in dropped), *stated)


def read_item(item: str, knowledge: Knowledge) -> Finding:
    """One finding; raises ValueError for what is no shorthand or names no concept."""
    match = ITEM.fullmatch(item)
    if not match or match[2] not in knowledge.concepts:
        raise ValueError(item)
    denied, concept, sign, value, flag = match.groups()
    if denied:
        return absent(concept)
    if not sign:
        owners = knowledge.concepts[concept].value_of
        if len(owners) == 1:
            return finding(owners[0], value=concept)
        return finding(concept)
    if value in knowledge.concepts:
        return finding(concept, value=value)
    is_count = knowledge.concepts[concept].unit == "{count}"
    return measure(
        concept, f"{sign} {value}", f"interpretation_{flag}" if flag else "", is_count
    )


def finding(concept: str, *, value: str = "") -> Finding:
    """A present finding."""
    return Finding(concept, State.PRESENT, _source(concept, value), value=value)


def absent(concept: str) -> Finding:
    """An explicitly denied finding."""
    return Finding(concept, State.ABSENT, _source(concept, "not"))


def measure(
    concept: str, sent: str, interpretation: str = "", is_count: bool = False
) -> Finding:
    """A number with its comparator, as in `>= 10`; counts are whole numbers."""
    sign, text = sent.split()
    number = Decimal(text)
    if is_count and sign in "<>":
        number += 1 if sign == ">" else -1
        sign += "="
    low = number if sign in ("=", ">", ">=") else None
    high = number if sign in ("=", "<", "<=") else None
    return Finding(
        concept,
        State.PRESENT,
        _source(concept, sent),
        interval=Interval(low, high, low_open=sign == ">", high_open=sign == "<"),
        sent=sent,
        interpretation=interpretation,
        limit="sent" if interpretation else "",
    )


def _source(concept: str, detail: str) -> tuple[Source, ...]:
    return (Source(f"Observation/{concept}-{detail}", f"Bundle.entry('{concept}')"),)
