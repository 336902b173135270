"""The model of the plan simulator: a month's money, a goal, and what becomes of both.

Each channel's spend brings sales along its saturating curve, times the season of the month. Three questions are
answered at once. What may the month bring? Curves and rates that fit the past, and chance, are drawn many times: the
**fan**. What does the goal cost? The least money that is expected to bring it: the **inverse** of the budget model. And
is the goal one at all? Its **lights**, a letter each, with their reasons; "achievable" is held against the forecast of
the shop going on as before, so that one sees what the money has to add.

The draws are those of `Budget.simulate`, in a shape that a slider can wait for: a visit becomes a lead and a lead a
sale independently of the others, so the sales of a month are Poisson around the drawn visits times both rates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.plan.budget import Budget
from funnel_utils.plan.channel import Channel, rate_draws
from funnel_utils.plan.fit import FittedResponse, fit_responses
from funnel_utils.plan.forecast import Forecast, forecast
from funnel_utils.plan.goal import Baseline, Goal
from funnel_utils.plan.history import History
from funnel_utils.plan.outcome import Outcome
from funnel_utils.plan.response import Floats, check_number, share_of_top
from funnel_utils.plan.smart import Assessment, assess
from funnel_utils.plan.words import quantity
from funnel_utils.text import t

DRAWS = 400
#: Budgets of the fan, as multiples of what is spent.
TIMES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MONTHS_AHEAD = 7
#: What is left of an order's value, where nothing else is said.
MARGIN = 0.4


@dataclass(frozen=True, eq=False)
class PlanModel:
    """A month's spend and a goal.

    Parameters
    ----------
    budget : Budget
        The channels, what an order is worth and what of it is left; for a month of season 1.
    outlook : Forecast
        Of the shop's monthly sales if it goes on as before; the goal's deadline lies in one of its months.
    spend : mapping of str to float
        Money per channel in the month; channels that are not named get nothing.
    target : float
        Sales in the month of the deadline.
    deadline : str
        The month, such as `"2026-08"`; empty for a goal without a date.
    season : mapping of int to float
        The season's index by calendar month; 1 where it is not given.
    says_whom, compared, explained : bool
        Whether the goal says whose sales and in which direction; names a baseline (the same month a year before); says
        by what it shall come about.
    serves : str
        The business goal that it names; empty for none.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.
    """

    budget: Budget
    outlook: Forecast
    spend: Mapping[str, float]
    target: float
    deadline: str = ""
    season: Mapping[int, float] = field(default_factory=dict)
    says_whom: bool = True
    compared: bool = False
    explained: bool = False
    serves: str = ""

    def __post_init__(self) -> None:
        if not any(channel.curve.top * math.prod(channel.rates) > 0 for channel in self.budget.channels):
            raise SpecError("budget: a rate is 0 in every channel, so no money brings a sale.")
        for name, money in self.spend.items():
            self.budget.channel(name)
            check_number(f"spend of {name}", money)
        check_number("target", self.target)
        if self.deadline and self.deadline not in self.months:
            raise SpecError(f"deadline={self.deadline!r} is not one of {', '.join(self.months)}, or '' for none.")

    @classmethod
    def pardis(cls) -> PlanModel:
        """The shop Pardis: curves, rates and forecast from three years of months, spend as in the last one."""
        from funnel_utils.synthetic import load_plan_months

        return cls.from_months(load_plan_months())

    @classmethod
    def from_months(cls, months: pd.DataFrame, *, margin: float = MARGIN) -> PlanModel:
        """A model from a table with a row per month and channel.

        Parameters
        ----------
        months : DataFrame
            `month`, `channel`, `season` (index), `spend`, `visits`, `leads`, `sales`, `revenue`, `currency`.
        margin : float
            Share of an order's value that is left, 0 to 1.
        """
        sums = months.groupby("channel", sort=False)[["visits", "leads", "sales"]].sum().astype(int)
        channels = [
            Channel(name, curve, *(tuple(int(x) for x in sums.loc[name, pair]) for pair in _PAIRS))  # type: ignore[arg-type]
            for name, curve in fit_responses(months, exposure="season").items()
        ]
        value = float(months["revenue"].sum() / months["sales"].sum())
        history = History.of(months, "sales")
        outlook = forecast(history, periods=MONTHS_AHEAD)
        last_year = sorted(months["month"].unique())[-12:]
        usual = months[months["month"].isin(last_year)].groupby("channel")["spend"].sum() / len(last_year)
        season = months.groupby(months["month"].str[-2:].astype(int))["season"].mean()
        last = outlook.table.iloc[-1]
        return cls(
            Budget(channels, order_value=value, margin=margin, currency=str(months["currency"].iloc[0])),
            outlook,
            {str(name): float(np.round(money, -6)) for name, money in usual.items()},
            target=float(np.round(last["high"] * 1.05, -1)),
            deadline=f"{last['period']:%Y-%m}",
            season={int(str(month)): float(index) for month, index in season.items()},
        )

    @property
    def months(self) -> list[str]:
        """The months that the outlook reaches."""
        return [f"{day:%Y-%m}" for day in self.outlook.table["period"]]

    @property
    def total(self) -> float:
        """All money."""
        return float(sum(self.spend.values()))

    @property
    def planned(self) -> Budget:
        """The budget in the season of the deadline's month."""
        index = self.season.get(int(self.deadline[-2:]), 1.0) if self.deadline else 1.0
        return _in_season(self.budget, index)

    @property
    def baseline(self) -> float:
        """Sales of the month a year before the deadline's; without a date, of the mean month of the last year."""
        rows = self.outlook.history.table.tail(12)
        if self.deadline:
            same = rows[rows["period"].dt.month == int(self.deadline[-2:])]
            rows = same if len(same) else rows
        return float(rows["value"].mean())

    @property
    def contradicts(self) -> bool:
        """Whether the target lies below what it is compared with."""
        return self.compared and self.target < self.baseline

    @property
    def goal(self) -> Goal:
        """The goal, with what it says and without what it does not say."""
        words: dict[str, Any] = {"metric": "sales", "target": self.target}
        if self.says_whom:
            words |= {"segment": self.outlook.history.segment, "direction": "increase"}
        if self.deadline:
            words["deadline"] = pd.Period(self.deadline, "M").end_time.date()
        if self.compared and not self.contradicts:
            words["baseline"] = Baseline(value=self.baseline, what=t("plan_simulator.baseline"))
        if self.serves:
            words["serves"] = self.serves
        if self.explained:
            words["because"] = t("plan_simulator.because", spend=quantity(self.total), n=len(self.budget.channels))
        return Goal(statement=t("plan_simulator.statement", target=quantity(self.target)), **words)


