"""ConceptMap/$translate: from our codes to those of other systems, and back.

Every equivalence says how the translation stands to the code that was asked about,
whichever way a map is read. A longer ICD code stands for the shorter one that it
begins with, as in a report. Source: http://hl7.org/fhir/R4/conceptmap-operation-translate.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from service.errors import InvalidParameter
from service.fhir.codes import Resource, coding
from service.fhir.terminology import code_system
from service.fhir.terminology.call import (
    Call,
    Coded,
    asked,
    check_canonical,
    check_version,
    required,
)
from service.fhir.terminology.concept_maps import Atlas, atlases
from service.fhir.terminology.parameters import Input, answer, group, parameter
from service.fhir.terminology.value_sets import code_sets
from service.model import Coding
from service.reasoning.terms import MappingRow
from service.reasoning.vocabulary import ASSERTING, PREFIX_MATCH, vocabulary_of

INPUTS = (
    Input("url", "uri"),
    Input("conceptMapVersion", "string"),
    Input("code", "code"),
    Input("system", "uri"),
    Input("version", "string"),
    Input("source", "uri"),
    Input("coding", "Coding"),
    Input("codeableConcept", "CodeableConcept"),
    Input("target", "uri"),
    Input("targetsystem", "uri"),
    Input("reverse", "boolean"),
)


ORDER = ("equivalent", "wider", "narrower", "inexact")


@dataclass(frozen=True, slots=True)
class Match:
    """One translation: a code with its display, and the map that says so.

    `is_inherited` is said of what a shorter ICD code gives.
    """

    equivalence: str
    system: str
    code: str
    display: str
    map_url: str
    is_inherited: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A map, turned so that it leads from the code to its translation."""

    atlas: Atlas
    map_url: str


def translate(call: Call) -> Resource:
    """Every translation of a code, the closest first."""
    check_version(call, "conceptMapVersion")
    codings = asked(call, beside=("system", "version"))
    if call.given.first("code") and not codings[0].system:
        raise required("The system of the code", codings[0].path)
    ways = ways_of(call)
    begins, ends = limits(call)
    matches = [
        match
        for coded in codings
        if begins is None or (coded.system == code_system.URL and coded.code in begins)
        for match in matches_of(coded, ways, call)
        if ends is None or (match.system == code_system.URL and match.code in ends)
    ]
    found = dict.fromkeys(sorted(matches, key=closeness))
    return answer(
        parameter("result", valueBoolean=bool(found)),
        parameter("message", valueString=hint(tuple(found), codings, ways, call)),
        *map(as_parameter, found),
    )


# --- which maps ------------------------------------------------------------------


def ways_of(call: Call) -> tuple[Way, ...]:
    """The maps that lead to `targetsystem`, or to anywhere.

    One that is named is used alone, backwards with `reverse`. Otherwise all are, and
    `reverse` changes nothing: of each pair one map leads the way of the code.
    """
    known = atlases(call.knowledge)
    by_url = {each.header.url: each for each in known.values()}
    url = check_canonical(call, "url", tuple(by_url))
    target = call.given.text("targetsystem")
    if url and call.id:
        message = "The address names the map already: leave url out."
        raise InvalidParameter(message, expression=call.given.path("url"))
    ways = [Way(each, each.header.url) for each in known.values()]
    if url or call.id:
        named = by_url[url] if url else known[call.id]
        used = twin(named, call) if call.given.get("reverse") else named
        ways = [Way(used, named.header.url)]
    return tuple(way for way in ways if target in ("", *uris(way.atlas.target, call)))


def twin(atlas: Atlas, call: Call) -> Atlas:
    """The map with the same rows, the other way round."""
    return next(
        each
        for each in atlases(call.knowledge).values()
        if each.system == atlas.system and each is not atlas
    )


def uris(uri: str, call: Call) -> tuple[str, ...]:
    """Every URI of the system that one URI names."""
    return call.knowledge.systems[uri].uris


