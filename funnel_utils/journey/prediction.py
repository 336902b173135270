"""How good probabilities are: AUC, Brier score and reliability, from counts.

Everything here takes **how many people had each prediction, and how many of them had the outcome**, so that a test on a
hundred million people is a table of a few thousand rows. AUC asks whether those with the outcome were ranked higher;
the Brier score whether the probabilities were close; reliability whether "20%" happened one time in five.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError

Floats = NDArray[np.float64]


class Estimate(NamedTuple):
    """A number with its 95% interval."""

    value: float
    low: float
    high: float


class Fit(NamedTuple):
    """A fitted logistic curve: the parameters, and their covariance."""

    params: Floats
    covariance: Floats

    def probability(self, x: ArrayLike) -> Floats:
        """The probability at `x`."""
        line = self.params[0] + self.params[1] * np.asarray(x, dtype=np.float64)
        found: Floats = 1 / (1 + np.exp(-np.clip(line, -700, 700)))
        return found

    def interval(self, index: int) -> Estimate:
        """A parameter (0: intercept, 1: slope) with Wald's interval."""
        value, half = float(self.params[index]), 1.959963984540054 * float(np.sqrt(self.covariance[index, index]))
        return Estimate(value, value - half, value + half)


def fit_logistic(x: ArrayLike, people: ArrayLike, happened: ArrayLike) -> Fit:
    """The logistic regression of an outcome on one number, by maximum likelihood.

    Parameters
    ----------
    x : array-like
        The number, each value once or more.
    people, happened : array-like
        How many people had it, and how many of them had the outcome.

    Returns
    -------
    Fit
        `log(p / (1 - p)) = params[0] + params[1] x`.

    Raises
    ------
    LogError
        If there is no such curve: nobody or everybody had the outcome, all people have the same x, or some x separates
        those with it from those without.

    Examples
    --------
    Ten people at 0, of whom 2; ten at 1, of whom 5: log odds of -1.386 and 0.

    >>> fit_logistic([0, 1], [10, 10], [2, 5]).params.round(3)
    array([-1.386,  1.386])
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    values, n, y = _counts(x, people, happened)
    if y.sum() == 0 or y.sum() == n.sum():
        raise LogError(
            f"The outcome happened to {y.sum():,.0f} of {n.sum():,.0f} people; nothing can be learnt from it."
        )
    if np.ptp(values) == 0:
        raise LogError(f"All {n.sum():,.0f} people have the same score ({values[0]:g}), which can tell nobody apart.")
    with_it, without = values[y > 0], values[n > y]
    if with_it.min() >= without.max() or with_it.max() <= without.min():
        raise LogError(
            "One score separates all those with the outcome from all those without, so no curve fits. Is the outcome "
            "itself, or something that always goes with it, among the events that are given points?"
        )
    # In units of its own spread, so that the fit converges whatever the scale of x.
    scale = float(np.sqrt(np.average((values - np.average(values, weights=n)) ** 2, weights=n)))
    design = np.column_stack([np.ones_like(values), values / scale])
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # Two distinct x are met exactly, which statsmodels takes for separation; that was looked at above.
        warnings.filterwarnings("ignore", category=PerfectSeparationWarning)
        fitted = sm.GLM(np.column_stack([y, n - y]), design, family=sm.families.Binomial()).fit(scale=1.0)
    back = np.array([1.0, 1 / scale])
    params = np.asarray(fitted.params, dtype=np.float64) * back
    covariance = np.asarray(fitted.cov_params(), dtype=np.float64) * np.outer(back, back)
    return Fit(params, covariance)


def auc(x: ArrayLike, people: ArrayLike, happened: ArrayLike) -> Estimate:
    """The chance that a random person with the outcome has a higher `x` than one without (ties count half).

    The interval is DeLong's, drawn on the logit so that it stays between 0 and 1; NaN where one of the two groups has
    fewer than two people, or where the ranking has no error at all to estimate from.

    References
    ----------
    DeLong, E. R., DeLong, D. M., Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated
    receiver operating characteristic curves. Biometrics 44, 837-845.

    Examples
    --------
    Of nine pairs eight are in order and one is a tie:

    >>> round(auc([1, 2, 3], [2, 2, 2], [0, 1, 2]).value, 4)
    0.9444
    """
    values, n, y = _counts(x, people, happened)
    order = np.argsort(values, kind="stable")
    _, place = np.unique(values[order], return_inverse=True)
    positive = np.bincount(place, weights=y[order])
    negative = np.bincount(place, weights=(n - y)[order])
    m, k = positive.sum(), negative.sum()
    if m == 0 or k == 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    below = (np.cumsum(negative) - negative / 2) / k  # of those without it, the share below each x
    above = 1 - (np.cumsum(positive) - positive / 2) / m
    value = float((positive * below).sum() / m)
    if m < 2 or k < 2 or value in (0.0, 1.0):
        return Estimate(value, float("nan"), float("nan"))
    spread = (positive * (below - value) ** 2).sum() / (m - 1) / m
    spread += (negative * (above - value) ** 2).sum() / (k - 1) / k
    half = 1.959963984540054 * float(np.sqrt(spread)) / (value * (1 - value))
    middle = np.log(value / (1 - value))
    return Estimate(value, float(1 / (1 + np.exp(half - middle))), float(1 / (1 + np.exp(-half - middle))))


def brier(probability: ArrayLike, people: ArrayLike, happened: ArrayLike) -> float:
    """The mean squared distance between the probability and what happened (1 or 0); lower is better.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly Weather Review 78, 1-3.

    Examples
    --------
    >>> round(brier([0.2, 0.6], [4, 5], [1, 3]), 4)
    0.2178
    """
    p, n, y = _counts(probability, people, happened)
    return float((y * (1 - p) ** 2 + (n - y) * p**2).sum() / n.sum())


def brier_gain(probability: ArrayLike, baseline: float, people: ArrayLike, happened: ArrayLike) -> Estimate:
    """By how much the Brier score is lower than that of saying `baseline` of everybody; the interval is over people."""
    p, n, y = _counts(probability, people, happened)
    with_it = (1 - baseline) ** 2 - (1 - p) ** 2
    without = baseline**2 - p**2
    total = n.sum()
    gain = float((y * with_it + (n - y) * without).sum() / total)
    squares = float((y * (with_it - gain) ** 2 + (n - y) * (without - gain) ** 2).sum() / total**2)
    found = stats.wald(gain, squares, float(total))
    return Estimate(gain, found["low"], found["high"])


def reliability(probability: ArrayLike, people: ArrayLike, happened: ArrayLike, groups: int = 10) -> pd.DataFrame:
    """What was said against what happened, in groups of about equally many people.

    Parameters
    ----------
    probability, people, happened : array-like
    groups : int
        At most so many; people with one prediction stay in one group.

    Returns
    -------
    DataFrame
        By rising probability: `from_probability`, `to_probability`, `people`, `predicted` (mean probability),
        `expected` (their sum), `happened` of `people` with `rate`, `low`, `high`, `interval` (Wilson).
    """
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1:
        raise SpecError(f"reliability(groups={groups!r}): at least one group of people.")
    p, n, y = _counts(probability, people, happened)
    frame = pd.DataFrame({"p": p, "n": n, "y": y}).groupby("p", sort=True).sum().reset_index()
    middle = (frame["n"].cumsum() - frame["n"] / 2) / frame["n"].sum()
    frame["group"] = np.minimum((middle * groups).astype(int), groups - 1)
    frame["expected"] = frame["p"] * frame["n"]
    found = frame.groupby("group").agg(
        from_probability=("p", "min"),
        to_probability=("p", "max"),
        people=("n", "sum"),
        expected=("expected", "sum"),
        happened=("y", "sum"),
    )
    low, high = stats.wilson(found["happened"], found["people"])
    found = found.astype({"people": "int64", "happened": "int64"}).assign(
        predicted=found["expected"] / found["people"],
        rate=stats.rate(found["happened"], found["people"]),
        low=low,
        high=high,
        interval="Wilson",
    )
    names = ["from_probability", "to_probability", "predicted", "expected", "happened", "people", "rate", "low", "high"]
    return found.reset_index(drop=True)[[*names, "interval"]]


def _counts(x: ArrayLike, people: ArrayLike, happened: ArrayLike) -> tuple[Floats, Floats, Floats]:
    values, n, y = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (x, people, happened))
    if not values.shape == n.shape == y.shape or values.size == 0:
        raise SpecError("Predictions, people and outcomes come in equal numbers, at least one.")
    if not (np.isfinite(values).all() and (n > 0).all() and (y >= 0).all() and (y <= n).all()):
        raise SpecError("Predictions are finite, and of more than no people between none and all have the outcome.")
    return values, n, y
