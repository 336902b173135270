"""A `Funnel` as the numbers that the compiled walk reads."""

from __future__ import annotations

from typing import Literal

import numpy as np

from funnel_utils.durations import microseconds
from funnel_utils.funnel.kernel import EITHER, INCREASE, LOG, NEVER, Array, Rules
from funnel_utils.funnel.spec import Exclusion, Funnel

_TIES = {"either": EITHER, "log": LOG, "increase": INCREASE}


def rules_of(funnel: Funnel) -> Rules:
    """The options of `funnel`, counted in required steps and microseconds."""
    required = [funnel.steps[k - 1] for k in funnel.required]
    steps = len(required)
    low, high = np.zeros(steps, np.int64), np.full(steps, NEVER, np.int64)
    for step, (shortest, longest) in funnel.gaps.items():
        place = funnel.required.index(step)
        low[place] = 0 if shortest is None else microseconds(shortest)
        high[place] = NEVER if longest is None else microseconds(longest)
    strict = funnel.order == "strict"
    after, before, _ = scopes(funnel, "attempt")
    return Rules(
        steps=steps,
        window=NEVER if funnel.window is None else microseconds(funnel.window),
        gap_low=low,
        gap_high=high,
        directly=np.array([strict or step.directly for step in required], np.bool_),
        anchored=funnel.entry != "best",
        reuse=funnel.reuse,
        strict=strict,
        repeat_ends=funnel.repeat == "end",
        reentry=funnel.reentry,
        ties=_TIES[funnel.ties],
        grace=0 if funnel.grace is None else microseconds(funnel.grace),
        excluded_after=after,
        excluded_before=before,
        has_gaps=bool(funnel.gaps),
    )


def tail(rules: Rules, skipped: int) -> Rules:
    """The rules of the same funnel entered `skipped` steps later."""
    return rules._replace(
        steps=rules.steps - skipped,
        gap_low=rules.gap_low[skipped:],
        gap_high=rules.gap_high[skipped:],
        directly=rules.directly[skipped:],
    )


def ordered_exclusions(funnel: Funnel) -> tuple[Exclusion, ...]:
    """The exclusions in the order of their bits in the stream: those that end an attempt come first."""
    return tuple(sorted(funnel.exclude, key=lambda exclusion: exclusion.scope))


def scopes(funnel: Funnel, scope: Literal["user", "attempt"]) -> tuple[Array, Array, int]:
    """The exclusions of one scope: after and before (in required steps), and the number of their first bit."""
    exclusions = ordered_exclusions(funnel)
    chosen = [e for e in exclusions if e.scope == scope]
    count = len(funnel.steps)
    after = np.array([funnel.required.index(e.after) + 1 for e in chosen], np.int64)
    before = np.array([funnel.required.index(e.before or count) + 1 for e in chosen], np.int64)
    first_bit = exclusions.index(chosen[0]) if chosen else 0
    return after, before, first_bit


def pins(funnel: Funnel) -> Array:
    """For each position of an unordered funnel the step (from 0) pinned to it, or -1."""
    return np.array([funnel.fixed.get(p, 0) - 1 for p in range(1, len(funnel.steps) + 1)], np.int64)
