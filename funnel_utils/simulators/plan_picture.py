"""The picture of a simulated plan, and the sentence that says the same.

Above, what each channel brings for its spend: a dot where it stands, and what one more sale would cost there. Below it,
what the whole may bring, if the money grows or shrinks in its proportions, against the goal and against the forecast
of going on as before. At the bottom the goal's lights, each with a sign of its own and its reason.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import round_step
from funnel_utils.charts.smart import LIGHTS
from funnel_utils.charts.style import Sheet, clean, percent
from funnel_utils.plan.words import quantity
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.simulators.plan import PlanOutcome

CURVES, FAN = 1.35, 1.25
LEFT = 0.45
#: Inches right of the curves for what one more sale costs.
PRICES = 1.72
LINES = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)
POINTS = 60
#: A split within this share of the best one's sales is called best.
AS_GOOD = 0.002


def figure(outcome: PlanOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    sheet.title(_title(outcome))
    sheet.text(sheet.left, sheet.y, t("plan_simulator.curves"), size=style.SMALL)
    sheet.text(sheet.right, sheet.y, t("plan_simulator.next_head"), size=style.SMALL, ha="right")
    sheet.y += 0.2
    _draw_prices(sheet, outcome)
    width = sheet.right - sheet.left - LEFT - PRICES
    sheet.inset(sheet.left + LEFT, width, CURVES, lambda axes: _draw_curves(axes, outcome))
    sheet.y += 0.34
    sheet.paragraph(t("plan_simulator.fan"), size=style.SMALL)
    sheet.y += 0.04
    sheet.inset(sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.08, FAN, lambda axes: _draw_fan(axes, outcome))
    sheet.y += 0.24
    sheet.note(t("plan_simulator.bands"))
    sheet.y += 0.08
    for row in style.records(outcome.lights):
        _draw_light(sheet, row)
    return sheet.figure(describe(outcome))


def describe(outcome: PlanOutcome) -> str:
    """One sentence: what the money brings, how the goal stands, what it costs, and how many lights are on."""
    model, least = outcome.model, outcome.least
    goal = {"target": quantity(model.target), "chance": _chance(outcome)}
    parts = [_brings(outcome)]
    parts.append(t("plan_simulator.says.chance", **goal))
    if model.total > 0:
        better = outcome.best.value > outcome.sales * (1 + AS_GOOD)
        words = {"sales": quantity(outcome.best.value)} if better else {}
        parts.append(t(f"plan_simulator.says.{'better' if better else 'is_best'}", **words))
    if least is None:
        parts.append(t("plan_simulator.says.unreachable"))
    else:
        parts.append(t("plan_simulator.says.least", money=quantity(least.total["spend"])))
    found = outcome.assessment
    if found.band is not None and found.expected is not None:
        words = {name: quantity(found.expected[name]) for name in ("mean", "low", "high")}
        parts.append(t("plan_simulator.says.band", band=t(f"plan_simulator.band.{found.band}"), **words))
    lights = outcome.lights["status"]
    parts.append(t("plan_simulator.says.lights", has=int((lights == "yes").sum()), all=len(lights)))
    return t("simulators.join").join(parts) + "."


def _title(outcome: PlanOutcome) -> str:
    words = {"sales": quantity(outcome.sales), "spend": quantity(outcome.model.total)}
    return t("plan_simulator.title", target=quantity(outcome.model.target), chance=_chance(outcome), **words)


def _chance(outcome: PlanOutcome) -> str:
    """The share of draws that reach the goal; some hundreds of draws cannot tell 0% from rare."""
    from funnel_utils.simulators.plan import DRAWS

    share = outcome.chance
    if share * DRAWS < 2:
        return t("plan_simulator.chance.rare")
    return t("plan_simulator.chance.sure") if (1 - share) * DRAWS < 2 else percent(share, share - 0.02, share + 0.02)


def _brings(outcome: PlanOutcome) -> str:
    model = outcome.model
    if not model.total > 0:
        return t("plan_simulator.says.nothing")
    now = outcome.fan.iloc[int(np.argmin(np.abs(outcome.fan["total"] - model.total)))]
    key = "profit" if outcome.profit >= 0 else "loss"
    words = {"spend": quantity(model.total), "sales": quantity(outcome.sales)}
    words |= {"low": quantity(now["q10"]), "high": quantity(now["q90"])}
    words["leaves"] = t(f"plan_simulator.says.{key}", money=quantity(abs(outcome.profit)))
    if not model.deadline:
        return t("plan_simulator.says.brings_any", **words)
    month = t("charts.months").split()[int(model.deadline[-2:]) - 1]
    return t("plan_simulator.says.brings", month=f"{month} {model.deadline[:4]}", **words)


def _draw_prices(sheet: Sheet, outcome: PlanOutcome) -> None:
    """The channels with their line's colour, and what one more sale costs in each."""
    budget = outcome.model.budget
    x, y = sheet.right - PRICES + 0.12, sheet.y + 0.02
    for number, row in enumerate(style.records(outcome.table)):
        price = quantity(row["next_sale"]) if math.isfinite(row["next_sale"]) else t("plan_simulator.never")
        sheet.line((x, x + 0.14), (y + 0.08, y + 0.08), color=LINES[number % len(LINES)], linewidth=3)
        label = style.wrap(clean(row["channel"]), 0.78, style.SMALL, lines=1)[0]
        sheet.text(x + 0.19, y, label, size=style.SMALL)
        sheet.text(sheet.right, y, price, size=style.SMALL, ha="right")
        y += 0.2
    left = quantity(budget.margin * budget.order_value)
    sheet.text(sheet.right, y + 0.03, t("plan_simulator.leaves", left=left), size=style.SMALL, ha="right")


