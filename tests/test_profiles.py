"""The StructureDefinitions: R4, ours in name and place, and true of what we emit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import fhirkit
import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask
from flask.testing import FlaskClient

from service import __version__
from service.config import Config
from service.errors import NotFound
from service.fhir.capability import Served, capability_statement
from service.fhir.codes import BASE
from service.fhir.identity import Form
from service.fhir.profiles.definitions import (
    FOLDER,
    TYPE,
    definitions,
    profiles_of,
    read,
)
from service.fhir.terminology.header import as_id
from service.fhir.terminology.value_sets import code_sets
from service.fhir.writer import WriteOptions
from service.interpret import Options, interpret
from service.profile_routes import mount_profiles
from service.reasoning.knowledge import Knowledge
from service.routes import State
from tests.conftest import ROOT
from tests.reports import ISSUED
from tests.terminology import SYSTEM

Resource = dict[str, Any]
CANONICAL = f"{BASE}/{TYPE}/"
IDS = sorted(path.stem for path in FOLDER.glob("*.json"))
CASES = sorted((ROOT / "tests/cases").iterdir())


@pytest.fixture
def profiles(app: Flask, knowledge: Knowledge) -> FlaskClient:
    """A client of the routes, whoever else mounts them."""
    if f"read_{TYPE}" in app.view_functions:
        return app.test_client()
    bare = Flask("profiles")
    mount_profiles(bare, State(Config(), knowledge, lambda: ISSUED))
    return bare.test_client()


def elements(definition: Resource) -> list[Resource]:
    """The elements of the differential."""
    found: list[Resource] = definition["differential"]["element"]
    return found


def nodes(value: Any) -> Iterator[Resource]:
    """Every object inside a value."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)


@pytest.mark.parametrize("id", IDS)
def test_a_definition_is_r4(knowledge: Knowledge, id: str) -> None:
    """And is named by its file."""
    definition = definitions(knowledge)[id]

    assert fhirkit.validate(json.dumps(definition)) == []
    assert (definition["id"], definition["url"]) == (id, CANONICAL + id)
    assert definition["version"] == __version__
    assert definition["fhirVersion"] == "4.0.1"


@pytest.mark.parametrize("id", IDS)
def test_an_element_is_named_by_its_path_and_slices(
    knowledge: Knowledge, id: str
) -> None:
    """Without its slices the id is the path; no element stands there twice."""
    found = elements(definitions(knowledge)[id])

    for element in found:
        assert element["path"] == re.sub(r":[^.]+", "", element["id"])
        assert element.get("sliceName", "") == slice_of(element["id"])
    assert len({element["id"] for element in found}) == len(found)


def slice_of(id: str) -> str:
    """The name of the slice that an element is, if it is one."""
    return id.rsplit(".", 1)[-1].partition(":")[2]


@pytest.mark.parametrize("id", IDS)
def test_elements_stand_in_the_order_of_the_base(knowledge: Knowledge, id: str) -> None:
    """HAPI FHIR silently loses the constraints of a differential out of order."""
    definition = definitions(knowledge)[id]
    sequence = get_fhir_model_class(definition["type"]).elements_sequence()
    names = [re.sub(r"\[x\]$", "", name) for name in sequence]
    places = [
        place(step.partition(":")[0], names)
        for step in (each["id"].split(".")[1] for each in elements(definition)[1:])
    ]

    assert places == sorted(places)


def place(step: str, names: list[str]) -> int:
    """Where an element stands in a resource; `value[x]` is its first choice."""
    stem = step.removesuffix("[x]")
    return next(
        index
        for index, name in enumerate(names)
        if name == stem or (step != stem and name.startswith(stem))
    )


def test_every_code_and_value_set_is_there(knowledge: Knowledge) -> None:
    """A profile that names what the ontology has lost would refuse every report."""
    own = set(code_sets(knowledge))
    for definition in definitions(knowledge).values():
        for node in nodes(elements(definition)):
            if node.get("system") == SYSTEM and "code" in node:
                assert node["code"] in knowledge.concepts
            if "valueSet" in node:
                assert node["valueSet"].removeprefix(f"{BASE}/ValueSet/") in own


