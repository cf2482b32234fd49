"""The roles that ids play for the reader and for the report.

They travel in `rules.json`, so that no Python of the service names a concept. The lint
refuses a role whose id is no term.
"""

from __future__ import annotations

READER = {
    "age": "age",
    "sex": "sex",
    "state_present": "state_present",
    "state_absent": "state_absent",
    "positive": "interpretation_positive",
    "negative": "interpretation_negative",
    "low": "interpretation_low",
    "normal": "interpretation_normal",
    "high": "interpretation_high",
    "imaging_category": "observation_category_imaging",
    "report_category": "report_category_radiology",
    "imaging_report": "diagnostic_imaging_report",
}
STATES = {
    "present": "state_present",
    "absent": "state_absent",
    "unknown": "state_unknown",
    "conflicting": "state_conflicting",
}
RESULTS = {
    "assessment": "dpo_assessment",
    "criterion": "dpo_criterion",
    "pattern": "ossification_pattern",
    "biopsy": "biopsy_advice",
    "cause": "suggested_cause",
    "mimic": "suggested_mimic",
    "test": "recommended_test",
    "rank": "rank",
    "grade": "grade",
    "met": "criteria_met",
    "contradicted": "criteria_contradicted",
    "unknown": "criteria_unknown",
    "contested": "contested_value",
    "disease": "diffuse_pulmonary_ossification",
    "supported": "dpo_supported",
    "not_supported": "dpo_not_supported",
    "likely": "grade_likely",
    "possible": "grade_possible",
    "unlikely": "grade_unlikely",
    "excluded": "grade_excluded",
    "undetermined": "cause_undetermined",
    "spared": "biopsy_spared",
    "lesion_gate": "tier_mimic",
}
