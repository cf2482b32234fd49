"""Which release of FHIR a resource was written for, told by its elements.

Only 4.0.1 is meant by "R4". An element that R4 does not have but an older or a newer
release does gives the document away; anything else that is unknown is a mistake.
Source: the definitions of DSTU2, STU3, R4, R4B and R5, compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

R4, R4B, R5 = "4.0", "4.3", "5.0"

OLDER, NEWER = "DSTU2 or STU3", "R5"

_OLDER: dict[str, frozenset[str]] = {
    "Bundle": frozenset({"base"}),
    "Patient": frozenset({"animal", "careProvider"}),
    "Observation": frozenset(
        {"comment", "comments", "context", "related", "reliability", "name",
         "appliesDateTime", "appliesPeriod"}
    ),
    "Condition": frozenset(
        {"assertedDate", "context", "dateRecorded", "dateAsserted", "notes", "patient",
         "abatementBoolean", "certainty", "relatedItem"}
    ),
    "Procedure": frozenset(
        {"context", "definition", "notDone", "notDoneReason", "notPerformed",
         "reasonNotPerformed", "patient", "notes"}
    ),
    "MedicationStatement": frozenset(
        {"taken", "reasonNotTaken", "wasNotTaken", "wasNotGiven", "patient"}
    ),
    "MedicationRequest": frozenset({"context", "definition"}),
    "MedicationAdministration": frozenset(
        {"definition", "notGiven", "reasonNotGiven", "wasNotGiven", "prescription",
         "patient", "practitioner", "effectiveTimeDateTime", "effectiveTimePeriod"}
    ),
    "Medication": frozenset(
        {"isBrand", "isOverTheCounter", "package", "image", "product", "name"}
    ),
    "FamilyMemberHistory": frozenset(
        {"definition", "gender", "notDone", "notDoneReason"}
    ),
    "ImagingStudy": frozenset(
        {"accession", "availability", "context", "modalityList", "patient", "uid",
         "order", "url", "dateTime", "accessionNo", "clinicalInformation"}
    ),
    "DiagnosticReport": frozenset(
        {"codedDiagnosis", "context", "image", "name", "requestDetail", "request",
         "diagnosticDateTime", "diagnosticPeriod"}
    ),
    "Encounter": frozenset({"incomingReferral", "indication", "patient", "fulfills"}),
}  # fmt: skip

_NEWER: dict[str, frozenset[str]] = {
    "Bundle": frozenset({"issues"}),
    "Observation": frozenset(
        {"bodyStructure", "instantiatesCanonical", "instantiatesReference",
         "triggeredBy", "valueReference", "valueAttachment"}
    ),
    "Condition": frozenset({"participant"}),
    "Procedure": frozenset(
        {"focus", "occurrenceAge", "occurrenceDateTime", "occurrencePeriod",
         "occurrenceRange", "occurrenceString", "occurrenceTiming", "reason",
         "recorded", "reportedBoolean", "reportedReference", "supportingInfo", "used"}
    ),
    "MedicationStatement": frozenset(
        {"adherence", "effectiveTiming", "encounter", "medication", "reason",
         "relatedClinicalInformation", "renderedDosageInstruction"}
    ),
    "MedicationRequest": frozenset(
        {"device", "effectiveDosePeriod", "informationSource", "medication", "reason",
         "renderedDosageInstruction", "reported", "statusChanged"}
    ),
    "MedicationAdministration": frozenset(
        {"basedOn", "encounter", "isSubPotent", "medication", "occurenceDateTime",
         "occurencePeriod", "occurenceTiming", "reason", "recorded", "subPotentReason"}
    ),
    "Medication": frozenset(
        {"definition", "doseForm", "marketingAuthorizationHolder", "totalVolume"}
    ),
    "FamilyMemberHistory": frozenset({"participant", "procedure", "reason"}),
    "ImagingStudy": frozenset({"partOf", "procedure"}),
    "DiagnosticReport": frozenset({"composition", "note", "study", "supportingInfo"}),
    "Encounter": frozenset(
        {"actualPeriod", "admission", "careTeam", "dietPreference", "plannedEndDate",
         "plannedStartDate", "subjectStatus", "virtualService"}
    ),
}  # fmt: skip

_OLDER_TYPES = frozenset(
    {"BodySite", "Conformance", "Contraindication", "DataElement", "DeviceComponent",
     "DeviceUseRequest", "DiagnosticOrder", "EligibilityRequest", "FamilyHistory",
     "EligibilityResponse", "ExpansionProfile", "ImagingManifest",
     "ImagingObjectSelection", "MedicationOrder", "MedicationPrescription", "Order",
     "OrderResponse", "ProcedureRequest", "ProcessRequest", "ProcessResponse",
     "ReferralRequest", "Sequence", "ServiceDefinition"}
)  # fmt: skip
_NEWER_TYPES = frozenset(
    {"ActorDefinition", "AdministrableProductDefinition", "ArtifactAssessment",
     "BiologicallyDerivedProductDispense", "Citation", "ClinicalUseDefinition",
     "ConditionDefinition", "DeviceAssociation", "DeviceDispense", "DeviceUsage",
     "EncounterHistory", "EvidenceReport", "FormularyItem", "GenomicStudy",
     "ImagingSelection", "Ingredient", "InventoryItem", "InventoryReport",
     "ManufacturedItemDefinition", "MedicinalProductDefinition", "NutritionIntake",
     "NutritionProduct", "PackagedProductDefinition", "Permission",
     "RegulatedAuthorization", "RequestOrchestration", "Requirements",
     "SubscriptionStatus", "SubscriptionTopic", "SubstanceDefinition", "TestPlan",
     "Transport"}
)  # fmt: skip
# Statuses that were plain codes until R4 made them CodeableConcepts.
_ONCE_CODES = frozenset(
    {"active", "relapse", "recurrence", "inactive", "remission", "resolved",
     "confirmed", "provisional", "differential", "refuted", "entered-in-error",
     "unknown"}
)  # fmt: skip


def giveaways(resource: dict[str, Any], release: str) -> Iterator[tuple[str, str]]:
    """The elements that R4 does not have and another release does, with its name.

    The element is "" where the type itself gives the resource away.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str):
        return
    yield from _by_type(kind, release)
    newer = _NEWER.get(kind, frozenset())
    for element in sorted(resource.keys() & _OLDER.get(kind, frozenset())):
        if release != R5 or element not in newer:
            yield element, OLDER
    if release != R5:
        yield from ((element, NEWER) for element in sorted(resource.keys() & newer))
    if kind == "Condition":
        yield from _by_status(resource)


def _by_type(kind: str, release: str) -> Iterator[tuple[str, str]]:
    if kind in _OLDER_TYPES:
        yield "", OLDER
    elif kind in _NEWER_TYPES and release == R4:
        yield "", NEWER


def _by_status(condition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for element in ("clinicalStatus", "verificationStatus"):
        status = condition.get(element)
        if isinstance(status, str) and status in _ONCE_CODES:
            yield element, OLDER
