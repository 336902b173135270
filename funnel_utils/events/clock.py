"""Time differences inside any engine, exact where the engine can.

A difference is a whole number of **ticks**: microseconds, or seconds in an engine (SQLite) that has no finer clock.
Differences are compared with durations in the same ticks, so that no engine has to add an interval to a timestamp.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils.durations import microseconds


def ticks_per_second(table: ir.Table) -> int:
    """How fine the clock of the engine behind `table` is."""
    import ibis.expr.operations as ops

    return 1_000_000 if table.get_backend().has_operation(ops.TimestampDelta) else 1


def elapsed(later: Any, earlier: Any, ticks: int) -> Any:
    """`later - earlier` in ticks; negative when `later` is the earlier one, null when either is."""
    if ticks == 1:
        return later.epoch_seconds() - earlier.epoch_seconds()
    return _plain(later).delta(_plain(earlier), unit="microsecond").cast("int64")


def _plain(moment: Any) -> Any:
    """A moment in UTC without a zone: engines mix the two kinds by the zone of their session, or not at all."""
    return moment.cast("timestamp") if moment.type().timezone is not None else moment


def in_ticks(duration: timedelta, ticks: int) -> int:
    """A duration in ticks, rounded down."""
    return microseconds(duration) * ticks // 1_000_000


def moment(value: pd.Timestamp) -> Any:
    """A point in time as a literal in UTC."""
    return ibis.literal(value.tz_convert("UTC").tz_localize(None).to_pydatetime(warn=False), type="timestamp")


def observed_for(rows: ir.Table, start: Any, observed_until: pd.Timestamp, ticks: int) -> Any:
    """Ticks from `start` to the end of observation, never negative."""
    left = elapsed(moment(observed_until), start, ticks)
    return (left > 0).ifelse(left, 0)
