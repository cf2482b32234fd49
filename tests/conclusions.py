"""What two reports are compared by."""

from __future__ import annotations

from service.model import Conclusions


def values_of(found: Conclusions) -> tuple[object, ...]:
    """What a report concludes, without where it was read."""
    pattern = found.pattern.value if found.pattern else ""
    return (
        found.assessment.value,
        found.criterion.value,
        pattern,
        found.biopsy.value,
        tuple((c.hypothesis, c.grade, c.rank) for c in found.differential),
        tuple(advice.test for advice in found.tests),
    )
