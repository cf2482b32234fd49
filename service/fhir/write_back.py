"""Exactly one report per subject and encounter on a FHIR server (contract section 7).

Nothing is remembered here between two calls: names derive from the facts, every write
is one transaction, and before each the server is read again. So a call that was cut
short anywhere is mended by repeating it. Where the answer to a transaction is lost, or
somebody else was faster, reading again says what became of it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from service.errors import (
    ServiceError,
    UpstreamConflict,
    UpstreamFailed,
    UpstreamRefused,
)
from service.fhir.client import CONFLICTS, Exchange
from service.fhir.codes import Resource
from service.fhir.forms import stored_collection
from service.fhir.renewal import disclaim, refusal_of, renewal, stored_meta
from service.fhir.standing import Reading, Standing, find_fallen, look_up

# How often a transaction is sent at most.
ROUNDS = 4
# The longest pause after the first of them, in seconds: it doubles with each.
PAUSE = 0.2
# A server that asks for more seconds than these is left to the caller.
PATIENCE = 5

# `make(beside, issued)`: the transaction of the report in the one or the other naming;
# `issued` is the instant that it shall bear, None: the time of this call. Pure.
Make = Callable[[bool, str | None], Resource]


class Outcome(StrEnum):
    """What a call did on the server."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    BESIDE = "beside"  # created beside a report that a human took over


@dataclass(frozen=True, slots=True)
class Written:
    """The report as it stands, and the answer: a collection with addresses there.

    The parts of the answer are as they were sent. Of a report that stood already it
    has the `issued`, so that answer and server say the same; the language is the one
    asked for. A report that a human took over is shown as the human left it.
    """

    outcome: Outcome
    report: Resource
    answer: Resource


@dataclass(slots=True)
class Attempts:
    """What this call has tried, and why it has not succeeded yet.

    `before` is what stood when the last transaction was sent; `refusals` counts those
    that the server refused in a row though nothing had changed there.
    """

    sent: Reading | None = None
    outcome: Outcome = Outcome.UNCHANGED
    before: tuple[str, str, str] = ("", "", "")
    refusals: int = 0
    trouble: ServiceError | None = None


def write_back(
    exchange: Exchange, make: Make, *, sleep: Callable[[float], None] = time.sleep
) -> Written:
    """Bring the server to the facts of the report, in one transaction or none.

    Raises UpstreamConflict where others were faster each time, and UpstreamFailed,
    UpstreamTimeout and UpstreamRefused as the exchange does. After any of them the
    same call may be repeated: what had taken effect is then found, and not repeated.
    """

    @cache
    def read(beside: bool) -> Reading:
        return Reading(make(beside, None), beside)

    attempts = Attempts()
    for turn in range(ROUNDS + 1):
        reading, standing = choose(exchange, read)
        if standing.holds(reading):
            return settled(exchange, make, reading, standing, attempts)
        if turn == ROUNDS:
            break
        written = send(exchange, reading, standing, attempts)
        if written is not None:
            return written
        sleep(pause(turn, attempts.trouble))
    raise attempts.trouble or AssertionError("a round ends written or in trouble")


def choose(
    exchange: Exchange, read: Callable[[bool], Reading]
) -> tuple[Reading, Standing]:
    """In which naming the report is written, and what stands there.

    Beside, if a human took over the one in our place; or if these facts stand there
    already, from a time when that was so.
    """
    plain = read(False)
    standing = look_up(exchange, plain)
    if standing.holds(plain):
        return plain, standing
    beside = read(True)
    other = look_up(exchange, beside)
    if standing.is_taken_over or other.holds(beside):
        return beside, other
    return plain, standing


# --- one transaction ---------------------------------------------------------------


