"""The step matrix: where journeys are at their first, second, third … step.

At each position every journey is in exactly one place: in a state, or already at its outcome. The shares of a position
therefore add up to 1, from the first on.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.journey.shares import cell_shares
from funnel_utils.journey.steps import OUTCOMES, States
from funnel_utils.journey.transitions import named


def step_matrix(placed: ir.Table, whole: list[str], states: States, steps: int) -> pd.DataFrame:
    """The tidy step matrix.

    Parameters
    ----------
    placed : ibis Table
        Steps with their `position`.
    whole : list of str
        The columns that name a journey.
    states : States
    steps : int
        How many positions.

    Returns
    -------
    DataFrame
        `position` (from 1), `state` (name, or outcome in brackets); `count` of `of` journeys, `rate`, `low`, `high`,
        `interval`. Ordered by position; the states in their order, then the outcomes.

    Raises
    ------
    SpecError
        If `steps` is below 1.
    """
    if steps < 1:
        raise SpecError(f"step_matrix(steps={steps!r}): at least 1.")
    rows: Any = placed
    near = rows.filter(rows["position"] <= steps)
    there = nullable(near.select("person", "position", state=near["code"]))
    journeys = rows.group_by(whole).agg(length=rows["position"].max(), outcome=rows["next"].min())
    places = ibis.memtable({"position": list(range(2, steps + 1))}, schema={"position": "int32"})
    over = journeys.cross_join(places)
    late = over.filter(over["position"] > over["length"])
    done = nullable(late.select("person", "position", state=late["outcome"]))
    found = cell_shares(there.union(done) if steps > 1 else there, ["position", "state"], ["position"])
    found["rank"] = [code if code >= 0 else len(states.names) - code for code in found["state"]]
    ordered = found.sort_values(["position", "rank"], ignore_index=True).drop(columns=["rank", "persons"])
    return named(ordered.astype({"position": int}), states, "state")


def nullable(rows: Any) -> Any:
    """Columns that may be null, as far as their types know: engines differ in that, and a union wants equal types."""
    return rows.mutate(**{name: rows[name].cast(rows[name].type().copy(nullable=True)) for name in rows.columns})


def wide(found: pd.DataFrame, states: States, values: str = "rate") -> pd.DataFrame:
    """States down, positions across; a place where nobody is counts 0."""
    table = found.pivot(index="state", columns="position", values=values).fillna(0)
    order = [*states.names, *(states.label(code) for code in OUTCOMES)]
    shown = table.reindex([name for name in order if name in table.index])
    return shown.astype("int64") if values == "count" else shown
