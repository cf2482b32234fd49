"""The words of the ontology as frozen values: concepts, mappings, limits, sources.

Read from `ontology/build/rules.json` by `knowledge`; numbers are Decimals, never
floats, and every text exists in English and French.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

# What json.loads gives back, without `Any`.
Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages of the service."""

    en: str
    fr: str

    def in_language(self, lang: str) -> str:
        """The French text for `fr` and its regions, else the English one."""
        return self.fr if lang[:2].lower() == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Limit:
    """The usual limits of a quantity, in its canonical unit (ontology.md 2.2).

    Low below `low_below`, normal from `normal_from` to `normal_to`, high above
    `high_above`; between them the value stays without interpretation. None means
    that the side has no limit. The row holds only for `value_of_sex` (None: everybody)
    and not for somebody known to be younger than `min_age` years.
    """

    value_of_sex: str | None
    low_below: Decimal | None
    normal_from: Decimal | None
    normal_to: Decimal | None
    high_above: Decimal | None
    min_age: Decimal
    age_concept: str
    sex_concept: str
    low: str
    normal: str
    high: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept, criterion, cut or other named class, with its annotations.

    What does not apply is empty: `unit` is a UCUM code, `molar_mass` in g/mol,
    `derived_from` holds the two factors of a product, `quantity`, `operator` and
    `bound` describe a cut; no value of the patient lies outside `plausible_low` to
    `plausible_high`. `status` is "", `deprecated` or `deprecated:<successor>`.
    """

    id: str
    kind: str
    label: Text
    definition: Text
    sources: tuple[str, ...] = ()
    value_type: str = ""
    unit: str = ""
    allowed_values: tuple[str, ...] = ()
    exclusive: bool = False
    molar_mass: Decimal | None = None
    derived_from: tuple[str, ...] = ()
    value_of: tuple[str, ...] = ()
    relative_of: tuple[str, ...] = ()
    suspicion_of: str = ""
    parents: tuple[str, ...] = ()
    ancestors: frozenset[str] = frozenset()
    limits: tuple[Limit, ...] = ()
    policy: str = ""
    must_not_decide: bool = False
    studied_in: Text | None = None
    quantity: str = ""
    operator: str = ""
    bound: Decimal | None = None
    plausible_low: Decimal | None = None
    plausible_high: Decimal | None = None
    synonyms_en: tuple[str, ...] = ()
    synonyms_fr: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of axioms; `verified` says whether somebody has read it."""

    id: str
    citation: str
    pmid: str
    doi: str
    depth: str
    verified: bool


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system by its SSSOM prefix; the first URI is the one of FHIR.

    `match` is exact, or prefix where a code stands for all that begin with it. FHIR
    writes `code_prefix` before each code (`HP:` for OBO, else "").
    """

    prefix: str
    uris: tuple[str, ...]
    match: str
    code_prefix: str = ""


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One SSSOM row: `predicate` is exact, narrow, close or broad (code to concept)."""

    concept: str
    predicate: str
    prefix: str
    code: str
    label: str

    @property
    def object_id(self) -> str:
        """The CURIE of the mapped code."""
        return f"{self.prefix}:{self.code}"


def read_text(item: Json) -> Text:
    """`{"en", "fr"}` as a Text."""
    row = as_object(item)
    return Text(as_text(row.get("en")), as_text(row.get("fr")))


def read_concept(id: str, item: Json) -> Concept:
    """One entry of `concepts`."""
    row = as_object(item)
    studied = row.get("studied_in")
    return Concept(
        id=id,
        kind=as_text(row.get("kind")),
        label=read_text(row.get("label")),
        definition=read_text(row.get("definition")),
        sources=as_ids(row.get("sources")),
        value_type=as_text(row.get("value_type")),
        unit=as_text(row.get("unit")),
        allowed_values=as_ids(row.get("allowed_values")),
        exclusive=bool(row.get("exclusive")),
        molar_mass=as_decimal(row.get("molar_mass")),
        derived_from=as_ids(row.get("derived_from")),
        value_of=as_ids(row.get("value_of")),
        relative_of=as_ids(row.get("relative_of")),
        suspicion_of=as_text(row.get("suspicion_of")),
        parents=as_ids(row.get("parents")),
        ancestors=frozenset(as_ids(row.get("ancestors"))),
        limits=tuple(map(read_limit, as_rows(row.get("limits")))),
        policy=as_text(row.get("policy")),
        must_not_decide=bool(row.get("must_not_decide")),
        studied_in=read_text(studied) if studied else None,
        quantity=as_text(row.get("quantity")),
        operator=as_text(row.get("operator")),
        bound=as_decimal(row.get("bound")),
        plausible_low=as_decimal(as_object(row.get("plausible")).get("low")),
        plausible_high=as_decimal(as_object(row.get("plausible")).get("high")),
        synonyms_en=as_ids(as_object(row.get("synonyms")).get("en")),
        synonyms_fr=as_ids(as_object(row.get("synonyms")).get("fr")),
        status=as_text(row.get("status")),
    )


def read_limit(row: dict[str, Json]) -> Limit:
    """One entry of a concept's `limits`."""
    return Limit(
        value_of_sex=as_text(row.get("value_of_sex")) or None,
        low_below=as_decimal(row.get("low_below")),
        normal_from=as_decimal(row.get("normal_from")),
        normal_to=as_decimal(row.get("normal_to")),
        high_above=as_decimal(row.get("high_above")),
        min_age=as_decimal(row.get("min_age")) or Decimal(0),
        age_concept=as_text(row.get("age_concept")),
        sex_concept=as_text(row.get("sex_concept")),
        low=as_text(row.get("low")),
        normal=as_text(row.get("normal")),
        high=as_text(row.get("high")),
        sources=as_ids(row.get("sources")),
    )


def read_citation(id: str, item: Json) -> Citation:
    """One entry of `sources`."""
    row = as_object(item)
    return Citation(
        id=id,
        citation=as_text(row.get("citation")),
        pmid=as_text(row.get("pmid")),
        doi=as_text(row.get("doi")),
        depth=as_text(row.get("depth")),
        verified=bool(row.get("verified")),
    )


def read_system(row: dict[str, Json]) -> CodeSystem:
    """One entry of `systems`."""
    return CodeSystem(
        as_text(row.get("prefix")),
        as_ids(row.get("uris")),
        as_text(row.get("match")),
        as_text(row.get("code_prefix")),
    )


def read_mapping(row: dict[str, Json]) -> MappingRow:
    """One entry of `mappings`."""
    names = ("concept", "predicate", "prefix", "code", "label")
    return MappingRow(*(as_text(row.get(name)) for name in names))


def read_map(item: Json) -> Mapping[str, str]:
    """An object of texts, such as `reader`, as an immutable mapping."""
    return MappingProxyType({k: as_text(v) for k, v in as_object(item).items()})


def as_object(item: Json) -> dict[str, Json]:
    """The item if it is an object, else an empty one."""
    return item if isinstance(item, dict) else {}


def as_rows(item: Json) -> list[dict[str, Json]]:
    """The objects of a list."""
    rows = item if isinstance(item, list) else []
    return [row for row in rows if isinstance(row, dict)]


def as_ids(item: Json) -> tuple[str, ...]:
    """The texts of a list, in its order."""
    return tuple(map(str, item)) if isinstance(item, list) else ()


def as_text(item: Json) -> str:
    """The item as text; null is empty."""
    return "" if item is None else str(item)


def as_decimal(item: Json) -> Decimal | None:
    """The item as a Decimal; null is None."""
    return None if item is None else Decimal(str(item))
