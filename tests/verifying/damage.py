"""Ways to falsify a report: each yields damaged copies, and says which step breaks.

A damage that a report has no place for yields nothing. `forged` ones recompute the
identifier, as somebody would who knows how it is made.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.fhir.case_facts import CASE
from service.fhir.codes import JUSTIFICATION
from service.reasoning.knowledge import Knowledge
from tests.verifying.reports import Json, reports_in, resources_in

OTHER_AXIOM = "000000000000"


@dataclass(frozen=True, slots=True)
class Damage:
    """One way: its name, the kinds of fault that may name it, and what it does."""

    name: str
    kinds: frozenset[str]
    apply: Callable[[Json, Knowledge], Iterator[Json]]


DAMAGES: list[Damage] = []
Apply = Callable[[Json, Knowledge], Iterator[Json]]
Blind = Callable[[Json], Iterator[Json]]


def informed_damage(*kinds: str) -> Callable[[Apply], Apply]:
    """Add a way for which one has to know the ontology."""

    def add(apply: Apply) -> Apply:
        DAMAGES.append(Damage(apply.__name__, frozenset(kinds), apply))
        return apply

    return add


def damage(*kinds: str) -> Callable[[Blind], Blind]:
    """Add a way for which the document is enough."""

    def add(apply: Blind) -> Blind:
        name = apply.__name__
        DAMAGES.append(Damage(name, frozenset(kinds), lambda it, _: apply(it)))
        return apply

    return add


# --- where things stand ------------------------------------------------------------


def observations(document: Json) -> list[Json]:
    """The Observations of ours."""
    return [r for r in resources_in(document) if r["resourceType"] == "Observation"]


def code_of(concept: Json) -> str:
    """The first code of a CodeableConcept."""
    return str(concept["coding"][0]["code"])


def set_code(concept: Json, code: str) -> None:
    """Put another concept there."""
    concept["coding"][0]["code"] = code
    concept["coding"][0].pop("display", None)
    concept.pop("text", None)


def parts_of(resource: Json, url: str, name: str) -> list[Json]:
    """The parts with a name of an extension."""
    return [
        part
        for item in resource.get("extension", [])
        if item["url"] == url
        for part in item["extension"]
        if part["url"] == name
    ]


def drop(resource: Json, url: str, part: Json) -> None:
    """Take one part out of an extension."""
    for item in resource["extension"]:
        if item["url"] == url:
            item["extension"] = [each for each in item["extension"] if each is not part]


def proofs(document: Json) -> list[Json]:
    """The Observations with a justification."""
    return [
        o
        for o in observations(document)
        if any(e["url"] == JUSTIFICATION for e in o.get("extension", []))
    ]


def keep(resource: Json, element: str, wanted: Callable[[int, Json], bool]) -> None:
    """Keep those members of a list; FHIR allows no empty one."""
    left = [each for i, each in enumerate(resource.pop(element)) if wanted(i, each)]
    if left:
        resource[element] = left


def renewed(document: Json) -> Json:
    """The report with the identifier of the facts that it now has."""
    (report,) = reports_in(document)

    def values(name: str) -> list[str]:
        return [part["valueString"] for part in parts_of(report, CASE, name)]

    facts = [*sorted({*values("fact")}), *sorted(values("gap"))]
    subject = [*values("subject"), ""][0]
    parts = [subject, facts, *values("ontology"), *values("software")]
    text = json.dumps(parts, ensure_ascii=False).encode()
    old, new = report["identifier"][0]["value"], hashlib.sha256(text).hexdigest()
    again: Json = json.loads(json.dumps(document).replace(old, new))
    return again


# --- values ------------------------------------------------------------------------


def other_values(document: Json, code: str, knowledge: Knowledge) -> Iterator[Json]:
    """Every other value that a result may have."""
    for value in knowledge.concepts[code].allowed_values:
        damaged = copy.deepcopy(document)
        for each in observations(damaged):
            said = code_of(each["valueCodeableConcept"])
            if code_of(each["code"]) == code and said != value:
                set_code(each["valueCodeableConcept"], value)
                yield damaged


@informed_damage("value")
def the_assessment_is_changed(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """What the case comes to as a whole."""
    yield from other_values(document, knowledge.results.assessment, knowledge)


@informed_damage("value")
def the_criterion_is_changed(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """Whether the radiological criterion is met."""
    yield from other_values(document, knowledge.results.criterion, knowledge)


@informed_damage("value")
def the_pattern_is_changed(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """The form of the ossification."""
    yield from other_values(document, knowledge.results.pattern, knowledge)


@informed_damage("value")
def the_biopsy_advice_is_changed(
    document: Json, knowledge: Knowledge
) -> Iterator[Json]:
    """Whether a biopsy may be avoided."""
    yield from other_values(document, knowledge.results.biopsy, knowledge)


def candidates(document: Json, knowledge: Knowledge) -> list[Json]:
    """The Observations of causes and mimics."""
    kinds = (knowledge.results.cause, knowledge.results.mimic)
    return [o for o in observations(document) if code_of(o["code"]) in kinds]


def components(observation: Json, code: str) -> list[Json]:
    """The components of a code."""
    return [c for c in observation["component"] if code_of(c["code"]) == code]


@informed_damage("value")
def a_grade_is_changed(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """Raised or lowered."""
    results = knowledge.results
    grades = (results.likely, results.possible, results.unlikely, results.excluded)
    for place in range(len(candidates(document, knowledge))):
        for grade in grades:
            damaged = copy.deepcopy(document)
            candidate = candidates(damaged, knowledge)[place]
            (component,) = components(candidate, results.grade)
            if code_of(component["valueCodeableConcept"]) != grade:
                set_code(component["valueCodeableConcept"], grade)
                yield damaged


@informed_damage("value")
def two_ranks_are_exchanged(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """The second candidate becomes the leading one."""
    rank = knowledge.results.rank
    for place in range(1, len(candidates(document, knowledge))):
        damaged = copy.deepcopy(document)
        pair = candidates(damaged, knowledge)[place - 1 : place + 1]
        one, other = (components(candidate, rank)[0] for candidate in pair)
        one["valueInteger"], other["valueInteger"] = (
            other["valueInteger"],
            one["valueInteger"],
        )
        yield damaged


@informed_damage("value")
def a_count_is_changed(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """One more criterion is said to be met, contradicted or unknown."""
    results = knowledge.results
    for place in range(len(candidates(document, knowledge))):
        for code in (results.met, results.contradicted, results.unknown):
            damaged = copy.deepcopy(document)
            (component,) = components(candidates(damaged, knowledge)[place], code)
            component["valueInteger"] += 1
            yield damaged


@informed_damage("component")
def the_state_of_a_criterion_is_changed(
    document: Json, knowledge: Knowledge
) -> Iterator[Json]:
    """Present for absent, and so on."""
    states = [*knowledge.results.states.values()]
    for place, each in enumerate(observations(document)):
        for number, component in enumerate(each.get("component", [])):
            value = component.get("valueCodeableConcept")
            if value and code_of(value) in states:
                damaged = copy.deepcopy(document)
                item = observations(damaged)[place]["component"][number]
                old = states.index(code_of(value))
                set_code(item["valueCodeableConcept"], states[old - 1])
                yield damaged


@informed_damage("component")
def a_criterion_is_left_out(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """Its component is taken away."""
    results = knowledge.results
    asked = {results.cause, results.mimic, results.criterion}
    states = {*results.states.values()}
    for place, each in enumerate(observations(document)):
        for number, component in enumerate(each.get("component", [])):
            value = component.get("valueCodeableConcept")
            if value and code_of(value) in states and code_of(each["code"]) in asked:
                damaged = copy.deepcopy(document)
                del observations(damaged)[place]["component"][number]
                yield damaged


@informed_damage("value")
def a_conclusion_code_is_changed(
    document: Json, knowledge: Knowledge
) -> Iterator[Json]:
    """One is taken away, another is added."""
    (report,) = reports_in(document)
    for place in range(len(report.get("conclusionCode", []))):
        damaged = copy.deepcopy(document)
        (copied,) = reports_in(damaged)
        keep(copied, "conclusionCode", lambda i, _: i != place)  # noqa: B023  # at once
        yield damaged
    for candidate in candidates(document, knowledge):
        damaged = copy.deepcopy(document)
        value = copy.deepcopy(candidate["valueCodeableConcept"])
        reports_in(damaged)[0].setdefault("conclusionCode", []).append(value)
        yield damaged


# --- what is reported --------------------------------------------------------------


def without_result(document: Json, place: int) -> Json:
    """The report without one of its results; the Observation stays behind."""
    damaged = copy.deepcopy(document)
    del reports_in(damaged)[0]["result"][place]
    return damaged


@informed_damage("differential")
def a_candidate_is_hidden(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """The report no longer refers to it."""
    kinds = (knowledge.results.cause, knowledge.results.mimic)
    for place, each in enumerate(observations(document)):
        if code_of(each["code"]) in kinds:
            yield without_result(document, place)


@informed_damage("value")
def a_value_is_hidden(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """Assessment, criterion, pattern or biopsy advice are not there."""
    results = knowledge.results
    kinds = (results.cause, results.mimic, results.test)
    for place, each in enumerate(observations(document)):
        if code_of(each["code"]) not in kinds:
            yield without_result(document, place)


@informed_damage("differential")
def a_candidate_is_invented(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """Another hypothesis takes the place of one, with its proof."""
    known = {
        code_of(c["valueCodeableConcept"]) for c in candidates(document, knowledge)
    }
    for place, _ in enumerate(candidates(document, knowledge)):
        damaged = copy.deepcopy(document)
        candidate = candidates(damaged, knowledge)[place]
        other = min({*knowledge.hypotheses} - known)
        set_code(candidate["valueCodeableConcept"], other)
        yield damaged


@informed_damage("differential")
def a_candidate_stands_there_twice(
    document: Json, knowledge: Knowledge
) -> Iterator[Json]:
    """The report refers to it once more."""
    kinds = (knowledge.results.cause, knowledge.results.mimic)
    for place, each in enumerate(observations(document)):
        if code_of(each["code"]) in kinds:
            damaged = copy.deepcopy(document)
            results = reports_in(damaged)[0]["result"]
            results.append(results[place])
            yield damaged


# --- certificates ------------------------------------------------------------------


def cited(document: Json, name: str) -> Iterator[tuple[Json, Json, Json]]:
    """For each part of that name in a proof: a copy, its Observation, its part."""
    for place, each in enumerate(proofs(document)):
        for number, _ in enumerate(parts_of(each, JUSTIFICATION, name)):
            damaged = copy.deepcopy(document)
            proof = proofs(damaged)[place]
            yield damaged, proof, parts_of(proof, JUSTIFICATION, name)[number]


@damage("derivation")
def an_axiom_is_left_out(document: Json) -> Iterator[Json]:
    """One step has nothing to rest on."""
    for damaged, proof, part in cited(document, "axiom"):
        drop(proof, JUSTIFICATION, part)
        yield damaged


@informed_damage("axiom")
def an_axiom_is_of_another_release(
    document: Json, knowledge: Knowledge
) -> Iterator[Json]:
    """Its id is none of the release that the report names."""
    assert OTHER_AXIOM not in {rule.axiom.id for rule in knowledge.rules}
    for damaged, _, part in cited(document, "axiom"):
        part["extension"][0]["valueString"] = OTHER_AXIOM
        yield damaged


@informed_damage("axiom")
def an_axiom_is_added(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """One of the release that no step uses, with its good sources."""
    for place, each in enumerate(proofs(document)):
        parts = parts_of(each, JUSTIFICATION, "axiom")
        known = {part["extension"][0]["valueString"] for part in parts}
        other = next(r.axiom.id for r in knowledge.rules if r.axiom.id not in known)
        damaged = copy.deepcopy(document)
        part = {"url": "axiom", "extension": [{"url": "id", "valueString": other}]}
        proofs(damaged)[place]["extension"][0]["extension"].append(part)
        yield damaged


@damage("derivation")
def a_fact_is_left_out(document: Json) -> Iterator[Json]:
    """The proof no longer cites it."""
    for damaged, proof, part in cited(document, "fact"):
        drop(proof, JUSTIFICATION, part)
        yield damaged


@damage("derivation", "axiom")
def a_proof_is_left_out(document: Json) -> Iterator[Json]:
    """The value stands there with its text only."""
    for place, each in enumerate(proofs(document)):
        if parts_of(each, JUSTIFICATION, "axiom"):
            damaged = copy.deepcopy(document)
            del proofs(damaged)[place]["extension"]
            yield damaged


def altered(part: Json, name: str) -> list[Json]:
    """The nested parts of a fact of that name."""
    return [each for each in part["extension"] if each["url"] == name]


@informed_damage("fact")
def a_cited_fact_is_denied(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """Present becomes absent, absent becomes present."""
    states = knowledge.results.states
    other = {states["present"]: states["absent"], states["absent"]: states["present"]}
    for damaged, _, part in cited(document, "fact"):
        (state,) = altered(part, "state")
        state["valueCoding"]["code"] = other[state["valueCoding"]["code"]]
        yield damaged


@damage("fact")
def a_cited_number_is_changed(document: Json) -> Iterator[Json]:
    """A bound is one higher."""
    for name in ("low", "high"):
        for damaged, _, part in cited(document, "fact"):
            for bound in altered(part, name):
                bound["valueQuantity"]["value"] += 1
                yield damaged


@damage("fact")
def a_cited_bound_is_opened(document: Json) -> Iterator[Json]:
    """At least ten becomes more than ten."""
    for name, sign in (("low", ">"), ("high", "<")):
        for damaged, _, part in cited(document, "fact"):
            for bound in altered(part, name):
                bound["valueQuantity"]["comparator"] = sign
                yield damaged


@damage("fact")
def a_cited_fact_is_of_another_day(document: Json) -> Iterator[Json]:
    """Its time is ten years earlier."""
    for damaged, _, part in cited(document, "fact"):
        for time in altered(part, "time"):
            if "valueDateTime" in time:
                time["valueDateTime"] = "1999" + time["valueDateTime"][4:]
                yield damaged


@informed_damage("fact")
def a_cited_fact_is_of_something_else(
    document: Json, knowledge: Knowledge
) -> Iterator[Json]:
    """Another concept takes its place."""
    for damaged, _, part in cited(document, "fact"):
        (concept,) = altered(part, "concept")
        other = next(c for c in knowledge.of_kind("disease"))
        concept["valueCoding"]["code"] = other
        yield damaged


@damage("search")
def a_search_is_left_out(document: Json) -> Iterator[Json]:
    """What would override the value is not named."""
    for damaged, proof, part in cited(document, "lookedFor"):
        drop(proof, JUSTIFICATION, part)
        yield damaged


@damage("search")
def a_mention_is_denied(document: Json) -> Iterator[Json]:
    """What was looked for is said to be off the record though it is on it, or not."""
    for damaged, proof, part in cited(document, "lookedFor"):
        silent = parts_of(proof, JUSTIFICATION, "notOnRecord")
        mine = [each for each in silent if each["valueString"] == part["valueString"]]
        if mine:
            drop(proof, JUSTIFICATION, mine[0])
        else:
            more = {"url": "notOnRecord", "valueString": part["valueString"]}
            proof["extension"][0]["extension"].append(more)
        yield damaged


# --- the case ----------------------------------------------------------------------


def case_parts(document: Json, name: str) -> Iterator[tuple[Json, Json, Json]]:
    """For each part of the case: a copy, its report, the part."""
    for number, _ in enumerate(parts_of(reports_in(document)[0], CASE, name)):
        damaged = copy.deepcopy(document)
        (report,) = reports_in(damaged)
        yield damaged, report, parts_of(report, CASE, name)[number]


@damage("identifier")
def a_fact_of_the_case_is_left_out(document: Json) -> Iterator[Json]:
    """One that no proof may cite, but that could override something."""
    for damaged, report, part in case_parts(document, "fact"):
        drop(report, CASE, part)
        yield damaged


@damage("identifier")
def a_fact_of_the_case_is_denied(document: Json) -> Iterator[Json]:
    """Present becomes absent."""
    for damaged, _, part in case_parts(document, "fact"):
        fact = json.loads(part["valueString"])
        fact[1] = "absent" if fact[1] == "present" else "present"
        part["valueString"] = json.dumps(fact)
        yield damaged


@damage("identifier")
def the_subject_is_another_one(document: Json) -> Iterator[Json]:
    """The report is laid into another record."""
    for damaged, _, part in case_parts(document, "subject"):
        part["valueString"] = "Patient/somebody-else"
        yield damaged


@damage("identifier")
def the_software_is_another_one(document: Json) -> Iterator[Json]:
    """Another version is said to have made it."""
    for damaged, _, part in case_parts(document, "software"):
        part["valueString"] = "9.9.9"
        yield damaged


@damage("identifier")
def the_identifier_is_another_one(document: Json) -> Iterator[Json]:
    """That of another report."""
    damaged = copy.deepcopy(document)
    old = reports_in(damaged)[0]["identifier"][0]["value"]
    yield json.loads(json.dumps(damaged).replace(old, "0" * 64))


@damage("ontology")
def the_release_is_not_here(document: Json) -> Iterator[Json]:
    """A version that nobody ships, with an identifier that fits."""
    for damaged, _, part in case_parts(document, "ontology"):
        part["valueString"] = "1999-12-31"
        yield renewed(damaged)


@damage("fact")
def a_unit_is_another_one(document: Json) -> Iterator[Json]:
    """A thousand times as much, with an identifier that fits."""
    for damaged, _, part in case_parts(document, "fact"):
        fact = json.loads(part["valueString"])
        if fact[4]:
            fact[4] = f"k{fact[4]}"
            part["valueString"] = json.dumps(fact)
            yield renewed(damaged)


@informed_damage("fact")
def a_cited_fact_is_forged_away(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """Taken out of the case, with an identifier that fits; a proof still cites it."""
    states = {code: state for state, code in knowledge.results.states.items()}
    cited_facts = {
        tuple(
            altered(part, name)[0]["valueCoding"]["code"]
            for name in ("concept", "state")
        )
        for proof in proofs(document)
        for part in parts_of(proof, JUSTIFICATION, "fact")
    }
    named = {(concept, states[state]) for concept, state in cited_facts}
    for damaged, report, part in case_parts(document, "fact"):
        fact = json.loads(part["valueString"])
        if (fact[0], fact[1]) in named:
            drop(report, CASE, part)
            yield renewed(damaged)


# --- contradictions ----------------------------------------------------------------


@damage("conflict")
def a_conflict_is_hidden(document: Json) -> Iterator[Json]:
    """The DetectedIssue is not there."""
    for place, each in enumerate(document.get("entry", [])):
        if each["resource"]["resourceType"] == "DetectedIssue":
            damaged = copy.deepcopy(document)
            del damaged["entry"][place]
            yield damaged


@informed_damage("conflict")
def a_contested_value_is_hidden(document: Json, knowledge: Knowledge) -> Iterator[Json]:
    """The value is said to be certain."""
    contested = knowledge.results.contested
    for place, each in enumerate(observations(document)):
        if any(code_of(c["code"]) == contested for c in each.get("component", [])):
            damaged = copy.deepcopy(document)
            own = observations(damaged)[place]
            keep(own, "component", lambda _, c: code_of(c["code"]) != contested)
            yield damaged


@informed_damage("conflict")
def a_value_is_said_to_be_contested(
    document: Json, knowledge: Knowledge
) -> Iterator[Json]:
    """A doubt that nothing supports."""
    results = knowledge.results
    for place, each in enumerate(observations(document)):
        if code_of(each["code"]) == results.assessment:
            damaged = copy.deepcopy(document)
            own = observations(damaged)[place]
            code = {"coding": [dict(own["code"]["coding"][0], code=results.contested)]}
            value = copy.deepcopy(own["valueCodeableConcept"])
            set_code(value, results.not_supported)
            more = {"code": code, "valueCodeableConcept": value}
            own["component"] = [*own.get("component", []), more]
            yield damaged
