"""CodeSystem/$lookup: what there is to know of one code.

Source: http://hl7.org/fhir/R4/codesystem-operation-lookup.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.fhir.codes import Resource
from service.fhir.terminology import code_system
from service.fhir.terminology.call import (
    Call,
    Coded,
    asked,
    check_version,
    not_found,
    required,
)
from service.fhir.terminology.hierarchy import codes_of
from service.fhir.terminology.parameters import Input, answer, group, parameter
from service.fhir.terminology.words import designations
from service.reasoning.terms import Concept

INPUTS = (
    Input("code", "code"),
    Input("system", "uri"),
    Input("version", "string"),
    Input("coding", "Coding"),
    Input("displayLanguage", "code"),
    Input("property", "code", many=True),
)
# What a client may ask for beside the properties of the CodeSystem.
DESIGNATION, DEFINITION, CHILD, LANG = "designation", "definition", "child", "lang."


def look_up(call: Call) -> Resource:
    """Name, version, display, designations and properties of a code.

    Raises NotFound (404) for a code, system or version that is not here.
    """
    (coded,) = asked(call)
    concept = find(coded, call)
    wanted = frozenset(call.given.texts("property"))
    shown = [
        each
        for each in designations(concept, call.language)
        if not wanted or wanted & {DESIGNATION, f"{LANG}{each['language']}"}
    ]
    system = code_system.header_of(call.knowledge).title.in_language(call.language)
    return answer(
        parameter("name", valueString=system),
        parameter("version", valueString=call.knowledge.version),
        parameter("display", valueString=call.label(concept.id)),
        *map(designation, shown),
        *(
            group("property", parameter("code", valueCode=code), *parts)
            for code, parts in properties(concept, call)
            if not wanted or code in wanted
        ),
    )


def find(coded: Coded, call: Call) -> Concept:
    """The concept of a code; raises NotFound, or InvalidParameter without a system."""
    if not coded.system:
        raise required("The system of the code", coded.path)
    if coded.system != code_system.URL:
        raise not_found(f"The system must be {code_system.URL}.", coded.path)
    check_version(call, "version")
    if coded.version not in ("", call.knowledge.version):
        raise not_found(f"The version is {call.knowledge.version}.", coded.path)
    concept = codes_of(call.knowledge).concepts.get(coded.code)
    if concept is None:
        raise not_found("The code system has no such code.", coded.path)
    return concept


def designation(each: Resource) -> Resource:
    """A designation as a parameter."""
    return group(
        DESIGNATION,
        parameter("language", valueCode=each["language"]),
        parameter("use", valueCoding=each.get("use")),
        parameter("value", valueString=each["value"]),
    )


def properties(
    concept: Concept, call: Call
) -> Iterator[tuple[str, tuple[Resource, ...]]]:
    """Each property: its code, its value, and what that means to a reader."""
    codes = codes_of(call.knowledge)
    text = concept.definition.in_language(call.language)
    yield DEFINITION, (parameter("value", valueString=text),)
    for each in code_system.properties(concept, codes):
        code, (key, value) = each["code"], list(each.items())[1]
        yield code, valued(key, value, describe(code, value, call))
    if not codes.is_inactive(concept.id):
        yield "inactive", valued("valueBoolean", value=False)
    for child in codes.children[concept.id]:
        yield CHILD, valued("valueCode", child, call.label(child))


def valued(key: str, value: object, told: str = "") -> tuple[Resource, ...]:
    """The parts of a property: its value, and that in words if there are any."""
    return (
        parameter("value", **{key: value}),
        parameter("description", valueString=told),
    )


def describe(code: str, value: Any, call: Call) -> str:
    """The value of a property in words, "" where it speaks for itself."""
    if code == "kind":
        return call.say(f"kind_{value}")
    if code == "source":
        found = call.knowledge.sources.get(value.rpartition("/")[2])
        return found.citation if found else ""
    return call.label(value) if code_system.PROPERTIES[code][0] == "code" else ""
