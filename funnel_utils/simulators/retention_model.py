"""The model of the retention simulator: what a new customer costs, who stays, and what the ladder of offers earns.

One customer is won for some **cost** and starts with an entry offer, which may lose money. A share **climbs** to the
core offer; who has climbed orders at some pace for as long as she stays, and a share of those orders carries a related
product. Each month some leave. Each person has a chance of leaving of her own, beta distributed over all: the
shifted-beta-geometric model of Fader and Hardie (2007). With no difference between people it is the plain geometric
one, in which as many leave in every month.

Whether the shop may lose money on the entry offer is arithmetic: the **share that must climb** is what a new customer
has cost by then, divided by what a climber leaves in the time looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from funnel_utils.errors import SpecError

Floats = NDArray[np.float64]
LONGEST = 60
"""Months that a model may look ahead."""
_SHARES = ("climb", "related", "leave", "differ")


@dataclass(frozen=True)
class RetentionModel:
    """One new customer, month by month; money in thousand toman.

    Parameters
    ----------
    cost : float
        What it costs to win one.
    entry : float
        What the entry offer leaves, below zero if it is sold at a loss.
    climb : float
        Share of new customers who go on to the core offer, a month after the entry offer.
    pace : float
        Orders a month of a climber who is there.
    core : float
        What a core order leaves.
    related : float
        Share of core orders that carry a related product.
    extra : float
        What a related product leaves.
    leave : float
        Share of the climbers who leave in their first month.
    differ : float
        How much people differ in that: 0 all alike, towards 1 some leave at once and the others never.
    discount : float
        What money is worth less a year later, as an interest rate: 0.25 for 25%.
    months : int
        How far to look, 1 to 60.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> box = RetentionModel.welcome_box()
    >>> box.entry < 0 < simulate_retention(box).value
    True
    """

    cost: float
    entry: float
    climb: float
    pace: float
    core: float
    related: float = 0.0
    extra: float = 60.0
    leave: float = 0.1
    differ: float = 0.0
    discount: float = 0.25
    months: int = 24

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, bool) or not math.isfinite(value):
                raise SpecError(f"{each.name}={value!r}: needs a finite number.")
            if each.name != "entry" and value < 0:
                raise SpecError(f"{each.name}={value!r}: needs zero or more.")
            if each.name in _SHARES and value > 1:
                raise SpecError(f"{each.name}={value!r}: a share is at most 1.")
        if self.differ >= 1:
            raise SpecError("differ=1: people cannot differ more than that; take something below 1.")
        if self.months != int(self.months) or not 1 <= self.months <= LONGEST:
            raise SpecError(f"months={self.months!r}: needs a whole number from 1 to {LONGEST}.")

    @classmethod
    def welcome_box(cls) -> RetentionModel:
        """Pardis' welcome box, rounded from the lessons' orders (a test compares): cheap to win, and few climb."""
        return cls(cost=115, entry=-70, climb=0.39, pace=0.46, core=290, leave=0.27, differ=0.22)

    @classmethod
    def paid_search(cls) -> RetentionModel:
        """Pardis' customers of paid search: dear to win, a first order at full price, and more climb."""
        return cls(cost=390, entry=290, climb=0.52, pace=0.47, core=290, leave=0.165, differ=0.18)


@dataclass(frozen=True, eq=False)
class RetentionOutcome:
    """What becomes of one new customer on average; money in thousand toman.

    Attributes
    ----------
    model : RetentionModel
    staying : array of float
        Share of the climbers who are there after 0, 1, ... months.
    alike : array of float
        The same if as many left in every month as in the first.
    balance : array of float
        Money so far, discounted, the cost of winning included, after 0, 1, ... months. At 0 the entry offer is sold.
    """

    model: RetentionModel
    staying: Floats
    alike: Floats
    balance: Floats
    _orders: float = field(repr=False)

    @property
    def climber(self) -> float:
        """What somebody who has climbed leaves in the time looked at, discounted."""
        return self._orders * (self.model.core + self.model.related * self.model.extra)

    @property
    def rungs(self) -> dict[str, float]:
        """What each rung of the ladder adds to one new customer: `cost` (below zero), `entry`, `core`, `related`."""
        each = self.model.climb * self._orders
        return {
            "cost": -self.model.cost,
            "entry": self.model.entry,
            "core": each * self.model.core,
            "related": each * self.model.related * self.model.extra,
        }

    @property
    def value(self) -> float:
        """Lifetime value: all rungs but the cost of winning."""
        return sum(money for name, money in self.rungs.items() if name != "cost")

    @property
    def ratio(self) -> float:
        """LTV:CAC; infinite where winning costs nothing and something is earned, missing where nothing is either."""
        if self.model.cost > 0:
            return self.value / self.model.cost
        return math.inf if self.value > 0 else math.nan

    @property
    def payback(self) -> int | None:
        """The first month by whose end the money is back; `None` if it is not in the time looked at."""
        back = np.flatnonzero(self.balance >= -1e-9)
        return int(back[0]) if len(back) else None

    @property
    def must_climb(self) -> float | None:
        """The share that has to climb for the money to come back; above 1 or `None`: no share is enough."""
        hole = self.model.cost - self.model.entry
        if hole <= 0:
            return 0.0
        return hole / self.climber if self.climber > 0 else None

    @property
    def first_year(self) -> float:
        """Later orders of a new customer within her first twelve months, not discounted."""
        return float(self.model.climb * self.model.pace * survival(self.model, 11).sum())


def survival(model: RetentionModel, months: int) -> Floats:
    """The share of climbers who are there after 0, 1, ... `months` months.

    S(t) = product over k = 1 .. t of (beta + k - 1) / (alpha + beta + k - 1), with mean leaving alpha / (alpha + beta)
    and 1 / (alpha + beta + 1) = `differ` (Fader and Hardie 2007, equation 2).
    """
    k = np.arange(months)
    if model.differ == 0 or model.leave in (0, 1):
        stay: Floats = np.full(months, 1.0 - model.leave)
    else:
        both = 1 / model.differ - 1
        stay = ((1 - model.leave) * both + k) / (both + k)
    return np.concatenate([[1.0], np.cumprod(stay)])


def simulate_retention(model: RetentionModel) -> RetentionOutcome:
    """Work out a model.

    Examples
    --------
    >>> half = RetentionModel(cost=100, entry=0, climb=1, pace=1, core=100, leave=0.5, discount=0, months=3)
    >>> outcome = simulate_retention(half)
    >>> outcome.staying.tolist()
    [1.0, 0.5, 0.25, 0.125]
    >>> outcome.balance.tolist()  # orders of months 1, 2 and 3 by those still there: 1, 1/2, 1/4
    [-100.0, 0.0, 50.0, 75.0]
    """
    months = model.months
    staying = survival(model, months)
    worth = (1 + model.discount) ** (-np.arange(1, months + 1) / 12)
    orders = model.pace * staying[:-1] * worth
    each = model.climb * (model.core + model.related * model.extra)
    balance: Floats = np.concatenate([[0.0], np.cumsum(orders) * each]) + (model.entry - model.cost)
    alike = np.power(1.0 - model.leave, np.arange(months + 1))
    return RetentionOutcome(model, staying, alike, balance, float(orders.sum()))
