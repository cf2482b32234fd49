"""The Device that reasoned and the Provenance of what it said."""

from __future__ import annotations

from service import __version__
from service.fhir.codes import (
    AI_ASSERTED,
    BASE,
    THO,
    Resource,
    coding,
    extension,
    present,
)
from service.fhir.draft import Draft, open_resource
from service.fhir.identity import DEVICE, PROVENANCE, Part
from service.fhir.proof import used_sources
from service.model import Conclusions, Justification
from service.reasoning.terms import as_object, as_text

# HL7 AI Transparency on FHIR (STU1 ballot): AIDevice profile, read in its source.
AI_TRANSPARENCY = "http://hl7.org/fhir/uv/aitransparency"
AI_DEVICE_TYPES = f"{AI_TRANSPARENCY}/CodeSystem/AIdeviceTypeCS"
AI_KIND = f"{AI_TRANSPARENCY}/StructureDefinition/aitransparency.AIKind"
AI_TYPE = coding(
    AI_DEVICE_TYPES, "Artificial-Intelligence", "All kinds of Artificial Intelligence"
)
AI_KINDS = (
    coding(AI_DEVICE_TYPES, "Rule-Based-Systems", "Rule-Based Systems"),
    coding(AI_DEVICE_TYPES, "Deterministic-AI", "Deterministic AI"),
    coding(
        AI_DEVICE_TYPES, "AI-for-Structured-Clinical-Data", "Structured Clinical Data"
    ),
)
DEVICE_SYSTEM = f"{BASE}/device"
DEVICE_NAME = "DPO Reasoner"
IRI_SYSTEM = "urn:ietf:rfc:3986"
PROFILE = "dpo-device"


def build_device(draft: Draft) -> Resource:
    """Software, ontology and rule set with their versions and hashes."""
    value = f"{DEVICE_NAME.lower().replace(' ', '-')}/{__version__}"
    start = open_resource(
        DEVICE, draft, profile=PROFILE, asserted=False, restricted=False
    )
    return start | present(
        {
            "extension": [
                extension(AI_KIND, valueCodeableConcept={"coding": [kind]})
                for kind in AI_KINDS
            ],
            "identifier": [{"system": DEVICE_SYSTEM, "value": value}],
            "status": "active",
            "deviceName": [{"name": DEVICE_NAME, "type": "user-friendly-name"}],
            "type": {"coding": [AI_TYPE]},
            "version": [
                {"type": {"text": kind}, "value": value}
                for kind, value in versions(draft)
            ],
        }
    )


def versions(draft: Draft) -> list[tuple[str, str]]:
    """What to install to get the same answer: names are fixed, values are not."""
    knowledge = draft.knowledge
    files = as_object(knowledge.manifest.get("files"))
    pairs = [
        ("software", __version__),
        ("ontology", knowledge.version),
        ("ontology IRI", knowledge.version_iri),
        ("rule set, SHA-256", as_text(files.get("rules.json"))),
    ]
    return [(kind, value) for kind, value in pairs if value]


def build_provenance(targets: list[Part], draft: Draft) -> Resource:
    """Who made the targets, from which inputs; only what a proof used is a source."""
    return open_resource(PROVENANCE, draft, asserted=False) | present(
        {
            "target": [draft.names.reference(part) for part in targets],
            "occurredDateTime": draft.issued,
            "recorded": draft.issued,
            "reason": [{"coding": [dict(AI_ASSERTED)]}],
            "activity": {
                "coding": [coding(f"{THO}/v3-DataOperation", "CREATE", "create")]
            },
            "agent": [agent(draft)],
            "entity": [*source_entities(draft), ontology_entity(draft)],
        }
    )


def agent(draft: Draft) -> Resource:
    """The Device as author."""
    author = coding(f"{THO}/provenance-participant-type", "author", "Author")
    return {
        "type": {"coding": [author]},
        "role": [{"coding": [AI_TYPE]}],
        "who": draft.names.reference(DEVICE),
    }


def source_entities(draft: Draft) -> list[Resource]:
    """The inputs that a proof used, each once."""
    sources = used_sources(justifications(draft.conclusions))
    return [
        {"role": "source", "what": draft.names.source(source)} for source in sources
    ]


def justifications(conclusions: Conclusions) -> list[Justification]:
    """The proof of every reported value."""
    proofs = [
        conclusions.assessment.justification,
        conclusions.criterion.justification,
        conclusions.biopsy.justification,
        *(candidate.justification for candidate in conclusions.differential),
    ]
    if conclusions.pattern is not None:
        proofs.append(conclusions.pattern.justification)
    return proofs


def ontology_entity(draft: Draft) -> Resource:
    """The ontology version that the answer derives from."""
    iri = draft.knowledge.version_iri
    return {
        "role": "derivation",
        "what": {
            "identifier": {"system": IRI_SYSTEM, "value": iri},
            "display": draft.knowledge.version,
        },
    }
