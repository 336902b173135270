"""Drivers: what goes along with converting. Correlation, never cause.

For each value of a property at entry, and for each event done between entry and conversion (or the end of the window),
the units that had it are set against those that had not: an odds ratio with its interval, and p-values adjusted by
Benjamini-Hochberg over everything looked at. Nothing after the conversion counts, for it cannot have driven it. Units
that convert early still have less time to do other events, which makes events look worse than they are; and whoever
wants to buy both reads the guide and buys. An experiment decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clock import elapsed, in_ticks, ticks_per_second
from funnel_utils.funnel.after import check_same_engine, events_of, happenings
from funnel_utils.funnel.counts import counted
from funnel_utils.funnel.groups import entry_grouped, labelled, lump
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

#: Properties that name something rather than describe it are not tried unless asked for.
NOT_TRAITS = ("session", "value", "currency", "user", "sequence", "timestamp", "event")
MOST_EVENTS = 20


def default_properties(log: EventLog, funnel: Funnel) -> tuple[str, ...]:
    """The properties tried unless named: all but keys and money."""
    return tuple(name for name in log.properties if name not in (*NOT_TRAITS, funnel.unit))


def population(table: ir.Table, funnel: Funnel, cluster: str | None) -> ir.Table:
    """The rows compared: mature ones where there is a window, each person's earliest where persons repeat."""
    rows = counted(table)
    rows = rows.filter(rows.entry_step <= 1)
    if funnel.window is not None:
        rows = rows.filter(rows.mature)
    if cluster is not None:
        first = ibis.window(group_by=cluster, order_by=["entry", "unit", "attempt"])
        rows = rows.mutate(_rank=ibis.row_number().over(first))
        rows = rows.filter(rows._rank == 0).drop("_rank")
    return rows.mutate(won=(rows.level >= len(funnel.steps)).ifelse(1, 0).cast("int64"))


def drivers(
    rows: ir.Table,
    funnel: Funnel,
    log: EventLog,
    properties: Sequence[str],
    events: Sequence[str] | None,
    top: int,
    alpha: float,
) -> pd.DataFrame:
    """Odds ratios of converting, by property value and by event.

    Parameters
    ----------
    rows : ibis Table
        The `population`, with the entry values of `properties`.
    funnel : Funnel
    log : EventLog
    properties : sequence of str
        Properties at entry; each of their values is set against all others.
    events : sequence of str, optional
        Events between entry and conversion; by default the most frequent ones that are no step of the funnel.
    top : int
        How many values of each property to name.
    alpha : float
        1 - confidence of each interval.

    Returns
    -------
    DataFrame
        `kind` ("property" or "event"), `name`, `value`; `with_converted` of `with_units`, `without_converted` of
        `without_units` and their rates; `odds_ratio`, `low`, `high`, `p`, `p_bh`; `interval`; `note`. Sorted by p.

    Raises
    ------
    SpecError
        If one of `events` is a step of the funnel: doing it is part of converting.
    """
    totals = rows.aggregate(units=rows.count(), converted=rows.won.sum()).to_pandas().iloc[0]
    found = [_property(rows, funnel, name, top) for name in properties]
    names = _event_names(log, funnel, events)
    if names:
        check_same_engine(rows, log, "drivers(events=...)")
        found.append(_events(rows, funnel, log, names))
    columns = ["kind", "name", "value", "with_converted", "with_units"]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    return _tested(table[columns], int(totals["units"]), int(totals["converted"] or 0), alpha)


def _property(rows: ir.Table, funnel: Funnel, name: str, top: int) -> pd.DataFrame:
    grouped = lump(entry_grouped(rows, funnel, name), top)
    sums = grouped.group_by(["kind", "value"]).agg(with_converted=grouped.won.sum(), with_units=grouped.count())
    return labelled(sums.to_pandas()).assign(kind="property", name=name)


def _event_names(log: EventLog, funnel: Funnel, events: Sequence[str] | None) -> list[str]:
    steps = {name for step in funnel.steps for name in step.events}
    if events is not None:
        inside = sorted(steps & set(events))
        if inside:
            raise SpecError(
                f"drivers: {inside} is a step of this funnel, so doing it is part of converting; leave it out."
            )
        return list(dict.fromkeys(events))
    table = log.table
    others = table.filter(~table.event.isin(sorted(steps)))
    sizes = others.group_by("event").agg(n=others.count()).order_by([ibis.desc("n"), "event"]).limit(MOST_EVENTS)
    return [str(name) for name in sizes.to_pandas()["event"]]


def _events(rows: ir.Table, funnel: Funnel, log: EventLog, names: list[str]) -> pd.DataFrame:
    """Units that did each event strictly after entry, strictly before converting, and inside the window."""
    ticks = ticks_per_second(rows)
    last = rows[f"t{len(funnel.steps)}"]
    short = rows.select("unit", "attempt", "won", start=rows.entry, end=last)
    events = events_of(log, funnel)
    met = happenings(short, events.filter(events._event.isin(names)))
    before_end: Any = (met.won == 0) | (elapsed(met.end, met._time, ticks) > 0)
    met = met.filter(met._ago > 0, before_end)
    if funnel.window is not None:
        met = met.filter(met._ago <= in_ticks(funnel.window, ticks))
    did = met.select("unit", "attempt", "won", name=met._event).distinct()
    sums = did.group_by("name").agg(with_converted=did.won.sum(), with_units=did.count()).to_pandas()
    whole = pd.DataFrame({"name": names}).merge(sums, on="name", how="left").fillna(0)
    return whole.assign(kind="event", value=None)


def _tested(table: pd.DataFrame, units: int, converted: int, alpha: float) -> pd.DataFrame:
    table = table.astype({"with_converted": "int64", "with_units": "int64"})
    table["with_rate"] = stats.rate(table["with_converted"], table["with_units"])
    table["without_converted"] = converted - table["with_converted"]
    table["without_units"] = units - table["with_units"]
    table["without_rate"] = stats.rate(table["without_converted"], table["without_units"])
    a, c = table["with_converted"], table["without_converted"]
    found = stats.odds_ratio(a, table["with_units"] - a, c, table["without_units"] - c, alpha)
    table = table.assign(odds_ratio=found.ratio, low=found.low, high=found.high, p=found.p)
    table["p_bh"] = stats.benjamini_hochberg(table["p"]) if len(table) else table["p"]
    table["interval"] = t("funnel.woolf")
    table["note"] = t("funnel.correlation")
    return table.sort_values(["p", "kind", "name", "value"], kind="stable", na_position="last", ignore_index=True)


def check_properties(log: EventLog, names: Sequence[str]) -> None:
    """Raise a `LogError` for a property that the log does not have."""
    for name in names:
        if name not in log.table.columns:
            raise LogError(f"drivers: this log has no property {name!r}; it has {', '.join(log.properties)}.")
