"""One report as a self-contained HTML page: nothing is loaded, it prints on A4."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from xml.etree.ElementTree import Element, SubElement, tostring

from service.wording import Wording
from service.wording.markup import report_elements

# The page may load nothing, from nowhere: only its own style is allowed.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render_page(wording: Wording) -> str:
    """The page of one report, in its language."""
    return render_pages([wording])


def render_pages(wordings: Sequence[Wording]) -> str:
    """One page for the reports of one answer, each beginning on a new sheet."""
    first = wordings[0] if wordings else None
    html = Element("html", {"lang": first.language if first else "en"})
    html.append(page_head(first.title if first else ""))
    body = SubElement(html, "body")
    for wording in wordings:
        report = SubElement(body, "div", {"class": "report"})
        report.extend(report_elements(wording))
    return f"<!DOCTYPE html>\n{tostring(html, encoding='unicode', method='html')}\n"


def page_head(title: str) -> Element:
    """The head: character set, policy, title, style."""
    head = Element("head")
    SubElement(head, "meta", {"charset": "utf-8"})
    policy = {"http-equiv": "Content-Security-Policy", "content": POLICY}
    SubElement(head, "meta", policy)
    width = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    SubElement(head, "meta", width)
    SubElement(head, "title").text = title
    style = files("service").joinpath("page.css").read_text(encoding="utf-8")
    SubElement(head, "style").text = style
    return head
