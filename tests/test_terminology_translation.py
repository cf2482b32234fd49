"""$translate: from our codes to those of other systems, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from hypothesis import assume, given
from hypothesis import strategies as st

from service.reasoning.knowledge import Knowledge
from tests.terminology import (
    BASE,
    SYSTEM,
    Asker,
    Json,
    answer_of,
    issue,
    mappings,
    matches,
    sound,
    systems,
    terms,
    told,
    uri,
)

TRANSLATE = "ConceptMap/$translate"
# R4 reads an equivalence from the target to the source.
TO_CODE = {
    "exactMatch": "equivalent",
    "narrowMatch": "narrower",
    "broadMatch": "wider",
    "closeMatch": "inexact",
}
TO_CONCEPT = {**TO_CODE, "narrowMatch": "wider", "broadMatch": "narrower"}
ASSERTING = {"exactMatch", "narrowMatch", "closeMatch"}
ICD = ("ICD10CM", "ICD10WHO")
any_row = st.sampled_from(mappings())


@pytest.fixture(scope="module")
def ask(app: Flask) -> Asker:
    """A client of the terminology operations."""
    return Asker(app)


def map_url(id: str) -> str:
    """The canonical URL of a map."""
    return f"{BASE}/ConceptMap/{id}"


# --- every row, both ways --------------------------------------------------------


def test_every_row_is_found_from_our_concept(knowledge: Knowledge) -> None:
    """With the equivalence of the code to the concept, and its label."""
    for concept, predicate, prefix, code, label in mappings():
        answer = answer_of(
            knowledge,
            TRANSLATE,
            system=SYSTEM,
            code=concept,
            targetsystem=uri(prefix),
        )
        assert answer["result"] is True
        assert (TO_CODE[predicate], uri(prefix), code) in matches(answer)
        assert label in {each["concept"].get("display", "") for each in answer["match"]}


def test_every_row_is_found_from_the_code(knowledge: Knowledge) -> None:
    """With the equivalence of the concept to the code."""
    for concept, predicate, prefix, code, _ in mappings():
        answer = answer_of(knowledge, TRANSLATE, system=uri(prefix), code=code)
        assert (TO_CONCEPT[predicate], SYSTEM, concept) in matches(answer)


def test_a_map_read_backwards_says_what_its_twin_says(knowledge: Knowledge) -> None:
    """`reverse` on one map is the other map; the map that was named is the source."""
    for concept, _, prefix, code, _ in mappings():
        there, back = f"dpo-to-{prefix.lower()}", f"{prefix.lower()}-to-dpo"
        ours = {"system": SYSTEM, "code": concept}
        theirs = {"system": uri(prefix), "code": code}
        for id, twin, asked in ((there, back, ours), (back, there, theirs)):
            plain = answer_of(knowledge, TRANSLATE, id, **asked)
            turned = answer_of(knowledge, TRANSLATE, twin, reverse="true", **asked)
            assert matches(plain) == matches(turned) != set()
            assert {each["source"] for each in turned["match"]} == {map_url(twin)}


@given(row=any_row)
def test_there_and_back_contains_the_origin(
    ask: Asker, row: tuple[str, str, str, str, str]
) -> None:
    """Each translation translates back, to the inverse equivalence."""
    concept = row[0]
    inverse = {"wider": "narrower", "narrower": "wider"}
    there = ask.ask(TRANSLATE, system=SYSTEM, code=concept)

    for equivalence, system, code in matches(there):
        back = ask.ask(TRANSLATE, system=system, code=code)
        turned = inverse.get(equivalence, equivalence)
        assert (turned, SYSTEM, concept) in matches(back)


@given(row=any_row)
def test_post_and_get_say_the_same(
    ask: Asker, row: tuple[str, str, str, str, str]
) -> None:
    """As a Coding or as code and system."""
    _, _, prefix, code, _ = row
    coding = {"system": uri(prefix), "code": code}
    posted = ask.post(TRANSLATE, {"name": "coding", "valueCoding": coding})

    assert sound(posted) == ask.get(TRANSLATE, system=uri(prefix), code=code)


# --- what a translation says -----------------------------------------------------


def test_our_label_is_in_the_language_asked_for(ask: Asker) -> None:
    """$translate has no displayLanguage in R4: the header decides."""
    answer = ask.client.get(
        f"/fhir/{TRANSLATE}?system=http://snomed.info/sct&code=79619009",
        headers={"Accept-Language": "fr"},
    )

    first = told(sound(answer))["match"][0]["concept"]
    assert first["display"] == terms()["mitral_stenosis"]["label_fr"]
    assert answer.headers["Content-Language"] == "fr"


def test_the_closest_translation_comes_first(knowledge: Knowledge) -> None:
    """Who takes the first takes the best."""
    order = ["equivalent", "wider", "narrower", "inexact"]
    for concept in {row[0] for row in mappings()}:
        answer = answer_of(knowledge, TRANSLATE, system=SYSTEM, code=concept)
        places = [order.index(each["equivalence"]) for each in answer["match"]]
        assert places == sorted(places)


def test_obo_codes_are_written_as_fhir_does_and_read_either_way(ask: Asker) -> None:
    """HP:0002206; a bare number is what some systems hold."""
    system = uri("HP")
    answer = ask.ask(
        TRANSLATE, system=SYSTEM, code="pulmonary_fibrosis", targetsystem=system
    )
    full, bare = (
        ask.ask(TRANSLATE, system=system, code=code)
        for code in ("HP:0002206", "0002206")
    )

    assert ("equivalent", system, "HP:0002206") in matches(answer)
    assert matches(full) == matches(bare) != set()


def test_every_uri_of_a_system_is_understood(knowledge: Knowledge) -> None:
    """FHIR's own, and those that are in use beside it."""
    for prefix, row in systems().items():
        rows = [each for each in mappings() if each[2] == prefix]
        for other in row["other_system_uris"].split("|"):
            if other and rows:
                concept, _, _, code, _ = rows[0]
                answer = answer_of(knowledge, TRANSLATE, system=other, code=code)
                found = {each[2] for each in matches(answer)}
                assert concept in found


