"""Asking the terminology operations, and reading their answers."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import fhirkit
from flask import Flask
from werkzeug.test import TestResponse

from service.fhir.terminology.call import Call
from service.fhir.terminology.operations import OPERATIONS
from service.fhir.terminology.parameters import Given, from_query
from service.reasoning.knowledge import Knowledge

ROOT = Path(__file__).parents[1]
EDIT = ROOT / "ontology/edit"
BASE = "https://w3id.org/pulmonary-ossification"
SYSTEM = f"{BASE}/CodeSystem/dpo"
JSON = "application/fhir+json"
# The kinds of the table of terms that are words of the ontology's own grammar.
GRAMMAR = {"annotationProperty", "class", "dataProperty", "derived", "objectProperty"}

ISSUED = datetime(2026, 3, 1, tzinfo=UTC)

Json = dict[str, Any]


class Asker:
    """A client that knows the addresses and checks that every answer is R4."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def send(self, path: str, **given: Any) -> TestResponse:
        """The raw answer to GET; lists are repeated, booleans written as FHIR does."""
        pairs = [
            (name.rstrip("_"), str(each).lower() if isinstance(each, bool) else each)
            for name, value in given.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        return self.client.get(f"/fhir/{path}?{urlencode(pairs)}")

    def post(self, path: str, *parameters: Json, **headers: str) -> TestResponse:
        """The raw answer to posted Parameters."""
        document: Json = {"resourceType": "Parameters", "parameter": list(parameters)}
        if not parameters:
            del document["parameter"]
        return self.send_body(path, json.dumps(document), **headers)

    def send_body(self, path: str, body: str, **headers: str) -> TestResponse:
        """The raw answer to a posted text."""
        return self.client.post(
            f"/fhir/{path}", data=body, content_type=JSON, headers=headers
        )

    def get(self, path: str, **given: Any) -> Json:
        """The answer to GET, which must be sound."""
        return sound(self.send(path, **given))

    def ask(self, path: str, **given: Any) -> Json:
        """The parameters of an answer by name; repeated ones and parts are lists."""
        return told(self.get(path, **given))


def answer_of(knowledge: Knowledge, operation: str, id: str = "", **given: str) -> Json:
    """What an operation answers without HTTP, for whoever asks thousands of times."""
    (found,) = (each for each in OPERATIONS if f"{each.type}/${each.name}" == operation)
    query = {name: [value] for name, value in given.items()}
    language = given.get("displayLanguage", "en")
    arguments = from_query(query, found.inputs)
    return told(found.answer(Call(knowledge, arguments, language, ISSUED, id)))


def call(knowledge: Knowledge, given: Given, language: str = "en") -> Call:
    """A call of an operation, made by hand."""
    return Call(knowledge, given, language, ISSUED)


def deprecate(knowledge: Knowledge, code: str, successor: str) -> Knowledge:
    """A Knowledge in which one code was replaced by another."""
    old = replace(knowledge.concepts[code], status=f"deprecated:{successor}")
    concepts = MappingProxyType({**knowledge.concepts, code: old})
    return replace(knowledge, concepts=concepts)


def sound(answer: TestResponse) -> Json:
    """The document of an answer that is a success and is valid R4."""
    assert answer.status_code == 200, answer.text
    assert fhirkit.validate(answer.text) == []
    document: Json = json.loads(answer.text)
    return document


def told(document: Json) -> Json:
    """Parameters by name: a value, or a list of the parts of each group."""
    assert document["resourceType"] == "Parameters"
    return named(document.get("parameter", []))


def named(parameters: list[Json]) -> Json:
    """Parameters or parts by name."""
    found: Json = {}
    for parameter in parameters:
        if "part" in parameter:
            found.setdefault(parameter["name"], []).append(named(parameter["part"]))
        else:
            (value,) = (v for k, v in parameter.items() if k.startswith("value"))
            found[parameter["name"]] = value
    return found


def issue(answer: TestResponse) -> tuple[int, str, str | None]:
    """Status, code and place of the first issue of a refusal."""
    outcome = json.loads(answer.text)
    assert outcome["resourceType"] == "OperationOutcome", answer.text
    first = outcome["issue"][0]
    return answer.status_code, first["code"], first.get("expression", [None])[0]


def matches(answer: Json) -> set[tuple[str, str, str]]:
    """The matches of $translate as (equivalence, system, code)."""
    return {
        (each["equivalence"], each["concept"]["system"], each["concept"]["code"])
        for each in answer.get("match", [])
    }


def members(value_set: Json) -> list[str]:
    """The codes of an expansion."""
    contains = value_set["expansion"].get("contains", [])
    assert {each["system"] for each in contains} <= {SYSTEM}
    return [each["code"] for each in contains]


def rows(path: Path) -> Iterator[Mapping[str, str]]:
    """The rows of a table of `edit/`, without the comments before it."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


@cache
def terms() -> dict[str, Mapping[str, str]]:
    """The rows of the table of terms that are codes."""
    found = rows(EDIT / "terms.tsv")
    return {row["id"]: row for row in found if row["kind"] not in GRAMMAR}


@cache
def systems() -> dict[str, Mapping[str, str]]:
    """The rows of the table of code systems by prefix."""
    return {row["prefix"]: row for row in rows(EDIT / "mappings/systems.tsv")}


@cache
def mappings() -> list[tuple[str, str, str, str, str]]:
    """Every SSSOM row: concept, predicate, prefix, code as FHIR writes it, label."""
    found = []
    for path in sorted((EDIT / "mappings").glob("*.sssom.tsv")):
        for row in rows(path):
            prefix, _, code = row["object_id"].partition(":")
            if systems()[prefix]["code_example"].startswith(f"{prefix}:"):
                code = row["object_id"]
            concept = row["subject_id"].removeprefix("dpo:")
            predicate = row["predicate_id"].removeprefix("skos:")
            found.append((concept, predicate, prefix, code, row["object_label"]))
    return found


def uri(prefix: str) -> str:
    """The URI by which FHIR names a code system."""
    return systems()[prefix]["fhir_system_uri"]
