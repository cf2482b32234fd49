"""`dpo what-if`: what a report would say if some facts were others."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from service.errors import ServiceError
from service.fhir.assumptions import write_consequences
from service.fhir.reader import ReadOptions
from service.layout import Block, bullet, paragraph
from service.model import Quantity, State
from service.reasoning.assumptions import (
    STATES,
    Assumption,
    Supposition,
    read_assumptions,
)
from service.reasoning.knowledge import Knowledge
from service.reasoning.quantities import UCUM
from service.what_if import WhatIf, ask_what_if
from service.wording.lexicon import open_lexicon
from service.wording.supposing import word_consequences

SET = re.compile(r"(?P<concept>\w+)=(?P<wanted>.*\S)\s*")
NUMBER = re.compile(
    r"(?P<comparator>[<>]=?)?\s*(?P<value>[-+]?\d+(\.\d+)?)\s*(?P<unit>\S*)"
)


class Misread(Exception):
    """An assumption that cannot be read, or that does not fit the ontology."""


def read_sets(texts: Sequence[str], knowledge: Knowledge) -> Supposition:
    """The assumptions of the options; raises Misread with every problem."""
    assumptions = [read_set(text) for text in texts]
    try:
        return read_assumptions(assumptions, knowledge)
    except ServiceError as error:
        messages = dict.fromkeys(
            f"{problem.expression}: {problem.message}" for problem in error.problems
        )
        raise Misread("; ".join(messages)) from None


def read_set(text: str) -> Assumption:
    """One `concept=present`, `concept=value_id` or `measure=NUMBER UNIT`.

    >>> read_set("ct_honeycombing=absent").state
    <State.ABSENT: 'absent'>
    >>> read_set("ct_nodule_max_diameter=>=4 mm").quantity.comparator
    '>='
    """
    found = SET.fullmatch(text.strip())
    if found is None:
        raise Misread(f"--set needs CONCEPT=STATE or CONCEPT=VALUE, not {text!a}")
    concept, wanted = found["concept"], found["wanted"].strip()
    assumed = Assumption(concept, path=concept, at=concept)
    if wanted in STATES:
        return replace(assumed, state=State(wanted))
    number = NUMBER.fullmatch(wanted)
    if number is None:
        return replace(assumed, value=wanted)
    return replace(assumed, quantity=read_quantity(number))


def read_quantity(number: re.Match[str]) -> Quantity:
    """A number with its UCUM unit; without one it can only be a count."""
    unit = number["unit"]
    return Quantity(
        value=number["value"],
        comparator=number["comparator"] or "",
        unit=unit,
        unit_system=UCUM if unit else "",
        path="",
        is_integer=not unit and number["value"].isdigit(),
    )


def answer_what_if(
    options: argparse.Namespace,
    document: bytes,
    knowledge: Knowledge,
    reading: ReadOptions,
) -> str:
    """The text or FHIR of one answer; raises Misread, or a ServiceError."""
    supposition = read_sets(options.set, knowledge)
    found = ask_what_if(document, supposition, knowledge, reading)
    if options.format == "fhir":
        written = write_consequences(
            found.consequences, found.ledger, knowledge, options.lang
        )
        return json.dumps(written, ensure_ascii=False, indent=2) + "\n"
    return render_what_if(found, knowledge, options.lang)


def render_what_if(found: WhatIf, knowledge: Knowledge, language: str) -> str:
    """The answer for a terminal."""
    lexicon = open_lexicon(knowledge, language)
    told = word_consequences(found.consequences, knowledge, language)
    colon = lexicon.marks.colon
    before, after = (
        f"{lexicon.say(phrase)}{colon}{sentence}"
        for phrase, sentence in (
            ("line_supposed_before", told.before),
            ("line_supposed_after", told.after),
        )
    )
    parts = {
        "assumed": told.assumed,
        "leading": (before, after),
        "changes": told.changes or (lexicon.say("line_no_changes"),),
        "why": told.reasons,
    }
    lines = [told.title, *paragraph(told.caveat, 0)]
    for key, items in parts.items():
        block = Block(key, lexicon.say(f"head_{key}"), tuple(map(bullet, items)))
        lines += block.lines("")
    return "\n".join(lines) + "\n"
