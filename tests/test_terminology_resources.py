"""CodeSystem, ValueSets and ConceptMaps: complete, true to the tables, valid R4."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import rdflib
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask
from rdflib.namespace import RDFS

from service.config import SHIPPED_BUILD
from service.fhir.terminology.catalogue import ids, read
from service.fhir.terminology.code_system import code_system
from service.fhir.terminology.hierarchy import codes_of
from service.fhir.terminology.value_sets import code_sets
from service.reasoning.knowledge import Knowledge
from tests.terminology import (
    BASE,
    SYSTEM,
    Asker,
    Json,
    deprecate,
    mappings,
    rows,
    systems,
    terms,
    uri,
)

ROOT = Path(__file__).parents[1]
TYPES = ("CodeSystem", "ValueSet", "ConceptMap")
NAME = re.compile(r"[A-Z]([A-Za-z0-9_]){0,254}")
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


@pytest.fixture(scope="module")
def ask(app: Flask) -> Asker:
    """A client of the terminology operations."""
    return Asker(app)


@pytest.fixture(scope="module")
def published(knowledge: Knowledge) -> list[Json]:
    """Every resource there is."""
    return [read(type, id, knowledge) for type in TYPES for id in ids(type, knowledge)]


@pytest.fixture(scope="module")
def concepts(knowledge: Knowledge) -> dict[str, Json]:
    """The concepts of the CodeSystem by code."""
    return {each["code"]: each for each in code_system(knowledge)["concept"]}


@pytest.fixture(scope="module")
def inferred() -> dict[str, frozenset[str]]:
    """All superclasses of each class, as the reasoners of the build found them."""
    graph = rdflib.Graph().parse(SHIPPED_BUILD / "dpo-inferred.ttl")
    direct: dict[str, set[str]] = {}
    for one, other in graph.subject_objects(RDFS.subClassOf):
        names = [str(each).removeprefix(f"{BASE}/") for each in (one, other)]
        direct.setdefault(names[0], set()).add(names[1])
    return {name: climb(name, direct) for name in direct}


def climb(name: str, direct: dict[str, set[str]]) -> frozenset[str]:
    """Everything above a name."""
    above: set[str] = set()
    waiting = [name]
    while waiting:
        found = direct.get(waiting.pop(), set()) - above
        above |= found
        waiting += found
    return frozenset(above)


def properties(concept: Json, code: str) -> list[Any]:
    """The values of one property of a concept."""
    return [
        value
        for each in concept["property"]
        for key, value in each.items()
        if each["code"] == code and key != "code"
    ]


def translations(resource: Json, element: str) -> list[tuple[str, str]]:
    """The translations of an element as (language, text)."""
    return [
        (each["extension"][0]["valueCode"], each["extension"][1]["valueString"])
        for each in resource[f"_{element}"]["extension"]
        if each["url"] == "http://hl7.org/fhir/StructureDefinition/translation"
    ]


# --- every resource --------------------------------------------------------------


@pytest.mark.parametrize("type", TYPES)
def test_what_is_read_is_valid_r4(ask: Asker, knowledge: Knowledge, type: str) -> None:
    """By fhirkit, which knows R4 and nothing else."""
    for id in ids(type, knowledge):
        assert ask.get(f"{type}/{id}")["id"] == id


@pytest.mark.parametrize("type", TYPES)
def test_what_is_read_is_valid_for_the_models(knowledge: Knowledge, type: str) -> None:
    """By fhir.resources, whose models of R4B are those of R4 for these types."""
    model = get_fhir_model_class(type)

    for id in ids(type, knowledge):
        text = json.dumps(read(type, id, knowledge))
        assert model.model_validate_json(text) is not None


def test_names_and_ids_have_their_form(published: list[Json]) -> None:
    """csd-0, vsd-0 and cmd-0, and the form of an id."""
    assert [r["name"] for r in published if not NAME.fullmatch(r["name"])] == []
    assert [r["id"] for r in published if not ID.fullmatch(r["id"])] == []


def test_no_two_resources_share_a_url_or_a_name(published: list[Json]) -> None:
    """A canonical URL names one thing."""
    assert len({each["url"] for each in published}) == len(published)
    assert len({each["name"] for each in published}) == len(published)


def test_a_url_leads_to_its_type_and_id(published: list[Json]) -> None:
    """So that the address of a canonical can be guessed, and is right."""
    for each in published:
        assert each["url"] == f"{BASE}/{each['resourceType']}/{each['id']}"


def test_every_resource_has_the_version_of_the_ontology(
    published: list[Json], knowledge: Knowledge
) -> None:
    """They change together."""
    assert {each["version"] for each in published} == {knowledge.version}


@pytest.mark.parametrize("element", ["title", "description", "copyright"])
def test_the_words_of_a_resource_stand_in_both_languages(
    published: list[Json], element: str
) -> None:
    """English as the language of the resource, French as its translation."""
    for each in published:
        ((language, french),) = translations(each, element)
        assert (each["language"], language) == ("en", "fr")
        assert each[element]
        assert french
        assert each[element] != french or each[element].isascii()


def test_the_narrative_says_both_titles(published: list[Json]) -> None:
    """A reader without tools sees what it is."""
    for each in published:
        ((_, french),) = translations(each, "title")
        for title in (each["title"], french):
            assert title.replace("&", "&amp;") in each["text"]["div"]


# --- CodeSystem ------------------------------------------------------------------


def test_the_codes_are_the_terms(concepts: dict[str, Json]) -> None:
    """Every row of the table of terms but the ontology's own grammar, and no other."""
    assert set(concepts) == set(terms())


