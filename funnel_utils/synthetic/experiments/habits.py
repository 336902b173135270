"""Experiments whose outcome is not one yes or no a person: money, habits, time, offices and stores.

`RegularsTrial` has much spend before the lot (a covariate), `RareTrial` hardly any buyer, `NoveltyTrial` an effect that
wears off, `OfficesTrial` people who decide together, and `StoreTrial` ads seen online that sell in the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from funnel_utils.errors import SpecError
from funnel_utils.synthetic.clock import DAY
from funnel_utils.synthetic.draws import Ints, generator
from funnel_utils.synthetic.experiments.rates import RateTrial
from funnel_utils.synthetic.experiments.trial import (
    CUSTOMER_SHARES,
    People,
    Rows,
    Trial,
    amounts,
    check_chances,
    chosen,
    heaviest,
    rows,
    weight_classes,
)


@dataclass(frozen=True)
class RegularsTrial(Trial):
    """Regular customers, each with a habit: what somebody spent in the four weeks before says what they will spend.

    Parameters
    ----------
    orders : float
        Orders in four weeks, at the mean.
    orders_shape : float
        Shape of the gamma distribution of a person's own mean, around 1.
    order_value, own_spread, order_spread : float
        Mean value of an order (toman); the standard deviation of the logarithm of a person's own mean, and of a single
        order around that.
    lift : float
        By how much people of the last arm order more often.
    """

    orders: float = 2.5
    orders_shape: float = 0.6
    order_value: float = 350_000.0
    own_spread: float = 0.4
    order_spread: float = 0.6
    lift: float = 0.08

    def happen(self, people: People, rng: np.random.Generator) -> list[Rows]:
        size = len(people)
        habit = rng.gamma(self.orders_shape, 1 / self.orders_shape, size)
        own = np.exp(rng.normal(-(self.own_spread**2) / 2, self.own_spread, size))
        treated = people.arm == len(self.arms) - 1
        parts = [rows("exposed", np.arange(size), people.exposed)]
        # Both periods are as long as the window; the lot only changes the second.
        for sign, factor in ((-1.0, np.ones(size)), (1.0, np.where(treated, 1 + self.lift, 1.0))):
            who = np.repeat(np.arange(size), rng.poisson(self.orders * habit * factor))
            away = sign * (rng.random(len(who)) * (self.seconds - 240.0) + 120.0)
            value = np.exp(rng.normal(-(self.order_spread**2) / 2, self.order_spread, len(who)))
            money = np.maximum(np.round(value * own[who] * self.order_value, -3), 1000.0)
            parts.append(rows("purchase", who, people.exposed[who] + away, money))
        return parts

    def effects(self) -> list[tuple[str, str, float, float]]:
        last, plain = self.arms[-1], self.orders * self.order_value
        return [
            ("revenue", last, plain, plain * (1 + self.lift)),
            ("purchases", last, self.orders, self.orders * (1 + self.lift)),
        ]

    def facts(self) -> dict[str, float]:
        spread = np.exp(self.own_spread**2)
        common = self.orders**2 * ((1 + 1 / self.orders_shape) * spread - 1)
        chance = self.orders * spread * np.exp(self.order_spread**2)
        return {"correlation": float(common / (common + chance))}


@dataclass(frozen=True)
class RareTrial(RateTrial):
    """Ninety-nine of a hundred buy nothing, and the treatment changes only how much the hundredth spends.

    Parameters
    ----------
    value_lift : float
        By how much orders of the last arm are worth more.
    """

    value_lift: float = 0.10

    def buy(self, people: People, rng: np.random.Generator) -> Rows:
        who = chosen(rng, np.array(self.rates)[people.arm] * people.weight)
        more = np.where(people.arm[who] == len(self.arms) - 1, 1 + self.value_lift, 1.0)
        value = amounts(rng, len(who), self.order_value, self.order_spread) * more
        return rows("purchase", who, self.later(people, who, rng), np.maximum(np.round(value, -3), 1000.0))

    def effects(self) -> list[tuple[str, str, float, float]]:
        last, value, more = self.arms[-1], self.order_value, self.order_value * (1 + self.value_lift)
        return [
            ("purchase", last, self.rates[0], self.rates[-1]),
            ("revenue", last, self.rates[0] * value, self.rates[-1] * more),
            ("order_value", last, value, more),
        ]

    def facts(self) -> dict[str, float]:
        return {"median_order_value": float(self.order_value * np.exp(-(self.order_spread**2) / 2))}


@dataclass(frozen=True)
class NoveltyTrial(Trial):
    """A new thing on the page: people try it because it is new, and then are as they were.

    People buy at a steady rate; in the last arm it is raised at first, and half of that is gone every `half_life` days.

    Parameters
    ----------
    daily : float
        Purchases a day of the mean person.
    first : float
        By how much the rate is raised right after the first exposure.
    half_life : float
        Days.
    order_value, order_spread : float
        As for a `RateTrial`.
    """

    daily: float = 0.006
    first: float = 0.6
    half_life: float = 5.0
    order_value: float = 900_000.0
    order_spread: float = 0.6

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.daily > 0 and self.first >= 0 and self.half_life > 0):
            raise SpecError(f"{self.name}: daily and half_life are above zero, first is zero or more.")

    def happen(self, people: People, rng: np.random.Generator) -> list[Rows]:
        days = self.seconds / DAY
        many = rng.poisson(self.daily * days * (1 + self.first) * people.weight)
        who = np.repeat(np.arange(len(people)), many)
        age = rng.random(len(who)) * days
        raised = np.where(people.arm[who] == len(self.arms) - 1, self.first * 2 ** (-age / self.half_life), 0.0)
        kept = np.flatnonzero(rng.random(len(who)) * (1 + self.first) < 1 + raised)
        who, age = who[kept], np.clip(age[kept], 0.002, days - 0.002)
        value = amounts(rng, len(who), self.order_value, self.order_spread)
        return [
            rows("exposed", np.arange(len(people)), people.exposed),
            rows("purchase", who, people.exposed[who] + age * DAY, value),
        ]

    def _raised(self, since: float, until: float) -> float:
        """The mean lift from one day after the first exposure to another."""
        rate = np.log(2) / self.half_life
        area = self.first * (np.exp(-rate * since) - np.exp(-rate * until)) / rate
        return float(area / (until - since))

    def _share(self, lift: float) -> float:
        """Share that buys at all within the window."""
        weight, share = weight_classes()
        return float(share @ -np.expm1(-self.daily * self.seconds / DAY * (1 + lift) * weight))

    def effects(self) -> list[tuple[str, str, float, float]]:
        days, last = self.seconds / DAY, self.arms[-1]
        lift = self._raised(0.0, days)
        each = self.daily * days
        return [
            ("purchase", last, self._share(0.0), self._share(lift)),
            ("purchases", last, each, each * (1 + lift)),
        ]

    def facts(self) -> dict[str, float]:
        weeks = int(self.seconds / DAY // 7)
        lifts = {f"lift_week_{week + 1}": self._raised(7.0 * week, 7.0 * week + 7) for week in range(weeks)}
        return {"half_life": self.half_life, "first_lift": self.first, **lifts, "lasting_lift": 0.0}


@dataclass(frozen=True)
class OfficesTrial(RateTrial):
    """Trade customers: the lot is drawn by office, and colleagues buy alike. The arms are equally good.

    Parameters
    ----------
    sizes : tuple of int
        People in an office; offices of these sizes follow each other over and over.
    alike : float
        Correlation of two colleagues: the intra-class correlation.
    """

    sizes: tuple[int, ...] = (6, 10, 14, 18, 24, 48)
    alike: float = 0.08

    @cached_property
    def _ends(self) -> Ints:
        return np.cumsum(self.sizes)

    def office(self, number: Ints) -> Ints:
        """The office of each person."""
        turn, place = np.divmod(number, self._ends[-1])
        return np.asarray(turn * len(self.sizes) + np.searchsorted(self._ends, place, side="right"))

    def trait(self, rng: np.random.Generator, number: Ints, device: Ints) -> Ints:
        return self.office(number)

    def lot(self, rng: np.random.Generator, number: Ints) -> Ints:
        return super().lot(generator(self.seed, "offices lot", 0), np.arange(int(self.office(number).max()) + 1))[
            self.office(number)
        ]

    def buy(self, people: People, rng: np.random.Generator) -> Rows:
        total = 1 / self.alike - 1
        last = int(people.more.max()) + 1
        liking = generator(self.seed, "offices liking", 0).beta(
            self.rates[0] * total, (1 - self.rates[0]) * total, last
        )
        who = chosen(rng, liking[people.more])
        value = amounts(rng, len(who), self.order_value, self.order_spread)
        return rows("purchase", who, self.later(people, who, rng), value)

    def extras(self, people: People) -> dict[str, tuple[Ints, tuple[str, ...]]]:
        first = int(people.more.min())
        words = tuple(f"o{office:05d}" for office in range(first, int(people.more.max()) + 1))
        return {"office": (people.more - first, words)}

    def facts(self) -> dict[str, float]:
        size = np.array(self.sizes, float)
        # The variance of a mean over unequal clusters: the size that a person of the log has around them counts.
        around = float((size**2).sum() / size.sum())
        return {
            "icc": self.alike,
            "offices": float(self.office(np.array([self.users - 1]))[0] + 1),
            "design_effect": 1 + (around - 1) * self.alike,
        }


@dataclass(frozen=True)
class StoreTrial(Trial):
    """Ads to people who looked at products online: "see it in our store". By lot, some are held out.

    Who sees the ad buys online a little less often and in the store more often. A report of online purchases alone sees
    only the loss. Who sees it is not by lot: the busier people see more ads, and buy more without them.

    Parameters
    ----------
    online, store : float
        Share of the mean person to buy within the window online, and in a store.
    sees : tuple of float
        Share of new and of returning people to whom the ad is shown, if they are not held out.
    more_store, less_online : float
        What seeing the ad adds to the store's share, and takes from the online one.
    recorded : float
        Share of store purchases with a club card: the others are not in the log.
    values : tuple of float
        Mean value of an order online and in a store (toman).
    order_spread : float
        Standard deviation of the logarithm of an order's value.
    price : float
        Toman that one impression costs.
    """

    online: float = 0.040
    store: float = 0.060
    sees: tuple[float, float] = (0.5, 0.8)
    more_store: float = 0.035
    less_online: float = 0.008
    recorded: float = 0.7
    values: tuple[float, float] = (900_000.0, 1_400_000.0)
    order_spread: float = 0.6
    price: float = 2_000.0
    places: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_chances(self.name, "online, store", (self.online + self.store,), 0.9 / heaviest())

    def happen(self, people: People, rng: np.random.Generator) -> list[Rows]:
        size = len(people)
        sees = (people.arm == len(self.arms) - 1) & (rng.random(size) < np.array(self.sees)[people.customer])
        shows = np.repeat(np.flatnonzero(sees), 1 + rng.poisson(1.5, int(sees.sum())))
        luck = rng.random(size)
        at_home = np.maximum(self.online * people.weight - self.less_online * sees, 0.0)
        there = self.store * people.weight + self.more_store * sees
        place = np.where(luck < at_home, 0, np.where(luck < at_home + there, 1, -1))
        buys = np.flatnonzero((place == 0) | ((place == 1) & (rng.random(size) < self.recorded)))
        value = amounts(rng, len(buys), 1.0e6, self.order_spread) * np.array(self.values)[place[buys]] / 1.0e6
        looks = self.clock.wall(self.clock.shop(people.exposed) - rng.uniform(0.02, 13.9, size) * DAY)
        return [
            rows("view_product", np.arange(size), looks, place=0),
            rows("exposed", np.arange(size), people.exposed),
            rows("ad_impression", shows, self.later(people, shows, rng), place=0),
            rows("purchase", buys, self.later(people, buys, rng), np.round(value, -3), place[buys]),
        ]

    @property
    def _seen(self) -> float:
        return float(np.dot(self.sees, CUSTOMER_SHARES))

    def effects(self) -> list[tuple[str, str, float, float]]:
        last, seen, kept = self.arms[-1], self._seen, self.recorded
        online = (self.online, self.online - self.less_online * seen)
        store = (self.store, self.store + self.more_store * seen)
        both = [o + kept * s for o, s in zip(online, store, strict=True)]
        money = [o * self.values[0] + kept * s * self.values[1] for o, s in zip(online, store, strict=True)]
        return [
            ("purchase_online", last, online[0], online[1]),
            ("purchase_store", last, kept * store[0], kept * store[1]),
            ("purchase", last, both[0], both[1]),
            ("revenue", last, money[0], money[1]),
        ]

    def facts(self) -> dict[str, float]:
        return {
            "sees": self._seen,
            "recorded": self.recorded,
            "impressions": self._seen * 2.5,
            "price": self.price,
            "true_store_control": self.store,
            "true_store_ad": self.store + self.more_store * self._seen,
        }
