"""Writing back: one report on the server, whatever is repeated, lost or changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import (
    ServiceError,
    UpstreamConflict,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimeout,
)
from service.fhir.answers import Answer
from service.fhir.exact_json import write_json
from service.fhir.identity import Form
from service.fhir.standing import identifier_of
from service.fhir.write_back import ROUNDS, Make, Outcome, Written, write_back
from service.fhir.writer import WriteOptions
from service.interpret import Options, interpret
from tests import fhir_memory, samples
from tests.fhir_memory import BASE, FhirMemory, Killed, MemoryExchange, references

Resource = dict[str, Any]
CASES = Path(__file__).parent / "cases"
KNOWLEDGE = samples.knowledge()
EARLY, LATE = "2026-11-25T09:30:00+02:00", "2026-11-26T10:00:00+02:00"
# The facts of mitral-87m, and two readings of it with an entry left out: without the
# Condition two Observations fall away, without the nodules fifteen.
ALL, NO_CONDITION, NO_NODULES = "mitral-87m", "mitral-87m/3", "mitral-87m/2"
CONFLICTING, RESOLVED = "contradicting-data", "contradicting-data/3"


# --- the reports ---------------------------------------------------------------------


def record(facts: str) -> Resource:
    """The Bundle of a worked case, without the entry whose place follows a slash."""
    name, _, left_out = facts.partition("/")
    bundle: Resource = json.loads((CASES / name / "bundle.json").read_text("utf-8"))
    if left_out:
        del bundle["entry"][int(left_out)]
    return bundle


@lru_cache(maxsize=256)
def transaction(facts: str, beside: bool, issued: str, language: str) -> str:
    """The JSON text of a real report in the transaction form."""
    options = Options(writing=WriteOptions(Form.TRANSACTION, language, beside))
    document = json.dumps(record(facts)).encode()
    time = datetime.fromisoformat(issued)
    return json.dumps(interpret(document, KNOWLEDGE, time, options).document)


def maker(facts: str, issued: str = EARLY, language: str = "en") -> Make:
    """What write_back asks for the report; `issued` is the clock of the call."""

    def make(beside: bool, own: str | None) -> Resource:
        bundle: Resource = json.loads(
            transaction(facts, beside, own or issued, language)
        )
        return bundle

    return make


def places(facts: str, beside: bool = False) -> list[str]:
    """`Type/id` of each part, the report first."""
    bundle = maker(facts)(beside, None)
    return [entry["request"]["url"] for entry in bundle["entry"]]


def identifier(facts: str) -> str:
    """The identifier of the report of these facts."""
    return identifier_of(maker(facts)(False, None)["entry"][0]["resource"])


PLACE = places(ALL)[0]
FALLEN = [place for place in places(ALL) if place not in places(NO_CONDITION)]


# --- the server ----------------------------------------------------------------------


def serve(facts: str = ALL, **behaviour: Any) -> FhirMemory:
    """A server that holds the record of the patient."""
    server = FhirMemory(**behaviour)
    for entry in record(facts.partition("/")[0])["entry"]:
        server.put(plain_references(entry["resource"]))
    return server


def plain_references(resource: Resource) -> Resource:
    """The resource as a server holds it: Type/id in the place of urn:uuid."""
    text = json.dumps(resource).replace("urn:uuid:", "Patient/")
    plain: Resource = json.loads(text)
    return plain


def write(
    server: FhirMemory,
    facts: str = ALL,
    issued: str = EARLY,
    language: str = "en",
    sleep: Callable[[float], None] = lambda _: None,
) -> Written:
    """One call for the facts."""
    exchange = MemoryExchange(server)
    return write_back(exchange, maker(facts, issued, language), sleep=sleep)


def reports(server: FhirMemory) -> dict[str, Resource]:
    """What stands there as a DiagnosticReport."""
    return {place: server.read(place) for place in server.current("DiagnosticReport/")}


def take_over(server: FhirMemory, place: str = PLACE, **change: Any) -> str:
    """A person verifies a report; the text that stands there then."""
    server.put(server.read(place) | (change or {"status": "final"}))
    return server.current()[place]


def refer(server: FhirMemory, place: str) -> str:
    """A person's own resource refers to a part of ours; its text."""
    note = {"resourceType": "Basic", "id": "note", "subject": {"reference": place}}
    server.put(note)
    return server.current()["Basic/note"]


