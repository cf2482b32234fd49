"""The client of the FHIR server: what leaves, what comes back, and what goes wrong.

Contract section 7; docs/reference/reliability.md, D5 and H6 to H9.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import (
    InvalidParameter,
    ServiceError,
    UpstreamConflict,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimeout,
)
from service.fhir.addresses import check_id, is_below, link_address
from service.fhir.answers import seconds_asked
from service.fhir.client import Exchange, Upstream
from service.fhir.exact_json import write_json
from service.fhir.strict_json import parse
from tests.fhir_stub import Asked, FhirStub, Reply, Script, fhir_stub, reply

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CERTIFICATES = Path(__file__).parent / "certificates"
CANARY = "canary-17"
TOKEN = "a.b-c"  # noqa: S105 -- of no server
PATIENT = {"resourceType": "Patient", "id": CANARY}
GOOD = reply(PATIENT, ETag='W/"3"')
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Time:
    """A clock that moves by waiting, and by `step` each time it is looked at."""

    seconds: float = 0.0
    step: float = 0.0
    waits: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """The seconds so far."""
        self.seconds += self.step
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Wait without waiting."""
        self.waits.append(seconds)
        self.seconds += seconds


def exchange_with(stub: FhirStub, time: Time | None = None, **more: Any) -> Exchange:
    """An exchange with the stub in a time of its own."""
    time = time or Time()
    upstream = Upstream(stub.base, **more)
    return Exchange(upstream, clock=time.clock, sleep=time.sleep, now=lambda: NOW)


def fails(script: Script, time: Time | None = None, **more: Any) -> ServiceError:
    """The error of a GET Patient/<id> that the stub answers by the script."""
    with (
        fhir_stub(script) as stub,
        exchange_with(stub, time, **more) as exchange,
        pytest.raises(ServiceError) as caught,
    ):
        exchange.get(f"Patient/{CANARY}")
    assert_says_nothing(caught.value, stub)
    return caught.value


def assert_says_nothing(error: ServiceError, stub: FhirStub) -> None:
    """No id, no address and no text of the server is in what callers read."""
    for secret in (CANARY, stub.base, "127.0.0.1", "Traceback"):
        assert secret not in error.message


def count(script: Script, **more: Any) -> int:
    """How many requests a GET made that failed in the end."""
    with fhir_stub(script) as stub, exchange_with(stub, **more) as exchange:
        with pytest.raises(ServiceError):
            exchange.get("Patient/1")
        return len(stub.asked)


# --- what leaves -----------------------------------------------------------------


def test_an_answer_has_status_resource_and_etag() -> None:
    """A GET gives what the server said, as it said it."""
    with fhir_stub([GOOD]) as stub, exchange_with(stub) as exchange:
        answer = exchange.get("Patient/1", [("_count", "5"), ("_type", "A,B")])

    assert (answer.status, answer.resource, answer.etag) == (200, PATIENT, 'W/"3"')
    assert stub.asked[0].query == (("_count", "5"), ("_type", "A,B"))


def test_a_transaction_is_posted_to_the_base() -> None:
    """A transaction goes to the base itself, as FHIR JSON."""
    bundle = {"resourceType": "Bundle", "type": "transaction"}
    with fhir_stub([reply(bundle)]) as stub, exchange_with(stub) as exchange:
        exchange.transact(bundle)

    (asked,) = stub.asked
    assert (asked.verb, asked.path, json.loads(asked.body)) == ("POST", "/fhir", bundle)
    assert asked.headers["content-type"] == "application/fhir+json"


def test_requests_ask_for_plain_fhir_json_with_the_token() -> None:
    """Every request carries the token, and asks for JSON that is not compressed."""
    with fhir_stub([GOOD]) as stub, exchange_with(stub, token=TOKEN) as exchange:
        exchange.get("Patient/1")

    (asked,) = stub.asked
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["accept"] == "application/fhir+json"
    assert asked.headers["accept-encoding"] == "identity"


def test_the_environment_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No proxy, no .netrc: only the settings of the service count."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", "utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with fhir_stub([GOOD]) as stub, exchange_with(stub) as exchange:
        exchange.get("Patient/1")

    assert "authorization" not in stub.asked[0].headers


