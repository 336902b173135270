"""After the purchase: the order's value, its delivery or cancellation, the review, the recommendation."""

from __future__ import annotations

import numpy as np

from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.draws import Floats, Ints, LogNormal, generator
from funnel_utils.synthetic.people import People
from funnel_utils.synthetic.rows import Rows, Sessions, rows
from funnel_utils.synthetic.spec import Pardis
from funnel_utils.synthetic.steps import BUYING, Attempts

NUMBERS = 1 << 20  # order numbers kept for a block, an eighth of them each for the site, the tills and the trade desk
ONLINE, TILL, DESK = (NUMBERS // 8 * k for k in range(3))


def money(time: LogNormal, rng: np.random.Generator, size: int) -> Floats:
    """Amounts in toman, rounded to the thousand."""
    return np.maximum(np.round(time.draw(rng, size), -3), 1000.0)


def draw_orders(shop: Pardis, attempts: Attempts, block: int) -> tuple[Ints, Floats]:
    """Order number and value (toman) of each attempt that buys; -1 and NaN for the rest."""
    rng = generator(shop.seed, "orders", block)
    bought = np.flatnonzero(attempts.level == 1 + BUYING)
    order = np.full(len(attempts), -1, np.int64)
    value = np.full(len(attempts), np.nan)
    order[bought] = block * NUMBERS + ONLINE + np.arange(len(bought))
    value[bought] = money(shop.orders.value, rng, len(bought))
    return order, value


def afterwards(
    shop: Pardis, people: People, attempts: Attempts, order: Ints, value: Floats, block: int, offset: int
) -> tuple[list[Rows], Sessions]:
    """Rows that follow a purchase, and the sessions of reviews and recommendations (numbered from `offset`)."""
    rng = generator(shop.seed, "afterwards", block)
    deliver, review, refer = shop.steps[BUYING:]
    bought = np.flatnonzero(order >= 0)
    paid = attempts.times[bought, BUYING]
    arrives = rng.random(len(bought)) < deliver.rate
    off = bought[~arrives]
    cancelled = paid[~arrives] + shop.orders.cancel_time.draw(rng, len(off))
    here = bought[arrives]
    delivered = shop.clock.after(paid[arrives], deliver.time.draw(rng, len(here)))
    writes = rng.random(len(here)) < review.rate
    writer = here[writes]
    written = shop.clock.after(delivered[writes], review.time.draw(rng, len(writer)))
    tells = rng.random(len(writer)) < refer.rate
    teller = writer[tells]
    told = shop.clock.after(written[tells], refer.time.draw(rng, len(teller)))
    who = np.concatenate([writer, teller])
    own = np.arange(len(who)) + offset
    by = [v.CHANNELS.index("email")] * len(writer) + [v.CHANNELS.index("direct")] * len(teller)
    sessions = Sessions(
        person=attempts.person[who],
        attempt=who,
        start=np.concatenate([written, told]),
        until=np.full(len(who), np.inf),
        channel=np.array(by, dtype=np.int64),
        device=people.device[attempts.person[who]],
    )

    def at_purchase(which: Ints) -> Ints:
        return np.asarray(attempts.session_of[which, BUYING])

    parts = [
        rows(at_purchase(off), v.CODE["cancel_order"], cancelled, order=order[off], value=value[off]),
        rows(at_purchase(here), v.CODE["order_delivered"], delivered, order=order[here]),
        rows(own[: len(writer)], v.CODE["review"], written, order=order[writer]),
        rows(own[len(writer) :], v.CODE["refer"], told),
    ]
    return parts, sessions
