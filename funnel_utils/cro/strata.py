"""Effects within strata, put together: like compared with like.

Where the share of an arm differs between strata (it was raised from 10% to 50% after a week), adding up the counts
compares weeks as much as arms, and can turn a gain into a loss: Simpson's paradox. Mantel and Haenszel compare within
each stratum and weigh each by n m / (n + m), what it can tell.

References
----------
Mantel, N., Haenszel, W. (1959). Statistical aspects of the analysis of data from retrospective studies of disease. J.
National Cancer Institute 22, 719-748.
Sato, T. (1989). On the variance estimator for the Mantel-Haenszel risk difference. Biometrics 45, 1323-1324.
Greenland, S., Robins, J. M. (1985). Estimation of a common effect parameter from sparse follow-up data. Biometrics 41,
55-68.
Robins, J., Breslow, N., Greenland, S. (1986). Estimators of the Mantel-Haenszel variance consistent in both sparse data
and large-strata limiting models. Biometrics 42, 311-323.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.cro.comparison import Compared, compare_estimates
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats, check_counts, critical, floats


@dataclass(frozen=True)
class Stratified:
    """Two arms compared within strata; plain numbers.

    Attributes
    ----------
    difference, low, high : float
        The common difference of rates, weighted by Mantel and Haenszel, with Sato's interval.
    lift, lift_low, lift_high : float
        The common ratio of rates less 1 (Greenland and Robins).
    odds_ratio, odds_low, odds_high : float
        The common odds ratio (Robins, Breslow and Greenland).
    statistic, p : float
        Mantel and Haenszel's chi-square test (without continuity correction) that no stratum has a difference.
    homogeneity_p : float
        Cochran's Q that the difference is the same in all strata; NaN with fewer than two.
    se : float
        Of the difference.
    estimate, control : float
        The arms' rates, both at the same weights of the strata.
    strata : int
        How many have units in both arms; the others tell nothing.
    """

    difference: float
    low: float
    high: float
    lift: float
    lift_low: float
    lift_high: float
    odds_ratio: float
    odds_low: float
    odds_high: float
    statistic: float
    p: float
    homogeneity_p: float
    se: float
    estimate: float
    control: float
    strata: int


def mantel_haenszel(
    count: ArrayLike,
    total: ArrayLike,
    control_count: ArrayLike,
    control_total: ArrayLike,
    *,
    alpha: float = stats.ALPHA,
) -> Stratified:
    """Compare two rates within strata.

    Parameters
    ----------
    count, total, control_count, control_total : array-like, (strata,)
        Successes and units of each arm in each stratum.
    alpha : float
        1 - confidence.

    Raises
    ------
    SpecError
        If no stratum has units in both arms.

    Examples
    --------
    A small arm on good days, a large one on bad days:

    >>> found = mantel_haenszel([21, 110], [100, 1000], [180, 10], [900, 100])
    >>> f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    '+0.010 (-0.042 to +0.062)'
    """
    y, n, x, m = floats(count, total, control_count, control_total)
    check_counts(y, n)
    check_counts(x, m)
    used = (n > 0) & (m > 0)
    if not used.any():
        raise SpecError("mantel_haenszel: no stratum has units in both arms, so there is nothing to compare.")
    y, n, x, m = y[used], n[used], x[used], m[used]
    everybody = n + m
    weight = n * m / everybody
    rates = float((weight * y / n).sum() / weight.sum()), float((weight * x / m).sum() / weight.sum())
    difference = rates[0] - rates[1]
    se = _sato(y, n, x, m, difference)
    z = critical(alpha)
    low, high = max(difference - z * se, -1.0), min(difference + z * se, 1.0)
    if se == 0:
        # Nobody, or everybody, in all strata: no stratum differs from another, so that they may be added up.
        low, high = (float(end[0]) for end in stats.miettinen_nurminen(y.sum(), n.sum(), x.sum(), m.sum(), alpha))
    ratio, ratio_low, ratio_high = _ratio(y, n, x, m, z)
    odds, odds_low, odds_high = _odds(y, n, x, m, z)
    statistic, p = _cmh(y, n, x, m)
    return Stratified(
        difference=difference,
        low=low,
        high=high,
        lift=ratio - 1,
        lift_low=ratio_low - 1,
        lift_high=ratio_high - 1,
        odds_ratio=odds,
        odds_low=odds_low,
        odds_high=odds_high,
        statistic=statistic,
        p=p,
        homogeneity_p=_homogeneity(y, n, x, m),
        se=se,
        estimate=rates[0],
        control=rates[1],
        strata=int(used.sum()),
    )


def stratified_means(
    n: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    control_n: ArrayLike,
    control_mean: ArrayLike,
    control_variance: ArrayLike,
    *,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
) -> Compared:
    """Compare two means within strata, each stratum weighted by its units in both arms (post-stratification).

    Parameters
    ----------
    n, mean, variance, control_n, control_mean, control_variance : array-like, (strata,)
        As in `compare_means`, for each stratum. Strata with fewer than two units in an arm are left out.

    Returns
    -------
    Compared
        One comparison, of the two weighted means.

    Raises
    ------
    SpecError
        If no stratum has two units in both arms.

    Examples
    --------
    >>> found = stratified_means([50, 50], [10, 20], [4, 4], [80, 20], [9, 19], [4, 4])
    >>> f"{found.difference[0]:.2f} ({found.low[0]:.2f} to {found.high[0]:.2f})"
    '1.00 (0.41 to 1.59)'
    """
    k, a, va, m, b, vb = floats(n, mean, variance, control_n, control_mean, control_variance)
    used = (k >= 2) & (m >= 2)
    if not used.any():
        raise SpecError("stratified_means: no stratum has two units in both arms, so there is nothing to compare.")
    k, a, va, m, b, vb = (part[used] for part in (k, a, va, m, b, vb))
    weight = (k + m) / (k + m).sum()
    parts = [(weight**2 * va / k), (weight**2 * vb / m)]
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = (parts[0] + parts[1]).sum() ** 2 / (parts[0] ** 2 / (k - 1) + parts[1] ** 2 / (m - 1)).sum()
    return compare_estimates(
        *((weight * a).sum(), parts[0].sum(), (weight * b).sum(), parts[1].sum()),
        freedom=freedom,
        alpha=alpha,
        alternative=alternative,
        test="Welch, stratified",
        interval="stratified",
    )


def _sato(y: Floats, n: Floats, x: Floats, m: Floats, difference: float) -> float:
    """Sato's standard error, good for a few large strata and for many small ones."""
    everybody = n + m
    p = (n**2 * x - m**2 * y + n * m * (m - n) / 2) / everybody**2
    q = (y * (m - x) + x * (n - y)) / (2 * everybody)
    square = (difference * p.sum() + q.sum()) / (n * m / everybody).sum() ** 2
    return float(np.sqrt(max(square, 0.0)))


