"""Local days as whole numbers: the day a moment falls on in `report_tz`, counted from 1 January 1970.

A whole number can be grouped, subtracted and compared in every engine at the cost of an integer, and two of them are as
many calendar days apart as they differ. The zone's offset is a constant between two changes of its clocks; the few
changes within a log's time are found here, and the engine only adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from funnel_utils.events import calendar

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

DAY = 86_400
EPOCH = pd.Timestamp("1970-01-01")

_BEGAN: WeakKeyDictionary[EventLog, pd.Timestamp] = WeakKeyDictionary()


def local_day(log: EventLog, seconds: Any) -> Any:
    """The local day of a moment, as an expression.

    Parameters
    ----------
    log : EventLog
        For its `report_tz` and its span of time.
    seconds : Ibis expression
        Seconds since 1970 (UTC), such as `table.timestamp.epoch_seconds()`.

    Returns
    -------
    Ibis expression
        int64: whole local days since 1970-01-01.
    """
    import ibis

    first, *changes = _offsets(log)
    ahead: Any = first[1]
    if changes:
        # From the last change back: a moment has the offset of the latest change before it.
        pairs = [(seconds >= at, offset) for at, offset in reversed(changes)]
        ahead = ibis.cases(*pairs, else_=first[1])
    return ((seconds + ahead) // DAY).cast("int64")


def day_of(moment: pd.Timestamp, zone: str) -> int:
    """The local day of one point in time.

    Examples
    --------
    >>> day_of(pd.Timestamp("1970-01-01 21:00", tz="UTC"), "Asia/Tehran")
    1
    """
    return (moment.tz_convert(zone).tz_localize(None).normalize() - EPOCH).days


def end_day(log: EventLog) -> int:
    """The local day on which observation ends, in the numbers of `local_day`."""
    return day_of(log.observed_until, log.report_tz)


def start_day(log: EventLog) -> int:
    """The local day of the log's first event; the last day of observation where it has none."""
    return day_of(first_moment(log), log.report_tz)


def first_moment(log: EventLog) -> pd.Timestamp:
    """When the log's first event happened (UTC); the end of observation where it has none. Asked of the engine once."""
    if log not in _BEGAN:
        table: Any = log.table
        began = table["timestamp"].min().to_pyarrow().as_py()
        at = log.observed_until if began is None else pd.Timestamp(began)
        _BEGAN[log] = at.tz_localize("UTC") if at.tzinfo is None else at.tz_convert("UTC")
    return _BEGAN[log]


def dates(days: Any) -> pd.DatetimeIndex:
    """Days as midnights without a zone."""
    return pd.DatetimeIndex(EPOCH + pd.to_timedelta(np.asarray(days, dtype=np.int64), unit="D")).as_unit("us")


def _offsets(log: EventLog) -> list[tuple[int, int]]:
    """(seconds since 1970 in UTC, the zone's offset from then on), for the span of the log."""
    if log.report_tz == "UTC":
        return [(0, 0)]
    # A day to either side covers what the zone makes of the first and the last.
    return _changes(log.report_tz, start_day(log) - 1, end_day(log) + 1)


def _changes(zone: str, first: int, last: int) -> list[tuple[int, int]]:
    days = np.arange(first, last + 2, dtype=np.int64) * DAY
    offset = _offset(days, zone)
    found = [(int(days[0]), int(offset[0]))]
    for k in np.flatnonzero(np.diff(offset)):
        quarters = np.arange(days[k], days[k + 1] + calendar.QUARTER, calendar.QUARTER, dtype=np.int64)
        within = _offset(quarters, zone)
        found += [(int(quarters[j + 1]), int(within[j + 1])) for j in np.flatnonzero(np.diff(within))]
    return found


def _offset(seconds: np.ndarray[Any, np.dtype[np.int64]], zone: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    utc = pd.DatetimeIndex(pd.to_datetime(seconds, unit="s", utc=True)).as_unit("s")
    local = utc.tz_convert(zone).tz_localize(None)
    return np.asarray((local - utc.tz_localize(None)).total_seconds(), dtype=np.int64)
