"""What a worker says of a query that it does not answer, in the words of the tree."""

from __future__ import annotations

import signal
from collections.abc import Callable

from service.errors import (
    DocumentTooCostly,
    Forbidden,
    InvalidParameter,
    MalformedQuery,
    QueryTooCostly,
    ServiceError,
)
from service.sparql.frames import Head
from service.sparql.guard import NO_SERVICE
from service.sparql.media import GRAPHS, SOLUTIONS, not_acceptable
from service.sparql.question import MIB, Limits

OUT_OF_TIME: Head = {"fault": "time"}
# How a process ends that asks for more memory than it may have: by Rust's allocator,
# or by the kernel, when the whole machine is short of it.
STARVED = {-signal.SIGABRT, -signal.SIGKILL}
PAGES = "page through it with ORDER BY, LIMIT and OFFSET, or ask for less."
HINTS = {
    "prefix": " A prefix may not be declared.",
    "unbound": " It selects a variable that it neither groups by nor aggregates.",
}


def of_death(status: int) -> Head:
    """Why a worker has ended by itself, from its exit code."""
    if status == -signal.SIGALRM:
        return OUT_OF_TIME
    return {"fault": "memory" if status in STARVED else "crash"}


def as_error(head: Head, limits: Limits) -> ServiceError:
    """The error of the tree for the head of a refusal."""
    return FAULTS[str(head["fault"])](head, limits)


def syntax(head: Head, _: Limits) -> ServiceError:
    """Where the parser gave up."""
    place = f" at line {head['line']}, column {head['column']}" if head["line"] else ""
    hint = HINTS.get(str(head["hint"]), "")
    return MalformedQuery(f"The query cannot be parsed{place}.{hint}")


def time(_: Head, limits: Limits) -> ServiceError:
    """Ended at the deadline."""
    return QueryTooCostly(
        f"The query was ended after {limits.seconds:g} seconds: ask for less, or bind "
        "more of its variables."
    )


def memory(_: Head, limits: Limits) -> ServiceError:
    """Ended by the limit of memory."""
    return QueryTooCostly(
        f"The query was ended, since it took more than {limits.memory // MIB} MiB of "
        "memory: ask for less, or sort and group fewer solutions."
    )


def crash(_: Head, __: Limits) -> ServiceError:
    """Ended with its process, mostly by a stack that was too small for it."""
    return QueryTooCostly(
        "The query was ended, since it exhausted the engine: nest and repeat less."
    )


def rows(_: Head, limits: Limits) -> ServiceError:
    """More rows than an answer may have."""
    return DocumentTooCostly(f"The answer has more than {limits.rows} rows: {PAGES}")


def size(_: Head, limits: Limits) -> ServiceError:
    """More bytes than an answer may have."""
    return DocumentTooCostly(
        f"The answer is longer than {limits.size // MIB} MiB: {PAGES}"
    )


FAULTS: dict[str, Callable[[Head, Limits], ServiceError]] = {
    "syntax": syntax,
    "time": time,
    "memory": memory,
    "crash": crash,
    "rows": rows,
    "size": size,
    "outside": lambda _, __: Forbidden(NO_SERVICE),
    "name": lambda _, __: InvalidParameter("The name of a graph must be an IRI."),
    "evaluation": lambda _, __: MalformedQuery("The query cannot be evaluated."),
    "xml": lambda _, __: not_acceptable(
        [media for media in (*SOLUTIONS, *GRAPHS) if not media.endswith("xml")]
    ),
    "json-ld": lambda _, __: not_acceptable(
        [media for media in GRAPHS if not media.endswith("json")]
    ),
    "graph-unacceptable": lambda _, __: not_acceptable(GRAPHS),
    "solutions-unacceptable": lambda _, __: not_acceptable(SOLUTIONS),
}