def orphans(server: FhirMemory) -> set[str]:
    """Parts of ours that no Provenance of ours speaks of, and that are not in error."""
    told = {
        place
        for text in server.current("Provenance/").values()
        for place in references(text)
    }
    return {
        place
        for place, text in server.current().items()
        if '"device":' in text or '"author":' in text
        if place not in told and '"status":"entered-in-error"' not in text
    }


def as_json(resource: Resource) -> Any:
    """A resource with its numbers as numbers, without version and time."""
    plain = json.loads(write_json(resource))
    for key in ("versionId", "lastUpdated"):
        plain.get("meta", {}).pop(key, None)
    return plain


def posts(server: FhirMemory) -> int:
    """How many transactions were sent."""
    return server.journal.count("POST")


def same_as_stored(server: FhirMemory, answer: Resource) -> bool:
    """Whether each entry of an answer is what stands at its fullUrl."""
    return all(
        as_json(entry["resource"])
        == as_json(server.read(entry["fullUrl"].removeprefix(f"{BASE}/")))
        for entry in answer["entry"]
    )


class TestFirstWrite:
    """Nothing of ours stands there yet."""

    def test_the_report_and_all_its_parts_are_created(self) -> None:
        """One transaction; the report says its version."""
        server = serve()
        written = write(server)

        assert written.outcome is Outcome.CREATED
        assert written.report["meta"]["versionId"] == "1"
        assert written.report["meta"]["lastUpdated"] == fhir_memory.updated(1)
        assert set(places(ALL)) <= server.current().keys()

    def test_the_answer_is_a_collection_of_what_stands_there(self) -> None:
        """Each fullUrl is the address on the server; the report comes first."""
        server = serve()
        answer = write(server).answer

        urls = [entry["fullUrl"] for entry in answer["entry"]]
        assert (answer["type"], urls) == (
            "collection",
            [f"{BASE}/{place}" for place in places(ALL)],
        )
        assert same_as_stored(server, answer)
        assert answer["entry"][0]["resource"]["meta"]["versionId"] == "1"

    def test_repeating_it_writes_nothing(self) -> None:
        """Ten more calls, each at its own time, leave version 1."""
        server = serve()
        write(server)
        outcomes = {write(server, issued=LATE).outcome for _ in range(10)}

        assert outcomes == {Outcome.UNCHANGED}
        assert posts(server) == 1
        assert all(len(versions) == 1 for versions in server.content.values())

    def test_the_answer_of_a_repetition_is_what_stands_there(self) -> None:
        """Also the time of reasoning is that of the first call."""
        server = serve()
        first = write(server)
        again = write(server, issued=LATE)

        assert same_as_stored(server, again.answer)
        assert as_json(again.report) == as_json(first.report)
        assert again.report["meta"] == again.answer["entry"][0]["resource"]["meta"]

    def test_a_server_may_refuse_conditions_on_what_is_not_there(self) -> None:
        """If-Match fails for an absent resource: the report is sent without."""
        server = serve(stale=412, needs_existing=True)
        written = write(server)

        assert written.outcome is Outcome.CREATED
        assert posts(server) == 2

    def test_a_refusal_of_the_condition_as_such_is_no_refusal_of_the_report(
        self,
    ) -> None:
        """422 to the first transaction, and to no other."""
        server = serve()
        server.faults.append(fhir_memory.refusing(422))

        assert write(server).outcome is Outcome.CREATED

    def test_a_report_that_appears_meanwhile_is_not_run_over(self) -> None:
        """Somebody writes other facts between our reading and our writing."""
        server = serve()
        action = lambda: write(server, NO_CONDITION)  # noqa: E731
        server.faults.append(fhir_memory.after(server, action))
        written = write(server)

        assert written.outcome is Outcome.UPDATED
        assert orphans(server) == set()


