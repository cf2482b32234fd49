"""A report as RDF: the facts of FHIR, one query over files, nothing published."""

from __future__ import annotations

import ast
import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import MAXYEAR, UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rdflib
import rdflib.compare
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    Variable,
    parse,
)

from service import cli
from service.fhir.reader import ReadOptions
from service.fhir.writer import WriteOptions, write_answer
from service.interpret import Answer, Options, interpret
from service.media import FHIR_JSON, FHIR_TYPES, PLAIN_JSON, RDF_TYPES, choose_type
from service.model import (
    Case,
    Coding,
    Finding,
    Interpretation,
    Interval,
    LedgerRow,
    Place,
    Source,
    When,
)
from service.rdf import vocabulary
from service.rdf.literals import moment
from service.rdf.report import describe
from service.rdf.serialise import XML, serialise
from service.rdf.triples import Iri, Text, sent_iri
from service.reasoning.evaluation import evaluate
from service.reasoning.justification import justify
from service.reasoning.knowledge import Knowledge
from tests import samples
from tests.rdf_mirror import (
    DCTERMS,
    DPO,
    has_blank_node,
    index,
    instances,
    told_by_fhir,
    told_by_rdf,
    values,
)
from tests.reports import CASES, ISSUED
from tests.shorthand import read_findings

Json = dict[str, Any]
ROOT = Path(__file__).parents[1]
TRIG = ROOT / "ontology/build/dpo.trig"
QUERIES = ROOT / "ontology/edit/queries"
NAMES = sorted(path.name for path in CASES.iterdir())
TURTLE = "text/turtle"
PLACES = tuple(place.value for place in Place)
# rdflib warns of what its own reader of JSON-LD does.
RDFLIB_WARNS = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
FORMS = [pytest.param(media, id=media) for media in RDF_TYPES]
# What FHIR allows in a string: no half of a surrogate pair.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def read(name: str) -> bytes:
    """The Bundle of a worked case."""
    return (CASES / name / "bundle.json").read_bytes()


def answer_to(document: bytes, knowledge: Knowledge, language: str = "en") -> Answer:
    """The answer of the line."""
    options = Options(ReadOptions(), WriteOptions(language=language))
    return interpret(document, knowledge, ISSUED, options)


def as_rdf(
    answer: Answer, knowledge: Knowledge, language: str = "en", media: str = TURTLE
) -> bytes:
    """The same answer as RDF."""
    triples = describe(
        answer.interpretations, answer.ledger, knowledge, ISSUED, language
    )
    return serialise(triples, media)


def words(knowledge: Knowledge, language: str) -> dict[str, str]:
    """How the ledger tells the places of entries."""
    return {p: knowledge.phrase(f"say_place_{p}", language) for p in PLACES}


def two_subjects() -> bytes:
    """Two worked cases in one request."""
    first, second = (json.loads(read(name)) for name in ("mitral-87m", "gerd-36m"))
    first["entry"] += second["entry"]
    return json.dumps(first).encode()


# --- the same facts ----------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", NAMES)
def test_rdf_says_what_fhir_says(
    name: str, language: str, knowledge: Knowledge
) -> None:
    """Every fact of every worked case, no more and no less, in both languages."""
    answer = answer_to(read(name), knowledge, language)

    told = told_by_rdf(as_rdf(answer, knowledge, language), words(knowledge, language))

    assert told == told_by_fhir(answer.document)


@given(data=st.data(), language=st.sampled_from(["en", "fr"]))
@settings(max_examples=25)
def test_rdf_and_fhir_agree_on_any_record(
    data: st.DataObject, language: str, knowledge: Knowledge
) -> None:
    """Entries of the worked cases, mixed at random, two patients at times."""
    entries = [
        entry
        for name in data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))
        for entry in json.loads(read(name))["entry"]
    ]
    kept = data.draw(st.lists(st.sampled_from(entries), min_size=1, max_size=20))
    document = {"resourceType": "Bundle", "type": "collection", "entry": kept}
    answer = answer_to(json.dumps(document).encode(), knowledge, language)

    told = told_by_rdf(as_rdf(answer, knowledge, language), words(knowledge, language))

    assert told == told_by_fhir(answer.document)


def patients() -> list[tuple[str, str]]:
    """The findings of every patient of the table, in shorthand."""
    with (ROOT / "tests/patients.tsv").open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["base"], row["findings"]) for row in rows]