def limits(call: Call) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """The codes to which `source` and `target` limit the code and its translations.

    Both name value sets of ours, and `reverse` swaps them; None is no limit.
    """
    by_url = {each.header.url: each for each in code_sets(call.knowledge).values()}
    found = []
    for name in ("source", "target"):
        url = check_canonical(call, name, tuple(by_url))
        found.append(frozenset(by_url[url].members) if url else None)
    source, target = found
    return (target, source) if call.given.get("reverse") else (source, target)


# --- matches ---------------------------------------------------------------------


def matches_of(coded: Coded, ways: Iterable[Way], call: Call) -> Iterator[Match]:
    """The translations of one coding by all maps that begin at its system."""
    is_ours = coded.system == code_system.URL
    if is_ours and coded.version not in ("", call.knowledge.version):
        return
    for way in ways:
        if coded.system in uris(way.atlas.source, call):
            key = normal(coded.code, way.atlas)
            pairs = index(way.atlas).get(key, ())
            for target, row in pairs:
                equivalence = way.atlas.equivalence(row)
                yield as_match(equivalence, target, row.label, way, call)
            asserted = any(row.predicate in ASSERTING for _, row in pairs)
            if not is_ours and not asserted:
                yield from inherited(coded, way, call)


def inherited(coded: Coded, way: Way, call: Call) -> Iterator[Match]:
    """What the nearest shorter ICD code gives that means something of ours.

    The code is narrower than that one, so our concept is wider than it; of a close
    mapping no more than that is known.
    """
    if way.atlas.system.match != PREFIX_MATCH:
        return
    asked_about = Coding(coded.system, coded.code, "", "")
    for found in vocabulary_of(call.knowledge).groundings(asked_about):
        if found.predicate in ASSERTING:
            equivalence = "inexact" if found.predicate == "close" else "wider"
            match = as_match(equivalence, found.concept, "", way, call)
            yield replace(match, is_inherited=True)


@lru_cache(maxsize=64)
def index(atlas: Atlas) -> Mapping[str, tuple[tuple[str, MappingRow], ...]]:
    """The targets of a map by source code, in its normal form."""
    found: dict[str, tuple[tuple[str, MappingRow], ...]] = {}
    for source, target, row in atlas.pairs:
        key = normal(source, atlas)
        found[key] = (*found.get(key, ()), (target, row))
    return MappingProxyType(found)


def normal(code: str, atlas: Atlas) -> str:
    """A source code as it is compared: ICD without dot and case, OBO without prefix."""
    if atlas.is_from_ours:
        return code
    if atlas.system.match == PREFIX_MATCH:
        return code.replace(".", "").upper()
    return code.removeprefix(f"{atlas.system.prefix}:")


def as_match(equivalence: str, target: str, label: str, way: Way, call: Call) -> Match:
    """A translation with its display: our label, or that of the mapping table."""
    is_ours = way.atlas.target == code_system.URL
    display = call.label(target) if is_ours else label
    return Match(equivalence, way.atlas.target, target, display, way.map_url)


def closeness(match: Match) -> tuple[bool, int, str, str]:
    """The order of the answer."""
    place = ORDER.index(match.equivalence)
    return match.is_inherited, place, match.system, match.code


def hint(
    matches: Sequence[Match],
    codings: Sequence[Coded],
    ways: Sequence[Way],
    call: Call,
) -> str:
    """Why there is no translation, or what should be known of those that there are."""
    if any(match.is_inherited for match in matches):
        return call.say("hint_prefix")
    if matches:
        return ""
    sources = {uri for way in ways for uri in uris(way.atlas.source, call)}
    if not any(coded.system in sources for coded in codings):
        return call.say("hint_no_map")
    return call.say("hint_no_match")


def as_parameter(match: Match) -> Resource:
    """A translation as it is answered."""
    return group(
        "match",
        parameter("equivalence", valueCode=match.equivalence),
        parameter(
            "concept", valueCoding=coding(match.system, match.code, match.display)
        ),
        parameter("source", valueUri=match.map_url),
    )
