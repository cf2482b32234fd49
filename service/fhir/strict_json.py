"""Bytes to JSON, as FHIR wants it: nothing is repaired and nothing is overlooked.

The parsers of the standard library and of fhirkit accept duplicate keys, NaN, numbers
without end, NUL characters or empty elements. Here each of them is a problem with its
FHIRPath, and all problems of a document come in one answer. A sound document is read
in one pass; only a faulty one is read again, slowly, to say where it is wrong.

Source: http://hl7.org/fhir/R4/json.html; docs/reference/reliability.md B1 to B11.
"""

from __future__ import annotations

import json
import re
from array import array
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NoReturn

from service.errors import MalformedDocument, UnsupportedMediaType
from service.fhir.json_faults import explain
from service.fhir.json_values import Number, has_twin, is_oversized, unreadable

MAX_DEPTH = 64

_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'"[]{}'))
# An opening bracket counts 1, a closing one -1 (255 as a signed byte).
_LEVELS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
# Escapes that FHIR allows: no control character but TAB, CR and LF, and no half of a
# surrogate pair. The possessive quantifiers keep the search linear.
_SOUND_ESCAPES = re.compile(
    r"(?:[^\\]++"
    r"|\\[\"\\/nrt]"
    r"|\\u(?:000[9aAdD]|00[2-9a-fA-F][0-9a-fA-F]|0[1-9a-fA-F][0-9a-fA-F]{2}"
    r"|[1-9a-cA-CeEfF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}"
    r"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))*+"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document: the parsed root and the text it was parsed from."""

    root: Any
    text: str


class _Unsound(Exception):
    """The fast pass met something that the slow pass has to name."""


def parse(content: bytes) -> Document:
    """Read a document whose root is a JSON object.

    Raises MalformedDocument (400 `structure` or `value`) with every problem found.
    """
    text = decode(content)
    check_depth(content)
    try:
        root = _FAST.decode(text)
    except _Unsound:
        explain(text)
    except json.JSONDecodeError as problem:
        raise unreadable(problem) from None
    if not isinstance(root, dict):
        raise MalformedDocument("The document is not a JSON object.")
    if not root or ("\\" in text and not _SOUND_ESCAPES.fullmatch(text)):
        explain(text)
    return Document(root, text)


def decode(content: bytes) -> str:
    """The text of the bytes, without the one byte order mark that is allowed.

    Raises MalformedDocument for an empty body and for bytes that are not UTF-8, and
    UnsupportedMediaType (415) for UTF-16 and UTF-32.
    """
    if content.startswith(_OTHER_BOMS):
        raise UnsupportedMediaType("The body is UTF-16 or UTF-32: send UTF-8.")
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
            if not has_twin(name, place, members):
                return False
        elif not value and value is not False:
            return False
    return True


def _number(text: str) -> Number:
    if is_oversized(text):
        raise _Unsound
    return Number(text)


def _constant(_text: str) -> NoReturn:
    raise _Unsound


_FAST = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_float=_number,
    parse_int=_number,
    parse_constant=_constant,
)
