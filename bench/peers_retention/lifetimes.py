"""lifetimes: its function for the summary, on a pandas frame of the three columns it needs."""

from __future__ import annotations

from peers_retention import END, told

PACKAGES = ("Lifetimes", "pandas", "numpy")


def summary(file: str) -> list[float]:
    import pandas as pd
    from lifetimes.utils import summary_data_from_transaction_data

    rows = pd.read_parquet(file, columns=["user", "timestamp", "value"])
    found = summary_data_from_transaction_data(rows, "user", "timestamp", "value", observation_period_end=END)
    return told(*(found[name] for name in ("frequency", "recency", "T", "monetary_value")))
