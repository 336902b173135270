"""The picture of an interaction: the four cells as two lines (parallel: they add up), and the three effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, count
from funnel_utils.simulators.inlay import Frame, round_marks, share, signed
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.interaction import InteractionOutcome

LEFT, NAMES, CELLS_HIGH, ROWS, LABEL = 0.55, 1.0, 1.7, 1.05, 1.12


def figure(outcome: InteractionOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    words = _words(outcome)
    sheet.title(t(f"lab.interaction.title.{'sum' if abs(outcome.joint) < 1e-9 else 'joint'}", **words))
    _draw_cells(sheet, outcome)
    _draw_effects(sheet, outcome)
    return sheet.figure(describe(outcome))


def describe(outcome: InteractionOutcome) -> str:
    """One sentence: the effect of one change without and with the other, promise and truth, and who would notice."""
    words = _words(outcome)
    parts = [t("lab.interaction.says.effect", **words), t("lab.interaction.says.promise", **words)]
    parts.append(t("lab.interaction.says.best", **words))
    key = "none" if outcome.needed is None else "power"
    parts.append(t(f"lab.interaction.says.{key}", **words))
    return t("simulators.join").join(parts) + "."


def _words(outcome: InteractionOutcome) -> dict[str, str]:
    none, date, badge, both = outcome.true
    found = _found(outcome)["date:badge"]
    return {
        "alone": _points(date - none),
        "beside": _points(both - badge),
        "promised": _points(outcome.promised),
        "brought": _points(outcome.brought),
        "joint": _points(outcome.joint),
        "best": t(f"lab.interaction.cell.{outcome.best}"),
        "rate": f"{outcome.true[outcome.best]:.1%}",
        "seen": _points(found["difference"]),
        "low": _points(found["low"]),
        "high": _points(found["high"]),
        "power": share(outcome.power),
        "people": count(outcome.model.people),
        "needed": count(outcome.needed if outcome.needed is not None else float("nan")),
    }


def _found(outcome: InteractionOutcome) -> dict[str, dict[str, float]]:
    """Each effect's difference and interval."""
    rows = style.records(outcome.effects)
    return {str(row["effect"]): {key: float(row[key]) for key in ("difference", "low", "high")} for row in rows}


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}".replace("-", "\u2212") if abs(difference) > 5e-4 else "0.0"


def _draw_cells(sheet: Sheet, outcome: InteractionOutcome) -> None:
    """Rates with and without the badge, a line without the date and one with it; diamonds are the truth."""
    sheet.paragraph(t("lab.interaction.cells"), size=style.SMALL)
    sheet.y += 0.06
    width = sheet.right - sheet.left - LEFT - NAMES
    low = min(float(outcome.low.min()), *outcome.true)
    high = max(float(outcome.high.max()), *outcome.true)
    room = 0.06 * (high - low)
    up = (max(0.0, low - room), min(1.0, high + room))
    chart = Frame(sheet, sheet.left + LEFT, sheet.y + CELLS_HIGH, width, CELLS_HIGH, (-0.25, 1.25), up)
    looks: list[dict[str, Any]] = [
        {"colour": style.BLUE, "dash": "-", "marker": "o"},
        {"colour": style.ALARM_TEXT, "dash": (0, (5, 2)), "marker": "s"},
    ]
    ends = []
    for date, look in enumerate(looks):
        # Of the cells neither, date, badge, both: those with this date, without and with the badge.
        here = np.array([date, date + 2])
        x = np.array([0.0, 1.0]) + (0.03 if date else -0.03)
        chart.lines([(x, outcome.seen[here])], colors=look["colour"], linestyles=[look["dash"]], linewidths=2.0)
        whiskers = [((at, at), (outcome.low[k], outcome.high[k])) for at, k in zip(x, here, strict=True)]
        chart.lines(whiskers, colors=look["colour"], linewidths=1.2)
        chart.dots(x, outcome.seen[here], color=look["colour"], marker=look["marker"], s=48)
        chart.dots(x + (0.08 if date else -0.08), np.array(outcome.true)[here], color=style.PAPER, marker="D", s=26)
        ends.append(float(outcome.seen[here[1]]))
    names = [t("lab.interaction.without"), t("lab.interaction.with")]
    chart.name_ends(ends, names, [look["colour"] for look in looks], NAMES)
    words = [t("lab.interaction.no_badge"), t("lab.interaction.badge_there")]
    chart.axes((0.0, 1.0), round_marks(*up, 4), lambda at: words[int(at)], style.tick_percent)
    sheet.y += CELLS_HIGH + 0.3


def _draw_effects(sheet: Sheet, outcome: InteractionOutcome) -> None:
    """Each effect as the experiment finds it, with its interval; diamonds are the truth."""
    sheet.paragraph(t("lab.interaction.effects"), size=style.SMALL)
    sheet.y += 0.04
    found = _found(outcome)
    none, date, badge, both = outcome.true
    truth = {
        "date": (date + both - none - badge) / 2,
        "badge": (badge + both - none - date) / 2,
        "date:badge": outcome.joint,
    }
    ends = [100 * x for row in (*found.values(), truth, {"none": 0.0}) for x in row.values()]
    room = 0.05 * (max(ends) - min(ends))
    across = (min(ends) - room, max(ends) + room)
    width = sheet.right - sheet.left - LABEL - 0.12
    chart = Frame(sheet, sheet.left + LABEL, sheet.y + ROWS, width, ROWS, across, (0.0, 3.0))
    chart.up_at(0.0)
    for at, (name, true) in zip((2.5, 1.5, 0.5), truth.items(), strict=True):
        row = found[name]
        sheet.text(sheet.left, chart.at_y(at), t(f"lab.interaction.effect.{name}"), va="center", size=style.SMALL)
        low, high = 100 * row["low"], 100 * row["high"]
        chart.lines([((low, high), (at, at))], colors=style.INK, linewidths=1.8)
        colour = style.VERMILLION if name == "date:badge" else style.BLUE
        chart.dots([100 * row["difference"]], [at], color=colour, s=55)
        chart.dots([100 * true], [at + 0.32], color=style.PAPER, marker="D", s=24)
    chart.axes(round_marks(*across, 4), (), signed)
    sheet.y += ROWS + 0.22
    said = t("lab.interaction.truth")
    sheet.paragraph(said, size=style.SMALL, color=style.MUTED)
