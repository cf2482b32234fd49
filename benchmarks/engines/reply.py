"""What an engine says to one task, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.engines.tasks import Task


@dataclass(frozen=True, slots=True)
class Reply:
    """The classes that follow for an engine.

    `seconds` is what it took for all of its `questions`, `ours` what our evaluator took
    for the same case in the same moment.
    """

    classes: frozenset[str]
    questions: int
    seconds: float
    ours: float = 0.0


Engine: TypeAlias = Callable[[Task], Reply]
