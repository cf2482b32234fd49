"""Compiles the axioms and tables to `rules.json`, the one file that the service reads.

Decimals travel as text. Everything is sorted, so that equal input gives equal bytes.
"""

from __future__ import annotations

import json
from typing import Any

from ontology.compiler.choices import read_choices
from ontology.compiler.edit import STATEFUL, Edit, Row
from ontology.compiler.names import Names, cut_parts, known_classes, value_users
from ontology.compiler.syntax import Axiom

FORMAT = 1
UNVERIFIED = "no"
PREDICATES = {
    "skos:exactMatch": "exact",
    "skos:narrowMatch": "narrow",
    "skos:closeMatch": "close",
    "skos:broadMatch": "broad",
}
HISTORY = ("disease", "drug", "exposure", "procedure", "status")
# the roles that ids play for the reader and for the report, so that no Python names one
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
RESULTS: dict[str, Any] = {
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
    "states": {
        "present": "state_present",
        "absent": "state_absent",
        "unknown": "state_unknown",
        "conflicting": "state_conflicting",
    },
}


def compile_rules(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> bytes:
    """The bytes of `rules.json`."""
    plain = [a for a in axioms if not a.facet and not a.relation]
    about_finding = [a for a in plain if names.is_about_finding(a.head)]
    classes = known_classes(edit, names)
    about_case = [a for a in plain if a.head in classes]
    document = {
        "format": FORMAT,
        "ontology": ontology(edit),
        "sources": {k: _source(row) for k, row in sorted(edit.sources.items())},
        "concepts": {k: _concept(edit, names, k) for k in sorted(edit.terms)},
        "reader": READER,
        "history_kinds": HISTORY,
        "relations": STATEFUL,
        "systems": [_system(row) for row in edit.systems],
        "mappings": _mappings(edit),
        "classes": sorted(classes),
        "rules": [_rule(a) for a in about_case],
        "finding_rules": [_rule(a) for a in about_finding],
        "asserting": {a.body[0]: a.id for a in axioms if a.relation},
        "cuts": [_cut(a) for a in axioms if a.facet],
        "choices": _choices(edit, names),
        "hypotheses": {h: _hypothesis(edit, names, h) for h in names.hypotheses},
        "criteria": [_criterion(row) for row in edit.criteria],
        "tests": {k: _test(row) for k, row in sorted(edit.tests.items())},
        "results": RESULTS,
        "phrases": {
            k: {"en": row["text_en"], "fr": row["text_fr"]}
            for k, row in sorted(edit.phrases.items())
        },
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=False)
    return (text + "\n").encode()


def ontology(edit: Edit) -> dict[str, str]:
    """IRI, version and version IRI of this release."""
    iri, version = edit.header["iri"], edit.header["version"]
    base, _, name = iri.rpartition("/")
    return {
        "iri": iri,
        "version": version,
        "version_iri": f"{base}/releases/{version}/{name}",
    }


def _source(row: Row) -> dict[str, Any]:
    found = {key: row[key] for key in ("citation", "pmid", "doi", "depth")}
    return {**found, "verified": row["verified"] != UNVERIFIED}


def _concept(edit: Edit, names: Names, name: str) -> dict[str, Any]:
    row = edit.terms[name]
    found: dict[str, Any] = {
        "kind": row["kind"],
        "label": {"en": row["label_en"], "fr": row["label_fr"]},
        "definition": {"en": row["definition_en"], "fr": row["definition_fr"]},
        "sources": list(row.list("source")),
    }
    optional: dict[str, Any] = {
        "value_type": row["value_type"] if row["value_type"] != "none" else "",
        "unit": row["unit"],
        "allowed_values": list(row.list("allowed_values")),
        "exclusive": bool(row["exclusive"]),
        "molar_mass": row["molar_mass_g_per_mol"],
        "derived_from": list(row.list("derived_from")),
        "value_of": list(value_users(edit).get(name, ())),
        "relative_of": list(row.list("family_history_of")),
        "suspicion_of": row["suspicion_of"],
        "limits": [_limit(limit) for limit in edit.limits if limit["concept"] == name],
        "policy": edit.annotation("policy", name),
        "must_not_decide": edit.annotation("mustNotDecide", name) == "true",
        "studied_in": _by_language(edit, "studiedIn", name),
        **_hierarchy(edit, names, name),
        **_bound(row, name),
    }
    return found | {key: value for key, value in optional.items() if value}


def _by_language(edit: Edit, key: str, name: str) -> dict[str, str]:
    return {
        a.language: a.value
        for a in edit.assertions
        if a.property == key and a.subject == name
    }


def _hierarchy(edit: Edit, names: Names, name: str) -> dict[str, list[str]]:
    parents = _parents(edit, names)
    if name not in names.stateful:
        return {}
    ancestors: set[str] = set()
    todo = list(parents.get(name, ()))
    while todo:
        above = todo.pop()
        if above not in ancestors:
            ancestors.add(above)
            todo += parents.get(above, ())
    return {"parents": sorted(parents.get(name, ())), "ancestors": sorted(ancestors)}


_PARENTS: dict[int, dict[str, set[str]]] = {}


def _parents(edit: Edit, names: Names) -> dict[str, set[str]]:
    if id(edit) not in _PARENTS:
        found: dict[str, set[str]] = {}
        for axiom in edit.axioms:
            if len(axiom.body) == 1 and axiom.head in names.stateful:
                found.setdefault(axiom.body[0], set()).add(axiom.head)
        for name, row in edit.terms.items():
            for parent in row.list("parents"):
                if parent in names.stateful:
                    found.setdefault(name, set()).add(parent)
        _PARENTS[id(edit)] = found
    return _PARENTS[id(edit)]


def _bound(row: Row, name: str) -> dict[str, str]:
    parts = cut_parts(name) if row["kind"] == "cut" else None
    if parts is None:
        return {}
    return dict(zip(("quantity", "operator", "bound"), parts, strict=True))


def _limit(row: Row) -> dict[str, Any]:
    keys = ("low_below", "normal_from", "normal_to", "high_above", "min_age")
    return {
        "value_of_sex": row["sex"] or None,
        **{key: row[key] for key in keys},
        "age_concept": READER["age"],
        "sex_concept": READER["sex"],
        "low": READER["low"],
        "normal": READER["normal"],
        "high": READER["high"],
        "sources": list(row.list("source")),
    }


def _system(row: Row) -> dict[str, Any]:
    uris = [row["fhir_system_uri"], *row.list("other_system_uris")]
    return {"prefix": row["prefix"], "uris": uris, "match": row["match"]}


def _mappings(edit: Edit) -> list[dict[str, str]]:
    found = []
    for row in edit.mappings:
        prefix, _, code = row["object_id"].partition(":")
        found.append(
            {
                "concept": row["subject_id"].removeprefix("dpo:"),
                "predicate": PREDICATES[row["predicate_id"]],
                "prefix": prefix,
                "code": code,
                "label": row["object_label"],
            }
        )
    return sorted(found, key=lambda m: (m["prefix"], m["code"], m["concept"]))


def _rule(axiom: Axiom) -> dict[str, Any]:
    return {
        "id": axiom.id,
        "body": list(axiom.body),
        "head": axiom.head,
        "sources": list(axiom.sources),
        "by": axiom.by,
        "at": axiom.at,
    }


def _cut(axiom: Axiom) -> dict[str, Any]:
    assert axiom.facet
    return {
        "id": axiom.id,
        "quantity": axiom.body[0],
        "bound": axiom.facet.bound,
        "facet": axiom.facet.facet,
        "value": axiom.facet.value,
        "class": axiom.head,
        "sources": list(axiom.sources),
    }


def _choices(edit: Edit, names: Names) -> list[dict[str, Any]]:
    return [
        {
            "id": choice.name,
            "stratum": choice.stratum,
            "default": {"reports": choice.default, "asserts": choice.default}
            if choice.default
            else None,
            "options": [
                {
                    "class": option.name,
                    "reports": option.reports,
                    "asserts": option.asserts,
                    "order": option.order,
                    "overridden_by": list(option.overridden_by),
                }
                for option in choice.options
            ],
        }
        for choice in read_choices(edit, names)
    ]


def _hypothesis(edit: Edit, names: Names, name: str) -> dict[str, Any]:
    return {
        "kind": edit.kind(name),
        "evidence": edit.annotation("evidenceLevel", name),
        "structural": edit.annotation("structuralLungEvidence", name) == "true",
        "gate": edit.annotation("gate", name),
    }


def _criterion(row: Row) -> dict[str, Any]:
    criterion = row["criterion"]
    return {
        "hypothesis": row["hypothesis"],
        "role": row["role"],
        "criterion": criterion.removeprefix("not "),
        "negated": criterion.startswith("not "),
        "strength": int(row["strength"] or 0),
        "sources": list(row.list("source")),
        "sentence": {"en": row["sentence_en"], "fr": row["sentence_fr"]},
    }


def _test(row: Row) -> dict[str, Any]:
    return {
        "burden": int(row["burden"]),
        "decides": list(row.list("decides")),
        "last_resort": row["last_resort"] == "yes",
        "surveillance": row["surveillance"] == "yes",
        "first_without_lesion": row["first_without_lesion"] == "yes",
        "sources": list(row.list("source")),
    }
