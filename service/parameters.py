"""The parameters of `$interpret`: one table for what is read and what is described.

Source: contract section 1. What the table does not name is refused, since a parameter
that is passed over in silence would give another answer than the one asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.errors import InvalidParameter, UnsupportedContent
from service.fhir.identity import Form


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the URL: its name, its FHIR type and what it does."""

    name: str
    type: str
    effect: str


PARAMETERS = (
    Parameter("_format", "code", "Media type of the answer; counts more than Accept."),
    Parameter(
        "_type", "code", "`transaction`: the answer as a Bundle ready to be posted."
    ),
    Parameter(
        "_contained", "boolean", "`true`: one DiagnosticReport with all it refers to."
    ),
    Parameter("_language", "code", "Language of all text: `en` or `fr`."),
    Parameter("ontology", "string", "The ontology release that must be used."),
    Parameter(
        "verify", "code", "`dl`: a reasoner derives every conclusion again, first."
    ),
)
WRITE = Parameter(
    "write",
    "boolean",
    "`true`: the report is also written to the FHIR server; of a `subject` only.",
)
SUBJECT = Parameter(
    "subject",
    "Reference",
    "The Patient whose record is read from the FHIR server, instead of a `bundle`.",
)


WRITTEN_FORM = "What is written is answered as a collection: ask for no other form."


def read_parameters(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The parameters of a URL by name.

    Raises InvalidParameter for one that is unknown or given twice.
    """
    found: dict[str, str] = {}
    known = [parameter.name for parameter in (*PARAMETERS, WRITE)]
    for name, value in pairs:
        if name == SUBJECT.name:
            raise InvalidParameter("subject stands in the body: send Parameters.")
        if name not in known:
            raise InvalidParameter(f"The parameters are {', '.join(known)}; no others.")
        if name in found:
            raise InvalidParameter(f"{name} is given more than once.")
        found[name] = value
    return found


def choose_form(parameters: dict[str, str], *, one_subject: bool) -> Form:
    """How the parts of the answer refer to each other (contract section 5).

    Raises InvalidParameter for a value that is not defined, and where `_type`,
    `_contained` and the operation on DiagnosticReport contradict each other.
    """
    bundle = parameters.get("_type")
    contained = parameters.get("_contained")
    if bundle not in (None, "transaction", "collection"):
        raise InvalidParameter("_type must be transaction or collection.")
    if contained not in (None, "true", "false"):
        raise InvalidParameter("_contained must be true or false.")
    if one_subject and (bundle or contained == "false"):
        raise InvalidParameter("DiagnosticReport/$interpret answers contained form.")
    if bundle and contained == "true":
        raise InvalidParameter("_type and _contained=true ask for two forms.")
    if one_subject or contained == "true":
        return Form.CONTAINED
    return Form.TRANSACTION if bundle == "transaction" else Form.COLLECTION


def choose_write(parameters: dict[str, str], form: Form) -> bool:
    """Whether the report is also to be written to the FHIR server.

    Raises InvalidParameter for a value that is not defined, and where another form is
    asked for: the answer is the collection of what then stands on the server.
    """
    wanted = parameters.get("write")
    if wanted not in (None, "true", "false"):
        raise InvalidParameter("write must be true or false.")
    if wanted == "true" and form is not Form.COLLECTION:
        raise InvalidParameter(WRITTEN_FORM)
    return wanted == "true"


def refuse_form(parameters: dict[str, str]) -> None:
    """Refuse a form of FHIR where RDF is asked for: one graph holds all reports."""
    if {"_type", "_contained", "write"} & parameters.keys():
        raise InvalidParameter(
            "_type, _contained and write are of FHIR, not of RDF: leave them out."
        )


def check_release(parameters: dict[str, str], shipped: Sequence[str]) -> None:
    """Refuse an ontology release that is not shipped."""
    wanted = parameters.get("ontology")
    if wanted is not None and wanted not in shipped:
        raise UnsupportedContent(f"ontology must be one of {', '.join(shipped)}.")


def choose_verify(parameters: dict[str, str]) -> bool:
    """Whether a reasoner is to derive the conclusions again before they are sent.

    Raises InvalidParameter for a value that is not defined.
    """
    verify = parameters.get("verify")
    if verify not in (None, "dl"):
        raise InvalidParameter("verify must be dl.")
    return verify == "dl"
