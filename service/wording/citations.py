"""The sources that a report cites, each with the depth to which it was read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from service.model import Conclusions, Justification
from service.wording.lexicon import Lexicon
from service.wording.shape import Citation

# A source named in a phrase itself, such as "[F13]" or "[F12, F26]".
NAMED = re.compile(r"\[([A-Z][\w-]*(?:, [A-Z][\w-]*)*)\]")
NATURAL = re.compile(r"([A-Z-]+)(\d*)")


def tell_citations(
    conclusions: Conclusions, texts: Iterable[str], lexicon: Lexicon
) -> tuple[Citation, ...]:
    """Every source behind a conclusion or named in a text, in natural order."""
    cited = set(sources_of(conclusions))
    for text in texts:
        for names in NAMED.findall(text):
            cited.update(names.split(", "))
    known = lexicon.knowledge.sources
    return tuple(
        tell_citation(source, lexicon)
        for source in sorted(cited & known.keys(), key=natural)
    )


def sources_of(conclusions: Conclusions) -> Iterable[str]:
    """The sources of every proof, definition and criterion that is not unknown."""
    proofs = [
        conclusions.assessment.justification,
        conclusions.criterion.justification,
        conclusions.biopsy.justification,
        *(candidate.justification for candidate in conclusions.differential),
    ]
    if conclusions.pattern is not None:
        proofs.append(conclusions.pattern.justification)
    yield from axiom_sources(proofs)
    rows = [*conclusions.definitions]
    for candidate in conclusions.differential:
        rows += [row for row in candidate.criteria if row.holds is not None]
    for row in rows:
        yield from row.sources


def axiom_sources(proofs: Iterable[Justification]) -> Iterable[str]:
    """The sources of the axioms of several proofs."""
    for proof in proofs:
        for axiom in proof.axioms:
            yield from axiom.sources


def tell_citation(source: str, lexicon: Lexicon) -> Citation:
    """One source in words."""
    known = lexicon.knowledge.sources[source]
    mark = lexicon.mark(source)
    depth = lexicon.optional(f"depth_{slug(known.depth)}") or known.depth
    # Of what is no publication, or was not read, the mark says all there is to say.
    is_read = bool(depth) and not mark
    return Citation(
        id=source,
        text=lexicon.optional(f"source_{slug(source)}") or known.citation,
        depth=lexicon.say("line_depth", depth=depth) if is_read else "",
        mark=mark,
    )


def slug(text: str) -> str:
    """A text as the end of a phrase id."""
    return re.sub(r"\W+", "_", text.lower()).strip("_")


def natural(source: str) -> tuple[bool, str, int]:
    """F9 before F10, and publications before everything else."""
    match = NATURAL.fullmatch(source)
    letters, digits = match.groups() if match else (source, "")
    return (not digits, letters, int(digits or 0))
