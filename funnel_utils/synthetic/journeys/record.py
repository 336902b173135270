"""The rows that a lived season leaves in the shop's systems.

`live` knows days; here they become times. Whatever moved somebody on the day of a purchase lies before the purchase.
Only the first row of what brought somebody carries a channel: an impression, an opened mail, the first row of a
session, a visit to a store. So each row with a channel is one touch.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from funnel_utils.synthetic.clock import DAY, HOUR
from funnel_utils.synthetic.draws import Bools, Floats, Ints, LogNormal, generator, in_order
from funnel_utils.synthetic.journeys import words as w
from funnel_utils.synthetic.journeys.living import Season
from funnel_utils.synthetic.journeys.people import NEEDS, Lives
from funnel_utils.synthetic.journeys.spec import Journeys

SENT_AT = 10 * HOUR
_OPENS, _CLOSES = 10 * HOUR, 21.5 * HOUR
_MORNING = 0.25  # nobody buys in the first quarter of a day's visits, that is before 10:48: after the mail
_THINK = LogNormal(35, 150)
_DELIVERY = LogNormal(2 * DAY, 4 * DAY)
_REVIEW = LogNormal(4 * DAY, 15 * DAY)
_REGRET = LogNormal(7 * HOUR, 22 * HOUR)
_SEEN_AS = {"push": "ad_impression", "chase": "ad_impression", "store": "store_visit"}
_READ_AS = {"email": "email_open", "sms": "sms_open"}


@dataclass(frozen=True)
class Rows:
    """Rows of a block: equally long arrays, codes -1 and values NaN where a row has none; `time` in seconds.

    `visit` is a number of the online session, unique in the block; `campaign` is the code of the channel whose
    campaign it is; `referrer` a position in the block.
    """

    person: Ints
    time: Ints
    event: Ints
    channel: Ints
    campaign: Ints
    visit: Ints
    place: Ints
    order: Ints
    value: Floats
    group: Ints
    referrer: Ints

    def __len__(self) -> int:
        return len(self.person)

    def take(self, which: Any) -> Rows:
        """The rows at some positions, or where a mask is true."""
        return Rows(*(getattr(self, f.name)[which] for f in fields(self)))


def _rows(event: str | Ints, person: Ints, time: Floats, **more: Any) -> Rows:
    """Rows of one event, or of as many codes; whatever is not given is empty, and online."""
    size = len(person)
    blank = {"channel": -1, "campaign": -1, "visit": -1, "place": 0, "order": -1, "group": -1, "referrer": -1}
    columns = {name: np.broadcast_to(more.get(name, value), size).astype(np.int64) for name, value in blank.items()}
    codes = np.full(size, w.CODE[event]) if isinstance(event, str) else event
    # Ceiling keeps what comes two seconds later at least one second later.
    whole = np.ceil(time).astype(np.int64)
    value = np.broadcast_to(more.get("value", np.nan), size).astype(np.float64)
    return Rows(person=person, time=whole, event=codes, value=value, **columns)


@dataclass(frozen=True)
class _Visits:
    """Visits to the site: whose, on which day, when (s), by which channel, and what comes of them."""

    person: Ints
    day: Ints
    start: Floats
    channel: Ints
    slot: Ints
    cart: Bools

    def __len__(self) -> int:
        return len(self.person)


def write(season: Journeys, lives: Lives, happened: Season, block: int) -> Rows:
    """All rows of a block that lie inside the log, in order of time.

    Parameters
    ----------
    happened : Season
        A recorded run.
    """
    rng = generator(season.seed, "journey rows", block)
    buys = _purchases(season, lives, happened, rng)
    parts, visits, at = _contacts(season, lives, happened, buys, rng)
    more, seconds = _sessions(season, lives, happened, visits, rng)
    parts += more
    parts += _store_orders(lives, buys, rng)
    parts += _mail(season, lives, happened, at, rng)
    bought = [rows.take(rows.event == w.CODE["purchase"]) for rows in parts]
    parts += _afterwards(season, lives, happened, _joined(bought), rng)
    parts += _reminders(season, lives, happened, visits, seconds)
    rows = _joined(parts)
    rows = rows.take(np.flatnonzero(rows.time < season.end))
    return rows.take(in_order(rows.time))


def _joined(parts: list[Rows]) -> Rows:
    return Rows(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Rows)))


@dataclass(frozen=True)
class _Purchases:
    """Purchases: whose, of which need, on which day, when (s), and whether at a store."""

    person: Ints
    slot: Ints
    day: Ints
    time: Floats
    store: Bools


def _purchases(season: Journeys, lives: Lives, happened: Season, rng: np.random.Generator) -> _Purchases:
    slot, person = np.nonzero(happened.bought >= 0)
    day = happened.bought[slot, person]
    first, last = _whole_day(season, day)
    online = season.clock.wall(first + (last - first) * rng.uniform(_MORNING, 0.98, len(day)))
    till = day * DAY + _OPENS + HOUR + rng.beta(2.0, 1.4, len(day)) * (_CLOSES - _OPENS - HOUR)
    store = lives.at_store[slot, person] & lives.near[person]
    return _Purchases(person, slot, day, np.where(store, till, online), store)


def _contacts(
    season: Journeys, lives: Lives, happened: Season, buys: _Purchases, rng: np.random.Generator
) -> tuple[list[Rows], _Visits, Floats]:
    """The rows of contacts without a visit, the visits, and the time of each contact (as `np.nonzero` lists them)."""
    contact, click, _ = happened.recorded
    until = np.full(contact[:, 0].shape, np.inf)
    until[buys.day, buys.person] = buys.time
    day, channel, person = np.nonzero(contact)
    time = _times(season, day, channel, until[day, person], rng)
    kind = np.array([point.kind for point in season.in_code_order])[channel]
    clicked = click[day, channel, person]
    parts = []
    for event, of in [(_SEEN_AS.get(point.kind) or _READ_AS.get(point.name), point) for point in season.in_code_order]:
        if event is not None:
            here = channel == w.CHANNEL[of.name]
            code = w.CHANNEL[of.name]
            where = int(of.kind == "store")
            parts.append(_rows(event, person[here], time[here], channel=code, campaign=code, place=where))
    # A click follows what was seen after some seconds; a visit that is looked for is itself the contact.
    wait = rng.uniform(4.0, 40.0, len(day)) * np.isin(kind, ["push", "chase", "mail"])
    mail = clicked & (channel == w.CHANNEL["email"])
    code = w.CHANNEL["email"]
    parts.append(_rows("email_click", person[mail], time[mail] + wait[mail] - 2.0, campaign=code))
    visits = _visits(season, lives, happened, buys, (day, channel, person, time, wait, clicked), rng)
    return parts, visits, time


def _times(season: Journeys, day: Ints, channel: Ints, until: Floats, rng: np.random.Generator) -> Floats:
    """When on their day contacts happen: before the purchase, mail after its sending, stores in their hours."""
    points = season.in_code_order
    opens = np.array([{"mail": SENT_AT, "store": _OPENS}.get(point.kind, 0.0) for point in points])[channel]
    closes = np.array([_CLOSES if point.kind == "store" else DAY for point in points])[channel]
    first = season.clock.shop(day * DAY + opens)
    last = season.clock.shop(np.minimum(day * DAY + closes, until))
    return season.clock.wall(first + (last - first) * rng.uniform(0.01, 0.97, len(day)))


def _visits(
    season: Journeys, lives: Lives, happened: Season, buys: _Purchases, found: tuple[Any, ...], rng: np.random.Generator
) -> _Visits:
    """Clicked contacts, and the ways in of those who come only to buy."""
    day, channel, person, time, wait, clicked = found
    _, _, cart_days = happened.recorded
    days, size = cart_days.shape
    slot_of = np.full((days, size), -1)
    slot_of[buys.day[~buys.store], buys.person[~buys.store]] = buys.slot[~buys.store]
    key = day * size + person
    last_contact = _last(key, time, days * size)
    last_click = _last(key[clicked], time[clicked], days * size)
    is_last = clicked & (time == last_click[key])
    # Who clicked last of all on the day of a purchase buys in that session; others come by a way of their own.
    in_session = is_last & (time == last_contact[key]) & (slot_of[day, person] >= 0)
    slot = np.where(in_session, slot_of[day, person], -1)
    served = np.zeros((days, size), bool)
    served[day[in_session], person[in_session]] = True
    come = ~buys.store & ~served[buys.day, buys.person]
    cart = is_last & cart_days[day, person]
    way = _ways_in(season, lives, happened, buys.person[come], buys.day[come], rng)
    return _Visits(
        person=np.concatenate([person[clicked], buys.person[come]]),
        day=np.concatenate([day[clicked], buys.day[come]]),
        start=np.concatenate([(time + wait)[clicked], buys.time[come]]),
        channel=np.concatenate([channel[clicked], way]),
        slot=np.concatenate([slot[clicked], buys.slot[come]]),
        cart=np.concatenate([cart[clicked], np.zeros(int(come.sum()), bool)]),
    )


def _last(key: Ints, time: Floats, size: int) -> Floats:
    """The latest time of each key."""
    last = np.full(size, -np.inf)
    np.maximum.at(last, key, time)
    return last


def _ways_in(
    season: Journeys, lives: Lives, happened: Season, person: Ints, day: Ints, rng: np.random.Generator
) -> Ints:
    """By which channel those come who have decided: what is closed to somebody becomes a direct visit."""
    weights = np.array([point.way_in for point in season.in_code_order])
    way = rng.choice(len(weights), size=len(person), p=weights / weights.sum())
    for m, mailing in enumerate(season.mailings):
        gone = happened.left[m, person]
        closed = ~lives.agreed[m, person] | ((gone >= 0) & (gone <= day))
        way[closed & (way == w.CHANNEL[mailing.channel])] = w.CHANNEL["direct"]
    return way


_SESSION = (
    *("visit", "search", "view_product", "read_guide", "compare"),
    *("add_to_cart", "remove_from_cart", "begin_checkout", "purchase"),
)


def _sessions(
    season: Journeys, lives: Lives, happened: Season, visits: _Visits, rng: np.random.Generator
) -> tuple[list[Rows], Floats]:
    """The rows of all visits, and when each visit's last row happens."""
    size = len(visits)
    shows, event = _steps(season, lives, visits, rng)
    gaps = np.clip(_THINK.draw(rng, shows.size), 3.0, 1500.0).reshape(shows.shape)
    gaps[:, 0] = 0.0
    time = visits.start[:, None] + np.cumsum(gaps * shows, axis=1)
    which, step = np.nonzero(shows)
    first = step == np.argmax(shows, axis=1)[which]
    buys = event[which, step] == w.CODE["purchase"]
    person, slot = visits.person[which], visits.slot[which]
    channel = np.where(first, visits.channel[which], -1)
    invited = channel == w.CHANNEL["referral"]
    rows = _rows(
        event[which, step],
        person,
        time[which, step],
        channel=channel,
        campaign=channel,
        visit=which,
        order=np.where(buys, lives.number[person] * NEEDS + slot, -1),
        value=np.where(buys, lives.value[slot, person], np.nan),
        referrer=np.where(invited, lives.friend[person], -1),
    )
    return [rows], time[np.arange(size), -1]


