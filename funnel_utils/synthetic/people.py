"""Who comes, when they first arrive and by which channel, and every later attempt they start.

A person has one id everywhere: online, at the till, as a trade customer. An *attempt* is one run at the funnel:
a start, a channel, and (in `steps.py`) how far it goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.clock import WEEK
from funnel_utils.synthetic.draws import BLOCK, Bools, Floats, Ints, choose, generator, running_sum
from funnel_utils.synthetic.spec import Pardis


@dataclass(frozen=True)
class People:
    """A block of people, one position each; `number` is the person's number over all blocks."""

    number: Ints
    arrival: Floats
    channel: Ints
    device: Ints
    city: Ints
    trade: Bools
    activity: Floats


@dataclass(frozen=True)
class Starts:
    """Attempts before anything is known of their outcome: whose, when (s, wall time) and by which channel."""

    person: Ints
    start: Floats
    channel: Ints
    again: Bools

    def __len__(self) -> int:
        return len(self.person)


def arrival_weights(shop: Pardis) -> Floats:
    """Relative number of first arrivals, weeks by channels (in the order of the vocabulary, the store's at zero)."""
    first = np.zeros(len(v.CHANNELS))
    for channel in shop.channels:
        first[v.CHANNELS.index(channel.name)] = channel.first
    weights = np.tile(first, (shop.weeks, 1))
    for burst in shop.bursts:
        weights[burst.first - 1 : burst.last, v.CHANNELS.index(burst.channel)] *= burst.times
    return weights


def return_weights(shop: Pardis) -> Floats:
    """Relative number of returning arrivals by channel, for those who do not return by their first one."""
    back = np.zeros(len(v.CHANNELS))
    for channel in shop.channels:
        back[v.CHANNELS.index(channel.name)] = channel.back
    return back


def draw_people(shop: Pardis, block: int) -> People:
    """The people of one block."""
    rng = generator(shop.seed, "people", block)
    cell = choose(rng, arrival_weights(shop).ravel(), BLOCK)
    week, channel = np.divmod(cell, len(v.CHANNELS))
    arrival = shop.clock.wall((week + rng.random(BLOCK)) * WEEK)
    cities = [v.CITIES.index(city.name) for city in shop.cities]
    devices = [v.DEVICES.index(device.name) for device in shop.devices]
    return People(
        number=block * BLOCK + np.arange(BLOCK),
        arrival=arrival,
        channel=channel,
        device=np.array(devices)[choose(rng, (device.share for device in shop.devices), BLOCK)],
        city=np.array(cities)[choose(rng, (city.share for city in shop.cities), BLOCK)],
        trade=rng.random(BLOCK) < shop.trade.people,
        activity=rng.standard_gamma(shop.returning.shape, BLOCK) * (shop.returning.mean / shop.returning.shape),
    )


def draw_starts(shop: Pardis, people: People, block: int) -> Starts:
    """Every attempt of a block's people that starts inside the log, in order of person and time."""
    rng = generator(shop.seed, "attempts", block)
    counts = 1 + rng.poisson(people.activity)
    person = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    gap = shop.returning.gap.draw(rng, len(person))
    gap[first] = 0.0
    since = running_sum(gap, first, counts)
    start = shop.clock.wall(shop.clock.shop(people.arrival)[person] + since)
    again = since > 0
    other = choose(rng, return_weights(shop), len(person))
    changes = again & (rng.random(len(person)) >= shop.returning.same)
    channel = np.where(changes, other, people.channel[person])
    seen = start < shop.weeks * WEEK
    return Starts(person[seen], start[seen], channel[seen], again[seen])
