"""One person's days under a programme: compiled, because people live one event at a time.

Chance is looked up, not drawn from a running stream: the k-th number of a person is a hash of (seed, person, k), the
finaliser of SplitMix64. So the visits and purchases of a day hang on the same numbers whether or not messages came
before: the same person can be watched twice, with messages and without, and what differs is what they caused.

References
----------
Steele, G. L., Lea, D. and Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA, 453-472.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]
Function = TypeVar("Function", bound=Callable[..., Any])
DAY = 86_400
NEVER = 1 << 50
#: What happened. `NO_CONSENT` and `CAPPED` are messages that fell due and did not go out.
VISIT, CART, PURCHASE, REFILL, SENT, DELIVERED, OPENED, CLICKED, UNSUBSCRIBED, NO_CONSENT, CAPPED = range(11)
#: Codes of triggers and of conditions, in the order of `spec.TRIGGERS` and `spec.WHEN`.
WELCOME, LEFT_CART, WIN_BACK, REPLENISH, PRICE_DROP, NEWSLETTER = range(6)
ALWAYS, IF_OPENED, IF_NOT_OPENED, IF_CLICKED, IF_NOT_CLICKED = range(5)
#: A channel to be chosen: what she opens most, or any that she agreed to.
BEST, ANY = -1, -2
WAYS = 4
"""How many channels there are."""
#: Messages whose effects and times are remembered; older ones have faded.
RING = 16
#: Where the numbers of messages begin among a person's numbers, and how many each may use.
MESSAGES, USES = 1 << 30, 8
ARRIVES, MOST = 0.97, 0.9
"""Share of messages that are delivered, and the highest chance a day to buy."""
LATE = 600
"""Least seconds from signing up to what she does on that day, which may thus come after its midnight."""

# Few wide arrays instead of many: Numba pays for each one that it hands to a function.
#: Columns of `Rules.flows` and, on the last axis, of `Rules.steps`.
TRIGGER, AFTER, LENGTH, ENDS = range(4)
CHANNEL, WAIT, WHEN = range(3)
#: Columns of `Life.flow`.
DUE, STEP, LAST, OPEN_AT, CLICK_AT, BEGAN = range(6)
#: Places in `Life.whole`. The first are given for each person (from AGREED on: since when, by channel); from UNTIL on
#: by channel, from RECENT and EFFECT_AT on by message.
JOINED, LASTS, LAST_BUY, LAST_REFILL, AGREED = range(5)
SENDS, EFFECTS, LAST_VISIT, LOADED, SILENCE, REFILL_DONE, NEXT, FIRST, UNTIL = range(AGREED + WAYS, AGREED + WAYS + 9)
RECENT = UNTIL + WAYS
EFFECT_AT = RECENT + RING
#: Places in `Life.real`. The first are given for each person (from LIKES on by channel); from SEEN and OPENINGS on by
#: channel, from EFFECT on by message.
BUYS, VISITS, LEAVES, IF_OPEN, IF_REACHED, LEAVING, LIKES = range(7)
LOAD, TOP, SEEN = range(LIKES + WAYS, LIKES + WAYS + 3)
OPENINGS = SEEN + WAYS
EFFECT = OPENINGS + WAYS


class Rules(NamedTuple):
    """A programme in numbers: flows, their steps, the days on which they begin, and the restraints in seconds.

    `welcome` and `cart` are the places of those flows, or -1.
    """

    flows: Array
    steps: Array
    by_day: Array
    most: int
    within: int
    quiet: int
    morning: int
    welcome: int
    cart: int


class Habits(NamedTuple):
    """What is true of everybody; times in seconds."""

    clicks: float
    fatigue: float
    irritation: float
    fades: float
    rests: float
    refills: float


class Life(NamedTuple):
    """Who somebody is and where she stands."""

    flow: Array
    whole: Array
    real: Array


def nobody(flows: int) -> Life:
    """Room for one person's life under so many flows."""
    return Life(np.empty((flows, 6), np.int64), np.empty(EFFECT_AT + RING, np.int64), np.empty(EFFECT + RING))


