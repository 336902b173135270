"""Time to an event from counts: the Kaplan-Meier curve and quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import ALPHA, Floats, critical, floats


def kaplan_meier(time: ArrayLike, event: ArrayLike, count: ArrayLike = 1, alpha: float = ALPHA) -> pd.DataFrame:
    """The Kaplan-Meier curve from counts: how many units had each (time, event or censored).

    Parameters
    ----------
    time : array-like
        Time to the event or to censoring, zero or more, in any one unit.
    event : array-like of bool
        Whether the event happened (`True`) or the unit was last seen without it (`False`).
    count : array-like
        How many units had this pair. At equal times, events come before censoring.
    alpha : float
        1 - confidence of the pointwise interval.

    Returns
    -------
    DataFrame
        A row per event time: `time`, `at_risk`, `events`, `survival`, `se` (Greenwood), `low`, `high` (log-log: inside
        0 and 1; where the curve is at 0 it has no such interval and the bounds are NaN). Empty when there is no event.

    References
    ----------
    Kaplan, E. L., Meier, P. (1958). Nonparametric estimation from incomplete observations. JASA 53, 457-481.
    Kalbfleisch, J. D., Prentice, R. L. (1980). The Statistical Analysis of Failure Time Data. Wiley.

    Examples
    --------
    >>> kaplan_meier([1, 2, 2, 3], [True, True, False, True]).loc[:, ["time", "at_risk", "survival"]]
       time  at_risk  survival
    0   1.0      4.0      0.75
    1   2.0      3.0      0.50
    2   3.0      1.0      0.00
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    columns = ["time", "at_risk", "events", "survival", "se", "low", "high"]
    t, happened, weight = floats(time, event, count)
    if (t < 0).any() or (weight < 0).any():
        raise SpecError("kaplan_meier: times and counts are zero or more; found a negative one.")
    t, happened, weight = _collapsed(t, happened, weight)
    if not ((happened > 0) & (weight > 0)).any():
        return pd.DataFrame({name: pd.Series(dtype=np.float64) for name in columns})
    curve = SurvfuncRight(t, happened, freq_weights=weight)
    at_risk, events = np.asarray(curve.n_risk, dtype=np.float64), np.asarray(curve.n_events, dtype=np.float64)
    survival = np.clip(np.asarray(curve.surv_prob, dtype=np.float64), 0.0, 1.0)
    # statsmodels reads weights as sampling weights and gives another variance; ours are plain repetitions.
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        se = np.where(survival > 0, survival * np.sqrt(greenwood), np.nan)
        spread = critical(alpha) * np.sqrt(greenwood) / np.log(survival)
        low, high = survival ** np.exp(-spread), survival ** np.exp(spread)
    low, high = (np.where(survival > 0, bound, np.nan) for bound in (low, high))
    values = (np.asarray(curve.surv_times, dtype=np.float64), at_risk, events, survival, se, low, high)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def _collapsed(t: Floats, happened: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Many rows of few whole times, added up: sorting a million rows is most of the work of a curve."""
    if len(t) < 10_000 or not (t < 100_000).all():
        return t, happened, weight
    whole = t.astype(np.int64)
    if (whole != t).any():
        return t, happened, weight
    ended = happened > 0
    found = [np.bincount(whole[side], weights=weight[side]) for side in (ended, ~ended)]
    at = [np.flatnonzero(counts) for counts in found]
    flags = [np.full(len(places), flag) for places, flag in zip(at, (1.0, 0.0), strict=True)]
    counts = [counts[places] for counts, places in zip(found, at, strict=True)]
    return np.concatenate(at).astype(np.float64), np.concatenate(flags), np.concatenate(counts)


def km_quantile(curve: pd.DataFrame, share: float) -> float:
    """The earliest time by which at least `share` of units had the event: the first with survival <= 1 - share.

    NaN when the curve never comes down that far, which is common in funnels and is no median of zero.

    Examples
    --------
    >>> km_quantile(kaplan_meier([1, 2, 3, 4], [True, True, True, False]), 0.5)
    2.0
    """
    if not 0 < share < 1:
        raise SpecError(f"share={share!r} must lie strictly between 0 and 1, such as 0.5 for the median.")
    # A product of fractions such as (3/4)(2/3) may end a hair above 1/2.
    reached = curve.loc[curve["survival"] <= 1 - share + 1e-12, "time"]
    return float(reached.iloc[0]) if len(reached) else float("nan")


def weighted_quantile(values: ArrayLike, count: ArrayLike, share: float) -> float:
    """The smallest value with at least `share` of the counted units at or below it; NaN when nothing is counted.

    Examples
    --------
    >>> weighted_quantile([10, 20, 30], [1, 1, 2], 0.5)
    20.0
    """
    x, weight = floats(values, count)
    total = weight.sum()
    if total == 0:
        return float("nan")
    order: Any = np.argsort(x, kind="stable")
    reached = np.cumsum(weight[order]) >= share * total - 1e-9
    return float(x[order][int(np.argmax(reached))])
