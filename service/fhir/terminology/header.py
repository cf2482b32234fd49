"""What the published resources have in common: names, version, rights."""

from __future__ import annotations

from dataclasses import dataclass

from service.fhir.codes import BASE, Resource
from service.fhir.terminology.words import LANGUAGE, narrative, tell, translated
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Text

PUBLISHER = "DPO Reasoner"


@dataclass(frozen=True, slots=True)
class Header:
    """How a resource is named; `copyright` is the phrase of what is not ours in it."""

    type: str
    id: str
    name: str
    title: Text
    description: Text
    copyright: str = ""

    @property
    def url(self) -> str:
        """The canonical URL."""
        return canonical(self.type, self.id)


def canonical(type: str, id: str) -> str:
    """The URL by which the world names a resource of ours."""
    return f"{BASE}/{type}/{id}"


def as_id(*words: str) -> str:
    """Ids of the ontology as the id of a resource, which knows no underscore."""
    return "-".join(words).replace("_", "-").lower()


def as_name(id: str) -> str:
    """The id of a resource as a name for machines: `DpoKindFinding`."""
    return "Dpo" + "".join(part.capitalize() for part in id.split("-"))


def resource(header: Header, knowledge: Knowledge) -> Resource:
    """The elements that every published resource begins with, in both languages."""
    rights = tell(knowledge, "terminology_copyright")
    if header.copyright:
        theirs = tell(knowledge, header.copyright)
        rights = Text(f"{rights.en} {theirs.en}", f"{rights.fr} {theirs.fr}")
    return {
        "resourceType": header.type,
        "id": header.id,
        "language": LANGUAGE,
        "text": narrative(header.title, header.description),
        **told(header, knowledge),
        **translated("title", header.title),
        **translated("description", header.description),
        **translated("copyright", rights),
    }


def told(header: Header, knowledge: Knowledge) -> Resource:
    """The elements that need no language."""
    return {
        "url": header.url,
        "version": knowledge.version,
        "name": header.name,
        "status": "active",
        "experimental": False,
        "date": knowledge.version,
        "publisher": PUBLISHER,
    }
