"""JSON out of what `strict_json` read or the writer made: numbers keep their text."""

from __future__ import annotations

import json
from typing import Any

from service.fhir.json_values import Number


def write_json(value: Any) -> str:
    """The text of a JSON value; a Number is written as it was read.

    >>> write_json({"value": Number("1.10"), "unit": "mm"})
    '{"value":1.10,"unit":"mm"}'
    """
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        members = (f"{json.dumps(k)}:{write_json(v)}" for k, v in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(write_json, value)) + "]"
    return json.dumps(value, allow_nan=False)