@given(rows=st.lists(st.sampled_from(patients()), min_size=1, max_size=3))
@settings(max_examples=25)
def test_rdf_and_fhir_agree_on_any_findings(
    rows: list[tuple[str, str]], knowledge: Knowledge
) -> None:
    """Patients of the table, put together so that their findings may conflict."""
    texts = [f"{base} + {findings}" for base, findings in rows]
    found = dict.fromkeys(f for text in texts for f in read_findings(text, knowledge))
    case = Case(subject="Patient/1", findings=tuple(found))
    entailments = evaluate(case.findings, knowledge)
    interpretation = Interpretation(case, justify(case, entailments, knowledge))
    answer = Answer(
        write_answer((interpretation,), (), knowledge, ISSUED), (interpretation,), ()
    )

    told = told_by_rdf(as_rdf(answer, knowledge), words(knowledge, "en"))

    assert told == told_by_fhir(answer.document)


def test_the_sample_of_every_shape_says_the_same() -> None:
    """Contested values, preliminary and converted ones, usual limits, a remark."""
    interpretation = samples.interpretation()
    knowledge = samples.knowledge()
    document = write_answer(
        (interpretation,), samples.LEDGER, knowledge, samples.ISSUED
    )
    triples = describe((interpretation,), samples.LEDGER, knowledge, samples.ISSUED)

    told = told_by_rdf(serialise(triples, TURTLE), words(knowledge, "en"))

    assert told == told_by_fhir(document)


def shaped(**changes: Any) -> Finding:
    """A fact with one thing that the samples lack."""
    return replace(samples.BRANCHING, **changes)


def period(start: str, end: str, year: int = 2024) -> When:
    """A Period; one that has not ended ends in the last year there is."""
    ends = datetime(year if end else MAXYEAR, 12, 31, tzinfo=UTC)
    return When(start, datetime(2024, 1, 1, tzinfo=UTC), ends, end)


SHAPES = (
    shaped(interval=Interval(Decimal("3.50"), None, low_open=True), unit="mm"),
    shaped(interval=Interval(None, Decimal("1E+2"), high_open=True), unit="mm"),
    shaped(interval=Interval(Decimal(1), Decimal(2))),
    shaped(preliminary=True),
    shaped(when=None),
    shaped(when=period("2024-01-01", "2024-02")),
    shaped(when=period("2024-01-01", "")),
    shaped(when=period("", "2024")),
    shaped(when=replace(samples.CT_DAY, text="2024")),
    shaped(when=replace(samples.CT_DAY, text="2024-06")),
    shaped(when=samples.LATER),
    shaped(sources=(Source("", "Bundle.entry[7].resource"),)),
    shaped(sources=(samples.source(5), samples.source(6, "Condition"))),
    shaped(sources=(samples.source(5),)),
    shaped(sources=(samples.source(6),)),
    shaped(groundings=samples.FIBROTIC.groundings),
    shaped(interpretation="interpretation_high", limit="range", sent="> 3 mm"),
)


def test_every_shape_of_a_fact_says_the_same() -> None:
    """Open bounds, periods, partial dates, nameless and several sources."""
    assessment = replace(
        samples.CONCLUSIONS.assessment, justification=samples.proof(*SHAPES)
    )
    interpretation = samples.interpretation(assessment=assessment)
    knowledge = samples.knowledge()
    document = write_answer((interpretation,), (), knowledge, samples.ISSUED)
    triples = describe((interpretation,), (), knowledge, samples.ISSUED)

    told = told_by_rdf(serialise(triples, TURTLE), {})

    assert told["reports"] == told_by_fhir(document)["reports"]


def test_a_criterion_in_two_roles_is_told_once() -> None:
    """With the sources of its first row, as in FHIR."""
    first, *_ = samples.UIP_CAUSE.criteria
    again = replace(first, role="supporting", sources=("F02",))
    candidate = replace(samples.UIP_CAUSE, criteria=(first, again))
    interpretation = samples.interpretation(differential=(candidate,))
    knowledge = samples.knowledge()
    document = write_answer((interpretation,), (), knowledge, samples.ISSUED)
    triples = describe((interpretation,), (), knowledge, samples.ISSUED)

    told = told_by_rdf(serialise(triples, TURTLE), {})

    assert told["reports"] == told_by_fhir(document)["reports"]


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("2024", "gYear"),
        ("2024-06", "gYearMonth"),
        ("2024-06-15", "date"),
        ("2024-06-15T23:59:59Z", "dateTime"),
        ("2024-06-15T23:59:59.123+05:45", "dateTime"),
        ("2016-12-31T23:59:60Z", ""),
        ("24", ""),
        ("", ""),
    ],
)
def test_a_time_has_the_type_of_its_form(text: str, datatype: str) -> None:
    """A leap second, which XML Schema does not have, stays a string."""
    expected = f"{vocabulary.XSD}{datatype}" if datatype else ""

    assert moment(text) == Text(text, expected)


