"""Time in stage: the share that has moved on, by the time since the step.

One panel a transition, all on the same two axes so that they compare. The curve is one minus the Kaplan-Meier estimate:
who has not been seen moving on is not dropped and not counted as staying for ever, but censored, and the panel says how
many that are. Times run from seconds to months, so the time axis is logarithmic, with labels that people use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, span
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL = 1.05
AXIS_LEFT = 0.5
MOST_PANELS = 8
#: Where a time axis may carry a tick: seconds, unit in the catalogue, number.
TICKS = (
    (0.001, "s", "0.001"), (0.01, "s", "0.01"), (0.1, "s", "0.1"), (1, "s", "1"), (10, "s", "10"),
    (60, "min", "1"), (600, "min", "10"), (3600, "h", "1"), (21600, "h", "6"), (86400, "day", "1"),
    (604800, "days", "7"), (2592000, "days", "30"), (7776000, "days", "90"), (31557600, "year", "1"),
    (157788000, "years", "5"), (631152000, "years", "20"),
)  # fmt: skip

#: The ticks that are kept before all others.
ROUND = tuple(tick for tick in TICKS if tick[0] in (1, 60, 3600, 86400, 2592000, 31557600))


def time_chart(result: Any) -> Figure:
    """Draw how long each step holds people.

    Parameters
    ----------
    result : FunnelResult or MeasuresResult
        Asked for `time_in_stage()` (one row a transition: `step`, `label`, `next_label`, `at_risk`, `advanced`,
        `censored`, `km_p25_s`, `km_median_s`, in seconds) and `survival(step)` (`time_s`, `survival`, `low`, `high`).

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text. At most `MOST_PANELS` transitions are drawn, those with the most at risk.
    """
    table = result.time_in_stage()
    sheet = Sheet()
    if table.empty or not table["at_risk"].sum():
        sheet.title(t("charts.time.empty"))
        return sheet.figure(t("charts.time.empty") + ".")
    shown = table.loc[sorted(table["at_risk"].nlargest(MOST_PANELS).index)]
    curves = {int(step): result.survival(int(step)) for step in shown.loc[shown["at_risk"] > 0, "step"]}
    limits = _limits(list(curves.values()))
    sheet.title(t("charts.time.title"))
    for row in style.records(shown):
        _panel(sheet, row, curves.get(int(row["step"])), *limits)
    sheet.note(t("charts.time.note"))
    if len(shown) < len(table):
        units = style.units_word(getattr(getattr(result, "funnel", None), "unit", "user"))
        sheet.note(t("charts.time.some", shown=len(shown), all=len(table), units=units))
    return sheet.figure(_alt(table))


def _limits(curves: list[pd.DataFrame]) -> tuple[tuple[float, float], float]:
    """The common axes: (shortest, longest) time in seconds, and the top of the share axis."""
    seen = pd.concat([curve[["time_s", "survival"]] for curve in curves], ignore_index=True)
    seen = seen[seen["time_s"] > 0]
    low, high = (float(seen["time_s"].min()), float(seen["time_s"].max())) if len(seen) else (1.0, 3600.0)
    # The axis starts where somebody has moved on: a few quick ones would stretch it over empty decades.
    begun = seen.loc[seen["survival"] <= 0.99, "time_s"]
    low = float(begun.min()) if len(begun) else low
    low = max(low, 1.0) if high >= 600 else max(low, high / 1e6)
    if high / low < 10:
        low, high = low / 4, high * 4
    tops = [float(1 - curve["low"].min()) for curve in curves if len(curve) and curve["low"].notna().any()]
    tops += [float(1 - curve["survival"].min()) for curve in curves if len(curve)]
    top = max([top for top in tops if not math.isnan(top)] or [1.0])
    return (low, high), next((step for step in (0.02, 0.05, 0.1, 0.2, 0.5) if top <= step), 1.0)


def _panel(
    sheet: Sheet, row: dict[str, Any], curve: pd.DataFrame | None, times: tuple[float, float], top: float
) -> None:
    sheet.paragraph(_panel_title(row), weight="bold", lines=3)
    if curve is None:
        sheet.paragraph(t("charts.time.none"), size=style.SMALL)
        sheet.y += 0.12
        return
    sheet.paragraph(fact(row), size=style.SMALL)
    sheet.paragraph(_counts(row), size=style.SMALL, color=style.MUTED)
    sheet.y += 0.08
    width = sheet.right - sheet.left - AXIS_LEFT - 0.12
    median = float(row["km_median_s"])
    sheet.inset(sheet.left + AXIS_LEFT, width, PANEL, lambda axes: _draw(axes, curve, times, top, median))
    sheet.y += 0.38


def _draw(axes: Axes, curve: pd.DataFrame, times: tuple[float, float], top: float, median: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(*times)
    axes.set_ylim(0, top)
    x = np.concatenate([[times[0]], curve["time_s"].to_numpy(float).clip(min=times[0])])
    moved = {name: np.concatenate([[0.0], 1 - curve[name].to_numpy(float)]) for name in ("survival", "low", "high")}
    axes.fill_between(x, moved["high"], moved["low"], step="post", color=style.SKY, alpha=0.45, linewidth=0)
    if len(curve) < 2:
        x, moved["survival"] = np.array(times), np.zeros(2)
    axes.plot(x, moved["survival"], drawstyle="steps-post", color=style.BLUE, linewidth=1.8, clip_on=False)
    if not math.isnan(median) and top > 0.5:
        x_median = max(median, times[0])
        axes.plot([x_median], [0.5], marker="o", markersize=6, color=style.ORANGE, markeredgecolor=style.INK)
        left = math.log(x_median / times[0]) > 0.6 * math.log(times[1] / times[0])
        text = t("charts.time.half", median=span(median))
        x_text = x_median * (times[1] / times[0]) ** (-0.03 if left else 0.03)
        # The curve rises: the free place is above it on the left of the dot and below it on the right.
        above = {"va": "bottom", "ha": "right"} if left else {"va": "top", "ha": "left"}
        style.write(axes, x_text, 0.5, text, style.SMALL, **above)
    _ticks(axes, times, top)


def _ticks(axes: Axes, times: tuple[float, float], top: float) -> None:
    keep: list[tuple[float, str, str]] = []
    for tick in sorted((tick for tick in TICKS if times[0] <= tick[0] <= times[1]), key=lambda tick: tick not in ROUND):
        # A label needs about a seventh of the axis.
        room = math.log(times[1] / times[0]) / 7
        if all(abs(math.log(tick[0] / other[0])) >= room for other in keep):
            keep.append(tick)
    keep.sort()
    axes.set_xticks([tick[0] for tick in keep], [t(f"charts.tick.{tick[1]}", n=tick[2]) for tick in keep])
    axes.set_xticks([], minor=True)
    axes.set_yticks([0, top / 2, top], [style.tick_percent(share) for share in (0, top / 2, top)])
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    style.quiet(axes)


def _panel_title(row: dict[str, Any]) -> str:
    return t("charts.time.panel", label=clean(row["label"]), next_label=clean(row["next_label"]))


def fact(row: dict[str, Any]) -> str:
    """How long the transition takes, as far as the curve says."""
    if not row["at_risk"]:
        return t("charts.time.none")
    if not math.isnan(row["km_median_s"]):
        return t("charts.time.fact", median=span(row["km_median_s"]))
    if not math.isnan(row["km_p25_s"]):
        return t("charts.time.quarter", quarter=span(row["km_p25_s"]))
    return t("charts.time.never")


def _counts(row: dict[str, Any]) -> str:
    return t("charts.time.counts", **{name: count(row[name]) for name in ("advanced", "at_risk", "censored")})


def describe_times(result: Any) -> str:
    """One sentence a transition, with the facts of the time chart."""
    table = result.time_in_stage()
    if table.empty or not table["at_risk"].sum():
        return t("charts.time.empty") + "."
    sentences = []
    for row in style.records(table):
        words = {"label": clean(row["label"]), "next_label": clean(row["next_label"])}
        said = fact(row)
        sentences.append(t("charts.time.sentence", fact=said[:1].lower() + said[1:], **words))
    return " ".join(sentences)


def _alt(table: pd.DataFrame) -> str:
    parts = []
    for row in style.records(table):
        counts = _counts(row) if row["at_risk"] else ""
        parts.append(t("charts.time.alt_part", panel=_panel_title(row), fact=fact(row), counts=counts).strip())
    return t("charts.time.alt", parts=" ".join(parts))