def _ratio(y: Floats, n: Floats, x: Floats, m: Floats, z: float) -> tuple[float, float, float]:
    everybody = n + m
    above, below = float((y * m / everybody).sum()), float((x * n / everybody).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        square = ((n * m * (y + x) - y * x * everybody) / everybody**2).sum() / (np.float64(above) * below)
        return _logs(above, below, square, z)


def _odds(y: Floats, n: Floats, x: Floats, m: Floats, z: float) -> tuple[float, float, float]:
    everybody = n + m
    for_, against = y * (m - x) / everybody, x * (n - y) / everybody
    agree, differ = (y + m - x) / everybody, (x + n - y) / everybody
    r, s = float(for_.sum()), float(against.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        square = (
            (agree * for_).sum() / (2 * np.float64(r) ** 2)
            + (agree * against + differ * for_).sum() / (2 * np.float64(r) * s)
            + (differ * against).sum() / (2 * np.float64(s) ** 2)
        )
        return _logs(r, s, square, z)


def _logs(above: float, below: float, square: float, z: float) -> tuple[float, float, float]:
    """A ratio with its interval on the log scale; open to 0 and infinity where one of its parts is 0."""
    if above == 0 and below == 0:
        return (np.nan, 0.0, np.inf)
    if above == 0 or below == 0:
        return (np.inf if below == 0 else 0.0, 0.0, np.inf)
    step = z * float(np.sqrt(square))
    return above / below, above / below * float(np.exp(-step)), above / below * float(np.exp(step))


def _cmh(y: Floats, n: Floats, x: Floats, m: Floats) -> tuple[float, float]:
    from scipy.special import chdtrc

    everybody, both = n + m, y + x
    apart = (y - n * both / everybody).sum()
    many = everybody > 1
    square = (n * m * both * (everybody - both))[many] / (everybody**2 * (everybody - 1))[many]
    if square.sum() == 0:
        return 0.0, 1.0
    statistic = float(apart**2 / square.sum())
    return statistic, float(chdtrc(1, statistic))


def _homogeneity(y: Floats, n: Floats, x: Floats, m: Floats) -> float:
    """Cochran's Q, with 1/2 added to the counts so that a stratum without conversions does not count as certain."""
    from scipy.special import chdtrc

    if len(y) < 2:
        return float("nan")
    p, q = (y + 0.5) / (n + 1), (x + 0.5) / (m + 1)
    weight = 1 / (p * (1 - p) / n + q * (1 - q) / m)
    apart = p - q
    statistic = float((weight * (apart - (weight * apart).sum() / weight.sum()) ** 2).sum())
    return float(chdtrc(len(y) - 1, statistic))
