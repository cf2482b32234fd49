"""FHIR data types to the nouns of the service; every path selects one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.fhir import grammar
from service.fhir.bundle import Json
from service.fhir.json_values import Number
from service.fhir.paths import fhirpath_name
from service.fhir.times import read_period, read_time
from service.model import Coding, Quantity, Range, Source, When

# Values that are read; an Observation may also have one of the others.
READ_VALUES = frozenset(
    {"valueBoolean", "valueQuantity", "valueCodeableConcept", "valueInteger",
     "valueRange", "valueString"}
)  # fmt: skip
Value = bool | Quantity | Range | tuple[Coding, ...] | None


def objects(value: Any) -> Sequence[tuple[int, Json]]:
    """The objects of a list with their places; nothing of anything else."""
    if not isinstance(value, list):
        return ()
    return [(place, item) for place, item in enumerate(value) if isinstance(item, dict)]


def text(value: Any) -> str:
    """A text, "" for anything else."""
    return value if isinstance(value, str) else ""


def read_codings(concept: Any, path: str) -> tuple[Coding, ...]:
    """The codings of a CodeableConcept that stands at the path."""
    if not isinstance(concept, dict):
        return ()
    return tuple(
        [
            read_coding(coding, f"{path}.coding[{place}]")
            for place, coding in objects(concept.get("coding"))
        ]
    )


def read_coding(coding: Json, path: str) -> Coding:
    """One Coding; what it lacks is empty."""
    get = coding.get
    return Coding(text(get("system")), text(get("code")), text(get("display")), path)


def read_concepts(concepts: Any, path: str) -> tuple[Coding, ...]:
    """The codings of all CodeableConcepts of a list, or of a single one."""
    if not concepts:
        return ()
    if isinstance(concepts, dict):
        return read_codings(concepts, path)
    return tuple(
        coding
        for place, concept in objects(concepts)
        for coding in read_codings(concept, f"{path}[{place}]")
    )


def read_text(concept: Any) -> str:
    """CodeableConcept.text, "" without one."""
    return text(concept.get("text")) if isinstance(concept, dict) else ""


def read_quantity(quantity: Any, path: str) -> Quantity | None:
    """A Quantity with a value; its unit is a code, the printed unit is no basis."""
    get = quantity.get if isinstance(quantity, dict) else {}.get
    value = get("value")
    if not isinstance(value, Number):
        return None
    return Quantity(
        value=str(value),
        comparator=text(get("comparator")),
        unit=text(get("code")),
        unit_system=text(get("system")),
        path=path,
    )


def read_range(interval: Any, path: str) -> Range | None:
    """A Range as a value; None when it has neither side."""
    if not isinstance(interval, dict):
        return None
    low = read_quantity(interval.get("low"), f"{path}.low")
    high = read_quantity(interval.get("high"), f"{path}.high")
    return Range(low, high, is_normal=False) if low or high else None


def read_reference_ranges(ranges: Any, path: str) -> tuple[Range, ...]:
    """The ranges that have a number; one of another type than normal is marked."""
    found = []
    for place, item in objects(ranges):
        interval = read_range(item, f"{path}[{place}]")
        if interval:
            codes = {code.code for code in read_codings(item.get("type"), path)}
            is_normal = not codes or "normal" in codes
            found.append(Range(interval.low, interval.high, is_normal))
    return tuple(found)


def value_element(holder: Json) -> str:
    """The name of the value[x] of an Observation or component, "" without one."""
    names = (name for name in holder if name.startswith("value"))
    return next(names, "")


def read_value(holder: Json, path: str) -> Value:
    """The value of an Observation or component; None for what is not read."""
    name = value_element(holder)
    value = holder.get(name)
    place = f"{path}.{fhirpath_name(name)}"
    match name:
        case "valueBoolean":
            return value if isinstance(value, bool) else None
        case "valueQuantity":
            return read_quantity(value, place)
        case "valueInteger":
            return _integer(value, place)
        case "valueRange":
            return read_range(value, place)
        case "valueCodeableConcept":
            return read_codings(value, place) or None
    return None


def _integer(value: Any, path: str) -> Quantity | None:
    if not isinstance(value, Number):
        return None
    return Quantity(str(value), "", "", "", path, is_integer=True)


def read_when(resource: Json) -> When | None:
    """The time of a resource: of its time elements, the first that it has."""
    for element in grammar.TIMES.get(text(resource.get("resourceType")), ()):
        value = resource.get(element)
        if isinstance(value, str):
            return read_time(value)
        if isinstance(value, dict):
            return read_period(value)
    return None


def read_source(reference: str, path: str, resource: Json) -> Source:
    """Where a statement of the resource stands."""
    kind = text(resource.get("resourceType"))
    return Source(reference, path, kind, text(resource.get("id")))
