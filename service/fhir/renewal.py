"""The transaction that renews a report on a FHIR server, and what its answer is worth.

Source: contract section 7, design/hapi.md, rows H7 and H10 of the reliability design.
"""

from __future__ import annotations

from service.errors import (
    ServiceError,
    UpstreamConflict,
    UpstreamFailed,
    UpstreamRefused,
)
from service.fhir.answers import is_success
from service.fhir.client import CONFLICTS, Exchange
from service.fhir.codes import Resource, present
from service.fhir.elements import objects, text
from service.fhir.identity import PROVENANCE, REPORT, REPORT_SYSTEM
from service.fhir.standing import (
    GONE,
    Fallen,
    Reading,
    Standing,
    bare_version,
    look_up,
    meta_of,
)

# No server starts its versions here. Where a stale version is refused, it keeps a first
# write from running over a report that appeared meanwhile.
NO_VERSION = 'W/"0"'
# After so many refusals without a change, a part that fell away is kept.
STUBBORN = 2
# What the identifier says while the parts of a report are not complete.
INCOMPLETE = "incomplete"
# Entries with these, or from 500 on, may succeed at another time.
TRANSIENT = (408, 425, 429)
FAILED = 500


def renewal(
    reading: Reading, standing: Standing, fallen: Fallen, refusals: int
) -> Resource:
    """The transaction that puts the reading in the place of what stands.

    `refusals` is how often the server refused it though nothing had changed there. A
    first write then goes without a version, which some servers refuse for what does
    not exist; after the second, something of somebody else must refer to a part that
    fell away: it stays, marked entered-in-error.
    """
    guards = {reading.place_of(REPORT): guard(standing, refusals)}
    if fallen.provenance:
        place = reading.place_of(PROVENANCE)
        guards[place] = {"ifMatch": f'W/"{fallen.provenance}"'}
    entries = [
        entry | {"request": entry["request"] | guards.get(entry["request"]["url"], {})}
        for entry in reading.transaction["entry"]
    ]
    remove = deletion if refusals < STUBBORN else retraction
    entries += [remove(part) for part in fallen.parts]
    return reading.transaction | {"entry": entries}


def guard(standing: Standing, refusals: int) -> Resource:
    """What keeps a change that came between reading and writing from being lost."""
    if standing.version:
        return {"ifMatch": f'W/"{standing.version}"'}
    return {"ifNoneMatch": "*"} if refusals else {"ifMatch": NO_VERSION}


def deletion(part: Resource) -> Resource:
    """The entry that deletes a part; the server keeps its history."""
    return {"request": {"method": "DELETE", "url": place(part)}}


def retraction(part: Resource) -> Resource:
    """The entry that keeps a part, said to be in error."""
    meta = {
        key: value
        for key, value in meta_of(part).items()
        if key not in ("versionId", "lastUpdated")
    }
    resource = present(part | {"meta": meta, "status": "entered-in-error"})
    return {"resource": resource, "request": {"method": "PUT", "url": place(part)}}


def place(resource: Resource) -> str:
    """`Type/id` of a resource."""
    return f"{resource['resourceType']}/{resource['id']}"


def disclaim(exchange: Exchange, reading: Reading) -> None:
    """Take the identifier off a report of which a server stored a part only.

    Else the next call would take it for complete, and write nothing. Nor does it refer
    to its parts any more: one is missing. Where the server answers with a conflict,
    somebody else changed the report since, which is then no longer ours to mend.
    """
    standing = look_up(exchange, reading)
    if standing.is_taken_over or not standing.holds(reading):
        return
    alone = {
        key: value
        for key, value in reading.report.items()
        if key not in ("result", "performer")
    }
    identifier = [{"system": REPORT_SYSTEM, "value": INCOMPLETE}]
    url = reading.place_of(REPORT)
    entry = {
        "resource": alone | {"identifier": identifier},
        "request": {"method": "PUT", "url": url} | guard(standing, 0),
    }
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    refusal = refusal_of(bundle, exchange.transact(bundle).resource)
    if refusal is not None:
        raise refusal


# --- the answer to a transaction -------------------------------------------------


def responses(answer: Resource) -> list[Resource]:
    """The response of each entry."""
    found = [entry.get("response") for _, entry in objects(answer.get("entry"))]
    return [response if isinstance(response, dict) else {} for response in found]


def refusal_of(transaction: Resource, answer: Resource) -> ServiceError | None:
    """The error for entries that failed inside an answer that did not (row H10).

    An entry whose deletion finds nothing has not failed.
    """
    failed = [
        status
        for sent, response in zip(transaction["entry"], responses(answer), strict=False)
        if not is_success(status := status_of(response))
        and not (sent["request"]["method"] == "DELETE" and status in GONE)
    ]
    if not failed:
        return None
    message = (
        f"The transaction of {len(transaction['entry'])} entries was answered, but "
        f"{len(failed)} of them failed; the first has the status {failed[0]}."
    )
    if any(not is_worth_repeating(status) for status in failed):
        return UpstreamRefused(message)
    if any(status in CONFLICTS for status in failed):
        return UpstreamConflict(message)
    return UpstreamFailed(message)


def is_worth_repeating(status: int) -> bool:
    """Whether the same entry may succeed at another time."""
    return status >= FAILED or status in CONFLICTS or status in TRANSIENT


def status_of(response: Resource) -> int:
    """The number that begins the status (`201 Created`); 500 without one."""
    number = text(response.get("status"))[:3]
    return int(number) if number.isdecimal() else FAILED


def stored_meta(transaction: Resource, answer: Resource) -> Resource:
    """Version and time of the report by the answer; {} if it does not say.

    An answer that has not one response for each entry says nothing of any.
    """
    found = responses(answer)
    is_whole = len(found) == len(transaction["entry"])
    if answer.get("type") != "transaction-response" or not is_whole:
        return {}
    version = bare_version(text(found[0].get("etag")))
    version = version or text(found[0].get("location")).partition("/_history/")[2]
    if not version:
        return {}
    time = text(found[0].get("lastModified"))
    return present({"versionId": version, "lastUpdated": time})
