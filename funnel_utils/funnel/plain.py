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


@helper
def _take(
    ev: Events, window: int, step: int, j: int, latest: Array, chain: Array, best: int, out_rows: Array, found: int
) -> int:
    """Let event `j` do `step` (from 0) for the latest start that waits for it; return the deepest level so far."""
    if step == 0:
        if ev.time[j] > latest[0]:
            latest[0] = ev.time[j]
            chain[0, 0] = j
        if best == 0:
            out_rows[found, 0] = j
            return 1
        return best
    start = latest[step - 1]
    if start == -NEVER or ev.time[j] - start > window or latest[step] >= start:
        return best
    latest[step] = start
    for k in range(step):
        chain[step, k] = chain[step - 1, k]
    chain[step, step] = j
    if step < best:
        return best
    for k in range(step + 1):
        out_rows[found, k] = chain[step, k]
    return step + 1


@compiled
def fold_plain(ev: Events, rules: Rules) -> tuple[Array, Array, Array, Array, Array]:
    """What `kernel.fold_best` returns, for a funnel of which `is_plain` is true."""
    units = len(ev.first) - 1
    steps = rules.steps
    out_unit = np.empty(units, np.int64)
    out_rows = np.full((units, steps), -1, np.int64)
    out_level = np.empty(units, np.int64)
    out_first = np.empty(units, np.int64)
    found = 0
    latest = np.empty(steps, np.int64)
    chain = np.empty((steps, steps), np.int64)
    for u in range(units):
        for k in range(steps):
            latest[k] = -NEVER
        best, first_entry = 0, -1
        low, end = ev.first[u], ev.first[u + 1]
        while low < end and best < steps:
            high = low + 1
            while high < end and ev.time[high] == ev.time[low]:
                high += 1
            together = 0
            for j in range(low, high):
                together |= ev.mask[j]
                if first_entry < 0 and ev.mask[j] & 1:
                    first_entry = j
            # Within a group the steps come in order, so that the group serves the unit.
            step = 0
            while together != 0:
                if together & 1:
                    for j in range(low, high):
                        if (ev.mask[j] >> step) & 1:
                            best = _take(ev, rules.window, step, j, latest, chain, best, out_rows, found)
                together >>= 1
                step += 1
            low = high
        if best > 0:
            out_unit[found], out_level[found], out_first[found] = u, best, first_entry
            found += 1
    why = np.zeros(found, np.int64)
    return out_unit[:found], out_rows[:found], out_level[:found], why, out_first[:found]
