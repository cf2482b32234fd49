"""What a value needs to be absent, and whether its certificate says so.

That nothing overrides a value is shown by what does not follow of all facts of the
case (`judging`); a certificate names what was looked for in vain, and what of it the
record does not mention at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from service.reasoning.compiled import HALVES
from service.verify.claims import Claim
from service.verify.judging import Judged
from service.verify.outcome import Fault
from service.verify.terminology import Line, Terminology


def search(
    line: Line, judged: Judged, used: Collection[str], terminology: Terminology
) -> set[str]:
    """The classes whose absence a value needs, those of the steps before included."""
    rows = [line] + [
        row
        for row in judged.second.lines.values()
        if row.asserts in used and row.stratum < line.stratum
    ]
    found = {name for row in rows for name in row.unless}
    return (
        found
        | {
            earlier.needs
            for row in rows
            for earlier in terminology.table
            if earlier.choice == row.choice and earlier.order < row.order
        }
        - judged.second.classes
    )


def check_search(
    claim: Claim, searched: Collection[str], judged: Judged, terminology: Terminology
) -> Iterator[Fault]:
    """The names that were looked for, against what follows of all facts."""
    told = claim.certificate.looked_for
    for name in sorted({*searched} - {*told}):
        what = f"{name} had to be looked for, and is not named"
        yield Fault(claim.name, "search", what)
    for name in told:
        if name not in terminology.names:
            yield Fault(claim.name, "search", "a name that no choice looks for")
        elif name in judged.second.classes:
            yield Fault(claim.name, "search", f"{name} was looked for, and follows")
    silent = {name for name in told if is_silent(name, judged, terminology)}
    for name in sorted(silent ^ {*claim.certificate.not_on_record}):
        does = "does not mention" if name in silent else "mentions"
        known = name if name in terminology.names else "a name"
        what = f"the record {does} that from which {known} could follow"
        yield Fault(claim.name, "search", what)


def is_silent(name: str, judged: Judged, terminology: Terminology) -> bool:
    """Whether the record says nothing from which a class of the case could follow."""
    stated = terminology.stated & judged.first.classes
    return not stated & speaking(name, terminology)


@lru_cache(maxsize=4096)
def speaking(name: str, terminology: Terminology) -> frozenset[str]:
    """The classes from which one could follow, with the other half of each state."""
    found = terminology.sources_of(name)
    states = {
        each.removeprefix(half)
        for each in found
        for half in HALVES
        if each.startswith(half)
    }
    return found | {half + state for half in HALVES for state in states}
