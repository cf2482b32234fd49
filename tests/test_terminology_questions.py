"""$lookup, $validate-code and $subsumes: what is answered of one code, or of two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from service.fhir.terminology.hierarchy import codes_of
from service.fhir.terminology.value_sets import code_sets
from service.reasoning.knowledge import Knowledge
from tests.terminology import (
    BASE,
    SYSTEM,
    Asker,
    Json,
    answer_of,
    deprecate,
    issue,
    members,
    named,
    sound,
    terms,
    told,
)

ROOT = Path(__file__).parents[1]
CODES = sorted(terms())
LOOKUP = "CodeSystem/$lookup"
VALIDATE = "CodeSystem/$validate-code"
IN_SET = "ValueSet/$validate-code"
SUBSUMES = "CodeSystem/$subsumes"
any_code = st.sampled_from(CODES)


@pytest.fixture(scope="module")
def ask(app: Flask) -> Asker:
    """A client of the terminology operations."""
    return Asker(app)


def coding(code: str, **more: str) -> Json:
    """A code of ours as a Coding."""
    return {"system": SYSTEM, "code": code, **more}


def values(answer: Json, code: str) -> list[Any]:
    """The values of one property in the answer of $lookup."""
    return [p["value"] for p in answer.get("property", ()) if p["code"] == code]


# --- $lookup ---------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
def test_lookup_gives_the_label_of_every_code(
    knowledge: Knowledge, language: str
) -> None:
    """As the table of terms has it, with the definition, in the language asked for."""
    for code, row in terms().items():
        answer = answer_of(
            knowledge, LOOKUP, system=SYSTEM, code=code, displayLanguage=language
        )
        assert answer["display"] == row[f"label_{language}"]
        assert values(answer, "definition") == [row[f"definition_{language}"]]


@given(code=any_code)
def test_lookup_gives_every_name(ask: Asker, code: str) -> None:
    """The label of the other language and the synonyms of both are designations."""
    answer = ask.ask(LOOKUP, system=SYSTEM, code=code)

    row = terms()[code]
    cells = [row["label_fr"], row["synonyms_en"], row["synonyms_fr"]]
    names = {name for cell in cells for name in cell.split("|") if name}
    assert {each["value"] for each in answer["designation"]} == names


@given(code=any_code)
def test_lookup_gives_parents_and_children(
    ask: Asker, knowledge: Knowledge, code: str
) -> None:
    """Each with its label; a child has the code as a parent."""
    answer = ask.ask(LOOKUP, system=SYSTEM, code=code)

    codes = codes_of(knowledge)
    assert values(answer, "parent") == list(codes.parents[code])
    for child in values(answer, "child"):
        assert code in codes.parents[child]
    for each in answer["property"]:
        if each["code"] in ("parent", "child"):
            assert each["description"] == terms()[each["value"]]["label_en"]


def test_lookup_gives_only_what_is_asked_for(ask: Asker) -> None:
    """Properties by their code; name, version and display always."""
    answer = ask.ask(
        LOOKUP, system=SYSTEM, code="serum_calcium", property=["unit", "kind"]
    )

    assert {each["code"] for each in answer["property"]} == {"unit", "kind"}
    assert "designation" not in answer
    assert {"name", "version", "display"} <= set(answer)


def test_lookup_gives_the_designations_of_one_language(ask: Asker) -> None:
    """`lang.fr`, as R4 names it."""
    answer = ask.ask(LOOKUP, system=SYSTEM, code="age", property="lang.fr")

    assert {each["language"] for each in answer["designation"]} == {"fr"}
    assert "property" not in answer


def test_lookup_tells_a_unit_in_ucum(ask: Asker) -> None:
    """As a Coding, so that nobody has to guess the system."""
    (unit,) = values(ask.ask(LOOKUP, system=SYSTEM, code="serum_calcium"), "unit")

    assert unit == {
        "system": "http://unitsofmeasure.org",
        "code": terms()["serum_calcium"]["unit"],
    }


def test_lookup_tells_that_a_code_is_active(ask: Asker) -> None:
    """Said, not left to be guessed."""
    answer = ask.ask(LOOKUP, system=SYSTEM, code="age")

    assert values(answer, "inactive") == [False]


@pytest.mark.parametrize("path", [LOOKUP, "CodeSystem/dpo/$validate-code"])
def test_two_words_for_one_code_are_refused(ask: Asker, path: str) -> None:
    """With the place of the second, whichever of the two was meant."""
    answer = ask.post(
        path,
        {"name": "coding", "valueCoding": coding("age")},
        {"name": "code", "valueCode": "age"},
    )

    assert issue(answer) == (400, "invalid", "Parameters.parameter[0].value")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_inactive_code_is_valid_with_a_hint(
    knowledge: Knowledge, language: str
) -> None:
    """Old reports have it; the answer says what took its place."""
    one, other = knowledge.of_kind("pattern")[:2]
    later = deprecate(knowledge, one, other)
    asked = {"url": SYSTEM, "code": one, "displayLanguage": language}

    answer = answer_of(later, VALIDATE, **asked)
    assert answer["result"] is True
    assert terms()[other][f"label_{language}"] in answer["message"]


@given(code=any_code)
def test_lookup_of_a_coding_is_that_of_its_code(ask: Asker, code: str) -> None:
    """POST and GET say the same."""
    posted = ask.post(LOOKUP, {"name": "coding", "valueCoding": coding(code)})

    assert sound(posted) == ask.get(LOOKUP, system=SYSTEM, code=code)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"code": "no_such_code", "system": SYSTEM}, (404, "not-found")),
        ({"code": "age", "system": "http://loinc.org"}, (404, "not-found")),
        ({"code": "age", "system": SYSTEM, "version": "1999"}, (404, "not-found")),
        ({"code": "finding", "system": SYSTEM}, (404, "not-found")),
        ({"code": "age"}, (400, "required")),
        ({"system": SYSTEM}, (400, "required")),
    ],
)
def test_lookup_refuses_what_is_not_here(
    ask: Asker, given: dict[str, str], expected: tuple[int, str]
) -> None:
    """A stranger, another system or release, and a class of the grammar."""
    assert issue(ask.send(LOOKUP, **given))[:2] == expected


# --- CodeSystem/$validate-code ---------------------------------------------------


def test_every_code_is_valid_by_every_name(knowledge: Knowledge) -> None:
    """Labels and synonyms of both languages, in any case."""
    for code, row in terms().items():
        cells = (row[f"{x}_{y}"] for x in ("label", "synonyms") for y in ("en", "fr"))
        for name in {name for cell in cells for name in cell.split("|") if name}:
            answer = answer_of(
                knowledge, VALIDATE, url=SYSTEM, code=code, display=name.upper()
            )
            assert answer["result"] is True, (code, name)


@given(code=any_code, display=st.text(min_size=1).filter(str.strip))
def test_another_display_is_wrong(ask: Asker, code: str, display: str) -> None:
    """The answer says what the code is called, and not what was sent."""
    row = terms()[code]
    answer = ask.ask(VALIDATE, url=SYSTEM, code=code, display=f"{display} zzz")

    assert answer["result"] is False
    assert answer["display"] == row["label_en"]
    assert row["label_en"] in answer["message"]
    assert "zzz" not in answer["message"]


def test_a_definition_is_no_display(ask: Asker) -> None:
    """Though the CodeSystem lists the French one among the designations."""
    text = terms()["dyspnoea"]["definition_fr"]

    assert not ask.ask(VALIDATE, url=SYSTEM, code="dyspnoea", display=text)["result"]


@given(code=st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1))
def test_a_stranger_is_no_code(ask: Asker, code: str) -> None:
    """Codes are compared as they are written."""
    answer = ask.ask(VALIDATE, url=SYSTEM, code=code)

    assert answer["result"] is (code in terms())
    assert ("message" in answer) is not answer["result"]


def test_codes_are_case_sensitive(ask: Asker) -> None:
    """As the CodeSystem says of itself."""
    assert not ask.ask(VALIDATE, url=SYSTEM, code="AGE")["result"]


def test_one_sound_coding_of_several_is_enough(ask: Asker) -> None:
    """A CodeableConcept may hold the codes of other systems too."""
    other = {"system": "http://loinc.org", "code": "1-8"}
    concept = {"coding": [other, coding("age"), {"display": "no code"}]}
    answer = ask.post(
        "CodeSystem/dpo/$validate-code",
        {"name": "codeableConcept", "valueCodeableConcept": concept},
    )

    assert told(sound(answer)) == {"result": True, "display": "Age"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"system": "http://zzz"}, "The system is not"),
        ({"version": "zzz"}, "The only version"),
        ({"code": "zzz"}, "no such code"),
        ({"display": "zzz"}, "is no name of the code"),
    ],
)
def test_a_fault_of_a_coding_is_told(
    ask: Asker, more: dict[str, str], expected: str
) -> None:
    """Each by its own sentence, and without what was sent."""
    value = {**coding("age"), **more}
    url = {"name": "url", "valueUri": SYSTEM}
    answer = ask.post(VALIDATE, url, {"name": "coding", "valueCoding": value})

    assert expected in told(sound(answer))["message"]
    assert "zzz" not in answer.text


def test_a_fault_is_told_in_french(ask: Asker) -> None:
    """Message and display, by displayLanguage."""
    answer = ask.ask(
        VALIDATE, url=SYSTEM, code="age", display="zzz", displayLanguage="fr"
    )

    assert answer["display"] == "Âge"
    assert "Le libellé" in answer["message"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"url": "http://loinc.org", "code": "age"}, (404, "not-found")),
        ({"url": f"{SYSTEM}|1999", "code": "age"}, (404, "not-found")),
        ({"url": SYSTEM, "version": "1999", "code": "age"}, (404, "not-found")),
        ({"code": "age"}, (400, "required")),
        ({"url": SYSTEM}, (400, "required")),
        ({"url": SYSTEM, "coding": "age"}, (400, "invalid")),
    ],
)
def test_validation_refuses_what_it_cannot_judge(
    ask: Asker, given: dict[str, str], expected: tuple[int, str]
) -> None:
    """Another system is not here; nothing to judge is a faulty request."""
    assert issue(ask.send(VALIDATE, **given))[:2] == expected


def test_a_canonical_with_the_version_is_known(
    ask: Asker, knowledge: Knowledge
) -> None:
    """`url|version` names the release that is here."""
    answer = ask.ask(VALIDATE, url=f"{SYSTEM}|{knowledge.version}", code="age")

    assert answer["result"] is True


# --- every code that a report gives ----------------------------------------------


def own_codings(value: Any) -> set[tuple[str, str]]:
    """Code and display of every coding of our system, at any depth."""
    if isinstance(value, list):
        return {found for each in value for found in own_codings(each)}
    if not isinstance(value, dict):
        return set()
    found = own_codings(list(value.values()))
    if value.get("system") == SYSTEM:
        found.add((value["code"], value.get("display", "")))
    return found


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_code_of_a_report_is_valid_with_its_display(
    ask: Asker, knowledge: Knowledge, language: str
) -> None:
    """Over the worked cases, as they are answered today in both languages."""
    found: set[tuple[str, str]] = set()
    for path in sorted((ROOT / "tests/cases").glob("*/bundle.json")):
        answer = ask.send_body(
            f"$interpret?_language={language}", path.read_text(encoding="utf-8")
        )
        found |= own_codings(json.loads(answer.text))

    assert len(found) > 100
    for code, display in found:
        valid = answer_of(knowledge, VALIDATE, url=SYSTEM, code=code, display=display)
        assert valid["result"] is True, (code, display)


@pytest.mark.parametrize("folder", ["cases", "published"])
def test_every_code_of_a_stored_report_is_valid(
    knowledge: Knowledge, folder: str
) -> None:
    """A release may not drop a code that a report has given."""
    found: set[tuple[str, str]] = set()
    for path in (ROOT / "tests" / folder).glob("*/report.json"):
        found |= own_codings(json.loads(path.read_text(encoding="utf-8")))

    for code, _ in found:
        valid = answer_of(knowledge, VALIDATE, url=SYSTEM, code=code)
        assert valid["result"] is True, code


# --- ValueSet/$validate-code -----------------------------------------------------


def test_every_member_of_every_value_set_is_valid(
    ask: Asker, knowledge: Knowledge
) -> None:
    """What an expansion lists, validation accepts."""
    for id in code_sets(knowledge):
        for code in members(ask.get(f"ValueSet/{id}/$expand")):
            answer = answer_of(knowledge, IN_SET, id, system=SYSTEM, code=code)
            assert answer["result"] is True, (id, code)


@given(data=st.data())
def test_a_stranger_to_a_value_set_is_not_valid(
    ask: Asker, knowledge: Knowledge, data: st.DataObject
) -> None:
    """A code of ours that is not a member."""
    known = code_sets(knowledge)
    id = data.draw(st.sampled_from(sorted(set(known) - {"all"})))
    strangers = sorted(set(CODES) - set(known[id].members))
    code = data.draw(st.sampled_from(strangers))

    answer = ask.ask(IN_SET, url=known[id].header.url, system=SYSTEM, code=code)
    assert answer["result"] is False
    assert "not in the value set" in answer["message"]


def test_a_posted_value_set_is_validated_against(ask: Asker) -> None:
    """Its definition decides, whatever its url says."""
    value_set = {
        "resourceType": "ValueSet",
        "status": "draft",
        "url": f"{BASE}/ValueSet/all",
        "compose": {"include": [{"system": SYSTEM, "concept": [{"code": "age"}]}]},
    }
    results = []
    for code in ("age", "sex"):
        answer = ask.post(
            IN_SET,
            {"name": "valueSet", "resource": value_set},
            {"name": "coding", "valueCoding": coding(code)},
        )
        results.append(told(sound(answer))["result"])

    assert results == [True, False]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"url": "http://no/such", "code": "a", "system": SYSTEM}, (404, "not-found")),
        ({"url": f"{BASE}/ValueSet/all", "code": "age"}, (400, "required")),
        ({"code": "age", "system": SYSTEM}, (400, "required")),
        ({"url": f"{BASE}/ValueSet/all"}, (400, "required")),
        (
            {"url": f"{BASE}/ValueSet/all", "display": "Age", "code": "age"},
            (400, "required"),
        ),
    ],
)
def test_membership_refuses_what_it_cannot_judge(
    ask: Asker, given: dict[str, str], expected: tuple[int, str]
) -> None:
    """An unknown set; a code without its system; nothing at all."""
    assert issue(ask.send(IN_SET, **given))[:2] == expected


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (LOOKUP, "system"),
        ("CodeSystem/dpo/$validate-code", "display"),
        ("ValueSet/all/$validate-code", "system"),
        ("ValueSet/all/$validate-code", "systemVersion"),
        ("ValueSet/all/$validate-code", "display"),
        ("ConceptMap/$translate", "system"),
        ("ConceptMap/$translate", "version"),
    ],
)
def test_what_belongs_to_a_code_is_refused_beside_a_coding(
    ask: Asker, path: str, name: str
) -> None:
    """A Coding has its own; a second one would be passed over."""
    answer = ask.post(
        path,
        {"name": "coding", "valueCoding": coding("age")},
        {"name": name, "valueString": "x"},
    )

    expected = (400, "invalid", "Parameters.parameter[1].value")
    assert issue(answer) == expected


# --- $subsumes -------------------------------------------------------------------


@given(one=any_code, other=any_code)
def test_subsumption_agrees_with_the_hierarchy(
    ask: Asker, knowledge: Knowledge, one: str, other: str
) -> None:
    """And swapping the sides turns the answer round."""
    above = codes_of(knowledge).above
    expected = (
        "equivalent"
        if one == other
        else "subsumes"
        if one in above[other]
        else "subsumed-by"
        if other in above[one]
        else "not-subsumed"
    )
    turned = {"subsumes": "subsumed-by", "subsumed-by": "subsumes"}

    there = ask.ask(SUBSUMES, system=SYSTEM, codeA=one, codeB=other)
    back = ask.ask("CodeSystem/dpo/$subsumes", codeA=other, codeB=one)
    assert there == {"outcome": expected}
    assert back == {"outcome": turned.get(expected, expected)}


def test_every_ancestor_subsumes(knowledge: Knowledge) -> None:
    """The pairs that chance rarely finds."""
    for code, above in codes_of(knowledge).above.items():
        for ancestor in above:
            sides = {"codeA": ancestor, "codeB": code}
            answer = answer_of(knowledge, SUBSUMES, system=SYSTEM, **sides)
            assert answer == {"outcome": "subsumes"}


def test_codings_are_compared_as_codes_are(ask: Asker) -> None:
    """Posted, with the system in each."""
    answer = ask.post(
        SUBSUMES,
        {"name": "codingA", "valueCoding": coding("al_amyloidosis")},
        {"name": "codingB", "valueCoding": coding("amyloidosis")},
    )

    assert told(sound(answer)) == {"outcome": "subsumed-by"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"system": SYSTEM, "codeA": "age"}, (400, "required")),
        ({"codeA": "age", "codeB": "age"}, (400, "required")),
        ({"system": "http://x", "codeA": "a", "codeB": "b"}, (404, "not-found")),
        (
            {"system": SYSTEM, "version": "1999", "codeA": "age", "codeB": "age"},
            (404, "not-found"),
        ),
        (
            {"system": SYSTEM, "codeA": "age", "codeB": "no_such"},
            (422, "code-invalid"),
        ),
        (
            {"system": SYSTEM, "codeA": "no_such", "codeB": "no_such"},
            (422, "code-invalid"),
        ),
    ],
)
def test_subsumption_refuses_what_it_cannot_compare(
    ask: Asker, given: dict[str, str], expected: tuple[int, str]
) -> None:
    """Two equal strangers are not equivalent: nobody knows what they are."""
    assert issue(ask.send(SUBSUMES, **given))[:2] == expected


def test_two_words_for_one_side_are_refused(ask: Asker) -> None:
    """Named with the place of the second."""
    answer = ask.post(
        "CodeSystem/dpo/$subsumes",
        {"name": "codeA", "valueCode": "age"},
        {"name": "codingA", "valueCoding": coding("sex")},
        {"name": "codeB", "valueCode": "age"},
    )

    assert issue(answer) == (400, "invalid", "Parameters.parameter[1].value")


def test_parts_are_read_by_name() -> None:
    """The reader of these tests can fail."""
    answer = named([{"name": "a", "part": [{"name": "b", "valueCode": "c"}]}])

    assert answer == {"a": [{"b": "c"}]}
