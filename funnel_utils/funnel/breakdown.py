"""Breakdown: the step table for each value of a property, with the attribution said aloud.

Every unit is in one group, so that the groups add up to the total. One case differs: under `entry="first"` each attempt
keeps its own value, and a unit counts once for each value it had; the total is then the sum of the groups, and says so.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils.funnel.counts import counted, step_table
from funnel_utils.funnel.groups import Attribution, first_columns, grouped, in_order, labelled, lump
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t


def breakdown(
    table: ir.Table, funnel: Funnel, by: str, attribution: Attribution, top: int, cluster: str | None
) -> pd.DataFrame:
    """The step table by value.

    Parameters
    ----------
    table : ibis Table
        The match table with the carried values that the attribution needs.
    funnel : Funnel
    by : str
        The property.
    attribution : "first", "last", "all" or int
        Which event gives the value; see `groups`.
    top : int
        How many values to name; the rest are one group.
    cluster : str, optional
        The column of persons, where rows repeat per person.

    Returns
    -------
    DataFrame
        `value`, `kind` and the columns of `counts.step_table`, a row per group and step. The last rows are the total
        (`kind` "total"); their `value` says what was added up.
    """
    per_value = funnel.entry == "first"
    rows = _attempts(table) if per_value else counted(table)
    rows = lump(grouped(rows, funnel, by, attribution), top)
    if per_value:
        rows = _deepest_per_group(rows)
    found = step_table(rows, funnel, ["kind", "value"], cluster)
    # A unit may now stand in several groups, so that the sum of the groups repeats it.
    all_rows = step_table(rows, funnel, cluster=cluster or ("unit" if per_value else None))
    total = all_rows.assign(kind="total", value=None)
    what = "segments" if per_value else "attempts" if funnel.entry == "every" else "units"
    size = found[found["step"] == 1].groupby(["kind", "value"], dropna=False)["units"].sum().rename("group_size")
    found = found.merge(size.reset_index(), on=["kind", "value"], how="left")
    named = labelled(pd.concat([found, total.assign(group_size=0)], ignore_index=True), t(f"funnel.total.{what}"))
    ordered = in_order(named, "group_size").drop(columns="group_size")
    return first_columns(ordered, ["value", "kind", "step", "label"])


def _attempts(table: ir.Table) -> ir.Table:
    """All attempts of the units that count."""
    whole = table.mutate(_in=table.counts.any().over(ibis.window(group_by=table.unit)))
    return whole.filter(whole._in).drop("_in")


def _deepest_per_group(rows: ir.Table) -> ir.Table:
    """One attempt for each unit and group: the deepest, and of several the earliest."""
    best_first = ibis.window(group_by=["unit", "kind", "value"], order_by=[ibis.desc("level"), "attempt"])
    ranked = rows.mutate(_rank=ibis.row_number().over(best_first))
    return ranked.filter(ranked._rank == 0).drop("_rank")
