"""Reads, searches, bodies, languages, refusals; what the service says of itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from service.fhir.terminology.catalogue import SEARCH, ids
from service.fhir.terminology.operations import OPERATIONS, TYPES, Operation
from service.reasoning.knowledge import Knowledge
from service.routes import list_served
from tests.terminology import BASE, JSON, SYSTEM, Asker, Json, issue, sound, told

ADDRESSES = [
    address.replace("<id>", {"CodeSystem": "dpo", "ValueSet": "all"}.get(
        operation.type, "dpo-to-hp"
    ))
    for operation in OPERATIONS
    for address in operation.addresses
]  # fmt: skip
LOOKUP = "CodeSystem/$lookup"


@pytest.fixture(scope="module")
def ask(app: Flask) -> Asker:
    """A client of the terminology operations."""
    return Asker(app)


def found(bundle: Json) -> list[str]:
    """The ids of the resources that a search gave."""
    return [each["resource"]["id"] for each in bundle.get("entry", ())]


# --- reads and searches ----------------------------------------------------------


@pytest.mark.parametrize("type", TYPES)
def test_a_search_without_parameters_gives_all(
    ask: Asker, knowledge: Knowledge, type: str
) -> None:
    """A searchset with its total, valid for both judges."""
    bundle = ask.get(type)

    assert found(bundle) == list(ids(type, knowledge))
    assert (bundle["type"], bundle["total"]) == ("searchset", len(found(bundle)))
    model = get_fhir_model_class("Bundle")
    assert model.model_validate_json(json.dumps(bundle)) is not None


def test_an_entry_stands_under_its_own_address(ask: Asker) -> None:
    """What fullUrl says can be read."""
    bundle = ask.get("ValueSet", _id="all")

    (entry,) = bundle["entry"]
    answer = ask.client.get(entry["fullUrl"])
    assert json.loads(answer.text) == entry["resource"]
    assert entry["search"] == {"mode": "match"}


def test_the_self_link_repeats_the_search(ask: Asker) -> None:
    """With what was used, and nothing else."""
    bundle = ask.get("ValueSet", name="DpoAll", _format="json")

    (link,) = bundle["link"]
    assert link["relation"] == "self"
    assert link["url"].endswith("/fhir/ValueSet?name=DpoAll")
    assert found(json.loads(ask.client.get(link["url"]).text)) == ["all"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"_id": "all"}, ["all"]),
        ({"_id": "all,kind-test"}, ["all", "kind-test"]),
        ({"url": f"{BASE}/ValueSet/kind-test"}, ["kind-test"]),
        ({"url": "http://no/such"}, []),
        ({"name": "dpoall"}, ["all"]),
        ({"title": "Ossification pulmonaire"}, ["all"]),
        ({"title": "codes by kind: DI"}, ["kind-disease"]),
        ({"_id": ["all", "kind-test"]}, []),
        ({"_id": "all", "version": "1999"}, []),
        ({"_id": "all", "status": "active"}, ["all"]),
        ({"_id": "all", "status": "draft"}, []),
    ],
)  # fmt: skip
def test_every_search_parameter_works(
    ask: Asker, given: Json, expected: list[str]
) -> None:
    """Commas are alternatives, repetitions conditions; text begins, codes are equal."""
    assert sorted(found(ask.get("ValueSet", **given))) == sorted(expected)


def test_every_canonical_url_finds_its_resource(
    ask: Asker, knowledge: Knowledge
) -> None:
    """By url and version, as a FHIR client resolves a canonical."""
    for type in TYPES:
        for id in ids(type, knowledge):
            given = {"url": f"{BASE}/{type}/{id}", "version": knowledge.version}
            assert found(json.loads(ask.send(type, **given).text)) == [id]


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("ValueSet", {"code": "age"}),
        ("ValueSet", {"name:exact": "DpoAll"}),
        ("ValueSet", {"_id": ""}),
        ("ValueSet", {"_id": "all,"}),
        ("ValueSet/all", {"_summary": "true"}),
        ("CodeSystem/dpo", {"_format": ["json", "json"]}),
        ("metadata", {"mode": "normative"}),
        ("metadata", {"_language": "fr"}),
    ],
)
def test_an_unknown_parameter_is_refused(ask: Asker, path: str, given: Json) -> None:
    """400 with the list, never another answer than the one asked for."""
    assert issue(ask.send(path, **given))[:2] == (400, "invalid")


@pytest.mark.parametrize(
    "path",
    [
        "CodeSystem/other",
        "ValueSet/no-such",
        "ConceptMap/no-such",
        "ValueSet/no-such/$expand",
        "ConceptMap/no-such/$translate?system=x&code=y",
        "CodeSystem/$closure",
        "CodeSystem/dpo/$lookup",
        "ValueSet/all/_history",
        "StructureDefinition/no-such",
    ],
)
def test_what_is_not_here_is_404(ask: Asker, path: str) -> None:
    """An id, an operation or a type."""
    assert issue(ask.client.get(f"/fhir/{path}"))[:2] == (404, "not-found")


@pytest.mark.parametrize("path", ["ValueSet/all", "ValueSet"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_nothing_can_be_written(ask: Asker, path: str, method: str) -> None:
    """405 with what is allowed."""
    answer = ask.client.open(f"/fhir/{path}", method=method)

    assert issue(answer)[:2] == (405, "not-supported")
    assert "GET" in answer.headers["Allow"]


# --- headers ---------------------------------------------------------------------


def test_an_answer_of_the_ontology_may_be_kept(ask: Asker) -> None:
    """And is asked for again by its tag: 304 without a body."""
    first = ask.client.get("/fhir/CodeSystem/dpo")
    tag = first.headers["ETag"]
    second = ask.client.get("/fhir/CodeSystem/dpo", headers={"If-None-Match": tag})

    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Vary"] == "Accept, Accept-Language"
    assert (second.status_code, second.data) == (304, b"")


@pytest.mark.parametrize(
    ("given", "header", "expected"),
    [
        ({}, "", "en"),
        ({}, "fr", "fr"),
        ({}, "de, fr;q=0.5", "fr"),
        ({"displayLanguage": "fr-BE"}, "en", "fr"),
        ({"displayLanguage": "en"}, "fr", "en"),
    ],
)
def test_the_language_is_chosen_and_told(
    ask: Asker, given: Json, header: str, expected: str
) -> None:
    """A parameter before a header, a header before English."""
    query = "".join(f"&{name}={value}" for name, value in given.items())
    answer = ask.client.get(
        f"/fhir/{LOOKUP}?system={SYSTEM}&code=age{query}",
        headers={"Accept-Language": header},
    )

    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == expected


@pytest.mark.parametrize("path", ["ValueSet", "ValueSet/all", "ValueSet/all/$expand"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, f"{JSON}; fhirVersion=4.0"),
        ({"_format": "application/json"}, "application/json"),
        ({"_format": "json"}, f"{JSON}; fhirVersion=4.0"),
    ],
)
def test_the_media_type_is_negotiated(
    ask: Asker, path: str, given: Json, expected: str
) -> None:
    """Everywhere alike."""
    assert ask.send(path, **given).content_type == expected


@pytest.mark.parametrize("path", ["ValueSet", "ValueSet/all", "ValueSet/all/$expand"])
def test_xml_is_not_served(ask: Asker, path: str) -> None:
    """406 with the list."""
    assert issue(ask.send(path, _format="xml"))[:2] == (406, "not-supported")


# --- bodies ----------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", (400, "structure", None)),
        ("{", (400, "structure", None)),
        ('{"resourceType":"Parameters","parameter":[{"name":"a","name":"b"}]}',
         (400, "structure", "Parameters.parameter[0]")),
        ("{}", (400, "structure", None)),
        ('{"a":1}', (400, "required", None)),
        ('{"resourceType":"Patient"}', (422, "not-supported", "Patient")),
        ('{"resourceType":"Parameters","parameter":[{"valueCode":"x"}]}',
         (422, "required", "Parameters.parameter[0]")),
        ('{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":5}]}',
         (422, "value", "Parameters.parameter[0].value")),
        ('{"resourceType":"Parameters","parameter":[{"name":"zz","valueCode":"x"}]}',
         (400, "invalid", "Parameters.parameter[0]")),
        ('{"resourceType":"Parameters","parameter":[{"name":"_format"}]}',
         (400, "invalid", "Parameters.parameter[0]")),
        ('{"resourceType":"Parameters","modifierExtension":[{"url":"http://x"}]}',
         (422, "structure", "Parameters")),
    ],
)  # fmt: skip
def test_a_body_that_says_nothing_sound_is_refused(
    ask: Asker, address: str, body: str, expected: tuple[int, str, str | None]
) -> None:
    """By every operation, with the place where there is one."""
    assert issue(ask.send_body(address[1:], body)) == expected


@pytest.mark.parametrize(
    ("parameter", "place"),
    [
        ({"name": "code", "valueInteger": 5}, "Parameters.parameter[0]"),
        ({"name": "code"}, "Parameters.parameter[0]"),
        ({"name": "code", "part": [{"name": "x", "valueCode": "y"}]},
         "Parameters.parameter[0]"),
        ({"name": "coding", "valueCode": "age"}, "Parameters.parameter[0]"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(
    ask: Asker, parameter: Json, place: str
) -> None:
    """With its place."""
    assert issue(ask.post(LOOKUP, parameter)) == (400, "invalid", place)


def test_the_types_of_text_are_taken_for_each_other(ask: Asker) -> None:
    """A canonical for a uri says the same, and clients mix them up."""
    answer = ask.post(
        LOOKUP,
        {"name": "system", "valueCanonical": SYSTEM},
        {"name": "code", "valueString": "age"},
    )

    assert sound(answer) == ask.get(LOOKUP, system=SYSTEM, code="age")


def test_a_parameter_given_twice_is_refused_with_its_place(ask: Asker) -> None:
    """Nobody can tell which of the two should count."""
    answer = ask.post(
        LOOKUP,
        {"name": "code", "valueCode": "age"},
        {"name": "code", "valueCode": "sex"},
    )

    assert issue(answer) == (400, "invalid", "Parameters.parameter[1].value")


def test_a_parameter_beside_the_body_is_refused(ask: Asker) -> None:
    """POST takes them from the body, all but `_format`."""
    answer = ask.post(f"{LOOKUP}?code=age", {"name": "code", "valueCode": "age"})

    assert issue(answer)[:2] == (400, "invalid")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "application/fhir+ndjson",
        f"{JSON}; fhirVersion=5.0",
        "application/fhir+xml",
    ],
)
def test_another_body_is_415(ask: Asker, content_type: str) -> None:
    """R4 Parameters as JSON are read, and nothing else."""
    answer = ask.client.post(f"/fhir/{LOOKUP}", data="x", content_type=content_type)

    assert issue(answer)[:2] == (415, "not-supported")


def test_a_body_above_the_limit_is_413(ask: Asker) -> None:
    """The limit of every other body (1 MiB in these tests)."""
    answer = ask.send_body(LOOKUP, " " * (1024 * 1024 + 1))

    assert issue(answer)[:2] == (413, "too-long")


# --- nothing of the request comes back -------------------------------------------


MARK = "zzMARKzz"
MARKED = [
    ("system", {"valueUri": f"http://{MARK}"}),
    ("url", {"valueUri": f"http://{MARK}"}),
    ("code", {"valueCode": MARK}),
    ("codeA", {"valueCode": MARK}),
    ("codeB", {"valueCode": MARK}),
    ("display", {"valueString": MARK}),
    ("version", {"valueString": MARK}),
    ("target", {"valueUri": f"http://{MARK}"}),
    ("targetsystem", {"valueUri": f"http://{MARK}"}),
    ("coding", {"valueCoding": {"system": SYSTEM, "code": MARK, "display": MARK}}),
    ("coding", {"valueCoding": {"system": f"http://{MARK}", "code": "age"}}),
    ("coding", {"valueCoding": {"system": SYSTEM, "code": "age", "version": MARK}}),
    ("displayLanguage", {"valueCode": MARK}),
    ("property", {"valueCode": MARK}),
    (MARK, {"valueCode": MARK}),
]


@given(
    address=st.sampled_from(ADDRESSES),
    chosen=st.lists(st.sampled_from(MARKED), max_size=4, unique_by=lambda m: m[0]),
)
def test_no_answer_repeats_the_request(
    ask: Asker, address: str, chosen: list[tuple[str, Json]]
) -> None:
    """Neither by POST nor by GET, neither in a refusal nor in a message."""
    parameters = [{"name": name, **value} for name, value in chosen]
    posted = ask.post(address[1:], *parameters)
    texts = {
        name: str(value)
        for name, each in chosen
        for value in each.values()
        if isinstance(value, str)
    }
    got = ask.send(address[1:], **texts)

    for answer in (posted, got):
        assert answer.status_code in (200, 400, 404, 422)
        assert MARK not in answer.text


def leaves() -> st.SearchStrategy[Json]:
    """A value of a parameter, of any type and often of the wrong one."""
    texts = st.one_of(st.sampled_from([SYSTEM, "age", "sex", "fr"]), st.text())
    return st.one_of(
        st.builds(lambda v: {"valueCode": v}, texts),
        st.builds(lambda v: {"valueUri": v}, texts),
        st.builds(lambda v: {"valueString": v}, texts),
        st.builds(lambda v: {"valueInteger": v}, st.integers(-5, 5)),
        st.builds(lambda v: {"valueBoolean": v}, st.booleans()),
        st.builds(lambda v: {"valueCoding": {"code": v, "system": SYSTEM}}, texts),
        st.builds(lambda v: {"valueCodeableConcept": {"text": v}}, texts),
        st.builds(
            lambda v: {
                "resource": {
                    "resourceType": "ValueSet",
                    "status": "draft",
                    "compose": {"include": [v]},
                }
            },
            st.dictionaries(st.sampled_from(["system", "version"]), texts),
        ),
        st.just({}),
    )


NAMES = sorted({each.name for operation in OPERATIONS for each in operation.inputs})


@given(
    address=st.sampled_from(ADDRESSES),
    parameters=st.lists(st.tuples(st.sampled_from(NAMES), leaves()), max_size=5),
)
def test_no_parameters_make_a_defect(
    ask: Asker, address: str, parameters: list[tuple[str, Json]]
) -> None:
    """Whatever is posted is answered or refused, never a 500."""
    posted = [{"name": name, **value} for name, value in parameters]

    answer = ask.post(address[1:], *posted)
    assert answer.status_code in (200, 400, 404, 422), answer.text


# --- what the service says of itself ---------------------------------------------


@pytest.fixture(scope="module")
def statement(ask: Asker) -> Json:
    """The CapabilityStatement."""
    return ask.get("metadata")


@pytest.fixture(scope="module")
def capabilities(ask: Asker) -> Json:
    """The TerminologyCapabilities."""
    return ask.get("metadata", mode="terminology")


@pytest.mark.parametrize(
    ("mode", "type"),
    [
        ("full", "CapabilityStatement"),
        ("terminology", "TerminologyCapabilities"),
    ],
)
def test_each_mode_of_metadata_is_valid(ask: Asker, mode: str, type: str) -> None:
    """For the models of R4B as well."""
    document = ask.get("metadata", mode=mode)

    model = get_fhir_model_class(type)
    assert model.model_validate_json(json.dumps(document)) is not None
    assert document["resourceType"] == type


def described(statement: Json) -> dict[str, Json]:
    """The types of the statement."""
    return {each["type"]: each for each in statement["rest"][0]["resource"]}


@pytest.mark.parametrize("type", TYPES)
def test_each_type_is_read_and_searched(statement: Json, type: str) -> None:
    """And the search parameters are those of the table."""
    own = described(statement)[type]

    assert [each["code"] for each in own["interaction"]] == ["read", "search-type"]
    assert [each["name"] for each in own["searchParam"]] == list(SEARCH)


def test_every_operation_is_listed_by_its_definition_of_hl7(statement: Json) -> None:
    """All that are mounted, each once."""
    for type in TYPES:
        names = {each.name for each in OPERATIONS if each.type == type}
        listed = described(statement)[type]["operation"]
        assert {each["name"] for each in listed} == names
        assert len(listed) == len(names)
        for each in listed:
            url = f"http://hl7.org/fhir/OperationDefinition/{type}-{each['name']}"
            assert each["definition"] == url


def test_the_statement_follows_the_mounted_routes(app: Flask, statement: Json) -> None:
    """Every terminology address is described, and nothing that is not mounted."""
    mounted = {
        item.address.split("/")[2].partition("?")[0]
        for item in list_served(app)
        if item.address.startswith("/fhir/") and item.address.split("/")[2] in TYPES
    }

    assert mounted == set(TYPES) <= set(described(statement))


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_operation_answers_get_and_post(
    ask: Asker, address: str, method: str
) -> None:
    """At its type and, where R4 has it, at a resource."""
    answer = ask.client.open(
        f"/fhir{address}",
        method=method,
        data='{"resourceType":"Parameters"}',
        content_type=JSON,
    )

    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert issue(answer)[1] == "required"


def test_the_capabilities_name_the_release(
    capabilities: Json, knowledge: Knowledge
) -> None:
    """The one code system in its one version."""
    (system,) = capabilities["codeSystem"]
    (version,) = system["version"]

    assert system["uri"] == SYSTEM
    assert (version["code"], version["isDefault"]) == (knowledge.version, True)
    assert version["language"] == ["en", "fr"]
    assert system["subsumption"] is True


def test_closure_is_not_claimed(ask: Asker, capabilities: Json) -> None:
    """It is not served either."""
    assert "closure" not in capabilities
    assert issue(ask.post("$closure"))[0] in (404, 405)


def test_every_parameter_of_an_expansion_is_taken(
    ask: Asker, capabilities: Json
) -> None:
    """Those that are listed are not unknown, and the others are."""
    listed = {each["name"] for each in capabilities["expansion"]["parameter"]}
    hl7 = {
        "url", "valueSet", "valueSetVersion", "filter", "offset", "count", "context",
        "includeDesignations", "includeDefinition", "activeOnly", "excludeNested",
        "displayLanguage", "contextDirection", "date", "designation", "exclude-system",
        "excludeNotForUI", "excludePostCoordinated", "system-version",
        "check-system-version", "force-system-version",
    }  # fmt: skip

    def is_taken(name: str) -> bool:
        answer = ask.send("ValueSet/$expand", **{name: "1"})
        return "no others" not in answer.text

    assert {name for name in listed | hl7 if is_taken(name)} == listed


def test_every_filter_of_the_capabilities_works(ask: Asker, capabilities: Json) -> None:
    """As the CodeSystem declares them too."""
    declared = {
        each["code"]: each["operator"] for each in ask.get("CodeSystem/dpo")["filter"]
    }
    (system,) = capabilities["codeSystem"]
    told = {each["code"]: each["op"] for each in system["version"][0]["filter"]}

    assert told == declared
    for property, op in each_filter(told):
        value = {"concept": "amyloidosis", "kind": "finding"}[property]
        by = {"property": property, "op": op, "value": value}
        include: Any = {"system": SYSTEM, "filter": [by]}
        posted = {
            "resourceType": "ValueSet",
            "status": "draft",
            "compose": {"include": [include]},
        }
        answer = ask.send_body("ValueSet/$expand", json.dumps(posted))
        assert sound(answer)["expansion"]["total"] > 0


def each_filter(told: Json) -> Iterator[tuple[str, str]]:
    """Every property with every operator."""
    for property, operators in told.items():
        for op in operators:
            yield property, op


def test_every_property_of_the_capabilities_can_be_looked_up(
    ask: Asker, capabilities: Json
) -> None:
    """Each is in the answer of a code that has it; nothing was replaced so far."""
    (system,) = capabilities["codeSystem"]
    listed = system["version"][0]["property"]
    seen = set()
    for code in ("serum_calcium", "amyloidosis", "al_amyloidosis"):
        answer = ask.ask(LOOKUP, system=SYSTEM, code=code, property=listed)
        seen |= {each["code"] for each in answer["property"]}
        seen |= {"designation"} & set(answer)

    assert set(listed) - seen == {"replacedBy"}


# --- the page --------------------------------------------------------------------


PAGE = Path(__file__).parents[1] / "docs/reference/fhir-terminology.md"
EXAMPLES = re.findall(r"^GET (/fhir/\S+)$", PAGE.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("address", EXAMPLES)
def test_an_example_of_the_page_answers_something(ask: Asker, address: str) -> None:
    """As it stands there; a search finds something, a question is answered by yes."""
    answer = sound(ask.client.get(address))

    assert answer.get("total", 1) > 0
    if answer["resourceType"] == "ValueSet" and "expansion" in answer:
        assert answer["expansion"]["total"] > 0
    if answer["resourceType"] == "Parameters":
        assert told(answer).get("result", True) is True


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_the_page_lists_the_parameters_of_an_operation(operation: Operation) -> None:
    """In the order of the table that is read and described."""
    names = ", ".join(f"`{each.name}`" for each in operation.inputs)
    on = "type, instance" if operation.on_instance else "type"

    row = f"| `{operation.type}/${operation.name}` | {on} | {names} |"
    assert row in PAGE.read_text("utf-8")


def test_the_page_lists_the_properties_of_a_concept(ask: Asker) -> None:
    """With their types."""
    text = PAGE.read_text("utf-8")

    for each in ask.get("CodeSystem/dpo")["property"]:
        assert f"| `{each['code']}` | {each['type']} |" in text
