"""The HTML page: self-contained, escaped, the same facts as the text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from service.page import render_page, render_pages
from service.wording import Wording, word_report
from tests import samples


def words(language: str = "en", **changes: object) -> Wording:
    """The sample in words."""
    return word_report(
        samples.interpretation(**changes),
        samples.LEDGER,
        samples.knowledge(),
        language,
    )


class Tags(HTMLParser):
    """Collects the elements and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_nothing_is_loaded() -> None:
    """No address, no script, no image, and a policy that forbids them."""
    page = render_page(words())
    found = Tags(page).elements

    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in found}
    assert not any("src" in attrs or "href" in attrs for _, attrs in found)
    assert "url(" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_is_in_the_language(language: str) -> None:
    """Declared, and all headings follow."""
    page = render_page(words(language))

    assert page.startswith("<!DOCTYPE html>")
    assert f'<html lang="{language}">' in page
    assert words(language).heads["differential"] in page


def test_it_says_what_the_text_says() -> None:
    """Headline, candidates, tests, conflicts, sources, caveat."""
    wording = words()
    found = " ".join(Tags(render_page(wording)).words)

    for fact in (
        wording.headline,
        wording.disputes[0].text,
        wording.entries[0].points_for[0].text.rstrip("."),
        wording.citations[0].text,
        *wording.caveat,
        *wording.versions,
    ):
        assert fact in found


def test_it_prints_on_a4() -> None:
    """A page size and rules for paper."""
    page = render_page(words())

    assert re.search(r"@page\s*{\s*size: A4", page)
    assert "@media print" in page


def test_hostile_text_stays_text() -> None:
    """What a sender wrote never becomes an element."""
    finding = replace(samples.COUNT, sent="<img src=x onerror=alert(1)>")
    conflict = replace(samples.CONCLUSIONS.conflicts[0], findings=(finding,))
    found = Tags(render_page(words(conflicts=(conflict,))))

    assert "img" not in [tag for tag, _ in found.elements]
    assert "<img src=x onerror=alert(1)>" in "".join(found.words)


def test_several_reports_stand_on_one_page() -> None:
    """Each begins a new sheet; without any the page is empty."""
    two = Tags(render_pages([words(), words("fr")])).elements
    reports = [attrs for _, attrs in two if attrs.get("class") == "report"]

    assert len(reports) == 2
    assert "</html>" in render_pages([])
