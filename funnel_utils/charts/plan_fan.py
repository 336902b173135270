"""The Monte Carlo fan: what budgets from small to large may bring, each split at its best.

Nested bands, from dark to pale, hold 50, 80 and 90 of 100 simulated periods; the line is the expectation. A goal is a
line across.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import round_step, value_axis
from funnel_utils.charts.style import Sheet
from funnel_utils.plan.montecarlo import Fan
from funnel_utils.plan.words import quantity
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, LEFT = 2.4, 0.72
BANDS = (("q05", "q95", 0.25), ("q10", "q90", 0.45), ("q25", "q75", 0.75))


def fan_chart(fan: Fan, *, goal: float | None = None) -> Figure:
    """Draw the fan.

    Parameters
    ----------
    fan : Fan
    goal : float, optional
        Of the fan's measure: a line across.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(describe_fan(fan, goal=goal).removesuffix("."))
    words = {"measure": t(f"plan.many.{fan.of}"), "currency": f", {fan.currency}" if fan.currency else ""}
    sheet.paragraph(t("plan_charts.fan.axes", **words), size=style.SMALL, color=style.MUTED)
    sheet.y += 0.08
    sheet.inset(sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.3, HEIGHT, lambda axes: _draw(axes, fan, goal))
    sheet.y += 0.34
    sheet.note(t("plan_charts.fan.note"))
    return sheet.figure(_alt(fan, goal))


def _draw(axes: Axes, fan: Fan, goal: float | None) -> None:
    table = fan.table
    x = table["total"].to_numpy(float)
    floor = min(0.0, float(table["q05"].min()))
    top = max(float(table["q95"].max()), goal or 0.0)
    for low, high, alpha in BANDS:
        axes.fill_between(x, table[low], table[high], color=style.SKY, alpha=alpha, linewidth=0)
    axes.plot(x, table["expected"], color=style.BLUE, linewidth=1.8, marker="o", markersize=3)
    if goal is not None:
        axes.axhline(goal, color=style.VERMILLION, linewidth=1.3, linestyle=(0, (4, 3)))
        said = t("plan_charts.goal", value=quantity(goal))
        style.write(axes, x[0], goal, said, style.SMALL, va="bottom", ha="left", color=style.ALARM_TEXT)
    spare = 0.02 * (x[-1] - x[0]) or max(x[0], 1.0) * 0.1
    axes.set_xlim(x[0] - spare, x[-1] + spare)
    step = round_step((x[-1] - x[0]) / 2)
    ticks = [k * step for k in range(math.ceil(x[0] / step), math.floor(x[-1] / step) + 1)] if len(x) > 1 else [x[0]]
    axes.set_xticks(ticks, [quantity(value) for value in ticks])
    value_axis(axes, floor, top, quantity)
    style.quiet(axes)


def describe_fan(fan: Fan, *, goal: float | None = None) -> str:
    """One or two sentences with the main facts of the fan."""
    said = fan.verdict
    if goal is None:
        return said
    enough = fan.table[fan.table["q10"] >= goal]
    if enough.empty:
        return f"{said} {t('plan_charts.fan.not_sure', goal=quantity(goal))}"
    return f"{said} {t('plan_charts.fan.sure', goal=quantity(goal), total=quantity(enough['total'].iloc[0]))}"


def _alt(fan: Fan, goal: float | None) -> str:
    parts = [
        t(
            "plan_charts.fan.alt_part",
            total=quantity(row["total"]),
            expected=quantity(row["expected"]),
            low=quantity(row["q10"]),
            high=quantity(row["q90"]),
        )
        for row in style.records(fan.table)
    ]
    return t("plan_charts.fan.alt", words=describe_fan(fan, goal=goal), parts="; ".join(parts))
