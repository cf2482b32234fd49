"""What a page says of one term, read from the stored queries and put in order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from service.reasoning.terms import Text
from service.web.catalogue import Catalogue
from service.web.stored import Row, Stored
from service.wording.citations import natural

# The relations of a hypothesis to its criteria, in the order of a reader's questions,
# with the words of their roles.
ROLES = {
    "needs": "needed",
    "supportedBy": "supporting",
    "contradictedBy": "contradicting",
    "excludedBy": "excluding",
    "stoppedBy": "stop",
}
ABSENT = "excluded"
ASSERTED = "graph/asserted"
STANCES = ("SUPPORT", "REFUTE", "NO_EVIDENCE")
LABEL = "http://www.w3.org/2000/01/rdf-schema#"
# What a page of a term says elsewhere than among its other statements.
ELSEWHERE = frozenset(
    {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
        f"{LABEL}label",
        f"{LABEL}subClassOf",
        "http://purl.obolibrary.org/obo/IAO_0000115",
        "http://purl.obolibrary.org/obo/IAO_0100001",
        "http://purl.org/dc/terms/source",
        "http://www.w3.org/2002/07/owl#deprecated",
        "http://www.w3.org/2004/02/skos/core#altLabel",
        "http://www.w3.org/2004/02/skos/core#note",
        "http://www.w3.org/2004/02/skos/core#exactMatch",
        "http://www.w3.org/2004/02/skos/core#closeMatch",
        "http://www.w3.org/2004/02/skos/core#narrowMatch",
        "http://www.w3.org/2004/02/skos/core#broadMatch",
        "kindOf",
        *ROLES,
    }
)


@dataclass(frozen=True, slots=True)
class Value:
    """An IRI or a literal; `language` is that of a text, if it has one."""

    text: str
    language: str
    is_iri: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """One property with its values, ids of ours without the base."""

    property: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One statement that uses a property."""

    subject: str
    value: Value


@dataclass(frozen=True, slots=True)
class Place:
    """A class above or below, and who says so."""

    id: str
    is_asserted: bool
    is_inferred: bool


