"""Loads `ontology/build` into one immutable Knowledge, hash-checked, once per process.

`load` reads the files, `from_rules` takes values, so that a test or a notebook can
hand in its own. Threads may share the outcome: nothing in it changes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from service.model import Axiom
from service.reasoning import rules, terms
from service.reasoning.compiled import Compiled
from service.reasoning.compiling import compile_rules
from service.reasoning.problems import KnowledgeError, ManifestMismatch
from service.reasoning.rules import (
    Choice,
    CriterionRow,
    Hypothesis,
    RecommendableTest,
    Rule,
)
from service.reasoning.terms import (
    Citation,
    CodeSystem,
    Concept,
    Json,
    MappingRow,
    Text,
    as_ids,
    as_object,
    as_rows,
    as_text,
)

RULES, MANIFEST, FORMAT = "rules.json", "MANIFEST.json", "1"
# How a pinned release keeps the same bytes in a seventh of the space.
PACKED = f"{RULES}.gz"
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Results:
    """The ids by which a report names its parts, from `results` of `rules.json`.

    A field is the role that Python knows, its value the id that only the ontology
    knows. `states` maps each State to its code.
    """

    assessment: str
    criterion: str
    pattern: str
    biopsy: str
    cause: str
    mimic: str
    test: str
    rank: str
    grade: str
    met: str
    contradicted: str
    unknown: str
    contested: str
    disease: str
    supported: str
    not_supported: str
    likely: str
    possible: str
    unlikely: str
    excluded: str
    undetermined: str
    spared: str
    lesion_gate: str
    states: Mapping[str, str]

    @property
    def answers(self) -> tuple[str, ...]:
        """The results of which a report gives one value each."""
        return (self.assessment, self.criterion, self.pattern, self.biopsy)


# compared by identity, so that it can be the key of a cache
@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Everything the service knows: words, logic, texts, the rules as integers.

    All mappings are read-only; tuples keep the order of the file, which is sorted.
    `mappings_by_code` has each row under every URI of its system.
    """

    version: str
    version_iri: str
    manifest: Mapping[str, Json]
    concepts: Mapping[str, Concept]
    sources: Mapping[str, Citation]
    reader: Mapping[str, str]
    history_kinds: frozenset[str]
    relations: Mapping[str, str]
    systems: Mapping[str, CodeSystem]
    mappings_by_code: Mapping[tuple[str, str], tuple[MappingRow, ...]]
    mappings_by_system: Mapping[str, tuple[MappingRow, ...]]
    mappings_by_concept: Mapping[str, tuple[MappingRow, ...]]
    hypotheses: Mapping[str, Hypothesis]
    criteria: Mapping[str, tuple[CriterionRow, ...]]
    tests: Mapping[str, RecommendableTest]
    choices: Mapping[str, Choice]
    finding_rules: tuple[Rule, ...]
    rules: tuple[Rule, ...]
    results: Results
    phrases: Mapping[str, Text]
    compiled: Compiled

    def label(self, id: str, lang: str) -> str:
        """The label of a concept, criterion, test or value; KeyError for a stranger."""
        return self.concepts[id].label.in_language(lang)

    def phrase(self, id: str, lang: str, **params: str) -> str:
        """A phrase of the ontology with its places filled."""
        text = self.phrases[id].in_language(lang)
        return text.format(**params) if "{" in text else text

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """The ids of all concepts of one kind, sorted."""
        return tuple(sorted(c.id for c in self.concepts.values() if c.kind == kind))


def load(build: Path) -> Knowledge:
    """Read `rules.json` of a build folder; the process must not start without it.

    Raises ManifestMismatch when the file is not the one that the manifest names, and
    KnowledgeError when a file is missing or cannot be read as what it should be.
    """
    return from_rules(*read_files(build))


def read_files(build: Path) -> tuple[dict[str, Json], dict[str, Json]]:
    """`rules.json`, also when it is packed, and the manifest; raises as `load`."""
    try:
        content = _read_rules(build)
        manifest = as_object(json.loads((build / MANIFEST).read_bytes()))
        document = as_object(json.loads(content))
    except (OSError, EOFError, ValueError, zlib.error) as problem:
        raise KnowledgeError(f"the ontology build cannot be read: {problem}") from None
    expected = as_object(manifest.get("files")).get(RULES)
    if hashlib.sha256(content).hexdigest() != expected:
        raise ManifestMismatch(f"{RULES} is not the file that {MANIFEST} names")
    return document, manifest


