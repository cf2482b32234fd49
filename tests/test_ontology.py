"""The built ontology: violations silent on the build, each loud on its red fixture.

Beside the queries, completeness is counted from the tables that people edit, so that
a fault of the compiler cannot hide a fault of the tables.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import json
import re
from collections import Counter
from pathlib import Path

import pyhornedowl
import pyoxigraph as ox
import pytest

ROOT = Path(__file__).parents[1]
EDIT = ROOT / "ontology/edit"
BUILD = ROOT / "ontology/build"
VIOLATIONS = ROOT / "tests/violations"
KNOWLEDGE = ROOT / "docs/reference/knowledge/clinical.md"
BASE = "https://w3id.org/pulmonary-ossification/"
QUERIES = {path.stem: path for path in EDIT.glob("queries/*-violation.rq")}
TABLES = (
    "criteria",
    "evidence",
    "limits",
    "plausible",
    "sources",
    "terms",
    "tests",
)
# sources of general knowledge that nobody has re-read: remove one, then lower this
UNVERIFIED_LIMIT = 3
# claims that rest on them or on the design alone
UNVERIFIED_CLAIMS_LIMIT = 39
# properties without which the build cannot be sound, and the queries that must notice
STRIPPED = {
    "rdfs:label": ("label-missing",),
    "obo:IAO_0000115": ("definition-missing",),
    "dcterms:source": (
        "source-missing-on-axiom",
        "source-missing-on-claim",
        "source-missing-on-criterion-row",
        "source-missing-on-cut",
        "source-missing-on-term",
    ),
    "rdfs:comment": ("source-missing-on-mapping",),
    "dcterms:identifier": ("axiom-without-id",),
    "dcterms:title": ("header-incomplete",),
    "dpo:about": ("generated-class-about-nothing",),
    "dpo:citation": ("source-incomplete",),
    "dpo:unit": ("unit-missing", "cut-of-no-quantity"),
    "dpo:allowedValue": (
        "coded-without-values",
        "exclusive-without-values",
        "value-of-no-finding",
    ),
    "dpo:policy": ("criterion-without-policy",),
    "dpo:sentence": ("criterion-row-without-sentence",),
    "dpo:strength": ("criterion-row-with-wrong-strength",),
    "dpo:needs": ("hypothesis-without-needs",),
    "dpo:gate": ("hypothesis-incomplete",),
    "dpo:order": ("choice-option-incomplete",),
    "dpo:stratum": ("choice-without-stratum",),
    "dpo:burden": ("test-without-burden",),
    "dpo:decides": ("test-decides-nothing",),
    "dpo:stance": ("claim-incomplete",),
    "dpo:subject": ("claim-about-unknown-term",),
    "dpo:question": ("disagreement-with-one-side",),
}
SPACES = {
    "dpo": BASE,
    "dcterms": "http://purl.org/dc/terms/",
    "obo": "http://purl.obolibrary.org/obo/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}


def loaded(path: Path, kind: ox.RdfFormat) -> ox.Store:
    """The file as one default graph."""
    store = ox.Store()
    store.bulk_load(path=str(path), format=kind)
    return store


def reported(store: ox.Store, name: str) -> set[str]:
    """The subjects that a violation query reports, without our base."""
    found = store.query(QUERIES[name].read_text("utf-8"))
    assert isinstance(found, ox.QuerySolutions)
    subjects = [row["subject"] for row in found]
    return {str(s.value).removeprefix(BASE) for s in subjects if s is not None}


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table of `edit/`, comments left out."""
    lines = (EDIT / f"{name}.tsv").read_text("utf-8").splitlines()
    plain = [line for line in lines if not line.startswith("#")]
    return list(csv.DictReader(plain, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="session")
def build() -> ox.Store:
    """The merged ontology, loaded once."""
    return loaded(BUILD / "dpo.ttl", ox.RdfFormat.TURTLE)


@pytest.fixture(scope="session")
def stripped(build: ox.Store) -> ox.Store:
    """The build without any triple of the properties in STRIPPED."""
    gone = {
        ox.NamedNode(SPACES[prefix] + name)
        for prefix, _, name in (key.partition(":") for key in STRIPPED)
    }
    store = ox.Store()
    store.bulk_extend(quad for quad in build if quad.predicate not in gone)
    return store


@pytest.fixture(scope="session")
def knowledge_text() -> str:
    """The clinical knowledge base, as the repository keeps it."""
    return KNOWLEDGE.read_text("utf-8")


# -- violations ------------------------------------------------------------------------


def test_there_are_twenty_violations_or_more() -> None:
    """The design asks for at least twenty."""
    assert len(QUERIES) >= 20


def test_every_violation_has_its_red_fixture_and_no_fixture_is_left_over() -> None:
    """A query without a fixture might be one that cannot fire."""
    assert {path.stem for path in VIOLATIONS.glob("*.ttl")} == set(QUERIES)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_violation_is_silent_on_the_build(build: ox.Store, name: str) -> None:
    """What a violation query reports is a fault of `ontology/edit`."""
    assert reported(build, name) == set()


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_violation_is_loud_on_its_fixture(name: str) -> None:
    """It reports what the first line of the fixture names, and nothing beside it."""
    path = VIOLATIONS / f"{name}.ttl"
    first, _, _ = path.read_text("utf-8").partition("\n")

    found = reported(loaded(path, ox.RdfFormat.TURTLE), name)

    assert found == set(first.removeprefix("# red: ").split())


@pytest.mark.parametrize(
    "name", sorted(f"{name}-violation" for names in STRIPPED.values() for name in names)
)
def test_violation_sees_the_shape_of_the_build(stripped: ox.Store, name: str) -> None:
    """It also speaks about the real graph, once that lacks what the query asks for."""
    assert reported(stripped, name)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_violation_says_its_meaning_in_both_languages(name: str) -> None:
    """The first two lines are for the page that shows the queries."""
    lines = QUERIES[name].read_text("utf-8").splitlines()

    assert [line[:6] for line in lines[:2]] == ["# en: ", "# fr: "]


# -- the files of the build ------------------------------------------------------------


def test_both_serialisations_say_the_same() -> None:
    """RDF/XML and Turtle hold one graph, blank nodes aside."""
    graphs = []
    for name, kind in (
        ("dpo.ttl", ox.RdfFormat.TURTLE),
        ("dpo.owl", ox.RdfFormat.RDF_XML),
    ):
        graph = ox.Dataset(ox.parse(path=str(BUILD / name), format=kind))
        graph.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        graphs.append(graph)

    assert graphs[0] == graphs[1]


def test_horned_owl_reads_as_many_axioms_as_the_manifest_counts() -> None:
    """A second parser, of OWL rather than RDF, loses no axiom."""
    manifest = json.loads((BUILD / "MANIFEST.json").read_text("utf-8"))
    ontology = pyhornedowl.open_ontology(str(BUILD / "dpo.owl"))
    kinds = Counter(type(item.component).__name__ for item in ontology.get_axioms())

    assert kinds["SubClassOf"] == manifest["counts"]["axioms"]


def test_manifest_holds_the_hash_of_every_other_file() -> None:
    """What is not in the manifest is not part of the build."""
    manifest = json.loads((BUILD / "MANIFEST.json").read_text("utf-8"))
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in BUILD.iterdir()
        if path.name != "MANIFEST.json"
    }

    assert found == manifest["files"]


