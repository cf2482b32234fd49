"""$expand: which codes a value set holds, in which words, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from service.fhir.terminology.compose import composed
from service.fhir.terminology.expand import INPUTS, expand
from service.fhir.terminology.hierarchy import codes_of
from service.fhir.terminology.parameters import from_query
from service.fhir.terminology.value_sets import code_sets
from service.reasoning.knowledge import Knowledge
from tests.terminology import (
    BASE,
    SYSTEM,
    Asker,
    Json,
    call,
    deprecate,
    issue,
    members,
    sound,
    terms,
)

CODES = sorted(terms())
KINDS = sorted({row["kind"] for row in terms().values()})
EXPAND = "ValueSet/$expand"
ALL = f"{BASE}/ValueSet/all"


@pytest.fixture(scope="module")
def ask(app: Flask) -> Asker:
    """A client of the terminology operations."""
    return Asker(app)


def value_set(*include: Json, exclude: list[Json] | None = None, **more: Any) -> Json:
    """A definition to be posted."""
    compose: Json = {"include": list(include), **more}
    if exclude:
        compose["exclude"] = exclude
    return {"resourceType": "ValueSet", "status": "draft", "compose": compose}


def listed(*codes: str) -> Json:
    """An include of codes one by one."""
    return {"system": SYSTEM, "concept": [{"code": code} for code in codes]}


def filtered(property: str, op: str, value: str) -> Json:
    """An include by one filter."""
    return {
        "system": SYSTEM,
        "filter": [{"property": property, "op": op, "value": value}],
    }


def as_parameter(posted: Json) -> Json:
    """A value set as the parameter that holds it."""
    return {"name": "valueSet", "resource": posted}


# --- our own sets ----------------------------------------------------------------


def test_all_holds_every_code(ask: Asker) -> None:
    """No more and no less than the table of terms, each once and in order."""
    expanded = ask.get("ValueSet/all/$expand")

    assert members(expanded) == CODES
    assert expanded["expansion"]["total"] == len(CODES)


def test_every_value_set_expands_to_its_members(
    ask: Asker, knowledge: Knowledge
) -> None:
    """By url as by id."""
    for id, each in code_sets(knowledge).items():
        expanded = ask.get(EXPAND, url=each.header.url)
        assert members(expanded) == list(each.members)
        assert expanded["id"] == id


def test_a_published_definition_means_its_members(
    ask: Asker, knowledge: Knowledge
) -> None:
    """Whoever posts what was read gets the same codes: definition and list agree."""
    for id, each in code_sets(knowledge).items():
        posted = ask.get(f"ValueSet/{id}")
        expanded = sound(ask.post(EXPAND, as_parameter(posted)))
        assert members(expanded) == sorted(each.members)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_displays_are_in_the_language_asked_for(ask: Asker, language: str) -> None:
    """And so are title, description and the header."""
    answer = ask.send("ValueSet/values-grade/$expand", displayLanguage=language)

    expanded = sound(answer)
    for each in expanded["expansion"]["contains"]:
        assert each["display"] == terms()[each["code"]][f"label_{language}"]
    assert expanded["language"] == language
    assert answer.headers["Content-Language"] == language


def test_accept_language_is_a_wish_too(ask: Asker) -> None:
    """For who sets no parameter."""
    answer = ask.client.get(
        "/fhir/ValueSet/kind-pattern/$expand", headers={"Accept-Language": "fr-CA"}
    )

    first = sound(answer)["expansion"]["contains"][0]
    assert first["display"] == terms()[first["code"]]["label_fr"]


@given(
    offset=st.integers(min_value=0, max_value=900),
    count=st.integers(min_value=0, max_value=900),
)
def test_a_page_is_a_part_of_the_whole(ask: Asker, offset: int, count: int) -> None:
    """With the total and the offset beside it."""
    expanded = ask.get("ValueSet/all/$expand", offset=offset, count=count)

    assert members(expanded) == CODES[offset : offset + count]
    assert expanded["expansion"]["total"] == len(CODES)
    assert expanded["expansion"]["offset"] == offset


def test_an_expansion_without_pages_has_no_offset(ask: Asker) -> None:
    """R4: the element SHALL NOT be present then."""
    assert "offset" not in ask.get("ValueSet/all/$expand")["expansion"]


def texts(code: str) -> list[str]:
    """What a filter may find a code by."""
    row = terms()[code]
    cells = (row[f"{x}_{y}"] for x in ("label", "synonyms") for y in ("en", "fr"))
    return [code, *(text for cell in cells for text in cell.split("|") if text)]


@given(
    code=st.sampled_from(CODES),
    place=st.integers(min_value=0, max_value=9),
    cut=st.integers(min_value=3, max_value=8),
)
def test_a_filter_finds_a_code_by_any_name(
    ask: Asker, code: str, place: int, cut: int
) -> None:
    """By the beginning of its words, in any case and order, in either language."""
    names = texts(code)
    words = names[place % len(names)].split()
    text = " ".join(word[:cut] for word in reversed(words)).upper()

    assert code in members(ask.get("ValueSet/all/$expand", filter=text))


@pytest.mark.parametrize(
    ("typed", "written"), [("oeuf", "œuf"), ("PARIETAUX", "pariétaux")]
)
def test_a_filter_needs_no_accents(ask: Asker, typed: str, written: str) -> None:
    """As people type French: no accent, no ligature."""
    found = members(ask.get("ValueSet/all/$expand", filter=typed))

    french = [code for code in CODES if written in terms()[code]["label_fr"].lower()]
    assert french
    assert set(french) <= set(found)


def test_a_filter_that_nothing_meets_gives_nothing(ask: Asker) -> None:
    """An empty expansion, not an error."""
    expanded = ask.get("ValueSet/all/$expand", filter="zzz")

    assert expanded["expansion"]["total"] == 0
    assert "contains" not in expanded["expansion"]


def test_designations_are_given_on_demand(ask: Asker) -> None:
    """All other names, without the definitions."""
    url = "ValueSet/kind-disease/$expand"
    plain = ask.get(url)["expansion"]["contains"]
    full = ask.get(url, includeDesignations=True)["expansion"]["contains"]

    assert not any("designation" in each for each in plain)
    for each in full:
        names = {d["value"] for d in each["designation"]}
        assert names == set(texts(each["code"])[1:]) - {each["display"]} or names == (
            set(texts(each["code"])[1:])
        )


def test_the_definition_is_given_on_demand(ask: Asker) -> None:
    """Left out unless asked for."""
    url = "ValueSet/kind-test/$expand"

    assert "compose" not in ask.get(url)
    assert "compose" in ask.get(url, includeDefinition=True)


def test_an_expansion_tells_what_shaped_it(ask: Asker, knowledge: Knowledge) -> None:
    """Every parameter, the language, and the version of the code system."""
    given = {"filter": "a", "count": 2, "activeOnly": True, "excludeNested": True}
    expanded = ask.get("ValueSet/all/$expand", **given)

    told = {
        each["name"]: next(v for k, v in each.items() if k != "name")
        for each in expanded["expansion"]["parameter"]
    }
    assert told == {
        **given,
        "displayLanguage": "en",
        "version": f"{SYSTEM}|{knowledge.version}",
    }


def test_an_expansion_has_a_time_and_a_name(ask: Asker) -> None:
    """The same question gives the same identifier, another one another."""
    first, second, other = (
        ask.get("ValueSet/all/$expand", count=count)["expansion"] for count in (1, 1, 2)
    )

    assert first["timestamp"] == "2026-03-01T02:30:00+05:45"
    assert first["identifier"] == second["identifier"] != other["identifier"]


# --- posted definitions ----------------------------------------------------------


@given(
    included=st.lists(st.sampled_from(CODES), min_size=1, max_size=5),
    kind=st.sampled_from(KINDS),
    top=st.sampled_from(CODES),
    excluded=st.lists(st.sampled_from(CODES), min_size=1, max_size=5),
)
def test_includes_add_and_excludes_take_away(
    ask: Asker,
    knowledge: Knowledge,
    included: list[str],
    kind: str,
    top: str,
    excluded: list[str],
) -> None:
    """As sets do, in the order of the code system."""
    codes = codes_of(knowledge)
    posted = value_set(
        listed(*included),
        filtered("kind", "=", kind),
        filtered("concept", "is-a", top),
        exclude=[listed(*excluded)],
    )
    expanded = sound(ask.post(EXPAND, as_parameter(posted)))

    expected = {*included, top, *codes.below(top)} | set(knowledge.of_kind(kind))
    assert members(expanded) == sorted(expected - set(excluded))


@pytest.mark.parametrize(
    ("op", "holds_itself"), [("is-a", True), ("descendent-of", False)]
)
def test_filters_by_hierarchy_follow_it(
    ask: Asker, knowledge: Knowledge, op: str, *, holds_itself: bool
) -> None:
    """For every code that has others below it."""
    codes = codes_of(knowledge)
    for code in [code for code, children in codes.children.items() if children]:
        posted = value_set(filtered("concept", op, code))
        found = set(members(sound(ask.post(EXPAND, as_parameter(posted)))))
        assert (code in found) is holds_itself
        assert found - {code} == codes.below(code)


def test_filters_of_one_include_must_all_hold(ask: Asker) -> None:
    """R4: if several are given, all of them."""
    include = filtered("kind", "=", "disease")
    include["filter"] += filtered("concept", "is-a", "amyloidosis")["filter"]
    found = members(sound(ask.post(EXPAND, as_parameter(value_set(include)))))

    assert "al_amyloidosis" in found
    assert all(terms()[code]["kind"] == "disease" for code in found)


def test_a_set_may_refer_to_one_of_ours(ask: Asker, knowledge: Knowledge) -> None:
    """With or without the version; with a system, both conditions hold."""
    url = f"{BASE}/ValueSet/values-ct-zone"
    posted = value_set(
        {"valueSet": [f"{url}|{knowledge.version}"]},
        {"system": SYSTEM, "valueSet": [f"{BASE}/ValueSet/values-grade"]},
    )
    found = members(sound(ask.post(EXPAND, as_parameter(posted))))

    sets = code_sets(knowledge)
    expected = {*sets["values-ct-zone"].members, *sets["values-grade"].members}
    assert set(found) == expected


def test_a_value_set_may_be_the_body_itself(ask: Asker) -> None:
    """The one resource that the operation takes."""
    answer = ask.send_body(EXPAND, json.dumps(value_set(listed("age"))))

    assert members(sound(answer)) == ["age"]


def test_the_definition_of_a_posted_set_comes_back(ask: Asker) -> None:
    """Without what an answer has no use for."""
    posted = value_set(listed("age"), lockedDate=None)
    del posted["compose"]["lockedDate"]
    posted["compose"]["extension"] = [{"url": "http://x", "valueDecimal": 1.5}]
    expanded = sound(
        ask.post(
            EXPAND,
            as_parameter({**posted, "url": "http://x/y", "title": "Mine"}),
            {"name": "includeDefinition", "valueBoolean": True},
        )
    )

    assert expanded["compose"] == {"include": [listed("age")]}
    assert (expanded["url"], expanded["title"]) == ("http://x/y", "Mine")


AT = "Parameters.parameter[0].resource"
INCLUDE = f"{AT}.compose.include[0]"


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        (value_set(listed("no_such")), ("code-invalid", f"{INCLUDE}.concept[0].code")),
        (
            value_set(filtered("concept", "is-a", "no_such")),
            ("code-invalid", f"{INCLUDE}.filter[0].value"),
        ),
        (
            value_set(filtered("kind", "in", "a,b")),
            ("not-supported", f"{INCLUDE}.filter[0].op"),
        ),
        (
            value_set(filtered("unit", "=", "mm")),
            ("not-supported", f"{INCLUDE}.filter[0].property"),
        ),
        (
            value_set({"system": "http://loinc.org"}),
            ("not-supported", f"{INCLUDE}.system"),
        ),
        (
            value_set({"system": SYSTEM, "version": "1999"}),
            ("not-supported", f"{INCLUDE}.version"),
        ),
        (
            value_set({"valueSet": ["http://no/such"]}),
            ("not-supported", f"{INCLUDE}.valueSet[0]"),
        ),
        (
            value_set({"valueSet": [ALL, f"{BASE}/ValueSet/kind-test"]}),
            ("not-supported", INCLUDE),
        ),
        (
            value_set(listed("age"), lockedDate="2020-01-01"),
            ("not-supported", f"{AT}.compose.lockedDate"),
        ),
        (value_set({"concept": [{"code": "age"}]}), ("invariant", INCLUDE)),
        (value_set({**listed("age"), **filtered("kind", "=", "a")}),
         ("invariant", INCLUDE)),
        (value_set({"version": "1"}), ("invariant", INCLUDE)),
        ({"resourceType": "ValueSet", "status": "draft"}, ("required", AT)),
        (
            {"resourceType": "ValueSet", "compose": {"include": [{}]}},
            ("structure", f"{AT}.compose"),
        ),
        (
            value_set({"system": SYSTEM, "filter": [{"property": "kind"}]}),
            ("required", f"{INCLUDE}.filter[0]"),
        ),
        (
            value_set(listed("age"), modifierExtension=[{"url": "http://x"}]),
            ("extension", None),
        ),
    ],
)  # fmt: skip
def test_a_definition_that_cannot_be_followed_is_refused(
    ask: Asker, posted: Json, expected: tuple[str, str | None]
) -> None:
    """422 with the place, never a set that is nearly the one meant."""
    status, code, expression = issue(ask.post(EXPAND, as_parameter(posted)))

    assert status in (400, 422)
    assert (code, expression) == expected


@pytest.mark.parametrize(
    ("given", "is_there"),
    [({}, True), ({"activeOnly": ["true"]}, False), ({"activeOnly": ["false"]}, True)],
)
def test_an_inactive_code_is_marked_or_left_out(
    knowledge: Knowledge, given: dict[str, list[str]], *, is_there: bool
) -> None:
    """It is a member still, unless only active codes are asked for."""
    one, other = knowledge.of_kind("pattern")[:2]
    later = deprecate(knowledge, one, other)
    query = {"url": [f"{BASE}/ValueSet/kind-pattern"], **given}

    expanded = expand(call(later, from_query(query, INPUTS)))
    marks = {each["code"]: each.get("inactive") for each in contained(expanded)}
    assert (one in marks) is is_there
    assert marks.get(one, True) is True
    assert marks[other] is None


def contained(expanded: Json) -> list[Json]:
    """The entries of an expansion."""
    entries: list[Json] = expanded["expansion"]["contains"]
    return entries


@pytest.mark.parametrize("inactive", [None, True, False])
def test_a_definition_may_leave_out_inactive_codes(
    knowledge: Knowledge, *, inactive: bool | None
) -> None:
    """By compose.inactive; without it they stay."""
    one, other = knowledge.of_kind("pattern")[:2]
    later = deprecate(knowledge, one, other)
    more: Json = {} if inactive is None else {"inactive": inactive}

    found = composed(value_set(listed(one, other), **more), "x", later)
    assert found == ((other,) if inactive is False else tuple(sorted([one, other])))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (400, "required")),
        ({"url": "http://no/such"}, (404, "not-found")),
        ({"url": f"{ALL}|1999"}, (404, "not-found")),
        ({"url": ALL, "valueSetVersion": "1999"}, (404, "not-found")),
        ({"url": ALL, "count": "-1"}, (400, "invalid")),
        ({"url": ALL, "count": "many"}, (400, "invalid")),
        ({"url": ALL, "activeOnly": "yes"}, (400, "invalid")),
        ({"url": ALL, "displayLanguage": "de"}, (400, "invalid")),
        ({"url": ALL, "date": "2020-01-01"}, (400, "invalid")),
        ({"url": ALL, "valueSet": "{}"}, (400, "invalid")),
        ({"url": [ALL, ALL]}, (400, "invalid")),
        ({"url": ""}, (400, "invalid")),
    ],
)
def test_an_expansion_that_cannot_be_made_is_refused(
    ask: Asker, given: Json, expected: tuple[int, str]
) -> None:
    """Nobody gets another set than the one asked for."""
    assert issue(ask.send(EXPAND, **given))[:2] == expected


def test_two_value_sets_in_one_question_are_refused(ask: Asker) -> None:
    """By address and by url."""
    answer = ask.send("ValueSet/all/$expand", url=ALL)

    assert issue(answer)[:2] == (400, "invalid")