def test_the_code_system_says_how_many_codes_it_has(
    knowledge: Knowledge, concepts: dict[str, Json]
) -> None:
    """Content is complete, so the count is that of the list."""
    system = code_system(knowledge)

    assert (system["content"], system["count"]) == ("complete", len(concepts))
    assert system["url"] == SYSTEM
    assert system["hierarchyMeaning"] == "is-a"
    assert system["valueSet"] == f"{BASE}/ValueSet/all"


def test_no_code_stands_twice(knowledge: Knowledge) -> None:
    """csd-1: nor is any nested, where it would stand a second time."""
    listed = code_system(knowledge)["concept"]

    assert len({each["code"] for each in listed}) == len(listed)
    assert [each["code"] for each in listed if "concept" in each] == []


def test_labels_and_definitions_are_those_of_the_table(
    concepts: dict[str, Json],
) -> None:
    """Display and definition in English, designations in French."""
    for code, row in terms().items():
        concept = concepts[code]
        french = [d for d in concept["designation"] if d["language"] == "fr"]
        assert concept["display"] == row["label_en"]
        assert concept["definition"] == row["definition_en"]
        assert french[0]["value"] == row["label_fr"]
        assert french[0]["use"]["code"] == "preferredForLanguage"
        assert french[-1]["value"] == row["definition_fr"]
        assert french[-1]["use"]["code"] == "definition"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_synonyms_are_designations(concepts: dict[str, Json], language: str) -> None:
    """Without a use, since they are fit to be shown."""
    for code, row in terms().items():
        synonyms = [
            each["value"]
            for each in concepts[code]["designation"]
            if each["language"] == language and "use" not in each
        ]
        cell = row[f"synonyms_{language}"]
        assert synonyms == [text for text in cell.split("|") if text]


def test_kind_unit_and_sources_are_properties(concepts: dict[str, Json]) -> None:
    """As the table of terms has them."""
    for code, row in terms().items():
        units = [each["code"] for each in properties(concepts[code], "unit")]
        sources = [
            each.removeprefix(f"{BASE}/source/")
            for each in properties(concepts[code], "source")
        ]
        assert properties(concepts[code], "kind") == [row["kind"]]
        assert units == [text for text in [row["unit"]] if text]
        assert sources == row["source"].split("|")


def test_every_property_is_declared(
    knowledge: Knowledge, concepts: dict[str, Json]
) -> None:
    """With the type that its values have."""
    declared = {
        each["code"]: each["type"] for each in code_system(knowledge)["property"]
    }

    for concept in concepts.values():
        for each in concept["property"]:
            type = declared[each["code"]]
            assert f"value{type[0].upper()}{type[1:]}" in each


