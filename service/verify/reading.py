"""A FHIR document to the reports of ours in it, in whatever form they were kept.

Read are the collection, the transaction, the contained form, and any Bundle of a FHIR
server that holds a report with its parts. Nothing is repaired: what a report of this
service always has and this one has not raises UnreadableReport.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from service.fhir.case_facts import CASE
from service.fhir.codes import JUSTIFICATION, OWN_PREFIX, system_uri
from service.fhir.identity import REPORT_SYSTEM
from service.fhir.json_values import is_oversized
from service.fhir.strict_json import parse
from service.fhir.times import read_period, read_time
from service.model import Finding, Interval, State, When
from service.reasoning.knowledge import Knowledge
from service.verify.claims import Bound, Certificate, Cited, Claim, Issued

Json: TypeAlias = dict[str, Any]
REPORT, ISSUE = "DiagnosticReport", "DetectedIssue"
# What a document of another form ends in, wherever it is read.
UNWRITTEN = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
FORM = "the report does not have the form in which this service writes it"


class UnreadableReport(ValueError):
    """What was given is no whole report of this service; the message says why."""


@dataclass(frozen=True, slots=True)
class _Document:
    """The resources of a document by every name that a reference may use."""

    resources: tuple[Json, ...]
    by_name: Mapping[str, Json]
    system: str


def read_reports(content: bytes, knowledge: Knowledge) -> tuple[Issued, ...]:
    """Every report of ours in a document, at least one.

    Raises UnreadableReport, and MalformedDocument for what is no JSON.
    """
    root = parse(content).root
    system = system_uri(knowledge, OWN_PREFIX)
    try:
        found = tuple(
            _read(report, _document(report, root, system)) for report in _reports(root)
        )
    except UNWRITTEN as problem:
        if isinstance(problem, UnreadableReport):
            raise
        raise UnreadableReport(FORM) from None
    if not found:
        raise UnreadableReport("the document holds no report of this service")
    return found


def _entries(root: Json) -> list[Json]:
    if root.get("resourceType") != "Bundle":
        return [{"resource": root}]
    return [entry for entry in root.get("entry", []) if entry.get("resource")]


def _reports(root: Json) -> Iterator[Json]:
    for entry in _entries(root):
        resource = entry["resource"]
        if resource.get("resourceType") == REPORT and _identifier(resource):
            yield resource


def _identifier(resource: Json) -> str:
    """The identifier of ours, "" for a resource of somebody else."""
    for item in resource.get("identifier", []):
        if item.get("system") == REPORT_SYSTEM:
            return str(item["value"])
    return ""


def _document(report: Json, root: Json, system: str) -> _Document:
    """What a report may refer to: what it contains, and the Bundle around it."""
    names: dict[str, Json] = {}
    resources: list[Json] = []
    for entry in _entries(root):
        resource = entry["resource"]
        resources.append(resource)
        if resource.get("id"):
            names[f"{resource['resourceType']}/{resource['id']}"] = resource
        if entry.get("fullUrl"):
            names[entry["fullUrl"]] = resource
    for resource in report.get("contained", []):
        resources.append(resource)
        names[f"#{resource['id']}"] = resource
    return _Document(tuple(resources), names, system)


def _read(report: Json, document: _Document) -> Issued:
    identifier = _identifier(report)
    parts = _parts(_extension(report, CASE))
    facts = tuple(map(str, parts.get("fact", ())))
    issues = [
        resource
        for resource in document.resources
        if resource.get("resourceType") == ISSUE
        and _identifier(resource).startswith(f"{identifier}/")
    ]
    return Issued(
        identifier=identifier,
        subject=str(_first(parts, "subject")),
        ontology=str(_first(parts, "ontology")),
        software=str(_first(parts, "software")),
        facts=facts,
        gaps=tuple(map(str, parts.get("gap", ()))),
        findings=tuple(map(_finding, facts)),
        claims=tuple(_claim(item, document) for item in report.get("result", [])),
        codes=tuple(
            coding["code"]
            for concept in report.get("conclusionCode", [])
            for coding in concept["coding"]
            if coding.get("system") == document.system
        ),
        contradictions=frozenset(
            (fact.concept, fact.state)
            for issue in issues
            for fact in _certificate(issue).facts
        ),
    )


def _finding(text: str) -> Finding:
    """The finding of a canonical text (`service.fhir.identity.canonical`)."""
    concept, state, value, bounds, unit, interpretation, moment = json.loads(text)
    texts = (concept, state, value, unit, interpretation, *bounds, *moment)
    if not all(isinstance(each, str) for each in texts):
        raise UnreadableReport(FORM)
    when = None
    if moment:
        start, end = map(datetime.fromisoformat, moment)
        when = When("", start, end)
    return Finding(
        concept=concept,
        state=State(state),
        sources=(),
        value=value,
        interval=_interval(*bounds) if bounds else None,
        unit=unit,
        interpretation=interpretation,
        when=when,
    )


def _interval(low: str, high: str, low_open: str, high_open: str) -> Interval:
    return Interval(
        _decimal(low) if low else None,
        _decimal(high) if high else None,
        low_open == str(True),
        high_open == str(True),
    )


def _decimal(text: str) -> Decimal:
    """A number that can be written out; InvalidOperation is no ValueError."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise UnreadableReport(FORM) from None
    if is_oversized(text) or not number.is_finite():
        raise UnreadableReport(FORM)
    return number


