"""The picture of a simulated plan, and the sentence that says the same.

Above, what each channel brings for its spend: a dot where it stands, and what one more sale would cost there. Below it,
what the whole may bring, if the money grows or shrinks in its proportions, against the goal and against the forecast
of going on as before. The goal's lights, each with a sign of its own and its reason, are a list beside the controls
where there is a screen, and the lower part of the picture where there is only paper.

A slider waits for the picture, so both charts are drawn straight onto the page: axes of their own cost as much time as
all that is in them.
"""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.smart import LIGHTS
from funnel_utils.charts.style import Sheet, clean
from funnel_utils.plan.words import quantity
from funnel_utils.simulators.inlay import Frame, round_marks
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.plan_model import PlanOutcome

CURVES, FAN, LEFT = 1.3, 1.25, 0.36
#: Inches right of the curves for what one more sale costs.
PRICES = 1.62
LINES = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)
MILLION, POINTS = 1e6, 50
#: A split within this share of the best one's sales is called best.
AS_GOOD = 0.002


def figure(outcome: PlanOutcome, *, lights: bool = True) -> Figure:
    """Draw an outcome, with its sentence as alternative text.

    Parameters
    ----------
    outcome : PlanOutcome
    lights : bool
        Whether the goal's lights are part of the picture.
    """
    sheet = Sheet()
    sheet.title(_title(outcome))
    _draw_curves(sheet, outcome)
    _draw_fan(sheet, outcome)
    if lights:
        for row in style.records(outcome.lights):
            _draw_light(sheet, row)
    return sheet.figure(describe(outcome))


def lights_html(outcome: PlanOutcome) -> str:
    """The lights with their reasons, as a list for the screen."""
    items = []
    for row in style.records(outcome.lights):
        colour, _, sign = LIGHTS[row["status"]]
        look = f"background:{colour};color:{style.INK};border:1px solid {style.INK};border-radius:4px;padding:0 0.35em"
        reason = html.escape(clean(row["reason"]))
        items.append(
            f'<li style="margin:0.25em 0"><span aria-hidden="true" style="{look}">{sign}</span> '
            f"<b>{html.escape(_light(row))}</b> {reason}</li>"
        )
    return f'<ul style="list-style:none;margin:0;padding:0;line-height:1.35">{"".join(items)}</ul>'


def describe(outcome: PlanOutcome) -> str:
    """One sentence: what the money brings, how the goal stands, what it costs, and how many lights are on."""
    model, least = outcome.model, outcome.least
    goal = {"target": quantity(model.target), "chance": _chance(outcome)}
    parts = [_brings(outcome)]
    parts.append(t("plan_simulator.says.chance", **goal))
    if model.total > 0 and outcome.best is not None:
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
    share = outcome.chance
    if share < 0.01:
        return t("plan_simulator.chance.rare")
    return t("plan_simulator.chance.sure") if share > 0.99 else f"{share:.0%}"


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


def _draw_curves(sheet: Sheet, outcome: PlanOutcome) -> None:
    """Each channel's curve with its dot, and what one more sale costs there."""
    budget, rows = outcome.model.planned, style.records(outcome.table)
    sheet.text(sheet.left, sheet.y, t("plan_simulator.curves"), size=style.SMALL)
    sheet.text(sheet.right, sheet.y, t("plan_simulator.next_head"), size=style.SMALL, ha="right")
    sheet.y += 0.36
    worth = [float(np.prod(channel.rates)) * budget.season for channel in budget.channels]
    right = max(1.15 * max(float(row["spend"]) for row in rows), max(c.curve.half for c in budget.channels))
    x = np.linspace(0, right, POINTS)
    curves = [channel.curve.at(x) * each for channel, each in zip(budget.channels, worth, strict=True)]
    top = 1.05 * max(max(float(curve[-1]) for curve in curves), 1e-9)
    width = sheet.right - sheet.left - LEFT - PRICES
    frame = Frame(sheet, sheet.left + LEFT, sheet.y + CURVES, width, CURVES, (0.0, right), (0.0, top))
    colours = [LINES[number % len(LINES)] for number in range(len(rows))]
    frame.lines([(x, curve) for curve in curves], colors=colours, linewidths=1.8)
    dots = frame.points([row["spend"] for row in rows], [row["sales"] for row in rows])
    left, y = sheet.right - PRICES + 0.14, sheet.y + 0.02
    keys = [(left, y + 0.08 + 0.2 * number) for number in range(len(rows))]
    # One call for all: a call for each dot costs as much as a text.
    marks = np.concatenate([dots, keys])
    look: dict[str, Any] = {"s": 36, "edgecolors": style.INK, "linewidths": 0.8, "zorder": 5}
    sheet.draw(lambda axes: axes.scatter(marks[:, 0], marks[:, 1], c=colours * 2, **look))
    for row in rows:
        price = f"{row['next_sale'] / MILLION:,.2f}" if math.isfinite(row["next_sale"]) else t("plan_simulator.never")
        sheet.text(left + 0.1, y, style.wrap(clean(row["channel"]), 0.86, style.SMALL, lines=1)[0], size=style.SMALL)
        sheet.text(sheet.right, y, price, size=style.SMALL, ha="right")
        y += 0.2
    leaves = t("plan_simulator.leaves", left=f"{budget.margin * budget.order_value / MILLION:,.2f}")
    sheet.text(sheet.right, y + 0.03, leaves, size=style.SMALL, ha="right", color=style.MUTED)
    _axes(frame)
    sheet.y = max(sheet.y + CURVES + 0.24, y + 0.2)


