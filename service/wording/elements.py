"""The few elements of which a report is marked up; all text goes through `clean`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

# What XML 1.0 does not allow in a document, not even escaped.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def row(body: Element, head: str, text: str) -> None:
    """One row of a table with a heading cell."""
    line = SubElement(body, "tr")
    line.append(element("th", head))
    line.append(element("td", text))


def part(key: str, heading: str, content: Iterable[Element]) -> list[Element]:
    """A division with a heading."""
    block = Element("div", {"class": f"part {key}"})
    block.append(element("h2", heading))
    block.extend([child for child in content if has_text(child)])
    return [block]


def bullets(items: Iterable[Element], tag: str = "ul") -> Element:
    """A list of items."""
    found = Element(tag)
    found.extend(list(items))
    return found


def element(tag: str, text: str, style: str = "") -> Element:
    """An element with text; `style` is its class."""
    found = Element(tag, {"class": style} if style else {})
    found.text = clean(text)
    return found


def has_text(found: Element) -> bool:
    """Whether anything would be seen of it."""
    return bool("".join(found.itertext()).strip())


def clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return NOT_XML.sub("\ufffd", text)
