"""Pacing: what was reached so far, the plan for it, and where the period ends at this pace, all cumulative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import few_dates, value_axis
from funnel_utils.charts.style import Sheet
from funnel_utils.charts.trend import period_text
from funnel_utils.plan.pacing import Pace
from funnel_utils.plan.words import chance_text, quantity
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, LEFT = 2.2, 0.72


def pace_chart(found: Pace) -> Figure:
    """Draw a period on its way to its target.

    Parameters
    ----------
    found : Pace

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    key = "ahead" if found.ahead >= 0 else "behind"
    words = {
        "gap": quantity(abs(found.ahead)),
        "metric": style.clean(found.metric),
        "chance": chance_text(found.chance),
    }
    sheet.title(t(f"plan_charts.pace.title_{key}", target=quantity(found.target), **words))
    sheet.paragraph(describe_pace(found), size=style.SMALL, color=style.MUTED, lines=5)
    sheet.y += 0.1
    sheet.inset(sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.1, HEIGHT, lambda axes: _draw(axes, found))
    sheet.y += 0.34
    sheet.note(t(f"plan_charts.pace.note_{found.method.replace(' ', '_')}"))
    return sheet.figure(t("plan_charts.pace.alt", words=describe_pace(found), parts=_parts(found)))


def _draw(axes: Axes, found: Pace) -> None:
    table = found.table
    n = len(table)
    x = np.arange(1, n + 1)
    so_far = int(table["actual"].notna().sum())
    axes.plot([0, *x], [0.0, *table["plan_so_far"]], color=style.MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
    if so_far < n:
        start = found.done
        rest = slice(so_far, n)
        ahead = [so_far, *x[rest]]
        axes.fill_between(
            ahead, [start, *table["low"][rest]], [start, *table["high"][rest]], color=style.SKY, alpha=0.55, linewidth=0
        )
        axes.plot(ahead, [start, *table["mean"][rest]], color=style.BLUE, linewidth=1.5, linestyle=(0, (3, 2)))
        end = found.ending
        axes.vlines(n, end["low"], end["high"], color=style.BLUE, linewidth=1.2)
        axes.plot([n], [end["mean"]], marker="o", markersize=6, markerfacecolor="white", markeredgecolor=style.BLUE)
    axes.plot([0, *x[:so_far]], [0.0, *table["actual_so_far"][:so_far]], color=style.BLUE, linewidth=2.2)
    mark: dict[str, Any] = {"marker": "D", "markersize": 7, "color": style.ORANGE, "markeredgecolor": style.INK}
    axes.plot([n], [found.target], clip_on=False, zorder=6, **mark)
    top = max(found.target, found.ending["high"], found.done)
    said = t("plan_charts.target", value=quantity(found.target))
    above = found.ending["mean"] <= found.target
    style.write(
        axes, n * 0.97, found.target + (0.03 if above else -0.03) * top, said, style.SMALL, ha="right",
        va="bottom" if above else "top", color=style.INK,
    )  # fmt: skip
    axes.set_xlim(0, n * 1.015)
    places = sorted({1, max(so_far, 1), n})
    few_dates(axes, places, [period_text(table["period"].iloc[place - 1]) for place in places])
    value_axis(axes, 0.0, top, quantity)
    style.quiet(axes)


def describe_pace(found: Pace) -> str:
    """How the period stands."""
    return found.verdict


def _parts(found: Pace) -> str:
    known = found.table[found.table["actual"].notna()].tail(5)
    return "; ".join(
        t(
            "plan_charts.pace.alt_part",
            period=period_text(row["period"]),
            actual=quantity(row["actual_so_far"]),
            plan=quantity(row["plan_so_far"]),
        )
        for row in style.records(known)
    )
