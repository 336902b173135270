"""The fold of a plain funnel: ordered, best attempt, a window or none, and nothing else.

Most questions are plain, and for them the open attempts of `kernel` shrink to one per level: the latest start that has
reached it. This walk keeps just those, and is an order of magnitude faster on a long log. It is a shortcut, not another
meaning: tests hold it to `kernel.fold_best` row by row.
"""

from __future__ import annotations

import numpy as np

from funnel_utils.funnel.kernel import EITHER, NEVER, Array, Events, Rules, compiled, helper


def is_plain(rules: Rules, has_hold: bool, mask: Array) -> bool:
    """Whether the shortcut applies: no further option, and no event that must choose between two steps."""
    options = (
        rules.anchored or rules.strict or rules.repeat_ends or rules.has_gaps or rules.grace > 0 or rules.ties != EITHER
    )
    if options or has_hold or rules.directly.any() or len(rules.excluded_after):
        return False
    return not (mask & (mask - 1)).any()


@compiled
def fold_plain(ev: Events, rules: Rules) -> tuple[Array, Array, Array, Array, Array]:
    """What `kernel.fold_best` returns, for a funnel of which `is_plain` is true."""
    units = len(ev.first) - 1
    steps, window = rules.steps, rules.window
    time, mask = ev.time, ev.mask
    out_unit = np.empty(units, np.int64)
    out_rows = np.full((units, steps), -1, np.int64)
    out_level = np.empty(units, np.int64)
    out_first = np.empty(units, np.int64)
    found = 0
    latest = np.empty(steps, np.int64)  # for each step, the start of the attempt that has reached it
    chain = np.empty((steps, steps), np.int64)  # and the rows of that attempt
    order = np.empty(max(1, _longest_group(ev)), np.int64)
    for u in range(units):
        latest[:] = -NEVER
        best, first_entry = 0, -1
        low, end = ev.first[u], ev.first[u + 1]
        while low < end and best < steps:
            high = low + 1
            while high < end and time[high] == time[low]:
                high += 1
            order[0] = low
            if high > low + 1:
                _in_step_order(mask, low, high, order)
            for place in range(high - low):
                j = order[place]
                if mask[j] == 0:
                    continue
                step = 0
                while mask[j] >> (step + 1):
                    step += 1
                if step == 0:
                    if time[j] > latest[0]:
                        latest[0], chain[0, 0] = time[j], j
                    if best == 0:
                        best, first_entry, out_rows[found, 0] = 1, j, j
                    continue
                start = latest[step - 1]
                if start == -NEVER or time[j] - start > window or latest[step] >= start:
                    continue
                latest[step] = start
                for k in range(step):
                    chain[step, k] = chain[step - 1, k]
                chain[step, step] = j
                if step >= best:
                    best = step + 1
                    for k in range(best):
                        out_rows[found, k] = chain[step, k]
            low = high
        if best > 0:
            out_unit[found], out_level[found], out_first[found] = u, best, first_entry
            found += 1
    why = np.zeros(found, np.int64)
    return out_unit[:found], out_rows[:found], out_level[:found], why, out_first[:found]


@helper
def _longest_group(ev: Events) -> int:
    """The largest number of neighbouring events with one time (an upper bound of the largest group of a unit)."""
    longest, length = 0, 0
    for j in range(len(ev.time)):
        length = length + 1 if j > 0 and ev.time[j] == ev.time[j - 1] else 1
        longest = max(longest, length)
    return longest


@helper
def _in_step_order(mask: Array, low: int, high: int, order: Array) -> None:
    """The rows of a group by step: events of one time come in the order that serves the unit."""
    for place in range(high - low):
        j = low + place
        while place > 0 and mask[order[place - 1]] > mask[j]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = j
