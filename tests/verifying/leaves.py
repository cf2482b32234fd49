"""Every single value of a report that verification vouches for, each changed once."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from service.fhir.case_facts import CASE
from service.fhir.codes import JUSTIFICATION
from service.reasoning.knowledge import Knowledge
from service.verify.outcome import Verdict
from service.verify.reading import UnreadableReport, read_reports
from service.verify.terminology import Terminology
from service.verify.verification import verify_issued
from tests.verifying.chainer import chain
from tests.verifying.reports import Json, written

Path: TypeAlias = tuple[str | int, ...]
# Of a justification: what is told for people, and where the sender is referred to.
TOLD = frozenset(
    {"source", "citation", "sent", "limit", "code", "reference", "preliminary"}
)
# Of a FHIR data type: words beside the code, and the unit, which the case vouches for.
WORDS = frozenset({"display", "text", "unit", "system"})
ELEMENTS = ("code", "valueCodeableConcept", "component")


def changed(document: Json) -> Iterator[tuple[Path, Json]]:
    """For each of these values its place and a copy in which it is another one."""
    for place, entry in enumerate(document["entry"]):
        resource = entry["resource"]
        for path in vouched(resource):
            damaged = copy.deepcopy(document)
            holder: Any = damaged["entry"][place]["resource"]
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = another(holder[path[-1]])
            yield (resource["resourceType"], *path), damaged


def accepted(
    damaged: Iterable[tuple[Path, Json]], knowledge: Knowledge, terminology: Terminology
) -> list[Path]:
    """The places where a change was not noticed."""
    found = []
    for path, document in damaged:
        try:
            (issued,) = read_reports(written(document), knowledge)
        except UnreadableReport:
            continue
        outcome = verify_issued(issued, knowledge, terminology, chain)
        if outcome.verdict is not Verdict.REFUSED:
            found.append(path)
    return found


def another(value: Any) -> Any:
    """A value of the same kind that is not this one."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}0"


def vouched(resource: Json) -> Iterator[Path]:
    """The places of the values that verification vouches for."""
    kind = resource["resourceType"]
    if kind == "DiagnosticReport":
        yield ("identifier", 0, "value")
        for place, _ in enumerate(resource["result"]):
            yield ("result", place, "reference")
        for place, _ in enumerate(resource.get("conclusionCode", [])):
            yield ("conclusionCode", place, "coding", 0, "code")
        yield from extensions(resource, CASE)
    if kind == "Observation":
        for name in ELEMENTS:
            yield from leaves(resource.get(name, {}), (name,), "extension")
    if kind in ("Observation", "DetectedIssue"):
        yield from extensions(resource, JUSTIFICATION)


def extensions(resource: Json, url: str) -> Iterator[Path]:
    """The values in the parts of one extension."""
    for place, item in enumerate(resource.get("extension", [])):
        if item["url"] != url:
            continue
        for number, part in enumerate(item["extension"]):
            if part["url"] not in TOLD:
                yield from leaves(
                    part, ("extension", place, "extension", number), "url"
                )


def leaves(value: Any, path: Path, *left_out: str) -> Iterator[Path]:
    """The places of all values below one, but for words and what is left out."""
    if isinstance(value, dict):
        if value.get("url") in TOLD:
            return
        for key, inner in value.items():
            if key not in WORDS and key not in left_out:
                yield from leaves(inner, (*path, key), *left_out)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place), *left_out)
    else:
        yield path
