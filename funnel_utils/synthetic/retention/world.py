"""Draw buyers and live their orders, block by block: a person's orders do not depend on how many people there are.

All people of a block live in rounds: one order each a round, until everybody has left or the year after the log is
over. Times are drawn in shop time, in which the week is even, and told in wall time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils.synthetic.clock import WEEK, Clock
from funnel_utils.synthetic.draws import BLOCK, Bools, Floats, Ints, choose, generator
from funnel_utils.synthetic.retention.spec import BOX, CORE, Buyers
from funnel_utils.synthetic.world import TIME_ZONE

USER = "r{:06d}"
CURRENCY = "IRT"
_ROWS = ("time", "value", "margin")


@dataclass(frozen=True)
class Hearts:
    """What is true of each person, and nobody sees.

    Attributes
    ----------
    rate : array of float
        Orders a week while she is there.
    leave : array of float
        Chance to leave after an order.
    worth : array of float
        Personal rate (1 / toman) of the gamma distribution of her orders' values.
    channel : array of int
        Position in `Buyers.names`.
    city : array of int
    arrival : array of float
        Shop time (s) of the first order.
    """

    rate: Floats
    leave: Floats
    worth: Floats
    channel: Ints
    city: Ints
    arrival: Floats


@dataclass(frozen=True)
class BuyersWorld:
    """Buyers, their orders within the log, and what they order after it.

    Attributes
    ----------
    shop : Buyers
    hearts : Hearts
    person : array of int
        Whose order each is: a position in `hearts`. Ordered by person and time.
    time : array of int
        Seconds of wall time since the first day's midnight.
    value, margin : array of int
        Toman.
    left : array of float
        Seconds at which each person has left for good, infinite for those who outlive the year after the log.
    """

    shop: Buyers
    hearts: Hearts
    person: Ints
    time: Ints
    value: Ints
    margin: Ints
    left: Floats

    @cached_property
    def number(self) -> Ints:
        """The number of each order among its person's, from 0."""
        first = np.r_[True, self.person[1:] != self.person[:-1]]
        starts = np.flatnonzero(first)
        return np.asarray(np.arange(len(self.person)) - np.repeat(starts, np.diff(np.r_[starts, len(first)])))

    @property
    def within(self) -> Bools:
        """Which orders the log has."""
        return np.asarray(self.time < self.shop.end)

    @cached_property
    def users(self) -> NDArray[Any]:
        """Each person's id."""
        return np.array([USER.format(n) for n in range(len(self.hearts.rate))], dtype=object)

    @cached_property
    def events(self) -> pd.DataFrame:
        """The log: an order a row, in order of time.

        `user`, `event` (always `purchase`), `timestamp` (UTC), `order`, `channel` that won the person, `offer`, `city`,
        `value`, `margin` (toman), `currency`.
        """
        keep = np.flatnonzero(self.within)
        keep = keep[np.argsort(self.time[keep], kind="stable")]
        who, names = self.person[keep], np.array(self.shop.names, dtype=object)
        cities = np.array([city.name for city in self.shop.cities], dtype=object)
        in_box = (self.number[keep] == 0) & (self.hearts.channel[who] == len(names) - 1)
        frame = {
            "user": self.users[who],
            "event": "purchase",
            "timestamp": instants(self.shop.start, self.time[keep]),
            "order": np.arange(1, len(keep) + 1),
            "channel": names[self.hearts.channel[who]],
            "offer": np.where(in_box, BOX, CORE),
            "city": cities[self.hearts.city[who]],
            "value": self.value[keep],
            "margin": self.margin[keep],
            "currency": CURRENCY,
        }
        return pd.DataFrame(frame)


