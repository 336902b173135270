"""Intervals for comparing two rates or two estimates: every method in use, for the difference and for the ratio.

A **lift** is a ratio less 1, and so are its bounds. For the ratio of two rates the score interval (Koopman) is the
default: it contains 1 exactly when Pearson's test does not reject, and it exists at zero cells. For the ratio of two
means it is Fieller's, which does the same with Student's test and says honestly when the lower mean might as well be
zero: then any ratio is possible.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import (
    ALPHA,
    Floats,
    Interval,
    check_counts,
    critical,
    floats,
    open_end,
    student_critical,
    two_sided_alpha,
)
from funnel_utils.stats.intervals import newcombe, rate, wilson
from funnel_utils.stats.proportions import proportion_interval
from funnel_utils.stats.score import score_difference, score_ratio


def difference_interval(
    count: ArrayLike,
    total: ArrayLike,
    other: ArrayLike,
    other_total: ArrayLike,
    alpha: float = ALPHA,
    *,
    method: str = "miettinen_nurminen",
    alternative: str = "two-sided",
) -> Interval:
    """An interval for the difference `count/total - other/other_total` of two independent rates.

    Parameters
    ----------
    count, total, other, other_total : array-like
        Successes and trials.
    alpha : float
        1 - confidence, of the one bound if only one is asked for.
    method : str
        `"miettinen_nurminen"`, `"mee"` (the same without N / (N - 1)), `"newcombe"`, `"newcombe_cc"` (with continuity
        correction), `"agresti_caffo"`, `"wald"`.
    alternative : {"two-sided", "larger", "smaller"}
        `"larger"` gives a lower bound, and 1 above it.

    Returns
    -------
    Interval
        Inside -1 and 1; NaN only where a total is zero.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.
    Agresti, A., Caffo, B. (2000). Simple and effective confidence intervals … American Statistician 54, 280-288.

    Examples
    --------
    >>> low, high = difference_interval(5, 56, 0, 29)
    >>> f"{low[0]:.4f} {high[0]:.4f}"
    '-0.0326 0.1933'
    """
    return _chosen(_DIFFERENCES, "difference_interval", method)(
        (count, total, other, other_total), alpha, alternative, (-1.0, 1.0)
    )


def ratio_interval(
    count: ArrayLike,
    total: ArrayLike,
    other: ArrayLike,
    other_total: ArrayLike,
    alpha: float = ALPHA,
    *,
    method: str = "koopman",
    alternative: str = "two-sided",
) -> Interval:
    """An interval for the ratio of two independent rates; less 1, it is one for the lift.

    Parameters
    ----------
    count, total, other, other_total : array-like
        Successes and trials.
    alpha : float
        1 - confidence, of the one bound if only one is asked for.
    method : str
        `"koopman"`, `"miettinen_nurminen"` (the same with variance times N / (N - 1)), `"katz"` (log; with 1/2 added to
        counts and totals where a count is zero), `"katz_adjusted"` (always added), `"mover"` (from two Wilson
        intervals).
    alternative : {"two-sided", "larger", "smaller"}
        `"larger"` gives a lower bound, and infinity above it.

    Returns
    -------
    Interval
        Between 0 and infinity, both possible: with 0 in the other group any large ratio is. NaN only where a total is
        zero.

    References
    ----------
    Katz, D., et al. (1978). Obtaining confidence intervals for the risk ratio in cohort studies. Biometrics 34,
    469-474.
    Donner, A., Zou, G. Y. (2012). Closed-form confidence intervals for functions of the normal mean and standard
    deviation. Statistical Methods in Medical Research 21, 347-359.

    Examples
    --------
    >>> low, high = ratio_interval(7, 34, 1, 34)
    >>> f"{low[0]:.2f} {high[0]:.2f}"
    '1.22 42.58'
    """
    return _chosen(_RATIOS, "ratio_interval", method)(
        (count, total, other, other_total), alpha, alternative, (0.0, np.inf)
    )


def miettinen_nurminen(
    count: ArrayLike, total: ArrayLike, other: ArrayLike, other_total: ArrayLike, alpha: float = ALPHA
) -> Interval:
    """Miettinen and Nurminen's score interval for the difference of two independent rates; see `difference_interval`.

    Examples
    --------
    >>> low, high = miettinen_nurminen(56, 70, 48, 80)
    >>> f"{low[0]:.4f} {high[0]:.4f}"
    '0.0528 0.3382'
    """
    return difference_interval(count, total, other, other_total, alpha)


def fieller(
    estimate: ArrayLike,
    variance: ArrayLike,
    other: ArrayLike,
    other_variance: ArrayLike,
    alpha: float = ALPHA,
    *,
    covariance: ArrayLike = 0.0,
    freedom: ArrayLike = np.inf,
    alternative: str = "two-sided",
) -> Interval:
    """Fieller's interval for the ratio `estimate / other` of two means, from their sampling variances.

    Parameters
    ----------
    estimate, variance, other, other_variance : array-like
        Two estimates and their squared standard errors.
    covariance : array-like
        Of the two estimates; zero for independent groups.
    freedom : array-like
        Degrees of freedom of the t quantile.

    Returns
    -------
    Interval
        (-inf, inf) where `other` is not clearly away from zero at this alpha: any ratio is then possible, or all but a
        few. NaN where an input is.

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation. J. Royal Statistical Society B 16, 175-185.

    Examples
    --------
    >>> low, high = fieller(12, 0.25, 10, 0.16)
    >>> f"{low[0]:.3f} {high[0]:.3f}"
    '1.071 1.344'
    """
    a, va, b, vb, cov, df = floats(estimate, variance, other, other_variance, covariance, freedom)
    t2 = student_critical(two_sided_alpha(alpha, alternative), df) ** 2
    lead, middle, last = b**2 - t2 * vb, a * b - t2 * cov, a**2 - t2 * va
    with np.errstate(divide="ignore", invalid="ignore"):
        # One root from the sum without cancellation, the other from the product of the roots.
        root = np.sqrt(np.maximum(middle**2 - lead * last, 0.0))
        far = middle + np.where(middle < 0, -root, root)
        first = far / lead
        second = np.where(far != 0, last / far, first)
    bounded = lead > 0
    low = np.where(bounded, np.minimum(first, second), -np.inf)
    high = np.where(bounded, np.maximum(first, second), np.inf)
    missing = np.isnan(lead + middle + last)
    found = Interval(*(np.where(missing, np.nan, bound) for bound in (low, high)))
    return open_end(found, alternative, -np.inf, np.inf)


Groups = tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike]
Method = Callable[[Floats, Floats, Floats, Floats, float], Interval]


def _chosen(methods: dict[str, Method], who: str, name: str) -> Callable[..., Interval]:
    if name not in methods:
        raise SpecError(f"{who}: method={name!r} is not known; it is one of {', '.join(methods)}.")

    def make(groups: Groups, alpha: float, alternative: str, ends: tuple[float, float]) -> Interval:
        y, n, x, m = floats(*groups)
        check_counts(y, n)
        check_counts(x, m)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            low, high = methods[name](y, n, x, m, two_sided_alpha(alpha, alternative))
        # Rounding can leave a bound 1e-16 beyond what is possible.
        low, high = np.maximum(low, ends[0]), np.minimum(high, ends[1])
        none = (n == 0) | (m == 0)
        if none.any():
            low, high = np.where(none, np.nan, low), np.where(none, np.nan, high)
        return open_end(Interval(low, high), alternative, *ends)

    return make


def _newcombe_cc(y: Floats, n: Floats, x: Floats, m: Floats, alpha: float) -> Interval:
    one, two = (proportion_interval(*pair, alpha, method="wilson_cc") for pair in ((y, n), (x, m)))
    p, q = rate(y, n), rate(x, m)
    return Interval(
        p - q - np.hypot(p - one.low, two.high - q),
        p - q + np.hypot(one.high - p, q - two.low),
    )


def _wald(y: Floats, n: Floats, x: Floats, m: Floats, alpha: float) -> Interval:
    p, q = y / n, x / m
    half = critical(alpha) * np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    return Interval(p - q - half, p - q + half)


def _agresti_caffo(y: Floats, n: Floats, x: Floats, m: Floats, alpha: float) -> Interval:
    return _wald(y + 1, n + 2, x + 1, m + 2, alpha)


def _katz(y: Floats, n: Floats, x: Floats, m: Floats, alpha: float) -> Interval:
    zero = np.where((y == 0) | (x == 0), 0.5, 0.0)
    return _logs(y + zero, n + zero, x + zero, m + zero, alpha)


def _logs(y: Floats, n: Floats, x: Floats, m: Floats, alpha: float) -> Interval:
    log = np.log(y / n) - np.log(x / m)
    half = critical(alpha) * np.sqrt(np.maximum(1 / y - 1 / n + 1 / x - 1 / m, 0.0))
    return Interval(np.exp(log - half), np.exp(log + half))


def _mover(y: Floats, n: Floats, x: Floats, m: Floats, alpha: float) -> Interval:
    """The ratio of two rates from an interval of each, by recovered variances (MOVER-R)."""
    one, two = wilson(y, n, alpha), wilson(x, m, alpha)
    p, q = y / n, x / m

    def bound(end: Floats, other_end: Floats, sign: float) -> Floats:
        square = (p * q) ** 2 - end * other_end * (2 * p - end) * (2 * q - other_end)
        lead = other_end * (2 * q - other_end)
        found: Floats = (p * q + sign * np.sqrt(np.maximum(square, 0.0))) / lead
        return found

    low, high = bound(one.low, two.high, -1.0), bound(one.high, two.low, 1.0)
    return Interval(np.where(y == 0, 0.0, low), np.where(x == 0, np.inf, high))


_DIFFERENCES: dict[str, Method] = {
    "miettinen_nurminen": lambda *a: score_difference(*a, correction=True),
    "mee": lambda *a: score_difference(*a, correction=False),
    "newcombe": newcombe,
    "newcombe_cc": _newcombe_cc,
    "agresti_caffo": _agresti_caffo,
    "wald": _wald,
}
_RATIOS: dict[str, Method] = {
    "koopman": lambda *a: score_ratio(*a, correction=False),
    "miettinen_nurminen": lambda *a: score_ratio(*a, correction=True),
    "katz": _katz,
    "katz_adjusted": lambda y, n, x, m, alpha: _logs(y + 0.5, n + 0.5, x + 0.5, m + 0.5, alpha),
    "mover": _mover,
}
