"""A Wording as elements: the one tree behind the FHIR narrative and the page.

Only elements and attributes that FHIR allows in a narrative (invariant txt-1), so
that both say the same; a tree is escaped by its serialiser, never by hand.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from service.model import State
from service.wording.elements import bullets, clean, element, has_text, part, row
from service.wording.lines import (
    answer_text,
    capital,
    entry_reasons,
    entry_title,
    fact_line,
    facts_text,
    point_text,
    source_text,
)
from service.wording.shape import Answer, Entry, Marks, Point, Wording

# How many tests the summary names.
FIRST = 5


def report_elements(wording: Wording) -> list[Element]:
    """The whole report in reading order."""
    return [
        *summary(wording),
        *disputes(wording),
        *criterion(wording),
        *differential(wording),
        *steps(wording),
        *biopsy(wording),
        *lists(wording),
        *colophon(wording),
    ]


def summary(wording: Wording) -> list[Element]:
    """Title, headline and the answers in a table."""
    heads = wording.heads
    title = element("h1", wording.title)
    headline = element("p", wording.headline, f"headline {wording.assessment.value_id}")
    remarks = [element("p", line, "remark") for line in wording.assessment.details]
    table = Element("table", {"class": "summary"})
    body = SubElement(table, "tbody")
    row(body, heads["assessment"], answer_text(wording.assessment))
    row(body, heads["criterion"], answer_text(wording.criterion))
    if wording.pattern is not None:
        row(body, heads["pattern"], answer_text(wording.pattern))
    row(body, heads["leading"], capital(wording.leading_short))
    row(body, heads["biopsy"], answer_text(wording.biopsy))
    if wording.steps:
        steps = wording.steps[:FIRST]
        names = wording.marks.semicolon.join(step.name for step in steps)
        row(body, heads["next"], capital(names))
    caveat = element("p", " ".join(wording.caveat[:2]), "warning")
    return [title, headline, *remarks, caveat, table]


def disputes(wording: Wording) -> list[Element]:
    """Contradictory data, before anything that could rest on it."""
    if not wording.disputes:
        return []
    items = []
    for dispute in wording.disputes:
        item = element("li", dispute.text)
        item.append(bullets(element("li", fact_line(fact)) for fact in dispute.facts))
        items.append(item)
    return part("conflicts", wording.heads["conflicts"], [bullets(items)])


def criterion(wording: Wording) -> list[Element]:
    """The criterion with each definition and its facts, then the pattern."""
    answer = wording.criterion
    content = [
        element("p", answer.text),
        *(element("p", line) for line in [*answer.details, answer.contested] if line),
        bullets(point_item(point, wording.marks) for point in answer.points),
        *because(answer, wording),
    ]
    pattern = wording.pattern
    if pattern is not None:
        content.append(element("h3", wording.heads["pattern"]))
        content += [element("p", line) for line in [pattern.text, pattern.contested]]
        content += because(pattern, wording)
    return part("criterion", wording.heads["criterion"], content)


def because(answer: Answer, wording: Wording) -> list[Element]:
    """The facts of a proof in one paragraph."""
    if not answer.proof.facts:
        return []
    texts = facts_text(answer.proof.facts, wording.marks)
    head = wording.heads["because"]
    return [element("p", f"{head}{wording.marks.colon}{texts}.", "because")]


def differential(wording: Wording) -> list[Element]:
    """Each hypothesis in play with three columns, the others in a list."""
    if not wording.entries:
        return part(
            "differential",
            wording.heads["differential"],
            [element("p", wording.leading)],
        )
    content: list[Element] = []
    rest = []
    for entry in wording.entries:
        if entry.is_live:
            content += entry_elements(entry, wording)
        else:
            rest.append(short_entry(entry, wording.marks))
    if rest:
        content.append(element("h3", wording.heads["unlikely"]))
        content.append(bullets(rest))
    content.append(element("p", wording.legend, "legend"))
    return part("differential", wording.heads["differential"], content)


def entry_elements(entry: Entry, wording: Wording) -> list[Element]:
    """One hypothesis: heading, notes, and what is for, against and missing."""
    heading = element("h3", entry_title(entry), entry.grade_id)
    grade = SubElement(heading, "span", {"class": "grade"})
    grade.text = f"\u00a0\u2013 {clean(entry.grade)}"
    about = wording.marks.semicolon.join(filter(None, (entry.kind, entry.tally)))
    notes = [element("p", note, "note") for note in (*entry.notes, entry.overridden)]
    found = [heading, element("p", about, "tally"), *filter(has_text, notes)]
    if entry.tally:
        found += [columns(entry, wording), *nothing_line(entry, wording)]
        found += open_line(entry, wording)
    return found


def columns(entry: Entry, wording: Wording) -> Element:
    """The points of a hypothesis side by side; a side without any takes no room."""
    sides = (
        ("for", entry.points_for),
        ("against", entry.points_against),
        ("missing_column", entry.points_missing),
    )
    table = Element("table", {"class": "columns"})
    heads = SubElement(SubElement(table, "thead"), "tr")
    cells = SubElement(SubElement(table, "tbody"), "tr")
    for key, points in sides:
        if points:
            heads.append(element("th", wording.heads[key], key))
            cell = SubElement(cells, "td")
            items = (point_item(point, wording.marks) for point in points)
            cell.append(bullets(items))
    return table


def nothing_line(entry: Entry, wording: Wording) -> list[Element]:
    """The sides of a hypothesis on which there is nothing."""
    sides = {"against": entry.points_against, "missing_column": entry.points_missing}
    nothing = wording.heads["nothing"]
    texts = [
        f"{wording.heads[key]}{wording.marks.colon}{nothing}"
        for key, points in sides.items()
        if not points
    ]
    if not texts:
        return []
    return [element("p", f"{wording.marks.semicolon.join(texts)}.", "open")]


def open_line(entry: Entry, wording: Wording) -> list[Element]:
    """What is unknown and could still speak against the hypothesis."""
    if not entry.points_open:
        return []
    labels = dict.fromkeys(point.label for point in entry.points_open)
    texts = wording.marks.semicolon.join(labels)
    head = wording.heads["open"]
    return [element("p", f"{head}{wording.marks.colon}{texts}.", "open")]


def short_entry(entry: Entry, marks: Marks) -> Element:
    """A hypothesis that is out, with the reasons."""
    reasons = entry_reasons(entry, marks)
    text = f"{entry_title(entry)}{marks.colon}{entry.grade.lower()}"
    text = f"{text} ({reasons})." if reasons else f"{text}."
    return element("li", " ".join([text, *entry.notes]), entry.grade_id)


def steps(wording: Wording) -> list[Element]:
    """The tests in rank order with what they would settle."""
    if not wording.steps:
        return []
    items = []
    for step in wording.steps:
        item = element("li", "")
        name = SubElement(item, "b")
        name.text = clean(capital(step.name))
        name.tail = clean(step.text.removeprefix(name.text))
        items.append(item)
    return part("next", wording.heads["next"], [bullets(items, "ol")])


def biopsy(wording: Wording) -> list[Element]:
    """The biopsy advice with its reasons and the vetoes that were looked for."""
    answer = wording.biopsy
    lines = [answer.text, *answer.details, answer.contested]
    content = [element("p", line) for line in lines if line]
    content += because(answer, wording)
    return part("biopsy", wording.heads["biopsy"], content)


def lists(wording: Wording) -> list[Element]:
    """What is missing, what would change the answer, treatment and follow-up."""
    found = []
    for key, lines in (
        ("missing", wording.missing),
        ("near_misses", wording.near_misses),
        ("advice", wording.advice),
    ):
        if lines:
            items = bullets(element("li", line) for line in lines)
            found += part(key, wording.heads[key], [items])
    return found


def colophon(wording: Wording) -> list[Element]:
    """Sources with their depth, the ledger, the limits, the versions."""
    sources = [
        element("li", f"[{source.id}] {source_text(source, wording.marks)}")
        for source in wording.citations
    ]
    found = part("sources", wording.heads["sources"], [bullets(sources)])
    for key, lines in (
        ("ledger", wording.ledger),
        ("caveat", wording.caveat),
        ("versions", wording.versions),
    ):
        items = bullets(element("li", line) for line in lines)
        found += part(key, wording.heads[key], [items])
    return found


def point_item(point: Point, marks: Marks) -> Element:
    """A sentence with its facts and its sources."""
    item = element("li", f"{point_text(point, marks)} ", point.state.value)
    if point.state is not State.UNKNOWN or point.role == "definition":
        cite = SubElement(item, "span", {"class": "cite"})
        cite.text = clean(point.citation)
    return item
