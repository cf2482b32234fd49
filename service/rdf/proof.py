"""What a conclusion rests on: facts, axioms with their sources, states of criteria."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.fhir.draft import Draft
from service.model import CriterionState, Justification, State
from service.rdf import vocabulary as v
from service.rdf.facts import fact_iri
from service.rdf.literals import boolean
from service.rdf.triples import Iri, Text, Triple, say


def tell_justification(
    node: Iri, justification: Justification, draft: Draft
) -> Iterator[Triple]:
    """The whole proof: facts, axioms, what was looked for."""
    for finding in justification.findings:
        yield node, v.DERIVED_FROM, fact_iri(finding, draft)
    for axiom in justification.axioms:
        iri = Iri(f"{v.AXIOM}{axiom.id}")
        yield node, v.RESTS_ON, iri
        yield iri, v.IDENTIFIER, Text(axiom.id)
        yield from tell_carriers(iri, axiom.sources, draft)
    for name in justification.looked_for:
        yield node, v.LOOKED_FOR, v.dpo(name)
    for name in justification.not_on_record:
        yield node, v.NOT_ON_RECORD, v.dpo(name)


def tell_carriers(node: Iri, sources: Iterable[str], draft: Draft) -> Iterator[Triple]:
    """The sources of an axiom or a criterion, each with its citation."""
    known = draft.knowledge.sources
    for source in sources:
        iri = Iri(f"{v.SOURCE}{source}")
        yield node, v.CARRIED_BY, iri
        yield iri, v.IDENTIFIER, Text(source)
        if source in known:
            citation = known[source]
            yield from say(iri, [(v.CITATION, Text(citation.citation, language="en"))])
            yield iri, v.WAS_VERIFIED, boolean(citation.verified)


def tell_criteria(
    node: Iri, rows: Iterable[CriterionState], draft: Draft
) -> Iterator[Triple]:
    """The state of each criterion once, with the sources and facts of its first row."""
    first: dict[str, CriterionState] = {}
    for row in rows:
        first.setdefault(row.criterion, row)
    for row in first.values():
        yield from tell_criterion(node, row.criterion, row.state, draft)
        criterion = node.part(row.criterion)
        yield from tell_carriers(criterion, row.sources, draft)
        for finding in row.findings:
            yield criterion, v.DERIVED_FROM, fact_iri(finding, draft)


def tell_criterion(
    node: Iri, criterion: str, state: State, draft: Draft
) -> Iterator[Triple]:
    """A criterion with its state in this case, apart from polarity and role."""
    part = node.part(criterion)
    yield node, v.WEIGHS, part
    yield part, v.TYPE, v.CRITERION
    yield part, v.CONCERNS, v.dpo(criterion)
    yield part, v.IN_STATE, v.dpo(draft.knowledge.results.states[state.value])
