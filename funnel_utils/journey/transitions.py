"""Transitions: how often one state follows another, what share that is of all that follows, and its interval.

Every journey begins with a transition from the start, and ends with one to its outcome, so that the shares out of each
state add up to 1 and the counts into a state equal those out of it.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils.journey.shares import cell_shares
from funnel_utils.journey.steps import OUTCOMES, START, States


def pairs(walked: ir.Table) -> ir.Table:
    """One row a transition: `person`, `source`, `target`; the one from the start included."""
    rows: Any = walked
    moves = rows.select("person", source=rows["code"], target=rows["next"])
    begun = rows.filter(rows["first"])
    starts = begun.select("person", source=ibis.literal(START, type="int16"), target=begun["code"])
    return moves.union(starts)


def counts(walked: ir.Table) -> pd.DataFrame:
    """`source`, `target`, `count` by code; the quick way, without intervals.

    As often as a state is left it was entered: what does not come from another state comes from the start.
    """
    rows: Any = walked
    found = rows.group_by(source=rows["code"], target=rows["next"]).agg(count=rows.count()).to_pandas().astype(int)
    entered = found.groupby("target")["count"].sum()
    starts = found.groupby("source")["count"].sum().sub(entered[entered.index >= 0], fill_value=0)
    begun = starts[starts > 0].rename_axis("target").reset_index(name="count").assign(source=START)
    names = ["source", "target", "count"]
    both: pd.DataFrame = pd.concat([begun[names], found[names]], ignore_index=True).astype(int)
    return both


def transitions(walked: ir.Table, states: States) -> pd.DataFrame:
    """The tidy table of transitions.

    Returns
    -------
    DataFrame
        `source`, `target` (names; the start and the outcomes stand in brackets); `count` of `of` transitions out of
        the source, `rate`, `low`, `high`, `interval`; `persons` who made it. The most frequent first.
    """
    found = cell_shares(pairs(walked), ["source", "target"], ["source"])
    found = found.sort_values(["count", "source", "target"], ascending=[False, True, True], ignore_index=True)
    return named(found, states, "source", "target")


def named(frame: pd.DataFrame, states: States, *columns: str) -> pd.DataFrame:
    """`frame` with the codes in `columns` as names."""
    return frame.assign(**{name: [states.label(int(code)) for code in frame[name]] for name in columns})


def matrix(counted: pd.DataFrame, states: States, values: str) -> pd.DataFrame:
    """Sources down, targets across; `values` is `"count"` or `"rate"` (of the source; rows add up to 1).

    A state that was left by nobody has no rates: its row is missing values.
    """
    sources = [START, *range(len(states.names))]
    targets = [*range(len(states.names)), *OUTCOMES]
    wide = counted.pivot(index="source", columns="target", values="count")
    wide = wide.reindex(index=sources, columns=targets).fillna(0).astype("int64")
    shown = wide if values == "count" else wide.div(wide.sum(axis=1), axis=0)
    shown.index = pd.Index([states.label(code) for code in sources], name="source")
    shown.columns = pd.Index([states.label(code) for code in targets], name="target")
    return shown
