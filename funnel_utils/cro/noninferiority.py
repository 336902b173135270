"""Not worse by more than a margin: the question that a guardrail asks.

"No significant harm" is no evidence of no harm: a test too small to see anything says it every time. Non-inferiority
turns the burden round. The arm passes only if a loss as large as the margin is ruled out, that is, if the bound of the
one-sided interval on the bad side lies within the margin. The margin is set before the data are seen.

References
----------
Farrington, C. P., Manning, G. (1990). Statistics in Medicine 9, 1447-1454.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.cro.comparison import Compared
from funnel_utils.cro.means import compare_means
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats, floats, student_critical, student_p

#: One-sided, so that the bound is an end of the usual 95% interval.
ONE_SIDED = 0.025


class NonInferiority(NamedTuple):
    """One element per comparison.

    Attributes
    ----------
    difference : array
        Treatment - control; treatment / control - 1 with a relative margin.
    bound : array
        The end of the one-sided interval on the bad side: so much worse it may still be.
    margin : array
        The worst that is tolerated, with its sign: negative where higher is better.
    p : array
        One-sided, that the loss is the margin or worse.
    passed : array of bool
        Whether the margin is ruled out, by bound and test.
    """

    difference: Floats
    bound: Floats
    margin: Floats
    p: Floats
    passed: np.ndarray


def noninferior_rates(
    count: ArrayLike,
    total: ArrayLike,
    control_count: ArrayLike,
    control_total: ArrayLike,
    margin: ArrayLike,
    *,
    relative: bool = False,
    higher_is_better: bool = True,
    alpha: float = ONE_SIDED,
) -> NonInferiority:
    """Whether a rate is not worse than control's by `margin` or more.

    Parameters
    ----------
    count, total, control_count, control_total : array-like
    margin : array-like
        Above 0: the loss that is tolerated, as a difference of rates, or as a share of control's rate.
    relative : bool
        Whether the margin is a share of control's rate.
    higher_is_better : bool
        False for rates such as unsubscribing.
    alpha : float
        One-sided.

    Returns
    -------
    NonInferiority
        By the score test (Farrington-Manning) and the score interval that inverts it (Mee, Koopman).

    Examples
    --------
    >>> found = noninferior_rates(980, 10000, 1000, 10000, 0.01)
    >>> f"{found.bound[0]:.4f} against {found.margin[0]:.4f}: {bool(found.passed[0])}"
    '-0.0103 against -0.0100: False'
    """
    y, n, x, m, worst = floats(count, total, control_count, control_total, margin)
    limit = _limit(worst, higher_is_better)
    alternative = "larger" if higher_is_better else "smaller"
    if relative:
        if higher_is_better and (worst >= 1).any():
            raise SpecError("noninferior_rates: a relative margin of 1 or more tolerates the loss of everything.")
        tested = stats.score_test(y, n, x, m, value=1 + limit, compare="ratio", alternative=alternative)
        bounds = stats.ratio_interval(y, n, x, m, alpha, alternative=alternative)
        with np.errstate(divide="ignore", invalid="ignore"):
            difference, ends = y / n / (x / m) - 1, (bounds.low - 1, bounds.high - 1)
    else:
        tested = stats.score_test(y, n, x, m, value=limit, alternative=alternative)
        ends = stats.difference_interval(y, n, x, m, alpha, method="mee", alternative=alternative)
        difference = stats.rate(y, n) - stats.rate(x, m)
    return _judged(difference, ends[0] if higher_is_better else ends[1], limit, tested.p, alpha, higher_is_better)


def noninferior_means(
    n: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    control_n: ArrayLike,
    control_mean: ArrayLike,
    control_variance: ArrayLike,
    margin: ArrayLike,
    *,
    relative: bool = False,
    higher_is_better: bool = True,
    alpha: float = ONE_SIDED,
) -> NonInferiority:
    """Whether a mean is not worse than control's by `margin` or more: Welch's t; parameters as in `noninferior_rates`.

    Examples
    --------
    >>> found = noninferior_means(1000, 9.9, 25, 1000, 10, 25, 0.05, relative=True)
    >>> f"{found.bound[0]:.3f}: {bool(found.passed[0])}"
    '-0.053: False'
    """
    compared = compare_means(n, mean, variance, control_n, control_mean, control_variance)
    square, other = (floats(v, k)[0] / floats(v, k)[1] for v, k in ((variance, n), (control_variance, control_n)))
    worst = floats(margin, square)[0]
    limit = _limit(worst, higher_is_better)
    if not relative:
        return noninferior(compared, worst, higher_is_better=higher_is_better, alpha=alpha)
    # mean - (1 - margin) x control: a margin in shares of control is a contrast, and control's own error is in it.
    factor = 1 + limit
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (compared.estimate - factor * compared.control) / np.sqrt(square + factor**2 * other)
    alternative = "larger" if higher_is_better else "smaller"
    p = student_p(statistic, compared.freedom, alternative)
    ends = stats.fieller(
        compared.estimate, square, compared.control, other, alpha, freedom=compared.freedom, alternative=alternative
    )
    bound = (ends.low if higher_is_better else ends.high) - 1
    return _judged(compared.lift, bound, limit, p, alpha, higher_is_better)


def noninferior(
    compared: Compared, margin: ArrayLike, *, higher_is_better: bool = True, alpha: float = ONE_SIDED
) -> NonInferiority:
    """Whether a difference is within a margin in the metric's own unit, from any comparison with a standard error.

    Parameters
    ----------
    compared : Compared
        Of means, ratios, or adjusted by CUPED. For rates `noninferior_rates` does better at small counts.
    margin : array-like
        Above 0.

    Examples
    --------
    >>> from funnel_utils.cro.comparison import compare_estimates
    >>> bool(noninferior(compare_estimates(9.9, 0.02, 10, 0.02), 0.5).passed[0])
    True
    """
    difference, se, freedom, worst = floats(compared.difference, compared.se, compared.freedom, margin)
    limit = _limit(worst, higher_is_better)
    step = student_critical(2 * alpha, freedom) * se
    alternative = "larger" if higher_is_better else "smaller"
    with np.errstate(divide="ignore", invalid="ignore"):
        p = student_p((difference - limit) / se, freedom, alternative)
    bound = difference - step if higher_is_better else difference + step
    return _judged(difference, bound, limit, p, alpha, higher_is_better)


def _limit(margin: Floats, higher_is_better: bool) -> Floats:
    if not ((margin > 0) & np.isfinite(margin)).all():
        raise SpecError(f"margin={margin.min():g} must be above 0: how much worse is still tolerated.")
    return -margin if higher_is_better else margin


def _judged(
    difference: Floats, bound: Floats, limit: Floats, p: Floats, alpha: float, higher_is_better: bool
) -> NonInferiority:
    within = bound > limit if higher_is_better else bound < limit
    return NonInferiority(difference, bound, limit, p, np.asarray(within & (p < alpha)))
