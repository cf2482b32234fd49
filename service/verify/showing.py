"""The outcome of verification as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.layout import bullet
from service.verify.outcome import Fault, Step, Verdict, Verification

SHOWN, LONGEST = 12, 200


def render_outcome(outcomes: Sequence[Verification]) -> str:
    """One block for each report: its steps, what is broken, and the verdict."""
    return "\n".join(line for each in outcomes for line in lines_of(each))


def lines_of(outcome: Verification) -> Iterator[str]:
    """The lines about one report."""
    yield f"Report    {one_line(outcome.identifier)}"
    yield f"Subject   {one_line(outcome.subject) or '(anonymous)'}"
    yield f"Ontology  {one_line(outcome.ontology)}"
    for step in outcome.steps:
        yield from step_lines(step)
    if outcome.faults:
        yield "Broken"
        for fault in outcome.faults:
            yield from fault_lines(fault)
    yield summary(outcome)


def step_lines(step: Step) -> Iterator[str]:
    """What was proved of one value, by entailment and by non-entailment."""
    yield f"Holds     {one_line(step.claim)}"
    if step.entailed:
        cited = f"{count(step.axioms, 'axiom')} and {count(step.facts, 'fact')}"
        yield from bullet(f"entailed by {cited}: {step.entailed}", 10)
    else:
        yield from bullet("the default: no option is left", 10)
    if step.asserted:
        yield from bullet(f"after {', '.join(step.asserted)}, chosen before", 10)
    if step.not_entailed:
        names = [*step.not_entailed[:SHOWN]]
        more = len(step.not_entailed) - len(names)
        text = ", ".join(names) + (f" and {more} more" if more else "")
        yield from bullet(f"not entailed by all facts of the case: {text}", 10)


def one_line(text: str) -> str:
    """A text of the report on one line: it may hold anything."""
    return " ".join(text.split())[:LONGEST]


def fault_lines(fault: Fault) -> Iterator[str]:
    """Where it breaks, and how."""
    yield from bullet(one_line(f"{fault.place}: {fault.text}"))


def summary(outcome: Verification) -> str:
    """The verdict."""
    match outcome.verdict:
        case Verdict.VERIFIED:
            values = count(len(outcome.steps), "value")
            return f"Verified: {values} from {count(outcome.facts, 'fact')}."
        case Verdict.REFUSED:
            return f"Refused: {count(len(outcome.faults), 'broken step')}."
    return f"Not verified: {outcome.reason}."


def count(number: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "fact"), count(2, "fact")
    ('1 fact', '2 facts')
    """
    return f"{number} {noun}" + ("" if number == 1 else "s")


def exit_code(outcomes: Sequence[Verification]) -> int:
    """0 if every report is verified, else 1."""
    return int(any(each.verdict is not Verdict.VERIFIED for each in outcomes))
