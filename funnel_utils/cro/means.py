"""Two means compared from a few sums, by Welch's t.

Arms of different size and spread are the rule in experiments, and a pooled variance is then that of the larger arm: too
small or too large by what the smaller one differs.

References
----------
Welch, B. L. (1947). The generalization of "Student's" problem when several different population variances are involved.
Biometrika 34, 28-35.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.cro.comparison import Compared, compare_estimates
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import floats
from funnel_utils.stats.means import satterthwaite


def compare_means(
    n: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    control_n: ArrayLike,
    control_mean: ArrayLike,
    control_variance: ArrayLike,
    *,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    value: ArrayLike = 0.0,
    equal_var: bool = False,
    normal: bool = False,
) -> Compared:
    """Compare the means of a treatment arm and control.

    Parameters
    ----------
    n, mean, variance : array-like
        Units, mean and variance (n - 1) of the treatment arm; see `stats.variance_of`.
    control_n, control_mean, control_variance : array-like
        The same of control.
    alpha, alternative, value
        See `Compared`.
    equal_var : bool
        One variance for both arms (Student's test instead of Welch's).
    normal : bool
        The normal quantile instead of t: a z-test.

    Returns
    -------
    Compared
        NaN where an arm has fewer than two units, or neither arm varies: nothing is then known of the spread.

    Raises
    ------
    SpecError
        If a variance is negative.

    Examples
    --------
    >>> found = compare_means(4, 2.5, 5 / 3, 3, 1.0, 1.0)  # 1, 2, 3, 4 against 0, 1, 2
    >>> f"{found.difference[0]:.1f} ({found.low[0]:.2f} to {found.high[0]:.2f}), t = {found.statistic[0]:.2f}"
    '1.5 (-0.73 to 3.73), t = 1.73'
    """
    k, a, va, m, b, vb = floats(n, mean, variance, control_n, control_mean, control_variance)
    if (va < 0).any() or (vb < 0).any():
        raise SpecError("compare_means: a variance is negative; give the variance (n - 1) of the values.")
    enough = (k >= 2) & (m >= 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if equal_var:
            va = vb = ((k - 1) * va + (m - 1) * vb) / (k + m - 2)
        square, other = np.where(enough, va / k, np.nan), np.where(enough, vb / m, np.nan)
        freedom = k + m - 2 if equal_var else satterthwaite(square, k - 1, other, m - 1)
    kind = ("z" if normal else "Student" if equal_var else "Welch", "normal" if normal else "Welch")
    return compare_estimates(
        *(a, square, b, other),
        freedom=np.where(enough, np.inf, np.nan) if normal else freedom,
        alpha=alpha,
        alternative=alternative,
        value=value,
        test=kind[0],
        interval="Student" if equal_var and not normal else kind[1],
    )
