"""Where a JSON document is wrong: the slow pass, run for a faulty document only.

Every problem is told with the FHIRPath of the object that holds it, and without the
value. Source: rows B1 to B11 of docs/reference/reliability.md.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from service.errors import EmptyContent, MalformedDocument, Problem
from service.fhir.json_values import (
    MAX_DIGITS,
    MAX_EXPONENT,
    Number,
    has_twin,
    is_oversized,
    unreadable,
)
from service.fhir.paths import Step, element_path

# An answer with more issues than this helps nobody.
MAX_PROBLEMS = 100

_UNSOUND_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class _Members(tuple[tuple[str, Any], ...]):
    """An object as the pairs that were written, duplicates included."""

    __slots__ = ()


class _Oversized(str):
    """A number that no reader should have to compute."""

    __slots__ = ()


class _NotANumber(str):
    """NaN, Infinity or -Infinity, which JSON does not have."""

    __slots__ = ()


def _marked(text: str) -> str:
    return _Oversized(text) if is_oversized(text) else Number(text)


_SLOW = json.JSONDecoder(
    object_pairs_hook=_Members,
    parse_float=_marked,
    parse_int=_marked,
    parse_constant=_NotANumber,
)


def explain(text: str) -> NoReturn:
    """Read again, keeping what is wrong, and raise with every place."""
    try:
        root = _SLOW.decode(text)
    except json.JSONDecodeError as problem:
        raise unreadable(problem) from None
    problems: list[Problem] = []
    _examine(root, (), problems)
    if len(problems) == 1 and _has_no_entries(root):
        raise EmptyContent("The Bundle has no entries: there is nothing to read.")
    raise MalformedDocument(problems=tuple(problems[:MAX_PROBLEMS]))


def _has_no_entries(root: Any) -> bool:
    """Whether it is a Bundle without entries that says so by an empty array.

    The contract (section 4) calls it empty, not malformed.
    """
    members = dict(root) if isinstance(root, _Members) else {}
    return members.get("resourceType") == "Bundle" and members.get("entry") == []


def _examine(value: Any, path: tuple[Step, ...], problems: list[Problem]) -> None:
    if isinstance(value, _Members):
        _examine_members(value, path, problems)
    elif isinstance(value, list):
        if not value:
            problems.append(_problem(_EMPTY_LIST, _owner(path)))
        for place, item in enumerate(value):
            _examine(item, (*path, place), problems)
    elif isinstance(value, str):
        fault = _fault_of_text(value)
        if fault:
            problems.append(_problem(fault, _owner(path)))


def _examine_members(
    value: _Members, path: tuple[Step, ...], problems: list[Problem]
) -> None:
    if not value:
        problems.append(_problem(_EMPTY_OBJECT, _owner(path)))
    members = dict(value)
    if len(members) != len(value):
        problems.append(_problem(_DUPLICATE, path))
    if not path:
        path = (_root_name(members),)
    for name, item in members.items():
        if _fault_of_text(name):
            problems.append(_problem(_UNSOUND_NAME, path))
        elif item is None or _has_bare_null(name, item, members):
            problems.append(_problem(_NULL, path))
        else:
            _examine(item, (*path, name), problems)


def _owner(path: tuple[Step, ...]) -> tuple[Step, ...]:
    """The object that holds a faulty value: FHIRPath does not select the empty ones."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path[:-1]


def _has_bare_null(name: str, item: Any, members: dict[str, Any]) -> bool:
    return isinstance(item, list) and any(
        value is None and not has_twin(name, place, members)
        for place, value in enumerate(item)
    )


def _root_name(members: dict[str, Any]) -> str:
    name = members.get("resourceType")
    is_plain = isinstance(name, str) and name.isascii() and name.isalpha()
    return str(name) if is_plain else ""


_Fault = tuple[str, str]
_DUPLICATE = ("structure", "A key appears more than once in one object.")
_EMPTY_OBJECT = ("structure", "An empty object is not allowed: leave the element out.")
_EMPTY_LIST = ("structure", "An empty array is not allowed: leave the element out.")
_EMPTY_TEXT = ("structure", "An empty string is not allowed: leave the element out.")
_NULL = ("structure", "null is not allowed here: leave the element out.")
_UNSOUND_NAME = ("structure", "The name of an element is empty or not a name.")
_OVERSIZED = (
    "value",
    f"A number may have {MAX_DIGITS} characters and {MAX_EXPONENT} as exponent.",
)
_NAN = ("value", "NaN and Infinity are not JSON numbers.")
_UNSOUND_TEXT = (
    "value",
    "A string holds a control character (not TAB, CR, LF) or half a surrogate pair.",
)


def _fault_of_text(value: str) -> _Fault | None:
    if isinstance(value, Number):
        return None
    if isinstance(value, _Oversized):
        return _OVERSIZED
    if isinstance(value, _NotANumber):
        return _NAN
    if not value:
        return _EMPTY_TEXT
    return _UNSOUND_TEXT if _UNSOUND_CHARACTER.search(value) else None


def _problem(fault: _Fault, path: tuple[Step, ...]) -> Problem:
    code, message = fault
    return Problem(code, message, element_path(path) or None)
