"""Intervals, differences and corrections: one place for the statistics that every metric shares.

Each function takes **sufficient statistics** (counts, sums), never rows, and works element by element on arrays. Most
wrap statsmodels, with everything cast to float first: some of its methods return garbage for numpy integers. What
statsmodels gets wrong is written out here (the standard error of a Kaplan-Meier curve from weighted counts), and a test
tells when that is mended.

A zero denominator is no evidence: rate, bounds and p-value are then NaN, never 0 and never "anything from 0 to 1".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from funnel_utils.errors import SpecError

Floats = NDArray[np.float64]

#: Two-sided error of every interval, unless told otherwise.
ALPHA = 0.05


class Interval(NamedTuple):
    """Lower and upper bounds, one pair per element."""

    low: Floats
    high: Floats


def _floats(*values: ArrayLike) -> list[Floats]:
    """The values as float arrays of one common shape, at least one-dimensional."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in values))
    return [array.astype(np.float64) for array in arrays]


def _check_counts(count: Floats, total: Floats) -> None:
    wrong = (count < 0) | (count > total)
    if wrong.any():
        where = int(np.flatnonzero(wrong)[0])
        raise SpecError(
            f"count={count[where]:g} of total={total[where]:g} (element {where}): a count lies between 0 and "
            "its total; for totals that repeat per person use ratio_delta."
        )


def _critical(alpha: float) -> float:
    from scipy.stats import norm

    if not 0 < alpha < 1:
        raise SpecError(f"alpha={alpha!r} must lie strictly between 0 and 1, such as 0.05 for a 95% interval.")
    return float(norm.isf(alpha / 2))