def _draw_fan(sheet: Sheet, outcome: PlanOutcome) -> None:
    """What the whole may bring at more and at less money, the goal, and the forecast of going on as before."""
    model, table = outcome.model, outcome.fan
    sheet.paragraph(t("plan_simulator.fan"), size=style.SMALL)
    sheet.y += 0.06
    expected = outcome.assessment.expected
    mean = expected["mean"] if expected is not None else 0.0
    right = 2 * model.total or MILLION
    top = 1.12 * max(float(table["q90"].max()), model.target, mean, 1.0)
    width = sheet.right - sheet.left - LEFT - 0.1
    frame = Frame(sheet, sheet.left + LEFT, sheet.y + FAN, width, FAN, (0.0, right), (0.0, top))
    x = table["total"]
    bands = [(x, table["q10"], table["q90"]), (x, table["q25"], table["q75"])]
    frame.bands(bands, facecolors=["#cce6f7", style.SKY])
    levels = [(x, table["expected"]), (frame.across, model.target), (frame.across, mean)]
    colours = [style.BLUE, style.VERMILLION, style.MUTED]
    dashes: list[Any] = ["-", (0, (4, 3)), (0, (1, 2))]
    shown = slice(3 if expected is not None else 2)
    look = {"colors": colours[shown], "linewidths": [1.8, 1.4, 1.1][shown], "linestyles": dashes[shown]}
    frame.lines(levels[shown], **look)
    sheet.dot(frame.at_x(model.total), frame.at_y(outcome.sales), color=style.ORANGE, markersize=8, zorder=5)
    goal = t("plan_simulator.goal_line", target=quantity(model.target))
    sheet.text(
        frame.x + 0.06, frame.at_y(model.target) - 0.03, goal, size=style.SMALL, va="bottom", color=style.ALARM_TEXT
    )
    if expected is not None:
        # On the other side of its line than the goal is, and at the other end.
        below = mean < model.target
        y = frame.at_y(mean) + (0.03 if below else -0.03)
        place = {"ha": "right", "va": "top" if below else "bottom", "color": style.MUTED}
        said = t("plan_simulator.forecast_line", mean=quantity(mean))
        sheet.text(sheet.right - 0.1, y, said, size=style.SMALL, **place)
    _axes(frame)
    sheet.y += FAN + 0.26


def _axes(frame: Frame) -> None:
    """Two quiet axes with a few round marks, spend in millions."""
    # A mark at the very end would stand under what is beside the chart.
    xs = [value * MILLION for value in round_marks(0, 0.98 * frame.across[1] / MILLION)]
    ys = round_marks(0, 0.98 * frame.up[1])[1:]
    frame.axes(xs, ys, lambda value: quantity(value / MILLION), quantity)


def _light(row: dict[str, Any]) -> str:
    words = {"letter": row["letter"], "name": t(f"plan.smart.name.{row['name']}")}
    return t("plan_simulator.light", status=t(f"plan_charts.smart.{row['status']}"), **words)


def _draw_light(sheet: Sheet, row: dict[str, Any]) -> None:
    colour, shape, sign = LIGHTS[row["status"]]
    middle = sheet.y + 0.085
    sheet.dot(sheet.left + 0.1, middle, marker=shape, markersize=12, color=colour)
    lower = 0.02 if shape == "^" else 0.0
    look: dict[str, Any] = {"size": 7.5, "ha": "center", "va": "center", "weight": "bold", "zorder": 6}
    sheet.text(sheet.left + 0.1, middle + lower, sign, **look)
    x = sheet.left + 0.27
    sheet.paragraph(_light(row), x=x, size=style.SMALL, weight="bold", lines=1)
    sheet.paragraph(clean(row["reason"]), x=x, size=style.SMALL, lines=4)
    sheet.y += 0.05
