"""What each command does: reads a file, calls the line, writes text.

The parser is in `cli`; a command takes its options and raises what went wrong.
"""

from __future__ import annotations

import argparse
import difflib
import io
import json
import os
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from service.config import from_env
from service.explain import render_explanation, render_leading
from service.fhir import releases
from service.fhir.reader import ReadOptions
from service.fhir.request import Asked, patient_id
from service.fhir.scope import ledger_of
from service.fhir.writer import WriteOptions
from service.interpret import Answer, Options, interpret
from service.media import RDF_TYPES
from service.page import render_pages
from service.pinned import find_releases, pin
from service.rdf.report import describe
from service.rdf.serialise import serialise
from service.reasoning.knowledge import Knowledge, load
from service.show import render_concept
from service.sparql.build import limits_of
from service.sparql.command import answer_query, list_questions
from service.sparql.queries import SavedQueries, load_queries
from service.text import render_text
from service.wording import word_report
from service.wording.ledger import note_text
from service.wording.lexicon import open_lexicon

NDJSON_ENDINGS = (".ndjson", ".jsonl")
STANDARD = "-"
CASE_FILE = "bundle.json"
# What tells a query from the name of a file. Only a DESCRIBE may do without braces.
SPARQL = re.compile(r"[{}\n]|\bDESCRIBE\s*[\w.-]*[:<]", re.IGNORECASE)
# The formats of `dpo interpret` that are RDF, by the names of their media types.
RDF_FORMATS = dict(
    zip(("turtle", "ntriples", "jsonld", "rdfxml"), RDF_TYPES, strict=True)
)


class Unusable(Exception):
    """The command cannot be carried out as it was given: exit code 2."""


class Failed(Exception):
    """The command was right and did not succeed: exit code 1."""


def interpret_file(options: argparse.Namespace) -> None:
    """`dpo interpret`: one report for each subject of a document."""
    if bool(options.file) is bool(options.from_server):
        raise Unusable("name a FILE, or a patient with --from-server: one of them")
    if options.write and not options.from_server:
        raise Unusable("--write needs --from-server: a file is not on the FHIR server")
    knowledge = open_release(options.ontology)
    issued = datetime.now(UTC)
    read = interpret_patient if options.from_server else read_and_interpret
    answer = read(options, knowledge, issued)
    if options.format in RDF_FORMATS:
        text = render_rdf(answer, knowledge, issued, options)
    else:
        text = render(answer, knowledge, options)
    write(text, options.output)
    lexicon = open_lexicon(knowledge, options.lang)
    for remark in answer.remarks:
        print(f"dpo: {note_text(remark, lexicon)}", file=sys.stderr)


def open_release(version: str | None) -> Knowledge:
    """The ontology of the build (None), or the release that is asked for."""
    config = from_env()
    current = load(config.build)
    if version in (None, current.version):
        return current
    releases = find_releases(config.releases, current)
    if version not in releases.versions:
        there = ", ".join(releases.versions)
        raise Unusable(f"there is no ontology release {version!a}: there are {there}")
    return releases.open(version)


def read_and_interpret(
    options: argparse.Namespace, knowledge: Knowledge, issued: datetime
) -> Answer:
    """The line, for one document."""
    writing = WriteOptions(language=options.lang)
    wanted = Options(reading_of(options, issued), writing)
    return interpret(read_file(options.file), knowledge, issued, wanted)


def reading_of(options: argparse.Namespace, received: datetime) -> ReadOptions:
    """How the document of a command is read."""
    return ReadOptions(
        media="ndjson" if options.file.endswith(NDJSON_ENDINGS) else "json",
        fhir_version=options.fhir_version,
        strict=options.strict,
        max_entries=from_env().max_entries,
        received=received,
    )


def interpret_patient(
    options: argparse.Namespace, knowledge: Knowledge, issued: datetime
) -> Answer:
    """The line, for a patient of the FHIR server."""
    # Only here, since it loads the HTTP client.
    from service.stored import interpret_record, upstream_of  # noqa: PLC0415

    upstream = upstream_of(from_env())
    if upstream is None:
        raise Unusable("set DPO_FHIR_BASE_URL to the base of the FHIR server")
    if options.fhir_version != releases.R4:
        raise Unusable("records are read as FHIR 4.0: leave --fhir-version out")
    id = patient_id(Asked(options.from_server), upstream.base)
    reading = ReadOptions(strict=options.strict, received=issued)
    writing = WriteOptions(language=options.lang)
    return interpret_record(
        upstream,
        id,
        knowledge,
        issued,
        Options(reading, writing),
        write=options.write,
    )


def read_file(path: str) -> bytes:
    """The bytes of a file, of the Bundle in a case folder, or of standard input."""
    if path == STANDARD:
        return sys.stdin.buffer.read()
    place = Path(path)
    if place.is_dir():
        place /= CASE_FILE
    try:
        return place.read_bytes()
    except OSError as problem:
        raise Unusable(f"cannot read {place}: {problem.strerror}") from None


def render(answer: Answer, knowledge: Knowledge, options: argparse.Namespace) -> str:
    """The answer in the format asked for."""
    if options.format == "fhir":
        return json.dumps(answer.document, ensure_ascii=False, indent=2) + "\n"
    cases = [item.case for item in answer.interpretations]
    wordings = [
        word_report(
            item, ledger_of(item.case, cases, answer.ledger), knowledge, options.lang
        )
        for item in answer.interpretations
    ]
    if options.format == "html":
        return render_pages(wordings)
    colour = options.color == "always" or (
        options.color == "auto"
        and options.output is None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
    )
    reports = [
        render_text(wording, explain=options.explain, colour=colour)
        for wording in wordings
    ]
    return "\n".join(reports)


