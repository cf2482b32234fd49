"""Says in an answer whether it was verified: for a machine, and in the ledger.

Each DiagnosticReport gets the extension `verification` (code: `verified` or
`not-verified`), each ledger an issue with a sentence of the ontology.
"""

from __future__ import annotations

from service.fhir.codes import BASE, Resource, extension
from service.reasoning.knowledge import Knowledge
from service.verify.outcome import Verdict

VERIFICATION = f"{BASE}/StructureDefinition/verification"
CODES = {Verdict.VERIFIED: "verified", Verdict.NOT_VERIFIED: "not-verified"}
PHRASES = {Verdict.VERIFIED: "note_verified", Verdict.NOT_VERIFIED: "note_not_verified"}
LEDGER = "OperationOutcome"


def mark(
    document: Resource, verdict: Verdict, knowledge: Knowledge, language: str
) -> Resource:
    """The answer, in any of its forms, with the outcome of its verification in it."""
    marked = dict(document)
    mine = extension(VERIFICATION, valueCode=CODES[verdict])
    said = {
        "severity": "information" if verdict is Verdict.VERIFIED else "warning",
        "code": "informational" if verdict is Verdict.VERIFIED else "incomplete",
        "details": {"text": knowledge.phrase(PHRASES[verdict], language)},
    }
    if document["resourceType"] == "Bundle":
        marked["entry"] = [
            entry | {"resource": mark_resource(entry["resource"], mine, said)}
            for entry in document["entry"]
        ]
        return marked
    return mark_resource(document, mine, said)


def mark_resource(resource: Resource, mine: Resource, said: Resource) -> Resource:
    """A resource with the mark where it has a place for it, what it contains too."""
    marked = dict(resource)
    if "contained" in resource:
        marked["contained"] = [
            mark_resource(inner, mine, said) for inner in resource["contained"]
        ]
    if resource["resourceType"] == "DiagnosticReport":
        marked["extension"] = [*resource.get("extension", []), mine]
    if resource["resourceType"] == LEDGER:
        marked["issue"] = [said, *resource["issue"]]
    return marked
