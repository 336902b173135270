"""Two arms compared: one shape for the answer, whatever was measured.

An effect is told twice: as a **difference** (points, toman, clicks), which decides, and as a **lift** (the difference
as a share of control), which people speak of. Each has its own interval, because a lift divides by a control that is
itself uncertain. Everything here is elementwise: an element may be a metric, a day, a segment or a simulated
experiment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.stats.counts import (
    Floats,
    floats,
    open_end,
    side_of,
    student_critical,
    student_p,
    two_sided_alpha,
)


@dataclass(frozen=True, eq=False)
class Compared:
    """Treatment against control, one element per comparison.

    Attributes
    ----------
    estimate, control : array
        What was measured in the treatment arm and in control: a rate, a mean, a ratio.
    difference, low, high : array
        estimate - control, in its unit, with its interval.
    lift, lift_low, lift_high : array
        estimate / control - 1, with its interval. Infinite where control is 0 and treatment is not; NaN where both are
        0. A bound may be infinite: the data then allow any lift in that direction. A negative control turns the sign.
    se : array
        Standard error of the difference.
    freedom : array
        Degrees of freedom of the test; infinite for a normal one.
    statistic, p : array
        Of the test that the difference is `value`. NaN where there is nothing to test with: no units, or a mean whose
        variance is zero in both arms.
    alpha : float
        1 - confidence of every interval.
    alternative : {"two-sided", "larger", "smaller"}
    value : array
        The difference that the test asks about.
    test, interval, lift_interval : str
        What was used, in words for tables.
    """

    estimate: Floats
    control: Floats
    difference: Floats
    low: Floats
    high: Floats
    lift: Floats
    lift_low: Floats
    lift_high: Floats
    se: Floats
    freedom: Floats
    statistic: Floats
    p: Floats
    alpha: float = stats.ALPHA
    alternative: str = "two-sided"
    value: Floats = field(default_factory=lambda: np.zeros(1))
    test: str = ""
    interval: str = ""
    lift_interval: str = ""

    @property
    def decided(self) -> np.ndarray:
        """Whether `value` is ruled out: by the test and by the interval.

        The two invert slightly different tests in some methods, so that with few units one may come before the other;
        a decision waits for both.
        """
        outside = (self.low > self.value) | (self.high < self.value)
        return np.asarray(outside & (self.p < self.alpha))

    def to_frame(self) -> pd.DataFrame:
        """The comparisons as rows: `estimate`, `control`, `difference`, `low`, `high`, `lift`, `lift_low`, `lift_high`,
        `se`, `freedom`, `statistic`, `p`, `test`, `interval`, `lift_interval`."""
        arrays = ("estimate", "control", "difference", "low", "high", "lift", "lift_low", "lift_high")
        names = (*arrays, "se", "freedom", "statistic", "p")
        frame = pd.DataFrame({name: np.ravel(getattr(self, name)) for name in names})
        return frame.assign(test=self.test, interval=self.interval, lift_interval=self.lift_interval)


def compare_estimates(
    estimate: ArrayLike,
    variance: ArrayLike,
    control: ArrayLike,
    control_variance: ArrayLike,
    *,
    freedom: ArrayLike = np.inf,
    covariance: ArrayLike = 0.0,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
    value: ArrayLike = 0.0,
    test: str = "z",
    interval: str = "normal",
) -> Compared:
    """Compare any two estimates that are about normal, from their sampling variances.

    Parameters
    ----------
    estimate, variance, control, control_variance : array-like
        The estimates and their **squared standard errors**.
    freedom : array-like
        Degrees of freedom of the difference; infinite for the normal.
    covariance : array-like
        Of the two estimates; zero where the arms share nothing.
    alpha, alternative
        See `Compared`.
    value : array-like
        The difference to test against.
    test, interval : str
        What to call them.

    Returns
    -------
    Compared
        The lift's interval is Fieller's, with the same quantile: where it has two ends it excludes 0 exactly when the
        difference's does.

    Examples
    --------
    >>> found = compare_estimates(12, 0.25, 10, 0.16)
    >>> f"{found.difference[0]:.1f} ({found.low[0]:.2f} to {found.high[0]:.2f}), p {found.p[0]:.4f}"
    '2.0 (0.75 to 3.25), p 0.0018'
    """
    a, va, b, vb, df, cov, at = floats(estimate, variance, control, control_variance, freedom, covariance, value)
    difference, square = a - b, va + vb - 2 * cov
    level = two_sided_alpha(alpha, alternative)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(np.where(square > 0, square, np.nan))
        statistic = (difference - at) / se
    half = student_critical(level, df) * se
    bounds = open_end(stats.Interval(difference - half, difference + half), alternative, -np.inf, np.inf)
    missing = np.isnan(se)
    ends = stats.fieller(a, va, b, vb, alpha, covariance=cov, freedom=df, alternative=alternative)
    lift_low, lift_high = (np.where(missing, np.nan, end - 1) for end in ends)
    return Compared(
        *(a, b, difference, *bounds, lift_of(a, b), lift_low, lift_high),
        *(se, df, statistic, student_p(statistic, df, alternative)),
        alpha=alpha,
        alternative=side_of(alternative),
        value=at,
        test=test,
        interval=interval,
        lift_interval="Fieller",
    )


def lift_of(estimate: Floats, control: Floats) -> Floats:
    """estimate / control - 1; infinite over a control of 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(estimate / control - 1, dtype=np.float64)
