"""Where journeys start: one bar a stage, from zero, with its interval, and how those that start there end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, percent, rate_text
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAR = 0.2


def entry_chart(frame: pd.DataFrame) -> Figure:
    """Draw the stages at which journeys start.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `JourneyResult.entry` returns it: `stage`, `count`, `of`, `rate`, `low`, `high`, `interval`, `converted`,
        `conversion`, `conversion_low`, `conversion_high`; shares from 0 to 1.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    if frame.empty or not frame["of"].iloc[0]:
        sheet.title(t("journey_charts.entry.empty"))
        return sheet.figure(describe_entry(frame))
    sheet.title(_title(frame))
    tops = [*frame["high"].dropna(), *frame["rate"].dropna()]
    scale = (sheet.right - sheet.left) / max(tops)
    for row in style.records(frame):
        _draw(sheet, row, scale)
    sheet.note(t("journey_charts.entry.note", interval=style.interval_name(frame[frame["count"] > 0])))
    return sheet.figure(_alt(frame))


def _draw(sheet: Sheet, row: dict[str, Any], scale: float) -> None:
    rate = rate_text(row["rate"], row["low"], row["high"])
    room = sheet.right - sheet.left - style.text_width(rate, style.SMALL) - 0.15
    line = style.wrap(clean(row["stage"]), room, weight="bold", lines=1)[0]
    sheet.text(sheet.left, sheet.y, line, weight="bold")
    sheet.text(sheet.right, sheet.y + 0.015, rate, size=style.SMALL, ha="right")
    sheet.y += style.BODY * style.LINE + 0.02
    sheet.bar(sheet.left, sheet.y, row["rate"] * scale, BAR, facecolor=style.SKY)
    sheet.whisker(sheet.left + row["low"] * scale, sheet.left + row["high"] * scale, sheet.y + BAR / 2)
    sheet.y += BAR + 0.03
    sheet.paragraph(_converted(row), size=style.SMALL, color=style.MUTED, lines=1)
    sheet.y += 0.1


def _converted(row: dict[str, Any]) -> str:
    if not row["count"]:
        return t("journey_charts.entry.nobody")
    ends = (row["conversion"], row["conversion_low"], row["conversion_high"])
    return t("journey_charts.entry.converted", rate=rate_text(*ends))


def _title(frame: pd.DataFrame) -> str:
    first, total = frame.iloc[0], frame["of"].iloc[0]
    share = percent(1 - float(first["rate"]), 1 - float(first["high"]), 1 - float(first["low"]))
    return t("journey_charts.entry.title", share=share, journeys=count(total), first=clean(first["stage"]))


def describe_entry(frame: pd.DataFrame) -> str:
    """One sentence with the main fact of the chart."""
    if frame.empty or not frame["of"].iloc[0]:
        return t("journey_charts.entry.empty") + "."
    return _title(frame) + "."


def _alt(frame: pd.DataFrame) -> str:
    parts = [
        t(
            "journey_charts.entry.alt_part",
            stage=clean(row["stage"]),
            rate=rate_text(row["rate"], row["low"], row["high"]),
            conversion=percent(row["conversion"]),
        )
        for row in style.records(frame)
    ]
    return t("journey_charts.entry.alt", words=describe_entry(frame), parts="; ".join(parts))
