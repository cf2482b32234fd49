"""What two releases say differently, row by row: axioms, thresholds, terms, the rest.

A row has a key and named fields, all of them text. Nothing of `rules.json` is left out
but the line on which an axiom stands and the version: a part that has no table of its
own is compared as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from service.reasoning.terms import Json, as_object, as_rows, as_text
from service.regression.axioms import axiom_rows

Fields: TypeAlias = "dict[str, str]"
Rows: TypeAlias = "dict[str, Fields]"

AXIOMS, THRESHOLDS, LIMITS, TERMS = "axioms", "thresholds", "limits", "terms"
# Parts of `rules.json` that other tables say: the axioms and what they are made of.
IN_AXIOMS = (
    "rules",
    "finding_rules",
    "cuts",
    "asserting",
    "asserting_sources",
    "classes",
)
# What a release is called is no difference of what it says.
NAMES = ("version", "version_iri")
# Of a term: what has a table of its own, or follows from its parents.
OF_LIMITS = ("limits", "plausible")
# By part of `rules.json` that is a list: the fields that name a row.
KEYS: Mapping[str, tuple[str, ...]] = {
    "choices": ("id",),
    "criteria": ("hypothesis", "role", "criterion", "negated"),
    "mappings": ("prefix", "code", "concept"),
    "systems": ("prefix",),
}
# Cuts of which one is the complement of the other, as one threshold.
SIGNS = {"ge": ">=", "lt": ">=", "gt": ">", "le": ">"}


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is not the same: `before` or `after` is empty where it is not there.

    Of a row that both have, only the fields that differ are kept.
    """

    table: str
    key: str
    before: Fields
    after: Fields


def compare_tables(
    old: Mapping[str, Json], new: Mapping[str, Json]
) -> tuple[Change, ...]:
    """Every row that was added, removed or changed, by table and key."""
    before, after = read_tables(old), read_tables(new)
    found: list[Change] = []
    for table in dict.fromkeys((*before, *after)):
        found += _differences(table, before.get(table, {}), after.get(table, {}))
    return tuple(found)


def read_tables(document: Mapping[str, Json]) -> dict[str, Rows]:
    """All of `rules.json` as tables; axioms come first, then what they rest on."""
    concepts = as_object(document.get("concepts"))
    tables: dict[str, Rows] = {
        AXIOMS: axiom_rows(document),
        THRESHOLDS: dict(_thresholds(concepts)),
        LIMITS: dict(_limits(concepts)),
        TERMS: {
            id: _flat({k: v for k, v in as_object(row).items() if k not in OF_LIMITS})
            for id, row in concepts.items()
        },
    }
    rest = {k: v for k, v in document.items() if k not in (*IN_AXIOMS, "concepts")}
    for part, content in rest.items():
        tables[part] = dict(_rows(part, content))
    return tables


def _rows(part: str, content: Json) -> Iterator[tuple[str, Fields]]:
    if part in KEYS:
        for row in as_rows(content):
            key = " ".join(as_text(row.get(name)) for name in KEYS[part])
            yield key, _flat(row)
    elif isinstance(content, dict):
        for key, value in content.items():
            if part == "ontology" and key in NAMES:
                continue
            yield key, _flat(value if isinstance(value, dict) else {"is": value})
    elif isinstance(content, list):
        for value in content:
            yield as_text(value), {"is": "there"}
    else:
        yield part, {"is": as_text(content)}


def _thresholds(concepts: Mapping[str, Json]) -> Iterator[tuple[str, Fields]]:
    """Each cut of a quantity once, with its complement."""
    for id, item in sorted(concepts.items()):
        row = as_object(item)
        sign = SIGNS.get(as_text(row.get("operator")))
        if sign:
            quantity, bound = as_text(row.get("quantity")), as_text(row.get("bound"))
            unit = as_text(as_object(concepts.get(quantity)).get("unit"))
            key = f"{quantity} {sign} {bound}"
            yield key, {"unit": unit, "sources": _text(row.get("sources"))}
        elif row.get("operator"):
            yield id, _flat(row)


def _limits(concepts: Mapping[str, Json]) -> Iterator[tuple[str, Fields]]:
    """The usual limits of a laboratory value, and the bounds of what is plausible."""
    for id, item in sorted(concepts.items()):
        row = as_object(item)
        for limit in as_rows(row.get("limits")):
            sex = as_text(limit.get("value_of_sex"))
            yield f"{id} {sex}".rstrip(), _flat(limit)
        if row.get("plausible"):
            yield f"{id} plausible", _flat(as_object(row.get("plausible")))


def _differences(table: str, before: Rows, after: Rows) -> Iterator[Change]:
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, {}), after.get(key, {})
        if old and new:
            names = sorted(
                n for n in old.keys() | new.keys() if old.get(n) != new.get(n)
            )
            old = {name: old.get(name, "") for name in names}
            new = {name: new.get(name, "") for name in names}
        if old != new:
            yield Change(table, key, old, new)


def _flat(row: Mapping[str, Json]) -> Fields:
    """The fields as text; those of an object inside carry its name before them."""
    found: Fields = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= {f"{name}.{key}": _text(item) for key, item in value.items()}
        else:
            found[name] = _text(value)
    return found


def _text(value: Json) -> str:
    if isinstance(value, list) and not any(isinstance(v, (dict, list)) for v in value):
        return ", ".join(map(as_text, value))
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return as_text(value)
