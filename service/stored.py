"""The line for a patient of the FHIR server: read the record, interpret, write back.

Reading and writing are exchanges of their own, each with its own deadline. Source:
contract, section 7.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime

from service.config import Config
from service.errors import Problem, ServiceError
from service.fhir.client import Exchange, Upstream
from service.fhir.codes import Resource
from service.fhir.exact_json import write_json
from service.fhir.identity import Form, ledger_url
from service.fhir.outcome import ledger_outcome
from service.fhir.phrases import note
from service.fhir.record import Record, read_record
from service.fhir.strict_json import parse
from service.fhir.write_back import write_back
from service.fhir.writer import WriteOptions, write_answer
from service.interpret import Answer, Options, interpret
from service.reasoning.knowledge import Knowledge

ENTRY = re.compile(r"Bundle\.entry\[(\d+)\]\.resource")


def upstream_of(config: Config) -> Upstream | None:
    """The FHIR server of the settings, None where there is none."""
    if not config.fhir_base_url:
        return None
    return Upstream(
        base=config.fhir_base_url,
        token=config.fhir_token,
        certificates=config.fhir_ca,
        seconds=config.fhir_seconds,
        pages=config.fhir_pages,
        mib=config.fhir_mib,
    )


def interpret_record(
    upstream: Upstream,
    id: str,
    knowledge: Knowledge,
    issued: datetime,
    options: Options,
    *,
    write: bool = False,
) -> Answer:
    """The answer for the Patient of that id, written to the server if asked for.

    Raises NotFound (404), UpstreamFailed, UpstreamRefused and UpstreamConflict (502),
    UpstreamTimeout (504), and what `interpret` raises, with the resource named.
    """
    with Exchange(upstream) as exchange:
        record = read_record(exchange, id)
    reading = replace(options.reading, record=f"Patient/{id}", gaps=record.gaps)
    try:
        answer = interpret(
            record.document, knowledge, issued, replace(options, reading=reading)
        )
    except ServiceError as error:
        name_resources(error, record)
        raise
    if not write:
        return answer
    return write_answer_back(upstream, answer, knowledge, issued, options.writing)


def write_answer_back(
    upstream: Upstream,
    answer: Answer,
    knowledge: Knowledge,
    issued: datetime,
    options: WriteOptions,
) -> Answer:
    """The same answer as it stands on the server after writing."""

    def make(beside: bool, stored: str | None) -> Resource:
        at = datetime.fromisoformat(stored) if stored else issued
        writing = replace(options, form=Form.TRANSACTION, beside=beside)
        return write_answer(
            answer.interpretations, answer.ledger, knowledge, at, writing
        )

    with Exchange(upstream) as exchange:
        written = write_back(exchange, make)
    gaps = [gap for item in answer.interpretations for gap in item.case.gaps]
    said = note(f"note_written_{written.outcome}", "")
    outcome = ledger_outcome(
        answer.ledger, knowledge, options.language, remarks=(said, *gaps)
    )
    entry = {"fullUrl": ledger_url([written.report["id"]]), "resource": outcome}
    entries = [*written.answer["entry"], entry]
    # A report as a human left it holds numbers as strict_json reads them.
    document = json.loads(write_json(written.answer | {"entry": entries}))
    return replace(answer, document=document, remarks=(said,))


def name_resources(error: ServiceError, record: Record) -> None:
    """Let the paths of an error about a record begin at a resource, and name it.

    Nobody has posted the Bundle that the record was put into.
    """
    entries = parse(record.document).root["entry"]
    error.problems = tuple(
        name_resource(problem, entries) for problem in error.problems
    )


def name_resource(problem: Problem, entries: list[Resource]) -> Problem:
    """One problem, with `Type/id` in its message and a path below the type."""
    found = ENTRY.match(problem.expression or "")
    if found is None:
        return replace(problem, expression=None)
    resource = entries[int(found[1])]["resource"]
    kind = resource["resourceType"]
    path = (problem.expression or "")[found.end() :]
    return replace(
        problem,
        message=f"{problem.message} ({kind}/{resource['id']})",
        expression=f"{kind}{path}",
    )
