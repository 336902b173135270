"""Scoring in the engine: a rank for relative scores, comparisons for fixed ones; one row a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from funnel_utils.retention.days import end_day
from funnel_utils.retention.purchases import customers
from funnel_utils.retention.rfm import Cuts, Rfm

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

#: (score, the column that it is made from, whether a larger value is worse)
SCORED = (("r", "days_since_last", True), ("f", "frequency", False), ("m", "monetary", False))
_LETTER = {"recency": "r", "frequency": "f", "monetary": "m"}


def summary(log: EventLog, asked: Rfm) -> Any:
    """One row a customer before scoring: both recencies, counts, money."""
    rows: Any = customers(log, asked.purchases)
    # Sums of floats differ in their last digits by the order of rows; equal amounts must stay equal.
    total = rows["value"].round(4)
    money = total if asked.monetary == "total" else (total / rows["orders"]).round(4)
    return rows.select(
        "user",
        days_since_last=ibis.literal(end_day(log), "int64") - rows["last_day"],
        age_at_last=rows["last_day"] - rows["first_day"],
        age=ibis.literal(end_day(log), "int64") - rows["first_day"],
        orders=rows["orders"],
        days=rows["days"],
        value=total,
        frequency=rows[asked.frequency],
        monetary=money,
        priced=rows["priced"],
    )


def scored(table: Any, asked: Rfm, total: int) -> Any:
    """`table` with `r`, `f`, `m` (1 to 5), `code` and `segment`; `total` is its number of rows."""
    made = table.mutate(**(_relative(table, total) if asked.cuts is None else _fixed(table, asked.cuts)))
    made = made.mutate(number=made["r"] * 100 + made["f"] * 10 + made["m"])
    codes = [int(code) for code in asked.segments]
    names = ibis.memtable(
        pa.table({"number_": codes, "code": list(asked.segments), "segment": list(asked.segments.values())})
    )
    named = made.inner_join(names, made["number"] == names["number_"])
    return named.drop("number", "number_", "priced")


def _relative(table: Any, total: int) -> dict[str, Any]:
    """1 + floor(5 x share strictly worse): `rank` counts the rows strictly before, from 0, and ties share it."""
    made = {}
    for letter, column, falling in SCORED:
        order = ibis.desc(table[column]) if falling else table[column].asc()
        worse = ibis.rank().over(ibis.window(order_by=order)).cast("int64")
        made[letter] = (worse * 5 // total + 1).cast("int64")
    return made


def _fixed(table: Any, cuts: Cuts) -> dict[str, Any]:
    """1, and one more for each limit that is met."""
    made = {}
    for letter, column, falling in SCORED:
        limits = getattr(cuts, next(name for name, short in _LETTER.items() if short == letter))
        score: Any = ibis.literal(1, "int64")
        for limit in limits:
            if limit is not None:
                met = table[column] <= limit if falling else table[column] >= limit
                score = score + met.cast("int64")
        made[letter] = score
    return made


def cut_points(table: Any) -> pd.DataFrame:
    """Where each score begins and ends among these customers; empty ones are there with 0 customers.

    Returns
    -------
    DataFrame
        `dimension`, `score` (5 first), `from`, `to` (least and greatest value with this score: days since the last
        purchase, purchases or days, money), `customers`, `share`.
    """
    parts = []
    for (letter, column, _), dimension in zip(SCORED, _LETTER, strict=True):
        grouped = table.group_by(score=table[letter]).agg(
            **{"from": table[column].min(), "to": table[column].max(), "customers": table.count()}
        )
        found = grouped.to_pandas().set_index("score").reindex([5, 4, 3, 2, 1]).reset_index()
        found["customers"] = found["customers"].fillna(0).astype("int64")
        found.insert(0, "dimension", dimension)
        parts.append(found.astype({"from": "float64", "to": "float64"}))
    made: pd.DataFrame = pd.concat(parts, ignore_index=True)
    made["share"] = made["customers"] / made["customers"].iloc[:5].sum()
    return made


def cuts_of(points: pd.DataFrame) -> Cuts:
    """The limits that give these customers these scores again, and others theirs by the same yardstick."""
    from datetime import timedelta

    found: dict[str, list[Any]] = {}
    for dimension in _LETTER:
        rows = points[(points["dimension"] == dimension) & (points["customers"] > 0)].set_index("score")
        edge = "to" if dimension == "recency" else "from"
        limits = []
        for score in (2, 3, 4, 5):
            at_least = rows.loc[rows.index >= score, edge]
            worst = at_least.max() if dimension == "recency" else at_least.min()
            limits.append(None if at_least.empty else float(worst))
        found[dimension] = limits
    days = [None if limit is None else timedelta(days=int(limit)) for limit in reversed(found["recency"])]
    return Cuts(days, found["frequency"], found["monetary"])


def segment_table(table: Any, order: list[str]) -> pd.DataFrame:
    """What each segment is: see `RfmResult.segments`."""
    grouped = table.group_by("segment").agg(
        customers=table.count(),
        value=table["value"].sum(),
        median_days_since_last=table["days_since_last"].cast("float64").median(),
        mean_orders=table["orders"].mean(),
        mean_value=table["value"].mean(),
    )
    found: pd.DataFrame = grouped.to_pandas().set_index("segment").reindex(order)
    found["customers"] = found["customers"].fillna(0).astype("int64")
    found["value"] = found["value"].fillna(0.0)
    whole = found["value"].sum()
    found["value_share"] = found["value"] / whole if whole > 0 else np.nan
    return found.rename_axis("segment").reset_index()


def unpriced(table: Any) -> int:
    """Purchases without a value."""
    found = table.aggregate(n=(table["orders"] - table["priced"]).sum()).to_pandas()["n"].iloc[0]
    return 0 if pd.isna(found) else int(found)
