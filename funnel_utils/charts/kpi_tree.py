"""The KPI tree: a row per KPI with its value, and its relative change with the interval, part under part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet
from funnel_utils.plan.kpi_tree import TREE, KpiResult
from funnel_utils.plan.kpi_words import amount_of, change_of
from funnel_utils.plan.words import day_text
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW = 0.27
#: Where values end and where the axis of changes begins.
VALUES, AXIS = 2.55, 2.75
#: The axis shows at least and at most this change to either side.
LEAST, MOST = 0.2, 1.0
#: White behind a number, so that the line of no change does not strike it through.
BEHIND = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 0.8}


def kpi_chart(result: KpiResult) -> Figure:
    """Draw the KPIs that are known, with their change; name the others.

    Parameters
    ----------
    result : KpiResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    last = result.end - pd.Timedelta(days=1)
    sheet.title(t("kpis.chart.title", start=day_text(result.start), end=day_text(last)))
    known = result.table[result.table["missing"] == ""]
    reach = _reach(known)
    for part in TREE:
        rows = style.records(known[known["part"] == part])
        if rows:
            sheet.paragraph(t(f"race.part.{part}"), weight="bold")
            _draw_rows(sheet, rows, reach)
    if known["change"].notna().any():
        sheet.note(t("kpis.chart.axis"))
    if result.missing:
        labels = result.table.loc[result.table["missing"] != "", "label"]
        sheet.note(t("kpis.chart.not_known", named=", ".join(labels)))
    parts = [
        t("kpis.chart.alt_part", label=row["label"], value=amount_of(row["value"], row["unit"]), change=change_of(row))
        for row in style.records(known)
    ]
    return sheet.figure(t("kpis.chart.alt", verdict=result.verdict, parts="; ".join(parts)))


def _reach(known: pd.DataFrame) -> float:
    """How far the axis goes to either side: the furthest end of an interval, within bounds."""
    rows = known[known["relative"].notna() & (known["differs"] != "")]
    ends = [abs(row[end] / row["previous"]) for row in style.records(rows) for end in ("change_low", "change_high")]
    return float(min(max([LEAST, *(end for end in ends if not math.isnan(end))]), MOST))


def _draw_rows(sheet: Sheet, rows: list[dict[str, Any]], reach: float) -> None:
    zero, scale = (AXIS + sheet.right) / 2, (sheet.right - AXIS) / 2 / reach
    sheet.line((zero, zero), (sheet.y, sheet.y + ROW * len(rows)), color="#9a9a9a", linewidth=0.8)
    for row in rows:
        middle = sheet.y + ROW / 2
        label = style.wrap(row["label"], VALUES - 0.75 - sheet.left, style.SMALL, lines=1)[0]
        sheet.text(sheet.left, middle, label, size=style.SMALL, va="center")
        sheet.text(VALUES, middle, amount_of(row["value"], row["unit"]), size=style.SMALL, ha="right", va="center")
        if not math.isnan(row["relative"]) and row["differs"]:
            _draw_change(sheet, row, middle, zero, scale, reach)
        elif not math.isnan(row["change"]):
            said = change_of(row) if row["differs"] else t("kpis.chart.not_judged")
            sheet.text(zero, middle, said, size=8.0, ha="center", va="center", color=style.MUTED, bbox=BEHIND)
        sheet.y += ROW
    sheet.y += 0.06


def _draw_change(sheet: Sheet, row: dict[str, Any], middle: float, zero: float, scale: float, reach: float) -> None:
    low, high = row["change_low"] / row["previous"], row["change_high"] / row["previous"]
    edges = [min(max(end, -reach), reach) for end in (low, high)]
    if not math.isnan(low) and not math.isnan(high):
        sheet.line((zero + edges[0] * scale, zero + edges[1] * scale), (middle, middle))
        for end, edge, mark in ((low, edges[0], "<"), (high, edges[1], ">")):
            if end != edge:
                sheet.dot(zero + edge * scale, middle, marker=mark, color=style.INK, markersize=5)
    colour = {"up": style.BLUE, "down": style.ORANGE}.get(row["differs"], style.PAPER)
    sheet.dot(zero + min(max(row["relative"], -reach), reach) * scale, middle, color=colour)
    sure = row["differs"] in ("up", "down")
    beside = zero + (edges[1] if not math.isnan(high) else row["relative"]) * scale + 0.06
    text = change_of(row)
    # What has no room on the right stands on the left of its interval.
    wide = style.text_width(text, 8.0)
    x, ha = (beside, "left") if beside + wide <= sheet.right else (zero + edges[0] * scale - 0.06, "right")
    if ha == "right" and x - wide < AXIS - 0.15:
        return
    weight = "bold" if sure else "normal"
    sheet.text(x, middle, text, size=8.0, ha=ha, va="center", weight=weight, bbox=BEHIND)
