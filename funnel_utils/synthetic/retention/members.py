"""Draw the members of a subscription: who joined when, how many months each has paid, and who has left."""

from __future__ import annotations

import numpy as np
import pandas as pd

from funnel_utils.synthetic.draws import Bools, Floats, generator
from funnel_utils.synthetic.retention.spec import Members

USER = "s{:05d}"


def draw_members(plus: Members | None = None) -> pd.DataFrame:
    """A row per member.

    Returns
    -------
    DataFrame
        `user`, `start` (the first month, `"2024-04"`), `welcome` (`call` or `none`, by lot), `months` (paid so far, the
        first included), `ended` (1 if she left at the end of the last of them, 0 if she is still there).

    Examples
    --------
    >>> members = draw_members(Members(each=3, months=2))
    >>> len(members), members["months"].max() <= 2
    (6, np.True_)
    """
    plus = plus or Members()
    called, leave = chances(plus)
    rng = generator(plus.seed, "members stay", 0)
    size = len(leave)
    start = np.arange(size) // plus.each
    seen = plus.months - start
    # The month at whose end she leaves, from 1: geometric. She is seen to leave if that month's end was seen.
    month = np.ceil(np.log1p(-rng.random(size)) / np.log1p(-leave)).clip(1, 10_000).astype(np.int64)
    labels = pd.period_range(plus.start, periods=plus.months, freq="M").astype(str).to_numpy()
    return pd.DataFrame(
        {
            "user": [USER.format(n) for n in range(size)],
            "start": labels[start],
            "welcome": np.where(called, "call", "none"),
            "months": np.minimum(month, seen),
            "ended": (month <= seen).astype(np.int64),
        }
    )


def chances(plus: Members) -> tuple[Bools, Floats]:
    """Who gets a welcome call, and each member's chance to leave at the end of a month."""
    size = plus.each * plus.months
    called = generator(plus.seed, "members lot", 0).random(size) < plus.called
    rng = generator(plus.seed, "members leave", 0)
    alone, after_call = rng.beta(plus.alpha, plus.beta, size), rng.beta(plus.called_alpha, plus.called_beta, size)
    leave = np.where(called, after_call, alone)
    return called, np.asarray(leave.clip(1e-9, 1 - 1e-9))
