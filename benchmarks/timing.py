"""Time as it is measured here: medians of many calls, never a single one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

Call = Callable[[], object]
# seconds that a turn takes at least, so that short calls find their data in the cache
TURN = 0.01


def seconds_of(call: Call, clock: Callable[[], float] = time.perf_counter) -> float:
    """One call, in seconds of a clock."""
    start = clock()
    call()
    return clock() - start


def median(
    call: Call, *, within: float = 2.0, most: int = 400, least: int = 5
) -> float:
    """The median of a call in microseconds, after a warm-up.

    It is called `most` times, or as often as goes into so many seconds, but `least`
    times in any case.
    """
    once = seconds_of(call)
    rounds = max(least, min(most, int(within / max(once, 1e-9))))
    return statistics.median(seconds_of(call) for _ in range(rounds)) * 1e6


def medians(
    calls: Mapping[str, Call], *, within: float, least: int = 5
) -> dict[str, float]:
    """The median of each call in microseconds of processor time, after a warm-up.

    The calls take turns for so many seconds, but `least` rounds in any case, so that a
    busy moment of the machine is no more in one than in another; and what other
    processes do meanwhile is not counted. A short call is repeated within its turn.
    """
    repeats = {name: max(1, int(TURN / seconds_of(c))) for name, c in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    over = time.perf_counter() + within
    rounds = 0
    while rounds < least or time.perf_counter() < over:
        rounds += 1
        for name, call in calls.items():
            turn = seconds_of(_repeated(call, repeats[name]), time.process_time)
            times[name].append(turn / repeats[name])
    return {name: statistics.median(each) * 1e6 for name, each in times.items()}


def _repeated(call: Call, rounds: int) -> Call:
    def every() -> None:
        for _ in range(rounds):
            call()

    return every
