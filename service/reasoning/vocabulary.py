"""Coding to concept: the lookups that grounding needs, built once for each Knowledge.

Our own codes are concept ids; all others are found in the SSSOM table only, ICD codes
by prefix. Source: contract, section 2, rule 3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.model import Coding, Grounding
from service.reasoning.compiled import EXCLUDED, PRESENT
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Concept, MappingRow

ASSERTING = ("exact", "narrow", "close")
OWN, PREFIX_MATCH = "dpo", "prefix"
SHORTEST_CODE = 3  # an ICD category, such as J84
# Kinds whose concepts can be findings of a patient; a value is one through its finding.
STATED_KINDS = frozenset(
    {"finding", "lab", "measure", "disease", "procedure", "drug", "exposure", "status"}
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Lookups by code and by concept.

    `exact` finds a code as it stands; `prefixes` the mapped codes of ICD, without dots,
    by system; `above` all that a concept implies; `apart` the pairs of values of one
    finding that deny each other.
    """

    concepts: Mapping[str, Concept]
    exact: Mapping[tuple[str, str], tuple[MappingRow, ...]]
    prefixes: Mapping[str, Mapping[str, tuple[MappingRow, ...]]]
    own_systems: frozenset[str]
    above: Mapping[str, frozenset[str]]
    apart: frozenset[tuple[str, str]]
    relatives: tuple[Concept, ...]
    suspicions: tuple[Concept, ...]
    products: tuple[Concept, ...]

    def groundings(self, coding: Coding) -> tuple[Grounding, ...]:
        """Every concept that the table gives for a coding, with broad rows last."""
        if coding.system in self.own_systems:
            known = coding.code in self.concepts
            own = Grounding(coding, coding.code, "exact", f"{OWN}:{coding.code}")
            return (own,) if known else ()
        if coding.system in self.prefixes:
            return self._by_prefix(coding)
        rows = self.exact.get((coding.system, coding.code), ())
        return tuple(_grounding(coding, row) for row in rows)

    def names(self, coding: Coding) -> frozenset[str]:
        """The concepts of `groundings`, where their rows do not matter."""
        if coding.system in self.own_systems:
            return frozenset((coding.code,) if coding.code in self.concepts else ())
        rows = self.exact.get((coding.system, coding.code))
        if rows:
            return frozenset([row.concept for row in rows])
        return frozenset([found.concept for found in self.groundings(coding)])

    def _by_prefix(self, coding: Coding) -> tuple[Grounding, ...]:
        """The nearest mapped ancestor that asserts something, else broad rows."""
        codes = self.prefixes[coding.system]
        plain = coding.code.replace(".", "").upper()
        broad: tuple[MappingRow, ...] = ()
        for length in range(len(plain), SHORTEST_CODE - 1, -1):
            rows = codes.get(plain[:length], ())
            asserting = [row for row in rows if row.predicate in ASSERTING]
            if asserting:
                return tuple(_grounding(coding, row) for row in asserting)
            broad = broad or rows
        return tuple(_grounding(coding, row) for row in broad)

    def denied(self, coding: Coding) -> tuple[Grounding, ...]:
        """The concepts that a negative statement with this coding excludes.

        Only exact rows: the code itself, or for ICD the code or one below it.
        """
        if coding.system in self.prefixes:
            plain = coding.code.replace(".", "").upper()
            rows = [
                row
                for code, found in sorted(self.prefixes[coding.system].items())
                if len(plain) >= SHORTEST_CODE and code.startswith(plain)
                for row in found
            ]
            exact = [row for row in rows if row.predicate == "exact"]
            return tuple(_grounding(coding, row) for row in exact)
        return tuple(g for g in self.groundings(coding) if g.predicate == "exact")

    def implies(self, concept: str, other: str) -> bool:
        """Whether the concept is the other one or lies below it."""
        return concept == other or other in self.above.get(concept, frozenset())

    def finding_of(self, concept: str) -> str:
        """The one finding that has this value, "" for a shared one or no value."""
        owners = self.concepts[concept].value_of
        return owners[0] if len(owners) == 1 else ""


def _grounding(coding: Coding, row: MappingRow) -> Grounding:
    return Grounding(coding, row.concept, row.predicate, row.object_id)


def vocabulary_of(knowledge: Knowledge) -> Vocabulary:
    """The lookups of a Knowledge, built at the first call and kept with it."""
    kept = _BUILT.get(id(knowledge))
    if kept is None or kept[0] is not knowledge:
        kept = _BUILT[id(knowledge)] = (knowledge, _build(knowledge))
    return kept[1]


# A process has one Knowledge, a test a few; the pair keeps the id from being reused.
_BUILT: dict[int, tuple[Knowledge, Vocabulary]] = {}


def _build(knowledge: Knowledge) -> Vocabulary:
    concepts = knowledge.concepts
    prefix_systems = {
        uri for uri, each in knowledge.systems.items() if each.match == PREFIX_MATCH
    }
    return Vocabulary(
        concepts=concepts,
        exact=_exact(knowledge.mappings_by_code, prefix_systems),
        prefixes=_prefixes(knowledge.mappings_by_code, prefix_systems),
        own_systems=frozenset(
            uri for uri, each in knowledge.systems.items() if each.prefix == OWN
        ),
        above=_above(knowledge),
        apart=_apart(knowledge),
        relatives=tuple(c for c in concepts.values() if c.relative_of),
        suspicions=tuple(c for c in concepts.values() if c.suspicion_of),
        products=tuple(c for c in concepts.values() if c.derived_from),
    )


Rows = Mapping[tuple[str, str], tuple[MappingRow, ...]]


def _exact(rows: Rows, prefix_systems: set[str]) -> Rows:
    """By code as FHIR writes it: OBO codes carry their prefix (HP:0002206)."""
    found: dict[tuple[str, str], tuple[MappingRow, ...]] = {}
    for (uri, code), group in rows.items():
        if uri not in prefix_systems:
            found[uri, code] = group
            found[uri, f"{group[0].prefix}:{code}"] = group
    return found


def _prefixes(
    rows: Rows, prefix_systems: set[str]
) -> Mapping[str, Mapping[str, tuple[MappingRow, ...]]]:
    found: dict[str, dict[str, tuple[MappingRow, ...]]] = {
        s: {} for s in prefix_systems
    }
    for (uri, code), group in rows.items():
        if uri in prefix_systems:
            found[uri][code.replace(".", "").upper()] = group
    return found


def _above(knowledge: Knowledge) -> Mapping[str, frozenset[str]]:
    """What follows from a concept alone: the rules with one condition, closed."""
    direct: defaultdict[str, set[str]] = defaultdict(set)
    for rule in knowledge.finding_rules:
        if len(rule.body) == 1:
            direct[rule.body[0]].add(rule.head)
    for name, concept in knowledge.concepts.items():
        direct[name] |= set(concept.parents)
    return {name: _closure(name, direct) for name in knowledge.concepts}


def _closure(name: str, direct: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for parent in direct.get(waiting.pop(), ()):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return frozenset(found - {name})


def _apart(knowledge: Knowledge) -> frozenset[tuple[str, str]]:
    values = {c.id for c in knowledge.concepts.values() if c.value_of}
    pairs = set()
    for rule in knowledge.rules:
        one = rule.body[0].removeprefix(PRESENT)
        other = rule.head.removeprefix(EXCLUDED)
        if len(rule.body) == 1 and one in values and other in values:
            pairs.add((one, other))
    return frozenset(pairs)