@dataclass(frozen=True, slots=True)
class Criterion:
    """One row of the table of criteria; `strength` is empty or 1 to 3."""

    hypothesis: str
    role: str
    criterion: str
    is_absent: bool
    strength: str
    sentence: Text
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says of one term, with the words it rests on."""

    id: str
    subject: str
    source: str
    text: Text
    stance: str
    directness: str
    study: str
    role: str
    snippet: str
    depth: str
    is_verified: bool
    question: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """A code of another system; `confidence` from 0 to 1, `seen` says where."""

    match: str
    object: str
    system: str
    code: str
    label: str
    confidence: str
    justification: str
    seen: str


@dataclass(frozen=True, slots=True)
class Use:
    """A property by which other terms point here, and those terms."""

    property: str
    users: tuple[str, ...]


def read_statements(stored: Stored, id: str) -> tuple[Statement, ...]:
    """Every statement about a term by its property, in the order of properties."""
    groups: dict[str, list[Value]] = {}
    for row in stored.rows("term-statements", id):
        value = read_value(row, stored)
        groups.setdefault(stored.local(row["property"]), []).append(value)
    return tuple(
        Statement(name, tuple(sorted(values, key=lambda v: (v.language, v.text))))
        for name, values in sorted(groups.items())
    )


def read_value(row: Row, stored: Stored) -> Value:
    """The value of a row that says whether it is named, and its language."""
    text = row["value"]
    if row["named"] == "true":
        return Value(stored.local(text), "", is_iri=True)
    return Value(text, row.get("language", ""), is_iri=False)


def read_examples(stored: Stored, id: str) -> tuple[Example, ...]:
    """Some statements that use a property."""
    return tuple(
        Example(stored.local(row["subject"]), read_value(row, stored))
        for row in stored.rows("term-examples", id)
    )


def values_of(statements: Iterable[Statement], property: str) -> tuple[Value, ...]:
    """The values of one property, none if nothing is said."""
    found = (each.values for each in statements if each.property == property)
    return next(found, ())


def read_places(stored: Stored, id: str) -> dict[str, tuple[Place, ...]]:
    """The classes directly above (`parent`) and below (`child`)."""
    graphs: dict[tuple[str, str], set[str]] = {}
    for row in stored.rows("term-hierarchy", id):
        key = row["side"], stored.local(row["class"])
        graphs.setdefault(key, set()).add(stored.local(row["graph"]))
    places: dict[str, list[Place]] = {"parent": [], "child": []}
    for (side, name), found in sorted(
        graphs.items(), key=lambda item: by_count(item[0][1])
    ):
        is_inferred = bool(found - {ASSERTED})
        places[side].append(Place(name, ASSERTED in found, is_inferred))
    return {side: tuple(found) for side, found in places.items()}


def read_criteria(stored: Stored, id: str) -> tuple[Criterion, ...]:
    """The rows in which a term is hypothesis or criterion; the strongest first."""
    groups: dict[Criterion, set[str]] = {}
    for row in stored.rows("term-criteria", id):
        key = Criterion(
            hypothesis=stored.local(row["hypothesis"]),
            role=ROLES[stored.local(row["role"])],
            criterion=stored.local(row["criterion"]),
            is_absent=row["polarity"] == ABSENT,
            strength=row.get("strength", ""),
            sentence=Text(row["sentenceEn"], row["sentenceFr"]),
            sources=(),
        )
        groups.setdefault(key, set()).add(stored.local(row["source"]))
    found = [
        replace(key, sources=tuple(sorted(sources, key=by_number)))
        for key, sources in groups.items()
    ]
    order = list(ROLES.values())
    return tuple(
        sorted(
            found,
            key=lambda row: (
                order.index(row.role),
                -int(row.strength or 0),
                row.hypothesis,
                row.criterion,
            ),
        )
    )


def by_count(id: str) -> list[tuple[bool, int, str]]:
    """Numbers inside an id in the order of their values: 5 before 10."""
    return [
        (part.isdigit(), int(part) if part.isdigit() else 0, part)
        for part in re.split(r"(\d+)", id)
    ]


def by_number(source: str) -> tuple[bool, str, int]:
    """F9 before F10, for the ids of sources."""
    return natural(source.rpartition("/")[2])


def read_claims(stored: Stored, id: str) -> tuple[Claim, ...]:
    """The claims about a term, of a source, or the one of that id."""
    claims = (read_claim(row, stored) for row in stored.rows("term-claims", id))
    return tuple(sorted(claims, key=lambda claim: claim.id))


def read_claim(row: Row, stored: Stored) -> Claim:
    """One row of the claims."""
    return Claim(
        id=stored.local(row["claim"]),
        subject=stored.local(row["subject"]),
        source=stored.local(row["source"]),
        text=Text(row["textEn"], row["textFr"]),
        stance=row["stance"],
        directness=row["directness"],
        study=row["study"],
        role=row["role"],
        snippet=row["snippet"],
        depth=row["depth"],
        is_verified=row["verified"] == "yes",
        question=row.get("question", ""),
    )


def read_mappings(stored: Stored, id: str) -> tuple[Mapping, ...]:
    """The codes of a term by system, the surest first."""
    found = (
        Mapping(
            match=row["match"].partition("#")[2].removesuffix("Match"),
            object=row["object"],
            system=row["system"],
            code=row["code"],
            label=row["label"],
            confidence=row["confidence"],
            justification=row["justification"].rpartition("/")[2],
            seen=row["seen"],
        )
        for row in stored.rows("term-mappings", id)
    )
    return tuple(
        sorted(found, key=lambda row: (row.system, -float(row.confidence), row.code))
    )


def read_uses(stored: Stored, catalogue: Catalogue, id: str) -> tuple[Use, ...]:
    """What points to a term, by property; terms before what has no entry."""
    groups: dict[str, set[str]] = {}
    for row in stored.rows("term-uses", id):
        key = stored.local(row["property"])
        groups.setdefault(key, set()).add(stored.local(row["user"]))
    return tuple(
        Use(name, tuple(sorted(users, key=lambda user: (user not in catalogue, user))))
        for name, users in sorted(groups.items())
    )
