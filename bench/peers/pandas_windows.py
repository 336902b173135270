"""Plain pandas: the same program as for polars, in the idioms of pandas."""

from __future__ import annotations

from pathlib import Path

from peers import STEPS

PACKAGES = ("pandas", "numpy", "pyarrow")
FOREVER = 2**62


def answer(folder: str, window: int | None) -> list[int]:
    """Units at each step; `window` in microseconds."""
    import pandas as pd

    files = sorted(Path(folder).glob("*.parquet"))
    columns = ["user", "event", "timestamp"]
    read = [pd.read_parquet(file, columns=columns, filters=[("event", "in", STEPS)]) for file in files]
    log = pd.concat(read, ignore_index=True).dropna(subset=["user"])
    rows = pd.DataFrame(
        {
            "user": log["user"].astype("int64").to_numpy(),
            "time": log["timestamp"].astype("datetime64[us, UTC]").astype("int64").to_numpy(),
            "step": log["event"].map({step: k for k, step in enumerate(STEPS, 1)}).astype("int8").to_numpy(),
        }
    ).sort_values(["user", "time", "step"], ignore_index=True)
    rows["start"] = rows["time"]
    found = []
    for step in range(1, len(STEPS) + 1):
        here = rows["step"] == step
        found.append(rows.loc[here, "user"].nunique())
        owner = rows["user"].where(here).ffill()
        start = rows["start"].where(here).ffill()
        inside = (rows["step"] > step) & (owner == rows["user"]) & (rows["time"] - start <= (window or FOREVER))
        rows = rows.assign(start=start)[inside]
    return found
