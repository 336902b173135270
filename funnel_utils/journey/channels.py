"""Across channels: how many journeys use several, and how many go from online to offline."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils.errors import LogError
from funnel_utils.journey.shares import flag_rates
from funnel_utils.journey.spec import Journey
from funnel_utils.journey.steps import CONVERTED, keys
from funnel_utils.text import t


def channels(steps: ir.Table, journey: Journey) -> pd.DataFrame:
    """What share of journeys crosses channels, and the line between online and offline.

    Returns
    -------
    DataFrame
        `measure`, `count` of `of`, `rate`, `low`, `high`, `interval`. Of journeys with a known channel: those with two
        channels or more, and the same among those that converted. Of journeys that were online: those that were
        offline later; of those that were offline: online later; of the converted: converted offline after having been
        online. Measures of a column that the log lacks are left out.

    Raises
    ------
    LogError
        If the log says neither the channel nor what happened offline.
    """
    has = {name for name in ("channel", "offline") if name in steps.columns}
    if not has:
        raise LogError(
            f"The log has neither the channel {journey.channel!r} nor the place ({', '.join(journey.offline)}); "
            "name them with Journey(channel=…, offline={…})."
        )
    rows: Any = _per_journey(steps, journey)
    flags: dict[str, Any] = {}
    if "channel" in has:
        known = rows["channels"] > 0
        flags["cross"] = (rows["channels"] > 1, known)
        flags["cross_converted"] = (rows["channels"] > 1, known & rows["converted"])
    if "offline" in has:
        flags["to_offline"] = (rows["then_offline"], rows["was_online"])
        flags["to_online"] = (rows["then_online"], rows["was_offline"])
        flags["converted_offline"] = (rows["ended_offline"] & rows["was_online"], rows["converted"])
    found = flag_rates(rows, flags).rename(columns={"flag": "measure"})
    return found.assign(measure=[t(f"journey.measure.{name}") for name in found["measure"]])


def _per_journey(steps: ir.Table, journey: Journey) -> Any:
    """One row a journey with the facts that the measures count."""
    rows: Any = steps
    whole = [*keys(journey), "journey"]
    facts: dict[str, Any] = {"outcome": rows["next"].min()}
    if "channel" in rows.columns:
        facts["channels"] = rows["channel"].nunique()
    if "offline" in rows.columns:
        so_far = ibis.cumulative_window(group_by=whole, order_by="place")
        off = rows["offline"].ifelse(1, 0)
        rows = rows.mutate(off=off, been_off=off.max().over(so_far), been_on=(1 - off).max().over(so_far))
        last_off = ((rows["next"] == CONVERTED) & (rows["off"] == 1)).ifelse(1, 0)
        facts |= {
            "was_offline": rows["off"].max() == 1,
            "was_online": rows["off"].min() == 0,
            "then_offline": (rows["off"] * rows["been_on"]).max() == 1,
            "then_online": ((1 - rows["off"]) * rows["been_off"]).max() == 1,
            "ended_offline": last_off.max() == 1,
        }
    made = rows.group_by(whole).agg(**facts)
    return made.mutate(converted=made["outcome"] == CONVERTED)


def channel_counts(steps: ir.Table, journey: Journey) -> pd.DataFrame:
    """How many journeys use how many channels.

    Returns
    -------
    DataFrame
        `channels` (0: none known), `journeys`, `converted`.
    """
    rows: Any = _per_journey(steps, journey)
    won = rows["converted"].ifelse(1, 0).sum()
    found: pd.DataFrame = rows.group_by("channels").agg(journeys=rows.count(), converted=won).to_pandas()
    return found.sort_values("channels", ignore_index=True)
