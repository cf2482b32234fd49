"""The narrative: valid XHTML, escaped, with the same facts as the structure."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from service.fhir.narrative import narrative
from service.model import Interpretation, Source
from service.wording import word_report
from tests import samples

XHTML = "{http://www.w3.org/1999/xhtml}"
# What FHIR allows in a narrative, of what a report needs (R4 narrative, txt-1).
ALLOWED = {
    "div", "h1", "h2", "h3", "p", "ul", "ol", "li", "b", "span",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
HOSTILE = "<script>alert(1)</script>&amp;\"'\x00\x1b\u202e\ud800"


def div(interpretation: Interpretation, language: str = "en") -> str:
    """The div of a report."""
    wording = word_report(interpretation, samples.LEDGER, samples.knowledge(), language)
    return narrative(wording)["div"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_is_xhtml_of_allowed_elements(language: str) -> None:
    """Well-formed, in the XHTML namespace, with text (txt-1, txt-2)."""
    root = ET.fromstring(div(samples.interpretation(), language))  # noqa: S314

    assert root.tag == f"{XHTML}div"
    assert {item.tag.removeprefix(XHTML) for item in root.iter()} <= ALLOWED
    assert "".join(root.itertext()).strip()
    assert root.get("lang") == language


def test_it_is_generated() -> None:
    """Its status says that it holds nothing beyond the structure."""
    wording = word_report(samples.interpretation(), (), samples.knowledge(), "en")

    assert narrative(wording)["status"] == "generated"


@pytest.mark.parametrize("place", ["sent", "reference", "path"])
def test_hostile_text_stays_text(place: str) -> None:
    """Markup is escaped, what XML cannot hold is replaced."""
    source = Source(HOSTILE, HOSTILE, "Observation") if place != "sent" else None
    finding = replace(
        samples.COUNT,
        sent=HOSTILE if place == "sent" else samples.COUNT.sent,
        sources=(source,) if source else samples.COUNT.sources,
    )
    conflict = replace(samples.CONCLUSIONS.conflicts[0], findings=(finding,))
    text = div(samples.interpretation(conflicts=(conflict,)))

    assert "<script" not in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e\ud800-\udfff]", text)
    assert ET.fromstring(text) is not None  # noqa: S314


def test_every_conclusion_is_told() -> None:
    """Values, candidates with grade and rank, tests, caveat."""
    text = re.sub("<[^>]+>", "", div(samples.interpretation()))

    for fact in (
        "The record supports diffuse pulmonary ossification.",
        "1. Usual interstitial pneumonia",
        "2. Chronic aspiration",
        "Metastatic pulmonary calcification",
        "Dendriform pattern",
        "Biopsy may be avoided",
        "Echocardiography",
        "Not a medical device",
        samples.knowledge().version_iri,
    ):
        assert fact in text


def test_an_empty_record_has_a_narrative() -> None:
    """Nothing known is told, too."""
    assert "neither affirmed nor set aside" in div(samples.nothing_known())
