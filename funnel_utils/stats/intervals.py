"""Rates and their intervals, differences of two rates, and the test that two rates are equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import ALPHA, Floats, Interval, check_counts, critical, floats


def rate(count: ArrayLike, total: ArrayLike) -> Floats:
    """`count / total`, NaN where the total is zero.

    Examples
    --------
    >>> rate([280, 0], [4000, 0])
    array([0.07,  nan])
    """
    y, n = floats(count, total)
    return np.divide(y, n, out=np.full_like(n, np.nan), where=n > 0)


def wilson(count: ArrayLike, total: ArrayLike, alpha: float = ALPHA) -> Interval:
    """Wilson's score interval for a proportion, where each unit counts once.

    Parameters
    ----------
    count, total : array-like
        Successes and trials, `0 <= count <= total`.
    alpha : float
        1 - confidence.

    Returns
    -------
    Interval
        `low` and `high` between 0 and 1; NaN where `total` is zero.

    Raises
    ------
    SpecError
        If a count is negative or larger than its total.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.

    Examples
    --------
    >>> low, high = wilson(81, 263)
    >>> f"{low[0]:.4f} {high[0]:.4f}"
    '0.2553 0.3662'
    """
    y, n = floats(count, total)
    check_counts(y, n)
    z2 = critical(alpha) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        p = y / n
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    # Rounding can leave a bound 1e-17 on the wrong side of the estimate when the count is 0 or n.
    return Interval(np.clip(middle - half, 0, p), np.clip(middle + half, p, 1))


def poisson(count: ArrayLike, exposure: ArrayLike, alpha: float = ALPHA) -> Interval:
    """The exact interval for a rate per unit of exposure, where the count is Poisson.

    Parameters
    ----------
    count, exposure : array-like
        How often it happened, and over how many units; neither is negative.
    alpha : float
        1 - confidence.

    Returns
    -------
    Interval
        `low` and `high` per unit of exposure; NaN where the exposure is zero.

    Raises
    ------
    SpecError
        If a count or an exposure is negative.

    References
    ----------
    Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28, 437-442.

    Examples
    --------
    >>> low, high = poisson(10, 1)
    >>> f"{low[0]:.3f} {high[0]:.3f}"
    '4.795 18.390'
    """
    from scipy.stats import chi2

    y, n = floats(count, exposure)
    if np.any(y < 0) or np.any(n < 0):
        raise SpecError("poisson: a count and an exposure are 0 or more.")
    critical(alpha)
    low = np.where(y > 0, chi2.ppf(alpha / 2, 2 * y) / 2, 0.0)
    high = chi2.ppf(1 - alpha / 2, 2 * y + 2) / 2
    return Interval(rate(low, n), rate(high, n))


def newcombe(
    count: ArrayLike, total: ArrayLike, other: ArrayLike, other_total: ArrayLike, alpha: float = ALPHA
) -> Interval:
    """Newcombe's hybrid score interval for the difference `count/total - other/other_total` of two independent rates.

    Parameters
    ----------
    count, total, other, other_total : array-like
        Successes and trials of the two groups; each unit counts once and is in one group only.
    alpha : float
        1 - confidence. For m comparisons pass `alpha / m` (Bonferroni): together they then hold at `1 - alpha`.

    Returns
    -------
    Interval
        Bounds of the difference, between -1 and 1; NaN where a total is zero.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> low, high = newcombe(56, 70, 48, 80)
    >>> f"{low[0]:.4f} {high[0]:.4f}"
    '0.0524 0.3339'
    """
    y, n, x, m = floats(count, total, other, other_total)
    check_counts(y, n)
    check_counts(x, m)
    one, two = wilson(y, n, alpha), wilson(x, m, alpha)
    p, q = rate(y, n), rate(x, m)
    low = p - q - np.hypot(p - one.low, two.high - q)
    high = p - q + np.hypot(one.high - p, q - two.low)
    # Rounding can leave a bound 1e-16 beyond what a difference of two rates can be.
    return Interval(np.clip(low, -1, 1), np.clip(high, -1, 1))


def two_proportions(count: ArrayLike, total: ArrayLike, other: ArrayLike, other_total: ArrayLike) -> Floats:
    """Two-sided p-values of the score test (pooled variance, no continuity correction) that two rates are equal.

    The same as Pearson's chi-square on the 2x2 table. NaN where a total is zero; 1 where nobody, or everybody, in both
    groups succeeded: the rates are then equal.

    Examples
    --------
    >>> f"{two_proportions(3, 4, 1, 4)[0]:.4f}"  # Fisher's tea tasting
    '0.1573'
    """
    from scipy.special import ndtr

    y, n, x, m = floats(count, total, other, other_total)
    check_counts(y, n)
    check_counts(x, m)
    both = rate(y + x, n + m)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (y / n - x / m) / np.sqrt(both * (1 - both) * (1 / n + 1 / m))
    same = ((y + x == 0) | (y + x == n + m)) & (n > 0) & (m > 0)
    return np.where(same, 1.0, 2 * ndtr(-np.abs(z)))
