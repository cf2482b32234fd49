"""The StructureDefinitions as they are served: the files and the header of a release.

Source: http://hl7.org/fhir/R4/structuredefinition.html and profiling.html. Only the
differential is given, as R4 allows: a snapshot would repeat HL7's definitions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from service import __version__
from service.errors import NotFound
from service.fhir.codes import BASE, Resource
from service.fhir.terminology import catalogue
from service.fhir.terminology.header import PUBLISHER
from service.fhir.terminology.words import LANGUAGE, narrative
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Text

FOLDER = Path(__file__).parent
TYPE = "StructureDefinition"


def read(id: str, knowledge: Knowledge) -> Resource:
    """One StructureDefinition; raises NotFound for an id that there is not."""
    try:
        return definitions(knowledge)[id]
    except KeyError:
        message = f"There is no {TYPE} with this id: search for all of them."
        raise NotFound(message) from None


def search(
    query: Mapping[str, Sequence[str]], knowledge: Knowledge
) -> Iterator[Resource]:
    """The StructureDefinitions that match every parameter."""
    return catalogue.select(definitions(knowledge).values(), query)


def profiles_of(type: str, knowledge: Knowledge) -> tuple[str, ...]:
    """The canonical URLs of the profiles that resources of a type can have."""
    return tuple(
        each["url"]
        for each in definitions(knowledge).values()
        if each["type"] == type and not each["abstract"]
    )


@lru_cache(maxsize=4)
def definitions(knowledge: Knowledge) -> Mapping[str, Resource]:
    """Every StructureDefinition by its id, in the order of ids; shared values."""
    files = sorted(FOLDER.glob("*.json"))
    return MappingProxyType(
        {path.stem: definition(path, knowledge.version) for path in files}
    )


def definition(path: Path, date: str) -> Resource:
    """The file with its header.

    Structure changes with the software, whose version it has; the date is that of the
    ontology whose codes it names.
    """
    written: Resource = json.loads(path.read_text("utf-8"))
    header = {
        "resourceType": TYPE,
        "id": path.stem,
        "language": LANGUAGE,
        "text": narrative(text_of(written, "title"), text_of(written, "description")),
        "url": f"{BASE}/{TYPE}/{path.stem}",
        "version": __version__,
        "status": "active",
        "experimental": False,
        "date": date,
        "publisher": PUBLISHER,
    }
    return header | written


def text_of(resource: Resource, element: str) -> Text:
    """A text of the file in both languages."""
    (french,) = catalogue.other_texts(resource, element)
    return Text(resource[element], french)
