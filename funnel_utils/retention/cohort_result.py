"""What was found of the cohorts of a log: the triangle, the pooled curve, the trend, and comparisons."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.retention import cohort_cells, cohort_compare, cohort_counts, periods
from funnel_utils.retention.cohorts import Bracket, Cohorts
from funnel_utils.retention.days import start_day
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog


@dataclass(frozen=True, eq=False, repr=False)
class CohortsResult:
    """The cohorts of one log.

    Attributes
    ----------
    cohorts : Cohorts
    log : EventLog
    cells : DataFrame
        A row a cohort and period: `cohort` (first day of its period, in the log's `report_tz`), `period` (of a bracket
        the first), `label`, `size`, `returned` (missing where unobserved), `rate` (returned / size), `low`, `high`
        (Wilson), `interval`, `observed`, `partial` (the period was not over for everybody in the cohort). Period 0 is
        the cohort itself: everybody, without an interval.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> from funnel_utils.retention import Cohorts
    >>> log = EventLog.from_story(
    ...     {"ana": ["buy@0", "buy@33d"], "ben": ["buy@3d"], "eve": ["buy@40d", "buy@70d"]}, observed_until="2026-03-20"
    ... )
    >>> found = Cohorts("buy", periods=2).run(log)
    >>> found.curve()[["period", "cohorts", "returned", "of", "rate"]]
       period  cohorts  returned  of  rate
    0       0        2         3   3   1.0
    1       1        1         1   2   0.5
    2       2        0         0   0   NaN
    >>> found.cells.loc[[1, 2, 4, 5], ["cohort", "period", "returned", "observed", "partial"]]
          cohort  period  returned  observed  partial
    1 2026-01-01       1         1      True    False
    2 2026-01-01       2         0      True     True
    4 2026-02-01       1         1      True     True
    5 2026-02-01       2      <NA>     False    False
    """

    cohorts: Cohorts
    log: EventLog
    cells: pd.DataFrame
    _grid: pd.DataFrame
    _alpha: float = stats.ALPHA

    @classmethod
    def of(cls, cohorts: Cohorts, log: EventLog, alpha: float = stats.ALPHA) -> CohortsResult:
        """Count the cohorts of `log`."""
        found = cohort_counts.entries(log, cohorts).cache()
        sizes = cohort_counts.sizes(found)
        if sizes.empty:
            named = ", ".join(map(repr, cohorts.start))
            raise LogError(f"start={named}: no such event has a {cohorts.unit} in this log, so there is no cohort.")
        returned = cohort_counts.returns(log, cohorts, found)
        made = cohort_cells.grid(log, cohorts, sizes, returned)
        return cls(cohorts, log, cohort_cells.cells(log, cohorts, made, alpha), made, alpha)

    @property
    def sizes(self) -> pd.DataFrame:
        """`cohort` and its `size`; `partial` where the cohort's own period was not over."""
        own = self.cells[self.cells["period"] == 0]
        return own[["cohort", "size", "partial"]].reset_index(drop=True)

    def triangle(self, values: str = "rate") -> pd.DataFrame:
        """The triangle: cohorts down, periods across, unobserved cells missing.

        Parameters
        ----------
        values : {"rate", "returned", "low", "high", "partial"}

        Raises
        ------
        SpecError
            For other values.
        """
        known = ("rate", "returned", "low", "high", "partial")
        if values not in known:
            raise SpecError(f"triangle(values={values!r}) is not one of {', '.join(map(repr, known))}.")
        return cohort_cells.wide(self.cells, values, [first for first, _ in [(0, 0), *self.cohorts.spans]])

    def curve(self, through: int | None = None) -> pd.DataFrame:
        """The pooled curve over eligible cohorts: those whose cell was wholly seen.

        Each point has its own cohorts, so that a curve may rise where a good cohort stays and a bad one drops out; with
        `through`, only the cohorts that were wholly seen up to that period, and so the same people at every point.

        Returns
        -------
        DataFrame
            `period`, `label`, `cohorts`, `returned` of `of`, `rate`, `low`, `high`, `interval`.
        """
        if through is not None:
            self._span(through)
        return cohort_cells.curve(self.cohorts, self._grid, through, self._alpha)

    def trend(self, period: int = 1) -> pd.DataFrame:
        """One period's retention from cohort to cohort.

        Returns
        -------
        DataFrame
            A row a cohort in which the period was observed: `cohort`, `returned`, `size`, `rate`, `low`, `high`,
            `interval`, `partial`.
        """
        first, _ = self._span(period)
        here = self.cells[(self.cells["period"] == first) & self.cells["observed"]]
        named = ["cohort", "returned", "size", "rate", "low", "high", "interval", "partial"]
        return here[named].reset_index(drop=True)

    def breakdown(self, by: str, period: int = 1, top: int = 10) -> pd.DataFrame:
        """One period's retention by a property of the start event, pooled over eligible cohorts.

        Returns
        -------
        DataFrame
            `value`, `kind` ("value", "other", "missing", "total"), `period`, `label`, `cohorts`, `returned` of `of`,
            `rate`, `low`, `high`, `interval`. Every unit is in one row, that of its own start event.

        Raises
        ------
        LogError
            If the log has no such property.
        """
        first, last = self._span(period)
        whole = self._grid[(self._grid["first_period"] == first) & self._grid["whole"]]
        return cohort_compare.breakdown(self.log, self.cohorts, whole, by, first, last, top, self._alpha)

    def compare(self, by: str, period: int = 1, reference: str = "rest", top: int = 10) -> pd.DataFrame:
        """Each value of a property of the start event against the others, or against one value.

        Returns
        -------
        DataFrame
            The columns of `breakdown`, `reference` with its `reference_returned` of `reference_of` and
            `reference_rate`, `difference` with `low` and `high` (Newcombe, at 1 - alpha/m for m comparisons), `p`,
            `p_holm`, `differs`.

        Raises
        ------
        SpecError
            If `reference` is neither `"rest"` nor a value.
        """
        return cohort_compare.compare(self.breakdown(by, period, top), by, reference, self._alpha)

    def compare_previous(self, cohorts: int = 1) -> pd.DataFrame:
        """For each period the latest cohorts that were wholly seen against as many before them.

        Returns
        -------
        DataFrame
            A row a period: `period`, `label`, `cohort` and `reference_cohort` (the first of each side), `returned` of
            `of` with `rate`, the same of the reference, `difference`, `low`, `high`, `p`, `p_holm`, `differs`.
        """
        starts = periods.starts(self._grid["number"], self.cohorts.by, self.log.week_start)
        return cohort_compare.previous(self.cohorts, self._grid, starts, cohorts, self._alpha)

    def _span(self, period: int) -> Bracket:
        """The cell that begins with a period."""
        found = {first: (first, last) for first, last in self.cohorts.spans}
        if period not in found:
            known = ", ".join(map(str, found))
            raise SpecError(f"period={period!r} is not counted; these are: {known}.")
        return found[period]

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What to know before these numbers are believed."""
        said = []
        began = periods.number([start_day(self.log)], self.cohorts.by, self.log.week_start)[0]
        if int(self._grid["number"].min()) == began and len(self.sizes) > 1:
            said.append(t("retention.warning.first_cohort", cohort=_day(self.sizes["cohort"].iloc[0])))
        later = self.cells[(self.cells["period"] > 0) & self.cells["returned"].notna()]
        if len(later) and not later["returned"].any():
            said.append(t("retention.warning.nobody", events=", ".join(self.cohorts.back)))
        if self.cohorts.mode == "unbounded":
            said.append(t("retention.warning.unbounded"))
        return tuple(said)

    @property
    def how(self) -> str:
        """How it was computed, and where."""
        return t("retention.how", engine=self.log.backend.name)

    @property
    def verdict(self) -> str:
        """The pooled share of the first period in a sentence, and that of the last one seen."""
        found = self.curve()
        seen = found[(found["period"] > 0) & (found["of"] > 0)]
        everybody = int(self.sizes["size"].sum())
        several = "one" if len(self.sizes) == 1 else "many"
        facts = {"units": f"{everybody:,}", "cohorts": t(f"retention.cohorts.{several}", cohorts=len(self.sizes))}
        if seen.empty:
            return t("retention.verdict.young", **facts)
        said = t("retention.verdict.pooled", **facts, **_words(seen.iloc[0]))
        if len(seen) > 1:
            said += " " + t("retention.verdict.last", **_words(seen.iloc[-1]))
        return said

    def to_frame(self) -> pd.DataFrame:
        """The cells, as a copy of your own."""
        return self.cells.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the cells as CSV, formulas defused; `export.to_csv` takes any of the tables."""
        from funnel_utils.export import to_csv

        return to_csv(self.cells, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the cells as Parquet; `export.to_parquet` takes any of the tables."""
        from funnel_utils.export import to_parquet

        return to_parquet(self.cells, path)

    def plot(self, kind: str = "heat", **options: Any) -> Figure:
        """Draw it: `"heat"` (the triangle), `"curve"` or `"trend"`; `options` go to the method.

        Raises
        ------
        SpecError
            For another kind.
        """
        from funnel_utils import charts

        if kind == "heat":
            return charts.cohorts_chart(self, **options)
        if kind == "curve":
            return charts.retention_curve_chart(self, **options)
        if kind == "trend":
            return charts.retention_trend_chart(self, **options)
        raise SpecError(f"plot(kind={kind!r}) is not one of 'heat', 'curve', 'trend'.")

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import cohorts_html

        return cohorts_html(self)

    def __repr__(self) -> str:
        return f"CohortsResult of {self.cohorts!r}: {self.verdict}"


def _words(row: Any) -> dict[str, str]:
    shares = {name: f"{row[name]:.1%}" for name in ("rate", "low", "high")}
    counts = {name: f"{int(row[name]):,}" for name in ("returned", "of")}
    return {"label": row["label"], "cohorts_seen": f"{int(row['cohorts']):,}", **shares, **counts}


def _day(moment: pd.Timestamp) -> str:
    return moment.strftime("%Y-%m-%d")
