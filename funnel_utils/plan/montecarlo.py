"""Monte Carlo: how far from its expectation a period may end.

Each draw takes one curve per channel that fits its months, one value for each counted rate and for the order value, and
then lets chance work as it does in every period: visits vary with the dispersion of the fit, leads and sales are
binomial. What was given instead of counted or fitted is taken as known, so its uncertainty is missing from the result.
Channels are drawn independently: a month that is bad for all of them together is not among the draws.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils.errors import SpecError
from funnel_utils.export import to_csv
from funnel_utils.plan.channel import Channel, rate_draws
from funnel_utils.plan.fit import FittedResponse
from funnel_utils.plan.outcome import MEASURES
from funnel_utils.plan.ratios import ratio
from funnel_utils.plan.response import share_of_top

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.plan.budget import Budget

Floats = NDArray[np.float64]
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


@dataclass(frozen=True, eq=False)
class Simulated:
    """Draws of one period.

    Attributes
    ----------
    draws : DataFrame
        A row per draw: `visits`, `leads`, `sales` (counts), `revenue`, `profit` (money), `cac`, `roas`, `roi`.
    spend : float
        Money spent, the same in all.
    """

    draws: pd.DataFrame
    spend: float

    @property
    def summary(self) -> pd.DataFrame:
        """`measure`, `mean`, `sd` and the quantiles `q05` to `q95`."""
        rows = []
        for name in self.draws:
            values = self.draws[name].dropna()
            row = {"measure": name, "mean": values.mean(), "sd": values.std()}
            rows.append(row | {f"q{100 * q:02.0f}": values.quantile(q) for q in QUANTILES})
        return pd.DataFrame(rows)

    def chance(self, goal: float, of: str = "sales") -> float:
        """The share of draws that reach `goal`."""
        if of not in self.draws.columns:
            raise SpecError(f"of={of!r} is not one of {', '.join(map(repr, self.draws.columns))}.")
        return float((self.draws[of] >= goal).mean())

    def _repr_html_(self) -> str:
        return str(self.summary.to_html(index=False, escape=True))


@dataclass(frozen=True, eq=False)
class Fan:
    """Budgets from small to large, each split at its best, and how their periods may end.

    Attributes
    ----------
    table : DataFrame
        A row per total: `total` (money), `spend` (what of it was spent), `expected`, and the quantiles `q05` to `q95`
        of the measure.
    of : str
        The measure.
    currency : str or None
    """

    table: pd.DataFrame
    of: str
    currency: str | None = None

    def plot(self, goal: float | None = None) -> Figure:
        """The fan chart, with a goal as a line."""
        from funnel_utils.charts.plan_fan import fan_chart

        return fan_chart(self, goal=goal)

    @property
    def verdict(self) -> str:
        """What the largest budget brings, with its 80% range."""
        from funnel_utils.plan.words import say_fan

        return say_fan(self)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV."""
        return to_csv(self.table, path)

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True))


