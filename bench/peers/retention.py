"""retentioneering 5: an event stream from a pandas frame, and its funnel without a picture.

Its funnel has **no window**, so it can only answer the question without one; it is compared with ours without one. It
takes events at the same time in the order of the frame, so the frame is handed over with ties in the order of the
steps, which is what the other engines do.
"""

from __future__ import annotations

import os
from pathlib import Path

from peers import STEPS

PACKAGES = ("retentioneering", "pandas", "duckdb")

# It reports its use to its makers unless told not to, before it is imported.
os.environ["RETENTIONEERING_NO_TRACK"] = "1"


def answer(folder: str, window: int | None) -> list[int]:
    """Units at each step; `window` must be `None`."""
    import pandas as pd
    from retentioneering.eventstream.eventstream import Eventstream

    if window is not None:
        raise ValueError("retentioneering's funnel has no window.")
    columns = ["user", "event", "timestamp"]
    frame = pd.concat(
        [pd.read_parquet(file, columns=columns) for file in sorted(Path(folder).glob("*.parquet"))], ignore_index=True
    )
    frame = frame.dropna(subset=["user"]).astype({"user": "int64"})
    order = frame["event"].map({step: k for k, step in enumerate(STEPS)}).fillna(len(STEPS)).astype("int8")
    frame = frame.iloc[order.argsort(kind="stable")]
    stream = Eventstream(frame, {"path_cols": ["user"]})
    return [int(step["unique_paths"]) for step in stream.funnel_data(list(STEPS))["steps"]]
