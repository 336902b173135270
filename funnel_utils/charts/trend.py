"""Trend: conversion by period of entry, with the periods that are not complete yet set apart.

Who entered last week has had less time to convert than who entered last month, so a plain line always seems to fall at
its end. The immature tail is dashed, hollow, on hatched ground and labelled. Beneath, how many entered.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RATE_HEIGHT, BARS_HEIGHT, AXIS_LEFT, AXIS_RIGHT = 1.9, 0.75, 0.55, 0.15

#: A period with fewer entrants sets neither the scale nor the headline: its interval would.
ENOUGH = 30


def trend_chart(frame: pd.DataFrame, *, unit: str = "user") -> Figure:
    """Draw conversion by period of entry.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `FunnelResult.trend` returns it: `period` (its start), `entered`, `converted`, `rate`, `low`, `high` (shares
        from 0 to 1), `immature`.
    unit : str
        What is counted: `"user"`, `"session"` or another key.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    if frame.empty or not frame["entered"].sum():
        sheet.title(t("charts.trend.empty"))
        return sheet.figure(t("charts.trend.empty") + ".")
    sheet.title(describe_trend(frame)[:-1])
    left = max(style.text_width(count(frame["entered"].max()), style.SMALL) + 0.15, AXIS_LEFT)
    x, width = sheet.left + left, sheet.right - sheet.left - left - AXIS_RIGHT
    sheet.paragraph(t("charts.trend.rate"), size=style.SMALL, color=style.MUTED)
    sheet.y += 0.05
    sheet.inset(x, width, RATE_HEIGHT, lambda axes: _draw_rates(axes, frame))
    sheet.y += 0.12
    sheet.paragraph(t("charts.trend.entered", units=style.units_word(unit)), size=style.SMALL, color=style.MUTED)
    sheet.y += 0.05
    sheet.inset(x, width, BARS_HEIGHT, lambda axes: _draw_entered(axes, frame))
    sheet.y += 0.3
    sheet.note(t("charts.trend.note" if _immature(frame).any() else "charts.trend.note_complete"))
    return sheet.figure(_alt(frame))


def _immature(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return frame["immature"].fillna(False).to_numpy(bool)


def _draw_rates(axes: Axes, frame: pd.DataFrame) -> None:
    rate, low, high = (frame[name].to_numpy(float) for name in ("rate", "low", "high"))
    x, young = np.arange(len(frame)), _immature(frame)
    top = _top(np.concatenate([rate, high[frame["entered"].to_numpy() >= ENOUGH]]))
    _frame_axes(axes, frame)
    axes.set_ylim(0, top)
    axes.set_yticks([0, top / 2, top], [style.tick_percent(share) for share in (0, top / 2, top)])
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    if young.any():
        _mark_tail(axes, young, top)
    old = np.where(young, np.nan, 1.0)
    # The dashed line starts at the last complete period, so that the two lines join.
    tail = np.where(young | np.roll(young, -1) & (x < len(x) - 1), 1.0, np.nan)
    axes.fill_between(x, low, high, color=style.SKY, alpha=0.4, linewidth=0)
    if len(frame) <= 30:
        axes.vlines(x, low, high, color=style.BLUE, linewidth=0.8, alpha=0.6)
    axes.plot(x, rate * tail, color=style.BLUE, linewidth=1.6, linestyle=(0, (3, 2)))
    axes.plot(x, rate * old, color=style.BLUE, linewidth=1.8)
    size = 5 if len(frame) <= 30 else 3
    axes.plot(x, rate * old, linestyle="", marker="o", markersize=size, color=style.BLUE, markeredgecolor=style.INK)
    hollow = np.where(young, rate, np.nan)
    axes.plot(x, hollow, linestyle="", marker="o", markersize=size, markerfacecolor="white", markeredgecolor=style.BLUE)
    style.quiet(axes)
    axes.set_xticklabels([])


def _mark_tail(axes: Axes, young: np.ndarray[Any, np.dtype[np.bool_]], top: float) -> None:
    first, last = float(np.argmax(young)) - 0.5, len(young) - 0.5
    axes.axvspan(first, last, facecolor="none", edgecolor="#c8c8c8", hatch="///", linewidth=0, zorder=0)
    right_half = first > len(young) / 2
    style.write(
        axes,
        last if right_half else first,
        top * 0.99,
        t("charts.trend.immature"),
        style.SMALL,
        va="top",
        ha="right" if right_half else "left",
        color=style.INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


def _draw_entered(axes: Axes, frame: pd.DataFrame) -> None:
    entered, young = frame["entered"].to_numpy(float), _immature(frame)
    bars = axes.bar(np.arange(len(frame)), entered, width=0.8, color=style.SKY, edgecolor=style.INK, linewidth=0.6)
    for bar, is_young in zip(bars, young, strict=True):
        if is_young:
            bar.set_facecolor("white")
            bar.set_hatch("///")
    top = float(entered.max())
    axes.set_ylim(0, top * 1.05)
    axes.set_yticks([0, top], ["0", count(top)])
    _frame_axes(axes, frame)
    style.quiet(axes)


def _frame_axes(axes: Axes, frame: pd.DataFrame) -> None:
    # A few periods are not stretched over the whole width: one would look like a wall.
    spare = max(0.0, (5 - len(frame)) / 2)
    axes.set_xlim(-0.6 - spare, len(frame) - 0.4 + spare)
    places = range(0, len(frame), math.ceil(len(frame) / 5))
    axes.set_xticks(places, [period_text(frame["period"].iloc[place]) for place in places])
    axes.set_axisbelow(True)


def _top(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """A round number that the rates fit beneath."""
    known = values[~np.isnan(values)]
    highest = float(known.max()) if len(known) else 1.0
    if highest <= 0:
        return 0.01
    size = 10.0 ** math.floor(math.log10(highest))
    steps = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    return min(next(float(size) * step for step in steps if highest <= size * step * 1.0001), 1.0)


def period_text(period: Any) -> str:
    """A date as people say it (`5 Jan 2026`); other periods as they are."""
    if not isinstance(period, pd.Timestamp):
        try:
            period = pd.Timestamp(period)
        except (ValueError, TypeError):
            return clean(period)
    return f"{period.day} {t('charts.months').split()[period.month - 1]} {period.year % 100:02d}"


def describe_trend(frame: pd.DataFrame) -> str:
    """One sentence with the main fact of the trend chart."""
    if frame.empty or not frame["entered"].sum():
        return t("charts.trend.empty") + "."
    complete = frame[~_immature(frame) & (frame["entered"] > 0).to_numpy()]
    if complete.empty:
        return t("charts.trend.title_none") + "."
    enough = complete[complete["entered"] >= ENOUGH]
    row = (enough if len(enough) else complete).iloc[-1]
    rate = style.rate_text(row["rate"], row["low"], row["high"])
    return t("charts.trend.title", rate=rate, period=period_text(row["period"])) + "."


def _alt(frame: pd.DataFrame) -> str:
    parts = []
    for row, young in zip(style.records(frame), _immature(frame), strict=True):
        words = {"period": period_text(row["period"]), "rate": percent(row["rate"], row["low"], row["high"])}
        numbers = {name: count(row[name]) for name in ("converted", "entered")}
        parts.append(t(f"charts.trend.alt_part{'_immature' if young else ''}", **words, **numbers))
    return t("charts.trend.alt", words=describe_trend(frame), parts="; ".join(parts))