def ask_dataset(options: argparse.Namespace) -> None:
    """`dpo sparql`: a query over the dataset of the build, or the list of questions."""
    config = from_env()
    saved = load_queries(config.build)
    if options.list:
        write(list_questions(saved, options.lang), None)
        return
    if options.query is None:
        raise Unusable("name a query, a file or a saved question, or use --list")
    text = read_query(options.query, saved)
    limits = limits_of(config)
    write(
        answer_query(config.build, limits, text, options.format, saved.prefixes), None
    )


def read_query(query: str, saved: SavedQueries) -> str:
    """The SPARQL that is meant: of a saved question, of a file, or as it stands."""
    if query in saved.queries:
        return saved[query].text
    if query == STANDARD or not SPARQL.search(query):
        try:
            return read_file(query).decode()
        except UnicodeDecodeError:
            raise Unusable(f"{query} is not UTF-8") from None
    return query


def render_rdf(
    answer: Answer, knowledge: Knowledge, issued: datetime, options: argparse.Namespace
) -> str:
    """The answer as RDF: all reports in one graph."""
    triples = describe(
        answer.interpretations, answer.ledger, knowledge, issued, options.lang
    )
    return serialise(triples, RDF_FORMATS[options.format]).decode()


def write(text: str, path: str | None = None) -> None:
    """UTF-8 into a file; a terminal with another encoding gets what it can show."""
    if path is not None:
        try:
            Path(path).write_text(text, encoding="utf-8")
        except OSError as problem:
            raise Unusable(f"cannot write {path}: {problem.strerror}") from None
        return
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.stdout.write(text)


def verify_reports(options: argparse.Namespace) -> None:
    """`dpo verify`: a reasoner derives every value of a report again."""
    # Only here, since nothing else needs it.
    from service.verify.command import Unverifiable, verify_file  # noqa: PLC0415

    content, folder = read_file(options.report), options.owl
    try:
        text, is_verified = verify_file(content, from_env(), folder)
    except Unverifiable as problem:
        raise Unusable(str(problem)) from None
    write(text)
    if not is_verified:
        raise Failed("not every report is verified")


def explain_concept(options: argparse.Namespace) -> None:
    """`dpo explain`: why, why not and what next, for one concept of each case.

    Without a concept, for the leading conclusion.
    """
    knowledge = open_release(options.ontology)
    concept = known_concept(options.concept, knowledge) if options.concept else ""
    answer = read_and_interpret(options, knowledge, datetime.now(UTC))
    texts = [
        render_explanation(item, concept, knowledge, options.lang)
        if concept
        else render_leading(item, knowledge, options.lang)
        for item in answer.interpretations
    ]
    write("\n".join(texts))


def suppose_facts(options: argparse.Namespace) -> None:
    """`dpo what-if`: what a report would say if some facts were others."""
    from service.what_if_command import Misread, answer_what_if  # noqa: PLC0415

    knowledge = open_release(options.ontology)
    reading = replace(reading_of(options, datetime.now(UTC)), one_subject=True)
    try:
        text = answer_what_if(options, read_file(options.file), knowledge, reading)
    except Misread as problem:
        raise Unusable(str(problem)) from None
    write(text)


def known_concept(concept: str, knowledge: Knowledge) -> str:
    """The id itself; Unusable, with ids that look alike, when there is none."""
    if concept in knowledge.concepts:
        return concept
    alike = difflib.get_close_matches(concept, knowledge.concepts, n=3)
    hint = f"; did you mean {', '.join(alike)}?" if alike else ""
    raise Unusable(f"the ontology has no concept {concept!a}{hint}")


def run_server(options: argparse.Namespace) -> None:
    """`dpo serve`: refuses to start without settings and knowledge that are sound."""
    # Only here, since it loads Flask and gunicorn, which need a POSIX system.
    from service.serve import Binding, serve  # noqa: PLC0415

    load(from_env().build)
    serve(Binding(options.host, options.port, options.workers, options.threads))


def build_ontology(options: argparse.Namespace) -> None:
    """`dpo ontology build|check`: the compiler, where it is installed."""
    try:
        from ontology.compiler.__main__ import main  # noqa: PLC0415  # another group
    except ImportError as problem:
        raise Unusable(
            f"the compiler needs {problem.name}: in a checkout, run "
            "`uv run --group reasoner dpo ontology build`"
        ) from None
    if main(["--check"] if options.check else []):
        raise Failed("the ontology build does not stand")


def show_concept(options: argparse.Namespace) -> None:
    """`dpo ontology show`: one concept with its texts, place, codes and sources."""
    knowledge = load(from_env().build)
    concept = known_concept(options.concept, knowledge)
    write(render_concept(concept, knowledge, options.lang))


def compare_releases(options: argparse.Namespace) -> None:
    """`dpo ontology diff`: what changed, and which conclusions change with it."""
    # Only here: no other command makes cases.
    from service.regression.command import answer_difference  # noqa: PLC0415

    text, is_same = answer_difference(options, from_env())
    write(text)
    if options.check and not is_same:
        raise Failed("the releases differ")


def pin_release(options: argparse.Namespace) -> None:  # noqa: ARG001  # as all commands
    """`dpo ontology pin`: keep the release of the build for those who ask for it."""
    config = from_env()
    place = pin(config.build, config.releases)
    write(f"release {place.name} is in {place}\n")
