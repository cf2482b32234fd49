"""The case extension: every fact that a report was made from, for `dpo verify`.

Shape (all parts nested extensions of one, on the DiagnosticReport):
- `subject` 0..1 (string: the literal reference, left out for an anonymous subject)
- `ontology`, `software` 1..1 (string: their versions)
- `fact` 0..* (string: the canonical text of a finding, as the identifier is made of it:
  a JSON list of concept, state, value, bounds, unit, interpretation and time)
- `gap` 0..* (string: likewise what could not be read of the record)

The identifier of the report is the SHA-256 over these; the certificates of its values
cite some of the facts, and what they looked for in vain can be checked against all.
"""

from __future__ import annotations

from service import __version__
from service.fhir.codes import BASE, Resource, extension
from service.fhir.identity import fact_texts, gap_texts
from service.model import Case

CASE = f"{BASE}/StructureDefinition/case"


def case_extension(case: Case, ontology: str) -> Resource:
    """The case of a report by one version of the ontology, whatever the form."""
    parts = [extension("subject", valueString=case.subject)] if case.subject else []
    parts += [
        extension("ontology", valueString=ontology),
        extension("software", valueString=__version__),
    ]
    parts += [extension("fact", valueString=fact) for fact in fact_texts(case)]
    parts += [extension("gap", valueString=gap) for gap in gap_texts(case)]
    return extension(CASE, extension=parts)