_PAIRS = (["leads", "visits"], ["sales", "leads"])


@dataclass(frozen=True, eq=False)
class PlanOutcome:
    """What a model leads to.

    Attributes
    ----------
    model : PlanModel
    table : DataFrame
        A row per channel: `channel`, `spend` (money), `sales` (expected), `next_sale` (money for one more sale;
        infinity where no money brings one).
    fan : DataFrame
        A row per budget, from nothing to twice the money, in the same proportions: `total`, `expected`, and the
        quantiles `q10` to `q90` of sales.
    chance : float
        Share of the drawn months that reach the target.
    assessment : Assessment
        The lights.
    """

    model: PlanModel
    table: pd.DataFrame
    fan: pd.DataFrame
    chance: float
    assessment: Assessment

    @property
    def sales(self) -> float:
        """Expected sales."""
        return float(self.table["sales"].sum())

    @property
    def profit(self) -> float:
        """What the orders leave, less the spend."""
        budget = self.model.budget
        return budget.margin * budget.order_value * self.sales - self.model.total

    @cached_property
    def best(self) -> Outcome | None:
        """The same money, split for the most sales; `None` where it does not cover the channels' minimums."""
        return _best(self.model.planned, self.model.total)

    @cached_property
    def least(self) -> Outcome | None:
        """The least money that is expected to bring the target; `None` where no money does."""
        return _least(self.model.planned, self.model.target)

    @property
    def lights(self) -> pd.DataFrame:
        """`letter`, `name`, `status`, `reason`, as the assessment has them; a contradiction is said at its letter."""
        table = self.assessment.to_frame()
        if self.model.contradicts:
            words = {"target": quantity(self.model.target), "baseline": quantity(self.model.baseline)}
            reason = t("plan_simulator.contradiction", **words)
            table.loc[table["name"] == "relative", ["status", "reason"]] = ["no", reason]
        return table


