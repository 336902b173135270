"""Entry sources: which channel, campaign or referrer brought the units that entered, and what became of them.

The source is the value on the event where the counted attempt entered. Conversion and value are those of that attempt.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils import stats
from funnel_utils.funnel.counts import counted, rates, step_sums
from funnel_utils.funnel.groups import entry_grouped, in_order, labelled, lump
from funnel_utils.funnel.spec import Funnel


def sources(table: ir.Table, funnel: Funnel, by: str, top: int, cluster: str | None) -> pd.DataFrame:
    """Units, conversion and value by entry source.

    Parameters
    ----------
    table : ibis Table
        The match table, with the entry values of `by` and, if the log has it, `value` at the last step.
    funnel : Funnel
    by : str
        The property that names the source.
    top : int
        How many sources to name; the rest are one group.
    cluster : str, optional
        The column of persons, where rows repeat per person.

    Returns
    -------
    DataFrame
        `source`, `kind`; `units` that entered and their `share`; `converted` of `units` with `rate`, `low`, `high`,
        `interval`; `total_value` and `value_per_unit` (NaN when the log has no value). In an open funnel `units` are
        those that entered at any step.
    """
    rows = lump(entry_grouped(counted(table), funnel, by), top)
    keys = ["kind", "value"]
    entered = _as_closed(rows, funnel)
    found = rates(step_sums(entered, funnel, keys, cluster), funnel, keys, cluster)
    last = found[found["step"] == len(funnel.steps)]
    made = pd.DataFrame(
        {
            "source": last["value"],
            "kind": last["kind"],
            "units": last["overall_of"],
            "share": stats.rate(last["overall_of"], last["overall_of"].sum()),
            "converted": last["overall_count"],
            "rate": last["overall"],
            "low": last["overall_low"],
            "high": last["overall_high"],
            "interval": last["interval"],
        }
    )
    made = made.merge(_values(rows, funnel), on=["kind", "source"], how="left")
    made["value_per_unit"] = made["total_value"] / made["units"].where(made["units"] > 0)
    named = labelled(made.rename(columns={"source": "value"}))
    return in_order(named, "units").rename(columns={"value": "source"})


def _as_closed(rows: ir.Table, funnel: Funnel) -> ir.Table:
    """Rows of an open funnel as if all had entered at step 1: a source is judged by all it brought."""
    return rows if funnel.closed else rows.mutate(entry_step=1)


def _values(rows: ir.Table, funnel: Funnel) -> pd.DataFrame:
    """Total value of the conversions of each group."""
    column = f"value@{len(funnel.steps)}"
    worth: Any = ibis.literal(float("nan"), type="float64")
    if column in rows.columns:
        converted = rows.level >= len(funnel.steps)
        worth = converted.ifelse(rows[column].cast("float64"), 0.0).coalesce(0.0).sum()
    sums: pd.DataFrame = rows.group_by(["kind", "value"]).agg(total_value=worth).to_pandas()
    return sums.rename(columns={"value": "source"})
