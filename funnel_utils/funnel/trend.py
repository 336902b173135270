"""Trend: conversion by the day, week or month of entry, with the immature tail marked.

A unit belongs to the period of its first entry, which does not depend on how it ended (under `entry="every"`, each
attempt to the period of its own entry). A period is immature while the window of somebody who entered at its very end
is not over; without a window nobody is ever mature, and every period is marked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnel_utils.durations import Duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.events import calendar
from funnel_utils.events.clock import elapsed, in_ticks, moment, ticks_per_second
from funnel_utils.funnel import comparison
from funnel_utils.funnel.counts import counted, previous, rates, step_label, step_sums
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


def entered_at(rows: ir.Table, funnel: Funnel) -> Any:
    """The time by which a match row belongs to a period."""
    return rows.entry if funnel.entry == "every" else rows.first_entry


def trend(table: ir.Table, funnel: Funnel, log: EventLog, by: str, cluster: str | None) -> pd.DataFrame:
    """Conversion by period of entry.

    Parameters
    ----------
    table : ibis Table
        The match table.
    funnel : Funnel
    log : EventLog
        For its `report_tz`, `week_start` and `observed_until`.
    by : {"day", "week", "month"}
        Calendar periods in `report_tz`.
    cluster : str, optional
        The column of persons, where rows repeat per person.

    Returns
    -------
    DataFrame
        `period` (its first day, a date in `report_tz`), `converted` of `entered` with `rate`, `low`, `high`,
        `interval`; `immature`; `mature_share` (of the entered). Periods without entries are there, with 0 of 0. In an
        open funnel only units that entered at step 1 are counted.
    """
    calendar.check_period(by)
    rows = counted(table)
    rows = rows.mutate(quarter=calendar.quarter_hour(entered_at(rows, funnel)), grown=_grown(rows, funnel, log))
    quarters = rows.filter(rows.entry_step <= 1).group_by("quarter").agg(grown=rows.grown.sum()).to_pandas()
    if quarters.empty:
        return pd.DataFrame(columns=_COLUMNS)
    local = calendar.local_times(quarters["quarter"], log.report_tz)
    quarters["period"] = calendar.period_start(local, by, log.week_start)
    sums = _by_period(rows, funnel, quarters[["quarter", "period"]], cluster)
    full = calendar.every_start(sums["period"].min(), sums["period"].max(), by).as_unit("us")
    sums = sums.set_index("period").reindex(full, fill_value=0).rename_axis("period").reset_index()
    found = rates(sums, funnel, ["period"], cluster)
    last = found[found["step"] == len(funnel.steps)].reset_index(drop=True)
    made = last[["period"]].assign(
        converted=last["overall_count"],
        entered=last["overall_of"],
        rate=last["overall"],
        low=last["overall_low"],
        high=last["overall_high"],
        interval=last["interval"],
    )
    made["immature"] = _immature(made["period"], funnel, log, by)
    grown = made["period"].map(quarters.groupby("period")["grown"].sum()).astype("float64").fillna(0.0)
    made["mature_share"] = grown / made["entered"].where(made["entered"] > 0) if funnel.window else np.nan
    return made


_COLUMNS = ["period", "converted", "entered", "rate", "low", "high", "interval", "immature", "mature_share"]


def _grown(rows: ir.Table, funnel: Funnel, log: EventLog) -> Any:
    """1 where the window of a row had been observed to its end, else 0."""
    if funnel.window is None:
        return ibis.literal(0, type="int64")
    ticks = ticks_per_second(rows)
    seen = elapsed(moment(log.observed_until), entered_at(rows, funnel), ticks)
    return (seen >= in_ticks(funnel.window, ticks)).ifelse(1, 0).cast("int64")


def _by_period(rows: ir.Table, funnel: Funnel, periods: pd.DataFrame, cluster: str | None) -> pd.DataFrame:
    """Step sums by period: added up from quarter hours, or grouped in the engine where a person spans several."""
    if cluster is None:
        sums = step_sums(rows, funnel, ["quarter"]).merge(periods, on="quarter")
        return sums.drop(columns="quarter").groupby("period", as_index=False).sum()
    codes, starts = pd.factorize(periods["period"], sort=True)
    named = ibis.memtable({"quarter_": periods["quarter"].tolist(), "period_": codes.tolist()})
    joined = rows.inner_join(named, rows.quarter == named.quarter_)
    found = step_sums(joined, funnel, ["period_"], cluster)
    found["period"] = pd.DatetimeIndex(starts)[found["period_"]]
    return found.drop(columns="period_")


def _immature(period: calendar.Series, funnel: Funnel, log: EventLog, by: str) -> calendar.Series:
    if funnel.window is None:
        return pd.Series(True, index=period.index)
    end = calendar.to_utc(calendar.next_start(period, by), log.report_tz)
    return end + pd.Timedelta(funnel.window) > log.observed_until


def compare_previous(
    table: ir.Table, funnel: Funnel, log: EventLog, period: Duration, alpha: float, cluster: str | None
) -> pd.DataFrame:
    """The latest period whose units are all mature, against the one of equal length before it.

    Parameters
    ----------
    table, funnel, log, cluster
        As in `trend`.
    period : duration
        Length of both periods. The current one ends at `observed_until` less the window.
    alpha : float
        Chance of any false alarm among all rows.

    Returns
    -------
    DataFrame
        A row per step from 2 (`measure` "in-process") and one for the whole funnel ("overall"): `step`, `label`;
        `converted` of `entered` with `rate` now, `reference_…` before; `difference`, `low`, `high` (Newcombe at
        1 - alpha/m), `p`, `p_holm`, `differs`; `starts`, `ends` of the current period (UTC).

    Raises
    ------
    SpecError
        If units or persons repeat (`entry="every"`, sessions): the two periods then share persons.
    """
    length = parse_duration(period, "period")
    if not length:
        raise SpecError("period=0: compare periods of some length, such as '30d'.")
    if cluster is not None:
        raise SpecError(
            "compare_previous needs units that count once and are in one period only; this funnel repeats persons "
            f"(entry={funnel.entry!r}, unit={funnel.unit!r}). Use trend() instead."
        )
    ends = log.observed_until - pd.Timedelta(funnel.window or 0)
    ticks = ticks_per_second(table)
    rows = counted(table)
    before_end = elapsed(moment(ends), entered_at(rows, funnel), ticks)
    span = in_ticks(length, ticks)
    rows = rows.mutate(age=(before_end // span).cast("int64"), at_end=before_end < 0)
    rows = rows.filter(~rows.at_end, rows.age <= 1)
    sums = step_sums(rows, funnel, ["age"]).set_index("age").reindex([0, 1], fill_value=0).reset_index()
    pairs = _period_pairs(rates(sums, funnel, ["age"]), funnel)
    m = max(len(pairs), 1)
    found = comparison.tested(pairs, alpha, m, t("funnel.newcombe", m=m))
    return found.assign(starts=ends - pd.Timedelta(length), ends=ends)


def _period_pairs(found: pd.DataFrame, funnel: Funnel) -> pd.DataFrame:
    now, before = (found[found["age"] == age].set_index("step") for age in (0, 1))
    last = len(funnel.steps)
    measures = [("in-process", k, "advanced", "of", "rate") for k in range(2, last + 1)]
    measures += [("overall", last, "overall_count", "overall_of", "overall")] if last > 1 else []
    made = []
    for measure, k, count, of, share in measures:
        current, earlier = now.loc[k].to_dict(), before.loc[k].to_dict()
        row = {"measure": measure, "step": k, "label": step_label(funnel, k), "from_step": previous(funnel, k)}
        row["from_step"] = 1 if measure == "overall" else row["from_step"]
        row |= {"converted": current[count], "entered": current[of], "rate": current[share]}
        row |= {"reference_converted": earlier[count], "reference_entered": earlier[of]}
        row |= {"reference_rate": earlier[share], "difference": current[share] - earlier[share]}
        made.append(row)
    return pd.DataFrame(made)
