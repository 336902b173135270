"""What was found of how long customers stay: curves, what they say at given times, and whether groups differ."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import Duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class SurvivalResult:
    """Times to an end, some of them censored.

    Attributes
    ----------
    counts : DataFrame
        `group`, `time` (in `unit`), `event` (ended; otherwise last seen then), `count`.
    unit : str
        What a time of 1 is.
    step : timedelta, optional
        The same as a duration, where times come from a log.
    by : str, optional
        What the groups are.
    """

    counts: pd.DataFrame
    unit: str
    step: timedelta | None = None
    by: str | None = None
    alpha: float = stats.ALPHA

    @classmethod
    def of_counts(
        cls, counts: pd.DataFrame, *, unit: str, step: timedelta | None = None, by: str | None = None
    ) -> SurvivalResult:
        """From how many units had each `time` and `event`, by `group`."""
        ordered = counts.sort_values(["group", "time", "event"], ignore_index=True)
        return cls(ordered[["group", "time", "event", "count"]], unit, step, by)

    @property
    def groups(self) -> list[str]:
        """The groups, the largest first."""
        sizes = self.counts.groupby("group")["count"].sum()
        return list(sizes.sort_values(ascending=False, kind="stable").index)

    @cached_property
    def _curves(self) -> dict[str, pd.DataFrame]:
        rows = {str(name): part for name, part in self.counts.groupby("group")}
        return {
            name: stats.kaplan_meier(part["time"], part["event"], part["count"], self.alpha)
            for name, part in rows.items()
        }

    @cached_property
    def _longest(self) -> dict[str, float]:
        return {str(name): float(part["time"].max()) for name, part in self.counts.groupby("group")}

    @property
    def curves(self) -> pd.DataFrame:
        """A row a group and event time: `group`, `time`, `at_risk`, `events`, `survival`, `se`, `low`, `high`."""
        parts = [self._curves[name].assign(group=name) for name in self.groups]
        made = pd.concat(parts, ignore_index=True)
        return made[["group", *(name for name in made.columns if name != "group")]]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row a group: `group`, `units`, `ended`, `censored`, `median` (NaN where the curve never comes down to a
        half), `longest` (the longest anybody was observed), `horizon`, `restricted_mean` with `low`, `high` (mean time
        up to the horizon: the longest that every group was observed)."""
        horizon = self._horizon(None)
        rows = []
        for name in self.groups:
            part = self.counts[self.counts["group"] == name]
            ended = float(part.loc[part["event"], "count"].sum())
            units = float(part["count"].sum())
            row: dict[str, Any] = {"group": name, "units": units, "ended": ended, "censored": units - ended}
            row |= {"median": stats.km_quantile(self._curves[name], 0.5), "longest": self._longest[name]}
            rows.append(row | {"horizon": horizon} | self._mean(part, horizon))
        return pd.DataFrame(rows).astype({"units": "int64", "ended": "int64", "censored": "int64"})

    def median(self, group: str | None = None) -> float:
        """The time by which half have ended; NaN where the curve does not come down that far."""
        return stats.km_quantile(self._curves[self._group(group)], 0.5)

    def at(self, times: Iterable[Duration | float]) -> pd.DataFrame:
        """Survival at given times: `group`, `time`, `survival`, `low`, `high`, `at_risk` (observed that long and not
        ended before). Missing beyond the longest observation, unless nobody is left.

        Raises
        ------
        SpecError
            If a time is not in this result's unit.
        """
        wanted = [self._time(value) for value in times]
        parts = []
        for name in self.groups:
            made = stats.survival_at(self._curves[name], wanted)
            part = self.counts[self.counts["group"] == name]
            at_risk = [int(part.loc[part["time"] >= value, "count"].sum()) for value in wanted]
            parts.append(self._known(made, name).assign(group=name, at_risk=at_risk))
        made = pd.concat(parts, ignore_index=True)
        return made[["group", "time", "survival", "low", "high", "at_risk"]]

    def conditional(self, after: Duration | float, times: Iterable[Duration | float]) -> pd.DataFrame:
        """Survival of those still there at `after`, at later times (counted from the start): `group`, `after`, `time`,
        `survival`, `low`, `high`."""
        begun, wanted = self._time(after), [self._time(value) for value in times]
        parts = []
        for name in self.groups:
            made = stats.conditional_survival(self._curves[name], begun, wanted, self.alpha)
            parts.append(self._known(made, name).assign(group=name, after=begun))
        made = pd.concat(parts, ignore_index=True)
        return made[["group", "after", "time", "survival", "low", "high"]]

    def restricted_mean(self, horizon: Duration | float | None = None) -> pd.DataFrame:
        """Mean time up to a horizon (by default the longest that every group was observed): `group`, `horizon`,
        `restricted_mean`, `low`, `high`.

        Raises
        ------
        SpecError
            If a group was not observed that long.
        """
        end = self._horizon(horizon)
        rows = []
        for name in self.groups:
            part = self.counts[self.counts["group"] == name]
            rows.append({"group": name, "horizon": end} | self._mean(part, end))
        return pd.DataFrame(rows)

    def log_rank(self) -> stats.LogRank:
        """Whether the groups have the same curve; see `stats.log_rank`.

        Raises
        ------
        SpecError
            If there is only one group.
        """
        if len(self.groups) < 2:
            raise SpecError("log_rank compares groups, and there is one; ask for them with by='…'.")
        return stats.log_rank(self.counts["time"], self.counts["event"], self.counts["group"], self.counts["count"])

    def _mean(self, part: pd.DataFrame, horizon: float) -> dict[str, float]:
        if not horizon > 0:
            return {"restricted_mean": np.nan, "low": np.nan, "high": np.nan}
        found = stats.restricted_mean(part["time"], part["event"], part["count"], horizon=horizon, alpha=self.alpha)
        return {"restricted_mean": found.estimate, "low": found.low, "high": found.high}

    def _horizon(self, horizon: Duration | float | None) -> float:
        return min(self._longest.values()) if horizon is None else self._time(horizon)

    def _known(self, made: pd.DataFrame, group: str) -> pd.DataFrame:
        """Survival beyond the longest observation is unknown, unless it is 0 already."""
        curve = self._curves[group]
        ended = len(curve) > 0 and curve["survival"].iloc[-1] <= 0
        unknown = (made["time"] > self._longest[group]) & (not ended)
        made.loc[unknown, ["survival", "low", "high"]] = np.nan
        return made

    def _time(self, value: Duration | float) -> float:
        """A time in this result's unit: a duration, or a number where the unit is only a word."""
        if isinstance(value, str | timedelta):
            if self.step is None:
                raise SpecError(f"{value!r}: times of this table are numbers of {self.unit}.")
            return parse_duration(value, "time") / self.step
        if self.step is not None:
            raise SpecError(f"{value!r} is a bare number; write a duration such as '90d'.")
        return float(value)

    def _group(self, group: str | None) -> str:
        if group is None and len(self.groups) == 1:
            return self.groups[0]
        if group not in self._curves:
            raise SpecError(f"group={group!r} is not one of {', '.join(map(repr, self.groups))}.")
        return group

    @property
    def verdict(self) -> str:
        """How long they stay, in a sentence."""
        said = []
        for row in self.summary.head(3).to_dict("records"):
            facts = {"units": f"{row['units']:,}", "ended": f"{row['ended']:,}", "unit": self.unit}
            facts["group"] = "" if self.by is None else f"{row['group']}: "
            if np.isnan(row["median"]):
                said.append(t("retention.verdict.no_median", longest=f"{row['longest']:g}", **facts))
            else:
                said.append(t("retention.verdict.median", median=f"{row['median']:g}", **facts))
        if len(self.groups) > 1:
            test = self.log_rank()
            if not np.isnan(test.p):
                said.append(t("retention.verdict.log_rank", statistic=f"{test.statistic:.2f}", p=_p(test.p)))
        return " ".join(said)

    def to_frame(self) -> pd.DataFrame:
        """The curves, as a copy of your own."""
        return self.curves.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the curves as CSV, formulas defused."""
        from funnel_utils.export import to_csv

        return to_csv(self.curves, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the curves as Parquet."""
        from funnel_utils.export import to_parquet

        return to_parquet(self.curves, path)

    def plot(self) -> Figure:
        """Draw the curves."""
        from funnel_utils import charts

        return charts.survival_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        names = ["group", "units", "ended", "censored", "median", "horizon", "restricted_mean", "low", "high"]
        shown = self.summary[names].rename(columns={name: t(f"retention.column.{name}") for name in names})
        return html(self.verdict, t("retention.survival_caption", unit=self.unit), shown)

    def __repr__(self) -> str:
        return f"SurvivalResult: {self.verdict}"


def _p(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else f"= {value:.4f}"