def _steps(season: Journeys, lives: Lives, visits: _Visits, rng: np.random.Generator) -> tuple[Bools, Ints]:
    """Which steps each visit has (visits x steps), and the code of each."""
    habits, size = season.habits, len(visits)
    luck = dict(zip(("land", "leave", *_SESSION[1:8], "saved"), rng.random((10, size)), strict=True))
    buys, cart = visits.slot >= 0, visits.cart
    saved = buys & lives.known[visits.person] & (luck["saved"] < habits.saved_cart)
    lands = (luck["land"] < habits.deep_link) & ~saved
    stays = (buys & ~saved) | cart | (~saved & (luck["leave"] >= habits.bounce))
    view = stays & ~lands & (buys | cart | (luck["view_product"] < 0.75))
    saw = view | (stays & lands)
    removed = cart & (luck["remove_from_cart"] < 0.12)
    checkout = (buys & ~saved & (luck["begin_checkout"] >= habits.quick_pay)) | (
        cart & ~removed & (luck["begin_checkout"] < 0.35)
    )
    shows = np.column_stack(
        [
            np.ones(size, bool),
            stays & (luck["search"] < 0.25),
            view,
            stays & (luck["read_guide"] < 0.15),
            saw & (luck["compare"] < 0.12),
            (buys & ~saved) | cart,
            removed,
            checkout,
            buys,
        ]
    )
    event = np.tile([w.CODE[name] for name in _SESSION], (size, 1))
    event[lands, 0] = w.CODE["view_product"]
    event[saved, 0] = w.CODE["begin_checkout"]
    return shows, event


