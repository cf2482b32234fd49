"""One call of an operation, and how its words name a resource or a code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.errors import InvalidParameter, NotFound
from service.fhir.codes import Resource
from service.fhir.terminology.parameters import Given
from service.reasoning.knowledge import Knowledge

CODE, CODING, CONCEPT = "code", "coding", "codeableConcept"


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation answers: `id` is the resource of the address, or "".

    `language` is that of the answer (en, fr), `issued` the time of it.
    """

    knowledge: Knowledge
    given: Given
    language: str
    issued: datetime
    id: str = ""

    def say(self, phrase: str, **places: str) -> str:
        """A phrase in the language of the answer."""
        return self.knowledge.phrase(f"terminology_{phrase}", self.language, **places)

    def label(self, code: str) -> str:
        """The label of a code in the language of the answer."""
        return self.knowledge.label(code, self.language)


@dataclass(frozen=True, slots=True)
class Coded:
    """A code as it was asked about; what was not given is "", the path None."""

    system: str
    version: str
    code: str
    display: str
    path: str | None = None


def asked(
    call: Call,
    *,
    system: str = "system",
    version: str = "version",
    beside: Sequence[str] = ("system",),
) -> tuple[Coded, ...]:
    """The code that a call is about; a CodeableConcept may hold several.

    `system` and `version` name the parameters that a `code` is read with, `beside`
    those that only a `code` may have. Raises InvalidParameter unless exactly one of
    code, coding and codeableConcept is given.
    """
    given = call.given
    forms = [name for name in (CODE, CODING, CONCEPT) if given.first(name)]
    if not forms:
        raise required("code or coding")
    if len(forms) > 1:
        message = f"{' and '.join(forms)} are given: one of them says what is meant."
        raise InvalidParameter(message, expression=given.path(forms[1]))
    if forms == [CODE]:
        return (
            Coded(
                given.text(system),
                given.text(version),
                given.text(CODE),
                given.text("display"),
                given.path(CODE),
            ),
        )
    for name in beside:
        if given.first(name):
            message = f"{name} belongs to code: a coding has its own."
            raise InvalidParameter(message, expression=given.path(name))
    return tuple(read_codings(call, forms[0]))


def read_codings(call: Call, name: str) -> Iterator[Coded]:
    """The codings of a posted Coding or CodeableConcept that have a code.

    Raises InvalidParameter if there is none.
    """
    found = call.given.first(name)
    if found is None:
        return
    codings = [(found.value, found.path)]
    if name == CONCEPT:
        codings = [
            (each, f"{found.path}.coding[{place}]")
            for place, each in enumerate(found.value.get("coding", ()))
        ]
    coded = [as_coded(coding, path) for coding, path in codings if "code" in coding]
    if not coded:
        raise required(f"A code in {name}", found.path)
    yield from coded


def as_coded(coding: Resource, path: str) -> Coded:
    """A Coding with its place."""
    return Coded(
        coding.get("system", ""),
        coding.get("version", ""),
        coding.get("code", ""),
        coding.get("display", ""),
        path or None,
    )


def required(name: str, path: str | None = None) -> InvalidParameter:
    """The refusal of a call that does not say what it is about."""
    return InvalidParameter(f"{name} is needed.", issue="required", expression=path)


def check_version(call: Call, name: str) -> None:
    """Refuse a version that is not shipped (404)."""
    wanted = call.given.text(name)
    if wanted and wanted != call.knowledge.version:
        raise not_found(
            f"{name} must be {call.knowledge.version}: no other version is here.",
            call.given.path(name),
        )


def check_canonical(call: Call, name: str, known: Sequence[str]) -> str:
    """The URL of a parameter without its `|version`, which must be one of `known`.

    "" if it is not given; raises NotFound (404) for another one.
    """
    url, _, version = call.given.text(name).partition("|")
    if not url:
        return ""
    if url not in known:
        raise not_found(f"{name} is not known here.", call.given.path(name))
    if version not in ("", call.knowledge.version):
        message = f"The version of {name} must be {call.knowledge.version}."
        raise not_found(message, call.given.path(name))
    return url


def not_found(message: str, path: str | None = None) -> NotFound:
    """404 with the place of what was looked for."""
    return NotFound(message, expression=path)
