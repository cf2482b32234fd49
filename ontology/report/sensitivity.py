"""`docs/reference/sensitivity.md`: which single input changes who leads a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ontology.report.cases import Worked, worked_cases
from ontology.report.flips import Flip, Leading, Sensitivity, sensitivity_of
from ontology.report.inputs import DENIED, FLAGGED
from service.model import Finding, Interval, State
from service.reasoning.knowledge import Knowledge

NOBODY = "nothing"
CLASH = " (contradicts the record)"
HEAD = Path(__file__).with_name("heads") / "sensitivity.md"


def write_sensitivity(knowledge: Knowledge) -> str:
    """The whole page."""
    found = [(w, sensitivity_of(w.case, knowledge)) for w in worked_cases(knowledge)]
    lines = [
        HEAD.read_text("utf-8"),
        "| Case | Leads | Facts that change it | Unknown facts that would |",
        "|---|---|--:|--:|",
        *(_summary(worked, each, knowledge) for worked, each in found),
        "",
    ]
    sections = [render_case(worked, each, knowledge) for worked, each in found]
    return "\n".join([*lines, *sections])


def render_case(worked: Worked, found: Sensitivity, knowledge: Knowledge) -> str:
    """The section of one case."""
    lines = [
        f"## {worked.corpus}/{worked.name}",
        "",
        f"Leads: {_leading(found.leading, knowledge)}.",
        "",
        *_table(
            ("Fact of the record", "If it were", "Then leads"),
            _recorded(found.recorded, knowledge),
            "No single fact of the record changes this.",
        ),
        *_table(
            ("Then leads", "Unknown facts, each of which would do it"),
            _unknown(found.unknown, knowledge),
            "No single unknown fact would change this.",
        ),
    ]
    return "\n".join(lines)


def _summary(worked: Worked, found: Sensitivity, knowledge: Knowledge) -> str:
    facts = {flip.input.fact for flip in found.recorded}
    unknown = {flip.input.fact for flip in found.unknown}
    tried, stated = found.tried
    return (
        f"| {worked.corpus}/{worked.name} | {_leading(found.leading, knowledge)} "
        f"| {len(facts)} of {tried} | {len(unknown)} of {stated} |"
    )


def _table(
    head: Sequence[str], rows: Iterable[Sequence[str]], without: str
) -> Iterator[str]:
    body = [f"| {' | '.join(row)} |" for row in rows]
    if body:
        yield f"| {' | '.join(head)} |"
        yield f"|{'---|' * len(head)}"
        yield from body
    else:
        yield without
    yield ""


def _recorded(flips: Iterable[Flip], knowledge: Knowledge) -> Iterator[Sequence[str]]:
    for flip in flips:
        how = flip.input.how
        if how.startswith(FLAGGED):
            how = f"{FLAGGED} {knowledge.label(how.split()[-1], 'en').lower()}"
        then = _leading(flip.leading, knowledge)
        clash = CLASH if flip.is_clash else ""
        yield name_of(flip.input.fact, knowledge), how, then + clash


def _unknown(flips: Iterable[Flip], knowledge: Knowledge) -> Iterator[Sequence[str]]:
    groups: dict[str, list[str]] = {}
    for flip in flips:
        then = _leading(flip.leading, knowledge)
        groups.setdefault(then, []).append(_unknown_fact(flip, knowledge))
    for then, facts in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        yield then, "; ".join(sorted(dict.fromkeys(facts)))


def _unknown_fact(flip: Flip, knowledge: Knowledge) -> str:
    name = name_of(replace(flip.input.fact, state=State.PRESENT), knowledge)
    denied = "no " if flip.input.how == DENIED else ""
    return denied + name + (CLASH if flip.is_clash else "")


def _leading(leading: Leading, knowledge: Knowledge) -> str:
    if not leading[0]:
        return NOBODY
    name, grade = (knowledge.label(id, "en") for id in leading)
    return f"{name}, {grade.lower()}"


def name_of(fact: Finding, knowledge: Knowledge) -> str:
    """The label of a fact with its value, in one line of a table."""
    label = knowledge.label(fact.concept, "en")
    if fact.interval is not None:
        unit = knowledge.concepts[fact.concept].unit
        # an annotation in braces is no unit (UCUM 12)
        unit = "" if unit.startswith("{") else unit
        return f"{label} {_number(fact.interval)} {unit}".rstrip()
    if fact.value:
        label += f" = {knowledge.label(fact.value, 'en')}"
    elif fact.interpretation:
        label += f": {knowledge.label(fact.interpretation, 'en').lower()}"
    return f"{label} (denied)" if fact.state is State.ABSENT else label


def _number(interval: Interval) -> str:
    low, high = interval.low, interval.high
    if low is not None and low == high:
        return f"= {low}"
    parts = []
    if low is not None:
        parts.append(f"{'>' if interval.low_open else '>='} {low}")
    if high is not None:
        parts.append(f"{'<' if interval.high_open else '<='} {high}")
    return " and ".join(parts)