def test_cookies_are_not_kept() -> None:
    """A server cannot mark the service."""
    script = [reply(PATIENT, Set_Cookie="a=b; Path=/"), GOOD]
    with fhir_stub(script) as stub, exchange_with(stub) as exchange:
        exchange.get("Patient/1")
        exchange.get("Patient/1")

    assert "cookie" not in stub.asked[1].headers


@pytest.mark.parametrize(
    "path",
    [
        "Patient/.",
        "Patient/..",
        "Patient/../Patient/1",
        "Patient/",
        "Patient/a%2Fb",
        "Patient/a/../../x",
        "Patient/a?x=y",
        "Patient/a#b",
        "Patient/a b",
        "Patient/\\",
        "//evil/Patient/1",
        "Patient/" + 65 * "a",
        "Patient/1\n",
    ],
)
def test_an_id_cannot_leave_its_path(path: str) -> None:
    """What is no id is refused before any request."""
    with fhir_stub([GOOD]) as stub, exchange_with(stub) as exchange:
        with pytest.raises(InvalidParameter):
            exchange.get(path)

        assert stub.asked == []


@pytest.mark.parametrize("id", [".", "..", "", "a/b", "a%2Eb", "a" * 65, "a\n"])
def test_what_is_no_id_is_refused(id: str) -> None:
    """FHIR would allow the dots, but an address loses them."""
    with pytest.raises(InvalidParameter):
        check_id(id)


# --- next links ------------------------------------------------------------------

BASE = "http://here.example/fhir"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("?_getpages=a&b=c", "http://here.example/fhir?_getpages=a&b=c"),
        (
            "http://here.example/fhir?_getpages=a",
            "http://here.example/fhir?_getpages=a",
        ),
        ("http://here.example:80/fhir/x", "http://here.example:80/fhir/x"),
        ("HTTP://HERE.example/fhir/x", "http://HERE.example/fhir/x"),
        ("Patient?page=2", "http://here.example/fhir/Patient?page=2"),
        ("/fhir/Patient?page=2", "http://here.example/fhir/Patient?page=2"),
        ("Patient/1/%24everything", "http://here.example/fhir/Patient/1/%24everything"),
    ],
)
def test_a_link_below_the_base_is_followed(link: str, address: str) -> None:
    """Absolute or relative to the base, as HAPI and as others write it."""
    assert link_address(BASE, link) == address


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/fhir?_getpages=a",
        "https://here.example/fhir?_getpages=a",
        "http://here.example:81/fhir?_getpages=a",
        "http://here.example/fhirs?_getpages=a",
        "http://here.example/other",
        "http://here.example",
        "http://user@here.example/fhir?_getpages=a",
        "http://here.example@evil.example/fhir",
        "http://here.example.evil.example/fhir",
        "//evil.example/fhir?x",
        "../other",
        "/other",
        "http://here.example/fhir/../other",
        "http://here.example/fhir/%2e%2e/other",
        "http://here.example/fhir/..%2Fother",
        "http://here.example/fhir/..%5Cother",
        "http://here.example/fhir/%252e%252e/other",
        "http://here.example\\@evil.example/fhir",
        "http://here.example/fhir/x y",
        "http://here.example/fhir/x\r\nHost: evil",
        "http://here.example:port/fhir",
        "http://[here.example/fhir",
        "http://h\u0435re.example/fhir",
        "http://here.example/fhir#x",
        "?page=a b",
        "?page=a\r\nHost: evil",
        "?page=a\\b",
        "?page=\u0435",
        "file:///fhir",
        "ftp://here.example/fhir",
    ],
)
def test_a_link_away_from_the_base_is_refused(link: str) -> None:
    """Another scheme, host, port, user or path: the token would go there."""
    with pytest.raises(UpstreamRefused) as caught:
        link_address(BASE, link)

    assert (caught.value.issue, "evil" in caught.value.message) == ("security", False)


