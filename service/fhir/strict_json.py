"""Bytes to JSON, as FHIR wants it: nothing is repaired and nothing is overlooked.

The parsers of the standard library and of fhirkit accept duplicate keys, NaN, numbers
without end, NUL characters or empty elements. Here each of them is a problem with its
FHIRPath, and all problems of a document come in one answer. A sound document is read
in one pass; only a faulty one is read again, slowly, to say where it is wrong.

Source: http://hl7.org/fhir/R4/json.html; rows B1 to B11 of design/reliability.md.
"""

from __future__ import annotations

import json
import re
from array import array
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NoReturn

from service.errors import MalformedDocument, Problem
from service.fhir.paths import Step, element_path

MAX_DEPTH = 64
MAX_DIGITS = 64
MAX_EXPONENT = 300

_BOM = b"\xef\xbb\xbf"
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'"[]{}'))
# An opening bracket counts 1, a closing one -1 (255 as a signed byte).
_LEVELS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_EXPONENT = re.compile(r"[eE]([+-]?\d+)$")
# Escapes that FHIR allows: no control character but TAB, CR and LF, and no half of a
# surrogate pair. The possessive quantifiers keep the search linear.
_SOUND_ESCAPES = re.compile(
    r"(?:[^\\]++"
    r"|\\[\"\\/nrt]"
    r"|\\u(?:000[9aAdD]|00[2-9a-fA-F][0-9a-fA-F]|0[1-9a-fA-F][0-9a-fA-F]{2}"
    r"|[1-9a-cA-CeEfF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}"
    r"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))*+"
)
_UNSOUND_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class Number(str):
    """A JSON number as its own text: 1.10 stays 1.10."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document: the parsed root and the text it was parsed from."""

    root: Any
    text: str


class _Unsound(Exception):
    """The fast pass met something that the slow pass has to name."""


class _Members(tuple[tuple[str, Any], ...]):
    """An object as the pairs that were written, duplicates included."""

    __slots__ = ()


class _Oversized(str):
    """A number that no reader should have to compute."""

    __slots__ = ()


class _NotANumber(str):
    """NaN, Infinity or -Infinity, which JSON does not have."""

    __slots__ = ()


def parse(content: bytes) -> Document:
    """Read a document whose root is a JSON object.

    Raises MalformedDocument (400 `structure` or `value`) with every problem found.
    """
    text = decode(content)
    check_depth(content)
    try:
        root = _FAST.decode(text)
    except _Unsound:
        _explain(text)
    except json.JSONDecodeError as problem:
        raise _unreadable(problem) from None
    if not isinstance(root, dict):
        raise MalformedDocument("The document is not a JSON object.")
    if not root or ("\\" in text and not _SOUND_ESCAPES.fullmatch(text)):
        _explain(text)
    return Document(root, text)


def decode(content: bytes) -> str:
    """The text of the bytes, without the one byte order mark that is allowed.

    Raises MalformedDocument for an empty body and for bytes that are not UTF-8.
    """
    try:
        text = content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as problem:
        message = f"The body is not UTF-8 (byte {problem.start})."
        raise MalformedDocument(message) from None
    if not text.strip(" \t\r\n"):
        raise MalformedDocument("The body is empty: send one FHIR resource.")
    return text


def check_depth(content: bytes) -> None:
    """Refuse more than 64 levels before a parser has to follow them.

    Only quotes and brackets are looked at; what stands between quotes is skipped.
    """
    if b"\\" in content:
        content = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = content.translate(None, _NOT_STRUCTURE)
    brackets = b"".join(marks.split(b'"')[::2])
    levels = array("b", brackets.translate(_LEVELS))
    if max(accumulate(levels), default=0) > MAX_DEPTH:
        message = f"The document is nested more than {MAX_DEPTH} levels deep."
        raise MalformedDocument(message)


# --- the fast pass ---------------------------------------------------------------


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs) or "" in members:
        raise _Unsound
    for name, value in pairs:
        if not value and value is not False:
            raise _Unsound
        if type(value) is list and not (all(value) or _is_sound(name, value, members)):
            raise _Unsound
    return members


def _is_sound(name: str, values: list[Any], members: dict[str, Any]) -> bool:
    """Whether the falsy items of a list are booleans or paired nulls."""
    for place, value in enumerate(values):
        if value is None:
            if not _has_twin(name, place, members):
                return False
        elif not value and value is not False:
            return False
    return True


def _has_twin(name: str, place: int, members: dict[str, Any]) -> bool:
    """Whether a null in a list has its other half (`_given` beside `given`)."""
    twin = members.get(name[1:] if name.startswith("_") else f"_{name}")
    return isinstance(twin, list) and place < len(twin) and twin[place] is not None


def _number(text: str) -> Number:
    if _is_oversized(text):
        raise _Unsound
    return Number(text)


def _is_oversized(text: str) -> bool:
    if len(text) > MAX_DIGITS:
        return True
    exponent = _EXPONENT.search(text)
    return exponent is not None and abs(int(exponent[1])) > MAX_EXPONENT


def _constant(text: str) -> NoReturn:
    raise _Unsound


_FAST = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_float=_number,
    parse_int=_number,
    parse_constant=_constant,
)


# --- the slow pass ---------------------------------------------------------------


def _marked(text: str) -> str:
    return _Oversized(text) if _is_oversized(text) else Number(text)


_SLOW = json.JSONDecoder(
    object_pairs_hook=_Members,
    parse_float=_marked,
    parse_int=_marked,
    parse_constant=_NotANumber,
)


def _explain(text: str) -> NoReturn:
    """Read again, keeping what is wrong, and raise with every place."""
    try:
        root = _SLOW.decode(text)
    except json.JSONDecodeError as problem:
        raise _unreadable(problem) from None
    problems: list[Problem] = []
    _examine(root, (), problems)
    raise MalformedDocument(problems=tuple(problems))


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
        value is None and not _has_twin(name, place, members)
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
_UNSOUND_NAME = ("structure", "The name of an element is empty or holds characters "
                 "that no element has.")  # fmt: skip
_OVERSIZED = ("value", f"A number may have {MAX_DIGITS} characters and an exponent "
              f"of {MAX_EXPONENT} at most.")  # fmt: skip
_NAN = ("value", "NaN and Infinity are not JSON numbers.")
_UNSOUND_TEXT = ("value", "A string holds a control character other than TAB, CR and "
                 "LF, or half of a surrogate pair.")  # fmt: skip


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


def _unreadable(problem: json.JSONDecodeError) -> MalformedDocument:
    """The parser's own words may hold input, hence only the place is told."""
    what = "Something follows the document" if _is_extra(problem) else "Not JSON"
    return MalformedDocument(f"{what}: line {problem.lineno}, column {problem.colno}.")


def _is_extra(problem: json.JSONDecodeError) -> bool:
    return problem.msg.startswith("Extra data")
