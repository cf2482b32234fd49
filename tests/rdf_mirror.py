"""What an answer says, read twice: from its FHIR resources and from its RDF.

Both readers give the same nested values and share nothing of the service but a word of
the ledger, so that they agree only when both forms say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse

Json = dict[str, Any]
Term = NamedNode | Literal
# What is said of each thing: subject, property, values.
Said = dict[str, dict[str, list[Term]]]
Told = dict[str, Any]

BASE = "https://w3id.org/pulmonary-ossification"
DPO = f"{BASE}/"
JUSTIFICATION = f"{BASE}/StructureDefinition/justification"
PROV = "http://www.w3.org/ns/prov#"
DCTERMS = "http://purl.org/dc/terms/"
DCAT = "http://www.w3.org/ns/dcat#"
OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SPDX = "http://spdx.org/rdf/terms#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
COUNTS = {
    "criteria_met": "criteriaMetCount",
    "criteria_contradicted": "criteriaContradictedCount",
    "criteria_unknown": "criteriaUnknownCount",
    "rank": "hasRank",
}


# --- from FHIR ---------------------------------------------------------------------


def told_by_fhir(document: Json) -> Told:
    """Every report of a collection by its fullUrl, and the ledger of all."""
    resources = {entry["fullUrl"]: entry["resource"] for entry in document["entry"]}
    reports: list[list[tuple[str, Json]]] = []
    for url, resource in resources.items():
        if resource["resourceType"] == "DiagnosticReport":
            reports.append([])
        reports[-1].append((url, resource))
    *_, outcome = resources.values()
    return {
        "reports": {parts[0][0]: fhir_report(dict(parts)) for parts in reports},
        "ledger": {
            (
                issue["severity"],
                issue["code"],
                issue["details"]["text"],
                *issue["expression"],
            )
            for issue in outcome["issue"]
            if "expression" in issue
        },
    }


def of_type(parts: dict[str, Json], type: str) -> dict[str, Json]:
    """The resources of one type."""
    return {u: r for u, r in parts.items() if r["resourceType"] == type}


def fhir_report(parts: dict[str, Json]) -> Told:
    """One report with all its parts."""
    ((_, report),) = of_type(parts, "DiagnosticReport").items()
    ((agent, device),) = of_type(parts, "Device").items()
    ((_, provenance),) = of_type(parts, "Provenance").items()
    ((_, guidance),) = of_type(parts, "GuidanceResponse").items()
    versions = {v["type"]["text"]: v["value"] for v in device["version"]}
    period = report.get("effectivePeriod", {})
    return {
        "identifier": report["identifier"][0]["value"],
        "status": report["status"],
        "subject": report.get("subject", {}).get("reference"),
        "time": report.get("effectiveDateTime")
        or (period.get("start"), period.get("end")),
        "issued": {report["issued"], provenance["recorded"]},
        "language": report["language"],
        "conclusion": report["conclusion"],
        "title": report["code"]["text"],
        "labels": {fhir_coding(c) for c in report["meta"]["security"]},
        "kinds": {
            fhir_coding(c)
            for concept in (*report["category"], report["code"])
            for c in concept.get("coding", ())
        },
        "concludes": {c["coding"][0]["code"] for c in report["conclusionCode"]}
        if "conclusionCode" in report
        else set(),
        "agent": (agent, device["identifier"][0]["value"], versions["software"]),
        "ontology": (versions["ontology"], versions["ontology IRI"]),
        "rules": versions.get("rule set, SHA-256"),
        "sources": {
            entity["what"]["reference"]
            for entity in provenance["entity"]
            if entity["role"] == "source"
        },
        "targets": set(of_type(parts, "Observation"))
        | set(of_type(parts, "DetectedIssue")),
        "conclusions": {
            u: fhir_conclusion(r) for u, r in of_type(parts, "Observation").items()
        },
        "conflicts": {
            u: fhir_conflict(r) for u, r in of_type(parts, "DetectedIssue").items()
        },
        "guidance": guidance["status"],
        "requests": [
            (r["codeFilter"][0]["code"][0]["code"], r["type"])
            for r in guidance.get("dataRequirement", ())
        ],
    }


def fhir_coding(coding: Json) -> tuple[str, str, str]:
    """System, code and display."""
    return coding.get("system", ""), coding.get("code", ""), coding.get("display", "")


def own_code(concept: Json) -> str:
    """The code of CodeSystem dpo."""
    return str(concept["coding"][0]["code"])


def fhir_conclusion(resource: Json) -> Told:
    """An Observation: what it answers, and its proof."""
    told: Told = {
        "status": resource["status"],
        "question": own_code(resource["code"]),
        "answer": own_code(resource["valueCodeableConcept"]),
        "counts": {},
        "grade": None,
        "contested": set(),
        "criteria": {},
    }
    for component in resource.get("component", ()):
        code = own_code(component["code"])
        if "valueInteger" in component:
            told["counts"][COUNTS[code]] = component["valueInteger"]
            continue
        value = own_code(component["valueCodeableConcept"])
        if code == "grade":
            told["grade"] = value
        elif code == "contested_value":
            told["contested"].add(value)
        else:
            parts = proof_parts(component)
            sources = {p["valueString"] for p in parts if p["url"] == "source"}
            told["criteria"][code] = (value, sources, fhir_claims(parts))
    parts = proof_parts(resource)
    told["axioms"] = dict(
        fhir_axiom(part["extension"]) for part in parts if part["url"] == "axiom"
    )
    told["facts"] = Counter(
        fhir_fact(part["extension"]) for part in parts if part["url"] == "fact"
    )
    for name in ("lookedFor", "notOnRecord"):
        told[name] = {p["valueString"] for p in parts if p["url"] == name}
    told["citations"] = dict(
        fhir_citation(p["extension"]) for p in parts if p["url"] == "citation"
    )
    return told


def proof_parts(holder: Json) -> list[Json]:
    """The parts of the justification extension."""
    return [
        part
        for extension in holder.get("extension", ())
        if extension["url"] == JUSTIFICATION
        for part in extension["extension"]
    ]


def fhir_axiom(parts: list[Json]) -> tuple[str, frozenset[str]]:
    """The id of an axiom and its sources."""
    (id,) = [part["valueString"] for part in parts if part["url"] == "id"]
    return id, frozenset(p["valueString"] for p in parts if p["url"] == "source")


def fhir_citation(parts: list[Json]) -> tuple[str, tuple[str, bool]]:
    """A source with its citation."""
    named = {part["url"]: part for part in parts}
    text = named["text"]["valueString"]
    return named["id"]["valueString"], (text, named["verified"]["valueBoolean"])


def fhir_claims(parts: list[Json]) -> set[tuple[object, ...]]:
    """Facts in short: concept, state and reference."""
    facts = [fhir_fact(p["extension"]) for p in parts if p["url"] == "fact"]
    return {(*fact[:2], fact[-1]) for fact in facts}


def fhir_fact(parts: list[Json]) -> tuple[object, ...]:
    """Everything that a fact says."""
    named = {part["url"]: part for part in parts}
    bounds = {
        side: named[side]["valueQuantity"] for side in ("low", "high") if side in named
    }
    codings = {
        key: named[key]["valueCoding"]["code"]
        for key in ("concept", "state", "value", "interpretation")
        if key in named
    }
    time = named.get("time", {})
    period = time.get("valuePeriod", {})
    return (
        codings["concept"],
        codings["state"],
        codings.get("value"),
        *(
            (float(bounds[side]["value"]), "comparator" in bounds[side])
            if side in bounds
            else None
            for side in ("low", "high")
        ),
        frozenset(q["code"] for q in bounds.values() if "code" in q),
        named.get("sent", {}).get("valueString"),
        codings.get("interpretation"),
        named.get("limit", {}).get("valueCode"),
        time.get("valueDateTime") or (period.get("start"), period.get("end")),
        "preliminary" in named,
        frozenset(fhir_coding(p["valueCoding"]) for p in parts if p["url"] == "code"),
        frozenset(
            p["valueReference"].get("reference") or p["valueReference"]["display"]
            for p in parts
            if p["url"] == "reference"
        ),
    )


def fhir_conflict(resource: Json) -> Told:
    """A DetectedIssue."""
    return {
        "status": resource["status"],
        "identifier": resource["identifier"][0]["value"],
        "concept": own_code(resource["code"]),
        "title": resource["code"]["text"],
        "text": resource["detail"],
        "facts": fhir_claims(proof_parts(resource)),
        "contested": {
            own_code(evidence["code"][0])
            for evidence in resource["evidence"]
            if "code" in evidence
        },
    }


# --- from RDF ----------------------------------------------------------------------


def index(turtle: bytes) -> Said:
    """What a graph says of each thing; a report has no blank node."""
    said: Said = {}
    for quad in parse(turtle, format=RdfFormat.TURTLE):
        subject, value = quad.subject, quad.object
        assert isinstance(subject, NamedNode)
        assert isinstance(value, NamedNode | Literal)
        properties = said.setdefault(subject.value, {})
        properties.setdefault(quad.predicate.value, []).append(value)
    return said


def told_by_rdf(turtle: bytes, words: dict[str, str]) -> Told:
    """Every report of a graph, and its ledger; `words` tell the places of entries."""
    said = index(turtle)
    reports = instances(said, "report")
    return {
        "reports": {report: rdf_report(report, said) for report in reports},
        "ledger": {
            told
            for entry in instances(said, "reportedEntry")
            for told in rdf_entry(entry, said, words)
        },
    }


def instances(said: Said, kind: str) -> list[str]:
    """The things of a class of the ontology."""
    return [
        thing
        for thing, properties in said.items()
        if NamedNode(f"{DPO}{kind}") in properties.get(f"{RDF}type", ())
    ]


def values(thing: str, name: str, said: Said) -> list[str]:
    """The values of a property, as text; `name` is local to the ontology or an IRI."""
    iri = name if ":" in name else f"{DPO}{name}"
    return [item.value for item in said.get(thing, {}).get(iri, ())]


def value(thing: str, name: str, said: Said) -> str | None:
    """The one value of a property, or None."""
    found = values(thing, name, said)
    assert len(found) <= 1, (thing, name, found)
    return found[0] if found else None


def local(iris: list[str]) -> list[str]:
    """The ids of terms of the ontology."""
    assert all(iri.startswith(DPO) for iri in iris), iris
    return [iri.removeprefix(DPO) for iri in iris]


def only(items: list[str]) -> str | None:
    """The one item, or None."""
    assert len(items) <= 1, items
    return items[0] if items else None


def parts_of(report: str, kind: str, said: Said) -> list[str]:
    """The parts of a report of one class."""
    return [
        part
        for part in instances(said, kind)
        if values(part, f"{DCTERMS}isPartOf", said) == [report]
    ]


def rdf_report(report: str, said: Said) -> Told:
    """One report with all its parts."""
    activity = value(report, f"{PROV}wasGeneratedBy", said) or ""
    agent = value(activity, f"{PROV}wasAssociatedWith", said) or ""
    assert values(report, f"{PROV}wasAttributedTo", said) == [agent]
    used = values(activity, f"{PROV}used", said)
    (ontology,) = values(report, f"{PROV}wasDerivedFrom", said)
    assert ontology in used
    rules = [checksum for item in used for checksum in values(item, CHECKSUM, said)]
    conclusions = parts_of(report, "reportedConclusion", said)
    conflicts = parts_of(report, "reportedConflict", said)
    guidance = [
        part
        for part in said
        if values(part, f"{DCTERMS}isPartOf", said) == [report]
        and values(part, "fhirStatus", said)
        and part not in (*conclusions, *conflicts)
    ]
    subject = value(report, f"{DCTERMS}subject", said)
    requests = values(report, "asksFor", said)
    requests.sort(key=lambda request: int(value(request, "hasRank", said) or 0))
    return {
        "identifier": value(report, f"{DCTERMS}identifier", said),
        "status": value(report, "fhirStatus", said),
        "subject": value(subject, f"{DCTERMS}identifier", said) if subject else None,
        "time": rdf_time(report, said),
        "issued": {
            value(report, f"{DCTERMS}issued", said),
            value(activity, f"{PROV}endedAtTime", said),
        },
        "language": value(report, f"{DCTERMS}language", said),
        "conclusion": value(report, f"{DCTERMS}abstract", said),
        "title": value(report, f"{DCTERMS}title", said),
        "labels": rdf_codings(report, f"{DCTERMS}accessRights", said),
        "kinds": rdf_codings(report, f"{DCTERMS}type", said),
        "concludes": set(local(values(report, "concludes", said))),
        "agent": (
            agent,
            value(agent, f"{DCTERMS}identifier", said),
            value(agent, f"{OWL}versionInfo", said),
        ),
        "ontology": (value(ontology, f"{OWL}versionInfo", said), ontology),
        "rules": value(rules[0], f"{SPDX}checksumValue", said) if rules else None,
        "sources": {
            reference
            for item in used
            if not values(item, CHECKSUM, said)
            for reference in values(item, f"{DCTERMS}identifier", said)
        },
        "targets": {*conclusions, *conflicts},
        "conclusions": {item: rdf_conclusion(item, said) for item in conclusions},
        "conflicts": {item: rdf_conflict(item, said) for item in conflicts},
        "guidance": value(only(guidance) or "", "fhirStatus", said),
        "requests": [
            (
                only(local(values(request, "concerns", said))),
                value(request, "resourceType", said),
            )
            for request in requests
        ],
    }


CHECKSUM = f"{SPDX}checksum"


def rdf_time(holder: str, said: Said) -> str | tuple[str | None, str | None]:
    """A moment, or the two ends of a period."""
    period = value(holder, f"{DCTERMS}temporal", said) or ""
    ends = (
        value(period, f"{DCAT}startDate", said),
        value(period, f"{DCAT}endDate", said),
    )
    return value(holder, f"{DCTERMS}date", said) or ends


def rdf_codings(holder: str, name: str, said: Said) -> set[tuple[str, str, str]]:
    """Codes as they were sent; the system is the part of the token before the code."""
    found = set()
    for node in values(holder, name, said):
        code = value(node, f"{SKOS}notation", said) or ""
        token = value(node, f"{DCTERMS}identifier", said) or ""
        system = token[: len(token) - len(code)].removesuffix("|")
        scheme = value(node, f"{SKOS}inScheme", said)
        assert scheme in (None, system)
        found.add((system, code, value(node, LABEL, said) or ""))
    return found


def rdf_conclusion(node: str, said: Said) -> Told:
    """One conclusion and its proof."""
    counts = {
        name: int(count)
        for name in COUNTS.values()
        for count in values(node, name, said)
    }
    axioms = {
        value(axiom, f"{DCTERMS}identifier", said): frozenset(sources(axiom, said))
        for axiom in values(node, "restsOn", said)
    }
    named = {source for found in axioms.values() for source in found}
    return {
        "status": value(node, "fhirStatus", said),
        "question": only(local(values(node, "answersQuestion", said))),
        "answer": only(local(values(node, "hasAnswer", said))),
        "counts": counts,
        "grade": only(local(values(node, "hasGrade", said))),
        "contested": set(local(values(node, "contestedAnswer", said))),
        "criteria": {
            only(local(values(part, "concerns", said))): (
                only(local(values(part, "inState", said))),
                set(sources(part, said)),
                rdf_claims(part, said),
            )
            for part in values(node, "weighs", said)
        },
        "axioms": axioms,
        "facts": Counter(
            rdf_fact(fact, said) for fact in values(node, f"{PROV}wasDerivedFrom", said)
        ),
        "lookedFor": set(local(values(node, "lookedFor", said))),
        "notOnRecord": set(local(values(node, "notOnRecord", said))),
        "citations": dict(rdf_citations(named, said)),
    }


def sources(node: str, said: Said) -> list[str]:
    """The ids of the sources that carry an axiom or a criterion."""
    iris = values(node, f"{DCTERMS}source", said)
    ids = [value(iri, f"{DCTERMS}identifier", said) or "" for iri in iris]
    assert iris == [f"{DPO}source/{id}" for id in ids]
    return ids


def rdf_citations(ids: set[str], said: Said) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Sources with what is cited of them."""
    for id in ids:
        text = value(f"{DPO}source/{id}", "citation", said)
        if text:
            verified = value(f"{DPO}source/{id}", "wasVerified", said)
            yield id, (text, verified == "true")