@given(st.text(max_size=30))
def test_no_text_makes_a_link_to_another_origin(tail: str) -> None:
    """Whatever a server writes after another origin stays refused."""
    assert not is_below(BASE, f"http://evil.example/fhir/{tail}")
    assert not is_below(BASE, f"http://here.example:8080/fhir/{tail}")


def test_a_link_that_leads_away_is_never_asked() -> None:
    """The other server sees nothing at all."""
    with fhir_stub([GOOD]) as other, fhir_stub([GOOD]) as stub:
        with (
            exchange_with(stub, token=TOKEN) as exchange,
            pytest.raises(UpstreamRefused),
        ):
            exchange.follow(f"{other.base}?_getpages=a")

        assert other.asked == stub.asked == []


# --- faults that may pass --------------------------------------------------------

PASSING: dict[str, Reply] = {
    "500": Reply(500, b"canary-17", media="text/plain"),
    "502": Reply(502),
    "503": Reply(503),
    "504": Reply(504),
    "429": Reply(429),
    "408": Reply(408),
    "a reset": Reply(reset=True),
    "a body that ends early": Reply(body=GOOD.body, cut=10),
    "half a JSON": Reply(body=GOOD.body[:20]),
    "half a JSON, not framed": Reply(body=GOOD.body[:20], framed=False),
    "an empty body": Reply(),
    "no HTTP": Reply(headers={"Transfer-Encoding": "chunked"}, body=b"no number\r\n"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_passing_fault_is_tried_again(fault: Reply) -> None:
    """Two faults and then an answer are an answer."""
    time = Time()
    with fhir_stub([fault, fault, GOOD]) as stub, exchange_with(stub, time) as exchange:
        assert exchange.get("Patient/1").resource == PATIENT

    assert len(stub.asked) == 3
    assert len(time.waits) == 2


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_fault_that_stays_is_told_after_three_tries(fault: Reply) -> None:
    """502 with Retry-After, and what was tried."""
    error = fails([fault])

    assert isinstance(error, UpstreamFailed)
    assert (error.status, error.issue, error.retry_after) == (502, "transient", 10)
    assert error.message.startswith("GET Patient/{id} was tried 3 times; the ")


def test_the_last_status_is_told() -> None:
    """An operator reads which status it was."""
    error = fails([Reply(503)])

    assert error.message == (
        "GET Patient/{id} was tried 3 times; the last answer had the status 503."
    )


def test_waits_grow_and_are_jittered() -> None:
    """The waits of our own double, and no two clients wait the same."""
    pairs = []
    for _ in range(2):
        time = Time()
        fails([Reply(500)], time)
        pairs.append(tuple(time.waits))

    assert all(0.25 <= one <= 0.5 <= two <= 0.75 for one, two in pairs)
    assert pairs[0] != pairs[1]


def test_a_refused_connection_is_a_passing_fault() -> None:
    """A server that is not there may come back."""
    with fhir_stub([GOOD]) as stub:
        base = stub.base
    time = Time()
    with (
        Exchange(Upstream(base), clock=time.clock, sleep=time.sleep) as exchange,
        pytest.raises(UpstreamFailed) as caught,
    ):
        exchange.get("Patient/1")

    assert caught.value.message == (
        "GET Patient/{id} was tried 3 times; the connection failed."
    )


# --- Retry-After -----------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["7", "Sun, 01 Mar 2026 12:00:07 GMT"])
def test_a_retry_after_that_fits_is_kept(status: int, header: str) -> None:
    """The server's own wait wins, in seconds or as a date."""
    time = Time()
    busy = Reply(status, headers={"Retry-After": header})
    with fhir_stub([busy, GOOD]) as stub, exchange_with(stub, time) as exchange:
        assert exchange.get("Patient/1").resource == PATIENT

    assert time.waits == [7]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("header", "told"), [("30", 30), ("99999", 3600)])
def test_a_retry_after_that_does_not_fit_is_handed_on(
    status: int, header: str, told: int
) -> None:
    """Longer than the deadline: nobody waits, the caller learns it, up to an hour."""
    time = Time()
    error = fails([Reply(status, headers={"Retry-After": header})], time)

    assert (type(error), error.retry_after) == (UpstreamFailed, told)
    assert time.waits == []
    assert "was tried once" in error.message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("0", 0),
        (" 12 ", 12),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 13:00:00 +0100", 0),
        ("Sun, 01 Mar 2026 12:00:01 -0000", 1),
        ("Sun, 99 Mar 2026 12:00:01 GMT", None),
    ],
)
def test_what_retry_after_asks_for(header: str, seconds: int | None) -> None:
    """Seconds or a date; what is neither asks for nothing."""
    assert seconds_asked(header, NOW) == seconds