def _claim(reference: Json, document: _Document) -> Claim:
    name = reference["reference"]
    observation = document.by_name.get(name)
    if observation is None:
        # a server may refer to what it stores by its whole address
        observation = document.by_name.get("/".join(name.split("/")[-2:]))
    if observation is None:
        raise UnreadableReport("the report refers to a result that is not there")
    components: dict[str, tuple[str, ...]] = {}
    for item in observation.get("component", []):
        code = _code(item["code"], document.system)
        components[code] = (*components.get(code, ()), _value(item, document.system))
    return Claim(
        code=_code(observation["code"], document.system),
        value=_code(observation["valueCodeableConcept"], document.system),
        components=components,
        certificate=_certificate(observation),
    )


def _value(item: Json, system: str) -> str:
    if "valueInteger" in item:
        return str(item["valueInteger"])
    return _code(item["valueCodeableConcept"], system)


def _code(concept: Json, system: str) -> str:
    (code,) = [c["code"] for c in concept["coding"] if c.get("system") == system]
    return str(code)


# --- extensions --------------------------------------------------------------------


def _extension(resource: Json, url: str) -> Json:
    found = [item for item in resource.get("extension", []) if item["url"] == url]
    if len(found) != 1:
        name = url.rpartition("/")[2]
        raise UnreadableReport(f"the report has no {name} extension")
    return dict(found[0])


def _parts(extension: Json) -> dict[str, list[Any]]:
    """The nested extensions by name: their value, or the extension that has parts."""
    parts: dict[str, list[Any]] = {}
    for item in extension.get("extension", []):
        values = [value for key, value in item.items() if key.startswith("value")]
        parts.setdefault(item["url"], []).append(values[0] if values else item)
    return parts


def _first(parts: Mapping[str, list[Any]], name: str) -> Any:
    return parts.get(name, [""])[0]


def _certificate(resource: Json) -> Certificate:
    """The justification of a resource; one without has none."""
    if not any(e["url"] == JUSTIFICATION for e in resource.get("extension", [])):
        return Certificate()
    parts = _parts(_extension(resource, JUSTIFICATION))
    return Certificate(
        axioms=tuple(str(_first(_parts(a), "id")) for a in parts.get("axiom", ())),
        facts=tuple(_cited(_parts(fact)) for fact in parts.get("fact", ())),
        looked_for=tuple(map(str, parts.get("lookedFor", ()))),
        not_on_record=tuple(map(str, parts.get("notOnRecord", ()))),
    )


def _cited(parts: Mapping[str, list[Any]]) -> Cited:
    codes = {
        name: str(parts[name][0]["code"]) if name in parts else ""
        for name in ("concept", "state", "value", "interpretation")
    }
    return Cited(
        **codes,
        low=_bound(parts, "low"),
        high=_bound(parts, "high"),
        when=_when(_first(parts, "time")),
    )


def _bound(parts: Mapping[str, list[Any]], name: str) -> Bound:
    if name not in parts:
        return None
    quantity = parts[name][0]
    signs = {"low": ">", "high": "<"}
    is_open = "comparator" in quantity
    if is_open and quantity["comparator"] != signs[name]:
        raise UnreadableReport(FORM)
    number = _decimal(str(quantity["value"]))
    return number, is_open, str(quantity.get("code", ""))


def _when(time: Any) -> When | None:
    if isinstance(time, dict):
        return read_period(time)
    return read_time(time) if time else None