class TestChange:
    """The facts are others than those of the report that stands there."""

    def test_it_becomes_a_new_version(self) -> None:
        """Same place, another identifier, still partial."""
        server = serve()
        write(server)
        written = write(server, NO_CONDITION, LATE)
        (report,) = reports(server).values()

        assert written.outcome is Outcome.UPDATED
        assert written.report["meta"]["versionId"] == "2"
        assert identifier_of(report) == identifier(NO_CONDITION)
        assert (report["status"], report["issued"]) == ("partial", LATE)

    @pytest.mark.parametrize(
        ("before", "after"), [(ALL, NO_NODULES), (CONFLICTING, RESOLVED)]
    )
    def test_parts_that_fell_away_are_deleted(self, before: str, after: str) -> None:
        """Exactly those, in the same transaction; DetectedIssues too."""
        server = serve(before)
        untouched = server.current()
        write(server, before)
        write(server, after)

        fallen = set(places(before)) - set(places(after))
        assert server.current().keys() == untouched.keys() | set(places(after))
        assert fallen
        assert all(server.content[place][-1] is None for place in fallen)
        assert posts(server) == 2

    def test_a_part_that_vanished_already_is_no_error(self) -> None:
        """A person deleted it before."""
        server = serve()
        write(server)
        server.delete(FALLEN[0])

        assert write(server, NO_CONDITION).outcome is Outcome.UPDATED
        assert not FALLEN[1:] or FALLEN[1] not in server.current()

    def test_nothing_is_deleted_because_a_provenance_names_it(self) -> None:
        """A person wrote the patient's own Observation into ours."""
        server = serve()
        write(server)
        own = next(iter(server.current("Observation/")))
        assert own not in places(ALL)
        provenance = server.read(next(p for p in places(ALL) if "Provenance" in p))
        provenance["target"] += [{"reference": own}, {"reference": "Patient/.."}]
        server.put(provenance)

        assert write(server, NO_CONDITION).outcome is Outcome.UPDATED
        assert own in server.current()

    def test_targets_may_be_absolute_and_name_a_version(self) -> None:
        """As some servers write references back."""
        server = serve()
        write(server)
        provenance = server.read(next(p for p in places(ALL) if "Provenance" in p))
        for target in provenance["target"]:
            target["reference"] = f"{BASE}/{target['reference']}/_history/1"
        server.put(provenance)
        write(server, NO_CONDITION)

        assert not server.current().keys() & set(FALLEN)

    def test_a_part_that_a_person_refers_to_is_kept_in_error(self) -> None:
        """The server refuses to delete it, and would for ever."""
        server = serve()
        write(server)
        text = refer(server, FALLEN[0])
        written = write(server, NO_CONDITION)

        assert written.outcome is Outcome.UPDATED
        assert server.read(FALLEN[0])["status"] == "entered-in-error"
        assert server.current()["Basic/note"] == text
        assert orphans(server) == set()

    def test_a_part_kept_in_error_stands_again_when_its_facts_do(self) -> None:
        """Nothing is left of the error."""
        server = serve()
        write(server)
        before = server.current()
        refer(server, FALLEN[0])
        write(server, NO_CONDITION)
        write(server, ALL)

        assert server.current() == before | {
            "Basic/note": server.current()["Basic/note"]
        }

    def test_another_language_writes_nothing(self) -> None:
        """The answer is in the language asked for, under the ids that stand there."""
        server = serve()
        write(server)
        written = write(server, language="fr")
        report = written.answer["entry"][0]["resource"]

        assert (written.outcome, posts(server)) == (Outcome.UNCHANGED, 1)
        assert (report["language"], written.report["language"]) == ("fr", "en")
        assert report["meta"]["versionId"] == "1"

    def test_what_is_stored_depends_on_the_facts_only(self) -> None:
        """The same bytes after any history."""
        first, second = serve(), serve()
        write(first, NO_CONDITION, LATE)
        write(second)
        second.faults.append(fhir_memory.lost(second))
        write(second, NO_NODULES)
        second.faults.append(fhir_memory.refusing())
        write(second, NO_CONDITION, LATE)

        assert first.current() == second.current()


TAKEN = [
    {"status": "final"},
    {"status": "amended"},
    {"status": "entered-in-error"},
    {"resultsInterpreter": [{"display": "Dr A"}]},
]


