"""A Justification in words: the facts, the axioms with their sources, the vetoes."""

from __future__ import annotations

from collections.abc import Iterable

from service.model import Justification
from service.wording.facts import tell_facts
from service.wording.lexicon import PRESENT, Lexicon
from service.wording.shape import Proof


def tell_proof(justification: Justification, lexicon: Lexicon) -> Proof:
    """Everything that `--explain` shows of one conclusion."""
    return Proof(
        facts=tell_facts(justification.findings, lexicon),
        axioms=tuple(
            (axiom.id, lexicon.cite(axiom.sources)) for axiom in justification.axioms
        ),
        looked_for=tell_classes(justification.looked_for, lexicon),
        not_on_record=tell_classes(justification.not_on_record, lexicon),
        overridden=tell_overridden(justification, lexicon),
    )


def tell_classes(names: Iterable[str], lexicon: Lexicon) -> tuple[str, ...]:
    """Classes of cases in words, each text once."""
    return tuple(dict.fromkeys(lexicon.class_text(name) for name in names))


def tell_overridden(justification: Justification, lexicon: Lexicon) -> tuple[str, ...]:
    """What holds but is outweighed, and by what."""
    return tuple(
        lexicon.say(
            "line_outweighed",
            option=lexicon.class_text(option),
            reason=lexicon.class_text(reason),
        )
        for option, reason in justification.overridden
    )


def own_classes(
    choice: str, justification: Justification, lexicon: Lexicon
) -> list[str]:
    """What was looked for by this choice itself, not by those that its proof uses.

    A class that others lead to, one by one, is told by those: a veto by its kinds.
    """
    known = lexicon.knowledge.choices.get(choice)
    if known is None:
        return []
    own = {option.name for option in known.options}
    own.update(name for option in known.options for name in option.overridden_by)
    names = [name for name in justification.looked_for if name in own]
    return [*dict.fromkeys(kind for name in names for kind in kinds_of(name, lexicon))]


def kinds_of(name: str, lexicon: Lexicon) -> list[str]:
    """The classes that each alone lead to a derived one; else the class itself."""
    bodies = lexicon.bodies(name)
    is_derived = not name.startswith(PRESENT) and len(bodies) > 1
    if is_derived and all(len(body) == 1 for body in bodies):
        return [class_name for (class_name,) in bodies]
    return [name]