def rdf_claims(holder: str, said: Said) -> set[tuple[object, ...]]:
    """Facts in short: concept, state and reference."""
    facts = [
        rdf_fact(fact, said) for fact in values(holder, f"{PROV}wasDerivedFrom", said)
    ]
    return {(*fact[:2], fact[-1]) for fact in facts}


def rdf_fact(fact: str, said: Said) -> tuple[object, ...]:
    """Everything that a fact says."""
    sides: list[tuple[float, bool] | None] = []
    for closed, opened in (("atLeast", "greaterThan"), ("atMost", "lessThan")):
        bounds = [(float(n), False) for n in values(fact, closed, said)]
        bounds += [(float(n), True) for n in values(fact, opened, said)]
        assert len(bounds) <= 1
        sides.append(bounds[0] if bounds else None)
    return (
        only(local(values(fact, "concerns", said))),
        only(local(values(fact, "inState", said))),
        only(local(values(fact, "codedValue", said))),
        *sides,
        frozenset(values(fact, "unit", said)) if any(sides) else frozenset(),
        value(fact, "asSent", said),
        only(local(values(fact, "interpretedAs", said))),
        value(fact, "limitOrigin", said),
        rdf_time(fact, said),
        values(fact, "isPreliminary", said) == ["true"],
        frozenset(rdf_codings(fact, "groundedBy", said)),
        frozenset(
            value(source, f"{DCTERMS}identifier", said) or value(source, "readAt", said)
            for source in values(fact, f"{PROV}hadPrimarySource", said)
        ),
    )


