"""What people do between the steps: search, read, compare, look at further products, see content, join the newsletter.

Nothing here moves a step. A further product view comes only after the attempt's first, a further item in the
cart only after the first: what would be too early becomes a search. Session lengths have a long tail.
"""

from __future__ import annotations

import numpy as np

from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.clock import HOUR
from funnel_utils.synthetic.draws import Floats, Ints, choose, generator, running_sum
from funnel_utils.synthetic.rows import Rows, Sessions, rows
from funnel_utils.synthetic.spec import Pardis
from funnel_utils.synthetic.steps import Attempts

# What a further event is, and how often.
FILL: tuple[tuple[str, float], ...] = (
    ("view_product", 0.46),
    ("search", 0.22),
    ("read_guide", 0.10),
    ("watch_video", 0.05),
    ("compare", 0.09),
    ("support_chat", 0.03),
    ("add_to_cart", 0.05),
)
_LONGEST_THOUGHT = 0.4 * HOUR  # below half an hour, so that a pause never looks like a new session


def browse(shop: Pardis, attempts: Attempts, sessions: Sessions, block: int) -> Rows:
    """Further rows of every session that is not a bounce."""
    rng = generator(shop.seed, "browsing", block)
    count = np.floor(shop.browsing.fill.draw_fast(rng, len(sessions))).astype(np.int64)
    alone = (attempts.level == 1) & ~attempts.bounce
    count = np.where(alone[sessions.attempt], np.maximum(count, 1), count)
    count[attempts.bounce[sessions.attempt]] = 0
    session = np.repeat(np.arange(len(sessions)), count)
    think = np.clip(shop.browsing.think.draw_fast(rng, len(session)), 1.0, _LONGEST_THOUGHT)
    time = sessions.start[session] + running_sum(think, np.cumsum(count) - count, count)
    kind = np.array([v.CODE[name] for name, _ in FILL])[choose(rng, tuple(w for _, w in FILL), len(session))]
    fits = time < sessions.until[session]
    session, time, kind = session[fits], time[fits], kind[fits]
    return rows(session, _in_order(attempts, sessions.attempt[session], time, kind), time)


def _in_order(attempts: Attempts, attempt: Ints, time: Floats, kind: Ints) -> Ints:
    """Event codes with what would come before its prerequisite turned into something that may."""
    viewed = time > attempts.times[attempt, 1]  # False where there is no view: NaN
    carted = time > attempts.times[attempt, 2]
    lost = attempts.lost[attempt]
    kind = np.where((kind == v.CODE["add_to_cart"]) & (~carted | lost), v.CODE["view_product"], kind)
    kind = np.where((kind == v.CODE["view_product"]) & (~viewed | lost), v.CODE["search"], kind)
    return np.where((kind == v.CODE["compare"]) & ~viewed, v.CODE["read_guide"], kind)


def content_rows(shop: Pardis, attempts: Attempts, block: int) -> list[Rows]:
    """Impressions of content, and the calls to action that were followed."""
    rng = generator(shop.seed, "content", block)
    shown = np.flatnonzero(attempts.piece >= 0)
    session, piece = attempts.session_of[shown, 0], attempts.piece[shown]
    time = attempts.times[shown, 0] + rng.uniform(1.0, 12.0, len(shown))
    acted = np.flatnonzero(attempts.engaged[shown])
    later = time[acted] + rng.uniform(2.0, 15.0, len(acted))
    return [
        rows(session, v.CODE["content_shown"], time, content=piece),
        rows(session[acted], v.CODE["content_engaged"], later, content=piece[acted]),
    ]


def subscriptions(shop: Pardis, attempts: Attempts, block: int) -> Rows:
    """The newsletter: a person subscribes once, in the first attempt that draws it."""
    rng = generator(shop.seed, "subscribe", block)
    size = len(attempts)
    wants = ~attempts.bounce & (rng.random(size) < shop.browsing.subscribe)
    wait = rng.uniform(15.0, 120.0, size)
    here = np.flatnonzero(wants)
    _, first = np.unique(attempts.person[here], return_index=True)
    here = here[first]
    return rows(attempts.session_of[here, 0], v.CODE["subscribe"], attempts.times[here, 0] + wait[here])
