"""The flow of journeys through their first steps: what an alluvial (Sankey) chart draws.

A link says how many journeys are in one place at a position and in another at the next. Places that few come to are one
place, so that the picture stays readable; a journey that is over stays at its outcome and is drawn once, where it ends.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import SpecError
from funnel_utils.journey.steps import States
from funnel_utils.text import t


def flow(placed: ir.Table, states: States, steps: int, top: int) -> pd.DataFrame:
    """The links between one step and the next.

    Parameters
    ----------
    placed : ibis Table
        Steps with their `position`.
    states : States
    steps : int
        How many positions, from the first; links lead up to the last of them.
    top : int
        How many states are named, those with the most events at these positions; the others are one.

    Returns
    -------
    DataFrame
        `position` (of the source, from 1), `source`, `target` (names, or an outcome in brackets), `count` journeys,
        `share` of the journeys at the source.

    Raises
    ------
    SpecError
        If `steps` is below 2 or `top` below 1.
    """
    if steps < 2 or top < 1:
        raise SpecError(f"flow(steps={steps!r}, top={top!r}): give 2 steps and 1 state, or more.")
    rows: Any = placed
    near = rows.filter(rows["position"] < steps)
    links = near.group_by("position", source=near["code"], target=near["next"]).agg(count=near.count()).to_pandas()
    sizes = links.groupby("source")["count"].sum().sort_values(ascending=False, kind="stable")
    kept = set(sizes.index[:top])
    other = t("journey.other")
    for column in ("source", "target"):
        links[column] = [states.label(int(c)) if c in kept or c < 0 else other for c in links[column]]
    made = links.groupby(["position", "source", "target"], as_index=False)["count"].sum()
    totals = made.groupby(["position", "source"])["count"].transform("sum")
    made["share"] = stats.rate(made["count"], totals) if len(made) else []
    made["position"] = made["position"].astype(int)
    keys = ["position", "count", "source", "target"]
    found: pd.DataFrame = made.sort_values(keys, ascending=[True, False, True, True], ignore_index=True)
    return found
