"""Cohorts: the triangle as a heat map, the pooled curve, and one period's trend from cohort to cohort.

In the triangle a period that had not begun is an empty place, a zero is a zero, and a period that was not over is
hatched, so that its low share is not read as a fall. Curve and trend stand above the number of people that they rest
on, because a point over one cohort is no point over twelve.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke

from funnel_utils.charts import style
from funnel_utils.charts.grid import colour
from funnel_utils.charts.plan_axes import few_dates
from funnel_utils.charts.style import Sheet, count, percent, rate_text
from funnel_utils.charts.trend import period_text
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.retention.cohort_result import CohortsResult

CELL, DATE, SIZE = 0.235, 0.72, 0.55
#: What a page holds: the newest cohorts and the first periods.
ROWS, COLUMNS = 26, 13
RATES, BARS, LEFT = 1.9, 0.7, 0.55


def cohorts_chart(found: CohortsResult) -> Figure:
    """Draw the triangle.

    Parameters
    ----------
    found : CohortsResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text. The newest cohorts and the first periods, where there are more than fit.
    """
    cells = found.cells
    cohorts = sorted(cells["cohort"].unique())[-ROWS:]
    periods = list(dict.fromkeys(cells.loc[cells["period"] > 0, "period"]))[:COLUMNS]
    sheet = Sheet()
    sheet.title(t("retention_charts.heat.title", name=style.clean(found.cohorts.name or _asked(found))))
    sheet.paragraph(describe_cohorts(found), size=style.SMALL, color=style.MUTED, lines=6)
    sheet.y += 0.12
    _draw_heat(sheet, found, cohorts, periods)
    notes = [t("retention_charts.heat.note")]
    if cells["partial"].any():
        notes.append(t("retention_charts.heat.partial"))
    if len(cohorts) < cells["cohort"].nunique() or len(periods) < len(found.cohorts.spans):
        notes.append(t("retention_charts.heat.some", cohorts=len(cohorts), all=cells["cohort"].nunique()))
    sheet.note(" ".join(notes))
    return sheet.figure(_heat_alt(found))


def _asked(found: CohortsResult) -> str:
    words = {"start": ", ".join(found.cohorts.start), "back": ", ".join(found.cohorts.back)}
    return t("retention_charts.asked_same" if words["start"] == words["back"] else "retention_charts.asked", **words)


def _draw_heat(sheet: Sheet, found: CohortsResult, cohorts: list[Any], periods: list[int]) -> None:
    cells = found.cells[found.cells["cohort"].isin(cohorts) & found.cells["period"].isin(periods)]
    pooled = found.curve().set_index("period").reindex(periods)
    highest = float(np.nanmax([*cells["rate"].dropna(), *pooled["rate"].dropna(), 0.01]))
    wide = min(0.4, (sheet.right - sheet.left - DATE - SIZE) / max(len(periods), 1))
    x0 = sheet.left + DATE + SIZE
    unit = found.cohorts.by if found.cohorts.clock == "calendar" else "step"
    sheet.text(sheet.left, sheet.y, t("retention_charts.heat.cohort"), size=style.SMALL, color=style.MUTED)
    sheet.text(x0 - 0.08, sheet.y, t("retention_charts.heat.size"), size=style.SMALL, color=style.MUTED, ha="right")
    head = t(f"retention_charts.heat.after.{unit}")
    sheet.text(x0, sheet.y, head, size=style.SMALL, color=style.MUTED)
    sheet.y += style.SMALL * style.LINE
    for place, first in enumerate(periods):
        sheet.text(x0 + (place + 0.5) * wide, sheet.y, str(first), size=style.SMALL, ha="center")
    sheet.y += style.SMALL * style.LINE + 0.03
    sizes = found.sizes.set_index("cohort")["size"]
    rows: dict[Any, pd.DataFrame] = dict(list(cells.groupby("cohort")))
    for cohort in cohorts:
        said = cohort_text(cohort, found.cohorts.by)
        row = rows.get(cohort, cells.iloc[:0]).set_index("period").reindex(periods)
        values = zip(row["rate"], row["partial"].fillna(False).astype(bool), strict=True)
        _heat_row(sheet, said, int(sizes[cohort]), list(values), x0, wide, highest)
    sheet.line((sheet.left, x0 + wide * len(periods)), (sheet.y, sheet.y), linewidth=1.2)
    pool = [(rate, False) for rate in pooled["rate"]]
    _heat_row(sheet, t("retention_charts.heat.pooled"), int(sizes.sum()), pool, x0, wide, highest)
    sheet.y += 0.08


def _heat_row(
    sheet: Sheet, said: str, size: int, values: list[tuple[float, bool]], x0: float, wide: float, highest: float
) -> None:
    middle = sheet.y + CELL / 2
    sheet.text(sheet.left, middle, said, size=style.SMALL, va="center")
    sheet.text(x0 - 0.08, middle, count(size), size=style.SMALL, va="center", ha="right")
    for place, (rate, partial) in enumerate(values):
        if math.isnan(rate):
            continue
        x, depth = x0 + place * wide, (rate / highest) ** 2
        look = {"hatch": "////", "edgecolor": "#9a9a9a"} if partial else {"edgecolor": "#c4c4c4"}
        fill = style.PAPER if partial else colour(depth)
        sheet.bar(x, sheet.y, wide, CELL, facecolor=fill, linewidth=0.5, **look)
        ink = style.PAPER if depth > 0.42 and not partial else style.INK
        box = {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.6}} if partial else {}
        text = f"{rate * 100:.0f}" if rate >= 0.095 or rate == 0 else f"{rate * 100:.1f}"
        sheet.text(x + wide / 2, middle, text, size=7.5, ha="center", va="center", color=ink, **box)
    sheet.y += CELL


def cohort_text(cohort: Any, by: str) -> str:
    """A cohort's period, as people say it: `Jan 2026`, `Q1 2026`, `5 Jan 26`."""
    day = pd.Timestamp(cohort)
    months = t("charts.months").split()
    if by in ("day", "week"):
        return period_text(day)
    if by == "month":
        return f"{months[day.month - 1]} {day.year}"
    return t("retention_charts.quarter", q=day.quarter, year=day.year) if by == "quarter" else str(day.year)


