"""The pages: every IRI of the ontology resolves, for people and for programs."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDFS
from werkzeug.test import TestResponse

from service.app import create_app
from service.config import SHIPPED_BUILD, Config
from service.reasoning.knowledge import Knowledge
from service.reasoning.terms import Text
from service.sparql.build import dataset_of
from service.sparql.question import Source
from service.web.catalogue import Entry, plain
from service.web.forms import DATA, FORMS, Form, choose_form, split_suffix
from service.web.index import Filter, list_index
from service.web.overview import Drawing, Node, draw_narrow, draw_wide
from service.web.rendering import mark_emphasis, with_language
from service.web.statics import list_statics
from service.web.stored import ID

ROOT = Path(__file__).parents[1]
EDIT = ROOT / "ontology/edit"
TEMPLATES = ROOT / "service/web/templates"
BASE = "https://w3id.org/pulmonary-ossification/"
SVG = "{http://www.w3.org/2000/svg}"
# What a browser sends.
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FORMATS = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
    "application/n-triples": "nt",
}
KINDS = (  # words, not rows: one line each would hide them
    *("annotationProperty", "bodysite", "category", "cause", "choice", "class"),
    *("criterion", "cut", "dataProperty", "definition", "derived", "disease", "drug"),
    *("evidence", "exposure", "finding", "lab", "measure", "mimic", "objectProperty"),
    *("pair", "pattern", "procedure", "result", "result_value", "source", "status"),
    *("test", "value"),
)
# What is no term: the ontology, its dataset, graphs and files.
OTHER = re.compile(r"(dpo\.owl|dataset|graph/|releases/)")
GROUPS = (
    *("directness", "file", "head", "inverse", "kind", "kinds", "level", "property"),
    *("quote", "role", "side", "stance", "strength", "study", "value"),
)
RELEASE = json.loads((SHIPPED_BUILD / "MANIFEST.json").read_bytes())["ontology"][
    "version"
]
CAUSE, CRITERION, SOURCE = "cause_mitral_stenosis", "crit_uip", "source/F01"


def get(client: FlaskClient, address: str, **headers: str) -> TestResponse:
    """An answer; a page unless the headers ask for something else."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    # buffered: files are closed at once, as a server does
    return client.get(address, headers={**HTML, **named}, buffered=True)


def show(client: FlaskClient, address: str, **headers: str) -> Element:
    """A page as XML, which it is beside being HTML."""
    answer = get(client, address, **headers)
    assert answer.status_code == 200, address
    text = answer.get_data(as_text=True).removeprefix("<!DOCTYPE html>")
    return fromstring(text)  # noqa: S314  # what we wrote ourselves


def words(element: Element) -> str:
    """All text of an element, spaces made one."""
    return " ".join("".join(element.itertext()).split())


def addresses(page: Element) -> list[str]:
    """Where a page links to."""
    return [link.attrib["href"] for link in page.iter() if "href" in link.attrib]


@cache
def subjects() -> dict[str, str]:
    """The id of every IRI that the dataset says something of, with its kind.

    What stands below a hash is found where the address before it leads.
    """
    store = ox.Store()
    store.bulk_load(path=str(SHIPPED_BUILD / "dpo.trig"), format=ox.RdfFormat.TRIG)
    kind = ox.NamedNode(f"{BASE}kindOf")
    kinds = {
        str(q.subject): str(q.object).strip('"')
        for q in store.quads_for_pattern(None, kind, None)
    }
    found = {}
    for quad in store:
        iri = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
        id = iri.removeprefix(BASE)
        if id != iri and "#" not in id:
            folder = id.partition("/")[0] if "/" in id else ""
            found[id] = kinds.get(f"<{iri}>", folder)
    return found


