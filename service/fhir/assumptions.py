"""`$what-if` on the wire: assumptions out of Parameters, consequences into them.

Parameters hold the `bundle` and one `set` for each assumption, with the parts `concept`
and `state` or `value`. The answer holds no report: an assumption never makes one.
"""

from __future__ import annotations

from typing import Any

from service.errors import EmptyContent, InvalidContent, Problem, UnsupportedContent
from service.fhir import strict_json
from service.fhir.bundle import Json, root_type
from service.fhir.codes import AI_ASSERTED, Resource, own_coding
from service.fhir.elements import read_quantity
from service.fhir.outcome import ledger_outcome
from service.fhir.terminology.parameters import answer, group, parameter
from service.model import Interpretation, LedgerRow, State
from service.reasoning.assumptions import STATES, Assumption
from service.reasoning.consequences import Consequences
from service.reasoning.differences import Difference
from service.reasoning.knowledge import Knowledge
from service.wording.supposing import SupposedWording, word_consequences

PARAMETERS, BUNDLE, SET = "Parameters", "bundle", "set"
CONCEPT, STATE, VALUE = "concept", "state", "value"
CODE, QUANTITY = "valueCode", "valueQuantity"
TYPES = {CONCEPT: (CODE,), STATE: (CODE,), VALUE: (CODE, QUANTITY)}
ALLOWED = ({CONCEPT, STATE}, {CONCEPT, VALUE})
# Who assumes more than this asks another question than "what if".
MOST = 50


def find_assumptions(document: bytes) -> tuple[Assumption, ...]:
    """The assumptions of posted Parameters, in their order.

    Raises MalformedDocument (400), EmptyContent without a `set`, UnsupportedContent for
    another resource and InvalidContent with every parameter that is wrong (422).
    """
    root = strict_json.parse(document).root
    if root_type(root) != PARAMETERS:
        message = "Post Parameters: the bundle, and one set for each assumption."
        raise UnsupportedContent(message, expression=root_type(root))
    problems: list[Problem] = []
    found = [
        _read_set(each, f"{PARAMETERS}.parameter[{place}]", problems)
        for place, each in enumerate(_objects(root, "parameter", PARAMETERS, problems))
        if _is_set(each, f"{PARAMETERS}.parameter[{place}]", problems)
    ]
    if problems:
        raise InvalidContent(problems=tuple(problems))
    if not found:
        message = "Parameters need a parameter set for each assumption."
        raise EmptyContent(message, expression=PARAMETERS)
    if len(found) > MOST:
        message = f"At most {MOST} assumptions are made at once."
        raise InvalidContent(message, issue="too-costly", expression=PARAMETERS)
    return tuple(found)


def _objects(
    holder: Json, element: str, path: str, problems: list[Problem]
) -> list[Json]:
    items: Any = holder.get(element, [])
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        return items
    message = f"{element} is a list of objects."
    problems.append(Problem("structure", message, path))
    return []


def _is_set(each: Json, path: str, problems: list[Problem]) -> bool:
    if each.get("name") not in (BUNDLE, SET):
        message = f"The parameters are {BUNDLE} and {SET}; no others."
        problems.append(Problem("invalid", message, path))
    return each.get("name") == SET


