"""A finding in words: label, sender's value, threshold, canonical value."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from service.model import Finding, Interval, Source, State, When
from service.wording.lexicon import Lexicon
from service.wording.quantities import (
    cuts_behind,
    interval_text,
    sent_text,
    threshold_text,
)
from service.wording.shape import Fact

URN = "urn:uuid:"
# Controls, bidirectional and zero-width marks, surrogates, line separators: they
# could rearrange a terminal or a page, so they are shown, never obeyed.
INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


def tell_facts(
    findings: Iterable[Finding], lexicon: Lexicon, criterion: str = ""
) -> tuple[Fact, ...]:
    """Each finding once, in its order; thresholds are those of the criterion."""
    cuts = cuts_behind(criterion, lexicon) if criterion else ()
    return tuple(
        dict.fromkeys(tell_fact(finding, lexicon, cuts) for finding in findings)
    )


def tell_fact(finding: Finding, lexicon: Lexicon, cuts: tuple[str, ...] = ()) -> Fact:
    """One finding in words."""
    source = finding.sources[0] if finding.sources else Source("", "")
    return Fact(
        text=fact_text(finding, lexicon, cuts),
        is_plain=finding.interval is None and not finding.value,
        state=finding.state,
        origin=place_read(source, lexicon),
        reference=safe(source.reference),
        time=time_text(finding.when),
        notes=(lexicon.say("line_preliminary"),) if finding.preliminary else (),
    )


def fact_text(finding: Finding, lexicon: Lexicon, cuts: tuple[str, ...] = ()) -> str:
    """What the finding says: a value, or present, or absent."""
    label = lexicon.label(finding.concept)
    if finding.interval is not None:
        value = measure_text(finding, finding.interval, lexicon, cuts)
    elif finding.value:
        value = lexicon.name(finding.value)
    else:
        value = lexicon.state(finding.state)
        return lexicon.say("line_fact", label=label, value=value)
    if finding.state is State.ABSENT:
        value = lexicon.say("line_value_absent", value=value)
    return lexicon.say("line_fact", label=label, value=value)


def measure_text(
    finding: Finding, interval: Interval, lexicon: Lexicon, cuts: tuple[str, ...]
) -> str:
    """The sender's number, then threshold, canonical value and interpretation."""
    canonical = interval_text(interval, finding.unit, lexicon)
    sent = sent_text(safe(finding.sent), lexicon) if finding.sent else canonical
    remarks = [] if sent == canonical else [f"= {canonical}"]
    threshold = threshold_text(finding.concept, interval, cuts, lexicon)
    remarks += [threshold] if threshold else []
    if finding.interpretation:
        word = lexicon.name(finding.interpretation)
        limit = lexicon.optional(f"line_limit_{finding.limit}", value=word)
        remarks.append(limit or word)
    return f"{sent} ({lexicon.listed(remarks)})" if remarks else sent


def place_read(source: Source, lexicon: Lexicon) -> str:
    """Where something was read, or that it is only assumed."""
    return lexicon.say("word_assumption") if source.is_assumed else origin(source)


def origin(source: Source) -> str:
    """A short name for the place where something was read.

    A `urn:uuid:` means nothing to a reader, so its resource type and first block
    stand for it.
    """
    if source.reference.startswith(URN):
        block = source.reference.removeprefix(URN).split("-")[0]
        return safe(f"{source.resource_type} {block}".strip())
    return safe(source.reference or source.path)


def time_text(when: When | None) -> str:
    """The sender's date, to the day."""
    return safe(when.text[:10]) if when else ""


def safe(text: str) -> str:
    """A sender's text with every character that is not seen spelled out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(mark):04x}" if unicodedata.category(mark) in INVISIBLE else mark
        for mark in text
    )
