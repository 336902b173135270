"""The lessons' files of buyers and members: orders, what winning and keeping cost, and the subscription's list."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

from funnel_utils.synthetic.draws import generator
from funnel_utils.synthetic.retention.members import draw_members
from funnel_utils.synthetic.retention.spec import Buyers, Members
from funnel_utils.synthetic.retention.world import CURRENCY, BuyersWorld, draw_buyers
from funnel_utils.synthetic.world import TIME_ZONE

ORDERS_FILE = "pardis_orders.parquet"
ORDERS_SPEND_FILE = "pardis_orders_spend.csv"
MEMBERS_FILE = "pardis_members.csv"
KEEPING = "club"


@lru_cache(maxsize=1)
def shipped_buyers() -> BuyersWorld:
    """The world that the lessons' orders come from."""
    return draw_buyers(Buyers())


def orders_spend(world: BuyersWorld) -> pd.DataFrame:
    """What winning and keeping customers cost.

    Returns
    -------
    DataFrame
        `month` (local, `"2024-04"`), `kind` (`acquisition` or `retention`), `channel`, `spend` (toman, whole
        thousands), `currency`.
    """
    shop, rng = world.shop, generator(world.shop.seed, "spend", 0)
    firsts = world.events.drop_duplicates("user")
    month = firsts["timestamp"].dt.tz_convert(TIME_ZONE).dt.tz_localize(None).dt.to_period("M")
    months = pd.period_range(month.min(), month.max(), freq="M")
    new = pd.crosstab(month, firsts["channel"]).reindex(index=months, columns=list(shop.names), fill_value=0)
    cost = np.array([each.cost for each in (*shop.channels, shop.box)])
    noise = np.exp(rng.normal(-(shop.spread**2) / 2, shop.spread, new.shape))
    spend = new.to_numpy() * cost * noise
    spend = np.column_stack([spend, new.sum(axis=1).cumsum() * shop.keeping])
    names = [*shop.names, KEEPING]
    rows = pd.DataFrame(
        {
            "month": np.repeat(months.astype(str), len(names)),
            "kind": np.tile(["acquisition"] * len(shop.names) + ["retention"], len(months)),
            "channel": np.tile(names, len(months)),
            "spend": np.round(spend, -3).astype(np.int64).ravel(),
            "currency": CURRENCY,
        }
    )
    return rows[rows["spend"] > 0].reset_index(drop=True)


retention_files: dict[str, Callable[[], pd.DataFrame]] = {
    ORDERS_FILE: lambda: shipped_buyers().events,
    ORDERS_SPEND_FILE: lambda: orders_spend(shipped_buyers()),
    MEMBERS_FILE: lambda: draw_members(Members()),
}
"""How each file's rows are drawn, by its name."""
