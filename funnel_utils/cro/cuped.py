"""CUPED: less noise by what was known of each unit before the experiment began.

Who bought much before buys much now, in either arm. Take from each arm what its people's past explains,
`adjusted = mean of y - theta x (mean of covariates - that of everybody)`, and the difference of arms stays what it is
on average while its variance shrinks by the square of the correlation. It is the same as the analysis of covariance.

One `theta` serves both arms: the one that makes the variance of the difference smallest, with each arm weighted by one
over its size, so that unequal arms lose nothing by it. Metrics and covariates may be ratios of totals: they enter by
the delta method, as (y - R x) / mean of x.

A covariate must be **from before** the assignment. One that the treatment can move takes part of the effect away with
it; the balance of covariates between the arms, which chance alone should disturb, shows that.

References
----------
Deng, A., Xu, Y., Kohavi, R., Walker, T. (2013). Improving the sensitivity of online controlled experiments by utilizing
pre-experiment data. WSDM 2013.
Lin, W. (2013). Agnostic notes on regression adjustments to experimental data. Annals of Applied Statistics 7, 295-318.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.cro.comparison import Compared, compare_estimates
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats, student_p
from funnel_utils.stats.means import satterthwaite

#: A covariate with less of its variance than this left by the others tells nothing of its own.
COLLINEAR = 1e-9

#: A column, or a pair (numerator, denominator) of columns.
Place = int | tuple[int, int]


class Arm(NamedTuple):
    """What is known of one arm, over columns that the caller keeps in mind; more axes in front are cells.

    Attributes
    ----------
    n : array, (…)
        Units.
    mean : array, (…, k)
    covariance : array, (…, k, k)
        With n - 1.
    """

    n: ArrayLike
    mean: ArrayLike
    covariance: ArrayLike


class _Estimates(NamedTuple):
    """One arm's estimates (metric first) and their sampling covariance."""

    n: Floats
    value: Floats
    covariance: Floats


@dataclass(frozen=True, eq=False)
class Cuped:
    """A comparison with covariates, and without.

    Attributes
    ----------
    comparison : Compared
        Adjusted.
    theta : array, (…, covariates)
        What one unit more of a covariate foretells; 0 for one that was dropped.
    dropped : tuple of int
        Which covariates do not vary or repeat others, in any of the cells.
    """

    comparison: Compared
    theta: Floats
    dropped: tuple[int, ...]
    _sides: tuple[_Estimates, _Estimates]
    _test: str

    @cached_property
    def plain(self) -> Compared:
        """The same comparison without covariates."""
        one, other = self._sides
        sides = (one.value[..., 0], one.covariance[..., 0, 0], other.value[..., 0], other.covariance[..., 0, 0])
        freedom = satterthwaite(sides[1], one.n - 1, sides[3], other.n - 1)
        asked = {"alpha": self.comparison.alpha, "alternative": self.comparison.alternative}
        return compare_estimates(*sides, freedom=freedom, test=self._test, interval=self._test, **asked)  # type: ignore[arg-type]

    @cached_property
    def reduction(self) -> Floats:
        """The share of the difference's variance that the covariates took away."""
        both = self._sides[0].covariance + self._sides[1].covariance
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.atleast_1d(1 - _spread(_contrast(self.theta), both) / both[..., 0, 0])

    @cached_property
    def balance(self) -> Floats:
        """p-values (Welch) that the arms do not differ in a covariate before the experiment; (…, covariates)."""
        one, other = self._sides
        mine, theirs = (np.diagonal(side.covariance, axis1=-2, axis2=-1)[..., 1:] for side in (one, other))
        freedom = satterthwaite(mine, (one.n - 1)[..., None], theirs, (other.n - 1)[..., None])
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = (one.value - other.value)[..., 1:] / np.sqrt(mine + theirs)
        return student_p(statistic, freedom, "two-sided")


