"""FHIR dates and times as intervals: rows E12 and E13."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.fhir.times import END, read_period, read_time
from service.model import When
from service.reasoning.timeline import is_later

INTERVALS = [
    ("2024", "2024-01-01T00:00:00", "2024-12-31T23:59:59.999999"),
    ("2024-02", "2024-02-01T00:00:00", "2024-02-29T23:59:59.999999"),
    ("2024-02-29", "2024-02-29T00:00:00", "2024-02-29T23:59:59.999999"),
    ("2024-06-15T12:00:00Z", "2024-06-15T12:00:00", "2024-06-15T12:00:00"),
    ("2024-06-15T12:00:00+14:00", "2024-06-14T22:00:00", "2024-06-14T22:00:00"),
    ("2024-06-15T23:30:00.5-05:00", "2024-06-16T04:30:00.5", "2024-06-16T04:30:00.5"),
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59", "2016-12-31T23:59:59"),
]


@pytest.mark.parametrize(("text", "start", "end"), INTERVALS)
def test_a_time_is_the_interval_that_it_allows(text: str, start: str, end: str) -> None:
    """A partial date stands for all of it; an instant is compared in UTC."""
    expected = [
        datetime.fromisoformat(side).replace(tzinfo=UTC) for side in (start, end)
    ]

    when = read_time(text)

    assert when is not None
    assert [when.start, when.end] == expected


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "2023-02-29",
        "2024-13",
        "0000",
        "24",
        "2024-6-1",
        "2024-06-15T24:00:00Z",
        "2024-06-15T12:00:00",
        "2024-06-15T12:00Z",
        "2024-06-15T12:00:00+15:00",
        "2024-06-15T12:00:00+14:30",
        "2024-06-15T12:00:61Z",
        "0001-01-01T00:00:00+14:00",
        "yesterday",
    ],
)
def test_a_time_that_does_not_exist_is_none(text: str) -> None:
    """Nothing is rounded to a date that could be meant."""
    assert read_time(text) is None


def test_an_open_period_has_no_end() -> None:
    """What goes on is never certainly before anything."""
    period = read_period({"start": "2024-06-15"})

    assert period is not None
    assert (period.text, period.end_text, period.end) == ("2024-06-15", "", END)


@pytest.mark.parametrize(
    "period",
    [{"start": "2024-02-30"}, {"start": "2024-03", "end": "2024-02"}, {"end": "x"}],
)
def test_a_period_that_cannot_be_is_none(period: dict[str, str]) -> None:
    """Its sides exist and stand in order."""
    assert read_period(period) is None


def time(text: str) -> When:
    """A time that exists."""
    when = read_time(text)
    assert when is not None
    return when


LATER = [
    ("2024-06-16", "2024-06-15", True),
    ("2024-06-15", "2024-06-15", False),
    ("2024-06-15T12:00:00Z", "2024-06-15", False),
    ("2024-06-15", "2024-06-15T12:00:00Z", False),
    ("2024-06-15T23:30:00-05:00", "2024-06-15", False),
    ("2024-06-16", "2024-06-15T23:30:00-05:00", True),
    ("2024-06-15T12:00:01Z", "2024-06-15T12:00:00Z", True),
    ("2024-06-15T12:00:00+02:00", "2024-06-15T11:00:00Z", False),
    ("2024-06", "2024-06-15", False),
    ("2024-06-15", "2024-06", False),
    ("2024-07", "2024-06-15", True),
    ("2025", "2024-12-31", True),
]


@pytest.mark.parametrize(("one", "other", "expected"), LATER)
def test_only_what_is_certainly_later_is_later(
    one: str, other: str, expected: bool
) -> None:
    """A date and an instant of that day are one time, whatever the zone."""
    assert is_later(time(one), time(other)) is expected


def test_nothing_is_later_than_what_goes_on() -> None:
    """An open Period meets every time after its start."""
    going_on = read_period({"start": "2020"})

    assert going_on is not None
    assert not is_later(time("2024"), going_on)
