"""One block of people from the specification to finished rows.

The parts run in a fixed order, each with its own random numbers, and hand over arrays: people -> attempts ->
steps and sessions -> what happens beside and after them -> rows in order of arrival -> dirt. A new part of the
business (campaigns, experiments, surveys) is one more function that returns rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.browsing import browse, content_rows, subscriptions
from funnel_utils.synthetic.clock import WEEK
from funnel_utils.synthetic.draws import BLOCK, Bools, Ints, generator
from funnel_utils.synthetic.offline import store_rows, trade_rows
from funnel_utils.synthetic.orders import afterwards, draw_orders
from funnel_utils.synthetic.people import People, draw_people, draw_starts
from funnel_utils.synthetic.rows import Rows, Sessions, joined
from funnel_utils.synthetic.spec import Pardis
from funnel_utils.synthetic.steps import Attempts, draw_attempts, step_rows

_NO_SESSION = np.isin(v.EVENTS, v.BY_THE_SHOP + v.AT_THE_STORE)
_AT_STORE = np.isin(v.EVENTS, v.AT_THE_STORE)


@dataclass(frozen=True)
class Block:
    """A block's people and attempts, and its rows in order of arrival.

    `arrival` is when a row really happened, `time` what the device's clock said (`skewed` marks where it was
    wrong): whole milliseconds since the start. Codes are -1 where a row has no such value.
    """

    people: People
    attempts: Attempts
    person: Ints
    event: NDArray[np.int8]
    arrival: Ints
    time: Ints
    session: NDArray[np.int32]
    channel: NDArray[np.int8]
    device: NDArray[np.int8]
    place: NDArray[np.int8]
    campaign: NDArray[np.int8]
    content: NDArray[np.int8]
    order: Ints
    value: NDArray[np.float64]
    no_user: Bools
    copy: Bools
    skewed: Bools

    def __len__(self) -> int:
        return len(self.event)


def campaigns(shop: Pardis) -> tuple[str, ...]:
    """The campaigns' names, in the order of their codes."""
    names = [channel.campaign for channel in shop.channels if channel.campaign]
    return tuple(dict.fromkeys([*names, *(burst.campaign for burst in shop.bursts)]))


def draw_block(shop: Pardis, block: int) -> Block:
    """Everything about block number `block`."""
    people = draw_people(shop, block)
    attempts, sessions = draw_attempts(shop, people, draw_starts(shop, people, block), block)
    order, value = draw_orders(shop, attempts, block)
    parts = [step_rows(attempts, sessions, order, value), browse(shop, attempts, sessions, block)]
    parts += content_rows(shop, attempts, block)
    parts.append(subscriptions(shop, attempts, block))
    parts += trade_rows(shop, people, attempts, block)
    more, after_sessions = afterwards(shop, people, attempts, order, value, block, len(sessions))
    parts += more
    visits, store_sessions = store_rows(shop, people, attempts, block, len(sessions) + len(after_sessions))
    parts += visits
    return _finish(shop, people, attempts, joined([sessions, after_sessions, store_sessions]), joined(parts), block)


def _finish(shop: Pardis, people: People, attempts: Attempts, sessions: Sessions, found: Rows, block: int) -> Block:
    """Rows in order of arrival, with the properties of their session, and then the dirt."""
    time = np.floor(found.time * 1000.0).astype(np.int64)
    seen = np.flatnonzero(time < round(shop.weeks * WEEK * 1000))
    seen = seen[np.argsort(time[seen], kind="stable")]
    rng = generator(shop.seed, "dirt", block)
    copies = rng.random(len(seen)) < shop.dirt.duplicate
    seen = np.repeat(seen, 1 + copies)
    copy = np.zeros(len(seen), dtype=bool)
    copy[1:] = seen[1:] == seen[:-1]
    found, time = found.take(seen), time[seen]
    event = found.event
    channel = sessions.channel[found.session].astype(np.int8)
    week = time // round(WEEK * 1000)
    campaign = _campaign(shop)[week, channel]
    device = sessions.device[found.session].astype(np.int8)
    away = _NO_SESSION[event]
    device[away] = -1
    missing, late, blank = rng.random((3, len(seen)))
    skewed = _repeated(late < shop.dirt.skew, copy)
    behind = np.where(skewed, late / max(shop.dirt.skew, 1e-12) * shop.dirt.skew_by * 1000, 0).astype(np.int64)
    behind[1:] = np.where(copy[1:], behind[:-1], behind[1:])
    channel[_repeated(missing < shop.dirt.no_channel, copy)] = -1
    campaign[channel < 0] = -1
    return Block(
        people=people,
        attempts=attempts,
        person=sessions.person[found.session],
        event=event,
        arrival=time,
        time=np.maximum(time - behind, 0),
        session=np.where(away, -1, _numbers(sessions)[found.session]).astype(np.int32),
        channel=channel,
        device=device,
        place=_AT_STORE[event].astype(np.int8),
        campaign=campaign,
        content=found.content,
        order=found.order,
        value=found.value,
        no_user=_repeated(blank < shop.dirt.no_user, copy),
        copy=copy,
        skewed=skewed,
    )


def _repeated(mask: Bools, copy: Bools) -> Bools:
    """A mask in which a copy says what its original says: duplicates are exact."""
    result = mask.copy()
    here = np.flatnonzero(copy)
    result[here] = mask[here - 1]
    return result


def _campaign(shop: Pardis) -> NDArray[np.int8]:
    """Campaign code by week and channel; -1 for none."""
    names = campaigns(shop)
    table = np.full((shop.weeks, len(v.CHANNELS)), -1, np.int8)
    for channel in shop.channels:
        if channel.campaign:
            table[:, v.CHANNELS.index(channel.name)] = names.index(channel.campaign)
    for burst in shop.bursts:
        table[burst.first - 1 : burst.last, v.CHANNELS.index(burst.channel)] = names.index(burst.campaign)
    return table


def _numbers(sessions: Sessions) -> Ints:
    """Each session's number within its person's online sessions, from 1 in order of time (0 at the store)."""
    online = sessions.device >= 0
    order = np.lexsort((sessions.start, sessions.person, ~online))
    person = sessions.person[order]
    first = np.searchsorted(person[: int(online.sum())], np.arange(BLOCK))
    number = np.zeros(len(order), np.int64)
    inside = order[: int(online.sum())]
    number[inside] = np.arange(len(inside)) - first[sessions.person[inside]] + 1
    return number
