"""Whom a programme meets: people with habits, consent, and a hidden answer to the question what a message does to them.

Four kinds of people, of which no log tells: **persuadables** buy more after a message that they open, **sure things**
buy anyway, **lost causes** hardly ever, and **sleeping dogs** buy less for some time after a message reaches them. Each
has her own pace of visits and purchases and her own liking for each channel.

What a message does wears off by half every `fades`. Messages also tire: each one leaves a *load* that halves every
`rests`. Under a load of L, the chance to open and what an opened message adds fall by the factor exp(-fatigue L), the
chance to unsubscribe rises by 1 + fatigue L, and everybody's pace of buying falls by `irritation` L.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnel_utils.automation.simulation.spec import CHANNELS
from funnel_utils.durations import Duration, parse_duration
from funnel_utils.errors import SpecError

DAY = 86_400
NEVER = 1 << 50
"""A time later than any other."""


@dataclass(frozen=True)
class Kind:
    """People whom a message moves alike.

    Parameters
    ----------
    name : str
    share : float
        Of all people.
    buys : float
        Purchases a day without messages, on average over these people.
    visits : float
        Visits a day without a purchase.
    leaves_cart : float
        Share of those visits that end with a full cart left behind.
    opened : float
        What an opened message adds to the pace of buying, as a multiple of it.
    reached : float
        What a delivered message adds, whether she opens it or not; below zero for sleeping dogs.
    unsubscribes : float
        Chance per delivered message, rested.
    """

    name: str
    share: float
    buys: float
    visits: float
    leaves_cart: float
    opened: float = 0.0
    reached: float = 0.0
    unsubscribes: float = 0.004


KINDS = (
    Kind("persuadables", 0.30, 0.006, 0.10, 0.40, opened=16.0),
    Kind("sure things", 0.20, 0.055, 0.10, 0.20),
    Kind("lost causes", 0.41, 0.0015, 0.04, 0.15),
    Kind("sleeping dogs", 0.09, 0.018, 0.05, 0.25, reached=-0.45, unsubscribes=0.03),
)


@dataclass(frozen=True)
class Audience:
    """The people whom a programme meets.

    Parameters
    ----------
    people : int
    kinds : tuple of Kind
        Their shares add up to 1.
    newcomers : float
        Share of people who sign up during the first `signups` days; the others are there from the start.
    signups : int
    consent : tuple of float
        Share of people who agree to e-mail, SMS, push and in-app messages.
    likes : tuple of tuple of float
        The two parameters of the beta distribution of people's chance to open a message, for each channel.
    clicks : float
        Chance that an opened message is clicked.
    consumers : float
        Share of people who also buy a consumable, again and again, when theirs has run out (after 24 to 44 days).
    fatigue, irritation : float
        See the module; zero for people whom messages do not tire.
    fades, rests : duration
        In which half of a message's effect, and of its load, is gone.

    Raises
    ------
    SpecError
        If a field is not valid.
    """

    people: int = 10_000
    kinds: tuple[Kind, ...] = KINDS
    newcomers: float = 0.15
    signups: int = 55
    consent: tuple[float, ...] = (0.8, 0.55, 0.4, 0.55)
    likes: tuple[tuple[float, float], ...] = ((1.0, 1.6), (2.0, 2.0), (0.6, 1.8), (1.0, 2.0))
    clicks: float = 0.4
    consumers: float = 0.2
    fatigue: float = 0.12
    irritation: float = 0.01
    fades: Duration = field(default="4d")
    rests: Duration = field(default="14d")

    def __post_init__(self) -> None:
        for name in ("fades", "rests"):
            object.__setattr__(self, name, parse_duration(getattr(self, name), name))
            if not getattr(self, name):
                raise SpecError(f"{name} must be longer than nothing, such as '4d'.")
        if isinstance(self.people, bool) or self.people != int(self.people) or self.people < 1:
            raise SpecError(f"people={self.people!r}: give a whole number of one or more.")
        if abs(sum(kind.share for kind in self.kinds) - 1) > 1e-9:
            raise SpecError(f"kinds: their shares add up to {sum(kind.share for kind in self.kinds):g}, not to 1.")
        for name in ("newcomers", "clicks", "consumers"):
            if not 0 <= getattr(self, name) <= 1:
                raise SpecError(f"{name}={getattr(self, name)!r}: give a share from 0 to 1.")
        if len(self.consent) != len(CHANNELS) or not all(0 <= share <= 1 for share in self.consent):
            raise SpecError(f"consent={self.consent!r}: give a share for each of {', '.join(CHANNELS)}.")
        if len(self.likes) != len(CHANNELS) or not all(min(pair) > 0 for pair in self.likes):
            raise SpecError(f"likes={self.likes!r}: give two numbers above zero for each of {', '.join(CHANNELS)}.")
        for name in ("fatigue", "irritation"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise SpecError(f"{name}={getattr(self, name)!r}: give zero or more.")
        if self.signups < 1:
            raise SpecError(f"signups={self.signups!r}: give one day or more.")

    def with_(self, **changes: Any) -> Audience:
        """The same with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class People:
    """What is true of each person. Times are seconds from the first midnight of the programme.

    Attributes
    ----------
    kind : array of int
        Position in `Audience.kinds`.
    joined : array of int
        When she signed up; before the beginning for those who were there.
    buys, visits : array of float
        Her own pace, a day.
    likes : array of float
        Chance to open, a row a person, a column a channel.
    agreed : array of int
        Since when she has agreed to each channel; `NEVER` if she has not.
    lasts : array of int
        For how long a consumable lasts her; 0 for people who buy none.
    last_buy, last_refill : array of int
        When she last bought before she is watched; `NEVER` negative for newcomers.
    lot : array of float
        Her number in the lot: below the holdout's share, she is held out.
    """

    kind: NDArray[np.int64]
    joined: NDArray[np.int64]
    buys: NDArray[np.float64]
    visits: NDArray[np.float64]
    likes: NDArray[np.float64]
    agreed: NDArray[np.int64]
    lasts: NDArray[np.int64]
    last_buy: NDArray[np.int64]
    last_refill: NDArray[np.int64]
    lot: NDArray[np.float64]


