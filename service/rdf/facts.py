"""The facts of a report, the codes that chose their concepts, where they were read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from service.fhir.codes import Resource, coding
from service.fhir.draft import Draft, is_open
from service.fhir.identity import REPORT, Part, canonical
from service.model import Finding, Source, When
from service.rdf import vocabulary as v
from service.rdf.literals import boolean, decimal, moment
from service.rdf.triples import Iri, Node, Text, Triple, say, sent_iri


def iri_of(part: Part, draft: Draft) -> Iri:
    """The IRI of a part: its fullUrl in the collection form of the FHIR answer."""
    return Iri(draft.names.full_url(part))


def fragment(kind: str, key: Any, draft: Draft) -> Iri:
    """The IRI of a part that FHIR gives no name, by a hash of what it says."""
    text = json.dumps(key, ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return iri_of(REPORT, draft).part(f"{kind}-{digest[:16]}")


def activity_iri(draft: Draft) -> Iri:
    """One name for each time at which the report was made."""
    return fragment("run", draft.issued, draft)


# --- facts -------------------------------------------------------------------------


def fact_iri(finding: Finding, draft: Draft) -> Iri:
    """One name for one fact; the same value read at two places makes two facts."""
    when = finding.when
    key = [
        canonical(finding),
        [finding.sent, finding.limit, finding.preliminary],
        [when.text, when.end_text] if when else [],
        [[source.reference, source.path] for source in finding.sources],
        [
            [g.coding.system, g.coding.code, g.coding.display]
            for g in finding.groundings
        ],
    ]
    return fragment("fact", key, draft)


def tell_fact(finding: Finding, draft: Draft) -> Iterator[Triple]:
    """A fact with its value, its time and where it was read."""
    fact = fact_iri(finding, draft)
    yield from say(fact, fact_pairs(finding, draft))
    if finding.when is not None:
        yield from tell_when(fact, finding.when)
    for grounding in finding.groundings:
        sent = grounding.coding
        told = coding(sent.system, sent.code, sent.display)
        yield from tell_code(fact, v.GROUNDED_BY, told, draft)
    for source in finding.sources:
        yield fact, v.PRIMARY_SOURCE, source_iri(source, draft)
        yield from tell_source(source, draft)


def fact_pairs(finding: Finding, draft: Draft) -> Iterator[tuple[Iri, Node]]:
    """What a fact says of itself."""
    yield v.TYPE, v.FACT
    yield v.TYPE, v.ENTITY
    yield v.IS_PART_OF, iri_of(REPORT, draft)
    yield v.CONCERNS, v.dpo(finding.concept)
    yield v.IN_STATE, v.dpo(draft.knowledge.results.states[finding.state.value])
    if finding.value:
        yield v.CODED_VALUE, v.dpo(finding.value)
    yield from bounds(finding)
    yield v.AS_SENT, Text(finding.sent)
    if finding.interpretation:
        yield v.INTERPRETED_AS, v.dpo(finding.interpretation)
    yield v.LIMIT_ORIGIN, Text(finding.limit)
    if finding.preliminary:
        yield v.IS_PRELIMINARY, boolean(True)


def bounds(finding: Finding) -> Iterator[tuple[Iri, Node]]:
    """The canonical value: equal bounds are the value itself."""
    interval = finding.interval
    if interval is None:
        return
    low = v.GREATER_THAN if interval.low_open else v.AT_LEAST
    high = v.LESS_THAN if interval.high_open else v.AT_MOST
    yield low, decimal(interval.low)
    yield high, decimal(interval.high)
    yield v.UNIT, Text(finding.unit)


# --- times -------------------------------------------------------------------------


def tell_when(holder: Iri, when: When) -> Iterator[Triple]:
    """The sender's own time: a moment, or a Period."""
    if when.end_text or is_open(when):
        yield from tell_period(holder, when.text, when.end_text)
    else:
        yield from say(holder, [(v.DATE, moment(when.text))])


def tell_period(holder: Iri, start: str, end: str) -> Iterator[Triple]:
    """A period of time, either side of which may be open."""
    period = holder.part("period")
    yield holder, v.TEMPORAL, period
    yield period, v.TYPE, v.PERIOD
    yield from say(period, [(v.START, moment(start)), (v.END, moment(end))])


# --- codes and sources ---------------------------------------------------------------


def tell_code(
    holder: Iri, predicate: Iri, told: Resource, draft: Draft
) -> Iterator[Triple]:
    """A Coding as it was sent.

    Its identifier is the token by which FHIR searches: so no system is lost that is
    no IRI, or that is our own, in whose name no sender speaks.
    """
    system, code, display = (told.get(key, "") for key in ("system", "code", "display"))
    node = fragment("code", [system, code, display], draft)
    yield holder, predicate, node
    yield node, v.TYPE, v.CODE
    yield node, v.IDENTIFIER, Text(f"{system}|{code}" if system else code)
    yield from say(node, [(v.NOTATION, Text(code)), (v.LABEL, Text(display))])
    scheme = sent_iri(system, v.DPO)
    if scheme:
        yield node, v.IN_SCHEME, scheme


def source_iri(source: Source, draft: Draft) -> Iri:
    """A resource as this request had it, at its place in the posted document."""
    return fragment("source", [source.reference, source.path], draft)


def tell_source(source: Source, draft: Draft) -> Iterator[Triple]:
    """The sender's literal reference, and the IRI that it is if it is one."""
    node = source_iri(source, draft)
    yield node, v.TYPE, v.ENTITY
    yield from say(
        node,
        [
            (v.IDENTIFIER, Text(source.reference)),
            (v.RESOURCE_TYPE, Text(source.resource_type)),
            (v.READ_AT, Text(source.path)),
        ],
    )
    yield from tell_reference(node, source.reference)


def tell_reference(node: Iri, reference: str) -> Iterator[Triple]:
    """What an absolute reference names, apart from this request."""
    named = sent_iri(reference, v.DPO)
    if named:
        yield node, v.SPECIALIZATION_OF, named
