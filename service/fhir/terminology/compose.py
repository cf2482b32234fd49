"""Which codes a value set holds: one that is known here, or a posted definition.

A definition that this service cannot read exactly is refused with its place (422); a
set that is only nearly the one meant would be worse than none.
Source: http://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.errors import (
    EmptyContent,
    InvalidContent,
    InvalidParameter,
    UnsupportedContent,
)
from service.fhir.codes import Resource
from service.fhir.terminology import code_system
from service.fhir.terminology.call import Call, check_canonical, check_version, required
from service.fhir.terminology.hierarchy import Codes, codes_of
from service.fhir.terminology.value_sets import CodeSet, code_sets
from service.reasoning.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Chosen:
    """The value set of a call: one of ours, or a posted one, and its codes in order."""

    members: tuple[str, ...]
    ours: CodeSet | None
    posted: Resource | None


def chosen_set(call: Call) -> Chosen:
    """The value set that a call is about, by id, by url or posted.

    Raises NotFound (404), InvalidParameter (400), and for a posted one
    InvalidContent, EmptyContent and UnsupportedContent (422).
    """
    known = code_sets(call.knowledge)
    by_url = {each.header.url: each for each in known.values()}
    url = check_canonical(call, "url", tuple(by_url))
    check_version(call, "valueSetVersion")
    posted = call.given.first("valueSet")
    if sum(map(bool, (url, call.id, posted))) > 1:
        raise InvalidParameter("Name one value set, or post one.")
    if posted:
        members = composed(posted.value, posted.path, call.knowledge)
        return Chosen(members, None, posted.value)
    if not (url or call.id):
        raise required("url or valueSet")
    ours = by_url[url] if url else known[call.id]
    return Chosen(ours.members, ours, None)


def composed(posted: Resource, path: str, knowledge: Knowledge) -> tuple[str, ...]:
    """The codes of a posted definition, in the order of the code system."""
    compose = posted.get("compose")
    path = f"{path}.compose"
    if not compose:
        message = "The value set needs a compose: an expansion alone defines nothing."
        raise EmptyContent(message, expression=path.removesuffix(".compose"))
    if "lockedDate" in compose:
        raise unsupported("No version of another date is here.", f"{path}.lockedDate")
    codes = codes_of(knowledge)
    found: set[str] = set()
    for place, include in enumerate(compose.get("include", ())):
        found |= selected(include, f"{path}.include[{place}]", knowledge)
    for place, exclude in enumerate(compose.get("exclude", ())):
        found -= selected(exclude, f"{path}.exclude[{place}]", knowledge)
    if compose.get("inactive") is False:
        found = {code for code in found if not codes.is_inactive(code)}
    return tuple(code for code in codes.concepts if code in found)


def selected(include: Resource, path: str, knowledge: Knowledge) -> set[str]:
    """The codes of one include or exclude: those that meet all its conditions."""
    codes = codes_of(knowledge)
    check_include(include, path, knowledge)
    found = set(codes.concepts)
    if "concept" in include:
        found &= {
            listed(each["code"], f"{path}.concept[{place}].code", codes)
            for place, each in enumerate(include["concept"])
        }
    for place, each in enumerate(include.get("filter", ())):
        found &= filtered(each, f"{path}.filter[{place}]", codes)
    for place, url in enumerate(include.get("valueSet", ())):
        found &= referred(url, f"{path}.valueSet[{place}]", knowledge)
    return found


def check_include(include: Resource, path: str, knowledge: Knowledge) -> None:
    """Refuse what vsd-1 to vsd-3 forbid, other systems and other versions."""
    system = include.get("system")
    if system is None and ("concept" in include or "filter" in include):
        raise invalid("Concepts and filters need a system (vsd-2).", path)
    if system is None and "valueSet" not in include:
        raise invalid("A system or a valueSet is needed (vsd-1).", path)
    if "concept" in include and "filter" in include:
        raise invalid("Concepts and filters exclude each other (vsd-3).", path)
    if system not in (None, code_system.URL):
        raise unsupported(f"Only {code_system.URL} is known.", f"{path}.system")
    if include.get("version", knowledge.version) != knowledge.version:
        message = f"The only version here is {knowledge.version}."
        raise unsupported(message, f"{path}.version")
    if len(include.get("valueSet", ())) > 1:
        # R4's page says that all must hold a code, its definition that one must.
        message = "R4 is at odds with itself over several sets: use several includes."
        raise unsupported(message, path)


def listed(code: str, path: str, codes: Codes) -> str:
    """A code that is listed one by one."""
    if code not in codes.concepts:
        message = "The code system has no such code."
        raise InvalidContent(message, issue="code-invalid", expression=path)
    return code


def filtered(each: dict[str, Any], path: str, codes: Codes) -> set[str]:
    """The codes that a filter lets through."""
    property, op, value = each["property"], each["op"], each["value"]
    if property not in code_system.FILTERS:
        known = ", ".join(code_system.FILTERS)
        raise unsupported(f"Filters are on {known}.", f"{path}.property")
    if op not in code_system.FILTERS[property]:
        known = ", ".join(code_system.FILTERS[property])
        raise unsupported(f"The operators of this filter are {known}.", f"{path}.op")
    if property == "kind":
        return {c.id for c in codes.concepts.values() if c.kind == value}
    below = codes.below(listed(value, f"{path}.value", codes))
    return {*below, value} if op == "is-a" else set(below)


def referred(canonical: str, path: str, knowledge: Knowledge) -> set[str]:
    """The codes of a value set of ours that a posted one names."""
    url, _, version = canonical.partition("|")
    for each in code_sets(knowledge).values():
        if each.header.url == url and version in ("", knowledge.version):
            return set(each.members)
    raise unsupported("No such value set is known here.", path)


def invalid(message: str, path: str) -> InvalidContent:
    """422: against a rule of FHIR."""
    return InvalidContent(message, issue="invariant", expression=path)


def unsupported(message: str, path: str) -> UnsupportedContent:
    """422: sound FHIR that is not served."""
    return UnsupportedContent(message, expression=path)