def rate(count: ArrayLike, total: ArrayLike) -> Floats:
    """`count / total`, NaN where the total is zero.

    Examples
    --------
    >>> rate([280, 0], [4000, 0])
    array([0.07,  nan])
    """
    y, n = _floats(count, total)
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
    from statsmodels.stats.proportion import proportion_confint

    y, n = _floats(count, total)
    _check_counts(y, n)
    _critical(alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = proportion_confint(y, n, alpha=alpha, method="wilson")
    # Rounding can leave a bound 1e-17 on the wrong side of the estimate when the count is 0 or n.
    return Interval(np.minimum(low, rate(y, n)), np.maximum(high, rate(y, n)))


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

    y, n = _floats(count, exposure)
    if np.any(y < 0) or np.any(n < 0):
        raise SpecError("poisson: a count and an exposure are 0 or more.")
    _critical(alpha)
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
    from statsmodels.stats.proportion import confint_proportions_2indep

    y, n, x, m = _floats(count, total, other, other_total)
    _check_counts(y, n)
    _check_counts(x, m)
    _critical(alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = confint_proportions_2indep(y, n, x, m, method="newcomb", compare="diff", alpha=alpha)
    return Interval(np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64))


def two_proportions(count: ArrayLike, total: ArrayLike, other: ArrayLike, other_total: ArrayLike) -> Floats:
    """Two-sided p-values of the score test (pooled variance, no continuity correction) that two rates are equal.

    The same as Pearson's chi-square on the 2x2 table. NaN where a total is zero; 1 where nobody, or everybody, in both
    groups succeeded: the rates are then equal.

    Examples
    --------
    >>> f"{two_proportions(3, 4, 1, 4)[0]:.4f}"  # Fisher's tea tasting
    '0.1573'
    """
    from statsmodels.stats.proportion import test_proportions_2indep as score_test

    y, n, x, m = _floats(count, total, other, other_total)
    _check_counts(y, n)
    _check_counts(x, m)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.asarray(score_test(y, n, x, m, method="score", compare="diff", correction=False).pvalue)
    same = ((y + x == 0) | (y + x == n + m)) & (n > 0) & (m > 0)
    return np.where(same, 1.0, np.where((n > 0) & (m > 0), p, np.nan))


def _adjust(pvalues: ArrayLike, method: str) -> Floats:
    from statsmodels.stats.multitest import multipletests

    (p,) = _floats(pvalues)
    adjusted = np.full_like(p, np.nan)
    seen = ~np.isnan(p)
    if seen.any():
        adjusted[seen] = multipletests(p[seen], method=method)[1]
    return adjusted


def holm(pvalues: ArrayLike) -> Floats:
    """Holm-adjusted p-values: the chance of any false alarm among all of them stays below alpha. NaNs stay out.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian J. Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    return _adjust(pvalues, "holm")


def benjamini_hochberg(pvalues: ArrayLike) -> Floats:
    """Benjamini-Hochberg adjusted p-values: the expected share of false alarms among those below alpha. NaNs stay out.

    References
    ----------
    Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate. J. Royal Statistical Society B 57,
    289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    return _adjust(pvalues, "fdr_bh")


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
    y, x, yy, xy, xx, n = _floats(sum_y, sum_x, sum_yy, sum_xy, sum_xx, clusters)
    estimate = rate(y, x)
    squares = np.maximum(yy - 2 * estimate * xy + estimate**2 * xx, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(n > 1, np.sqrt(n / (n - 1) * squares) / x, np.nan)
    half = _critical(alpha) * se
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
    half = _critical(alpha) * se
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
    cells = _floats(a, b, c, d)
    counts = np.stack(cells)
    if (counts < 0).any():
        raise SpecError(f"a 2x2 table has a negative count: {counts.min():g}.")
    empty = (counts[0] + counts[1] == 0) | (counts[2] + counts[3] == 0)
    empty |= (counts[0] + counts[2] == 0) | (counts[1] + counts[3] == 0)
    shifted = counts + 0.5 * (counts == 0).any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(shifted[0]) + np.log(shifted[3]) - np.log(shifted[1]) - np.log(shifted[2])
        half = _critical(alpha) * np.sqrt((1 / shifted).sum(axis=0))
    p = two_proportions(cells[0], cells[0] + cells[1], cells[2], cells[2] + cells[3])
    return Odds(*(np.where(empty, np.nan, v) for v in (np.exp(log), np.exp(log - half), np.exp(log + half), p)))


def kaplan_meier(time: ArrayLike, event: ArrayLike, count: ArrayLike = 1, alpha: float = ALPHA) -> pd.DataFrame:
    """The Kaplan-Meier curve from counts: how many units had each (time, event or censored).

    Parameters
    ----------
    time : array-like
        Time to the event or to censoring, zero or more, in any one unit.
    event : array-like of bool
        Whether the event happened (`True`) or the unit was last seen without it (`False`).
    count : array-like
        How many units had this pair. At equal times, events come before censoring.
    alpha : float
        1 - confidence of the pointwise interval.

    Returns
    -------
    DataFrame
        A row per event time: `time`, `at_risk`, `events`, `survival`, `se` (Greenwood), `low`, `high` (log-log: inside
        0 and 1; where the curve is at 0 it has no such interval and the bounds are NaN). Empty when there is no event.

    References
    ----------
    Kaplan, E. L., Meier, P. (1958). Nonparametric estimation from incomplete observations. JASA 53, 457-481.
    Kalbfleisch, J. D., Prentice, R. L. (1980). The Statistical Analysis of Failure Time Data. Wiley.

    Examples
    --------
    >>> kaplan_meier([1, 2, 2, 3], [True, True, False, True]).loc[:, ["time", "at_risk", "survival"]]
       time  at_risk  survival
    0   1.0      4.0      0.75
    1   2.0      3.0      0.50
    2   3.0      1.0      0.00
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    columns = ["time", "at_risk", "events", "survival", "se", "low", "high"]
    t, happened, weight = _floats(time, event, count)
    if (t < 0).any() or (weight < 0).any():
        raise SpecError("kaplan_meier: times and counts are zero or more; found a negative one.")
    if not ((happened > 0) & (weight > 0)).any():
        return pd.DataFrame({name: pd.Series(dtype=np.float64) for name in columns})
    curve = SurvfuncRight(t, happened, freq_weights=weight)
    at_risk, events = np.asarray(curve.n_risk, dtype=np.float64), np.asarray(curve.n_events, dtype=np.float64)
    survival = np.clip(np.asarray(curve.surv_prob, dtype=np.float64), 0.0, 1.0)
    # statsmodels reads weights as sampling weights and gives another variance; ours are plain repetitions.
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        se = np.where(survival > 0, survival * np.sqrt(greenwood), np.nan)
        spread = _critical(alpha) * np.sqrt(greenwood) / np.log(survival)
        low, high = survival ** np.exp(-spread), survival ** np.exp(spread)
    low, high = (np.where(survival > 0, bound, np.nan) for bound in (low, high))
    values = (np.asarray(curve.surv_times, dtype=np.float64), at_risk, events, survival, se, low, high)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def km_quantile(curve: pd.DataFrame, share: float) -> float:
    """The earliest time by which at least `share` of units had the event: the first with survival <= 1 - share.

    NaN when the curve never comes down that far, which is common in funnels and is no median of zero.

    Examples
    --------
    >>> km_quantile(kaplan_meier([1, 2, 3, 4], [True, True, True, False]), 0.5)
    2.0
    """
    if not 0 < share < 1:
        raise SpecError(f"share={share!r} must lie strictly between 0 and 1, such as 0.5 for the median.")
    # A product of fractions such as (3/4)(2/3) may end a hair above 1/2.
    reached = curve.loc[curve["survival"] <= 1 - share + 1e-12, "time"]
    return float(reached.iloc[0]) if len(reached) else float("nan")


def weighted_quantile(values: ArrayLike, count: ArrayLike, share: float) -> float:
    """The smallest value with at least `share` of the counted units at or below it; NaN when nothing is counted.

    Examples
    --------
    >>> weighted_quantile([10, 20, 30], [1, 1, 2], 0.5)
    20.0
    """
    x, weight = _floats(values, count)
    total = weight.sum()
    if total == 0:
        return float("nan")
    order: Any = np.argsort(x, kind="stable")
    reached = np.cumsum(weight[order]) >= share * total - 1e-9
    return float(x[order][int(np.argmax(reached))])
