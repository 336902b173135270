"""What every experiment of the shop Pardis has: people, a lot, a calendar, and a truth that no analysis can see.

A `Trial` says who takes part and what is true of each arm; subclasses say what people do. People are drawn in blocks,
so that a person's rows are the same however many people there are. Everybody has a *weight*: how many times as likely
as the mean person they are to buy. Weights have mean 1 and depend on what is known beforehand (the device; new or
returning), so rates of whole arms are exact, and segments and strata have something to find.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils.durations import parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.synthetic.clock import DAY, Clock
from funnel_utils.synthetic.draws import Floats, Ints, LogNormal

DEVICES, DEVICE_SHARES = ("mobile", "desktop", "tablet"), (0.66, 0.28, 0.06)
CITIES, CITY_SHARES = (
    ("Tehran", "Shiraz", "Isfahan", "Mashhad", "Tabriz", "Karaj"),
    (0.42, 0.18, 0.13, 0.12, 0.08, 0.07),
)
CUSTOMERS, CUSTOMER_SHARES = ("new", "returning"), (0.7, 0.3)
#: How much likelier than others people of each device, and of each kind of customer, are to buy (before scaling).
DEVICE_WEIGHTS, CUSTOMER_WEIGHTS = (0.8, 1.4, 1.1), (0.7, 1.7)
EVENTS = (
    "exposed",
    "view_product",
    "add_to_wishlist",
    "support_chat",
    "ad_impression",
    "purchase",
)
CODE = {name: code for code, name in enumerate(EVENTS)}
PLACES = ("online", "store")
#: From the exposure to the purchase.
SOON = LogNormal(median=5 * 3600.0, p90=3 * DAY)


@dataclass(frozen=True)
class People:
    """A block of people: number, arm, first exposure (s since the first midnight), what is known of them, weight.

    Some trials know one thing more of each: `more` is a code for it (an office, a slow connection, a cell).
    """

    number: Ints
    arm: Ints
    exposed: Floats
    device: Ints
    city: Ints
    customer: Ints
    weight: Floats
    more: Ints

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Rows:
    """Rows of a block: whose (position among its people), event code, time (s), value (NaN: none), place (-1: none)."""

    person: Ints
    event: Ints
    time: Floats
    value: Floats
    place: Ints


def rows(event: str, person: Ints, time: Floats, value: Floats | float = np.nan, place: Any = -1) -> Rows:
    """Rows of one event."""
    size = len(person)
    return Rows(
        np.asarray(person, np.int64),
        np.full(size, CODE[event], np.int64),
        np.asarray(time, np.float64),
        np.broadcast_to(np.asarray(value, np.float64), size),
        np.broadcast_to(np.asarray(place, np.int64), size),
    )


@dataclass(frozen=True)
class ExperimentTruth:
    """What an experiment was drawn from.

    Attributes
    ----------
    name : str
    arms : tuple of str
        The control first.
    split : tuple of float
        The intended share of each arm.
    window : str
        The time after the first exposure that outcomes are stated for.
    start : str
        The first day, in Tehran.
    days : int
        Days of enrolment.
    users : int
        People who were given an arm.
    effects : pandas.DataFrame
        A row per metric and arm but the control: `metric`, `arm`, `control` (the control's expected value), `value`
        (the arm's), `difference`, `lift`. Shares of people, sums of money in toman per person; `order_value` per order.
    facts : pandas.DataFrame
        `what`, `value`: whatever else is true.
    """

    name: str
    arms: tuple[str, ...]
    split: tuple[float, ...]
    window: str
    start: str
    days: int
    users: int
    effects: pd.DataFrame
    facts: pd.DataFrame

    def fact(self, what: str) -> float:
        """One of the facts.

        Raises
        ------
        SpecError
            If there is none of that name.
        """
        known = dict(zip(self.facts["what"], self.facts["value"], strict=True))
        if what not in known:
            raise SpecError(f"{self.name}: no fact named {what!r}; there are {', '.join(known) or 'none'}.")
        return float(known[what])


@dataclass(frozen=True)
class Trial:
    """Who takes part, and when.

    Parameters
    ----------
    name : str
    arms : tuple of str
        The control first.
    users : int
        People who are given an arm.
    split : tuple of float
        Intended share of each arm.
    start : str
        First day of enrolment, in Tehran: a Saturday, as the clock of the shop begins its week there.
    days : int
        Days of enrolment.
    window : str
        The time after the first exposure in which the effect shows.
    after : str
        How long the log goes on after the last window.
    seed : int

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.
    """

    name: str
    arms: tuple[str, ...]
    users: int
    split: tuple[float, ...]
    start: str = "2026-09-19"
    days: int = 28
    window: str = "7d"
    after: str = "0d"
    seed: int = 7
    clock: ClassVar[Clock] = Clock()
    #: Whether purchases have a place.
    places: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.users < 1 or self.days < 1:
            raise SpecError(f"{self.name}: users={self.users!r}, days={self.days!r}: at least one of each.")
        if len(self.arms) < 2 or len(set(self.arms)) < len(self.arms):
            raise SpecError(f"{self.name}: arms={self.arms!r}: name two or more, each once, the control first.")
        if len(self.split) != len(self.arms) or min(self.split) <= 0 or abs(sum(self.split) - 1) > 1e-9:
            raise SpecError(f"{self.name}: split={self.split!r}: a share above 0 for each arm, adding up to 1.")
        if pd.Timestamp(self.start).day_name() != "Saturday":
            raise SpecError(f"{self.name}: start={self.start!r} is no Saturday, on which the shop's week begins.")
        for field in ("window", "after"):
            parse_duration(getattr(self, field), field)

    def with_(self, **changes: Any) -> Any:
        """The same trial with some fields changed, such as `users` or `seed`."""
        return replace(self, **changes)

    @property
    def seconds(self) -> float:
        """The window in seconds."""
        return parse_duration(self.window, "window").total_seconds()

    @property
    def observed(self) -> float:
        """Seconds from the first midnight to the end of the log."""
        return self.days * DAY + self.seconds + parse_duration(self.after, "after").total_seconds()

    def lot(self, rng: np.random.Generator, number: Ints) -> Ints:
        """The arm of each person."""
        edges = np.cumsum(self.split)[:-1]
        return np.searchsorted(edges, rng.random(len(number)), side="right")

    def trait(self, rng: np.random.Generator, number: Ints, device: Ints) -> Ints:
        """The one thing more that this trial knows of each person; here nothing."""
        return np.zeros(len(number), np.int64)

    def happen(self, people: People, rng: np.random.Generator) -> list[Rows]:
        """What people do: rows of everything, the exposing rows included."""
        raise NotImplementedError

    def effects(self) -> list[tuple[str, str, float, float]]:
        """Metric, arm, the control's expected value, the arm's."""
        raise NotImplementedError

    def facts(self) -> dict[str, float]:
        """What else is true."""
        return {}

    def extras(self, people: People) -> dict[str, tuple[Ints, tuple[str, ...]]]:
        """Codes and words of what exposing rows carry beside `variant`, by the column's name."""
        return {}

    def later(self, people: People, who: Ints, rng: np.random.Generator, wait: LogNormal = SOON) -> Floats:
        """A time within the window after the first exposure of each of `who`, when people are awake."""
        waits = wait.draw(rng, len(who)) + 60.0
        fallback = rng.random(len(who)) * (self.seconds - 120.0) + 60.0
        start = people.exposed[who]
        time = self.clock.after(start, np.where(waits < self.seconds, waits, fallback))
        return np.where(time < start + self.seconds - 60.0, time, start + fallback)

    def truth(self) -> ExperimentTruth:
        """The expected values behind the log."""
        effects = pd.DataFrame(self.effects(), columns=["metric", "arm", "control", "value"])
        effects["difference"] = effects["value"] - effects["control"]
        effects["lift"] = effects["difference"] / effects["control"]
        facts = pd.DataFrame(list(self.facts().items()), columns=["what", "value"])
        calendar = (self.window, self.start, self.days, self.users)
        return ExperimentTruth(self.name, self.arms, self.split, *calendar, effects, facts)


def weights(device: Ints, customer: Ints) -> Floats:
    """How many times as likely as the mean person to buy people are; over everybody the mean is 1."""
    return np.outer(_scaled(DEVICE_WEIGHTS, DEVICE_SHARES), _scaled(CUSTOMER_WEIGHTS, CUSTOMER_SHARES))[
        device, customer
    ]


def weight_classes() -> tuple[Floats, Floats]:
    """Every weight that people can have, with the share of people who have it."""
    table = np.outer(_scaled(DEVICE_WEIGHTS, DEVICE_SHARES), _scaled(CUSTOMER_WEIGHTS, CUSTOMER_SHARES))
    return table.ravel(), np.outer(DEVICE_SHARES, CUSTOMER_SHARES).ravel()


def _scaled(values: tuple[float, ...], shares: tuple[float, ...]) -> Floats:
    raw = np.array(values)
    return np.asarray(raw / (raw @ np.array(shares)))


def amounts(rng: np.random.Generator, size: int, mean: float, sigma: float) -> Floats:
    """Log-normal amounts with this mean (toman) and standard deviation of the logarithm, in whole thousands."""
    drawn = np.exp(rng.normal(np.log(mean) - sigma**2 / 2, sigma, size))
    return np.maximum(np.round(drawn, -3), 1000.0)


def chosen(rng: np.random.Generator, chance: Floats | NDArray[Any]) -> Ints:
    """Positions of those who do what each does with the given chance."""
    return np.flatnonzero(rng.random(len(chance)) < chance)


def check_chances(name: str, field: str, values: tuple[float, ...], most: float) -> None:
    """Refuse rates that would give somebody a chance above 1."""
    if not all(0 <= value <= most for value in values):
        raise SpecError(f"{name}: {field}={values!r}: rates from 0 to {most:.2f}, or somebody's chance passes 1.")


def heaviest() -> float:
    """The greatest weight."""
    return float(weight_classes()[0].max())
