"""The fold for any order: how many distinct steps a unit does within the window, whichever comes first.

An attempt starts at an event that can take the first position and its window runs from there. Each later event is
assigned to a step not yet done; where an event could do several steps, earlier assignments are moved over if that makes
room (an augmenting path), so the level is the largest number of steps that distinct events can do. Pinned positions
(`Funnel.fixed`) are the first ones, the last ones or both, and are filled only by their own step.
"""

from __future__ import annotations

import numpy as np

from funnel_utils.funnel.kernel import Array, Events, compiled, helper


@helper
def _make_room(mask: int, done: Array, free: int, steps: int) -> int:
    """A free step that an event with `mask` can do after moving others over, as a chain in `done`; -1 where none.

    `done[s]` is the mask of the event assigned to step s, 0 where none. `free` has a bit for each step that may be
    assigned at all. On success `done` is updated.
    """
    came_from = np.full(steps, -2, np.int64)  # the step whose event would move here; -1: the new event itself
    queue = np.empty(steps, np.int64)
    head, tail = 0, 0
    for s in range(steps):
        if (mask >> s) & 1 and (free >> s) & 1:
            came_from[s] = -1
            queue[tail] = s
            tail += 1
    while head < tail:
        s = queue[head]
        head += 1
        if done[s] == 0:
            found: int = s
            while came_from[s] >= 0:
                done[s] = done[came_from[s]]
                s = came_from[s]
            done[s] = mask
            return found
        for other in range(steps):
            if (done[s] >> other) & 1 and (free >> other) & 1 and came_from[other] == -2:
                came_from[other] = s
                queue[tail] = other
                tail += 1
    return -1


@helper
def _move(
    rows: Array, done: Array, levels: Array, a: int, to_rows: Array, to_done: Array, to_levels: Array, b: int
) -> None:
    """Copy attempt `a` to place `b`."""
    for k in range(rows.shape[1]):
        to_rows[b, k] = rows[a, k]
        to_done[b, k] = done[a, k]
    to_levels[b] = levels[a]


@helper
def _try(mask: int, done: Array, position: int, pinned: Array, free: int) -> bool:
    """Give the event with `mask` the next `position` (from 0), if it can take it."""
    step = pinned[position]
    if step >= 0:
        if (mask >> step) & 1:
            done[step] = mask
            return True
        return False
    return _make_room(mask, done, free, len(pinned)) >= 0


@compiled
def fold_unordered(ev: Events, window: int, pinned: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Each unit's attempt with the most distinct steps, reached first, with the latest start.

    `pinned[p]` is the step (from 0) that position p must hold, or -1. Returns what `kernel.fold_best` returns; row k is
    the event at position k, and `first_entry` is the unit's first event that could start an attempt.
    """
    units = len(ev.first) - 1
    steps = len(pinned)
    free = 0
    for s in range(steps):
        free |= 1 << s
    for p in range(steps):
        if pinned[p] >= 0:
            free &= ~(1 << pinned[p])
    out_unit = np.empty(units, np.int64)
    out_rows = np.full((units, steps), -1, np.int64)
    out_level = np.empty(units, np.int64)
    out_why = np.zeros(units, np.int64)
    out_first = np.empty(units, np.int64)
    found = 0
    size = 4 * steps + 8
    rows = np.empty((size, steps), np.int64)
    done = np.zeros((size, steps), np.int64)
    levels = np.empty(size, np.int64)
    for u in range(units):
        n = 0
        best_level, best_time, best_start, first_entry = 0, 0, 0, -1
        low, end = ev.first[u], ev.first[u + 1]
        while low < end and best_level < steps:
            now = ev.time[low]
            high = low + 1
            while high < end and ev.time[high] == now:
                high += 1
            kept = 0
            for a in range(n):
                if now - ev.time[rows[a, 0]] <= window:
                    _move(rows, done, levels, a, rows, done, levels, kept)
                    kept += 1
            n = kept
            for j in range(low, high):
                if n == size:
                    size *= 2
                    rows_was, done_was, levels_was = rows, done, levels
                    rows = np.empty((size, steps), np.int64)
                    done = np.zeros((size, steps), np.int64)
                    levels = np.empty(size, np.int64)
                    for a in range(n):
                        _move(rows_was, done_was, levels_was, a, rows, done, levels, a)
                for s in range(steps):
                    done[n, s] = 0
                if _try(ev.mask[j], done[n], 0, pinned, free):
                    rows[n, 0], levels[n] = j, 1
                    n += 1
                    if first_entry < 0:
                        first_entry = j
            for a in range(n):
                level = levels[a]
                start = rows[a, 0]
                moved = start >= low
                changed = True
                while changed and level < steps:
                    changed = False
                    for j in range(low, high):
                        if ev.mask[j] == 0 or ev.hold[j] != ev.hold[start] or ev.hold[j] < 0:
                            continue
                        taken = False
                        for k in range(level):
                            taken = taken or rows[a, k] == j
                        if not taken and level < steps and _try(ev.mask[j], done[a], level, pinned, free):
                            rows[a, level] = j
                            level += 1
                            changed = moved = True
                levels[a] = level
                began = ev.time[start]
                if moved and (level > best_level or (level == best_level and now == best_time and began > best_start)):
                    best_level, best_time, best_start = level, now, began
                    for k in range(level):
                        out_rows[found, k] = rows[a, k]
            n = _drop_equalled(ev, rows, done, levels, n)
            low = high
        if best_level > 0:
            out_unit[found], out_level[found], out_first[found] = u, best_level, first_entry
            found += 1
    return out_unit[:found], out_rows[:found], out_level[:found], out_why[:found], out_first[:found]


@helper
def _drop_equalled(ev: Events, rows: Array, done: Array, levels: Array, n: int) -> int:
    """Drop attempts that a later start equals in level: it has seen a part of the same events, and lives longer.

    Of starts at one time the first in the log stays.
    """
    kept = 0
    for a in range(n):
        equalled = False
        start = rows[a, 0]
        for b in range(n):
            other = rows[b, 0]
            lives_longer = ev.time[other] > ev.time[start] or (ev.time[other] == ev.time[start] and other < start)
            equalled = equalled or (lives_longer and levels[b] == levels[a] and ev.hold[other] == ev.hold[start])
        if not equalled:
            if kept != a:
                _move(rows, done, levels, a, rows, done, levels, kept)
            kept += 1
    return kept