def spread(ids: list[str], count: int) -> list[str]:
    """Some of the ids, evenly from the first to the last."""
    step = max(1, len(ids) // count)
    return ids[::step][:count]


# --- every IRI ------------------------------------------------------------------------


def test_the_kinds_of_the_tests_are_those_of_the_dataset() -> None:
    """A new kind of terms does not stay untested."""
    assert set(KINDS) == {
        kind for id, kind in subjects().items() if not OTHER.match(id)
    }


def test_every_iri_is_a_term_or_one_of_the_few_others(client: FlaskClient) -> None:
    """Whatever the dataset says something of can be asked for by its address."""
    found = get(client, "/ontology/", Accept="application/n-triples")
    listed = set(
        re.findall(rf"^<{BASE}([^>]*)>", found.get_data(as_text=True), re.MULTILINE)
    )

    unlisted = set(subjects()) - listed
    assert {subjects()[id] for id in unlisted if not OTHER.match(id)} == {
        "derived",
        "evidence",
        "source",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_terms_of_every_kind_have_pages(client: FlaskClient, kind: str) -> None:
    """Well-formed, in both languages, with the label of each and its IRI to copy."""
    ids = sorted(id for id, found in subjects().items() if found == kind)

    for id in spread(ids, 4):
        for language in ("en", "fr"):
            page = show(client, f"/ontology/{id}?lang={language}")
            assert page.attrib["lang"] == language
            assert f"{BASE}{id}" in words(page), id
            assert len(list(page.iter("h1"))) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_terms_of_every_kind_are_there_as_triples(
    client: FlaskClient, kind: str
) -> None:
    """What is said of them is said of the IRI that was asked for."""
    ids = sorted(id for id, found in subjects().items() if found == kind)

    for id in spread(ids, 4):
        answer = get(client, f"/ontology/{id}", Accept="application/n-triples")
        assert answer.status_code == 200, id
        assert f"<{BASE}{id}> <" in answer.get_data(as_text=True)


def test_what_is_no_term_has_its_page_too(client: FlaskClient) -> None:
    """The ontology itself, its dataset and its graphs."""
    others = [id for id in subjects() if OTHER.match(id) and "releases/" not in id]

    assert len(others) >= 8
    for id in others:
        assert f"{BASE}{id}" in words(show(client, f"/ontology/{id}"))


# rdflib's own parser of JSON-LD uses what rdflib has deprecated
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
@pytest.mark.parametrize("media", FORMATS)
def test_every_format_holds_the_labels(client: FlaskClient, media: str) -> None:
    """A parser of others finds the label of the term in both languages."""
    answer = get(client, f"/ontology/{CAUSE}", Accept=media)

    graph = Graph().parse(data=answer.get_data(), format=FORMATS[media])
    labels = set(graph.objects(URIRef(BASE + CAUSE), RDFS.label))
    assert answer.mimetype == media
    assert Literal("Mitral stenosis (cause)", lang="en") in labels
    assert {label.language for label in labels if isinstance(label, Literal)} == {
        "en",
        "fr",
    }


def test_triples_of_a_term_hold_its_axioms_whole(client: FlaskClient) -> None:
    """Each class expression is there to its last node, with its note and source."""
    id = "present_definition_egashira_1"
    answer = get(client, f"/ontology/{id}.ttl")

    graph = Graph().parse(data=answer.get_data(), format="turtle")
    (note,) = graph.subjects(OWL.annotatedTarget, URIRef(BASE + id))
    left = graph.value(note, OWL.annotatedSource)
    parts = graph.value(left, OWL.intersectionOf)
    assert graph.value(note, DCTERMS.source) == URIRef(f"{BASE}{SOURCE}")
    assert len(list(graph.items(parts))) == 4  # type: ignore[arg-type]  # a list


# --- one address, several forms -------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("application/xhtml+xml", "text/html"),
        ("text/html;q=0.4, text/turtle;q=0.9", "text/turtle"),
        ("application/ld+json, */*;q=0.1", "application/ld+json"),
        ("application/json", "application/ld+json"),
        ("application/rdf+xml, text/html;q=0", "application/rdf+xml"),
        ("text/*;q=0.2, application/n-triples", "application/n-triples"),
    ],
)
def test_the_client_chooses_the_form(
    client: FlaskClient, accept: str, media: str
) -> None:
    """By quality, whatever the order of the header."""
    answer = get(client, f"/ontology/{CRITERION}", Accept=accept)

    assert (answer.status_code, answer.mimetype) == (200, media)


def test_a_form_that_is_not_there_is_refused(client: FlaskClient) -> None:
    """The answer names those that are."""
    answer = get(client, f"/ontology/{CRITERION}", Accept="image/png")

    assert answer.status_code == 406
    assert "text/turtle" in answer.get_data(as_text=True)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_each_form_has_an_address_of_its_own(client: FlaskClient, form: Form) -> None:
    """A link needs no header."""
    answer = get(client, f"/ontology/{SOURCE}{form.suffix}", Accept="image/png")

    assert (answer.status_code, answer.mimetype) == (200, form.media)