# --- faults that stay ------------------------------------------------------------

LASTING: dict[str, tuple[Reply, str]] = {
    "400": (Reply(400), "processing"),
    "401": (Reply(401, b"canary-17"), "security"),
    "403": (Reply(403), "security"),
    "404": (Reply(404), "processing"),
    "409": (Reply(409), "processing"),
    "410": (Reply(410), "processing"),
    "412": (Reply(412), "processing"),
    "422": (Reply(422), "processing"),
    "501": (Reply(501), "processing"),
    "a redirect": (Reply(302, headers={"Location": "/fhir/Patient/2"}), "security"),
    "a redirect for good": (Reply(308, headers={"Location": "/x"}), "security"),
    "HTML": (Reply(body=b"<p>canary-17</p>", media="text/html"), "structure"),
    "JSON of no resource": (Reply(body=b'{"a": "canary-17"}'), "structure"),
    "a list": (Reply(body=b"[1]"), "structure"),
    "JSON that FHIR forbids": (
        Reply(body=b'{"resourceType": "Patient", "id": null}'), "structure"),
    "a name twice": (
        Reply(body=b'{"resourceType": "Patient", "id": "a", "id": "b"}'), "structure"),
    "JSON too deep": (
        Reply(body=b'{"resourceType":' + 5000 * b"[" + 5000 * b"]" + b"}"),
        "structure",
    ),
    "a compressed answer": (
        Reply(body=GOOD.body, headers={"Content-Encoding": "gzip"}), "structure"),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "issue"), LASTING.values(), ids=LASTING.keys())
def test_what_repeating_does_not_mend_is_not_repeated(fault: Reply, issue: str) -> None:
    """One request, 502 with the issue that says who has to do something."""
    error = fails([fault])

    assert (type(error), error.status, error.issue) == (UpstreamRefused, 502, issue)
    assert error.retry_after == 0
    assert count([fault]) == 1


@pytest.mark.parametrize("status", [404, 410, 412, 500, 302])
def test_an_expected_status_is_an_answer(status: int) -> None:
    """The caller decides what a status means; its text is not read."""
    script = [Reply(status, b"<html>", {"ETag": "x"}, media="text/html")]
    with fhir_stub(script) as stub, exchange_with(stub) as exchange:
        answer = exchange.get("Patient/1", expect=(status,))

    assert (answer.status, answer.resource, answer.etag) == (status, {}, "x")


def test_a_redirect_is_not_read_to_its_end() -> None:
    """Requests would read the whole body of a redirect: it may have no end."""
    endless = Reply(302, headers={"Location": "/fhir/x"}, drip="body")

    assert isinstance(fails([endless]), UpstreamRefused)


# --- limits ----------------------------------------------------------------------


def patient_of(size: int, **more: Any) -> Reply:
    """A reply with a body of exactly so many bytes."""
    body = write_json({**PATIENT, "x": "a"}).encode()
    return Reply(body=body + (size - len(body)) * b" ", **more)


@pytest.mark.parametrize("framed", [True, False])
def test_the_bytes_of_all_answers_are_bounded(framed: bool) -> None:
    """What fits is read; one byte more is refused, stated beforehand or not."""
    half = patient_of(2**19, framed=framed)
    script = [half, half, patient_of(60, framed=framed)]
    with fhir_stub(script) as stub, exchange_with(stub, mib=1) as exchange:
        exchange.get("Patient/1")
        exchange.get("Patient/1")
        with pytest.raises(UpstreamRefused) as caught:
            exchange.get("Patient/1")

    assert (caught.value.issue, len(stub.asked)) == ("too-long", 3)
    assert "DPO_FHIR_MIB" in caught.value.message


