"""Two conversion rates compared, from four counts.

The p-value is Pearson's (the score test), which anybody can compute again. The difference gets Miettinen and Nurminen's
interval and the lift Koopman's: both ask the same score test, at every difference and at every ratio, instead of adding
a multiple of a standard error that is zero just where evidence is scarce. So 0 of 1,000 against 5 of 1,000 has an
answer, and a lift can never be below -100%.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.cro.comparison import Compared, lift_of
from funnel_utils.stats.counts import floats, side_of

#: The methods' names for tables.
NAMES = {
    "miettinen_nurminen": "Miettinen-Nurminen",
    "mee": "Mee",
    "newcombe": "Newcombe",
    "newcombe_cc": "Newcombe, continuity-corrected",
    "agresti_caffo": "Agresti-Caffo",
    "wald": "Wald",
    "koopman": "Koopman",
    "katz": "Katz",
    "katz_adjusted": "Katz, adjusted",
    "mover": "MOVER",
}


def compare_rates(
    count: ArrayLike,
    total: ArrayLike,
    control_count: ArrayLike,
    control_total: ArrayLike,
    *,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    interval: str = "miettinen_nurminen",
    lift_interval: str = "koopman",
    value: ArrayLike = 0.0,
) -> Compared:
    """Compare the rates of a treatment arm and control.

    Parameters
    ----------
    count, total : array-like
        Units that converted, and units, in the treatment arm.
    control_count, control_total : array-like
        The same in control.
    alpha : float
        1 - confidence; of the one bound if only one is asked for.
    alternative : {"two-sided", "larger", "smaller"}
        `"larger"` asks whether treatment is larger than control: its intervals have a lower bound only.
    interval : str
        For the difference: a method of `stats.difference_interval`.
    lift_interval : str
        For the lift: a method of `stats.ratio_interval`.
    value : array-like
        The difference to test against; other than 0 it is Farrington and Manning's test.

    Returns
    -------
    Compared
        NaN only where an arm has no units. `mee` and `koopman` exclude "no effect" exactly when p < alpha; Miettinen
        and Nurminen's is wider by a hair, sqrt(N / (N - 1)).

    Raises
    ------
    SpecError
        If a count is negative or larger than its total, or a method is not known.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.

    Examples
    --------
    >>> found = compare_rates(5, 1000, 0, 1000)
    >>> f"p = {found.p[0]:.3f}, {found.low[0]:+.4f} to {found.high[0]:+.4f}, lift above {found.lift_low[0]:.0%}"
    'p = 0.025, +0.0012 to +0.0117, lift above 30%'
    """
    y, n, x, m, at = floats(count, total, control_count, control_total, value)
    groups = (y, n, x, m)
    bounds = stats.difference_interval(*groups, alpha, method=interval, alternative=alternative)
    ends = stats.ratio_interval(*groups, alpha, method=lift_interval, alternative=alternative)
    tested = stats.score_test(*groups, value=at, alternative=alternative)
    p, q = stats.rate(y, n), stats.rate(x, m)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    return Compared(
        *(p, q, p - q, *bounds, lift_of(p, q), ends.low - 1, ends.high - 1),
        *(se, tested.freedom, tested.statistic, tested.p),
        alpha=alpha,
        alternative=side_of(alternative),
        value=at,
        test="score",
        interval=NAMES[interval],
        lift_interval=NAMES[lift_interval],
    )
