"""What the buyers and members of Pardis are: how often they buy, when they leave, what they spend, how they were won.

**Buyers** give no notice. While with the shop, a person orders at her own rate (Poisson), and after *each* order, the
first one too, she leaves for good with her own chance. Over all people the rate is gamma and the chance is beta
distributed: the MBG/NBD model (Batislam, Denizel and Filiztekin 2007), which is BG/NBD but that a first order, too, may
be the last. The values of later orders follow the gamma-gamma model (Fader and Hardie 2013), independent of both.

How somebody was won depends on her chance of leaving: the campaign and each channel *choose* people. So channels
differ, while all people together follow the model exactly.

**Members** of a subscription give notice. At the end of each paid month a member leaves with her own chance, beta
distributed over all: the shifted-beta-geometric model (Fader and Hardie 2007). A lot decides who gets a welcome call.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from funnel_utils.errors import SpecError
from funnel_utils.synthetic.clock import WEEK
from funnel_utils.synthetic.spec import CITIES, City

BOX, CORE = "box", "core"
"""The two offers: the welcome box, sold once to new customers below its cost, and everything else."""


@dataclass(frozen=True)
class WonBy:
    """A channel that wins customers.

    Parameters
    ----------
    name : str
    weight : float
        How many it wins, in proportion to the others.
    tilt : float
        Whom it wins: the weight is multiplied by exp(tilt x (u - 1/2)), where u, between 0 and 1, is the rank of the
        person's chance of leaving. Above zero it wins people who leave sooner.
    cost : float
        Toman of acquisition spend for each new customer, on average.
    """

    name: str
    weight: float
    tilt: float
    cost: float

    def __post_init__(self) -> None:
        if not self.weight > 0 or not self.cost >= 0:
            raise SpecError(f"WonBy {self.name}: weight={self.weight!r}, cost={self.cost!r}; needs > 0 and >= 0.")


CHANNELS = (
    WonBy("organic_search", 0.34, -0.4, 70_000),
    WonBy("paid_search", 0.28, 0.6, 390_000),
    WonBy("social", 0.22, 0.5, 320_000),
    WonBy("referral", 0.16, -1.6, 110_000),
)
WELCOME_BOX = WonBy("welcome_box", 1.0, 0.0, 110_000)


@dataclass(frozen=True)
class Buyers:
    """The buyers of Pardis over some weeks; times are in weeks, money in toman.

    Parameters
    ----------
    seed : int
        The lessons' seed was chosen among sixteen for being ordinary: with others, a model misses the last half-year by
        chance alone by up to a sixth.
    people : int
        New customers within the log.
    weeks, after : int
        Length of the log, and for how long people live on behind its end (only the truth knows).
    start : str
        The first day, a Saturday.
    r, alpha : float
        Orders a week of a person who is there: gamma with shape `r` and rate `alpha` weeks, so `r / alpha` on average.
    a, b : float
        The chance to leave after an order: beta, so `a / (a + b)` on average.
    p, q, v : float
        Values of orders: gamma with shape `p` and a personal rate that is gamma with shape `q` and rate `v` toman, so
        `p v / (q - 1)` on average.
    margin : float
        What is left of an order's value after goods and delivery, as a share.
    box_price, box_margin : float
        Price of the welcome box, and what it leaves: below zero, since it is sold at a loss.
    campaign : tuple of float
        First and last week (from 0) in which the welcome box was sold.
    box_share : float
        Share of all new customers who are won by it. It is taken up in proportion to 2u, u being the rank of a
        person's chance of leaving: those who would leave soon anyway like a bargain.
    channels : sequence of WonBy
        How everybody else was won.
    box : WonBy
        Name and cost of the campaign.
    spread : float
        Standard deviation of the logarithm of a month's cost per new customer.
    keeping : float
        Toman a month spent on each customer won so far (club, newsletter).

    Raises
    ------
    SpecError
        If a number is out of its range.

    Examples
    --------
    >>> shop = Buyers()
    >>> round(shop.r / shop.alpha, 3), round(shop.a / (shop.a + shop.b), 3)
    (0.1, 0.375)
    """

    seed: int = 31
    people: int = 4000
    weeks: int = 104
    after: int = 52
    start: str = "2024-03-23"
    r: float = 0.9
    alpha: float = 9.0
    a: float = 0.9
    b: float = 1.5
    p: float = 5.0
    q: float = 4.0
    v: float = 690_000.0
    margin: float = 0.25
    box_price: float = 190_000.0
    box_margin: float = -70_000.0
    campaign: tuple[float, float] = (50.0, 60.0)
    box_share: float = 0.28
    channels: Sequence[WonBy] = CHANNELS
    box: WonBy = WELCOME_BOX
    spread: float = 0.12
    keeping: float = 4_000.0
    cities: tuple[City, ...] = CITIES

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        _whole(self, seed=0, people=1, weeks=1, after=0)
        _positive(self, "r", "alpha", "a", "b", "p", "v", "box_price")
        if not self.q > 1:
            raise SpecError(f"Buyers.q={self.q!r}: needs more than 1, or the mean value of an order is infinite.")
        if date.fromisoformat(self.start).weekday() != 5:
            raise SpecError(f"Buyers.start={self.start!r}: weeks start on Saturday, so must the log.")
        if not 0 <= self.box_share <= 0.5:
            raise SpecError(f"Buyers.box_share={self.box_share!r}: needs a share of at most one half.")
        if self.box_share and not 0 <= self.campaign[0] < self.campaign[1] <= self.weeks:
            raise SpecError(f"Buyers.campaign={self.campaign!r}: needs two weeks in order, within {self.weeks}.")
        if not 0 < self.margin <= 1:
            raise SpecError(f"Buyers.margin={self.margin!r}: needs a share above 0.")
        if not self.channels:
            raise SpecError("Buyers.channels is empty; name at least one.")

    @property
    def end(self) -> float:
        """Seconds from the first day's midnight to the end of the log."""
        return self.weeks * WEEK

    @property
    def names(self) -> tuple[str, ...]:
        """The channels' names, the campaign's last."""
        return (*(channel.name for channel in self.channels), self.box.name)

    @property
    def parameters(self) -> dict[str, float]:
        """The seven numbers that a model has to find; times in weeks, money in toman."""
        return {name: getattr(self, name) for name in ("r", "alpha", "a", "b", "p", "q", "v")}

    def with_(self, **changes: object) -> Buyers:
        """The same shop with some fields changed.

        Examples
        --------
        >>> Buyers().with_(people=100).people
        100
        """
        known = {field.name for field in fields(self)}
        if unknown := sorted(set(changes) - known):
            raise SpecError(f"Buyers has no field {unknown[0]!r}; it has {', '.join(sorted(known))}.")
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Members:
    """The members of Pardis Plus, a subscription paid by the month.

    Parameters
    ----------
    seed : int
    each : int
        New members a month.
    months : int
        Months that the list covers; a member of the first month may have paid for as many.
    start : str
        The first month.
    fee : float
        Toman a month.
    alpha, beta : float
        The chance to leave at the end of a month: beta.
    called_alpha, called_beta : float
        The same for those who, by lot, got a welcome call.
    called : float
        Share of new members whom the lot gives a call.

    Examples
    --------
    >>> plus = Members()
    >>> round(plus.alpha / (plus.alpha + plus.beta), 3)
    0.18
    """

    seed: int = 29
    each: int = 80
    months: int = 24
    start: str = "2024-04"
    fee: float = 99_000.0
    alpha: float = 0.72
    beta: float = 3.28
    called_alpha: float = 0.60
    called_beta: float = 4.40
    called: float = 0.5

    def __post_init__(self) -> None:
        _whole(self, seed=0, each=1, months=1)
        _positive(self, "alpha", "beta", "called_alpha", "called_beta", "fee")
        if not 0 <= self.called <= 1:
            raise SpecError(f"Members.called={self.called!r}: needs a share from 0 to 1.")


def _whole(spec: Buyers | Members, **least: int) -> None:
    for name, low in least.items():
        value = getattr(spec, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            raise SpecError(f"{type(spec).__name__}.{name}={value!r}: needs a whole number of at least {low}.")


def _positive(spec: Buyers | Members, *names: str) -> None:
    for name in names:
        value = getattr(spec, name)
        if not (math.isfinite(value) and value > 0):
            raise SpecError(f"{type(spec).__name__}.{name}={value!r}: needs a number above zero.")
