"""The dataset that SPARQL is asked over, and the saved queries, as compiled."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, VOID

from ontology.compiler.axiom import LintError
from ontology.compiler.dataset import DATASET, UNION, name_graphs
from ontology.compiler.graph import SPDX, build_graphs
from ontology.compiler.rdf_axioms import DPO
from ontology.compiler.release import Checked, read_checked
from ontology.compiler.saved import saved_queries
from tests.small_ontology import small_edit, write_edit

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "ontology/build"
RELEASE = DPO["graph/release/2026-01-01"]
FILES = {"dpo.ttl": b"content", "rules.json": b"{}"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """The small folder, checked."""
    return read_checked(write_edit(small_edit(), tmp_path_factory.mktemp("edit")))


@pytest.fixture(scope="module")
def named(small: Checked) -> dict[str, Graph]:
    """The named graphs of the small folder; asserted and inferred share one triple."""
    graphs = build_graphs(small.edit, small.names, small.axioms)
    shared = Graph()
    shared.add(next(iter(graphs["asserted"])))
    return name_graphs(small.edit, {**graphs, "inferred": shared}, FILES)


@pytest.fixture(scope="module")
def shipped() -> ox.Store:
    """The dataset that is shipped."""
    store = ox.Store()
    store.bulk_load(path=str(BUILD / "dpo.trig"), format=ox.RdfFormat.TRIG)
    return store


def test_graphs_have_names_below_the_base(named: dict[str, Graph]) -> None:
    """Those of the design, and one for the release with its date."""
    parts = ("asserted", "evidence", "inferred", "mappings", "tests")

    assert set(named) == {
        *(str(DPO[f"graph/{part}"]) for part in parts),
        str(RELEASE),
    }


def test_every_graph_is_described_with_the_triples_that_it_has(
    named: dict[str, Graph],
) -> None:
    """Its own description included, which counts itself."""
    about = named[str(RELEASE)]

    for name, graph in named.items():
        assert about.value(URIRef(name), VOID.triples) == Literal(len(graph))


def test_the_default_graph_counts_a_shared_triple_once(
    named: dict[str, Graph],
) -> None:
    """A graph is a set: what stands in two graphs is one triple of their union."""
    union = {triple for graph in named.values() for triple in graph}
    about = named[str(RELEASE)]

    assert len(union) < sum(map(len, named.values()))
    assert about.value(UNION, VOID.triples) == Literal(len(union))
    assert about.value(DATASET, VOID.triples) == Literal(len(union))


def test_files_are_described_with_size_and_hash(named: dict[str, Graph]) -> None:
    """So that a download can be checked by what the dataset says."""
    about = named[str(RELEASE)]
    file = DPO["releases/2026-01-01/dpo.ttl"]
    checksum = about.value(file, SPDX.checksum)

    assert about.value(file, DCAT.byteSize) == Literal(7)
    assert str(about.value(checksum, SPDX.checksumValue)) == (
        hashlib.sha256(b"content").hexdigest()
    )


def test_each_graph_says_what_it_holds_in_both_languages(
    named: dict[str, Graph],
) -> None:
    """A French reader browses the dataset, too."""
    about = named[str(RELEASE)]

    for name in named:
        texts = about.objects(URIRef(name), DCTERMS.description)
        assert {text.language for text in texts if isinstance(text, Literal)} == {
            "en",
            "fr",
        }


def test_the_page_names_every_graph_and_prefix(shipped: ox.Store) -> None:
    """With the words of the dataset itself, for who writes a query by hand."""
    page = (ROOT / "docs/reference/sparql-dataset.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \| `?(.+?)`? \|", page, re.MULTILINE))
    saved = json.loads((BUILD / "queries.json").read_bytes())
    graphs = {graph.value for graph in shipped.named_graphs()}
    described = {
        name.removeprefix(str(DPO["graph/"])): shipped.quads_for_pattern(
            ox.NamedNode(name), ox.NamedNode(str(DCTERMS.description)), None, None
        )
        for name in graphs
    }

    assert {
        re.sub(r"/.*", "/<version>", name): quad.object.value
        for name, quads in described.items()
        for quad in quads
        if isinstance(quad.object, ox.Literal) and quad.object.language == "en"
    } | saved["prefixes"] == rows


def test_shipped_counts_are_those_of_the_shipped_graphs(shipped: ox.Store) -> None:
    """Counted by another program than the one that wrote them."""
    triples = ox.NamedNode(str(VOID.triples))
    described = {
        str(quad.subject.value): int(str(quad.object.value))
        for quad in shipped.quads_for_pattern(None, triples, None, None)
        if isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.Literal)
    }
    union = {quad.triple for quad in shipped}

    for graph in shipped.named_graphs():
        found = sum(1 for _ in shipped.quads_for_pattern(None, None, None, graph))
        assert described[str(graph.value)] == found
    assert described[str(UNION)] == len(union)


def test_shipped_graphs_together_are_the_shipped_ontology() -> None:
    """All but the inferred one and the release: the graph of `dpo.ttl`."""
    parts = ("asserted", "evidence", "mappings", "tests")
    names = {str(DPO[f"graph/{part}"]) for part in parts}
    found = ox.Dataset(
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in ox.parse(path=str(BUILD / "dpo.trig"))
        if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value in names
    )
    ontology = ox.Dataset(ox.parse(path=str(BUILD / "dpo.ttl")))
    for graph in (found, ontology):
        graph.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)

    assert found == ontology


# -- saved queries ---------------------------------------------------------------------

QUERY = "# en: Which?\n# fr: Lesquels ?\n"


def test_a_saved_query_carries_its_header_and_the_prefixes(tmp_path: Path) -> None:
    """The two kinds are told apart by the name of the file, violations are left out."""
    files = {
        "queries/which-competency.rq": f"{QUERY}# group: cause\nASK {{}}\n",
        "queries/shown-page.rq": f"{QUERY}ASK {{}}\n",
        "queries/bad-violation.rq": f"{QUERY}ASK {{}}\n",
    }

    document = json.loads(saved_queries(write_edit(files, tmp_path)))

    words = {"en": "Which?", "fr": "Lesquels ?"}
    assert document["queries"] == {
        "shown": {"kind": "page", **words, "text": "ASK {}\n"},
        "which": {
            "kind": "competency",
            **words,
            "group": "cause",
            "text": "ASK {}\n",
        },
    }
    assert document["prefixes"]["dpo"] == str(DPO)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# fr: Lesquels ?\n# en: Which?\nASK {}\n", "1: the line says # en:"),
        ("# en: Which?\n\nASK {}\n", "2: the line says # fr:"),
        ("# en: Which?", "2: the line says # fr:"),
        (f"{QUERY}ASK {{}}\n", "3: the line says # group:"),
        (f"{QUERY}# group: cause", "4: there is no query"),
    ],
    ids=["order", "missing", "early", "group", "no query"],
)
def test_a_saved_query_without_its_header_stops_the_build(
    tmp_path: Path, text: str, said: str
) -> None:
    """File and line are named."""
    write_edit({"queries/odd-competency.rq": text}, tmp_path)

    with pytest.raises(LintError, match=f"odd-competency.rq:{said}"):
        saved_queries(tmp_path)
