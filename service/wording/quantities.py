"""Numbers with their units as a reader expects them, and the cuts they meet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from service.model import Interval
from service.reasoning.distance import Gap
from service.reasoning.terms import Concept
from service.wording.lexicon import PRESENT, Lexicon

# The print symbols of UCUM codes whose own spelling is not what people write;
# an annotation such as {count} is never printed (UCUM 2.3 and its tables).
PRINT_SYMBOLS = {
    "mm[Hg]": "mmHg",
    "[hnsf'U]": "HU",
    "umol/L": "µmol/L",
    "mmol2/L2": "mmol²/L²",
    "cm2": "cm²",
    "/mm3": "/mm³",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}
ANNOTATION = re.compile(r"\{[^}]*\}")
SENT = re.compile(
    r"(?P<comparator>[<>]=?|ad)?\s*(?P<number>[-+]?[\d.]+\S*)\s*(?P<unit>.*)"
)
SIGNS = {"": "", "<": "< ", "<=": "≤ ", ">": "> ", ">=": "≥ "}
OPERATORS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
OPPOSITE = {"ge": "lt", "gt": "le", "le": "gt", "lt": "ge"}


def unit_text(unit: str, lexicon: Lexicon) -> str:
    """A UCUM unit as it is printed; months and years in the language."""
    symbol = PRINT_SYMBOLS.get(unit)
    if symbol is not None:
        return lexicon.number(symbol)
    return lexicon.optional(f"unit_{unit}") or ANNOTATION.sub("", unit)


def with_unit(number: str, unit: str, lexicon: Lexicon) -> str:
    """A number and its unit, held together by a no-break space."""
    printed = unit_text(unit, lexicon)
    if printed == "%" and lexicon.language == "en":
        return f"{lexicon.number(number)}%"
    return f"{lexicon.number(number)}\u00a0{printed}".rstrip("\u00a0")


def sent_text(sent: str, lexicon: Lexicon) -> str:
    """The sender's own comparator, number and unit, printed."""
    match = SENT.fullmatch(sent.strip())
    if match is None:
        return sent
    sign = SIGNS.get(match["comparator"] or "", "")
    return sign + with_unit(match["number"], match["unit"], lexicon)


def interval_text(interval: Interval, unit: str, lexicon: Lexicon) -> str:
    """A canonical value: one number, or the bounds that the record allows."""
    low, high = plain(interval.low), plain(interval.high)
    if low and low == high:
        return with_unit(low, unit, lexicon)
    above = f"{'>' if interval.low_open else '≥'} {with_unit(low, unit, lexicon)}"
    below = f"{'<' if interval.high_open else '≤'} {with_unit(high, unit, lexicon)}"
    return ", ".join([above] * bool(low) + [below] * bool(high))


def plain(value: Decimal | None) -> str:
    """A decimal without exponent or trailing zeros."""
    if value is None:
        return ""
    return format(value.normalize(), "f")


@lru_cache(maxsize=1024)
def cuts_behind(criterion: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The cuts that a criterion rests on, by concept id, in the order of the rules."""
    found: list[str] = []
    seen: set[str] = set()
    waiting = [criterion]
    while waiting:
        concept = waiting.pop(0)
        if concept in seen:
            continue
        seen.add(concept)
        known = lexicon.knowledge.concepts.get(concept)
        if known is not None and known.quantity:
            found.append(concept)
            continue
        for body in lexicon.bodies(PRESENT + concept):
            waiting += [
                name.removeprefix(PRESENT) for name in body if name.startswith(PRESENT)
            ]
    return tuple(found)


def weakest(concepts: Iterable[str], lexicon: Lexicon) -> list[str]:
    """Each concept once; of several cuts of one quantity and side the easiest to meet.

    Where each of them would do, the easiest says it all: under 4 mm, not under 1 mm.
    """
    chosen: dict[tuple[str, str], str] = {}
    for concept in concepts:
        known = lexicon.knowledge.concepts[concept]
        key = (known.quantity or concept, known.operator[:1])
        other = chosen.setdefault(key, concept)
        if known.quantity and is_easier(known, lexicon.knowledge.concepts[other]):
            chosen[key] = concept
    return list(chosen.values())


def is_easier(cut: Concept, other: Concept) -> bool:
    """Whether a cut holds of more values than another one of the same side."""
    if cut.bound is None or other.bound is None or cut.bound == other.bound:
        return cut.operator.endswith("e") and not other.operator.endswith("e")
    return (cut.bound < other.bound) == cut.operator.startswith("g")


def threshold_text(
    quantity: str, interval: Interval, cuts: tuple[str, ...], lexicon: Lexicon
) -> str:
    """The cuts of a quantity that the value meets, or the ones it stays on this side.

    A cut that the interval does not decide is left out: it decided nothing.
    """
    texts = []
    for cut in cuts:
        concept = lexicon.knowledge.concepts[cut]
        if concept.quantity != quantity or concept.bound is None:
            continue
        holds = decide(interval, concept.operator, concept.bound)
        if holds is None:
            continue
        operator = concept.operator if holds else OPPOSITE[concept.operator]
        unit = lexicon.knowledge.concepts[quantity].unit
        limit = with_unit(plain(concept.bound), unit, lexicon)
        texts.append(f"{OPERATORS[operator]} {limit}")
    return ", ".join(dict.fromkeys(texts))


def decide(interval: Interval, operator: str, bound: Decimal) -> bool | None:
    """Whether every value of the interval meets the cut, none does, or neither."""
    if operator in ("lt", "gt"):
        opposite = decide(interval, OPPOSITE[operator], bound)
        return None if opposite is None else not opposite
    if operator == "le":
        holds = interval.high is not None and interval.high <= bound
        fails = interval.low is not None and (
            interval.low > bound or (interval.low == bound and interval.low_open)
        )
    else:
        holds = interval.low is not None and interval.low >= bound
        fails = interval.high is not None and (
            interval.high < bound or (interval.high == bound and interval.high_open)
        )
    return True if holds else False if fails else None


def gap_text(gap: Gap, label: str, fact: str, lexicon: Lexicon) -> str:
    """How far a value is from a threshold: by how much, the value, the threshold."""
    limit = with_unit(plain(gap.bound), gap.unit, lexicon)
    return lexicon.say(
        "line_distance",
        label=label,
        gap=with_unit(plain(gap.size), gap.unit, lexicon),
        fact=fact,
        threshold=f"{OPERATORS[gap.operator]} {limit}",
    )