def _store_orders(lives: Lives, buys: _Purchases, rng: np.random.Generator) -> list[Rows]:
    """Purchases at a store: the visit, and the till some minutes later."""
    here = np.flatnonzero(buys.store)
    person, slot, time = buys.person[here], buys.slot[here], buys.time[here]
    paid = time + rng.uniform(6.0, 25.0, len(here)) * 60
    order, value = lives.number[person] * NEEDS + slot, lives.value[slot, person]
    code = w.CHANNEL["store"]
    return [
        _rows("store_visit", person, time, channel=code, campaign=code, place=1),
        _rows("purchase", person, paid, place=1, order=order, value=value),
    ]


def _mail(season: Journeys, lives: Lives, happened: Season, at: Floats, rng: np.random.Generator) -> list[Rows]:
    """Sendings, and those who leave after opening one."""
    parts = []
    day, channel, person = np.nonzero(happened.recorded[0])
    for m, mailing in enumerate(season.mailings):
        code, left = w.CHANNEL[mailing.channel], happened.left[m]
        for sent in (each for each in mailing.days if each < season.days):
            to = np.flatnonzero(lives.agreed[m] & ((left < 0) | (left >= sent)))
            when = np.full(len(to), sent * DAY + SENT_AT)
            parts.append(_rows(f"{mailing.channel}_sent", to, when, campaign=code))
        gone = (channel == code) & (left[person] == day)
        when = at[gone] + rng.uniform(45.0, 90.0, int(gone.sum()))
        parts.append(_rows("unsubscribe", person[gone], when, campaign=code))
    return parts


