"""Which addresses the service asks at all: those below the base of the one server.

Nothing that a server says in an answer, and no id of a request, may lead elsewhere:
the bearer token goes with every request (docs/reference/reliability.md, D5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, unquote, urlencode, urljoin, urlsplit

from service.errors import InvalidParameter, UpstreamRefused

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_STEP = re.compile(rf"[$_]?{_ID.pattern}")
_DOTS = frozenset({".", ".."})
_PORTS = {"http": 80, "https": 443}
# A step of a path that would be read as several, or that hides another one.
_HIDDEN = re.compile(r"[/\\%\x00-\x20\x7f]")


NO_ID = "An id has 1 to 64 letters, digits, hyphens and dots, and is not . or .. alone."


def check_id(id: str) -> None:
    """Raise InvalidParameter for what is no id, or what an address would lose."""
    if id in _DOTS or not _ID.fullmatch(id):
        raise InvalidParameter(NO_ID)


def resource_address(
    base: str, path: str, parameters: Sequence[tuple[str, str]] = ()
) -> str:
    """The address of `path` below the base: types, ids and operations.

    Raises InvalidParameter for an id that is none, or that leaves the path.
    """
    steps = path.split("/")
    if _DOTS.intersection(steps) or not all(map(_STEP.fullmatch, steps)):
        raise InvalidParameter(NO_ID)
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"{base}/{path}{query}"


def name_path(path: str) -> str:
    """The path as messages say it: without ids.

    >>> name_path("Patient/17/$everything")
    'Patient/{id}/$everything'
    """
    kind, *rest = path.split("/")
    return "/".join((kind, *(s if s[:1] in "$_" else "{id}" for s in rest)))


def link_address(base: str, link: str) -> str:
    """The address that a `next` link means: absolute, or relative to the base.

    Raises UpstreamRefused (`security`) if it leads away from the base.
    """
    address = _join(base, link)
    if not is_below(base, address):
        raise UpstreamRefused(
            "The FHIR server continues its answer at another address: set "
            "DPO_FHIR_BASE_URL to the base that the server itself gives in its links.",
            issue="security",
        )
    return address


def _join(base: str, link: str) -> str:
    """The absolute form; what cannot be joined stays as it is, below no base."""
    if link.startswith("?"):  # `urljoin` would keep a slash that HAPI does not write
        return base + link
    try:
        return urljoin(f"{base}/", link)
    except ValueError:
        return link


def is_below(base: str, address: str) -> bool:
    """Whether an address belongs to the server: same origin, path below the base."""
    try:
        ours, theirs = urlsplit(base), urlsplit(address)
        same = _origin(ours) == _origin(theirs)
    except ValueError:
        return False
    if not same or "@" in theirs.netloc or theirs.fragment or _is_odd(address):
        return False
    steps = [unquote(step) for step in theirs.path.split("/")]
    if _DOTS.intersection(steps) or any(map(_HIDDEN.search, steps)):
        return False
    return theirs.path == ours.path or theirs.path.startswith(f"{ours.path}/")


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _is_odd(address: str) -> bool:
    """What parsers of addresses do not agree on."""
    return (
        not address.isascii()
        or not address.isprintable()
        or bool({" ", "\\"}.intersection(address))
    )