def test_every_answer_names_the_other_forms(client: FlaskClient) -> None:
    """So does the page, in its head."""
    answer = get(client, f"/ontology/{CRITERION}")
    link = answer.headers["Link"]

    assert f'<{BASE}{CRITERION}>; rel="describes"' in link
    page = answer.get_data(as_text=True)
    for form in DATA:
        assert f'</ontology/{CRITERION}{form.suffix}>; rel="alternate"' in link
        assert f'href="/ontology/{CRITERION}{form.suffix}"' in page


def test_the_ontology_is_itself_a_file_or_a_page(client: FlaskClient) -> None:
    """Protégé opens its IRI and gets the whole; a browser gets what it is."""
    protege = "application/rdf+xml, application/xml; q=0.7, */*; q=0.09"
    answer = get(client, "/ontology/dpo.owl", Accept=protege)

    assert answer.status_code == 303
    assert re.fullmatch(
        r"/ontology/releases/[\d-]+/dpo\.owl", answer.headers["Location"]
    )
    assert "Mitral" not in words(show(client, "/ontology/dpo.owl"))


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("dpo.ttl", r"/ontology/releases/[\d-]+/dpo\.ttl"),
        (f"releases/{RELEASE}", "/ontology/releases/"),
        ("CodeSystem/dpo", "/fhir/CodeSystem/dpo"),
        ("StructureDefinition/justification", "/fhir/StructureDefinition/.*"),
    ],
)
def test_what_has_another_address_is_led_there(
    client: FlaskClient, address: str, target: str
) -> None:
    """Files of the release, and the definitions of FHIR under the same base."""
    answer = get(client, f"/ontology/{address}")

    assert answer.status_code == 303
    assert re.fullmatch(target, answer.headers["Location"])


def test_the_capabilities_are_found_by_their_canonical_address(
    client: FlaskClient,
) -> None:
    """Which stands below the base, like every other of ours."""
    answer = client.get("/fhir/metadata?mode=terminology")
    id = answer.get_json(force=True)["url"].removeprefix(BASE)

    again = client.get(f"/ontology/{id}", follow_redirects=True)
    assert again.data == answer.data


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_suffix_is_split_from_its_id(form: Form) -> None:
    """The ontology's own ending is no form."""
    assert split_suffix(f"source/F01{form.suffix}") == ("source/F01", form)
    assert split_suffix("dpo.owl") == ("dpo.owl", None)
    assert choose_form("text/turtle").suffix == ".ttl"


# --- languages, caching, safety -------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "header", "language"),
    [
        ("", "fr-CA, en;q=0.5", "fr"),
        ("", "de", "en"),
        ("?lang=fr", "en", "fr"),
        ("?_language=en", "fr", "en"),
    ],
)
def test_the_language_is_the_asked_one(
    client: FlaskClient, address: str, header: str, language: str
) -> None:
    """The address counts more than the browser."""
    answer = get(client, f"/ontology/{CAUSE}{address}", Accept_Language=header)

    assert answer.headers["Content-Language"] == language
    assert {"Accept", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))


@pytest.mark.parametrize("query", ["lang=de", "lang=en&_language=fr"])
def test_a_language_without_texts_is_refused(client: FlaskClient, query: str) -> None:
    """So are two at a time."""
    assert get(client, f"/ontology/{CAUSE}?{query}").status_code == 400


def test_a_language_in_the_address_goes_with_every_link(client: FlaskClient) -> None:
    """Who has chosen a language need not choose again."""
    page = show(client, f"/ontology/{CRITERION}?lang=fr")
    inside = [
        link.attrib["href"]
        for link in page.iter("a")
        if link.attrib["href"].startswith("/ontology/") and "rel" not in link.attrib
    ]

    assert inside
    assert all("lang=" in address for address in inside)


@pytest.mark.parametrize("address", ["/", "/ontology/", f"/ontology/{CAUSE}"])
def test_a_page_is_sent_again_only_when_it_has_changed(
    client: FlaskClient, address: str
) -> None:
    """The other language is another page."""
    first = get(client, address)
    tag = first.headers["ETag"]

    assert first.headers["Cache-Control"] == "no-cache"
    assert get(client, address, If_None_Match=tag).status_code == 304
    french = get(client, address, If_None_Match=tag, Accept_Language="fr")
    assert french.status_code == 200


