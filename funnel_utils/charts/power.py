"""The power curve of a planned experiment, and below it the smallest effect it would find.

Both over the number of units, with the plan as a dot: the upper panel shows what fewer units cost, the lower one that
half the effect takes four times the units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import round_step
from funnel_utils.charts.style import Sheet
from funnel_utils.cro.sized import Sized
from funnel_utils.cro.sized_words import change
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, LEFT = 1.45, 0.56


def power_chart(plan: Sized) -> Figure:
    """Draw the power curve of a plan.

    Parameters
    ----------
    plan : Sized
        From `Design.size()`.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    design = plan.design
    power = f"{100 * design.power:.3g}%"
    sheet = Sheet()
    sheet.title(describe_power(plan).removesuffix("."))
    width = sheet.right - sheet.left - LEFT - 0.25
    sheet.paragraph(t("design.chart.power", change=change(design, design.difference)), size=style.SMALL)
    sheet.y += 0.04
    sheet.inset(sheet.left + LEFT, width, HEIGHT, lambda axes: _power(axes, plan))
    sheet.y += 0.36
    sheet.paragraph(t(f"design.chart.mde{'_margin' if design.value else ''}", power=power), size=style.SMALL)
    sheet.y += 0.04
    sheet.inset(sheet.left + LEFT, width, HEIGHT, lambda axes: _effects(axes, plan))
    days = plan.days is not None
    sheet.y += 0.42 if days else 0.28
    sheet.paragraph(t(f"design.chart.x{'_days' if days else ''}"), size=style.SMALL, color=style.MUTED)
    sheet.note(t("design.chart.note"))
    return sheet.figure(_alt(plan))


def describe_power(plan: Sized) -> str:
    """One sentence with the main fact of the power curve."""
    design = plan.design
    words = {"n": style.count(plan.n), "power": f"{100 * design.power:.3g}%"}
    if design.value:
        return t("design.chart.title_margin", change=change(design, design.value), **words) + "."
    return t("design.chart.title", change=change(design, design.difference), **words) + "."


def _power(axes: Axes, plan: Sized) -> None:
    curve = plan.curve
    axes.plot(curve["n"], curve["power"], color=style.BLUE, linewidth=1.8)
    _mark(axes, plan, plan.power)
    half = float(plan.design.power_at(plan.n / 2))
    axes.plot([plan.n / 2], [half], marker="o", markersize=5, color=style.PAPER, markeredgecolor=style.INK)
    text = t("design.chart.half", power=f"{100 * half:.0f}%")
    style.write(axes, plan.n / 2 + 0.05 * plan.n, half - 0.03, text, style.SMALL, ha="left", va="top")
    style.write(
        axes, plan.n * 1.03, plan.power - 0.04, t("design.chart.planned", n=style.count(plan.n)), style.SMALL, va="top"
    )
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, plan.design.power, 1], [style.tick_percent(v) for v in (0, 0.5, plan.design.power, 1)])
    _units(axes, plan)
    style.quiet(axes)


def _effects(axes: Axes, plan: Sized) -> None:
    design = plan.design
    curve = plan.curve.dropna(subset=["mde"])
    # Sizes that would find only the largest effects would flatten the part that matters.
    edge = design.value + 2.5 * (design.difference - design.value)
    shown = curve[np.abs(curve["mde"] - design.value) <= abs(edge - design.value)]
    axes.plot(shown["n"], shown["mde"], color=style.BLUE, linewidth=1.8)
    _mark(axes, plan, design.difference)
    low, high = sorted((design.value, edge))
    axes.set_ylim(low, high)
    step = round_step((high - low) / 3)
    first = np.ceil(low / step - 1e-9)
    ticks = [step * (first + k) for k in range(int((high - low) / step + 1e-9) + 1)]
    axes.set_yticks(ticks, [_effect(plan, value) for value in ticks])
    _units(axes, plan, days=plan.days is not None)
    style.quiet(axes)


def _effect(plan: Sized, value: float) -> str:
    if abs(value) < 1e-12:
        return "0"
    return f"{100 * value:+.3g}" if plan.design.kind == "rate" else f"{value:+.3g}"


def _mark(axes: Axes, plan: Sized, y: float) -> None:
    line: dict[str, Any] = {"color": style.INK, "linewidth": 0.8, "linestyle": (0, (3, 2))}
    axes.axvline(plan.n, **line)
    axes.axhline(y, **line)
    axes.plot([plan.n], [y], marker="o", markersize=7, color=style.ORANGE, markeredgecolor=style.INK, zorder=5)


def _units(axes: Axes, plan: Sized, days: bool = False) -> None:
    last = float(plan.curve["n"].iloc[-1])
    axes.set_xlim(0, last)
    step = round_step(last / 3)
    at = [step * k for k in range(int(last / step + 1e-9) + 1)]
    labels = [style.count(value) for value in at]
    if days:
        a_day = plan.design.daily * plan.design.weights[1]
        labels = [f"{label}\n{style.count(value / a_day)}" for label, value in zip(labels, at, strict=True)]
    axes.set_xticks(at, labels)


def _alt(plan: Sized) -> str:
    curve, design = plan.curve, plan.design
    known = curve.dropna(subset=["mde"])
    words = {
        "title": describe_power(plan).removesuffix("."),
        "least": f"{100 * curve['power'].iloc[0]:.0f}%",
        "fewest": style.count(curve["n"].iloc[0]),
        "most": f"{100 * curve['power'].iloc[-1]:.0f}%",
        "many": style.count(curve["n"].iloc[-1]),
        "largest": change(design, float(known["mde"].iloc[0])),
        "smallest": change(design, float(known["mde"].iloc[-1])),
    }
    return t("design.chart.alt", **words)