def test_every_definition_of_the_criterion_has_its_slice(knowledge: Knowledge) -> None:
    """One component each: a new definition needs a line in the profile."""
    criterion = elements(definitions(knowledge)["dpo-criterion"])
    coded = {node["code"] for node in nodes(criterion) if node.get("system") == SYSTEM}

    assert set(knowledge.of_kind("definition")) <= coded


def test_every_result_code_has_its_profile(knowledge: Knowledge) -> None:
    """By its id."""
    results = knowledge.results
    codes = (
        results.assessment, results.criterion, results.pattern, results.biopsy,
        results.cause, results.mimic, results.test,
    )  # fmt: skip

    assert {CANONICAL + as_id(code) for code in codes} == set(
        profiles_of("Observation", knowledge)
    )


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_whatever_of_ours_is_emitted_is_defined(
    knowledge: Knowledge, case: Any, form: Form
) -> None:
    """Every profile that is claimed, and every extension."""
    document = (case / "bundle.json").read_bytes()
    options = Options(writing=WriteOptions(form=form))
    answer = interpret(document, knowledge, ISSUED, options).document
    named = {
        url
        for node in nodes(answer)
        for url in (node.get("url", ""), *node.get("profile", ()))
        if url.startswith(CANONICAL)
    }

    assert {f"{CANONICAL}dpo-report", f"{CANONICAL}justification"} <= named
    assert named <= {each["url"] for each in definitions(knowledge).values()}


def test_names_stand_in_both_languages(knowledge: Knowledge) -> None:
    """English with HL7's extension for French, as in the terminology."""
    for definition in definitions(knowledge).values():
        for element in ("title", "description"):
            (said,) = definition[f"_{element}"]["extension"]
            language, content = said["extension"]
            assert language["valueCode"] == "fr"
            assert content["valueString"]


def test_it_is_read_by_its_id(profiles: FlaskClient, knowledge: Knowledge) -> None:
    """As it is, under the address of its type."""
    answer = profiles.get(f"/fhir/{TYPE}/dpo-report")

    assert json.loads(answer.text) == definitions(knowledge)["dpo-report"]
    assert answer.headers["Content-Language"] == "en"
    assert answer.headers["ETag"]


def test_an_id_that_is_not_there_is_not_found(knowledge: Knowledge) -> None:
    """404, with what to do."""
    with pytest.raises(NotFound):
        read("no-such", knowledge)


@pytest.mark.parametrize("id", IDS)
def test_it_is_found_by_its_canonical_url(profiles: FlaskClient, id: str) -> None:
    """As a FHIR client resolves a canonical."""
    query = {"url": CANONICAL + id, "version": __version__}
    bundle = json.loads(profiles.get(f"/fhir/{TYPE}", query_string=query).text)

    assert [entry["resource"]["id"] for entry in bundle["entry"]] == [id]
    assert bundle["type"] == "searchset"
    assert fhirkit.validate(json.dumps(bundle)) == []


def test_a_search_without_parameters_gives_all(profiles: FlaskClient) -> None:
    """Every StructureDefinition once."""
    bundle = json.loads(profiles.get(f"/fhir/{TYPE}").text)

    assert [entry["resource"]["id"] for entry in bundle["entry"]] == IDS
    assert bundle["total"] == len(IDS)


def test_the_capability_statement_names_the_profile_of_the_report(
    knowledge: Knowledge,
) -> None:
    """Beside the operation that answers it."""
    served = [
        Served("/fhir/DiagnosticReport/$interpret", ("POST",)),
        Served(f"/fhir/{TYPE}", ("GET",)),
        Served(f"/fhir/{TYPE}/<id>", ("GET",)),
    ]
    (rest,) = capability_statement(served, knowledge)["rest"]
    report, structure = rest["resource"]

    assert report["supportedProfile"] == [f"{CANONICAL}dpo-report"]
    assert [each["code"] for each in structure["interaction"]] == [
        "read",
        "search-type",
    ]
