"""`funnel_utils`: the aggregate that RFM and lifetime models share, and the curve from arrays."""

from __future__ import annotations

from peers_retention import END, curve, told

PACKAGES = ("funnel_utils", "duckdb", "ibis-framework", "statsmodels", "pandas")


def summary(file: str) -> list[float]:
    import pandas as pd

    from funnel_utils import EventLog
    from funnel_utils.retention.purchases import Purchases, customers

    log = EventLog.read(file)
    found = log.backend.to_pyarrow(customers(log, Purchases()))
    first, last, days, value, once = (
        found[name].to_numpy() for name in ("first_day", "last_day", "days", "value", "first_day_value")
    )
    end = (pd.Timestamp(END) - pd.Timestamp("1970-01-01")).days
    again = days - 1
    mean = (value - once)[again > 0] / again[again > 0]
    return told(again, last - first, end - first, mean)


def kaplan(file: str) -> list[float]:
    import numpy as np

    from funnel_utils.stats import kaplan_meier

    data = np.load(file)
    return curve(kaplan_meier(data["time"], data["event"])["survival"])
