"""Where a metric goes by itself, and how far that can be trusted on this business's own history.

Four forms of exponential smoothing and the seasonal-naive baseline forecast the history's own past from each of its
last periods in turn (rolling origin); the parameters are those of the time before the first origin, so no forecast
saw what it forecast. The form with the smallest mean absolute error is taken, the baseline included: a model that
does not beat "as last year" is not used. The intervals are normal, with the form's standard error, widened where the
backtest missed more than it should have (never narrowed), and by what Student's t adds for an error known from so few
origins.

A history that is too short is refused with `TooShort`: it needs 12 periods, and twice as many as are to be forecast. A
season is seen only in a history of two and a third of it.

References
----------
Hyndman, R. J., Koehler, A. B. (2006). Another look at measures of forecast accuracy. International J. of Forecasting
22, 679-688 (MASE). Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International J. of
Forecasting 16, 437-450.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils.errors import SpecError
from funnel_utils.events import calendar
from funnel_utils.plan.history import SEASONS, History
from funnel_utils.plan.response import check_number
from funnel_utils.plan.smoothing import NAIVE, Ahead, ahead, forms, needed
from funnel_utils.stats import wilson

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

FEWEST = 12
ORIGINS = 12
#: With fewer origins than these no season is looked for: its forms could hardly be compared with the others.
SEASONAL_ORIGINS = 4
LEVEL = 0.8


class TooShort(SpecError):
    """The history is too short, or too even, to forecast from."""


@dataclass(frozen=True, eq=False)
class Backtest:
    """How the forecasts of the past came out.

    Attributes
    ----------
    table : DataFrame
        A row per origin and period ahead: `origin` (last period known), `period`, `ahead` (1 is the next), `actual`,
        `mean`, `low`, `high`, `inside`, `baseline` (the seasonal-naive forecast).
    mase, baseline_mase : float
        Mean absolute error over that of "as a season ago" within the part known at each origin. Below 1 is better than
        that naive step was.
    level : float
        What share of the actual values the intervals are meant to hold.
    widened : float
        By what factor the standard errors were widened after this backtest.
    """

    table: pd.DataFrame
    mase: float
    baseline_mase: float
    level: float
    widened: float

    @property
    def coverage(self) -> dict[str, float]:
        """`inside` of `total` with `rate`, and Wilson's `low`, `high`.

        Forecasts from neighbouring origins share their errors, so that interval is too narrow, if anything.
        """
        inside, total = float(self.table["inside"].sum()), float(len(self.table))
        low, high = (float(bound[0]) for bound in wilson(inside, total))
        return {"inside": inside, "total": total, "rate": inside / total, "low": low, "high": high}


@dataclass(frozen=True, eq=False)
class Forecast:
    """The periods ahead.

    Attributes
    ----------
    history : History
    model : str
        The form that was taken; `"naive"` is the baseline.
    season : int or None
        Periods in a season, if one was looked for.
    table : DataFrame
        `period`, `mean`, `se`, `low`, `high` at `level`. Bounds are cut where the metric cannot go; `se` is not.
    covariance : array
        Of the periods' errors.
    level : float
    backtest : Backtest
    sums : float
        By what further factor the standard errors of sums are wider than `covariance` says: a forecast that is a little
        too low in every period is far too low in their sum, which the backtest shows and a single period does not.
    """

    history: History
    model: str
    season: int | None
    table: pd.DataFrame
    covariance: Floats
    level: float
    backtest: Backtest
    sums: float = 1.0

    def at(self, day: Any) -> dict[str, Any]:
        """The row of the period that holds `day`."""
        day = pd.Timestamp(day)
        rows = self.table[self.table["period"] <= day]
        if rows.empty or day >= self._end:
            raise SpecError(f"{day:%Y-%m-%d} is not among the periods forecast, {self._span}.")
        return {str(name): value for name, value in rows.iloc[-1].to_dict().items()}

    def total(self, until: Any = None) -> dict[str, float]:
        """`mean`, `se`, `low`, `high` of the sum of the periods ahead, up to the one that holds `until`.

        Raises
        ------
        SpecError
            If the metric is a rate or a mean, which do not add up.
        """
        if not self.history.adds_up:
            raise SpecError(f"{self.history.metric} is a {self.history.kind}; its periods do not add up.")
        n = len(self.table) if until is None else int((self.table["period"] <= pd.Timestamp(until)).sum())
        if n == 0:
            raise SpecError(f"{until} is not among the periods forecast, {self._span}.")
        mean = float(self.table["mean"].iloc[:n].sum())
        se = self.sums * math.sqrt(float(self.covariance[:n, :n].sum()))
        low, high = _bounds(self.history, np.array([mean]), np.array([se]), self.level)
        return {"mean": mean, "se": se, "low": float(low[0]), "high": float(high[0])}

    @property
    def verdict(self) -> str:
        """Where the metric goes by itself, and what the backtest says of that."""
        from funnel_utils.plan.words import say_forecast

        return say_forecast(self)

    def plot(self, target: float | None = None) -> Figure:
        """The history and the forecast with its interval, and a target as a line."""
        from funnel_utils.charts.forecast import forecast_chart

        return forecast_chart(self, target=target)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True))

    @property
    def _end(self) -> pd.Timestamp:
        last = self.history.with_(table=pd.DataFrame({"period": [self.table["period"].iloc[-1]], "value": [0.0]}))
        return last.next_period

    @property
    def _span(self) -> str:
        return f"{self.table['period'].iloc[0]:%Y-%m-%d} to {self.table['period'].iloc[-1]:%Y-%m-%d}"


def forecast(
    history: History,
    *,
    until: Any = None,
    periods: int | None = None,
    level: float = LEVEL,
    season: int | None = None,
) -> Forecast:
    """Forecast a history.

    Parameters
    ----------
    history : History
    until : date, optional
        Up to the period that holds this day; or
    periods : int, optional
        so many periods ahead.
    level : float
        Confidence of the intervals.
    season : int, optional
        Periods in a season; by default 7 days, 52 weeks or 12 months, and none where the history is shorter than 2.33
        of them (or, for a season of few periods, than two of them and some more). 1 says that there is none.

    Raises
    ------
    TooShort
        If the history is shorter than 12 periods or than twice the periods ahead, or never changes.
    SpecError
        If it is not said how far, or the day is not after the history.

    Examples
    --------
    >>> from funnel_utils.synthetic.months import draw_months
    >>> found = forecast(History.of(draw_months(), "sales"), periods=3)
    >>> found.table["period"].dt.strftime("%Y-%m").tolist()
    ['2026-03', '2026-04', '2026-05']
    """
    check_number("level", level, 0.0, 1.0, above=True)
    if (until is None) == (periods is None):
        raise SpecError("forecast: say until when, or how many periods; one of until=, periods=.")
    dates = _dates(history, until, periods)
    _check_length(history, len(dates))
    cycle = _season(history, season)
    model, backtest, sums = _choose(history, cycle, len(dates), level)
    factor = backtest.widened
    found, _ = ahead(model, history.values, cycle, len(dates))
    if not found.sigma > 1e-9 * np.abs(history.values).max():
        raise TooShort(
            f"{history.metric} repeats itself exactly; without any chance in it there is no interval. Are these plans "
            "instead of results?"
        )
    covariance = found.covariance * factor**2
    table = _table(history, dates, found.mean, np.sqrt(np.diag(covariance)), level)
    return Forecast(history, model, cycle, table, covariance, level, backtest, sums)


def _dates(history: History, until: Any, periods: int | None) -> pd.DatetimeIndex:
    if periods is not None:
        if isinstance(periods, bool) or not isinstance(periods, int | np.integer) or periods < 1:
            raise SpecError(f"periods={periods!r} is not a whole number of 1 or more.")
        last = history.next_period
        for _ in range(int(periods) - 1):
            last = calendar.next_start(last, history.by)
        return history.periods_until(last)
    dates = history.periods_until(until)
    if not len(dates):
        raise SpecError(
            f"until={pd.Timestamp(until):%Y-%m-%d} is not after the history, which ends before "
            f"{history.next_period:%Y-%m-%d}."
        )
    return dates


def _check_length(history: History, steps: int) -> None:
    n = len(history)
    if n < FEWEST:
        raise TooShort(f"{history.metric} has {n} whole {history.by}s; a forecast needs at least {FEWEST}.")
    if n < 2 * steps:
        raise TooShort(
            f"{history.metric} has {n} whole {history.by}s and {steps} are to be forecast; look ahead at most half as "
            "far as you look back."
        )
    if np.ptp(history.values) == 0:
        raise TooShort(
            f"{history.metric} was {history.values[0]:g} in every {history.by}; nothing can be learnt from that."
        )


def _season(history: History, season: int | None) -> int | None:
    cycle = SEASONS[history.by] if season is None else season
    if isinstance(cycle, bool) or not isinstance(cycle, int | np.integer) or cycle < 1:
        raise SpecError(f"season={season!r} is not a whole number of periods.")
    enough = max(7 * cycle / 3, needed("level + season", cycle) + SEASONAL_ORIGINS)
    return cycle if cycle > 1 and len(history) >= enough else None


def _choose(history: History, cycle: int | None, steps: int, level: float) -> tuple[str, Backtest, float]:
    """The form with the smallest error in the backtest, its backtest, and how much wider sums must be."""
    y, n = history.values, len(history)
    first = max(n - ORIGINS, needed("level + season" if cycle else "level", cycle))
    tried = {}
    for form in forms(cycle):
        if first >= needed(form, cycle):
            tried[form] = _roll(form, y, cycle, steps, first)
    error = {
        form: np.mean([abs(y[o + h] - mean[h]) for o, h, mean, _ in _pairs(rolled, n)])
        for form, rolled in tried.items()
    }
    model = min(error, key=lambda form: (error[form], form != NAIVE))
    factor, sums = _widening(tried[model], y)
    table = _backtest_table(history, tried[model], tried[NAIVE], level, factor)
    scale = np.mean([np.abs(y[cycle or 1 : o] - y[: o - (cycle or 1)]).mean() for o in tried[model]])
    mase = float(error[model] / scale) if scale > 0 else math.nan
    baseline = float(error[NAIVE] / scale) if scale > 0 else math.nan
    return model, Backtest(table, mase, baseline, level, factor), sums


def _roll(form: str, y: Floats, cycle: int | None, steps: int, first: int) -> dict[int, Ahead]:
    """The forecast from each origin: the first `origin` values are known to it."""
    made = {}
    params = None
    for origin in range(first, len(y)):
        made[origin], params = ahead(form, y[:origin], cycle, min(steps, len(y) - origin), params)
    return made


def _pairs(rolled: dict[int, Ahead], n: int) -> list[tuple[int, int, Floats, Floats]]:
    return [
        (origin, h, found.mean, np.sqrt(np.diag(found.covariance)))
        for origin, found in rolled.items()
        for h in range(min(len(found.mean), n - origin))
    ]


def _widening(rolled: dict[int, Ahead], y: Floats) -> tuple[float, float]:
    """By how much standard errors must grow to be of the size of the backtest's errors, and those of sums further."""
    from scipy.stats import norm, t

    few = float(t.ppf((1 + LEVEL) / 2, len(rolled)) / norm.ppf((1 + LEVEL) / 2))
    each, summed = [0.0], [0.0]
    for origin, found in rolled.items():
        errors = y[origin : origin + len(found.mean)] - found.mean
        covariance = found.covariance
        for k in range(len(errors)):
            if covariance[k, k] > 0:
                each.append(errors[k] ** 2 / covariance[k, k])
                summed.append(errors[: k + 1].sum() ** 2 / covariance[: k + 1, : k + 1].sum())
    single, together = (max(1.0, math.sqrt(sum(scores) / max(len(scores) - 1, 1))) for scores in (each, summed))
    return few * single, max(1.0, together / single)