def describe_cohorts(found: CohortsResult) -> str:
    """The main fact of the triangle: the pooled share of the first period and of the last."""
    return found.verdict


def _heat_alt(found: CohortsResult) -> str:
    parts = []
    for cohort, rows in list(found.cells[found.cells["observed"]].groupby("cohort"))[-ROWS:]:
        after = rows[rows["period"] > 0].head(COLUMNS)
        shares = (percent(row["rate"]) + ("*" if row["partial"] else "") for row in style.records(after))
        words = {"cohort": cohort_text(cohort, found.cohorts.by), "size": count(rows["size"].iloc[0])}
        parts.append(t("retention_charts.heat.alt_part", shares=", ".join(shares), **words))
    return t("retention_charts.heat.alt", words=describe_cohorts(found), parts="; ".join(parts))


def retention_curve_chart(found: CohortsResult, *, through: int | None = None) -> Figure:
    """Draw the pooled curve with its intervals, above the number of people it rests on.

    Parameters
    ----------
    found : CohortsResult
    through : int, optional
        As for `CohortsResult.curve`.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    curve = found.curve(through)
    seen = curve[(curve["period"] > 0) & (curve["of"] > 0)].reset_index(drop=True)
    ticks = [str(first) for first in seen["period"]]
    unit = found.cohorts.by if found.cohorts.clock == "calendar" else "step"
    words = {
        "title": _curve_title(seen),
        "said": _curve_words(found, seen, through),
        "below": t("retention_charts.curve.below"),
        "across": t(f"retention_charts.heat.after.{unit}"),
        "note": t("retention_charts.curve.note" if through is None else "retention_charts.curve.note_through"),
    }
    return points(seen.rename(columns={"of": "n"}), ticks, words, np.zeros(len(seen), dtype=bool))


def _curve_title(seen: pd.DataFrame) -> str:
    """The first share and the last: what there is to see in a curve."""
    ends = [
        {"label": row["label"], "rate": percent(row["rate"], row["low"], row["high"])} for row in style.records(seen)
    ]
    if len(ends) < 2:
        return t("retention_charts.curve.title")
    first, last = ends[0], ends[-1]
    return t("retention_charts.curve.found", last=last["label"], later=last["rate"], **first)


def _curve_words(found: CohortsResult, seen: pd.DataFrame, through: int | None) -> str:
    if seen.empty:
        return t("retention_charts.nothing")
    if through is None:
        return t("retention_charts.curve.said", asked=_asked(found))
    row = seen.iloc[-1]
    rate = rate_text(row["rate"], row["low"], row["high"])
    return t("retention_charts.curve.same", cohorts=int(row["cohorts"]), label=row["label"], rate=rate)


def retention_trend_chart(found: CohortsResult, *, period: int = 1) -> Figure:
    """Draw one period's retention from cohort to cohort; cohorts whose period was not over are hollow.

    Parameters
    ----------
    found : CohortsResult
    period : int

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    trend = found.trend(period)
    first, last = found._span(period)
    label = found.cohorts.label(first, last)
    ticks = [cohort_text(cohort, found.cohorts.by) for cohort in trend["cohort"]]
    whole = trend[~trend["partial"]]
    said = t("retention_charts.nothing")
    if len(whole):
        row = whole.iloc[-1]
        facts = {"label": label, "cohort": cohort_text(row["cohort"], found.cohorts.by)}
        said = t("retention_charts.trend.said", rate=rate_text(row["rate"], row["low"], row["high"]), **facts)
    words = {
        "title": t("retention_charts.trend.title", label=label),
        "said": said,
        "below": t("retention_charts.trend.below"),
        "across": t("retention_charts.trend.across"),
        "note": t("retention_charts.trend.note"),
    }
    return points(trend.rename(columns={"size": "n"}), ticks, words, trend["partial"].to_numpy(bool))