def simulate(budget: Budget, spend: Mapping[str, float], *, size: int = 5000, seed: int = 0) -> Simulated:
    """Draw `size` periods under a split.

    Parameters
    ----------
    budget : Budget
    spend : mapping of str to float
        Money per channel.
    size, seed : int
        Number of draws, and where the random numbers start; the same seed gives the same draws.

    Raises
    ------
    SpecError
        If `size` is below 1, or as `Budget.forward`.

    Examples
    --------
    >>> from funnel_utils.plan import Budget, Channel, Response
    >>> shop = Budget([Channel("search", Response(6000, 40), lead_rate=(300, 6000), sale_rate=0.2)], order_value=2.5)
    >>> found = simulate(shop, {"search": 40}, size=20_000)
    >>> round(found.summary.set_index("measure")["mean"]["sales"])
    30
    """
    if size < 1:
        raise SpecError(f"size={size!r}: draw at least once.")
    split = budget.forward(spend).spend
    # A generator for each channel: one more channel does not change the draws of the others.
    sums = {name: np.zeros(size) for name in MEASURES}
    value = _order_value(budget, size, seed)
    for channel in budget.channels:
        rng = np.random.default_rng([seed, *channel.name.encode()])
        drawn = _channel(budget, channel, split[channel.name], size, rng)
        for name in ("visits", "leads", "sales"):
            sums[name] += drawn[name]
        sums["revenue"] += drawn["sales"] * (value if channel.order_value is None else channel.order_value)
    money = sum(split.values())
    sums["profit"] = budget.margin * sums["revenue"] - money
    draws = pd.DataFrame(sums)
    new = sums["sales"] * rate_draws(budget.new_share, size, np.random.default_rng([seed, 1]))
    draws["cac"], draws["roas"] = ratio(money, new), ratio(sums["revenue"], money)
    draws["roi"] = ratio(sums["profit"], money)
    return Simulated(draws, money)


def fan(budget: Budget, totals: Sequence[float], *, of: str = "sales", size: int = 2000, seed: int = 0) -> Fan:
    """Split each total at its best for `of` and draw its period.

    The same curves and rates are drawn for every total, so that the fan is smooth.

    Examples
    --------
    >>> from funnel_utils.plan import Budget, Channel, Response
    >>> shop = Budget([Channel("search", Response(6000, 40), lead_rate=0.05, sale_rate=0.2)], order_value=2.5)
    >>> fan(shop, [20, 40, 80]).table[["total", "expected"]].round(1).to_dict("records")[1]
    {'total': 40.0, 'expected': 30.0}
    """
    if not len(totals):
        raise SpecError("totals is empty; give at least one budget.")
    rows = []
    for total in sorted(float(x) for x in totals):
        split = budget.best(total, of=of)
        drawn = simulate(budget, split.spend, size=size, seed=seed).draws[of]
        row = {"total": total, "spend": split.total["spend"], "expected": split.value}
        rows.append(row | {f"q{100 * q:02.0f}": float(drawn.quantile(q)) for q in QUANTILES})
    return Fan(pd.DataFrame(rows), of, budget.currency)


def _channel(budget: Budget, channel: Channel, money: float, size: int, rng: np.random.Generator) -> dict[str, Floats]:
    fitted = channel.response if isinstance(channel.response, FittedResponse) else None
    if fitted is not None:
        curves = fitted.draws(size, int(rng.integers(2**31)))
        top, half, slope = (curves[name].to_numpy() for name in ("top", "half", "slope"))
    else:
        curve = channel.curve
        top, half, slope = (np.full(size, x) for x in (curve.top, curve.half, curve.slope))
    lead, sale = (rate_draws(rate, size, rng) for rate in (channel.lead_rate, channel.sale_rate))
    mean = top * share_of_top(money, half, slope) * budget.season
    visits = _counts(mean, fitted.dispersion if fitted else 1.0, rng)
    leads = rng.binomial(visits, lead)
    sales = rng.binomial(leads, sale)
    return {"visits": visits.astype(float), "leads": leads.astype(float), "sales": sales.astype(float)}


def _counts(mean: Floats, dispersion: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Counts with this mean and a variance of `dispersion` times it."""
    if dispersion <= 1 + 1e-9:
        return rng.poisson(mean)
    return rng.poisson(rng.gamma(np.maximum(mean, 1e-300) / (dispersion - 1), dispersion - 1))


def _order_value(budget: Budget, size: int, seed: int) -> Floats:
    """Draws of the mean order value: a gamma with its mean and standard error, so never below 0."""
    if not budget.order_value_se or not budget.order_value:
        return np.full(size, budget.order_value)
    shape = math.pow(budget.order_value / budget.order_value_se, 2)
    rng = np.random.default_rng([seed, 0])
    return rng.gamma(shape, budget.order_value / shape, size)
