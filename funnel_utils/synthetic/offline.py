"""Where the path leaves the web: the two stores, and the trade desk with its quotes.

Somebody who lives in Tehran or Shiraz and leaves an online cart may come to the store days later and buy there:
online to offline. Others walk in from the street, perhaps before they ever see the site. Trade customers ask
for a quote, get an offer, decide after days (or never), and what is won takes weeks to close.
"""

from __future__ import annotations

import numpy as np

from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.clock import DAY, HOUR
from funnel_utils.synthetic.draws import Floats, Ints, generator
from funnel_utils.synthetic.orders import DESK, NUMBERS, TILL, money
from funnel_utils.synthetic.people import People
from funnel_utils.synthetic.rows import Rows, Sessions, rows
from funnel_utils.synthetic.spec import Pardis
from funnel_utils.synthetic.steps import BUYING, Attempts

_NEAR = np.array([city in v.STORE_CITIES for city in v.CITIES])
_CART = 2  # position of the cart among the steps


def store_rows(
    shop: Pardis, people: People, attempts: Attempts, block: int, offset: int
) -> tuple[list[Rows], Sessions]:
    """Visits to and purchases at the stores, and the store visits as sessions (numbered from `offset`)."""
    rng = generator(shop.seed, "stores", block)
    stores = shop.stores
    near = _NEAR[people.city]
    left = (attempts.level > _CART) & (attempts.level <= BUYING) & near[attempts.person]
    goes = np.flatnonzero(left & (rng.random(len(attempts)) < stores.after_cart))
    last = attempts.times[goes, attempts.level[goes] - 1]
    days = np.maximum(np.round(stores.wait.draw(rng, len(goes)) / DAY), 1.0)
    walker = np.flatnonzero(near & (rng.random(len(near)) < stores.walk_in))
    street = np.floor(rng.random(len(walker)) * shop.weeks * 7)
    person = np.concatenate([attempts.person[goes], walker])
    day = np.concatenate([np.floor(last / DAY) + days, street])
    buys = rng.random(len(person)) < np.repeat([stores.buy_after_cart, stores.buy_walk_in], [len(goes), len(walker)])
    # The last half hour is kept free, so that nobody pays after closing time.
    length = (stores.closes - stores.opens - 1.0) * HOUR
    time = day * DAY + stores.opens * HOUR + rng.beta(2.0, 1.4, len(person)) * length
    paid = time + rng.uniform(6.0, 45.0, len(person)) * 60
    size = len(person)
    sessions = Sessions(
        person=person,
        attempt=np.concatenate([goes, np.full(len(walker), -1)]),
        start=time,
        until=np.full(size, np.inf),
        channel=np.full(size, v.CHANNELS.index("store")),
        device=np.full(size, -1),
    )
    own = np.arange(size) + offset
    parts = [
        rows(own, v.CODE["store_visit"], time),
        rows(
            own[buys],
            v.CODE["store_purchase"],
            paid[buys],
            order=block * NUMBERS + TILL + np.arange(int(buys.sum())),
            value=money(shop.orders.value, rng, int(buys.sum())),
        ),
    ]
    return parts, sessions


def trade_rows(shop: Pardis, people: People, attempts: Attempts, block: int) -> list[Rows]:
    """Quotes requested in a session, and what became of them."""
    rng = generator(shop.seed, "trade", block)
    trade, clock = shop.trade, shop.clock
    could = (attempts.level > 1) & people.trade[attempts.person] & ~attempts.lost
    asks = np.flatnonzero(could & (rng.random(len(attempts)) < trade.quote))
    size = len(asks)
    order = block * NUMBERS + DESK + np.arange(size)
    value = money(trade.value, rng, size)
    session = attempts.session_of[asks, 1]
    asked = attempts.times[asks, 1] + rng.uniform(60.0, 900.0, size)
    offered = clock.after(asked, trade.offer.draw(rng, size))
    decided = clock.after(offered, trade.decision.draw(rng, size))
    closed = clock.after(decided, trade.closing.draw(rng, size))
    answers = rng.random(size) < trade.decided
    won = answers & (rng.random(size) < trade.won)
    done = won & (rng.random(size) < trade.closed)

    def event(name: str, which: np.ndarray, time: Floats, with_value: bool) -> Rows:
        here: Ints = np.flatnonzero(which)
        amount = value[here] if with_value else None
        return rows(session[here], v.CODE[name], time[here], order=order[here], value=amount)

    everyone = np.ones(size, dtype=bool)
    return [
        event("quote_requested", everyone, asked, False),
        event("offer_sent", everyone, offered, True),
        event("quote_won", won, decided, True),
        event("quote_lost", answers & ~won, decided, True),
        event("deal_closed", done, closed, True),
    ]