def test_the_labels_of_restricted_input_are_kept() -> None:
    """What follows from a restricted record is restricted in RDF, too."""
    restricted = Coding("http://terminology.hl7.org/CodeSystem/v3-Act", "R", "x", "")
    interpretation = replace(
        samples.interpretation(), case=samples.case(security=(restricted,))
    )
    triples = describe((interpretation,), (), samples.knowledge(), samples.ISSUED)

    ((_, report),) = told_by_rdf(serialise(triples, TURTLE), {})["reports"].items()

    assert (restricted.system, "R", "x") in report["labels"]


def test_reports_of_several_subjects_are_not_mixed(knowledge: Knowledge) -> None:
    """Each conclusion and each fact is part of one report, and stays inside it."""
    answer = answer_to(two_subjects(), knowledge)
    said = index(as_rdf(answer, knowledge))
    reports = instances(said, "report")
    owner = {
        part: values(part, f"{DCTERMS}isPartOf", said)
        for kind in ("reportedConclusion", "reportedFact", "reportedConflict")
        for part in instances(said, kind)
    }

    assert len(reports) == 2
    assert all(len(found) == 1 and found[0] in reports for found in owner.values())
    for part, properties in said.items():
        linked = {o.value for found in properties.values() for o in found} & set(owner)
        assert all(owner[other] == owner.get(part) for other in linked if part in owner)
    alone = answer_to(read("gerd-36m"), knowledge)
    assert (
        told_by_fhir(alone.document)["reports"].items()
        <= told_by_rdf(as_rdf(answer, knowledge), words(knowledge, "en"))[
            "reports"
        ].items()
    )


def test_an_anonymous_report_has_no_subject(knowledge: Knowledge) -> None:
    """Nobody is invented."""
    document = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    answer = answer_to(json.dumps(document).encode(), knowledge)
    said = index(as_rdf(answer, knowledge))

    (report,) = instances(said, "report")

    assert values(report, f"{DCTERMS}subject", said) == []


# --- one query over files ----------------------------------------------------------


@pytest.fixture(scope="module")
def answers(knowledge: Knowledge) -> dict[str, Answer]:
    """The answers to all worked cases."""
    return {name: answer_to(read(name), knowledge) for name in NAMES}


@pytest.fixture(scope="module")
def store(
    answers: dict[str, Answer],
    knowledge: Knowledge,
    tmp_path_factory: pytest.TempPathFactory,
) -> Store:
    """The ontology and one Turtle file for each worked case, as a user has them."""
    folder = tmp_path_factory.mktemp("reports")
    for name, answer in answers.items():
        (folder / f"{name}.ttl").write_bytes(as_rdf(answer, knowledge))
    store = Store()
    store.load(path=TRIG, format=RdfFormat.TRIG, to_graph=None)
    store.bulk_extend([Quad(q.subject, q.predicate, q.object) for q in store])
    for path in folder.iterdir():
        store.load(path=path, format=RdfFormat.TURTLE)
    return store


