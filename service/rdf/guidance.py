"""What is still open: conflicts of the data, and data that would change an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from service.fhir.draft import Draft
from service.fhir.guidance import data_requirements, is_decided
from service.fhir.identity import GUIDANCE, REPORT, Part, issue_part
from service.model import Conflict
from service.rdf import vocabulary as v
from service.rdf.conclusions import PRELIMINARY, tell_part
from service.rdf.facts import fact_iri, iri_of
from service.rdf.literals import integer
from service.rdf.triples import Iri, Node, Text, Triple, say
from service.wording.shape import Dispute


def tell_conflicts(draft: Draft) -> Iterator[Triple]:
    """Who disagrees, and what it leaves contested."""
    seen: Counter[str] = Counter()
    pairs = zip(draft.conclusions.conflicts, draft.wording.disputes, strict=True)
    for conflict, dispute in pairs:
        part = issue_part(conflict.concept, seen[conflict.concept])
        seen[conflict.concept] += 1
        yield from tell_conflict(part, conflict, dispute, draft)


def tell_conflict(
    part: Part, conflict: Conflict, dispute: Dispute, draft: Draft
) -> Iterator[Triple]:
    """One conflict in words and by its facts."""
    node = iri_of(part, draft)
    yield from tell_part(node, v.CONFLICT, PRELIMINARY, draft)
    yield from say(node, conflict_pairs(part, conflict, dispute, draft))


def conflict_pairs(
    part: Part, conflict: Conflict, dispute: Dispute, draft: Draft
) -> Iterator[tuple[Iri, Node]]:
    """What a conflict says of itself."""
    yield v.IDENTIFIER, Text(f"{draft.names.identifier}/{part.role}")
    yield v.CONCERNS, v.dpo(conflict.concept)
    yield v.TITLE, Text(dispute.title, language=draft.language)
    yield v.DESCRIPTION, Text(dispute.text, language=draft.language)
    for finding in conflict.findings:
        yield v.DERIVED_FROM, fact_iri(finding, draft)
    for concept in conflict.contested:
        yield v.LEAVES_CONTESTED, v.dpo(concept)


def tell_guidance(draft: Draft) -> Iterator[Triple]:
    """Whether more data is needed, and which: what would change most comes first."""
    guidance, report = iri_of(GUIDANCE, draft), iri_of(REPORT, draft)
    decided = Text("success" if is_decided(draft) else "data-required")
    yield from tell_part(guidance, v.ENTITY, decided, draft)
    for rank, requirement in enumerate(data_requirements(draft), 1):
        concept = requirement["codeFilter"][0]["code"][0]["code"]
        request = guidance.part(concept)
        yield report, v.ASKS_FOR, request
        yield request, v.CONCERNS, v.dpo(concept)
        yield request, v.HAS_RANK, integer(rank)
        yield request, v.RESOURCE_TYPE, Text(requirement["type"])