def points(frame: pd.DataFrame, ticks: list[str], words: dict[str, str], hollow: np.ndarray[Any, Any]) -> Figure:
    """Shares as points with intervals, above bars of how many people they rest on."""
    sheet = Sheet()
    sheet.title(words["title"])
    sheet.paragraph(words["said"], size=style.SMALL, color=style.MUTED, lines=6)
    if frame.empty:
        return sheet.figure(f"{words['title']}. {words['said']}")
    sheet.y += 0.1
    left = max(style.text_width(count(frame["n"].max()), style.SMALL) + 0.15, LEFT)
    x, width = sheet.left + left, sheet.right - sheet.left - left - 0.15
    sheet.inset(x, width, RATES, lambda axes: _draw_rates(axes, frame, hollow))
    sheet.y += 0.12
    sheet.paragraph(words["below"], size=style.SMALL, color=style.MUTED)
    sheet.y += 0.05
    sheet.inset(x, width, BARS, lambda axes: _draw_bars(axes, frame, ticks, hollow))
    sheet.y += 0.24
    sheet.text(x + width / 2, sheet.y, words["across"], size=style.SMALL, color=style.MUTED, ha="center")
    sheet.y += style.SMALL * style.LINE
    sheet.note(words["note"])
    rows = zip(ticks, style.records(frame), hollow, strict=True)
    parts = [_part(tick, row, bool(young)) for tick, row, young in rows]
    facts = {"title": words["title"], "words": words["said"], "parts": "; ".join(parts)}
    return sheet.figure(t("retention_charts.points.alt", **facts))


def _part(tick: str, row: dict[str, Any], young: bool) -> str:
    rate = rate_text(row["rate"], row["low"], row["high"])
    key = "retention_charts.points.part_partial" if young else "retention_charts.points.part"
    return t(key, tick=tick, rate=rate, n=count(row["n"]))


def _draw_rates(axes: Axes, frame: pd.DataFrame, hollow: np.ndarray[Any, Any]) -> None:
    x = np.arange(len(frame))
    rate, low, high = (frame[name].to_numpy(float) for name in ("rate", "low", "high"))
    top = min(1.0, float(np.nanmax([*high[~hollow], *rate, 0.01])) * 1.15)
    axes.set_xlim(-0.6, len(frame) - 0.4)
    axes.set_ylim(0, top)
    step = next(size for size in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if top / size <= 5)
    marks = [k * step for k in range(math.floor(top / step + 1e-9) + 1)]
    axes.set_yticks(marks, [style.tick_percent(round(mark, 6)) for mark in marks])
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.fill_between(x, low, high, where=~hollow, color=style.SKY, alpha=0.35, linewidth=0)
    axes.vlines(x, low, high, color=style.BLUE, linewidth=1.0)
    axes.plot(x, np.where(hollow, np.nan, rate), color=style.BLUE, linewidth=1.6)
    size = 5.5 if len(frame) <= 30 else 3
    axes.plot(x, np.where(hollow, np.nan, rate), "o", markersize=size, color=style.BLUE, markeredgecolor=style.INK)
    axes.plot(x, np.where(hollow, rate, np.nan), "o", markersize=size, color="white", markeredgecolor=style.BLUE)
    solid = np.flatnonzero(~hollow)
    for place in {int(solid[0]), int(solid[-1])} if len(solid) else set():
        above = min(high[place] + 0.02 * top, top * 0.93)
        text = percent(rate[place], low[place], high[place])
        side = "left" if place == 0 else "right" if place == len(frame) - 1 else "center"
        x_text = place + {"left": -0.3, "right": 0.3, "center": 0.0}[side]
        # A white rim keeps the number legible where the line runs behind it.
        rim = [withStroke(linewidth=2.5, foreground=style.PAPER)]
        style.write(axes, x_text, above, text, style.SMALL, ha=side, va="bottom", color=style.INK, path_effects=rim)
    style.quiet(axes)
    axes.set_xticks([])


def _draw_bars(axes: Axes, frame: pd.DataFrame, ticks: list[str], hollow: np.ndarray[Any, Any]) -> None:
    x = np.arange(len(frame))
    bars = axes.bar(x, frame["n"].to_numpy(float), width=0.8, color=style.SKY, edgecolor=style.INK, linewidth=0.6)
    for bar, young in zip(bars, hollow, strict=True):
        if young:
            bar.set_facecolor("white")
            bar.set_hatch("////")
    top = float(frame["n"].max())
    axes.set_ylim(0, top * 1.08)
    axes.set_yticks([0, top], ["0", count(top)])
    axes.set_xlim(-0.6, len(frame) - 0.4)
    axes.set_axisbelow(True)
    if max(map(len, ticks)) <= 3 and len(ticks) <= 20:
        axes.set_xticks(x, ticks)
    else:
        places = sorted({*range(0, len(frame), max(1, math.ceil(len(frame) / 4))), len(frame) - 1})
        few_dates(axes, places, [ticks[place] for place in places])
    style.quiet(axes)