def ask(store: Store, query: str, **parameters: str) -> list[dict[str, str]]:
    """The rows of a saved query, with its parameters filled in."""
    text = (QUERIES / f"{query}-page.rq").read_text(encoding="utf-8")
    substitutions: dict[Variable, NamedNode | BlankNode | Literal | Triple] = {
        Variable(name): NamedNode(value) for name, value in parameters.items()
    }
    solutions = store.query(text, substitutions=substitutions)
    assert isinstance(solutions, QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    return [
        {name: row[name].value for name in names if row[name] is not None}
        for row in solutions
    ]


def concluded(
    answers: dict[str, Answer],
) -> Iterator[tuple[str, str, Json]]:
    """Every conclusion of every FHIR answer: report, Observation, what it says."""
    for answer in answers.values():
        for report, told in told_by_fhir(answer.document)["reports"].items():
            for url, conclusion in told["conclusions"].items():
                yield report, url, conclusion


def test_one_query_finds_all_conclusions_that_rest_on_an_axiom(
    answers: dict[str, Answer], store: Store
) -> None:
    """For each axiom that any report cites, those that FHIR's justifications name."""
    expected: dict[str, set[tuple[str, ...]]] = {}
    for report, url, told in concluded(answers):
        row = (report, url, told["question"], told["answer"], told["grade"] or "")
        for axiom in told["axioms"]:
            expected.setdefault(axiom, set()).add(row)
    assert len(expected) > 100

    found = {
        axiom: {
            (
                row["report"],
                row["conclusion"],
                row["question"].removeprefix(DPO),
                row["answer"].removeprefix(DPO),
                row.get("grade", "").removeprefix(DPO),
            )
            for row in ask(
                store, "conclusions-resting-on-axiom", axiom=f"{DPO}axiom/{axiom}"
            )
        }
        for axiom in expected
    }

    assert found == expected


def test_a_source_is_found_through_the_notes_of_the_ontology(
    answers: dict[str, Answer], store: Store
) -> None:
    """By the axioms that the ontology says a source carries."""
    for source in ("F01", "F04", "D", "U-L"):
        expected = {
            (url, axiom)
            for _, url, told in concluded(answers)
            for axiom, sources in told["axioms"].items()
            if source in sources
        }

        rows = ask(
            store, "conclusions-resting-on-source", source=f"{DPO}source/{source}"
        )

        found = {(r["conclusion"], r["axiom"].rpartition("/")[2]) for r in rows}
        assert found == expected
        assert found or source == "U-L"


def test_reports_led_by_an_unverified_source_are_found(
    answers: dict[str, Answer], store: Store
) -> None:
    """The leading explanation, by the sources that its FHIR citations call so."""
    expected = {
        (report, told["answer"], source)
        for report, _, told in concluded(answers)
        if told["grade"] and told["counts"]["hasRank"] == 1
        for sources in told["axioms"].values()
        for source in sources
        if not told["citations"][source][1]
    }

    rows = ask(store, "reports-led-by-unverified-source")

    found = {
        (r["report"], r["answer"].removeprefix(DPO), r["source"].rpartition("/")[2])
        for r in rows
    }
    assert found == expected
    assert found


def test_the_facts_behind_an_answer_are_found(
    answers: dict[str, Answer], store: Store
) -> None:
    """Concept, state and the sender's own reference of each fact."""
    expected = {
        (url, fact[0], fact[1], reference)
        for _, url, told in concluded(answers)
        if told["answer"] == "dpo_supported"
        for fact in told["facts"]
        for reference in fact[-1]
    }

    rows = ask(store, "facts-behind-answer", answer=f"{DPO}dpo_supported")

    found = {
        (
            r["conclusion"],
            r["concept"].removeprefix(DPO),
            r["state"].removeprefix(DPO),
            r["reference"],
        )
        for r in rows
    }
    assert found == expected
    assert found


def test_the_ontology_declares_every_word_of_ours(
    answers: dict[str, Answer], knowledge: Knowledge
) -> None:
    """Each own IRI of a report is a term, a source or a release; axioms have notes."""
    known, axioms = set(), set()
    for quad in parse(path=TRIG, format=RdfFormat.TRIG):
        known.add(quad.subject)
        if quad.predicate.value == f"{DCTERMS}identifier":
            axioms.add(quad.object.value if isinstance(quad.object, Literal) else "")

    for answer in answers.values():
        for quad in parse(as_rdf(answer, knowledge), format=RdfFormat.TURTLE):
            for term in (quad.subject, quad.predicate, quad.object):
                if not isinstance(term, NamedNode) or not term.value.startswith(DPO):
                    continue
                kind, _, id = term.value.removeprefix(DPO).partition("/")
                assert id in axioms if kind == "axiom" else term in known, term


# --- the forms of RDF --------------------------------------------------------------


@RDFLIB_WARNS
@pytest.mark.parametrize("media", FORMS)
def test_every_form_is_the_same_graph_to_two_readers(
    media: str, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both pyoxigraph and rdflib read what was meant, literal by literal."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    answer = answer_to(two_subjects(), knowledge)
    body = as_rdf(answer, knowledge, media=media)
    nquads = as_rdf(answer, knowledge, media="application/n-triples")
    form = RdfFormat.from_media_type(media)
    assert form is not None

    ours = set(parse(body, format=form))
    theirs = rdflib.Graph().parse(data=body, format=media)

    assert ours == set(parse(nquads, format=RdfFormat.N_TRIPLES))
    meant = rdflib.Graph().parse(data=nquads, format="nt")
    assert rdflib.compare.isomorphic(theirs, meant)
    assert len(theirs) == len(ours)


@pytest.mark.parametrize("media", FORMS)
def test_no_node_is_blank(media: str, knowledge: Knowledge) -> None:
    """Each part can be cited, and the same part is the same in every file."""
    body = as_rdf(
        answer_to(read("contradicting-data"), knowledge), knowledge, "en", media
    )
    form = RdfFormat.from_media_type(media)
    assert form is not None

    assert not has_blank_node(body, form)


def test_turtle_is_short_enough_to_read(knowledge: Knowledge, bundle: bytes) -> None:
    """Names of ours and of the vocabularies have prefixes, known ones among them."""
    text = as_rdf(answer_to(bundle, knowledge), knowledge).decode()

    assert "a dpo:report" in text
    assert "dpo:restsOn axiom:" in text


def test_json_ld_needs_no_context_from_elsewhere(knowledge: Knowledge) -> None:
    """Every name is written in full, so that nothing is fetched to read it."""
    body = as_rdf(
        answer_to(read("gerd-36m"), knowledge), knowledge, "en", "application/ld+json"
    )

    assert b"@context" not in body
    assert all("@id" in thing for thing in json.loads(body))


def test_the_same_document_gives_the_same_bytes(
    knowledge: Knowledge, bundle: bytes
) -> None:
    """In another process, whose hashes differ, at the same time of reasoning."""
    program = (
        "import sys; from datetime import datetime\n"
        "from service.config import SHIPPED_BUILD\n"
        "from service.interpret import Options, interpret\n"
        "from service.rdf.report import describe\n"
        "from service.rdf.serialise import serialise\n"
        "from service.reasoning.knowledge import load\n"
        "knowledge, document = load(SHIPPED_BUILD), sys.stdin.buffer.read()\n"
        "issued = datetime.fromisoformat(sys.argv[1])\n"
        "answer = interpret(document, knowledge, issued, Options())\n"
        "reports = answer.interpretations, answer.ledger\n"
        "triples = describe(*reports, knowledge, issued)\n"
        "for media in sys.argv[2:]:\n"
        "    sys.stdout.buffer.write(serialise(triples, media))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, ISSUED.isoformat(), *RDF_TYPES],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        input=bundle,
        capture_output=True,
        check=True,
    )

    answer = answer_to(bundle, knowledge)

    ours = [as_rdf(answer, knowledge, media=media) for media in RDF_TYPES]
    assert done.stdout == b"".join(ours)


def test_a_form_that_is_none_of_rdf_is_a_defect() -> None:
    """The callers choose from a list."""
    with pytest.raises(ValueError, match="text/html"):
        serialise((), "text/html")


# --- texts of senders --------------------------------------------------------------


def spoken(text: str) -> tuple[Interpretation, tuple[LedgerRow, ...]]:
    """A report in which one text stands wherever a sender's text may."""
    source = Source(text, f"Bundle.entry[0]{text}", "Observation")
    coding = Coding(text or "x", text, text, "")
    grounded = replace(
        samples.FIBROTIC,
        sources=(source,),
        sent=text,
        groundings=(replace(samples.FIBROTIC.groundings[0], coding=coding),),
    )
    case = samples.case(
        subject=text, findings=(grounded,), security=(coding,), patient=None
    )
    assessment = replace(
        samples.CONCLUSIONS.assessment, justification=samples.proof(grounded)
    )
    conclusions = replace(
        samples.CONCLUSIONS,
        assessment=assessment,
        definitions=(),
        differential=(),
        tests=(),
        conflicts=(),
    )
    return Interpretation(case, conclusions), (LedgerRow(source, Place.USED),)


@pytest.mark.parametrize("media", FORMS)
@given(text=TEXTS)
@settings(max_examples=25)
def test_a_sender_cannot_write_triples(media: str, text: str) -> None:
    """Whatever the text, what is read back is what was meant, and no more."""
    interpretation, ledger = spoken(text)
    triples = describe((interpretation,), ledger, samples.knowledge(), samples.ISSUED)
    form = RdfFormat.from_media_type(media)
    assert form is not None

    back = {
        (q.subject, q.predicate, q.object)
        for q in parse(serialise(triples, media), format=form)
    }

    assert back == {
        (NamedNode(s.value), NamedNode(p.value), as_term(o, media))
        for s, p, o in triples
    }


def as_term(node: Iri | Text, media: str) -> NamedNode | Literal:
    """A term as it must come back; XML has no place for some characters."""
    if isinstance(node, Iri):
        return NamedNode(node.value)
    text = "".join("\ufffd" if media == XML and no_xml(c) else c for c in node.value)
    if node.language:
        return Literal(text, language=node.language)
    return Literal(text, datatype=NamedNode(node.datatype or f"{vocabulary.XSD}string"))


def no_xml(character: str) -> bool:
    """Whether XML 1.0 (production 2) leaves the character out."""
    code = ord(character)
    return (code < 0x20 and character not in "\t\n\r") or code in (0xFFFE, 0xFFFF)


HOSTILE = (
    '"] . <urn:x:y> <urn:x:p> "',
    '""" . <urn:x:y> <urn:x:p> <urn:x:o> . """',
    "http://example.org/> <urn:x:p> <urn:x:o> . <urn:x:q",
    "</rdf:Description><rdf:Description rdf:about='urn:x:y'/>",
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    '\\u0022 \\" \\',
    "line\r\nfeed\rreturn\ttab",
    "\ufffe\uffff\u0000\u0001",
    "@prefix dpo: <urn:evil:> .",
    '{"@context": "http://example.org/evil.jsonld"}',
    f"{DPO}axiom/000000000000",
)


@RDFLIB_WARNS
@pytest.mark.parametrize("media", FORMS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_literals(
    media: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two readers find the text as a value, and as no name of anything."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    interpretation, ledger = spoken(text)
    triples = describe((interpretation,), ledger, samples.knowledge(), samples.ISSUED)
    body = serialise(triples, media)

    graph = rdflib.Graph().parse(data=body, format=media)

    assert len(graph) == len(triples)
    expected = as_term(Text(text), media)
    assert rdflib.Literal(expected.value) in {
        rdflib.Literal(str(o)) for o in graph.objects(None, rdflib.DCTERMS.identifier)
    }
    names = {str(t) for triple in graph for t in triple if isinstance(t, rdflib.URIRef)}
    assert text not in names
    assert not [n for n in names if n.startswith(("urn:x:", "javascript:", "urn:evil"))]


@given(
    st.one_of(
        TEXTS.map(lambda text: f"http://{text}"),
        TEXTS.map(lambda text: f"http://example.org/{text}"),
        TEXTS.map(lambda text: f"urn:uuid:{text}"),
        TEXTS,
    )
)
@settings(max_examples=300)
def test_what_passes_for_an_iri_is_one(text: str) -> None:
    """The library's own check would refuse it otherwise, and with it the answer."""
    named = sent_iri(text, DPO)
    if named is not None:
        assert NamedNode(named.value).value == text
        assert not set(text) & set(' <>"{}|\\^`')


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org/fhir/Patient/1",
        "https://example.org:8443/fhir/Observation/a-b.c/_history/2",
        "http://example.org/fhir/Observation?identifier=a%7Cb&x=%20#part",
        "urn:uuid:5f718077-8eba-5137-bd64-6be3ce29d226",
        "urn:oid:1.2.3",
    ],
)
def test_an_absolute_reference_is_an_iri(text: str) -> None:
    """What FHIR calls an absolute literal reference."""
    assert sent_iri(text, DPO) == Iri(text)
    assert NamedNode(text).value == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Patient/1",
        "#contained",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "data:text/html,x",
        "javascript:alert(1)",
        "http://",
        "http://exa mple.org/",
        "http://example.org/é",
        "http://example.org/%zz",
        "http://example.org/a#b#c",
        "http://example.org:port/",
        "http://user@example.org/",
        "http://[::1]/Patient/1",
        "urn:uuid:",
        "urn:x:<y>",
        f"{DPO}cause_idiopathic",
    ],
)
def test_what_is_no_plain_absolute_iri_stays_a_literal(text: str) -> None:
    """A relative reference means nothing elsewhere; our own names are ours alone."""
    assert sent_iri(text, DPO) is None


