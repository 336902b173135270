"""Two independent rates by the score test: restricted estimates, tests of any difference or ratio, and the intervals
that invert them.

The score test asks how likely the data are under the most likely pair of rates **that has the difference (or ratio) in
question**. Every value it does not reject forms the interval: Mee's (and, with the variance made larger by N / (N - 1),
Miettinen and Nurminen's) for a difference, Koopman's for a ratio. Nothing special happens at 0 of n or n of n.

Elsewhere these intervals are searched for with a cubic equation solved anew at each step. Here is a shorter way. Under
the restriction both rates are pushed towards each other by one force, the Lagrange multiplier, and **given the force
each rate is the root of a quadratic (difference) or of a linear equation (ratio)**. The force at which the statistic
reaches the critical value is the one root of an increasing function, and Newton finds it in about five steps.

References
----------
Mee, R. W. (1984). Confidence bounds for the difference between two probabilities. Biometrics 40, 1175-1176.
Miettinen, O., Nurminen, M. (1985). Comparative analysis of two rates. Statistics in Medicine 4, 213-226.
Koopman, P. A. R. (1984). Confidence intervals for the ratio of two binomial proportions. Biometrics 40, 513-517.
Farrington, C. P., Manning, G. (1990). Test statistics and sample size formulae for comparative binomial trials with
null hypothesis of non-zero risk difference or non-unity relative risk. Statistics in Medicine 9, 1447-1454.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats, Interval, Significance, check_counts, critical, floats, normal_p
from funnel_utils.stats.solve import Where, for_each, newton


def score_test(
    count: ArrayLike,
    total: ArrayLike,
    other: ArrayLike,
    other_total: ArrayLike,
    *,
    value: ArrayLike | None = None,
    compare: Literal["difference", "ratio"] = "difference",
    alternative: str = "two-sided",
    correction: bool = False,
) -> Significance:
    """The score test that `count/total` and `other/other_total` differ by `value`.

    Parameters
    ----------
    count, total, other, other_total : array-like
        Successes and trials of two independent groups.
    value : array-like, optional
        The difference (-1 to 1; 0 if not given: Pearson's test) or the ratio (above 0; 1 if not given) that is tested.
        With another value it is the test of Farrington and Manning, as used for non-inferiority.
    compare : {"difference", "ratio"}
    alternative : {"two-sided", "larger", "smaller"}
        What is claimed of the difference or ratio, against `value`.
    correction : bool
        Variance times N / (N - 1), as Miettinen and Nurminen have it.

    Returns
    -------
    Significance
        `statistic` is z. Where the data leave no doubt nor any difference from `value` it is 0 and p 1; NaN where a
        total is zero.

    Examples
    --------
    >>> found = score_test(55, 100, 60, 100, value=-0.15, alternative="larger")
    >>> f"z = {found.statistic[0]:.3f}, p = {found.p[0]:.4f}"
    'z = 1.446, p = 0.0741'
    """
    y, n, x, m = floats(count, total, other, other_total)
    check_counts(y, n)
    check_counts(x, m)
    at = floats(y, (0.0 if compare == "difference" else 1.0) if value is None else value)[1]
    y, n, x, m, at = floats(y, n, x, m, at)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = y / n, x / m
        if compare == "difference":
            _check_value((at > -1) & (at < 1), "a difference lies between -1 and 1")
            # Without a difference the most likely pair is the rate of everybody.
            both = (y + x) / (n + m)
            one, two = restricted_difference(p, q, n, m, at) if at.any() else (both, both)
            distance, variance = p - q - at, one * (1 - one) / n + two * (1 - two) / m
        else:
            _check_value((at > 0) & np.isfinite(at), "a ratio is larger than 0")
            one, two = restricted_ratio(p, q, n, m, at)
            distance, variance = p - at * q, one * (1 - one) / n + at**2 * two * (1 - two) / m
        if correction:
            variance = variance * (n + m) / (n + m - 1)
        z = distance / np.sqrt(np.maximum(variance, 0.0))
    # At 0 of n against 0 of m under equality nothing varies and nothing differs.
    z = np.where((np.abs(distance) < 1e-12) & (n > 0) & (m > 0), 0.0, z)
    return Significance(z, np.full_like(z, np.inf), normal_p(z, alternative))


def _check_value(good: np.ndarray, rule: str) -> None:
    if not good.all():
        raise SpecError(f"score_test: value= is not possible; {rule}.")


def restricted_difference(p: Floats, q: Floats, n: Floats, m: Floats, difference: Floats) -> tuple[Floats, Floats]:
    """The most likely pair of rates that differ by exactly `difference`, where `p` of `n` and `q` of `m` were seen.

    The closed form of Miettinen and Nurminen's cubic, in Farrington and Manning's notation. It is exact to about 10^-8,
    too little for rates of one in a million; a few steps of Newton add the other digits, counting failures where those
    are the rarer.
    """
    theta = m / n
    mirrored = p + theta * q > (1 + theta) / 2
    p, q = np.where(mirrored, 1 - p, p), np.where(mirrored, 1 - q, q)
    d = np.where(mirrored, -difference, difference)
    a = 1 + theta
    b = -(1 + theta + p + theta * q + d * (theta + 2))
    c = d**2 + d * (2 * p + theta + 1) + p + theta * q
    e = -p * d * (1 + d)
    v = b**3 / (3 * a) ** 3 - b * c / (6 * a**2) + e / (2 * a)
    u = np.where(v < 0, -1.0, 1.0) * np.sqrt(np.maximum(b**2 / (3 * a) ** 2 - c / (3 * a), 0.0))
    cosine = np.where(u == 0, 0.0, v / np.where(u == 0, 1.0, u) ** 3)
    w = (np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3
    least, most = np.maximum(d, 0), np.minimum(1 + d, 1)
    one = np.clip(2 * u * np.cos(w) - b / (3 * a), least, most)
    for _ in range(4):
        step = (((a * one + b) * one + c) * one + e) / ((3 * a * one + 2 * b) * one + c)
        # At a double root the slope is zero, and a step would be anything.
        one = np.where(np.abs(step) < 1e-5, np.clip(one - step, least, most), one)
    return np.where(mirrored, 1 - one, one), np.where(mirrored, 1 - (one - d), one - d)


def restricted_ratio(p: Floats, q: Floats, n: Floats, m: Floats, ratio: Floats) -> tuple[Floats, Floats]:
    """The most likely pair of rates whose ratio is exactly `ratio`: the smaller root of a quadratic."""
    y, x = p * n, q * m
    # The discriminant as a sum of what cannot be negative, so that rates close to 1 lose no digits.
    apart = ratio * (n + x) - (m + y)
    root = np.sqrt(apart**2 + 4 * ratio * np.maximum((n - y) * (m - x), 0.0))
    two = 2 * (y + x) / (ratio * (n + x) + m + y + root)
    two = np.minimum(two, np.minimum(1.0, 1 / ratio))
    return ratio * two, two


def score_difference(y: Floats, n: Floats, x: Floats, m: Floats, alpha: float, *, correction: bool) -> Interval:
    """The differences that the score test does not reject: Mee's, or with `correction` Miettinen and Nurminen's.

    Takes float arrays of one shape whose counts have been checked; `difference_interval` is for everybody.
    """
    k = _threshold(n + m, alpha, correction)
    return Interval(for_each(_lowest_difference, y, n, x, m, k), -for_each(_lowest_difference, x, m, y, n, k))


def score_ratio(y: Floats, n: Floats, x: Floats, m: Floats, alpha: float, *, correction: bool) -> Interval:
    """The same for ratios: Koopman's, or with `correction` Miettinen and Nurminen's; see `ratio_interval`."""
    k = _threshold(n + m, alpha, correction)
    low, turned = for_each(_lowest_ratio, y, n, x, m, k), for_each(_lowest_ratio, x, m, y, n, k)
    with np.errstate(divide="ignore"):
        return Interval(low, 1 / turned)


def _threshold(everybody: Floats, alpha: float, correction: bool) -> Floats:
    """What the squared statistic must not exceed."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = everybody / (everybody - 1) if correction else np.ones_like(everybody)
    return np.asarray(critical(alpha) ** 2 * factor, dtype=np.float64)


def _pushed(count: Any, total: Any, force: Any, where: Where) -> tuple[Any, Any]:
    """The rate that `force` pushes `count / total` up to, and how fast it moves with the force.

    The root in 0 to 1 of `force h (1 - h) = total h - count`.
    """
    b = force - total
    root = (b**2 + 4 * force * count) ** 0.5
    h = where(b >= 0, (b + root) / (2 * force), 2 * count / (root - b))
    return h, where(root > 0, h * (1 - h) / root, 0.0)


def _lowest_difference(where: Where, y: Any, n: Any, x: Any, m: Any, k: Any) -> Any:
    """The smallest `p - q` whose squared statistic is `k`: `p` is pushed down (its failures up) and `q` up."""
    p, q = y / n, x / m
    room = 1 + p - q
    low, high = k / room, (k + (m - x) + y) / room
    edge = k**0.5

    def too_far(force: Any) -> tuple[Any, Any]:
        """force x sqrt(variance) - critical value; close to a straight line."""
        up, up_speed = _pushed(x, m, force, where)
        fails, fails_speed = _pushed(n - y, n, force, where)
        variance = up * (1 - up) / m + fails * (1 - fails) / n
        slope = (1 - 2 * up) * up_speed / m + (1 - 2 * fails) * fails_speed / n
        sd = where(variance > 0, variance, 0.0 * force) ** 0.5
        return force * sd - edge, sd + force * slope / (2 * sd)

    start = (k / (p * (1 - p) / n + q * (1 - q) / m)) ** 0.5
    force = newton(too_far, where(start < np.inf, start, (low + high) / 2), low, high, where)
    found = p - q - k / force
    # 0 of n against all of m cannot be farther apart.
    found = where((room <= 0) | (found < -1), -1.0, found)
    return where((n > 0) & (m > 0), found, np.nan)


def _lowest_ratio(where: Where, y: Any, n: Any, x: Any, m: Any, k: Any) -> Any:
    """The smallest `p / q` whose squared statistic is `k`: `p` falls to `(y - f) / (n - f)`, `q` rises likewise."""
    fails, other_fails = (n - y) / n, (m - x) / m
    edge = k**0.5

    def too_far(force: Any) -> tuple[Any, Any]:
        one = where(fails > 0, fails / (y - force), 0.0 * force)
        two = where(other_fails > 0, other_fails / (x + force), 0.0 * force)
        spread = (one + two) ** 0.5
        slope = where(fails > 0, one / (y - force), 0.0) - where(other_fails > 0, two / (x + force), 0.0)
        return force * spread - edge, spread + force * slope / (2 * spread)

    start = (k / (fails / y + other_fails / x)) ** 0.5
    force = newton(too_far, where((start > 0) & (start < y / 2), start, y / 2), 0.0 * y, y, where)
    found = (y - force) / (n - force) * (m + force) / (x + force)
    # With no failures `p` stays 1 until the force is n; from there on it is p itself that gives way.
    left = k - where(other_fails > 0, n**2 * other_fails / (x + n), 0.0 * n)
    given_way = (m + n) / (x + n) / (1 + left / n)
    no_way_yet = (m + force) / (x + force)
    found = where(fails > 0, found, where(left > 0, given_way, no_way_yet))
    return where((n > 0) & (m > 0), where(y > 0, found, 0.0), np.nan)
