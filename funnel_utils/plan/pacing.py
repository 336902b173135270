"""Pacing: what was reached so far against the plan of a period, and where the period ends at this pace.

The plan of a period spreads its target over its days or weeks, evenly or by weights. What is still to come is
forecast from the whole history, where that is long enough; otherwise by the mean and the spread of the period's own
days so far, which knows nothing of weekends or growth, and says so (`method`). A target is reached or not at the
period's end, so the chance is that of the forecast's normal distribution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.events import calendar
from funnel_utils.plan.forecast import LEVEL, Forecast, TooShort, forecast
from funnel_utils.plan.history import History
from funnel_utils.plan.response import check_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Days or weeks of the period that a pace by their mean needs.
FEWEST = 3


@dataclass(frozen=True, eq=False)
class Pace:
    """A period on its way.

    Attributes
    ----------
    metric : str
    target : float
    table : DataFrame
        A row per day (or week, month) of the period: `period`; `plan`, `plan_so_far` (cumulative); `actual`,
        `actual_so_far` (missing where still to come); `mean`, `low`, `high`: the cumulative forecast (missing where
        past).
    ending : dict
        `mean`, `se`, `low`, `high` (80%) of the period's total.
    chance : float
        That the target is reached.
    method : {"forecast", "mean so far", "complete"}
    """

    metric: str
    target: float
    table: pd.DataFrame
    ending: dict[str, float]
    chance: float
    method: str

    @property
    def done(self) -> float:
        """What was reached so far."""
        return float(self.table["actual"].sum())

    @property
    def planned(self) -> float:
        """What the plan had for the part that is past."""
        return float(self.table.loc[self.table["actual"].notna(), "plan"].sum())

    @property
    def ahead(self) -> float:
        """By how much it is ahead of the plan; negative if behind."""
        return self.done - self.planned

    @property
    def needed(self) -> float:
        """What each of the remaining days (weeks, months) must bring; 0 if it is reached, NaN if none is left."""
        left = int(self.table["actual"].isna().sum())
        return max(self.target - self.done, 0.0) / left if left else math.nan

    @property
    def verdict(self) -> str:
        """How it stands, in plain words."""
        from funnel_utils.plan.words import say_pace

        return say_pace(self)

    def plot(self) -> Figure:
        """What was reached, planned and is forecast, cumulative."""
        from funnel_utils.charts.pacing import pace_chart

        return pace_chart(self)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True))


def pace(
    history: History,
    target: float,
    *,
    start: Any,
    end: Any,
    weights: Sequence[float] | None = None,
    season: int | None = None,
) -> Pace:
    """How a period stands.

    Parameters
    ----------
    history : History
        By day, week or month, up to now; what lies before `start` helps the forecast.
    target : float
        For the whole period, in the unit of the metric, which must add up.
    start, end : date
        First and last day of the period.
    weights : sequence of float, optional
        How the plan spreads over the period's days (weeks, months); evenly by default.
    season : int, optional
        As for `forecast`.

    Raises
    ------
    SpecError
        If the metric does not add up, the period has not begun, the dates are no whole days (weeks, months) of the
        history, or too little of it has passed to say anything (3, where the history cannot be forecast).

    Examples
    --------
    >>> days = pd.date_range("2026-04-01", periods=10)
    >>> so_far = History("sales", pd.DataFrame({"period": days, "value": [9, 11, 10, 8, 12, 9, 11, 10, 10, 10]}), "day")
    >>> found = pace(so_far, 330, start="2026-04-01", end="2026-04-30")
    >>> found.done, round(found.planned), round(found.ending["mean"]), round(found.needed, 1), found.method
    (100.0, 110, 300, 11.5, 'mean so far')
    """
    check_number("target", target, above=True)
    if not history.adds_up:
        raise SpecError(f"{history.metric} is a {history.kind}; only what adds up over a period can be paced.")
    periods = _periods(history, start, end)
    table = _plan(periods, target, weights)
    known = history.table.set_index("period")["value"].reindex(periods)
    table["actual"] = known.to_numpy()
    table["actual_so_far"] = table["actual"].cumsum()
    left = int(table["actual"].isna().sum())
    if left == len(table):
        raise SpecError(f"{history.metric}: the history ends before {periods[0]:%Y-%m-%d}; the period has not begun.")
    done = float(known.sum())
    means, covariance, method = _to_come(history, known.dropna().to_numpy(float), periods, left, season)
    se = np.sqrt(np.array([covariance[:k, :k].sum() for k in range(1, left + 1)]))
    return _finished(history, target, table, done, done + np.cumsum(means), se, method)


def _periods(history: History, start: Any, end: Any) -> pd.DatetimeIndex:
    try:
        first, last = (pd.Timestamp(day).normalize() for day in (start, end))
    except (ValueError, TypeError):
        raise SpecError(f"start={start!r}, end={end!r}: give two dates, such as '2026-04-01'.") from None
    if not last >= first:
        raise SpecError(f"end={last:%Y-%m-%d} is before start={first:%Y-%m-%d}.")
    periods = calendar.every_start(first, last, history.by).as_unit("us")
    # Two histories may begin their weeks on different days: the period must fit into this one's.
    whole = calendar.every_start(history.table["period"].iloc[0], max(last, history.next_period), history.by)
    if not set(periods) <= set(whole):
        raise SpecError(
            f"start={first:%Y-%m-%d} is not the first day of a {history.by} of the history, or lies before it; its "
            f"{history.by}s begin at {history.table['period'].iloc[0]:%Y-%m-%d}."
        )
    return periods


def _plan(periods: pd.DatetimeIndex, target: float, weights: Sequence[float] | None) -> pd.DataFrame:
    share = np.ones(len(periods)) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(share) != len(periods) or not (share >= 0).all() or not share.sum() > 0:
        raise SpecError(f"weights: give one number of 0 or more for each of the {len(periods)} periods, not all 0.")
    plan = target * share / share.sum()
    return pd.DataFrame({"period": periods, "plan": plan, "plan_so_far": plan.cumsum()})


def _to_come(
    history: History, so_far: np.ndarray[Any, Any], periods: pd.DatetimeIndex, left: int, season: int | None
) -> tuple[Any, Any, str]:
    """Means and covariance of what is still to come, and how they were found."""
    if not left:
        return np.empty(0), np.empty((0, 0)), "complete"
    try:
        found: Forecast = forecast(history, until=periods[-1], season=season)
        return found.table["mean"].to_numpy(float), found.covariance * found.sums**2, "forecast"
    except TooShort as error:
        if len(so_far) < FEWEST:
            raise TooShort(f"{error} And {len(so_far)} {history.by}s of this period are too few for a mean.") from None
    spread = float(so_far.var(ddof=1))
    # Each day varies by itself, and the mean that all of them share is known only from the days so far.
    covariance = np.eye(left) * spread + spread / len(so_far)
    return np.full(left, so_far.mean()), covariance, "mean so far"


def _finished(
    history: History, target: float, table: pd.DataFrame, done: float, means: Any, se: Any, method: str
) -> Pace:
    from scipy.stats import norm

    half = float(norm.ppf((1 + LEVEL) / 2)) * se
    n = len(table) - len(means)
    for name, values in (("mean", means), ("low", np.maximum(means - half, done)), ("high", means + half)):
        # A count or a sale cannot be undone: what was reached stays reached.
        shown = values if history.kind == "count" or name != "low" else means - half
        table[name] = np.concatenate([np.full(n, np.nan), shown])
    if not len(means):
        ending = {"mean": done, "se": 0.0, "low": done, "high": done}
        return Pace(history.metric, target, table, ending, float(done >= target), method)
    ending = {"se": float(se[-1])} | {name: float(table[name].iloc[-1]) for name in ("mean", "low", "high")}
    if ending["se"] == 0:
        return Pace(history.metric, target, table, ending, float(ending["mean"] >= target), method)
    chance = float(norm.sf((target - ending["mean"]) / ending["se"]))
    return Pace(history.metric, target, table, ending, chance, method)
