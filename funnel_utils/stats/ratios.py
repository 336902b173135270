"""Ratios of totals over independent units, estimates with influence values, and odds ratios."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import ALPHA, Floats, critical, floats
from funnel_utils.stats.intervals import rate, two_proportions, wilson


class Ratio(NamedTuple):
    """A ratio of two totals with its interval and standard error, one per element."""

    estimate: Floats
    low: Floats
    high: Floats
    se: Floats


def ratio_delta(
    sum_y: ArrayLike,
    sum_x: ArrayLike,
    sum_yy: ArrayLike,
    sum_xy: ArrayLike,
    sum_xx: ArrayLike,
    clusters: ArrayLike,
    alpha: float = ALPHA,
    *,
    proportion: bool = True,
) -> Ratio:
    """The ratio of two totals over independent units (persons), by the delta method, from sums over those units.

    With `y` and `x` a unit's numerator and denominator, `R = sum(y) / sum(x)` and
    `var(R) = n / (n - 1) * sum((y - R x)^2) / sum(x)^2`, so that rows which repeat per person do not pretend to be
    independent.

    Parameters
    ----------
    sum_y, sum_x, sum_yy, sum_xy, sum_xx : array-like
        Sums over units of y, x, y^2, x*y and x^2.
    clusters : array-like
        Number of units with a non-zero `x`. Below 2, the bounds are NaN: one unit says nothing about variation.
    alpha : float
        1 - confidence.
    proportion : bool
        `y <= x` in every unit. The bounds are then cut at 0 and 1; and where the ratio is exactly 0 or 1, of which the
        delta method would claim to be certain, Wilson's interval over the units (as if each had one row) is returned.

    References
    ----------
    Deng, A., Knoblich, U., Lu, J. (2018). Applying the delta method in metric analytics. KDD 2018, section 2.

    Examples
    --------
    Two people with 1 of 2 and one with 0 of 1:

    >>> found = ratio_delta(2, 5, 2, 4, 9, 3)
    >>> f"{found.estimate[0]:.2f} {found.se[0]:.4f}"
    '0.40 0.1200'
    """
    y, x, yy, xy, xx, n = floats(sum_y, sum_x, sum_yy, sum_xy, sum_xx, clusters)
    estimate = rate(y, x)
    squares = np.maximum(yy - 2 * estimate * xy + estimate**2 * xx, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(n > 1, np.sqrt(n / (n - 1) * squares) / x, np.nan)
    half = critical(alpha) * se
    low, high = estimate - half, estimate + half
    if proportion:
        low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
        certain = (n > 1) & ((y == 0) | (y == x)) & (x > 0)
        whole = wilson(np.where(y == 0, 0.0, n), n, alpha)
        low, high = np.where(certain, whole.low, low), np.where(certain, whole.high, high)
    return Ratio(estimate, low, high, se)


def wald(estimate: float, squares: float, clusters: float, alpha: float = ALPHA) -> dict[str, float]:
    """Normal interval and two-sided p-value (that it is zero) of an estimate, from its influence values.

    Parameters
    ----------
    estimate : float
        Such as a difference of two ratios.
    squares : float
        Sum over independent units of the squared influence on the estimate.
    clusters : float
        Number of units. Below 2, or without any variation, the bounds and the p-value are NaN: nothing is known of it.
    alpha : float
        1 - confidence.

    Returns
    -------
    dict
        `low`, `high`, `p`.

    Examples
    --------
    >>> found = wald(0.1, 0.0024, 100)
    >>> f"{found['low']:.3f} {found['high']:.3f} {found['p']:.3f}"
    '0.003 0.197 0.042'
    """
    from scipy.stats import norm

    if clusters < 2 or squares <= 0:
        return {"low": float("nan"), "high": float("nan"), "p": float("nan")}
    se = float(np.sqrt(clusters / (clusters - 1) * squares))
    half = critical(alpha) * se
    return {"low": estimate - half, "high": estimate + half, "p": float(2 * norm.sf(abs(estimate) / se))}


class Odds(NamedTuple):
    """Odds ratios with their intervals and two-sided p-values."""

    ratio: Floats
    low: Floats
    high: Floats
    p: Floats


def odds_ratio(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, alpha: float = ALPHA) -> Odds:
    """The odds ratio `(a d) / (b c)` of 2x2 tables, with Woolf's log interval.

    Parameters
    ----------
    a, b : array-like
        With the trait: converted, not converted.
    c, d : array-like
        Without it: converted, not converted.
    alpha : float
        1 - confidence.

    Returns
    -------
    Odds
        `p` is the score test's. Where any of the four cells is zero, 1/2 is added to all four (Haldane, Anscombe) for
        ratio and bounds. NaN where a row or a column of the table is empty: there is then nothing to compare.

    References
    ----------
    Woolf, B. (1955). On estimating the relation between blood group and disease. Annals of Human Genetics 19, 251-253.
    Haldane, J. B. S. (1956). The estimation and significance of the logarithm of a ratio of frequencies. Ibid. 20,
    309-311.

    Examples
    --------
    >>> found = odds_ratio(20, 80, 10, 90)
    >>> f"{found.ratio[0]:.2f} ({found.low[0]:.2f} to {found.high[0]:.2f})"
    '2.25 (0.99 to 5.09)'
    """
    cells = floats(a, b, c, d)
    counts = np.stack(cells)
    if (counts < 0).any():
        raise SpecError(f"a 2x2 table has a negative count: {counts.min():g}.")
    empty = (counts[0] + counts[1] == 0) | (counts[2] + counts[3] == 0)
    empty |= (counts[0] + counts[2] == 0) | (counts[1] + counts[3] == 0)
    shifted = counts + 0.5 * (counts == 0).any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(shifted[0]) + np.log(shifted[3]) - np.log(shifted[1]) - np.log(shifted[2])
        half = critical(alpha) * np.sqrt((1 / shifted).sum(axis=0))
    p = two_proportions(cells[0], cells[0] + cells[1], cells[2], cells[2] + cells[3])
    return Odds(*(np.where(empty, np.nan, v) for v in (np.exp(log), np.exp(log - half), np.exp(log + half), p)))
