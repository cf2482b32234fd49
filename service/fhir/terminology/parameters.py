"""What an operation is given, by URL or in Parameters, and what it answers.

A parameter that the operation does not have is refused: passed over in silence it would
give another answer than the one asked for. Errors name the place in the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.errors import (
    InvalidContent,
    InvalidParameter,
    UnknownExtension,
    UnsupportedContent,
)
from service.fhir import strict_json
from service.fhir.bundle import Envelope, make_entry, root_type
from service.fhir.checks import has_modifier
from service.fhir.codes import Resource
from service.fhir.json_values import Number
from service.fhir.phrases import as_problem
from service.fhir.releases import R4
from service.fhir.structure import check_structure

PARAMETERS = "Parameters"
# The types that are written as text; clients mix them up, and each says the same.
TEXTS = frozenset({"code", "uri", "url", "canonical", "string", "id", "markdown"})
NUMBERS = frozenset({"integer", "unsignedInt", "positiveInt"})
# The types that no URL can hold.
COMPLEX = frozenset({"Coding", "CodeableConcept", "ValueSet"})
WHOLE = re.compile(r"\d{1,9}")
FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter of an operation: its FHIR type, and whether it may be repeated."""

    name: str
    type: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """A given value; `path` is its FHIRPath in the posted document, "" in a URL."""

    value: Any
    path: str


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call by name."""

    arguments: Mapping[str, tuple[Argument, ...]]

    def first(self, name: str) -> Argument | None:
        """The argument of a name, None without one."""
        found = self.arguments.get(name, ())
        return found[0] if found else None

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name."""
        found = self.first(name)
        return default if found is None else found.value

    def text(self, name: str) -> str:
        """The text of a name, "" without one."""
        return str(self.get(name, ""))

    def texts(self, name: str) -> tuple[str, ...]:
        """All texts of a name that may be repeated."""
        return tuple(each.value for each in self.arguments.get(name, ()))

    def path(self, name: str) -> str | None:
        """Where the argument stands in the posted document."""
        found = self.first(name)
        return (found.path or None) if found else None


def read_query(
    pairs: Iterable[tuple[str, str]], inputs: Sequence[Input]
) -> dict[str, list[str]]:
    """The texts of a URL by name; raises InvalidParameter as `read_posted` does."""
    known = {each.name: each for each in inputs}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in known:
            raise unknown(inputs)
        if name in found and not known[name].many:
            raise InvalidParameter(f"{name} is given more than once.")
        if not value:
            raise InvalidParameter(f"{name} has no value.")
        found.setdefault(name, []).append(value)
    return found


def from_query(query: Mapping[str, Sequence[str]], inputs: Sequence[Input]) -> Given:
    """The arguments of a URL, each as its type."""
    known = {each.name: each for each in inputs}
    return Given(
        {
            name: tuple(
                Argument(_typed(value, known[name], None), "") for value in values
            )
            for name, values in query.items()
            if name in known
        }
    )


def from_body(body: bytes, inputs: Sequence[Input]) -> Given:
    """The arguments of posted Parameters, or of a resource that is the one of its type.

    Raises MalformedDocument, UnknownResourceType and InvalidParameter (400),
    InvalidContent, UnsupportedContent and UnknownExtension (422).
    """
    document = strict_json.parse(body)
    root = document.root
    type = root_type(root)
    wanted = [each.name for each in inputs if each.type == type]
    if type != PARAMETERS and not wanted:
        raise UnsupportedContent("Post Parameters.", expression=type)
    check(root, document.text, type)
    if type != PARAMETERS:
        return Given({wanted[0]: (Argument(root, type),)})
    known = {each.name: each for each in inputs}
    found: dict[str, tuple[Argument, ...]] = {}
    for name, argument in _posted(root, known):
        if name in found and not known[name].many:
            message = f"{name} is given more than once."
            raise InvalidParameter(message, expression=argument.path)
        found[name] = (*found.get(name, ()), argument)
    return Given(found)