def check_format(document: Mapping[str, Json]) -> None:
    """Raise KnowledgeError for rules that this software does not know how to run."""
    found = as_text(document.get("format"))
    if found != FORMAT:
        raise KnowledgeError(
            f"{RULES} has format {found or 'none'}, and this software runs format "
            f"{FORMAT}: use the software that the release came with"
        )


def from_rules(document: dict[str, Json], manifest: dict[str, Json]) -> Knowledge:
    """Knowledge from the parsed `rules.json`; raises RuleCycle and KnowledgeError."""
    check_format(document)
    ontology = as_object(document.get("ontology"))
    systems = [terms.read_system(row) for row in as_rows(document.get("systems"))]
    rows = [terms.read_mapping(row) for row in as_rows(document.get("mappings"))]
    concepts = _by_id(document.get("concepts"), terms.read_concept)
    case_rules = _tuple(document.get("rules"), rules.read_rule)
    finding_rules = _tuple(document.get("finding_rules"), rules.read_rule)
    choices = _tuple(document.get("choices"), rules.read_choice)
    uris = {system.prefix: system.uris for system in systems}
    return Knowledge(
        version=as_text(ontology.get("version")),
        version_iri=as_text(ontology.get("version_iri")),
        manifest=MappingProxyType(manifest),
        concepts=concepts,
        sources=_by_id(document.get("sources"), terms.read_citation),
        reader=terms.read_map(document.get("reader")),
        history_kinds=frozenset(as_ids(document.get("history_kinds"))),
        relations=terms.read_map(document.get("relations")),
        systems=MappingProxyType({u: s for s in systems for u in s.uris}),
        mappings_by_code=_grouped(
            ((uri, row.code), row) for row in rows for uri in uris.get(row.prefix, ())
        ),
        mappings_by_system=_grouped(
            (uri, row) for row in rows for uri in uris.get(row.prefix, ())
        ),
        mappings_by_concept=_grouped((row.concept, row) for row in rows),
        hypotheses=_by_id(document.get("hypotheses"), rules.read_hypothesis),
        criteria=_grouped(
            (row.hypothesis, row)
            for row in map(rules.read_criterion, as_rows(document.get("criteria")))
        ),
        tests=_by_id(document.get("tests"), rules.read_test),
        choices=MappingProxyType({choice.id: choice for choice in choices}),
        finding_rules=finding_rules,
        rules=case_rules,
        results=_results(document.get("results")),
        phrases=MappingProxyType(
            {
                id: terms.read_text(item)
                for id, item in as_object(document.get("phrases")).items()
            }
        ),
        compiled=compile_rules(
            names=as_ids(document.get("classes")),
            case_rules=case_rules,
            finding_rules=finding_rules,
            cuts=_tuple(document.get("cuts"), rules.read_cut),
            choices=choices,
            asserting=_asserting(document),
        ),
    )


def _read_rules(build: Path) -> bytes:
    packed = build / PACKED
    if packed.is_file():
        return gzip.decompress(packed.read_bytes())
    return (build / RULES).read_bytes()


def _asserting(document: Mapping[str, Json]) -> dict[str, Axiom]:
    """By concept: the axiom by which a case presents what it has."""
    sources = as_ids(document.get("asserting_sources"))
    found = terms.read_map(document.get("asserting"))
    return {concept: Axiom(id, sources) for concept, id in found.items()}


def _results(item: Json) -> Results:
    row = as_object(item)
    texts = {name: as_text(v) for name, v in row.items() if name != "states"}
    try:
        return Results(**texts, states=terms.read_map(row.get("states")))
    except TypeError as problem:
        raise KnowledgeError(f"`results` of {RULES}: {problem}") from None


def _by_id(item: Json, read: Callable[[str, Json], V]) -> Mapping[str, V]:
    return MappingProxyType({id: read(id, row) for id, row in as_object(item).items()})


def _tuple(item: Json, read: Callable[[dict[str, Json]], V]) -> tuple[V, ...]:
    return tuple(map(read, as_rows(item)))


def _grouped(pairs: Iterable[tuple[K, V]]) -> Mapping[K, tuple[V, ...]]:
    groups: defaultdict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return MappingProxyType({key: tuple(values) for key, values in groups.items()})
