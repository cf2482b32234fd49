"""Every way to change one input of a case: take it away, deny it, move it, add one.

Nothing here knows a name of the ontology: what can be stated, and how, is read from
the Knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from service.model import Finding, Interval, Source, State
from service.reasoning.compiled import EXCLUDED, PRESENT
from service.reasoning.derivation import derived_findings
from service.reasoning.interpretation import USUAL, apply_usual_limits
from service.reasoning.knowledge import Knowledge
from service.reasoning.rules import Cut
from service.reasoning.vocabulary import Vocabulary

REMOVED, DENIED, STATED, MOVED, FLAGGED = (
    "not on record",
    "denied",
    "stated",
    "moved",
    "flagged",
)
# Where an unknown fact would stand, if it were on record.
ASSUMED = (Source("assumed", ""),)
TENTH = Decimal("0.1")
COUNTED = "{count}"
# The bounds of a cut as the comparison that it makes with one value.
TESTS = {
    "minInclusive": lambda value, bound: value >= bound,
    "minExclusive": lambda value, bound: value > bound,
    "maxInclusive": lambda value, bound: value <= bound,
    "maxExclusive": lambda value, bound: value < bound,
}
# The properties that say where a value lies, of those that a bound may have.
CLOSED = ("atLeast", "atMost")


@dataclass(frozen=True, slots=True)
class Input:
    """One fact of a record, or one that could be there: what it is and what is done."""

    fact: Finding
    how: str
    findings: tuple[Finding, ...]


def changed_inputs(
    findings: Sequence[Finding], knowledge: Knowledge, vocabulary: Vocabulary
) -> Iterator[Input]:
    """Each fact of the record, changed in each way, with the record that results."""
    for fact in dict.fromkeys(findings):
        rest = [finding for finding in findings if finding != fact]
        for how, instead in _ways(fact, knowledge):
            yield Input(fact, how, _settled((*rest, *instead), instead, vocabulary))


def added_inputs(
    findings: Sequence[Finding],
    known: frozenset[str],
    knowledge: Knowledge,
    vocabulary: Vocabulary,
) -> Iterator[Input]:
    """Each fact that is unknown, stated and denied; `known` have a state already."""
    for concept in sorted(knowledge.compiled.asserting.keys() - known):
        for fact in _statements(concept, knowledge):
            how = STATED if fact.state is State.PRESENT else DENIED
            more = (fact,)
            yield Input(fact, how, _settled((*findings, fact), more, vocabulary))


def _settled(
    findings: Sequence[Finding], new: Sequence[Finding], vocabulary: Vocabulary
) -> tuple[Finding, ...]:
    """What follows of the findings is made again: products, and the usual limits."""
    products = {concept.id for concept in vocabulary.products}
    stated = [
        replace(f, interpretation="", limit="") if f.limit == USUAL else f
        for f in findings
        if f in new or f.concept not in products or not f.sources[1:]
    ]
    settled, _ = apply_usual_limits(
        [*stated, *derived_findings(stated, vocabulary)], vocabulary
    )
    return tuple(settled)


def _ways(
    fact: Finding, knowledge: Knowledge
) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    yield REMOVED, ()
    if fact.state is State.ABSENT:
        yield STATED, (replace(fact, state=State.PRESENT),)
    elif fact.interval is None:
        yield DENIED, (replace(fact, state=State.ABSENT),)
    else:
        yield from _moved(fact, knowledge)


def _moved(
    fact: Finding, knowledge: Knowledge
) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """To the nearest value on the other side of a cut, down and up; other flags."""
    for value in neighbours(fact, knowledge):
        # a value that lies elsewhere has no flag from before
        moved = replace(
            fact, interval=Interval(value, value), interpretation="", limit=""
        )
        yield f"{MOVED} to {value}", (moved,)
    if fact.interpretation:
        reader = knowledge.reader
        for flag in (reader["low"], reader["normal"], reader["high"]):
            if flag != fact.interpretation:
                flagged = replace(fact, interpretation=flag, limit="sent")
                yield f"{FLAGGED} {flag}", (flagged,)


def neighbours(fact: Finding, knowledge: Knowledge) -> list[Decimal]:
    """The nearest values below and above that other cuts hold of."""
    interval = fact.interval or Interval()
    cuts = cuts_of(fact.concept, knowledge)
    unit = knowledge.concepts[fact.concept].unit
    values = sorted(
        {
            cut.value + step
            for cut in cuts
            for step in _steps(cut.value, is_count=unit == COUNTED)
        }
    )
    found = []
    if interval.low is not None:
        side = _side(interval.low, cuts)
        lower = [v for v in values if 0 <= v < interval.low and _side(v, cuts) != side]
        found += lower[-1:]
    if interval.high is not None:
        side = _side(interval.high, cuts)
        upper = [v for v in values if v > interval.high and _side(v, cuts) != side]
        found += upper[:1]
    return found


def _steps(bound: Decimal, *, is_count: bool) -> tuple[Decimal, ...]:
    exponent = bound.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    step = Decimal(1) if is_count else min(TENTH, Decimal(1).scaleb(-digits))
    return -step, Decimal(0), step


def cuts_of(concept: str, knowledge: Knowledge) -> tuple[Cut, ...]:
    """The cuts of a quantity that are met by a value."""
    table = knowledge.compiled.cuts.get(concept)
    if table is None:
        return ()
    return tuple(c for c in (*table.below, *table.above) if c.bound in CLOSED)


def _side(value: Decimal, cuts: Sequence[Cut]) -> tuple[bool, ...]:
    return tuple(TESTS[cut.facet](value, cut.value) for cut in cuts)


def _statements(concept: str, knowledge: Knowledge) -> Iterator[Finding]:
    """How a concept, a value, a cut or a pair is stated, and denied if it can be."""
    row = knowledge.concepts[concept]
    if row.quantity:
        for cut in cuts_of(row.quantity, knowledge):
            if cut.name == concept:
                yield _measured(row.quantity, cut)
        return
    pairs = [r for r in knowledge.finding_rules if r.head == concept and r.body[1:]]
    if pairs:
        yield from (_paired(rule.body, knowledge) for rule in pairs)
        return
    owner = row.value_of[0] if row.value_of else concept
    value = concept if row.value_of else ""
    if EXCLUDED + concept in knowledge.compiled.bits:
        yield Finding(owner, State.ABSENT, ASSUMED, value=value)
    if PRESENT + concept in knowledge.compiled.bits:
        yield Finding(owner, State.PRESENT, ASSUMED, value=value)


def _measured(quantity: str, cut: Cut) -> Finding:
    """The bound itself, with the comparator of the cut."""
    is_open = cut.facet.endswith("Exclusive")
    if cut.facet.startswith("min"):
        interval = Interval(low=cut.value, low_open=is_open)
    else:
        interval = Interval(high=cut.value, high_open=is_open)
    return Finding(quantity, State.PRESENT, ASSUMED, interval=interval)


def _paired(names: Sequence[str], knowledge: Knowledge) -> Finding:
    """A finding with one of the values that several findings share."""
    flags = {knowledge.reader[name] for name in ("low", "normal", "high")}
    (owner,) = (name for name in names if name not in flags)
    (flag,) = (name for name in names if name in flags)
    if knowledge.concepts[owner].allowed_values:
        return Finding(owner, State.PRESENT, ASSUMED, value=flag)
    return Finding(owner, State.PRESENT, ASSUMED, interpretation=flag, limit="sent")
