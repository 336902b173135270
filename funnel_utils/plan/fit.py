"""Fit a channel's response curve to its months of spend and results, and say how little or much they tell.

Results are counts whose variance is `dispersion` times their mean (quasi-Poisson). Given the curve's shape (`half`,
`slope`), the best `top` is results / sum of exposed shares, in closed form; so the fit is a search over the shape
alone, and what the months say of `top` around it is a gamma distribution. The interval of a parameter is its profile:
all values at which the best fit of the others is not worse than an F(1, n - p) quantile times the dispersion allows.

Spends that were all alike say nothing of the bend. The interval of `half`, and often that of `top`, is then open to one
side, with an end of 0 or infinity, and no standard error would have said so. Draws for a Monte Carlo come from the same
profile, limited to shapes with `half` from 1/100 of the smallest to 100 times the largest spend.

Not modelled: effects of this month's spend on later months (carry-over), and of one channel on another's results.

References
----------
McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models. Chapman and Hall, chapter 9 (quasi-likelihood).
Bates, D. M., Watts, D. G. (1988). Nonlinear Regression Analysis and Its Applications. Wiley, chapter 6 (profiles).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from funnel_utils.errors import SpecError
from funnel_utils.plan.response import Response, share_of_top

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

#: Fewer months with spend than this are refused: three numbers (top, half, dispersion) are estimated from them.
FEWEST = 6
_STEPS, _SLOPES = 241, 25
_FINE, _NEAR = 801, 4.0
_STEEPEST = 4.0


@dataclass(frozen=True, eq=False)
class FittedResponse:
    """A response curve with what the months say of its uncertainty.

    Attributes
    ----------
    name : str
        The channel.
    response : Response
        The best fit.
    dispersion : float
        Variance of a period's results over their mean, at least 1.
    months : DataFrame
        What was fitted: `spend`, `results`, `exposure`.
    level : float
        Confidence of the intervals.
    s_shaped : bool
        Whether the slope was fitted too.
    """

    name: str
    response: Response
    dispersion: float
    months: pd.DataFrame
    level: float = 0.95
    s_shaped: bool = False
    _grid: _Grid | None = field(default=None, repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """`parameter`, `estimate`, `low`, `high`: profile intervals; an end of 0 or infinity says "not known"."""
        grid = self._profile
        rows = [
            {"parameter": "top", "estimate": self.response.top, **grid.top_interval(self.level)},
            {"parameter": "half", "estimate": self.response.half, **grid.half_interval(self.level)},
        ]
        if self.s_shaped:
            rows.append({"parameter": "slope", "estimate": self.response.slope, **grid.slope_interval(self.level)})
        return pd.DataFrame(rows)

    @property
    def identified(self) -> bool:
        """Whether both ends of the interval of `half` are known: whether the months show where the curve bends."""
        ends = self._profile.half_interval(self.level)
        return ends["low"] > 0 and math.isfinite(ends["high"])

    def draws(self, size: int, seed: int = 0) -> pd.DataFrame:
        """`size` curves that fit the months about as well as they should: columns `top`, `half`, `slope`."""
        if size < 1:
            raise SpecError(f"size={size!r}: draw at least one curve.")
        return self._profile.draw(size, np.random.default_rng(seed))

    def curve(self, spend: ArrayLike, size: int = 2000, seed: int = 0) -> pd.DataFrame:
        """`spend`, `results` (best fit), `low`, `high` (of the mean, at `level`) at each spend."""
        x = np.atleast_1d(np.asarray(spend, dtype=np.float64))
        drawn = self.draws(size, seed)
        top, half, slope = (drawn[name].to_numpy()[:, None] for name in ("top", "half", "slope"))
        results = top * share_of_top(x, half, slope)
        tail = (1 - self.level) / 2
        low, high = np.quantile(results, [tail, 1 - tail], axis=0)
        return pd.DataFrame({"spend": x, "results": self.response.at(x), "low": low, "high": high})

    @property
    def verdict(self) -> str:
        """What the fit says, in one sentence."""
        from funnel_utils.plan.words import say_fit

        return say_fit(self)

    def plot(self) -> Figure:
        """The curve, its interval and the months."""
        from funnel_utils.charts.response import response_chart

        return response_chart([self])

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True))

    @cached_property
    def _profile(self) -> _Grid:
        return self._grid or _Grid.of(self.months, self.s_shaped)


def fit_response(
    spend: ArrayLike,
    results: ArrayLike,
    *,
    name: str = "channel",
    exposure: ArrayLike | None = None,
    s_shaped: bool = False,
    level: float = 0.95,
) -> FittedResponse:
    """Fit one channel's response curve.

    Parameters
    ----------
    spend : array-like
        Money spent on the channel in each period, 0 or more.
    results : array-like
        What it brought in the same period: a count of 0 or more.
    name : str
        The channel.
    exposure : array-like, optional
        What multiplies the results of a period for reasons other than spend, such as the season (1 is a normal month).
    s_shaped : bool
        Fit the slope too (1 to 4); otherwise it is 1 and the curve concave.
    level : float
        Confidence of the intervals.

    Raises
    ------
    SpecError
        If there are fewer than 6 periods with spend, they all have the same spend, nothing came of them, a number is
        negative or missing, or results came without spend (they are not the channel's).

    Examples
    --------
    >>> spend = [5, 10, 20, 40, 80, 160, 15, 60]
    >>> results = [150, 210, 420, 630, 790, 930, 300, 720]
    >>> found = fit_response(spend, results, name="search")
    >>> found.table.round(0).to_dict("records")[1]["estimate"]
    39.0
    """
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} must lie between 0 and 1, such as 0.95.")
    months = _months(name, spend, results, exposure)
    grid = _Grid.of(months, s_shaped)
    return FittedResponse(name, grid.best, grid.dispersion, months, level, s_shaped, grid)


def fit_responses(
    months: pd.DataFrame,
    *,
    by: str = "channel",
    spend: str = "spend",
    results: str = "visits",
    exposure: str | None = None,
    s_shaped: bool = False,
    level: float = 0.95,
) -> dict[str, FittedResponse]:
    """Fit every channel of a table with a row per period and channel.

    Parameters
    ----------
    months : DataFrame
    by, spend, results : str
        Its columns: the channel, money spent, and what it brought.
    exposure : str, optional
        The column of the season's index.
    s_shaped, level
        As in `fit_response`.

    Returns
    -------
    dict of str to FittedResponse
        By channel, in order of first appearance.

    Examples
    --------
    >>> from funnel_utils.synthetic.months import draw_months
    >>> found = fit_responses(draw_months(), exposure="season")
    >>> found["paid_search"].name
    'paid_search'
    """
    wanted = [by, spend, results, *([exposure] if exposure else [])]
    missing = [name for name in wanted if name not in months.columns]
    if missing:
        raise SpecError(f"months has no column {missing[0]!r}; it has {', '.join(map(str, months.columns))}.")
    if months[by].isna().any():
        raise SpecError(
            f"months: {int(months[by].isna().sum())} rows have no {by}; a curve belongs to a named channel."
        )
    found = {}
    for name, rows in months.groupby(by, sort=False):
        extra = {"exposure": rows[exposure]} if exposure else {}
        found[str(name)] = fit_response(
            rows[spend], rows[results], name=str(name), s_shaped=s_shaped, level=level, **extra
        )
    return found


def _months(name: str, spend: ArrayLike, results: ArrayLike, exposure: ArrayLike | None) -> pd.DataFrame:
    columns: dict[str, Any] = {"spend": spend, "results": results}
    columns["exposure"] = np.ones(np.shape(spend)) if exposure is None else exposure
    try:
        arrays = {key: np.asarray(values, dtype=np.float64) for key, values in columns.items()}
    except (TypeError, ValueError) as error:
        raise SpecError(f"{name}: spend, results and exposure must be numbers ({error}).") from None
    lengths = {key: array.shape for key, array in arrays.items()}
    if len(set(lengths.values())) > 1 or arrays["spend"].ndim != 1:
        raise SpecError(f"{name}: spend, results and exposure need one number each per period; found {lengths}.")
    for key, array in arrays.items():
        wrong = ~np.isfinite(array) | (array < 0) | ((array == 0) & (key == "exposure"))
        if wrong.any():
            where = int(np.flatnonzero(wrong)[0])
            least = "above 0" if key == "exposure" else "of 0 or more"
            raise SpecError(f"{name}: {key} of period {where} is {array[where]:g}; give a number {least}.")
    _check_telling(name, arrays["spend"], arrays["results"])
    return pd.DataFrame(arrays)


def _check_telling(name: str, spend: Floats, results: Floats) -> None:
    paid = spend > 0
    if (results[~paid] > 0).any():
        raise SpecError(
            f"{name}: {results[~paid].sum():g} results came in periods without spend, so they are not what spend "
            "brought. Leave them out, or count them apart as unpaid."
        )
    if paid.sum() < FEWEST:
        raise SpecError(f"{name}: {int(paid.sum())} periods with spend are too few; a curve needs {FEWEST}.")
    if len(set(spend[paid])) < 3:
        raise SpecError(
            f"{name}: all periods have {' or '.join(f'{x:g}' for x in sorted(set(spend[paid])))} as their spend. A "
            "curve needs at least three levels of spend: vary it, then fit."
        )
    if results.sum() == 0:
        raise SpecError(f"{name}: nothing came of any spend; there is no response to fit.")


@dataclass(frozen=True, eq=False)
class _Grid:
    """The deviance of every shape, with `top` at its best: rows are `half`, columns `slope`."""

    half: Floats
    slope: Floats
    deviance: Floats
    exposed: Floats
    total: float
    best: Response
    lowest: float
    dispersion: float
    freedom: int

    @classmethod
    def of(cls, months: pd.DataFrame, s_shaped: bool) -> _Grid:
        rows = months[months["spend"] > 0]
        x, y, e = (rows[name].to_numpy(np.float64) for name in ("spend", "results", "exposure"))
        coarse = np.geomspace(x.min() / 100, x.max() * 100, _STEPS)
        slope = np.linspace(1.0, _STEEPEST, _SLOPES) if s_shaped else np.ones(1)
        best, lowest = _best(x, y, e, coarse, slope, _shapes(x, y, e, coarse, slope)[0])
        # For a given `top` only a narrow range of `half` fits, far narrower than what fits for any `top`: without the
        # fine steps around the best fit the profile of `top` falls between the coarse ones and comes out too narrow.
        fine = best.half * np.geomspace(1 / _NEAR, _NEAR, _FINE)
        half = np.unique(np.concatenate([coarse, fine[(fine > coarse[0]) & (fine < coarse[-1])]]))
        deviance, exposed = _shapes(x, y, e, half, slope)
        freedom = len(x) - (3 if s_shaped else 2)
        mean = best.at(x) * e
        dispersion = max(1.0, float(((y - mean) ** 2 / mean).sum() / freedom))
        return cls(half, slope, deviance, exposed, float(y.sum()), best, lowest, dispersion, freedom)

    def half_interval(self, level: float) -> dict[str, float]:
        return _ends(self.half, self.deviance.min(axis=1), self._limit(level), self.best.half)

    def slope_interval(self, level: float) -> dict[str, float]:
        limit, profile = self._limit(level), self.deviance.min(axis=0)
        inside = np.append(self.slope[profile <= limit], self.best.slope)
        return {"low": float(inside.min()), "high": float(inside.max()) if inside.max() < _STEEPEST else math.inf}

    def top_interval(self, level: float) -> dict[str, float]:
        """Profile of `top`: for each value of it the best shape, by the closed form around each shape's own best."""
        own = self.total / self.exposed
        # Around the best fit finely; further out, to where only the straight line's end of the grid lies, coarsely.
        near = np.geomspace(self.best.top / 4, self.best.top * 4, 501)
        tops = np.unique(np.concatenate([near, np.geomspace(own.min() / 2, own.max() / 2, 401), [self.best.top]]))
        profile = np.full(len(tops), np.inf)
        for k in range(self.exposed.shape[1]):
            g, d = self.exposed[:, k, None], self.deviance[:, k, None]
            worse = 2 * (self.total * np.log(self.total / (g * tops)) + g * tops - self.total)
            profile = np.minimum(profile, (d + worse).min(axis=0))
        return _ends(tops, profile, self._limit(level), self.best.top)

    def draw(self, size: int, rng: np.random.Generator) -> pd.DataFrame:
        # The profile read as a t density: its tails allow for the dispersion's own uncertainty.
        gap = (self.deviance - self.lowest) / self.dispersion
        width = np.gradient(np.log(self.half))
        weight = width[:, None] * (1 + np.maximum(gap, 0) / self.freedom) ** (-(self.freedom + 1) / 2)
        cell = rng.choice(weight.size, size=size, p=(weight / weight.sum()).ravel())
        row, column = np.unravel_index(cell, weight.shape)
        # Within a cell of the grid any half is as good.
        half = self.half[row] * np.exp(rng.uniform(-0.5, 0.5, size) * width[row])
        # Near the grid's cells the exposed shares change smoothly: interpolate them at the drawn half.
        exposed = np.empty(size)
        for k in np.unique(column):
            here = column == k
            exposed[here] = np.interp(np.log(half[here]), np.log(self.half), self.exposed[:, k])
        top = rng.gamma(self.total / self.dispersion, self.dispersion / exposed)
        return pd.DataFrame({"top": top, "half": half, "slope": self.slope[column]})

    def _limit(self, level: float) -> float:
        from scipy.stats import f

        return self.lowest + self.dispersion * float(f.ppf(level, 1, self.freedom))


def _shapes(x: Floats, y: Floats, e: Floats, half: Floats, slope: Floats) -> tuple[Floats, Floats]:
    """For every shape: the deviance with `top` at its best, and the sum of the exposed shares."""
    exposed = e * share_of_top(x, half[:, None, None], slope[:, None])
    sums = exposed.sum(axis=2)
    return _deviance(y, y.sum() * exposed / sums[:, :, None]), sums


def _deviance(y: Floats, mean: Floats) -> Floats:
    from scipy.special import xlogy

    return np.asarray(2 * (xlogy(y, y / mean) - (y - mean)).sum(axis=-1))


def _best(x: Floats, y: Floats, e: Floats, half: Floats, slope: Floats, deviance: Floats) -> tuple[Response, float]:
    """The best shape, refined from the best cell of the grid."""
    from scipy.optimize import minimize

    i, k = np.unravel_index(int(deviance.argmin()), deviance.shape)
    free = len(slope) > 1

    def worse(at: Floats) -> float:
        exposed = e * share_of_top(x, np.exp(at[0]), at[1] if free else 1.0)
        return float(_deviance(y, y.sum() * exposed / exposed.sum()))

    bounds = [(math.log(half[0]), math.log(half[-1])), *([(1.0, _STEEPEST)] if free else [])]
    start = [math.log(half[i]), *([slope[k]] if free else [])]
    found = minimize(worse, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-9})
    at = found.x if found.fun <= deviance[i, k] else np.asarray(start)
    steep = float(at[1]) if free else 1.0
    exposed = e * share_of_top(x, np.exp(at[0]), steep)
    best = Response(float(y.sum() / exposed.sum()), float(np.exp(at[0])), steep)
    return best, min(float(found.fun), float(deviance[i, k]))


def _ends(values: Floats, profile: Floats, limit: float, best: float) -> dict[str, float]:
    """Where a profile crosses its limit on either side of the best value; 0 or infinity where it never does."""
    ends = {"low": 0.0, "high": math.inf}
    log = np.log(values)
    for side, order in (("low", np.flatnonzero(values < best)[::-1]), ("high", np.flatnonzero(values > best))):
        beyond = order[profile[order] > limit]
        if not len(beyond):
            continue
        out = int(beyond[0])
        inner = out + 1 if side == "low" else out - 1
        # A straight line between the two points of the grid, at worst from the best value itself.
        gap = profile[out] - profile[inner]
        share = (limit - profile[inner]) / gap if gap > 0 and profile[inner] <= limit else 0.0
        ends[side] = float(np.exp(log[inner] + share * (log[out] - log[inner])))
    return ends
