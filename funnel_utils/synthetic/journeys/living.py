"""A block's season, day by day, with every channel or without some: the causal core.

On each day, in this order: interest fades, friends' invitations arrive, channels make their contacts (given intent,
and the interest of the evening before), each contact adds its effect, and whoever has an open need may buy. Buying
closes the need. The same random numbers decide in every run, so two runs differ only by what the removed channel
caused: its effects, the visits that it brought and what followed from those (retargeting, reminders), and the friends
whom its buyers would have told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnel_utils.errors import SpecError
from funnel_utils.synthetic.draws import Bools, Floats, Ints
from funnel_utils.synthetic.journeys import words as w
from funnel_utils.synthetic.journeys.people import NEEDS, Lives
from funnel_utils.synthetic.journeys.spec import Journeys

_CHASED = 7  # days after a visit in which retargeting follows
_NEVER = 1 << 30
REMINDERS = ("as drawn", "all", "none")


@dataclass(frozen=True)
class Season:
    """What happened to a block's people.

    Attributes
    ----------
    bought : array of int (needs x people)
        Day of each need's purchase, -1 for none.
    carts_left : array of int (people)
        Day on which the first cart was left, when the lot decided on a reminder; -1 for never.
    invited : array of int (people)
        Day of a friend's invitation, -1 for none.
    told : array of int (people)
        Day of the first recommendation, -1 for none.
    left : array of int (mailings x people)
        Day on which somebody left a mailing, -1 for never.
    contact, click, cart : array of bool, or None
        Contacts and the clicked ones among them (days x channels x people), carts left (days x people); only if the
        run was recorded.
    """

    bought: Ints
    carts_left: Ints
    invited: Ints
    told: Ints
    left: Ints
    contact: Bools | None = None
    click: Bools | None = None
    cart: Bools | None = None

    @property
    def recorded(self) -> tuple[Bools, Bools, Bools]:
        """Contacts, clicks and carts.

        Raises
        ------
        SpecError
            If the run was not recorded.
        """
        if self.contact is None or self.click is None or self.cart is None:
            raise SpecError("This season was lived without record=True, so nobody knows its contacts.")
        return self.contact, self.click, self.cart


def live(
    season: Journeys,
    lives: Lives,
    without: Collection[str] = (),
    *,
    reminders: str = "as drawn",
    record: bool = False,
) -> Season:
    """Live the season once.

    Parameters
    ----------
    without : collection of str
        Channels that make no contacts. `"direct"` stays whatever is said: people's own coming cannot be taken away.
    reminders : str
        `"as drawn"` by the lot, to `"all"` who left a cart, or to `"none"`.
    record : bool
        Keep every contact, click and cart, which the log needs and the counterfactual runs do not.

    Raises
    ------
    SpecError
        If a channel or `reminders` is unknown.
    """
    for name in without:
        season.touchpoint(name)
    if reminders not in REMINDERS:
        raise SpecError(f"reminders={reminders!r}: choose one of {', '.join(REMINDERS)}.")
    run = _Run(season, lives, frozenset(without), reminders, record)
    for day in range(season.days):
        run.pass_day(day)
    return Season(run.bought, run.carts_left, run.invited, run.told, run.left, run.contacts, run.clicks, run.carts)


class _Run:
    """The state of one block while it lives."""

    def __init__(self, season: Journeys, lives: Lives, without: frozenset[str], reminders: str, record: bool) -> None:
        points, size = season.in_code_order, len(lives)
        self.season, self.lives = season, lives
        self.interest = np.zeros((len(points) + 1, size))  # the last row is the reminder's
        ages = [*(point.half_life for point in points), season.reminder.half_life]
        self.fades = np.power(0.5, 1 / np.array(ages))[:, None]
        self.effect = np.array([point.effect for point in points])[:, None]
        there = np.array([point.name not in without or point.kind == "own" for point in points])
        self.rate = _rates(season, lives) * there[:, None]
        self.invites = bool(there[w.CHANNEL["referral"]])
        self.gets = {"as drawn": lives.lot < season.reminder.to, "all": lives.lot < 2, "none": lives.lot < 0}[reminders]
        self.hazard = season.base * np.exp(season.per_intent * lives.intent)
        self.cart_rate = season.habits.cart * np.exp(season.habits.cart_tilt * lives.intent)
        self.bought = np.full((NEEDS, size), -1, np.int64)
        self.carts_left, self.invited, self.told = (np.full(size, -1, np.int64) for _ in range(3))
        self.left = np.full((len(season.mailings), size), -1, np.int64)
        self.visited = np.full(size, -_NEVER, np.int64)
        self.told[lives.old_word] = lives.looks_back[lives.old_word]
        shape = lives.contact.shape
        self.contacts, self.clicks = (np.zeros(shape, bool) if record else None for _ in range(2))
        self.carts = np.zeros((shape[0], size), bool) if record else None

    def pass_day(self, day: int) -> None:
        self.interest *= self.fades
        need = self._needs(day)
        contact, click = self._contacts(day, need)
        self.interest[:-1] += self.effect * contact
        bought = self._purchases(day, need)
        self._carts(day, click.any(axis=0) & ~bought)
        self.visited[click.any(axis=0) | bought] = day
        if self.contacts is not None and self.clicks is not None:
            self.contacts[day], self.clicks[day] = contact, click

    def _needs(self, day: int) -> NDArray[np.int8]:
        """Each person's open need today, -1 for none; invitations arrive first."""
        lives = self.lives
        told = self.told[lives.friend]
        if self.invites:
            self.invited[lives.waits & (told >= 0) & (told + lives.delay == day)] = day
        since = day - self.invited
        need = np.where((self.invited >= 0) & (since < lives.stays), np.int8(0), lives.need[day])
        done = self.bought[np.maximum(need, 0), np.arange(len(lives))] >= 0
        return np.where(done, np.int8(-1), need)

    def _contacts(self, day: int, need: NDArray[np.int8]) -> tuple[Bools, Bools]:
        """Who is met by which channel today, and who clicks (channels x people)."""
        rate, luck = self.rate.copy(), self.lives.contact[day]
        level = self.interest.sum(axis=0)
        wants = need >= 0
        shares = np.ones((len(rate), 1))
        for code, point in enumerate(self.season.in_code_order):
            shares[code] = point.click
            if point.pull:
                rate[code] *= np.exp(point.pull * level)
            if point.kind == "mail":
                rate[code] *= self._written_to(point.name, day)
            elif point.kind == "invite":
                rate[code] = self.invited == day
            elif point.kind == "chase":
                rate[code] *= wants & (day - self.visited <= _CHASED)
            else:
                rate[code] *= wants
        np.minimum(rate, 1.0, out=rate)
        contact = luck < rate
        self._leave(day, contact, rate)
        return contact, luck < rate * shares

    def _written_to(self, channel: str, day: int) -> Bools:
        """Who gets a sending of this channel today."""
        found = np.zeros(len(self.lives), bool)
        for m, mailing in enumerate(self.season.mailings):
            if mailing.channel == channel and day in mailing.days:
                found |= self.lives.agreed[m] & (self.left[m] < 0)
        return found

    def _leave(self, day: int, contact: Bools, rate: Floats) -> None:
        """Some of those who opened a mail leave the mailing: the luckless end of those who opened."""
        for m, mailing in enumerate(self.season.mailings):
            code = w.CHANNEL[mailing.channel]
            gone = contact[code] & (self.lives.contact[day, code] >= rate[code] * (1 - mailing.leave))
            self.left[m][gone & (self.left[m] < 0)] = day

    def _purchases(self, day: int, need: NDArray[np.int8]) -> Bools:
        """Who buys today."""
        lives = self.lives
        hazard = self.hazard * np.exp(self.interest.sum(axis=0))
        buys = (need >= 0) & (lives.buy[day] < -np.expm1(-hazard))
        who = np.flatnonzero(buys)
        slot = need[who].astype(np.int64)
        self.bought[slot, who] = day
        wait = lives.word[slot, who]
        speaks = (wait >= 0) & ~lives.cancelled[slot, who] & (self.told[who] < 0)
        self.told[who[speaks]] = day + wait[speaks]
        return np.asarray(buys)

    def _carts(self, day: int, looked: Bools) -> None:
        """Carts left today; on a person's first the lot decides on a reminder, which works from tomorrow."""
        left = looked & (self.lives.cart[day] < self.cart_rate)
        first = left & (self.carts_left < 0)
        self.carts_left[first] = day
        self.interest[-1, first & self.gets] += self.season.reminder.effect
        if self.carts is not None:
            self.carts[day] = left


def _rates(season: Journeys, lives: Lives) -> Floats:
    """Contacts a day by intent alone (channels x people)."""
    rates = [point.rate * np.exp(point.tilt * lives.intent) for point in season.in_code_order]
    found = np.array(rates)
    found[w.CHANNEL["store"], ~lives.near] = 0.0
    return found


def revenue(lives: Lives, season: Season) -> Floats:
    """Toman of each person's purchases that were not cancelled."""
    paid = (season.bought >= 0) & ~lives.cancelled
    return np.asarray((lives.value * paid).sum(axis=0))
