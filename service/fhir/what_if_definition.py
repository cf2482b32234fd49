"""The OperationDefinition of `$what-if`, from the names that are read and written.

Source: http://hl7.org/fhir/R4/operationdefinition.html.
"""

from __future__ import annotations

from service import __version__
from service.fhir.assumptions import BUNDLE, CONCEPT, MOST, SET, STATE, VALUE
from service.fhir.capability import OWN_DEFINITIONS, WHAT_IF
from service.fhir.codes import HL7, Resource, extension
from service.reasoning.assumptions import STATES
from service.reasoning.differences import Aspect
from service.reasoning.knowledge import Knowledge

ALLOWED_TYPE = f"{HL7}/operationdefinition-allowed-type"
TITLE = "What the report on a patient would say if some facts were others"


def what_if_definition(
    parameters: tuple[tuple[str, str, str], ...], knowledge: Knowledge
) -> Resource:
    """The definition; a parameter of the URL is a name, a FHIR type and its effect."""
    return {
        "resourceType": "OperationDefinition",
        "id": WHAT_IF,
        "url": f"{OWN_DEFINITIONS}/{WHAT_IF}",
        "version": __version__,
        "name": "WhatIf",
        "title": TITLE,
        "status": "active",
        "kind": "operation",
        "date": knowledge.version,
        "publisher": "DPO Reasoner",
        "description": "Assumes facts in place of what the record says against them, "
        "concludes with and without them, and answers what differs. An assumption "
        "makes no report, and nothing is stored.",
        "affectsState": False,
        "code": WHAT_IF,
        "system": True,
        "type": False,
        "instance": False,
        "parameter": [*given(parameters), *answered()],
    }


def given(parameters: tuple[tuple[str, str, str], ...]) -> list[Resource]:
    """What is posted, and what stands in the URL."""
    states = ", ".join(STATES)
    parts = [
        row(CONCEPT, "in", "1", "A concept of CodeSystem dpo.", "code"),
        row(STATE, "in", "1", f"One of {states}.", "code", lowest=0),
        row(VALUE, "in", "1", "A number in UCUM, or an id of a value.", "", lowest=0)
        | {
            "extension": [
                extension(ALLOWED_TYPE, valueUri=type) for type in ("Quantity", "code")
            ],
            "type": "Element",
        },
    ]
    what = "What is known of one subject."
    assumed = f"One assumption, of a state or a value; at most {MOST}."
    return [
        row(BUNDLE, "in", "1", what, "Bundle"),
        row(SET, "in", "*", assumed) | {"part": parts},
        *(row(name, "in", "1", effect, type, 0) for name, type, effect in parameters),
    ]


def answered() -> list[Resource]:
    """What the answer holds."""
    aspects = ", ".join(Aspect)
    assumption = [
        row(CONCEPT, "out", "1", "Of what something is assumed.", "Coding"),
        row("text", "out", "1", "The assumption beside the record.", "string"),
    ]
    sentence = "The leading explanation as a sentence, with its code if there is one."
    leading = [
        row(name, "out", "1", sentence, "CodeableConcept")
        for name in ("before", "after")
    ]
    side = "What that report says; left out where it says nothing of it."
    change = [
        row("what", "out", "1", "Result, definition, explanation, test ...", "Coding"),
        row("aspect", "out", "1", f"One of {aspects}.", "code"),
        *(row(name, "out", "*", side, "Coding", 0) for name in ("before", "after")),
        row("text", "out", "1", "The change as a sentence.", "string"),
    ]
    none = "One difference between the two reports; none where nothing changes."
    because = "On which facts a changed answer would rest; assumptions are called so."
    return [
        row("assumption", "out", "*", "What was assumed.") | {"part": assumption},
        row("leading", "out", "1", "Without and with them.") | {"part": leading},
        row("change", "out", "*", none, lowest=0) | {"part": change},
        row("because", "out", "*", because, "string", 0),
        row("caveat", "out", "1", "That this is no report.", "string"),
        row("ledger", "out", "1", "What became of each entry.", "OperationOutcome"),
    ]


def row(
    name: str, use: str, most: str, documentation: str, type: str = "", lowest: int = 1
) -> Resource:
    """One parameter or part; without a type it has parts."""
    found: Resource = {
        "name": name,
        "use": use,
        "min": lowest,
        "max": most,
        "documentation": documentation,
    }
    return found | {"type": type} if type else found
