"""Unit economics in pictures: when a customer has paid for herself, and what a ladder of offers brings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import value_axis
from funnel_utils.charts.style import Sheet, clean
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.retention.economics import UnitEconomics
    from funnel_utils.retention.ladder import Ladder

HEIGHT, LEFT = 2.2, 0.62


def payback_chart(unit: UnitEconomics) -> Figure:
    """Draw the account of one customer: her cost at the start, her margins after it.

    Parameters
    ----------
    unit : UnitEconomics

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    never = math.isnan(unit.payback)
    sheet.title(t("economics.chart.never") if never else t("economics.chart.payback", periods=f"{unit.payback:.0f}"))
    sheet.paragraph(t("economics.chart.unit_y"), size=style.SMALL, color=style.MUTED)
    sheet.inset(sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.1, HEIGHT, lambda axes: _account(axes, unit))
    sheet.y += 0.27
    sheet.paragraph(t("economics.chart.unit_x"), size=style.SMALL, color=style.MUTED)
    sheet.note(unit.verdict)
    parts = "; ".join(f"{row['period']}: {row['net']:,.2f}" for row in style.records(unit.table))
    return sheet.figure(t("economics.chart.unit_alt", words=describe_payback(unit), parts=parts))


def _account(axes: Axes, unit: UnitEconomics) -> None:
    table = unit.table
    x, net = [0, *table["period"]], [-unit.cac, *table["net"]]
    low, high = unit.interval
    ends = [[value + unit.cac - end for value in net] for end in (low, high)]
    axes.fill_between(x, ends[0], ends[1], step="post", color=style.SKY, alpha=0.45, linewidth=0)
    axes.step(x, net, where="post", color=style.BLUE, linewidth=1.8)
    axes.plot(x, net, linestyle="", marker="o", markersize=3.5, color=style.BLUE, markeredgecolor=style.INK)
    if not math.isnan(unit.payback):
        place = int(unit.payback)
        axes.plot([place], [net[place]], marker="D", markersize=8, color=style.GREEN, markeredgecolor=style.INK)
    value_axis(axes, min(0.0, *ends[1]), max(0.0, *ends[0]), style.amount)
    axes.set_xlim(-0.3, len(x) - 0.5)
    style.quiet(axes)


def describe_payback(unit: UnitEconomics) -> str:
    """Cost, value and payback of one customer, in plain words."""
    return unit.verdict


def ladder_chart(ladder: Ladder) -> Figure:
    """Draw what a customer who took the first offer has brought by each rung, on average.

    Parameters
    ----------
    ladder : Ladder

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    table = ladder.table
    sheet = Sheet()
    title = "ladder_never" if ladder.pays_from is None else "ladder"
    sheet.title(t(f"economics.chart.{title}", rung=clean(ladder.pays_from or "")))
    _rungs(sheet, table)
    sheet.note(t("economics.chart.ladder_note"))
    sheet.note(describe_ladder(ladder))
    parts = "; ".join(f"{row['rung']}: {row['cumulative']:+,.2f}" for row in style.records(table))
    return sheet.figure(t("economics.chart.ladder_alt", words=describe_ladder(ladder), parts=clean(parts)))


def _rungs(sheet: Sheet, table: pd.DataFrame) -> None:
    """A bar for each rung, from a common zero, to the right what was earned and to the left what was lost."""
    lows = table["cumulative_low"].fillna(table["cumulative"])
    highs = table["cumulative_high"].fillna(table["cumulative"])
    least, most = min(0.0, float(lows.min())), max(0.0, float(highs.max()))
    inside = 0.55  # inches at both ends for the numbers
    scale = (sheet.right - sheet.left - 2 * inside) / max(most - least, 1e-12)
    zero = sheet.left + inside - least * scale
    for row in style.records(table):
        climbed = "" if pd.isna(row["taken"]) else t("economics.chart.climbed", taken=row["taken"], of=row["of"])
        sheet.paragraph(f"{clean(row['rung'])} {climbed}".strip(), lines=2)
        width, value = abs(row["cumulative"]) * scale, row["cumulative"]
        earned = value >= 0
        look = {"facecolor": style.BLUE} if earned else {"facecolor": style.ORANGE, "hatch": "////"}
        sheet.line((zero, zero), (sheet.y - 0.02, sheet.y + 0.28), linewidth=0.8)
        sheet.bar(zero if earned else zero - width, sheet.y + 0.03, width, 0.2, **look)
        ends = [
            zero + (value if math.isnan(end) else end) * scale
            for end in (row["cumulative_low"], row["cumulative_high"])
        ]
        if not math.isnan(row["cumulative_low"]) and ends[1] - ends[0] > 0.02:
            sheet.whisker(ends[0], ends[1], sheet.y + 0.13)
        said = style.amount(value) if earned else f"−{style.amount(-value)}"
        x = max(zero + width, ends[1]) + 0.06 if earned else min(zero - width, ends[0]) - 0.06
        sheet.text(x, sheet.y + 0.13, said, ha="left" if earned else "right", va="center", size=style.SMALL)
        sheet.y += 0.34


def describe_ladder(ladder: Ladder) -> str:
    """Whether the ladder carries its first rung, in plain words."""
    return ladder.verdict
