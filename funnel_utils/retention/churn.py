"""Churn: who was lost in a period, of those who were there at its start. Two businesses mean two things by it.

- **Contractual** (`end=`): an event ends what another began, a cancellation a subscription. The loss is seen.
- **Non-contractual** (`silence=`): nobody says goodbye. A customer is *called* lost once she has not bought for longer
  than `silence`; the day of the loss is the day on which that time was up. This is a definition, not an observation:
  `returned` says of how many it turned out to be wrong, and `silences` shows how that depends on the time chosen. (A
  model's P(alive) is the other way; it judges each customer by her own pace.)

Someone who comes back joins again, and can be lost again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events import clock
from funnel_utils.retention import periods
from funnel_utils.retention.days import first_moment, local_day
from funnel_utils.retention.purchases import Purchases, event_names, purchase_rows
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog


@dataclass(frozen=True, init=False)
class Churn:
    """What counts as lost. Give `end` or `silence`, one of the two.

    Parameters
    ----------
    start : str or iterable of str
        The events that show a customer is there: what begins a contract, or a purchase.
    end : str or iterable of str, optional
        The events that end a contract.
    silence : duration, optional
        Without a start event for longer than this, a customer is called lost.
    by : {"month", "day", "week", "quarter", "year"}
        The calendar period, in the log's `report_tz` and `week_start`.

    Raises
    ------
    SpecError
        If both are given, or neither, or they are not valid.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> story = {"ana": ["join@0", "cancel@40d"], "ben": ["join@10d"], "eve": ["join@35d"]}
    >>> found = Churn("join", end="cancel").run(EventLog.from_story(story, observed_until="2026-03-01"))
    >>> found.table[["period", "at_start", "lost", "rate", "joined", "at_end"]]
          period  at_start  lost  rate  joined  at_end
    0 2026-01-01         0     0   NaN       2       2
    1 2026-02-01         2     1   0.5       1       2
    """

    start: tuple[str, ...]
    end: tuple[str, ...]
    silence: timedelta | None
    by: str

    def __init__(
        self,
        start: str | Iterable[str] = "purchase",
        *,
        end: str | Iterable[str] = (),
        silence: Duration | None = None,
        by: str = "month",
    ) -> None:
        values: dict[str, Any] = {
            "start": event_names(start, "start"),
            "end": event_names(end, "end"),
            "silence": None if silence is None else parse_duration(silence, "silence"),
            "by": by,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        periods.check(by)
        if bool(self.end) == (self.silence is not None):
            raise SpecError(
                "Churn needs one definition of lost: end='cancel' where an event ends a contract, or silence='90d' "
                "where nobody says goodbye."
            )
        if self.silence is not None and self.silence < timedelta(seconds=1):
            raise SpecError(f"silence={silence!r}: a silence lasts at least a second.")
        both = sorted(set(self.start) & set(self.end))
        if both:
            raise SpecError(f"{', '.join(both)} cannot both begin and end a contract.")

    @property
    def definition(self) -> str:
        """What lost means here, in words."""
        names = " | ".join(self.start)
        if self.silence is None:
            return t("retention.churn.contract", start=names, end=" | ".join(self.end))
        return t("retention.churn.silence", start=names, silence=format_duration(self.silence))

    def run(self, log: EventLog) -> ChurnResult:
        """Count who was lost, in the log's engine.

        Raises
        ------
        LogError
            If the log has no start event.
        """
        spells = _contracts(log, self) if self.silence is None else _silent(log, self)
        counts = _counted(log, self, spells)
        if counts.empty:
            raise LogError(f"start={', '.join(map(repr, self.start))}: the log has no such event; nobody was there.")
        return ChurnResult(self, _table(log, self, counts))


def _contracts(log: EventLog, asked: Churn) -> Any:
    """One row a contract: `user`, `began`, `lost` (seconds since 1970, null while it runs), `again` (came back)."""
    rows = purchase_rows(log, Purchases((*asked.start, *asked.end), value=None))
    rows = rows.select("user", "timestamp", opens=rows["event"].isin(asked.start).cast("int64"))
    # At one moment an end comes before a start: who changes the plan cancels the old one first.
    line = ibis.window(group_by="user", order_by=["timestamp", "opens"])
    rows = rows.mutate(before=rows["opens"].lag().over(line).fill_null(0))
    rows = rows.filter(rows["opens"] != rows["before"])
    line = ibis.window(group_by="user", order_by=["timestamp", "opens"])
    seconds = rows["timestamp"].epoch_seconds()
    made = rows.mutate(began=seconds, lost=seconds.lead().over(line), again=seconds.lead(2).over(line).notnull())
    return made.filter(made["opens"] == 1)


def _silent(log: EventLog, asked: Churn) -> Any:
    """One row a run of purchases without a silence that is too long; columns as `_contracts`."""
    assert asked.silence is not None
    rows = purchase_rows(log, Purchases(asked.start, value=None)).select("user", "timestamp")
    ticks = clock.ticks_per_second(rows)
    limit = clock.in_ticks(asked.silence, ticks)
    line = ibis.window(group_by="user", order_by="timestamp")
    gap = clock.elapsed(rows["timestamp"], rows["timestamp"].lag().over(line), ticks)
    rows = rows.mutate(fresh=(gap > limit).fill_null(True).cast("int64"))
    upto = ibis.window(group_by="user", order_by="timestamp", preceding=(None, 0))
    rows = rows.mutate(spell=rows["fresh"].sum().over(upto))
    runs = rows.group_by(["user", "spell"]).agg(first=rows["timestamp"].min(), last=rows["timestamp"].max())
    line = ibis.window(group_by="user", order_by="spell")
    over = clock.observed_for(runs, runs["last"], log.observed_until, ticks) > limit
    again = runs["first"].lead().over(line).notnull()
    ended = runs["last"].epoch_seconds() + int(asked.silence.total_seconds())
    null = ibis.null("int64")
    return runs.mutate(began=runs["first"].epoch_seconds(), lost=(over | again).ifelse(ended, null), again=again)


def _counted(log: EventLog, asked: Churn, spells: Any) -> pd.DataFrame:
    """How many stays began in a period (`start`) and were lost in another (`end`, missing while they last)."""
    made = spells.mutate(start=local_day(log, spells["began"]), end=local_day(log, spells["lost"]))
    counts: pd.DataFrame = made.group_by(["start", "end", "again"]).agg(count=made.count()).to_pandas()
    if counts.empty:
        return counts
    ended = counts["end"].notna()
    counts["start"] = periods.number(counts["start"], asked.by, log.week_start)
    numbers = pd.Series(pd.NA, index=counts.index, dtype="Int64")
    numbers[ended] = periods.number(counts.loc[ended, "end"], asked.by, log.week_start)
    return counts.assign(end=numbers)


def _table(log: EventLog, asked: Churn, counts: pd.DataFrame) -> pd.DataFrame:
    start, size = counts["start"].to_numpy(np.int64), counts["count"].to_numpy(np.int64)
    last = periods.current(log, asked.by)
    # A log that ends at the very start of a period has seen nothing of it.
    if periods.begins([last], asked.by, log)[0] >= log.observed_until:
        last = max(last - 1, int(start.max()))
    # A stay that goes on is lost in a period that never comes.
    end = counts["end"].fillna(last + 2).to_numpy(np.int64)
    again = counts["again"].fillna(False).to_numpy(bool)
    rows = []
    for period in range(int(start.min()), last + 1):
        there = (start < period) & (end >= period)
        lost = there & (end == period)
        joined = start == period
        row = {"number": period, "at_start": size[there].sum(), "lost": size[lost].sum()}
        row |= {"returned": size[lost & again].sum(), "joined": size[joined].sum()}
        row["lost_new"] = size[joined & (end == period)].sum()
        rows.append(row | {"at_end": size[(start <= period) & (end > period)].sum()})
    made = pd.DataFrame(rows)
    low, high = stats.wilson(made["lost"], made["at_start"])
    made.insert(0, "period", periods.starts(made["number"], asked.by, log.week_start))
    made = made.assign(rate=stats.rate(made["lost"], made["at_start"]), low=low, high=high)
    made["interval"] = t("retention.wilson")
    made["partial"] = periods.begins(made["number"] + 1, asked.by, log) > log.observed_until
    if asked.silence is not None:
        made = _from_silence(log, asked, made)
    named = ["period", "at_start", "lost", "rate", "low", "high", "interval", "returned", "joined", "lost_new"]
    return made[[*named, "at_end", "partial"]]


def _from_silence(log: EventLog, asked: Churn, made: pd.DataFrame) -> pd.DataFrame:
    """Before the log is older than the silence nobody can be called lost: no rate there, not a rate of zero."""
    possible = first_moment(log) + pd.Timedelta(asked.silence or 0)
    early = periods.begins(made["number"] + 1, asked.by, log) <= possible
    made["partial"] |= periods.begins(made["number"], asked.by, log) < possible
    made.loc[early, ["rate", "low", "high"]] = np.nan
    return made


@dataclass(frozen=True, eq=False, repr=False)
class ChurnResult:
    """Who was lost, period by period.

    Attributes
    ----------
    churn : Churn
    table : DataFrame
        `period` (its first day); `at_start` (there when it began); `lost` of them in it, with `rate`, `low`, `high`
        (Wilson), `interval`; `returned` (of the lost, came back later in the log); `joined` in it, `lost_new` (joined
        and lost in it); `at_end`; `partial`: the period was not over, or the log not yet older than the silence. Before
        that nobody can be called lost, and there is no rate.
    """

    churn: Churn
    table: pd.DataFrame

    @cached_property
    def returned(self) -> dict[str, float]:
        """Of all that were lost in a period they did not join in: `lost`, `returned`, `rate`."""
        lost, back = float(self.table["lost"].sum()), float(self.table["returned"].sum())
        return {"lost": lost, "returned": back, "rate": back / lost if lost else float("nan")}

    @property
    def verdict(self) -> str:
        """The last whole period in a sentence; for silences also how often the definition was wrong."""
        whole = self.table[~self.table["partial"] & (self.table["at_start"] > 0)]
        definition = self.churn.definition
        if whole.empty:
            return t("retention.churn.none", definition=definition)
        row = whole.iloc[-1]
        shares = {name: f"{row[name]:.1%}" for name in ("rate", "low", "high")}
        counts = {name: f"{int(row[name]):,}" for name in ("lost", "at_start")}
        said = t(
            "retention.churn.verdict", period=f"{row['period']:%Y-%m-%d}", definition=definition, **counts, **shares
        )
        back = self.returned
        if self.churn.silence is None or not back["lost"]:
            return said
        facts = {"lost": f"{back['lost']:,.0f}", "returned": f"{back['returned']:,.0f}", "rate": f"{back['rate']:.1%}"}
        return f"{said} {t('retention.churn.returned', **facts)}"

    def to_frame(self) -> pd.DataFrame:
        """The table, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV, formulas defused."""
        from funnel_utils.export import to_csv

        return to_csv(self.table, path)

    def plot(self) -> Figure:
        """Draw the rate from period to period."""
        from funnel_utils import charts

        return charts.churn_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        names = ["period", "at_start", "lost", "rate", "low", "high", "returned", "joined", "at_end", "partial"]
        shown = self.table[names].rename(columns={name: t(f"retention.churn.column.{name}") for name in names})
        return html(self.verdict, self.churn.definition, shown)

    def __repr__(self) -> str:
        return f"ChurnResult: {self.verdict}"


def silences(
    log: EventLog,
    purchase: str | Iterable[str] = "purchase",
    candidates: Iterable[Duration] = ("30d", "60d", "90d", "180d", "365d"),
) -> pd.DataFrame:
    """How long a silence is long: for each candidate, how many who were silent longer bought again after all.

    Parameters
    ----------
    log : EventLog
    purchase : str or iterable of str
    candidates : iterable of durations

    Returns
    -------
    DataFrame
        `silence`; `silent` (customers who ever were silent longer); `returned` of them with `rate`, `low`, `high`
        (Wilson; every customer counts once), `interval`. More may yet return: the rate is a lower bound of how often
        the definition is wrong.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story({"ana": ["purchase@0", "purchase@50d"], "ben": ["purchase@0"]})
    >>> silences(log, candidates=["30d"])[["silence", "silent", "returned"]]
      silence  silent  returned
    0     30d       2         1
    """
    spans = [parse_duration(value, "candidates") for value in candidates]
    rows = purchase_rows(log, Purchases(purchase, value=None)).select("user", "timestamp")
    ticks = clock.ticks_per_second(rows)
    line = ibis.window(group_by="user", order_by="timestamp")
    rows = rows.mutate(gap=clock.elapsed(rows["timestamp"].lead().over(line), rows["timestamp"], ticks))
    people = rows.group_by("user").agg(longest=rows["gap"].max().fill_null(0), last=rows["timestamp"].max())
    people = people.mutate(open=clock.observed_for(people, people["last"], log.observed_until, ticks))
    sums: dict[str, Any] = {}
    for k, span in enumerate(spans):
        limit = clock.in_ticks(span, ticks)
        back = people["longest"] > limit
        sums |= {f"silent{k}": (back | (people["open"] > limit)).cast("int64").sum()}
        sums |= {f"returned{k}": back.cast("int64").sum()}
    found = people.aggregate(**sums).to_pandas().iloc[0].fillna(0)
    made = pd.DataFrame({"silence": [format_duration(span) for span in spans]})
    for name in ("silent", "returned"):
        made[name] = [int(found[f"{name}{k}"]) for k in range(len(spans))]
    low, high = stats.wilson(made["returned"], made["silent"])
    made = made.assign(rate=stats.rate(made["returned"], made["silent"]), low=low, high=high)
    return made.assign(interval=t("retention.wilson"))