# --- over HTTP ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", FHIR_JSON),
        ("*/*", FHIR_JSON),
        ("text/turtle", TURTLE),
        ("text/*", TURTLE),
        ("application/n-triples", "application/n-triples"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml", XML),
        ("Text/Turtle; charset=utf-8", TURTLE),
        ("application/*", FHIR_JSON),
        ("application/json, text/turtle", PLAIN_JSON),
        ("text/turtle, application/fhir+json", FHIR_JSON),
        ("text/turtle, */*;q=0.1", TURTLE),
        ("text/turtle;q=0.9, application/fhir+json;q=0.8", TURTLE),
        ("text/turtle;q=0.8, application/ld+json;q=0.9", "application/ld+json"),
        ("text/turtle;q=0, */*", FHIR_JSON),
        ("application/fhir+json;q=0, application/json;q=0, */*", TURTLE),
        ("text/html, application/xhtml+xml, */*;q=0.8", FHIR_JSON),
    ],
)
def test_the_media_type_is_negotiated(accept: str, chosen: str) -> None:
    """FHIR wins when both are wanted as much."""
    assert choose_type(accept, offers=(*FHIR_TYPES, *RDF_TYPES)) == chosen


def post(client: FlaskClient, body: bytes, url: str = "", **headers: str) -> Any:
    """One request to $interpret."""
    address = url or "/fhir/$interpret"
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return client.post(
        address, data=body, content_type="application/fhir+json", headers=sent
    )