def test_triples_are_sent_again_only_when_the_data_have_changed(
    client: FlaskClient,
) -> None:
    """And anybody's page may read them."""
    first = get(client, f"/ontology/{CAUSE}.ttl")
    again = get(client, f"/ontology/{CAUSE}.ttl", If_None_Match=first.headers["ETag"])

    assert again.status_code == 304
    assert first.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "address", ["/", "/ontology/", "/ontology/releases/", f"/ontology/{CAUSE}"]
)
def test_pages_run_nothing_and_load_nothing_from_elsewhere(
    client: FlaskClient, address: str
) -> None:
    """No script, no inline style, and a policy that would forbid both."""
    answer = get(client, address)
    page = answer.get_data(as_text=True)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script|<style| style=| on\w+=", page)
    assert not re.search(r"(src|<link[^>]*href)=\"(https?:)?//", page)


@pytest.mark.parametrize(
    "id",
    [
        "nosuch",
        "Cause_mitral_stenosis",
        "cause_mitral_stenosis/",
        "axiom/000000000000",
        "axiom/zzz",
        "source/",
        "a b",
        "a%22b",
        "a%3E%20%3Fx%20%3Fy%20%7D",
        "%00",
        "..%2f..%2fetc%2fpasswd",
        "../../etc/passwd",
        "é",
        "%F0%9F%AB%81",
        "x" * 3000,
        "a//b",
        "a%0Ab",
        "w3id/passwd",
        "releases/2000-01-01/dpo.owl",
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "text/turtle"])
def test_an_id_of_no_term_is_not_found(
    client: FlaskClient, id: str, accept: str
) -> None:
    """Whatever it is made of: never a fault of ours, and never a query of theirs."""
    answer = get(client, f"/ontology/{id}", Accept=accept)

    assert answer.status_code == 404
    if accept != "text/html":
        assert "not-found" in answer.get_data(as_text=True)


def test_a_browser_gets_a_page_for_what_is_not_there(client: FlaskClient) -> None:
    """With a way to look for it."""
    answer = get(client, "/ontology/nosuch?lang=fr")

    assert answer.mimetype == "text/html"
    assert 'role="search"' in answer.get_data(as_text=True)


def test_ids_hold_nothing_that_ends_an_iri() -> None:
    """What is filled into a query cannot become more of it."""
    assert not any(ID.fullmatch(f"a{sign}b") for sign in "<> \"'`{}|\\^\n?%")


# --- what a page says -----------------------------------------------------------------


def test_a_cause_shows_its_criteria_with_their_sources(client: FlaskClient) -> None:
    """Every row of the table that people edit, in both languages."""
    rows = read_table("criteria.tsv")
    for language in ("en", "fr"):
        page = words(show(client, f"/ontology/{CAUSE}?lang={language}"))

        own = [row for row in rows if row["hypothesis"] == CAUSE]
        assert len(own) > 5
        for row in own:
            assert " ".join(row[f"sentence_{language}"].split()) in page


def test_a_criterion_shows_whose_it_is(client: FlaskClient) -> None:
    """With the role and the sentence of that row."""
    rows = read_table("criteria.tsv")
    page = show(client, f"/ontology/{CRITERION}")
    section = next(
        item for item in page.iter("section") if item.get("id") == "criterion_of"
    )

    linked = {address.rpartition("/")[2] for address in addresses(section)}
    assert linked >= {
        row["hypothesis"] for row in rows if row["criterion"] == CRITERION
    }


def test_a_term_shows_the_claims_of_both_sides(client: FlaskClient) -> None:
    """Each with its words, source and depth, also where they disagree."""
    claims = read_table("evidence.tsv")
    sides = {
        subject: {row["stance"] for row in claims if row["subject"] == subject}
        for subject in {row["subject"] for row in claims}
    }
    subject = min(s for s, found in sides.items() if {"SUPPORT", "REFUTE"} <= found)
    page = words(show(client, f"/ontology/{subject}"))

    for row in claims:
        if row["subject"] == subject:
            assert " ".join(row["claim_en"].split()) in page
            assert row["id"] in page


