"""The record of one patient, read from the FHIR server as one document.

`Patient/{id}/$everything` where the server has it, else one search for each type. What
could not be read is a gap, which the report tells; what is about another patient is
left out and counted. Source: contract section 7; reliability row D10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from service.errors import NotFound, UpstreamRefused
from service.fhir.addresses import check_id
from service.fhir.answers import Answer, is_success
from service.fhir.bundle import Json
from service.fhir.client import Exchange
from service.fhir.elements import objects, text
from service.fhir.exact_json import write_json
from service.fhir.phrases import note
from service.fhir.references import literal_of
from service.fhir.resources import READ_TYPES, REFERRED_TYPES
from service.fhir.subjects import subject_of
from service.fhir.versions import newest_of
from service.model import Note

# What the reader reads or looks up. Not AllergyIntolerance and whatever else a record
# may hold: the reader would only list it as not read, for no rule uses it.
TYPES = tuple(sorted(READ_TYPES | REFERRED_TYPES))
# Patient is read by its id, and Medication belongs to no patient: it is included.
_SEARCHED = tuple(sorted({*TYPES} - {"Patient", "Medication"}))
# Small enough that the usual number of pages stays below the entries of a request.
_PAGE = ("_count", "100")
_GONE = frozenset({404, 410})
# An operation, a type or a parameter that is not there, or not for this token.
_NOT_THERE = frozenset({400, 403, 404, 405, 410, 422, 501})
_PATIENT = re.compile(r"(?:^|/)Patient/[^/?#]+$")


@dataclass(frozen=True, slots=True)
class Record:
    """What was read of a patient.

    `document` is a Bundle (collection): the Patient first, then by type and id; no
    entry has a fullUrl, so that Type/id is the reference of each; numbers have the text
    that the server gave. `gaps` say what was not read; empty when all was.
    """

    document: bytes
    gaps: tuple[Note, ...]


@dataclass(slots=True)
class _Reading:
    """What has been read so far; a name has two contents if neither is newer."""

    exchange: Exchange
    id: str
    pages_left: int
    resources: dict[str, list[Json]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    gaps: list[Note] = field(default_factory=list)
    is_cut: bool = False

    @property
    def patient(self) -> str:
        """The reference of the patient."""
        return f"Patient/{self.id}"

    def cut(self, phrase: str, limit: int) -> None:
        """Read no further."""
        self.is_cut = True
        self.gaps.append(note(phrase, "", limit=str(limit)))


def read_record(exchange: Exchange, id: str) -> Record:
    """Read the record of the Patient with this id.

    Raises InvalidParameter for no id, NotFound if there is no such Patient,
    UpstreamRefused (`conflict`) if the server gives another one, and as Exchange.get:
    a fault that stays leaves nothing to interpret.
    """
    check_id(id)
    reading = _Reading(exchange, id, exchange.upstream.pages)
    if not _read_everything(reading):
        _read_by_type(reading)
    elif reading.is_cut and reading.patient not in reading.resources:
        _read_patient(reading)
    if reading.patient not in reading.resources:
        raise _other_patient()
    if reading.others:
        count = str(len(reading.others))
        reading.gaps.append(note("gap_other_patient", "", count=count))
    return Record(_document(reading), tuple(reading.gaps))


def _other_patient() -> UpstreamRefused:
    message = "The FHIR server gave another Patient than the one that was asked for."
    return UpstreamRefused(message, issue="conflict")


# --- the two ways ----------------------------------------------------------------


def _read_everything(reading: _Reading) -> bool:
    """Read by `$everything`; False if it is not supported, or says nothing at all."""
    parameters = (_PAGE, ("_type", ",".join(TYPES)))
    path = f"{reading.patient}/$everything"
    _take_pages(reading, path, parameters)
    return reading.is_cut or bool(reading.resources or reading.others)


def _read_by_type(reading: _Reading) -> None:
    _read_patient(reading)
    for kind in _SEARCHED:
        if reading.is_cut:
            return
        search = (("patient", reading.patient), _PAGE)
        include = ("_include", f"{kind}:medication")
        if kind.startswith("Medication"):
            if _take_pages(reading, kind, (*search, include)):
                continue
            _miss(reading, "Medication")
        if not _take_pages(reading, kind, search):
            _miss(reading, kind)


def _miss(reading: _Reading, kind: str) -> None:
    gap = note("gap_type", "", type=kind)
    if gap not in reading.gaps:
        reading.gaps.append(gap)


def _read_patient(reading: _Reading) -> None:
    answer = reading.exchange.get(reading.patient, expect=_GONE)
    if not is_success(answer.status):
        raise NotFound("The FHIR server has no Patient with this id.")
    if _name(answer.resource) != reading.patient:
        raise _other_patient()
    _keep(reading, answer.resource)


# --- pages -----------------------------------------------------------------------


def _take_pages(
    reading: _Reading, path: str, parameters: tuple[tuple[str, str], ...]
) -> bool:
    """Add all pages, to the limits of the read; False if the server has none.

    Of each search the first page is read, whatever others have used up.
    """
    upstream = reading.exchange.upstream
    try:
        answer = reading.exchange.get(path, parameters, expect=_NOT_THERE)
        if not is_success(answer.status):
            return False
        for bundle in _pages(reading.exchange, answer):
            _add(reading, bundle)
            reading.pages_left -= 1
            if reading.pages_left <= 0 and _next_link(bundle):
                reading.cut("gap_pages", upstream.pages)
                break
    except UpstreamRefused as refusal:
        if refusal.issue != "too-long":
            raise
        reading.cut("gap_bytes", upstream.mib)
    return True


def _pages(exchange: Exchange, answer: Answer) -> Iterator[Json]:
    """The Bundle of an answer and those that its `next` links lead to."""
    while True:
        bundle = answer.resource
        if bundle["resourceType"] != "Bundle":
            message = "The FHIR server answered a search with something else."
            raise UpstreamRefused(message, issue="structure")
        yield bundle
        link = _next_link(bundle)
        if not link:
            return
        answer = exchange.follow(link)


def _next_link(bundle: Json) -> str:
    for _, link in objects(bundle.get("link")):
        if link.get("relation") == "next":
            return text(link.get("url"))
    return ""


# --- resources -------------------------------------------------------------------


def _add(reading: _Reading, bundle: Json) -> None:
    """Keep what is about the patient, and count what is about another one."""
    for _, entry in objects(bundle.get("entry")):
        resource, search = entry.get("resource"), entry.get("search")
        is_outcome = isinstance(search, dict) and search.get("mode") == "outcome"
        if is_outcome or not isinstance(resource, dict):
            continue
        # A server may not know `_type`: then it is obeyed here.
        if resource.get("resourceType") not in TYPES:
            continue
        if _is_of_another(reading, resource):
            reading.others.add(_name(resource))
        else:
            _keep(reading, resource)


def _keep(reading: _Reading, resource: Json) -> None:
    name = _name(resource)
    if name.endswith("/"):  # without an id it is no version of another one
        name += f"#{len(reading.resources)}"
    known = reading.resources.get(name, [])
    reading.resources[name] = newest_of([*known, resource])


def _is_of_another(reading: _Reading, resource: Json) -> bool:
    """Whether it is another Patient, or names one as its subject.

    An absolute reference to the same id on another server is another patient.
    """
    name = _name(resource)
    if resource["resourceType"] != "Patient":
        literal = literal_of(subject_of(resource))
        if not _PATIENT.search(literal):
            return False  # a Group, a contained one: the reader says what is of it
        name = literal.removeprefix(f"{reading.exchange.upstream.base}/")
    return name != reading.patient


def _name(resource: Json) -> str:
    return f"{text(resource.get('resourceType'))}/{text(resource.get('id'))}"


def _document(reading: _Reading) -> bytes:
    names = sorted(reading.resources, key=lambda name: (name != reading.patient, name))
    entries = [{"resource": r} for name in names for r in reading.resources[name]]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return write_json(bundle).encode()
