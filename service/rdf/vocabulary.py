"""The words of a report in RDF: of standard vocabularies, else of the ontology.

Every own term is a row of `ontology/edit/terms.tsv` with label and definition. Sources:
https://www.w3.org/TR/prov-o/ and
https://www.dublincore.org/specifications/dublin-core/dcmi-terms/.
"""

from __future__ import annotations

from service.fhir.codes import BASE
from service.rdf.triples import Iri

DPO = f"{BASE}/"
AXIOM, SOURCE = f"{DPO}axiom/", f"{DPO}source/"
PROV = "http://www.w3.org/ns/prov#"
DCTERMS = "http://purl.org/dc/terms/"
DCAT = "http://www.w3.org/ns/dcat#"
OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SPDX = "http://spdx.org/rdf/terms#"
XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = {
    "axiom": AXIOM,
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "dpo": DPO,
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "source": SOURCE,
    "spdx": SPDX,
    "xsd": XSD,
}


def dpo(id: str) -> Iri:
    """A term of the ontology."""
    return Iri(f"{DPO}{id}")


TYPE = Iri(f"{RDF}type")
LABEL = Iri(f"{RDFS}label")
VERSION_INFO = Iri(f"{OWL}versionInfo")
NOTATION = Iri(f"{SKOS}notation")
IN_SCHEME = Iri(f"{SKOS}inScheme")
CODE = Iri(f"{SKOS}Concept")

ENTITY = Iri(f"{PROV}Entity")
ACTIVITY = Iri(f"{PROV}Activity")
SOFTWARE_AGENT = Iri(f"{PROV}SoftwareAgent")
ENDED_AT = Iri(f"{PROV}endedAtTime")
PRIMARY_SOURCE = Iri(f"{PROV}hadPrimarySource")
SPECIALIZATION_OF = Iri(f"{PROV}specializationOf")
USED = Iri(f"{PROV}used")
ASSOCIATED_WITH = Iri(f"{PROV}wasAssociatedWith")
ATTRIBUTED_TO = Iri(f"{PROV}wasAttributedTo")
DERIVED_FROM = Iri(f"{PROV}wasDerivedFrom")
GENERATED_BY = Iri(f"{PROV}wasGeneratedBy")

ABSTRACT = Iri(f"{DCTERMS}abstract")
ACCESS_RIGHTS = Iri(f"{DCTERMS}accessRights")
CONFORMS_TO = Iri(f"{DCTERMS}conformsTo")
DATE = Iri(f"{DCTERMS}date")
DESCRIPTION = Iri(f"{DCTERMS}description")
IDENTIFIER = Iri(f"{DCTERMS}identifier")
IS_PART_OF = Iri(f"{DCTERMS}isPartOf")
ISSUED = Iri(f"{DCTERMS}issued")
LANGUAGE = Iri(f"{DCTERMS}language")
CARRIED_BY = Iri(f"{DCTERMS}source")
SUBJECT = Iri(f"{DCTERMS}subject")
TEMPORAL = Iri(f"{DCTERMS}temporal")
TITLE = Iri(f"{DCTERMS}title")
CATEGORY = Iri(f"{DCTERMS}type")
PERIOD = Iri(f"{DCTERMS}PeriodOfTime")
START, END = Iri(f"{DCAT}startDate"), Iri(f"{DCAT}endDate")

CHECKSUM = Iri(f"{SPDX}checksum")
CHECKSUM_CLASS = Iri(f"{SPDX}Checksum")
ALGORITHM = Iri(f"{SPDX}algorithm")
SHA256 = Iri(f"{SPDX}checksumAlgorithm_sha256")
CHECKSUM_VALUE = Iri(f"{SPDX}checksumValue")

# --- the ontology's own: classes of what a report is made of ----------------------
REPORT = dpo("report")
CONCLUSION = dpo("reportedConclusion")
FACT = dpo("reportedFact")
CRITERION = dpo("reportedCriterion")
CONFLICT = dpo("reportedConflict")
ENTRY = dpo("reportedEntry")

# --- the ontology's own: properties ------------------------------------------------
ANSWERS_QUESTION = dpo("answersQuestion")
AS_SENT = dpo("asSent")
ASKS_FOR = dpo("asksFor")
AT_LEAST, GREATER_THAN = dpo("atLeast"), dpo("greaterThan")
AT_MOST, LESS_THAN = dpo("atMost"), dpo("lessThan")
CITATION = dpo("citation")
CODED_VALUE = dpo("codedValue")
CONCERNS = dpo("concerns")
CONCLUDES = dpo("concludes")
CONTESTED_ANSWER = dpo("contestedAnswer")
CONTRADICTED_COUNT = dpo("criteriaContradictedCount")
MET_COUNT = dpo("criteriaMetCount")
UNKNOWN_COUNT = dpo("criteriaUnknownCount")
ENTRY_PLACE = dpo("entryPlace")
FHIR_STATUS = dpo("fhirStatus")
GROUNDED_BY = dpo("groundedBy")
HAS_ANSWER = dpo("hasAnswer")
HAS_GRADE = dpo("hasGrade")
HAS_RANK = dpo("hasRank")
HAS_REMARK = dpo("hasRemark")
IN_STATE = dpo("inState")
INTERPRETED_AS = dpo("interpretedAs")
IS_PRELIMINARY = dpo("isPreliminary")
ISSUE_CODE = dpo("issueCode")
LEAVES_CONTESTED = dpo("leavesContested")
LIMIT_ORIGIN = dpo("limitOrigin")
LOOKED_FOR = dpo("lookedFor")
NOT_ON_RECORD = dpo("notOnRecord")
READ_AT = dpo("readAt")
RESOURCE_TYPE = dpo("resourceType")
RESTS_ON = dpo("restsOn")
SEVERITY = dpo("severity")
UNIT = dpo("unit")
WAS_VERIFIED = dpo("wasVerified")
WEIGHS = dpo("weighs")
