"""Quantiles and their bootstrap, without resampling anything.

The quantile of a bootstrap sample is one of the values that were observed, and which of them it is has a known
distribution: in n draws with replacement the k-th smallest is the value of rank j or less exactly if a Beta(k, n - k +
1) variable is at most j / n. So a bootstrap of ten million units is ten thousand draws from a Beta distribution and a
look-up among the values of neighbouring ranks, a few thousand at most, which is all that leaves the engine.

The sample quantile is the smallest value that at least a share q of the units does not exceed.

References
----------
Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7, 1-26, section 3 (the
median). Maritz, J. S., Jarrett, R. G. (1978). A note on estimating the variance of the sample median. JASA 73, 194-196.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.cro.cells import OK
from funnel_utils.cro.effects import CONSTANT_VALUES, FEW, Contrast
from funnel_utils.errors import LogError
from funnel_utils.stats.counts import Floats

if TYPE_CHECKING:
    import ibis.expr.types as ir

DRAWS = 20_000
#: The look-up reaches so many standard deviations of the rank, and so many ranks more: by Bernstein's inequality a draw
#: beyond it happens less than once in 10^10, however near q is to 0 or 1.
REACH, MORE = 7.1, 25


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The values of one arm around a quantile.

    Attributes
    ----------
    n : int
        Units of the arm.
    first : int
        The rank (from 1) of the first of the values.
    values : array
        In order.
    """

    n: int
    first: int
    values: Floats

    def at(self, q: float) -> float:
        """The sample quantile."""
        return float(self.values[_rank(self.n, q) - self.first])

    def draws(self, q: float, rng: np.random.Generator, size: int = DRAWS) -> Floats:
        """Quantiles of bootstrap samples."""
        k = _rank(self.n, q)
        ranks = np.ceil(rng.beta(k, self.n - k + 1, size) * self.n).astype(np.int64)
        found: Floats = self.values[np.clip(ranks - self.first, 0, len(self.values) - 1)]
        return found


def _rank(n: int, q: float) -> int:
    # A product such as 0.29 * 100 may end a hair above the whole number that it is.
    return min(max(math.ceil(n * q - 1e-9), 1), n)


def neighbours_of(values: Sequence[float] | Floats, q: float) -> Neighbours:
    """The neighbourhood of a quantile in plain values: all of them.

    Examples
    --------
    >>> neighbours_of([5, 1, 3], 0.5).at(0.5)
    3.0
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    return Neighbours(len(ordered), 1, ordered)


def neighbours(rows: ir.Table, column: str, q: float, label: str) -> dict[str, Neighbours]:
    """The neighbourhoods of a quantile of `column` in every arm, by one query.

    Raises
    ------
    LogError
        If a value is missing or not finite.
    """
    import ibis

    units: Any = rows
    if "state" in units.columns:
        units = units.filter(units["state"] == OK)
    units = units.filter(units["arm"].notnull()).select("arm", value=units[column])
    ranks = ibis.row_number().over(group_by="arm", order_by=units["value"].asc(nulls_first=True)) + 1
    ranked = units.mutate(rank=ranks, n=units.count().over(group_by="arm"))
    away = (ranked["rank"] - ranked["n"] * q).abs()
    reach = (ranked["n"] * (q * (1 - q))).sqrt() * REACH + MORE
    # A missing value is ranked first, so that it is seen wherever the quantile lies.
    frame = ranked.filter((away <= reach) | (ranked["rank"] == 1)).to_pandas()
    if frame["value"].isna().any() or not np.isfinite(frame["value"].to_numpy(dtype=np.float64)).all():
        raise LogError(f"{label} holds missing or infinite values; fill in what they mean, or leave these units out.")
    found = {}
    for arm, part in frame.sort_values("rank").groupby("arm"):
        n = int(part["n"].iloc[0])
        near = part[(part["rank"] - n * q).abs() <= REACH * math.sqrt(n * q * (1 - q)) + MORE]
        found[str(arm)] = Neighbours(n, int(near["rank"].iloc[0]), near["value"].to_numpy(dtype=np.float64))
    return found


def compare_quantiles(
    arms: Sequence[str], near: Mapping[str, Neighbours], q: float, alpha: float, least: int, seed: int = 0
) -> Contrast:
    """Compare a quantile of each further arm with that of the first.

    Parameters
    ----------
    arms : sequence of str
        Control first.
    near : mapping of str to Neighbours
    q, alpha : float
    least : int
        Fewest units of an arm.
    seed : int
        Of the draws.

    Returns
    -------
    Contrast
        Intervals are the bootstrap's percentiles; `p` is twice the smaller share of draws on one side of no difference.

    Examples
    --------
    >>> near = {"a": neighbours_of(range(1000), 0.5), "b": neighbours_of(range(100, 1100), 0.5)}
    >>> found = compare_quantiles(["a", "b"], near, 0.5, 0.05, 30).values
    >>> float(found["difference"][0]), bool(found["low"][0] > 0)
    (100.0, True)
    """
    rng = np.random.default_rng(seed)
    control = near[arms[0]]
    base, drawn = control.at(q), control.draws(q, rng)
    rows: list[dict[str, float]] = []
    flaw = []
    for arm in arms[1:]:
        side = near[arm]
        value, other = side.at(q), side.draws(q, rng)
        apart = other - drawn
        low, high = np.quantile(apart, [alpha / 2, 1 - alpha / 2])
        tail = min(int((apart <= 0).sum()), int((apart >= 0).sum()))
        row = {"estimate": value, "control_estimate": base, "difference": value - base, "low": low, "high": high}
        row |= {"se": float(apart.std()), "p": min(1.0, 2 * (tail + 1) / (len(apart) + 1))}
        row |= _lift(value, base, other, drawn, alpha)
        row |= {
            f"{prefix}{key}": float(n) for prefix, n in (("", side.n), ("control_", control.n)) for key in ("n", "of")
        }
        row |= {"count": math.nan, "control_count": math.nan}
        rows.append(row)
        few = min(side.n, control.n) < least
        flaw.append(FEW if few else "" if row["se"] > 0 else CONSTANT_VALUES)
    values = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Contrast(values, np.array(flaw, dtype=object), "bootstrap", "bootstrap")


def _lift(value: float, base: float, drawn: Floats, control: Floats, alpha: float) -> dict[str, float]:
    """The relative difference; unknown unless control's quantile is above zero in all draws."""
    if base <= 0 or control.min() <= 0:
        return {"lift": math.nan, "lift_low": math.nan, "lift_high": math.nan}
    low, high = np.quantile(drawn / control - 1, [alpha / 2, 1 - alpha / 2])
    return {"lift": value / base - 1, "lift_low": float(low), "lift_high": float(high)}
