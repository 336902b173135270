"""Run a programme on an audience: everybody lives twice, once with its messages and once without.

The two lives hang on the same chances (see `loop`), so their difference is what the messages caused, person by person.
In the world that is reported, the lot decides which of the two lives somebody leads; the other one is the truth that no
shop can see.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnel_utils.automation.simulation.people import Audience, People, draw_people
from funnel_utils.automation.simulation.result import ProgrammeRun
from funnel_utils.automation.simulation.spec import BEST, CHANNELS, LONGEST, TRIGGERS, WHEN, Flow, Programme
from funnel_utils.errors import SpecError

#: Relative number of visits in each hour of the day, from midnight: most at 21 h, fewest at 3 to 4 h.
HOURS = (
    *(0.75, 0.45, 0.25, 0.15, 0.15, 0.22, 0.40, 0.65, 0.85, 1.00, 1.10, 1.15),
    *(1.15, 1.10, 1.05, 1.05, 1.15, 1.25, 1.35, 1.50, 1.75, 2.00, 1.45, 1.10),
)
#: Chance a day to buy a consumable that has run out.
REFILLS = 0.08
#: Events a person and day for which room is made at first.
ROOM = 0.9
MOST_DAYS = 730


def simulate_programme(
    programme: Programme,
    audience: Audience | None = None,
    *,
    days: int = 90,
    past: int = 0,
    seed: int = 0,
) -> ProgrammeRun:
    """Run a programme.

    Parameters
    ----------
    programme : Programme
    audience : Audience, optional
        10,000 people by default.
    days : int
        Length of the programme.
    past : int
        Days before it on which people are watched. On every fourth of them everybody is sent a newsletter, over one of
        the channels that she agreed to, drawn by lot: from it one can learn who opens what.
    seed : int
        The same seed gives the same run.

    Returns
    -------
    ProgrammeRun

    Raises
    ------
    SpecError
        If days, past or seed are no such numbers.

    Examples
    --------
    >>> run = simulate_programme(Programme.usual(), Audience(people=2_000), days=60, seed=1)
    >>> true = run.effect("28d").true
    >>> bool(0 < true < 0.1)
    True
    """
    for name, value, least, most in (
        ("days", days, 1, MOST_DAYS),
        ("past", past, 0, MOST_DAYS),
        ("seed", seed, 0, 2**63 - 1),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise SpecError(f"{name}={value!r}: give a whole number from {least} to {most:,}.")
    audience = Audience() if audience is None else audience
    people = draw_people(audience, seed, past)
    lives = [_lives(programme, audience, people, days, past, seed, treated) for treated in (True, False)]
    return ProgrammeRun(programme, audience, days, past, seed, people, *lives)


def _lives(
    programme: Programme, audience: Audience, people: People, days: int, past: int, seed: int, treated: bool
) -> NDArray[np.int64]:
    """Everybody's events with messages, or without: columns person, seconds, event, channel, flow, step."""
    from funnel_utils.automation.simulation import loop

    assert isinstance(audience.fades, timedelta)
    assert isinstance(audience.rests, timedelta)
    kinds = audience.kinds
    each = np.array(
        [[k.buys, k.visits, k.leaves_cart, k.opened, k.reached, k.unsubscribes] for k in kinds], dtype=float
    )
    paces = np.column_stack([each[people.kind], people.likes])
    paces[:, loop.BUYS], paces[:, loop.VISITS] = people.buys, people.visits
    mine = np.column_stack([people.joined, people.lasts, people.last_buy, people.last_refill, people.agreed])
    habits = loop.Habits(
        audience.clicks,
        float(audience.fatigue),
        float(audience.irritation),
        audience.fades.total_seconds(),
        audience.rests.total_seconds(),
        REFILLS,
    )
    rules = _rules(programme, days, past)
    busy, life = rules.by_day.any(axis=0), loop.nobody(len(rules.flows))
    room = int(audience.people * (days + past) * ROOM) + 1_000
    while True:
        out = np.empty((room, 6), np.int64)
        out[0, 0] = 0
        loop.live(seed, past, days, treated, mine, paces, _hours(), busy, life, habits, rules, out)
        if out[0, 0] < room:
            return out[1 : out[0, 0] + 1]
        room = int(out[0, 0]) + 1


@cache
def _hours() -> NDArray[np.float64]:
    """Hours of the day, each as often as people come in it."""
    edges = np.cumsum(HOURS) / sum(HOURS)
    return np.searchsorted(edges, (np.arange(4096) + 0.5) / 4096, side="right").astype(float)


def _rules(programme: Programme, days: int, past: int) -> Any:
    """The programme in numbers, and the newsletters before it as one more flow."""
    from funnel_utils.automation.simulation import loop

    flows: list[Flow] = list(programme.flows)
    count = len(flows) + 1
    rows, steps = np.zeros((count, 4), np.int64), np.zeros((count, LONGEST, 3), np.int64)
    by_day = np.zeros((count, past + days), np.bool_)
    for f, flow in enumerate(flows):
        after = 0 if flow.after is None else _seconds(flow.after)
        rows[f] = TRIGGERS.index(flow.trigger), after, len(flow.steps), flow.until_purchase
        for s, step in enumerate(flow.steps):
            channel = loop.BEST if step.channel == BEST else CHANNELS.index(step.channel)
            steps[f, s] = channel, _seconds(step.wait), WHEN.index(step.when)
        by_day[f, [past + day for day in flow.days if 0 <= day < days]] = True
    rows[-1], steps[-1, 0, 0] = (loop.NEWSLETTER, 0, 1, 0), loop.ANY
    by_day[-1, 2:past:4] = True
    quiet, morning = programme.quiet_seconds
    most = -1 if programme.most is None else programme.most
    kinds = rows[:, loop.TRIGGER].tolist()
    welcome, cart = (kinds.index(kind) if kind in kinds else -1 for kind in (loop.WELCOME, loop.LEFT_CART))
    return loop.Rules(rows, steps, by_day, most, _seconds(programme.within), quiet, morning, welcome, cart)


def _seconds(duration: Any) -> int:
    return int(duration.total_seconds())
