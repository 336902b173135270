"""What was found of a log's customers by RFM, and how they moved between two dates."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.times import instant
from funnel_utils.retention import rfm_scores
from funnel_utils.retention.rfm import Cuts, Rfm
from funnel_utils.retention.rfm_segments import CODES, in_order
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog


@dataclass(frozen=True, eq=False, repr=False)
class RfmResult:
    """Scored customers.

    Attributes
    ----------
    rfm : Rfm
    as_of : Timestamp
        The moment, in the log's `report_tz`: purchases before it count.
    table : ibis.Table
        One row a customer, in the log's engine: `user`, `days_since_last` (calendar days from the last purchase to
        `as_of`), `age_at_last` (from the first to the last), `age` (from the first to `as_of`), `orders`, `days`
        (with a purchase), `value` (net), `frequency`, `monetary` (what was scored), `r`, `f`, `m`, `code`, `segment`.
    total : int
        Customers.
    """

    rfm: Rfm
    as_of: pd.Timestamp
    table: Any
    total: int
    unpriced: int
    engine: str

    @classmethod
    def of(cls, rfm: Rfm, log: EventLog, as_of: Any = None) -> RfmResult:
        """Score the customers of `log`."""
        seen, at = _until(log, as_of, rfm)
        table = rfm_scores.summary(seen, rfm).cache()
        total = int(table.count().to_pyarrow().as_py())
        if not total:
            named = ", ".join(map(repr, rfm.purchases.purchase))
            raise LogError(f"purchase={named}: the log has no such event up to {at:%Y-%m-%d}, so nobody is a customer.")
        scored = rfm_scores.scored(table, rfm, total).cache()
        return cls(rfm, at.tz_convert(log.report_tz), scored, total, rfm_scores.unpriced(table), log.backend.name)

    def customers(self, limit: int | None = None) -> pd.DataFrame:
        """The table as a DataFrame, best codes first; at most `limit` rows."""
        ordered = self.table.order_by([ibis.desc("code"), ibis.desc("monetary"), "user"])
        frame: pd.DataFrame = (ordered if limit is None else ordered.limit(limit)).to_pandas()
        return frame

    @cached_property
    def cuts_table(self) -> pd.DataFrame:
        """Where each score begins and ends: `dimension`, `score`, `from`, `to`, `customers`, `share`."""
        return rfm_scores.cut_points(self.table)

    @property
    def cuts(self) -> Cuts:
        """The limits of these scores, to score others by: `Rfm(cuts=result.cuts)`."""
        return self.rfm.cuts or rfm_scores.cuts_of(self.cuts_table)

    @cached_property
    def segments(self) -> pd.DataFrame:
        """A row a segment, empty ones too: `segment`, `customers` of `of`, `share`, `low`, `high` (Wilson), `interval`,
        `value`, `value_share`, `median_days_since_last`, `mean_orders`, `mean_value`."""
        made = rfm_scores.segment_table(self.table, in_order(self.rfm.segments))
        low, high = stats.wilson(made["customers"], self.total)
        made["of"], made["share"], made["low"], made["high"] = self.total, made["customers"] / self.total, low, high
        made["interval"] = t("retention.wilson")
        named = ["segment", "customers", "of", "share", "low", "high", "interval", "value", "value_share"]
        return made[[*named, "median_days_since_last", "mean_orders", "mean_value"]]

    @cached_property
    def codes(self) -> pd.DataFrame:
        """All 125 codes: `code`, `segment`, `customers`."""
        counts = self.table.group_by("code").agg(customers=self.table.count()).to_pandas().set_index("code")
        made = pd.DataFrame({"code": CODES, "segment": [self.rfm.segments[code] for code in CODES]})
        found = made["code"].map(counts["customers"]).fillna(0).astype("int64")
        return made.assign(customers=found)

    def members(self, segment: str) -> Any:
        """The users of a segment as a table, for `log.restrict(...)`.

        Raises
        ------
        SpecError
            If there is no such segment.
        """
        known = in_order(self.rfm.segments)
        if segment not in known:
            raise SpecError(f"segment={segment!r} is not one of {', '.join(map(repr, known))}.")
        return self.table.filter(self.table["segment"] == segment).select("user")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before these scores are used."""
        said = []
        if self.unpriced:
            said.append(t("rfm.warning.unpriced", number=f"{self.unpriced:,}"))
        for dimension, rows in self.cuts_table.groupby("dimension", sort=False):
            empty = [str(score) for score in sorted(rows.loc[rows["customers"] == 0, "score"])]
            if empty:
                said.append(t("rfm.warning.empty", dimension=t(f"rfm.dimension.{dimension}"), scores=", ".join(empty)))
        return tuple(said)

    @property
    def how(self) -> str:
        """How it was computed, and where."""
        return t("rfm.how.relative" if self.rfm.cuts is None else "rfm.how.fixed", engine=self.engine)

    @property
    def verdict(self) -> str:
        """The customers in a sentence: who brings the most, and how many have been silent the longest."""
        found = self.segments
        facts = {"total": f"{self.total:,}", "date": f"{self.as_of:%Y-%m-%d}"}
        if found["value_share"].isna().all():
            return t("rfm.verdict.plain", **facts)
        best = found.sort_values("value_share").dropna(subset="value_share").iloc[-1]
        shares = {"share": f"{best['share']:.1%}", "value_share": f"{best['value_share']:.1%}"}
        return t("rfm.verdict.best", segment=best["segment"], **facts, **shares)

    def to_frame(self) -> pd.DataFrame:
        """The segments, as a copy of your own."""
        return self.segments.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the segments as CSV, formulas defused; `export.to_csv` takes any table, `customers()` among them."""
        from funnel_utils.export import to_csv

        return to_csv(self.segments, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the segments as Parquet."""
        from funnel_utils.export import to_parquet

        return to_parquet(self.segments, path)

    def plot(self, kind: str = "segments") -> Figure:
        """Draw it: `"segments"` (their shares of customers and of value) or `"grid"` (recency by frequency).

        Raises
        ------
        SpecError
            For another kind.
        """
        from funnel_utils import charts

        if kind == "segments":
            return charts.rfm_chart(self)
        if kind == "grid":
            return charts.rfm_grid_chart(self)
        raise SpecError(f"plot(kind={kind!r}) is neither 'segments' nor 'grid'.")

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        columns = {name: t(f"rfm.column.{name}") for name in self.segments.columns if name not in ("of", "interval")}
        shown = self.segments[list(columns)].rename(columns=columns)
        return html(self.verdict, self.how, shown, self.warnings)

    def __repr__(self) -> str:
        return f"RfmResult: {self.verdict}"


def _until(log: EventLog, as_of: Any, rfm: Rfm) -> tuple[EventLog, pd.Timestamp]:
    """The log as it was known at `as_of`, and that moment."""
    at = instant(as_of, log.report_tz, "as_of")
    if at is not None and at > log.observed_until:
        until = log.observed_until.tz_convert(log.report_tz)
        raise SpecError(
            f"as_of={as_of!r} lies after the end of observation ({until:%Y-%m-%d %H:%M}): nobody knows what was bought "
            "since. If the log is complete up to that date, say so when reading it: observed_until=…."
        )
    end = log.observed_until if at is None else at
    start = None if rfm.window is None else end - pd.Timedelta(rfm.window)
    if at is None and start is None:
        return log, end
    return log.between(start, at), end
