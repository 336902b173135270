"""Calendar periods in the reader's time zone, computed from UTC quarter hours.

Every zone in use since 1972 stands off UTC by a whole number of quarter hours, so that a quarter hour lies in one local
day. The engine only has to count by quarter hour, which every engine can do without knowing about zones; days, weeks
and months are made from these few numbers here, with the zone's own changes of offset.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import pandas as pd

from funnel_utils.errors import SpecError

Series = Any  # of timestamps: its stubs know too few of its methods

QUARTER = 900
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PERIODS = ("day", "week", "month")


def quarter_hour(moment: ir.Value) -> ir.Value:
    """The number of whole quarter hours from 1970 (UTC) to `moment`."""
    return (moment.epoch_seconds() // QUARTER).cast("int64")


def check_period(by: str) -> None:
    """Raise a `SpecError` unless `by` is a calendar period."""
    if by not in PERIODS:
        raise SpecError(f"by={by!r} is not one of {', '.join(map(repr, PERIODS))}.")


def local_times(quarters: Series, zone: str) -> Series:
    """Quarter hours as wall-clock times in `zone`."""
    utc = pd.to_datetime(quarters.astype("int64") * QUARTER, unit="s", utc=True)
    return utc.dt.tz_convert(zone).dt.tz_localize(None).dt.as_unit("us")


def period_start(local: Series, by: str, week_start: str) -> Series:
    """The first day of the period that each wall-clock time lies in.

    Examples
    --------
    >>> friday = pd.Series(pd.to_datetime(["2026-01-02 23:45"]))
    >>> period_start(friday, "week", "saturday").dt.strftime("%A %d %B %Y").tolist()
    ['Saturday 27 December 2025']
    """
    day = local.dt.normalize()
    if by == "week":
        back = (day.dt.dayofweek - WEEKDAYS.index(week_start.lower())) % 7
        return day - pd.to_timedelta(back, unit="D").astype("timedelta64[us]")
    return day - pd.to_timedelta(day.dt.day - 1, unit="D").astype("timedelta64[us]") if by == "month" else day


def next_start(start: Series, by: str) -> Series:
    """The first day of the period after the one that starts at `start`."""
    step = {"day": pd.DateOffset(days=1), "week": pd.DateOffset(days=7), "month": pd.DateOffset(months=1)}[by]
    return start + step


def every_start(first: pd.Timestamp, last: pd.Timestamp, by: str) -> pd.DatetimeIndex:
    """All period starts from `first` to `last`, those without events among them."""
    step = {"day": pd.DateOffset(days=1), "week": pd.DateOffset(days=7), "month": pd.DateOffset(months=1)}[by]
    return pd.date_range(first, last, freq=step)


def to_utc(local: Series, zone: str) -> Series:
    """Wall-clock midnights as points in time; where a change of offset skips midnight, the first moment of the day."""
    whole = local.dt.tz_localize(zone, ambiguous=pd.Series(True, index=local.index), nonexistent="shift_forward")
    return whole.dt.tz_convert("UTC")
