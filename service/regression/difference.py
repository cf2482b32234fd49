"""Two releases side by side: what each says, and what each concludes of the cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from service.regression.cases import Compared
from service.regression.conclusions import Turn, compare_cases
from service.regression.release import Release
from service.regression.tables import Change, compare_tables


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it; `compared` is the number of cases of each corpus."""

    old: str
    new: str
    changes: tuple[Change, ...]
    compared: tuple[tuple[str, int], ...]
    turns: tuple[Turn, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self.changes and not self.turns


def compare(old: Release, new: Release, cases: Iterable[Compared]) -> Difference:
    """The rows that changed, and the conclusions that changed with them."""
    all_cases = tuple(cases)
    return Difference(
        old=old.knowledge.version,
        new=new.knowledge.version,
        changes=compare_tables(old.document, new.document),
        compared=tuple(Counter(case.corpus for case in all_cases).items()),
        turns=tuple(compare_cases(all_cases, old, new)),
    )