def test_a_length_that_no_number_holds_is_none() -> None:
    """The body then ends with the connection."""
    odd = replace(GOOD, headers={"Content-Length": 5000 * "9"}, framed=False)
    with fhir_stub([odd]) as stub, exchange_with(stub) as exchange:
        assert exchange.get("Patient/1").resource == PATIENT


SLOW: dict[str, Reply] = {
    "dripping headers": Reply(drip="headers"),
    "a dripping body": Reply(body=GOOD.body, drip="body"),
}


@pytest.mark.parametrize("slow", SLOW.values(), ids=SLOW.keys())
def test_drops_do_not_outlive_the_deadline(slow: Reply) -> None:
    """Each drop arrives in time, all of them never do: 504."""
    error = fails([slow], Time(step=1.0))

    assert isinstance(error, UpstreamTimeout)
    assert (error.status, error.issue, error.retry_after) == (504, "timeout", 10)
    assert error.message == (
        "GET Patient/{id} was not answered in time: try again later, or set "
        "DPO_FHIR_SECONDS to more than 30."
    )


def test_a_server_that_does_not_answer_is_left() -> None:
    """No header comes at all: 504 when the deadline has passed."""
    with (
        fhir_stub([Reply(hang=True)]) as stub,
        Exchange(Upstream(stub.base, seconds=1)) as exchange,
        pytest.raises(UpstreamTimeout),
    ):
        exchange.get("Patient/1")


def test_waits_count_for_the_deadline() -> None:
    """Tries and waits together stay within the seconds of the exchange."""
    time = Time()
    busy = Reply(503, headers={"Retry-After": "20"})
    error = fails([busy], time, seconds=30)

    assert (time.waits, error.retry_after) == ([20], 20)
    assert "was tried 2 times" in error.message


def test_a_deadline_is_for_all_requests_of_an_exchange() -> None:
    """The second request has only what the first has left."""
    time = Time()
    with fhir_stub([GOOD]) as stub, exchange_with(stub, time) as exchange:
        exchange.get("Patient/1")
        time.seconds = 30
        with pytest.raises(UpstreamTimeout):
            exchange.get("Patient/1")

        assert len(stub.asked) == 1


# --- transactions ----------------------------------------------------------------


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_is_handed_to_who_writes(status: int) -> None:
    """Only the writer can read again and decide."""
    with fhir_stub([Reply(status)]) as stub, exchange_with(stub) as exchange:
        assert exchange.transact({"resourceType": "Bundle"}).status == status


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_transaction_is_sent_once(fault: Reply) -> None:
    """Its effect may be done though the answer was lost: no blind repetition."""
    with fhir_stub([fault]) as stub, exchange_with(stub) as exchange:
        with pytest.raises(UpstreamFailed) as caught:
            exchange.transact({"resourceType": "Bundle"})

        assert len(stub.asked) == 1
    assert caught.value.message.startswith("POST of the transaction was tried once; ")


def test_a_transaction_that_is_refused_says_so() -> None:
    """400, 404 and 422 on a write are `processing`."""
    with (
        fhir_stub([Reply(422)]) as stub,
        exchange_with(stub) as exchange,
        pytest.raises(UpstreamRefused) as caught,
    ):
        exchange.transact({"resourceType": "Bundle"})

    assert caught.value.issue == "processing"


