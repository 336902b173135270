"""KPIs in words: a value in its unit, its interval, its change, and a sentence for all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from funnel_utils.plan.words import day_text, quantity
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.plan.kpi_tree import KpiResult


def amount_of(value: float, unit: str) -> str:
    """A value in its unit.

    Examples
    --------
    >>> amount_of(0.0312, "share"), amount_of(12345.6, "money"), amount_of(95, "seconds"), amount_of(0.25, "points")
    ('3.12%', '12,346', '95 s', '+25')
    """
    if math.isnan(value):
        return t("charts.missing")
    if unit == "share":
        return f"{value * 100:.3g}%"
    if unit == "points":
        return f"{value * 100:+.0f}"
    if unit == "seconds":
        return t("kpis.seconds", number=quantity(value))
    return quantity(value)


def interval_of(row: Mapping[Any, Any], unit: str, prefix: str = "") -> str:
    """`low to high` in the unit; empty where there is none."""
    low, high = float(row[f"{prefix}low"]), float(row[f"{prefix}high"])
    if math.isnan(low) or math.isnan(high):
        return ""
    return t("kpis.to", low=amount_of(low, unit), high=amount_of(high, unit))


def change_of(row: Mapping[Any, Any]) -> str:
    """The change against the period before: relative where that makes sense, else in the unit."""
    change, relative = float(row["change"]), float(row["relative"])
    if math.isnan(change):
        return t("charts.missing")
    if math.isnan(relative):
        return ("+" if change > 0 else "") + amount_of(change, str(row["unit"]))
    return f"{relative:+.0%}" if abs(relative) >= 0.1 else f"{relative:+.1%}"


def say_kpis(result: KpiResult) -> str:
    """The period, what rose, what fell, and what is missing."""
    import pandas as pd

    table = result.table
    last = result.end - pd.Timedelta(days=1)
    said = [t("kpis.says.period", start=day_text(result.start), end=day_text(last))]
    for way in ("up", "down"):
        rows = table[table["differs"] == way]
        if len(rows):
            named = [f"{row['label']} {change_of(row.to_dict())}" for _, row in rows.iterrows()]
            said.append(t(f"kpis.says.{way}", named=", ".join(named)))
    if not table["differs"].isin(["up", "down"]).any():
        said.append(t("kpis.says.none" if (table["differs"] != "").any() else "kpis.says.alone"))
    if result.missing:
        labels = table.loc[table["missing"] != "", "label"]
        said.append(t("kpis.says.missing", n=len(labels), all=len(table), named=", ".join(labels)))
    return " ".join(said)