# Only what Python calls is cached, and has a way in from there: the helpers are compiled into it.
_INSIDE: Any = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
helper: Callable[[Function], Function] = njit(**_INSIDE)


@helper
def mix(z: Any) -> Any:  # pragma: no cover - compiled
    """Scatter the bits of a number."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@helper
def chance(key: Any, k: int) -> Any:  # pragma: no cover - compiled
    """A person's k-th number, at least 0 and below 1."""
    z = mix(key + np.uint64(k) * np.uint64(0x9E3779B97F4A7C15))
    return (z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


# With its types written down: Numba would compile it anew for each constant that it is called with.
@njit("void(i8[:, ::1], i8, i8, i8, i8, i8, i8)", cache=True, nogil=True)
def emit(
    out: Array, who: int, at: int, code: int, channel: int, flow: int, step: int
) -> None:  # pragma: no cover - compiled
    """Write an event; `out[0, 0]` counts them, also those for which there is no room."""
    out[0, 0] += 1
    row = out[0, 0]
    if row < len(out):
        out[row, 0], out[row, 1], out[row, 2] = who, at, code
        out[row, 3], out[row, 4], out[row, 5] = channel, flow, step


@helper
def mood(whole: Array, real: Array, habits: Habits, at: int) -> Any:  # pragma: no cover - compiled
    """By what factor messages change the pace of buying at a moment."""
    if whole[EFFECTS] == 0:
        return 1.0
    factor = 1.0 - habits.irritation * real[LOAD] * np.exp2((whole[LOADED] - at) / habits.rests)
    for k in range(min(whole[EFFECTS], RING)):
        age = at - whole[EFFECT_AT + k]
        if 0 <= age < 12 * habits.fades and real[EFFECT + k] != 0.0:
            factor += real[EFFECT + k] * np.exp2(-age / habits.fades)
    return max(factor, 0.0)


@njit("void(i8[:, ::1], i8[::1], i8, i8, i8, i8)", cache=True, nogil=True)
def begin(flow: Array, whole: Array, f: int, since: int, at: int, wait: int) -> None:  # pragma: no cover - compiled
    """Start a flow, unless it is under way; a purchase after `since` may end it."""
    if flow[f, DUE] == NEVER:
        flow[f, DUE], flow[f, STEP], flow[f, LAST] = at + wait, 0, at
        flow[f, OPEN_AT], flow[f, CLICK_AT], flow[f, BEGAN] = NEVER, NEVER, since
        whole[FIRST] = min(whole[FIRST], at + wait)


@helper
def fits(when: int, opened: int, clicked: int, at: int) -> bool:  # pragma: no cover - compiled
    """Whether a step's condition on the message before holds at a moment."""
    if when == IF_OPENED:
        return opened <= at
    if when == IF_NOT_OPENED:
        return opened > at
    if when == IF_CLICKED:
        return clicked <= at
    return when == ALWAYS or clicked > at


@helper
def awake(at: int, quiet: int, morning: int) -> int:  # pragma: no cover - compiled
    """The moment itself, or the end of the quiet hours that it lies in."""
    clock = at % DAY
    if quiet < morning and quiet <= clock < morning:
        return at - clock + morning
    if quiet > morning and (clock >= quiet or clock < morning):
        return at - clock + morning + (DAY if clock >= quiet else 0)
    return at


@helper
def route(channel: int, at: int, whole: Array, real: Array, u: float) -> int:  # pragma: no cover - compiled
    """The channel to use, or -1 without consent.

    For `BEST`, shares of openings are shrunk towards a third by three messages' worth: one opening is no habit yet.
    """
    best, most, met = -1, -1.0, 0
    for c in range(WAYS):
        if whole[AGREED + c] <= at < whole[UNTIL + c]:
            if c == channel:
                return c
            met += 1
            worth = (1.0 + real[OPENINGS + c]) / (3.0 + real[SEEN + c])
            if worth > most:
                best, most = c, worth
    if channel >= 0:
        return -1
    if channel == BEST:
        return best
    left = int(u * met)
    for c in range(WAYS):
        if whole[AGREED + c] <= at < whole[UNTIL + c]:
            if left == 0:
                return c
            left -= 1
    return -1


@helper
def full(whole: Array, at: int, most: int, within: int) -> bool:  # pragma: no cover - compiled
    """Whether the cap leaves no room for another message."""
    if most < 0:
        return False
    count = 0
    for k in range(min(whole[SENDS], RING)):
        if whole[RECENT + k] > at - within:
            count += 1
    return count >= most


@helper
def send(
    out: Array, who: int, key: Any, at: int, channel: int, f: int, life: Life, habits: Habits
) -> None:  # pragma: no cover - compiled
    """Send a message: whether it arrives, is opened and clicked, what it does to her, whether she has had enough."""
    flow, whole, real = life.flow, life.whole, life.real
    step, base = flow[f, STEP], MESSAGES + whole[SENDS] * USES
    emit(out, who, at, SENT, channel, f, step)
    whole[RECENT + whole[SENDS] % RING] = at
    whole[SENDS] += 1
    real[SEEN + channel] += 1
    flow[f, LAST], flow[f, OPEN_AT], flow[f, CLICK_AT] = at, NEVER, NEVER
    if chance(key, base) >= ARRIVES:
        return
    there = at + 5 + int(chance(key, base + 1) * 55)
    emit(out, who, there, DELIVERED, channel, f, step)
    real[LOAD] *= np.exp2((whole[LOADED] - at) / habits.rests)
    tired = habits.fatigue * real[LOAD]
    real[LOAD], whole[LOADED] = real[LOAD] + 1.0, at
    look = there + 60 + int(-np.log(1.0 - chance(key, base + 2)) * 2.5 * 3600)
    effect, felt = real[IF_REACHED], there
    if chance(key, base + 3) < real[LIKES + channel] * np.exp(-tired):
        emit(out, who, look, OPENED, channel, f, step)
        flow[f, OPEN_AT], felt = look, look
        real[OPENINGS + channel] += 1
        effect += real[IF_OPEN] * np.exp(-tired)
        if chance(key, base + 4) < habits.clicks:
            click = look + 5 + int(chance(key, base + 5) * 120)
            emit(out, who, click, CLICKED, channel, f, step)
            emit(out, who, click + 3, VISIT, channel, f, step)
            flow[f, CLICK_AT] = click
            whole[LAST_VISIT] = max(whole[LAST_VISIT], click)
    # Two messages may be on their way at once: she leaves a channel only once.
    if chance(key, base + 6) < real[LEAVING] * (1.0 + tired) and whole[UNTIL + channel] == NEVER:
        emit(out, who, look + 30, UNSUBSCRIBED, channel, f, step)
        whole[UNTIL + channel] = look + 30
    slot = whole[EFFECTS] % RING
    whole[EFFECT_AT + slot], real[EFFECT + slot] = felt, effect
    whole[EFFECTS] += 1
    # More than this cannot become of her mood until the next message: what is remembered only fades.
    real[TOP] = 1.0
    for k in range(min(whole[EFFECTS], RING)):
        if real[EFFECT + k] > 0.0:
            real[TOP] += real[EFFECT + k] * np.exp2(min(whole[EFFECT_AT + k] - at, 0) / habits.fades)


@helper
def work_off(
    before: int, out: Array, who: int, key: Any, life: Life, habits: Habits, rules: Rules
) -> None:  # pragma: no cover - compiled
    """Deal with everything that falls due before a moment, in order."""
    flow, whole = life.flow, life.whole
    while True:
        f = len(flow) - 1
        for other in range(len(flow) - 2, -1, -1):
            if flow[other, DUE] <= flow[f, DUE]:
                f = other
        at, step = flow[f, DUE], flow[f, STEP]
        if at >= before:
            whole[FIRST] = at
            return
        if rules.flows[f, ENDS] and flow[f, BEGAN] < whole[LAST_BUY]:
            flow[f, DUE] = NEVER
            continue
        later = awake(at, rules.quiet, rules.morning)
        if later > at:
            flow[f, DUE] = later
            continue
        if fits(rules.steps[f, step, WHEN], flow[f, OPEN_AT], flow[f, CLICK_AT], at):
            u = chance(key, MESSAGES + whole[SENDS] * USES + 7)
            channel = route(rules.steps[f, step, CHANNEL], at, whole, life.real, u)
            if channel < 0 or full(whole, at, rules.most, rules.within):
                emit(out, who, at, NO_CONSENT if channel < 0 else CAPPED, channel, f, step)
                flow[f, LAST], flow[f, OPEN_AT], flow[f, CLICK_AT] = at, NEVER, NEVER
            else:
                send(out, who, key, at, channel, f, life, habits)
        flow[f, STEP] = step + 1
        ended = step + 1 >= rules.flows[f, LENGTH]
        flow[f, DUE] = NEVER if ended else max(at, flow[f, LAST] + rules.steps[f, step + 1, WAIT])


@helper
def trigger(
    day: int, past: int, key: Any, flow: Array, whole: Array, rules: Rules
) -> None:  # pragma: no cover - compiled
    """Start the flows that begin of themselves on a day, and note when to look again."""
    dawn, k, ahead = day * DAY, (day + past) * USES, NEVER
    for f in range(len(flow)):
        kind, after, wait = rules.flows[f, TRIGGER], rules.flows[f, AFTER], rules.steps[f, 0, WAIT]
        if rules.by_day[f, day + past] and (kind == NEWSLETTER or whole[LAST_VISIT] >= dawn - 14 * DAY):
            morning = dawn + 9 * 3600 + int(chance(key, k + 6) * 10_800)
            begin(flow, whole, f, dawn, max(morning, whole[JOINED]), wait)
        if kind == WIN_BACK:
            quiet = whole[LAST_BUY] if whole[LAST_BUY] > -NEVER else whole[JOINED]
            if quiet == whole[SILENCE]:
                continue
            if day < 0 or quiet + after >= dawn + DAY:
                ahead = min(ahead, quiet + after)
            else:
                whole[SILENCE] = quiet
                begin(
                    flow, whole, f, dawn, max(dawn + 10 * 3600 + int(chance(key, k + 5) * 28_800), quiet + after), wait
                )
        if kind == REPLENISH and whole[LASTS] > 0 and whole[LAST_REFILL] != whole[REFILL_DONE]:
            last = whole[LAST_REFILL]
            if day < 0 or last + after >= dawn + DAY:
                ahead = min(ahead, last + after)
            else:
                whole[REFILL_DONE] = last
                begin(flow, whole, f, dawn, max(dawn + 11 * 3600, last + after), wait)
    whole[NEXT] = max(ahead, 0)


@helper
def shop(
    at: int, bought: bool, carried: bool, refilled: bool, out: Array, who: int, whole: Array
) -> None:  # pragma: no cover
    """Write what she did of her own accord on a day."""
    whole[LAST_VISIT] = at
    emit(out, who, at - 300, VISIT, -1, -1, -1)
    if bought:
        emit(out, who, at, PURCHASE, -1, -1, -1)
        whole[LAST_BUY] = at
    if carried:
        emit(out, who, at, CART, -1, -1, -1)
    if refilled:
        emit(out, who, at + 60, REFILL, -1, -1, -1)
        whole[LAST_BUY], whole[LAST_REFILL] = at + 60, at + 60
    if bought or refilled:
        # A purchase moves what begins after a silence or a refill.
        whole[NEXT] = -NEVER


@helper
def reset(life: Life, people: Array, paces: Array, who: int) -> None:  # pragma: no cover - compiled
    """A new person: no flow is under way, no message was ever sent."""
    flow, whole, real = life.flow, life.whole, life.real
    for f in range(len(flow)):
        flow[f, DUE], flow[f, BEGAN] = NEVER, -NEVER
    for k in range(RECENT):
        whole[k] = people[who, k] if k < SENDS else (NEVER if k >= UNTIL else 0)
    for k in range(EFFECT):
        real[k] = paces[who, k] if k < LOAD else (1.0 if k == TOP else 0.0)
    whole[LAST_VISIT] = whole[SILENCE] = whole[REFILL_DONE] = -NEVER - 1
    whole[NEXT], whole[FIRST] = -NEVER, NEVER


@njit(cache=True, nogil=True, error_model="numpy")
def live(
    seed: int,
    past: int,
    days: int,
    treated: bool,
    people: Array,
    paces: Array,
    hours: Array,
    busy: Array,
    life: Life,
    habits: Habits,
    rules: Rules,
    out: Array,
) -> None:  # pragma: no cover - compiled
    """Live the days of all people and write what happens into `out`, from its second row on.

    Before day 0 newsletters go to everybody; from then on only `treated` people get anything. `busy` says on which days
    some flow begins by the calendar; `life` is room for one life.
    """
    flow, whole, real = life.flow, life.whole, life.real
    welcome, cart = rules.welcome, rules.cart
    start = mix(np.uint64(seed) * np.uint64(0xD1342543DE82EF95) + np.uint64(1))
    for who in range(len(people)):
        key = mix(start + np.uint64(who) * np.uint64(0xA0761D6478BD642F))
        reset(life, people, paces, who)
        if treated and welcome >= 0 and whole[JOINED] >= 0:
            begin(flow, whole, welcome, whole[JOINED], whole[JOINED], rules.steps[welcome, 0, WAIT])
        for day in range(max(-past, whole[JOINED] // DAY), days):
            k, reach, dusk = (day + past) * USES, day < 0 or treated, (day + 1) * DAY
            if reach and (busy[day + past] or whole[NEXT] < dusk):
                trigger(day, past, key, flow, whole, rules)
            # On most days nothing falls due and she does nothing, whatever her mood and the hour: no need to know them.
            u, due = chance(key, k + 1), reach and whole[FIRST] < dusk + LATE
            spent = whole[LASTS] > 0 and dusk + LATE - whole[LAST_REFILL] >= whole[LASTS]
            if not due and not spent and u >= real[BUYS] * real[TOP] + real[VISITS]:
                continue
            hour = hours[int(chance(key, k) * len(hours))]
            at = max(day * DAY + int((hour + chance(key, k + 4)) * 3600), whole[JOINED] + LATE)
            if due and whole[FIRST] < at:
                work_off(at, out, who, key, life, habits, rules)
            v = 1.0
            if spent and at - whole[LAST_REFILL] >= whole[LASTS]:
                v = chance(key, k + 3)
            if u < real[BUYS] * real[TOP] + real[VISITS] or v < habits.refills * real[TOP]:
                factor = mood(whole, real, habits, at)
                bought, refilled = u < min(real[BUYS] * factor, MOST), v < min(habits.refills * factor, MOST)
                visits = not bought and u < min(real[BUYS] * factor, MOST) + real[VISITS]
                left = visits and chance(key, k + 2) < real[LEAVES]
                if bought or visits or refilled:
                    shop(at, bought, left, refilled, out, who, whole)
                if left and reach and day >= 0 and cart >= 0:
                    begin(flow, whole, cart, at, at, rules.steps[cart, 0, WAIT])
            if reach and whole[FIRST] < dusk:
                work_off(dusk, out, who, key, life, habits, rules)