@pytest.mark.parametrize("change", TAKEN, ids=lambda change: str(*change.values()))
class TestTakenOver:
    """A human verified, changed or withdrew the report: it is theirs."""

    def test_the_new_reading_stands_beside_it(self, change: Resource) -> None:
        """Under ids of its own; not one part of the other is touched."""
        server = serve()
        write(server)
        take_over(server, **change)
        before = server.current()
        written = write(server, NO_CONDITION)

        assert written.outcome is Outcome.BESIDE
        assert before.items() <= server.current().items()
        assert reports(server).keys() == {PLACE, places(NO_CONDITION, True)[0]}

    def test_repeating_the_new_reading_writes_nothing(self, change: Resource) -> None:
        """One report beside for these facts."""
        server = serve()
        write(server)
        take_over(server, **change)
        write(server, NO_CONDITION)
        before = server.current()
        again = write(server, NO_CONDITION, LATE)

        assert (again.outcome, server.current()) == (Outcome.UNCHANGED, before)
        assert same_as_stored(server, again.answer)

    def test_the_same_facts_write_nothing(self, change: Resource) -> None:
        """The answer shows the report as the human left it."""
        server = serve()
        write(server)
        take_over(server, **change)
        before = server.current()
        written = write(server, issued=LATE)
        shown = written.answer["entry"][0]["resource"]

        assert (written.outcome, server.current()) == (Outcome.UNCHANGED, before)
        assert as_json(shown) == as_json(server.read(PLACE))
        assert shown["meta"]["versionId"] == "2"

    @pytest.mark.parametrize("stale", [409, 412])
    def test_a_human_may_be_faster_than_our_writing(
        self, change: Resource, stale: int
    ) -> None:
        """Their version is found by If-Match, and stays."""
        server = serve(stale=stale)
        write(server)
        texts: list[str] = []
        action = lambda: texts.append(take_over(server, **change))  # noqa: E731
        server.faults.append(fhir_memory.after(server, action))
        written = write(server, NO_CONDITION)

        assert written.outcome is Outcome.BESIDE
        assert [server.current()[PLACE]] == texts
        assert len(server.content[PLACE]) == 2

    def test_a_human_may_take_over_a_report_that_we_did_not_see(
        self, change: Resource
    ) -> None:
        """Written and taken over by others between our reading and our writing."""
        server = serve()
        texts: list[str] = []

        def meanwhile() -> None:
            write(server, NO_CONDITION)
            texts.append(take_over(server, **change))

        server.faults.append(fhir_memory.after(server, meanwhile))
        written = write(server)

        assert written.outcome is Outcome.BESIDE
        assert [server.current()[PLACE]] == texts

    def test_the_report_beside_may_be_taken_over_too(self, change: Resource) -> None:
        """Its ids are those of its facts, so that it states them whatever it says."""
        server = serve()
        write(server)
        take_over(server)
        write(server, NO_CONDITION)
        beside = places(NO_CONDITION, True)[0]
        take_over(server, beside, identifier=[{"value": "theirs"}], **change)
        before = server.current()

        assert write(server, NO_CONDITION).outcome is Outcome.UNCHANGED
        assert server.current() == before


class TestDeleted:
    """A person deleted the report."""

    def test_it_is_written_again(self) -> None:
        """This was asked for; the versions go on."""
        server = serve()
        write(server)
        server.delete(PLACE)
        written = write(server)

        assert written.outcome is Outcome.CREATED
        assert written.report["meta"]["versionId"] == "3"

    def test_a_server_may_count_the_deletion_as_a_version(self) -> None:
        """As HAPI does: any If-Match is stale."""
        server = serve()
        write(server)
        server.delete(PLACE)
        server.faults.append(fhir_memory.refusing(409))

        assert write(server).outcome is Outcome.CREATED

    def test_its_older_parts_fall_away_with_other_facts(self) -> None:
        """They stood on without their report."""
        server = serve()
        write(server)
        server.delete(PLACE)
        write(server, NO_CONDITION)

        assert not server.current().keys() & set(FALLEN)
        assert orphans(server) == set()

    def test_facts_that_stand_beside_are_not_written_twice(self) -> None:
        """The report that was taken over is gone; the one beside it is not."""
        server = serve()
        write(server)
        take_over(server)
        write(server, NO_CONDITION)
        server.delete(PLACE)

        assert write(server, NO_CONDITION).outcome is Outcome.UNCHANGED
        assert reports(server).keys() == {places(NO_CONDITION, True)[0]}


