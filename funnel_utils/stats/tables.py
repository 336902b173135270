"""Chi-square tests of counts: whether rows and columns of a table are independent, and whether a split is as meant."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Significance


def chi_square(table: ArrayLike, *, correction: bool = False) -> Significance:
    """Pearson's chi-square test that the rows and columns of a table of counts are independent.

    Parameters
    ----------
    table : array-like, rows x columns
        Counts; a row and a column without any are left out, and a table that is not 2 x 2 or larger then has nothing
        to compare: statistic 0 with 0 degrees of freedom, p 1.
    correction : bool
        Yates's continuity correction, for 2 x 2 tables only. It makes the test too cautious and is off.

    Returns
    -------
    Significance
        Arrays of length one.

    References
    ----------
    Pearson, K. (1900). On the criterion that a given system of deviations from the probable … Philosophical Magazine
    50, 157-175.

    Examples
    --------
    >>> found = chi_square([[3, 1], [1, 3]])  # Fisher's tea tasting
    >>> found.statistic.tolist(), found.p.round(4).tolist()
    ([2.0], [0.1573])
    """
    from scipy.special import chdtrc

    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or not np.isfinite(counts).all() or (counts < 0).any():
        raise SpecError("chi_square: takes a table of rows and columns with counts of zero or more.")
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if freedom <= 0:
        return Significance(np.zeros(1), np.zeros(1), np.ones(1))
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / counts.sum()
    distance = np.abs(counts - expected)
    if correction and freedom == 1:
        distance = np.maximum(distance - 0.5, 0.0)
    statistic = (distance**2 / expected).sum()
    return Significance(np.array([statistic]), np.array([float(freedom)]), np.array([chdtrc(freedom, statistic)]))


def chi_square_fit(counts: ArrayLike, ratio: ArrayLike | None = None) -> Significance:
    """The chi-square test that counts follow an intended split: the test for a sample ratio mismatch (SRM).

    Parameters
    ----------
    counts : array-like, (arms,) or (experiments, arms)
        How many units came into each arm.
    ratio : array-like, (arms,), optional
        The intended split as weights, such as `[1, 1]` or `[0.9, 0.1]`; equal where none is given. An arm of weight 0
        that has units makes p 0.

    Returns
    -------
    Significance
        An element per experiment; NaN where no unit came at all.

    References
    ----------
    Fabijan, A., et al. (2019). Diagnosing sample ratio mismatch in online controlled experiments. KDD 2019.

    Examples
    --------
    >>> chi_square_fit([44000, 45000]).p.round(4)
    array([0.0008])
    >>> chi_square_fit([9000, 1000], [0.9, 0.1]).p
    array([1.])
    """
    from scipy.special import chdtrc

    seen = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    arms = seen.shape[-1]
    weights = np.ones(arms) if ratio is None else np.asarray(ratio, dtype=np.float64)
    if arms < 2 or weights.shape != (arms,):
        raise SpecError(f"chi_square_fit: {arms} counts and a ratio of shape {weights.shape}; two or more arms, alike.")
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() == 0:
        raise SpecError(f"chi_square_fit: ratio={weights.tolist()} must be weights of zero or more, not all zero.")
    if not np.isfinite(seen).all() or (seen < 0).any():
        raise SpecError("chi_square_fit: counts are numbers of zero or more.")
    total = seen.sum(axis=1)
    expected = total[:, None] * weights / weights.sum()
    used = weights > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = ((seen - expected)[:, used] ** 2 / expected[:, used]).sum(axis=1)
    statistic = np.where((seen[:, ~used] > 0).any(axis=1), np.inf, statistic)
    statistic = np.where(total > 0, statistic, np.nan)
    freedom = max(int(used.sum()) - 1, 1)
    p = np.where(np.isinf(statistic), 0.0, chdtrc(freedom, np.where(np.isfinite(statistic), statistic, 0.0)))
    return Significance(statistic, np.full(len(total), float(freedom)), np.where(np.isnan(statistic), np.nan, p))
