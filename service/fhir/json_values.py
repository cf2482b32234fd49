"""What the two passes of the strict reader share: numbers, halves, unreadable text."""

from __future__ import annotations

import json
import re
from typing import Any

from service.errors import MalformedDocument

MAX_DIGITS = 64
MAX_EXPONENT = 300

_EXPONENT = re.compile(r"[eE]([+-]?\d+)$")


class Number(str):
    """A JSON number as its own text: 1.10 stays 1.10."""

    __slots__ = ()


def is_oversized(text: str) -> bool:
    """Whether no reader should have to compute the number."""
    if len(text) > MAX_DIGITS:
        return True
    exponent = _EXPONENT.search(text)
    return exponent is not None and abs(int(exponent[1])) > MAX_EXPONENT


def has_twin(name: str, place: int, members: dict[str, Any]) -> bool:
    """Whether a null in a list has its other half (`_given` beside `given`)."""
    twin = members.get(name[1:] if name.startswith("_") else f"_{name}")
    return isinstance(twin, list) and place < len(twin) and twin[place] is not None


def unreadable(problem: json.JSONDecodeError) -> MalformedDocument:
    """The parser's own words may hold input, hence only the place is told."""
    what = "Something follows the document" if _is_extra(problem) else "Not JSON"
    return MalformedDocument(f"{what}: line {problem.lineno}, column {problem.colno}.")


def _is_extra(problem: json.JSONDecodeError) -> bool:
    return problem.msg.startswith("Extra data")
