"""What the service emits and publishes, for whoever judges it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from service.fhir.capability import TERMINOLOGY
from service.fhir.identity import Form
from service.fhir.profiles import definitions
from service.fhir.terminology import catalogue
from service.fhir.terminology.operations import TYPES
from service.fhir.writer import WriteOptions
from service.interpret import Options, interpret
from service.reasoning.knowledge import Knowledge
from tests.integration.loading import CASES, NAMES
from tests.reports import ISSUED

Resource = dict[str, Any]
# Every form and language of an answer.
KINDS = [(form, language) for form in Form for language in ("en", "fr")]
# What HL7 defines and HAPI FHIR does not have; each file says where it is from.
HL7 = Path(__file__).parent / "hl7"


def answer(case: str, form: Form, language: str, knowledge: Knowledge) -> Resource:
    """The answer to a worked case."""
    document = (CASES / case / "bundle.json").read_bytes()
    options = Options(writing=WriteOptions(form=form, language=language))
    return interpret(document, knowledge, ISSUED, options).document


def parts(document: Resource) -> list[Resource]:
    """The resources of a Bundle; a resource that is none stands for itself."""
    if document["resourceType"] != "Bundle":
        return [document]
    return [entry["resource"] for entry in document["entry"]]


def sample(profile: str, knowledge: Knowledge) -> Resource:
    """The first resource of a worked case that declares a profile."""
    for case in ("mitral-87m", *NAMES):
        for resource in parts(answer(case, Form.COLLECTION, "en", knowledge)):
            if profile in resource.get("meta", {}).get("profile", ()):
                return resource
    raise LookupError(profile)


def published(knowledge: Knowledge) -> list[Resource]:
    """Every definition and terminology resource that has an address of its own."""
    found = list(definitions.definitions(knowledge).values())
    for type in TYPES:
        found += [
            catalogue.read(type, id, knowledge) for id in catalogue.ids(type, knowledge)
        ]
    return found


def said_of_itself(client: FlaskClient) -> list[Resource]:
    """What the service tells of its operations."""
    addresses = (
        "/fhir/metadata",
        f"/fhir/metadata?mode={TERMINOLOGY}",
        "/fhir/OperationDefinition/interpret",
        "/fhir/OperationDefinition/what-if",
    )
    return [json.loads(client.get(address).text) for address in addresses]


def of_hl7() -> list[Resource]:
    """The definitions of HL7's that HAPI FHIR lacks."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(HL7.glob("*.json"))]


def write_all(resources: list[Resource], folder: Path) -> Path:
    """Each resource in a file of its own."""
    for resource in resources:
        name = f"{resource['resourceType']}-{resource['id']}.json"
        (folder / name).write_text(json.dumps(resource), "utf-8")
    return folder
