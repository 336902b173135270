"""Groups: the values of a property as labelled groups of units, few enough to read.

A group has a `kind`: an ordinary value ("value"), no value ("missing"), all values beyond the largest ("other"), or no
event to take a value from ("not reached"). The kind, not the label, tells them apart, so that a channel that somebody
really called "(other)" stays itself; the label of the special group then gets another pair of brackets.

Attribution says which event of an attempt gives the value: `"first"` (the event where it entered), `"last"` (the last
matched event that has a value), a step number (the event of that step), `"all"` (the value that all its events share).
Only `"first"` is settled before anybody can know how the attempt ends: a value that was only seen at step 3 belongs to
units that got to step 3, and their conversion from step 1 looks splendid for that reason alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.funnel.counts import at_step
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t

Attribution = str | int

KINDS = ("value", "missing", "other", "not reached", "total")


def carried_for(by: str, attribution: Attribution, funnel: Funnel) -> list[tuple[str, int]]:
    """The (property, step) pairs that a match must carry for this attribution."""
    every = range(1, len(funnel.steps) + 1)
    if isinstance(attribution, bool) or not isinstance(attribution, str | int):
        raise SpecError(f'attribution={attribution!r} is not "first", "last", "all" or a step number.')
    if isinstance(attribution, int):
        if attribution not in every:
            raise SpecError(f"attribution={attribution}: this funnel has steps 1 to {len(funnel.steps)}.")
        return [(by, attribution)]
    if attribution not in ("first", "last", "all"):
        raise SpecError(f'attribution={attribution!r} is not "first", "last", "all" or a step number.')
    if attribution in ("first", "all") and funnel.closed:
        return [(by, 1)]
    return [(by, k) for k in every]


def grouped(rows: ir.Table, funnel: Funnel, by: str, attribution: Attribution) -> ir.Table:
    """Match rows with the columns `kind` and `value` of their group (`value`: text, null unless an ordinary value)."""
    if attribution in ("first", "all"):
        return entry_grouped(rows, funnel, by)
    names = [f"{name}@{k}" for name, k in reversed(carried_for(by, attribution, funnel))]
    values = [rows[name].cast("string") for name in names]
    value = ibis.coalesce(*values) if len(values) > 1 else values[0]
    kind = value.isnull().ifelse("missing", "value")
    if isinstance(attribution, int):
        kind = at_step(rows, funnel, attribution).ifelse(kind, "not reached")
    return rows.mutate(value=value, kind=kind)


def entry_grouped(rows: ir.Table, funnel: Funnel, by: str) -> ir.Table:
    """Match rows grouped by the value on the event where the attempt entered (step 1, unless the funnel is open)."""
    value: Any = rows[f"{by}@1"].cast("string")
    for k in range(2, 1 if funnel.closed else len(funnel.steps) + 1):
        value = (rows.entry_step == k).ifelse(rows[f"{by}@{k}"].cast("string"), value)
    return rows.mutate(value=value, kind=value.isnull().ifelse("missing", "value"))


def lump(rows: ir.Table, top: int) -> ir.Table:
    """Keep the `top` ordinary values with the most rows (ties: by name); the rest become kind "other"."""
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise SpecError(f"top={top!r} must be a whole number of at least 1.")
    ordinary = rows.filter(rows.kind == "value")
    sizes = ordinary.group_by("value").agg(n=ordinary.count())
    largest = sizes.order_by([ibis.desc("n"), "value"]).limit(top + 1).to_pandas()["value"].tolist()
    if len(largest) <= top:
        return rows
    is_kept = (rows.kind != "value") | rows.value.isin(largest[:top])
    lumped = rows.mutate(_kept=is_kept)
    return lumped.mutate(
        kind=lumped._kept.ifelse(lumped.kind, "other"), value=lumped._kept.ifelse(lumped.value, ibis.null("string"))
    ).drop("_kept")


def labelled(frame: pd.DataFrame, total: str = "") -> pd.DataFrame:
    """Put into `value` what each special group is called; `total` is the text of the total row."""
    real = set(frame.loc[frame["kind"] == "value", "value"])
    texts = {
        "missing": t("funnel.missing"),
        "other": t("funnel.other"),
        "not reached": t("funnel.not_reached"),
        "total": total,
    }
    names = {kind: _free(text, real) for kind, text in texts.items()}
    labels = [names.get(kind, value) for kind, value in zip(frame["kind"], frame["value"], strict=True)]
    return frame.assign(value=labels)


def _free(text: str, real: set[str]) -> str:
    """`text` in as many brackets as it takes to be no real value."""
    while text in real:
        text = f"({text})"
    return text


def in_order(frame: pd.DataFrame, size: str) -> pd.DataFrame:
    """Groups by size (largest first, ties by name), then other, missing, not reached and total."""
    rank = frame["kind"].map({"value": 0, "other": 1, "missing": 2, "not reached": 3, "total": 4})
    made = frame.assign(_rank=rank, _size=-frame[size].astype(np.float64))
    made = made.sort_values(["_rank", "_size", "value"], kind="stable", ignore_index=True)
    return made.drop(columns=["_rank", "_size"])


def first_columns(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """`frame` with `names` first and the rest after."""
    return frame[[*names, *(name for name in frame.columns if name not in names)]]
