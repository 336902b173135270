"""Entry sources: how many each brings (bars from zero) and how well they convert (dots with intervals).

Both stand on one row, because a source that brings many and converts few, or the other way round, is what a reader
looks for. The dots' scale ends with the sources that have at least 30 units: a source of three people has an interval
so wide that it would press all the others together, so it runs out of the picture and an arrow says so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, percent, rate_text
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW, GAP = 0.17, 0.12
ENOUGH = 30
#: Text that the dashed line runs behind.
ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}


def sources_chart(frame: pd.DataFrame, *, unit: str = "user") -> Figure:
    """Draw the entry sources.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `FunnelResult.sources` returns it: the first column names the source, `kind` tells a named one from a rest
        and from what is missing; `units`, `converted`, `rate`, `low`, `high` (shares from 0 to 1).
    unit : str
        What is counted: `"user"`, `"session"` or another key.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    words = style.units_word(unit)
    sheet = Sheet()
    if frame.empty or not frame["units"].sum():
        sheet.title(t("charts.sources.empty", units=words))
        return sheet.figure(describe_sources(frame, unit=unit))
    sheet.title(_title(frame, words))
    limit = _limit(frame)
    middle = (sheet.left + sheet.right) / 2 + 0.1
    overall = float(frame["converted"].sum() / frame["units"].sum())
    mark = middle + overall / limit * (sheet.right - middle)
    _header(sheet, middle, words, percent(overall), mark)
    top = sheet.y
    for row in style.records(frame):
        _draw_row(sheet, row, middle, float(frame["units"].max()), limit, frame.columns[0])
    ends = (top, sheet.y - GAP / 2)
    sheet.line((mark, mark), ends, color=style.MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=0.5)
    sheet.note(t("charts.sources.note", limit=percent(limit)))
    return sheet.figure(_alt(frame, unit))


def _limit(frame: pd.DataFrame) -> float:
    """Where the dots' scale ends."""
    enough = frame.loc[frame["units"] >= ENOUGH, "high"].dropna()
    tops = [*(enough if len(enough) else frame["high"].dropna()), *frame["rate"].dropna()]
    highest = max(map(float, tops), default=0.0)
    return min(1.0, highest * 1.05) if highest > 0 else 1.0


def _header(sheet: Sheet, middle: float, words: str, overall: str, mark: float) -> None:
    """The columns' names, and above the dashed line what all sources together convert."""
    sheet.text(sheet.left, sheet.y, t("charts.sources.units", units=words), size=style.SMALL, color=style.MUTED)
    sheet.text(middle, sheet.y, t("charts.sources.conversion"), size=style.SMALL, color=style.MUTED)
    sheet.y += style.SMALL * style.LINE
    said = t("charts.sources.all", rate=overall)
    half = style.text_width(said, style.SMALL) / 2
    sheet.text(min(mark, sheet.right - half), sheet.y, said, size=style.SMALL, color=style.MUTED, ha="center")
    sheet.y += style.SMALL * style.LINE + 0.05


def _draw_row(sheet: Sheet, row: dict[str, Any], middle: float, most: float, limit: float, by: str) -> None:
    rate = rate_text(row["rate"], row["low"], row["high"])
    label_room = sheet.right - sheet.left - style.text_width(rate, style.SMALL) - 0.15
    lines = style.wrap(clean(row[by]), label_room, lines=2)
    for line in lines:
        sheet.text(sheet.left, sheet.y, line, bbox=ON_WHITE)
        sheet.y += style.BODY * style.LINE
    sheet.text(sheet.right, sheet.y - style.BODY * style.LINE, rate, size=style.SMALL, ha="right", bbox=ON_WHITE)
    said = count(row["units"])
    room = middle - sheet.left - style.text_width(count(most), style.SMALL) - 0.25
    length = float(row["units"]) / most * room
    sheet.y += 0.02
    sheet.bar(sheet.left, sheet.y, length, ROW, facecolor=style.SKY)
    sheet.text(sheet.left + length + 0.06, sheet.y + ROW / 2, said, size=style.SMALL, va="center")
    _draw_rate(sheet, row, middle, limit)
    sheet.y += ROW + GAP


def _draw_rate(sheet: Sheet, row: dict[str, Any], middle: float, limit: float) -> None:
    y, scale = sheet.y + ROW / 2, (sheet.right - middle) / limit
    sheet.line((middle, sheet.right), (y, y), color="#cccccc", linewidth=0.6, zorder=0.4)
    if pd.isna(row["rate"]):
        return
    if not math.isnan(row["low"]):
        sheet.whisker(middle + min(row["low"], limit) * scale, middle + min(row["high"], limit) * scale, y)
        if row["high"] > limit * 1.001:
            sheet.arrow(sheet.right, y)
    sheet.dot(middle + row["rate"] * scale, y, color=style.ORANGE, zorder=3)


def _title(frame: pd.DataFrame, words: str) -> str:
    """The largest source that has a name; a rest and what is not known are none, however large they are."""
    total = frame["units"].sum()
    kind = frame["kind"] if "kind" in frame else pd.Series("value", index=frame.index)
    named = frame[(kind == "value") & (frame["units"] > 0)]
    if named.empty:
        return t("charts.sources.nameless", units=words, total=count(total))
    top = named.sort_values("units", ascending=False, kind="stable").iloc[0]
    told = t(
        "charts.sources.title",
        top=clean(top.iloc[0]),
        units=words,
        units_top=count(top["units"]),
        total=count(total),
        share=percent(top["units"] / total),
    )
    lost = float(frame.loc[kind == "missing", "units"].sum())
    if lost <= top["units"]:
        return told
    return f"{told}; {t('charts.sources.lost', share=percent(lost / total))}"


def describe_sources(frame: pd.DataFrame, *, unit: str = "user") -> str:
    """One sentence with the main fact of the sources chart."""
    words = style.units_word(unit)
    if frame.empty or not frame["units"].sum():
        return t("charts.sources.empty", units=words) + "."
    return _title(frame, words) + "."


def _alt(frame: pd.DataFrame, unit: str) -> str:
    parts = [
        t(
            "charts.sources.alt_part",
            label=clean(row[frame.columns[0]]),
            units=count(row["units"]),
            rate=rate_text(row["rate"], row["low"], row["high"]),
        )
        for row in style.records(frame)
    ]
    return t("charts.sources.alt", words=describe_sources(frame, unit=unit), parts="; ".join(parts))
