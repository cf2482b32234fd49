"""The record of a patient as one document: contract section 7, reliability row D10."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.errors import NotFound, ServiceError, UpstreamFailed, UpstreamRefused
from service.fhir.client import Exchange, Upstream
from service.fhir.reader import Reading, ReadOptions, read_cases
from service.fhir.record import TYPES, Record, read_record
from service.fhir.versions import newest_of
from service.model import Place, Source
from tests.documents import Json, observation, patient
from tests.fhir_stub import Asked, Reply, fhir_stub, reply

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

Known = Mapping[str, int | Json]
NOWHERE = Source("", "", "", "")
EVERYTHING = "/Patient/p/$everything"
ABOUT = {"subject": {"reference": "Patient/p"}}
COUGH = observation("cough", id="o", valueBoolean=True, **ABOUT)
NOT_SUPPORTED = (400, 403, 404, 405, 410, 422, 501)
SEARCHED = {
    "/Condition", "/DiagnosticReport", "/Encounter", "/FamilyMemberHistory",
    "/ImagingStudy", "/MedicationAdministration", "/MedicationRequest",
    "/MedicationStatement", "/Observation", "/Procedure",
}  # fmt: skip


def searchset(*resources: Json, following: str = "") -> Json:
    """A page of a search, as servers write it."""
    entries = [
        {"fullUrl": f"urn:x:{r.get('id')}", "resource": r, "search": {"mode": "match"}}
        for r in resources
    ]
    page: Json = {"resourceType": "Bundle", "type": "searchset"}
    if entries:
        page["entry"] = entries
    if following:
        page["link"] = [
            {"relation": "self", "url": "http://wrong.example"},
            {"relation": "next", "url": following},
        ]
    return page


@dataclass(frozen=True, slots=True)
class Seen:
    """What a read gave, and what was asked for it."""

    record: Record
    asked: tuple[Asked, ...]

    @property
    def resources(self) -> list[Json]:
        """The resources of the document."""
        return [
            entry["resource"] for entry in json.loads(self.record.document)["entry"]
        ]

    @property
    def names(self) -> list[str]:
        """Their references."""
        return [f"{r['resourceType']}/{r['id']}" for r in self.resources]

    @property
    def gaps(self) -> list[tuple[str, dict[str, str]]]:
        """The phrases of the gaps with what fills their places."""
        return [(gap.phrase, dict(gap.params)) for gap in self.record.gaps]


def read(script: Callable[[Asked], Reply] | list[Reply], **more: Any) -> Seen:
    """Read Patient/p from a stub."""
    with fhir_stub(script) as stub:
        upstream = Upstream(stub.base, **{"seconds": 600, **more})
        with Exchange(upstream, sleep=lambda _: None) as exchange:
            record = read_record(exchange, "p")
    return Seen(record, tuple(stub.asked))


def paged(*resources: Json, **more: Any) -> Seen:
    """Read a record that `$everything` gives on one page."""
    return read([reply(searchset(*resources))], **more)


def server(everything: int | Json, answers: Known) -> Callable[[Asked], Reply]:
    """A script by path: a status or a resource; other searches find nothing."""
    known = {EVERYTHING: everything, "/Patient/p": patient(), **answers}

    def answer(asked: Asked) -> Reply:
        found = known.get(asked.path.removeprefix("/fhir"), searchset())
        return Reply(found) if isinstance(found, int) else reply(found)

    return answer


# --- $everything -----------------------------------------------------------------


def test_everything_is_asked_for_the_types_that_are_read() -> None:
    """One request, for what the reader reads or looks up."""
    seen = paged(COUGH, patient())

    (asked,) = seen.asked
    assert (asked.verb, asked.path) == ("GET", f"/fhir{EVERYTHING}")
    assert asked.parameter("_type").split(",") == list(TYPES)
    assert asked.parameter("_count") == "100"


def test_the_document_is_a_collection_without_full_urls() -> None:
    """Type/id is the reference of each entry; the Patient comes first."""
    seen = paged(COUGH, patient())

    document = json.loads(seen.record.document)
    assert (document["resourceType"], document["type"]) == ("Bundle", "collection")
    assert document["entry"] == [{"resource": patient()}, {"resource": COUGH}]
    assert seen.gaps == []


@pytest.mark.parametrize("relative", [True, False])
def test_pages_are_followed_to_the_last(relative: bool) -> None:
    """As HAPI pages (`?_getpages=`), absolute or not."""

    def script(asked: Asked) -> Reply:
        page = asked.parameter("_getpages")
        if page == "2":
            return reply(searchset(COUGH))
        base = "" if relative else f"http://{asked.headers['host']}/fhir"
        return reply(searchset(patient(), following=f"{base}?_getpages=2"))

    seen = read(script)

    assert seen.names == ["Patient/p", "Observation/o"]
    assert seen.asked[1].path == "/fhir"


def test_outcomes_and_types_that_nobody_asked_for_are_left_out() -> None:
    """A server that does not know `_type` gives no other record."""
    page = searchset(patient(), {"resourceType": "Claim", "id": "c"}, COUGH)
    page["entry"][2]["search"]["mode"] = "outcome"
    page["entry"].append({"fullUrl": "urn:x:nothing"})

    assert read([reply(page)]).names == ["Patient/p"]


# --- searches --------------------------------------------------------------------


@pytest.mark.parametrize("status", NOT_SUPPORTED)
def test_without_everything_each_type_is_searched(status: int) -> None:
    """The same document, from one search for each type."""
    seen = read(server(status, {"/Observation": searchset(COUGH)}))

    assert seen.names == paged(COUGH, patient()).names
    assert {asked.path.removeprefix("/fhir") for asked in seen.asked[2:]} == SEARCHED
    assert {asked.parameter("patient") for asked in seen.asked[2:]} == {"Patient/p"}
    assert seen.gaps == []


def test_medications_are_included_in_the_searches() -> None:
    """A Medication belongs to no patient: it comes with what refers to it."""
    seen = read(server(404, {}))

    included = {asked.parameter("_include") for asked in seen.asked} - {""}
    assert included == {
        "MedicationAdministration:medication",
        "MedicationRequest:medication",
        "MedicationStatement:medication",
    }


def test_a_server_without_include_leaves_a_gap() -> None:
    """The orders are read all the same; the Medications are said to be missing."""

    def script(asked: Asked) -> Reply:
        if asked.parameter("_include"):
            return Reply(400)
        return server(404, known)(asked)

    order: Json = {"resourceType": "MedicationRequest", "id": "m", **ABOUT}
    known: Known = {"/MedicationRequest": searchset(order)}
    seen = read(script)

    assert seen.names == ["Patient/p", "MedicationRequest/m"]
    assert seen.gaps == [("gap_type", {"type": "Medication"})]


@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_a_type_that_is_refused_is_a_gap(status: int) -> None:
    """The report will name it; the rest is read."""
    known: Known = {"/ImagingStudy": status, "/Observation": searchset(COUGH)}
    seen = read(server(404, known))

    assert seen.names == ["Patient/p", "Observation/o"]
    assert seen.gaps == [("gap_type", {"type": "ImagingStudy"})]


def test_an_empty_list_of_entries_is_an_empty_page() -> None:
    """FHIR forbids it, and more than one server writes it."""
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []}
    seen = read(server(404, {"/Condition": empty, "/Observation": searchset(COUGH)}))

    assert (seen.names, seen.gaps) == (["Patient/p", "Observation/o"], [])


def test_an_empty_everything_is_searched_for() -> None:
    """Whoever gives nothing, not even the Patient, has not understood."""
    seen = read(server(searchset(), {"/Observation": searchset(COUGH)}))

    assert seen.names == ["Patient/p", "Observation/o"]


# --- whose record ----------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
def test_a_patient_that_is_not_there_is_not_found(status: int) -> None:
    """Never known or deleted: 404."""
    with pytest.raises(NotFound) as caught:
        read(server(status, {"/Patient/p": status}))

    assert caught.value.message == "The FHIR server has no Patient with this id."


@pytest.mark.parametrize(
    "script",
    [
        server(searchset(patient("other"), COUGH), {}),
        server(searchset(COUGH), {}),
        server(404, {"/Patient/p": patient("other")}),
        server(404, {"/Patient/p": {"resourceType": "Person", "id": "p"}}),
    ],
    ids=["everything of another", "nobody", "another", "no Patient"],
)
def test_another_patient_is_a_conflict(script: Callable[[Asked], Reply]) -> None:
    """Nothing is interpreted of whom nobody asked for."""
    with pytest.raises(UpstreamRefused) as caught:
        read(script)

    assert (caught.value.status, caught.value.issue) == (502, "conflict")


@pytest.mark.parametrize(
    "stranger",
    [
        patient("other"),
        {**COUGH, "id": "dropped", "subject": {"reference": "Patient/other"}},
        {**COUGH, "id": "dropped", "subject": {"reference": "Patient/p2"}},
        {**COUGH, "id": "dropped",
         "subject": {"reference": "http://other.example/fhir/Patient/p"}},
        {"resourceType": "FamilyMemberHistory", "id": "dropped",
         "patient": {"reference": "Patient/other/_history/2"}},
    ],
)  # fmt: skip
def test_what_is_about_another_patient_is_left_out_and_counted(stranger: Json) -> None:
    """Two patients never meet, and nothing is dropped in silence."""
    seen = paged(patient(), COUGH, stranger, stranger)

    assert seen.names == ["Patient/p", "Observation/o"]
    assert seen.gaps == [("gap_other_patient", {"count": "1"})]


def test_an_absolute_reference_to_the_patient_is_hers() -> None:
    """Some servers write every reference with their base."""

    def script(asked: Asked) -> Reply:
        subject = {"reference": f"http://{asked.headers['host']}/fhir/Patient/p"}
        return reply(searchset(patient(), {**COUGH, "subject": subject}))

    seen = read(script)
    (case,) = read_cases(seen.record.document, ReadOptions()).cases

    assert (len(case.statements), seen.gaps) == (1, [])


# --- one resource, one time ------------------------------------------------------


def version(number: str = "", changed: str = "", **more: Any) -> Json:
    """An Observation that says which version it is."""
    meta = {"versionId": number, "lastUpdated": changed}
    return {**COUGH, "meta": {k: v for k, v in meta.items() if v}, **more}


EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T00:30:00+00:00"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (version("1"), version("2")),
        (version("9"), version("10")),
        (version("2", EARLY), version("1", LATE)),
        (version("a", EARLY), version("b", LATE)),
        (version("1", EARLY), version("2", EARLY)),
    ],
)
def test_of_several_versions_the_newest_counts(older: Json, newer: Json) -> None:
    """A resource that changed between two pages comes once, in whatever order."""
    assert newest_of([older, newer]) == newest_of([newer, older]) == [newer]
    assert paged(patient(), newer, older).resources == [patient(), newer]


def test_copies_count_once() -> None:
    """The same resource on two pages is one."""
    assert paged(patient(), COUGH, COUGH).names == ["Patient/p", "Observation/o"]


def test_contents_without_an_order_are_both_handed_on() -> None:
    """The reader then uses neither (row C19)."""
    seen = paged(patient(), COUGH, {**COUGH, "valueBoolean": False})
    rows = read_cases(seen.record.document, ReadOptions()).rows

    assert [row.place for row in rows[1:]] == [Place.IGNORED, Place.IGNORED]


def test_resources_without_an_id_are_no_versions_of_each_other() -> None:
    """No server should, and nothing is lost if one does."""
    nameless = [{k: v for k, v in version("1", t).items() if k != "id"}
                for t in (EARLY, LATE)]  # fmt: skip

    assert len(paged(patient(), *nameless).resources) == 3


# --- limits and faults -----------------------------------------------------------


def endless(asked: Asked) -> Reply:
    """`$everything` with a new Observation on each page, and no last page."""
    page = int(asked.parameter("page") or 1)
    shown = patient() if page == 1 else {**COUGH, "id": f"o{page}"}
    return reply(searchset(shown, following=f"?page={page + 1}"))


def test_more_pages_than_the_limit_are_a_gap() -> None:
    """The patient is interpreted on what was read, and the report says so."""
    seen = read(endless, pages=3)

    assert seen.names[-2:] == ["Observation/o2", "Observation/o3"]
    assert seen.gaps == [("gap_pages", {"limit": "3"})]


def test_as_many_pages_as_the_limit_are_no_gap() -> None:
    """The last page has no next one."""
    assert paged(patient(), COUGH, pages=1).gaps == []


@pytest.mark.parametrize("framed", [True, False])
def test_more_bytes_than_the_limit_are_a_gap(framed: bool) -> None:
    """What came before is kept."""

    def script(asked: Asked) -> Reply:
        answer = endless(asked)
        fill = 2**20 * 3 // 4 * b" "
        return replace(answer, body=answer.body + fill, framed=framed)

    seen = read(script, mib=2)

    assert seen.gaps == [("gap_bytes", {"limit": "2"})]
    assert seen.names == ["Patient/p", "Observation/o2"]


def test_a_cut_record_without_its_patient_asks_for_her() -> None:
    """The Patient may come on a page that was not read."""

    def script(asked: Asked) -> Reply:
        if asked.path == "/fhir/Patient/p":
            return reply(patient())
        return reply(searchset(COUGH, following="?page=2"))

    assert read(script, pages=1).names == ["Patient/p", "Observation/o"]


def test_limits_hold_for_all_searches_together() -> None:
    """A search that has used up the pages leaves none for the others."""

    def script(asked: Asked) -> Reply:
        if asked.path.endswith("/Condition") or asked.query[:1] == (("page", "2"),):
            return reply(searchset(following="?page=2"))
        return server(404, {})(asked)

    seen = read(script, pages=4)

    assert seen.gaps == [("gap_pages", {"limit": "4"})]
    assert len(seen.asked) == 2 + 4


@pytest.mark.parametrize("path", [EVERYTHING, "/Observation", "/Patient/p"])
def test_a_fault_that_stays_leaves_nothing_to_interpret(path: str) -> None:
    """Half a record would be taken for a whole one."""
    with pytest.raises(UpstreamFailed):
        read(server(404, {path: 503}))


@pytest.mark.parametrize("path", [EVERYTHING, "/Observation"])
@pytest.mark.parametrize(
    ("fault", "issue"),
    [(401, "security"), (patient(), "structure"),
     ({"resourceType": "OperationOutcome"}, "structure")],
)  # fmt: skip
def test_an_answer_that_is_no_search_is_refused(
    path: str, fault: int | Json, issue: str
) -> None:
    """Neither a missing token nor another resource is an empty record."""
    with pytest.raises(UpstreamRefused) as caught:
        read(server(404, {path: fault}))

    assert caught.value.issue == issue


def test_a_page_that_leads_away_is_refused() -> None:
    """The whole read is: no page is followed to another server."""
    page = searchset(patient(), following="http://evil.example/fhir?page=2")

    with pytest.raises(UpstreamRefused) as caught:
        read([reply(page)])

    assert caught.value.issue == "security"


@pytest.mark.parametrize("id", [".", "..", "a/b", "a%2Fb", "", "a?b", "$everything/x"])
def test_an_id_that_is_none_asks_nothing(id: str) -> None:
    """Refused as the caller's error, before any request."""
    with (
        fhir_stub([reply(searchset())]) as stub,
        Exchange(Upstream(stub.base)) as exchange,
    ):
        with pytest.raises(ServiceError) as caught:
            read_record(exchange, id)

        assert (caught.value.status, stub.asked) == (400, [])