def test_a_term_shows_its_codes_with_links(client: FlaskClient) -> None:
    """Each row of the mappings, to its own system."""
    table = read_table("mappings/sctid.sssom.tsv")
    row = next(row for row in table if row["subject_id"] == "dpo:mitral_stenosis")
    page = show(client, "/ontology/mitral_stenosis")

    code = row["object_id"].partition(":")[2]
    assert f"http://snomed.info/id/{code}" in addresses(page)
    assert f"SNOMED CT {code} {row['object_label']}" in words(page)


def test_every_code_system_has_a_name_on_the_pages() -> None:
    """A mapping of a system without one would not be shown."""
    query = (EDIT / "queries/term-mappings-page.rq").read_text(encoding="utf-8")
    systems = read_table("mappings/systems.tsv")

    missing = [
        row["prefix"]
        for row in systems
        if row["prefix"] != "dpo" and f'("{row["iri_base"]}" ' not in query
    ]
    assert missing == []


def test_a_page_leads_to_its_query(client: FlaskClient) -> None:
    """The editor opens with what describes this very term."""
    page = show(client, f"/ontology/{CAUSE}")

    (link,) = (address for address in addresses(page) if "#query=" in address)
    assert f"%3C{BASE.replace(':', '%3A').replace('/', '%2F')}{CAUSE}%3E" in link
    assert "%3Fterm" not in link


def test_a_page_says_how_to_cite_the_term(client: FlaskClient) -> None:
    """By label, release and IRI."""
    cited = words(show(client, f"/ontology/{CAUSE}"))

    assert (
        "Mitral stenosis (cause). In: Diffuse pulmonary ossification ontology" in cited
    )


def axiom_ids() -> list[str]:
    """Some ids of axioms, of every shape."""
    text = (SHIPPED_BUILD / "dpo.ttl").read_text(encoding="utf-8")
    return spread(sorted(set(re.findall(r'identifier "([0-9a-f]{12})"', text))), 40)


@pytest.mark.parametrize("id", axiom_ids())
def test_an_axiom_is_shown_as_it_was_written(client: FlaskClient, id: str) -> None:
    """The hash of what the page shows is the id by which it was asked for."""
    page = show(client, f"/ontology/axiom/{id}")
    (block,) = page.iter("pre")

    shown = "".join(block.itertext())
    assert hashlib.sha256(shown.encode()).hexdigest()[:12] == id


def test_an_axiom_is_there_as_triples(client: FlaskClient) -> None:
    """With its note, its sources and the axiom itself."""
    answer = get(client, f"/ontology/axiom/{axiom_ids()[0]}.nt")

    graph = Graph().parse(data=answer.get_data(), format="nt")
    assert len(list(graph.subject_objects(RDFS.subClassOf))) == 1
    assert axiom_ids()[0] in answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def changed(
    knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """An application whose ontology has deprecated a term."""
    path = tmp_path_factory.mktemp("changed") / "retired.ttl"
    path.write_text(
        f"""@prefix : <{BASE}> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix obo: <http://purl.obolibrary.org/obo/> .
        :old_term a owl:Class ; :kindOf "finding" ; owl:deprecated true ;
          rdfs:label "Old <b>term</b>"@en, "Terme ancien"@fr ;
          obo:IAO_0000115 "What was meant."@en, "Ce qui était visé."@fr ;
          obo:IAO_0100001 :{CRITERION} .""",
        encoding="utf-8",
    )
    data = [*dataset_of(SHIPPED_BUILD), Source(path)]
    app = create_app(Config(), knowledge=knowledge, dataset=data)
    yield app.test_client()
    app.extensions["sparql"].close()


def test_a_deprecated_term_names_its_successor(changed: FlaskClient) -> None:
    """Its address answers for ever, and says what to use instead."""
    page = show(changed, "/ontology/old_term")

    assert "Use instead: UIP pattern" in words(page)
    assert f"/ontology/{CRITERION}" in addresses(page)


def test_texts_of_the_data_are_no_markup(changed: FlaskClient) -> None:
    """A label is text, whatever stands in it."""
    page = get(changed, "/ontology/old_term").get_data(as_text=True)

    assert "<b>term" not in page
    assert "Old &lt;b&gt;term" in page


# --- links ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/", f"/ontology/{CRITERION}", f"/ontology/{SOURCE}", "/ontology/releases/"],
)
def test_links_of_a_page_lead_somewhere(client: FlaskClient, address: str) -> None:
    """Every address of this service that a page names is served."""
    inside = {a for a in addresses(show(client, address)) if a.startswith("/")}

    assert len(inside) > 8
    for link in sorted(inside):
        status = get(client, link.partition("#")[0]).status_code
        assert status in {200, 303}, link


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_hypothesis_is_drawn(client: FlaskClient, language: str) -> None:
    """Both drawings link all patterns, causes and mimics, and say what they are."""
    wanted = {
        id for id, kind in subjects().items() if kind in {"pattern", "cause", "mimic"}
    }
    drawings = list(show(client, f"/?lang={language}").iter(f"{SVG}svg"))

    assert len(drawings) == 2
    for drawing in drawings:
        links = [a.partition("?")[0].rpartition("/")[2] for a in addresses(drawing)]
        assert wanted <= set(links)
        assert [drawing[0].tag, drawing[1].tag] == [f"{SVG}title", f"{SVG}desc"]


