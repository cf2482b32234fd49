"""The only place with outbound HTTP: one FHIR server, read from and written to.

An Exchange is one read or one write. All its answers share a deadline and a number of
bytes, and nothing leaves the base of the server. Source: contract section 7;
docs/reference/reliability.md, D5 and H6 to H9.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import requests
import urllib3
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    wait_exponential_jitter,
)

from service.errors import UpstreamFailed, UpstreamRefused, UpstreamTimeout
from service.fhir.addresses import link_address, name_path, resource_address
from service.fhir.answers import (
    LONGEST_WAIT,
    Answer,
    Transient,
    check_headers,
    check_status,
    is_success,
    read_resource,
    seconds_asked,
)
from service.fhir.bundle import Json
from service.fhir.exact_json import write_json
from service.fhir.wire import DeadlineAdapter, Late, is_untrusted

FHIR_JSON = "application/fhir+json"
TRIES = 3
CONFLICTS = (409, 412)
_PIECE = 2**16
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]*=*")
_jittered = wait_exponential_jitter(multiplier=0.25, max=4, jitter=0.25)


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the settings say of the one FHIR server.

    `base` is its address without a slash at the end; `seconds` are for all of one
    read, and again for all of one write; `pages` and `mib` are for one read.
    ValueError for a base or a token that no request can be made with.
    """

    base: str
    token: str = field(default="", repr=False)
    certificates: Path | None = None
    seconds: int = 30
    pages: int = 50
    mib: int = 16

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        is_plain = parts.scheme in ("http", "https") and parts.hostname
        if not is_plain or {"@", "?", "#"} & {*self.base} or self.base.endswith("/"):
            raise ValueError("The base is http(s)://host/path, without a slash after.")
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("The token has letters, digits and -._~+/= only.")


@dataclass(frozen=True, slots=True)
class _Call:
    """One request as it is sent and repeated; messages say its name only."""

    name: str
    verb: str
    url: str
    body: bytes = b""
    expect: Collection[int] = ()


