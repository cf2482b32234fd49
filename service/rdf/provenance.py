"""Who made a report, when, with what, and from which inputs (PROV-O)."""

from __future__ import annotations

from collections.abc import Iterator

from service import __version__
from service.fhir.draft import Draft
from service.fhir.identity import DEVICE
from service.fhir.provenance import AI_KINDS, AI_TYPE, build_device, justifications
from service.rdf import vocabulary as v
from service.rdf.facts import (
    activity_iri,
    iri_of,
    source_iri,
    tell_code,
)
from service.rdf.literals import moment
from service.rdf.triples import Iri, Text, Triple
from service.reasoning.knowledge import RULES
from service.reasoning.terms import as_object, as_text


def tell_activity(draft: Draft) -> Iterator[Triple]:
    """The run that made the report: when, by whom, with what and from what."""
    activity, agent = activity_iri(draft), iri_of(DEVICE, draft)
    ontology = Iri(draft.knowledge.version_iri)
    yield activity, v.TYPE, v.ACTIVITY
    yield activity, v.ENDED_AT, moment(draft.issued)
    yield activity, v.ASSOCIATED_WITH, agent
    yield from tell_agent(agent, draft)
    yield activity, v.USED, ontology
    yield ontology, v.VERSION_INFO, Text(draft.knowledge.version)
    yield from tell_rules(activity, draft)
    for justification in justifications(draft.conclusions):
        for finding in justification.findings:
            for source in finding.sources:
                yield activity, v.USED, source_iri(source, draft)


def tell_agent(agent: Iri, draft: Draft) -> Iterator[Triple]:
    """The software, as the FHIR Device tells it."""
    device = build_device(draft)
    yield agent, v.TYPE, v.SOFTWARE_AGENT
    yield agent, v.LABEL, Text(device["deviceName"][0]["name"])
    yield agent, v.IDENTIFIER, Text(device["identifier"][0]["value"])
    yield agent, v.VERSION_INFO, Text(__version__)
    for kind in (AI_TYPE, *AI_KINDS):
        yield from tell_code(agent, v.CATEGORY, kind, draft)


def tell_rules(activity: Iri, draft: Draft) -> Iterator[Triple]:
    """The rule set by its hash: what to install to get the same answer."""
    files = as_object(draft.knowledge.manifest.get("files"))
    digest = as_text(files.get(RULES))
    if not digest:
        return
    rules = iri_of(DEVICE, draft).part("rules")
    checksum = rules.part("sha256")
    yield activity, v.USED, rules
    yield rules, v.TYPE, v.ENTITY
    yield rules, v.IDENTIFIER, Text(RULES)
    yield rules, v.CHECKSUM, checksum
    yield checksum, v.TYPE, v.CHECKSUM_CLASS
    yield checksum, v.ALGORITHM, v.SHA256
    yield checksum, v.CHECKSUM_VALUE, Text(digest, f"{v.XSD}hexBinary")