class TestLostAndKilled:
    """Nobody knows what became of a transaction."""

    def test_a_lost_answer_is_found_by_reading(self) -> None:
        """One transaction, version 1, and the outcome that it had."""
        server = serve()
        server.faults.append(fhir_memory.lost(server))
        written = write(server)

        assert (written.outcome, posts(server)) == (Outcome.CREATED, 1)
        assert same_as_stored(server, written.answer)

    def test_an_answer_without_a_version_is_found_by_reading(self) -> None:
        """The server stored all, and said nothing of it."""
        server = serve()
        server.faults.append(fhir_memory.wordless(server))
        written = write(server)

        assert (written.outcome, posts(server)) == (Outcome.CREATED, 1)
        assert written.report["meta"]["versionId"] == "1"

    def test_a_failure_without_effect_is_repeated(self) -> None:
        """Once more, and then no more."""
        server = serve()
        server.faults.append(fhir_memory.failing())
        written = write(server)

        assert (written.outcome, posts(server)) == (Outcome.CREATED, 2)

    def test_the_last_answer_may_be_lost_too(self) -> None:
        """After the last try the server is read once more."""
        server = serve()
        server.faults += [fhir_memory.failing()] * (ROUNDS - 1)
        server.faults.append(fhir_memory.lost(server))

        assert write(server).outcome is Outcome.CREATED

    def test_killed_before_writing_leaves_nothing(self) -> None:
        """The caller repeats, and the report is created."""
        server = serve()
        before = server.current()
        server.faults.append(fhir_memory.killed(server, before=True))
        with pytest.raises(Killed):
            write(server)

        assert server.current() == before
        assert write(server).outcome is Outcome.CREATED

    def test_killed_after_writing_leaves_one_report(self) -> None:
        """The caller repeats, and nothing is written."""
        server = serve()
        server.faults.append(fhir_memory.killed(server, before=False))
        with pytest.raises(Killed):
            write(server)

        assert write(server, issued=LATE).outcome is Outcome.UNCHANGED
        assert posts(server) == 1

    def test_the_deadline_ends_the_call(self) -> None:
        """There is no time to read again: the next call finds what was written."""
        server = serve()
        server.faults.append(fhir_memory.late(server))
        with pytest.raises(UpstreamTimeout):
            write(server)

        assert write(server, issued=LATE).outcome is Outcome.UNCHANGED


class TestRefused:
    """The server does not take it."""

    def test_a_server_that_fails_each_time_is_said_so(self) -> None:
        """After four tries, nothing stands there."""
        server = serve()
        before = server.current()
        server.faults += [fhir_memory.failing()] * ROUNDS
        with pytest.raises(UpstreamFailed):
            write(server)

        assert (posts(server), server.current()) == (ROUNDS, before)

    def test_pauses_are_jittered_and_grow(self) -> None:
        """None is longer than twice the longest before it."""
        server, slept = serve(), list[float]()
        server.faults += [fhir_memory.failing()] * ROUNDS
        with pytest.raises(UpstreamFailed):
            write(server, sleep=slept.append)

        assert all(0 <= seconds <= 0.2 * 2**turn for turn, seconds in enumerate(slept))
        assert len(set(slept)) == ROUNDS

    def test_a_short_retry_after_is_waited(self) -> None:
        """What the server asks for wins over our own pause."""
        server, slept = serve(), list[float]()
        server.faults.append(fhir_memory.failing(3))
        write(server, sleep=slept.append)

        assert slept == [3]

    def test_a_long_retry_after_is_handed_on(self) -> None:
        """The caller is told, and nobody waits."""
        server, slept = serve(), list[float]()
        server.faults.append(fhir_memory.failing(60))
        with pytest.raises(UpstreamFailed) as caught:
            write(server, sleep=slept.append)

        assert (caught.value.retry_after, slept, posts(server)) == (60, [], 1)

    def test_without_credentials_nothing_is_repeated(self) -> None:
        """401: one transaction."""
        server = serve()
        server.faults += [fhir_memory.refusing(401, "security")] * 2
        with pytest.raises(UpstreamRefused):
            write(server)

        assert posts(server) == 1

    @pytest.mark.parametrize(("facts", "tries"), [(ALL, 2), (NO_CONDITION, 1)])
    def test_a_refusal_is_final(self, facts: str, tries: int) -> None:
        """A first write is tried without its condition, a change is not."""
        server = serve()
        if facts != ALL:
            write(server)
        sent = posts(server)
        server.faults += [fhir_memory.refusing(422)] * 3
        with pytest.raises(UpstreamRefused):
            write(server, facts)

        assert posts(server) - sent == tries

    def test_a_conflict_that_stays_is_told(self) -> None:
        """409 to each of four tries, though nothing changes."""
        server = serve()
        write(server)
        server.faults += [fhir_memory.refusing(409)] * ROUNDS
        with pytest.raises(UpstreamConflict):
            write(server, NO_CONDITION)

        assert posts(server) == 1 + ROUNDS

    def test_a_server_without_versions_is_not_written_to(self) -> None:
        """A human's change could not be told."""
        server = serve()
        write(server)

        class Versionless(MemoryExchange):
            def get(self, *args: Any, **more: Any) -> Answer:
                answer = super().get(*args, **more)
                answer.resource.pop("meta", None)
                return Answer(answer.status, answer.resource)

        with pytest.raises(UpstreamRefused) as caught:
            write_back(Versionless(server), maker(NO_CONDITION))
        assert caught.value.issue == "not-supported"

    def test_an_answer_with_another_resource_is_refused(self) -> None:
        """What was asked for is checked before it is believed."""
        server = serve()

        class Astray(MemoryExchange):
            def get(self, *_: Any, **__: Any) -> Answer:
                return Answer(200, {"resourceType": "DiagnosticReport", "id": "x"})

        with pytest.raises(UpstreamRefused) as caught:
            write_back(Astray(server), maker(ALL))
        assert (caught.value.issue, posts(server)) == ("structure", 0)


