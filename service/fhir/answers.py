"""What an answer of the FHIR server is worth: taken, worth another try, or refused.

No message holds an id, an address or a text of that server. Source: issue 6;
docs/reference/reliability.md, H6 and H8.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import ceil

from service.errors import ServiceError, UpstreamRefused
from service.fhir import strict_json
from service.fhir.bundle import Json

LONGEST_WAIT = 3600
_TRANSIENT = frozenset({408, 425, 429})
# Failures of the server that no other try changes.
_LASTING = frozenset({501, 505})
_FORBIDDEN = frozenset({401, 403})
_SECONDS = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `resource` as strict_json reads it, numbers as their text.

    `etag` is the header as it came (`W/"3"`), "" without one. A refusal that the
    caller expected has the resource {}: what that server says of it is not read.
    """

    status: int
    resource: Json
    etag: str = ""


class Transient(Exception):
    """A fault that another try may mend; `wait` is what the server asks for."""

    def __init__(self, what: str, wait: int | None = None) -> None:
        self.what, self.wait = what, wait
        super().__init__(what)


def is_success(status: int) -> bool:
    """Whether it is 2xx."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def check_status(status: int, wait: int | None, name: str) -> None:
    """Nothing for 2xx; Transient or UpstreamRefused for what was not expected."""
    if is_success(status):
        return
    fails = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _LASTING
    if fails or status in _TRANSIENT:
        raise Transient(f"the last answer had the status {status}", wait)
    if status in _FORBIDDEN:
        message = (
            f"{name}: the FHIR server does not allow it (status {status}): set "
            "DPO_FHIR_TOKEN to a token that may do this."
        )
        raise UpstreamRefused(message, issue="security")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        message = (
            f"{name}: the FHIR server answers with a redirect, which is not followed: "
            "set DPO_FHIR_BASE_URL to the address that it leads to."
        )
        raise UpstreamRefused(message, issue="security")
    message = f"{name}: the FHIR server refused it with the status {status}."
    raise UpstreamRefused(message)


def check_headers(media: str, encoding: str, name: str) -> None:
    """UpstreamRefused for a body that is compressed or that is not JSON."""
    if encoding.strip().lower() not in ("", "identity"):
        message = f"{name}: the FHIR server compressed its answer though not asked to."
        raise UpstreamRefused(message, issue="structure")
    if "json" not in media.lower():
        message = (
            f"{name}: the FHIR server did not answer with FHIR JSON: check that "
            "DPO_FHIR_BASE_URL is the base of a FHIR server."
        )
        raise UpstreamRefused(message, issue="structure")


def read_resource(content: bytes, name: str) -> Json:
    """The resource of a body that was called JSON.

    Raises Transient for what is no JSON (an answer that was cut on its way) and
    UpstreamRefused (`structure`) for JSON that is no resource.
    """
    try:
        root = strict_json.parse(content).root
    except ServiceError:  # each of them says what is wrong with a posted document
        root = _read_empty_page(content)
    if not isinstance(root.get("resourceType"), str):
        message = f"{name}: the answer of the FHIR server is no FHIR resource in JSON."
        raise UpstreamRefused(message, issue="structure")
    return dict(root)


def _read_empty_page(content: bytes) -> Json:
    """A Bundle with `"entry": []`: FHIR forbids it, and servers write it. Else {}.

    Raises Transient for what is no JSON at all.
    """
    try:
        root = json.loads(content.decode(), parse_int=str, parse_float=str)
    except RecursionError:
        return {}
    except ValueError:
        raise Transient("the last answer was cut short") from None
    if isinstance(root, dict) and root.get("entry") == []:
        kept = ("resourceType", "type", "link")
        return {element: root[element] for element in kept if element in root}
    return {}


def seconds_asked(header: str, now: datetime) -> int | None:
    """The seconds that a Retry-After asks for, as a number or as a date.

    None for none, and for what cannot be read; never less than 0.
    """
    if _SECONDS.fullmatch(header.strip()):
        return int(header)
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    if when.tzinfo is None:  # "-0000": UTC, as all dates of HTTP are
        when = when.replace(tzinfo=UTC)
    return max(0, ceil((when - now).total_seconds()))