def test_subsumption_is_that_of_the_reasoners(
    knowledge: Knowledge, inferred: dict[str, frozenset[str]]
) -> None:
    """For every pair of codes: the classified hierarchy, not only what was asserted."""
    codes = codes_of(knowledge)

    for code, above in codes.above.items():
        assert above == inferred.get(code, frozenset()) & codes.concepts.keys()


def test_parents_are_the_nearest(concepts: dict[str, Json]) -> None:
    """Climbing by `parent` reaches everything above, and no step is a detour."""
    direct = {code: set(properties(each, "parent")) for code, each in concepts.items()}

    for code, parents in direct.items():
        for parent in parents:
            others = parents - {parent}
            assert not any(parent in climb(other, direct) for other in others), code


def test_a_code_may_have_several_parents(concepts: dict[str, Json]) -> None:
    """The reason why the list is flat."""
    assert any(len(properties(each, "parent")) > 1 for each in concepts.values())


def test_climbing_by_parent_gives_all_that_subsumes(
    knowledge: Knowledge, concepts: dict[str, Json]
) -> None:
    """What a client that has only the CodeSystem would compute."""
    direct = {code: set(properties(each, "parent")) for code, each in concepts.items()}

    for code, above in codes_of(knowledge).above.items():
        assert climb(code, direct) == above


def test_a_deprecated_code_is_inactive_and_names_its_successor(
    knowledge: Knowledge,
) -> None:
    """It stays, since old reports have it."""
    one, other = knowledge.of_kind("finding")[:2]
    system = code_system(deprecate(knowledge, one, other))

    (concept,) = (each for each in system["concept"] if each["code"] == one)
    assert properties(concept, "inactive") == [True]
    assert properties(concept, "replacedBy") == [other]


def test_no_active_code_is_called_inactive(concepts: dict[str, Json]) -> None:
    """FHIR's default is false, so the property is left out."""
    for code, row in terms().items():
        is_inactive = row["status"].startswith("deprecated")
        assert properties(concepts[code], "inactive") == [True] * is_inactive


# --- ValueSets -------------------------------------------------------------------


def test_there_is_a_value_set_of_each_kind(knowledge: Knowledge) -> None:
    """Its members are the terms of that kind."""
    sets = code_sets(knowledge)
    kinds: dict[str, set[str]] = {}
    for code, row in terms().items():
        kinds.setdefault(row["kind"], set()).add(code)

    for kind, codes in kinds.items():
        assert set(sets[f"kind-{kind.replace('_', '-')}"].members) == codes


def test_there_is_a_value_set_of_each_coded_answer(knowledge: Knowledge) -> None:
    """Its members are the values that the term allows, in their order."""
    sets = code_sets(knowledge)
    coded = {c: r["allowed_values"] for c, r in terms().items() if r["allowed_values"]}

    for code, values in coded.items():
        members = sets[f"values-{code.replace('_', '-')}"].members
        assert list(members) == values.split("|")


def test_there_are_no_other_value_sets(knowledge: Knowledge) -> None:
    """All, the kinds and the coded answers."""
    kinds = {row["kind"] for row in terms().values()}
    coded = [row for row in terms().values() if row["allowed_values"]]

    assert len(code_sets(knowledge)) == 1 + len(kinds) + len(coded)


@pytest.mark.parametrize(
    "role", ["assessment", "criterion", "pattern", "biopsy", "grade"]
)
def test_every_coded_answer_of_a_report_has_a_value_set(
    knowledge: Knowledge, role: str
) -> None:
    """By the roles under which the service knows the answers."""
    code = getattr(knowledge.results, role)

    assert f"values-{code.replace('_', '-')}" in code_sets(knowledge)


def test_listed_values_have_both_names(published: list[Json]) -> None:
    """A ValueSet can be shown without the CodeSystem."""
    for each in published:
        if each["id"].startswith("values-"):
            for concept in each["compose"]["include"][0]["concept"]:
                row = terms()[concept["code"]]
                assert concept["display"] == row["label_en"]
                assert concept["designation"][0]["value"] == row["label_fr"]


# --- ConceptMaps -----------------------------------------------------------------


def by_id(published: list[Json], id: str) -> Json:
    """One of the resources."""
    return next(each for each in published if each["id"] == id)