class Exchange:
    """One read or one write: one deadline, one number of bytes, no state beyond.

    `clock` counts seconds, `sleep` waits them and `now` is the aware time of the day
    (for a Retry-After that is a date): tests give their own.
    """

    def __init__(
        self,
        upstream: Upstream,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.upstream = upstream
        self._clock, self._sleep, self._now = clock, sleep, now
        self._end = clock() + upstream.seconds
        self._bytes_left = upstream.mib * 2**20
        self._adapter = DeadlineAdapter(self._seconds_left)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._adapter.close()

    def get(
        self,
        path: str,
        parameters: Sequence[tuple[str, str]] = (),
        *,
        expect: Collection[int] = (),
    ) -> Answer:
        """Ask for what is below the base; up to 3 times while a fault may pass.

        2xx and the statuses in `expect` are answers. Raises UpstreamFailed,
        UpstreamTimeout or UpstreamRefused for all else (`too-long`: the bytes of this
        exchange are used up), InvalidParameter for an id that is none.
        """
        url = resource_address(self.upstream.base, path, parameters)
        return self._repeat(_Call(f"GET {name_path(path)}", "GET", url, b"", expect))

    def follow(self, url: str, *, expect: Collection[int] = ()) -> Answer:
        """Ask for the page that a `next` link names; as `get`, below the base only."""
        url = link_address(self.upstream.base, url)
        return self._repeat(_Call("GET of the next page", "GET", url, b"", expect))

    def transact(self, bundle: Json, *, expect: Collection[int] = CONFLICTS) -> Answer:
        """Send a transaction, one time: only its sender can know if it took effect.

        409 and 412 are answers. Raises as `get`; after UpstreamFailed and
        UpstreamTimeout it may have taken effect.
        """
        body = write_json(bundle).encode()
        call = _Call(
            "POST of the transaction", "POST", self.upstream.base, body, expect
        )
        return self._repeat(call, tries=1)

    def pause(self, state: RetryCallState) -> float:
        """The seconds before another try: what the server asks for, else jittered."""
        fault = state.outcome.exception() if state.outcome else None
        asked = fault.wait if isinstance(fault, Transient) else None
        return asked or _jittered(state)

    # --- one request -------------------------------------------------------------

    def _repeat(self, call: _Call, tries: int = TRIES) -> Answer:
        attempts = Retrying(
            sleep=self._sleep,
            stop=lambda state: (
                state.attempt_number >= tries or self._is_too_late(state)
            ),
            wait=self.pause,
            retry=retry_if_exception_type(Transient),
            reraise=True,
        )
        try:
            return attempts(self._try, call)
        except Transient as fault:
            times = attempts.statistics["attempt_number"]
            tried = "once" if times == 1 else f"{times} times"
            wait = fault.wait if fault.wait is None else min(fault.wait, LONGEST_WAIT)
            message = f"{call.name} was tried {tried}; {fault.what}."
            raise UpstreamFailed(message, retry_after=wait or None) from None
        except Late:
            message = (
                f"{call.name} was not answered in time: try again later, or set "
                f"DPO_FHIR_SECONDS to more than {self.upstream.seconds}."
            )
            raise UpstreamTimeout(message) from None

    def _is_too_late(self, state: RetryCallState) -> bool:
        """Whether the next try would begin after the deadline."""
        return self._clock() + state.upcoming_sleep >= self._end

    def _try(self, call: _Call) -> Answer:
        try:
            with self._send(call) as response:
                return self._take(response, call)
        except requests.Timeout:  # the encryption was not agreed on in time
            raise Late from None
        except requests.RequestException as fault:
            if is_untrusted(fault):
                message = (
                    f"{call.name}: the certificate of the FHIR server is not trusted: "
                    "set DPO_FHIR_CA to the file of the authority that signed it."
                )
                raise UpstreamRefused(message, issue="security") from None
            raise Transient("the connection failed") from None
        except (urllib3.exceptions.HTTPError, OSError):
            raise Transient("the last answer was cut short") from None

    def _send(self, call: _Call) -> requests.Response:
        headers = {"Accept": FHIR_JSON, "Accept-Encoding": "identity"}
        headers["User-Agent"] = "dpo-reasoner"
        if call.body:
            headers["Content-Type"] = FHIR_JSON
        if self.upstream.token:
            headers["Authorization"] = f"Bearer {self.upstream.token}"
        request = requests.Request(call.verb, call.url, headers, data=call.body)
        authorities = self.upstream.certificates
        return self._adapter.send(
            request.prepare(),
            stream=True,
            timeout=self._seconds_left(),
            verify=str(authorities) if authorities else True,
        )

    def _take(self, response: requests.Response, call: _Call) -> Answer:
        """Judge the status before the body is read, then read it."""
        headers, status = response.headers, response.status_code
        etag = headers.get("ETag", "")
        if status in call.expect and not is_success(status):
            return Answer(status, {}, etag)
        asked = seconds_asked(headers.get("Retry-After", ""), self._now())
        check_status(status, asked, call.name)
        check_headers(
            headers.get("Content-Type", ""),
            headers.get("Content-Encoding", ""),
            call.name,
        )
        content = self._read(response, call.name)
        return Answer(status, read_resource(content, call.name), etag)

    def _read(self, response: requests.Response, name: str) -> bytes:
        """The body, as far as the bytes of the exchange go."""
        if (response.raw.length_remaining or 0) > self._bytes_left:
            raise self._too_long(name)
        pieces, before = [], self._bytes_left
        while piece := response.raw.read(_PIECE, decode_content=False):
            self._bytes_left -= len(piece)
            if self._bytes_left < 0:
                self._bytes_left = before  # nothing of it is kept: less may still fit
                raise self._too_long(name)
            pieces.append(piece)
        return b"".join(pieces)

    def _too_long(self, name: str) -> UpstreamRefused:
        message = (
            f"{name}: the answers of the FHIR server are longer than "
            f"{self.upstream.mib} MiB: set DPO_FHIR_MIB to more."
        )
        return UpstreamRefused(message, issue="too-long")

    def _seconds_left(self) -> float:
        """What is left of the deadline; Late if nothing is."""
        left = self._end - self._clock()
        if left <= 0:
            raise Late
        return left
