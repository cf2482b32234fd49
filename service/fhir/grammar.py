"""FHIR's own closed lists: statuses and other codes that the reader decides on.

The libraries accept any code where FHIR binds one; what decides a case is checked here.
Source: the required bindings of R4 and, where they differ, of R5.
"""

from __future__ import annotations

from service.fhir.releases import R5

_EVENT = ("preparation", "in-progress", "not-done", "on-hold", "stopped", "completed",
          "entered-in-error", "unknown")  # fmt: skip
_OBSERVATION = ("registered", "preliminary", "final", "amended", "corrected",
                "cancelled", "entered-in-error", "unknown")  # fmt: skip

STATUSES: dict[str, frozenset[str]] = {
    "Observation": frozenset(_OBSERVATION),
    "DiagnosticReport": frozenset({*_OBSERVATION, "partial", "appended"}),
    "Procedure": frozenset(_EVENT),
    "MedicationStatement": frozenset(
        {"active", "completed", "entered-in-error", "intended", "stopped", "on-hold",
         "unknown", "not-taken"}
    ),
    "MedicationRequest": frozenset(
        {"active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped",
         "draft", "unknown"}
    ),
    "MedicationAdministration": frozenset(_EVENT) - {"preparation"},
    "FamilyMemberHistory": frozenset(
        {"partial", "completed", "entered-in-error", "health-unknown"}
    ),
    "ImagingStudy": frozenset(
        {"registered", "available", "cancelled", "entered-in-error", "unknown"}
    ),
}  # fmt: skip
_R5_STATUSES: dict[str, frozenset[str]] = {
    "MedicationStatement": frozenset({"recorded", "entered-in-error", "draft"}),
    "MedicationRequest": STATUSES["MedicationRequest"] | {"ended"},
    "DiagnosticReport": STATUSES["DiagnosticReport"] | {"modified"},
    "ImagingStudy": STATUSES["ImagingStudy"] | {"inactive"},
}

# What is never used, whatever the type (contract, section 2, rule 2), and what has
# not happened or was not meant to happen.
UNUSED = frozenset(
    {"entered-in-error", "cancelled", "unknown", "draft", "preparation", "intended",
     "on-hold", "stopped"}
)  # fmt: skip
# A drug that is paused or was stopped has been taken.
TAKEN_BEFORE = frozenset({"on-hold", "stopped"})
NOT_DONE = frozenset({"not-done", "not-taken"})
PRELIMINARY = frozenset({"registered", "preliminary", "partial", "in-progress"})

INTENTS = frozenset(
    {"proposal", "plan", "order", "original-order", "reflex-order", "filler-order",
     "instance-order", "option"}
)  # fmt: skip
NO_ORDER = frozenset({"proposal", "plan", "option"})

GENDERS = frozenset({"male", "female", "other", "unknown"})
GENDER_SYSTEM = "http://hl7.org/fhir/administrative-gender"

THO = "http://terminology.hl7.org/CodeSystem"
VERIFICATION_SYSTEM = f"{THO}/condition-ver-status"
VERIFICATIONS = frozenset(
    {"unconfirmed", "provisional", "differential", "confirmed", "refuted",
     "entered-in-error"}
)  # fmt: skip
SUSPECTED = frozenset({"unconfirmed", "provisional", "differential"})
CLINICAL_SYSTEM = f"{THO}/condition-clinical"
CLINICAL = frozenset(
    {"active", "recurrence", "relapse", "inactive", "remission", "resolved"}
)
PAST = frozenset({"inactive", "remission", "resolved"})

# R5: MedicationStatement.adherence says what the status says in R4.
NOT_TAKING = frozenset({"not-taking"})

COMPARATORS = frozenset({"<", "<=", ">=", ">"})
R5_COMPARATORS = COMPARATORS | {"ad"}

# v3 RoleCode: relatives by marriage, adoption or household.
ROLE_SYSTEM = f"{THO}/v3-RoleCode"
NOT_BY_BLOOD = frozenset(
    {"SPS", "HUSB", "WIFE", "DOMPART", "FMRSPS", "SIGOTHR", "FRND", "NBOR", "ROOM",
     "INLAW", "DAUINLAW", "SONINLAW", "CHLDINLAW", "PRNINLAW", "FTHINLAW", "MTHINLAW",
     "SIBINLAW", "BROINLAW", "SISINLAW", "STPCHLD", "STPDAU", "STPSON", "STPPRN",
     "STPFTH", "STPMTH", "STPSIB", "STPBRO", "STPSIS", "CHLDADOPT", "DAUADOPT",
     "SONADOPT", "ADOPTP", "ADOPTF", "ADOPTM", "CHLDFOST", "DAUFOST", "SONFOST",
     "PRNFOST", "FTHFOST", "MTHFOST"}
)  # fmt: skip

IMAGING_CATEGORY = (f"{THO}/observation-category", "imaging")
UCUM = "http://unitsofmeasure.org"
REPORT_SYSTEM = "https://w3id.org/pulmonary-ossification/report"

# The elements that give a time, in the order in which they are believed.
TIMES: dict[str, tuple[str, ...]] = {
    "Observation": ("effectiveDateTime", "effectiveInstant", "effectivePeriod"),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod"),
    "Condition": ("recordedDate", "onsetDateTime", "onsetPeriod"),
    "Procedure": (
        "performedDateTime", "performedPeriod", "occurrenceDateTime",
        "occurrencePeriod",
    ),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod", "dateAsserted"),
    "MedicationRequest": ("authoredOn",),
    "MedicationAdministration": (
        "effectiveDateTime", "effectivePeriod", "occurenceDateTime", "occurencePeriod",
    ),
    "FamilyMemberHistory": ("date",),
    "ImagingStudy": ("started",),
    "Patient": ("birthDate", "deceasedDateTime"),
}  # fmt: skip


def statuses_of(kind: str, release: str) -> frozenset[str]:
    """The statuses that a type may have; empty where the reader decides on none."""
    newer = _R5_STATUSES.get(kind) if release == R5 else None
    return newer or STATUSES.get(kind, frozenset())