# --- the token -------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Reply(401), Reply(500), Reply(reset=True)])
def test_token_and_id_are_in_no_text(
    fault: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither repr nor logs nor errors hold them, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    with fhir_stub([fault]) as stub, exchange_with(stub, token=CANARY) as exchange:
        with pytest.raises(ServiceError) as caught:
            exchange.get(f"Patient/{CANARY}")
        said = f"{exchange.upstream!r} {exchange!r} {caught.value!r} {caught.value}"

    assert stub.asked[0].headers["authorization"] == f"Bearer {CANARY}"
    assert CANARY not in said + caplog.text


@pytest.mark.parametrize(
    "make",
    [
        lambda: Upstream("http://user:canary-17@here.example/fhir"),
        lambda: Upstream("http://here.example/fhir/"),
        lambda: Upstream("http://here.example/fhir?x=canary-17"),
        lambda: Upstream("file:///canary-17"),
        lambda: Upstream("here.example/fhir"),
        lambda: Upstream("http://here.example/fhir", token=f"{CANARY}\r\nX: y"),
        lambda: Upstream("http://here.example/fhir", token=f"{CANARY} b"),
    ],
)
def test_settings_that_make_no_request_are_refused(
    make: Callable[[], Upstream],
) -> None:
    """At the start, and without saying what they were."""
    with pytest.raises(ValueError, match=r"^The (base|token) ") as caught:
        make()

    assert CANARY not in str(caught.value)


# --- https -----------------------------------------------------------------------

SIGNED = (CERTIFICATES / "certificate.pem", CERTIFICATES / "key.pem")


def test_a_certificate_file_makes_its_servers_trusted() -> None:
    """DPO_FHIR_CA: the authority of the hospital."""
    with (
        fhir_stub([GOOD], SIGNED) as stub,
        exchange_with(stub, certificates=SIGNED[0]) as exchange,
    ):
        assert exchange.get("Patient/1").resource == PATIENT


def test_an_unknown_certificate_is_refused() -> None:
    """Nothing is asked of a server that cannot prove who it is; no second try."""
    with fhir_stub([GOOD], SIGNED) as stub, exchange_with(stub) as exchange:
        with pytest.raises(UpstreamRefused) as caught:
            exchange.get("Patient/1")

        assert stub.asked == []
    assert caught.value.issue == "security"
    assert "DPO_FHIR_CA" in caught.value.message


def test_drops_do_not_outlive_the_deadline_under_encryption() -> None:
    """The deadline holds for https as well."""
    with (
        fhir_stub([Reply(drip="headers")], SIGNED) as stub,
        exchange_with(stub, Time(step=1.0), certificates=SIGNED[0]) as exchange,
        pytest.raises(UpstreamTimeout),
    ):
        exchange.get("Patient/1")


# --- numbers ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ["1.10", "0.000", "1E2", "-0", "12345678901234567890"]
)
def test_a_number_keeps_its_text(number: str) -> None:
    """1.10 is more precise than 1.1 (http://hl7.org/fhir/R4/datatypes.html#decimal)."""
    body = f'{{"resourceType":"Observation","value":[{number}]}}'
    with (
        fhir_stub([Reply(body=body.encode())]) as stub,
        exchange_with(stub) as exchange,
    ):
        assert write_json(exchange.get("Observation/1").resource) == body


NUMBERS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?", fullmatch=True
)
TEXTS = st.text(min_size=1, max_size=9).filter(str.isprintable)


@given(st.lists(NUMBERS, min_size=1, max_size=3), TEXTS)
def test_every_number_and_text_survives(numbers: list[str], text: str) -> None:
    """What was read is written as it was: to the letter, for any number."""
    members = {"resourceType": "x", "text": text}
    body = json.dumps(members)[:-1] + f', "value": [{", ".join(numbers)}]}}'
    root = parse(body.encode()).root
    written = write_json(root)

    assert parse(written.encode()).root == root
    assert written.endswith(f'"value":[{",".join(numbers)}]}}')


# --- errors ----------------------------------------------------------------------


def test_an_error_may_know_its_wait_better_than_its_class() -> None:
    """`retry_after` of one error leaves those of others alone."""
    assert UpstreamFailed("x", retry_after=120).retry_after == 120
    assert UpstreamFailed("x").retry_after == 10
    assert (UpstreamConflict("x").retry_after, UpstreamConflict("x").issue) == (
        1,
        "conflict",
    )


def test_a_script_may_be_a_function() -> None:
    """The stub answers by what it is asked."""

    def script(asked: Asked) -> Reply:
        return reply({**PATIENT, "id": asked.path.rpartition("/")[2]})

    with fhir_stub(script) as stub, exchange_with(stub) as exchange:
        assert exchange.get("Patient/22").resource["id"] == "22"
