"""Means: how many units, how much power, how small an effect, by the noncentral t.

A ratio of totals counts as a mean whose standard deviation is that of (y - R x) / mean of x over units. `n` is the size
of the treatment arm and `ratio` the size of control divided by it.

References
----------
Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed., chapter 2. Erlbaum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.cro.power import check_power, normal_power, on_its_side, reach_of, z_of
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats, check_alpha, floats, side_of
from funnel_utils.stats.means import satterthwaite
from funnel_utils.stats.solve import bisect


def power_means(
    difference: ArrayLike,
    sd: ArrayLike,
    n: ArrayLike,
    *,
    control_sd: ArrayLike | None = None,
    ratio: ArrayLike = 1.0,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    normal: bool = False,
    value: ArrayLike = 0.0,
) -> Floats:
    """The chance that a t-test finds a difference of means.

    Parameters
    ----------
    difference : array-like
        Treatment - control, in the unit of the metric.
    sd, control_sd : array-like
        Standard deviations between units; one for both arms if `control_sd` is not given. With two, the test is
        Welch's.
    n : array-like
        Units in treatment.
    ratio : array-like
        Size of control / size of treatment.
    normal : bool
        A z-test, for known standard deviations; at thousands of units the two agree.
    value : array-like
        The difference to rule out.

    Examples
    --------
    >>> power_means(1, 1, 30).round(6)  # R: pwr.t.test(d = 1, n = 30)
    array([0.967708])
    """
    d, s, units, r, at = floats(difference, sd, n, ratio, value)
    other = s if control_sd is None else floats(control_sd, s)[0]
    _check_means(s, other, r)
    if normal:
        scale = np.sqrt(s**2 + other**2 / r)
        return normal_power((d - at) * np.sqrt(units), scale, scale, alpha, alternative)
    return _student_power(d - at, s, other, units, r, alpha, alternative, pooled=control_sd is None)


def size_means(
    difference: ArrayLike,
    sd: ArrayLike,
    *,
    power: ArrayLike = 0.8,
    control_sd: ArrayLike | None = None,
    ratio: ArrayLike = 1.0,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    normal: bool = False,
    value: ArrayLike = 0.0,
) -> Floats:
    """Units needed in the treatment arm to find a difference of means; parameters as in `power_means`.

    Returns
    -------
    array
        Not rounded; infinite where there is no difference to find.

    Examples
    --------
    >>> size_means(0.5, 1).round(4)  # R: power.t.test(delta = .5, power = .8)
    array([63.7656])
    """
    d, s, chance, r, at = floats(difference, sd, power, ratio, value)
    other = s if control_sd is None else floats(control_sd, s)[0]
    _check_means(s, other, r)
    check_power(chance)
    effect = d - at
    with np.errstate(divide="ignore"):
        first = ((z_of(alpha, alternative) + reach_of(chance)) ** 2 * (s**2 + other**2 / r)) / effect**2
    first = np.where(on_its_side(effect, alternative) & (effect != 0), first, np.inf)
    if normal:
        return first
    usable = np.isfinite(first)
    least = np.maximum(2.0, 2 / r)
    start = np.where(usable, np.maximum(first, least), 100.0)

    def short_of(extra: Floats) -> Floats:
        asked = (effect, s, other, np.maximum(start + extra, least), r, alpha, alternative)
        return _student_power(*asked, pooled=control_sd is None) - chance

    found = start + bisect(short_of, least - start, 20.0 + start)
    return np.where(usable, np.maximum(found, least), np.inf)


def mde_means(
    sd: ArrayLike,
    n: ArrayLike,
    *,
    power: ArrayLike = 0.8,
    control_sd: ArrayLike | None = None,
    ratio: ArrayLike = 1.0,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    normal: bool = False,
) -> Floats:
    """The smallest difference of means (without its sign) that `n` units in treatment find with this power.

    Examples
    --------
    >>> mde_means(1, 63.7658).round(4)
    array([0.5])
    """
    s, units, chance, r = floats(sd, n, power, ratio)
    other = s if control_sd is None else floats(control_sd, s)[0]
    _check_means(s, other, r)
    check_power(chance)
    scale = np.sqrt((s**2 + other**2 / r) / units)
    side = "two-sided" if side_of(alternative) == "two-sided" else "larger"

    def short_of(steps: Floats) -> Floats:
        asked = {"control_sd": control_sd, "ratio": r, "alpha": alpha, "alternative": side, "normal": normal}
        return power_means(steps * scale, s, units, **asked) - chance  # type: ignore[arg-type]

    return bisect(short_of, np.zeros_like(s), np.full_like(s, 200.0)) * scale


def _student_power(
    effect: Floats, sd: Floats, other: Floats, n: Floats, ratio: Floats, alpha: float, alternative: str, *, pooled: bool
) -> Floats:
    from scipy.stats import nct, t

    side = side_of(alternative)
    square, second = sd**2 / n, other**2 / (n * ratio)
    freedom = n * (1 + ratio) - 2 if pooled else satterthwaite(square, n - 1, second, n * ratio - 1)
    shift = effect / np.sqrt(square + second)
    edge = t.isf(check_alpha(alpha) / (2 if side == "two-sided" else 1), freedom)
    if side == "larger":
        return np.asarray(nct.sf(edge, freedom, shift), dtype=np.float64)
    if side == "smaller":
        return np.asarray(nct.sf(edge, freedom, -shift), dtype=np.float64)
    return np.asarray(nct.sf(edge, freedom, shift) + nct.sf(edge, freedom, -shift), dtype=np.float64)


def _check_means(sd: Floats, other: Floats, ratio: Floats) -> None:
    if not ((sd > 0) & (other > 0)).all():
        raise SpecError("sd= must be above 0: the standard deviation between units, not a standard error.")
    if not (ratio > 0).all():
        raise SpecError(f"ratio={ratio.min():g} must be above 0: the size of control over that of treatment.")
