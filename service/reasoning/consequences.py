"""What-if: the case as it stands and the case under assumptions, side by side.

Both go the same line, `interpret_case`; nothing is concluded here.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.model import Case, Interpretation
from service.reasoning.assumptions import Supposition
from service.reasoning.differences import Difference, find_differences
from service.reasoning.justification import interpret_case
from service.reasoning.knowledge import Knowledge
from service.reasoning.supposing import Supposed, suppose


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a supposition changes for one subject; `differences` may be empty."""

    supposition: Supposition
    supposed: Supposed
    before: Interpretation
    after: Interpretation
    differences: tuple[Difference, ...]


def find_consequences(
    case: Case, supposition: Supposition, knowledge: Knowledge
) -> Consequences:
    """The consequences for a grounded case; raises Unjustified as `justify` does."""
    supposed = suppose(case, supposition, knowledge)
    before, after = (interpret_case(each, knowledge) for each in (case, supposed.case))
    return Consequences(
        supposition=supposition,
        supposed=supposed,
        before=before,
        after=after,
        differences=find_differences(
            before.conclusions, after.conclusions, knowledge.results
        ),
    )