def draw_buyers(shop: Buyers | None = None) -> BuyersWorld:
    """Draw the buyers of a shop and everything they order.

    Parameters
    ----------
    shop : Buyers, optional
        The lessons' shop unless given. A million people take some seconds.

    Examples
    --------
    >>> world = draw_buyers(Buyers(people=500))
    >>> world.events["user"].nunique()
    500
    """
    shop = shop or Buyers()
    blocks = [_live(shop, block) for block in range(-(-shop.people // BLOCK))]
    hearts = Hearts(
        *(np.concatenate([getattr(b.hearts, name) for b in blocks])[: shop.people] for name in Hearts.__annotations__)
    )
    person = np.concatenate([b.person + number * BLOCK for number, b in enumerate(blocks)])
    keep = person < shop.people
    time, value, margin = (np.concatenate([getattr(b, name) for b in blocks])[keep] for name in _ROWS)
    left = np.concatenate([b.left for b in blocks])[: shop.people]
    return BuyersWorld(shop, hearts, person[keep], time, value, margin, left)


def instants(start: str, seconds: Ints) -> pd.DatetimeIndex:
    """Whole seconds since local midnight of the day `start` as times in UTC."""
    first = pd.Timestamp(start, tz=TIME_ZONE).tz_convert("UTC")
    return pd.DatetimeIndex(first + pd.to_timedelta(seconds, unit="s")).as_unit("us")


def _hearts(shop: Buyers, block: int) -> Hearts:
    from scipy.special import betainc

    rng = generator(shop.seed, "buyers", block)
    rate = rng.gamma(shop.r, 1 / shop.alpha, BLOCK)
    leave = rng.beta(shop.a, shop.b, BLOCK)
    worth = rng.gamma(shop.q, 1 / shop.v, BLOCK)
    rank = betainc(shop.a, shop.b, leave)
    box = rng.random(BLOCK) < 2 * shop.box_share * rank
    first, last = shop.campaign
    week = np.where(box, rng.uniform(first, last, BLOCK), rng.uniform(0, shop.weeks, BLOCK))
    weights = np.array([c.weight * np.exp(c.tilt * (rank - 0.5)) for c in shop.channels])
    edges = np.cumsum(weights, axis=0)
    channel = (rng.random(BLOCK) * edges[-1] >= edges).sum(axis=0).clip(max=len(weights) - 1)
    city = choose(rng, [city.share for city in shop.cities], BLOCK)
    return Hearts(rate, leave, worth, np.where(box, len(weights), channel), city, week * WEEK)


def _live(shop: Buyers, block: int) -> BuyersWorld:
    """All orders of a block's people, until the year after the log is over."""
    hearts = _hearts(shop, block)
    over = (shop.weeks + shop.after) * WEEK
    waits, stays, values = (generator(shop.seed, f"buyers {part}", block) for part in ("waits", "stays", "values"))
    time, here, left = hearts.arrival.copy(), np.ones(BLOCK, bool), np.full(BLOCK, np.inf)
    people, times, sums = [], [], []
    while here.any():
        who = np.flatnonzero(here)
        people.append(who)
        times.append(time[who])
        # Everybody draws in every round, so that one person's luck does not hang on who else is still there.
        sums.append((values.standard_gamma(shop.p, BLOCK) / hearts.worth)[who])
        leaves = here & (stays.random(BLOCK) < hearts.leave)
        left[leaves] = time[leaves]
        time = time + waits.standard_exponential(BLOCK) / hearts.rate * WEEK
        here &= ~leaves & (time < over)
    person, shop_time, drawn = np.concatenate(people), np.concatenate(times), np.concatenate(sums)
    order = np.lexsort((shop_time, person))
    person, shop_time = person[order], shop_time[order]
    clock = Clock()
    left[np.isfinite(left)] = clock.wall(left[np.isfinite(left)])
    value = np.maximum(np.round(drawn[order], -3), 1000).astype(np.int64)
    margin = np.round(value * shop.margin, -3).astype(np.int64)
    first = np.r_[True, person[1:] != person[:-1]]
    boxed = first & (hearts.channel[person] == len(shop.channels))
    value[boxed], margin[boxed] = int(shop.box_price), int(shop.box_margin)
    return BuyersWorld(shop, hearts, person, clock.wall(shop_time).astype(np.int64), value, margin, left)
