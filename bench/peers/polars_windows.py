"""polars: sorted by (user, time, step), then one pass down the steps.

polars has no funnel function, so this is the shortest good program for it. Each row learns the latest step-1 time
before it, rows outside the window go, and what is left carries that start on through step 2, then step 3. In a sorted
frame "before it, of the same user" is one forward fill of (user, start), which is far quicker than a window function
for each user.
"""

from __future__ import annotations

from peers import STEPS

PACKAGES = ("polars",)
FOREVER = 2**62


def answer(folder: str, window: int | None) -> list[int]:
    """Units at each step; `window` in microseconds."""
    import polars as pl

    limit = window or FOREVER
    number = pl.col("event").replace_strict({step: k for k, step in enumerate(STEPS, 1)}, return_dtype=pl.Int8)
    rows = (
        pl.scan_parquet(f"{folder}/*.parquet")
        .select("user", "event", "timestamp")
        .filter(pl.col("event").is_in(STEPS) & pl.col("user").is_not_null())
        .select("user", time=pl.col("timestamp").dt.epoch("us"), step=number)
        .sort("user", "time", "step")
        .collect()
    )
    rows = rows.with_columns(start="time")
    found = []
    for step in range(1, len(STEPS) + 1):
        here = pl.col("step") == step
        found.append(rows.select(pl.col("user").filter(here).rle_id().max() + 1).item() or 0)
        if step == len(STEPS):
            return found
        rows = (
            rows.lazy()
            .with_columns(
                owner=pl.when(here).then("user").forward_fill(), start=pl.when(here).then("start").forward_fill()
            )
            .filter((pl.col("step") > step) & (pl.col("owner") == pl.col("user")))
            .filter(pl.col("time") - pl.col("start") <= limit)
            .select("user", "time", "step", "start")
            .collect()
        )
    return found