def _draw_curves(axes: Axes, outcome: PlanOutcome) -> None:
    budget, rows = outcome.model.planned, style.records(outcome.table)
    right = max(1.15 * max(float(row["spend"]) for row in rows), max(c.curve.half for c in budget.channels))
    x = np.linspace(0, right, POINTS)
    for number, (channel, row) in enumerate(zip(budget.channels, rows, strict=True)):
        worth = float(np.prod(channel.rates)) * budget.season
        colour = LINES[number % len(LINES)]
        axes.plot(x, channel.curve.at(x) * worth, color=colour, linewidth=1.8)
        look: dict[str, Any] = {"markersize": 6, "markeredgecolor": style.INK, "markeredgewidth": 0.8}
        axes.plot([row["spend"]], [row["sales"]], "o", color=colour, clip_on=False, zorder=5, **look)
    axes.set_xlim(0, right)
    axes.set_ylim(0, None)
    _ticks(axes, right, axes.get_ylim()[1])


def _draw_fan(axes: Axes, outcome: PlanOutcome) -> None:
    model, table = outcome.model, outcome.fan
    if not model.total > 0:
        axes.set_axis_off()
        style.write(axes, 0.5, 0.5, t("plan_simulator.says.nothing"), style.SMALL, ha="center", va="center")
        return
    x = table["total"].to_numpy(float)
    for low, high, alpha in (("q10", "q90", 0.35), ("q25", "q75", 0.7)):
        axes.fill_between(x, table[low], table[high], color=style.SKY, alpha=alpha, linewidth=0)
    axes.plot(x, table["expected"], color=style.BLUE, linewidth=1.8)
    axes.plot([model.total], [outcome.sales], "o", color=style.ORANGE, markersize=8, markeredgecolor=style.INK, zorder=5)
    top = 1.12 * max(float(table["q90"].max()), model.target)
    axes.axhline(model.target, color=style.VERMILLION, linewidth=1.3, linestyle=(0, (4, 3)))
    goal = t("plan_simulator.goal_line", target=quantity(model.target))
    style.write(axes, 0.02 * x[-1], model.target, goal, style.SMALL, va="bottom", color=style.ALARM_TEXT)
    expected = outcome.assessment.expected
    if expected is not None:
        axes.axhline(expected["mean"], color=style.MUTED, linewidth=1.1, linestyle=(0, (1, 2)))
        if abs(expected["mean"] - model.target) > 0.13 * top:
            said = t("plan_simulator.forecast_line", mean=quantity(expected["mean"]))
            style.write(axes, 0.02 * x[-1], expected["mean"], said, style.SMALL, va="bottom", color=style.MUTED)
    axes.set_xlim(0, x[-1])
    axes.set_ylim(0, max(top, 1.0))
    _ticks(axes, x[-1], top)


def _ticks(axes: Axes, right: float, top: float) -> None:
    """A few round marks on either axis: every text costs time."""
    for set_ticks, end in ((axes.set_xticks, right), (axes.set_yticks, top)):
        step = round_step(end / 2)
        at = [k * step for k in range(4) if k * step <= end * 1.001]
        set_ticks(at, [quantity(value) for value in at])
    style.quiet(axes)


def _draw_light(sheet: Sheet, row: dict[str, Any]) -> None:
    colour, shape, sign = LIGHTS[row["status"]]
    middle = sheet.y + 0.1
    sheet.dot(sheet.left + 0.1, middle, marker=shape, markersize=12, color=colour)
    sheet.text(sheet.left + 0.1, middle + (0.02 if shape == "^" else 0), sign, size=7.5, ha="center", va="center",
               weight="bold", zorder=6)  # fmt: skip
    x = sheet.left + 0.27
    words = {"letter": row["letter"], "name": t(f"plan.smart.name.{row['name']}")}
    head = t("plan_simulator.light", status=t(f"plan_charts.smart.{row['status']}"), **words)
    sheet.paragraph(head, x=x, size=style.SMALL, weight="bold", lines=1)
    if row["status"] != "yes" or row["name"] == "achievable":
        sheet.paragraph(clean(row["reason"]), x=x, size=style.SMALL, lines=4)
    sheet.y += 0.05
