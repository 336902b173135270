"""What the channels cost: each month's impressions, clicks or sendings in the log, times the price of one."""

from __future__ import annotations

import pandas as pd

from funnel_utils.synthetic.journeys.world import JourneyWorld
from funnel_utils.synthetic.world import TIME_ZONE

_UNIT = {"contact": "impression", "click": "click", "send": "sending"}


def spend_table(world: JourneyWorld) -> pd.DataFrame:
    """Spend by month and paid channel.

    Returns
    -------
    pandas.DataFrame
        `month` (local, `"2026-07"`), `channel`, `unit` (`impression`, `click`, `sending`), `units`, `price` (toman
        for one), `spend` (toman).
    """
    events = world.events
    month = events["timestamp"].dt.tz_convert(TIME_ZONE).dt.strftime("%Y-%m")
    sent = events["event"].str.removesuffix("_sent").where(events["event"].str.endswith("_sent"))
    opened = events["session"].notna() & events["channel"].notna()
    shown = events["event"].eq("ad_impression")
    found = []
    for point in world.season.in_code_order:
        if not point.cost:
            continue
        of = events["channel"].eq(point.name)
        billed = {"contact": shown & of, "click": opened & of, "send": sent.eq(point.name)}[point.billed]
        units = month[billed].value_counts().sort_index()
        found.append(
            pd.DataFrame(
                {
                    "month": units.index,
                    "channel": point.name,
                    "unit": _UNIT[point.billed],
                    "units": units.to_numpy(),
                    "price": int(point.cost),
                    "spend": units.to_numpy() * int(point.cost),
                }
            )
        )
    return pd.concat(found).sort_values(["month", "channel"], ignore_index=True)
