"""The strict companion, which says what the names mean, entails the generated axioms.

The run-time form has neither negation nor equivalence; what G1 to G5 make of the
knowledge in its place follows from a form that has both. Source: ontology.md 2.11.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ontology.compiler.axiom import Axiom
from ontology.compiler.release import Checked, read_checked
from ontology.compiler.strict import (
    PROVED,
    Signed,
    premises,
    signed,
    strict_axioms,
    strict_companion,
    to_prove,
)
from tests.oracle.page import lacking, row
from tests.oracle.strict import Strict, load_strict

pytestmark = pytest.mark.reasoner
EDIT = Path(__file__).parent.parent / "ontology" / "edit"
# every n-th axiom is asked of the whole companion: can its left side have a member?
SAMPLE = 40


@pytest.fixture(scope="module")
def checked() -> Checked:
    """The knowledge as written and generated."""
    return read_checked(EDIT)


@pytest.fixture(scope="module")
def told(checked: Checked) -> tuple[Signed, ...]:
    """The axioms of the companion."""
    return signed(strict_axioms(checked))


@pytest.fixture(scope="module")
def whole(checked: Checked) -> Iterator[Strict]:
    """The whole companion in one reasoner."""
    with load_strict(strict_companion(strict_axioms(checked))) as found:
        yield found


def unproved(
    axioms: Iterable[Axiom], told: tuple[Signed, ...], part: int
) -> list[Axiom]:
    """Those that do not follow from the n-th of their premises.

    One whose left side can have no member there follows from nothing, and is returned.
    """
    groups: defaultdict[tuple[str, ...], list[Axiom]] = defaultdict(list)
    for axiom in axioms:
        groups[[*premises(axiom, told)][part]].append(axiom)
    found: list[Axiom] = []
    for lines, asked in groups.items():
        with load_strict(strict_companion(lines)) as strict:
            found += [
                axiom
                for axiom in asked
                if not strict.proves(axiom.canonical)
                or not strict.allows(axiom.canonical)
            ]
    return found


def test_strict_companion_entails_the_core(
    checked: Checked, told: tuple[Signed, ...]
) -> None:
    """HermiT derives every axiom of G1 to G5 from what the names mean."""
    core = to_prove(checked)
    left = unproved(unproved(core, told, 0), told, 1)
    made = Counter(axiom.by for axiom in core)
    rows = [row(step, made[step], made[step]) for step in PROVED]

    assert [axiom.canonical for axiom in left] == []
    assert lacking(rows) == []


def test_strict_companion_leaves_room(checked: Checked, whole: Strict) -> None:
    """It is consistent, and what it speaks of can exist: it proves nothing by void."""
    sample = to_prove(checked)[::SAMPLE]

    assert [a.canonical for a in sample if not whole.allows(a.canonical)] == []


def test_invented_axiom_does_not_follow(
    checked: Checked, told: tuple[Signed, ...]
) -> None:
    """The contrapositive turned the wrong way round is not entailed."""
    turned = [
        Axiom((axiom.head,), axiom.body[0], axiom.sources, axiom.at)
        for axiom in to_prove(checked)
        if axiom.by == "G2" and axiom.head.startswith("excluded_")
    ][:20]

    assert unproved(turned, told, 1) == turned
