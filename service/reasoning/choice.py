"""Which concepts the codings of one element mean, each coding accounted for.

Any one coding suffices. A code that is equal or narrower asserts its concept; one that
is only close does so where nothing better stands beside it; a broader one never does.
Source: contract, section 2, rule 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.model import Coding, Grounding, Note
from service.reasoning.remarks import remark
from service.reasoning.vocabulary import ASSERTING, Vocabulary

STRONG = frozenset({"exact", "narrow"})


@dataclass(frozen=True, slots=True)
class Choice:
    """The concepts that an element asserts, the most specific of each line only.

    `groundings` are the rows behind each concept; `is_known` tells that some code is in
    the table at all, be it too broad to assert anything.
    """

    concepts: tuple[str, ...] = ()
    groundings: dict[str, tuple[Grounding, ...]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    is_known: bool = False


def choose(codings: Sequence[Coding], vocabulary: Vocabulary) -> Choice:
    """Ground the codings of one CodeableConcept that asserts something."""
    notes: list[Note] = []
    strong: list[Grounding] = []
    close: list[Grounding] = []
    is_known = False
    for coding in codings:
        found = vocabulary.groundings(coding)
        is_known = is_known or bool(found)
        if not found:
            notes.append(remark("note_coding_unknown", coding.path))
        elif found[0].predicate not in ASSERTING and not _asserting(found):
            broad = found[0].concept
            notes.append(remark("note_coding_broad", coding.path, concept=broad))
        else:
            mine = [g for g in _asserting(found) if g.predicate in STRONG]
            strong += mine
            close += [] if mine else _asserting(found)
    used = strong or close
    for grounding in close:
        phrase = "note_coding_weaker" if strong else "note_coding_close"
        params = {} if strong else {"concept": grounding.concept}
        notes.append(remark(phrase, grounding.coding.path, **params))
    return _specific(used, vocabulary, notes, is_known)


def choose_denied(codings: Sequence[Coding], vocabulary: Vocabulary) -> Choice:
    """Ground the codings of one CodeableConcept that is denied: exact rows only."""
    notes: list[Note] = []
    groundings: dict[str, tuple[Grounding, ...]] = {}
    is_known = False
    for coding in codings:
        denied = vocabulary.denied(coding)
        for grounding in denied:
            mine = groundings.get(grounding.concept, ())
            groundings[grounding.concept] = (*mine, grounding)
        if not denied:
            known = bool(vocabulary.groundings(coding))
            phrase = "note_not_excluded" if known else "note_coding_unknown"
            notes.append(remark(phrase, coding.path))
        is_known = is_known or bool(denied) or bool(vocabulary.groundings(coding))
    return Choice(tuple(sorted(groundings)), groundings, tuple(notes), is_known)


def _asserting(found: Sequence[Grounding]) -> list[Grounding]:
    return [grounding for grounding in found if grounding.predicate in ASSERTING]


def _specific(
    used: list[Grounding], vocabulary: Vocabulary, notes: list[Note], is_known: bool
) -> Choice:
    """Drop what another of the concepts implies, but keep its coding as a witness."""
    names = {grounding.concept for grounding in used}
    if len(names) == 1:
        name = used[0].concept
        return Choice((name,), {name: tuple(used)}, tuple(notes), is_known)
    concepts = sorted(
        name
        for name in names
        if not any(other != name and vocabulary.implies(other, name) for other in names)
    )
    groundings = {
        concept: tuple(g for g in used if vocabulary.implies(concept, g.concept))
        for concept in concepts
    }
    witnesses = [{g.coding.path for g in groundings[concept]} for concept in concepts]
    if len(concepts) > 1 and not set.intersection(*witnesses):
        path = used[0].coding.path.rsplit(".", 1)[0]
        both = ", ".join(concepts)
        notes.append(remark("note_codings_differ", path, concepts=both))
    return Choice(tuple(concepts), groundings, tuple(notes), is_known)