class TestOddEntries:
    """200, but an entry inside was not stored (row H10)."""

    def test_a_refused_part_is_an_error_and_no_complete_report(self) -> None:
        """The next call does not take the report for whole: it writes it again."""
        server = serve()
        server.faults += [
            fhir_memory.odd(server, 1, "422 Unprocessable Entity"),
            server.store_all,
            fhir_memory.odd(server, 1, "422 Unprocessable Entity"),
        ]
        with pytest.raises(UpstreamRefused):
            write(server)
        assert identifier_of(server.read(PLACE)) == "incomplete"

        assert write(server).outcome is Outcome.UPDATED
        assert set(places(ALL)) <= server.current().keys()

    @pytest.mark.parametrize("status", ["503 Service Unavailable", "409", "nonsense"])
    def test_a_part_that_failed_for_now_is_written_in_the_same_call(
        self, status: str
    ) -> None:
        """All is sent once more."""
        server = serve()
        server.faults.append(fhir_memory.odd(server, 1, status))
        write(server)

        assert set(places(ALL)) <= server.current().keys()
        assert identifier_of(server.read(PLACE)) == identifier(ALL)

    def test_a_report_that_was_not_stored_keeps_what_stood_there(self) -> None:
        """Its parts were; nothing claims that the report was."""
        server = serve()
        write(server)
        server.faults.append(fhir_memory.odd(server, 0, "422"))
        with pytest.raises(UpstreamRefused):
            write(server, NO_CONDITION)

        assert identifier_of(server.read(PLACE)) == identifier(ALL)

    def test_a_deletion_that_found_nothing_has_not_failed(self) -> None:
        """404 for a part that vanished."""
        server = serve()
        write(server)
        last = len(places(NO_CONDITION))
        server.faults.append(fhir_memory.odd(server, last, "404 Not Found"))

        assert write(server, NO_CONDITION).outcome is Outcome.UPDATED

    def test_messages_hold_nothing_of_the_patient(self) -> None:
        """No id, no address, no text of the server."""
        server = serve()
        secret = fhir_memory.odd(server, 1, "422 secret")
        server.faults += [secret, server.store_all, secret]
        with pytest.raises(UpstreamRefused) as caught:
            write(server)

        assert "secret" not in caught.value.message
        assert PLACE.partition("/")[2] not in caught.value.message


class Meeting(MemoryExchange):
    """A caller who waits before the first transaction until all have read."""

    def __init__(self, server: FhirMemory, barrier: Barrier) -> None:
        super().__init__(server)
        self.barrier: Barrier | None = barrier

    def transact(self, *args: Any, **more: Any) -> Answer:
        """All have found nothing, or the same version."""
        barrier, self.barrier = self.barrier, None
        if barrier:
            barrier.wait(30)
        return super().transact(*args, **more)


def write_at_once(server: FhirMemory, callers: list[str]) -> list[Outcome]:
    """The outcomes of parallel calls, each with its facts and its clock."""
    barrier = Barrier(len(callers))

    def call(turn: int) -> Outcome:
        make = maker(callers[turn], f"2026-11-25T09:30:{turn:02d}Z")
        exchange = Meeting(server, barrier)
        return write_back(exchange, make, sleep=lambda _: None).outcome

    with ThreadPoolExecutor(len(callers)) as pool:
        return list(pool.map(call, range(len(callers))))


