"""The second purchase: how many buy again, and how soon; and so on from each purchase to the next.

The share that has bought again **so far** mixes customers of two years with customers of yesterday, and falls whenever
a shop wins many new ones. The Kaplan-Meier curve counts everybody for as long as they could be seen, so that "within 90
days" means the same for all. Both are reported, and named apart.
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
from funnel_utils.events.where import Where
from funnel_utils.retention.days import local_day
from funnel_utils.retention.purchases import Purchases, purchase_rows
from funnel_utils.retention.survival_result import SurvivalResult
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

DAY = timedelta(days=1)
MOST_STEPS = 20


@dataclass(frozen=True, init=False)
class SecondPurchase:
    """Which events are purchases, and up to which one they are followed.

    Parameters
    ----------
    purchase : str or iterable of str
    upto : int
        The last step is the one from this purchase to the next.
    per : {"order", "day"}
        Whether each purchase event counts, or each local day with one.
    within : duration
        The horizon of the headline and of the ladder: whole days.
    where : condition, optional
        Only purchases for which it holds.

    Raises
    ------
    SpecError
        For a field that is not valid.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> story = {"ana": ["purchase@0", "purchase@20d"], "ben": ["purchase@0"], "eve": ["purchase@95d"]}
    >>> found = SecondPurchase().run(EventLog.from_story(story, observed_until="2026-04-11"))
    >>> print(found.share[["customers", "again", "rate"]].to_string(index=False))
     customers  again     rate
             3      1 0.333333
    >>> found.by(["30d"])[["within", "share", "at_risk"]]
      within  share  at_risk
    0    30d    0.5        1
    """

    purchases: Purchases
    upto: int
    per: str
    within: timedelta

    def __init__(
        self,
        purchase: str | Iterable[str] = "purchase",
        *,
        upto: int = 5,
        per: str = "order",
        within: Duration = "90d",
        where: Where | None = None,
    ) -> None:
        if isinstance(upto, bool) or not isinstance(upto, int) or not 1 <= upto <= MOST_STEPS:
            raise SpecError(f"upto={upto!r} must be a whole number from 1 to {MOST_STEPS}.")
        if per not in ("order", "day"):
            raise SpecError(f"per={per!r} is neither 'order' nor 'day'.")
        span = whole_days(within, "within")
        for name, value in (("purchases", Purchases(purchase, value=None, where=where)), ("upto", upto)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "per", per)
        object.__setattr__(self, "within", span)

    def __repr__(self) -> str:
        where = "" if self.purchases.where is None else f", where={self.purchases.where!r}"
        return (
            f"SecondPurchase({self.purchases.purchase!r}, upto={self.upto}, per={self.per!r}, "
            f"within={format_duration(self.within)}{where})"
        )

    def run(self, log: EventLog) -> SecondPurchaseResult:
        """Follow the purchases of `log`, in its engine.

        Raises
        ------
        LogError
            If the log has no purchase.
        """
        counts = _steps(log, self)
        if counts.empty:
            named = ", ".join(map(repr, self.purchases.purchase))
            raise LogError(f"purchase={named}: the log has no such event, so nobody could buy again.")
        return SecondPurchaseResult(self, counts)


def whole_days(value: Duration, field: str) -> timedelta:
    """A duration of whole days, one at least."""
    span = parse_duration(value, field)
    if span % DAY or not span:
        raise SpecError(f"{field}={value!r}: times between purchases are counted in whole days; give one or more.")
    return span


def _steps(log: EventLog, asked: SecondPurchase) -> pd.DataFrame:
    """How many n-th purchases (`n`) were followed by another after `time` days, or last seen then without: `count`."""
    rows = purchase_rows(log, asked.purchases)
    if asked.per == "day":
        day = local_day(log, rows["timestamp"].epoch_seconds())
        rows = rows.mutate(day=day).group_by(["user", "day"]).agg(timestamp=rows["timestamp"].min())
    line = ibis.window(group_by="user", order_by="timestamp")
    rows = rows.select("user", "timestamp", *(["day"] if asked.per == "day" else []))
    rows = rows.mutate(n=ibis.row_number().over(line) + 1, then=rows["timestamp"].lead().over(line))
    if asked.per == "day":
        rows = rows.mutate(next_day=rows["day"].lead().over(line))
    rows = rows.filter(rows["n"] <= asked.upto)
    ticks = clock.ticks_per_second(rows)
    length = clock.in_ticks(DAY, ticks)
    if asked.per == "day":
        after = rows["next_day"] - rows["day"]
    else:
        after = (clock.elapsed(rows["then"], rows["timestamp"], ticks) + (length - 1)) // length
    seen = clock.observed_for(rows, rows["timestamp"], log.observed_until, ticks) // length
    event = rows["then"].notnull()
    made = rows.mutate(event=event, time=event.ifelse(after, seen).cast("int64"))
    counts: pd.DataFrame = made.group_by(["n", "time", "event"]).agg(count=made.count()).to_pandas()
    return counts.sort_values(["n", "time", "event"], ignore_index=True)


@dataclass(frozen=True, eq=False, repr=False)
class SecondPurchaseResult:
    """Steps from one purchase to the next.

    Attributes
    ----------
    asked : SecondPurchase
    counts : DataFrame
        `n` (of the purchase that a step starts from), `time` (days to the next one, or to the end of observation),
        `event` (there was a next one), `count` (customers).
    """

    asked: SecondPurchase
    counts: pd.DataFrame

    @cached_property
    def share(self) -> pd.DataFrame:
        """So far: `customers`, `again` (who bought a second time), `rate`, `low`, `high` (Wilson), `interval`."""
        row = self._so_far(1)
        return pd.DataFrame([{"customers": row["customers"], "again": row["went_on"], **row["rates"]}])

    def survival(self, n: int = 1) -> SurvivalResult:
        """The step after the n-th purchase as times to an end, which here is the next purchase."""
        if n not in set(self.counts["n"]):
            raise SpecError(
                f"n={n!r}: nobody made so many purchases, or they were not followed (upto={self.asked.upto})."
            )
        part = self.counts[self.counts["n"] == n]
        named = part.assign(group=t("retention.second.group", n=n), time=part["time"].astype("float64"))
        counts = named.astype({"count": "float64"})[["group", "time", "event", "count"]]
        return SurvivalResult.of_counts(counts, unit=t("retention.steps.days"), step=DAY)

    def by(self, within: Iterable[Duration] = ("30d", "60d", "90d", "180d", "365d"), n: int = 1) -> pd.DataFrame:
        """The share that has bought again by a time, censoring respected: `within`, `share`, `low`, `high`,
        `at_risk` (not yet bought again, and observed so long). Missing beyond the longest observation."""
        spans = [whole_days(value, "within") for value in within]
        found = self.survival(n).at(spans)
        made = pd.DataFrame({"within": [format_duration(span) for span in spans], "share": 1 - found["survival"]})
        return made.assign(low=1 - found["high"], high=1 - found["low"], at_risk=found["at_risk"])

    @property
    def curve(self) -> pd.DataFrame:
        """The share that has bought again, by days since the first purchase: `time`, `at_risk`, `events`, `share`,
        `low`, `high`."""
        found = self.survival().curves
        made = found[["time", "at_risk", "events"]].assign(share=1 - found["survival"])
        return made.assign(low=1 - found["high"], high=1 - found["low"])

    @property
    def median(self) -> float:
        """Days by which half of all customers have bought again; NaN where that was not seen."""
        return self.survival().median()

    @cached_property
    def median_among_returned(self) -> float:
        """Median days to the second purchase among those who made one: shorter than the truth while others may yet."""
        done = self.counts[(self.counts["n"] == 1) & self.counts["event"]]
        return stats.weighted_quantile(done["time"], done["count"], 0.5)

    @cached_property
    def ladder(self) -> pd.DataFrame:
        """A row a purchase: `n`, `customers` (who made it), `went_on` so far with `rate`, `low`, `high` (Wilson),
        `interval`; `within`, `share` of them that goes on by then (Kaplan-Meier), `share_low`, `share_high`, `median`
        (days to the next; NaN where less than half were seen going on)."""
        rows = []
        for n in sorted(set(self.counts["n"])):
            so_far = self._so_far(int(n))
            then = self.by([self.asked.within], int(n)).iloc[0]
            row = {"n": int(n), "customers": so_far["customers"], "went_on": so_far["went_on"], **so_far["rates"]}
            row |= {"within": then["within"], "share": then["share"]}
            row |= {"share_low": then["low"], "share_high": then["high"], "median": self.survival(int(n)).median()}
            rows.append(row)
        return pd.DataFrame(rows)

    def _so_far(self, n: int) -> dict[str, Any]:
        part = self.counts[self.counts["n"] == n]
        customers, again = int(part["count"].sum()), int(part.loc[part["event"], "count"].sum())
        low, high = stats.wilson(again, customers)
        rates = {"rate": again / customers, "low": low[0], "high": high[0], "interval": t("retention.wilson")}
        return {"customers": customers, "went_on": again, "rates": rates}

    @property
    def verdict(self) -> str:
        """Both shares in a sentence."""
        row, then = self.share.iloc[0], self.by([self.asked.within]).iloc[0]
        shares = {name: f"{row[name]:.1%}" for name in ("rate", "low", "high")}
        later = {name: f"{then[name]:.1%}" for name in ("share", "low", "high")}
        key = "retention.second.never" if np.isnan(then["share"]) else "retention.second.within"
        said = t(key, within=then["within"], **({} if np.isnan(then["share"]) else later))
        counts = {"again": f"{int(row['again']):,}", "customers": f"{int(row['customers']):,}"}
        return t("retention.second.verdict", later=said, **counts, **shares)

    def to_frame(self) -> pd.DataFrame:
        """The ladder, as a copy of your own."""
        return self.ladder.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the ladder as CSV, formulas defused."""
        from funnel_utils.export import to_csv

        return to_csv(self.ladder, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the ladder as Parquet."""
        from funnel_utils.export import to_parquet

        return to_parquet(self.ladder, path)

    def plot(self) -> Figure:
        """Draw the share that has bought again by the days since the first purchase."""
        from funnel_utils import charts

        return charts.second_purchase_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        names = [name for name in self.ladder.columns if name != "interval"]
        shown = self.ladder[names].rename(columns={name: t(f"retention.second.column.{name}") for name in names})
        return html(self.verdict, "", shown)

    def __repr__(self) -> str:
        return f"SecondPurchaseResult: {self.verdict}"
