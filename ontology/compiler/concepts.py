"""Of each term: what the service needs to know of it, as a part of `rules.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ontology.compiler.edit import Edit, Row
from ontology.compiler.hierarchy import Hierarchy, close
from ontology.compiler.names import Names, cut_parts, value_users
from ontology.compiler.roles import READER

LIMIT_CELLS = ("low_below", "normal_from", "normal_to", "high_above", "min_age")


@dataclass(frozen=True, slots=True)
class _Concepts:
    """What describing one concept asks of all: computed once."""

    edit: Edit
    names: Names
    parents: dict[str, set[str]]
    ancestors: Hierarchy
    users: dict[str, tuple[str, ...]]


def concepts(edit: Edit, names: Names) -> dict[str, Any]:
    """All terms by id, sorted."""
    parents = _parents(edit, names)
    about = _Concepts(edit, names, parents, close(parents), value_users(edit))
    return {name: _concept(about, name) for name in sorted(edit.terms)}


def _parents(edit: Edit, names: Names) -> dict[str, set[str]]:
    """Of each concept with states: the concepts with states right above it."""
    found: dict[str, set[str]] = {name: set() for name in names.stateful}
    for axiom in edit.axioms:
        if len(axiom.body) == 1 and axiom.head in names.stateful and not axiom.facet:
            found.setdefault(axiom.body[0], set()).add(axiom.head)
    for name, row in edit.terms.items():
        above = set(row.list("parents")) & names.stateful
        if above:
            found.setdefault(name, set()).update(above)
    return found


def _concept(about: _Concepts, name: str) -> dict[str, Any]:
    edit, row = about.edit, about.edit.terms[name]
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
        "value_of": list(about.users.get(name, ())),
        "relative_of": list(row.list("family_history_of")),
        "suspicion_of": row["suspicion_of"],
        "synonyms": {
            language: list(row.list(f"synonyms_{language}"))
            for language in ("en", "fr")
            if row[f"synonyms_{language}"]
        },
        "status": row["status"],
        "limits": [_limit(limit) for limit in edit.limits if limit["concept"] == name],
        "plausible": _plausible(edit, name),
        "policy": edit.annotation("policy", name),
        "must_not_decide": edit.annotation("mustNotDecide", name) == "true",
        "studied_in": {
            note.language: note.value for note in edit.annotations("studiedIn", name)
        },
        **_hierarchy(about, name),
        **_bound(row, name),
    }
    return found | {key: value for key, value in optional.items() if value}


def _hierarchy(about: _Concepts, name: str) -> dict[str, list[str]]:
    if name not in about.names.stateful:
        return {}
    return {
        "parents": sorted(about.parents[name]),
        "ancestors": sorted(about.ancestors[name]),
    }


def _bound(row: Row, name: str) -> dict[str, str]:
    parts = cut_parts(name) if row["kind"] == "cut" else None
    if parts is None:
        return {}
    return dict(zip(("quantity", "operator", "bound"), parts, strict=True))


def _plausible(edit: Edit, name: str) -> dict[str, str]:
    row = edit.plausible.get(name)
    return {"low": row["low"], "high": row["high"]} if row else {}


def _limit(row: Row) -> dict[str, Any]:
    return {
        "value_of_sex": row["sex"] or None,
        **{key: row[key] for key in LIMIT_CELLS},
        "age_concept": READER["age"],
        "sex_concept": READER["sex"],
        "low": READER["low"],
        "normal": READER["normal"],
        "high": READER["high"],
        "sources": list(row.list("source")),
    }
