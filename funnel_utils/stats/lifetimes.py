"""What a survival curve is asked: are groups different, how long on average, how long still, how many by then.

All of it from counts, as `kaplan_meier` takes them: how many units had each (time, event or censored). statsmodels has
a log-rank test, but only of rows; a test here keeps the two equal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import ALPHA, Floats, critical, floats
from funnel_utils.stats.survival import kaplan_meier


class LogRank(NamedTuple):
    """The log-rank test: `statistic` (chi-square with `df` degrees of freedom), `p`, and its table.

    `table` has a row a group: `group`, `units`, `events` (observed), `expected` (if all groups had one curve).
    """

    statistic: float
    df: int
    p: float
    table: pd.DataFrame


def log_rank(time: ArrayLike, event: ArrayLike, group: ArrayLike, count: ArrayLike = 1) -> LogRank:
    """Whether two or more groups have the same survival curve.

    Parameters
    ----------
    time, event, count : array-like
        As for `kaplan_meier`.
    group : array-like
        The group of each row.

    Returns
    -------
    LogRank
        NaN statistic and p-value where the data cannot tell: fewer than two groups, or no event while two were at risk.

    References
    ----------
    Mantel, N. (1966). Evaluation of survival data and two new rank order statistics arising in its consideration.
    Cancer Chemotherapy Reports 50, 163-170.

    Examples
    --------
    >>> found = log_rank([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0], ["a", "a", "a", "b", "b", "b"])
    >>> f"{found.statistic:.3f} with {found.df} degree of freedom, p = {found.p:.3f}"
    '5.052 with 1 degree of freedom, p = 0.025'
    """
    from scipy.stats import chi2

    t, happened, weight = _checked(time, event, count)
    labels, names = pd.factorize(np.broadcast_to(np.asarray(group), t.shape), sort=True)
    if (labels < 0).any():
        raise SpecError("log_rank: a group is missing; give every row one, or leave it out.")
    size = len(names)
    times, place = np.unique(t, return_inverse=True)
    left, died = np.zeros((size, len(times))), np.zeros((size, len(times)))
    np.add.at(left, (labels, place), weight)
    np.add.at(died, (labels, place), weight * (happened > 0))
    at_risk = left[:, ::-1].cumsum(axis=1)[:, ::-1]
    keep = died.sum(axis=0) > 0
    at_risk, died = at_risk[:, keep], died[:, keep]
    n, d = at_risk.sum(axis=0), died.sum(axis=0)
    expected = (at_risk * d / n).sum(axis=1)
    table = pd.DataFrame({"group": names, "units": left.sum(axis=1), "events": died.sum(axis=1), "expected": expected})
    share = at_risk / n
    # The hypergeometric variance at each event time; where one unit is left, nothing varies.
    scale = d * np.divide(n - d, n - 1, out=np.zeros_like(n), where=n > 1)
    variance = np.diag((share * scale).sum(axis=1)) - (share * scale) @ share.T
    off = died.sum(axis=1) - expected
    rank = int(np.linalg.matrix_rank(variance)) if size > 1 else 0
    if rank == 0:
        return LogRank(float("nan"), max(size - 1, 0), float("nan"), table)
    statistic = float(off @ np.linalg.pinv(variance) @ off)
    return LogRank(statistic, rank, float(chi2.sf(statistic, rank)), table)


class Mean(NamedTuple):
    """A mean with its bounds and standard error."""

    estimate: float
    low: float
    high: float
    se: float


def restricted_mean(
    time: ArrayLike, event: ArrayLike, count: ArrayLike = 1, *, horizon: float, alpha: float = ALPHA
) -> Mean:
    """The mean time to the event within a horizon: the area under the Kaplan-Meier curve from 0 to `horizon`.

    The mean itself cannot be known while the last units are still there; the mean of min(time, horizon) can.

    Parameters
    ----------
    time, event, count : array-like
        As for `kaplan_meier`.
    horizon : float
        In the unit of `time`, above 0.

    Returns
    -------
    Mean
        Normal bounds with Greenwood's variance, cut at 0 and `horizon`.

    Raises
    ------
    SpecError
        If nobody was observed up to the horizon, though some had not had the event: the curve beyond is unknown.

    References
    ----------
    Klein, J. P., Moeschberger, M. L. (2003). Survival Analysis, 2nd ed. Springer. Section 4.5.

    Examples
    --------
    >>> mean = restricted_mean([1, 2, 3, 4], [1, 1, 0, 1], horizon=3)
    >>> f"{mean.estimate:.2f} ({mean.low:.2f} to {mean.high:.2f})"
    '2.25 (1.44 to 3.00)'
    """
    t, happened, weight = _checked(time, event, count)
    if not horizon > 0:
        raise SpecError(f"horizon={horizon!r} must be above 0, in the unit of the times.")
    curve = kaplan_meier(t, happened, weight, alpha)
    longest = float(t[weight > 0].max(initial=0.0))
    ended = len(curve) > 0 and curve["survival"].iloc[-1] <= 0
    if horizon > longest and not ended:
        raise SpecError(f"horizon={horizon:g}: nobody was observed longer than {longest:g}; the curve ends there.")
    inside = curve[curve["time"] < horizon]
    edges = np.concatenate([[0.0], inside["time"], [horizon]])
    pieces = np.concatenate([[1.0], inside["survival"]]) * np.diff(edges)
    area = float(pieces.sum())
    after = pieces[::-1].cumsum()[::-1][1:]
    n, d = inside["at_risk"].to_numpy(), inside["events"].to_numpy()
    terms = np.divide(after**2 * d, n * (n - d), out=np.zeros_like(n), where=n > d)
    se = float(np.sqrt(terms.sum()))
    half = critical(alpha) * se
    return Mean(area, max(area - half, 0.0), min(area + half, float(horizon)), se)


def survival_at(curve: pd.DataFrame, times: ArrayLike) -> pd.DataFrame:
    """The survival curve read at given times.

    Parameters
    ----------
    curve : DataFrame
        As `kaplan_meier` returns it.
    times : array-like
        In the curve's unit. Whether anybody was observed that long, the curve does not know.

    Returns
    -------
    DataFrame
        `time`, `survival`, `low`, `high`. Before the first event survival is 1, without bounds.

    Examples
    --------
    >>> survival_at(kaplan_meier([1, 2, 2, 3], [1, 1, 0, 1]), [0.5, 2.5])[["time", "survival"]]
       time  survival
    0   0.5       1.0
    1   2.5       0.5
    """
    (at,) = floats(times)
    place = np.searchsorted(curve["time"].to_numpy(), at, side="right")
    starts = {"survival": 1.0, "low": np.nan, "high": np.nan}
    read = {name: np.concatenate([[first], curve[name].to_numpy()])[place] for name, first in starts.items()}
    return pd.DataFrame({"time": at, **read})


def conditional_survival(curve: pd.DataFrame, after: float, times: ArrayLike, alpha: float = ALPHA) -> pd.DataFrame:
    """Survival of those who are still there at `after`: S(t) / S(after).

    Parameters
    ----------
    curve : DataFrame
        As `kaplan_meier` returns it.
    after : float
        The time up to which they have survived.
    times : array-like
        Later times, counted from the start like the curve's.

    Returns
    -------
    DataFrame
        `time`, `survival` (given survival to `after`), `low`, `high` (log-log; Greenwood's sum from `after` on). NaN
        where nobody survives to `after`.

    Raises
    ------
    SpecError
        If a time is not later than `after`.

    Examples
    --------
    >>> conditional_survival(kaplan_meier([1, 2, 3, 4], [1, 1, 1, 0]), 2, [3])[["time", "survival"]]
       time  survival
    0   3.0       0.5
    """
    (at,) = floats(times)
    if (at < after).any():
        raise SpecError(f"times={at.min():g}: ask for times after {after:g}, counted from the start.")
    begun = float(survival_at(curve, [after])["survival"].iloc[0])
    later = survival_at(curve, at)["survival"].to_numpy()
    given = later / begun if begun > 0 else np.full(len(at), np.nan)
    steps = curve[curve["time"] > after]
    n, d = steps["at_risk"].to_numpy(), steps["events"].to_numpy()
    terms = np.divide(d, n * (n - d), out=np.full_like(n, np.nan), where=n > d)
    spent = np.concatenate([[0.0], np.cumsum(terms)])[np.searchsorted(steps["time"].to_numpy(), at, side="right")]
    low, high = log_log(given, np.sqrt(spent), alpha)
    return pd.DataFrame({"time": at, "survival": given, "low": low, "high": high})


def log_log(survival: Floats, greenwood: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Bounds of a survival probability on the scale of log(-log), from the root of Greenwood's sum; NaN at 0 and 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = critical(alpha) * greenwood / np.log(survival)
        low, high = survival ** np.exp(-spread), survival ** np.exp(spread)
    known = (survival > 0) & (survival < 1)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def _checked(time: ArrayLike, event: ArrayLike, count: ArrayLike) -> list[Floats]:
    t, happened, weight = floats(time, event, count)
    if np.isnan(t).any() or (t < 0).any() or (weight < 0).any():
        raise SpecError("times and counts are zero or more; found a negative or missing one.")
    return [t, happened, weight]