def rdf_conflict(node: str, said: Said) -> Told:
    """One conflict."""
    return {
        "status": value(node, "fhirStatus", said),
        "identifier": value(node, f"{DCTERMS}identifier", said),
        "concept": only(local(values(node, "concerns", said))),
        "title": value(node, f"{DCTERMS}title", said),
        "text": value(node, f"{DCTERMS}description", said),
        "facts": rdf_claims(node, said),
        "contested": set(local(values(node, "leavesContested", said))),
    }


def rdf_entry(entry: str, said: Said, words: dict[str, str]) -> Iterator[object]:
    """The issues that one entry of the ledger makes."""
    place = value(entry, "entryPlace", said) or ""
    path = values(entry, "readAt", said)
    remarks = values(entry, "hasRemark", said)
    if not remarks:
        severity = "error" if place == "refused" else "information"
        yield (severity, "informational", words[place], *path)
    for remark in remarks:
        text = value(remark, f"{DCTERMS}description", said)
        yield (
            value(remark, "severity", said),
            value(remark, "issueCode", said),
            f"{words[place]} {text}".strip(),
            *values(remark, "readAt", said),
        )


def has_blank_node(document: bytes, form: RdfFormat) -> bool:
    """Whether a graph has a node without a name."""
    return any(
        isinstance(node, BlankNode)
        for quad in parse(document, format=form)
        for node in (quad.subject, quad.object)
    )
