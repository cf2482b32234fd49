"""Compiles the axioms and tables to `rules.json`, the one file that the service reads.

Decimals travel as text. Everything is sorted, so that equal input gives equal bytes.
"""

from __future__ import annotations

import json
from typing import Any

from ontology.compiler.axiom import Axiom
from ontology.compiler.choices import Choice, read_choices
from ontology.compiler.concepts import concepts
from ontology.compiler.edit import STATEFUL, Edit, Row
from ontology.compiler.names import MEANING, Names, known_classes
from ontology.compiler.roles import READER, RESULTS, STATES

FORMAT = 1
UNVERIFIED = "no"
PREDICATES = {
    "skos:exactMatch": "exact",
    "skos:narrowMatch": "narrow",
    "skos:closeMatch": "close",
    "skos:broadMatch": "broad",
}
HISTORY = ("disease", "drug", "exposure", "procedure", "status")


def compile_rules(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> bytes:
    """The bytes of `rules.json`."""
    document = {
        "format": FORMAT,
        "ontology": ontology(edit),
        "sources": {k: _source(row) for k, row in sorted(edit.sources.items())},
        "concepts": concepts(edit, names),
        "reader": READER,
        "history_kinds": HISTORY,
        "relations": STATEFUL,
        "systems": [_system(row) for row in edit.systems],
        "mappings": _mappings(edit),
        **_logic(edit, names, axioms),
        "choices": [_choice(choice) for choice in read_choices(edit, names)],
        "hypotheses": {h: _hypothesis(edit, h) for h in names.hypotheses},
        "criteria": [_criterion(row) for row in edit.criteria],
        "tests": {k: _test(row) for k, row in sorted(edit.tests.items())},
        "results": {**RESULTS, "states": STATES},
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


def _logic(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> dict[str, Any]:
    """The axioms, sorted by what the evaluator does with them."""
    classes = known_classes(edit, names)
    plain = [a for a in axioms if not a.facet and not a.relation]
    return {
        "classes": sorted(classes),
        "rules": [_rule(a) for a in plain if a.head in classes],
        "finding_rules": [_rule(a) for a in plain if names.is_about_finding(a.head)],
        "asserting": {a.body[0]: a.id for a in axioms if a.relation},
        "asserting_sources": MEANING,
        "cuts": [_cut(a) for a in axioms if a.facet],
    }


def _source(row: Row) -> dict[str, Any]:
    found = {key: row[key] for key in ("citation", "pmid", "doi", "depth")}
    return {**found, "verified": row["verified"] != UNVERIFIED}


def _system(row: Row) -> dict[str, Any]:
    uris = [row["fhir_system_uri"], *row.list("other_system_uris")]
    # the example says how FHIR writes a code: HP:0002206, where SSSOM has 0002206
    head = f"{row['prefix']}:"
    return {
        "prefix": row["prefix"],
        "uris": uris,
        "match": row["match"],
        "code_prefix": head if row["code_example"].startswith(head) else "",
    }


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
    if axiom.facet is None:
        raise TypeError(axiom.at)
    return {
        "id": axiom.id,
        "quantity": axiom.body[0],
        "bound": axiom.facet.bound,
        "facet": axiom.facet.facet,
        "value": axiom.facet.value,
        "class": axiom.head,
        "sources": list(axiom.sources),
    }


def _choice(choice: Choice) -> dict[str, Any]:
    default = {"reports": choice.default, "asserts": choice.default}
    return {
        "id": choice.name,
        "stratum": choice.stratum,
        "default": default if choice.default else None,
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


def _hypothesis(edit: Edit, name: str) -> dict[str, Any]:
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
