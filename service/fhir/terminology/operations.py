"""The operations as one table: what is mounted, described and called comes from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.fhir.codes import Resource
from service.fhir.terminology import (
    expand,
    lookup,
    subsumes,
    translate,
    validate_code,
)
from service.fhir.terminology.call import Call
from service.fhir.terminology.parameters import Input

CODE_SYSTEM, VALUE_SET, CONCEPT_MAP = "CodeSystem", "ValueSet", "ConceptMap"
TYPES = (CODE_SYSTEM, VALUE_SET, CONCEPT_MAP)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of HL7's: where it is called, what it takes, what answers it."""

    type: str
    name: str
    inputs: tuple[Input, ...]
    answer: Callable[[Call], Resource]
    on_instance: bool = True

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses below `/fhir`."""
        of_type = f"/{self.type}/${self.name}"
        of_instance = f"/{self.type}/<id>/${self.name}"
        return (of_type, of_instance) if self.on_instance else (of_type,)


OPERATIONS = (
    # R4 defines no $lookup on an instance.
    Operation(CODE_SYSTEM, "lookup", lookup.INPUTS, lookup.look_up, on_instance=False),
    Operation(
        CODE_SYSTEM,
        "validate-code",
        validate_code.CODE_SYSTEM_INPUTS,
        validate_code.validate_in_system,
    ),
    Operation(CODE_SYSTEM, "subsumes", subsumes.INPUTS, subsumes.subsume),
    Operation(VALUE_SET, "expand", expand.INPUTS, expand.expand),
    Operation(
        VALUE_SET,
        "validate-code",
        validate_code.VALUE_SET_INPUTS,
        validate_code.validate_in_set,
    ),
    Operation(CONCEPT_MAP, "translate", translate.INPUTS, translate.translate),
)
