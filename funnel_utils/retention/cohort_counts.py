"""Counting cohorts in the engine: who started when, and who came back in which period.

Two small grouped answers come back: the size of each cohort, and for each cohort and cell how many of it returned. Rows
are reduced to one a unit and day before anything is joined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd
import pyarrow as pa

from funnel_utils.errors import LogError
from funnel_utils.events import clock
from funnel_utils.events.fields import missing
from funnel_utils.events.where import Where, holds
from funnel_utils.retention import periods
from funnel_utils.retention.days import local_day

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.retention.cohorts import Cohorts


def entries(log: EventLog, cohorts: Cohorts, carry: str | None = None) -> Any:
    """One row a unit: `unit`, `start` (its first start event), `cohort` (the number of its period).

    With `carry`, also `value`: that property on the start event, as text. Of several start events at that very moment,
    the one whose value comes first in the order of texts.
    """
    rows = _rows(log, cohorts, cohorts.start, cohorts.where)
    if carry is None:
        first = rows.group_by("unit").agg(start=rows["timestamp"].min())
    else:
        if carry not in rows.columns:
            raise LogError(missing(carry, log.properties, "breakdown"))
        rows = rows.mutate(text=rows[carry].cast("string"))
        began = rows.group_by("unit").agg(start=rows["timestamp"].min())
        at = rows.inner_join(began, [rows["unit"] == began["unit"], rows["timestamp"] == began["start"]])
        first = at.group_by("unit").agg(start=at["start"].min(), value=at["text"].min())
    first = first.mutate(day=local_day(log, first["start"].epoch_seconds()))
    return _numbered(log, cohorts, first, "cohort").drop("day")


def sizes(found: Any, keys: tuple[str, ...] = ()) -> pd.DataFrame:
    """Each cohort's `size`, with `first` and `last`: when its earliest and its latest unit started (UTC)."""
    named = ["cohort", *keys]
    made = found.group_by(named).agg(size=found.count(), first=found["start"].min(), last=found["start"].max())
    frame: pd.DataFrame = made.to_pandas()
    frame = frame.sort_values(named, ignore_index=True)
    for name in ("first", "last"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def returns(log: EventLog, cohorts: Cohorts, found: Any, keys: tuple[str, ...] = ()) -> pd.DataFrame:
    """How many of each cohort came back: `cohort`, `cell` (position in `cohorts.spans`, from 0), `returned`."""
    rows = _rows(log, cohorts, cohorts.back, cohorts.back_where)
    acts = _by_calendar(log, cohorts, rows, found) if cohorts.clock == "calendar" else _by_time(cohorts, rows, found)
    named = ["cohort", *keys]
    acts = acts.filter(acts["k"] >= cohorts.spans[0][0])
    if cohorts.mode == "unbounded":
        return _unbounded(cohorts, acts, named)
    last = cohorts.spans[-1][1]
    acts = acts.filter(acts["k"] <= last)
    if cohorts.mode == "bracket":
        within = [(acts["k"].between(*span), place) for place, span in enumerate(cohorts.spans)]
        acts = acts.mutate(cell=ibis.cases(*within, else_=ibis.null("int64")).cast("int64"))
        acts = acts.filter(acts["cell"].notnull())
    else:
        acts = acts.mutate(cell=(acts["k"] - 1).cast("int64"))
    one = acts.select("unit", *named, "cell").distinct()
    counted: pd.DataFrame = one.group_by([*named, "cell"]).agg(returned=one.count()).to_pandas()
    return counted


def _unbounded(cohorts: Cohorts, acts: Any, named: list[str]) -> pd.DataFrame:
    """Who came back last in period k came back in k or later for every period up to k."""
    last = acts.group_by(["unit", *named]).agg(k=acts["k"].max())
    last = last.mutate(cell=(last["k"] > cohorts.periods).ifelse(cohorts.periods, last["k"]).cast("int64") - 1)
    counts: pd.DataFrame = last.group_by([*named, "cell"]).agg(returned=last.count()).to_pandas()
    if counts.empty:
        return counts
    wide = counts.pivot_table(index=named, columns="cell", values="returned", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=range(cohorts.periods), fill_value=0)
    later = wide.iloc[:, ::-1].cumsum(axis=1).iloc[:, ::-1]
    tall = later.melt(ignore_index=False, value_name="returned").reset_index()
    return tall[tall["returned"] > 0]


def _by_calendar(log: EventLog, cohorts: Cohorts, rows: Any, found: Any) -> Any:
    """Returns with `k`, the number of calendar periods since the cohort's; one row a unit and period."""
    rows = rows.mutate(day=local_day(log, rows["timestamp"].epoch_seconds()))
    days = rows.select("unit", "day").distinct()
    acts = _numbered(log, cohorts, days, "at").select(who="unit", at="at").distinct()
    joined = acts.inner_join(found, acts["who"] == found["unit"])
    return joined.mutate(k=joined["at"] - joined["cohort"])


def _by_time(cohorts: Cohorts, rows: Any, found: Any) -> Any:
    """Returns with `k`, the number of whole steps since the unit's own start."""
    assert cohorts.step is not None
    ticks = clock.ticks_per_second(rows)
    acts = rows.select(who="unit", timestamp="timestamp")
    joined = acts.inner_join(found, acts["who"] == found["unit"])
    since = clock.elapsed(joined["timestamp"], joined["start"], ticks)
    return joined.mutate(k=(since // clock.in_ticks(cohorts.step, ticks)).cast("int64"))


def _rows(log: EventLog, cohorts: Cohorts, events: tuple[str, ...], where: Where | None) -> Any:
    """The events asked for that have a unit, up to the end of observation, with the column `unit`."""
    table: Any = log.table
    if cohorts.unit not in table.columns:
        raise LogError(missing(cohorts.unit, log.properties, "unit"))
    rows = table.filter(table["event"].isin(list(events)), table[cohorts.unit].notnull())
    rows = rows.mutate(unit=rows[cohorts.unit])
    if log.given_observed_until is not None:
        rows = rows.filter(rows["timestamp"] <= clock.moment(log.observed_until))
    return rows if where is None else rows.filter(holds(rows, where))


def _numbered(log: EventLog, cohorts: Cohorts, table: Any, name: str) -> Any:
    """`table`, which has the column `day`, with the number of that day's period under `name`."""
    if cohorts.by == "day":
        return table.mutate(**{name: table["day"]})
    numbers = periods.numbers_of(log, cohorts.by)
    days = ibis.memtable(pa.table({"day_": numbers["day"].to_numpy(), name: numbers["period"].to_numpy()}))
    return table.inner_join(days, table["day"] == days["day_"]).drop("day_")
