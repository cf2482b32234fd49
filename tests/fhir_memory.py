"""A FHIR server in memory, behind the interface of `service.fhir.client.Exchange`.

It keeps every version, compares If-Match, and refuses what would leave a reference
without its target, as HAPI does. What goes wrong is scripted: each transaction takes
the next of `server.faults`, and is stored as it should be when there is none.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from service.errors import UpstreamFailed, UpstreamRefused, UpstreamTimeout
from service.fhir.answers import Answer, read_resource
from service.fhir.client import CONFLICTS, Exchange, Upstream
from service.fhir.exact_json import write_json

Resource = dict[str, Any]
Fault = Callable[[Resource], Answer]
BASE = "http://127.0.0.1:1/fhir"
REFERENCE = re.compile(r'"reference":"([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})"')


class Killed(Exception):
    """The process ends here: what was sent before stays, nothing follows."""


@dataclass
class FhirMemory:
    """`content` has the versions of `Type/id` as JSON text, None for a deletion.

    `stale` is the status for an If-Match that does not fit. `needs_existing`: whether
    If-Match fails for what is not there (HAPI ignores it); `keeps_references`: whether
    references must have their targets.
    """

    stale: int = 409
    needs_existing: bool = False
    keeps_references: bool = True
    content: dict[str, list[str | None]] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    journal: list[str] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)

    # --- what a person does ---------------------------------------------------------

    def put(self, resource: Resource) -> None:
        """Store a resource as somebody else would."""
        with self.lock:
            self._store(f"{resource['resourceType']}/{resource['id']}", bare(resource))

    def delete(self, place: str) -> None:
        """Delete a resource; its versions stay."""
        with self.lock:
            self._versions(place).append(None)

    # --- what a test looks at -------------------------------------------------------

    def current(self, type: str = "") -> dict[str, str]:
        """The text of what stands there, by `Type/id`."""
        with self.lock:
            return {
                place: versions[-1]
                for place, versions in self.content.items()
                if versions and versions[-1] and place.startswith(type)
            }

    def read(self, place: str) -> Resource:
        """The resource that stands there, without what the server adds."""
        return read_resource(self.current()[place].encode(), "GET")

    # --- what the exchange does -----------------------------------------------------

    def answer_get(self, path: str) -> Answer:
        """The newest version, 404, or 410 for what was deleted."""
        with self.lock:
            self.journal.append(f"GET {path}")
            versions = self.content.get(path) or []
            if not versions or versions[-1] is None:
                return Answer(410 if versions else 404, {})
            version = str(len(versions))
            resource = read_resource(versions[-1].encode(), "GET")
        meta = {"versionId": version, "lastUpdated": updated(len(versions))}
        resource["meta"] = meta | resource.get("meta", {})
        return Answer(200, resource, f'W/"{version}"')

    def answer_transaction(self, bundle: Resource) -> Answer:
        """Store as it should be, or as the next of the faults says."""
        with self.lock:
            self.journal.append("POST")
            fault = self.faults.popleft() if self.faults else self.store_all
        return fault(bundle)

    def store_all(self, bundle: Resource) -> Answer:
        """All entries or none."""
        with self.lock:
            if not all(self._fits(entry["request"]) for entry in bundle["entry"]):
                return Answer(self.stale, {})
            if self.keeps_references:
                after = self._after(bundle)
                if self._dangles(bundle, after):
                    raise UpstreamRefused("A reference has no target.")
                if self._is_needed(bundle, after):
                    return Answer(409, {})
            return transaction_answer([self._do(entry) for entry in bundle["entry"]])

    def store_but(self, bundle: Resource, omitted: int, status: str) -> Answer:
        """All entries but one, which gets the status: a server without atomicity."""
        with self.lock:
            responses = [
                {"status": status} if place == omitted else self._do(entry)
                for place, entry in enumerate(bundle["entry"])
            ]
        return transaction_answer(responses)

    def _versions(self, place: str) -> list[str | None]:
        return self.content.setdefault(place, [])

    def _store(self, place: str, text: str) -> Resource:
        versions = self._versions(place)
        is_new = not versions or versions[-1] is None
        if is_new or versions[-1] != text:
            versions.append(text)
        number = len(versions)
        return {
            "status": "201 Created" if is_new else "200 OK",
            "etag": f'W/"{number}"',
            "location": f"{place}/_history/{number}",
            "lastModified": updated(number),
        }

    def _do(self, entry: Resource) -> Resource:
        place = entry["request"]["url"]
        if entry["request"]["method"] == "PUT":
            return self._store(place, entry["text"])
        if place in self.current():
            self._versions(place).append(None)
        return {"status": "204 No Content"}

    def _fits(self, request: Resource) -> bool:
        versions = self.content.get(request["url"]) or [None]
        is_there = versions[-1] is not None
        if "ifNoneMatch" in request and is_there:
            return False
        if "ifMatch" not in request:
            return True
        if not is_there:
            return not self.needs_existing
        return bool(request["ifMatch"] == f'W/"{len(versions)}"')

    def _after(self, bundle: Resource) -> dict[str, str]:
        after = self.current()
        for entry in bundle["entry"]:
            place = entry["request"]["url"]
            if entry["request"]["method"] == "PUT":
                after[place] = entry["text"]
            else:
                after.pop(place, None)
        return after

    def _dangles(self, bundle: Resource, after: dict[str, str]) -> bool:
        sent = [references(entry.get("text", "")) for entry in bundle["entry"]]
        return not set().union(*sent) <= after.keys()

    def _is_needed(self, bundle: Resource, after: dict[str, str]) -> bool:
        gone = {entry["request"]["url"] for entry in bundle["entry"]} - after.keys()
        return any(gone & references(text) for text in after.values())


def bare(resource: Resource) -> str:
    """The JSON text of a resource without what the server adds to it."""
    meta = {
        key: value
        for key, value in resource.get("meta", {}).items()
        if key not in ("versionId", "lastUpdated")
    }
    kept = {key: value for key, value in resource.items() if key != "meta"}
    return write_json(kept | ({"meta": meta} if meta else {}))


def references(text: str) -> set[str]:
    """Every literal reference to `Type/id` in the JSON text of a resource."""
    return set(REFERENCE.findall(text))


def updated(version: int) -> str:
    """A time for each version."""
    return f"2026-11-25T08:{version // 60:02d}:{version % 60:02d}Z"


def transaction_answer(responses: list[Resource]) -> Answer:
    """A transaction-response."""
    entries = [{"response": response} for response in responses]
    bundle = {"resourceType": "Bundle", "type": "transaction-response"}
    return Answer(200, bundle | {"entry": entries})


class MemoryExchange(Exchange):
    """What one caller says to the server in memory."""

    def __init__(self, server: FhirMemory) -> None:
        self.upstream = Upstream(BASE)
        self.server = server

    def get(
        self,
        path: str,
        parameters: Sequence[tuple[str, str]] = (),
        *,
        expect: Collection[int] = (),
    ) -> Answer:
        """As the real one: what is not 2xx and not expected is refused."""
        assert not parameters
        answer = self.server.answer_get(path)
        if answer.status != 200 and answer.status not in expect:
            raise UpstreamRefused(f"GET was refused with the status {answer.status}.")
        return answer

    def transact(
        self, bundle: Resource, *, expect: Collection[int] = CONFLICTS
    ) -> Answer:
        """As the real one; each resource arrives as its JSON text."""
        entries = [
            {"request": entry["request"]}
            | ({"text": bare(entry["resource"])} if "resource" in entry else {})
            for entry in bundle["entry"]
        ]
        answer = self.server.answer_transaction({"entry": entries})
        assert answer.status == 200 or answer.status in expect
        return answer


# --- faults -------------------------------------------------------------------------


def lost(server: FhirMemory) -> Fault:
    """It takes effect, but the answer never arrives."""

    def fault(bundle: Resource) -> Answer:
        server.store_all(bundle)
        raise UpstreamFailed("The connection failed.")

    return fault


def late(server: FhirMemory) -> Fault:
    """It takes effect after the deadline."""

    def fault(bundle: Resource) -> Answer:
        server.store_all(bundle)
        raise UpstreamTimeout("It was not answered in time.")

    return fault


def killed(server: FhirMemory, *, before: bool) -> Fault:
    """Our process ends before the transaction is sent, or after it took effect."""

    def fault(bundle: Resource) -> Answer:
        if not before:
            server.store_all(bundle)
        raise Killed

    return fault


def failing(seconds: int | None = None) -> Fault:
    """500, or 429 with the seconds of its Retry-After: no effect."""

    def fault(_: Resource) -> Answer:
        raise UpstreamFailed("The last answer had 503.", retry_after=seconds)

    return fault


def refusing(status: int = 409, issue: str = "processing") -> Fault:
    """A conflict without a cause that we could see, or a refusal; no effect."""

    def fault(_: Resource) -> Answer:
        if status in CONFLICTS:
            return Answer(status, {})
        raise UpstreamRefused(f"Refused with the status {status}.", issue=issue)

    return fault


def odd(server: FhirMemory, omitted: int, status: str) -> Fault:
    """200, and inside one entry that was not stored."""
    return lambda bundle: server.store_but(bundle, omitted, status)


def wordless(server: FhirMemory) -> Fault:
    """It takes effect, and the answer does not say of what."""

    def fault(bundle: Resource) -> Answer:
        server.store_all(bundle)
        return transaction_answer([])

    return fault


def after(server: FhirMemory, action: Callable[[], object]) -> Fault:
    """Something happens between our reading and our writing."""

    def fault(bundle: Resource) -> Answer:
        action()
        return server.store_all(bundle)

    return fault
