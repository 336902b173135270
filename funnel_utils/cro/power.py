"""Rates: how many units, how much power, how small an effect; the formulas, each under its name.

Calculators disagree because they put different standard errors into the same sentence: "the difference must lie
`z_alpha` standard errors from no difference even when chance takes `z_power` of them away". `pooled` takes the standard
error under "no difference" from the rate of everybody, which is what the score test does, and is the default; with a
margin it is Farrington and Manning's. `exact_power` adds up every pair of counts for which the test would reject, so
whoever doubts a formula can look.

In all functions `n` is the size of the treatment arm and `ratio` the size of control divided by it.

References
----------
Fleiss, J. L., Levin, B., Paik, M. C. (2003). Statistical Methods for Rates and Proportions, 3rd ed., chapter 4. Wiley.
Farrington, C. P., Manning, G. (1990). Statistics in Medicine 9, 1447-1454.
Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed., chapter 6 (arcsine). Erlbaum.
van Belle, G. (2008). Statistical Rules of Thumb, 2nd ed., section 2.1 (the rule of 16).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats, check_alpha, floats, side_of
from funnel_utils.stats.score import restricted_difference, restricted_ratio
from funnel_utils.stats.solve import bisect

Compare = Literal["difference", "ratio"]
#: Standard errors, times the square root of n, under "no difference" and under the effect.
Spreads = Callable[[Floats, Floats, Floats, Floats], tuple[Floats, Floats]]


def _alternative_spread(p: Floats, base: Floats, ratio: Floats) -> Floats:
    return np.asarray(np.sqrt(p * (1 - p) + base * (1 - base) / ratio), dtype=np.float64)


def _pooled(p: Floats, base: Floats, ratio: Floats, value: Floats) -> tuple[Floats, Floats]:
    one, two = restricted_difference(p, base, np.ones_like(ratio), ratio, value)
    return _alternative_spread(one, two, ratio), _alternative_spread(p, base, ratio)


def _relative(p: Floats, base: Floats, ratio: Floats, value: Floats) -> tuple[Floats, Floats]:
    """For p - value x base, Farrington and Manning's way to a ratio."""
    one, two = restricted_ratio(p, base, np.ones_like(ratio), ratio, value)
    return _alternative_spread(one, two, ratio / value**2), _alternative_spread(p, base, ratio / value**2)


def _unpooled(p: Floats, base: Floats, ratio: Floats, value: Floats) -> tuple[Floats, Floats]:
    spread = _alternative_spread(p, base, ratio)
    return spread, spread


def _evan_miller(p: Floats, base: Floats, ratio: Floats, value: Floats) -> tuple[Floats, Floats]:
    return _alternative_spread(base, base, ratio), _alternative_spread(p, base, ratio)


_SPREADS: dict[str, Spreads] = {"pooled": _pooled, "unpooled": _unpooled, "evan_miller": _evan_miller}
#: The formulas for rates.
FORMULAS = (*_SPREADS, "arcsine", "rule_of_16")


def size_rates(
    base: ArrayLike,
    p: ArrayLike,
    *,
    power: ArrayLike = 0.8,
    ratio: ArrayLike = 1.0,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    formula: str = "pooled",
    compare: Compare = "difference",
    value: ArrayLike | None = None,
) -> Floats:
    """Units needed in the treatment arm to find that a rate is `p` and not `base`.

    Parameters
    ----------
    base, p : array-like
        The rates of control and of treatment, between 0 and 1.
    power : array-like
        The chance of finding it.
    ratio : array-like
        Size of control / size of treatment.
    alpha : float
    alternative : {"two-sided", "larger", "smaller"}
        Of treatment against control.
    formula : {"pooled", "unpooled", "evan_miller", "arcsine", "rule_of_16"}
        `pooled` is R's `power.prop.test`; `unpooled` Wald's test; `evan_miller` his calculator, with the spread of the
        baseline; `arcsine` Cohen's h, as in R's `pwr`; `rule_of_16` is 16 x base x (1 - base) / difference^2, made for
        80% power at 0.05 two-sided and equal arms.
    compare : {"difference", "ratio"}
        Whether `value` is a difference of the rates or a ratio; a ratio other than 1 goes by the pooled formula only.
    value : array-like, optional
        What is to be ruled out, such as minus a margin, or 1 less a relative margin; "no difference" if not given.

    Returns
    -------
    array
        Not rounded; infinite where the effect is `value`, or on the other side of it than `alternative` asks.

    Raises
    ------
    SpecError
        If a rate, power, ratio or formula is not possible.

    Examples
    --------
    >>> size_rates(0.75, 0.5, power=0.9).round(4)  # R: power.prop.test(p1 = .5, p2 = .75, power = .9)
    array([76.7069])
    >>> size_rates(0.1, 0.12, formula="evan_miller").round(1)
    array([3622.6])
    """
    q, rate, chance, r, at = floats(base, p, power, ratio, _ruled_out(compare, value))
    _check(q, rate, r)
    check_power(chance)
    if formula == "rule_of_16":
        _check_rule_of_16(chance, r, alpha, alternative)
    z, reach = z_of(alpha, alternative), reach_of(chance)
    effect, null, spread = _standing(rate, q, r, at, formula, compare)
    with np.errstate(divide="ignore"):
        n = np.asarray((z * null + reach * spread) ** 2 / effect**2, dtype=np.float64)
        if formula == "rule_of_16":
            n = 16 * q * (1 - q) / effect**2
    n = np.where(on_its_side(effect, alternative) & (effect != 0), n, np.inf)
    return n


