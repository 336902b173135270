"""How far each attempt goes, when each step happens, and in which session.

The level is drawn first, from the step rates of the attempt's channel, content and device; then the times of
the steps it takes. A step that follows within half an hour happens in the same session; a later one opens a new
session, which may come by another channel or device: the cross-channel journey.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.clock import HOUR
from funnel_utils.synthetic.draws import Bools, Floats, Ints, choose, generator
from funnel_utils.synthetic.people import People, Starts, return_weights
from funnel_utils.synthetic.rows import Rows, Sessions, joined, rows
from funnel_utils.synthetic.spec import Pardis

BUYING = 4  # steps from the visit to the purchase; later ones depend on the order


@dataclass(frozen=True)
class Attempts:
    """Attempts with their outcome.

    `level` is 1 (visit only) to 5 (purchase); `times` (attempts x 5, s) is NaN where a step is not reached, and
    `session_of` the position of each step's session. `piece` is the content seen (-1: none), `engaged` whether
    it was acted upon. `bounce`: one event and away. `deep`: starts at a product. `quick`: pays without the
    checkout. `lost`: earlier product and cart rows were never recorded.
    """

    person: Ints
    channel: Ints
    level: Ints
    times: Floats
    session_of: Ints
    bounce: Bools
    deep: Bools
    quick: Bools
    lost: Bools
    piece: Ints
    engaged: Bools

    def __len__(self) -> int:
        return len(self.person)


def step_rates(shop: Pardis, channel: Ints, device: Ints, effect: Floats) -> list[Floats]:
    """The rates of the four steps to a purchase for attempts with these channels, devices and content effects."""
    view, cart = np.zeros((2, len(v.CHANNELS)))
    for way in shop.channels:
        view[v.CHANNELS.index(way.name)], cart[v.CHANNELS.index(way.name)] = way.view, way.cart
    buy = np.zeros(len(v.DEVICES))
    for kind in shop.devices:
        buy[v.DEVICES.index(kind.name)] = kind.buy
    moved = (view[channel], cart[channel] + effect, np.zeros(len(channel)), buy[device])
    return [shifted(step.rate, by) for step, by in zip(shop.steps[:BUYING], moved, strict=True)]


def shifted(rate: float, by: Floats) -> Floats:
    """A rate moved by some log-odds."""
    odds = rate / (1 - rate) * np.exp(by)
    return np.asarray(odds / (1 + odds))


def draw_attempts(shop: Pardis, people: People, starts: Starts, block: int) -> tuple[Attempts, Sessions]:
    """The outcome and the step times of a block's attempts, and the sessions in which they happen."""
    rng = generator(shop.seed, "steps", block)
    size = len(starts)
    device = people.device[starts.person]
    deep = rng.random(size) < shop.browsing.deep_link
    engaged, piece, effect = _content(shop, rng, deep)
    rates = step_rates(shop, starts.channel, device, effect)
    going = deep | (rng.random(size) < rates[0])
    bounce = ~going & (rng.random(size) < shop.browsing.bounce)
    level = 1 + going.astype(np.int64)
    for rate in rates[1:]:
        here = np.flatnonzero(going)
        going[here] = rng.random(len(here)) < rate[here]
        level += going
    times, opens = _times(shop, rng, starts.start, level, deep)
    sessions, session_of = _sessions(shop, rng, starts, device, times, opens)
    seen = ~bounce & (piece >= 0)
    bought = level == 1 + BUYING
    attempts = Attempts(
        person=starts.person,
        channel=starts.channel,
        level=level,
        times=times,
        session_of=session_of,
        bounce=bounce,
        deep=deep,
        quick=bought & (rng.random(size) < shop.browsing.quick_pay),
        lost=bought & (rng.random(size) < shop.dirt.lost_views),
        piece=np.where(seen, piece, -1),
        engaged=seen & engaged,
    )
    return attempts, sessions


def _content(shop: Pardis, rng: np.random.Generator, deep: Bools) -> tuple[Bools, Ints, Floats]:
    """For each attempt: whether it acts on content, which piece it sees (-1: none), and the effect in log-odds."""
    size = len(deep)
    piece = choose(rng, tuple(piece.share for piece in shop.content), size)
    piece[deep | (rng.random(size) >= shop.browsing.shown)] = -1
    rate = np.array([*(piece.engaged for piece in shop.content), 0.0])
    effect = np.array([*(piece.effect for piece in shop.content), 0.0])
    engaged = rng.random(size) < rate[piece]
    return engaged, piece, np.where(engaged, effect[piece], 0.0)


def _times(shop: Pardis, rng: np.random.Generator, start: Floats, level: Ints, deep: Bools) -> tuple[Floats, Bools]:
    """Wall times of the steps reached, and which of them open a new session."""
    times = np.full((len(start), 1 + BUYING), np.nan)
    opens = np.zeros(times.shape, dtype=bool)
    times[:, 0], opens[:, 0] = start, True
    for k in range(1, 1 + BUYING):
        here = np.flatnonzero(level > k)
        before = times[here, k - 1]
        wait = np.maximum(shop.steps[k - 1].time.draw(rng, len(here)), 1.0)
        if k == 1:
            wait[deep[here]] = 0.0  # it starts at the product
        times[here, k] = shop.clock.after(before, wait)
        opens[here, k] = times[here, k] - before > 0.5 * HOUR
    return times, opens


def _sessions(
    shop: Pardis, rng: np.random.Generator, starts: Starts, device: Ints, times: Floats, opens: Bools
) -> tuple[Sessions, Ints]:
    """The sessions of the attempts, in order, and the position of each step's session."""
    attempt, step = np.nonzero(opens)
    later = step > 0
    size = len(attempt)
    # A later session starts with its visit, some seconds before the step for which the person came back.
    lead = np.where(later, 5.0 + rng.standard_exponential(size) * 40.0, 0.0)
    start = times[attempt, step] - lead
    until = np.full(size, np.inf)
    until[:-1][later[1:]] = start[1:][later[1:]]
    changes = later & (rng.random(size) >= shop.returning.same)
    channel = np.where(changes, choose(rng, return_weights(shop), size), starts.channel[attempt])
    own = device[attempt]
    switch = later & (rng.random(size) < shop.browsing.other_device)
    other = (own + 1 + (rng.random(size) < 0.2)) % len(v.DEVICES)
    sessions = Sessions(
        person=starts.person[attempt],
        attempt=attempt,
        start=start,
        until=until,
        channel=channel,
        device=np.where(switch, other, own),
    )
    session_of = np.cumsum(opens.ravel()).reshape(opens.shape) - 1
    return sessions, session_of


def step_rows(attempts: Attempts, sessions: Sessions, order: Ints, value: Floats) -> Rows:
    """The rows of the steps, and the visit that each later session starts with."""
    parts = []
    for k in range(1 + BUYING):
        took = attempts.level > k
        if k == 0:
            took &= ~attempts.deep
        if 0 < k < BUYING:
            took &= ~attempts.lost
        if k == BUYING - 1:
            took &= ~(attempts.quick & (attempts.level == 1 + BUYING))
        here = np.flatnonzero(took)
        bought = k == BUYING
        parts.append(
            rows(
                attempts.session_of[here, k],
                k,
                attempts.times[here, k],
                order=order[here] if bought else None,
                value=value[here] if bought else None,
            )
        )
    first = np.ones(len(sessions), dtype=bool)
    first[1:] = sessions.attempt[1:] != sessions.attempt[:-1]
    later = np.flatnonzero(~first)
    parts.append(rows(later, v.CODE["visit"], sessions.start[later]))
    result: Rows = joined(parts)
    return result
