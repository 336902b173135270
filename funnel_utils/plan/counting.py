"""A metric per period from an event log, counted in the engine.

The calendar's periods are made here, from the quarter hours in which anything happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events import calendar

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

MEASURES = ("users", "events", "value")


def counted(
    log: EventLog, chosen: EventLog, event: str, by: str, measure: str, of: str | None, less: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of a `History` (`period`, `value`, `squares` or `numerator`, `denominator`), whole and partly seen ones.

    `chosen` is `log` with some rows left out; what was observed is decided by all of `log`.
    """
    if measure not in MEASURES:
        raise SpecError(f"measure={measure!r} is not one of {', '.join(map(repr, MEASURES))}.")
    if less is not None and measure != "value":
        raise SpecError(f"less={less!r} subtracts values; use it with measure='value'.")
    if of is not None and measure != "users":
        raise SpecError(f"of={of!r} makes a share of people; use it with measure='users'.")
    table: Any = chosen.table
    if measure == "value":
        if "value" not in table.columns:
            raise LogError("The log has no property 'value'; map it when reading, with columns={'value': …}.")
        _ = log.currency  # values in several currencies are refused before they are added
    names = [name for name in (event, of, less) if name]
    rows = table.filter(table.event.isin(names))
    rows = rows.mutate(quarter=calendar.quarter_hour(rows.timestamp))
    quarters = rows.select("quarter").distinct().to_pandas()
    if quarters.empty:
        return pd.DataFrame(columns=["period", "value"]), pd.DataFrame()
    starts = calendar.period_start(calendar.local_times(quarters["quarter"], log.report_tz), by, log.week_start)
    codes, periods = pd.factorize(starts, sort=True)
    named = ibis.memtable({"quarter_": quarters["quarter"].tolist(), "code": codes.tolist()})
    joined = rows.inner_join(named, rows.quarter == named.quarter_)
    found = _shares(joined, event, of) if of else _sums(joined, event, measure, less)
    made = found.to_pandas().assign(period=lambda frame: pd.DatetimeIndex(periods)[frame["code"]].as_unit("us"))
    return _whole(log, made.drop(columns="code"), by, of is not None)


def _sums(joined: Any, event: str, measure: str, less: str | None) -> Any:
    if measure == "users":
        return joined.group_by("code").agg(value=joined.user.nunique().cast("float64"))
    if measure == "events":
        return joined.group_by("code").agg(value=joined.count().cast("float64"))
    amount = joined.value.cast("float64").fill_null(0.0)
    signed = (joined.event == event).ifelse(amount, -amount) if less else amount
    return joined.group_by("code").agg(value=signed.sum(), squares=(amount * amount).sum())


def _shares(joined: Any, event: str, of: str | None) -> Any:
    people = joined.group_by(["code", "user"]).agg(
        did=(joined.event == event).max().cast("int64"), could=(joined.event == of).max().cast("int64")
    )
    return people.group_by("code").agg(
        numerator=(people.did * people.could).sum().cast("float64"), denominator=people.could.sum().cast("float64")
    )


def _whole(log: EventLog, made: pd.DataFrame, by: str, share: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The periods that the log saw from start to end, empty ones filled in; and the others."""
    table: Any = log.table
    began = pd.Timestamp(table.timestamp.min().to_pyarrow().as_py())
    began = began.tz_localize("UTC") if began.tzinfo is None else began
    seen = pd.DataFrame({"at": pd.DatetimeIndex([began, log.observed_until]).tz_convert(log.report_tz)})
    first, last = calendar.period_start(seen["at"].dt.tz_localize(None).dt.as_unit("us"), by, log.week_start)
    full = calendar.every_start(first, last, by).as_unit("us")
    made = made.set_index("period").reindex(full, fill_value=0.0).rename_axis("period").reset_index()
    if share:
        made = made[made["denominator"] > 0].reset_index(drop=True)
        made.insert(1, "value", made["numerator"] / made["denominator"])
    # A log begins with its first event and ends with its last; the slack keeps a quiet night from costing a period.
    slack = pd.Timedelta(days=1) if by != "day" else pd.Timedelta(hours=6)
    start = calendar.to_utc(made["period"], log.report_tz)
    end = calendar.to_utc(calendar.next_start(made["period"], by), log.report_tz)
    whole = (start >= began - slack) & (end <= log.observed_until + slack)
    return made[whole].reset_index(drop=True), made[~whole].reset_index(drop=True)
