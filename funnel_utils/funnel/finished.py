"""What is settled once an attempt has been walked: exclusions that take its unit out, and optional steps.

Neither changes how far an attempt came, so both look at its matched rows afterwards.
"""

from __future__ import annotations

import numpy as np

from funnel_utils.funnel.kernel import INCREASE, LOG, Array, Events, Rules, compiled


@compiled
def excluded_units(
    ev: Events,
    rules: Rules,
    unit: Array,
    rows: Array,
    level: Array,
    exclude: Array,
    after: Array,
    before: Array,
) -> Array:
    """Which attempts (by `unit`, `rows`, `level`) hold an event of a scope-"user" exclusion.

    `exclude[j]` has bit e where event j is of exclusion e, which lies strictly between steps `after[e]` and
    `before[e]`, or up to the end of the window where that step was not reached.
    """
    out = np.zeros(len(unit), np.bool_)
    for i in range(len(unit)):
        for e in range(len(after)):
            if level[i] < after[e]:
                continue
            opened = rows[i, after[e] - 1]
            reached = level[i] >= before[e]
            closing = rows[i, before[e] - 1] if reached else -1
            for j in range(ev.first[unit[i]], ev.first[unit[i] + 1]):
                if not (exclude[j] >> e) & 1:
                    continue
                if rules.ties == LOG:
                    is_after, is_before = j > opened, j < closing
                else:
                    is_after, is_before = ev.time[j] > ev.time[opened], ev.time[j] < ev.time[closing]
                if not reached:
                    is_before = ev.time[j] - ev.time[rows[i, 0]] <= rules.window
                if is_after and is_before:
                    out[i] = True
    return out


@compiled
def optional_rows(
    ev: Events, rules: Rules, unit: Array, rows: Array, level: Array, bit: int, after: int, optional: Array
) -> Array:
    """The row that did an optional step (bit `bit` of `optional`), earliest after required step `after`; -1 where none.

    It must lie between the required steps around it, or within the window where the next one was not reached.
    """
    out = np.full(len(unit), -1, np.int64)
    for i in range(len(unit)):
        if level[i] < after:
            continue
        opened = rows[i, after - 1]
        closing = rows[i, after] if level[i] > after else -1
        for j in range(ev.first[unit[i]], ev.first[unit[i] + 1]):
            if not (optional[j] >> bit) & 1 or ev.hold[j] != ev.hold[rows[i, 0]] or ev.hold[j] < 0:
                continue
            if not rules.reuse:
                taken = False
                for k in range(level[i]):
                    taken = taken or rows[i, k] == j
                if taken:
                    continue
            if rules.ties == LOG:
                fits = j > opened and (closing < 0 or j < closing)
            elif rules.ties == INCREASE:
                fits = ev.time[j] > ev.time[opened] and (closing < 0 or ev.time[j] < ev.time[closing])
            else:
                fits = ev.time[j] >= ev.time[opened] and (closing < 0 or ev.time[j] <= ev.time[closing])
            if fits and ev.time[j] - ev.time[rows[i, 0]] <= rules.window:
                out[i] = j
                break
    return out