def send(
    exchange: Exchange, reading: Reading, standing: Standing, attempts: Attempts
) -> Written | None:
    """Send it once; None where reading the server again must say what became of it."""
    fallen = find_fallen(exchange, reading)
    state = (reading.report["id"], standing.version, fallen.provenance)
    if state != attempts.before:
        attempts.refusals = 0
    attempts.before, attempts.sent = state, reading
    attempts.outcome = outcome_of(reading, standing)
    transaction = renewal(reading, standing, fallen, attempts.refusals)
    try:
        meta = transact(exchange, reading, transaction)
    except (UpstreamConflict, UpstreamFailed, UpstreamRefused) as trouble:
        if not is_worth_repeating(trouble, standing, attempts):
            raise
        attempts.refusals += not isinstance(trouble, UpstreamFailed)
        attempts.trouble = trouble
        return None
    report = with_meta(reading.report, meta)
    answer = answer_of(exchange, reading.transaction, report)
    return Written(attempts.outcome, report, answer)


def transact(exchange: Exchange, reading: Reading, transaction: Resource) -> Resource:
    """Version and time of the report by the server's answer.

    A report of which the server stored a part only loses its identifier again, so
    that the next round, or the next call, does not take it for complete.
    """
    answer = exchange.transact(transaction)
    if answer.status in CONFLICTS:
        raise UpstreamConflict(
            f"The transaction was answered with the status {answer.status} each time, "
            "though the report was read again before: somebody else changes it now."
        )
    refusal = refusal_of(transaction, answer.resource)
    if refusal is not None:
        disclaim(exchange, reading)
        raise refusal
    meta = stored_meta(transaction, answer.resource)
    if not meta:
        raise UpstreamFailed(
            "The transaction was answered without the version of the report, and the "
            "report did not stand there after it."
        )
    return meta


def is_worth_repeating(
    trouble: ServiceError, standing: Standing, attempts: Attempts
) -> bool:
    """Whether another round may succeed.

    A refusal is final, except of a first write with a version in its condition: some
    servers refuse that for what does not exist.
    """
    if isinstance(trouble, UpstreamRefused):
        is_conditional = not standing.version and not attempts.refusals
        return is_conditional and trouble.issue == "processing"
    return asked_seconds(trouble) <= PATIENCE


def asked_seconds(trouble: ServiceError | None) -> int:
    """The seconds that the server itself asked for, 0 if it did not."""
    if trouble is None or trouble.retry_after == type(trouble).retry_after:
        return 0
    return trouble.retry_after


def pause(turn: int, trouble: ServiceError | None) -> float:
    """The seconds before the next round: those asked for, else jittered."""
    return asked_seconds(trouble) or random.uniform(0, PAUSE * 2**turn)  # noqa: S311


def outcome_of(reading: Reading, standing: Standing) -> Outcome:
    """What a transaction does if it succeeds."""
    if reading.beside:
        return Outcome.BESIDE
    return Outcome.UPDATED if standing.report else Outcome.CREATED


# --- the answer --------------------------------------------------------------------


def settled(
    exchange: Exchange,
    make: Make,
    reading: Reading,
    standing: Standing,
    attempts: Attempts,
) -> Written:
    """The report that stands there already: from before, or by a try of this call.

    Our own try is told by its `issued`.
    """
    stored = with_meta(standing.report or {}, {"versionId": standing.version})
    issued = stored.get("issued")
    shown = make(reading.beside, issued if isinstance(issued, str) else None)
    report = stored
    if not standing.is_taken_over:
        report = with_meta(shown["entry"][0]["resource"], stored["meta"])
    is_ours = (
        attempts.sent is not None
        and attempts.sent.beside == reading.beside
        and attempts.sent.report.get("issued") == issued
    )
    outcome = attempts.outcome if is_ours else Outcome.UNCHANGED
    return Written(outcome, stored, answer_of(exchange, shown, report))


def with_meta(resource: Resource, meta: Resource) -> Resource:
    """The resource with the server's version and time, in FHIR's order."""
    kept = {key: meta[key] for key in ("versionId", "lastUpdated") if key in meta}
    return resource | {"meta": kept | resource.get("meta", {}) | kept}


def answer_of(exchange: Exchange, transaction: Resource, report: Resource) -> Resource:
    """The collection with the addresses of the server, and the report as given."""
    first, *others = transaction["entry"]
    entries = [first | {"resource": report}, *others]
    return stored_collection(exchange.upstream.base, transaction | {"entry": entries})
