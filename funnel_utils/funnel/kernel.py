"""The fold: one walk over a unit's events in time order that keeps the attempts still open.

This file is the meaning of an ordered or strict `Funnel`; `unordered.py` is its sibling for any order. The events of a
unit are walked one **time group** at a time (all events with one timestamp; under `ties="log"` every event is its own
group). In each group

1. attempts whose window or longest gap has passed are dropped (`_drop_over`);
2. each open attempt advances as far as it can (`_advance`), and is ended by what lies between its steps (`_is_blocked`)
   or by an exclusion (`_is_excluded`);
3. step-1 events start new attempts, which advance within the same group.

Two attempts at the same level with equal prospects are one: the later start is kept (`_prune`), so a plain funnel never
has more open attempts than steps.

Arrays describe whole units only, sorted by (unit, time, log order). `mask` has bit r set where the event does required
step r (from 0). Everything here is compiled by Numba and cached on disk; rows are positions in the arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]

NEVER = np.iinfo(np.int64).max
EITHER, LOG, INCREASE = 0, 1, 2
RAN_OUT, BLOCKED, EXCLUDED = 0, 1, 2  # why an attempt stopped: time or events ran out, or a rule ended it


class Rules(NamedTuple):
    """A funnel's options as the numbers that the compiled walk reads; times in microseconds."""

    steps: int
    window: int
    gap_low: Array
    gap_high: Array
    directly: Array
    anchored: bool
    reuse: bool
    strict: bool
    repeat_ends: bool
    reentry: bool
    ties: int
    grace: int
    excluded_after: Array
    excluded_before: Array
    has_gaps: bool


class Events(NamedTuple):
    """Whole units' events as arrays of one length; `first[u]:first[u + 1]` are the rows of unit u."""

    first: Array
    time: Array
    mask: Array
    exclude: Array
    hold: Array


# Only what Python calls is cached: the helpers are compiled into it, and loading them one by one would cost a second.
helper = njit(nogil=True)
compiled = njit(cache=True, nogil=True)


@helper
def _move(
    rows: Array, levels: Array, ids: Array, a: int, to_rows: Array, to_levels: Array, to_ids: Array, b: int
) -> None:
    """Copy attempt `a` to place `b`; element by element, since array assignment takes seconds to compile."""
    for k in range(levels[a]):
        to_rows[b, k] = rows[a, k]
    to_levels[b] = levels[a]
    to_ids[b] = ids[a]


@helper
def _less_needed(one: int, other: int) -> bool:
    """Whether an event that could do the later steps `one` is of less use to them than one with `other`.

    The arguments have a bit for each later step, the next one lowest.
    """
    differ = one ^ other
    lowest = differ & -differ
    return (other & lowest) != 0


@helper
def _is_eligible(ev: Events, rules: Rules, rows: Array, level: int, j: int) -> bool:
    """Whether event `j` may be the next step of the attempt that has matched `rows[:level]`."""
    if not (ev.mask[j] >> level) & 1:
        return False
    start, last = rows[0], rows[level - 1]
    if ev.hold[j] != ev.hold[start] or ev.hold[j] < 0:
        return False
    time = ev.time[j]
    if time - ev.time[start] > rules.window:
        return False
    if rules.ties == INCREASE and time <= ev.time[last]:
        return False
    if rules.has_gaps:
        gap = time - ev.time[last]
        if gap < rules.gap_low[level] or gap > rules.gap_high[level]:
            return False
    if not rules.reuse:
        for k in range(level):
            if rows[k] == j:
                return False
    return True


@helper
def _advance(
    ev: Events,
    rules: Rules,
    rows: Array,
    level: int,
    unit_start: int,
    low: int,
    high: int,
    used: Array,
    fresh: bool,
) -> int:
    """Advance one attempt as far as the group `low:high` carries it; return its new level.

    `fresh` says that the attempt started in this group, so that with a grace it may also look back at once.
    """
    look_back = fresh
    while level < rules.steps:
        begin = low
        if look_back and rules.grace > 0:
            while begin > unit_start and ev.time[begin - 1] >= ev.time[low] - rules.grace:
                begin -= 1
        best = -1
        for j in range(begin, high):
            if used[j] or not _is_eligible(ev, rules, rows, level, j):
                continue
            if best < 0:
                best = j
            elif ev.time[j] > ev.time[best]:
                break
            elif _less_needed(ev.mask[j] >> (level + 1), ev.mask[best] >> (level + 1)):
                best = j
        if best < 0:
            break
        rows[level] = best
        level += 1
        look_back = True
    return level


@helper
def _is_blocked(ev: Events, rules: Rules, level: int, low: int, high: int) -> bool:
    """Whether an event of the group, none of which advanced the attempt, ends it by lying between two steps."""
    directly = rules.directly[level]
    if not directly and not rules.repeat_ends:
        return False
    done = (1 << level) - 1
    for j in range(low, high):
        repeats = (ev.mask[j] & done) != 0
        if rules.repeat_ends and repeats:
            return True
        if directly:
            early = (ev.mask[j] >> (level + 1)) != 0
            ignored = rules.strict and (repeats or (early and rules.reentry))
            if not ignored:
                return True
    return False