def test_every_term_is_reached_from_the_start_page(client: FlaskClient) -> None:
    """Through the list of its kind, letter by letter where there are many."""
    start = show(client, "/")
    lists = [a for a in addresses(start) if a.startswith("/ontology/?kind=")]

    found: set[str] = set()
    for address in lists:
        page = show(client, address)
        letters = [
            a for a in addresses(page) if f"{address.partition('?')[2]}&letter=" in a
        ]
        for each in [page, *(show(client, a) for a in letters if "derived" in a)]:
            found |= {a.removeprefix("/ontology/") for a in addresses(each)}
    assert {id for id in subjects() if not OTHER.match(id)} <= found


# --- the list of terms ----------------------------------------------------------------


def entries() -> dict[str, Entry]:
    """A small catalogue."""
    rows = (
        Entry("etoile", "pattern", Text("Star", "Étoile"), Text("", "")),
        Entry("zero", "finding", Text("10 zeros", "10 zéros"), Text("", "")),
        Entry(
            "apple",
            "finding",
            Text("Apple", "Pomme"),
            Text("", ""),
            synonyms=("Fruit",),
        ),
        Entry("made", "derived", Text("Apple: made", "Pomme : faite"), Text("", "")),
    )
    return {row.id: row for row in rows}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Filter(), ["etoile", "zero", "apple"]),
        (Filter(kind="finding"), ["zero", "apple"]),
        (Filter(kind="finding", letter="A"), ["apple"]),
        (Filter(kind="finding", letter="#"), ["zero"]),
        (Filter(word="ETOILE"), ["etoile"]),
        (Filter(word="fruit"), ["apple"]),
        (Filter(word="apple"), ["apple", "made"]),
        (Filter(word="nothing"), []),
    ],
)
def test_the_list_is_narrowed(wanted: Filter, ids: list[str]) -> None:
    """By kind, letter or word; accents and capitals do not matter."""
    index = list_index(entries(), wanted, "en")

    assert [entry.id for kind in index.shown for entry in kind.entries] == ids


def test_an_unknown_kind_is_not_found(client: FlaskClient) -> None:
    """And said so by a page."""
    assert get(client, "/ontology/?kind=nosuch").status_code == 404


def test_a_search_answers_in_the_page(client: FlaskClient) -> None:
    """Without a script, accents or not."""
    page = show(client, "/ontology/?q=retrecissement&lang=fr")

    assert "Rétrécissement mitral" in words(page)
    assert plain("Où ÇA") == "ou ca"


# --- the drawing ----------------------------------------------------------------------


def tree() -> tuple[list[Node], dict[str, str]]:
    """A small tree, one name longer than any box."""
    nodes = [Node("root", "root", "", 1), Node("p", "pattern", "", 1)]
    nodes += [
        Node(f"c{n}", "cause", "strong" if n < 3 else "weak", n) for n in range(5)
    ]
    nodes += [Node(f"m{n}", "mimic", "weak", 3) for n in range(9)]
    return nodes, {node.id: f"A very long name of {node.id} " * 3 for node in nodes}