def draw_people(audience: Audience, seed: int, past: int = 0) -> People:
    """Draw an audience that is watched from `past` days before the programme on."""
    rng, n = np.random.Generator(np.random.SFC64(seed)), audience.people
    kind = np.searchsorted(np.cumsum([one.share for one in audience.kinds])[:-1], rng.random(n), side="right")
    begin = -past * DAY
    late = rng.random(n) < audience.newcomers
    joined = np.where(late, rng.integers(0, audience.signups * DAY, n), begin)
    pace = rng.standard_gamma(3.0, (2, n)) / 3.0
    buys = np.array([one.buys for one in audience.kinds])[kind] * pace[0]
    visits = np.array([one.visits for one in audience.kinds])[kind] * pace[1]
    likes = np.column_stack([rng.beta(a, b, n) for a, b in audience.likes])
    agreed = np.where(rng.random((n, len(CHANNELS))) < audience.consent, joined[:, None], NEVER)
    # One in ten agrees later than she signs up.
    slow = rng.random(agreed.shape) < 0.1
    later = joined[:, None] + rng.integers(DAY, 60 * DAY, agreed.shape)
    agreed = np.where(slow & (agreed < NEVER), later, agreed)
    lasts = np.where(rng.random(n) < audience.consumers, rng.integers(24 * DAY, 44 * DAY, n), 0)
    since = np.minimum(rng.exponential(1 / np.maximum(buys, 1e-6)) * DAY, 365 * DAY).astype(np.int64)
    last_buy = np.where(late, -NEVER, begin - since)
    refilled = begin - (rng.random(n) * lasts).astype(np.int64)
    last_refill = np.where(late, joined, refilled)
    return People(
        kind.astype(np.int64), joined, buys, visits, likes, agreed, lasts, last_buy, last_refill, rng.random(n)
    )
