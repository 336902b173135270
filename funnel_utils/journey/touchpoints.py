"""Touchpoints: through which channels people come to each state, and how the journeys touched there end."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import pandas as pd

from funnel_utils.errors import LogError
from funnel_utils.journey.shares import cell_shares, flag_rates
from funnel_utils.journey.steps import CONVERTED, States
from funnel_utils.text import t


def touchpoints(steps: ir.Table, whole: list[str], states: States, channel: str) -> pd.DataFrame:
    """Every event is a touch in its state and channel.

    Parameters
    ----------
    steps : ibis Table
    whole : list of str
        The columns that name a journey.
    states : States
    channel : str
        The name of the channel's column, for an error.

    Returns
    -------
    DataFrame
        `state`, `channel` (`(none)` where an event has none); `count` of `of` touches in the state, with `rate`, `low`,
        `high`, `interval`; `journeys` touched, of them `converted`, with `conversion`, `conversion_low`,
        `conversion_high`. Ordered by state, the most frequent channel first.

    Raises
    ------
    LogError
        If the log has no channel.
    """
    rows: Any = with_channel(steps, channel)
    touches = rows.select("person", state=rows["code"], channel=rows["channel"].fill_null(t("journey.none")))
    found = cell_shares(touches, ["state", "channel"], ["state"])
    ends = rows.group_by(whole).agg(outcome=rows["next"].min())
    met = rows.select(*whole, state=rows["code"], channel=rows["channel"].fill_null(t("journey.none"))).distinct()
    known = met.inner_join(ends, whole)
    won = flag_rates(known, {"converted": known["outcome"] == CONVERTED}, ["state", "channel"])
    won = won.rename(columns={"of": "journeys", "count": "converted", "rate": "conversion"})
    won = won.rename(columns={"low": "conversion_low", "high": "conversion_high"}).drop(columns=["flag", "interval"])
    made = found.drop(columns="persons").merge(won, on=["state", "channel"])
    made = made.sort_values(["state", "count", "channel"], ascending=[True, False, True], ignore_index=True)
    names = ["count", "of", "rate", "low", "high", "interval", "journeys", "converted"]
    last = ["conversion", "conversion_low", "conversion_high"]
    return made.assign(state=[states.label(int(code)) for code in made["state"]])[["state", "channel", *names, *last]]


def with_channel(steps: ir.Table, channel: str) -> ir.Table:
    """`steps`, if they have a channel."""
    if "channel" not in steps.columns:
        raise LogError(f"The log has no column {channel!r} for the channel; name it with Journey(channel=…).")
    return steps
