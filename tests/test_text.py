"""The terminal report: ten lines for the answer, eighty for the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.layout import WIDTH, Block, fit
from service.model import Interpretation
from service.text import LINES, render_text
from service.wording import word_report
from tests import samples


def text(
    interpretation: Interpretation | None = None,
    *,
    language: str = "en",
    explain: bool = False,
    colour: bool = False,
) -> str:
    """The sample as terminal text."""
    wording = word_report(
        interpretation or samples.interpretation(),
        samples.LEDGER,
        samples.knowledge(),
        language,
    )
    return render_text(wording, explain=explain, colour=colour)


def crowded() -> Interpretation:
    """Twenty candidates with many criteria each."""
    rows = samples.UIP_CAUSE.criteria * 4
    ids = sorted(samples.knowledge().hypotheses)[:20]
    candidates = tuple(
        replace(
            samples.UIP_CAUSE,
            hypothesis=id,
            rank=rank,
            criteria=rows,
            grade="grade_possible" if rank < 10 else "grade_excluded",
        )
        for rank, id in enumerate(ids, 1)
    )
    conflicts = samples.CONCLUSIONS.conflicts * 10
    return samples.interpretation(differential=candidates, conflicts=conflicts)


def test_it_begins_with_the_title_of_the_report() -> None:
    """The code.text of the DiagnosticReport, in French the French phrase."""
    assert text().startswith(
        "Suggested interpretation: diffuse pulmonary ossification\n"
    )
    assert text(language="fr").startswith("Interprétation proposée\u00a0: ossification")


def test_the_answer_stands_in_the_first_ten_lines() -> None:
    """Assessment, criterion, pattern, leading explanation, biopsy, next, caveat."""
    top = "\n".join(text().splitlines()[:10])

    for fact in (
        "Diffuse pulmonary ossification is supported",
        "The criterion is met",
        "Dendriform pattern",
        "Usual interstitial pneumonia",
        "Biopsy may be avoided",
        "Echocardiography",
        "not verified by a human",
    ):
        assert fact in top


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "interpretation",
    [samples.interpretation(), samples.nothing_known(), crowded()],
    ids=["usual", "empty", "crowded"],
)
def test_it_fits_into_eighty_lines(
    interpretation: Interpretation, language: str
) -> None:
    """And no line is longer than the width of a terminal."""
    lines = text(interpretation, language=language).splitlines()

    assert len(lines) <= LINES
    assert max(map(len, lines)) <= WIDTH


def test_what_is_left_out_is_counted() -> None:
    """Nothing disappears in silence."""
    assert "more: --explain shows all" in text(crowded())


def test_explain_leaves_nothing_out() -> None:
    """Every proof with its axioms, every source."""
    found = text(crowded(), explain=True)

    assert "more: --explain" not in found
    assert "axiom 0123456789ab [F01]" in found
    assert "Looked for and not found" in found
    assert "F13" in found


def test_colour_is_used_only_when_told() -> None:
    """Escape sequences of the report itself, and only then."""
    assert "\033" not in text()
    assert text(colour=True).startswith("\033[1mSuggested")


def test_colour_changes_nothing_else() -> None:
    """The same text without the sequences."""
    plain = text(colour=True).replace("\033[1m", "").replace("\033[0m", "")

    assert plain == text()


def test_a_sender_cannot_send_escape_sequences() -> None:
    """They are shown, not obeyed."""
    finding = replace(samples.COUNT, sent="\x1b[2J 12")
    conflict = replace(samples.CONCLUSIONS.conflicts[0], findings=(finding,))

    assert "\x1b" not in text(samples.interpretation(conflicts=(conflict,)))


def test_french_has_no_ordinary_space_before_a_colon() -> None:
    """No-break spaces survive the wrapping."""
    found = text(language="fr")

    assert " :" not in found.replace("\u00a0:", "")
    assert "\n:" not in found


@given(
    sizes=st.lists(st.integers(0, 12), min_size=1, max_size=6),
    room=st.integers(0, 60),
)
def test_blocks_never_take_more_than_their_room(sizes: list[int], room: int) -> None:
    """Whatever there is to say."""
    blocks = [
        Block(str(key), "heading", tuple(("line",) for _ in range(size)))
        for key, size in enumerate(sizes)
    ]
    fitted = fit(blocks, room, {str(key): 3 for key in range(len(sizes))}, "more")

    assert sum(len(block.lines("more")) for block in fitted) <= room
    for block, size in zip(fitted, sizes, strict=True):
        assert len(block.items) + block.hidden == size
