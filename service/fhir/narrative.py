"""The narrative of the report: generated XHTML that says what the structure says."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from service.wording import Wording
from service.wording.markup import report_elements

XHTML = "http://www.w3.org/1999/xhtml"


def narrative(wording: Wording) -> dict[str, str]:
    """A Narrative; the serialiser escapes every text and attribute."""
    div = Element(
        "div",
        {
            "xmlns": XHTML,
            "lang": wording.language,
            "xml:lang": wording.language,
        },
    )
    div.extend(report_elements(wording))
    return {"status": "generated", "div": tostring(div, encoding="unicode")}