# --- the same as if it were posted -----------------------------------------------

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,9})?", fullmatch=True)


@settings(max_examples=20, suppress_health_check=[HealthCheck.differing_executors])
@given(NUMBERS)
def test_number_texts_survive_the_way(number: str) -> None:
    """1.10 on the server is 1.10 in the document."""
    quantity = json.dumps({**COUGH, "valueQuantity": {"value": "here"}})
    body = json.dumps(searchset(patient(), {"resourceType": "Observation", "id": "o"}))
    body = body.replace('{"resourceType": "Observation", "id": "o"}', quantity)
    seen = read([Reply(body=body.replace('"here"', number).encode())])

    assert f'"valueQuantity":{{"value":{number}}}' in seen.record.document.decode()


def facts(reading: Reading) -> list[str]:
    """What a case says, without where it stood and how it was referred to."""
    (case,) = reading.cases
    kept = [replace(s, source=NOWHERE, together=frozenset()) for s in case.statements]
    said = sorted(re.sub(r"entry\[\d+\]", "entry", repr(each)) for each in kept)
    return [repr(case.gender and case.gender.code), repr(case.birth), *said]


def test_a_record_reads_as_the_posted_bundle(bundle: bytes) -> None:
    """A worked case from a server has the same facts as when it is sent."""
    posted = json.loads(bundle)
    names = {e["fullUrl"]: f"{e['resource']['resourceType']}/{e['resource']['id']}"
             for e in posted["entry"]}  # fmt: skip
    stored = bundle.decode()
    for url, name in names.items():
        stored = stored.replace(f'"reference": "{url}"', f'"reference": "{name}"')
    person = next(n for n in names.values() if n.startswith("Patient/"))
    with (
        fhir_stub([Reply(body=stored.encode())]) as stub,
        Exchange(Upstream(stub.base)) as exchange,
    ):
        record = read_record(exchange, person.removeprefix("Patient/"))
    read_again = read_cases(record.document, ReadOptions())

    assert len(facts(read_again)) > 4
    assert facts(read_again) == facts(read_cases(bundle, ReadOptions()))
    assert record.gaps == ()