@pytest.mark.parametrize("draw", [draw_wide, draw_narrow])
def test_no_box_covers_another(draw: Callable[..., Drawing]) -> None:
    """In a column each box begins below the last."""
    drawing = draw(*tree())

    columns: dict[float, list[tuple[float, float]]] = {}
    for leaf in (drawing.root, *drawing.leaves):
        columns.setdefault(leaf.x, []).append((leaf.y, leaf.y + leaf.height))
        assert 0 <= leaf.x <= leaf.x + leaf.width <= drawing.width
        assert 0 <= leaf.y <= leaf.y + leaf.height <= drawing.height
    for boxes in columns.values():
        assert all(end < start for (_, end), (start, _) in pairwise(sorted(boxes)))


def test_each_leaf_has_its_branch() -> None:
    """And the trunk of the narrow drawing is one more."""
    nodes, names = tree()

    assert len(draw_wide(nodes, names).branches) == len(nodes) - 1
    assert len(draw_narrow(nodes, names).branches) == len(nodes)


# --- releases and files ---------------------------------------------------------------


def release(knowledge: Knowledge, name: str) -> str:
    """The address of a file of the shipped release."""
    return f"/ontology/releases/{knowledge.version}/{name}"


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("dpo.owl", "application/rdf+xml"),
        ("dpo.ttl", "text/turtle"),
        ("dpo-inferred.ttl", "text/turtle"),
        ("dpo.trig", "application/trig"),
        ("rules.json", "application/json"),
        ("queries.json", "application/json"),
        ("MANIFEST.json", "application/json"),
    ],
)
def test_a_released_file_is_sent_byte_for_byte(
    client: FlaskClient, knowledge: Knowledge, name: str, media: str
) -> None:
    """With its hash as the tag, so that nobody loads it twice."""
    address = release(knowledge, name)
    answer = get(client, address)
    digest = hashlib.sha256((SHIPPED_BUILD / name).read_bytes()).hexdigest()

    assert (answer.status_code, answer.mimetype) == (200, media)
    assert hashlib.sha256(answer.get_data()).hexdigest() == digest
    assert answer.headers["ETag"] == f'"{digest}"'
    assert f"filename={name}" in answer.headers["Content-Disposition"]
    assert get(client, address, If_None_Match=f'"{digest}"').status_code == 304
    head = client.head(address, buffered=True)
    assert int(head.headers["Content-Length"]) == len(answer.get_data())
    assert get(client, address, Range="bytes=0-9").status_code == 206


def test_the_list_of_releases_has_every_file(
    client: FlaskClient, knowledge: Knowledge
) -> None:
    """With hash, licence and how to cite it."""
    page = words(show(client, "/ontology/releases/"))
    files = knowledge.manifest["files"]

    assert isinstance(files, dict)
    for name, digest in files.items():
        assert name in page
        assert str(digest) in page
    assert "CC BY 4.0" in page
    assert f"releases/{knowledge.version}/dpo.owl. CC BY 4.0" in page


def test_the_release_describes_itself_as_triples(client: FlaskClient) -> None:
    """The same address answers with DCAT and VoID."""
    answer = get(client, "/ontology/releases/", Accept="text/turtle")

    graph = Graph().parse(data=answer.get_data(), format="turtle")
    assert URIRef("http://www.w3.org/ns/dcat#Dataset") in set(graph.objects())


@pytest.mark.parametrize(
    "name", ["nosuch.ttl", "..%2fMANIFEST.json", "%2e%2e/rules.json", ".htaccess", ""]
)
def test_only_files_of_the_release_are_sent(
    client: FlaskClient, knowledge: Knowledge, name: str
) -> None:
    """Nothing beside them, and nothing above them."""
    assert get(client, release(knowledge, name)).status_code in {303, 404}


def test_another_release_is_not_found(client: FlaskClient) -> None:
    """The answer names the one that is shipped."""
    answer = get(client, "/ontology/releases/1999-12-31/dpo.owl")

    assert answer.status_code == 404
    assert "Only release" in answer.get_data(as_text=True)