def _read_set(each: Json, path: str, problems: list[Problem]) -> Assumption:
    """One assumption; what is wrong with it goes to the problems."""
    parts: dict[str, tuple[Json, str]] = {}
    for place, part in enumerate(_objects(each, "part", path, problems)):
        name, at = part.get("name"), f"{path}.part[{place}]"
        if name not in TYPES or name in parts:
            message = f"A set has the parts {', '.join(TYPES)}, each once."
            problems.append(Problem("invalid", message, at))
        else:
            parts[name] = (part, at)
    if {"name", "part"} ^ each.keys() or parts.keys() not in ALLOWED:
        message = f"A set has the part {CONCEPT} and either {STATE} or {VALUE}."
        problems.append(Problem("required", message, path))
    values = {
        name: _value(part, at, TYPES[name], problems)
        for name, (part, at) in parts.items()
    }
    chosen = STATE if STATE in parts else VALUE
    at = f"{parts[chosen][1]}.value" if chosen in parts else path
    state, value = values.get(STATE), values.get(VALUE)
    if state is not None and state not in STATES:
        message = f"state is one of {', '.join(STATES)}."
        problems.append(Problem("code-invalid", message, at))
        state = None
    return Assumption(
        concept=str(values.get(CONCEPT, "")),
        state=State(state) if state is not None else None,
        value=value if isinstance(value, str) else "",
        quantity=None if isinstance(value, str) else read_quantity(value, at),
        path=f"{parts[CONCEPT][1]}.value" if CONCEPT in parts else path,
        at=at,
    )


def _value(
    part: Json, path: str, types: tuple[str, ...], problems: list[Problem]
) -> Any:
    """The value of a part, which must be of one of its types."""
    (key, *others) = part.keys() - {"name"} or {""}
    value: Any = part.get(key)
    is_code = key == CODE and isinstance(value, str) and value.strip()
    is_quantity = key == QUANTITY and read_quantity(value, path) is not None
    if key in types and not others and (is_code or is_quantity):
        return value
    message = f"The part {part['name']} needs a {' or a '.join(types)}."
    problems.append(Problem("value", message, path))
    return None


def write_consequences(
    found: Consequences,
    ledger: tuple[LedgerRow, ...],
    knowledge: Knowledge,
    language: str,
) -> Resource:
    """Parameters: what was assumed, the leading explanation, one `change` each."""
    told = word_consequences(found, knowledge, language)

    assumed = [
        group(
            "assumption",
            parameter(
                CONCEPT, valueCoding=own_coding(knowledge, each.concept, language)
            ),
            parameter("text", valueString=text),
        )
        for each, text in zip(found.supposition.assumptions, told.assumed, strict=True)
    ]
    leading = group(
        "leading",
        _leading("before", found.before, told.before, knowledge, language),
        _leading("after", found.after, told.after, knowledge, language),
    )
    changes = [
        _change(each, text, knowledge, language)
        for each, text in zip(found.differences, told.changes, strict=True)
    ]
    outcome = ledger_outcome(ledger, knowledge, language)
    written = answer(
        *assumed,
        leading,
        *changes,
        *_reasons(told),
        parameter("ledger", resource=outcome),
    )
    meta = {"security": [AI_ASSERTED]}
    return {"resourceType": PARAMETERS, "meta": meta, "language": language} | written


def _leading(
    name: str, side: Interpretation, text: str, knowledge: Knowledge, language: str
) -> Resource:
    """The first of a differential; without a code where nothing is in play."""
    results = knowledge.results
    first = [
        own_coding(knowledge, each.hypothesis, language)
        for each in side.conclusions.differential[:1]
        if each.grade in (results.likely, results.possible)
    ]
    told: Resource = {"coding": first, "text": text} if first else {"text": text}
    return parameter(name, valueCodeableConcept=told)


def _change(
    difference: Difference, text: str, knowledge: Knowledge, language: str
) -> Resource:
    """One difference; a side of which a report says nothing has no part."""

    def coding(concept: str) -> Resource:
        return own_coding(knowledge, concept, language)

    sides = {"before": difference.before, "after": difference.after}
    return group(
        "change",
        parameter("what", valueCoding=coding(difference.concept)),
        parameter("aspect", valueCode=difference.aspect.value),
        *(
            parameter(name, valueCoding=coding(value))
            for name, values in sides.items()
            for value in values
        ),
        parameter("text", valueString=text),
    )


def _reasons(told: SupposedWording) -> list[Resource]:
    """On what the changes would rest, and that nothing of this is a report."""
    notes = (("because", text) for text in told.reasons)
    return [
        parameter(name, valueString=text)
        for name, text in (*notes, ("caveat", told.caveat))
    ]
