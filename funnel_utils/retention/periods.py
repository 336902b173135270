"""Periods of a calendar as whole numbers, so that a period is as far from another as their numbers differ.

`day`, `week`, `month`, `quarter` and `year` are those of the log's `report_tz` and `week_start`. The numbers run on
without gaps: month 25 is the one after month 24, whatever happened in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.events import calendar
from funnel_utils.retention.days import dates, end_day, start_day

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

PERIODS = ("day", "week", "month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}

Numbers = np.ndarray[Any, np.dtype[np.int64]]


def check(by: str, field: str = "by") -> None:
    """Raise a `SpecError` unless `by` is a calendar period."""
    if by not in PERIODS:
        raise SpecError(f"{field}={by!r} is not one of {', '.join(map(repr, PERIODS))}.")


def number(days: Any, by: str, week_start: str) -> Numbers:
    """The number of the period that each local day (`days.local_day`) lies in.

    Examples
    --------
    >>> number([0, 31, 364, 365], "month", "monday").tolist()  # 1 January, 1 February, 31 December 1970, 1 January 1971
    [0, 1, 11, 12]
    >>> number([0, 1, 2, 8], "week", "saturday").tolist()  # a Thursday, Friday, Saturday; the Friday after
    [0, 0, 1, 1]
    """
    day = np.asarray(days, dtype=np.int64)
    if by == "day":
        return day
    if by == "week":
        # 1 January 1970 was a Thursday; week 0 is the one with that day.
        return np.asarray((day + _before_thursday(week_start)) // 7, dtype=np.int64)
    local = dates(day)
    months = (local.year.to_numpy() - 1970) * 12 + local.month.to_numpy() - 1
    return np.asarray(months // _MONTHS[by], dtype=np.int64)


def first_day(numbers: Any, by: str, week_start: str) -> Numbers:
    """The first local day of each period.

    Examples
    --------
    >>> first_day([1, 12], "month", "monday").tolist(), first_day([1], "week", "saturday").tolist()
    ([31, 365], [2])
    """
    period = np.asarray(numbers, dtype=np.int64)
    if by == "day":
        return period
    if by == "week":
        return np.asarray(period * 7 - _before_thursday(week_start), dtype=np.int64)
    months = (period * _MONTHS[by]).astype("datetime64[M]")
    return np.asarray(months.astype("datetime64[D]").astype(np.int64))


def _before_thursday(week_start: str) -> int:
    """Days from the start of a week to its Thursday."""
    return (3 - calendar.WEEKDAYS.index(week_start)) % 7


def starts(numbers: Any, by: str, week_start: str) -> pd.DatetimeIndex:
    """The first day of each period as a date without a zone."""
    return dates(first_day(numbers, by, week_start))


def begins(numbers: Any, by: str, log: EventLog) -> pd.DatetimeIndex:
    """When each period begins, as a point in time (UTC)."""
    local = pd.Series(starts(numbers, by, log.week_start))
    return pd.DatetimeIndex(calendar.to_utc(local, log.report_tz))


def numbers_of(log: EventLog, by: str) -> pd.DataFrame:
    """Every local day of the log with its period: `day`, `period`."""
    days = np.arange(start_day(log), end_day(log) + 1, dtype=np.int64)
    return pd.DataFrame({"day": days, "period": number(days, by, log.week_start)})


def current(log: EventLog, by: str) -> int:
    """The period in which observation ends."""
    return int(number([end_day(log)], by, log.week_start)[0])