@pytest.mark.parametrize("media", FORMS)
@pytest.mark.parametrize(
    "url", ["/fhir/$interpret", "/fhir/DiagnosticReport/$interpret"]
)
def test_both_operations_answer_in_rdf(
    url: str, media: str, client: FlaskClient, bundle: bytes
) -> None:
    """With the type that was asked for, and never stored by anybody."""
    answer = post(client, bundle, url, Accept=media)

    assert (answer.status_code, answer.mimetype) == (200, media)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Language"] == "en"
    form = RdfFormat.from_media_type(media)
    assert form is not None
    assert [*parse(answer.data, format=form)]


def test_both_operations_say_the_same_in_rdf(
    client: FlaskClient, bundle: bytes
) -> None:
    """A graph has no form of FHIR, so the one report is the same report."""
    one, every = (
        post(client, bundle, url, Accept=TURTLE).data
        for url in ("/fhir/DiagnosticReport/$interpret", "/fhir/$interpret")
    )

    assert one == every


def test_the_names_are_those_of_the_fhir_answer(
    client: FlaskClient, bundle: bytes
) -> None:
    """The fullUrl of the DiagnosticReport is the IRI of the report."""
    document = post(client, bundle).get_json()
    said = index(post(client, bundle, Accept=TURTLE).data)

    assert instances(said, "report") == [document["entry"][0]["fullUrl"]]