@helper
def _is_excluded(ev: Events, rules: Rules, rows: Array, level: int, low: int, high: int) -> bool:
    """Whether the group holds an excluded event strictly after the step that opens its interval."""
    for e in range(len(rules.excluded_after)):
        after = rules.excluded_after[e]
        if level < after or level >= rules.excluded_before[e]:
            continue
        opened = rows[after - 1]
        if opened >= low or (rules.ties != LOG and ev.time[opened] >= ev.time[low]):
            continue
        for j in range(low, high):
            if (ev.exclude[j] >> e) & 1:
                return True
    return False


@helper
def _ending(ev: Events, rules: Rules, rows: Array, level: int, moved: bool, low: int, high: int) -> int:
    """Which rule, if any, ends in this group an attempt that has (`moved`) or has not advanced in it."""
    if not moved and _is_blocked(ev, rules, level, low, high):
        return BLOCKED
    if _is_excluded(ev, rules, rows, level, low, high):
        return EXCLUDED
    return RAN_OUT


@helper
def _is_over(ev: Events, rules: Rules, rows: Array, level: int, time: int) -> bool:
    """Whether at `time` no later event can be the attempt's next step."""
    if time - ev.time[rows[0]] > rules.window:
        return True
    return rules.has_gaps and time - ev.time[rows[level - 1]] > rules.gap_high[level]


@helper
def _drop_over(ev: Events, rules: Rules, rows: Array, levels: Array, ids: Array, n: int, now: int) -> int:
    """Drop the attempts that are over at `now`; return how many stay."""
    kept = 0
    for a in range(n):
        if not _is_over(ev, rules, rows[a], levels[a], now):
            if kept != a:
                _move(rows, levels, ids, a, rows, levels, ids, kept)
            kept += 1
    return kept


@helper
def _group_end(ev: Events, rules: Rules, low: int, end: int) -> int:
    high = low + 1
    if rules.ties != LOG:
        while high < end and ev.time[high] == ev.time[low]:
            high += 1
    return high


@helper
def _prune(
    ev: Events, rules: Rules, rows: Array, levels: Array, ids: Array, n: int, time: int, best_id: int
) -> tuple[int, int]:
    """Drop attempts that a later start equals in all that can still matter; return how many stay and the best's id.

    Where the best attempt so far is dropped, the attempt that stands for it from here on takes over its id's place.
    """
    kept = 0
    for a in range(n):
        stands_for_it = -1
        for b in range(n - 1, a, -1):
            if levels[b] != levels[a] or ev.hold[rows[b, 0]] != ev.hold[rows[a, 0]]:
                continue
            last_a, last_b = ev.time[rows[a, levels[a] - 1]], ev.time[rows[b, levels[b] - 1]]
            if rules.has_gaps and last_a != last_b:
                continue
            if rules.grace > 0 and time - max(last_a, last_b) <= 2 * rules.grace:
                continue
            stands_for_it = b
            break
        if stands_for_it >= 0:
            if ids[a] == best_id:
                best_id = ids[stands_for_it]
            continue
        if kept != a:
            _move(rows, levels, ids, a, rows, levels, ids, kept)
        kept += 1
    return kept, best_id


@helper
def _is_repeated_start(ev: Events, low: int, j: int) -> bool:
    """Whether an earlier event of the group starts the very same attempt as event `j`."""
    for i in range(low, j):  # noqa: SIM110 (Numba compiles no generator)
        if ev.mask[i] == ev.mask[j] and ev.hold[i] == ev.hold[j]:
            return True
    return False


@helper
def _starts_later(ev: Events, rules: Rules, one: int, other: int) -> bool:
    return one > other if rules.ties == LOG else ev.time[one] > ev.time[other]