def simulate_plan(model: PlanModel) -> PlanOutcome:
    """Work out a model.

    Examples
    --------
    >>> outcome = simulate_plan(PlanModel.pardis())
    >>> outcome.best.value > outcome.sales
    True
    """
    budget = model.planned
    spend = np.array([float(model.spend.get(name, 0.0)) for name in budget.names])
    worth = np.array([np.prod(channel.rates) for channel in budget.channels]) * budget.season
    sales = np.array([float(c.curve.at(x)) for c, x in zip(budget.channels, spend, strict=True)]) * worth
    slopes = np.array([float(c.curve.marginal(x)) for c, x in zip(budget.channels, spend, strict=True)]) * worth
    with np.errstate(divide="ignore"):
        table = pd.DataFrame({"channel": budget.names, "spend": spend, "sales": sales, "next_sale": 1 / slopes})
    drawn = _drawn(model.budget, spend, budget.season)
    expected = [
        sum(float(c.curve.at(x * k)) * w for c, x, w in zip(budget.channels, spend, worth, strict=True)) for k in TIMES
    ]
    quantiles = np.quantile(drawn, QUANTILES, axis=0)
    fan = pd.DataFrame({"total": np.array(TIMES) * spend.sum(), "expected": expected})
    for share, values in zip(QUANTILES, quantiles, strict=True):
        fan[f"q{100 * share:02.0f}"] = values
    chance = float((drawn[:, TIMES.index(1.0)] >= model.target).mean())
    return PlanOutcome(model, table, fan, chance, _assessed(model.goal, model.outlook))


def _drawn(budget: Budget, spend: Floats, season: float) -> Floats:
    """Sales of `DRAWS` months (rows) at each multiple of the spends (columns)."""
    rng = np.random.default_rng(0)
    times = np.array(TIMES)
    sales = np.zeros((DRAWS, len(times)))
    for channel, money, (top, half, slope, rate) in zip(budget.channels, spend, _curves(budget), strict=True):
        mean = top * share_of_top(money * times, half, slope) * season
        spread = channel.response.dispersion - 1 if isinstance(channel.response, FittedResponse) else 0.0
        if spread > 1e-9:
            mean = rng.gamma(np.maximum(mean, 1e-300) / spread, spread)
        sales += rng.poisson(mean * rate)
    return sales


@lru_cache(maxsize=8)
def _curves(budget: Budget) -> list[tuple[Floats, Floats, Floats, Floats]]:
    """Per channel `DRAWS` curves that fit its months, and as many values of its sales per visit, as columns."""
    made = []
    for number, channel in enumerate(budget.channels):
        rng = np.random.default_rng([1, number])
        if isinstance(channel.response, FittedResponse):
            curves = channel.response.draws(DRAWS, number)
            top, half, slope = (curves[name].to_numpy() for name in ("top", "half", "slope"))
        else:
            curve = channel.curve
            top, half, slope = (np.full(DRAWS, x) for x in (curve.top, curve.half, curve.slope))
        rate = rate_draws(channel.lead_rate, DRAWS, rng) * rate_draws(channel.sale_rate, DRAWS, rng)
        made.append((top[:, None], half[:, None], slope[:, None], rate[:, None]))
    return made


@lru_cache(maxsize=32)
def _in_season(budget: Budget, season: float) -> Budget:
    return replace(budget, season=season)


@lru_cache(maxsize=32)
def _assessed(goal: Goal, outlook: Forecast) -> Assessment:
    """A slider of spend leaves the goal as it is: its lights need not be computed again."""
    return assess(goal, outlook.history, outlook=outlook)


def _best(budget: Budget, total: float) -> Outcome | None:
    try:
        return budget.best(total)
    except SpecError:
        return None


@lru_cache(maxsize=32)
def _least(budget: Budget, target: float) -> Outcome | None:
    try:
        return budget.inverse(target)
    except SpecError:
        return None