def arm_from_sums(n: ArrayLike, sums: ArrayLike, products: ArrayLike) -> Arm:
    """An arm from plain sums (…, k) and sums of products (…, k, k).

    Examples
    --------
    >>> arm = arm_from_sums(4, [10], [[30]])  # 1, 2, 3, 4
    >>> arm.mean.tolist(), arm.covariance.round(3).tolist()
    ([2.5], [[1.667]])
    """
    units = np.asarray(n, dtype=np.float64)
    total, square = np.asarray(sums, dtype=np.float64), np.asarray(products, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / units[..., None]
        centred = square - units[..., None, None] * mean[..., :, None] * mean[..., None, :]
        return Arm(units, mean, centred / (units - 1)[..., None, None])


def cuped_means(
    treatment: Arm,
    control: Arm,
    metric: int,
    covariates: Sequence[Place],
    *,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
) -> Cuped:
    """Compare a mean between two arms, adjusted for covariates.

    Parameters
    ----------
    treatment, control : Arm
        Over the same columns.
    metric : int
        The metric's column.
    covariates : sequence of int or (int, int)
        Columns from before the experiment; a pair is a ratio of totals.
    alpha, alternative
        See `Compared`.

    Raises
    ------
    SpecError
        If there is no covariate, or a column does not exist.

    Examples
    --------
    >>> spread = [[4.0, 3.0], [3.0, 4.0]]  # of spending now and before; correlation 0.75
    >>> found = cuped_means(Arm(100, [10.5, 8.2], spread), Arm(100, [10.0, 8.0], spread), 0, [1])
    >>> found.theta.round(2).tolist(), found.reduction.round(2).tolist()
    ([[0.75]], [0.56])
    >>> f"{found.plain.difference[0]:.2f} p {found.plain.p[0]:.3f}; {found.comparison.difference[0]:.2f}"
    '0.50 p 0.079; 0.35'
    """
    return _cuped(treatment, control, metric, covariates, alpha, alternative)


def cuped_ratios(
    treatment: Arm,
    control: Arm,
    numerator: int,
    denominator: int,
    covariates: Sequence[Place],
    *,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
) -> Cuped:
    """The same for a ratio of totals, such as clicks per visit; parameters as in `cuped_means`."""
    return _cuped(treatment, control, (numerator, denominator), covariates, alpha, alternative)


def _cuped(
    treatment: Arm, control: Arm, metric: Place, covariates: Sequence[Place], alpha: float, alternative: str
) -> Cuped:
    if not covariates:
        raise SpecError("CUPED without covariates: name at least one column from before the experiment.")
    places = (metric, *covariates)
    one, other = _estimates(treatment, places), _estimates(control, places)
    both = one.covariance + other.covariance
    theta, dropped = _weights(both[..., 1:, 1:], both[..., 0, 1:])
    adjusted = _adjusted(one, other, theta, int(len(covariates) - len(dropped)), alpha, alternative)
    return Cuped(adjusted, theta, dropped, (one, other), "Welch" if isinstance(metric, int) else "delta method")


def _estimates(arm: Arm, places: Sequence[Place]) -> _Estimates:
    """The arm's means and ratios, with their covariance: the delta method as one linear map."""
    n = np.atleast_1d(np.asarray(arm.n, dtype=np.float64))
    mean = np.asarray(arm.mean, dtype=np.float64)
    mean = mean.reshape(*n.shape, mean.shape[-1])
    spread = np.asarray(arm.covariance, dtype=np.float64)
    columns = mean.shape[-1]
    if spread.shape[-2:] != (columns, columns):
        raise SpecError(f"CUPED: {columns} means and a covariance of shape {spread.shape[-2:]} do not go together.")
    spread = spread.reshape(*n.shape, columns, columns)
    values, slopes = [], []
    with np.errstate(divide="ignore", invalid="ignore"):
        for place in places:
            parts = (place,) if isinstance(place, int | np.integer) else tuple(place)
            if any(not 0 <= part < columns for part in parts):
                raise SpecError(f"CUPED: there is no column {place}; the arms have columns 0 to {columns - 1}.")
            slope = np.zeros_like(mean)
            if len(parts) == 1:
                value = mean[..., parts[0]]
                slope[..., parts[0]] = 1.0
            else:
                above, below = mean[..., parts[0]], mean[..., parts[1]]
                value = above / below
                slope[..., parts[0]] = 1 / below
                slope[..., parts[1]] -= value / below
            values.append(value)
            slopes.append(slope)
        jacobian = np.stack(slopes, axis=-2)
        sampling = jacobian @ spread @ np.swapaxes(jacobian, -1, -2) / n[..., None, None]
    few = (n < 2)[..., None, None]
    return _Estimates(n, np.stack(values, axis=-1), np.where(few, np.nan, sampling))


def _weights(square: Floats, cross: Floats) -> tuple[Floats, tuple[int, ...]]:
    """theta, and which covariates have nothing to say: constant, or a repetition of others."""
    variance = np.diagonal(square, axis1=-2, axis2=-1)
    if square.shape[-1] == 1:
        constant = variance <= 0
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(constant, 0.0, cross / variance), (0,) if constant.any() else ()
    scale = np.sqrt(np.where(variance > 0, variance, 1.0))
    known = np.asarray(np.isfinite(square).all(axis=(-1, -2), keepdims=True))
    correlation = np.where(known, square / (scale[..., :, None] * scale[..., None, :]), 0.0)
    kept: list[int] = []
    dropped: list[int] = []
    for place in range(correlation.shape[-1]):
        trial = [*kept, place]
        values = np.linalg.eigvalsh(correlation[..., trial, :][..., :, trial])
        useless = (values[..., 0] < COLLINEAR) & known[..., 0, 0]
        (dropped if useless.any() else kept).append(place)
    theta = np.zeros_like(cross)
    if kept:
        inner = correlation[..., kept, :][..., :, kept] + np.where(known, 0.0, np.eye(len(kept)))
        right = np.where(known[..., 0], (cross / scale)[..., kept], np.nan)
        theta[..., kept] = np.linalg.solve(inner, right[..., None])[..., 0] / scale[..., kept]
    return theta, tuple(dropped)


def _contrast(theta: Floats) -> Floats:
    """The metric less what the covariates foretell."""
    return np.concatenate([np.ones_like(theta[..., :1]), -theta], axis=-1)


def _spread(weights: Floats, covariance: Floats) -> Floats:
    """The variance of a weighted sum."""
    return np.asarray((weights[..., None, :] @ covariance @ weights[..., :, None])[..., 0, 0], dtype=np.float64)


def _adjusted(one: _Estimates, other: _Estimates, theta: Floats, used: int, alpha: float, alternative: str) -> Compared:
    """Each arm at the covariates of everybody. As both share that point, the arms' estimates are correlated."""
    share = one.n / (one.n + other.n)
    rest = 1 - share
    apart = (theta * (one.value[..., 1:] - other.value[..., 1:])).sum(axis=-1)
    value, base = one.value[..., 0] - rest * apart, other.value[..., 0] + share * apart
    fits = [_spread(theta, side.covariance[..., 1:, 1:]) for side in (one, other)]
    hold = [(theta * side.covariance[..., 0, 1:]).sum(axis=-1) for side in (one, other)]
    plain = [side.covariance[..., 0, 0] for side in (one, other)]
    fit = fits[0] + fits[1]
    # A slope is fitted for each covariate. That costs degrees of freedom, as in any regression; with unequal arms the
    # smaller one, which weighs most in theta, pays them.
    with np.errstate(divide="ignore", invalid="ignore"):
        units = satterthwaite(1 / one.n, one.n - 1, 1 / other.n, other.n - 1)
        paid = units / np.where(units > used, units - used, np.nan)
        variance = (plain[0] - 2 * rest * hold[0] + rest**2 * fit) * paid
        base_variance = (plain[1] - 2 * share * hold[1] + share**2 * fit) * paid
        together = (share * hold[0] + rest * hold[1] - share * rest * fit) * paid
        left = [np.maximum(plain[k] - 2 * hold[k] + fits[k], 0.0) for k in (0, 1)]
        freedom = satterthwaite(left[0], one.n - 1, left[1], other.n - 1) - used
    return compare_estimates(
        *(value, variance, base, base_variance),
        covariance=together,
        freedom=np.where(freedom > 0, freedom, np.nan),
        alpha=alpha,
        alternative=alternative,
        test="Welch, CUPED",
        interval="CUPED",
    )
