"""Comparison: which segments convert differently from a named reference, after correcting for how many were looked at.

With m comparisons each interval is Newcombe's at confidence 1 - alpha/m, so that all m hold together at 1 - alpha; the
p-values are the two-proportion score test's, adjusted by Holm. Where rows repeat per person both come from the delta
method clustered by person instead, and `interval` says so. Segments found by looking are hypotheses: the correction
covers the segments in this table, not the properties tried before.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import SpecError
from funnel_utils.funnel.counts import at_step, counted
from funnel_utils.funnel.groups import Attribution, grouped, in_order, labelled, lump
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t

REST = "rest"


def entered_converted(rows: ir.Table, funnel: Funnel, base: int) -> ir.Table:
    """Match rows with `x` (1: at step `base`) and `y` (1: and converted)."""
    entered = at_step(rows, funnel, base)
    converted = entered & (rows.level >= len(funnel.steps))
    return rows.mutate(x=entered.ifelse(1, 0).cast("int64"), y=converted.ifelse(1, 0).cast("int64"))


def compare(
    table: ir.Table,
    funnel: Funnel,
    by: str,
    reference: str,
    attribution: Attribution,
    top: int,
    alpha: float,
    cluster: str | None,
) -> pd.DataFrame:
    """Each segment's conversion against the reference's.

    Parameters
    ----------
    table : ibis Table
        The match table with the carried values that the attribution needs.
    funnel, by, attribution, top, cluster
        As in `breakdown`; every unit is in one segment, that of its counted attempt. With a step number, conversion is
        out of the units at that step: only they have a value there.
    reference : str
        `"rest"`: all units outside the segment. Or one of the values, against which all others are compared.
    alpha : float
        Chance of any false alarm among all comparisons.

    Returns
    -------
    DataFrame
        `value`, `kind`; `converted` of `entered` with `rate`; `reference`, `reference_converted`, `reference_entered`,
        `reference_rate`; `difference` (rate - reference rate) with `low`, `high`; `p`, `p_holm`; `differs` (p_holm
        below alpha); `comparisons` (m), `interval`.

    Raises
    ------
    SpecError
        If `reference` is neither "rest" nor a value found, or `attribution` is `"last"`.
    """
    if attribution == "last":
        raise SpecError(
            'compare(attribution="last"): the last value depends on how far a unit got, so that segments made by it '
            'differ in conversion by construction. Use "first", "all" or a step number.'
        )
    rows = lump(grouped(counted(table), funnel, by, attribution), top)
    base = attribution if isinstance(attribution, int) else 1
    rows = entered_converted(rows.filter(rows.kind != "not reached"), funnel, base)
    rows = rows.filter(rows.x == 1)
    sums = rows.group_by(["kind", "value"]).agg(converted=rows.y.sum(), entered=rows.x.sum()).to_pandas()
    found = in_order(labelled(sums), "entered")
    found["rate"] = stats.rate(found["converted"], found["entered"])
    pairs = _against_rest(found) if reference == REST else _against_value(found, reference, by)
    m = max(len(pairs), 1)
    if cluster is None:
        return tested(pairs, alpha, m, t("funnel.newcombe", m=m))
    keyed = rows.select("kind", "value", "x", "y", person=rows[cluster])
    differences = [_clustered(keyed, row, found, reference, alpha / m) for row in pairs.to_dict("records")]
    compared = pairs.assign(**{k: [d[k] for d in differences] for k in ("low", "high", "p")}) if differences else pairs
    return _finished(compared, alpha, m, t("funnel.delta_bonferroni", m=m))


def _against_rest(found: pd.DataFrame) -> pd.DataFrame:
    made = found.assign(reference=t("funnel.rest"))
    made["reference_converted"] = found["converted"].sum() - found["converted"]
    made["reference_entered"] = found["entered"].sum() - found["entered"]
    return _with_difference(made)


def _against_value(found: pd.DataFrame, reference: str, by: str) -> pd.DataFrame:
    chosen = found[found["value"] == reference]
    if chosen.empty:
        known = ", ".join(repr(value) for value in found["value"])
        raise SpecError(f"reference={reference!r} is neither 'rest' nor a value of {by!r} compared here: {known}.")
    made = found[found["value"] != reference].assign(reference=reference)
    made["reference_converted"] = chosen["converted"].iloc[0]
    made["reference_entered"] = chosen["entered"].iloc[0]
    return _with_difference(made.reset_index(drop=True))


def _with_difference(made: pd.DataFrame) -> pd.DataFrame:
    made["reference_rate"] = stats.rate(made["reference_converted"], made["reference_entered"])
    made["difference"] = made["rate"] - made["reference_rate"]
    return made


def tested(pairs: pd.DataFrame, alpha: float, m: int, interval: str) -> pd.DataFrame:
    """Newcombe intervals at 1 - alpha/m and score tests for pairs of independent groups."""
    y, n = pairs["converted"].to_numpy(), pairs["entered"].to_numpy()
    x, k = pairs["reference_converted"].to_numpy(), pairs["reference_entered"].to_numpy()
    low, high = stats.newcombe(y, n, x, k, alpha / m)
    return _finished(pairs.assign(low=low, high=high, p=stats.two_proportions(y, n, x, k)), alpha, m, interval)


def _finished(tested: pd.DataFrame, alpha: float, m: int, interval: str) -> pd.DataFrame:
    for name in ("low", "high", "p"):
        tested[name] = tested[name] if name in tested else pd.Series(dtype=np.float64)
    tested["p_holm"] = stats.holm(tested["p"]) if len(tested) else pd.Series(dtype=np.float64)
    tested["differs"] = tested["p_holm"] < alpha
    return tested.assign(comparisons=m, interval=interval)


def _clustered(
    rows: ir.Table, pair: dict[Hashable, Any], found: pd.DataFrame, reference: str, alpha: float
) -> dict[str, float]:
    """Interval and p-value of one difference of ratios whose people may stand on both sides."""
    one = _is_group(rows, pair, found)
    other = ~one if reference == REST else _is_group(rows, {"value": reference}, found)
    sides = (one, pair["rate"], pair["entered"]), (other, pair["reference_rate"], pair["reference_entered"])
    if not all(entered > 0 for _, _, entered in sides):
        return {"low": np.nan, "high": np.nan, "p": np.nan}
    influence: Any = 0.0
    for sign, (side, ratio, entered) in zip((1.0, -1.0), sides, strict=True):
        influence = influence + sign * side.ifelse((rows.y - float(ratio) * rows.x) / float(entered), 0.0)
    work = rows.select("person", z=influence)
    people = work.group_by("person").agg(z=work.z.sum())
    sums = people.aggregate(squares=(people.z * people.z).sum(), n=people.count()).to_pandas().iloc[0]
    return stats.wald(pair["difference"], float(sums["squares"]), float(sums["n"]), alpha)


def _is_group(rows: ir.Table, pair: dict[Hashable, Any], found: pd.DataFrame) -> ir.BooleanValue:
    """Whether a row is in the group that a label stands for."""
    row = found[found["value"] == pair["value"]].iloc[0]
    if row["kind"] != "value":
        return rows.kind == row["kind"]
    return (rows.kind == "value") & (rows.value.fill_null("") == row["value"])