def _backtest_table(
    history: History, rolled: dict[int, Ahead], naive: dict[int, Ahead], level: float, factor: float
) -> pd.DataFrame:
    y, period = history.values, history.table["period"]
    rows = []
    for o, h, mean, se in _pairs(rolled, len(y)):
        row = {"origin": period[o - 1], "period": period[o + h], "ahead": h + 1, "actual": y[o + h], "mean": mean[h]}
        rows.append(row | {"se": se[h] * factor, "baseline": naive[o].mean[h]})
    table = pd.DataFrame(rows)
    low, high = _bounds(history, table["mean"].to_numpy(), table.pop("se").to_numpy(), level)
    table["low"], table["high"] = low, high
    table["inside"] = table["actual"].between(table["low"], table["high"])
    return table


def _table(history: History, dates: pd.DatetimeIndex, mean: Floats, se: Floats, level: float) -> pd.DataFrame:
    low, high = _bounds(history, mean, se, level)
    return pd.DataFrame({"period": dates, "mean": mean, "se": se, "low": low, "high": high})


def _bounds(history: History, mean: Floats, se: Floats, level: float) -> tuple[Floats, Floats]:
    from scipy.stats import norm

    half = float(norm.ppf((1 + level) / 2)) * se
    low, high = mean - half, mean + half
    if history.kind in ("count", "rate"):
        low = np.maximum(low, 0.0)
    if history.kind == "rate":
        high = np.minimum(high, 1.0)
    return low, high