def test_a_file_that_was_changed_is_not_sent(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    """What is no longer the release is not given out under its name."""
    build = tmp_path / "build"
    shutil.copytree(SHIPPED_BUILD, build)
    app = create_app(replace(Config(), build=build), knowledge=knowledge)
    with (build / "dpo.ttl").open("a", encoding="utf-8") as file:
        file.write("# more\n")

    answer = app.test_client().get(release(knowledge, "dpo.ttl"))
    assert answer.status_code == 500
    app.extensions["sparql"].close()


def test_static_files_are_kept_for_good_by_their_hash(client: FlaskClient) -> None:
    """A page asks for the version that it was written for."""
    (address,) = re.findall(
        r'"(/static/pages\.css[^"]*)"', get(client, "/").get_data(as_text=True)
    )

    assert "immutable" in get(client, address).headers["Cache-Control"]
    stale = get(client, address.partition("?")[0])
    assert stale.headers["Cache-Control"] == "no-cache"
    assert stale.headers["Content-Type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("name", ["nosuch.css", "..%2frendering.py", "../views.py", ""])
def test_only_static_files_are_sent(client: FlaskClient, name: str) -> None:
    """The list is made at the start: no name leads out of the folder."""
    assert get(client, f"/static/{name}").status_code == 404


def test_every_static_file_has_a_media_type() -> None:
    """A file whose ending is not known would not be served."""
    folder = ROOT / "service/web/static"
    names = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }

    assert names == set(list_statics())


def test_a_program_finds_the_parts_of_the_service(client: FlaskClient) -> None:
    """The start page answers JSON to who asks for that."""
    links = get(client, "/", Accept="application/json").get_json()

    assert links["sparql"] == "/sparql"
    assert get(client, links["terms"]).status_code == 200


# --- words ----------------------------------------------------------------------------


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of a table that people edit."""
    lines = (EDIT / name).read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if not line.startswith("#")]
    return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_every_phrase_of_a_template_exists(knowledge: Knowledge) -> None:
    """A phrase that is written out is in the table of phrases."""
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html")]
    named = {
        name
        for text in texts
        for name in re.findall(r"""say\(["']((?:page|word)_\w+)["'][,)]""", text)
    }

    assert len(named) > 80
    assert named <= set(knowledge.phrases)


def test_every_phrase_of_the_pages_is_used(knowledge: Knowledge) -> None:
    """What no page says any more is taken out."""
    texts = (
        path.read_text(encoding="utf-8")
        for folder in (TEMPLATES, TEMPLATES.parent)
        for path in folder.glob("*.*")
        if path.suffix in {".html", ".py"}
    )
    quoted = set(re.findall(r"""["']page_\w+["']""", "".join(texts)))
    # phrases whose names a template puts together
    groups = tuple(f"page_{group}_" for group in GROUPS)

    unused = [
        id
        for id in knowledge.phrases
        if id.startswith("page_")
        and not id.startswith(groups)
        and not {f'"{id}"', f"'{id}'"} & quoted
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("column", "group"), [("study_kind", "page_study"), ("quote_role", "page_quote")]
)
def test_coded_words_of_claims_exist_in_both_languages(
    knowledge: Knowledge, column: str, group: str
) -> None:
    """A French page says them in French."""
    values = {row[column] for row in read_table("evidence.tsv")}

    for value in values:
        assert f"{group}_{re.sub(r'[^a-z]+', '_', value)}" in knowledge.phrases


def test_every_kind_has_its_words(knowledge: Knowledge) -> None:
    """For one term and for many."""
    wanted = {f"page_{form}_{kind}" for form in ("kind", "kinds") for kind in KINDS}

    assert wanted <= set(knowledge.phrases)


def test_french_pages_hold_their_signs_together(knowledge: Knowledge) -> None:
    """A no-break space stands before the signs that want one."""
    for id, text in knowledge.phrases.items():
        if id.startswith("page_"):
            assert not re.search(r" [:;?!»]", text.fr), id


# --- small functions ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("plain", "plain"),
        ("a **bold** word", "a <b>bold</b> word"),
        ("an *emphasised* word", "an <b>emphasised</b> word"),
        ("5 * 3 mm", "5 * 3 mm"),
        ("<b> **&**", "&lt;b&gt; <b>&amp;</b>"),
    ],
)
def test_emphasis_of_a_quotation_is_kept(text: str, markup: str) -> None:
    """And nothing of it becomes markup by itself."""
    assert mark_emphasis(text) == markup
    assert "*" in text or unescape(mark_emphasis(text)) == text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/ontology/x", "/ontology/x?lang=fr"),
        ("/ontology/?kind=test", "/ontology/?kind=test&lang=fr"),
        ("/ontology/x#t", "/ontology/x?lang=fr#t"),
    ],
)
def test_a_language_is_written_into_an_address(address: str, expected: str) -> None:
    """Before the fragment and beside what is asked for already."""
    assert with_language(address, "fr") == expected
    assert with_language(address, "") == address
