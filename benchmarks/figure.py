"""The figure of docs/reference/benchmarks.md: engines, and a request beside its floor.

The same numbers give the same bytes: ids come from a fixed salt, no date is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.engines.catalogue import OURS
from benchmarks.engines.race import Score
from benchmarks.request import Split

# the colours of Okabe and Ito, told apart by every eye (jfly.uni-koeln.de/color)
OUR_COLOUR, RIGHT, WRONG = "#009E73", "#56B4E9", "#D55E00"
STEP_COLOURS = ("#56B4E9", "#0072B2", "#D55E00", "#E69F00", "#CC79A7", "#F0E442")
FLOOR = "#777777"
REQUEST = "A whole request, step by step; floor: parse and validate the same bytes"
STYLE = {
    "svg.hashsalt": "dpo",
    "svg.fonttype": "path",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
MILLION, THOUSAND = 1e6, 1e3


def draw(splits: Sequence[Split], scores: Sequence[Score], path: Path) -> None:
    """Write it; the panel of the engines is left out when none was measured."""
    matplotlib = import_module("matplotlib")
    matplotlib.use("agg")
    pyplot = import_module("matplotlib.pyplot")
    answered = [score for score in scores if score.replies]
    heights = [*([4.0] if answered else []), *[1.0] * len(splits)]
    with matplotlib.rc_context(STYLE):
        figure, axes = pyplot.subplots(
            len(heights), 1, figsize=(9, sum(heights) + 1), layout="constrained",
            height_ratios=heights, squeeze=False,
        )  # fmt: skip
        every = [*axes[:, 0]]
        if answered:
            _draw_engines(every[0], answered)
        requests = every[-len(splits) :]
        for each, split in zip(requests, splits, strict=True):
            _draw_split(each, split)
        requests[0].set_title(REQUEST, loc="left", pad=34)
        requests[0].legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=6, fontsize=9,
            frameon=False, columnspacing=1, handlelength=1,
        )  # fmt: skip
        # the same numbers are to give the same bytes, so no date
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
        pyplot.close(figure)


def _draw_engines(axes: Any, scores: Sequence[Score]) -> None:
    """A bar for each engine, the fastest on top, on a logarithmic axis."""
    ordered = sorted(scores, key=lambda score: -score.microseconds)
    names = [_name(score) for score in ordered]
    times = [score.microseconds for score in ordered]
    bars = axes.barh(names, times, color=[_colour(score) for score in ordered])
    axes.bar_label(bars, [_label(score) for score in ordered], padding=4, fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(min(times) / 3, max(times) * 3000)
    axes.set_xticks([10**power for power in range(2, 10, 2)])
    axes.set_xlabel("time for one case (logarithmic)")
    axes.xaxis.set_major_formatter(lambda value, _: _time(value))
    axes.set_title("Engines on the same cases; orange: some classes wrong", loc="left")


def _name(score: Score) -> str:
    return "our evaluator" if score.entry.name == OURS else score.entry.name


def _colour(score: Score) -> str:
    if score.entry.name == OURS:
        return OUR_COLOUR
    return WRONG if score.wrong else RIGHT


def _label(score: Score) -> str:
    said = _time(score.microseconds)
    if score.entry.name != OURS:
        said += f", {float(f'{score.ratio:.2g}'):,.0f} x ours"
    if score.wrong:
        said += f", wrong in {score.wrong} of {len(score.replies)} cases"
    return said


def _draw_split(axes: Any, split: Split) -> None:
    """The steps of a request in a row, above the floor of the same bytes."""
    start = 0.0
    for (step, microseconds), colour in zip(
        split.steps.items(), STEP_COLOURS, strict=True
    ):
        length = microseconds / THOUSAND
        axes.barh(f"{split.size:,} resources", length, left=start, color=colour,
                  label=step)  # fmt: skip
        start += length
    floor = split.floor / THOUSAND
    axes.barh("floor", floor, color=FLOOR)
    ratio = sum(split.steps.values()) / split.floor
    said = f"{_time(start * THOUSAND)}, {ratio:,.0f} x floor"
    axes.text(start * 1.01, 0, said, va="center", fontsize=9)
    axes.text(floor + start * 0.01, 1, _time(split.floor), va="center", fontsize=9)
    axes.set_xlim(0, start * 1.3)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} ms")


def _time(microseconds: float) -> str:
    """In the unit that gives a short number."""
    if microseconds < THOUSAND:
        return f"{microseconds:,.3g} µs"
    if microseconds < MILLION:
        return f"{microseconds / THOUSAND:,.3g} ms"
    return f"{microseconds / MILLION:,.3g} s"
