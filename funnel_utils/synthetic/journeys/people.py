"""Who the people of the journey log are, and every random number that their season will need.

All numbers that decide anything are drawn here, before anything happens, and none depends on what happens. So the
season can be lived again without a channel, with the same luck on every day: what differs then is what the channel
caused, exactly, person by person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnel_utils.synthetic import vocabulary as shop_words
from funnel_utils.synthetic.draws import BLOCK, Bools, Floats, Ints, choose, generator
from funnel_utils.synthetic.journeys import words as w
from funnel_utils.synthetic.journeys.spec import CIRCLE, Journeys, Mailing
from funnel_utils.synthetic.orders import money

Single = NDArray[np.float32]
NEEDS = 4
"""Needs of a person at most."""


@dataclass(frozen=True)
class Lives:
    """A block of people before their season: one position a person (the last axis where there are several).

    `need` (days x people) is the number of the need open on a day, -1 for none; `agreed` (mailings x people) who may
    be written to. `waits` marks those whom only a friend (`friend`, a position) brings, `delay` days after the
    friend's word, with a need of `stays` days. `known` were customers before, and on day `looks_back` (or -1) recall
    an old order, with or without a recommendation (`old_word`). Of each need: `value` (toman), `cancelled`,
    `at_store`. `word` is the day after a purchase on which it is recommended, -1 for never; `lot` decides on the
    reminder. The rest are uniform numbers: `contact` (days x channels x people), `buy` and `cart` (days x people).
    """

    number: Ints
    intent: Floats
    city: Ints
    device: Ints
    near: Bools
    known: Bools
    need: NDArray[np.int8]
    agreed: Bools
    waits: Bools
    friend: Ints
    delay: Ints
    stays: Ints
    looks_back: Ints
    old_word: Bools
    value: Floats
    cancelled: Bools
    at_store: Bools
    word: Ints
    lot: Single
    contact: Single
    buy: Single
    cart: Single

    def __len__(self) -> int:
        return len(self.number)


def draw_lives(season: Journeys, block: int) -> Lives:
    """The people of one block with all their luck."""
    rng = generator(season.seed, "journey people", block)
    habits, size = season.habits, BLOCK
    intent = rng.standard_normal(size)
    cities = np.array([shop_words.CITIES.index(city.name) for city in season.cities])
    devices = np.array([shop_words.DEVICES.index(device.name) for device in season.devices])
    city = cities[choose(rng, (each.share for each in season.cities), size)]
    waits = rng.random(size) < season.friends.share
    known = ~waits & (rng.random(size) < habits.known / (1 - season.friends.share))
    looks = known & (rng.random(size) < habits.looks_back)
    looks_back = np.where(looks, rng.integers(0, 21, size), -1)
    old_word = looks & (rng.random(size) < 0.4)
    return Lives(
        number=block * BLOCK + np.arange(size),
        intent=intent,
        city=city,
        device=devices[choose(rng, (each.share for each in season.devices), size)],
        near=np.isin(np.array(shop_words.CITIES)[city], shop_words.STORE_CITIES),
        known=known,
        need=_needs(season, waits, block),
        agreed=np.array([_agrees(m, intent, rng) for m in season.mailings]).reshape(-1, size) & ~waits,
        waits=waits,
        **_friends(season, block),
        looks_back=looks_back,
        old_word=old_word,
        **_orders(season, block),
        **_luck(season, block),
    )


def _agrees(mailing: Mailing, intent: Floats, rng: np.random.Generator) -> Bools:
    """Who may be written to; people of higher intent more often."""
    odds = np.log(mailing.agreed / (1 - mailing.agreed)) + mailing.tilt * intent
    return np.asarray(rng.random(len(intent)) < 1 / (1 + np.exp(-odds)))


def _needs(season: Journeys, waits: Bools, block: int) -> NDArray[np.int8]:
    """The number of the need open on each day (days x people), -1 for none; a later need takes over."""
    rng = generator(season.seed, "journey needs", block)
    size, days = len(waits), np.arange(season.days)[:, None]
    count = np.minimum(1 + rng.poisson(season.needs.more, size), NEEDS)
    starts = rng.integers(-season.needs.before, season.days, (NEEDS, size))
    lasts = np.ceil(season.needs.days.draw(rng, NEEDS * size)).astype(np.int64).reshape(NEEDS, size)
    # Needs that a person does not have begin after the log, and so come last.
    starts = np.where(np.arange(NEEDS)[:, None] < count, starts, season.days)
    order = np.argsort(starts, axis=0)
    starts, lasts = np.take_along_axis(starts, order, 0), np.take_along_axis(lasts, order, 0)
    need = np.full((season.days, size), -1, np.int8)
    for k in range(NEEDS):
        need[(days >= starts[k]) & (days < starts[k] + lasts[k]) & ~waits] = k
    return need


def _friends(season: Journeys, block: int) -> dict[str, Any]:
    """Of whom each would hear, how long after, and how long they would then be interested."""
    rng = generator(season.seed, "journey friends", block)
    size = BLOCK
    circle = np.arange(size) // CIRCLE * CIRCLE
    # An offset of 1 to 31 within the circle: never oneself.
    friend = circle + (np.arange(size) - circle + rng.integers(1, CIRCLE, size)) % CIRCLE
    delay = np.maximum(np.round(season.friends.wait.draw(rng, size)), 1).astype(np.int64)
    stays = np.ceil(season.needs.days.draw(rng, size)).astype(np.int64)
    return {"friend": friend, "delay": delay, "stays": stays}


def _orders(season: Journeys, block: int) -> dict[str, Any]:
    """What each need's purchase would be."""
    rng = generator(season.seed, "journey orders", block)
    shape = (NEEDS, BLOCK)
    habits, total = season.habits, NEEDS * BLOCK
    speaks = rng.random(total) < season.friends.refer
    return {
        "value": money(season.value, rng, total).reshape(shape),
        "cancelled": (rng.random(total) < habits.cancelled).reshape(shape),
        "at_store": (rng.random(total) < habits.in_store).reshape(shape),
        # Never before the delivery, which takes five days at most.
        "word": np.where(speaks, 7 + rng.integers(0, 10, total), -1).reshape(shape),
    }


def _luck(season: Journeys, block: int) -> dict[str, Any]:
    """The uniform numbers of every day."""
    rng = generator(season.seed, "journey luck", block)
    days, size = season.days, BLOCK
    return {
        "lot": rng.random(size, dtype=np.float32),
        "contact": rng.random((days, len(w.CHANNELS), size), dtype=np.float32),
        "buy": rng.random((days, size), dtype=np.float32),
        "cart": rng.random((days, size), dtype=np.float32),
    }
