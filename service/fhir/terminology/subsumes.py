"""CodeSystem/$subsumes: how two codes lie to each other.

Source: http://hl7.org/fhir/R4/codesystem-operation-subsumes.html
"""

from __future__ import annotations

from service.errors import InvalidContent, InvalidParameter
from service.fhir.codes import Resource
from service.fhir.terminology import code_system
from service.fhir.terminology.call import (
    Call,
    as_coded,
    check_canonical,
    check_version,
    required,
)
from service.fhir.terminology.hierarchy import codes_of
from service.fhir.terminology.parameters import Input, answer, parameter

INPUTS = (
    Input("codeA", "code"),
    Input("codeB", "code"),
    Input("system", "uri"),
    Input("version", "string"),
    Input("codingA", "Coding"),
    Input("codingB", "Coding"),
)


def subsume(call: Call) -> Resource:
    """The relation of A to B; InvalidContent (422) for a code that is not here."""
    system = check_canonical(call, "system", (code_system.URL,))
    check_version(call, "version")
    if call.given.first("codeA") and not (system or call.id):
        raise required("system")
    one, other = side("A", call), side("B", call)
    outcome = relate(one, other, call)
    return answer(parameter("outcome", valueCode=outcome))


def side(letter: str, call: Call) -> str:
    """The code of one side, given as a code or as a Coding."""
    given = call.given
    code, coding = f"code{letter}", f"coding{letter}"
    if given.first(code) and given.first(coding):
        message = f"{code} and {coding} are given: one of them says what is meant."
        raise InvalidParameter(message, expression=given.path(coding))
    found = given.first(code) or given.first(coding)
    if found is None:
        raise required(f"{code} or {coding}")
    path = found.path or None
    if isinstance(found.value, str):
        text = found.value
    else:
        coded = as_coded(found.value, found.path)
        if coded.system != code_system.URL:
            message = f"The system of {coding} must be {code_system.URL}."
            raise InvalidContent(message, issue="code-invalid", expression=path)
        if coded.version not in ("", call.knowledge.version):
            message = f"The version of {coding} must be {call.knowledge.version}."
            raise InvalidContent(message, issue="code-invalid", expression=path)
        text = coded.code
    if text not in codes_of(call.knowledge).concepts:
        message = f"The code system has no code such as {code}."
        raise InvalidContent(message, issue="code-invalid", expression=path)
    return text


def relate(one: str, other: str, call: Call) -> str:
    """The code of HL7's concept-subsumption-outcome."""
    above = codes_of(call.knowledge).above
    if one == other:
        return "equivalent"
    if one in above[other]:
        return "subsumes"
    return "subsumed-by" if other in above[one] else "not-subsumed"
