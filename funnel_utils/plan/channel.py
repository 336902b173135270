"""A channel of the plan: what it brings for its money, and what becomes of those it brings.

    spend -> visits (response curve) -> leads (lead_rate) -> sales (sale_rate) -> revenue (order value)

A rate is either given (0.04) or counted (`(212, 5300)`, successes of trials); a counted one carries its uncertainty
into the Monte Carlo, a given one is taken as known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnel_utils.errors import SpecError
from funnel_utils.plan.fit import FittedResponse
from funnel_utils.plan.response import Response, check_number

Floats = NDArray[np.float64]
Rate = float | tuple[int, int]

#: A channel without a maximum is searched up to the spend that brings all but a millionth of its `top`.
_NEARLY_ALL = 1e6


@dataclass(frozen=True)
class Channel:
    """One channel, with what may be spent on it in a period.

    Parameters
    ----------
    name : str
    response : Response or FittedResponse
        Visits per period for spend per period. A fitted one brings its uncertainty with it.
    lead_rate : float or (int, int)
        Leads per visit, 0 to 1; or leads and visits counted. 1 where visits are what the curve should end in.
    sale_rate : float or (int, int)
        Sales per lead.
    minimum, maximum : float
        Least and most spend per period (money): contracts, inventory, what one dares.
    order_value : float, optional
        Mean revenue of a sale from this channel; by default the budget's.

    Raises
    ------
    SpecError
        Naming the channel, the field, what it holds and what is allowed.

    Examples
    --------
    >>> search = Channel("search", Response(6000, 40), lead_rate=(300, 6000), sale_rate=0.2, maximum=120)
    >>> search.rates
    (0.05, 0.2)
    """

    name: str
    response: Response | FittedResponse
    lead_rate: Rate = 1.0
    sale_rate: Rate = 1.0
    minimum: float = 0.0
    maximum: float = math.inf
    order_value: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise SpecError(f"name={self.name!r} is not allowed; a channel has a name.")
        if not isinstance(self.response, Response | FittedResponse):
            raise SpecError(
                f"{self.name}: response={self.response!r} is not a curve; give a Response or a FittedResponse."
            )
        check_rate(f"{self.name}: lead_rate", self.lead_rate)
        check_rate(f"{self.name}: sale_rate", self.sale_rate)
        check_number(f"{self.name}: minimum", self.minimum)
        check_number(f"{self.name}: maximum", self.maximum, self.minimum)
        if math.isinf(self.minimum):
            raise SpecError(f"{self.name}: minimum=inf is not allowed; a minimum is a sum of money.")
        if self.order_value is not None:
            check_number(f"{self.name}: order_value", self.order_value)

    @property
    def curve(self) -> Response:
        """The response curve, the best fit where it was fitted."""
        return self.response.response if isinstance(self.response, FittedResponse) else self.response

    @property
    def rates(self) -> tuple[float, float]:
        """Leads per visit, sales per lead."""
        return rate_value(self.lead_rate), rate_value(self.sale_rate)

    @property
    def ceiling(self) -> float:
        """The most the search spends here: the maximum, or where nearly all of `top` is reached."""
        nearly = float(self.curve.half * _NEARLY_ALL ** (1 / self.curve.slope))
        return min(self.maximum, max(nearly, self.minimum))


def check_rate(field: str, rate: Any) -> None:
    """Raise a `SpecError` unless `rate` is a share, or a count and its total."""
    if isinstance(rate, tuple | list):
        whole = len(rate) == 2 and all(isinstance(x, int | np.integer) and not isinstance(x, bool) for x in rate)
        if not whole or not 0 <= rate[0] <= rate[1] or rate[1] == 0:
            raise SpecError(
                f"{field}={rate!r} is not allowed; give (count, total) with 0 <= count <= total, total > 0."
            )
        return
    check_number(field, rate, 0.0, 1.0)


def rate_value(rate: Rate) -> float:
    """A rate as a number."""
    if isinstance(rate, tuple | list):
        return float(rate[0]) / float(rate[1])
    return float(rate)


def rate_draws(rate: Rate, size: int, rng: np.random.Generator) -> Floats:
    """`size` draws of what the rate may be: Jeffreys' beta for a counted one, the same number for a given one.

    Examples
    --------
    >>> rate_draws(0.25, 3, np.random.default_rng(1))
    array([0.25, 0.25, 0.25])
    """
    if not isinstance(rate, tuple | list):
        return np.full(size, float(rate))
    return np.asarray(rng.beta(rate[0] + 0.5, rate[1] - rate[0] + 0.5, size))
