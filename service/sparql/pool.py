"""Answers questions about one dataset, in processes that can be ended.

One Pool belongs to one web process. Its supervisor is started when it is first needed,
and again when it is lost; a worker that holds a query beyond its deadline, or whose
client has left, is ended, and another is forked for the next query.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from math import inf
from pathlib import Path
from threading import Lock

from service.errors import ClientLeft, ServiceError, Unavailable
from service.sparql.build import dataset_of
from service.sparql.connections import patient_receive
from service.sparql.faults import OUT_OF_TIME, as_error, of_death
from service.sparql.frames import BrokenFrame, Head, read_frame, send_frame
from service.sparql.guard import check_query
from service.sparql.lane import Lane
from service.sparql.processes import START_SECONDS, Supervisor, Worker
from service.sparql.question import Limits, Question, Reply, Source
from service.sparql.tokens import Graphs

LOGGER = logging.getLogger("service")
# Starts that fail one after the other before none is tried for a while.
TRIES, REST_SECONDS = 3, 10
# Stored queries take milliseconds: more of them may wait than of those of users.
OWN_QUEUE = 64
# How much the queries of users yield to the rest of the machine, as `nice` has it: on a
# busy one they get a tenth of what `$interpret` gets, which is enough for short ones.
YIELDING = 10
# What of a stored query depends on who asks: the names and formats filled in.
ASKED = frozenset({"name", "xml", "graph-unacceptable", "solutions-unacceptable"})
DOWN = "SPARQL is down for now, the rest of the service is not: try again later."


class SupervisorLost(Unavailable):
    """A worker ended, and its supervisor, who would tell how, is gone too."""


class Pool:
    """Answers questions about one dataset. Threads may share it; `close` it at last."""

    def __init__(self, sources: Sequence[Source], limits: Limits | None = None) -> None:
        self.sources, self.limits = tuple(sources), limits or Limits()
        self.users = Lane(self.limits.workers, self.limits.queued, YIELDING)
        self.own = Lane(1, OWN_QUEUE)
        self.supervisor: Supervisor | None = None
        self.lock = Lock()
        self.failures, self.resting = 0, 0.0

    @classmethod
    def of_build(cls, build: Path, limits: Limits | None = None) -> Pool:
        """The pool of a build folder; raises KnowledgeError if a file is not right."""
        return cls(dataset_of(build), limits)

    @property
    def digest(self) -> str:
        """The hashes of all that is loaded; empty where one is not known."""
        digests = [source.digest for source in self.sources]
        return " ".join(digests) if all(digests) else ""

    def ask(self, question: Question, client: socket.socket | None = None) -> Reply:
        """The complete answer; raises the errors of the section "queries".

        `client` is the connection of whoever asks: when it closes, the query ends.
        """
        if not question.own:
            checked = check_query(question.text, question.base, question.prefixes)
            question = with_graphs(question, checked.graphs)
        lane = self.own if question.own else self.users
        with lane.turn(self.patience(), client):
            head, body = self.try_twice(lane, question, client)
        if "fault" in head:
            raise self.refusal(head, question)
        return Reply(str(head["media"]), body)

    def try_twice(
        self, lane: Lane, question: Question, client: socket.socket | None
    ) -> tuple[Head, bytes]:
        """Ask a free worker; another one if it was lost with its supervisor.

        No query can end a supervisor, so that it was not this one's fault.
        """
        worker = lane.take() or self.hire(lane.priority)
        try:
            return self.exchange(worker, lane, question, client)
        except SupervisorLost:
            worker = self.hire(lane.priority)
        return self.exchange(worker, lane, question, client)

    def exchange(
        self,
        worker: Worker,
        lane: Lane,
        question: Question,
        client: socket.socket | None,
    ) -> tuple[Head, bytes]:
        """Ask a worker, which afterwards is free again, or ended.

        Raises SupervisorLost, and ClientLeft.
        """
        try:
            head, body = self.converse(worker, question, client)
        except TimeoutError:
            worker.end()
            return OUT_OF_TIME, b""
        except OSError:
            status = worker.end(wait=True)
            if status is None:
                raise SupervisorLost(DOWN) from None
            return of_death(status), b""
        except ClientLeft:
            worker.end()
            raise
        if head.get("worn") or head.get("fault") == "memory":
            worker.end()
        else:
            lane.give_back(worker)
        return head, body

    def converse(
        self, worker: Worker, question: Question, client: socket.socket | None
    ) -> tuple[Head, bytes]:
        """Send the question and wait for the answer, at most until the deadline."""
        limits = self.limits_of(question)
        end = time.monotonic() + limits.seconds
        worker.channel.settimeout(limits.seconds)
        send_frame(worker.channel, write_question(question, limits))
        receive = patient_receive(worker.channel, client, end)
        return read_frame(receive, limits.size)

    def patience(self) -> float:
        """How long a query may wait for its turn: also until the dataset is loaded."""
        return self.limits.seconds if self.supervisor else START_SECONDS

    def limits_of(self, question: Question) -> Limits:
        """The limits for whoever asks: those set for users are not for our pages."""
        return Limits() if question.own else self.limits

    def refusal(self, head: Head, question: Question) -> ServiceError:
        """The error of a fault; that of a stored query is ours, but for a bad name."""
        error = as_error(head, self.limits)
        if not question.own or head["fault"] in ASKED:
            return error
        facts = {"error": "stored query", "fault": head["fault"]}
        LOGGER.error("sparql: %s", facts, extra={"facts": facts})
        return Unavailable(DOWN)

    def hire(self, priority: int) -> Worker:
        """A new worker; Unavailable when there is none to be had."""
        for _ in range(2):
            supervisor = self.start()
            try:
                worker = supervisor.hire(priority)
            except (OSError, IndexError, KeyError, ValueError):
                self.lose(supervisor)
            else:
                self.failures = 0
                return worker
        raise Unavailable(DOWN)

    def start(self) -> Supervisor:
        """The supervisor, started if there is none; Unavailable when that fails."""
        if not self.lock.acquire(timeout=START_SECONDS):
            raise Unavailable(DOWN)
        try:
            if self.is_down():
                raise Unavailable(DOWN)
            if self.supervisor is None:
                self.supervisor = self.begin()
            return self.supervisor
        finally:
            self.lock.release()

    def begin(self) -> Supervisor:
        """A new supervisor; Unavailable when that fails, or the pool is closed."""
        try:
            supervisor = Supervisor(self.sources, self.limits.memory)
        except OSError as problem:
            self.fail(problem)
            raise Unavailable(DOWN) from None
        if self.is_down():
            supervisor.stop()
            raise Unavailable(DOWN)
        return supervisor

    def lose(self, supervisor: Supervisor) -> None:
        """Put away a supervisor that does not do its work."""
        with self.lock:
            if self.supervisor is supervisor:
                self.supervisor = None
                self.fail(BrokenFrame("the supervisor is lost"))
        supervisor.stop()

    def fail(self, problem: OSError) -> None:
        """Count a failure; after some in a row nothing is tried for a while."""
        if self.resting == inf:
            return
        self.failures += 1
        if self.failures >= TRIES:
            self.failures = 0
            self.resting = time.monotonic() + REST_SECONDS
        facts = {"error": str(problem), "resting": self.is_down()}
        LOGGER.error("sparql: %s", facts, extra={"facts": facts})

    def is_down(self) -> bool:
        """Whether starts have failed so often that none is tried now."""
        return time.monotonic() < self.resting

    def warm(self) -> None:
        """Load the dataset and fork workers before somebody waits for them."""
        with suppress(Unavailable):
            for lane in (self.own, self.users):
                lane.give_back(self.hire(lane.priority))

    def close(self) -> None:
        """End all processes, at once and for good; whoever asks gets an error."""
        self.resting = inf
        supervisor, self.supervisor = self.supervisor, None
        if supervisor is not None:
            supervisor.stop()
        for lane in (self.own, self.users):
            while lane.idle:
                lane.idle.pop().channel.close()


def with_graphs(question: Question, graphs: Graphs) -> Question:
    """The question with what its FROM says, where the protocol says nothing.

    Left to the engine, unless graphs are to be merged: it would not do that.
    """
    told = question.default_graphs or question.named_graphs
    if told or len(graphs.default) <= 1:
        return question
    return replace(question, default_graphs=graphs.default, named_graphs=graphs.named)


def write_question(question: Question, limits: Limits) -> Head:
    """The question as a message."""
    return {
        "seconds": limits.seconds,
        "rows": limits.rows,
        "size": limits.size,
        "text": question.text,
        "default": list(question.default_graphs),
        "named": list(question.named_graphs),
        "solutions": question.solutions,
        "graph": question.graph,
        "base": question.base,
        "prefixes": dict(question.prefixes),
        "substitutions": dict(question.substitutions),
    }