@compiled
def fold_best(ev: Events, rules: Rules) -> tuple[Array, Array, Array, Array, Array]:
    """Every step-1 event starts an attempt; each unit's deepest one, reached first, with the latest start.

    Returns
    -------
    unit, rows, level, why, first_entry
        One entry a unit that entered: its index, its matched rows (-1 where none; shape (n, steps)), its level, why it
        stopped, and the row of its first step-1 event.
    """
    units = len(ev.first) - 1
    steps = rules.steps
    out_unit = np.empty(units, np.int64)
    out_rows = np.full((units, steps), -1, np.int64)
    out_level = np.empty(units, np.int64)
    out_why = np.empty(units, np.int64)
    out_first = np.empty(units, np.int64)
    found = 0
    size = max(8, 2 * steps)
    rows = np.empty((size, steps), np.int64)
    levels = np.empty(size, np.int64)
    ids = np.empty(size, np.int64)
    unused = np.zeros(len(ev.time), np.bool_)
    for u in range(units):
        unit_start, end = ev.first[u], ev.first[u + 1]
        n = 0
        next_id = 0
        grew = False
        best_level, best_group, best_id, why = 0, -1, -1, RAN_OUT
        first_entry = -1
        low = unit_start
        while low < end:
            high = _group_end(ev, rules, low, end)
            now = ev.time[low]
            if n > 0:
                n = _drop_over(ev, rules, rows, levels, ids, n, now)
                if grew and n > 1:
                    n, best_id = _prune(ev, rules, rows, levels, ids, n, now, best_id)
                    grew = rules.grace > 0
            existing = n
            for j in range(low, high):
                if not (ev.mask[j] & 1) or _is_repeated_start(ev, low, j):
                    continue
                if first_entry < 0:
                    first_entry = j
                if n == size:
                    size *= 2
                    rows_was, levels_was, ids_was = rows, levels, ids
                    rows = np.empty((size, steps), np.int64)
                    levels = np.empty(size, np.int64)
                    ids = np.empty(size, np.int64)
                    for a in range(n):
                        _move(rows_was, levels_was, ids_was, a, rows, levels, ids, a)
                rows[n, 0] = j
                levels[n] = 1
                ids[n] = next_id
                next_id += 1
                n += 1
                grew = True
            kept = 0
            for a in range(n):
                fresh = a >= existing
                level = _advance(ev, rules, rows[a], levels[a], unit_start, low, high, unused, fresh)
                moved = fresh or level > levels[a]
                if moved:
                    grew = True
                levels[a] = level
                is_deeper = level > best_level
                if moved and not is_deeper and level == best_level and low == best_group:
                    is_deeper = _starts_later(ev, rules, rows[a, 0], out_rows[found, 0])
                if moved and is_deeper:
                    best_level, best_group, best_id, why = level, low, ids[a], RAN_OUT
                    for k in range(level):
                        out_rows[found, k] = rows[a, k]
                if level == steps:
                    continue
                ended = _ending(ev, rules, rows[a], level, moved, low, high)
                if ended != RAN_OUT:
                    if ids[a] == best_id:
                        why = ended
                    continue
                if kept != a:
                    _move(rows, levels, ids, a, rows, levels, ids, kept)
                kept += 1
            n = kept
            if best_level == steps:
                break
            low = high
        if best_level > 0:
            out_unit[found] = u
            out_level[found] = best_level
            out_why[found] = why
            out_first[found] = first_entry
            found += 1
    return out_unit[:found], out_rows[:found], out_level[:found], out_why[:found], out_first[:found]


@compiled
def fold_anchored(ev: Events, rules: Rules) -> tuple[Array, Array, Array, Array, Array]:
    """One attempt at a time: it starts at the first step-1 event, the next one once it has converted or is over.

    Returns what `fold_best` returns, with one entry an attempt. No event serves two attempts.
    """
    steps = rules.steps
    size = 0
    for j in range(len(ev.time)):
        size += ev.mask[j] & 1
    out_unit = np.empty(size, np.int64)
    out_rows = np.full((size, steps), -1, np.int64)
    out_level = np.empty(size, np.int64)
    out_why = np.empty(size, np.int64)
    out_first = np.empty(size, np.int64)
    used = np.zeros(len(ev.time), np.bool_)
    found = 0
    for u in range(len(ev.first) - 1):
        unit_start, end = ev.first[u], ev.first[u + 1]
        level = 0  # of the open attempt, whose rows are out_rows[found]; 0 where none is open
        first_entry = -1
        low = unit_start
        while low < end:
            high = _group_end(ev, rules, low, end)
            if level > 0 and _is_over(ev, rules, out_rows[found], level, ev.time[low]):
                for k in range(level):
                    used[out_rows[found, k]] = True
                out_level[found], out_why[found] = level, RAN_OUT
                found += 1
                level = 0
            while True:
                fresh = False
                if level == 0:
                    for j in range(low, high):
                        if (ev.mask[j] & 1) and not used[j]:
                            level, fresh = 1, True
                            if first_entry < 0:
                                first_entry = j
                            out_unit[found], out_first[found], out_rows[found, 0] = u, first_entry, j
                            break
                    if level == 0:
                        break
                before = level
                level = _advance(ev, rules, out_rows[found], level, unit_start, low, high, used, fresh)
                why = RAN_OUT
                if level < steps:
                    why = _ending(ev, rules, out_rows[found], level, fresh or level > before, low, high)
                    if why == RAN_OUT:
                        break
                for k in range(level):
                    used[out_rows[found, k]] = True
                out_level[found], out_why[found] = level, why
                found += 1
                level = 0
            low = high
        if level > 0:
            out_level[found], out_why[found] = level, RAN_OUT
            found += 1
    return out_unit[:found], out_rows[:found], out_level[:found], out_why[:found], out_first[:found]
