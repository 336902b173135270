"""Step counts: the one aggregate from which every rate of a funnel comes.

A row of the match table is **at** step k when it counts, entered at or before k and reached k (an optional step: has
its time). From these flags the engine sums, per group, how many are at each step; where rows repeat per person it first
sums per person, and returns squares and products as well, so that the interval can be the ratio's delta method
clustered by person. What comes back has one row a group and step, whatever the size of the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t

WILSON = "Wilson"


def step_label(funnel: Funnel, step: int) -> str:
    """What step `step` is called; in an unordered funnel a free position is "any k steps"."""
    if funnel.order == "unordered" and step not in funnel.fixed:
        return t("funnel.any_steps", k=step) if step > 1 else t("funnel.any_step")
    if funnel.order == "unordered":
        return funnel.labels[funnel.fixed[step] - 1]
    return funnel.labels[step - 1]


def previous(funnel: Funnel, step: int) -> int:
    """The required step before `step`: what its in-process rate is out of. Step 1 is its own."""
    return max((k for k in funnel.required if k < step), default=1)


def at_step(rows: ir.Table, funnel: Funnel, step: int) -> ir.BooleanValue:
    """Whether a match row is at `step`."""
    if step in funnel.required:
        return (rows.entry_step <= step) & (rows.level >= step)
    return rows[f"t{step}"].notnull()


def counted(rows: ir.Table) -> ir.Table:
    """The match rows that count in the metrics."""
    return rows.filter(rows.counts)


def _flags(rows: ir.Table, funnel: Funnel) -> dict[str, ir.BooleanValue]:
    """`at`, `moved` (at it and at the required step before) and `through` (at it and at step 1), by step.

    Only in an open funnel do the three differ: who enters at step 3 was never at step 2.
    """
    found: dict[str, ir.BooleanValue] = {}
    for k in range(1, len(funnel.steps) + 1):
        found[f"at{k}"] = at_step(rows, funnel, k)
        if not funnel.closed:
            found[f"moved{k}"] = found[f"at{k}"] & (rows.entry_step <= previous(funnel, k))
            found[f"through{k}"] = found[f"at{k}"] & (rows.entry_step <= 1)
    return found


def _pairs(funnel: Funnel) -> list[tuple[int, int]]:
    """The (step, base) pairs whose products the delta method needs, each once."""
    steps = range(2, len(funnel.steps) + 1)
    return sorted({(k, base) for k in steps for base in (previous(funnel, k), 1)})


def step_sums(rows: ir.Table, funnel: Funnel, by: Sequence[str] = (), cluster: str | None = None) -> pd.DataFrame:
    """Sums over match rows, one row a group.

    Parameters
    ----------
    rows : ibis Table
        Match rows that count, with the columns `by` and `cluster`.
    funnel : Funnel
    by : sequence of str
        Columns to group by; none for one group.
    cluster : str, optional
        The column that names the person when rows repeat per person.

    Returns
    -------
    DataFrame
        The columns `by`; `at1` … `atK` (and `moved`, `through` for open funnels); with `cluster`, also `n1` … (persons
        with anybody at the step), `sq1` … (sums of squares over persons) and `k_j` (sums of products).
    """
    numbered = {name: flag.ifelse(1, 0).cast("int64") for name, flag in _flags(rows, funnel).items()}
    keys = list(dict.fromkeys([*by, *filter(None, [cluster]), "unit"]))
    work = rows.select(*keys, **numbered)
    if not funnel.closed:
        # A unit may have several rows, one per point of entry, and counts once at each step.
        work = work.group_by(keys).agg(**{name: work[name].max() for name in numbered})
    if cluster is not None:
        work = work.group_by([*by, cluster]).agg(**{name: work[name].sum() for name in numbered})
    sums: dict[str, ir.Value] = {name: work[name].sum().coalesce(0) for name in numbered}
    if cluster is not None:
        for k in range(1, len(funnel.steps) + 1):
            at = work[f"at{k}"]
            sums[f"n{k}"] = (at > 0).ifelse(1, 0).sum().coalesce(0)
            sums[f"sq{k}"] = (at * at).sum().coalesce(0)
        for k, base in _pairs(funnel):
            sums[f"{k}_{base}"] = (work[f"at{k}"] * work[f"at{base}"]).sum().coalesce(0)
    grouped = work.group_by(list(by)).agg(**sums) if by else work.aggregate(**sums)
    frame: pd.DataFrame = grouped.to_pandas()
    return frame.astype(dict.fromkeys(sums, np.int64))


def step_table(rows: ir.Table, funnel: Funnel, by: Sequence[str] = (), cluster: str | None = None) -> pd.DataFrame:
    """The tidy step table: one row a group and step.

    Returns
    -------
    DataFrame
        `by`; `step`, `label`, `stage`, `optional`; `units` at the step; `advanced` of `of` with `rate`, `low`, `high`
        (in-process: out of the units at the required step before; at step 1 out of itself); `overall_count` of
        `overall_of` with `overall`, `overall_low`, `overall_high` (out of the units at step 1); `interval`. `advanced`
        equals `units` unless the funnel is open.
    """
    return rates(step_sums(rows, funnel, by, cluster), funnel, by, cluster)


def rates(sums: pd.DataFrame, funnel: Funnel, by: Sequence[str] = (), cluster: str | None = None) -> pd.DataFrame:
    """`step_sums` as the tidy table of `step_table`; sums may have been added up over groups that share no person."""
    pieces = []
    for k in range(1, len(funnel.steps) + 1):
        base = previous(funnel, k)
        moved, through = ("at", "at") if funnel.closed else ("moved", "through")
        piece = sums[list(by)].copy()
        piece["step"] = k
        piece["label"] = step_label(funnel, k)
        piece["stage"] = _stage(funnel, k)
        piece["optional"] = k not in funnel.required
        piece["units"] = sums[f"at{k}"]
        for names, count, total in (
            (("advanced", "of", "rate", "low", "high"), f"{moved}{k}", base),
            (("overall_count", "overall_of", "overall", "overall_low", "overall_high"), f"{through}{k}", 1),
        ):
            estimate, low, high = _interval(sums, count, k, total, cluster)
            values = (sums[count], sums[f"at{total}"], estimate, low, high)
            piece = piece.assign(**dict(zip(names, values, strict=True)))
        pieces.append(piece)
    table = pd.concat(pieces, ignore_index=True)
    table["interval"] = WILSON if cluster is None else t("funnel.delta", by=_person(funnel))
    order = [*by, "step"]
    return table.sort_values("step", kind="stable").reset_index(drop=True) if not by else _by_group(table, sums, order)


def _by_group(table: pd.DataFrame, sums: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Rows group after group, groups in the order of `sums`, steps in order."""
    position = np.tile(np.arange(len(sums)), len(table) // max(len(sums), 1))
    made = table.assign(_group=position).sort_values(["_group", order[-1]], kind="stable")
    return made.drop(columns="_group").reset_index(drop=True)


def _stage(funnel: Funnel, step: int) -> str | None:
    if funnel.order == "unordered":
        return funnel.steps[funnel.fixed[step] - 1].stage if step in funnel.fixed else None
    return funnel.steps[step - 1].stage


def _person(funnel: Funnel) -> str:
    return "user" if funnel.unit == "session" else funnel.unit


def _interval(sums: pd.DataFrame, count: str, step: int, base: int, cluster: str | None) -> tuple[Any, Any, Any]:
    """Rate and bounds of one column of counts out of the units at `base`."""
    y, x = sums[count].to_numpy(), sums[f"at{base}"].to_numpy()
    estimate = stats.rate(y, x)
    if step == base:
        # A step out of itself is 100% by definition; there is nothing to be uncertain about.
        return estimate, estimate, estimate
    if cluster is None:
        low, high = stats.wilson(y, x)
        return estimate, low, high
    yy, xx, n = (sums[name].to_numpy() for name in (f"sq{step}", f"sq{base}", f"n{base}"))
    found = stats.ratio_delta(y, x, yy, sums[f"{step}_{base}"].to_numpy(), xx, n)
    return found.estimate, found.low, found.high


def units_in_log(log: Any, funnel: Funnel) -> int:
    """How many units the log has, whether or not they entered the funnel."""
    from funnel_utils.funnel.stream import unit_key

    if funnel.unit == "user":
        return int(log.n_users())
    keyed = log.table.select(unit=unit_key(log.table, funnel))
    return int(keyed.unit.nunique().to_pyarrow().as_py())


def label_column(value: Any) -> ir.Value:
    """A literal text column, for the engines that want its type spelled out."""
    return ibis.literal(value, type="string")
