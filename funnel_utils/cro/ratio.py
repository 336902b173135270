"""Two ratios of totals compared: clicks per visit, revenue per order, where the unit that was randomised is a person.

A person's visits are not independent of each other; the persons are. The delta method therefore counts in persons: a
ratio R moves with a person by (y - R x) / mean of x, and the spread of that is the spread of R.

References
----------
Deng, A., Knoblich, U., Lu, J. (2018). Applying the delta method in metric analytics. KDD 2018.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.cro.comparison import Compared, compare_estimates
from funnel_utils.stats.counts import Floats, floats
from funnel_utils.stats.means import satterthwaite


def compare_ratios(
    n: ArrayLike,
    mean: ArrayLike,
    covariance: ArrayLike,
    control_n: ArrayLike,
    control_mean: ArrayLike,
    control_covariance: ArrayLike,
    *,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    value: ArrayLike = 0.0,
) -> Compared:
    """Compare two ratios of totals, such as clicks per visit, over the units that were randomised.

    Parameters
    ----------
    n : array-like
        Units of the treatment arm.
    mean : array-like, (…, 2)
        Per unit, the means of numerator and denominator.
    covariance : array-like, (…, 2, 2)
        Their covariance matrix (n - 1).
    control_n, control_mean, control_covariance : array-like
        The same of control. `Moments.vector` and `Moments.matrix` give all of these.
    alpha, alternative, value
        See `Compared`.

    Returns
    -------
    Compared
        NaN where a denominator is zero, an arm has fewer than two units, or neither ratio varies.

    Examples
    --------
    >>> clicks = compare_ratios(100, [3.3, 6], [[4, 2], [2, 9]], 100, [3, 6], [[4, 2], [2, 9]])
    >>> f"{clicks.estimate[0]:.2f} against {clicks.control[0]:.2f}, p = {clicks.p[0]:.3f}"
    '0.55 against 0.50, p = 0.312'
    """
    (k,), (m,) = floats(n), floats(control_n)
    a, square = ratio_variance(k, np.asarray(mean, dtype=np.float64), np.asarray(covariance, dtype=np.float64))
    b, other = ratio_variance(
        m, np.asarray(control_mean, dtype=np.float64), np.asarray(control_covariance, dtype=np.float64)
    )
    return compare_estimates(
        *(a, square, b, other),
        freedom=satterthwaite(square, k - 1, other, m - 1),
        alpha=alpha,
        alternative=alternative,
        value=value,
        test="Welch, delta method",
        interval="delta method",
    )


def ratio_variance(n: Floats, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """A ratio of two means and its squared standard error, by the delta method.

    Parameters
    ----------
    n : array
        Units.
    mean : array, (…, 2)
        Of numerator and denominator.
    covariance : array, (…, 2, 2)
        Of the two, between units.

    Examples
    --------
    >>> ratio, square = ratio_variance(np.array([100.0]), np.array([3.0, 6.0]), np.array([[4.0, 2.0], [2.0, 9.0]]))
    >>> ratio.tolist(), square.round(6).tolist()
    ([0.5], [0.001181])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(mean[..., 1] != 0, mean[..., 0] / mean[..., 1], np.nan)
        spread = covariance[..., 0, 0] - 2 * ratio * covariance[..., 0, 1] + ratio**2 * covariance[..., 1, 1]
        square = np.maximum(spread, 0.0) / mean[..., 1] ** 2 / n
    return np.atleast_1d(ratio), np.atleast_1d(np.where(n >= 2, square, np.nan))