def check(root: Resource, text: str, type: str) -> None:
    """Refuse what is not FHIR R4, every fault with its path."""
    entry = make_entry(0, (type,), {}, root, text)
    faults = check_structure(Envelope("", root, text, (), {}, (entry,)), R4)
    problems = tuple(as_problem(note) for notes in faults.values() for note in notes)
    if problems:
        raise InvalidContent(problems=problems)
    if has_modifier(root):
        message = "A modifierExtension may change what is meant: leave it out."
        raise UnknownExtension(message)


def unknown(inputs: Sequence[Input], path: str | None = None) -> InvalidParameter:
    """The refusal of a parameter, which lists those that there are."""
    names = ", ".join(each.name for each in inputs)
    message = f"The parameters are {names}; no others."
    return InvalidParameter(message, expression=path)


def _posted(
    root: Resource, known: Mapping[str, Input]
) -> Iterator[tuple[str, Argument]]:
    for place, parameter in enumerate(root.get("parameter", ())):
        path = f"{PARAMETERS}.parameter[{place}]"
        wanted = known.get(parameter["name"])
        if wanted is None:
            raise unknown(tuple(known.values()), path)
        yield wanted.name, _argument(parameter, wanted, path)


def _argument(parameter: Resource, wanted: Input, path: str) -> Argument:
    """The value of one parameter, which must have the type that the operation has."""
    if wanted.type == "ValueSet":
        resource = parameter.get("resource")
        if not resource or resource.get("resourceType") != wanted.type:
            raise wrong_type(wanted, path)
        return Argument(resource, f"{path}.resource")
    types = TEXTS if wanted.type in TEXTS else {wanted.type}
    types = NUMBERS if wanted.type in NUMBERS else types
    for type in types:
        key = f"value{type[0].upper()}{type[1:]}"
        if key in parameter:
            at = f"{path}.value"
            return Argument(_typed(parameter[key], wanted, at), at)
    raise wrong_type(wanted, path)


def _typed(value: Any, wanted: Input, path: str | None) -> Any:
    """The value as Python has it: text, whole number, boolean or object."""
    if path is None and wanted.type in COMPLEX:
        raise InvalidParameter(f"{wanted.name} fits into no URL: post Parameters.")
    if wanted.type == "boolean" and isinstance(value, str):
        if value not in FLAGS:
            message = f"{wanted.name} must be true or false."
            raise InvalidParameter(message, expression=path)
        return FLAGS[value]
    if wanted.type in NUMBERS:
        if not WHOLE.fullmatch(value):
            message = f"{wanted.name} must be a whole number from 0 on."
            raise InvalidParameter(message, expression=path)
        return int(value)
    return value


def wrong_type(wanted: Input, path: str) -> InvalidParameter:
    """The refusal of a value of another type."""
    kind = wanted.type
    holder = "resource" if kind == "ValueSet" else f"value{kind[0].upper()}{kind[1:]}"
    return InvalidParameter(f"{wanted.name} needs a {holder}.", expression=path)


def answer(*parameters: Resource) -> Resource:
    """Parameters as an answer; those without a value or parts are left out."""
    told = [each for each in parameters if len(each) > 1]
    return {"resourceType": PARAMETERS, "parameter": told}


def parameter(name: str, **value: Any) -> Resource:
    """One parameter (`valueCode="x"`); without a value `answer` leaves it out."""
    return {"name": name} | {
        key: each for key, each in value.items() if each not in ("", None)
    }


def group(name: str, *parts: Resource) -> Resource:
    """A parameter with parts."""
    return {"name": name, "part": [each for each in parts if len(each) > 1]}


def as_plain(value: Any) -> Any:
    """A posted value without numbers and extensions, so that it can be sent back."""
    if isinstance(value, dict):
        return {
            key: as_plain(each)
            for key, each in value.items()
            if key != "extension"
            and not key.startswith("_")
            and not isinstance(each, Number)
        }
    return [as_plain(each) for each in value] if isinstance(value, list) else value
