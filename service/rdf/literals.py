"""Values as literals of RDF: numbers, truths, moments, words in a language.

Source: https://www.w3.org/TR/xmlschema11-2/.
"""

from __future__ import annotations

import re
from decimal import Decimal

from service.fhir.identity import number
from service.rdf.triples import Text
from service.rdf.vocabulary import XSD

# The forms of a FHIR time with the types that hold them. A leap second has none.
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"
_TIMES = (
    (re.compile(r"\d{4}"), "gYear"),
    (re.compile(r"\d{4}-\d\d"), "gYearMonth"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "date"),
    (re.compile(rf"\d{{4}}-\d\d-\d\dT{_CLOCK}"), "dateTime"),
)


def decimal(value: Decimal | None) -> Text:
    """A number with a point, as the ontology writes its bounds; "" for None."""
    text = number(value)
    return Text(text if "." in text or not text else f"{text}.0", f"{XSD}decimal")


def integer(value: int) -> Text:
    """A count or a rank."""
    return Text(str(value), f"{XSD}integer")


def boolean(value: bool) -> Text:
    """A claim that holds or not."""
    return Text("true" if value else "false", f"{XSD}boolean")


def moment(text: str) -> Text:
    """The sender's own time, with the type of its form.

    >>> moment("2024-06").datatype.rpartition("#")[2]
    'gYearMonth'
    """
    for form, datatype in _TIMES:
        if form.fullmatch(text):
            return Text(text, f"{XSD}{datatype}")
    return Text(text)