def power_rates(
    base: ArrayLike,
    p: ArrayLike,
    n: ArrayLike,
    *,
    ratio: ArrayLike = 1.0,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    formula: str = "pooled",
    compare: Compare = "difference",
    value: ArrayLike | None = None,
) -> Floats:
    """The chance of finding that a rate is `p` and not `base`, with `n` units in treatment; see `size_rates`.

    Two-sided, it includes the chance of finding an effect in the wrong direction, which is negligible unless power is
    very low. The rule of 16 has no power of its own.

    Examples
    --------
    >>> power_rates(0.1, 0.12, [2000, 3841]).round(3)
    array([0.525, 0.8  ])
    """
    q, rate, units, r, at = floats(base, p, n, ratio, _ruled_out(compare, value))
    _check(q, rate, r)
    if formula == "rule_of_16":
        raise SpecError("power_rates: the rule of 16 is for sizes only; take another formula for power.")
    effect, null, spread = _standing(rate, q, r, at, formula, compare)
    return normal_power(effect * np.sqrt(units), null, spread, alpha, alternative)


def mde_rates(
    base: ArrayLike,
    n: ArrayLike,
    *,
    power: ArrayLike = 0.8,
    ratio: ArrayLike = 1.0,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    formula: str = "pooled",
    direction: str = "up",
    value: ArrayLike = 0.0,
) -> Floats:
    """The smallest change of a rate that `n` units in treatment find with this power: rate in treatment less `base`.

    Parameters
    ----------
    direction : {"up", "down"}
        Whether the change is upwards or downwards.

    Returns
    -------
    array
        NaN where even a rate of 1 (or 0) would not be found.

    Examples
    --------
    >>> mde_rates(0.1, 3841).round(4)
    array([0.02])
    """
    q, units, chance, r, at = floats(base, n, power, ratio, value)
    if direction not in ("up", "down"):
        raise SpecError(f"mde_rates: direction={direction!r} is 'up' or 'down'.")
    check_power(chance)
    end = np.ones_like(q) if direction == "up" else np.zeros_like(q)
    start = np.clip(q + at, 1e-12, 1 - 1e-12)

    def short_of(share: Floats) -> Floats:
        rate = np.clip(start + share * (end - start), 1e-12, 1 - 1e-12)
        asked = {"ratio": r, "alpha": alpha, "alternative": alternative, "formula": formula, "value": at}
        return power_rates(q, rate, units, **asked) - chance  # type: ignore[arg-type]

    share = bisect(short_of, np.zeros_like(q), np.ones_like(q))
    return np.where(short_of(np.ones_like(q)) >= 0, start + share * (end - start) - q, np.nan)


def exact_power(
    base: float,
    p: float,
    n: int,
    *,
    control_n: int | None = None,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    value: float = 0.0,
) -> float:
    """The true chance that the score test rejects: the sum over all pairs of counts; with `p = base`, of false alarms.

    Counts so unlikely that they add less than 10^-12 are left out.

    Parameters
    ----------
    base, p : float
        The rates of control and of treatment.
    n, control_n : int
        Units of treatment, and of control (as many, if not given).
    value : float
        The difference that is tested.

    Examples
    --------
    >>> round(exact_power(0.1, 0.12, 3841), 4)
    0.8006
    """
    from scipy.special import bdtr, bdtrc

    m = n if control_n is None else control_n
    x = _likely(m, base)
    chance = np.diff(np.concatenate([[bdtr(x[0] - 1, m, base) if x[0] > 0 else 0.0], bdtr(x, m, base)]))

    def rejected(y: Floats, sign: int) -> np.ndarray:
        """Whether the test rejects, and the statistic has this sign."""
        tested = stats.score_test(np.clip(y, 0, n), n, x, m, value=value, alternative=alternative)
        return np.asarray((tested.p < check_alpha(alpha)) & (sign * tested.statistic > 0))

    # The more conversions in treatment, the larger the statistic: for each count of control one edge on either side.
    high = _first(lambda y: rejected(y, 1), n, x)
    low = n - _first(lambda y: rejected(n - y, -1), n, x)
    above = np.where(high > n, 0.0, np.where(high <= 0, 1.0, bdtrc(np.clip(high - 1, 0, n), n, p)))
    below = np.where(low < 0, 0.0, bdtr(np.clip(low, 0, n), n, p))
    return float(chance @ (above + below))


def _likely(n: int, p: float) -> Floats:
    reach = 7.5 * np.sqrt(n * p * (1 - p)) + 15
    return np.arange(max(0, np.floor(n * p - reach)), min(n, np.ceil(n * p + reach)) + 1)


