"""TerminologyCapabilities: what the terminology operations can do, from their tables.

Source: http://hl7.org/fhir/R4/terminologycapabilities.html
"""

from __future__ import annotations

from service import __version__
from service.fhir.codes import BASE, Resource
from service.fhir.terminology import code_system, expand, lookup
from service.fhir.terminology.header import PUBLISHER
from service.media import LANGUAGES
from service.reasoning.knowledge import Knowledge

TITLE = "Terminology of diffuse pulmonary ossification"
TEXT_FILTER = (
    "Every word must stand in the code or in one name of a concept, label or synonym, "
    "English or French. Case, accents and the order of the words do not matter; a word "
    "may be a part of one. There are no wild cards."
)


def terminology_capabilities(knowledge: Knowledge) -> Resource:
    """What can be asked; `closure` is left out, since it is not served."""
    return {
        "resourceType": "TerminologyCapabilities",
        "url": f"{BASE}/TerminologyCapabilities/service",
        "version": __version__,
        "name": "DpoTerminologyCapabilities",
        "title": TITLE,
        "status": "active",
        "experimental": False,
        "date": knowledge.version,
        "publisher": PUBLISHER,
        "kind": "instance",
        "software": {"name": PUBLISHER, "version": __version__},
        "implementation": {
            "description": f"{TITLE}; ontology {knowledge.version_iri}."
        },
        "lockedDate": False,
        "codeSystem": [_code_system(knowledge)],
        "expansion": {
            "hierarchical": False,
            "paging": True,
            "incomplete": False,
            "parameter": [{"name": each.name} for each in expand.INPUTS],
            "textFilter": TEXT_FILTER,
        },
        "validateCode": {"translations": True},
        "translation": {"needsMap": False},
    }


def _code_system(knowledge: Knowledge) -> Resource:
    return {
        "uri": code_system.URL,
        "version": [
            {
                "code": knowledge.version,
                "isDefault": True,
                "compositional": False,
                "language": list(LANGUAGES),
                "filter": [
                    {"code": code, "op": list(operators)}
                    for code, operators in code_system.FILTERS.items()
                ],
                "property": [
                    lookup.DEFINITION,
                    lookup.DESIGNATION,
                    *code_system.PROPERTIES,
                    lookup.CHILD,
                ],
            }
        ],
        "subsumption": True,
    }
