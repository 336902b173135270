"""The ways in which a history may go on: exponential smoothing (statsmodels), and last season's values as a baseline.

All of them are linear in their shocks: the value h periods ahead is a mean plus `sigma` times independent shocks, each
weighted by how long ago it came. So one list of weights gives the standard error of every period ahead, and of sums of
periods, in closed form.

References
----------
Hyndman, R. J., Koehler, A. B., Ord, J. K., Snyder, R. D. (2008). Forecasting with Exponential Smoothing. Springer,
chapter 6 (forecast variance of the linear models).
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NAIVE = "naive"
#: What each form is made of: a trend that levels off, a season that repeats; both are added.
FORMS: dict[str, dict[str, Any]] = {
    "level": {},
    "trend": {"trend": "add", "damped_trend": True},
    "level + season": {"seasonal": "add"},
    "trend + season": {"trend": "add", "damped_trend": True, "seasonal": "add"},
}


@dataclass(frozen=True, eq=False)
class Ahead:
    """What a form says of the periods ahead.

    Attributes
    ----------
    mean : array
    weights : array
        Effect of a shock on the period in which it comes (1), the next one, and so on.
    sigma : float
        Standard deviation of a shock.
    """

    mean: Floats
    weights: Floats
    sigma: float

    @property
    def covariance(self) -> Floats:
        """Covariance matrix of the errors of the periods ahead."""
        n = len(self.mean)
        lag = np.arange(n)[:, None] - np.arange(n)
        spread = np.where(lag >= 0, self.weights[np.clip(lag, 0, None)], 0.0)
        return np.asarray(self.sigma**2 * spread @ spread.T)


def forms(season: int | None) -> list[str]:
    """The names of the forms that may be tried, the baseline first."""
    return [NAIVE, *(name for name, parts in FORMS.items() if season or "seasonal" not in parts)]


def needed(form: str, season: int | None) -> int:
    """The fewest periods that a form can be fitted to."""
    cycle = season or 1
    if form == NAIVE:
        return cycle + 3
    # statsmodels takes its first level from ten values, its first season from two seasons and ten values.
    return max(2 * cycle, 10 + 2 * (cycle // 2)) if "seasonal" in FORMS[form] else 10


def ahead(
    form: str, values: Floats, season: int | None, steps: int, params: Floats | None = None
) -> tuple[Ahead, Floats]:
    """The periods ahead under a form, and its parameters: fitted, or those given."""
    if form == NAIVE:
        return _naive(values, season or 1, steps), np.empty(0)
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    parts = FORMS[form]
    cycle = {"seasonal_periods": season} if "seasonal" in parts else {}
    # Values near 1 keep the search for parameters from stopping early or late, whatever the unit.
    scale = float(np.abs(values).mean()) or 1.0
    model = ETSModel(values / scale, initialization_method="heuristic", **parts, **cycle)
    with warnings.catch_warnings():
        # A search that ends at a border of the parameters is reported as not converged; the backtest judges it.
        warnings.simplefilter("ignore")
        fitted = model.fit(disp=False) if params is None else model.smooth(params)
    shocks = np.zeros((steps, 2))
    shocks[0, 1] = 1.0
    paths = np.asarray(fitted.simulate(steps, anchor="end", repetitions=2, random_errors=shocks)).reshape(steps, 2)
    # The first level, trend and season were taken from the data as well.
    used = len(fitted.params) + 1 + ("trend" in parts) + (season or 0) * ("seasonal" in parts)
    freedom = max(len(values) - used, 3)
    sigma = math.sqrt(float((np.asarray(fitted.resid) ** 2).sum()) / freedom)
    return Ahead(paths[:, 0] * scale, paths[:, 1] - paths[:, 0], sigma * scale), np.asarray(fitted.params)


def _naive(values: Floats, cycle: int, steps: int) -> Ahead:
    """Each period repeats the one a season before."""
    errors = values[cycle:] - values[:-cycle]
    mean = np.resize(values[-cycle:], steps)
    weights = (np.arange(steps) % cycle == 0).astype(np.float64)
    return Ahead(mean, weights, float(np.sqrt((errors**2).mean())))