class TestParallel:
    """Eight at once, all of whom have read before one writes."""

    @pytest.mark.parametrize("stale", [409, 412])
    def test_first_writers_leave_one_version(self, stale: int) -> None:
        """One creates it; the others find that they need not."""
        server = serve(stale=stale)
        outcomes = write_at_once(server, [ALL] * 8)

        assert sorted(outcomes) == [Outcome.CREATED] + [Outcome.UNCHANGED] * 7
        assert all(len(versions) == 1 for versions in server.content.values())

    def test_first_writers_leave_one_report_on_any_server(self) -> None:
        """Also where a condition on what is not there is refused."""
        server = serve(stale=412, needs_existing=True)
        write_at_once(server, [ALL] * 8)

        assert reports(server).keys() == {PLACE}
        assert orphans(server) == set()

    def test_changes_at_once_leave_one_report_without_orphans(self) -> None:
        """Whose facts win is not said; that they are whole is."""
        server = serve()
        write(server)
        write_at_once(server, [NO_CONDITION, NO_NODULES, "mitral-87m/1"])
        (report,) = reports(server).values()

        assert orphans(server) == set()
        assert {ref["reference"] for ref in report["result"]} <= server.current().keys()


# --- any history ---------------------------------------------------------------------

FACTS = st.sampled_from([ALL, NO_CONDITION, NO_NODULES, "mitral-87m/1"])
FAULTS = st.sampled_from(
    ["none", "lost", "failing", "killed", "killed after", "late", "refused", "human"]
)
WRITE = st.tuples(st.just("write"), FACTS, FAULTS)
PERSON = st.tuples(st.sampled_from(["take over", "refer", "delete"]))
HISTORIES = st.lists(st.one_of(WRITE, WRITE, PERSON), max_size=8)


def fault_of(
    name: str, server: FhirMemory, theirs: dict[str, str]
) -> fhir_memory.Fault:
    """The fault of a name; what a human takes over is remembered in `theirs`."""

    def human() -> None:
        if PLACE in server.current():
            theirs[PLACE] = take_over(
                server, conclusion="Seen by a human.", status="final"
            )

    return {
        "none": server.store_all,
        "lost": fhir_memory.lost(server),
        "failing": fhir_memory.failing(),
        "killed": fhir_memory.killed(server, before=True),
        "killed after": fhir_memory.killed(server, before=False),
        "late": fhir_memory.late(server),
        "refused": fhir_memory.refusing(),
        "human": fhir_memory.after(server, human),
    }[name]


def live(server: FhirMemory, step: tuple[str, ...], theirs: dict[str, str]) -> None:
    """One step of a history."""
    standing = sorted(server.current("DiagnosticReport/"))
    match step:
        case "write", facts, fault:
            server.faults = type(server.faults)([fault_of(fault, server, theirs)])
            with suppress(Killed, ServiceError):
                write(server, facts)
            server.faults.clear()
        case ("take over",) if standing:
            theirs[standing[0]] = take_over(server, standing[0])
        case ("refer",) if standing:
            part = server.read(standing[0])["result"][-1]["reference"]
            theirs["Basic/note"] = refer(server, part)
        case ("delete",) if standing:
            server.delete(standing[0])
            theirs.pop(standing[0], None)


@settings(max_examples=40)
@given(
    history=HISTORIES,
    newest=FACTS,
    stale=st.sampled_from([409, 412]),
    needs_existing=st.booleans(),
)
def test_any_history_ends_in_one_report_of_the_newest_facts(
    history: list[tuple[str, ...]], newest: str, stale: int, needs_existing: bool
) -> None:
    """Whatever was lost, refused, killed, taken over or deleted before it."""
    server = serve(stale=stale, needs_existing=needs_existing)
    theirs = server.current()
    for step in history:
        live(server, step, theirs)
    write(server, newest)

    stating = [
        place
        for place, report in reports(server).items()
        if identifier_of(report) == identifier(newest)
    ]
    (place,) = stating
    if place != PLACE and PLACE in server.current():
        assert server.read(PLACE)["status"] == "final"
    results = {ref["reference"] for ref in server.read(place)["result"]}
    assert results <= server.current().keys()
    assert orphans(server) == set()
    assert theirs.items() <= server.current().items()
