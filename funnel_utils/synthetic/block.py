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
from funnel_utils.synthetic.draws import BLOCK, Bools, Ints, generator, in_order, scattered
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
    attempt: Ints
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
    """Rows in order of arrival with the properties of their session, dirt included."""
    arrival = (found.time * 1000.0).astype(np.int64)
    seen = np.flatnonzero(arrival < round(shop.weeks * WEEK * 1000))
    seen = seen[in_order(arrival[seen])]
    rng = generator(shop.seed, "dirt", block)
    size, dirt = len(seen), shop.dirt
    hidden, nameless = (_marked(rng, share, seen, len(found)) for share in (dirt.no_channel, dirt.no_user))
    behind = np.zeros(len(found), np.int64)
    late = seen[scattered(rng, dirt.skew, size)]
    behind[late] = np.ceil(rng.random(len(late)) * dirt.skew_by * 1000).astype(np.int64)
    copies = np.ones(size, np.int64)
    copies[scattered(rng, dirt.duplicate, size)] = 2
    pick = np.repeat(seen, copies)
    event, session, arrival, behind = found.event[pick], found.session[pick], arrival[pick], behind[pick]
    shown, away = ~hidden[pick], _NO_SESSION[event]
    campaign = _campaign(shop, sessions)
    return Block(
        people=people,
        attempts=attempts,
        person=sessions.person[session],
        attempt=sessions.attempt[session],
        event=event,
        arrival=arrival,
        time=np.maximum(arrival - behind, 0),
        session=np.where(away, -1, _numbers(sessions)[session]).astype(np.int32),
        channel=np.where(shown, sessions.channel[session], -1).astype(np.int8),
        device=np.where(away, -1, sessions.device[session]).astype(np.int8),
        place=_AT_STORE[event].astype(np.int8),
        campaign=np.where(shown, campaign[session], -1).astype(np.int8),
        content=found.content[pick],
        order=found.order[pick],
        value=found.value[pick],
        no_user=nameless[pick],
        copy=np.concatenate([[False], pick[1:] == pick[:-1]]),
        skewed=behind > 0,
    )


def _marked(rng: np.random.Generator, share: float, among: Ints, size: int) -> Bools:
    """A mask over `size` rows with a random share of those `among` marked."""
    mask = np.zeros(size, dtype=bool)
    mask[among[scattered(rng, share, len(among))]] = True
    return mask


def _campaign(shop: Pardis, sessions: Sessions) -> NDArray[np.int8]:
    """Code of the campaign that brought each session, by its channel and week; -1 for none."""
    names = campaigns(shop)
    table = np.full((shop.weeks, len(v.CHANNELS)), -1, np.int8)
    for channel in shop.channels:
        if channel.campaign:
            table[:, v.CHANNELS.index(channel.name)] = names.index(channel.campaign)
    for burst in shop.bursts:
        table[burst.first - 1 : burst.last, v.CHANNELS.index(burst.channel)] = names.index(burst.campaign)
    week = np.minimum(sessions.start / WEEK, shop.weeks - 1).astype(np.int64)
    return np.asarray(table[week, sessions.channel])


def _numbers(sessions: Sessions) -> Ints:
    """Each session's number within its person's online sessions, from 1 in order of time (0 at the store)."""
    number = np.zeros(len(sessions), np.int64)
    online = np.flatnonzero(sessions.device >= 0)
    # Person and time in one integer: whole milliseconds of any log stay far below 2**44.
    key = (sessions.person[online] << 44) + (sessions.start[online] * 1000).astype(np.int64)
    inside = online[np.argsort(key)]
    person = sessions.person[inside]
    number[inside] = np.arange(len(inside)) - np.searchsorted(person, np.arange(BLOCK))[person] + 1
    return number
