"""Loads the worked cases into a FHIR server: `python load_cases.py BASE FOLDER`.

FOLDER holds a folder for each case, with a `bundle.json` (a collection) in it. Each
becomes one transaction of PUTs, so that loading twice leaves what loading once leaves.
One line a case says which Patient it is:

    uip-66m Patient/5f718077-8eba-5137-bd64-6be3ce29d226

Exit codes: 0 when all were loaded, 1 when not, 2 for wrong usage.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

DONE, NOT_LOADED, WRONG_USAGE = 0, 1, 2
ARGUMENTS = 2
# A HAPI server with an empty database needs one minute, a slow disk several.
READY_SECONDS = 300
ANSWER_SECONDS = 60
PAUSE_SECONDS = 1
URN = "urn:uuid:"
FHIR_JSON = "application/fhir+json"
Resource = dict[str, Any]


class NotLoaded(Exception):
    """A case, or the server, is not as it must be; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A case that now stands on the server."""

    name: str
    patient: str

    def __str__(self) -> str:
        """The line that is printed."""
        return f"{self.name} {self.patient}"


def as_transaction(bundle: Resource) -> Resource:
    """A collection as a transaction of PUTs, its references as `Type/id`.

    Raises NotLoaded for a resource without an id: its PUT would have no address.
    """
    places = {
        entry["fullUrl"]: place_of(entry)
        for entry in bundle["entry"]
        if "fullUrl" in entry
    }
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [as_put(entry, places) for entry in bundle["entry"]],
    }


def as_put(entry: Resource, places: dict[str, str]) -> Resource:
    """An entry of a collection as one of a transaction."""
    place = place_of(entry)
    resource = {**entry["resource"], "id": place.partition("/")[2]}
    return {
        **({"fullUrl": entry["fullUrl"]} if "fullUrl" in entry else {}),
        "resource": with_references(resource, places),
        "request": {"method": "PUT", "url": place},
    }


def place_of(entry: Resource) -> str:
    """Where a resource will stand: `Type/id`, by its own id or that of its URN."""
    resource = entry["resource"]
    urn = entry.get("fullUrl", "")
    own = resource.get("id") or (urn[len(URN) :] if urn.startswith(URN) else "")
    if not own:
        raise NotLoaded(f"a {resource['resourceType']} has no id: give it one")
    return f"{resource['resourceType']}/{own}"


def with_references(value: Any, places: dict[str, str]) -> Any:
    """The same JSON, with each `reference` to an entry by its place."""
    if isinstance(value, list):
        return [with_references(item, places) for item in value]
    if not isinstance(value, dict):
        return value
    copied = {key: with_references(item, places) for key, item in value.items()}
    if isinstance(copied.get("reference"), str):
        copied["reference"] = places.get(copied["reference"], copied["reference"])
    return copied


def load(base: str, folder: Path, *, seconds: float = READY_SECONDS) -> list[Loaded]:
    """Load every case of a folder; the server has so many seconds to become ready.

    Raises NotLoaded at the first case that the server does not take whole.
    """
    bundles = read_bundles(folder)
    with requests.Session() as session:
        # Only the server that was named is spoken to, never a proxy between.
        session.trust_env = False
        session.headers["Accept"] = FHIR_JSON
        wait_until_ready(session, base.rstrip("/"), seconds)
        return [
            post(session, base.rstrip("/"), name, bundle)
            for name, bundle in bundles.items()
        ]


def read_bundles(folder: Path) -> dict[str, Resource]:
    """The transaction of each case, by the name of its folder; at least one."""
    paths = sorted(folder.glob("*/bundle.json"))
    if not paths:
        raise NotLoaded("the folder holds no case: each is a folder with a bundle.json")
    return {
        path.parent.name: as_transaction(json.loads(path.read_bytes()))
        for path in paths
    }


def wait_until_ready(session: requests.Session, base: str, seconds: float) -> None:
    """Return once the server tells what it can do."""
    end = time.monotonic() + seconds
    last = "no answer"
    while True:
        try:
            answer = session.get(f"{base}/metadata", timeout=10)
        except requests.RequestException as failure:
            last = type(failure).__name__
        else:
            if answer.status_code == requests.codes.ok:
                return
            last = f"status {answer.status_code}"
        if time.monotonic() >= end:
            raise NotLoaded(f"the server is not ready after {seconds:g} s ({last})")
        time.sleep(PAUSE_SECONDS)


def post(session: requests.Session, base: str, name: str, bundle: Resource) -> Loaded:
    """Send one transaction; NotLoaded unless each of its entries was taken."""
    try:
        answer = session.post(
            base,
            json=bundle,
            headers={"Content-Type": FHIR_JSON},
            timeout=ANSWER_SECONDS,
            allow_redirects=False,
        )
        statuses = statuses_of(answer)
    except requests.RequestException as failure:
        raise NotLoaded(f"{name}: {type(failure).__name__}") from failure
    wanted = len(bundle["entry"])
    taken = sum(status.startswith("2") for status in statuses)
    if answer.status_code != requests.codes.ok or taken != wanted:
        said = f"status {answer.status_code}, {taken} of {wanted} entries taken"
        raise NotLoaded(f"{name}: {said}")
    return Loaded(name, patient_of(name, bundle))


def statuses_of(answer: requests.Response) -> list[str]:
    """The status of each entry of a transaction-response; none if it is not one."""
    if answer.status_code != requests.codes.ok:
        return []
    entries = answer.json().get("entry", [])
    return [entry.get("response", {}).get("status", "") for entry in entries]


def patient_of(name: str, bundle: Resource) -> str:
    """The reference to the one Patient of a case."""
    urls: list[str] = [entry["request"]["url"] for entry in bundle["entry"]]
    patients = [url for url in urls if url.startswith("Patient/")]
    if len(patients) != 1:
        raise NotLoaded(f"{name}: {len(patients)} Patients, but a case has one")
    return patients[0]


def main(arguments: list[str]) -> int:
    """The command line."""
    if len(arguments) != ARGUMENTS:
        sys.stderr.write("usage: load_cases.py BASE FOLDER\n")
        return WRONG_USAGE
    try:
        loaded = load(arguments[0], Path(arguments[1]))
    except NotLoaded as problem:
        sys.stderr.write(f"load_cases: {problem}\n")
        return NOT_LOADED
    sys.stdout.write("".join(f"{case}\n" for case in loaded))
    return DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