# --- ICD codes match by prefix ---------------------------------------------------


def plain(code: str) -> str:
    """An ICD code without its dot."""
    return code.replace(".", "").upper()


def icd_rows(prefix: str, code: str) -> list[tuple[str, str]]:
    """The rows of exactly this code: concept and predicate."""
    return [
        (concept, predicate)
        for concept, predicate, system, mapped, _ in mappings()
        if system == prefix and plain(mapped) == plain(code)
    ]


def inherited(prefix: str, code: str) -> set[tuple[str, str]]:
    """What the nearest shorter code asserts, worked out from the table."""
    for length in range(len(plain(code)) - 1, 2, -1):
        rows = icd_rows(prefix, plain(code)[:length])
        found = {(c, p) for c, p in rows if p in ASSERTING}
        if found:
            return found
    return set()


@given(
    row=st.sampled_from([row for row in mappings() if row[2] in ICD]),
    more=st.text(alphabet="0123456789AD", max_size=2),
)
def test_a_longer_icd_code_gives_what_the_shorter_one_means(
    ask: Asker, row: tuple[str, str, str, str, str], more: str
) -> None:
    """Its own rows, and if they assert nothing, the nearest shorter code's."""
    _, _, prefix, mapped, _ = row
    code = f"{mapped}{more}"
    own = icd_rows(prefix, code)
    expected = {(TO_CONCEPT[p], SYSTEM, c) for c, p in own}
    if not any(p in ASSERTING for _, p in own):
        expected |= {
            ("inexact" if p == "closeMatch" else "wider", SYSTEM, c)
            for c, p in inherited(prefix, code)
        }

    assert matches(ask.ask(TRANSLATE, system=uri(prefix), code=code)) == expected


def test_a_match_by_prefix_is_said_to_be_one(ask: Asker) -> None:
    """By a hint: J84.112 is in the table, J84.1129 is not."""
    system = uri("ICD10CM")
    known = ask.ask(TRANSLATE, system=system, code="J84.112")
    longer = ask.ask(TRANSLATE, system=system, code="J84.1129")

    assert "message" not in known
    assert "a shorter code" in longer["message"]


@given(row=any_row)
def test_codes_of_other_systems_do_not_match_by_prefix(
    ask: Asker, row: tuple[str, str, str, str, str]
) -> None:
    """A longer SNOMED CT code is another one."""
    _, _, prefix, code, _ = row
    assume(prefix not in ICD)

    assert not ask.ask(TRANSLATE, system=uri(prefix), code=f"{code}-0")["result"]


