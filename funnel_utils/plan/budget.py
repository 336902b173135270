"""The conversion budget model, both ways: what a budget brings, and the least budget that brings a goal.

    spend -> visits -> leads -> sales -> revenue -> profit

Per channel the spend brings visits along its response curve, times the season; rates and values do the rest. Forward,
`forward(spend)` says what a split brings and `best(total)` which split brings most. Backward, `inverse(goal)` finds the
least budget. Both agree: `forward(inverse(goal).spend)` brings the goal, wherever the goal is neither below what the
minimums bring nor beyond what the maximums let in.

The numbers are expectations at the best fit of each curve. `simulate` says how far from them a period may end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils.errors import SpecError
from funnel_utils.plan import optimum
from funnel_utils.plan.channel import Channel, Rate, check_rate, rate_value
from funnel_utils.plan.outcome import MEASURES, Outcome
from funnel_utils.plan.ratios import ratio
from funnel_utils.plan.response import check_number

if TYPE_CHECKING:
    from funnel_utils.plan.montecarlo import Fan, Simulated

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Budget:
    """Channels and what a sale is worth; everything else follows.

    Parameters
    ----------
    channels : sequence of Channel
        With names of their own.
    order_value : float
        Mean revenue of a sale (money).
    order_value_se : float
        Its standard error, for the Monte Carlo.
    margin : float
        Share of revenue left after the cost of what was sold, 0 to 1.
    new_share : float or (int, int)
        Share of sales that win a new customer; CAC divides by these.
    orders_per_month : float, optional
        Orders of a customer per month, for the payback.
    season : float
        What multiplies every channel's visits in the period planned for (1 is a normal month).
    currency : str, optional
        In which all money is.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> from funnel_utils.plan import Channel, Response
    >>> shop = Budget(
    ...     [
    ...         Channel("search", Response(6000, 40), lead_rate=0.05, sale_rate=0.2),
    ...         Channel("social", Response(9000, 90), lead_rate=0.03, sale_rate=0.1, maximum=50),
    ...     ],
    ...     order_value=2.5,
    ... )
    >>> found = shop.best(100)
    >>> {name: round(money, 1) for name, money in found.spend.items()}
    {'search': 74.6, 'social': 25.4}
    >>> round(found.total["sales"], 1)
    45.0
    >>> least = shop.inverse(30, of="sales")
    >>> round(least.total["spend"], 1), round(shop.forward(least.spend).total["sales"], 6)
    (40.0, 30.0)
    """

    channels: Sequence[Channel]
    order_value: float = 1.0
    order_value_se: float = 0.0
    margin: float = 1.0
    new_share: Rate = 1.0
    orders_per_month: float | None = None
    season: float = 1.0
    currency: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        if not self.channels:
            raise SpecError("channels is empty; a budget has at least one channel.")
        for channel in self.channels:
            if not isinstance(channel, Channel):
                raise SpecError(f"channels: {channel!r} is not a Channel.")
        names = self.names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SpecError(f"channels: {twice[0]!r} is there {names.count(twice[0])} times; a channel has one curve.")
        if "total" in names:
            raise SpecError("channels: 'total' is the name of the sum; give the channel another name.")
        check_number("order_value", self.order_value)
        check_number("order_value_se", self.order_value_se)
        check_number("margin", self.margin, 0.0, 1.0)
        check_rate("new_share", self.new_share)
        check_number("season", self.season, above=True)
        if self.orders_per_month is not None:
            check_number("orders_per_month", self.orders_per_month)

    @property
    def names(self) -> list[str]:
        """The channels' names."""
        return [channel.name for channel in self.channels]

    def channel(self, name: str) -> Channel:
        """The channel of that name."""
        if name not in self.names:
            raise SpecError(f"{name!r} is not a channel of this budget; there are {', '.join(self.names)}.")
        return self.channels[self.names.index(name)]

    def order_value_of(self, channel: Channel) -> float:
        """Mean revenue of a sale from `channel`."""
        return self.order_value if channel.order_value is None else channel.order_value

    def forward(self, spend: Mapping[str, float], *, of: str = "sales") -> Outcome:
        """What a split brings.

        Parameters
        ----------
        spend : mapping of str to float
            Money per channel; channels that are not named get nothing. Bounds are not enforced here: it says what
            would come of it, and `bound` whether it lies at one.
        of : {"sales", "visits", "leads", "revenue", "profit"}
            What `marginal` counts.

        Raises
        ------
        SpecError
            If a name is not a channel's, or a spend is negative or missing.
        """
        for name, money in spend.items():
            self.channel(name)
            check_number(f"spend of {name}", money)
        return self._outcome(np.array([float(spend.get(name, 0.0)) for name in self.names]), of)

    def best(self, total: float, *, of: str = "sales") -> Outcome:
        """The split of `total` that brings most.

        Parameters
        ----------
        total : float
            Money for the period. All of it is spent as far as the maximums allow; for `of="profit"` only as much as
            pays for itself.
        of : {"sales", "visits", "leads", "revenue", "profit"}

        Raises
        ------
        SpecError
            If the channels' minimums add up to more than `total`; it names them.
        """
        check_number("total", total)
        problem = self._problem(of, total)
        least, most = float(problem.low.sum()), float(problem.high.sum())
        if total < least * (1 - 1e-12):
            raise SpecError(
                f"total={total:,.10g} does not cover the channels' minimums: {self._bounds('minimum')} need "
                f"{least:,.10g}. Lower a minimum or raise the total."
            )
        left = total - most
        spend = problem.high.copy() if left > 0 and not problem.price else optimum.best_split(problem, min(total, most))
        found = self._outcome(spend, of)
        note = ""
        if left > 1e-9 * total:
            note = (
                f"{left:,.10g} of {total:,.10g} cannot be spent: {self._bounds('maximum')} are all the channels allow."
            )
        return replace(found, note=note)

    def inverse(self, goal: float, *, of: str = "sales", total: float = math.inf) -> Outcome:
        """The least budget that brings `goal`, and how it is split.

        Parameters
        ----------
        goal : float
            Of the measure `of`, in one period.
        of : {"sales", "visits", "leads", "revenue"}
            Profit has no inverse: more money does not always bring more of it. Use `best(total, of="profit")`.
        total : float
            The most that may be spent in all.

        Raises
        ------
        SpecError
            If the goal cannot be reached: it says what can, and which bounds stand in the way.
        """
        check_number("goal", goal)
        check_number("total", total)
        if of == "profit":
            raise SpecError("of='profit' has no least budget, since more money may bring less; use best(total, of=…).")
        problem = self._problem(of)
        most = problem.value(problem.high)
        if goal > most:
            raise SpecError(self._out_of_reach(goal, of, most))
        if goal <= problem.value(problem.low):
            note = ""
            if problem.low.any():
                note = f"The minimums alone ({self._bounds('minimum')}) bring the goal; nothing less may be spent."
            found = replace(self._outcome(problem.low, of), note=note)
        else:
            found = self._outcome(optimum.least_spend(problem, goal), of)
        needed = found.total["spend"]
        if needed > total * (1 + 1e-9):
            within = self.best(total, of=of)
            raise SpecError(
                f"{goal:,.10g} {of} need at least {needed:,.10g}; total={total:,.10g} binds and brings "
                f"{within.value:,.10g} at best."
            )
        return found

    def scenarios(self, plans: Mapping[str, float | Mapping[str, float]], *, of: str = "sales") -> pd.DataFrame:
        """Budgets side by side.

        Parameters
        ----------
        plans : mapping of str to float or mapping
            A total (split at its best) or a split, by the scenario's name.
        of : str
            What a total is split for.

        Returns
        -------
        DataFrame
            A row per scenario, the first being the one compared with: `scenario`, `spend`, `visits`, `leads`, `sales`,
            `revenue`, `profit`, `cac`, `roas`, `roi`; `extra_…` of spend, sales, revenue, profit; `extra_cost`, the
            money for one more `of`; then the spend of each channel as `spend: name`.
        """
        if not plans:
            raise SpecError("plans is empty; name at least one scenario.")
        rows = []
        for name, plan in plans.items():
            found = self.forward(plan, of=of) if isinstance(plan, Mapping) else self.best(plan, of=of)
            keep = ("spend", *MEASURES, "cac", "roas", "roi")
            rows.append({"scenario": name} | {key: found.total[key] for key in keep} | {"split": found.spend})
        frame = pd.DataFrame(rows)
        for key in ("spend", "sales", "revenue", "profit"):
            frame[f"extra_{key}"] = frame[key] - frame[key].iloc[0]
        frame["extra_cost"] = ratio(frame["extra_spend"], frame[of] - frame[of].iloc[0])
        for name in self.names:
            frame[f"spend: {name}"] = [split[name] for split in frame["split"]]
        return frame.drop(columns="split")

    def simulate(self, spend: Mapping[str, float], *, size: int = 5000, seed: int = 0) -> Simulated:
        """How a period may end under this split: see `montecarlo.simulate`."""
        from funnel_utils.plan.montecarlo import simulate

        return simulate(self, spend, size=size, seed=seed)

    def fan(self, totals: Sequence[float], *, of: str = "sales", size: int = 2000, seed: int = 0) -> Fan:
        """The best split of each total, and how its period may end: see `montecarlo.fan`."""
        from funnel_utils.plan.montecarlo import fan

        return fan(self, totals, of=of, size=size, seed=seed)

    def _worth(self, of: str) -> Floats:
        """What a visit of each channel is worth in units of `of`."""
        if of not in MEASURES:
            raise SpecError(f"of={of!r} is not one of {', '.join(map(repr, MEASURES))}.")
        worth = []
        for channel in self.channels:
            lead, sale = channel.rates
            revenue = lead * sale * self.order_value_of(channel)
            steps = (1.0, lead, lead * sale, revenue, revenue * self.margin)
            worth.append(dict(zip(MEASURES, steps, strict=True))[of])
        return np.array(worth)

    def _problem(self, of: str, total: float = math.inf) -> optimum.Problem:
        """The search for the best split; a channel without worth gets its minimum."""
        worth = self._worth(of)
        if not worth.any():
            raise SpecError(f"no channel brings any {of}: a rate or a value is 0 in every one of them.")
        curves = [channel.curve for channel in self.channels]
        low = np.array([channel.minimum for channel in self.channels])
        ceiling = np.array([channel.ceiling for channel in self.channels])
        return optimum.Problem(
            top=np.array([curve.top for curve in curves]) * worth * self.season,
            half=np.array([curve.half for curve in curves]),
            slope=np.array([curve.slope for curve in curves]),
            low=low,
            high=np.minimum(ceiling, np.maximum(low, total)),
            price=1.0 if of == "profit" else 0.0,
        )

    def _outcome(self, spend: Floats, of: str) -> Outcome:
        rows = []
        for channel, money in zip(self.channels, spend, strict=True):
            lead, sale = channel.rates
            visits = float(channel.curve.at(money)) * self.season
            row: dict[str, Any] = {
                "channel": channel.name,
                "spend": float(money),
                "visits": visits,
                "leads": visits * lead,
            }
            row["sales"] = visits * lead * sale
            row["revenue"] = row["sales"] * self.order_value_of(channel)
            rows.append(row)
        table = pd.DataFrame(rows)
        total = table.drop(columns="channel").sum()
        table = pd.concat([table, pd.DataFrame([{"channel": "total", **total.to_dict()}])], ignore_index=True)
        table["profit"] = self.margin * table["revenue"] - table["spend"]
        table["cac"] = ratio(table["spend"], table["sales"] * rate_value(self.new_share))
        table["aov"] = ratio(table["revenue"], table["sales"])
        table["roas"] = ratio(table["revenue"], table["spend"])
        table["roi"] = ratio(table["profit"], table["spend"])
        per_month = math.nan if self.orders_per_month is None else self.orders_per_month
        table["payback_months"] = ratio(table["cac"], table["aov"] * self.margin * per_month)
        marginal, bound = self._margins(spend, of)
        table["marginal"] = [*marginal, math.nan]
        table["bound"] = [*bound, ""]
        free = [float(m) for m, b in zip(marginal, bound, strict=True) if not b]
        return Outcome(self, table, of, 1 / min(free) if free and min(free) > 0 else math.nan)

    def _margins(self, spend: Floats, of: str) -> tuple[Floats, list[str]]:
        worth = self._worth(of) * self.season
        slopes = np.array([float(c.curve.marginal(x)) for c, x in zip(self.channels, spend, strict=True)])
        room = 1e-6 * max(float(spend.sum()), 1e-300)
        bound = []
        for channel, money in zip(self.channels, spend, strict=True):
            low, high = money <= channel.minimum + room, money >= channel.maximum - room
            bound.append("fixed" if low and high else "minimum" if low else "maximum" if high else "")
        return worth * slopes - (of == "profit"), bound

    def _bounds(self, which: str) -> str:
        """The channels' bounds of one kind, written out."""
        held = [(c.name, getattr(c, which)) for c in self.channels]
        return ", ".join(f"{name} {money:,.10g}" for name, money in held if math.isfinite(money) and money > 0)

    def _out_of_reach(self, goal: float, of: str, most: float) -> str:
        capped = self._bounds("maximum")
        if capped:
            why = f"The maximums bind: {capped}. Raise one, raise a rate, or lower the goal."
        else:
            why = (
                "No bound binds: the curves themselves level off there. Raise a rate, add a channel, or lower the goal."
            )
        return f"goal={goal:,.10g} {of} cannot be reached; at most {most:,.10g} can. {why}"
