"""Shares with their intervals, from one row for each thing that is counted.

Journeys and steps repeat per person, so their shares have the ratio's delta method clustered by person. Where in truth
everybody counts once at most, Wilson's interval is used. The column `interval` says which of the two it was. The sums
over persons are made in the engine, and what comes back has one row a cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.text import t


def cell_shares(rows: ir.Table, by: Sequence[str], within: Sequence[str] = ()) -> pd.DataFrame:
    """What share of the rows of a group falls into each cell.

    Parameters
    ----------
    rows : ibis Table
        One row for each thing counted, with `person`.
    by : sequence of str
        The columns of a cell.
    within : sequence of str
        Those of `by` that name the group a cell is a share of; none for all rows.

    Returns
    -------
    DataFrame
        `by`; `count` of `of`, `rate`, `low`, `high`, `interval`; `persons` in the cell.
    """
    made: Any = rows
    inside = made.group_by(["person", *by]).agg(y=made.count().cast("int64"))
    group = ["person", *within]
    inside = inside.mutate(x=inside["y"].sum().over(group_by=group)).cache()
    y, x = inside["y"], inside["x"]
    cells = inside.group_by(list(by)).agg(count=y.sum(), yy=(y * y).sum(), xy=(x * y).sum(), persons=inside.count())
    each = inside.select(*group, "x").distinct()
    sums = {"of": each["x"].sum(), "xx": (each["x"] * each["x"]).sum(), "clusters": each.count()}
    totals = each.group_by(list(within)).agg(**sums) if within else each.aggregate(**sums)
    found, groups = cells.to_pandas(), totals.to_pandas()
    found = found.merge(groups, on=list(within)) if within else found.merge(groups, how="cross")
    return _with_interval(found)[[*by, "count", "of", "rate", "low", "high", "interval", "persons"]]


def flag_rates(rows: ir.Table, flags: Mapping[str, Any], by: Sequence[str] = ()) -> pd.DataFrame:
    """For each flag, the share of rows for which it holds.

    Parameters
    ----------
    rows : ibis Table
        One row for each thing counted, with `person`.
    flags : mapping of str to (BooleanValue or pair of BooleanValue)
        What to count; with a pair, the second says out of which rows.
    by : sequence of str
        Columns to group by.

    Returns
    -------
    DataFrame
        `by`, `flag`; `count` of `of`, `rate`, `low`, `high`, `interval`. One row a group and flag, in their order.
    """
    made: Any = rows
    columns: dict[str, Any] = {}
    for place, flag in enumerate(flags.values()):
        counted, among = flag if isinstance(flag, tuple) else (flag, ibis.literal(True))
        columns[f"x{place}"] = among.ifelse(1, 0).cast("int64")
        columns[f"y{place}"] = (counted & among).ifelse(1, 0).cast("int64")
    flat = made.select("person", *by, **columns)
    each = flat.group_by(["person", *by]).agg(**{name: flat[name].sum() for name in columns})
    sums: dict[str, Any] = {}
    for place in range(len(flags)):
        y, x = each[f"y{place}"], each[f"x{place}"]
        sums |= {f"count{place}": y.sum(), f"of{place}": x.sum(), f"yy{place}": (y * y).sum()}
        sums |= {f"xy{place}": (x * y).sum(), f"xx{place}": (x * x).sum()}
        sums[f"clusters{place}"] = (x > 0).ifelse(1, 0).sum()
    frame = (each.group_by(list(by)).agg(**sums) if by else each.aggregate(**sums)).to_pandas()
    pieces = []
    for place, flag in enumerate(flags):
        names = ["count", "of", "yy", "xy", "xx", "clusters"]
        piece = frame[[*by, *(f"{name}{place}" for name in names)]].copy()
        piece.columns = pd.Index([*by, *names])
        pieces.append(piece.assign(flag=flag))
    found = _with_interval(pd.concat(pieces, ignore_index=True))
    return found[[*by, "flag", "count", "of", "rate", "low", "high", "interval"]]


def _with_interval(found: pd.DataFrame) -> pd.DataFrame:
    """`rate`, `low`, `high` and `interval` from the sums over persons."""
    names = ["count", "of", "yy", "xy", "xx", "clusters"]
    found = found.assign(**{name: found[name].fillna(0).astype(np.int64) for name in names})
    y, x, yy, xy, xx, n = (found[name].to_numpy() for name in names)
    ratio = stats.ratio_delta(y, x, yy, xy, xx, n)
    once = (found["xx"] == found["of"]).to_numpy()
    whole = stats.wilson(found["count"], found["of"])
    return found.assign(
        rate=ratio.estimate,
        low=np.where(once, whole.low, ratio.low),
        high=np.where(once, whole.high, ratio.high),
        interval=np.where(once, t("journey.wilson"), t("journey.delta")),
    )
