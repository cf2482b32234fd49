"""FHIR dates and times, as the interval of instants that they allow.

A partial date stands for all of its year, month or day, in UTC; a Period for all
between its ends. Source: http://hl7.org/fhir/R4/datatypes.html#dateTime.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from service.model import When

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)

_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<part>\d+))?"
    r"(?P<zone>Z|[+-]\d\d:\d\d))?)?)?"
)
_LEAP_SECOND, _LAST_MINUTE = 60, 59


@lru_cache(maxsize=4096)
def read_time(text: str) -> When | None:
    """A date, dateTime or instant; None when there is no such time.

    >>> read_time("2024-02-30") is None
    True
    """
    form = _FORM.fullmatch(text)
    if not form:
        return None
    try:
        start, end = _moment(form) if form["hour"] else _days(form)
    except (ValueError, OverflowError):
        return None
    return When(text, start, end)


def read_period(period: Any) -> When | None:
    """A Period; an open side is unbounded. None when a side or their order is wrong."""
    start_text, end_text = period.get("start", ""), period.get("end", "")
    if not isinstance(start_text, str) or not isinstance(end_text, str):
        return None
    start = read_time(start_text) if start_text else When("", BEGINNING, BEGINNING)
    end = read_time(end_text) if end_text else When("", END, END)
    if not start or not end or start.start > end.end:
        return None
    return When(start_text, start.start, end.end, end_text)


def _days(form: re.Match[str]) -> tuple[datetime, datetime]:
    year = int(form["year"])
    first_month, last_month = int(form["month"] or 1), int(form["month"] or 12)
    first_day = int(form["day"] or 1)
    last_day = int(form["day"] or monthrange(year, last_month)[1])
    start = datetime(year, first_month, first_day, tzinfo=UTC)
    end = datetime(year, last_month, last_day, 23, 59, 59, 999999, tzinfo=UTC)
    return start, end


def _moment(form: re.Match[str]) -> tuple[datetime, datetime]:
    """An instant, whose start and end are one."""
    second = int(form["second"])
    start = datetime(
        int(form["year"]),
        int(form["month"]),
        int(form["day"]),
        int(form["hour"]),
        int(form["minute"]),
        # datetime has no leap second: it counts as the last moment of its minute
        min(second, _LEAP_SECOND - 1),
        int((form["part"] or "0")[:6].ljust(6, "0")),
        tzinfo=_zone(form["zone"]),
    ).astimezone(UTC)
    if second > _LEAP_SECOND:
        raise ValueError
    return start, start


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    if offset > timedelta(hours=14) or int(text[4:6]) > _LAST_MINUTE:
        raise ValueError
    return timezone(-offset if text[0] == "-" else offset)
