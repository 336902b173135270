"""Experiments that ask who buys: two or more arms with their rates, one with a lost part, one of eight cells.

`RateTrial` is the plain one (A/A, several arms), `CheckoutTrial` the shop's first real A/B test with its guardrail, its
ratio metric and purchases outside the window, `LossyTrial` the one whose counts do not add up, and `FactorialTrial`
the one that changes three things at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnel_utils.errors import SpecError
from funnel_utils.synthetic.clock import DAY
from funnel_utils.synthetic.draws import Floats, Ints
from funnel_utils.synthetic.experiments.trial import (
    DEVICE_SHARES,
    People,
    Rows,
    Trial,
    amounts,
    check_chances,
    chosen,
    heaviest,
    rows,
)


@dataclass(frozen=True)
class RateTrial(Trial):
    """Arms that differ in who buys.

    Parameters
    ----------
    rates : tuple of float
        Share of each arm that buys within the window.
    order_value, order_spread : float
        Mean value of an order (toman), and the standard deviation of its logarithm.
    """

    rates: tuple[float, ...] = ()
    order_value: float = 900_000.0
    order_spread: float = 0.6

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.rates) != len(self.arms):
            raise SpecError(f"{self.name}: rates={self.rates!r}: one for each of {', '.join(self.arms)}.")
        check_chances(self.name, "rates", self.rates, 1 / heaviest())

    def happen(self, people: People, rng: np.random.Generator) -> list[Rows]:
        return [rows("exposed", np.arange(len(people)), people.exposed), self.buy(people, rng)]

    def buy(self, people: People, rng: np.random.Generator) -> Rows:
        """Purchases within the window."""
        who = chosen(rng, np.array(self.rates)[people.arm] * people.weight)
        value = amounts(rng, len(who), self.order_value, self.order_spread)
        return rows("purchase", who, self.later(people, who, rng), value)

    def effects(self) -> list[tuple[str, str, float, float]]:
        control = self.rates[0]
        pairs = list(zip(self.arms[1:], self.rates[1:], strict=True))
        money = [("revenue", arm, control * self.order_value, rate * self.order_value) for arm, rate in pairs]
        return [("purchase", arm, control, rate) for arm, rate in pairs] + money


@dataclass(frozen=True)
class CheckoutTrial(RateTrial):
    """The new checkout: more people buy, no more people need help, and nothing else changes.

    Everybody views products, some of them many more than others, and everybody has a liking of their own for the
    wishlist: who counts views as if they were people takes one person's habit for evidence.

    Parameters
    ----------
    support : float
        Share that opens the support chat within the window, in every arm.
    views : float
        Products viewed beside the first, at the mean.
    views_shape : float
        Shape of the gamma distribution of a person's mean number of them: the smaller, the more unequal.
    wish : float
        Chance that a viewed product is put on the wishlist, in every arm.
    wish_alike : float
        Correlation of two views of one person in that.
    before : float
        Share of people who bought in the four weeks before.
    late : float
        Share of people who buy (again) in the week after the window.
    again : float
        Share of later views that log the exposure again.
    """

    support: float = 0.03
    views: float = 2.0
    views_shape: float = 0.6
    wish: float = 0.15
    wish_alike: float = 0.25
    before: float = 0.05
    late: float = 0.012
    again: float = 0.25

    def happen(self, people: People, rng: np.random.Generator) -> list[Rows]:
        everybody = np.arange(len(people))
        start = people.exposed
        asks = chosen(rng, np.full(len(people), self.support))
        chats = rows("support_chat", asks, self.later(people, asks, rng))
        earlier = chosen(rng, self.before * people.weight)
        ago = self.clock.wall(self.clock.shop(start[earlier]) - rng.uniform(0.02, 28.0, len(earlier)) * DAY)
        later = chosen(rng, self.late * people.weight)
        late = start[later] + self.seconds + rng.uniform(0.1, 6.9, len(later)) * DAY
        spent = amounts(rng, len(earlier) + len(later), self.order_value, self.order_spread)
        return [
            rows("exposed", everybody, start),
            *self._views(people, rng),
            self.buy(people, rng),
            chats,
            rows("purchase", earlier, ago, spent[: len(earlier)]),
            rows("purchase", later, late, spent[len(earlier) :]),
        ]

    def _views(self, people: People, rng: np.random.Generator) -> list[Rows]:
        """Views, some of which log the exposure again, and what is put on the wishlist."""
        size = len(people)
        more = rng.poisson(rng.gamma(self.views_shape, self.views / self.views_shape, size))
        again = np.repeat(np.arange(size), more)
        time = self.later(people, again, rng)
        who, when = np.concatenate([np.arange(size), again]), np.concatenate([people.exposed + 1.0, time])
        total = 1 / self.wish_alike - 1
        liking = rng.beta(self.wish * total, (1 - self.wish) * total, size)
        wished = chosen(rng, liking[who])
        seen = np.flatnonzero(rng.random(len(again)) < self.again)
        return [
            rows("view_product", who, when),
            rows("add_to_wishlist", who[wished], when[wished] + 20.0),
            rows("exposed", again[seen], time[seen]),
        ]

    def effects(self) -> list[tuple[str, str, float, float]]:
        flat = [("support_chat", self.support), ("wish_per_view", self.wish), ("views", 1 + self.views)]
        return super().effects() + [(metric, arm, value, value) for metric, value in flat for arm in self.arms[1:]]

    def facts(self) -> dict[str, float]:
        return {
            "planned_difference": 0.02,
            "support_margin": 0.01,
            "bought_before": self.before,
            "bought_late": self.late,
            "wish_icc": self.wish_alike,
        }


@dataclass(frozen=True)
class LossyTrial(RateTrial):
    """A page behind a redirect: on slow mobile connections it is never logged, and slow people seldom buy.

    The arms are equally good. But whom the new one lost would hardly have bought, so those who are left look better.

    Parameters
    ----------
    slow : float
        Share of mobile people with a slow connection.
    slow_weight : float
        How many times as likely as the mean person they are to buy.
    lost : float
        Share of slow people in the last arm of whom nothing is logged.
    """

    slow: float = 0.25
    slow_weight: float = 0.15
    lost: float = 0.45

    def trait(self, rng: np.random.Generator, number: Ints, device: Ints) -> Ints:
        return np.asarray((device == 0) & (rng.random(len(number)) < self.slow), np.int64)

    @property
    def _slow_share(self) -> float:
        return DEVICE_SHARES[0] * self.slow

    def happen(self, people: People, rng: np.random.Generator) -> list[Rows]:
        slow = people.more == 1
        rest = (1 - self._slow_share * self.slow_weight) / (1 - self._slow_share)
        # Slow or not, people buy alike in both arms; device and customer do not matter beside it.
        chance = np.where(slow, self.slow_weight, rest) * self.rates[0]
        gone = slow & (people.arm == len(self.arms) - 1) & (rng.random(len(people)) < self.lost)
        who = chosen(rng, chance)
        who = who[~gone[who]]
        value = amounts(rng, len(who), self.order_value, self.order_spread)
        here = np.flatnonzero(~gone)
        return [
            rows("exposed", here, people.exposed[here]),
            rows("purchase", who, self.later(people, who, rng), value),
        ]

    def facts(self) -> dict[str, float]:
        missing = self._slow_share * self.lost
        left = (1 - missing * self.slow_weight) / (1 - missing)
        share = self.split[-1] * (1 - missing)
        return {
            "lost": missing,
            "observed_share": share / (share + 1 - self.split[-1]),
            "apparent_rate": self.rates[0] * left,
            "apparent_lift": left - 1,
        }


@dataclass(frozen=True)
class FactorialTrial(RateTrial):
    """Some changes of one page, each there or not: an arm for each cell. Make one with `FactorialTrial.of`.

    Parameters
    ----------
    factors : tuple of str
        What is changed; each has the levels `"no"` and `"yes"`. Arms are in the order of the binary numbers whose
        lowest digit is the first factor.
    """

    factors: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        users: int,
        *,
        factors: tuple[str, ...] = ("date", "photo", "badge"),
        base: float = 0.10,
        main: tuple[float, ...] = (0.025, 0.010, 0.015),
        pair: tuple[int, int] = (0, 2),
        joint: float = -0.025,
    ) -> FactorialTrial:
        """The trial with its arms, one a cell, named after what is changed there.

        Parameters
        ----------
        base : float
            Share that buys where nothing is changed.
        main : tuple of float
            What each change adds to that share where no other is there.
        pair, joint : tuple of int, float
            The two factors that interact, and what is added beside their two effects where both are there.
        """
        arms, rates = [], []
        for cell in range(2 ** len(factors)):
            on = [bool(cell >> place & 1) for place in range(len(factors))]
            arms.append("+".join(word for word, there in zip(factors, on, strict=True) if there) or "none")
            added = sum(effect for effect, there in zip(main, on, strict=True) if there)
            rates.append(base + added + (joint if on[pair[0]] and on[pair[1]] else 0.0))
        split = (1 / len(arms),) * len(arms)
        return cls(name, tuple(arms), users, split, rates=tuple(rates), factors=factors)

    def extras(self, people: People) -> dict[str, tuple[Ints, tuple[str, ...]]]:
        return {name: (people.arm >> place & 1, ("no", "yes")) for place, name in enumerate(self.factors)}

    def facts(self) -> dict[str, float]:
        rate: Floats = np.array(self.rates)
        cell = np.arange(len(rate))
        level = [np.where(cell >> place & 1, 1.0, -1.0) for place in range(len(self.factors))]
        made = {}
        for place, name in enumerate(self.factors):
            # The mean of one half of the cells less that of the other.
            made[name] = _tidy((rate * level[place]).sum() / (len(rate) / 2))
        for one in range(len(self.factors)):
            for other in range(one + 1, len(self.factors)):
                key = f"{self.factors[one]}:{self.factors[other]}"
                # The effect of one where the other is there, less where it is not, at the mean of the rest.
                made[key] = _tidy((rate * level[one] * level[other]).sum() / (len(rate) / 4))
        return made


def _tidy(effect: float) -> float:
    """An effect without the dust of its sum."""
    return round(float(effect), 12) + 0.0
