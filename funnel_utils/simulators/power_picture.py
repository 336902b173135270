"""The picture of power: two overlapping distributions with the border between them, and power by the people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, count
from funnel_utils.simulators.inlay import GREEN_TEXT, Floats, Frame, round_marks, share, signed
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.power import PowerOutcome

LEFT, RIGHT, BELLS, CURVE = 0.5, 0.15, 1.3, 1.1
FOUND, MISSED = "#8fd3bd", "#ffffff"


def figure(outcome: PowerOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    sheet.title(_title(outcome))
    _draw_bells(sheet, outcome)
    _draw_curve(sheet, outcome)
    return sheet.figure(describe(outcome))


def describe(outcome: PowerOutcome) -> str:
    """One sentence: the power of these people, how many are needed and how long they take, and the least lift found."""
    model = outcome.model
    words = _words(outcome)
    if outcome.needed is None:
        return t("lab.power.says.flat", **words) + "."
    parts = [t("lab.power.says.power", **words), t("lab.power.says.needed", **words)]
    key = "least" if math.isfinite(outcome.least) else "none"
    parts.append(t(f"lab.power.says.{key}", **words, least=f"{outcome.least:+.1%}" if key == "least" else ""))
    parts.append(t("lab.power.says.alarms", alpha=share(model.alpha)))
    return t("simulators.join").join(parts) + "."


def _words(outcome: PowerOutcome) -> dict[str, str]:
    model = outcome.model
    return {
        "rate": f"{model.rate:.1%}",
        "other": f"{model.treatment:.1%}",
        "lift": f"{model.lift:+.0%}",
        "people": count(model.people),
        "power": share(outcome.power),
        "target": f"{model.target:.0%}",
        "needed": count(outcome.needed if outcome.needed is not None else math.nan),
        "days": count(outcome.days),
        "days_needed": count(outcome.days_needed if outcome.days_needed is not None else math.nan),
        "per_day": count(model.per_day),
    }


def _title(outcome: PowerOutcome) -> str:
    return t("lab.power.title.flat" if outcome.needed is None else "lab.power.title", **_words(outcome))


def _draw_bells(sheet: Sheet, outcome: PowerOutcome) -> None:
    """How the observed difference is distributed without an effect and with it, and what is announced."""
    sheet.paragraph(t("lab.power.bells"), size=style.SMALL)
    sheet.y += 0.28
    model = outcome.model
    effect = 100 * (model.treatment - model.rate)
    border = 100 * outcome.border
    spreads = [100 * outcome.spread_null, 100 * outcome.spread_effect]
    low = min(-3.6 * spreads[0], effect - 3.6 * spreads[1])
    high = max(3.6 * spreads[0], effect + 3.6 * spreads[1])
    x = np.linspace(low, high, 241)
    null, planned = _bell(x, 0.0, spreads[0]), _bell(x, effect, spreads[1])
    width = sheet.right - sheet.left - 2 * RIGHT
    top = 1.08 * float(max(null.max(), planned.max()))
    chart = Frame(sheet, sheet.left + RIGHT, sheet.y + BELLS, width, BELLS, (low, high), (0.0, top))
    _shade(chart, x, planned, (x >= border) | (x <= -border), facecolors=[FOUND])
    _shade(
        chart, x, planned, np.abs(x) <= border, facecolors=["none"], hatch="....", edgecolors=["#9a9a9a"], linewidths=0
    )
    _shade(chart, x, null, (x >= border) | (x <= -border), facecolors=[style.VERMILLION])
    chart.lines(
        [(x, null), (x, planned)], colors=[style.INK, GREEN_TEXT], linestyles=["-", (0, (5, 2))], linewidths=1.7
    )
    for side in (-border, border):
        chart.up_at(side, colors=style.INK, linestyles=[(0, (1.5, 1.5))])
    # Each name over its own bell, and the two apart.
    rooms = sorted([(0.0, "lab.power.null", style.INK), (effect, "lab.power.planned", GREEN_TEXT)])
    apart = chart.at_x(rooms[1][0]) - chart.at_x(rooms[0][0]) > 1.7
    for (at, key, ink), align in zip(rooms, ("center", "center") if apart else ("right", "left"), strict=True):
        shift = 0.0 if apart else (0.1 if align == "right" else -0.1)
        middle = min(max(chart.at_x(at) + shift, sheet.left + 0.8), sheet.right - 0.8)
        words = {"effect": f"{effect:+.1f}"}
        sheet.text(middle, chart.y - BELLS - 0.22, t(key, **words), size=style.SMALL, ha=align, color=ink)
    chart.axes(round_marks(low, high, 5), (), signed)
    sheet.y += BELLS + 0.25
    parts = {"power": share(outcome.power), "missed": share(1 - outcome.power), "alpha": share(model.alpha)}
    _legend(sheet, parts)
    sheet.y += 0.1


def _bell(x: Floats, mean: float, spread: float) -> Floats:
    # Of the same area, so that a narrower one is higher.
    return np.asarray(np.exp(-(((x - mean) / spread) ** 2) / 2) / spread)


def _shade(chart: Frame, x: Floats, bell: Floats, where: Any, **look: Any) -> None:
    """The part of a bell where `where` holds, in runs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(int)))
    runs = [slice(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True)]
    chart.bands([(x[run], np.zeros(len(x[run])), bell[run]) for run in runs], **look)


def _legend(sheet: Sheet, words: dict[str, str]) -> None:
    """What the areas are, each with its share."""
    x = sheet.left
    for name, look in (
        ("found", {"facecolor": FOUND}),
        ("missed", {"facecolor": MISSED, "hatch": "....", "linewidth": 0.6}),
        ("alarm", {"facecolor": style.VERMILLION}),
    ):
        said = t(f"lab.power.{name}", **words)
        sheet.bar(x, sheet.y + 0.03, 0.15, 0.12, **look)
        sheet.text(x + 0.2, sheet.y, said, size=style.SMALL)
        x += 0.2 + style.text_width(said, style.SMALL) + 0.14
    sheet.y += style.SMALL * style.LINE


def _draw_curve(sheet: Sheet, outcome: PowerOutcome) -> None:
    """Power by people: where one is, and where one has to go."""
    sheet.paragraph(t("lab.power.curve"), size=style.SMALL)
    sheet.y += 0.08
    people, power = outcome.curve
    model = outcome.model
    width = sheet.right - sheet.left - LEFT - RIGHT
    chart = Frame(sheet, sheet.left + LEFT, sheet.y + CURVE, width, CURVE, (0.0, float(people[-1])), (0.0, 1.0))
    chart.across_at(model.target, linestyles=[(0, (1, 2))], colors=style.INK)
    chart.lines([(people, power)], colors=style.BLUE, linewidths=1.9)
    if outcome.needed is not None and outcome.needed <= people[-1]:
        chart.up_at(outcome.needed, linestyles=[(0, (4, 2))])
        said = t("lab.power.here", **_words(outcome))
        right = outcome.needed > 0.55 * people[-1]
        place = chart.at_x(outcome.needed) + (-0.05 if right else 0.05)
        sheet.text(place, chart.y - 0.06, said, size=style.SMALL, va="bottom", ha="right" if right else "left")
    chart.dots([model.people], [outcome.power], color=style.ORANGE, s=60)
    chart.axes(round_marks(0, float(people[-1]), 4), (0.0, 0.5, 1.0), count, style.tick_percent)
    sheet.y += CURVE + 0.24
