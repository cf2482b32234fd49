"""Lines that the terminal report and the marked-up one have alike."""

from __future__ import annotations

from collections.abc import Iterable

from service.wording.shape import Answer, Citation, Entry, Fact, Marks, Point


def fact_line(fact: Fact) -> str:
    """A fact with its remarks, the place where it was read and the date."""
    place = ", ".join(filter(None, [fact.origin, fact.time, *fact.notes]))
    return f"{fact.text} [{place}]" if place else fact.text


def facts_text(facts: Iterable[Fact], marks: Marks) -> str:
    """Several facts in one line."""
    texts = (", ".join([fact.text, *fact.notes]) for fact in facts)
    return marks.semicolon.join(dict.fromkeys(texts))


def point_text(point: Point, marks: Marks) -> str:
    """A sentence with the facts behind it."""
    sentence = point.text.rstrip(".")
    facts = facts_text(point.facts, marks)
    return f"{sentence} ({facts})." if facts else f"{sentence}."


def entry_title(entry: Entry) -> str:
    """Rank and name of a hypothesis."""
    return f"{entry.rank}. {capital(entry.name)}"


def entry_reasons(entry: Entry, marks: Marks) -> str:
    """Why a hypothesis is out: what speaks against it, in short."""
    reasons = dict.fromkeys(point.short for point in entry.points_against)
    return marks.semicolon.join(reasons)


def source_text(source: Citation, marks: Marks) -> str:
    """A source, the depth to which it was read, and its mark."""
    remarks = marks.semicolon.join(filter(None, [source.depth, source.mark]))
    return f"{source.text} ({remarks})" if remarks else source.text


def answer_text(answer: Answer) -> str:
    """A value in short, and that it is contested."""
    text = capital(answer.short)
    return f"{text}. {answer.contested}" if answer.contested else text


def capital(text: str) -> str:
    """The text with a capital first letter, unless that is wrong, as in pH."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]
