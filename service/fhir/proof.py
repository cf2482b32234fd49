"""The justification extension: why a value was reported, for a machine to re-check.

Shape (all parts nested extensions of one):
- `axiom` 0..*: `id` (string, 12 hexadecimal digits), `source` 0..* (string)
- `fact` 0..*: `concept` (Coding), `state` (Coding), then what applies of `value`
  (Coding), `low` and `high` (Quantity in the canonical unit; comparator on an open
  bound), `sent` (string, the sender's own text), `interpretation` (Coding), `limit`
  (code: sent, range, usual), `time` (dateTime or Period), `preliminary` (boolean),
  `code` 0..* (Coding of the sender) and `reference` 0..* (Reference)
- `lookedFor` 0..*, `notOnRecord` 0..* (string: classes of cases of the ontology)
- `source` 0..* (string: sources of a criterion), `citation` 0..*: `id`, `text`
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from service.fhir.codes import (
    JUSTIFICATION,
    SUPPORTING_INFO,
    Resource,
    coding,
    extension,
    own_coding,
    present,
    unique,
)
from service.fhir.draft import Draft, is_open
from service.fhir.identity import number
from service.model import Finding, Interval, Justification, Source, When

UCUM = "http://unitsofmeasure.org"


def justification_extension(
    justification: Justification, draft: Draft
) -> list[Resource]:
    """The whole proof of one reported value; [] when there is none to give."""
    parts = [
        *(axiom_extension(axiom.id, axiom.sources) for axiom in justification.axioms),
        *(fact_extension(finding, draft) for finding in justification.findings),
        *(
            extension("lookedFor", valueString=name)
            for name in justification.looked_for
        ),
        *(
            extension("notOnRecord", valueString=name)
            for name in justification.not_on_record
        ),
        *citations((s for axiom in justification.axioms for s in axiom.sources), draft),
    ]
    return [extension(JUSTIFICATION, extension=parts)] if parts else []


def evidence_extension(
    findings: Iterable[Finding], sources: Iterable[str], draft: Draft
) -> list[Resource]:
    """What a criterion's state rests on: its sources and the facts, in short."""
    parts = [extension("source", valueString=source) for source in sources]
    parts += [short_fact(finding, draft) for finding in findings]
    return [extension(JUSTIFICATION, extension=parts)] if parts else []


def axiom_extension(id: str, sources: tuple[str, ...]) -> Resource:
    """One axiom with the sources that carry it."""
    parts = [extension("id", valueString=id)]
    parts += [extension("source", valueString=source) for source in sources]
    return extension("axiom", extension=parts)


def citations(sources: Iterable[str], draft: Draft) -> list[Resource]:
    """Each source once, with its citation."""
    known = draft.knowledge.sources
    return [
        extension(
            "citation",
            extension=[
                extension("id", valueString=source),
                extension("text", valueString=known[source].citation),
                extension("verified", valueBoolean=known[source].verified),
            ],
        )
        for source in dict.fromkeys(sources)
        if source in known and known[source].citation
    ]


def short_fact(finding: Finding, draft: Draft) -> Resource:
    """A fact by concept, state and reference only."""
    return extension(
        "fact", extension=[*claim(finding, draft), *references(finding, draft)]
    )


def fact_extension(finding: Finding, draft: Draft) -> Resource:
    """A fact with its value, its time and where it was read."""
    parts = [
        *claim(finding, draft),
        *value_parts(finding, draft),
        *time_part(finding.when),
        *codes_part(finding),
        *references(finding, draft),
    ]
    if finding.preliminary:
        parts.append(extension("preliminary", valueBoolean=True))
    return extension("fact", extension=parts)


def claim(finding: Finding, draft: Draft) -> list[Resource]:
    """Concept and state of a fact."""
    state = draft.knowledge.results.states[finding.state.value]
    return [
        extension("concept", valueCoding=own(finding.concept, draft)),
        extension("state", valueCoding=own(state, draft)),
    ]


def own(concept: str, draft: Draft) -> Resource:
    """A concept as a Coding in the language of the report."""
    return own_coding(draft.knowledge, concept, draft.language)


def value_parts(finding: Finding, draft: Draft) -> list[Resource]:
    """The value in every form that the fact has one."""
    parts = []
    if finding.value:
        parts.append(extension("value", valueCoding=own(finding.value, draft)))
    if finding.interval is not None:
        parts += bounds(finding.interval, finding.unit)
    if finding.sent:
        parts.append(extension("sent", valueString=finding.sent))
    if finding.interpretation:
        meaning = own(finding.interpretation, draft)
        parts.append(extension("interpretation", valueCoding=meaning))
    if finding.limit:
        parts.append(extension("limit", valueCode=finding.limit))
    return parts


def bounds(interval: Interval, unit: str) -> list[Resource]:
    """The bounds of a canonical value; equal ones are the value itself."""
    low = quantity(interval.low, unit, ">" if interval.low_open else "")
    high = quantity(interval.high, unit, "<" if interval.high_open else "")
    return [
        *([extension("low", valueQuantity=low)] if low else []),
        *([extension("high", valueQuantity=high)] if high else []),
    ]


def quantity(value: Decimal | None, unit: str, comparator: str) -> Resource:
    """A Quantity in UCUM; the number keeps its digits."""
    if value is None:
        return {}
    return present(
        {
            "value": json_number(value),
            "comparator": comparator,
            "unit": unit,
            "system": UCUM if unit else "",
            "code": unit,
        }
    )


def json_number(value: Decimal) -> int | float:
    """A number that JSON can carry: integers stay integers."""
    text = number(value)
    return float(text) if "." in text else int(text)


def time_part(when: When | None) -> list[Resource]:
    """The sender's own time."""
    if when is None:
        return []
    if when.end_text or is_open(when):
        period = present({"start": when.text, "end": when.end_text})
        return [extension("time", valuePeriod=period)]
    return [extension("time", valueDateTime=when.text)]


def codes_part(finding: Finding) -> list[Resource]:
    """The sender's codes by which the concept was chosen."""
    return [
        extension(
            "code",
            valueCoding=coding(
                grounding.coding.system, grounding.coding.code, grounding.coding.display
            ),
        )
        for grounding in finding.groundings
    ]


def references(finding: Finding, draft: Draft) -> list[Resource]:
    """Where the fact was read, each place once."""
    found = [draft.names.source(source) for source in finding.sources]
    return [extension("reference", valueReference=item) for item in unique(found)]


def derived_from(justification: Justification, draft: Draft) -> list[Resource]:
    """The input Observations that the proof used."""
    return [
        draft.names.source(source)
        for source in used_sources([justification])
        if source.resource_type == "Observation"
    ]


def supporting_info(justification: Justification, draft: Draft) -> list[Resource]:
    """The other evidence of the proof, for which derivedFrom has no place."""
    return [
        extension(SUPPORTING_INFO, valueReference=draft.names.source(source))
        for source in used_sources([justification])
        if source.resource_type != "Observation"
    ]


def used_sources(justifications: Iterable[Justification]) -> list[Source]:
    """The resources that proofs rest on, each once, in a fixed order.

    One that has neither fullUrl nor id cannot be referred to and is left out.
    """
    sources: dict[str, Source] = {}
    for justification in justifications:
        for finding in justification.findings:
            for source in finding.sources:
                if source.reference:
                    sources.setdefault(source.reference, source)
    return [sources[reference] for reference in sorted(sources)]
