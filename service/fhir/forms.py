"""The three forms of an answer: collection, transaction, contained (contract 5)."""

from __future__ import annotations

from service.fhir.codes import Resource
from service.fhir.identity import DEVICE, PROVENANCE, Names, Part

Built = tuple[Part, Resource]


def collection_entries(names: Names, parts: list[Built]) -> list[Resource]:
    """Entries with `urn:uuid:` fullUrls, the report first."""
    return [
        {"fullUrl": names.full_url(part), "resource": resource}
        for part, resource in parts
    ]


def transaction_entries(names: Names, parts: list[Built]) -> list[Resource]:
    """PUT-as-create under deterministic ids: a retry makes no duplicate.

    R4 wants a fullUrl on every entry but a POST; that of the server is not known here.
    """
    return [
        {
            "fullUrl": f"urn:uuid:{names.id_of(part)}",
            "resource": resource,
            "request": {"method": "PUT", "url": f"{part.type}/{names.id_of(part)}"},
        }
        for part, resource in parts
    ]


def stored_collection(base: str, transaction: Resource) -> Resource:
    """A transaction as the collection of what then stands on the server `base`."""
    entries = [
        {
            "fullUrl": f"{base}/{entry['request']['url']}",
            "resource": entry["resource"],
        }
        for entry in transaction["entry"]
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def contain(parts: list[Built]) -> Resource:
    """The report with all other parts inside.

    Each of them is referred to by the report or by another one, or refers to the
    report as `#` (invariant dom-3); none may carry a label of its own (dom-5).
    """
    (_, report), *others = parts
    contained = [resource for _, resource in others]
    first = {key: report[key] for key in FIRST if key in report}
    rest = {key: value for key, value in report.items() if key not in FIRST}
    return first | {"contained": contained} | rest


# The elements of a resource that stand before `contained` in FHIR's order.
FIRST = ("resourceType", "id", "meta", "implicitRules", "language", "text")


def asserted(parts: list[Built]) -> list[Part]:
    """The parts that make a statement about the patient: targets of Provenance."""
    return [part for part, _ in parts if part not in (DEVICE, PROVENANCE)]