def test_manifest_knows_the_edited_files_as_they_are() -> None:
    """A changed file of `edit/` without a new build is stale."""
    manifest = json.loads((BUILD / "MANIFEST.json").read_text("utf-8"))
    found = {
        str(path.relative_to(EDIT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in EDIT.rglob("*")
        if path.suffix in {".ofn", ".tsv", ".rq"}
    }

    assert found == manifest["inputs"]


def test_inferred_hierarchy_names_declared_classes_only(build: ox.Store) -> None:
    """The classified hierarchy is about the classes of the merged ontology."""
    inferred = loaded(BUILD / "dpo-inferred.ttl", ox.RdfFormat.TURTLE)
    names = {term for quad in inferred for term in (quad.subject, quad.object)}
    declared = {quad.subject for quad in build.quads_for_pattern(None, TYPE, CLASS)}

    assert names <= declared


TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
CLASS = ox.NamedNode("http://www.w3.org/2002/07/owl#Class")


@pytest.mark.reasoner
@pytest.mark.parametrize("name", ["dpo.ttl", "dpo.owl"])
def test_rdflib_reads_as_many_triples(build: ox.Store, name: str) -> None:
    """A third parser, much slower, reads the same number."""
    rdflib = importlib.import_module("rdflib")

    assert len(rdflib.Graph().parse(BUILD / name)) == len(build)


@pytest.mark.reasoner
def test_owlready_loads_every_class(build: ox.Store) -> None:
    """The ontology opens in the library that most Python users have."""
    owlready2 = importlib.import_module("owlready2")
    world = owlready2.World()
    world.get_ontology((BUILD / "dpo.owl").as_uri()).load()
    declared = {
        quad.subject
        for quad in build.quads_for_pattern(None, TYPE, CLASS)
        if isinstance(quad.subject, ox.NamedNode)
    }

    assert len(list(world.classes())) == len(declared)


# -- the tables ------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["label", "definition"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_term_has_its_own(column: str, language: str) -> None:
    """Labels and definitions are complete, and unique in their language."""
    texts = Counter(row[f"{column}_{language}"] for row in table("terms"))

    assert [text for text, count in texts.items() if not text or count > 1] == []


@pytest.mark.parametrize(
    "name", ["criteria", "evidence", "limits", "plausible", "terms", "tests"]
)
def test_every_row_names_known_sources(name: str) -> None:
    """No row without a source, no source without a row in sources.tsv."""
    known = {row["id"] for row in table("sources")}
    cited = [set(filter(None, row["source"].split("|"))) for row in table(name)]

    assert [sources for sources in cited if not sources or sources - known] == []


def test_every_published_source_is_quoted_by_evidence() -> None:
    """Each source that an axiom or a row cites says somewhere what it showed."""
    rows = [
        row
        for name in ("criteria", "limits", "plausible", "tests")
        for row in table(name)
    ]
    cited = {source for row in rows for source in row["source"].split("|")}
    for path in EDIT.glob("*.ofn"):
        cited |= set(re.findall(r'dcterms:source "([^"]+)"', path.read_text("utf-8")))
    quoted = {row["source"] for row in table("evidence")}

    assert {source for source in cited if source.startswith("F")} - quoted == set()


def test_unverified_sources_only_become_fewer() -> None:
    """[U-..] is general knowledge that nobody has re-read."""
    unread = [row["id"] for row in table("sources") if row["id"].startswith("U-")]

    assert len(unread) <= UNVERIFIED_LIMIT


def test_unverified_claims_only_become_fewer() -> None:
    """Each should find its source or go."""
    unread = [row["id"] for row in table("evidence") if row["verified"] != "yes"]

    assert len(unread) <= UNVERIFIED_CLAIMS_LIMIT


def test_snippets_are_words_of_the_knowledge_base(knowledge_text: str) -> None:
    """A snippet is copied, never remembered."""
    rows = table("evidence")

    assert [row["id"] for row in rows if row["snippet"] not in knowledge_text] == []


def test_identifiers_of_publications_are_those_of_the_knowledge_base(
    knowledge_text: str,
) -> None:
    """A PMID or DOI that the knowledge base does not give would be from memory."""
    given = [row[key] for row in table("sources") for key in ("pmid", "doi")]

    assert [text for text in given if text and text not in knowledge_text] == []


@pytest.mark.parametrize("section", ["a.2", "b", "c"])
def test_every_row_of_the_knowledge_base_is_covered(
    knowledge_text: str, section: str
) -> None:
    """Definitions, causes and mimics all have evidence that refers to them."""
    heading = rf"^#+ {re.escape(section)}\.? .*?(?=^#+ )"
    text = re.search(heading, knowledge_text, re.DOTALL | re.MULTILINE)
    assert text
    ids = set(re.findall(r"^\| ((?:CRIT-|cause_|mimic_)\w+)", text[0], re.MULTILINE))
    covered = {row["knowledge_ref"] for row in table("evidence")}

    assert ids
    assert {name for name in ids if f"{section} {name}" not in covered} == set()


def test_every_cause_and_mimic_has_criteria() -> None:
    """A hypothesis without a row could never be graded."""
    wanted = {row["id"] for row in table("terms") if row["kind"] in ("cause", "mimic")}
    found = {row["hypothesis"] for row in table("criteria")}

    assert wanted - found == {"cause_undetermined"}


@pytest.mark.parametrize("path", sorted(EDIT.rglob("*.tsv")), ids=lambda p: p.name)
def test_every_table_is_rectangular_and_tidy(path: Path) -> None:
    """As many cells as columns, no space at an end, one final newline."""
    text = path.read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [cell for row in rows for cell in row if cell != cell.strip()] == []


# -- mappings --------------------------------------------------------------------------
# The `sssom` package brings pandas, LinkML and a schema generator: too much for what
# the rules below check. They are the required slots and the enumerations of SSSOM 1.0.

SLOTS = ("subject_id", "predicate_id", "object_id", "mapping_justification")
HEADERS = ("curie_map", "license", "mapping_set_id", "mapping_set_version")
PREDICATES = {f"skos:{kind}Match" for kind in ("exact", "narrow", "close", "broad")}
MAPPINGS = sorted(EDIT.glob("mappings/*.sssom.tsv"))


def mapping_rows(path: Path) -> list[dict[str, str]]:
    return table(f"mappings/{path.name.removesuffix('.tsv')}")


def header(path: Path) -> dict[str, str]:
    """Key and value of each comment line; the prefixes of the map among them."""
    lines = re.findall(r"^# +([\w-]+): *(.*)$", path.read_text("utf-8"), re.MULTILINE)
    return dict(lines)


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda p: p.name)
def test_mapping_set_has_its_header(path: Path) -> None:
    """SSSOM wants an identifier, a licence, and a meaning for every prefix."""
    found = header(path)
    rows = mapping_rows(path)
    slots = ("subject_id", "predicate_id", "object_id", "mapping_justification")
    used = {row[slot].partition(":")[0] for row in rows for slot in slots}

    assert set(HEADERS) <= found.keys()
    assert used <= found.keys()


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda p: p.name)
def test_mapping_rows_are_complete(path: Path) -> None:
    """Known term, known predicate, known code system, a reason and a place seen."""
    terms = {f"dpo:{row['id']}" for row in table("terms")}
    systems = {row["prefix"] for row in table("mappings/systems")}
    for row in mapping_rows(path):
        assert all(row[slot] for slot in (*SLOTS, "object_label", "comment")), row
        assert row["subject_id"] in terms, row
        assert row["predicate_id"] in PREDICATES, row
        assert row["object_id"].partition(":")[0] in systems, row
        assert row["mapping_justification"].startswith("semapv:"), row
        assert 0 < float(row["confidence"]) <= 1, row


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda p: p.name)
def test_mapping_prefixes_lead_where_systems_say(path: Path) -> None:
    """The prefix map of each file agrees with systems.tsv."""
    bases = {row["prefix"]: row["iri_base"] for row in table("mappings/systems")}
    found = {key: value for key, value in header(path).items() if key in bases}

    assert found == {key: bases[key] for key in found}


def test_mapping_is_written_once() -> None:
    """A term and a code meet in one row of one file."""
    pairs = Counter(
        (row["subject_id"], row["object_id"])
        for path in MAPPINGS
        for row in mapping_rows(path)
    )

    assert [pair for pair, count in pairs.items() if count > 1] == []


# -- the header ------------------------------------------------------------------------


def test_header_names_a_version_that_is_a_date() -> None:
    """Version and version IRI follow from it: releases/YYYY-MM-DD/dpo.owl."""
    header_rows = {row["key"]: row["value"] for row in table("header")}

    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", header_rows["version"])
    assert header_rows["license"].startswith("https://creativecommons.org/licenses/by/")