def test_there_are_two_maps_for_each_mapped_system(knowledge: Knowledge) -> None:
    """One each way."""
    prefixes = {prefix.lower() for _, _, prefix, _, _ in mappings()}

    assert set(ids("ConceptMap", knowledge)) == {
        id for prefix in prefixes for id in (f"dpo-to-{prefix}", f"{prefix}-to-dpo")
    }


# R4 reads an equivalence from the target to the source.
TO_CODE = {
    "exactMatch": "equivalent",
    "narrowMatch": "narrower",
    "broadMatch": "wider",
    "closeMatch": "inexact",
}
TO_CONCEPT = {
    "exactMatch": "equivalent",
    "narrowMatch": "wider",
    "broadMatch": "narrower",
    "closeMatch": "inexact",
}


@pytest.mark.parametrize("prefix", sorted({row[2] for row in mappings()}))
def test_a_map_says_what_the_mapping_table_says(
    published: list[Json], prefix: str
) -> None:
    """Each SSSOM row once in each direction, its equivalence turned with it."""
    own = [row for row in mappings() if row[2] == prefix]

    there = pairs(by_id(published, f"dpo-to-{prefix.lower()}"))
    back = pairs(by_id(published, f"{prefix.lower()}-to-dpo"))
    assert there == sorted((c, code, TO_CODE[p]) for c, p, _, code, _ in own)
    assert back == sorted((code, c, TO_CONCEPT[p]) for c, p, _, code, _ in own)


def pairs(concept_map: Json) -> list[tuple[str, str, str]]:
    """Source, target and equivalence of a map."""
    (group,) = concept_map["group"]
    return sorted(
        (element["code"], target["code"], target["equivalence"])
        for element in group["element"]
        for target in element["target"]
    )


def test_a_broad_match_is_wider_than_our_concept(published: list[Json]) -> None:
    """One row by name: J98.4, other disorders of lung, is more than ossification."""
    there = pairs(by_id(published, "dpo-to-icd10cm"))
    back = pairs(by_id(published, "icd10cm-to-dpo"))

    assert ("pulmonary_ossification", "J98.4", "wider") in there
    assert ("J98.4", "pulmonary_ossification", "narrower") in back


def test_every_target_has_a_comment_in_both_languages(published: list[Json]) -> None:
    """cmd-1 asks for one where the target is narrower or inexact; all have it."""
    for each in published:
        for group in each.get("group", ()):
            for element in group["element"]:
                for target in element["target"]:
                    assert target["comment"]
                    assert translations(target, "comment")


def test_a_map_names_its_systems_and_versions(published: list[Json]) -> None:
    """Ours in its version, theirs by the URI of FHIR."""
    for prefix in {row[2] for row in mappings()}:
        (there,) = by_id(published, f"dpo-to-{prefix.lower()}")["group"]
        (back,) = by_id(published, f"{prefix.lower()}-to-dpo")["group"]
        assert (there["source"], there["target"]) == (SYSTEM, uri(prefix))
        assert (back["source"], back["target"]) == (uri(prefix), SYSTEM)
        assert there["sourceVersion"] == back["targetVersion"]


def test_maps_of_icd_say_that_codes_match_by_prefix(published: list[Json]) -> None:
    """What the table does not repeat is told."""
    for row in systems().values():
        id = f"{row['prefix'].lower()}-to-dpo"
        if row["prefix"] != "dpo":
            text = by_id(published, id)["description"]
            assert ("begins with it" in text) == (row["match"] == "prefix")


def test_every_map_says_whose_codes_they_are(published: list[Json]) -> None:
    """A phrase for each system, beside the licence of this project."""
    own = by_id(published, "all")["copyright"]

    for each in published:
        if each["resourceType"] == "ConceptMap":
            assert each["copyright"].startswith(own)
            assert len(each["copyright"]) > len(own)


def test_phrases_are_sorted_and_complete() -> None:
    """Both languages, a source, each id once."""
    found = list(rows(ROOT / "ontology/edit/phrases/terminology.tsv"))

    assert [row["id"] for row in found] == sorted({row["id"] for row in found})
    assert [row["id"] for row in found if not all(row.values())] == []
