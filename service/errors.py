"""The whole tree of errors that leave the service as an OperationOutcome.

One class for each row of section 4 of the FHIR contract. Messages are English, say
what to change and hold no value of the request; `expression` is a FHIRPath that
selects exactly one node of the posted document, or None where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: becomes one issue of the OperationOutcome."""

    code: str
    message: str
    expression: str | None = None
    severity: str = "error"


class ServiceError(Exception):
    """An answer that is no report: its HTTP status and every problem that led to it.

    `status` is the HTTP status and `issue` the code of issue-type of the first
    problem; without `problems` the message is the only one. `retry_after` is in how
    many seconds it is worth to try again (0: trying again changes nothing); one error
    may know better than its class.
    """

    status: ClassVar[int] = 500
    default_issue: ClassVar[str] = "exception"
    retry_after: int = 0

    def __init__(
        self,
        message: str = "",
        *,
        issue: str = "",
        expression: str | None = None,
        problems: tuple[Problem, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        if retry_after is not None:
            self.retry_after = retry_after
        own = Problem(issue or self.default_issue, message, expression)
        self.problems: tuple[Problem, ...] = problems or (own,)
        self.issue = self.problems[0].code
        self.message = self.problems[0].message
        self.expression = self.problems[0].expression
        super().__init__(self.message)


# --- the request as a whole ------------------------------------------------------


class MalformedDocument(ServiceError):
    """400: bytes that are not UTF-8, JSON that cannot be read, an empty body."""

    status = 400
    default_issue = "structure"


class UnknownResourceType(ServiceError):
    """400: the posted document has no resourceType, or one that FHIR does not have."""

    status = 400
    default_issue = "structure"


class InvalidParameter(ServiceError):
    """400: a parameter of the URL or a header that is wrong, repeated or at odds."""

    status = 400
    default_issue = "invalid"


class NotFound(ServiceError):
    """404: nothing is served under this address."""

    status = 404
    default_issue = "not-found"


class MethodNotAllowed(ServiceError):
    """405: the address exists, the verb is not served there."""

    status = 405
    default_issue = "not-supported"


class NotAcceptable(ServiceError):
    """406: no type or release of FHIR that the client accepts can be produced."""

    status = 406
    default_issue = "not-supported"


class DocumentTooLong(ServiceError):
    """413: more bytes than the limit; never read in part."""

    status = 413
    default_issue = "too-long"


class DocumentTooCostly(ServiceError):
    """413: more entries (or rows) than the limit, which the message names."""

    status = 413
    default_issue = "too-costly"


class UnsupportedMediaType(ServiceError):
    """415: a media type, charset, encoding or release that is not read."""

    status = 415
    default_issue = "not-supported"


# --- the content -----------------------------------------------------------------


class InvalidContent(ServiceError):
    """422: structurally invalid in every entry, or in any with handling=strict."""

    status = 422
    default_issue = "invalid"


class EmptyContent(ServiceError):
    """422: a Bundle without entries, Parameters without a Bundle."""

    status = 422
    default_issue = "required"


class UnsupportedContent(ServiceError):
    """422: another release of FHIR, a type that is not read, an unknown ontology."""

    status = 422
    default_issue = "not-supported"


class UnknownExtension(ServiceError):
    """422: a modifierExtension or implicitRules on the Bundle or a Patient."""

    status = 422
    default_issue = "extension"


class AnonymousSubject(ServiceError):
    """422: a transaction is asked for but nothing says whose report it would be."""

    status = 422
    default_issue = "business-rule"

    def __init__(self) -> None:
        super().__init__(
            "The resources name no subject, so a transaction could not say whose "
            "report it holds: add a subject, or ask for the collection form."
        )


class UnstableReference(ServiceError):
    """422: the transaction form would refer to what only the posted Bundle knows.

    `paths` are the FHIRPaths of the resources without an id.
    """

    status = 422
    default_issue = "business-rule"

    def __init__(self, paths: tuple[str, ...]) -> None:
        message = (
            "This resource is known by a fullUrl of the Bundle only: give it an id, "
            "so that the transaction can refer to it as Type/id."
        )
        code = self.default_issue
        problems = tuple(Problem(code, message, path or None) for path in paths)
        super().__init__(message, problems=problems)


class SeveralSubjects(ServiceError):
    """422: more (or fewer) than one subject where exactly one is asked for."""

    status = 422
    default_issue = "business-rule"


class Unjustified(ServiceError):
    """500: an entailment that cannot be explained, which is our defect."""

    status = 500
    default_issue = "exception"


class NotServed(ServiceError):
    """501: a part of the contract that is not there (`subject`, `verify=dl`)."""

    status = 501
    default_issue = "not-supported"


# --- queries ---------------------------------------------------------------------


class MalformedQuery(ServiceError):
    """400: a query that cannot be parsed; says where, and does not repeat it."""

    status = 400
    default_issue = "invalid"


class Forbidden(ServiceError):
    """403: an update, or a query to another service: this endpoint only reads."""

    status = 403
    default_issue = "forbidden"


class QueryTooCostly(ServiceError):
    """422: a query that was ended, by its nesting, its time or its memory."""

    status = 422
    default_issue = "too-costly"


class Busy(ServiceError):
    """429: as many queries run and wait as may."""

    status = 429
    default_issue = "throttled"
    retry_after = 1


class ClientLeft(ServiceError):
    """499: the client left before its answer, so that only the log reads this."""

    status = 499
    default_issue = "timeout"


class Unavailable(ServiceError):
    """503: a part of the service is down for now; the rest is not concerned."""

    status = 503
    default_issue = "transient"
    retry_after = 10


# --- the FHIR server that is read from and written to ------------------------------


class UpstreamFailed(ServiceError):
    """502: unreachable, overloaded or cut short, each time it was tried."""

    status = 502
    default_issue = "transient"
    retry_after = 10


class UpstreamTimeout(ServiceError):
    """504: the FHIR server did not answer within the seconds that it has."""

    status = 504
    default_issue = "timeout"
    retry_after = 10


class UpstreamRefused(ServiceError):
    """502: the FHIR server answered, but with what repeating does not mend."""

    status = 502
    default_issue = "processing"


class UpstreamConflict(ServiceError):
    """502: others change the same resources as fast as they are read again."""

    status = 502
    default_issue = "conflict"
    retry_after = 1
