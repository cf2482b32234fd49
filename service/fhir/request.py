"""Parameters that ask for a patient of the FHIR server instead of bringing a Bundle.

Source: contract, sections 1 and 7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from service.errors import InvalidContent, UnsupportedContent
from service.fhir import strict_json
from service.fhir.bundle import Json, root_type

SUBJECT, WRITE = "subject", "write"
# http://hl7.org/fhir/R4/datatypes.html#id; dots alone would lead out of the server.
ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9.-]{1,64}")
AT = "Parameters.parameter"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose record is to be read: the literal reference with its FHIRPath.

    `reference` is "" where the address names the patient; `write` is None where the
    body does not say.
    """

    reference: str = ""
    path: str = ""
    write: bool | None = None


def find_subject(document: bytes) -> Asked | None:
    """What Parameters with a `subject` ask for; None for any other document.

    Raises MalformedDocument (400) and InvalidContent (422).
    """
    # Nearly every document is a Bundle: it is not parsed twice.
    if b'"Parameters"' not in document or b'"subject"' not in document:
        return None
    root = strict_json.parse(document).root
    if root_type(root) != "Parameters":
        return None
    if all(parameter.get("name") != SUBJECT for parameter in _parameters(root)):
        return None
    return _read(root, (SUBJECT, WRITE))


def read_wish(document: bytes) -> Asked:
    """What the body says where the address names the patient: nothing, or `write`.

    Raises MalformedDocument (400) and InvalidContent (422).
    """
    if not document.strip():
        return Asked()
    root = strict_json.parse(document).root
    if root_type(root) != "Parameters":
        message = "Send Parameters or no body: the record is read from the server."
        raise InvalidContent(message, expression=root_type(root))
    return _read(root, (WRITE,))


def patient_id(asked: Asked, base: str) -> str:
    """The id of the Patient on the server at `base`.

    Raises InvalidContent for a reference to anywhere else (422 `security`) or without
    an id (422 `value`), UnsupportedContent for another type.
    """
    literal = asked.reference.removeprefix(f"{base}/")
    if ":" in literal or literal.startswith(("/", "#")):
        message = "subject must be a Patient of the FHIR server: write Patient/<id>."
        raise InvalidContent(message, issue="security", expression=asked.path)
    kind, _, id = literal.partition("/")
    if kind != "Patient":
        message = "subject must be a Patient: no other record is read."
        raise UnsupportedContent(message, expression=asked.path)
    return check_id(id, asked.path)


def check_id(id: str, path: str | None = None) -> str:
    """The id itself; InvalidContent for what FHIR does not allow as one."""
    if not ID.fullmatch(id):
        message = "An id has 1 to 64 letters, digits, hyphens and dots."
        raise InvalidContent(message, issue="value", expression=path)
    return id


def _parameters(root: Json) -> list[Json]:
    parameters = root.get("parameter", [])
    if not isinstance(parameters, list) or not all(
        isinstance(parameter, dict) for parameter in parameters
    ):
        message = "Parameters.parameter is a list of objects."
        raise InvalidContent(message, issue="structure", expression="Parameters")
    return parameters


def _read(root: Json, names: tuple[str, ...]) -> Asked:
    """The parameters of these names, each at most once; others are refused."""
    found: dict[str, tuple[int, Json]] = {}
    for place, parameter in enumerate(_parameters(root)):
        name = parameter.get("name")
        path = f"{AT}[{place}]"
        if name not in names:
            message = f"The parameters here are {', '.join(names)}; no others."
            raise InvalidContent(message, expression=path)
        if name in found:
            raise InvalidContent(f"{name} is given more than once.", expression=path)
        found[name] = (place, parameter)
    reference, path = _reference(*found[SUBJECT]) if SUBJECT in found else ("", "")
    return Asked(reference, path, _write(*found[WRITE]) if WRITE in found else None)


def _reference(place: int, parameter: Json) -> tuple[str, str]:
    value: Any = parameter.get("valueReference")
    literal = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(literal, str) or set(parameter) != {"name", "valueReference"}:
        message = "subject is a valueReference with a literal reference: Patient/<id>."
        raise InvalidContent(message, issue="required", expression=f"{AT}[{place}]")
    return literal, f"{AT}[{place}].value.reference"


def _write(place: int, parameter: Json) -> bool:
    value = parameter.get("valueBoolean")
    if not isinstance(value, bool) or set(parameter) != {"name", "valueBoolean"}:
        message = "write is a valueBoolean."
        raise InvalidContent(message, issue="value", expression=f"{AT}[{place}]")
    return value
