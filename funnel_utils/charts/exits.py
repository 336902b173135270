"""Exits: of those whose attempt ended at a step, what they did next.

One group a step; in it the most frequent next events as bars from zero to 100%, doing nothing at all hatched. Rare
events are summed in words, so that a log with hundreds of event names stays readable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, percent, rate_text
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW = 0.15
MOST_EVENTS = 5
LOOKS: dict[str, dict[str, Any]] = {
    "event": {"facecolor": style.SKY},
    "other": {"facecolor": style.FAINT},
    "nothing": {"facecolor": "white", "hatch": "////", "edgecolor": style.MUTED},
    "too early": {"facecolor": "white", "hatch": "....", "edgecolor": style.MUTED},
}


def exits_chart(frame: pd.DataFrame) -> Figure:
    """Draw what people did after they stopped.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `FunnelResult.exits` returns it: one row a step and next event: `step`, `label`, `next_event`, `kind`
        ("event", "other", "nothing", "too early"), `units`, `of` (all who stopped at the step), `share`, `low`, `high`
        (from 0 to 1).

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    frame = frame[frame["of"] > 0] if len(frame) else frame
    if frame.empty:
        sheet.title(t("charts.exits.empty"))
        return sheet.figure(t("charts.exits.empty") + ".")
    sheet.title(describe_exits(frame)[:-1])
    for _, group in frame.groupby("step", sort=True):
        _draw_group(sheet, group)
    sheet.note(t("charts.exits.note"))
    return sheet.figure(_alt(frame))


def _draw_group(sheet: Sheet, group: pd.DataFrame) -> None:
    first = group.iloc[0]
    header = t("charts.exits.header", label=clean(first["label"]), of=count(first["of"]))
    sheet.paragraph(header, weight="bold", lines=3)
    sheet.y += 0.03
    most, rest = _split(group)
    for row in style.records(most):
        _draw_row(sheet, row)
    if len(rest):
        units, of = float(rest["units"].sum()), float(first["of"])
        said = t("charts.exits.more", units=count(units), share=percent(units / of))
        sheet.paragraph(said, size=style.SMALL, color=style.MUTED)
    sheet.y += 0.12


def _split(group: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The most frequent next events, and the others; one left-over event is shown instead of summed."""
    late = group["kind"].map({"other": 1, "too early": 2}).fillna(0)
    ordered = group.assign(_late=late).sort_values(["_late", "units", "next_event"], ascending=[True, False, True])
    events = ordered[ordered["kind"] == "event"]
    if len(events) <= MOST_EVENTS + 1:
        return ordered, ordered.iloc[:0]
    rest = pd.concat([events.iloc[MOST_EVENTS:], ordered[ordered["kind"] == "other"]])
    return ordered.drop(rest.index), rest


def _draw_row(sheet: Sheet, row: dict[str, Any]) -> None:
    rate = rate_text(row["share"], row["low"], row["high"])
    room = sheet.right - sheet.left - style.text_width(rate, style.SMALL) - 0.15
    for line in style.wrap(clean(row["next_event"]), room, style.SMALL, lines=2):
        sheet.text(sheet.left, sheet.y, line, size=style.SMALL)
        sheet.y += style.SMALL * style.LINE
    sheet.text(sheet.right, sheet.y - style.SMALL * style.LINE, rate, size=style.SMALL, ha="right")
    sheet.y += 0.02
    scale = sheet.right - sheet.left
    sheet.bar(sheet.left, sheet.y, scale, ROW, facecolor="none", edgecolor="#cccccc", linewidth=0.6)
    if row["share"] > 0:
        sheet.bar(sheet.left, sheet.y, row["share"] * scale, ROW, **LOOKS[row["kind"]])
    sheet.whisker(sheet.left + row["low"] * scale, sheet.left + row["high"] * scale, sheet.y + ROW / 2, ROW * 0.6)
    sheet.y += ROW + 0.07


def describe_exits(frame: pd.DataFrame) -> str:
    """One sentence with the main fact of the exits chart: the step where most stopped, and what most of them did."""
    frame = frame[frame["of"] > 0] if len(frame) else frame
    if frame.empty:
        return t("charts.exits.empty") + "."
    known = frame[frame["kind"].isin(["event", "nothing"])]
    if known.empty:
        return t("charts.exits.early") + "."
    row = known.sort_values(["of", "units"], ascending=False, kind="stable").iloc[0]
    share = percent(row["share"], row["low"], row["high"])
    words = {"label": clean(row["label"]), "next": clean(row["next_event"]), "share": share}
    return t("charts.exits.title_nothing" if row["kind"] == "nothing" else "charts.exits.title", **words) + "."


def _alt(frame: pd.DataFrame) -> str:
    parts = []
    for _, group in frame.groupby("step", sort=True):
        most, _ = _split(group)
        events = ", ".join(
            f"{clean(row['next_event'])} {percent(row['share'], row['low'], row['high'])}"
            for row in style.records(most)
        )
        label, of = clean(group.iloc[0]["label"]), count(group.iloc[0]["of"])
        parts.append(t("charts.exits.alt_part", label=label, of=of, events=events))
    return t("charts.exits.alt", words=describe_exits(frame), parts="; ".join(parts))
