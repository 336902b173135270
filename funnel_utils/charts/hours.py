"""Best hours: everybody's day with its intervals, and for how few people an hour of their own is settled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, count, percent, tick_percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.automation.hours import HourResult

#: What is drawn of the groups of people, from what is everybody's to what is known to be one's own.
LOOKS = {"usual": style.FAINT, "unsettled": style.SKY, "settled": style.BLUE}
HEIGHT, ROOM = 1.9, 0.42


def hours_chart(found: HourResult) -> Figure:
    """Draw the share of answers that come in each hour of the day, and below it whose hour is settled.

    Parameters
    ----------
    found : HourResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    rows = style.records(found.everybody)
    sheet = Sheet()
    sheet.title(t("preference.hours.title"))
    sheet.paragraph(describe_hours(found), size=style.SMALL, color=style.MUTED, lines=8)
    sheet.y += 0.08
    sheet.paragraph(t("preference.hours.day"), size=style.SMALL, weight="bold", lines=2)
    sheet.inset(sheet.left + ROOM, sheet.right - sheet.left - ROOM, HEIGHT, lambda axes: _day(axes, rows))
    sheet.y += 0.34
    sheet.text(sheet.right, sheet.y - 0.12, t("preference.hours.axis"), size=style.SMALL, color=style.MUTED, ha="right")
    sheet.y += 0.12
    sheet.paragraph(t("preference.hours.own"), size=style.SMALL, weight="bold", lines=2)
    groups = style.records(found.settled)
    for row in groups:
        _group(sheet, row)
    sheet.note(t("preference.hours.note"))
    parts = "; ".join(f"{row['hour']}:00 {percent(_share(row))}" for row in rows if row["answers"])
    return sheet.figure(t("preference.hours.alt", words=describe_hours(found), parts=parts))


def describe_hours(found: HourResult) -> str:
    """The best hour of everybody, which hours may be as good, and how many people have a settled one of their own."""
    rows = style.records(found.everybody)
    best = max(rows, key=lambda row: (row["answers"], -row["hour"]))
    rivals = sum(row["high"] >= best["low"] for row in rows if row is not best)
    people = {row["group"]: row["people"] for row in style.records(found.settled)}
    said = t(
        "preference.hours.words",
        hour=int(best["hour"]),
        share=style.rate_text(_share(best), best["low"], best["high"]),
        answers=count(best["of"]),
        people=count(sum(people.values())),
        settled=count(people["settled"]),
    )
    return said if math.isnan(best["low"]) else said + " " + t("preference.hours.rivals", rivals=rivals)


def _share(row: dict[str, Any]) -> float:
    return float(row["answers"] / row["of"])


def _day(axes: Axes, rows: list[dict[str, Any]]) -> None:
    shares = [_share(row) for row in rows]
    best = max(range(len(rows)), key=lambda hour: (shares[hour], -hour))
    colors = [style.ORANGE if hour == best else style.BLUE for hour in range(len(rows))]
    axes.bar(range(len(rows)), shares, width=0.8, color=colors, edgecolor=style.INK, linewidth=0.8)
    for hour, row in enumerate(rows):
        if not math.isnan(row["low"]):
            # A white line beneath keeps the interval visible on a dark bar.
            axes.plot([hour, hour], [row["low"], row["high"]], color=style.PAPER, linewidth=3)
            axes.plot([hour, hour], [row["low"], row["high"]], color=style.INK, linewidth=1.2)
    top = max([*shares, *(row["high"] for row in rows if not math.isnan(row["high"]))])
    axes.set_ylim(0, min(1.15, top * 1.22))
    axes.set_xlim(-0.7, len(rows) - 0.3)
    axes.set_xticks(range(0, len(rows), 3), [f"{hour}" for hour in range(0, len(rows), 3)])
    step = _step(top)
    ticks = [k * step for k in range(int(top / step) + 1)]
    axes.set_yticks(ticks, [tick_percent(round(one, 6)) for one in ticks])
    label = t("preference.hours.best", hour=best)
    high = shares[best] if math.isnan(rows[best]["high"]) else rows[best]["high"]
    side = "left" if best < 4 else "right" if best > len(rows) - 5 else "center"
    style.write(axes, best, high + top * 0.04, label, style.SMALL, ha=side, va="bottom", color=style.INK)
    style.quiet(axes)


def _step(top: float) -> float:
    """A round distance between ticks, so that there are two to five of them."""
    return next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5) if top / step < 5)


def _group(sheet: Sheet, row: dict[str, Any]) -> None:
    """One group of people: its words, and a bar from zero for its share of everybody who answered."""
    share = row["people"] / row["of"]
    figures = t("preference.hours.figures", people=count(row["people"]), share=percent(share))
    room = sheet.right - sheet.left - style.text_width(figures, style.SMALL, "bold") - 0.12
    start = sheet.y
    for line in style.wrap(t(f"preference.hours.{row['group']}"), room, style.SMALL, lines=3):
        sheet.text(sheet.left, sheet.y, line, size=style.SMALL)
        sheet.y += style.SMALL * style.LINE
    sheet.text(sheet.right, start, figures, size=style.SMALL, ha="right", weight="bold")
    width = sheet.right - sheet.left
    sheet.bar(sheet.left, sheet.y + 0.02, width, 0.12, facecolor=style.PAPER, edgecolor=style.FAINT)
    sheet.bar(sheet.left, sheet.y + 0.02, width * share, 0.12, facecolor=LOOKS[row["group"]])
    sheet.y += 0.24
