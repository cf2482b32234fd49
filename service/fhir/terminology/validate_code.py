"""$validate-code of CodeSystem and ValueSet: is it a code, and is the display right.

Any name of a concept is a right display, in either language and in any case.
Source: http://hl7.org/fhir/R4/codesystem-operation-validate-code.html and
valueset-operation-validate-code.html
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from service.fhir.codes import Resource
from service.fhir.terminology import code_system
from service.fhir.terminology.call import (
    Call,
    Coded,
    asked,
    check_canonical,
    check_version,
    required,
)
from service.fhir.terminology.compose import chosen_set
from service.fhir.terminology.hierarchy import codes_of
from service.fhir.terminology.parameters import Input, answer, parameter
from service.fhir.terminology.words import is_name

CODE_SYSTEM_INPUTS = (
    Input("url", "uri"),
    Input("code", "code"),
    Input("version", "string"),
    Input("display", "string"),
    Input("coding", "Coding"),
    Input("codeableConcept", "CodeableConcept"),
    Input("displayLanguage", "code"),
)
VALUE_SET_INPUTS = (
    Input("url", "uri"),
    Input("valueSet", "ValueSet"),
    Input("valueSetVersion", "string"),
    Input("code", "code"),
    Input("system", "uri"),
    Input("systemVersion", "string"),
    Input("display", "string"),
    Input("coding", "Coding"),
    Input("codeableConcept", "CodeableConcept"),
    Input("displayLanguage", "code"),
)


def validate_in_system(call: Call) -> Resource:
    """Whether a code is in the code system; NotFound (404) for another system."""
    url = check_canonical(call, "url", (code_system.URL,))
    check_version(call, "version")
    coded = asked(call, system="url", beside=("display",))
    if not (url or call.id):
        raise required("url")
    if call.given.first("code"):
        coded = (replace(coded[0], system=code_system.URL),)
    return judge(coded, codes_of(call.knowledge).concepts.keys(), call)


def validate_in_set(call: Call) -> Resource:
    """Whether a code is in a value set, known here or posted."""
    members = chosen_set(call).members
    beside = ("system", "systemVersion", "display")
    coded = asked(call, version="systemVersion", beside=beside)
    if call.given.first("code") and not coded[0].system:
        raise required("The system of the code", coded[0].path)
    return judge(coded, frozenset(members), call)


def judge(
    asked_about: tuple[Coded, ...], members: Collection[str], call: Call
) -> Resource:
    """True if any of the codings is sound; else the message says what is wrong."""
    faults = [fault(coded, members, call) for coded in asked_about]
    best = faults.index("") if "" in faults else 0
    concept = codes_of(call.knowledge).concepts.get(asked_about[best].code)
    is_ours = asked_about[best].system == code_system.URL and concept is not None
    shown = call.label(asked_about[best].code) if is_ours else ""
    message = faults[best] or hint(asked_about[best].code, call)
    return answer(
        parameter("result", valueBoolean=not faults[best]),
        parameter("message", valueString=message),
        parameter("display", valueString=shown),
    )


def hint(code: str, call: Call) -> str:
    """What should be known of a sound code: that it is kept for old data only."""
    codes = codes_of(call.knowledge)
    if not codes.is_inactive(code):
        return ""
    successor = codes.successor(code)
    if not successor:
        return call.say("hint_inactive")
    return call.say("hint_replaced", label=call.label(successor), code=successor)


def fault(coded: Coded, members: Collection[str], call: Call) -> str:
    """What is wrong with a coding, "" if nothing; no word of the request is in it."""
    codes = codes_of(call.knowledge)
    if coded.system != code_system.URL:
        return call.say("fault_system", system=code_system.URL)
    if coded.version not in ("", call.knowledge.version):
        return call.say("fault_version", version=call.knowledge.version)
    concept = codes.concepts.get(coded.code)
    if concept is None:
        return call.say("fault_code")
    if coded.code not in members:
        return call.say("fault_member")
    if coded.display and not is_name(coded.display, concept):
        return call.say("fault_display", display=call.label(concept.id))
    return ""