def _first(holds: Callable[[Floats], np.ndarray], n: int, x: Floats) -> Floats:
    """The first of 0 … n from which on `holds`, for each of `x`; n + 1 where it never does."""
    low, high = np.full_like(x, -1.0), np.full_like(x, n + 1.0)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        yes = holds(middle)
        low, high = np.where(yes, low, middle), np.where(yes, middle, high)
    return high


def _ruled_out(compare: str, value: ArrayLike | None) -> ArrayLike:
    if compare not in get_args(Compare):
        raise SpecError(f"compare={compare!r} is 'difference' or 'ratio'.")
    if value is None:
        return 0.0 if compare == "difference" else 1.0
    at = np.asarray(value, dtype=np.float64)
    if compare == "ratio" and not ((at > 0) & np.isfinite(at)).all():
        raise SpecError("value= is a ratio of rates, above 0.")
    if compare == "difference" and not (np.abs(at) < 1).all():
        raise SpecError("value= is a difference of rates, between -1 and 1.")
    return at


def _standing(
    p: Floats, base: Floats, ratio: Floats, value: Floats, formula: str, compare: str
) -> tuple[Floats, Floats, Floats]:
    """The effect, and its standard error times sqrt(n) without and with it, on the scale of the formula."""
    if formula not in FORMULAS:
        raise SpecError(f"formula={formula!r} is not known; it is one of {', '.join(FORMULAS)}.")
    if compare == "ratio":
        if formula == "pooled":
            return (p - value * base, *_relative(p, base, ratio, value))
        if (value != 1).any():
            raise SpecError(f"formula={formula!r} rules out no ratio but 1; take 'pooled'.")
        value = np.zeros_like(value)
    if value.any() and formula not in ("pooled", "unpooled"):
        raise SpecError(f"formula={formula!r} tests for no difference only; with a margin take 'pooled'.")
    if formula == "arcsine":
        effect = 2 * np.arcsin(np.sqrt(p)) - 2 * np.arcsin(np.sqrt(base))
        spread = np.sqrt(1 + 1 / ratio)
        return effect, spread, spread
    if formula == "rule_of_16":
        return p - base, np.ones_like(p), np.ones_like(p)
    return (p - base - value, *_SPREADS[formula](p, base, ratio, value))


def normal_power(effect: Floats, null: Floats, spread: Floats, alpha: float, alternative: str) -> Floats:
    """The chance that a normal estimate of `effect` with this spread lies beyond z times that without an effect."""
    from scipy.special import ndtr

    side, z = side_of(alternative), z_of(alpha, alternative)
    with np.errstate(divide="ignore", invalid="ignore"):
        up, down = (effect - z * null) / spread, (-effect - z * null) / spread
    # Where nothing varies and nothing differs, nothing is found.
    up, down = (np.where(np.isnan(v) & (spread == 0), -np.inf, v) for v in (up, down))
    if side == "larger":
        return np.asarray(ndtr(up), dtype=np.float64)
    if side == "smaller":
        return np.asarray(ndtr(down), dtype=np.float64)
    return np.asarray(ndtr(up) + ndtr(down), dtype=np.float64)


def z_of(alpha: float, alternative: str) -> float:
    """The critical value of a normal test."""
    from scipy.special import ndtri

    return float(-ndtri(check_alpha(alpha) / (2 if side_of(alternative) == "two-sided" else 1)))


def reach_of(power: Floats) -> Floats:
    """How many standard errors beyond the critical value the effect must lie."""
    from scipy.special import ndtri

    return np.asarray(ndtri(power), dtype=np.float64)


def on_its_side(effect: Floats, alternative: str) -> Floats:
    """Whether the effect lies on the side that the test looks at."""
    side = side_of(alternative)
    return np.asarray((effect > 0) if side == "larger" else (effect < 0) if side == "smaller" else effect == effect)


def _check(base: Floats, p: Floats, ratio: Floats) -> None:
    for name, rate in (("base", base), ("p", p)):
        if not ((rate >= 0) & (rate <= 1)).all():
            raise SpecError(f"{name}={rate[~((rate >= 0) & (rate <= 1))][0]:g} is no rate; rates lie between 0 and 1.")
    if not (ratio > 0).all():
        raise SpecError(f"ratio={ratio.min():g} must be above 0: the size of control over that of treatment.")


def check_power(power: Floats) -> None:
    """Refuse a power that is none."""
    if not ((power > 0) & (power < 1)).all():
        raise SpecError(f"power={power[~((power > 0) & (power < 1))][0]:g} must lie between 0 and 1, such as 0.8.")


def _check_rule_of_16(power: Floats, ratio: Floats, alpha: float, alternative: str) -> None:
    usual = np.allclose(power, 0.8) and np.allclose(ratio, 1) and alpha == 0.05
    if not usual or side_of(alternative) != "two-sided":
        raise SpecError("formula='rule_of_16' is for 80% power at alpha 0.05, two-sided, with equal arms.")