def test_the_language_of_texts_is_chosen(client: FlaskClient, bundle: bytes) -> None:
    """By `_language`, and each text says its language."""
    answer = post(client, bundle, "/fhir/$interpret?_language=fr", Accept=TURTLE)
    said = index(answer.data)

    (report,) = instances(said, "report")

    assert answer.headers["Content-Language"] == "fr"
    (text,) = said[report][f"{DCTERMS}abstract"]
    assert isinstance(text, Literal)
    assert text.language == "fr"


def test_format_takes_a_full_media_type(client: FlaskClient, bundle: bytes) -> None:
    """It counts more than Accept."""
    answer = post(
        client, bundle, "/fhir/$interpret?_format=text/turtle", Accept=FHIR_JSON
    )

    assert answer.mimetype == TURTLE


@pytest.mark.parametrize("name", ["ttl", "turtle", "application/fhir+turtle"])
def test_the_rdf_of_fhir_is_not_promised(
    name: str, client: FlaskClient, bundle: bytes
) -> None:
    """FHIR's short names mean its own RDF, which is another graph."""
    answer = post(client, bundle, f"/fhir/$interpret?_format={name}")

    assert answer.status_code == 406
    assert all(
        media in answer.get_json()["issue"][0]["diagnostics"] for media in RDF_TYPES
    )


@pytest.mark.parametrize(
    "query", ["_type=transaction", "_type=collection", "_contained=true"]
)
def test_a_form_of_fhir_is_refused_for_rdf(
    query: str, client: FlaskClient, bundle: bytes
) -> None:
    """It asks for something else, and nothing is passed over in silence."""
    answer = post(client, bundle, f"/fhir/$interpret?{query}", Accept=TURTLE)

    assert (answer.status_code, answer.mimetype) == (400, FHIR_JSON)


def test_errors_stay_json(client: FlaskClient) -> None:
    """An OperationOutcome says more than an empty graph."""
    answer = post(client, b"{}", Accept=TURTLE)

    assert answer.mimetype == FHIR_JSON
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_one_subject_stays_one_subject(client: FlaskClient) -> None:
    """The operation on DiagnosticReport refuses two, in whatever form."""
    url = "/fhir/DiagnosticReport/$interpret"
    answer = post(client, two_subjects(), url, Accept=TURTLE)

    assert answer.status_code == 422


