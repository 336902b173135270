"""One proportion: every interval in use, two-sided or one-sided, and the exact test.

Which interval? **Wilson** holds its level on average and is short; **Clopper-Pearson** never holds less than it states
and is wider for that; mid-p lies between. Wald's, the one of first lessons, fails at small counts and is here to be
compared with.

References
----------
Brown, L. D., Cai, T. T., DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical Science 16,
101-133.
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
    check_alpha,
    check_counts,
    critical,
    floats,
    open_end,
    side_of,
    two_sided_alpha,
)
from funnel_utils.stats.intervals import rate, wilson
from funnel_utils.stats.solve import bisect


def proportion_interval(
    count: ArrayLike,
    total: ArrayLike,
    alpha: float = ALPHA,
    *,
    method: str = "wilson",
    alternative: str = "two-sided",
) -> Interval:
    """An interval for a proportion, by any of the methods in use.

    Parameters
    ----------
    count, total : array-like
        Successes and trials.
    alpha : float
        1 - confidence, of the one bound if only one is asked for.
    method : str
        `"wilson"`, `"wilson_cc"` (with continuity correction), `"clopper_pearson"`, `"mid_p"`, `"jeffreys"`,
        `"agresti_coull"`, `"wald"`.
    alternative : {"two-sided", "larger", "smaller"}
        `"larger"` gives a lower bound (the interval runs to 1), `"smaller"` an upper bound (from 0), as the tests of
        these names do. (statsmodels names the two bounds the other way round.)

    Returns
    -------
    Interval
        Inside 0 and 1; NaN where `total` is zero.

    Raises
    ------
    SpecError
        If a count is negative or larger than its total, or the method is not known.

    References
    ----------
    Brown, Cai, DasGupta (2001), as above; Jeffreys's interval is closed at 0 of n and at n of n as they propose.
    Newcombe, R. G. (1998). Two-sided confidence intervals for the single proportion. Statistics in Medicine 17, 857-872
    (for `wilson_cc` and `mid_p`).

    Examples
    --------
    >>> low, high = proportion_interval(0, 1000, method="clopper_pearson", alternative="smaller")
    >>> f"{low[0]:.4f} {high[0]:.4f}"  # the rule of three
    '0.0000 0.0030'
    """
    make = _METHODS.get(method)
    if make is None:
        raise SpecError(f"proportion_interval: method={method!r} is not known; it is one of {', '.join(_METHODS)}.")
    y, n = floats(count, total)
    check_counts(y, n)
    level = two_sided_alpha(alpha, alternative)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = make(y, n, level)
    none = n == 0
    bounds = Interval(*(np.where(none, np.nan, np.clip(bound, 0, 1)) for bound in (low, high)))
    return open_end(bounds, alternative, 0.0, 1.0)


def clopper_pearson(count: ArrayLike, total: ArrayLike, alpha: float = ALPHA) -> Interval:
    """The exact interval of Clopper and Pearson: it never holds less often than it states.

    References
    ----------
    Clopper, C. J., Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
    binomial. Biometrika 26, 404-413.

    Examples
    --------
    >>> low, high = clopper_pearson(4, 20)
    >>> f"{low[0]:.4f} {high[0]:.4f}"
    '0.0573 0.4366'
    """
    return proportion_interval(count, total, alpha, method="clopper_pearson")


def binomial_test(count: ArrayLike, total: ArrayLike, p: ArrayLike = 0.5, *, alternative: str = "two-sided") -> Floats:
    """p-values of the exact binomial test that the rate is `p`.

    Two-sided, it adds up all outcomes that are at most as likely as the one seen. NaN where `total` is zero.

    Parameters
    ----------
    count, total : array-like
        Whole numbers.
    p : array-like
        Between 0 and 1.
    alternative : {"two-sided", "larger", "smaller"}

    Raises
    ------
    SpecError
        If a number is not whole or not possible.

    References
    ----------
    Conover, W. J. (1971). Practical Nonparametric Statistics. Wiley, pp. 97-104.

    Examples
    --------
    >>> f"{binomial_test(51, 235, 1 / 6)[0]:.4f}"
    '0.0437'
    """
    from scipy.stats import binomtest

    y, n, chance = floats(count, total, p)
    check_counts(y, n)
    if (y % 1 != 0).any() or (n % 1 != 0).any() or ((chance < 0) | (chance > 1)).any():
        raise SpecError("binomial_test: counts are whole numbers, and p lies between 0 and 1.")
    word = {"two-sided": "two-sided", "larger": "greater", "smaller": "less"}[side_of(alternative)]
    found = [
        binomtest(int(a), int(b), float(c), alternative=word).pvalue if b else np.nan
        for a, b, c in zip(y.flat, n.flat, chance.flat, strict=True)
    ]
    return np.array(found, dtype=np.float64).reshape(y.shape)


def _wilson_cc(y: Floats, n: Floats, alpha: float) -> Interval:
    z, p, q = critical(alpha), y / n, 1 - y / n
    low = 2 * n * p + z**2 - 1 - z * np.sqrt(np.maximum(z**2 - 2 - 1 / n + 4 * p * (n * q + 1), 0))
    high = 2 * n * p + z**2 + 1 + z * np.sqrt(np.maximum(z**2 + 2 - 1 / n + 4 * p * (n * q - 1), 0))
    return Interval(
        np.where(y == 0, 0.0, np.minimum(low / (2 * (n + z**2)), p)),
        np.where(y == n, 1.0, np.maximum(high / (2 * (n + z**2)), p)),
    )


def _clopper_pearson(y: Floats, n: Floats, alpha: float) -> Interval:
    from scipy.special import betaincinv

    tail = check_alpha(alpha) / 2
    low = np.where(y > 0, betaincinv(np.maximum(y, 1e-9), n - y + 1, tail), 0.0)
    # Its mirror image, which keeps its digits where the upper bound is close to 1.
    high = np.where(y < n, 1 - betaincinv(np.maximum(n - y, 1e-9), y + 1, tail), 1.0)
    return Interval(low, high)


def _mid_p(y: Floats, n: Floats, alpha: float) -> Interval:
    from scipy.special import betainc

    tail = check_alpha(alpha) / 2

    def lower(y: Floats) -> Floats:
        """Where half the chance of `y`, and the chance of more, come to `tail`."""

        def too_many(p: Floats) -> Floats:
            at_least = np.where(y > 0, betainc(np.maximum(y, 1e-9), n - y + 1, p), 1.0)
            more = np.where(y < n, betainc(y + 1, np.maximum(n - y, 1e-9), p), 0.0)
            return np.asarray((at_least + more) / 2 - tail, dtype=np.float64)

        return np.where(y > 0, bisect(too_many, np.zeros_like(y), np.ones_like(y)), 0.0)

    return Interval(lower(y), 1 - lower(n - y))


def _jeffreys(y: Floats, n: Floats, alpha: float) -> Interval:
    from scipy.special import betaincinv

    tail = check_alpha(alpha) / 2
    low = np.where(y > 0, betaincinv(y + 0.5, n - y + 0.5, tail), 0.0)
    high = np.where(y < n, 1 - betaincinv(n - y + 0.5, y + 0.5, tail), 1.0)
    return Interval(low, high)


def _agresti_coull(y: Floats, n: Floats, alpha: float) -> Interval:
    z = critical(alpha)
    middle = (y + z**2 / 2) / (n + z**2)
    half = z * np.sqrt(middle * (1 - middle) / (n + z**2))
    return Interval(middle - half, middle + half)


def _wald(y: Floats, n: Floats, alpha: float) -> Interval:
    p = rate(y, n)
    half = critical(alpha) * np.sqrt(p * (1 - p) / n)
    return Interval(p - half, p + half)


_METHODS: dict[str, Callable[[Floats, Floats, float], Interval]] = {
    "wilson": wilson,
    "wilson_cc": _wilson_cc,
    "clopper_pearson": _clopper_pearson,
    "mid_p": _mid_p,
    "jeffreys": _jeffreys,
    "agresti_coull": _agresti_coull,
    "wald": _wald,
}