def test_a_code_of_another_release_is_not_translated(ask: Asker) -> None:
    """Nobody here knows what it meant then."""
    given = {"system": SYSTEM, "code": "mitral_stenosis", "version": "1999"}

    assert ask.ask(TRANSLATE, **given)["result"] is False


# --- limits ----------------------------------------------------------------------


def test_a_target_value_set_limits_the_translations(ask: Asker) -> None:
    """Only its members are answered."""
    given = {"system": "http://snomed.info/sct", "code": "79619009"}
    diseases, drugs = (
        ask.ask(TRANSLATE, **given, target=f"{BASE}/ValueSet/{id}")
        for id in ("kind-disease", "kind-drug")
    )

    assert diseases["result"] is True
    assert drugs["result"] is False


def test_a_source_value_set_must_hold_the_code(ask: Asker) -> None:
    """And `reverse` swaps source and target."""
    given: dict[str, Any] = {"system": SYSTEM, "code": "mitral_stenosis"}
    url = f"{BASE}/ValueSet/kind-disease"
    back = {"url": map_url("sctid-to-dpo"), "reverse": True}

    assert ask.ask(TRANSLATE, **given, source=url)["result"] is True
    assert ask.ask(TRANSLATE, **given, target=url)["result"] is False
    assert ask.ask(TRANSLATE, **given, **back, target=url)["result"] is True


def test_a_target_system_limits_the_translations(ask: Asker) -> None:
    """One of several systems, by any of its URIs."""
    answer = ask.ask(
        TRANSLATE,
        system=SYSTEM,
        code="mitral_stenosis",
        targetsystem="urn:oid:2.16.840.1.113883.6.90",
    )

    found = {system for _, system, _ in matches(answer)}
    assert found == {uri("ICD10CM")}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"system": "http://no/such", "code": "a"}, "No map leads"),
        ({"system": "http://loinc.org", "code": "a"}, "no translation"),
        ({"system": SYSTEM, "code": "no_such_code"}, "no translation"),
        (
            {"system": SYSTEM, "code": "age", "targetsystem": "http://no"},
            "No map leads",
        ),
    ],
)
def test_a_code_without_a_translation_is_no_error(
    ask: Asker, given: dict[str, str], expected: str
) -> None:
    """The result is false and the message says why."""
    answer = ask.ask(TRANSLATE, **given)

    assert answer["result"] is False
    assert expected in answer["message"]
    assert "match" not in answer


def test_several_codings_are_translated_together(ask: Asker) -> None:
    """Each translation once."""
    codings = [
        {"system": "http://snomed.info/sct", "code": "79619009"},
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I05.0"},
        {"display": "no code"},
    ]
    answer = ask.post(TRANSLATE, concept_of(codings))

    found = [each["concept"]["code"] for each in told(sound(answer))["match"]]
    assert "mitral_stenosis" in found
    assert "rheumatic_mitral_stenosis" in found


def concept_of(codings: Sequence[Json]) -> Json:
    """A CodeableConcept as a parameter."""
    concept = {"coding": list(codings)}
    return {"name": "codeableConcept", "valueCodeableConcept": concept}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"code": "age"}, (400, "required")),
        ({"system": SYSTEM}, (400, "required")),
        (
            {"system": SYSTEM, "code": "age", "url": "http://no/such"},
            (404, "not-found"),
        ),
        (
            {"system": SYSTEM, "code": "age", "target": "http://no/such"},
            (404, "not-found"),
        ),
        (
            {"system": SYSTEM, "code": "age", "conceptMapVersion": "1999"},
            (404, "not-found"),
        ),
        ({"system": SYSTEM, "code": "age", "dependency": "x"}, (400, "invalid")),
    ],
)
def test_translation_refuses_what_it_cannot_do(
    ask: Asker, given: dict[str, str], expected: tuple[int, str]
) -> None:
    """Unknown maps and sets, and a code without its system."""
    assert issue(ask.send(TRANSLATE, **given))[:2] == expected


def test_a_map_that_is_named_twice_is_refused(ask: Asker) -> None:
    """The address says it already."""
    answer = ask.send(
        "ConceptMap/dpo-to-hp/$translate",
        url=map_url("dpo-to-hp"),
        system=SYSTEM,
        code="age",
    )

    assert issue(answer)[:2] == (400, "invalid")