def _afterwards(season: Journeys, lives: Lives, happened: Season, bought: Rows, rng: np.random.Generator) -> list[Rows]:
    """Delivery or cancellation, reviews, recommendations, and what former customers recall."""
    size = len(bought)
    cancelled = lives.cancelled[bought.order % NEEDS, bought.person]
    regret, waits, writes = _REGRET.draw(rng, size), _DELIVERY.draw(rng, size), _REVIEW.draw(rng, size)
    come = season.clock.after(bought.time.astype(float), np.minimum(waits, 5 * DAY))
    written = season.clock.after(come, writes)
    sent = ~cancelled & (bought.place == 0)
    reviewed = sent & (rng.random(size) < season.habits.review)

    def about(event: str, which: Bools, time: Floats, **more: Any) -> Rows:
        here = np.flatnonzero(which)
        return _rows(event, bought.person[here], time[here], order=bought.order[here], **more)

    told = np.flatnonzero(happened.told >= 0)
    old = np.flatnonzero((lives.looks_back >= 0) & ~lives.old_word)
    return [
        about(
            "cancel_order",
            cancelled,
            bought.time + regret,
            value=bought.value[cancelled],
            place=bought.place[cancelled],
        ),
        about("order_delivered", sent, come),
        about("review", reviewed, written),
        _rows("refer", told, _within_day(season, happened.told[told], rng)),
        _rows("review", old, _within_day(season, lives.looks_back[old], rng)),
    ]


def _whole_day(season: Journeys, day: Ints) -> tuple[Floats, Floats]:
    """The first and the last moment of each day, in shop time."""
    begins = day.astype(np.float64) * DAY
    return season.clock.shop(begins), season.clock.shop(begins + DAY)


def _within_day(season: Journeys, day: Ints, rng: np.random.Generator) -> Floats:
    """A time on each day when people are awake."""
    first, last = _whole_day(season, day)
    return season.clock.wall(first + (last - first) * rng.random(len(day)))


def _reminders(season: Journeys, lives: Lives, happened: Season, visits: _Visits, ended: Floats) -> list[Rows]:
    """An hour after somebody's first cart was left the lot decides; five minutes later the reminder goes out."""
    first = np.flatnonzero(visits.cart & (visits.day == happened.carts_left[visits.person]))
    person, time = visits.person[first], ended[first] + HOUR
    gets = lives.lot[person] < season.reminder.to
    return [
        _rows("reminder_assigned", person, time, group=gets),
        _rows("reminder_sent", person[gets], time[gets] + 300, group=1),
    ]
