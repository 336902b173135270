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
    found = outcome.found["date:badge"]
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
    # Of the cells neither, date, badge, both: a row with a date each, without and with the badge.
    cells = np.array([[0, 2], [1, 3]])
    x = np.array([[0.0, 1.0]]) + np.array([[-0.03], [0.03]])
    inks = [look["colour"] for look in looks]
    dashes = [look["dash"] for look in looks]
    chart.lines(list(zip(x, outcome.seen[cells], strict=True)), colors=inks, linestyles=dashes, linewidths=2.0)
    whiskers = [((at, at), (outcome.low[k], outcome.high[k])) for at, k in zip(x.flat, cells.flat, strict=True)]
    chart.lines(whiskers, colors=np.repeat(inks, 2).tolist(), linewidths=1.2)
    for at, here, look in zip(x, cells, looks, strict=True):
        chart.dots(at, outcome.seen[here], color=look["colour"], marker=look["marker"], s=48)
    aside = x + np.array([[-0.08], [0.08]])
    chart.dots(aside.ravel(), np.array(outcome.true)[cells.ravel()], color=style.PAPER, marker="D", s=26)
    ends = outcome.seen[cells[:, 1]].tolist()
    names = [t("lab.interaction.without"), t("lab.interaction.with")]
    chart.name_ends(ends, names, inks, NAMES)
    words = [t("lab.interaction.no_badge"), t("lab.interaction.badge_there")]
    chart.axes((0.0, 1.0), round_marks(*up, 4), lambda at: words[int(at)], style.tick_percent)
    sheet.y += CELLS_HIGH + 0.3


def _draw_effects(sheet: Sheet, outcome: InteractionOutcome) -> None:
    """Each effect as the experiment finds it, with its interval; diamonds are the truth."""
    sheet.paragraph(t("lab.interaction.effects"), size=style.SMALL)
    sheet.y += 0.04
    found = outcome.found
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
    rows = np.array([2.5, 1.5, 0.5])
    for at, name in zip(rows, truth, strict=True):
        sheet.text(sheet.left, chart.at_y(at), t(f"lab.interaction.effect.{name}"), va="center", size=style.SMALL)
    # Each kind of mark in one call: three rows would cost three times as much.
    ranges = [tuple(100 * found[name][end] for end in ("low", "high")) for name in truth]
    chart.lines([(ends, (at, at)) for at, ends in zip(rows, ranges, strict=True)], colors=style.INK, linewidths=1.8)
    colours = [style.VERMILLION if name == "date:badge" else style.BLUE for name in truth]
    chart.dots([100 * found[name]["difference"] for name in truth], rows, color=colours, s=55)
    chart.dots([100 * true for true in truth.values()], rows + 0.32, color=style.PAPER, marker="D", s=24)
    chart.axes(round_marks(*across, 4), (), signed)
    sheet.y += ROWS + 0.22
    said = t("lab.interaction.truth")
    sheet.paragraph(said, size=style.SMALL, color=style.MUTED)