def test_other_routes_offer_no_rdf(client: FlaskClient) -> None:
    """A CapabilityStatement is FHIR."""
    assert client.get("/fhir/metadata", headers={"Accept": TURTLE}).status_code == 406


# --- nothing is published ----------------------------------------------------------


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_public_dataset_holds_no_report(client: FlaskClient, bundle: bytes) -> None:
    """Counted by the processes that serve it, before and after reports were made."""
    before = served(client, "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }")
    said = index(post(client, bundle, Accept=TURTLE).data)
    (report,) = instances(said, "report")

    after = served(client, "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }")

    assert before == after
    assert served(client, f"ASK {{ <{report}> ?p ?o }}")["boolean"] is False
    instance = f"ASK {{ ?s a <{DPO}report> }}"
    assert served(client, instance)["boolean"] is False


def served(client: FlaskClient, query: str) -> Json:
    """The answer of the public endpoint."""
    answer = client.post("/sparql", data=query, content_type="application/sparql-query")
    assert answer.status_code == 200, answer.data
    found: Json = json.loads(answer.data)
    return found


def readers_of_rdf() -> list[str]:
    """The modules of SPARQL that have the library which reads the dataset."""
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "service/sparql").rglob("*.py"))
        if "import pyoxigraph" in path.read_text("utf-8")
    ]


@pytest.mark.parametrize(
    ("modules", "never"),
    [
        (
            ["service.rdf.report", "service.rdf.serialise"],
            ("service.sparql", "flask"),
        ),
        (
            readers_of_rdf(),
            ("service.rdf", "service.interpret", "service.fhir", "service.model"),
        ),
    ],
    ids=["reports", "the dataset"],
)
def test_nothing_leads_from_reports_to_the_dataset(
    modules: list[str], never: tuple[str, ...]
) -> None:
    """Who writes reports loads no SPARQL; the process with the data knows no case."""
    names = ", ".join(modules)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {names}; print(*sys.modules, sep='\\n')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = done.stdout.split()
    assert set(modules) <= set(loaded)
    assert modules
    assert [name for name in loaded if name.startswith(never)] == []


def test_the_door_for_rdf_only_writes() -> None:
    """Of the library that can also read and ask, the service takes the writer."""
    tree = ast.parse((ROOT / "service/rdf/serialise.py").read_text("utf-8"))

    taken = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "pyoxigraph"
        for alias in node.names
    }

    assert taken == {"Literal", "NamedNode", "RdfFormat", "Triple", "serialize"}


# --- command line and documentation ------------------------------------------------


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("turtle", TURTLE),
        ("ntriples", "application/n-triples"),
        ("jsonld", "application/ld+json"),
        ("rdfxml", XML),
    ],
)
def test_the_command_line_writes_rdf(name: str, media: str, tmp_path: Path) -> None:
    """One file for one document, to be queried with others."""
    path = tmp_path / "report"

    code = cli.main(
        ["interpret", str(CASES / "gerd-36m"), "--format", name, "-o", str(path)]
    )

    assert code == 0
    form = RdfFormat.from_media_type(media)
    assert form is not None
    quads = [*parse(path.read_bytes(), format=form)]
    assert quads
    assert {quad.graph_name for quad in quads} == {DefaultGraph()}


def test_the_page_has_every_word_of_ours() -> None:
    """Each own class and property of the vocabulary has its row."""
    page = (ROOT / "docs/reference/rdf-report.md").read_text("utf-8")
    own = {
        value.value.removeprefix(DPO)
        for value in vars(vocabulary).values()
        if isinstance(value, Iri) and value.value.startswith(DPO)
    }

    assert [name for name in sorted(own) if f"`dpo:{name}`" not in page] == []


def test_the_example_of_the_page_runs(
    answers: dict[str, Answer], knowledge: Knowledge, tmp_path: Path
) -> None:
    """One query over files of reports, as a reader would copy it."""
    page = (ROOT / "docs/reference/rdf-report.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "ontology").symlink_to(ROOT / "ontology")
    (tmp_path / "reports").mkdir()
    for name, answer in answers.items():
        path = tmp_path / "reports" / f"{name}.ttl"
        path.write_bytes(as_rdf(answer, knowledge))

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "dpo_supported" in done.stdout
